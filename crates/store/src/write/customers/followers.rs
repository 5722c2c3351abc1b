//! Changes who follows a customer.

use std::collections::{BTreeMap, BTreeSet};

use heddle_domain::customer::{Follower, FollowerChange, MOST_FOLLOWERS, MOST_MERGED_FOLLOWERS};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_domain::{EventDetail, InboxScope};

use super::extras::Extras;
use super::record::{announce, write};
use super::seen::see;
use crate::error::{Entity, Refusal, Result};
use crate::read::followers::FollowersView;
use crate::rows::account::{GET_AGENT, PRESENT_AGENT, agent};
use crate::stmt::keys;
use crate::tx::{Tx, Write};
use crate::write::caller::Caller;
use crate::write::must::must_be_inboxes;

/// The name of the field in the refusal of too many followers.
pub const FOLLOWERS: &str = "followers";

/// Changes what some agents follow of a customer, and leaves the others.
#[derive(Clone, Debug)]
pub struct UpdateFollowers {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inboxes that the caller may use. A customer whose home is outside them is not found, and nobody is made to follow
    /// in another inbox.
    pub inboxes: InboxScope,
    /// The customer who is followed.
    pub id: CustomerId,
    /// The version that the customer must have; `None` means any.
    pub expected: Option<i64>,
    /// The changes, applied in order. No API accepts more than 2,000.
    pub changes: Vec<FollowerChange>,
}

impl Write for UpdateFollowers {
    /// The followers in the caller's inboxes afterwards.
    type Out = FollowersView;
    const NAME: &'static str = "update_followers";

    fn weight(&self) -> usize {
        512 + 128 * self.changes.len()
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<FollowersView> {
        let account = self.caller.account;
        let seen = see(tx, account, self.id, &self.inboxes, 0).await?;
        let seen = seen
            .usable(tx, account, &self.inboxes, self.expected)
            .await?;
        self.check(tx).await?;
        seen.lock(tx, account).await?;
        let before = Extras::read(tx, account, self.id).await?;
        let mut after = before.clone();
        for change in &self.changes {
            change.apply(&mut after.followers);
        }
        must_fit(&before.followers, &after.followers)?;
        let mut customer = seen.view.customer;
        let mut detail = EventDetail::default();
        Extras::describe(&mut detail, &before, &after);
        if !detail.changes.is_empty() {
            let kind = EventKind::CustomerUpdated;
            let event = announce(tx, &self.caller, kind, (&customer, false), 0, detail)?;
            customer.version = event.get();
            customer.updated_at = tx.now();
            write(tx, account, &customer)?;
            after.write(tx, account, self.id, &before)?;
        }
        let mut followers = after.followers;
        followers.retain(|follower| self.inboxes.contains(follower.inbox));
        Ok(FollowersView {
            customer: self.id,
            version: customer.version,
            followers,
        })
    }
}

impl UpdateFollowers {
    /// Checks that the inboxes and agents exist, and that the caller may use the inboxes. A removed agent can only stop to follow: the
    /// removal of the agent ends with that.
    async fn check(&self, tx: &mut Tx<'_>) -> Result<()> {
        let account = self.caller.account;
        let inboxes: BTreeSet<InboxId> = self.changes.iter().map(|it| it.inbox).collect();
        if !inboxes.iter().all(|inbox| self.inboxes.contains(*inbox)) {
            return Err(Refusal::NotFound(Entity::Inbox).into());
        }
        must_be_inboxes(tx, account, inboxes).await?;
        let stops = |it: &FollowerChange| it.notes == Some(false) && it.messages == Some(false);
        let (stopping, others): (Vec<&FollowerChange>, Vec<_>) =
            self.changes.iter().partition(|it| stops(it));
        for (changes, stmt) in [(stopping, &GET_AGENT), (others, &PRESENT_AGENT)] {
            let agents: BTreeSet<AgentId> = changes.iter().map(|it| it.agent).collect();
            let keys = keys(account, agents);
            let found = tx.fetch_many(stmt, &keys, agent).await?;
            if !found.iter().all(|agents| !agents.is_empty()) {
                return Err(Refusal::NotFound(Entity::Agent).into());
            }
        }
        Ok(())
    }
}

/// Checks the number of followers in each inbox, and of all. What a merge left may stay, but not grow.
fn must_fit(before: &[Follower], after: &[Follower]) -> Result<()> {
    let (were, are) = (count(before), count(after));
    let most = |inbox: &InboxId| MOST_FOLLOWERS.max(were.get(inbox).copied().unwrap_or(0));
    if are.iter().any(|(inbox, number)| *number > most(inbox)) {
        let reason = format!("more than {MOST_FOLLOWERS} in an inbox");
        return Err(Refusal::invalid(FOLLOWERS, reason).into());
    }
    if after.len() > MOST_MERGED_FOLLOWERS.max(before.len()) {
        let reason = format!("more than {MOST_MERGED_FOLLOWERS} in all inboxes");
        return Err(Refusal::invalid(FOLLOWERS, reason).into());
    }
    Ok(())
}

/// Returns the number of followers in each inbox.
fn count(followers: &[Follower]) -> BTreeMap<InboxId, usize> {
    let mut counts = BTreeMap::new();
    for follower in followers {
        *counts.entry(follower.inbox).or_default() += 1;
    }
    counts
}
