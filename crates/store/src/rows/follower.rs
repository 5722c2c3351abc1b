//! Statements on the followers of customers.

use heddle_domain::customer::Follower;
use heddle_domain::id::{AgentId, InboxId};

use crate::error::Result;
use crate::stmt::{Row, statements};

statements! {
    /// Selects the followers of a customer.
    OF_CUSTOMER = "SELECT inbox_id, agent_id, notes, messages FROM customer_follower
        WHERE account_id = $1 AND customer_id = $2 ORDER BY inbox_id, agent_id LIMIT 1000";
    /// Stores a follower.
    PUT = "INSERT INTO customer_follower (account_id, customer_id, inbox_id, agent_id, notes, messages)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, customer_id, inbox_id, agent_id)
        DO UPDATE SET notes = excluded.notes, messages = excluded.messages";
    /// Removes a follower of a customer.
    REMOVE = "DELETE FROM customer_follower WHERE account_id = $1 AND customer_id = $2 AND inbox_id = $3 AND agent_id = $4";
    /// Removes all followers of a customer.
    DELETE = "DELETE FROM customer_follower WHERE account_id = $1 AND customer_id = $2";
}

/// Maps a row of `OF_CUSTOMER`.
pub(crate) fn follower(row: &mut Row<'_>) -> Result<Follower> {
    Ok(Follower {
        inbox: InboxId(row.int()?),
        agent: AgentId(row.int()?),
        notes: row.flag()?,
        messages: row.flag()?,
    })
}
