//! Tests of the account's name and settings.

use serde_json::json;

use super::{Api, faults, problem};
use crate::harness::World;
use heddle_testkit::on_both;

const ACCOUNT: &str = "/api/v1/account";

on_both! {
    async fn a_change_sets_only_the_given_name_and_settings(world: World) {
        let api = Api::full(&world);
        let before = api.get(ACCOUNT).await;
        let change = json!({
            "name": "Loom",
            "settings": { "thread_cap": 7, "helpscout_rate": "vendor", "mews_rate": 12 },
        });
        let changed = api.with("content-type", "application/merge-patch+json").patch(ACCOUNT, change).await;
        assert_eq!(changed.status, 200, "{}", changed.json());
        let mut expected = before.json();
        expected["name"] = json!("Loom");
        expected["settings"]["thread_cap"] = json!(7);
        expected["settings"]["helpscout_rate"] = json!("vendor");
        expected["settings"]["mews_rate"] = json!(12);
        assert_eq!(changed.json(), expected);
        let after = api.get(ACCOUNT).await;
        assert_eq!(after.json(), expected);
        assert_eq!(after.header("etag"), changed.header("etag"));

        // The audit history shows the settings under the same names, with their previous values.
        let history = api.get("/api/v1/audit").await.json();
        assert_eq!(history["data"][0]["changes"], json!([
            { "field": "helpscout_rate", "before": 0, "after": -1 },
            { "field": "mews_rate", "before": 0, "after": 12 },
            { "field": "name", "before": "Here", "after": "Loom" },
            { "field": "thread_cap", "before": 100, "after": 7 },
        ]));

        // The APIs use the new settings at once.
        let off = json!({ "settings": { "helpscout_rate": "off" } });
        assert_eq!(api.patch(ACCOUNT, off).await.json()["settings"]["mews_rate"], 12);
        let stale = api.with("if-match", before.header("etag")).patch(ACCOUNT, json!({ "name": "Late" })).await;
        problem(&stale, 412, "stale");
        assert_eq!(api.get(ACCOUNT).await.json()["name"], "Loom");
    }
}

on_both! {
    async fn settings_have_limits(world: World) {
        let api = Api::full(&world);
        let change = json!({
            "name": "",
            "settings": {
                "thread_cap": -1,
                "lock_after_days": 1.5,
                "helpscout_rate": "fast",
                "magicline_rate": 0,
                "mews_rate": 4_294_967_296_i64,
                "other": 1,
            },
        });
        assert_eq!(faults(&api.patch(ACCOUNT, change).await), [
            "name length",
            "settings.helpscout_rate choice",
            "settings.lock_after_days type",
            "settings.magicline_rate range",
            "settings.mews_rate range",
            "settings.other unknown",
            "settings.thread_cap range",
        ]);
    }
}

on_both! {
    async fn a_token_limited_to_inboxes_cannot_change_settings(world: World) {
        let api = Api::limited(&world, &[world.here.main]).await;
        problem(&api.patch(ACCOUNT, json!({ "name": "Mine" })).await, 403, "needs-whole-account");
    }
}
