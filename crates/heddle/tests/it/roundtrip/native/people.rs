//! Agents, customers and inboxes.

use std::sync::atomic::{AtomicU32, Ordering};

use heddle_testkit::{On, on_both};
use serde_json::{Value, json};

use super::super::{Shown, none};
use super::conversations::with_version;
use super::{NEW, Trip, change, create, done, get};
use crate::harness::World;
use crate::native::Api;

pub(super) const CALLS: &[&str] = &[
    "POST /api/v1/agents",
    "PATCH /api/v1/agents/{id}",
    "POST /api/v1/inboxes",
    "PATCH /api/v1/inboxes/{id}",
    "POST /api/v1/customers",
    "PATCH /api/v1/customers/{id}",
    "POST /api/v1/customers/bulk",
    "POST /api/v1/customers/{id}/merge",
    "PUT /api/v1/agents/{id}/password",
    "POST /api/v1/teams",
    "PATCH /api/v1/teams/{id}",
];

/// E-mail addresses are shown in lower case.
pub(super) fn lower(value: &Value) -> Value {
    match value.as_str() {
        Some(text) => json!(text.trim().to_lowercase()),
        None => value.clone(),
    }
}

on_both! {
    async fn every_field_of_agents_and_inboxes_makes_the_round_trip(world: World) {
        let api = Api::full(&world);
        let trip = Trip::new(CALLS[0], json!({ "first_name": "Mina", "last_name": "Roth" }));
        let mut faults = trip.check(&world, async |body: Value| {
            let made = create(&api, "/api/v1/agents", body).await?;
            // The next one may have the same address.
            let path = format!("/api/v1/agents/{}", made["id"]);
            done(&api.patch(&path, json!({ "email": null })).await)?;
            Ok(made)
        }).await;
        let path = format!("/api/v1/agents/{}", world.here.agent);
        let trip = Trip::new(CALLS[1], json!({}));
        faults.extend(trip.check(&world, async |body| change(&api, &path, body).await).await);
        let trip = Trip::new(CALLS[2], json!({ "name": "Third" }));
        faults.extend(trip.check(&world, async |body| create(&api, "/api/v1/inboxes", body).await).await);
        let path = format!("/api/v1/inboxes/{}", world.here.main);
        let trip = Trip::new(CALLS[3], json!({}));
        faults.extend(trip.check(&world, async |body| change(&api, &path, body).await).await);
        none(&faults);
    }
}

on_both! {
    async fn every_field_of_teams_and_passwords_makes_the_round_trip(world: World) {
        let api = Api::full(&world);
        let (agent, list) = (world.here.agent.get(), "/api/v1/teams");
        let members = vec![json!([]), json!([agent])];
        let mut trip = Trip::new(CALLS[9], json!({ "name": "Looms" }));
        trip.values = vec![("members", members.clone())];
        let mut faults = trip.check(&world, async |body: Value| create(&api, list, body).await).await;
        let made = create(&api, list, json!({ "name": "Looms" })).await.expect("a team");
        let path = format!("{list}/{}", made["id"]);
        let mut trip = Trip::new(CALLS[10], json!({}));
        trip.values = vec![("members", members)];
        faults.extend(trip.check(&world, async |body| change(&api, &path, body).await).await);
        let mut trip = Trip::new(CALLS[8], json!({ "password": "correct horse" }));
        trip.shown = vec![("password", Shown::Never("nobody ever sees a password"))];
        let path = format!("/api/v1/agents/{agent}/password");
        faults.extend(trip.check(&world, async |body| done(&api.put(&path, body).await)).await);
        none(&faults);
    }
}

/// Returns lists of addresses, as answers show them.
fn addresses() -> Vec<Value> {
    let list = |first: i64, list: &[(&str, &str)]| -> Value {
        let placed = (first..).zip(list);
        let placed = placed
            .map(|(at, (kind, value))| json!({ "position": at, "kind": kind, "value": value, "label": null }));
        placed.collect()
    };
    vec![
        json!([]),
        list(0, &[("email", "a.b@x.example"), ("phone", "+49 30 1")]),
        list(
            0,
            &[
                ("website", "https://x.example/ä"),
                ("post", "Weg 1, 10115 Berlin"),
                ("fax", "9"),
                ("other", "@mina"),
            ],
        ),
    ]
}

/// Returns a postal address.
fn ulm() -> Value {
    json!({ "lines": ["Weg 1", "Hof"], "city": "Ulm", "state": "BW", "postal_code": "89073", "country": "DE" })
}

