//! Tests of messages and notes through the native API.

use futures_util::future::join_all;
use heddle::apis;
use heddle::config::{Config, Overrides};
use heddle_api::App;
use heddle_domain::ConversationId;
use heddle_http::base_url::BaseUrl;
use http::Method;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::conversations::{ALL, conversation, made, path, said, say};
use super::{Api, faults, problem};
use crate::catalogue::mews;
use crate::harness::World;
use heddle_testkit::on_both;

fn answer_of(world: &World, body: &str) -> Value {
    json!({ "channel": "chat", "direction": "outgoing", "author": "agent", "author_agent_id": world.here.agent.get(), "body": body })
}

on_both! {
    async fn creating_and_reading_a_message_return_the_same_body(world: World) {
        let (api, here) = (Api::full(&world), &world.here);
        let one = conversation(&api, &world).await;
        let long = "ü".repeat(5_000);
        for message in [
            said("short"),
            answer_of(&world, &long),
            json!({ "kind": "line_item", "channel": "other", "direction": "outgoing" }),
            json!({ "channel": "email", "direction": "incoming", "body": "<b>x</b>", "format": "html", "subject": "S",
                "customer_id": here.second_customer.get(), "occurred_at": "2020-02-03T04:05:06.789+01:00", "zone": "Europe/Berlin",
                "imported": true, "cc": ["a@b.example"], "bcc": ["c@d.example"], "agent_name": "Ada" }),
            json!({ "channel": "letter", "direction": "outgoing", "automated": true, "status": "pending" }),
            json!({ "channel": "fax", "direction": "outgoing", "state": "draft", "status": "closed" }),
        ] {
            world.test.clock.advance(1_000);
            let answer = api.post(&format!("{}/messages", path(&one)), message.clone()).await;
            let (etag, location) = (answer.header("etag").to_owned(), answer.header("location").to_owned());
            let made = made(answer).await;
            let read = api.get(&location).await;
            assert_eq!((read.json(), read.header("etag")), (made.clone(), etag.as_str()));
            for (name, value) in message.as_object().expect("members") {
                match name.as_str() {
                    "status" | "occurred_at" => {}
                    _ => assert_eq!(&made[name], value, "{name}"),
                }
            }
        }
        let imported = &api.walk(&format!("{}/messages", path(&one)), 2).await[3];
        assert_eq!((&imported["occurred_at"], &imported["created_at"]), (&json!("2020-02-03T03:05:06.789Z"), &json!("2026-03-04T09:15:04.000Z")));
    }
}

on_both! {
    async fn a_message_changes_its_conversation_by_its_kind(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, &world).await;
        let standing = async || {
            let c = api.get(&path(&one)).await.json();
            (c["status"].as_str().expect("a word").to_owned(), c["waiting"] == json!(true))
        };
        let is = |status: &str, waiting| (status.to_owned(), waiting);
        for (message, expected) in [
            (said("1"), is("new", true)),
            (answer_of(&world, "2"), is("open", false)),
            (json!({ "channel": "email", "direction": "outgoing", "status": "closed" }), is("closed", false)),
            (json!({ "kind": "note", "channel": "other", "direction": "outgoing", "body": "n" }), is("closed", false)),
            (json!({ "channel": "email", "direction": "outgoing", "automated": true }), is("closed", false)),
            (json!({ "channel": "email", "direction": "incoming", "imported": true }), is("closed", false)),
            (said("again"), is("open", true)),
            (json!({ "channel": "phone", "direction": "incoming", "status": "spam" }), is("spam", false)),
        ] {
            world.test.clock.advance(1_000);
            say(&api, &one, message.clone()).await;
            assert_eq!(standing().await, expected, "{message}");
        }
    }
}

on_both! {
    async fn an_agents_answer_to_a_mews_thread_is_read_by_the_guest(world: World) {
        let (api, here) = (Api::full(&world), &world.here);
        let body = json!({ "OriginalSender": "Mara Okafor", "Subject": "Parking" });
        let thread = mews("messageThreads/add", &here.mews_client, &here.mews_token, body).send(&world).await.json();
        let guid = thread["MessageThreads"][0]["Id"].clone();
        let one = api.walk(&format!("{ALL}?sort=-created"), 10).await.remove(0);
        assert_eq!(one["original_sender"], "Mara Okafor");
        world.test.clock.advance(1_000);
        say(&api, &one, answer_of(&world, "There is room for you.")).await;
        say(&api, &one, json!({ "kind": "note", "channel": "other", "direction": "outgoing", "body": "She is nice." })).await;
        say(&api, &one, json!({ "channel": "chat", "direction": "outgoing", "state": "draft", "body": "Not yet." })).await;
        let body = json!({ "MessageThreadIds": [guid], "Limitation": { "Count": 10 } });
        let read = mews("messages/getAll", &here.mews_client, &here.mews_token, body).send(&world).await;
        assert_eq!(read.status, 200, "{}", read.json());
        let messages = read.json()["Messages"].clone();
        let texts: Vec<_> = messages.as_array().expect("messages").iter().map(|m| m["Text"].clone()).collect();
        assert_eq!(texts, [json!("There is room for you.")]);
        api.patch(&path(&one), json!({ "status": "closed", "archived": true })).await;
        let body = json!({ "MessageThreadIds": [guid], "Limitation": { "Count": 10 } });
        let read = mews("messageThreads/getAll", &here.mews_client, &here.mews_token, body).send(&world).await.json();
        assert_eq!(read["MessageThreads"][0]["IsResolved"], true);
    }
}

