//! The profiles of inboxes.

use heddle_testkit::on_both;
use serde_json::{Value, json};

use super::super::none;
use super::{Trip, done};
use crate::harness::World;
use crate::native::Api;

pub(super) const CALLS: &[&str] = &["PUT /api/v1/inboxes/{id}/profile"];

on_both! {
    async fn every_field_of_a_profile_makes_the_round_trip(world: World) {
        let api = Api::full(&world);
        let path = format!("/api/v1/inboxes/{}/profile", world.here.main);
        let environments = || vec![json!("UK"), json!("US-CA"), Value::Null];
        let texts = || vec![json!("x".repeat(255)), json!("\u{1F9F5} ß"), Value::Null];
        let mut trip = Trip::new(CALLS[0], json!({ "address": { "city": "Ulm" } }));
        trip.values = vec![
            ("time_zone", vec![json!("Europe/Berlin"), json!("UTC"), json!("America/Argentina/Ushuaia")]),
            ("language", vec![json!("de"), json!("en-US"), json!("zh-Hant-TW")]),
            ("legal_environment", environments()),
            ("accommodation_environment", environments()),
            ("accounting_environment", environments()),
            ("tax_environment", environments()),
            ("currency", vec![json!("EUR"), json!("CHF")]),
            ("website", vec![json!("https://x.example/ä?b=c"), json!("http://x.example")]),
            ("email", vec![json!("Desk@x.example")]),
            ("phone", texts()),
            ("address", vec![json!({ "line1": "a", "line2": null, "city": "b", "postal_code": null, "country_code": null, "country_subdivision_code": null, "latitude": 1.5, "longitude": null }), Value::Null]),
            ("address.line1", texts()),
            ("address.line2", texts()),
            ("address.city", texts()),
            ("address.postal_code", texts()),
            ("address.country_code", vec![json!("DE")]),
            ("address.country_subdivision_code", vec![json!("CH-ZH"), json!("FR-75")]),
            ("address.latitude", vec![json!(-90.0), json!(53.550_341_2)]),
            ("address.longitude", vec![json!(180.0), json!(-0.000_000_1)]),
        ];
        let faults = trip.check(&world, async |body: Value| {
            done(&api.put(&path, body).await)?;
            done(&api.get(&path).await)
        }).await;
        none(&faults);
    }
}
