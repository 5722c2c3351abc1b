//! Which addresses an inbox must not write to.

use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use super::super::none;
use super::{Trip, done, get};
use crate::harness::World;
use crate::native::Api;

pub(super) const CALLS: &[&str] = &["PUT /api/v1/inboxes/{id}/opt-out"];

on_both! {
    async fn every_field_of_an_opt_out_makes_the_round_trip(world: World) {
        let api = Api::full(&world);
        let path = format!("/api/v1/inboxes/{}/opt-out", world.here.main);
        let base = json!({ "kind": "text", "value": "4930", "state": "opted_out" });
        let trip = Trip {
            with: vec![("kind", json!({}))],
            values: vec![
                ("kind", vec![json!("text")]),
                ("value", vec![json!("4930"), json!("+49 30")]),
                ("state", vec![json!("opted_out"), json!("opted_in"), json!("opt_out_suspected")]),
            ],
            normal: vec![("value", |value| json!(value.as_str().unwrap_or_default().replace(['+', ' '], "")))],
            ..Trip::new(CALLS[0], base)
        };
        let faults = trip.check(&world, async |body: Value| {
            let usual = json!({ "kind": "text", "value": "4930", "state": "opted_in" });
            done(&api.send(Method::PUT, &path, Some(usual)).await)?;
            done(&api.send(Method::PUT, &path, Some(body)).await)?;
            get(&api, &format!("{path}?kind=text&value=4930")).await
        }).await;
        none(&faults);
    }
}
