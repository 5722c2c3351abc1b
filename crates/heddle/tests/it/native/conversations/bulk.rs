//! Tests of bulk changes: one result per change.

use serde_json::{Value, json};

use super::{ALL, conversation, path};
use crate::harness::World;
use crate::native::{Api, faults};
use heddle_testkit::on_both;

const BULK: &str = "/api/v1/conversations/bulk";

on_both! {
    async fn each_change_succeeds_or_fails_alone(world: World) {
        let api = Api::full(&world);
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(conversation(&api, &world).await);
        }
        let merge = json!({ "into": all[0]["id"] });
        assert_eq!(api.post(&format!("{}/merge", path(&all[4])), merge).await.status, 200);
        let version = api.get(&path(&all[0])).await.json()["version"].clone();
        let changes = json!({ "changes": [
            { "conversation_id": all[0]["id"], "version": version, "change": { "status": "closed", "add_tags": ["done"] } },
            { "conversation_id": all[1]["id"], "version": 1, "change": { "status": "closed" } },
            { "conversation_id": all[2]["id"], "change": { "assignee_id": 777, "add_tags": ["never"] } },
            { "conversation_id": 777_777, "change": { "status": "closed" } },
            { "conversation_id": all[4]["id"], "change": { "status": "closed" } },
            { "conversation_id": all[3]["id"], "change": { "assignee_id": world.here.agent.get() } },
        ] });
        let answer = api.post(BULK, changes).await;
        assert_eq!(answer.status, 200);
        let results = answer.json()["results"].clone();
        let told: Vec<_> = results.as_array().expect("results").iter()
            .map(|r| (r["conversation_id"].clone(), r["status"].as_u64().expect("a status"), r["problem"]["type"].as_str().unwrap_or("-").replace("urn:heddle:problem:", "")))
            .collect();
        let expect = |at: usize, status, kind: &str| (all[at]["id"].clone(), status, kind.to_owned());
        assert_eq!(told, [
            expect(0, 200, "-"), expect(1, 412, "stale"), expect(2, 422, "invalid"),
            (json!(777_777), 404, "not-found".to_owned()), expect(4, 409, "merged"), expect(3, 200, "-"),
        ]);
        assert_eq!(results[2]["problem"]["errors"][0]["field"], "assignee_id");
        assert!(results[4]["problem"]["detail"].as_str().expect("words").contains(&path(&all[0])));
        for at in [0, 3] {
            let result = results.as_array().expect("results").iter().find(|r| r["conversation_id"] == all[at]["id"]).expect("it");
            assert_eq!(result["conversation"], api.get(&path(&all[at])).await.json());
        }
        for at in [1, 2] {
            assert_eq!(api.get(&path(&all[at])).await.json(), all[at]);
        }
        // A refused change creates no tag.
        let tags = api.walk("/api/v1/tags", 10).await;
        assert_eq!(tags.iter().map(|tag| tag["name"].clone()).collect::<Vec<_>>(), [json!("done")]);
    }
}

on_both! {
    async fn a_bulk_change_with_a_key_happens_once(world: World) {
        let api = Api::full(&world).with("idempotency-key", "bulk");
        let one = conversation(&Api::full(&world), &world).await;
        let changes = json!({ "changes": [{ "conversation_id": one["id"], "version": one["version"], "change": { "status": "closed" } }] });
        let first = api.post(BULK, changes.clone()).await;
        let again = api.post(BULK, changes).await;
        assert_eq!((again.header("idempotent-replayed"), again.json()), ("true", first.json()));
        assert_eq!(first.json()["results"][0]["status"], 200);
    }
}

on_both! {
    async fn a_body_that_is_not_a_list_of_changes_is_refused(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, &world).await;
        let item = |change: Value| json!({ "conversation_id": one["id"], "change": change });
        let twice = json!({ "changes": [item(json!({})), item(json!({}))] });
        assert_eq!(faults(&api.post(BULK, twice).await), ["changes[1].conversation_id duplicate"]);
        assert_eq!(faults(&api.post(BULK, json!({ "changes": [] })).await), ["changes length"]);
        let bad = json!({ "changes": [item(json!({ "status": "x" }))] });
        assert_eq!(faults(&api.post(BULK, bad).await), ["changes[0].change.status choice"]);
        let both = json!({ "changes": [item(json!({ "tags": [], "add_tags": ["x"] }))] });
        assert_eq!(faults(&api.post(BULK, both).await), ["changes[0].change.tags invalid"]);
        assert_eq!(api.get(&format!("{ALL}/{}", one["id"])).await.json(), one);
    }
}
