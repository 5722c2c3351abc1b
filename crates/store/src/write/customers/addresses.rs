//! Changes of a customer's address list, and of the owners of e-mail addresses.

use heddle_domain::customer::{
    Address, AddressKind, LAST_POSITION, MOST_ADDRESSES, PlacedAddress, domain_of,
};
use heddle_domain::id::{AccountId, CustomerId};

use super::record::put_address;
use crate::error::{Abort, Entity, Refusal, Result};
use crate::rows::customer as rows;
use crate::stmt::{keys, params};
use crate::tx::Tx;

/// A change of the address list. Addresses that stay keep their positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressChange {
    /// Replaces the list. Positions must grow along it.
    Replace(Vec<PlacedAddress>),
    /// Adds an address at the end.
    Add(Address),
    /// Replaces the address at this position.
    Change(i64, Address),
    /// Changes kind, value or label of the address at this position, which must have one of some kinds.
    Edit(i64, AddressEdit),
    /// Removes the address at this position.
    Remove(i64),
    /// Removes the address at this position, which must have one of these kinds.
    RemoveOf(i64, &'static [AddressKind]),
    /// Replaces or removes the first address of a kind. If there is none, the new one becomes the first.
    First(AddressKind, Option<Address>),
}

/// A change of one address. What is `None` stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressEdit {
    /// The kinds that the address may have before; another kind counts as unknown.
    pub of: &'static [AddressKind],
    /// The new kind.
    pub kind: Option<AddressKind>,
    /// The new value, as [`Address::parse`] returns it.
    pub value: Option<String>,
    /// The new label; `Some(None)` removes it.
    pub label: Option<Option<String>>,
}

impl AddressEdit {
    fn apply(&self, address: &mut Address) {
        address.kind = self.kind.unwrap_or(address.kind);
        if let Some(value) = &self.value {
            address.value.clone_from(value);
        }
        if let Some(label) = &self.label {
            address.label.clone_from(label);
        }
    }
}

impl AddressChange {
    /// Returns the address list after the change. A new address gets a position after `last`, too.
    pub(super) fn apply(&self, before: &[PlacedAddress], last: i64) -> Result<Vec<PlacedAddress>> {
        let mut after = before.to_vec();
        let next = last.max(greatest_position(before)) + 1;
        match self {
            Self::Replace(list) => after.clone_from(list),
            Self::Add(address) => after.push(PlacedAddress {
                position: next,
                address: address.clone(),
            }),
            Self::Change(position, address) => {
                find(&mut after, *position)?.address = address.clone();
            }
            Self::Edit(position, edit) => {
                edit.apply(&mut find_of(&mut after, *position, edit.of)?.address);
            }
            Self::Remove(position) => {
                find(&mut after, *position)?;
                after.retain(|placed| placed.position != *position);
            }
            Self::RemoveOf(position, kinds) => {
                find_of(&mut after, *position, kinds)?;
                after.retain(|placed| placed.position != *position);
            }
            Self::First(kind, address) => set_first(&mut after, *kind, address.as_ref(), next),
        }
        check(before, &after)?;
        Ok(after)
    }
}

fn find(list: &mut [PlacedAddress], position: i64) -> Result<&mut PlacedAddress> {
    let mut found = list.iter_mut();
    found
        .find(|placed| placed.position == position)
        .ok_or_else(|| Refusal::NotFound(Entity::Address).into())
}

fn find_of<'a>(
    list: &'a mut [PlacedAddress],
    position: i64,
    kinds: &[AddressKind],
) -> Result<&'a mut PlacedAddress> {
    let found = find(list, position)?;
    match kinds.contains(&found.address.kind) {
        true => Ok(found),
        false => Err(Refusal::NotFound(Entity::Address).into()),
    }
}

/// Returns the greatest position of a list, or -1.
pub(super) fn greatest_position(list: &[PlacedAddress]) -> i64 {
    list.iter()
        .map(|placed| placed.position)
        .max()
        .unwrap_or(-1)
}

fn set_first(list: &mut Vec<PlacedAddress>, kind: AddressKind, to: Option<&Address>, next: i64) {
    let first = list.iter().position(|placed| placed.address.kind == kind);
    match (first, to) {
        (Some(at), Some(to)) => {
            let position = list[at].position;
            // If the list already contains the new address elsewhere, that entry is removed; its label stays.
            let known = list.iter().find(|placed| to.is_said_by(&placed.address));
            let to = known.map_or_else(|| to.clone(), |known| known.address.clone());
            list.retain(|placed| !placed.address.is_same_as(&to) || placed.position == position);
            if let Some(placed) = list.iter_mut().find(|p| p.position == position) {
                placed.address = to;
            }
        }
        (Some(at), None) => drop(list.remove(at)),
        (None, Some(to)) => list.push(PlacedAddress {
            position: next,
            address: to.clone(),
        }),
        (None, None) => {}
    }
}

