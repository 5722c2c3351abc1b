//! Erases a customer (GDPR). The command marks the customer and removes its profile: after its commit nobody can find
//! the customer. A job then empties conversations, attachments and events in chunks. Stored answers are removed too, but
//! not their keys: a repeated request must not run again.

use heddle_domain::customer::JobKind;
use heddle_domain::event::EventKind;
use heddle_domain::id::{CustomerId, InboxId};
use heddle_domain::{EventDetail, InboxScope};

use super::merge::FOLLOWERS;
use super::record::announce;
use super::seen::see;
use crate::error::{Refusal, Result};
use crate::rows::job::Job;
use crate::rows::{conversation, customer as rows, guest, idempotent};
use crate::stmt::{Row, params};
use crate::tx::{Tx, Write};
use crate::write::caller::Caller;

/// How many stored answers the command itself removes.
const ANSWERS: i64 = 1_000;
/// The maximum number of other customers' conversations that are checked for their inboxes. A caller that is limited to some
/// inboxes may not erase a customer with messages in more of them.
const MOST_VISITS: i64 = 1_000;

/// Erases a customer and all customers merged into it. Their ids are never used again.
#[derive(Clone, Debug)]
pub struct EraseCustomer {
    /// The caller. It must have access to every inbox, because conversations in any inbox are emptied.
    pub caller: Caller,
    /// The customer to erase.
    pub id: CustomerId,
    /// The version that the customer must have; `None` means any.
    pub expected: Option<i64>,
    /// What else the customer must fulfil; `None` means nothing.
    pub limit: Option<ErasureLimit>,
}

/// Which customers a caller may erase.
#[derive(Clone, Debug)]
pub struct ErasureLimit {
    /// The inboxes in which all conversations of the customer, and all others with its messages, must be. A customer at home
    /// outside them is not found.
    pub inboxes: InboxScope,
    /// The maximum number of the customer's conversations.
    pub conversations: usize,
}

impl Write for EraseCustomer {
    /// The job that empties the conversations.
    type Out = Job;
    const NAME: &'static str = "erase_customer";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Job> {
        let account = self.caller.account;
        let inboxes = match &self.limit {
            Some(limit) => &limit.inboxes,
            None => &InboxScope::All,
        };
        let seen = see(tx, account, self.id, inboxes, 0).await?;
        let seen = seen.usable(tx, account, inboxes, self.expected).await?;
        for email in seen.emails() {
            tx.queue(&rows::RELEASE_EMAIL, params![account, email, self.id])?;
        }
        seen.lock(tx, account).await?;
        if let Some(limit) = &self.limit {
            self.check(tx, limit).await?;
        }
        let mut customer = seen.view.customer;
        let kind = EventKind::CustomerErased;
        let event = announce(
            tx,
            &self.caller,
            kind,
            (&customer, false),
            0,
            EventDetail::default(),
        )?;
        customer.version = event.get();
        let followers = tx
            .fetch(
                &rows::FOLLOWERS,
                params![account, self.id, 0_i64, FOLLOWERS],
                |row| row.int().map(CustomerId),
            )
            .await?;
        for id in followers.into_iter().chain([self.id]) {
            tx.queue(
                &rows::ERASE,
                params![account, id, tx.now(), customer.version],
            )?;
        }
        tx.queue(&rows::DELETE_ADDRESSES, params![account, self.id])?;
        // Any answer of the account may show the customer. The job removes older ones.
        let params = params![account, tx.now(), ANSWERS];
        tx.queue(&idempotent::CLEAR_NEWEST, params)?;
        let job = Job::new(&self.caller.actor, JobKind::Erase, &customer, tx.now());
        job.insert(tx, account)?;
        Ok(job)
    }
}

impl EraseCustomer {
    /// Refuses the erasure of a customer outside the limit. The customer is locked, so it gets no conversation meanwhile.
    async fn check(&self, tx: &mut Tx<'_>, limit: &ErasureLimit) -> Result<()> {
        let (account, most) = (self.caller.account, limit.conversations + 1);
        let params = params![account, self.id, most as i64];
        let own = tx
            .fetch(&conversation::INBOXES_OF_CUSTOMER, params, inbox)
            .await?;
        let params = params![account, self.id, MOST_VISITS + 1];
        let visited = tx.fetch(&guest::INBOXES, params, inbox).await?;
        let all_are_visible = limit.inboxes == InboxScope::All
            || visited.len() as i64 <= MOST_VISITS
                && own
                    .iter()
                    .chain(&visited)
                    .all(|inbox| limit.inboxes.contains(*inbox));
        match own.len() < most && all_are_visible {
            true => Ok(()),
            false => Err(Refusal::Forbidden.into()),
        }
    }
}

fn inbox(row: &mut Row<'_>) -> Result<InboxId> {
    row.int().map(InboxId)
}
