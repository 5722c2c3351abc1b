//! Tests of the profiles of inboxes.

use heddle_testkit::on_both;
use serde_json::{Value, json};

use super::{Api, faults, problem};
use crate::harness::World;

fn path(world: &World) -> String {
    format!("/api/v1/inboxes/{}/profile", world.here.main)
}

/// Returns an empty profile as it is shown.
fn empty() -> Value {
    json!({
        "time_zone": null, "language": null, "legal_environment": null, "accommodation_environment": null,
        "accounting_environment": null, "tax_environment": null, "currency": null, "website": null, "email": null,
        "phone": null, "address": null,
    })
}

on_both! {
    async fn a_profile_is_replaced_as_a_part_of_its_inbox(world: World) {
        let api = Api::full(&world);
        let (path, inbox) = (path(&world), format!("/api/v1/inboxes/{}", world.here.main));
        let first = api.get(&path).await;
        assert_eq!((first.status.as_u16(), first.json()), (200, empty()));
        assert_eq!(first.header("etag"), api.get(&inbox).await.header("etag"));
        let body = json!({ "time_zone": "Europe/Berlin", "phone": "+49 40 1", "address": { "city": "Hamburg", "latitude": 53.550_341_25 } });
        problem(&api.with("if-match", "\"1\"").put(&path, body.clone()).await, 412, "stale");
        let put = api.with("if-match", first.header("etag")).put(&path, body).await;
        let mut expected = empty();
        expected["time_zone"] = json!("Europe/Berlin");
        expected["phone"] = json!("+49 40 1");
        expected["address"] = json!({ "line1": null, "line2": null, "city": "Hamburg", "postal_code": null, "country_code": null,
            "country_subdivision_code": null, "latitude": 53.550_341_3, "longitude": null });
        assert_eq!((put.status.as_u16(), put.json()), (200, expected.clone()));
        assert_ne!(put.header("etag"), first.header("etag"));
        assert_eq!(put.header("etag"), api.get(&inbox).await.header("etag"), "a profile is a part of its inbox");
        assert_eq!(api.with("if-none-match", put.header("etag")).get(&path).await.status, 304);
        let again = api.put(&path, expected.clone()).await;
        assert_eq!((again.header("etag"), again.json()), (put.header("etag"), expected), "nothing changed");
        let changed = api.put(&path, json!({ "phone": "2", "time_zone": "Europe/Berlin" })).await.json();
        assert_eq!((&changed["phone"], &changed["address"]), (&json!("2"), &Value::Null));
        world.store().drain_feed().await.expect("drained");
        let audit = api.get("/api/v1/audit?kind=inbox.updated").await.json();
        let events = audit["data"].as_array().expect("events").iter();
        let change = events.map(|event| event["changes"].clone()).find(|changes| changes[0]["before"]["address"].is_object());
        assert_eq!(change.expect("the event"), json!([{ "field": "inbox_profile",
            "before": { "phone": "+49 40 1", "address": { "city": "Hamburg", "latitude": 53.550_341_3 } }, "after": { "phone": "2" } }]));
    }
}

on_both! {
    async fn a_wrong_profile_is_refused_and_its_members_are_named(world: World) {
        let (api, path) = (Api::full(&world), path(&world));
        for (body, wrong) in [
            (json!({ "time_zone": "Europe/Nowhere" }), vec!["time_zone invalid"]),
            (json!({ "time_zone": "europe/berlin" }), vec!["time_zone invalid"]),
            (json!({ "time_zone": "Etc/Unknown" }), vec!["time_zone invalid"]),
            (json!({ "language": "english" }), vec!["language format"]),
            (json!({ "currency": "EURO" }), vec!["currency length"]),
            (json!({ "currency": "eur", "email": "desk" }), vec!["currency format", "email format"]),
            (json!({ "website": "harbour" }), vec!["website format"]),
            (json!({ "tax_environment": "u k" }), vec!["tax_environment format"]),
            (json!({ "address": { "country_code": "de", "latitude": 91, "city": " Ulm" } }),
                vec!["address.city format", "address.country_code format", "address.latitude format"]),
            (json!({ "address": { "street": "x" } }), vec!["address.street unknown"]),
            (json!({ "address": { "longitude": "1" } }), vec!["address.longitude type"]),
            (json!({ "phone": "x".repeat(256) }), vec!["phone length"]),
        ] {
            assert_eq!(faults(&api.put(&path, body.clone()).await), wrong, "{body}");
        }
        assert_eq!(api.get(&path).await.json(), empty());
        let elsewhere = Api::limited(&world, &[world.here.second]).await;
        problem(&elsewhere.get(&path).await, 404, "not-found");
    }
}
