//! Help Scout's customers are read back with `GET /v2/customers/{customerId}`, entries with their list.

use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use super::helpscout::{Client, VOLATILE};
use super::values::{texts, words};
use super::{Member, at, check, names, never, none, vendors, with_whole};
use crate::harness::World;

const CREATE: &str = "POST /v2/customers";
const REPLACE: &str = "PUT /v2/customers/{customerId}";
const PATCH: &str = "PATCH /v2/customers/{customerId}";
const NEW_ADDRESS: &str = "POST /v2/customers/{customerId}/address";
const ADDRESS: &str = "PUT /v2/customers/{customerId}/address";

pub(super) const CALLS: &[&str] = &[
    CREATE,
    REPLACE,
    PATCH,
    NEW_ADDRESS,
    ADDRESS,
    "POST /v2/customers/{customerId}/emails",
    "PUT /v2/customers/{customerId}/emails/{entryId}",
    "POST /v2/customers/{customerId}/phones",
    "PUT /v2/customers/{customerId}/phones/{entryId}",
    "POST /v2/customers/{customerId}/chats",
    "PUT /v2/customers/{customerId}/chats/{entryId}",
    "POST /v2/customers/{customerId}/social-profiles",
    "PUT /v2/customers/{customerId}/social-profiles/{entryId}",
    "POST /v2/customers/{customerId}/websites",
    "PUT /v2/customers/{customerId}/websites/{entryId}",
];

type Kind = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// The kinds of entries: in paths, in a new customer, in the customer object; some types, and some values.
const KINDS: [Kind; 5] = [
    (
        "emails",
        "emails",
        "emails",
        &["home", "other", "work"],
        &["a@x.example", "o'neil+tag@sub.x.example"],
    ),
    (
        "phones",
        "phones",
        "phones",
        &["fax", "mobile", "other", "pager"],
        &["+49 (0)30/1 ext. 5", "\u{661}"],
    ),
    (
        "chats",
        "chats",
        "chats",
        &["aim", "other", "yahoo"],
        &["ada", "\u{1F9F5} ß"],
    ),
    (
        "social-profiles",
        "socialProfiles",
        "social_profiles",
        &["forsquare", "foursquare", "other", "youtube"],
        &["@ada", "https://x.example/ä"],
    ),
    (
        "websites",
        "websites",
        "websites",
        &[],
        &["https://x.example/ä?b=c", "x.example"],
    ),
];

/// Genders are shown with a capital letter.
fn capitalised(value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    let (first, rest) = text.split_at(text.len().min(1));
    json!(first.to_uppercase() + rest)
}

fn ulm() -> Value {
    json!({ "city": "Ulm", "state": "BW", "postalCode": "89073", "country": "DE", "lines": ["Weg 1"] })
}

fn profile() -> Vec<Member> {
    let photos = [
        "unknown",
        "gravatar",
        "twitter",
        "facebook",
        "googleprofile",
        "googleplus",
        "linkedin",
        "instagram",
    ];
    vec![
        at("firstName", "/firstName", texts(1, 40)),
        at("lastName", "/lastName", texts(0, 40)),
        at("photoUrl", "/photoUrl", texts(0, 200)),
        at("photoType", "/photoType", words(&photos)),
        at("jobTitle", "/jobTitle", texts(0, 60)),
        at("background", "/background", texts(0, 200)),
        at("location", "/location", texts(0, 60)),
        at("organization", "/organization", texts(0, 60)),
        at("gender", "/gender", words(&["male", "Female", "unknown"])).normal(capitalised),
        at("age", "/age", texts(0, 40)),
    ]
}

/// Returns the members of a postal address, which is in the body at a path and is shown at a pointer.
fn address(path: &str, pointer: &str, with: &Value) -> Vec<Member> {
    let line = words(&["x", "\u{1F9F5} ß", "O'Neil & Söhne"]);
    let values = [
        ("city", line.clone()),
        ("state", line.clone()),
        ("postalCode", line),
        ("country", words(&["DE", "US"])),
        ("lines", vec![json!([]), json!(["1", "\u{1F9F5} ß"])]),
    ];
    let member = |(name, values): (&str, Vec<Value>)| {
        let path: &str = String::leak(format!("{path}{name}"));
        at(path, String::leak(format!("{pointer}/{name}")), values).with(with.clone())
    };
    values.map(member).into()
}

async fn customer(client: &Client<'_>, id: &str) -> Result<Value, String> {
    let seen = client
        .call(Method::GET, &format!("/v2/customers/{id}"), None)
        .await?
        .json();
    Ok(with_whole(seen, &VOLATILE))
}

fn known(call: &str) -> Vec<String> {
    vendors::members("helpscout", call)
}

