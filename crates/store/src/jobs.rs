//! Background jobs that follow the merge or the erasure of a customer. In chunks they move the customer's conversations
//! to the survivor (the customer that remains after the merge), or empty them.
//!
//! A job is a row, written in the transaction of the command that marked the customer as merged or erased. A step looks
//! up the next work, then writes one chunk together with the job's progress. So a job can stop after any chunk and
//! continue later. An account's jobs run one after the other, oldest first: an erasure of a survivor must also find
//! what an earlier merge moves to it. A lease usually keeps two nodes from doing the same work; the lock on the job's
//! row and the progress stored in it guarantee that no work is done twice.

mod chunk;
mod empty;
mod r#move;
mod next;

use heddle_domain::Timestamp;
use heddle_domain::customer::Customer;
pub use heddle_domain::customer::{JobKind, JobStage as Stage};
use heddle_domain::event::Actor;
use heddle_domain::id::{AccountId, CustomerId};

use crate::error::{Abort, Error, Result};
use crate::rows::job as rows;
pub use crate::rows::job::Job;
use crate::stmt::params;
use crate::store::Store;
use crate::tx::{Cost, Read, Rows, Tx, Write};
use chunk::{LEASE_MS, RunChunk};
use next::NextWork;

impl Job {
    /// Returns the job for a customer that a command has just marked; the customer's `version` is that command's event.
    pub(crate) fn new(actor: &Actor, kind: JobKind, customer: &Customer, now: Timestamp) -> Self {
        Self {
            id: customer.version,
            customer: customer.id,
            kind,
            into: None,
            stage: Stage::Followers,
            after: 0,
            after_message: 0,
            conversations: 0,
            actor: actor.clone(),
            holder: None,
            leased_until: Timestamp(0),
            created_at: now,
            done_at: None,
        }
    }

    /// Sets the job to its next stage.
    pub(crate) fn step_on(&mut self) {
        self.stage = self.stage.next(self.kind);
        self.after = 0;
        self.after_message = 0;
    }
}

/// Lists the jobs of a customer, newest first, at most 100.
#[derive(Clone, Debug)]
pub struct ListJobs {
    /// Account of the job.
    pub account: AccountId,
    /// Id of the customer.
    pub customer: CustomerId,
}

impl Read for ListJobs {
    type Out = Vec<Job>;
    const NAME: &'static str = "list_jobs";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.customer];
        rows.fetch(&rows::OF_CUSTOMER, params, rows::job).await
    }
}

/// Reads which of the given accounts have a pending job.
#[derive(Clone, Debug)]
pub struct WithJobs(pub Vec<AccountId>);

impl Read for WithJobs {
    type Out = Vec<AccountId>;
    const NAME: &'static str = "with_jobs";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        // Without a snapshot: the accounts do not depend on each other.
        let params: Vec<_> = self.0.iter().map(|id| [(*id).into()]).collect();
        let found = rows.fetch_many(&rows::NEXT, &params, rows::job).await?;
        let open = self.0.iter().zip(found);
        Ok(open
            .filter(|(_, jobs)| !jobs.is_empty())
            .map(|(id, _)| *id)
            .collect())
    }
}

/// Leases an account's next job for a node.
struct ClaimJob {
    account: AccountId,
    holder: String,
}

impl Write for ClaimJob {
    /// The leased job; `None` if there is no job, or another node has its lease.
    type Out = Option<Job>;
    const NAME: &'static str = "claim_job";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Out> {
        let account = self.account;
        let next = tx
            .fetch_one(&rows::NEXT, params![account], rows::job)
            .await?;
        let Some(next) = next else {
            return Ok(None);
        };
        let key = params![account, next.customer, next.id];
        let locked = tx.fetch_one(&rows::LOCK, key, rows::job).await?;
        let is_open = |job: &Job| job.done_at.is_none();
        let Some(mut job) = locked.filter(is_open) else {
            return Err(Abort::StartOver);
        };
        if job.leased_until > tx.now() && job.holder.as_ref() != Some(&self.holder) {
            return Ok(None);
        }
        job.holder = Some(self.holder.clone());
        job.leased_until = tx.now().plus_ms(LEASE_MS);
        let params = params![account, job.customer, job.id, &job.holder, job.leased_until];
        tx.queue(&rows::LEASE, params)?;
        Ok(Some(job))
    }
}

impl Store {
    /// Leases an account's next job for the node `holder`; `None` if there is no job, or another node has its lease.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`].
    pub async fn claim_job(&self, account: AccountId, holder: &str) -> Result<Option<Job>, Error> {
        let holder = holder.to_owned();
        self.write(ClaimJob { account, holder }).await
    }

    /// Runs one chunk of a job; returns the job afterwards.
    ///
    /// # Errors
    /// Returns [`Refusal::Stale`](crate::Refusal::Stale) if another node has taken the job over; else the errors of
    /// [`Store::write`].
    pub async fn step_job(&self, account: AccountId, job: Job) -> Result<Job, Error> {
        let work = self.read(NextWork::of(account, &job)).await?;
        let chunk = RunChunk { account, job, work };
        let (job, objects) = self.write(chunk).await?;
        // If the process is killed here, the sweeper deletes the files later.
        self.objects().discard_named(&objects).await;
        Ok(job)
    }

    /// Runs all jobs of an account, except those that another node has leased.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`].
    pub async fn run_jobs(&self, account: AccountId, holder: &str) -> Result<(), Error> {
        while let Some(mut job) = self.claim_job(account, holder).await? {
            while job.done_at.is_none() {
                job = self.step_job(account, job).await?;
            }
        }
        Ok(())
    }
}
