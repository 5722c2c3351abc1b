//! Changes a customer.

use heddle_domain::customer::{
    AddressKind, Customer, LAST_POSITION, PlacedAddress, ProfileField, first_of,
};
use heddle_domain::event::EventKind;
use heddle_domain::id::{CustomerId, InboxId};
use heddle_domain::{EventDetail, InboxScope};

use super::addresses::{self, AddressChange, greatest_position, settle_owners};
use super::extras::Extras;
use super::postal::{self, PostalChange};
use super::record::{announce, describe, describe_addresses, write};
use super::seen::see;
use crate::error::{Entity, Refusal, Result};
use crate::read::customers::CustomerView;
use crate::tx::{Tx, Write};
use crate::write::caller::Caller;
use crate::write::must::must_be_inboxes;

/// The requested values; fields that are not named stay.
#[derive(Clone, Debug, Default)]
pub struct CustomerChange {
    /// New home inbox (the only inbox that shows the customer); `Some(None)` removes it.
    pub home: Option<Option<InboxId>>,
    /// New values of profile fields. The phone number is changed in `addresses` instead.
    pub profile: Vec<(ProfileField, Option<String>)>,
    /// Changes of the address list, applied in order.
    pub addresses: Vec<AddressChange>,
    /// Changes of the postal address, applied in order.
    pub postal_address: Vec<PostalChange>,
}

/// Changes a customer.
#[derive(Clone, Debug)]
pub struct UpdateCustomer {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inboxes that the caller may use. A customer whose home is outside them is not found.
    pub inboxes: InboxScope,
    /// The customer to change.
    pub id: CustomerId,
    /// The version that the customer must have; `None` means any.
    pub expected: Option<i64>,
    /// The new values.
    pub change: CustomerChange,
}

impl Write for UpdateCustomer {
    /// The customer afterwards.
    type Out = CustomerView;
    const NAME: &'static str = "update_customer";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Out> {
        let account = self.caller.account;
        let seen = see(tx, account, self.id, &self.inboxes, 0).await?;
        let seen = seen
            .usable(tx, account, &self.inboxes, self.expected)
            .await?;
        let before = &seen.view;
        if let Some(home) = self.change.home {
            self.check_home(tx, before.customer.home, home).await?;
        }
        let (list, last_position) = self.addresses(before)?;
        let postal_address = postal::apply(
            before.customer.postal_address.as_ref(),
            &self.change.postal_address,
        )?;
        settle_owners(tx, account, self.id, &before.addresses, &list).await?;
        seen.lock(tx, account).await?;
        let mut after = Customer {
            postal_address,
            last_position,
            ..self.changed(before, &list)
        };
        let extras = self.extras(tx, before, &after).await?;
        let mut detail = EventDetail::default();
        describe(&mut detail, Some(&before.customer), &after);
        describe_addresses(&mut detail, &before.addresses, &list);
        Extras::describe(&mut detail, &extras.0, &extras.1);
        if !detail.changes.is_empty() {
            let kind = EventKind::CustomerUpdated;
            let event = announce(tx, &self.caller, kind, (&after, false), 0, detail)?;
            after.version = event.get();
            after.updated_at = tx.now();
            write(tx, account, &after)?;
            addresses::write(tx, account, self.id, &before.addresses, &list)?;
            extras.1.write(tx, account, self.id, &extras.0)?;
        }
        Ok(CustomerView {
            customer: after,
            public_id: before.public_id.clone(),
            addresses: list,
        })
    }
}

impl UpdateCustomer {
    /// Returns the addresses afterwards, and the last position that they have used.
    fn addresses(&self, before: &CustomerView) -> Result<(Vec<PlacedAddress>, i64)> {
        let (mut list, mut last) = (before.addresses.clone(), before.customer.last_position);
        for change in &self.change.addresses {
            last = last.max(greatest_position(&list));
            list = change.apply(&list, last)?;
            if matches!(change, AddressChange::Replace(_)) && last >= LAST_POSITION {
                // No greater position is left, so the new list begins again.
                last = -1;
            }
        }
        match before.addresses == list {
            true => Ok((list, before.customer.last_position)),
            false => Ok((list, last)),
        }
    }

    /// Returns the customer's extras before and after. They change, and are read, only if another postal address takes the
    /// place of one: what the old one is for does not hold for the new one.
    async fn extras(
        &self,
        tx: &mut Tx<'_>,
        before: &CustomerView,
        after: &Customer,
    ) -> Result<(Extras, Extras)> {
        let is_part = |change: &PostalChange| matches!(change, PostalChange::Part(_));
        let is_same = before.customer.postal_address == after.postal_address
            || self.change.postal_address.iter().all(is_part);
        if is_same {
            return Ok((Extras::default(), Extras::default()));
        }
        let extras = Extras::read(tx, self.caller.account, self.id).await?;
        let mut cleared = extras.clone();
        cleared.set_address_use(None);
        Ok((extras, cleared))
    }

    /// Checks a change of the home inbox. A caller limited to some inboxes may only move a customer from one of these
    /// inboxes to another; it may not set a missing home inbox or remove one.
    async fn check_home(
        &self,
        tx: &mut Tx<'_>,
        before: Option<InboxId>,
        after: Option<InboxId>,
    ) -> Result<()> {
        if let Some(home) = after {
            must_be_inboxes(tx, self.caller.account, [home]).await?;
            if !self.inboxes.contains(home) {
                return Err(Refusal::NotFound(Entity::Inbox).into());
            }
        }
        let within = |home: Option<InboxId>| {
            home.is_some_and(|home| self.inboxes.contains(home)) || self.inboxes == InboxScope::All
        };
        // Every caller sees a customer without a home inbox, but this does not let a limited caller set or remove the
        // home: `within` is false for `None`, unless the caller reaches all inboxes.
        if before == after || within(before) && within(after) {
            return Ok(());
        }
        Err(Refusal::invalid(
            "home_inbox_id",
            "only between inboxes that the credential reaches",
        )
        .into())
    }

    fn changed(&self, before: &CustomerView, list: &[PlacedAddress]) -> Customer {
        let mut after = before.customer.clone();
        for (field, value) in &self.change.profile {
            after.profile.field_mut(*field).clone_from(value);
        }
        after
            .profile
            .phone
            .clone_from(&before.customer.profile.phone);
        if before.addresses != list {
            let first = |kind| first_of(list, kind).map(str::to_owned);
            after.email = first(AddressKind::Email);
            after.profile.phone = first(AddressKind::Phone);
        }
        after.home = self.change.home.unwrap_or(after.home);
        after
    }
}
