//! Who is present in a conversation.

use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use super::super::none;
use super::{Trip, done, get};
use crate::catalogue::Fixture;
use crate::harness::World;
use crate::native::Api;

pub(super) const CALLS: &[&str] = &["PUT /api/v1/conversations/{id}/presence"];

on_both! {
    async fn every_field_of_an_entry_makes_the_round_trip(world: World) {
        let (api, fixture) = (Api::full(&world), Fixture::new(&world).await);
        let path = format!("/api/v1/conversations/{}/presence", fixture.here.thread);
        let base = json!({ "state": "viewing", "agent_id": world.here.agent.get() });
        let faults = Trip::new(CALLS[0], base).check(&world, async |body: Value| {
            let entered = done(&api.send(Method::PUT, &path, Some(body)).await)?;
            let listed = get(&api, &path).await?;
            let mut people = listed["data"].as_array().expect("a list").iter();
            let person = people.find(|person| person["agent_id"] == entered["agent_id"]);
            Ok(person.cloned().unwrap_or_default())
        }).await;
        none(&faults);
    }
}
