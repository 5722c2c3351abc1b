//! Preferences, customers and leads, which Magicline shows with calls of their own.

use std::sync::atomic::{AtomicU32, Ordering};

use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use super::super::values::{flags, texts, words};
use super::super::{Member, at, check, names, never, none, vendors, with_whole};
use crate::catalogue::magicline;
use crate::harness::World;

pub(super) const PREFERENCES: &str =
    "PUT /v1/communications/{customerId}/communication-preferences";
pub(super) const SEARCH: &str = "POST /v1/customers/search";
pub(super) const CUSTOMER: &str = "POST /v1/customers/create";
pub(super) const LEAD: &str = "POST /v1/leads/create";
pub(super) const VALIDATION: &str = "POST /v1/leads/validate";

const CHANNELS: [&str; 8] = [
    "LETTER",
    "EMAIL",
    "TEXT_MESSAGE",
    "PHONE",
    "FAX",
    "CONVERSATION",
    "CHAT",
    "OTHER",
];
const CATEGORIES: [&str; 5] = [
    "CONTRACT",
    "GENERAL",
    "APPOINTMENT",
    "NEWSLETTER",
    "LOYALTY_PROGRAM",
];
/// Stands for an e-mail address that no customer has yet.
const NEW: &str = "nobody-yet@x.example";
/// What differs from one customer to the next.
const VOLATILE: [&str; 5] = ["id", "uuid", "customerNumber", "customerId", "email"];

/// How many addresses were made up.
static MADE_UP: AtomicU32 = AtomicU32::new(0);

