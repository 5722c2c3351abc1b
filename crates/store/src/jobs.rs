//! What follows the merge or the erasure of a customer, in chunks: conversations change hands or are emptied.
//!
//! A job is a row, made in the transaction of the command that marked the customer. A step reads what comes next and
//! writes one chunk together with the job's position, so that it can stop anywhere and go on anywhere. An account's jobs
//! run one after the other in the order of their marks: what a merge still moves must have arrived before the survivor is
//! erased. A lease keeps several nodes from doing the same; the locked row and its position make it correct.

mod chunk;
mod empty;
mod r#move;
mod next;

use heddle_domain::Timestamp;
use heddle_domain::customer::Customer;
pub use heddle_domain::customer::{JobKind, JobStage as Stage};
use heddle_domain::event::Actor;
use heddle_domain::id::{AccountId, CustomerId};

use crate::error::{Error, Result};
use crate::rows::job as rows;
use crate::stmt::params;
use crate::store::Store;
use crate::tx::{Read, Rows, Tx, Write};
use crate::write::Caller;
use chunk::RunChunk;
use next::NextWork;

/// For how long a node has a job to itself; every step makes it longer.
const LEASE_MS: i64 = 30_000;

/// A job, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id: the event that marked the customer.
    pub id: i64,
    /// The customer that ends.
    pub customer: CustomerId,
    /// What it does.
    pub kind: JobKind,
    /// A merge: the survivor at the time of the mark.
    pub into: Option<CustomerId>,
    /// How far it has come.
    pub stage: Stage,
    /// Behind which entity it goes on.
    pub after: i64,
    /// Behind which message of that conversation; 0: with the next one.
    pub after_message: i64,
    /// How many conversations it has changed.
    pub conversations: i64,
    /// Who asked for it.
    pub actor: Actor,
    /// The node that works on it.
    pub holder: Option<String>,
    /// Until when nobody else may.
    pub leased_until: Timestamp,
    /// When the customer was marked.
    pub created_at: Timestamp,
    /// When it was finished.
    pub done_at: Option<Timestamp>,
}

impl Job {
    /// The job that follows a mark; the customer's version is the mark's event.
    pub(crate) fn new(caller: &Caller, kind: JobKind, customer: &Customer, now: Timestamp) -> Self {
        Self {
            id: customer.version,
            customer: customer.id,
            kind,
            into: None,
            stage: Stage::Followers,
            after: 0,
            after_message: 0,
            conversations: 0,
            actor: caller.actor.clone(),
            holder: None,
            leased_until: Timestamp(0),
            created_at: now,
            done_at: None,
        }
    }

    pub(crate) fn insert(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        let address = self.actor.address.map(|address| address.to_string());
        tx.queue(
            &rows::INSERT,
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

    /// On to the next stage.
    fn step_on(&mut self) {
        self.stage = self.stage.next(self.kind);
        self.after = 0;
        self.after_message = 0;
    }
}

/// The jobs of a customer, the newest first: at most 100.
#[derive(Clone, Debug)]
pub struct ListJobs {
    /// The account.
    pub account: AccountId,
    /// Whose.
    pub customer: CustomerId,
}

impl Read for ListJobs {
    type Out = Vec<Job>;
    const NAME: &'static str = "list_jobs";

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.customer];
        rows.fetch(&rows::OF_CUSTOMER, params, rows::job).await
    }
}

/// Which of some accounts have a job to do.
#[derive(Clone, Debug)]
pub struct WithJobs(pub Vec<AccountId>);

impl Read for WithJobs {
    type Out = Vec<AccountId>;
    const NAME: &'static str = "with_jobs";

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params: Vec<_> = self.0.iter().map(|id| [(*id).into()]).collect();
        let params: Vec<_> = params.iter().map(<[_; 1]>::as_slice).collect();
        let found = rows.fetch_many(&rows::NEXT, &params, rows::job).await?;
        let open = self.0.iter().zip(found);
        Ok(open
            .filter(|(_, jobs)| !jobs.is_empty())
            .map(|(id, _)| *id)
            .collect())
    }
}

/// Takes an account's next job.
struct ClaimJob {
    account: AccountId,
    holder: String,
}

impl Write for ClaimJob {
    /// `None` if there is none, or another node has it.
    type Out = Option<Job>;
    const NAME: &'static str = "claim_job";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Out> {
        let account = self.account;
        let next = tx.fetch(&rows::NEXT, params![account], rows::job).await?;
        let Some(next) = next.first() else {
            return Ok(None);
        };
        let key = params![account, next.customer, next.id];
        let locked = tx.fetch(&rows::LOCK, key, rows::job).await?;
        let is_open = |job: &Job| job.done_at.is_none();
        let Some(mut job) = locked.into_iter().next().filter(is_open) else {
            return Err(Error::StartOver);
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
    /// Takes an account's next job for a node; `None` if there is none, or another node works on it.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn claim_job(&self, account: AccountId, holder: &str) -> Result<Option<Job>> {
        let holder = holder.to_owned();
        self.write(ClaimJob { account, holder }).await
    }

    /// Does one chunk of a job, and says how the job stands then.
    ///
    /// # Errors
    /// [`Error::Stale`] if another node took the job over; else as [`Store::write`].
    pub async fn step_job(&self, account: AccountId, job: Job) -> Result<Job> {
        let work = self.read(NextWork::of(account, &job)).await?;
        let chunk = RunChunk { account, job, work };
        let (job, objects) = self.write(chunk).await?;
        // What a kill leaves behind goes to the sweeper.
        self.objects().discard(&objects).await;
        Ok(job)
    }

    /// Does all the jobs of an account that are nobody else's.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn run_jobs(&self, account: AccountId, holder: &str) -> Result<()> {
        while let Some(mut job) = self.claim_job(account, holder).await? {
            while job.done_at.is_none() {
                job = self.step_job(account, job).await?;
            }
        }
        Ok(())
    }
}
