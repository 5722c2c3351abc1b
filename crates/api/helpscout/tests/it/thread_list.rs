//! Tests of contract sections 3, 7.1 and 7.2: the list of threads.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::harness::World;
use crate::{Client, created, merge, refused, thread, with};
use heddle_testkit::captured_log::Log;
use heddle_testkit::on_both;

on_both! {
    async fn a_thread_is_shown_whole(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let answer = client.get(&format!("/v2/conversations/{id}/threads")).await;
        let mut body = answer.json();
        let made = body["_embedded"]["threads"][0]["id"].take();
        assert!(made.as_i64().is_some_and(|id| id > 1 << 40));
        let customer = world.here.customer.get();
        let at = format!("http://heddle.test/v2/conversations/{id}/threads/");
        let people = json!({"href": format!("http://heddle.test/v2/customers/{customer}")});
        assert_eq!(body, json!({
            "_embedded": {"threads": [{
                "id": null, "type": "phone", "status": "active", "state": "published",
                "action": {"type": "default", "associatedEntities": {}},
                "body": "Rang about the kettle", "source": {"type": "api", "via": "customer"},
                "customer": {"id": customer, "first": "Ito", "last": "Marsh", "photoUrl": "", "email": "ito@here.example"},
                "createdBy": {"id": customer, "type": "customer", "first": "Ito", "last": "Marsh", "email": "ito@here.example"},
                "savedReplyId": 0, "to": [], "cc": [], "bcc": [], "createdAt": "2026-03-04T09:15:00Z",
                "_embedded": {"attachments": []}, "_links": {"createdByCustomer": people, "customer": people},
            }]},
            "_links": {
                "self": {"href": at}, "first": {"href": format!("{at}?page=1")}, "last": {"href": format!("{at}?page=1")},
                "page": {"href": format!("{at}{{?page}}"), "templated": true},
            },
            "page": {"size": 50, "totalElements": 1, "totalPages": 1, "number": 1},
        }));
    }
}

on_both! {
    async fn pages_have_fifty_threads_and_a_next_link(world: World) {
        let client = Client::new(&world).await;
        let id = client.with_threads(98).await;
        for _ in 0..2 {
            // 98 threads is the largest number to which one more can be added.
            let answer = client.add(id, "notes", &json!({"text": "x"})).await;
            if answer.status == 201 { created(&answer); }
        }
        let mut url = format!("/v2/conversations/{id}/threads?size=10&status=a%20b");
        let (mut seen, mut sizes) = (Vec::new(), Vec::new());
        loop {
            let body = client.get(&url).await.json();
            let threads = body["_embedded"]["threads"].as_array().expect("threads").clone();
            sizes.push(threads.len());
            seen.extend(threads.iter().map(|thread| (thread["createdAt"].as_str().expect("a time").to_owned(), thread["id"].as_i64().expect("an id"))));
            assert_eq!(body["page"], json!({"size": 50, "totalElements": 99, "totalPages": 2, "number": sizes.len()}));
            assert_eq!(body["_links"]["previous"].is_object(), sizes.len() > 1);
            let Some(next) = body["_links"]["next"]["href"].as_str() else { break };
            assert!(next.contains("size=10&status=a%20b&page=2"), "{next}");
            // The tool n8n sends its own parameters again after those of the link.
            url = format!("{}&status=a%20b", next.strip_prefix("http://heddle.test").expect("our origin"));
        }
        assert_eq!(sizes, [50, 49]);
        let mut sorted = seen.clone();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        sorted.dedup();
        assert_eq!(seen, sorted, "newest first, none twice");
        let beyond = client.get(&format!("/v2/conversations/{id}/threads?page=3")).await.json();
        assert_eq!(beyond["_embedded"]["threads"], json!([]));
        assert_eq!(beyond["page"]["number"], 3);
        assert!(beyond["_links"].get("next").is_none());
    }
}

on_both! {
    async fn a_walk_neither_skips_nor_repeats_while_threads_are_added(world: World) {
        let client = Client::new(&world).await;
        let id = client.with_threads(90).await;
        let path = format!("/v2/conversations/{id}/threads");
        let ids = |body: &Value| -> Vec<i64> {
            let list = body["_embedded"]["threads"].as_array().expect("threads");
            list.iter().map(|thread| thread["id"].as_i64().expect("an id")).collect()
        };
        let first = client.get(&path).await.json();
        for text in ["one", "two", "three"] {
            world.test.clock.advance(1_000);
            created(&client.add(id, "notes", &json!({"text": text})).await);
        }
        let next = first["_links"]["next"]["href"].as_str().expect("a link");
        let second = client.get(next.strip_prefix("http://heddle.test").expect("our origin")).await.json();
        let mut seen = [ids(&first), ids(&second)].concat();
        assert_eq!((seen.len(), second["_links"].get("next")), (90, None));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 90, "none twice");
        assert_eq!(refused(&client.get(&format!("{path}?position=x")).await, 400), ["position"]);
    }
}

on_both! {
    async fn a_page_is_a_number_from_1(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for page in ["0", "-1", "x", "1.5"] {
            let answer = client.get(&format!("/v2/conversations/{id}/threads?page={page}")).await;
            assert_eq!(refused(&answer, 400), ["page"], "{page:?}");
            assert_eq!(answer.json()["_embedded"]["errors"][0]["source"], "QUERY");
        }
        for query in ["page=1&page=1", "page=", "page=9223372036854775807", "limit=x&unknown"] {
            let answer = client.get(&format!("/v2/conversations/{id}/threads?{query}")).await;
            assert_eq!(answer.status, 200, "{query}");
        }
    }
}