async fn send(
    world: &World,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Result<Value, String> {
    let mut sample = magicline(method, path.to_owned(), &world.here.magicline_key);
    sample.body = body;
    let answer = sample.send(world).await;
    match answer.status.is_success() {
        true => Ok(answer.json()),
        false => Err(format!("{} {}", answer.status, answer.json())),
    }
}

/// Returns the body with an address that no customer has.
fn with_new_address(body: &Value) -> Value {
    let number = MADE_UP.fetch_add(1, Ordering::Relaxed);
    let text = body
        .to_string()
        .replace(NEW, &format!("made-up-{number}@x.example"));
    serde_json::from_str(&text).expect("JSON")
}

/// Returns a preference of a list as the call sends it: the category and channel that `sent` names first.
fn preference(all: &Value, sent: &Value) -> Value {
    let is = |one: &&Value, name: &str, value: &Value| one[name] == *value;
    let category = &sent["messageCategory"];
    let mut categories = all.as_array().expect("a list").iter();
    let found = categories
        .find(|one| is(one, "messageCategory", category))
        .expect("a category");
    let channel = &sent["channels"][0]["communicationChannel"];
    let mut channels = found["channels"].as_array().expect("a list").iter();
    let channel = channels.find(|one| is(one, "communicationChannel", channel));
    json!({ "messageCategory": category, "channels": [channel] })
}

/// Returns the members of a list of preferences, which is in the body at a path and is shown at a pointer.
fn preferences(path: &str, pointer: &str) -> Vec<Member> {
    let members = [
        ("messageCategory", "/messageCategory", words(&CATEGORIES)),
        (
            "channels.communicationChannel",
            "/channels/0/communicationChannel",
            words(&CHANNELS),
        ),
        (
            "channels.customerOverridable",
            "/channels/0/customerOverridable",
            flags(),
        ),
        ("channels.active", "/channels/0/active", flags()),
    ];
    let member = |(name, at_pointer, values): (&str, &str, Vec<Value>)| {
        at(
            String::leak(format!("{path}{name}")),
            String::leak(format!("{pointer}{at_pointer}")),
            values,
        )
    };
    members.map(member).into()
}

fn fax() -> Value {
    json!({ "messageCategory": "NEWSLETTER", "channels": [
        { "communicationChannel": "FAX", "customerOverridable": false, "active": true },
    ] })
}

on_both! {
    async fn every_member_of_preferences_makes_the_round_trip(world: World) {
        let path = format!("/v1/communications/{}/communication-preferences", world.here.customer);
        let send = async |body: Value| {
            let shown = send(&world, Method::PUT, &path, Some(body.clone())).await?;
            Ok(preference(&shown, &body[0]))
        };
        let known = vendors::members("magicline", PREFERENCES);
        none(&check(PREFERENCES, &known, &json!([fax()]), &preferences("", ""), send).await);
    }
}

fn lower(value: &Value) -> Value {
    json!(value.as_str().unwrap_or_default().to_lowercase())
}

fn upper(value: &Value) -> Value {
    json!(value.as_str().unwrap_or_default().to_uppercase())
}

fn dates() -> Vec<Value> {
    words(&["1990-12-31", "2024-02-29", "0001-01-01", "9999-12-31"])
}

fn phones() -> Vec<Value> {
    words(&["+49 (0)30/1 ext. 5", "\u{661}"])
}

/// Returns the members that a new customer and a lead have under different names.
fn person(names: [&'static str; 6]) -> Vec<Member> {
    let [first, last, birth, email, gender, id] = names;
    let addresses = words(&["other.address@x.example", "o'neil+tag@sub.x.example"]);
    vec![
        at(first, "/firstName", texts(1, 255)),
        at(last, "/lastName", texts(1, 255)),
        at(birth, "/dateOfBirth", dates()),
        at(email, "/email", addresses),
        at(gender, "/gender", words(&["MALE", "FEMALE", "UNISEX"])),
        at(id, "/thirdPartyId", texts(0, 200)),
    ]
}

/// Returns the members of a language and of a postal address, which are in the body at two paths.
fn places(language: &str, address: &str) -> Vec<Member> {
    let path = |of: &str, name: &str| -> &'static str { String::leak(format!("{of}{name}")) };
    vec![
        at(
            path(language, "languageCode"),
            "/preferredLanguage/languageCode",
            words(&["de", "EN", "gsw"]),
        )
        .normal(lower),
        at(
            path(language, "countryCode"),
            "/preferredLanguage/countryCode",
            words(&["DE", "at"]),
        )
        .normal(upper),
        at(path(address, "street"), "/street", texts(1, 200)),
        at(path(address, "houseNumber"), "/houseNumber", texts(1, 40)),
        at(path(address, "zipCode"), "/zipCode", texts(1, 40)),
        at(path(address, "city"), "/city", texts(1, 255)),
        at(
            path(address, "countryCode"),
            "/country",
            words(&["DE", "at"]),
        )
        .normal(upper),
    ]
}

/// Reads a customer with the preference that was sent, and frees its address for the next one.
async fn read_back(world: &World, id: &Value, sent: &Value) -> Result<Value, String> {
    let mut shown = send(world, Method::GET, &format!("/v1/customers/{id}"), None).await?;
    let path = format!("/v1/communications/{id}/communication-preferences");
    let all = send(world, Method::GET, &path, None).await?;
    shown["preference"] = preference(&all, sent);
    if shown["email"]
        .as_str()
        .is_some_and(|email| email.starts_with("made-up-"))
    {
        shown["email"] = json!(NEW);
    }
    let api = crate::native::Api::full(world);
    let freed = api
        .patch(&format!("/api/v1/customers/{id}"), json!({ "email": null }))
        .await;
    assert_eq!(freed.status, 200);
    Ok(with_whole(shown, &VOLATILE))
}

fn new_customer() -> Value {
    json!({
        "firstName": "Mina", "lastName": "Roth", "dateOfBirth": "1990-01-02", "email": NEW, "street": "Mill Lane",
        "city": "Ulm", "zipCode": "89073", "countryCode": "DE",
        "language": { "languageCode": "de", "countryCode": "DE" },
        "communicationPreferences": [fax()],
    })
}

fn new_lead() -> Value {
    json!({
        "leadCustomer": {
            "firstname": "Mina", "lastname": "Roth", "email": NEW, "dateOfBirth": "1990-01-02",
            "language": { "languageCode": "de", "countryCode": "DE" },
        },
        "address": { "street": "Weg", "houseNumber": "1", "zipCode": "89073", "city": "Ulm", "countryCode": "DE" },
        "communicationPreferences": [fax()],
    })
}

fn members_of_customers() -> Vec<Member> {
    let names = [
        "firstName",
        "lastName",
        "dateOfBirth",
        "email",
        "gender",
        "thirdPartyId",
    ];
    let own = vec![
        at("secondFirstName", "/secondFirstName", texts(0, 255)),
        at("secondLastName", "/secondLastName", texts(0, 255)),
        at("phonePrivate", "/phonePrivate", phones()),
        at("phonePrivateMobile", "/phonePrivateMobile", phones()),
        at("phoneBusiness", "/phoneBusiness", phones()),
        at("phoneBusinessMobile", "/phoneBusinessMobile", phones()),
    ];
    let preferences = preferences("communicationPreferences.", "/preference");
    [person(names), places("language.", ""), preferences, own]
        .into_iter()
        .flatten()
        .collect()
}

fn members_of_leads() -> Vec<Member> {
    let names = [
        "leadCustomer.firstname",
        "leadCustomer.lastname",
        "leadCustomer.dateOfBirth",
        "leadCustomer.email",
        "leadCustomer.gender",
        "leadCustomer.thirdPartyId",
    ];
    let phone = vec![at("leadCustomer.telephone", "/phonePrivate", phones())];
    let preferences = preferences("communicationPreferences.", "/preference");
    let places = places("leadCustomer.language.", "address.");
    [person(names), places, preferences, phone]
        .into_iter()
        .flatten()
        .collect()
}

on_both! {
    async fn every_member_of_a_new_customer_makes_the_round_trip(world: World) {
        let known = vendors::members("magicline", CUSTOMER);
        let create = async |body: Value| {
            let made = send(&world, Method::POST, "/v1/customers/create", Some(with_new_address(&body))).await?;
            read_back(&world, &made["customerId"], &body["communicationPreferences"][0]).await
        };
        none(&check(CUSTOMER, &known, &new_customer(), &members_of_customers(), create).await);
    }
}

on_both! {
    async fn every_member_of_a_lead_makes_the_round_trip(world: World) {
        let known = vendors::members("magicline", LEAD);
        let create = async |body: Value| {
            let made = send(&world, Method::POST, "/v1/leads/create", Some(with_new_address(&body))).await?;
            read_back(&world, &made["customerId"], &body["communicationPreferences"][0]).await
        };
        none(&check(LEAD, &known, &new_lead(), &members_of_leads(), create).await);
    }
}

on_both! {
    async fn a_validation_accepts_every_member_of_a_lead(world: World) {
        let known = vendors::members("magicline", VALIDATION);
        let only_validated = |member: Member| never(member.path, "is only validated", member.values);
        let members: Vec<_> = members_of_leads().into_iter().map(only_validated).collect();
        let validate = async |body: Value| {
            let shown = send(&world, Method::POST, "/v1/leads/validate", Some(body)).await?;
            match shown == json!({ "status": "POSSIBLE" }) {
                true => Ok(shown),
                false => Err(shown.to_string()),
            }
        };
        none(&check(VALIDATION, &known, &new_lead(), &members, validate).await);
    }
}

on_both! {
    async fn a_search_finds_what_its_members_name(world: World) {
        let made = send(&world, Method::POST, "/v1/customers/create", Some(new_customer())).await.expect("a customer");
        let search = async |body: Value| {
            let found = send(&world, Method::POST, "/v1/customers/search", Some(body)).await?;
            match found[0]["id"] == made["customerId"] {
                true => Ok(found[0].clone()),
                false => Err(found.to_string()),
            }
        };
        let members = [
            names("firstName", words(&["Mina", "mi"])),
            names("lastName", words(&["Roth", "ROTH"])),
            names("email", words(&[NEW])),
            names("dateOfBirth", words(&["1990-01-02"])),
            never("cardNumberFormat", "no customer has a card", words(&["DECIMAL", "HEX_MSB", "HEX_LSB"])),
        ];
        let known = vendors::members("magicline", SEARCH);
        none(&check(SEARCH, &known, &json!({ "lastName": "Roth" }), &members, search).await);
    }
}
