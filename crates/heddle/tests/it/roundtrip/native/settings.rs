//! The account and credentials.

use heddle_testkit::on_both;
use serde_json::{Value, json};

use super::super::{Shown, none};
use super::{Trip, change, create};
use crate::harness::World;
use crate::native::Api;

pub(super) const CALLS: &[&str] = &[
    "PATCH /api/v1/account",
    "POST /api/v1/credentials",
    "PATCH /api/v1/credentials/{id}",
];

on_both! {
    async fn every_field_of_the_account_and_of_credentials_makes_the_round_trip(world: World) {
        let api = Api::full(&world);
        let settings = json!({ "thread_cap": 5, "lock_after_days": 0, "helpscout_rate": "vendor", "magicline_rate": "off", "mews_rate": 7 });
        let mut trip = Trip::new(CALLS[0], json!({}));
        trip.values = vec![("settings", vec![json!({}), settings.clone()])];
        let mut faults = trip.check(&world, async |body: Value| {
            let mut seen = change(&api, "/api/v1/account", body.clone()).await?;
            // The answer shows all settings; of a part that is sent, the same part is compared.
            if let (Some(sent), Some(shown)) = (body["settings"].as_object(), seen["settings"].as_object_mut()) {
                shown.retain(|name, _| sent.len() == 1 || sent.contains_key(name));
            }
            Ok(seen)
        }).await;

        let main = world.here.main.get();
        let base = json!({ "api": "native", "name": "Robot", "scopes": ["messages.read"], "inbox_ids": [main] });
        let mews = json!({ "api": "mews", "new_application": "Bot" });
        let mut trip = Trip::new(CALLS[1], base.clone());
        trip.values = vec![
            ("api", ["native", "magicline", "mykaarma"].map(Value::from).into()),
            ("new_application", vec![json!("Bot"), json!("\u{1F9F5}")]),
            ("application_id", vec![json!(1)]),
            ("redirect_url", urls()),
        ];
        let of_mews = json!({ "api": "mews" });
        let of_helpscout = json!({ "api": "helpscout", "agent_id": world.here.agent.get() });
        trip.with = vec![("new_application", of_mews.clone()), ("application_id", of_mews), ("portfolio", mews), ("redirect_url", of_helpscout.clone())];
        trip.shown = vec![("new_application", Shown::Never("application_id is shown"))];
        let list = "/api/v1/credentials";
        faults.extend(trip.check(&world, async |body: Value| {
            let is_new = body["new_application"].is_string();
            let mut seen = create(&api, list, body).await?;
            // Each new application has an id of its own.
            if is_new {
                seen["application_id"] = Value::Null;
            }
            Ok(seen)
        }).await);
        let made = create(&api, list, base).await.expect("a credential");
        let one = format!("{list}/{}", made["id"]);
        let mut trip = Trip::new(CALLS[2], json!({}));
        trip.values = vec![("redirect_url", Vec::new())];
        trip.shown = vec![("redirect_url", Shown::Never("only an app of Help Scout has one"))];
        faults.extend(trip.check(&world, async |body| change(&api, &one, body).await).await);
        let mut of_app = json!({ "api": "helpscout", "name": "App", "scopes": ["messages.read"] });
        of_app["agent_id"] = world.here.agent.get().into();
        let made = create(&api, list, of_app).await.expect("a credential");
        let one = format!("{list}/{}", made["id"]);
        let mut trip = Trip::new(CALLS[2], json!({}));
        trip.values = vec![("redirect_url", urls())];
        faults.extend(trip.check(&world, async |body| change(&api, &one, body).await).await);
        none(&faults);
    }
}

fn urls() -> Vec<Value> {
    vec![
        json!("https://app.example/return?x=%20"),
        json!("http://127.0.0.1:8123"),
    ]
}
