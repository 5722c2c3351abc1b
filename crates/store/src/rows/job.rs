//! What is still to do for customers that were merged or erased.

use std::net::IpAddr;

use heddle_domain::event::Actor;
use heddle_domain::id::{AgentId, CredentialId, CustomerId};

use crate::error::Result;
use crate::jobs::{Job, JobKind, Stage};
use crate::stmt::{Row, statements};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, customer_id, kind, into_id, stage, after_id, after_message_id, conversations, api, credential_id,
            agent_id, address, holder, leased_until, created_at, done_at FROM customer_job WHERE account_id = $1 ",
            $rest
        )
    };
}

statements! {
    /// Makes a job.
    INSERT = "INSERT INTO customer_job (account_id, customer_id, id, kind, into_id, stage, after_id, after_message_id,
        conversations, api, credential_id, agent_id, address, leased_until, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, $7, $8, $9, $10, 0, $11)";
    /// The jobs of a customer, the newest first.
    OF_CUSTOMER = select!("AND customer_id = $2 ORDER BY id DESC LIMIT 100");
    /// The account's next job.
    NEXT = select!("AND done_at IS NULL ORDER BY id LIMIT 1");
    /// One job, locked.
    LOCK = select!("AND customer_id = $2 AND id = $3"), postgres select!("AND customer_id = $2 AND id = $3 FOR UPDATE");
    /// Takes a job, or takes it for longer.
    LEASE = "UPDATE customer_job SET holder = $4, leased_until = $5 WHERE account_id = $1 AND customer_id = $2 AND id = $3";
    /// Records how far a job has come.
    ADVANCE = "UPDATE customer_job SET stage = $4, after_id = $5, after_message_id = $6, conversations = $7,
        leased_until = $8, done_at = $9 WHERE account_id = $1 AND customer_id = $2 AND id = $3";
}

/// Maps a row of the statements that read jobs.
pub(crate) fn job(row: &mut Row<'_>) -> Result<Job> {
    Ok(Job {
        id: row.int()?,
        customer: CustomerId(row.int()?),
        kind: row.word(JobKind::parse)?,
        into: row.opt_int()?.map(CustomerId),
        stage: row.word(Stage::parse)?,
        after: row.int()?,
        after_message: row.int()?,
        conversations: row.int()?,
        actor: Actor {
            api: row.opt_text()?,
            credential: row.opt_int()?.map(CredentialId),
            agent: row.opt_int()?.map(AgentId),
            address: row.opt_word(|text| text.parse::<IpAddr>().ok())?,
        },
        holder: row.opt_text()?,
        leased_until: row.time()?,
        created_at: row.time()?,
        done_at: row.opt_time()?,
    })
}
