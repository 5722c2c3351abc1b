//! Reads the followers of customers.

use heddle_domain::InboxScope;
use heddle_domain::customer::Follower;
use heddle_domain::id::{AccountId, CustomerId};

use super::customers::must_be_current;
use crate::error::{Entity, Refusal, Result};
use crate::rows::customer as customer_rows;
use crate::rows::follower as rows;
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// The followers of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowersView {
    /// The customer.
    pub customer: CustomerId,
    /// Id of the event that last changed the customer.
    pub version: i64,
    /// The followers in the caller's inboxes, by inbox and agent.
    pub followers: Vec<Follower>,
}

/// Reads the followers of a customer.
#[derive(Clone, Debug)]
pub struct FindFollowers {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inboxes that the caller may use. A customer whose home is another inbox is not found; followers in other inboxes
    /// are left out.
    pub inboxes: InboxScope,
    /// The customer.
    pub id: CustomerId,
}

impl Read for FindFollowers {
    type Out = FollowersView;
    const NAME: &'static str = "find_followers";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<FollowersView> {
        let key = params![self.account, self.id];
        let pinned = rows.fetch_one(&customer_rows::PEEK, key, customer_rows::pinned);
        let pinned = pinned.await?;
        let pinned = pinned.filter(|pinned| self.inboxes.reaches_home(pinned.home));
        let pinned = pinned.ok_or(Refusal::NotFound(Entity::Customer(0)))?;
        must_be_current(rows, self.account, &self.inboxes, &pinned).await?;
        let mut followers = rows.fetch(&rows::OF_CUSTOMER, key, rows::follower).await?;
        followers.retain(|follower| self.inboxes.contains(follower.inbox));
        Ok(FollowersView {
            customer: self.id,
            version: pinned.version,
            followers,
        })
    }
}
