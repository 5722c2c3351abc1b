//! Statements that walk along the indexes of customers, for lists. They read the indexes alone, and no merged or erased
//! customers, which the indexes do not contain. Other statements read the few columns that conditions and orders ask for.

use heddle_domain::Timestamp;
use heddle_domain::id::InboxId;

use crate::error::Result;
use crate::stmt::{Row, statements};

/// Selects the next customers of an account along an order. `$home` is a further column, `$of` a further condition.
macro_rules! walk {
    ($key:literal, $home:literal, $of:literal, $compare:literal, $at:literal, $direction:literal, $limit:literal) => {
        concat!(
            "SELECT ",
            $key,
            ", id",
            $home,
            " FROM customer WHERE account_id = $1",
            $of,
            " AND merged_into_id IS NULL AND erased_at IS NULL AND (",
            $key,
            ", id) ",
            $compare,
            " (",
            $at,
            ") ORDER BY ",
            $key,
            " ",
            $direction,
            ", id ",
            $direction,
            " LIMIT ",
            $limit
        )
    };
}

macro_rules! facts {
    ($list:literal) => {
        concat!(
            "SELECT id, home_inbox_id, created_at, updated_at, first_key, last_key FROM customer
            WHERE account_id = $1 AND id ",
            $list,
            " ORDER BY id LIMIT 1000"
        )
    };
}

statements! {
    /// Selects the next customers in the order of their creation, newest first, after a time and an id.
    CREATED_DESC = walk!("created_at", ", home_inbox_id", "", "<", "$2, $3", "DESC", "$4");
    /// Same as `CREATED_DESC`, oldest first.
    CREATED_ASC = walk!("created_at", ", home_inbox_id", "", ">", "$2, $3", "ASC", "$4");
    /// Selects the next customers by first name, last name first, after a key and an id.
    FIRST_NAME_DESC = walk!("first_key", ", home_inbox_id", "", "<", "$2, $3", "DESC", "$4");
    /// Same as `FIRST_NAME_DESC`, in the order of the alphabet.
    FIRST_NAME_ASC = walk!("first_key", ", home_inbox_id", "", ">", "$2, $3", "ASC", "$4");
    /// Selects the next customers by last name, last name first, after a key and an id.
    LAST_NAME_DESC = walk!("last_key", ", home_inbox_id", "", "<", "$2, $3", "DESC", "$4");
    /// Same as `LAST_NAME_DESC`, in the order of the alphabet.
    LAST_NAME_ASC = walk!("last_key", ", home_inbox_id", "", ">", "$2, $3", "ASC", "$4");
    /// Selects the next customers with one home by their last change, latest first, after a time and an id, not before $6.
    UPDATED_DESC = walk!("updated_at", "", " AND home_inbox_id = $2 AND updated_at >= $6", "<", "$3, $4", "DESC", "$5");
    /// Same as `UPDATED_DESC`, earliest first, not after $6.
    UPDATED_ASC = walk!("updated_at", "", " AND home_inbox_id = $2 AND updated_at <= $6", ">", "$3, $4", "ASC", "$5");
    /// Same as `UPDATED_DESC`, for customers without a home, not before $5.
    HOMELESS_DESC = walk!("updated_at", "", " AND home_inbox_id IS NULL AND updated_at >= $5", "<", "$2, $3", "DESC", "$4");
    /// Same as `UPDATED_ASC`, for customers without a home, not after $5.
    HOMELESS_ASC = walk!("updated_at", "", " AND home_inbox_id IS NULL AND updated_at <= $5", ">", "$2, $3", "ASC", "$4");
    /// Counts the customers with one home that were changed at a time or later, up to $4.
    COUNT = "SELECT count(*) FROM (SELECT id FROM customer WHERE account_id = $1 AND home_inbox_id = $2
        AND merged_into_id IS NULL AND erased_at IS NULL AND updated_at >= $3 LIMIT $4) counted";
    /// Same as `COUNT`, for customers without a home.
    COUNT_HOMELESS = "SELECT count(*) FROM (SELECT id FROM customer WHERE account_id = $1 AND home_inbox_id IS NULL
        AND merged_into_id IS NULL AND erased_at IS NULL AND updated_at >= $2 LIMIT $3) counted";
    /// Selects customers with a first name.
    OF_FIRST_NAME = "SELECT id FROM customer WHERE account_id = $1 AND first_key = $2
        AND merged_into_id IS NULL AND erased_at IS NULL LIMIT $3";
    /// Selects customers with a last name.
    OF_LAST_NAME = "SELECT id FROM customer WHERE account_id = $1 AND last_key = $2
        AND merged_into_id IS NULL AND erased_at IS NULL LIMIT $3";
    /// Selects customers whose first name begins with a text: the keys from $2 to $3.
    FIRST_NAME_BEGINS = "SELECT id FROM customer WHERE account_id = $1 AND first_key >= $2 AND first_key <= $3
        AND merged_into_id IS NULL AND erased_at IS NULL ORDER BY first_key, id LIMIT $4";
    /// Selects customers whose last name begins with a text: the keys from $2 to $3.
    LAST_NAME_BEGINS = "SELECT id FROM customer WHERE account_id = $1 AND last_key >= $2 AND last_key <= $3
        AND merged_into_id IS NULL AND erased_at IS NULL ORDER BY last_key, id LIMIT $4";
    /// Selects the owners of the e-mail addresses in a domain; one that has several comes several times.
    OF_DOMAIN = "SELECT customer_id FROM email_owner WHERE account_id = $1 AND domain = $2 LIMIT $3";
    /// Selects, of the given customers, the owners of the e-mail addresses in a domain.
    OF_DOMAIN_AMONG = "SELECT customer_id FROM email_owner WHERE account_id = $1 AND domain = $2
        AND customer_id IN (SELECT value FROM json_each($3)) ORDER BY customer_id LIMIT 100000",
        postgres "SELECT o.customer_id FROM unnest(CAST($3 AS BIGINT[])) named (id) CROSS JOIN LATERAL (
        SELECT customer_id FROM email_owner WHERE account_id = $1 AND domain = $2
        AND customer_id = named.id LIMIT 1) o ORDER BY o.customer_id LIMIT 1000";
    /// Selects the facts of customers by id.
    FACTS = facts!("IN (SELECT value FROM json_each($2))"), postgres facts!("= ANY ($2)");
}

