//! Reads the contact preferences of customers.

use heddle_domain::InboxScope;
use heddle_domain::customer::Preference;
use heddle_domain::id::{AccountId, CustomerId};

use super::customers::must_be_current;
use crate::error::{Entity, Refusal, Result};
use crate::rows::customer as customer_rows;
use crate::rows::preference as rows;
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// The preferences of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreferencesView {
    /// The customer.
    pub customer: CustomerId,
    /// Id of the event that last changed the customer.
    pub version: i64,
    /// All preferences, by category and channel.
    pub preferences: Vec<Preference>,
}

/// Reads the contact preferences of a customer.
#[derive(Clone, Debug)]
pub struct FindPreferences {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inboxes that the caller may use. A customer whose home is another inbox is not found.
    pub inboxes: InboxScope,
    /// The customer.
    pub id: CustomerId,
}

impl Read for FindPreferences {
    type Out = PreferencesView;
    const NAME: &'static str = "find_preferences";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<PreferencesView> {
        let key = params![self.account, self.id];
        let pinned = rows.fetch_one(&customer_rows::PEEK, key, customer_rows::pinned);
        let pinned = pinned.await?;
        let pinned = pinned.filter(|pinned| self.inboxes.reaches_home(pinned.home));
        let pinned = pinned.ok_or(Refusal::NotFound(Entity::Customer(0)))?;
        must_be_current(rows, self.account, &self.inboxes, &pinned).await?;
        let stored = rows.fetch(&rows::OF_CUSTOMER, key, rows::preference);
        Ok(PreferencesView {
            customer: self.id,
            version: pinned.version,
            preferences: Preference::all(&stored.await?),
        })
    }
}
