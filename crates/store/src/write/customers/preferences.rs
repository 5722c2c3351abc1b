//! Changes the contact preferences of a customer.

use heddle_domain::customer::{Preference, PreferenceChange};
use heddle_domain::event::EventKind;
use heddle_domain::id::CustomerId;
use heddle_domain::{EventDetail, InboxScope};

use super::extras::Extras;
use super::record::{announce, write};
use super::seen::see;
use crate::error::Result;
use crate::read::preferences::PreferencesView;
use crate::tx::{Tx, Write};
use crate::write::caller::Caller;

/// Changes the contact preferences that are named, and leaves the others.
#[derive(Clone, Debug)]
pub struct UpdatePreferences {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inboxes that the caller may use. A customer whose home is outside them is not found.
    pub inboxes: InboxScope,
    /// The customer whose preferences change.
    pub id: CustomerId,
    /// The version that the customer must have; `None` means any.
    pub expected: Option<i64>,
    /// The changes. Of two changes of one preference, the last one counts.
    pub changes: Vec<PreferenceChange>,
}

impl Write for UpdatePreferences {
    /// The preferences afterwards.
    type Out = PreferencesView;
    const NAME: &'static str = "update_preferences";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<PreferencesView> {
        let account = self.caller.account;
        let seen = see(tx, account, self.id, &self.inboxes, 0).await?;
        let seen = seen
            .usable(tx, account, &self.inboxes, self.expected)
            .await?;
        seen.lock(tx, account).await?;
        let before = Extras::read(tx, account, self.id).await?;
        let after = before.clone().with_preferences(&self.changes);
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
        Ok(PreferencesView {
            customer: self.id,
            version: customer.version,
            preferences: Preference::all(&after.preferences),
        })
    }
}
