//! Tests of the custom fields that inboxes define.

use serde_json::{Value, json};

use super::conversations::{ALL, made, path};
use super::{Api, faults, problem};
use crate::harness::World;
use heddle_testkit::on_both;

on_both! {
    async fn a_field_is_defined_changed_and_removed(world: World) {
        let api = Api::full(&world);
        let list = format!("/api/v1/inboxes/{}/fields", world.here.main);
        assert_eq!(api.get(&list).await.json(), json!({ "data": [], "next_cursor": null }));
        let new = json!({ "name": "Model", "kind": "dropdown", "required": true, "options": ["K-200", "K-300"] });
        let answer = api.post(&list, new.clone()).await;
        let (place, tag) = (answer.header("location").to_owned(), answer.header("etag").to_owned());
        let model = made(answer).await;
        assert_eq!(place, format!("{list}/{}", model["id"]));
        let [one, two] = [0, 1].map(|at| model["options"][at]["id"].clone());
        let options = json!([{ "id": one, "label": "K-200" }, { "id": two, "label": "K-300" }]);
        assert_eq!(model, json!({ "id": model["id"], "name": "Model", "kind": "dropdown", "order": 1, "required": true, "options": options }));
        let inbox = api.get(&format!("/api/v1/inboxes/{}", world.here.main)).await;
        assert_eq!(inbox.header("etag"), tag, "a definition is a part of its inbox");
        let second = made(api.post(&list, json!({ "name": "Serial", "kind": "singleline", "order": 0 })).await).await;
        assert_eq!(api.get(&list).await.json()["data"], json!([second, model]));
        assert_eq!(api.get(&place).await.json(), model);
        problem(&api.post(&list, new).await, 409, "conflict");
        let change = json!({ "order": 7, "required": false, "options": [{ "label": "K-400" }, { "id": two, "label": "K-300" }] });
        problem(&api.with("if-match", &tag).patch(&place, change.clone()).await, 412, "stale");
        let changed = api.patch(&place, change).await.json();
        let added = changed["options"][0]["id"].clone();
        let options = json!([{ "id": added, "label": "K-400" }, { "id": two, "label": "K-300" }]);
        assert_eq!(changed, json!({ "id": model["id"], "name": "Model", "kind": "dropdown", "order": 7, "required": false, "options": options }));
        assert_eq!(api.delete(&place).await.status, 204);
        for answer in [api.get(&place).await, api.delete(&place).await, api.patch(&place, json!({})).await] {
            problem(&answer, 404, "not-found");
        }
        world.store().drain_feed().await.expect("drained");
        let audit = api.get("/api/v1/audit?kind=inbox.updated").await.json();
        let removed = audit["data"].as_array().expect("events").iter().find(|event| event["changes"][0]["after"].is_null()).expect("the removal").clone();
        assert_eq!(removed["changes"][0]["field"], "defined_fields");
        assert_eq!(removed["changes"][0]["before"]["Model"]["options"][0]["label"], "K-400");
    }
}

on_both! {
    async fn bad_definitions_are_refused(world: World) {
        let api = Api::full(&world);
        let list = format!("/api/v1/inboxes/{}/fields", world.here.main);
        for (body, fault) in [
            (json!({ "kind": "date" }), "name required"), (json!({ "name": " x", "kind": "date" }), "name invalid"), (json!({ "name": " ", "kind": "date" }), "name format"),
            (json!({ "name": "x", "kind": "colour" }), "kind choice"), (json!({ "name": "x", "kind": "date", "options": ["a"] }), "options invalid"),
            (json!({ "name": "x", "kind": "dropdown" }), "options invalid"), (json!({ "name": "x", "kind": "dropdown", "options": ["a", "a"] }), "options invalid"),
            (json!({ "name": "x", "kind": "date", "order": -1 }), "order range"), (json!({ "name": "x", "kind": "date", "more": 1 }), "more unknown"),
        ] {
            assert_eq!(faults(&api.post(&list, body.clone()).await), [fault], "{body}");
        }
        let elsewhere = Api::limited(&world, &[world.here.second]).await;
        problem(&elsewhere.get(&list).await, 404, "not-found");
    }
}

on_both! {
    async fn the_native_api_writes_only_what_the_definition_takes(world: World) {
        let api = Api::full(&world);
        let list = format!("/api/v1/inboxes/{}/fields", world.here.main);
        made(api.post(&list, json!({ "name": "Model", "kind": "dropdown", "options": ["K-200"] })).await).await;
        let new = |value: &str| json!({ "inbox_id": world.here.main.get(), "customer_id": world.here.customer.get(), "custom_fields": { "Model": value, "free": "any" } });
        assert_eq!(faults(&api.post(ALL, new("K-9")).await), ["custom_fields invalid"]);
        let talk = made(api.post(ALL, new("K-200")).await).await;
        let change = |value: Value| json!({ "custom_fields": { "Model": value } });
        assert_eq!(faults(&api.patch(&path(&talk), change(json!("K-9"))).await), ["custom_fields invalid"]);
        let changed = api.patch(&path(&talk), change(Value::Null)).await.json();
        assert_eq!(changed["custom_fields"], json!({ "free": "any" }));
    }
}