on_both! {
    async fn every_member_of_a_customer_makes_the_round_trip(world: World) {
        let client = Client::new(&world).await;
        let mut members = profile();
        members.push(at("phone", "/_embedded/phones/0/value", words(&["+49 30 1", "\u{661}"])));
        for (_, member, shown, types, values) in KINDS {
            let with = json!({ member: [{ "type": types.first(), "value": values[0] }] });
            let path = |name: &str| -> &'static str { String::leak(format!("{member}.{name}")) };
            let pointer = |name: &str| -> &'static str { String::leak(format!("/_embedded/{shown}/0/{name}")) };
            members.push(at(path("value"), pointer("value"), words(values)).with(with.clone()));
            if !types.is_empty() {
                members.push(at(path("type"), pointer("type"), words(types)).with(with));
            }
        }
        members.extend(address("address.", "/_embedded/address", &json!({ "address": ulm() })));
        let base = json!({ "firstName": "Ada" });
        let create = async |body: Value| {
            let id = client.make(Method::POST, "/v2/customers", &body).await?;
            let seen = customer(&client, &id).await?;
            client.call(Method::DELETE, &format!("/v2/customers/{id}"), None).await?;
            Ok(seen)
        };
        let mut faults = check(CREATE, &known(CREATE), &base, &members, create).await;

        let id = client.make(Method::POST, "/v2/customers", &base).await.expect("a customer");
        let path = format!("/v2/customers/{id}");
        let replace = async |body: Value| {
            client.call(Method::PUT, &path, Some(body)).await?;
            customer(&client, &id).await
        };
        faults.extend(check(REPLACE, &known(REPLACE), &base, &profile(), replace).await);
        none(&faults);
    }
}

on_both! {
    async fn every_member_of_a_patch_makes_the_round_trip(world: World) {
        let client = Client::new(&world).await;
        let new = json!({ "firstName": "Ada", "emails": [{ "type": "home", "value": "a@x.example" }], "address": ulm() });
        let id = client.make(Method::POST, "/v2/customers", &new).await.expect("a customer");
        let seen = customer(&client, &id).await.expect("the customer");
        let entry = format!("/emails/{}", seen["_embedded"]["emails"][0]["id"]);
        let with = json!({ "path": entry, "value": { "type": "home", "value": "a@x.example" } });
        let mut members = vec![
            names("op", words(&["replace", "add"])),
            names("path", words(&["/firstName", "lastName"])),
            at("value", "/firstName", texts(1, 40)),
            at("value.type", "/_embedded/emails/0/type", words(&["work", "other"])).with(with.clone()),
            at("value.value", "/_embedded/emails/0/value", words(&["b@x.example"])).with(with),
        ];
        let with = json!({ "path": "/address", "value": ulm() });
        members.extend(address("value.", "/_embedded/address", &with));
        let base = json!({ "op": "replace", "path": "/firstName", "value": "Ada" });
        let path = format!("/v2/customers/{id}");
        let patch = async |body: Value| {
            client.call(Method::PATCH, &path, Some(body)).await?;
            customer(&client, &id).await
        };
        none(&check(PATCH, &known(PATCH), &base, &members, patch).await);
    }
}

on_both! {
    async fn every_member_of_an_entry_and_an_address_makes_the_round_trip(world: World) {
        let client = Client::new(&world).await;
        let new = json!({ "firstName": "Ada" });
        let id = client.make(Method::POST, "/v2/customers", &new).await.expect("a customer");
        let mut faults = Vec::new();
        for (kind, _, _, types, values) in KINDS {
            let list = format!("/v2/customers/{id}/{kind}");
            let read = async || {
                let seen = client.call(Method::GET, &list, None).await?.json();
                Ok::<_, String>(with_whole(seen["_embedded"][kind][0].clone(), &VOLATILE))
            };
            let members = || vec![
                at("value", "/value", words(values)),
                match types {
                    [] => never("type", "a website has no type", words(&["other"])),
                    types => at("type", "/type", words(types)),
                },
            ];
            let base = json!({ "type": types.first(), "value": values[0] });
            let add = async |body: Value| {
                let made = client.make(Method::POST, &list, &body).await?;
                let seen = read().await?;
                client.call(Method::DELETE, &format!("{list}/{made}"), None).await?;
                Ok(seen)
            };
            let call = format!("POST /v2/customers/{{customerId}}/{kind}");
            faults.extend(check(&call, &known(&call), &base, &members(), add).await);
            let entry = client.make(Method::POST, &list, &base).await.expect("an entry");
            let replace = async |body: Value| {
                client.call(Method::PUT, &format!("{list}/{entry}"), Some(body)).await?;
                read().await
            };
            let call = format!("PUT /v2/customers/{{customerId}}/{kind}/{{entryId}}");
            faults.extend(check(&call, &known(&call), &base, &members(), replace).await);
        }
        let path = format!("/v2/customers/{id}/address");
        let read = async || {
            let seen = client.call(Method::GET, &path, None).await?.json();
            Ok::<_, String>(with_whole(seen, &VOLATILE))
        };
        let members = || address("", "", &json!({}));
        let add = async |body: Value| {
            client.call(Method::POST, &path, Some(body)).await?;
            let seen = read().await?;
            client.call(Method::DELETE, &path, None).await?;
            Ok(seen)
        };
        faults.extend(check(NEW_ADDRESS, &known(NEW_ADDRESS), &ulm(), &members(), add).await);
        client.call(Method::POST, &path, Some(ulm())).await.expect("an address");
        let replace = async |body: Value| {
            client.call(Method::PUT, &path, Some(body)).await?;
            read().await
        };
        faults.extend(check(ADDRESS, &known(ADDRESS), &ulm(), &members(), replace).await);
        none(&faults);
    }
}
