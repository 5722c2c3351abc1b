//! Statements on the jobs that follow the merge or erasure of a customer.

use std::net::IpAddr;

use heddle_domain::Timestamp;
use heddle_domain::customer::{JobKind, JobStage};
use heddle_domain::event::Actor;
use heddle_domain::id::{AccountId, AgentId, CredentialId, CustomerId};

use crate::error::Result;
use crate::stmt::{Row, params, statements};
use crate::tx::Tx;

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
    /// Inserts a job.
    INSERT = "INSERT INTO customer_job (account_id, customer_id, id, kind, into_id, stage, after_id, after_message_id,
        conversations, api, credential_id, agent_id, address, leased_until, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, $7, $8, $9, $10, 0, $11)";
    /// Selects the jobs of a customer, newest first.
    OF_CUSTOMER = select!("AND customer_id = $2 ORDER BY id DESC LIMIT 100");
    /// Selects the account's next job: the oldest that is not done.
    NEXT = select!("AND done_at IS NULL ORDER BY id LIMIT 1");
    /// Selects one job, locked.
    LOCK = select!("AND customer_id = $2 AND id = $3"), locked;
    /// Takes or renews the lease of a job.
    LEASE = "UPDATE customer_job SET holder = $4, leased_until = $5 WHERE account_id = $1 AND customer_id = $2 AND id = $3";
    /// Records the progress of a job.
    ADVANCE = "UPDATE customer_job SET stage = $4, after_id = $5, after_message_id = $6, conversations = $7,
        leased_until = $8, done_at = $9 WHERE account_id = $1 AND customer_id = $2 AND id = $3";
}

/// A stored job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Id of the job: the id of the event with which the command marked the customer.
    pub id: i64,
    /// The customer that was merged or erased.
    pub customer: CustomerId,
    /// Whether the job follows a merge or an erasure.
    pub kind: JobKind,
    /// For a merge: the customer that received the merged one when the command ran.
    pub into: Option<CustomerId>,
    /// The stage that the job works on now.
    pub stage: JobStage,
    /// Id of the last entity that the current stage has handled.
    pub after: i64,
    /// Id of the last handled message of the conversation in progress; 0 if no conversation is in progress.
    pub after_message: i64,
    /// Number of conversations that the job has changed.
    pub conversations: i64,
    /// Who requested the merge or erasure.
    pub actor: Actor,
    /// The node that has the lease.
    pub holder: Option<String>,
    /// When the lease expires.
    pub leased_until: Timestamp,
    /// When the command marked the customer.
    pub created_at: Timestamp,
    /// When the job was completed.
    pub done_at: Option<Timestamp>,
}

impl Job {
    /// Inserts the job.
    pub(crate) fn insert(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        let address = self.actor.address.map(|address| address.to_string());
        tx.queue(
            &INSERT,
            params![
                account,
                self.customer,
                self.id,
                self.kind.as_str(),
                self.into,
                self.stage.as_str(),
                &self.actor.api,
                self.actor.credential,
                self.actor.agent,
                &address,
                self.created_at,
            ],
        )
    }
}

/// Maps a row of the statements that read jobs.
pub(crate) fn job(row: &mut Row<'_>) -> Result<Job> {
    Ok(Job {
        id: row.int()?,
        customer: CustomerId(row.int()?),
        kind: row.word(JobKind::parse)?,
        into: row.opt_int()?.map(CustomerId),
        stage: row.word(JobStage::parse)?,
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
