//! Tests of the contact preferences of a customer.

use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use super::customers::path;
use super::{Api, faults, problem};
use crate::harness::World;

/// Returns the preferences of a customer who never expressed any.
fn usual() -> Vec<Value> {
    let mut all = Vec::new();
    for category in [
        "contract",
        "general",
        "appointment",
        "newsletter",
        "loyalty_program",
    ] {
        let active = !matches!(category, "newsletter" | "loyalty_program");
        for channel in ["letter", "email", "text_message", "phone"] {
            all.push(json!({ "category": category, "channel": channel, "active": active, "customer_overridable": true }));
        }
    }
    all
}

on_both! {
    async fn preferences_are_set_and_shown_with_the_customers_version(world: World) {
        let api = Api::full(&world);
        let all = format!("{}/preferences", path(world.here.customer));
        let shown = api.get(&all).await;
        assert_eq!((shown.status.as_u16(), shown.json()), (200, json!({ "data": usual(), "next_cursor": null })));
        let etag = shown.header("etag").to_owned();
        assert_eq!(etag, api.get(&path(world.here.customer)).await.header("etag"));
        let body = json!({ "preferences": [
            { "category": "newsletter", "channel": "email", "active": true },
            { "category": "general", "channel": "chat", "active": true, "customer_overridable": false },
        ] });
        let set = api.with("if-match", &etag).send(Method::PUT, &all, Some(body.clone())).await;
        let mut expected = usual();
        expected[13]["active"] = json!(true);
        expected.insert(8, json!({ "category": "general", "channel": "chat", "active": true, "customer_overridable": false }));
        assert_eq!((set.status.as_u16(), set.json()), (200, json!({ "data": expected, "next_cursor": null })));
        assert_ne!(set.header("etag"), etag);
        let again = api.with("if-none-match", set.header("etag")).get(&all).await;
        assert_eq!(again.status, 304);
        let stale = api.with("if-match", &etag).send(Method::PUT, &all, Some(body)).await;
        problem(&stale, 412, "stale");
    }
}

on_both! {
    async fn wrong_preferences_are_refused(world: World) {
        let api = Api::full(&world);
        let all = format!("{}/preferences", path(world.here.customer));
        for (one, fault) in [
            (json!({ "channel": "fax" }), "preferences[0].category required"),
            (json!({ "category": "general" }), "preferences[0].channel required"),
        ] {
            let answer = api.send(Method::PUT, &all, Some(json!({ "preferences": [one] }))).await;
            assert_eq!(faults(&answer), [fault]);
        }
        for one in [
            json!({ "category": "x", "channel": "fax" }),
            json!({ "category": "general", "channel": "FAX" }),
            json!({ "category": "general", "channel": "fax", "active": 1 }),
        ] {
            let answer = api.send(Method::PUT, &all, Some(json!({ "preferences": [one] }))).await;
            assert_eq!(answer.status, 422, "{}", answer.json());
        }
        assert_eq!(api.get(&all).await.json()["data"], json!(usual()));
        for unknown in [world.foreign.customer.get(), 777_777] {
            let all = format!("/api/v1/customers/{unknown}/preferences");
            problem(&api.get(&all).await, 404, "not-found");
        }
    }
}
