//! The custom fields that inboxes define.

use heddle_testkit::on_both;
use serde_json::{Value, json};

use super::super::{Shown, none};
use super::{Trip, change, create, done};
use crate::harness::World;
use crate::native::Api;

pub(super) const CALLS: &[&str] = &[
    "POST /api/v1/inboxes/{id}/fields",
    "PATCH /api/v1/inboxes/{id}/fields/{field_id}",
];

on_both! {
    async fn every_field_of_a_custom_field_makes_the_round_trip(world: World) {
        let api = Api::full(&world);
        let list = format!("/api/v1/inboxes/{}/fields", world.here.main);
        let labels = || vec![json!("a"), json!("Ärger \u{1F9F5}"), json!("x".repeat(100))];
        let mut trip = Trip::new(CALLS[0], json!({ "name": "Model", "kind": "singleline" }));
        let dropdown = json!({ "kind": "dropdown", "options": ["a"] });
        trip.values = vec![
            ("name", labels()),
            ("kind", ["singleline", "multiline", "date", "number"].map(Value::from).into()),
            ("options", vec![json!(["a", "b"])]),
        ];
        trip.with = vec![("options", dropdown)];
        trip.shown = vec![("options", Shown::Elsewhere)];
        let mut faults = trip.check(&world, async |body: Value| {
            let seen = create(&api, &list, body).await?;
            done(&api.delete(&format!("{list}/{}", seen["id"])).await)?;
            Ok(seen)
        }).await;
        let new = json!({ "name": "Model", "kind": "dropdown", "options": ["a"] });
        let made = create(&api, &list, new).await.expect("a field");
        let one = format!("{list}/{}", made["id"]);
        let mut trip = Trip::new(CALLS[1], json!({ "options": [{ "label": "a" }] }));
        trip.values = vec![("options.id", Vec::new()), ("options.label", labels())];
        trip.shown = vec![("options.id", Shown::Elsewhere), ("options.label", Shown::At("/options/0/label"))];
        trip.is_change = false;
        faults.extend(trip.check(&world, async |body| change(&api, &one, body).await).await);
        none(&faults);
    }
}
