//! Tests of inboxes: list, get, create, change.

use heddle_access::provision;
use heddle_store::write::counts::Counts;
use heddle_store::write::inbox::CreateInbox;
use serde_json::{Value, json};

use super::{Api, faults, problem};
use crate::catalogue::Fixture;
use crate::harness::World;
use heddle_testkit::on_both;

const INBOXES: &str = "/api/v1/inboxes";

on_both! {
    async fn an_inbox_can_be_used_as_soon_as_it_is_created(world: World) {
        let api = Api::full(&world);
        let made = api.post(INBOXES, json!({ "name": "Third" })).await;
        let inbox = made.json();
        assert_eq!(made.status, 201, "{inbox}");
        let path = format!("{INBOXES}/{}", inbox["id"]);
        assert_eq!(made.header("location"), path);
        assert_eq!(inbox, json!({
            "id": inbox["id"],
            "public_id": inbox["public_id"],
            "name": "Third",
            "default_agent_id": null,
            "messaging": true,
            "created_at": "2026-03-04T09:15:00.000Z",
        }));
        // A token that was cached before the inbox was created can use the inbox.
        let account = api.get("/api/v1/account").await.json();
        assert_eq!(account["inboxes"].as_array().expect("inboxes").len(), 3);

        let agent = world.here.agent.get();
        let change = json!({ "name": "Back", "default_agent_id": agent, "messaging": false });
        let changed = api.patch(&path, change).await.json();
        assert_eq!((&changed["name"], &changed["default_agent_id"], &changed["messaging"]),
            (&json!("Back"), &json!(agent), &json!(false)));
        let taken = api.patch(&path, json!({ "default_agent_id": null })).await.json();
        assert_eq!((&taken["default_agent_id"], &taken["name"]), (&Value::Null, &json!("Back")));
        assert_eq!(api.get(&path).await.json(), taken);
    }
}

on_both! {
    async fn an_inbox_can_be_used_although_another_node_created_it(world: World) {
        let api = Api::full(&world);
        // The token and its inboxes are now in the cache. A command that another node runs does not clear the cache.
        assert_eq!(api.get("/api/v1/account").await.status, 200);
        let command = CreateInbox {
            caller: provision::operator_caller(&world.here.account),
            name: "Third".into(),
            default_agent: None,
            public_ids: vec![(String::new(), "third".into())],
        };
        let id = world.store().write(command).await.expect("an inbox").id.get();
        let conversation = |inbox: i64| json!({ "inbox_id": inbox, "customer_name": "Ito", "subject": "x" });
        let customer = |inbox: i64| json!({ "last_name": "Ito", "home_inbox_id": inbox });
        for (path, body) in [("/api/v1/conversations", conversation(id)), ("/api/v1/customers", customer(id))] {
            let answer = api.post(path, body).await;
            assert_eq!(answer.status, 201, "{}", answer.json());
        }
        let answer = api.post("/api/v1/conversations", conversation(id + 900)).await;
        assert_eq!(faults(&answer), ["inbox_id not-found"]);
        let answer = api.post("/api/v1/customers", customer(id + 900)).await;
        assert_eq!(faults(&answer), ["home_inbox_id not-found"]);
    }
}

on_both! {
    async fn a_token_limited_to_inboxes_sees_only_these(world: World) {
        let api = Api::limited(&world, &[world.here.second]).await;
        let all = api.walk(INBOXES, 1).await;
        assert_eq!(all.len(), 1);
        assert_eq!(all[0]["id"], json!(world.here.second.get()));
        let main = format!("{INBOXES}/{}", world.here.main);
        problem(&api.get(&main).await, 404, "not-found");
        assert_eq!(api.get(&format!("{INBOXES}/{}", world.here.second)).await.status, 200);
        problem(&api.post(INBOXES, json!({ "name": "Mine" })).await, 403, "needs-whole-account");
        assert_eq!(Api::full(&world).walk(INBOXES, 1).await.len(), 2);
    }
}

on_both! {
    async fn every_bad_field_is_named(world: World) {
        let api = Api::full(&world);
        let body = json!({ "default_agent_id": "7", "public_id": "x" });
        assert_eq!(
            faults(&api.post(INBOXES, body).await),
            ["name required", "default_agent_id type", "public_id unknown"]
        );
        let body = json!({ "name": "Third", "default_agent_id": 999_999 });
        assert_eq!(faults(&api.post(INBOXES, body).await), ["default_agent_id not-found"]);
        let path = format!("{INBOXES}/{}", world.here.main);
        let body = json!({ "messaging": null });
        assert_eq!(faults(&api.patch(&path, body).await), ["messaging type"]);
    }
}

on_both! {
    async fn counts_give_the_conversations_in_each_status(world: World) {
        let _ = Fixture::new(&world).await;
        let account = world.here.account.id;
        world.store().drain_feed().await.expect("numbered");
        world.store().catch_up::<Counts>(account).await.expect("counted");
        let api = Api::full(&world);
        let all = api.walk(&format!("{INBOXES}?include=counts"), 1).await;
        // The counted conversations: one through Magicline, one through each Mews application, six through the native API,
        // and one with a tag.
        assert_eq!(all[0]["counts"], json!({ "new": 9, "open": 1, "pending": 0, "closed": 0, "spam": 0 }));
        assert_eq!(all[1]["counts"], json!({ "new": 0, "open": 0, "pending": 0, "closed": 0, "spam": 0 }));
        let path = format!("{INBOXES}/{}", world.here.main);
        let shown = api.get(&format!("{path}?include=counts")).await;
        assert_eq!(shown.json(), all[0]);
        let plain = api.get(&path).await;
        assert_eq!(plain.json().get("counts"), None);
        let seen = api.with("if-none-match", plain.header("etag"));
        assert_eq!(seen.get(&path).await.status, 304);
        assert_eq!(seen.get(&format!("{path}?include=counts")).await.status, 200);
        assert_eq!(faults(&api.get(&format!("{path}?include=messages")).await), ["include[0] choice"]);
    }
}
