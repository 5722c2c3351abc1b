//! Shows a customer as the vendor does, and reads the number by which the studio's staff know one (contract section 9).

use heddle_domain::customer::{
    AddressKind, Customer as DomainCustomer, CustomerDetails, PlacedAddress, PostalAddress,
};
use heddle_domain::id::{CustomerId, InboxId};
use heddle_store::read::customers::CustomerView;

use crate::request::person::{HOME, MOBILE, UNISEX, WORK, WORK_MOBILE, street_line};
use crate::wire::{Customer, Language, Person, Phones, Postal};

/// Returns the number that the studio's staff see.
pub(crate) fn customer_number(studio: InboxId, customer: CustomerId) -> String {
    format!("{studio}-{customer}")
}

/// Returns the customer with a number; `None` if the number is not one of the studio.
pub(crate) fn customer_of_number(studio: InboxId, number: &str) -> Option<CustomerId> {
    let (of, id) = number.split_once('-')?;
    let id = CustomerId(id.parse().ok()?);
    let is_same = of == studio.to_string() && customer_number(studio, id) == number;
    is_same.then_some(id)
}

/// Returns a customer as the studio sees it.
pub(crate) fn customer(
    studio: InboxId,
    view: CustomerView,
    details: Option<CustomerDetails>,
) -> Customer {
    let CustomerView {
        customer,
        public_id: uuid,
        addresses,
    } = view;
    let details = details.unwrap_or_default();
    Customer {
        id: customer.id.get(),
        uuid,
        customer_number: customer_number(studio, customer.id),
        studio_id: studio.get(),
        status: match details.prospect {
            true => "PROSPECT",
            false => "MEMBER",
        },
        access_refusal: false,
        postal: postal(customer.postal_address.as_ref(), &details),
        phones: phones(&addresses),
        person: person(customer, details),
    }
}

fn person(customer: DomainCustomer, details: CustomerDetails) -> Person {
    let profile = customer.profile;
    Person {
        first_name: profile.first_name,
        second_first_name: details.second_first_name,
        last_name: profile.last_name,
        second_last_name: details.second_last_name,
        date_of_birth: details.date_of_birth,
        email: customer.email,
        gender: gender(profile.gender.as_deref(), details.gender.as_deref()),
        preferred_language: details.language.map(|language_code| Language {
            language_code,
            country_code: details.language_country,
        }),
        third_party_id: details.third_party_id,
        image_url: profile.photo_url,
    }
}

fn gender(stored: Option<&str>, own: Option<&str>) -> Option<&'static str> {
    match (stored, own) {
        (Some("male"), _) => Some("MALE"),
        (Some("female"), _) => Some("FEMALE"),
        (Some("unknown"), Some(UNISEX)) => Some(UNISEX),
        _ => None,
    }
}

fn postal(address: Option<&PostalAddress>, details: &CustomerDetails) -> Postal {
    let (street, house_number) = street(address, details);
    let given = |part: fn(&PostalAddress) -> &String| {
        let text = address.map(part).filter(|text| !text.is_empty());
        text.cloned()
    };
    Postal {
        street,
        house_number,
        zip_code: given(|address| &address.postal_code),
        city: given(|address| &address.city),
        country: given(|address| &address.country),
    }
}

/// Returns street and house number. The details know them apart, unless another API has changed the address since.
fn street(
    address: Option<&PostalAddress>,
    details: &CustomerDetails,
) -> (Option<String>, Option<String>) {
    match address.map(|address| address.lines.join(", ")) {
        Some(lines) if lines == street_line(details) => {
            (details.street.clone(), details.house_number.clone())
        }
        lines => (lines.filter(|lines| !lines.is_empty()), None),
    }
}

/// Returns the telephone numbers by their labels. A number without a label is a private one.
fn phones(addresses: &[PlacedAddress]) -> Phones {
    let phone = |label: Option<&str>| {
        let mut addresses = addresses.iter().map(|placed| &placed.address);
        let found = addresses.find(|address| {
            address.kind == AddressKind::Phone && address.label.as_deref() == label
        });
        found.map(|address| address.value.clone())
    };
    Phones {
        phone_private: phone(Some(HOME)).or_else(|| phone(None)),
        phone_private_mobile: phone(Some(MOBILE)),
        phone_business: phone(Some(WORK)),
        phone_business_mobile: phone(Some(WORK_MOBILE)),
    }
}
