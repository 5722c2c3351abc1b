//! Changes who follows a customer.

use std::collections::BTreeSet;

use heddle_domain::customer::{FollowerChange, MOST_FOLLOWERS};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_domain::{EventDetail, InboxScope};

use super::extras::Extras;
use super::record::{announce, write};
use super::seen::see;
use crate::error::{Entity, Refusal, Result};
use crate::read::followers::FollowersView;
use crate::tx::{Tx, Write};
use crate::write::caller::Caller;
use crate::write::must::{must_be_agent, must_be_inboxes};

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
    /// The changes, applied in order; at most 1,000.
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
        if after.followers.len() > MOST_FOLLOWERS.max(before.followers.len()) {
            let reason = format!("more than {MOST_FOLLOWERS}");
            return Err(Refusal::invalid(FOLLOWERS, reason).into());
        }
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
    /// Checks that the inboxes and agents exist, and that the caller may use the inboxes.
    async fn check(&self, tx: &mut Tx<'_>) -> Result<()> {
        let account = self.caller.account;
        let inboxes: BTreeSet<InboxId> = self.changes.iter().map(|it| it.inbox).collect();
        if !inboxes.iter().all(|inbox| self.inboxes.contains(*inbox)) {
            return Err(Refusal::NotFound(Entity::Inbox).into());
        }
        must_be_inboxes(tx, account, inboxes).await?;
        let agents: BTreeSet<AgentId> = self.changes.iter().map(|it| it.agent).collect();
        for agent in agents {
            must_be_agent(tx, account, agent).await?;
        }
        Ok(())
    }
}