/// The maximum number of customers that `FACTS` and `customer::GET_MANY` return.
pub(crate) const AT_ONCE: usize = 1_000;

/// The columns of a customer that conditions and orders of a list ask for.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) id: i64,
    pub(crate) home: Option<InboxId>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// First and last name, as `name_key` returns them.
    pub(crate) first_key: String,
    pub(crate) last_key: String,
}

/// Maps a row of `FACTS`.
pub(crate) fn facts(row: &mut Row<'_>) -> Result<Facts> {
    Ok(Facts {
        id: row.int()?,
        home: row.opt_int()?.map(InboxId),
        created_at: row.time()?,
        updated_at: row.time()?,
        first_key: row.text()?,
        last_key: row.text()?,
    })
}

/// A customer in an index entry, with the value by which the index is sorted.
#[derive(Clone, Debug)]
pub(crate) struct Entry<K> {
    pub(crate) key: K,
    pub(crate) id: i64,
    pub(crate) home: Option<InboxId>,
}

/// Maps a row of `CREATED_DESC` or `CREATED_ASC`.
pub(crate) fn by_time(row: &mut Row<'_>) -> Result<Entry<i64>> {
    Ok(Entry {
        key: row.int()?,
        id: row.int()?,
        home: row.opt_int()?.map(InboxId),
    })
}

/// Maps a row of the statements by first or last name.
pub(crate) fn by_name(row: &mut Row<'_>) -> Result<Entry<String>> {
    Ok(Entry {
        key: row.text()?,
        id: row.int()?,
        home: row.opt_int()?.map(InboxId),
    })
}

/// Maps a row of the statements by last change: the time and the id.
pub(crate) fn by_change(row: &mut Row<'_>) -> Result<(i64, i64)> {
    Ok((row.int()?, row.int()?))
}
