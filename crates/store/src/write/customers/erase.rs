//! Erases a customer (GDPR). The command marks the customer and removes its profile: after its commit nobody can find
//! the customer. A job then empties conversations, attachments and events in chunks. Stored answers are removed too, but
//! not their keys: a repeated request must not run again.

use heddle_domain::customer::JobKind;
use heddle_domain::event::EventKind;
use heddle_domain::id::CustomerId;
use heddle_domain::{EventDetail, InboxScope};

use super::merge::FOLLOWERS;
use super::record::announce;
use super::seen::see;
use crate::error::Result;
use crate::rows::customer as rows;
use crate::rows::idempotent;
use crate::rows::job::Job;
use crate::stmt::params;
use crate::tx::{Tx, Write};
use crate::write::caller::Caller;

/// How many stored answers the command itself removes.
const ANSWERS: i64 = 1_000;

/// Erases a customer and all customers merged into it. Their ids are never used again.
#[derive(Clone, Debug)]
pub struct EraseCustomer {
    /// The caller. It must have access to every inbox, because conversations in any inbox are emptied.
    pub caller: Caller,
    /// The customer to erase.
    pub id: CustomerId,
    /// The version that the customer must have; `None` means any.
    pub expected: Option<i64>,
}

impl Write for EraseCustomer {
    /// The job that empties the conversations.
    type Out = Job;
    const NAME: &'static str = "erase_customer";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Job> {
        let account = self.caller.account;
        let seen = see(tx, account, self.id, &InboxScope::All, 0).await?;
        let seen = seen
            .usable(tx, account, &InboxScope::All, self.expected)
            .await?;
        for email in seen.emails() {
            tx.queue(&rows::RELEASE_EMAIL, params![account, email, self.id])?;
        }
        seen.lock(tx, account).await?;
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
