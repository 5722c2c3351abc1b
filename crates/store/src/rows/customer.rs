//! Statements on customers, their addresses, and the owners of e-mail addresses.

use heddle_domain::customer::{
    Address, AddressKind, Customer, PlacedAddress, PostalAddress, Profile,
};
use heddle_domain::id::{CustomerId, InboxId};

use crate::error::{Result, Trouble};
use crate::stmt::{Row, statements};

macro_rules! columns {
    () => {
        "id, home_inbox_id, email, created_at, updated_at, version, first_name, last_name, phone, photo_url, photo_type,
        job_title, background, location, organization, gender, age, postal_address, last_position"
    };
}
/// 1 for a prospect, 0 for any other customer.
macro_rules! prospect {
    () => {
        "COALESCE((SELECT d.prospect FROM customer_detail d WHERE d.account_id = $1 AND d.customer_id = customer.id), 0)"
    };
}
macro_rules! pinned {
    ($end:literal) => {
        concat!(
            "SELECT id, home_inbox_id, merged_into_id, erased_at, version FROM customer WHERE account_id = $1 AND id = $2",
            $end
        )
    };
}

statements! {
    /// Inserts a customer.
    INSERT = "INSERT INTO customer (account_id, id, home_inbox_id, email, first_name, last_name, phone, photo_url,
        photo_type, job_title, background, location, organization, gender, age, created_at, updated_at, version, first_key,
        last_key, postal_address)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $17, $18, $19, $20)";
    /// Selects the fields of a customer that a command needs. Takes a shared lock, so that an erasure waits (`store.md`
    /// 5).
    PIN = pinned!(""), postgres pinned!(" FOR SHARE");
    /// Same as `PIN`, without a lock, for checks in a read.
    PEEK = pinned!("");
    /// Same as `PIN`, with an exclusive lock: before a customer's first conversation is looked up and created
    /// (myKaarma), and before changes.
    LOCK = pinned!(""), locked;
    /// Selects all columns of one customer.
    GET = concat!("SELECT ", columns!(), " FROM customer WHERE account_id = $1 AND id = $2");
    /// Selects all columns of several customers.
    GET_MANY = concat!("SELECT ", columns!(), " FROM customer
        WHERE account_id = $1 AND id IN (SELECT value FROM json_each($2)) ORDER BY id LIMIT 1000"),
        postgres concat!("SELECT ", columns!(), " FROM customer
        WHERE account_id = $1 AND id = ANY ($2) ORDER BY id LIMIT 1000");
    /// Selects the customers of an account by id.
    LIST = concat!("SELECT ", columns!(), " FROM customer
        WHERE account_id = $1 AND id > $2 AND merged_into_id IS NULL AND erased_at IS NULL ORDER BY id LIMIT $3");
    /// Selects the position (time and id) of the $4-th customer after a given position, visible or not, without merged and
    /// erased ones: one list request never searches further.
    REACHED = "SELECT created_at, id FROM (SELECT created_at, id FROM customer WHERE account_id = $1
        AND merged_into_id IS NULL AND erased_at IS NULL AND (created_at, id) > ($2, $3)
        ORDER BY created_at, id LIMIT $4) walked
        ORDER BY created_at DESC, id DESC LIMIT 1";
    /// Selects the customers between two positions (time and id) in the order of their creation: those whose home inbox is
    /// one of $6, those without a home if $7, or all if $8; only prospects if $10 is 1, only others if it is 0.
    BY_CREATION = concat!("SELECT ", columns!(), " FROM customer
        WHERE account_id = $1 AND (created_at, id) > ($2, $3) AND (created_at, id) <= ($4, $5)
        AND merged_into_id IS NULL AND erased_at IS NULL
        AND ($8 <> 0 OR home_inbox_id IS NULL AND $7 <> 0 OR home_inbox_id IN (SELECT value FROM json_each($6)))
        AND ($10 > 1 OR ", prospect!(), " = $10) ORDER BY created_at, id LIMIT $9"),
        postgres concat!("SELECT ", columns!(), " FROM customer
        WHERE account_id = $1 AND (created_at, id) > ($2, $3) AND (created_at, id) <= ($4, $5)
        AND merged_into_id IS NULL AND erased_at IS NULL
        AND (CAST($8 AS BIGINT) <> 0 OR home_inbox_id IS NULL AND CAST($7 AS BIGINT) <> 0 OR home_inbox_id = ANY ($6))
        AND (CAST($10 AS BIGINT) > 1 OR ", prospect!(), " = CAST($10 AS BIGINT)) ORDER BY created_at, id LIMIT $9");
    /// Selects the customers with an address other than an e-mail address, in the order of their creation, after a
    /// given position (time and id) in this order. A customer may have one telephone number several times, with different labels.
    BY_ADDRESS = concat!("SELECT ", columns!(), " FROM customer_address a CROSS JOIN customer c
        WHERE a.account_id = $1 AND a.kind = $2 AND a.kind <> 'email' AND a.value = $3
        AND NOT EXISTS (SELECT 1 FROM customer_address b WHERE b.account_id = $1 AND b.kind = $2 AND b.kind <> 'email'
        AND b.value = $3 AND b.customer_id = a.customer_id AND b.position < a.position)
        AND c.account_id = $1 AND c.id = a.customer_id AND (c.created_at, c.id) > ($4, $5)
        ORDER BY c.created_at, c.id LIMIT $6");
    /// Changes a customer.
    UPDATE = "UPDATE customer SET home_inbox_id = $3, email = $4, first_name = $5, last_name = $6, phone = $7,
        photo_url = $8, photo_type = $9, job_title = $10, background = $11, location = $12, organization = $13,
        gender = $14, age = $15, updated_at = $16, version = $17, first_key = $18, last_key = $19, postal_address = $20,
        last_position = $21 WHERE account_id = $1 AND id = $2";
    /// Marks a customer as merged into another.
    MERGE = "UPDATE customer SET merged_into_id = $3, updated_at = $4, version = $5 WHERE account_id = $1 AND id = $2";
    /// Selects the followers of a customer: customers that were merged into it.
    FOLLOWERS = "SELECT id FROM customer WHERE account_id = $1 AND merged_into_id = $2 AND id > $3 ORDER BY id LIMIT $4";
    /// Redirects a merged customer to another survivor.
    REDIRECT = "UPDATE customer SET merged_into_id = $3 WHERE account_id = $1 AND id = $2";
    /// Erases all data of a customer.
    ERASE = "UPDATE customer SET email = NULL, first_name = NULL, last_name = NULL, phone = NULL, photo_url = NULL,
        photo_type = NULL, job_title = NULL, background = NULL, location = NULL, organization = NULL, gender = NULL,
        age = NULL, first_key = '', last_key = '', postal_address = NULL, erased_at = $3, updated_at = $3, version = $4 WHERE account_id = $1 AND id = $2";
    /// Inserts an address.
    INSERT_ADDRESS = "INSERT INTO customer_address (account_id, customer_id, position, kind, value, label)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// Selects the addresses of a customer, in order.
    ADDRESSES = "SELECT kind, value FROM customer_address WHERE account_id = $1 AND customer_id = $2
        ORDER BY position LIMIT 1000";
    /// Same as `ADDRESSES`, but with their positions.
    PLACED = "SELECT position, kind, value, label FROM customer_address WHERE account_id = $1 AND customer_id = $2
        ORDER BY position LIMIT 1000";
    /// Deletes an address.
    DELETE_ADDRESS = "DELETE FROM customer_address WHERE account_id = $1 AND customer_id = $2 AND position = $3";
    /// Deletes all addresses of a customer.
    DELETE_ADDRESSES = "DELETE FROM customer_address WHERE account_id = $1 AND customer_id = $2";
    /// Makes a customer the owner of an e-mail address; returns no row if it has an owner.
    CLAIM_EMAIL = "INSERT INTO email_owner (account_id, email, customer_id, domain) VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id, email) DO NOTHING RETURNING customer_id";
    /// Removes the owner of an e-mail address.
    RELEASE_EMAIL = "DELETE FROM email_owner WHERE account_id = $1 AND email = $2 AND customer_id = $3";
    /// Transfers an e-mail address from one customer to another.
    HAND_ON_EMAIL = "UPDATE email_owner SET customer_id = $4 WHERE account_id = $1 AND email = $2 AND customer_id = $3";
    /// Selects the owner of an e-mail address.
    EMAIL_OWNER = "SELECT customer_id FROM email_owner WHERE account_id = $1 AND email = $2";
}

/// The fields of a customer that a command needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pinned {
    pub(crate) id: CustomerId,
    pub(crate) home: Option<InboxId>,
    pub(crate) merged_into: Option<CustomerId>,
    pub(crate) erased: bool,
    pub(crate) version: i64,
}

/// Maps a row of `PIN`, `PEEK` or `LOCK`.
pub(crate) fn pinned(row: &mut Row<'_>) -> Result<Pinned> {
    Ok(Pinned {
        id: CustomerId(row.int()?),
        home: row.opt_int()?.map(InboxId),
        merged_into: row.opt_int()?.map(CustomerId),
        erased: row.opt_int()?.is_some(),
        version: row.int()?,
    })
}

/// Maps a row of `PLACED`.
pub(crate) fn placed(row: &mut Row<'_>) -> Result<PlacedAddress> {
    Ok(PlacedAddress {
        position: row.int()?,
        address: Address {
            kind: row.word(AddressKind::parse)?,
            value: row.text()?,
            label: row.opt_text()?,
        },
    })
}

/// Parses the column `postal_address`.
fn postal_address(json: &str) -> Result<PostalAddress> {
    let broken = |error| Trouble::Internal(format!("a postal address is not JSON: {error}"));
    Ok(serde_json::from_str(json).map_err(broken)?)
}

/// Maps a row of the statements that read all columns of a customer.
pub(crate) fn customer(row: &mut Row<'_>) -> Result<Customer> {
    Ok(Customer {
        id: CustomerId(row.int()?),
        home: row.opt_int()?.map(InboxId),
        email: row.opt_text()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        version: row.int()?,
        profile: Profile {
            first_name: row.opt_text()?,
            last_name: row.opt_text()?,
            phone: row.opt_text()?,
            photo_url: row.opt_text()?,
            photo_type: row.opt_text()?,
            job_title: row.opt_text()?,
            background: row.opt_text()?,
            location: row.opt_text()?,
            organization: row.opt_text()?,
            gender: row.opt_text()?,
            age: row.opt_text()?,
        },
        postal_address: row
            .opt_text()?
            .map(|json| postal_address(&json))
            .transpose()?,
        last_position: row.int()?,
    })
}