on_both! {
    async fn a_draft_takes_effect_when_it_is_published(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, &world).await;
        say(&api, &one, said("hello")).await;
        let before = api.get(&path(&one)).await.json();
        let mut draft = answer_of(&world, "Soon");
        draft["state"] = json!("draft");
        draft["status"] = json!("closed");
        draft["subject"] = json!("Answer");
        let draft = say(&api, &one, draft).await;
        let at = format!("{}/messages/{}", path(&one), draft["id"]);
        let seen = api.get(&path(&one)).await.json();
        assert_eq!((&seen["status"], &seen["subject"], &seen["waiting"], &seen["published_count"]), (&json!("new"), &json!(""), &json!(true), &json!(1)));
        assert_eq!((&draft["status_wish"], &draft["status_set"]), (&json!("closed"), &Value::Null));
        let etag = api.get(&at).await.header("etag").to_owned();
        let rewritten = api.with("if-match", &etag).patch(&at, json!({ "body": "x".repeat(6_000), "format": "html" })).await;
        assert_eq!(rewritten.status, 200);
        problem(&api.with("if-match", &etag).patch(&at, json!({ "state": "published" })).await, 412, "stale");
        assert_eq!(faults(&api.patch(&at, json!({ "status": "open" })).await), ["status invalid"]);
        world.test.clock.advance(60_000);
        let etag = rewritten.header("etag").to_owned();
        let published = api.with("if-match", &etag).patch(&at, json!({ "state": "published" })).await;
        assert_ne!(published.header("etag"), etag);
        let message = published.json();
        assert_eq!((&message["state"], &message["occurred_at"]), (&json!("published"), &json!("2026-03-04T09:16:00.000Z")));
        assert_eq!((&message["status_wish"], &message["status_set"]), (&Value::Null, &json!("closed")));
        assert_eq!(api.get(&at).await.json(), message);
        let after = api.get(&path(&one)).await.json();
        assert_eq!((&after["status"], &after["subject"], &after["waiting"]), (&json!("closed"), &json!("Answer"), &json!(false)));
        assert_eq!((&after["last_message_at"], &after["published_count"]), (&message["occurred_at"], &json!(2)));
        assert!(after["version"].as_i64() > before["version"].as_i64());
        assert_eq!(after["closed_by_id"], world.here.agent.get(), "who wrote it closed it");
        // The text of a published message cannot change; publishing it again has no effect.
        assert_eq!(faults(&api.patch(&at, json!({ "body": "other" })).await), ["body invalid"]);
        assert_eq!(api.patch(&at, json!({ "state": "published" })).await.json(), message);
        assert_eq!(api.get(&path(&one)).await.json(), after);
    }
}

on_both! {
    async fn notes_are_for_agents_and_can_be_rewritten(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, &world).await;
        let notes = format!("{}/notes", path(&one));
        let note = made(api.post(&notes, json!({ "body": "First", "author_agent_id": world.here.agent.get() })).await).await;
        assert_eq!((&note["kind"], &note["author"]), (&json!("note"), &json!("agent")));
        let at = format!("{}/messages/{}", path(&one), note["id"]);
        let change = api.patch(&at, json!({ "body": "Second" })).await;
        assert_eq!((change.status.as_u16(), &change.json()["body"]), (200, &json!("Second")));
        assert_eq!(api.get(&at).await.json()["body"], "Second");
        let seen = api.get(&path(&one)).await.json();
        assert_eq!((&seen["contact_count"], &seen["message_count"], &seen["status"]), (&json!(0), &json!(1), &json!("new")));
        assert_eq!(faults(&api.post(&notes, json!({})).await), ["body required"]);
        assert_eq!(faults(&api.post(&notes, json!({ "body": "x", "author_agent_id": 777 })).await), ["author_agent_id not-found"]);
        let audit = api.walk(&format!("/api/v1/audit?conversation_id={}", one["id"]), 10).await;
        assert!(!Value::from(audit).to_string().contains("Second"), "no text stands in the audit");
    }
}

