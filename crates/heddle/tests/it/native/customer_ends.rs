//! Tests of merged and erased customers, and what the native API and the vendor APIs show of them.

use std::time::Duration;

use heddle::jobs;
use http::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::customers::{CUSTOMERS, id, path};
use super::{Api, faults, problem};
use crate::catalogue::{Fixture, helpscout, magicline, mews, mykaarma};
use crate::harness::World;
use crate::matrix::dump;
use heddle_testkit::{TIMEOUT, on_both};

const POLL: Duration = Duration::from_millis(20);

async fn new_customer(api: &Api<'_>, body: Value) -> i64 {
    let made = api.post(CUSTOMERS, body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    id(&made.json())
}

async fn finish(world: &World) {
    let run = world.store().run_jobs(world.here.account.id, "test");
    run.await.expect("the jobs run");
}

on_both! {
    async fn a_merged_customer_redirects_to_the_survivor(world: World) {
        let api = Api::full(&world);
        let into = new_customer(&api, json!({ "first_name": "Sol" })).await;
        let (own, survivor) = (path(world.here.customer), path(into));
        let etag = api.get(&own).await.header("etag").to_owned();
        let merge = format!("{own}/merge");
        for (wrong, fault) in [
            (json!({ "into": world.here.customer.get() }), "into invalid"),
            (json!({ "into": 999_999 }), "into not-found"),
            (json!({ "into": world.foreign.customer.get() }), "into not-found"),
            (json!({}), "into required"),
        ] {
            assert_eq!(faults(&api.post(&merge, wrong).await), [fault]);
        }
        let stale = api.with("if-match", "\"1\"").post(&merge, json!({ "into": into })).await;
        problem(&stale, 412, "stale");
        let keyed = api.with("if-match", &etag).with("idempotency-key", "once");
        let merged = keyed.post(&merge, json!({ "into": into })).await;
        let job = merged.json();
        assert_eq!(merged.status, 202, "{job}");
        assert_eq!(job, json!({
            "id": job["id"],
            "customer_id": world.here.customer.get(),
            "kind": "merge",
            "into": into,
            "state": "running",
            "conversations": 0,
            "created_at": "2026-03-04T09:15:00.000Z",
            "done_at": null,
        }));
        let again = keyed.post(&merge, json!({ "into": into })).await;
        assert_eq!((again.header("idempotent-replayed"), again.json()), ("true", job));

        for (at, to) in [(own.clone(), survivor.clone()), (format!("{own}/addresses"), format!("{survivor}/addresses"))] {
            let moved = api.get(&at).await;
            let body = problem(&moved, 301, "merged");
            assert_eq!(moved.header("location"), to);
            assert!(body["detail"].as_str().expect("words").contains(&survivor));
        }
        let before = dump(&world).await;
        for refused in [
            api.patch(&own, json!({ "age": "7" })).await,
            api.delete(&own).await,
            api.post(&merge, json!({ "into": world.here.second_customer.get() })).await,
            api.post(&format!("{own}/addresses"), json!({ "kind": "fax", "value": "1" })).await,
            api.delete(&format!("{own}/addresses/0")).await,
        ] {
            let body = problem(&refused, 409, "merged");
            assert!(body["detail"].as_str().expect("words").contains(&survivor));
        }
        assert_eq!(dump(&world).await, before);
        let shown = api.get(&survivor).await.json();
        assert_eq!((&shown["email"], &shown["first_name"]), (&json!("ito@here.example"), &json!("Sol")));
        assert_eq!(shown["last_name"], "Marsh", "what the survivor did not know");
        finish(&world).await;
        let jobs = api.get(&format!("{own}/jobs")).await.json();
        assert_eq!((&jobs["data"][0]["state"], &jobs["next_cursor"]), (&json!("done"), &json!(null)));
    }
}

on_both! {
    async fn the_survivor_must_be_in_an_inbox_of_the_caller(world: World) {
        let full = Api::full(&world);
        let own = path(world.here.customer);
        let into = json!({ "into": world.here.second_customer.get() });
        assert_eq!(full.post(&format!("{own}/merge"), into).await.status, 202);
        let limited = Api::limited(&world, &[world.here.main]).await;
        problem(&limited.get(&own).await, 404, "not-found");
    }
}

on_both! {
    async fn the_worker_completes_the_job_of_a_request(world: World) {
        let api = Api::full(&world);
        let fixture = Fixture::new(&world).await;
        let ending = CancellationToken::new();
        let working = tokio::spawn(jobs::work(world.app.clone(), ending.clone()));
        let into = new_customer(&api, json!({})).await;
        let own = path(world.here.customer);
        api.post(&format!("{own}/merge"), json!({ "into": into })).await;
        let done = async {
            // The end of a job writes no event, so this asks for polls of the feed.
            let mut feed = world.store().feed();
            while api.get(&format!("{own}/jobs")).await.json()["data"][0]["state"] != "done" {
                feed.look_within(POLL);
                feed.changed().await;
            }
        };
        tokio::time::timeout(TIMEOUT, done).await.expect("the job ends");
        let jobs = api.get(&format!("{own}/jobs")).await.json();
        assert!(jobs["data"][0]["conversations"].as_i64() > Some(0));
        // The old id in the path still identifies the conversation's customer.
        let thread = format!("/v1/communications/{}/threads/{}", world.here.customer, fixture.here.thread);
        let sample = magicline(Method::PUT, thread, &world.here.magicline_key);
        assert_eq!(sample.send(&world).await.status, 200);
        ending.cancel();
        working.await.expect("it ends without a panic");
    }
}

on_both! {
    async fn an_erased_customer_answers_410(world: World) {
        let api = Api::full(&world);
        let own = path(world.here.customer);
        let etag = api.get(&own).await.header("etag").to_owned();
        problem(&api.with("if-match", "\"1\"").delete(&own).await, 412, "stale");
        let keyed = api.with("if-match", &etag).with("idempotency-key", "once");
        let erased = keyed.delete(&own).await;
        let job = erased.json();
        assert_eq!((erased.status.as_u16(), &job["kind"], &job["into"]), (202, &json!("erase"), &json!(null)));
        let again = keyed.delete(&own).await;
        assert_eq!((again.header("idempotent-replayed"), again.json()), ("true", job));
        let before = dump(&world).await;
        let addresses = format!("{own}/addresses");
        let merge = json!({ "into": world.here.second_customer.get() });
        for gone in [
            api.get(&own).await,
            api.get(&addresses).await,
            api.patch(&own, json!({ "age": "7" })).await,
            api.delete(&own).await,
            api.post(&addresses, json!({ "kind": "fax", "value": "1" })).await,
            api.post(&format!("{own}/merge"), merge).await,
        ] {
            problem(&gone, 410, "erased");
        }
        let into = json!({ "into": world.here.customer.get() });
        let refused = api.post(&format!("{}/merge", path(world.here.second_customer)), into).await;
        assert_eq!(faults(&refused), ["into not-found"]);
        assert_eq!(dump(&world).await, before);
        assert_eq!(api.walk(&format!("{CUSTOMERS}?email=ito@here.example"), 10).await, Vec::<Value>::new());
        finish(&world).await;
        assert_eq!(api.get(&format!("{own}/jobs")).await.json()["data"][0]["state"], "done");
        // The erased customer's address can be used again.
        new_customer(&api, json!({ "email": "ito@here.example" })).await;
    }
}

on_both! {
    async fn no_api_shows_the_conversations_of_an_erased_customer(world: World) {
        let fixture = Fixture::new(&world).await;
        let here = &fixture.here;
        let api = Api::full(&world);
        // One customer belongs to the Mews thread, the other to the conversations of the other APIs.
        let text = json!({ "MessageThreadIds": [here.mews_thread], "Limitation": { "Count": 10 } });
        let (client, token) = (&world.here.mews_client, &world.here.mews_token);
        let said = json!({ "Messages": [{ "MessageThreadId": here.mews_thread, "Text": "Mara Okafor here" }] });
        let said = mews("messages/add", client, token, said).send(&world).await;
        assert_eq!(said.status, 200, "{:?}", String::from_utf8_lossy(&said.body));
        let sender = sender_of(&world).await;
        for customer in [world.here.customer.get(), sender] {
            assert_eq!(api.delete(&path(customer)).await.status, 202);
        }
        finish(&world).await;

        for below in ["", "/threads"] {
            let shown = helpscout(Method::GET, format!("/v2/conversations/{}{below}", here.thread), &here.helpscout_token, None);
            assert_eq!(shown.send(&world).await.status, 404);
        }
        let native = format!("/api/v1/conversations/{}", here.thread);
        problem(&api.get(&native).await, 404, "not-found");
        problem(&api.send(Method::POST, &format!("{native}/restore"), None).await, 404, "not-found");
        let messages = mews("messages/getAll", client, token, text).send(&world).await;
        assert_eq!(messages.json()["Messages"], json!([]));
        let ids = json!({ "MessageThreadIds": [here.mews_thread], "Limitation": { "Count": 10 } });
        let threads = mews("messageThreads/getAll", client, token, ids).send(&world).await.json();
        assert_eq!(threads["MessageThreads"], json!([]));

        let put = format!("/v1/communications/{}/threads/{}", world.here.customer, here.thread);
        let put = magicline(Method::PUT, put, &world.here.magicline_key).send(&world).await;
        assert_eq!(put.status, 404);
        let post = format!("/v1/communications/{}/threads", world.here.customer);
        let post = magicline(Method::POST, post, &world.here.magicline_key).send(&world).await;
        assert_eq!(post.status, 404);
        let list = format!("/communications/departments/{}/customers/{}/threads", here.main_public, here.customer_public);
        let list = mykaarma(Method::POST, list, &world.here.mykaarma, Some(json!({}))).send(&world).await;
        assert_eq!(list.status, 400);
        assert!(String::from_utf8_lossy(&list.body).contains("INVALID_CUSTOMER_UUID"));
        assert_eq!(world.store().check().await, Ok(Vec::new()));
        let left = dump(&world).await;
        let traces: Vec<_> = left.iter().filter(|row| row.contains("Mara Okafor here") || row.contains("ito@here.example")).collect();
        assert!(traces.is_empty(), "{traces:?}");
    }
}

on_both! {
    async fn a_message_that_an_erasure_or_a_merge_changes_has_a_new_version(world: World) {
        let api = Api::full(&world);
        for (end, into) in [(false, Some(world.here.second_customer)), (true, None)] {
            let customer = new_customer(&api, json!({ "first_name": "Leaving" })).await;
            // The conversation of an erased customer is deleted, so here the customer is a guest in another's conversation.
            let owner = if end { new_customer(&api, json!({ "first_name": "Staying" })).await } else { customer };
            let new = json!({ "inbox_id": world.here.main.get(), "customer_id": owner });
            let made = api.post("/api/v1/conversations", new).await.json();
            let messages = format!("/api/v1/conversations/{}/messages", made["id"]);
            let note = json!({ "kind": "note", "channel": "other", "direction": "outgoing", "body": "Said", "customer_id": customer });
            let note = api.post(&messages, note).await.json();
            let line = json!({ "kind": "line_item", "channel": "other", "direction": "outgoing", "customer_id": customer });
            let line = api.post(&messages, line).await.json();
            let [note, line] = [note, line].map(|message| format!("{messages}/{}", message["id"]));
            let before = api.get(&note).await;
            let old = before.header("etag").to_owned();
            let line_before = api.get(&line).await.header("etag").to_owned();
            match into {
                Some(into) => {
                    let body = json!({ "into": into.get() });
                    assert_eq!(api.post(&format!("{}/merge", path(customer)), body).await.status, 202);
                }
                None => assert_eq!(api.delete(&path(customer)).await.status, 202),
            }
            finish(&world).await;
            let after = api.get(&note).await;
            assert_ne!(after.json(), before.json());
            assert_ne!(after.header("etag"), old);
            assert_eq!(api.with("if-none-match", &old).get(&note).await.status, 200);
            let rewrite = json!({ "body": "Rewritten" });
            problem(&api.with("if-match", &old).patch(&note, rewrite.clone()).await, 412, "stale");
            let new = after.header("etag").to_owned();
            assert_eq!(api.with("if-none-match", &new).get(&note).await.status, 304);
            assert_eq!(api.with("if-match", &new).patch(&note, rewrite).await.status, 200);
            // An erasure leaves line items as they are.
            let is_same = api.get(&line).await.header("etag") == line_before;
            assert_eq!(is_same, end);
        }
    }
}

/// Returns the customer of the fixture's Mews thread.
async fn sender_of(world: &World) -> i64 {
    let everybody = Api::full(world).walk(CUSTOMERS, 100).await;
    let mut mara = everybody.iter().filter(|c| c["first_name"] == "Mara");
    mara.next().map(id).expect("Mews made one")
}
