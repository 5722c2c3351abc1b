//! The contact preferences of a customer.

use heddle_testkit::on_both;
use serde_json::{Value, json};

use super::super::none;
use super::{Trip, done, get};
use crate::harness::World;
use crate::native::Api;

pub(super) const CALLS: &[&str] = &["PUT /api/v1/customers/{id}/preferences"];

on_both! {
    async fn every_field_of_a_preference_makes_the_round_trip(world: World) {
        let api = Api::full(&world);
        let all = format!("/api/v1/customers/{}/preferences", world.here.second_customer);
        let usual = json!({ "category": "newsletter", "channel": "fax", "active": true, "customer_overridable": false });
        let mut trip = Trip::new(CALLS[0], json!({ "preferences": [usual] }));
        trip.values = vec![("preferences", vec![json!([]), json!([usual])])];
        let faults = trip.check(&world, async |body| {
            done(&api.send(http::Method::PUT, &all, Some(body.clone())).await)?;
            let key = |one: &Value| (one["category"].clone(), one["channel"].clone());
            let sent: Vec<_> = body["preferences"].as_array().expect("a list").iter().map(key).collect();
            let mut shown = get(&api, &all).await?["data"].clone();
            shown.as_array_mut().expect("a list").retain(|one| sent.contains(&key(one)));
            Ok(json!({ "preferences": shown }))
        }).await;
        none(&faults);
    }
}