fn check(before: &[PlacedAddress], after: &[PlacedAddress]) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    let mut identities = after.iter().map(|placed| placed.address.identity());
    if !identities.all(|identity| seen.insert(identity)) {
        return Err(Refusal::Conflict("the address").into());
    }
    // After a merge a customer may have more addresses than the limit. They stay, but none can be added.
    // A request may name the position, and the next one must be accepted back, too.
    if after.iter().any(|placed| placed.position > LAST_POSITION) {
        let reason = format!("no position up to {LAST_POSITION} is left; replace the list");
        return Err(Refusal::invalid("addresses", reason).into());
    }
    if after.len() > MOST_ADDRESSES && after.len() > before.len() {
        return Err(Refusal::invalid("addresses", format!("more than {MOST_ADDRESSES}")).into());
    }
    Ok(())
}

/// Returns the address if it is an e-mail address; `None` for other kinds.
pub(super) fn first_email(address: &Address) -> Option<&str> {
    (address.kind == AddressKind::Email).then_some(address.value.as_str())
}

/// Refuses e-mail addresses that belong to another customer than `customer` (`None`: to any customer). Runs before
/// anything is written, so that of several commands in one transaction a refused one writes nothing.
pub(super) async fn must_be_free(
    tx: &mut Tx<'_>,
    account: AccountId,
    emails: &[&str],
    customer: Option<CustomerId>,
) -> Result<()> {
    let keys = keys(account, emails.iter().copied());
    let owners = tx
        .fetch_many(&rows::EMAIL_OWNER, &keys, |row| row.int())
        .await?;
    let of_another = |owner: &i64| Some(CustomerId(*owner)) != customer;
    if owners.iter().flatten().any(of_another) {
        return Err(TAKEN.into());
    }
    Ok(())
}

/// The error for an e-mail address that belongs to another customer.
const TAKEN: Refusal = Refusal::Conflict("a customer with this e-mail address");

/// Returns the customer who owns an e-mail address.
pub(super) async fn owner_of(
    tx: &mut Tx<'_>,
    account: AccountId,
    email: &str,
) -> Result<Option<CustomerId>> {
    let params = params![account, email];
    tx.fetch_one(&rows::EMAIL_OWNER, params, |row| row.int().map(CustomerId))
        .await
}

/// Makes a customer the owner of an e-mail address that had no owner when it was checked.
pub(super) async fn claim(
    tx: &mut Tx<'_>,
    account: AccountId,
    email: &str,
    customer: CustomerId,
) -> Result<()> {
    let params = params![account, email, customer, domain_of(email)];
    let claimed = tx
        .fetch(&rows::CLAIM_EMAIL, params, |row| row.int())
        .await?;
    if !claimed.is_empty() {
        return Ok(());
    }
    match owner_of(tx, account, email).await? {
        Some(owner) if owner == customer => Ok(()),
        // Another transaction has claimed the address meanwhile, so the command starts over and its check finds the
        // owner.
        _ => Err(Abort::StartOver),
    }
}

/// Claims the added e-mail addresses and releases the removed ones, in lock order.
pub(super) async fn settle_owners(
    tx: &mut Tx<'_>,
    account: AccountId,
    customer: CustomerId,
    before: &[PlacedAddress],
    after: &[PlacedAddress],
) -> Result<()> {
    let emails = |list: &[PlacedAddress]| -> std::collections::BTreeSet<String> {
        let emails = list
            .iter()
            .filter_map(|placed| first_email(&placed.address));
        emails.map(str::to_owned).collect()
    };
    let (old, new) = (emails(before), emails(after));
    let come: Vec<&str> = new.difference(&old).map(String::as_str).collect();
    must_be_free(tx, account, &come, Some(customer)).await?;
    for email in old.symmetric_difference(&new) {
        if new.contains(email) {
            claim(tx, account, email, customer).await?;
        } else {
            tx.queue(&rows::RELEASE_EMAIL, params![account, email, customer])?;
        }
    }
    Ok(())
}

