//! Customers, their addresses, and who owns an e-mail address.

use heddle_domain::customer::{Customer, Profile};
use heddle_domain::id::{CustomerId, InboxId};

use crate::error::Result;
use crate::tx::{Row, statements};

statements! {
    /// Makes a customer.
    INSERT = "INSERT INTO customer (account_id, id, home_inbox_id, email, first_name, last_name, phone, photo_url,
        photo_type, job_title, background, location, organization, gender, age, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)";
    /// What a command needs of a customer; shared lock, so that an erase waits (store.md 5).
    PIN = "SELECT id, home_inbox_id, merged_into_id FROM customer WHERE account_id = $1 AND id = $2",
        postgres "SELECT id, home_inbox_id, merged_into_id FROM customer WHERE account_id = $1 AND id = $2 FOR SHARE";
    /// The same without a lock, for checks in a read.
    PEEK = "SELECT id, home_inbox_id, merged_into_id FROM customer WHERE account_id = $1 AND id = $2";
    /// The same with an exclusive lock: while a first conversation is looked for and made (myKaarma).
    LOCK = "SELECT id, home_inbox_id, merged_into_id FROM customer WHERE account_id = $1 AND id = $2",
        postgres "SELECT id, home_inbox_id, merged_into_id FROM customer WHERE account_id = $1 AND id = $2 FOR UPDATE";
    /// One customer whole.
    GET = "SELECT id, home_inbox_id, email, created_at, first_name, last_name, phone, photo_url, photo_type, job_title,
        background, location, organization, gender, age FROM customer WHERE account_id = $1 AND id = $2";
    /// Several customers whole.
    GET_MANY = "SELECT id, home_inbox_id, email, created_at, first_name, last_name, phone, photo_url, photo_type,
        job_title, background, location, organization, gender, age FROM customer
        WHERE account_id = $1 AND id IN (SELECT value FROM json_each($2)) ORDER BY id LIMIT 1000",
        postgres "SELECT id, home_inbox_id, email, created_at, first_name, last_name, phone, photo_url, photo_type,
        job_title, background, location, organization, gender, age FROM customer
        WHERE account_id = $1 AND id = ANY ($2) ORDER BY id LIMIT 1000";
    /// The customers of an account by id.
    LIST = "SELECT id, home_inbox_id, email, created_at, first_name, last_name, phone, photo_url, photo_type, job_title,
        background, location, organization, gender, age FROM customer
        WHERE account_id = $1 AND id > $2 AND merged_into_id IS NULL ORDER BY id LIMIT $3";
    /// Adds an address.
    INSERT_ADDRESS = "INSERT INTO customer_address (account_id, customer_id, position, kind, value)
        VALUES ($1, $2, $3, $4, $5)";
    /// The addresses of a customer in order.
    ADDRESSES = "SELECT kind, value FROM customer_address WHERE account_id = $1 AND customer_id = $2
        ORDER BY position LIMIT 1000";
    /// Claims an e-mail address for look-ups; no row if somebody owns it.
    CLAIM_EMAIL = "INSERT INTO email_owner (account_id, email, customer_id) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, email) DO NOTHING RETURNING customer_id";
    /// The customer who owns an e-mail address.
    EMAIL_OWNER = "SELECT customer_id FROM email_owner WHERE account_id = $1 AND email = $2";
}

/// What a command needs to know of a customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pinned {
    pub(crate) id: CustomerId,
    pub(crate) home: Option<InboxId>,
    pub(crate) merged_into: Option<CustomerId>,
}

/// Maps a row of `PIN`, `PEEK` or `LOCK`.
pub(crate) fn pinned(row: &mut Row<'_>) -> Result<Pinned> {
    Ok(Pinned {
        id: CustomerId(row.int()?),
        home: row.opt_int()?.map(InboxId),
        merged_into: row.opt_int()?.map(CustomerId),
    })
}

/// Maps a row of `GET`, `GET_MANY` or `LIST`.
pub(crate) fn customer(row: &mut Row<'_>) -> Result<Customer> {
    Ok(Customer {
        id: CustomerId(row.int()?),
        home: row.opt_int()?.map(InboxId),
        email: row.opt_text()?,
        created_at: row.time()?,
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
    })
}
