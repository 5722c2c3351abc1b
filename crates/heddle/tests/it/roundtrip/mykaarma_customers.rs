//! What myKaarma's customer API takes of a new customer, it shows, and takes again. What its calls about followers take, the native
//! API shows.

use std::sync::atomic::{AtomicU32, Ordering};

use heddle_testkit::{On, on_both};
use http::Method;
use serde_json::{Value, json};

use super::mykaarma::call;
use super::values::{emails, flags, trimmed, words};
use super::{Member, at, check, names, never, none, vendors, with_whole};
use crate::catalogue::{Fixture, mykaarma, native};
use crate::harness::World;

pub(super) const CALLS: &[&str] = &[POST, PUT, FOLLOWERS, SUBSCRIPTION];
const POST: &str = "POST /customer/v2/department/{departmentUUID}/customer";
const PUT: &str = "PUT /customer/v2/department/{departmentUUID}/customer";

const FOLLOWERS: &str =
    "POST /communications/department/{departmentUUID}/customer/{customerUUID}/followers";
const SUBSCRIPTION: &str =
    "PUT /communications/department/{departmentUUID}/customer/{customerUUID}/subscription";

/// Stands for an e-mail address that no customer has yet.
const NEW: &str = "nobody-yet@x.example";
/// What differs from one customer to the next.
const VOLATILE: [&str; 3] = ["id", "customerUuid", "emailAddress"];

/// How many addresses were made up.
static MADE_UP: AtomicU32 = AtomicU32::new(0);

/// Returns texts for a part of a postal address, which has no control characters.
fn parts(least: usize, most: usize) -> Vec<Value> {
    let mut parts = trimmed(least, most);
    parts.retain(|part| {
        !part
            .as_str()
            .is_some_and(|text| text.contains(char::is_control))
    });
    parts
}

fn lower(value: &Value) -> Value {
    json!(value.as_str().unwrap_or_default().to_lowercase())
}

fn upper(value: &Value) -> Value {
    json!(value.as_str().unwrap_or_default().to_uppercase())
}

fn base() -> Value {
    json!({ "customer": {
        "firstName": "Mara", "lastName": "Okafor", "company": "Okafor Ltd",
        "addresses": [{ "line1": "1 Mill Lane", "city": "Ilford", "zip": "IG1", "country": "GB" }],
        "emails": [{ "emailAddress": NEW }],
        "phoneNumbers": [{ "phoneNumber": "+44 20 1" }],
    } })
}

fn of_customer() -> Vec<Member> {
    let name = |name: &str, values: Vec<Value>| {
        at(
            String::leak(format!("customer.{name}")),
            String::leak(format!("/{name}")),
            values,
        )
    };
    vec![
        never("customer.customerUuid", "Heddle chooses it", words(&[""])),
        name("customerKey", trimmed(0, 200)),
        name("firstName", trimmed(1, 255)),
        name("middleName", trimmed(0, 255)),
        name("lastName", trimmed(1, 255)),
        name("company", trimmed(0, 255)),
        name("isBusiness", flags()),
        name("preferredLocale", words(&["en-us", "FR-ca", "deu", ""])).normal(lower),
        name("preferredCommunication", words(&["text", "phone", "email"])),
    ]
}

fn of_addresses() -> Vec<Member> {
    let part = |name: &str, values: Vec<Value>| {
        at(
            String::leak(format!("customer.addresses.{name}")),
            String::leak(format!("/addresses/0/{name}")),
            values,
        )
    };
    vec![
        part("line1", parts(1, 255)),
        part("line2", parts(0, 255)),
        part("city", parts(1, 255)),
        part("state", parts(0, 255)),
        part("zip", parts(1, 40)),
        part("country", words(&["GB", "us"])).normal(upper),
        part("type", words(&["COMMON", "PRIMARY", "BILLING"])),
        part("addressType", words(&["P", "B"])),
        part("isValid", vec![json!(true)]),
        part("isPreferred", vec![json!(true)]),
    ]
}

