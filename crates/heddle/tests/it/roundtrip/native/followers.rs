//! The followers of a customer.

use heddle_testkit::on_both;
use serde_json::{Value, json};

use super::super::none;
use super::{Trip, done, get};
use crate::harness::World;
use crate::native::Api;

pub(super) const CALLS: &[&str] = &["PUT /api/v1/customers/{id}/followers"];

on_both! {
    async fn every_field_of_a_follower_makes_the_round_trip(world: World) {
        let api = Api::full(&world);
        let here = &world.here;
        let all = format!("/api/v1/customers/{}/followers", here.second_customer);
        let usual = json!({ "inbox_id": here.main.get(), "agent_id": here.agent.get(), "notes": true, "messages": true });
        let mut trip = Trip::new(CALLS[0], json!({ "followers": [usual] }));
        trip.values = vec![("followers", vec![json!([]), json!([usual])])];
        let faults = trip.check(&world, async |body| {
            done(&api.send(http::Method::PUT, &all, Some(body.clone())).await)?;
            let key = |one: &Value| (one["inbox_id"].clone(), one["agent_id"].clone());
            let sent: Vec<_> = body["followers"].as_array().expect("a list").iter().map(key).collect();
            let mut shown = get(&api, &all).await?["data"].clone();
            shown.as_array_mut().expect("a list").retain(|one| sent.contains(&key(one)));
            Ok(json!({ "followers": shown }))
        }).await;
        none(&faults);
    }
}
