//! Tests of the addresses that an inbox must not write to.

use http::Method;
use serde_json::json;

use super::{Api, faults, problem};
use crate::harness::World;
use heddle_testkit::on_both;

on_both! {
    async fn an_opt_out_is_recorded_and_audited(world: World) {
        let api = Api::full(&world);
        let path = format!("/api/v1/inboxes/{}/opt-out", world.here.main);
        let shown = async |value: &str| api.get(&format!("{path}?kind=text&value={value}")).await.json();
        assert_eq!(shown("49-30-5550100").await, json!({ "kind": "text", "value": "49305550100", "state": "opted_in", "changed_at": null }));
        let change = json!({ "kind": "text", "value": "+49 (30) 5550100", "state": "opted_out" });
        let set = api.send(Method::PUT, &path, Some(change.clone())).await;
        assert_eq!(set.status, 200, "{}", set.json());
        assert_eq!((&set.json()["state"], &set.json()["value"]), (&json!("opted_out"), &json!("49305550100")));
        assert_eq!(shown("49305550100").await, set.json());
        let suspected = json!({ "kind": "text", "value": "49305550100", "state": "opt_out_suspected" });
        assert_eq!(api.send(Method::PUT, &path, Some(suspected)).await.json(), set.json(), "a suspicion ends no opt-out");
        let second = format!("/api/v1/inboxes/{}/opt-out?kind=text&value=49305550100", world.here.second);
        assert_eq!(api.get(&second).await.json()["state"], "opted_in", "each inbox has its own");
        world.store().drain_feed().await.expect("drained");
        let audit = api.get("/api/v1/audit?kind=inbox.updated").await.json();
        let events = audit["data"].as_array().expect("events");
        let changes: Vec<_> = events.iter().filter(|event| event["changes"][0]["field"] == "opt_outs").collect();
        assert_eq!(changes.len(), 1, "{audit}");
        let after = changes[0]["changes"][0]["after"].as_object().expect("an object");
        let (key, state) = after.iter().next().expect("one");
        assert_eq!((key.starts_with("text:"), state), (true, &json!("opted_out")));
        assert!(!audit.to_string().contains("49305550100"), "the audit does not show the address");
    }
}

on_both! {
    async fn what_is_no_address_is_refused(world: World) {
        let api = Api::full(&world);
        let path = format!("/api/v1/inboxes/{}/opt-out", world.here.main);
        for query in ["kind=text&value=x", "kind=email&value=49305550100"] {
            assert_eq!(faults(&api.get(&format!("{path}?{query}")).await), ["value invalid"], "{query}");
        }
        assert_eq!(faults(&api.get(&path).await), ["kind required", "value required"]);
        let change = json!({ "kind": "email", "value": "49305550100", "state": "opted_out" });
        assert_eq!(faults(&api.send(Method::PUT, &path, Some(change)).await), ["value invalid"]);
        problem(&api.get("/api/v1/inboxes/999999/opt-out?kind=text&value=1").await, 404, "not-found");
    }
}
