//! Writes a customer: its row, addresses and events.

use heddle_domain::customer::{
    Address, AddressKind, Customer, PlacedAddress, PostalAddress, Profile, ProfileField, name_key,
};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, CustomerId, EventId, InboxId};
use heddle_domain::{EntityKind, EventDetail, Field};

use super::extras::{Extras, NO_EXTRAS};
use crate::error::Result;
use crate::read::customers::CustomerView;
use crate::rows::account::INSERT_PUBLIC_ID;
use crate::rows::customer as rows;
use crate::stmt::params;
use crate::tx::{NewEvent, Tx};
use crate::write::caller::Caller;
use crate::write::public_id::{self, ApiPublicId};

/// Returns the id of a new customer.
pub(super) fn next_id(tx: &mut Tx<'_>, account: AccountId) -> Result<CustomerId> {
    tx.next_small_id(account, EntityKind::Customer)
        .map(CustomerId)
}

/// Returns the addresses that the customer's own row contains.
pub(super) fn shown_first(email: Option<&str>, profile: &Profile) -> Vec<Address> {
    let shown = [
        (AddressKind::Email, email),
        (AddressKind::Phone, profile.phone.as_deref()),
    ];
    let address = |(kind, value): (AddressKind, Option<&str>)| {
        value.map(|value| Address {
            kind,
            value: value.to_owned(),
            label: None,
        })
    };
    shown.into_iter().filter_map(address).collect()
}

/// The values of a customer to insert.
pub(super) struct Making<'a> {
    pub(super) id: CustomerId,
    pub(super) home: Option<InboxId>,
    pub(super) addresses: &'a [Address],
    pub(super) profile: &'a Profile,
    pub(super) postal_address: Option<&'a PostalAddress>,
    pub(super) imported: bool,
    /// Public ids that the caller stores, for the event. One with an empty API is the id for all APIs; without it, `insert` makes a
    /// random one.
    pub(super) public_ids: &'a [ApiPublicId],
    /// Preferences and further facts.
    pub(super) extras: &'a Extras,
}

/// Inserts a customer with its public id for all APIs, addresses and event. Its e-mail addresses must already be claimed.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    caller: &Caller,
    making: &Making<'_>,
) -> Result<CustomerView> {
    let now = tx.now();
    let Making {
        id,
        home,
        addresses,
        profile,
        postal_address,
        imported,
        public_ids,
        extras,
    } = *making;
    let placed: Vec<PlacedAddress> = (0..)
        .zip(addresses.iter().cloned())
        .map(|(position, address)| PlacedAddress { position, address })
        .collect();
    let email = heddle_domain::customer::first_of(&placed, AddressKind::Email).map(str::to_owned);
    let mut made = Customer {
        id,
        home,
        profile: profile.clone(),
        email,
        postal_address: postal_address.cloned(),
        last_position: -1,
        created_at: now,
        updated_at: now,
        version: 0,
    };
    let mut detail = EventDetail::default();
    describe(&mut detail, None, &made);
    let shown = usize::from(made.email.is_some()) + usize::from(profile.phone.is_some());
    if placed.len() > shown || placed.iter().any(|placed| placed.address.label.is_some()) {
        detail.set(Field::Addresses, &placed);
    }
    public_id::describe(&mut detail, public_ids);
    Extras::describe(&mut detail, &NO_EXTRAS, extras);
    let kind = EventKind::CustomerCreated;
    let event = announce(tx, caller, kind, (&made, imported), 0, detail)?;
    made.version = event.get();
    tx.queue(
        &rows::INSERT,
        params![
            caller.account,
            id,
            home,
            &made.email,
            &profile.first_name,
            &profile.last_name,
            &profile.phone,
            &profile.photo_url,
            &profile.photo_type,
            &profile.job_title,
            &profile.background,
            &profile.location,
            &profile.organization,
            &profile.gender,
            &profile.age,
            now,
            made.version,
            &name_key(profile.first_name.as_deref()),
            &name_key(profile.last_name.as_deref()),
            &postal_json(&made),
        ],
    )?;
    let given = public_ids.iter().find(|(api, _)| api.is_empty());
    let public_id = match given {
        Some((_, given)) => given.clone(),
        None => insert_random_public_id(tx, caller.account, id)?,
    };
    for address in &placed {
        put_address(tx, caller.account, id, address)?;
    }
    extras.write(tx, caller.account, id, &NO_EXTRAS)?;
    Ok(CustomerView {
        customer: made,
        public_id,
        addresses: placed,
    })
}

