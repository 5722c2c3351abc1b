//! The addresses of a customer.

use heddle_testkit::on_both;
use serde_json::{Value, json};

use super::super::none;
use super::people::lower;
use super::{Trip, done, get};
use crate::harness::World;
use crate::native::Api;

pub(super) const CALLS: &[&str] = &[
    "PUT /api/v1/customers/{id}/addresses",
    "POST /api/v1/customers/{id}/addresses",
    "PATCH /api/v1/customers/{id}/addresses/{position}",
];

on_both! {
    async fn every_field_of_an_address_makes_the_round_trip(world: World) {
        let api = Api::full(&world);
        let all = format!("/api/v1/customers/{}/addresses", world.here.second_customer);
        let usual = json!({ "kind": "other", "value": "x" });
        let whole = vec![json!([]), json!([{ "position": 3, "kind": "email", "value": "b@x.example", "label": "work" }, { "position": 7, "kind": "other", "value": "x", "label": null }])];
        let plain = vec![json!("y"), json!("\u{1F9F5} ß +49 (0)30"), json!("x".repeat(500))];
        let kinds: Vec<Value> = ["phone", "fax", "post", "website", "chat", "social", "other"].map(Value::from).into();
        let labels = vec![json!("work"), json!("\u{1F9F5} ß"), json!("x".repeat(40)), Value::Null];

        let mut trip = Trip::new(CALLS[0], json!({ "addresses": [usual] }));
        trip.values = vec![
            ("addresses", whole),
            ("addresses.position", vec![json!(0), json!(1_000_000_000_000_i64)]),
            ("addresses.value", plain.clone()),
            ("addresses.kind", kinds.clone()),
            ("addresses.label", labels.clone()),
        ];
        let mut faults = trip.check(&world, async |body| {
            done(&api.send(http::Method::PUT, &all, Some(body)).await)?;
            Ok(json!({ "addresses": get(&api, &all).await?["data"] }))
        }).await;

        let values = vec![("value", plain), ("kind", kinds), ("label", labels)];
        let mut trip = Trip::new(CALLS[1], usual.clone());
        trip.values = values.clone();
        trip.normal = vec![("value", lower)];
        faults.extend(trip.check(&world, async |body| {
            done(&api.send(http::Method::PUT, &all, Some(json!({ "addresses": [] }))).await)?;
            done(&api.post(&all, body).await)?;
            Ok(get(&api, &all).await?["data"][0].clone())
        }).await);

        let mut trip = Trip::new(CALLS[2], usual);
        trip.values = values;
        faults.extend(trip.check(&world, async |body| {
            let seen = get(&api, &all).await?["data"][0].clone();
            done(&api.patch(&format!("{all}/{}", seen["position"]), body).await)?;
            Ok(get(&api, &all).await?["data"][0].clone())
        }).await);
        none(&faults);
    }
}
