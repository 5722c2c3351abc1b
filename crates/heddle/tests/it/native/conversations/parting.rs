//! Tests of merge and split of conversations through the native API.

use http::Method;
use serde_json::{Value, json};

use super::{conversation, made, path, said, say};
use crate::harness::World;
use crate::native::{Api, faults, problem};
use heddle_testkit::on_both;

on_both! {
    async fn a_merged_conversation_redirects_reads_and_refuses_writes(world: World) {
        let api = Api::full(&world);
        let (from, into) = (conversation(&api, &world).await, conversation(&api, &world).await);
        api.patch(&path(&from), json!({ "tags": ["a", "b"], "custom_fields": { "x": "from", "y": "from" } })).await;
        api.patch(&path(&into), json!({ "tags": ["b", "c"], "custom_fields": { "x": "into" } })).await;
        api.patch(&path(&from), json!({ "assignee_id": world.here.agent.get() })).await;
        let moved = say(&api, &from, said("moved")).await;
        world.test.clock.advance(1_000);
        let stayed = say(&api, &into, said("stayed")).await;
        let version = api.get(&path(&from)).await.header("etag").to_owned();
        problem(&api.with("if-match", "\"1\"").post(&format!("{}/merge", path(&from)), json!({ "into": into["id"] })).await, 412, "stale");
        let answer = api.with("if-match", &version).post(&format!("{}/merge", path(&from)), json!({ "into": into["id"] })).await;
        let survivor = answer.json();
        assert_eq!((answer.status.as_u16(), &survivor["id"]), (200, &into["id"]), "{survivor}");
        assert_eq!(api.get(&path(&into)).await.json(), survivor);
        assert_eq!((&survivor["tags"], &survivor["custom_fields"]), (&json!(["a", "b", "c"]), &json!({ "x": "into", "y": "from" })));
        assert_eq!((&survivor["message_count"], &survivor["waiting_since"]), (&json!(2), &moved["occurred_at"]));
        let bodies: Vec<_> = api.walk(&format!("{}/messages", path(&into)), 10).await.iter().map(|m| m["body"].clone()).collect();
        assert_eq!(bodies, [json!("moved"), json!("stayed"), json!("")]);
        assert_eq!(api.walk(&format!("{}/delegations", path(&into)), 10).await.len(), 1);

        for rest in ["", "/messages", "/locks", "/delegations"] {
            let answer = api.get(&format!("{}{rest}", path(&from))).await;
            assert_eq!(answer.header("location"), format!("{}{rest}", path(&into)));
            problem(&answer, 301, "merged");
        }
        let message = format!("/messages/{}", moved["id"]);
        assert_eq!(api.get(&format!("{}{message}", path(&from))).await.header("location"), format!("{}{message}", path(&into)));
        assert_eq!(api.get(&format!("{}{message}", path(&into))).await.json()["body"], "moved");
        for (method, rest, body) in [
            (Method::PATCH, String::new(), json!({ "archived": true })),
            (Method::POST, "/messages".into(), said("late")),
            (Method::POST, "/notes".into(), json!({ "body": "late" })),
            (Method::PATCH, message, json!({ "state": "published" })),
            (Method::POST, "/split".into(), json!({ "message_ids": [stayed["id"]] })),
            (Method::POST, "/merge".into(), json!({ "into": into["id"] })),
        ] {
            let answer = api.send(method, &format!("{}{rest}", path(&from)), Some(body)).await;
            let body = problem(&answer, 409, "merged");
            assert!(body["detail"].as_str().expect("words").contains(&path(&into)), "{rest}");
        }
        assert!(api.walk("/api/v1/conversations", 10).await.iter().all(|c| c["id"] != from["id"]));
        let itself = api.post(&format!("{}/merge", path(&into)), json!({ "into": into["id"] })).await;
        assert_eq!(faults(&itself), ["into invalid"]);
        let ended = api.post(&format!("{}/merge", path(&into)), json!({ "into": from["id"] })).await;
        assert_eq!(faults(&ended), ["into invalid"], "the id leads to the survivor itself");

        let days = json!({ "settings": { "merge_redirect_days": 60 } });
        assert_eq!(api.patch("/api/v1/account", days).await.status, 200);
        problem(&api.get(&path(&from)).await, 301, "merged");
        world.test.clock.advance(61 * 86_400_000);
        for rest in ["", "/messages", "/locks", "/delegations"] {
            problem(&api.get(&format!("{}{rest}", path(&from))).await, 404, "not-found");
        }
        problem(&api.post(&format!("{}/messages", path(&from)), said("late")).await, 404, "not-found");
    }
}

/// Returns the fields of a conversation that are computed from its messages.
fn counted(c: &Value) -> Value {
    let names = [
        "message_count",
        "published_count",
        "contact_count",
        "waiting",
        "waiting_since",
        "last_message_at",
        "first_channel",
        "agent_acted_at",
    ];
    names.iter().map(|name| c[*name].clone()).collect()
}