fn of_numbers() -> Vec<Member> {
    let of = |list: &str, name: &str, values: Vec<Value>| {
        at(
            String::leak(format!("customer.{list}.{name}")),
            String::leak(format!("/{list}/0/{name}")),
            values,
        )
    };
    // The second customer with an address is the first one. Without a number, nothing else makes them one.
    let alone = json!({
        "searchForDuplicate": true,
        "customer": { "firstName": "Mara", "lastName": "Okafor", "emails": [{ "emailAddress": NEW }] },
    });
    let address = of("emails", "emailAddress", emails())
        .normal(lower)
        .with(alone);
    vec![
        address,
        of("emails", "label", words(&["work", "größe", ""])),
        of("emails", "okToEmail", flags()),
        of("emails", "isPreferred", vec![json!(true)]),
        of(
            "phoneNumbers",
            "phoneNumber",
            words(&["+44 (20) 7946-0958", "0", "1 ext 7"]),
        ),
        of("phoneNumbers", "label", words(&["work", "mobile", ""])),
        of("phoneNumbers", "okToCall", vec![json!(true)]),
        of("phoneNumbers", "isPreferred", vec![json!(true)]),
        // A number that is opted out stays so, whatever a later request says.
        of("phoneNumbers", "okToText", flags()),
    ]
}

/// Creates a customer and returns it as the API shows it.
async fn created(
    world: &World,
    fixture: &Fixture,
    method: Method,
    body: &Value,
) -> Result<Value, String> {
    let number = MADE_UP.fetch_add(1, Ordering::Relaxed);
    let made_up = format!("made-up-{number}@x.example");
    let text = body.to_string().replace(NEW, &made_up);
    let path = format!(
        "/customer/v2/department/{}/customer",
        fixture.here.main_public
    );
    let body = serde_json::from_str(&text).expect("JSON");
    let made = call(world, method, path.clone(), body).await?;
    let uuid = made["customerUuid"].as_str().expect("a uuid");
    let sample = mykaarma(
        Method::GET,
        format!("{path}/{uuid}"),
        &world.here.mykaarma,
        None,
    );
    let shown = sample.send(world).await.json();
    let shown = shown["customerWithVehicles"]["customer"].to_string();
    let shown = serde_json::from_str(&shown.replace(&made_up, NEW)).expect("JSON");
    Ok(with_whole(shown, &VOLATILE))
}

async fn makes_the_round_trip(on: On, method: Method, name: &str) {
    let world = World::new(on).await;
    let fixture = Fixture::new(&world).await;
    let here = &fixture.here;
    let mut members = of_customer();
    members.extend(of_addresses());
    members.extend(of_numbers());
    members.extend([
        names("requesterUserUUID", vec![json!(here.agent_public)]),
        names("dealerUUIDList", vec![json!([]), json!([here.dealer])]),
        never("vehicles", "is not supported", vec![json!([])]),
        never("validateVin", "there is none", flags()),
        names("searchForDuplicate", flags()),
    ]);
    let send = async |body: Value| created(&world, &fixture, method.clone(), &body).await;
    none(
        &check(
            name,
            &vendors::members("mykaarma", name),
            &base(),
            &members,
            send,
        )
        .await,
    );
}

#[tokio::test]
async fn every_member_of_a_new_customer_makes_the_round_trip_on_sqlite() {
    makes_the_round_trip(On::Sqlite, Method::POST, POST).await;
    makes_the_round_trip(On::Sqlite, Method::PUT, PUT).await;
}

#[tokio::test]
async fn every_member_of_a_new_customer_makes_the_round_trip_on_postgres() {
    makes_the_round_trip(On::Postgres, Method::POST, POST).await;
    makes_the_round_trip(On::Postgres, Method::PUT, PUT).await;
}