on_both! {
    async fn wrong_fields_of_a_message_are_reported(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, &world).await;
        let messages = format!("{}/messages", path(&one));
        for (body, told) in [
            (json!({ "direction": "incoming" }), "channel required"),
            (json!({ "channel": "chat", "direction": "incoming", "customer_id": 777 }), "customer_id not-found"),
            (json!({ "channel": "chat", "direction": "incoming", "author": "customer", "author_agent_id": 1 }), "author_agent_id invalid"),
            (json!({ "channel": "chat", "direction": "outgoing", "author_agent_id": 777 }), "author_agent_id not-found"),
            (json!({ "channel": "chat", "direction": "outgoing", "attachment_ids": [777] }), "attachment_ids[0] not-found"),
            (json!({ "channel": "chat", "direction": "outgoing", "state": "hidden" }), "state choice"),
            (json!({ "channel": "chat", "direction": "outgoing", "occurred_at": "yesterday" }), "occurred_at format"),
        ] {
            assert_eq!(faults(&api.post(&messages, body).await), [told]);
        }
        assert!(api.walk(&messages, 10).await.is_empty());
        problem(&api.get(&format!("{messages}/777")).await, 404, "not-found");
        problem(&api.patch(&format!("{messages}/777"), json!({ "state": "published" })).await, 404, "not-found");
    }
}

on_both! {
    async fn a_thousand_identical_requests_make_one_message(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, &world).await;
        let messages = format!("{}/messages", path(&one));
        let keyed = api.with("idempotency-key", "a thousand");
        let answers = join_all((0..1_000).map(|_| keyed.post(&messages, said("once")))).await;
        let fresh = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_empty());
        assert_eq!(fresh.count(), 1);
        assert!(answers.iter().all(|answer| answer.status == 201 && answer.body == answers[0].body));
        assert_eq!(api.walk(&messages, 10).await.len(), 1);
        problem(&keyed.post(&messages, said("twice")).await, 422, "idempotency-key-reused");
        assert_eq!(api.walk(&messages, 10).await.len(), 1);

        // Another process on the same store finds the stored response.
        let overrides = Overrides::default().set("secrets.sealing_key", Some("5".repeat(64)));
        let config = Config::load(None, overrides, &heddle::apis::descriptions()).expect("the default configuration");
        let base_url = BaseUrl::new(None, "127.0.0.1:8080".parse().expect("an address"));
        let app = App::new(world.store().clone(), base_url, config.app_options());
        let restarted = apis::router(&app, &config);
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(&messages)
            .header("host", "heddle.test")
            .header("authorization", format!("Bearer {}", world.here.native_token))
            .header("content-type", "application/json")
            .header("idempotency-key", "a thousand");
        let request = request.body(axum::body::Body::from(said("once").to_string())).expect("a request");
        let answer = restarted.oneshot(request).await.expect("the router never fails");
        assert_eq!((answer.status().as_u16(), answer.headers()["idempotent-replayed"].as_bytes()), (201, &b"true"[..]));
        assert_eq!(api.walk(&messages, 10).await.len(), 1);
        let id = ConversationId(one["id"].as_i64().expect("an id"));
        assert_eq!(api.get(&format!("{ALL}/{id}")).await.json()["message_count"], 1);
    }
}

on_both! {
    async fn a_page_of_long_messages_ends_before_8_mib(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, &world).await;
        let bodies: Vec<String> = (1..=4).map(|at| format!("{at}").repeat(3 << 20)).collect();
        for body in &bodies {
            made(api.post(&format!("{}/messages", path(&one)), said(body)).await).await;
        }
        let first = api.get(&format!("{}/messages?limit=100", path(&one))).await.json();
        assert_eq!(first["data"].as_array().expect("a list").len(), 2);
        let all = api.walk(&format!("{}/messages", path(&one)), 100).await;
        let read: Vec<&str> = all.iter().map(|message| message["body"].as_str().expect("a body")).collect();
        assert!(read == bodies, "other bodies");
        let other = conversation(&api, &world).await;
        for body in &bodies {
            made(api.post(&format!("{}/messages", path(&other)), said(body)).await).await;
        }
        let listed = api.get(&format!("{ALL}?include=messages")).await.json();
        let included = listed["included"]["messages"].as_array().expect("messages");
        assert_eq!(included.len(), 4, "two of each");
    }
}
