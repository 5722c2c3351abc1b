//! Tests of the members of a new customer, without a store.

use serde_json::{Value, json};

use super::*;
use crate::error::Error;
use crate::request::tests::parse;

fn read(customer: Value) -> Result<NewCustomer, Error> {
    parse(&json!({ "customer": customer }), NewCustomer::read)
}

/// Returns a customer with names and these members.
fn named(more: Value) -> Value {
    let mut customer = json!({ "firstName": "Mara", "lastName": "Okafor" });
    let more = more.as_object().expect("an object").clone();
    customer.as_object_mut().expect("an object").extend(more);
    customer
}

fn values(read: &NewCustomer) -> Vec<&str> {
    let addresses = read.addresses.iter();
    addresses.map(|address| address.value.as_str()).collect()
}

#[test]
fn the_preferred_address_of_each_kind_comes_first() {
    let read = read(named(json!({
        "emails": [
            { "emailAddress": "A@x.example" },
            { "emailAddress": "b@x.example", "isPreferred": true, "label": " work " },
        ],
        "phoneNumbers": [
            { "phoneNumber": "+1 1", "isPreferred": false },
            { "phoneNumber": "+1 2", "isPreferred": true, "label": "" },
            { "phoneNumber": "+1 3", "isPreferred": null },
        ],
    })))
    .expect("a customer");
    assert_eq!(
        values(&read),
        ["b@x.example", "a@x.example", "+1 2", "+1 1", "+1 3"]
    );
    assert_eq!(read.addresses[0].label.as_deref(), Some("work"));
    assert_eq!(read.addresses[2].label, None);
    assert!(read.opted_out.is_empty());
}

#[test]
fn an_address_that_must_not_be_written_to_is_opted_out() {
    let read = read(named(json!({
        "emails": [{ "emailAddress": "a@x.example", "okToEmail": false }, { "emailAddress": "b@x.example", "okToEmail": true }],
        "phoneNumbers": [{ "phoneNumber": "+1 (2) 3", "okToText": false, "okToCall": true }],
    })))
    .expect("a customer");
    let expected = [
        OptOutAddress::new(OptOutKind::Email, "a@x.example"),
        OptOutAddress::new(OptOutKind::Text, "123"),
    ];
    assert_eq!(read.opted_out, expected.map(|it| it.expect("an address")));
}

#[test]
fn a_firm_needs_a_company_and_a_person_both_names() {
    for (customer, accepted) in [
        (json!({ "firstName": "Mara", "lastName": "Okafor" }), true),
        (json!({ "isBusiness": true, "company": "Okafor Ltd" }), true),
        (
            named(json!({ "isBusiness": true, "company": "Okafor Ltd" })),
            true,
        ),
        (named(json!({ "isBusiness": false, "company": "" })), true),
        (json!({ "firstName": "Mara" }), false),
        (json!({ "firstName": "Mara", "lastName": " " }), false),
        (json!({ "company": "Okafor Ltd" }), false),
        (named(json!({ "isBusiness": true })), false),
        (named(json!({ "isBusiness": true, "company": " " })), false),
        (json!({}), false),
    ] {
        assert_eq!(read(customer.clone()).is_ok(), accepted, "{customer}");
    }
}

#[test]
fn a_postal_address_says_what_it_is_for() {
    let with = |more: Value| {
        let mut address =
            json!({ "line1": "1 Mill Lane", "city": "Ilford", "zip": "IG1", "country": "gb" });
        let more = more.as_object().expect("an object").clone();
        address.as_object_mut().expect("an object").extend(more);
        read(named(json!({ "addresses": [address] })))
    };
    for (more, expected) in [
        (json!({}), None),
        (json!({ "type": "COMMON" }), Some("COMMON")),
        (
            json!({ "type": "COMMON", "addressType": "P" }),
            Some("COMMON"),
        ),
        (json!({ "addressType": "B" }), Some("BILLING")),
    ] {
        let read = with(more.clone()).expect("a customer");
        assert_eq!(read.details.address_use.as_deref(), expected, "{more}");
    }
    let read = with(json!({ "line2": "Flat 2", "state": "Essex" })).expect("a customer");
    let postal = read.postal_address.expect("an address");
    assert_eq!(postal.lines, ["1 Mill Lane", "Flat 2"]);
    assert_eq!(
        (postal.state.as_str(), postal.country.as_str()),
        ("Essex", "GB")
    );
    for wrong in [
        json!({ "type": "BILLING", "addressType": "P" }),
        json!({ "type": "HOME" }),
        json!({ "isPreferred": false }),
        json!({ "isValid": false }),
        json!({ "city": " " }),
        json!({ "line1": "a\nb" }),
        json!({ "country": "Germany" }),
        json!({ "zip": null }),
    ] {
        assert!(with(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn a_locale_is_a_language_with_or_without_a_country() {
    for (text, language, country) in [
        ("en-us", Some("en"), Some("US")),
        ("FR-ca", Some("fr"), Some("CA")),
        ("de", Some("de"), None),
        ("", None, None),
    ] {
        let details = read(named(json!({ "preferredLocale": text })))
            .expect("a customer")
            .details;
        assert_eq!(details.language.as_deref(), language, "{text}");
        assert_eq!(details.language_country.as_deref(), country, "{text}");
    }
    for wrong in ["e", "english", "en-", "en-usa", "en_us", "e1-us"] {
        assert!(
            read(named(json!({ "preferredLocale": wrong }))).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn what_has_no_place_is_refused_by_name() {
    let of = |customer: Value| json!({ "customer": named(customer) });
    for (body, name) in [
        (json!({}), "customer is required"),
        (of(json!({ "customerUuid": "x" })), "customer.customerUuid"),
        (
            of(json!({ "phoneNumbers": [{ "phoneNumber": "1", "okToCall": false }] })),
            "customer.phoneNumbers[0].okToCall is not supported",
        ),
        (
            of(json!({ "phoneNumbers": [{ "phoneNumber": "1 ext", "okToText": false }] })),
            "customer.phoneNumbers[0].phoneNumber",
        ),
        (
            of(
                json!({ "emails": [{ "emailAddress": "a@x", "isPreferred": true }, { "emailAddress": "b@x", "isPreferred": true }] }),
            ),
            "customer.emails[1].isPreferred must be true only once",
        ),
        (
            of(json!({ "addresses": [{}, {}] })),
            "customer.addresses must have at most 1 items",
        ),
        (
            json!({ "customer": named(json!({})), "vehicles": [{ "vin": "x" }] }),
            "vehicles is not supported",
        ),
    ] {
        match parse(&body, NewCustomer::read) {
            Err(Error::Invalid { text, .. }) => assert!(text.starts_with(name), "{text}"),
            other => panic!("{body}: {other:?}"),
        }
    }
    for vehicles in [json!([]), Value::Null] {
        let body =
            json!({ "customer": named(json!({ "customerUuid": "" })), "vehicles": vehicles });
        assert!(parse(&body, NewCustomer::read).is_ok());
    }
}