on_both! {
    async fn a_customer_of_mykaarma_is_shown_by_the_native_api(world: World) {
        let fixture = Fixture::new(&world).await;
        let mut body = base();
        body["customer"]["emails"][0]["emailAddress"] = json!("own@x.example");
        let seen = created(&world, &fixture, Method::POST, &body).await.expect("a customer");
        let path = format!("/api/v1/customers/{}", seen["id"]);
        let shown = native(Method::GET, path, &world.here.native_token, None).send(&world).await.json();
        assert_eq!((&shown["first_name"], &shown["last_name"]), (&json!("Mara"), &json!("Okafor")));
        assert_eq!(shown["home_inbox_id"], json!(world.here.main.get()));
        assert_eq!(shown["organization"], json!("Okafor Ltd"));
        assert_eq!((&shown["email"], &shown["phone"]), (&json!("own@x.example"), &json!("+44 20 1")));
        assert_eq!(shown["postal_address"]["city"], json!("Ilford"));
    }
}

const NATIVE: &str = "the native API shows who follows";

on_both! {
    async fn what_calls_about_followers_take_is_taken(world: World) {
        let fixture = Fixture::new(&world).await;
        let here = &fixture.here;
        let path = |rest: &str| {
            format!("/communications/department/{}/customer/{}/{rest}", here.main_public, here.customer_public)
        };
        let user = vec![json!(here.agent_public)];
        let of = |name: &str| -> &'static str { String::leak(format!("userEvents.{name}")) };
        let event = json!({ "type": "INTERNAL", "category": { "name": "MANUAL", "events": ["INTERNAL_NOTE"] } });
        let base = json!({ "userEvents": [{ "user": { "uuid": here.agent_public }, "addedEvents": [event],
            "revokedEvents": [event] }] });
        let mut members = vec![
            names(of("user.uuid"), user.clone()),
            never(of("user.name"), "the user has a name", trimmed(0, 100)),
            never(of("user.type"), "only users follow", words(&["USER"])),
            never(of("user.departmentUuid"), "the path names it", words(&["x"])),
            never(of("events"), "is not supported", vec![json!([])]),
            names("customerUuid", vec![json!(here.customer_public)]),
            names("departmentUuid", vec![json!(here.main_public)]),
        ];
        for list in ["addedEvents", "revokedEvents"] {
            let of = |name: &str| of(&format!("{list}.{name}"));
            members.extend([
                never(of("type"), NATIVE, words(&["INTERNAL", "EXTERNAL"])),
                never(of("category.name"), NATIVE, words(&["MANUAL"])),
                never(of("category.events"), NATIVE, vec![json!(["INTERNAL_NOTE"])]),
            ]);
        }
        let send = async |body: Value| call(&world, Method::POST, path("followers"), body).await;
        let mut faults = check(FOLLOWERS, &vendors::members("mykaarma", FOLLOWERS), &base, &members, send).await;
        let lists = ["internalSubscriptionsAdded", "internalSubscriptionsRevoked", "externalSubscriptionsAdded",
            "externalSubscriptionsRevoked"];
        let one = json!([{ "userUuid": here.agent_public }]);
        let base = Value::Object(lists.iter().map(|list| ((*list).to_owned(), one.clone())).collect());
        let mut members = vec![
            never("dealerAssociateUuid", "is not supported", vec![Value::Null]),
            never("isHistoricalSubbscription", "is not supported", vec![json!(false)]),
        ];
        for list in lists {
            members.extend([
                names(String::leak(format!("{list}.userUuid")), user.clone()),
                never(String::leak(format!("{list}.isAsignee")), "is not supported", vec![json!(false)]),
            ]);
        }
        let send = async |body: Value| call(&world, Method::PUT, path("subscription"), body).await;
        faults.extend(check(SUBSCRIPTION, &vendors::members("mykaarma", SUBSCRIPTION), &base, &members, send).await);
        none(&faults);
    }
}