on_both! {
    async fn line_items_notes_and_drafts_are_listed_and_not_counted(world: World) {
        let client = Client::new(&world).await;
        let (from, into) = (client.conversation().await, client.conversation().await);
        world.test.clock.advance(1_000);
        created(&client.add(into, "reply", &with(&thread(&world), json!({"draft": true}))).await);
        world.test.clock.advance(1_000);
        merge(&world, from, into).await;
        let threads = client.threads(into).await;
        let kinds: Vec<_> = threads.iter().map(|t| (t["type"].as_str().expect("a type"), t["state"].as_str().expect("a state"))).collect();
        assert_eq!(kinds, [("lineitem", "published"), ("message", "draft"), ("phone", "published"), ("phone", "published")]);
        let item = &threads[0];
        assert_eq!(item["action"]["type"], "merged");
        assert_eq!(item["action"]["associatedEntities"], json!({"originalConversation": from}));
        assert!(item["action"]["text"].is_string() && item.get("body").is_none());
        assert_eq!(item["_embedded"], json!({"attachments": []}));
        assert!(threads[1]["action"].get("text").is_none());
        assert_eq!(client.shown(into).await["threads"], json!(2));
    }
}

on_both! {
    async fn nothing_is_null(world: World) {
        let client = Client::new(&world).await;
        let customer = json!({"email": "bare@example.com"});
        let id = client.create(&json!({"subject": "x", "type": "chat", "mailboxId": world.here.main.get(), "status": "closed",
            "customer": customer, "threads": [{"type": "chat", "text": "x", "customer": customer}]})).await;
        created(&client.add(id, "reply", &json!({"text": "x", "customer": customer, "assignTo": world.here.agent.get()})).await);
        let body = client.get(&format!("/v2/conversations/{id}?embed=threads")).await.json();
        assert_eq!(body["primaryCustomer"], json!({"id": body["primaryCustomer"]["id"], "type": "customer", "first": "", "last": "", "email": "bare@example.com"}));
        assert_eq!(nulls(&body), Vec::<String>::new());
    }
}

fn nulls(value: &Value) -> Vec<String> {
    match value {
        Value::Null => vec![String::new()],
        Value::Array(items) => items.iter().flat_map(nulls).collect(),
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| {
                nulls(member)
                    .into_iter()
                    .map(move |path| format!("{name}.{path}"))
            })
            .collect(),
        _ => Vec::new(),
    }
}

on_both! {
    async fn a_page_of_threads_longer_than_8_mib_is_sent_whole(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let text = |at: usize| format!("{at}").repeat(3 << 20);
        for at in 1..=5 {
            created(&client.add(id, "notes", &json!({ "text": text(at) })).await);
            world.test.clock.advance(1_000);
        }
        created(&client.add(id, "notes", &json!({ "text": "the last" })).await);
        let answer = client.get(&format!("/v2/conversations/{id}/threads")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/hal+json;charset=UTF-8");
        let page = answer.json();
        assert_eq!(page["page"], json!({ "size": 50, "totalElements": 7, "totalPages": 1, "number": 1 }));
        assert!(page["_links"]["self"].is_object());
        let threads = page["_embedded"]["threads"].as_array().expect("threads");
        let bodies: Vec<&str> = threads.iter().map(|thread| thread["body"].as_str().expect("a body")).collect();
        let long: Vec<String> = (1..=5).rev().map(text).collect();
        let mut expected = vec!["the last"];
        expected.extend(long.iter().map(String::as_str));
        expected.push("Rang about the kettle");
        assert!(bodies == expected, "other bodies");
        // The embedded threads are the newest ones that have room.
        let whole = client.get(&format!("/v2/conversations/{id}?embed=threads")).await.json();
        let embedded = whole["_embedded"]["threads"].as_array().expect("threads");
        assert!(embedded[..] == threads[..3], "{} threads", embedded.len());
    }
}

on_both! {
    async fn a_page_of_long_threads_is_cut_if_a_message_has_gone_meanwhile(world: World) {
        let client = Client::new(&world).await;
        let (id, other) = (client.conversation().await, client.conversation().await);
        for _ in 0..4 {
            created(&client.add(id, "notes", &json!({ "text": "x".repeat(3 << 20) })).await);
        }
        let request = Request::get(format!("/v2/conversations/{id}/threads"))
            .header("authorization", format!("Bearer {}", client.token))
            .body(Body::empty())
            .expect("a request");
        let log = Log::begin();
        let answer = world.router.clone().oneshot(request).await.expect("the router never fails");
        assert_eq!(answer.status(), 200);
        let request_id = answer.headers()["correlation-id"].to_str().expect("a text").to_owned();
        let mut body = answer.into_body();
        let first = body.frame().await.expect("a part").expect("the beginning");
        assert!(first.is_data());
        merge(&world, id, other).await;
        let rest = body.collect().await;
        assert!(rest.is_err(), "the answer looks complete");
        let lines = log.lines();
        let cut = lines.iter().find(|line| line.to_string().contains("was cut")).expect("a line");
        assert_eq!(cut["span"]["request.id"], request_id.as_str(), "{cut}");
    }
}
