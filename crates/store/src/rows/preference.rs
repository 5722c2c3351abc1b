//! Statements on the contact preferences of customers, and on further facts about customers.

use heddle_domain::Channel;
use heddle_domain::customer::{Category, CustomerDetails, Preference};

use crate::error::{Result, Trouble};
use crate::stmt::{Row, statements};

statements! {
    /// Selects the stored preferences of a customer.
    OF_CUSTOMER = "SELECT category, channel, active, customer_overridable FROM customer_preference
        WHERE account_id = $1 AND customer_id = $2 ORDER BY category, channel LIMIT 1000";
    /// Stores a preference.
    PUT = "INSERT INTO customer_preference (account_id, customer_id, category, channel, active, customer_overridable)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, customer_id, category, channel)
        DO UPDATE SET active = excluded.active, customer_overridable = excluded.customer_overridable";
    /// Deletes all preferences of a customer.
    DELETE = "DELETE FROM customer_preference WHERE account_id = $1 AND customer_id = $2";
    /// Selects the further facts about a customer.
    DETAILS = "SELECT details FROM customer_detail WHERE account_id = $1 AND customer_id = $2";
    /// Stores the further facts about a customer.
    PUT_DETAILS = "INSERT INTO customer_detail (account_id, customer_id, prospect, date_of_birth, details)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, customer_id)
        DO UPDATE SET prospect = excluded.prospect, date_of_birth = excluded.date_of_birth, details = excluded.details";
    /// Deletes the further facts about a customer.
    DELETE_DETAILS = "DELETE FROM customer_detail WHERE account_id = $1 AND customer_id = $2";
    /// Selects the customers who were born on a day.
    BORN = "SELECT customer_id FROM customer_detail WHERE account_id = $1 AND date_of_birth = $2
        AND date_of_birth IS NOT NULL ORDER BY customer_id LIMIT $3";
}

/// Maps a row of `OF_CUSTOMER`.
pub(crate) fn preference(row: &mut Row<'_>) -> Result<Preference> {
    Ok(Preference {
        category: row.word(Category::parse)?,
        channel: row.word(Channel::parse)?,
        active: row.flag()?,
        customer_overridable: row.flag()?,
    })
}

/// Maps a row of `DETAILS`.
pub(crate) fn details(row: &mut Row<'_>) -> Result<CustomerDetails> {
    let broken = |error| Trouble::Internal(format!("details of a customer are not JSON: {error}"));
    Ok(serde_json::from_str(&row.text()?).map_err(broken)?)
}
