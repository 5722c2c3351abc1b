//! Erases a customer (GDPR). The command marks the customer, removes its profile and deletes its conversations: after its commit
//! nobody can find them. A job then empties conversations, attachments and events in chunks. If the customer has more than
//! [`DELETED`] conversations, the job deletes each of them when it empties it. Stored answers are removed too, but not their
//! keys: a repeated request must not run again.
//!
//! Other customers' conversations stay; only the erased customer's own messages in them are emptied.

use std::collections::BTreeSet;

use heddle_domain::customer::JobKind;
use heddle_domain::event::EventKind;
use heddle_domain::id::{ConversationId, CustomerId, InboxId};
use heddle_domain::message::State;
use heddle_domain::{Conversation, EventDetail, InboxScope};

use super::extras;
use super::merge::FOLLOWERS;
use super::record::announce;
use super::seen::see;
use crate::error::{Abort, Refusal, Result};
use crate::rows::job::Job;
use crate::rows::{conversation, customer as rows, guest, idempotent};
use crate::stmt::{Row, params};
use crate::tx::{Tx, Write};
use crate::write::caller::Caller;
use crate::write::delete::Transition;

/// The maximum number of stored answers that are removed in the transaction of the command. A job removes the rest.
const ANSWERS: i64 = 1_000;
/// The maximum number of other customers' conversations that are checked for their inboxes. A caller that is limited to some
/// inboxes may not erase a customer with messages in more of them.
const MOST_VISITS: i64 = 1_000;

/// How many conversations the command itself deletes. If the customer has more, it deletes none.
const DELETED: usize = 100;

/// Erases a customer and all customers merged into it. Their ids are never used again.
#[derive(Clone, Debug)]
pub struct EraseCustomer {
    /// The caller. It must have access to every inbox, because conversations in any inbox are deleted.
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

    fn weight(&self) -> usize {
        DELETED * 512
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Job> {
        let account = self.caller.account;
        let inboxes = match &self.limit {
            Some(limit) => &limit.inboxes,
            None => &InboxScope::All,
        };
        let seen = see(tx, account, self.id, inboxes, 0).await?;
        let seen = seen.usable(tx, account, inboxes, self.expected).await?;
        let conversations = self.lock_conversations(tx).await?;
        for email in seen.emails() {
            tx.queue(&rows::RELEASE_EMAIL, params![account, email, self.id])?;
        }
        seen.lock(tx, account).await?;
        self.check(tx, &conversations).await?;
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
            let params = params![account, id, tx.now(), customer.version];
            tx.queue(&rows::ERASE, params)?;
        }
        tx.queue(&rows::DELETE_ADDRESSES, params![account, self.id])?;
        extras::delete(tx, account, self.id)?;
        // Any answer of the account may show the customer. The job removes older ones.
        let params = params![account, tx.now(), ANSWERS];
        tx.queue(&idempotent::CLEAR_NEWEST, params)?;
        let job = Job::new(&self.caller.actor, JobKind::Erase, &customer, tx.now());
        job.insert(tx, account)?;
        for conversation in &conversations {
            let deletion = Transition::of_erasure(job.id);
            deletion.write(tx, (account, &self.caller.actor), conversation)?;
        }
        Ok(job)
    }
}

impl EraseCustomer {
    /// Returns inbox and id of the customer's conversations that lists show, at most one more than a limit allows.
    async fn shown(&self, tx: &mut Tx<'_>) -> Result<Vec<(InboxId, ConversationId)>> {
        let allowed = self.limit.as_ref().map_or(0, |limit| limit.conversations);
        let most = allowed.max(DELETED) as i64 + 1;
        let params = params![self.caller.account, self.id, most];
        let of_customer = &conversation::SHOWN_OF_CUSTOMER;
        tx.fetch(of_customer, params, |row| {
            Ok((InboxId(row.int()?), ConversationId(row.int()?)))
        })
        .await
    }

    /// Locks the conversations that the command deletes.
    async fn lock_conversations(&self, tx: &mut Tx<'_>) -> Result<Vec<Conversation>> {
        let shown = self.shown(tx).await?;
        if shown.len() > DELETED {
            return Ok(Vec::new());
        }
        let ids = shown.into_iter().map(|(_, id)| id).collect();
        let mut locked = conversation::lock_all(tx, self.caller.account, ids).await?;
        // They may have changed before they were locked.
        locked.retain(|c| {
            c.customer == self.id && c.merged_into.is_none() && c.state != State::Hidden
        });
        Ok(locked)
    }

    /// Refuses the erasure of a customer outside the limit. The customer is locked, so it gets no conversation meanwhile; but it
    /// may have got one before.
    async fn check(&self, tx: &mut Tx<'_>, locked: &[Conversation]) -> Result<()> {
        let shown = self.shown(tx).await?;
        if let Some(limit) = &self.limit {
            self.check_limit(tx, limit, &shown).await?;
        }
        let locked: BTreeSet<_> = locked.iter().map(|c| c.id).collect();
        let is_locked = |(_, id): &(InboxId, ConversationId)| locked.contains(id);
        match shown.len() > DELETED || shown.iter().all(is_locked) {
            true => Ok(()),
            false => Err(Abort::StartOver),
        }
    }

    async fn check_limit(
        &self,
        tx: &mut Tx<'_>,
        limit: &ErasureLimit,
        shown: &[(InboxId, ConversationId)],
    ) -> Result<()> {
        let params = params![self.caller.account, self.id, MOST_VISITS + 1];
        let visited = tx.fetch(&guest::INBOXES, params, inbox).await?;
        let mut inboxes = shown.iter().map(|(inbox, _)| inbox).chain(&visited);
        let all_are_visible = limit.inboxes == InboxScope::All
            || visited.len() as i64 <= MOST_VISITS
                && inboxes.all(|inbox| limit.inboxes.contains(*inbox));
        match shown.len() <= limit.conversations && all_are_visible {
            true => Ok(()),
            false => Err(Refusal::Forbidden.into()),
        }
    }
}

fn inbox(row: &mut Row<'_>) -> Result<InboxId> {
    row.int().map(InboxId)
}
