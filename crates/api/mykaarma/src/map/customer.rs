//! The vendor's customer object (contract section 9).

use heddle_domain::customer::{
    Address, AddressKind, CustomerDetails, PlacedAddress, PostalAddress,
};
use heddle_store::read::customers::CustomerView;

use crate::request::customer::ADDRESS_TYPES;
use crate::wire::{CustomerItem, EmailItem, PhoneItem, PostalItem};

/// Returns the vendor's object for a customer. `may_write` says whether the department may write to an address.
pub(crate) fn customer(
    view: CustomerView,
    public_id: String,
    details: CustomerDetails,
    may_write: impl Fn(AddressKind, &str) -> bool,
) -> CustomerItem {
    let CustomerView {
        customer,
        public_id: _,
        addresses,
    } = view;
    let postal = customer.postal_address;
    let postal = postal.map(|address| postal_address(address, details.address_use.clone()));
    CustomerItem {
        id: customer.id.get(),
        customer_uuid: public_id,
        first_name: customer.profile.first_name,
        last_name: customer.profile.last_name,
        company: customer.profile.organization,
        emails: emails(&addresses, &may_write),
        phone_numbers: phones(&addresses, &may_write),
        addresses: postal.into_iter().collect(),
        preferred_locale: locale(&details),
        customer_key: details.third_party_id,
        middle_name: details.second_first_name,
        is_business: details.is_business == Some(true),
        preferred_communication: details.preferred_channel,
    }
}

/// Returns the addresses of a kind, each with whether it is the preferred one.
fn of_kind(
    addresses: &[PlacedAddress],
    kind: AddressKind,
) -> impl Iterator<Item = (&Address, bool)> {
    let all = addresses.iter().map(|placed| &placed.address);
    let of_kind = all.filter(move |address| address.kind == kind);
    of_kind.enumerate().map(|(at, address)| (address, at == 0))
}

fn emails(
    addresses: &[PlacedAddress],
    may_write: &impl Fn(AddressKind, &str) -> bool,
) -> Vec<EmailItem> {
    let emails = of_kind(addresses, AddressKind::Email);
    emails
        .map(|(address, is_preferred)| EmailItem {
            email_address: address.value.clone(),
            label: address.label.clone(),
            ok_to_email: may_write(AddressKind::Email, &address.value),
            is_preferred,
        })
        .collect()
}

fn phones(
    addresses: &[PlacedAddress],
    may_write: &impl Fn(AddressKind, &str) -> bool,
) -> Vec<PhoneItem> {
    let phones = of_kind(addresses, AddressKind::Phone);
    phones
        .map(|(address, is_preferred)| PhoneItem {
            phone_number: address.value.clone(),
            label: address.label.clone(),
            ok_to_call: true,
            ok_to_text: may_write(AddressKind::Phone, &address.value),
            is_preferred,
        })
        .collect()
}

/// Returns the language, with the country if there is one, such as `en-us`.
fn locale(details: &CustomerDetails) -> Option<String> {
    let language = details.language.clone()?;
    Some(match &details.language_country {
        Some(country) => format!("{language}-{}", country.to_ascii_lowercase()),
        None => language,
    })
}

/// Returns the vendor's postal address, which has two lines.
fn postal_address(address: PostalAddress, address_use: Option<String>) -> PostalItem {
    let PostalAddress {
        lines,
        city,
        state,
        postal_code,
        country,
    } = address;
    let mut lines = lines.into_iter();
    let line1 = lines.next().unwrap_or_default();
    let rest: Vec<String> = lines.collect();
    let kind = address_use.as_deref();
    let code = ADDRESS_TYPES.iter().find(|(word, _)| Some(*word) == kind);
    PostalItem {
        line1,
        line2: (!rest.is_empty()).then(|| rest.join(", ")),
        city,
        state: Some(state).filter(|state| !state.is_empty()),
        zip: postal_code,
        country,
        address_type: code.map(|(_, code)| *code),
        kind: address_use,
        is_valid: true,
        is_preferred: true,
    }
}

#[cfg(test)]
mod tests {
    use heddle_domain::Timestamp;
    use heddle_domain::customer::{Customer, Profile};
    use heddle_domain::id::CustomerId;

    use super::*;

    fn view(lines: &[&str]) -> CustomerView {
        CustomerView {
            customer: Customer {
                id: CustomerId(7),
                home: None,
                profile: Profile::default(),
                email: None,
                postal_address: Some(PostalAddress {
                    lines: lines.iter().map(|line| (*line).to_owned()).collect(),
                    city: "Ilford".into(),
                    state: String::new(),
                    postal_code: "IG1".into(),
                    country: "GB".into(),
                }),
                last_position: -1,
                created_at: Timestamp(0),
                updated_at: Timestamp(0),
                version: 0,
            },
            public_id: "shared".into(),
            addresses: Vec::new(),
        }
    }

    #[test]
    fn further_lines_of_a_postal_address_share_the_second_line() {
        for (lines, line1, line2) in [
            (&[][..], "", None),
            (&["1 Mill Lane"], "1 Mill Lane", None),
            (
                &["House", "Flat 2", "1 Mill Lane"],
                "House",
                Some("Flat 2, 1 Mill Lane"),
            ),
        ] {
            let details = CustomerDetails::default();
            let shown = customer(view(lines), "own".into(), details, |_, _| true);
            assert_eq!(shown.customer_uuid, "own");
            let [postal] = &shown.addresses[..] else {
                panic!("{shown:?}");
            };
            assert_eq!(
                (postal.line1.as_str(), postal.line2.as_deref()),
                (line1, line2)
            );
            assert_eq!(
                (&postal.state, &postal.kind, postal.address_type),
                (&None, &None, None)
            );
        }
    }
}