on_both! {
    async fn both_parts_of_a_split_count_their_own_messages(world: World) {
        let (api, here) = (Api::full(&world), &world.here);
        let whole = conversation(&api, &world).await;
        api.patch(&path(&whole), json!({ "assignee_id": here.agent.get(), "tags": ["a"], "subject": "Whole" })).await;
        let (kept, moved) = (conversation(&api, &world).await, conversation(&api, &world).await);
        let answer = json!({ "channel": "email", "direction": "outgoing", "author": "agent", "author_agent_id": here.agent.get(), "body": "x".repeat(5_000) });
        let note = json!({ "kind": "note", "channel": "other", "direction": "outgoing", "body": "Note" });
        let messages = [said("1"), answer.clone(), said("3"), note, said("5"), answer];
        let mut ids = Vec::new();
        for (at, message) in messages.into_iter().enumerate() {
            world.test.clock.advance(1_000);
            ids.push(say(&api, &whole, message.clone()).await["id"].clone());
            // For comparison, each of two further conversations gets the messages of one part.
            let part = if [2, 3].contains(&at) { &moved } else { &kept };
            say(&api, part, message).await;
        }
        let split = format!("{}/split", path(&whole));
        let version = api.get(&path(&whole)).await.header("etag").to_owned();
        let body = json!({ "message_ids": [ids[3], ids[2]], "subject": "Part" });
        problem(&api.with("if-match", "\"1\"").post(&split, body.clone()).await, 412, "stale");
        let answer = api.with("if-match", &version).post(&split, body).await;
        let parts = answer.json();
        assert_eq!(answer.status, 200, "{parts}");
        let (rest, new) = (&parts["conversation"], &parts["new"]);
        assert_eq!(answer.header("etag"), format!("\"{}\"", rest["version"]));
        assert_eq!(api.get(&path(rest)).await.json(), *rest);
        assert_eq!(api.get(&path(new)).await.json(), *new);
        assert_eq!(counted(rest), counted(&api.get(&path(&kept)).await.json()));
        let alone = api.get(&path(&moved)).await.json();
        assert_eq!(counted(new), counted(&alone));
        assert_eq!((&new["subject"], &new["assignee_id"], &new["status"]), (&json!("Part"), &json!(here.agent.get()), &rest["status"]));
        assert_eq!((&new["tags"], &rest["tags"], &new["inbox_id"]), (&json!([]), &json!(["a"]), &rest["inbox_id"]));
        let held = async |c: &Value| -> Vec<Value> { api.walk(&format!("{}/messages", path(c)), 10).await.iter().map(|m| m["id"].clone()).collect() };
        assert_eq!(held(new).await, [ids[2].clone(), ids[3].clone()]);
        assert_eq!(held(rest).await, [ids[0].clone(), ids[1].clone(), ids[4].clone(), ids[5].clone()]);
        let long = api.get(&format!("{}/messages/{}", path(rest), ids[1])).await.json();
        assert_eq!(long["body"].as_str().map(str::len), Some(5_000));
        assert_eq!(world.store().check().await, Ok(Vec::new()));
        // Splits off everything from one message on.
        let tail = api.post(&split, json!({ "from_message_id": ids[4] })).await.json();
        assert_eq!(held(&tail["new"]).await, [ids[4].clone(), ids[5].clone()]);
        assert_eq!(tail["new"]["subject"], rest["subject"]);
    }
}

on_both! {
    async fn a_split_that_leaves_one_part_empty_is_refused(world: World) {
        let api = Api::full(&world);
        let (one, other) = (conversation(&api, &world).await, conversation(&api, &world).await);
        let mine = [say(&api, &one, said("1")).await["id"].clone(), say(&api, &one, said("2")).await["id"].clone()];
        let theirs = say(&api, &other, said("3")).await["id"].clone();
        let split = format!("{}/split", path(&one));
        let before = api.get(&path(&one)).await.json();
        for (body, told) in [
            (json!({}), "message_ids invalid"),
            (json!({ "message_ids": [mine[0]], "from_message_id": mine[0] }), "message_ids invalid"),
            (json!({ "message_ids": mine }), "message_ids invalid"),
            (json!({ "message_ids": [mine[0], theirs] }), "message_ids invalid"),
            (json!({ "from_message_id": mine[0] }), "from_message_id invalid"),
            (json!({ "from_message_id": theirs }), "from_message_id invalid"),
            (json!({ "message_ids": [] }), "message_ids length"),
        ] {
            assert_eq!(faults(&api.post(&split, body).await), [told]);
        }
        assert_eq!(api.get(&path(&one)).await.json(), before);
    }
}

on_both! {
    async fn a_merge_or_split_of_too_many_messages_is_refused(world: World) {
        let api = Api::full(&world);
        let (large, into) = (conversation(&api, &world).await, conversation(&api, &world).await);
        let id = heddle_domain::ConversationId(large["id"].as_i64().expect("an id"));
        let message = heddle_store::write::NewMessage::new(
            heddle_domain::Channel::Chat, heddle_domain::Direction::Incoming, heddle_domain::Author::Customer, "x");
        let entry = heddle_store::write::Append {
            conversation: id, message, wish: heddle_domain::conversation::StatusWish::Keep, ticket_number: None, ticket_link: None,
        };
        let command = heddle_store::write::AppendMessages {
            caller: heddle_access::provision::operator_caller(&world.here.account),
            reach: heddle_domain::InboxScope::All,
            guard: heddle_store::write::Guard::ALL,
            locks: heddle_domain::Locks::NONE,
            entries: vec![entry; 1_001],
        };
        world.store().write(command).await.expect("many messages");
        let merge = api.post(&format!("{}/merge", path(&large)), json!({ "into": into["id"] })).await;
        assert_eq!(faults(&merge), ["messages invalid"]);
        made(api.post(&format!("{}/messages", path(&large)), said("last")).await).await;
        let ids: Vec<_> = api.walk(&format!("{}/messages", path(&large)), 100).await.iter().map(|m| m["id"].clone()).collect();
        assert_eq!(ids.len(), 1_002);
        let split = api.post(&format!("{}/split", path(&large)), json!({ "from_message_id": ids[1] })).await;
        assert_eq!(faults(&split), ["from_message_id invalid"]);
        assert_eq!(api.post(&format!("{}/split", path(&large)), json!({ "from_message_id": ids[500] })).await.status, 200);
    }
}