/// Writes the difference between two address lists.
pub(super) fn write(
    tx: &mut Tx<'_>,
    account: AccountId,
    customer: CustomerId,
    before: &[PlacedAddress],
    after: &[PlacedAddress],
) -> Result<()> {
    for gone in before.iter().filter(|placed| !after.contains(placed)) {
        tx.queue(
            &rows::DELETE_ADDRESS,
            params![account, customer, gone.position],
        )?;
    }
    for come in after.iter().filter(|placed| !before.contains(placed)) {
        put_address(tx, account, customer, come)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(values: &[&str]) -> Vec<PlacedAddress> {
        let address = |value: &&str| {
            let kind = match value.contains('@') {
                true => AddressKind::Email,
                false => AddressKind::Phone,
            };
            Address::parse(kind, value).expect("an address")
        };
        let placed = (0..).zip(values.iter().map(address));
        placed
            .map(|(position, address)| PlacedAddress { position, address })
            .collect()
    }

    fn shown(list: &[PlacedAddress]) -> Vec<(i64, &str)> {
        let shown = |p: &'_ PlacedAddress| p.position;
        list.iter()
            .map(|p| (shown(p), p.address.value.as_str()))
            .collect()
    }

    #[test]
    fn an_address_without_a_label_is_stored_as_before() {
        let phone = Address::parse(AddressKind::Phone, "1").expect("an address");
        let json = serde_json::to_string(&phone).expect("JSON");
        assert_eq!(json, r#"{"kind":"phone","value":"1"}"#);
        assert_eq!(serde_json::from_str::<Address>(&json).expect("one"), phone);
        let work = phone.labelled(Some("work".into()));
        let json = serde_json::to_string(&work).expect("JSON");
        assert_eq!(serde_json::from_str::<Address>(&json).expect("one"), work);
    }

    #[test]
    fn addresses_that_stay_keep_their_positions() {
        let before = list(&["a@x", "1", "b@x"]);
        let after = AddressChange::Remove(1).apply(&before, -1).expect("a list");
        assert_eq!(shown(&after), [(0, "a@x"), (2, "b@x")]);
        let more = Address::parse(AddressKind::Phone, "2").expect("one");
        let after = AddressChange::Add(more).apply(&after, -1).expect("a list");
        assert_eq!(shown(&after), [(0, "a@x"), (2, "b@x"), (3, "2")]);
        let more = Address::parse(AddressKind::Phone, "3").expect("one");
        let later = AddressChange::Add(more).apply(&after, 7).expect("a list");
        assert_eq!(greatest_position(&later), 8);
        let gone = AddressChange::Remove(1).apply(&after, -1);
        assert_eq!(gone, Err(Refusal::NotFound(Entity::Address).into()));
    }

    #[test]
    fn an_address_of_another_kind_counts_as_unknown() {
        let before = list(&["a@x", "1"]);
        let unknown = Err(Refusal::NotFound(Entity::Address).into());
        let emails: &[AddressKind] = &[AddressKind::Email];
        let edit = |of| AddressEdit {
            of,
            kind: Some(AddressKind::Fax),
            value: None,
            label: Some(Some("work".into())),
        };
        for change in [
            AddressChange::RemoveOf(1, emails),
            AddressChange::Edit(1, edit(emails)),
            AddressChange::RemoveOf(2, emails),
        ] {
            assert_eq!(change.apply(&before, -1), unknown, "{change:?}");
        }
        let change = AddressChange::Edit(1, edit(&[AddressKind::Phone]));
        let after = change.apply(&before, -1).expect("a list");
        let fax = Address::parse(AddressKind::Fax, "1").expect("one");
        assert_eq!(after[1].address, fax.labelled(Some("work".into())));
        let after = AddressChange::RemoveOf(0, emails).apply(&before, -1);
        assert_eq!(shown(&after.expect("a list")), [(1, "1")]);
    }

    #[test]
    fn the_first_of_a_kind_is_replaced_without_duplicates() {
        let before = list(&["a@x", "1", "b@x"]);
        let email = |text| Address::parse(AddressKind::Email, text);
        let first = |to| {
            AddressChange::First(AddressKind::Email, to)
                .apply(&before, -1)
                .expect("a list")
        };
        assert_eq!(shown(&first(email("b@x"))), [(0, "b@x"), (1, "1")]);
        assert_eq!(
            shown(&first(email("c@x"))),
            [(0, "c@x"), (1, "1"), (2, "b@x")]
        );
        assert_eq!(shown(&first(None)), [(1, "1"), (2, "b@x")]);
        let doubled = AddressChange::Change(2, email("a@x").expect("one")).apply(&before, -1);
        assert_eq!(doubled, Err(Refusal::Conflict("the address").into()));
    }
}