/// Gives the call of a customer what its fields need. `list` stands before the fields.
fn customer(mut trip: Trip, list: &str) -> Trip {
    let path = |name: &str| -> &'static str { String::leak(format!("{list}{name}")) };
    trip.normal = vec![(path("email"), lower), (path("addresses.value"), lower)];
    trip.values = vec![
        (path("addresses"), addresses()),
        (path("addresses.position"), vec![json!(0)]),
        (
            path("addresses.value"),
            vec![
                json!("x"),
                json!("+49 (0)30/1 ext. 5"),
                json!("\u{1F9F5} ß"),
            ],
        ),
        (
            path("addresses.kind"),
            ["phone", "fax", "post", "website", "chat", "social", "other"]
                .map(Value::from)
                .into(),
        ),
        (
            path("addresses.label"),
            vec![json!("work"), json!("x".repeat(40)), Value::Null],
        ),
        (path("postal_address"), vec![ulm(), Value::Null]),
        (
            path("postal_address.lines"),
            vec![json!([]), json!(["x".repeat(255), "\u{1F9F5} ß"])],
        ),
        (path("postal_address.country"), vec![json!("US")]),
        (
            path("phone"),
            vec![
                json!("+49 30 1234"),
                json!("\u{661}\u{662}"),
                json!("x".repeat(500)),
                Value::Null,
            ],
        ),
    ];
    for name in ["city", "state", "postal_code"] {
        let texts = vec![json!("x"), json!("\u{1F9F5} ß"), json!("9".repeat(40))];
        trip.values
            .push((path(&format!("postal_address.{name}")), texts));
    }
    let other = json!([{ "kind": "other", "value": "x" }]);
    let mut needs = match list {
        "" => json!({}),
        _ => trip.base.clone(),
    };
    let place = match list {
        "" => &mut needs,
        _ => &mut needs["customers"][0],
    };
    place["addresses"] = other;
    trip.with = ["position", "value", "kind", "label"]
        .map(|name| (path(&format!("addresses.{name}")), needs.clone()))
        .into();
    let place = match list {
        "" => &mut needs,
        _ => &mut needs["customers"][0],
    };
    *place = json!({ "postal_address": ulm() });
    if let Some(id) = trip.base.pointer("/customers/0/id") {
        place["id"] = id.clone();
    }
    let parts = ["lines", "city", "state", "postal_code", "country"];
    trip.with
        .extend(parts.map(|name| (path(&format!("postal_address.{name}")), needs.clone())));
    trip
}

/// Takes the addresses of a customer away, so that the next one may have them.
async fn free(api: &Api<'_>, id: &Value) -> Result<(), String> {
    let path = format!("/api/v1/customers/{id}");
    done(&api.patch(&path, json!({ "addresses": [] })).await)?;
    Ok(())
}

async fn customers(on: On) {
    let world = World::new(on).await;
    let api = Api::full(&world);
    let list = "/api/v1/customers";
    let trip = customer(Trip::new(CALLS[4], json!({})), "");
    let mut faults = trip
        .check(&world, async |body: Value| {
            let made = create(&api, list, body).await?;
            free(&api, &made["id"]).await?;
            Ok(made)
        })
        .await;
    let one = format!("{list}/{}", world.here.customer);
    let trip = customer(Trip::new(CALLS[5], json!({})), "");
    faults.extend(
        trip.check(&world, async |body| change(&api, &one, body).await)
            .await,
    );

    for item in [json!({}), json!({ "id": world.here.customer.get() })] {
        faults.extend(in_bulk(&world, &api, item).await);
    }

    faults.extend(merges(&world, &api).await);
    none(&faults);
}

async fn merges(world: &World, api: &Api<'_>) -> Vec<String> {
    let mut trip = Trip::new(CALLS[7], json!({}));
    trip.shown = vec![("into", Shown::Elsewhere)];
    trip.values = vec![("into", vec![json!(world.here.customer.get())])];
    let list = "/api/v1/customers";
    trip.check(world, async |body: Value| {
        let made = create(api, list, json!({})).await?;
        let path = format!("{list}/{}/merge", made["id"]);
        done(&api.post(&path, body).await)
    })
    .await
}

#[tokio::test]
async fn every_field_of_a_customer_makes_the_round_trip_on_sqlite() {
    customers(On::Sqlite).await;
}

#[tokio::test]
async fn every_field_of_a_customer_makes_the_round_trip_on_postgres() {
    customers(On::Postgres).await;
}

/// Checks the bulk call with new customers, or with one that has an id and is changed.
async fn in_bulk(world: &World, api: &Api<'_>, item: Value) -> Vec<String> {
    let is_change = item["id"].is_number();
    let base = json!({ "customers": [item] });
    let mut trip = customer(Trip::new(CALLS[6], base), "customers.");
    trip.is_change = is_change;
    trip.shown = vec![
        ("customers", Shown::Never("holds the fields")),
        ("customers.id", Shown::Elsewhere),
        ("customers.version", Shown::Elsewhere),
    ];
    let id = json!(world.here.customer.get());
    trip.with
        .push(("customers.version", json!({ "customers": [{ "id": id }] })));
    trip.values.extend([
        ("customers", vec![]),
        ("customers.id", vec![id.clone()]),
        ("customers.version", vec![json!(1)]),
    ]);
    if is_change {
        // Only a new customer takes them.
        let names = ["public_ids", "public_ids.mews", "public_ids.mykaarma"];
        let path = |name| -> &str { String::leak(format!("customers.{name}")) };
        trip.values
            .extend(names.map(|name| (path(name), Vec::new())));
    }
    let (list, bulk) = ("/api/v1/customers", "/api/v1/customers/bulk");
    trip.check(world, async |mut body: Value| {
        let one = format!("{list}/{id}");
        with_version(api, bulk, &one, &mut body, "customers").await?;
        let is_new = body["customers"][0]["id"].is_null();
        let result = done(&api.post(bulk, body).await)?["results"][0].clone();
        let id = &result["customer"]["id"];
        if id.is_null() {
            return Err(result.to_string());
        }
        let seen = get(api, &format!("{list}/{id}")).await?;
        if is_new {
            free(api, id).await?;
        }
        Ok(json!({ "customers": [seen] }))
    })
    .await
}

static MADE_UP: AtomicU32 = AtomicU32::new(0);

/// Puts an address that nobody has in place of [`NEW`].
pub(super) fn with_new_address(body: &Value) -> Value {
    let number = MADE_UP.fetch_add(1, Ordering::Relaxed);
    let text = body
        .to_string()
        .replace(NEW, &format!("made-up-{number}@x.example"));
    serde_json::from_str(&text).expect("JSON")
}