/// Inserts a random UUID as the public id for all APIs, and returns it.
fn insert_random_public_id(tx: &mut Tx<'_>, account: AccountId, id: CustomerId) -> Result<String> {
    let public_id = uuid::Uuid::new_v4().to_string();
    tx.queue(
        &INSERT_PUBLIC_ID,
        params![account, EntityKind::Customer.as_str(), id, "", &public_id],
    )?;
    Ok(public_id)
}

pub(super) fn put_address(
    tx: &mut Tx<'_>,
    account: AccountId,
    customer: CustomerId,
    placed: &PlacedAddress,
) -> Result<()> {
    let Address { kind, value, label } = &placed.address;
    tx.queue(
        &rows::INSERT_ADDRESS,
        params![
            account,
            customer,
            placed.position,
            kind.as_str(),
            value,
            label
        ],
    )
}

/// Returns the column `postal_address`.
fn postal_json(customer: &Customer) -> Option<String> {
    let address = customer.postal_address.as_ref()?;
    Some(serde_json::to_string(address).expect("an address is plain data"))
}

/// Writes the changed columns of a locked customer.
pub(super) fn write(tx: &mut Tx<'_>, account: AccountId, customer: &Customer) -> Result<()> {
    let p = &customer.profile;
    tx.queue(
        &rows::UPDATE,
        params![
            account,
            customer.id,
            customer.home,
            &customer.email,
            &p.first_name,
            &p.last_name,
            &p.phone,
            &p.photo_url,
            &p.photo_type,
            &p.job_title,
            &p.background,
            &p.location,
            &p.organization,
            &p.gender,
            &p.age,
            customer.updated_at,
            customer.version,
            &name_key(p.first_name.as_deref()),
            &name_key(p.last_name.as_deref()),
            &postal_json(customer),
            customer.last_position,
        ],
    )
}

/// Writes an event about a customer. The event's id is greater than that of the customer's last event.
pub(super) fn announce(
    tx: &mut Tx<'_>,
    caller: &Caller,
    kind: EventKind,
    (customer, imported): (&Customer, bool),
    above: i64,
    detail: EventDetail,
) -> Result<EventId> {
    let event = NewEvent {
        kind,
        conversation: None,
        inbox: customer.home,
        entity: customer.id.get(),
        actor: &caller.actor,
        imported,
        detail,
    };
    tx.append_event(caller.account, above.max(customer.version), &event)
}

/// Adds every field that differs between two states of a customer; `before` is `None` for a new customer.
pub(super) fn describe(detail: &mut EventDetail, before: Option<&Customer>, after: &Customer) {
    detail
        .change(Field::HomeInbox, &before.and_then(|c| c.home), &after.home)
        .change(
            Field::Email,
            &before.and_then(|c| c.email.clone()),
            &after.email,
        )
        .change(
            Field::PostalAddress,
            &before.and_then(|c| c.postal_address.clone()),
            &after.postal_address,
        );
    for field in ProfileField::ALL {
        let was = before.and_then(|c| c.profile.field(*field).clone());
        let is = after.profile.field(*field).clone();
        detail.change(Field::profile(*field), &was, &is);
    }
}

/// Adds a change of the address list.
pub(super) fn describe_addresses(
    detail: &mut EventDetail,
    before: &[PlacedAddress],
    after: &[PlacedAddress],
) {
    detail.change(Field::Addresses, &before.to_vec(), &after.to_vec());
}
