//! An entry as requests write it, and its id.

use heddle_domain::customer::{Address, AddressKind, LAST_POSITION, LONGEST_ADDRESS};
use heddle_domain::id::CustomerId;
use heddle_http::members::{Item, Object, Problem};
use heddle_store::write::customers::AddressEdit;

use super::kind::EntryKind;
use crate::fault::code;

/// The factor that leaves room for the position of an address in an entry's id: more than the number of addresses that
/// a customer may have.
const ENTRIES: i64 = 10_000;

/// Returns the id of an entry. It is made of the customer's id and the entry's position, because positions are unique within
/// a customer only; a position is never used again.
pub(crate) const fn id(customer: CustomerId, position: i64) -> i64 {
    customer
        .get()
        .saturating_mul(ENTRIES)
        .saturating_add(position)
}

/// Returns the position of the entry with this id, if it can be one of this customer. -1 otherwise, which no entry has.
pub(crate) fn position(customer: CustomerId, id: i64) -> i64 {
    let first = customer.get().checked_mul(ENTRIES);
    let position = first.and_then(|first| id.checked_sub(first));
    let valid = position.filter(|position| (0..=LAST_POSITION).contains(position));
    valid.unwrap_or(-1)
}

/// Reads a new entry. Returns `None` after a fault.
pub(crate) fn read(entry: &Object<'_>, kind: &EntryKind) -> Option<Address> {
    let word = (!kind.types.is_empty()).then(|| entry.get("type"));
    let word = match &word {
        Some(item) => Some(read_type(item, kind)?.unwrap_or("other")),
        None => None,
    };
    let (stored, label) = kind.stored_as(word.unwrap_or("other"));
    let value = read_value(&entry.get("value").not_empty(), stored)?;
    Some(value.labelled(label))
}

/// Reads the new type and value of an entry. An absent type stays as it is.
pub(crate) fn read_edit(entry: &Object<'_>, kind: &'static EntryKind) -> Option<AddressEdit> {
    let word = match kind.types.is_empty() {
        true => None,
        false => read_type(&entry.get("type"), kind)?,
    };
    let value = read_value(&entry.get("value").not_empty(), kind.stored[0])?;
    Some(AddressEdit {
        value: Some(value.value),
        ..edit_type(kind, word)
    })
}

/// Returns the change of an entry to another type; `None` leaves the type as it is.
pub(crate) fn edit_type(kind: &'static EntryKind, word: Option<&str>) -> AddressEdit {
    let stored = word.map(|word| kind.stored_as(word));
    let (stored, label) = stored.unzip();
    AddressEdit {
        of: kind.stored,
        kind: stored,
        value: None,
        label,
    }
}

/// Reads a type, in any case. The outer `None` means a fault, the inner one that there is no type.
#[expect(clippy::option_option, reason = "a fault is not the same as no type")]
pub(crate) fn read_type(item: &Item<'_>, kind: &EntryKind) -> Option<Option<&'static str>> {
    let known = |text: &str| {
        let mut words = kind.types.iter();
        words.find(|word| word.eq_ignore_ascii_case(text)).copied()
    };
    let word = item.parsed(&Problem::Word(kind.types.to_vec()), known);
    match item.is_present() {
        true => word.map(Some),
        false => Some(None),
    }
}

/// Reads the value of an entry of a stored kind.
pub(crate) fn read_value(item: &Item<'_>, kind: AddressKind) -> Option<Address> {
    let rule = match kind {
        AddressKind::Email => Problem::Rule(code::EMAIL, "must be an email address".into()),
        AddressKind::Phone
        | AddressKind::Fax
        | AddressKind::Post
        | AddressKind::Website
        | AddressKind::Chat
        | AddressKind::Social
        | AddressKind::Other => {
            let rule = format!(
                "must have 1 to {LONGEST_ADDRESS} characters, none of them a control character"
            );
            Problem::Rule(code::SIZE, rule.into())
        }
    };
    item.parsed(&rule, |text| Address::parse(kind, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_to_its_position_only_for_its_customer() {
        let (own, next) = (CustomerId(7), CustomerId(8));
        for at in [0, 1, 9_999] {
            assert_eq!(position(own, id(own, at)), at);
            assert_eq!(position(next, id(own, at)), -1);
        }
        for odd in [i64::MIN, -1, 0, i64::MAX] {
            assert_eq!(position(own, odd), -1, "{odd}");
        }
        assert_eq!(position(CustomerId(i64::MAX), 1), -1);
    }
}
