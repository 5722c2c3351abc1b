//! Tests of how answers look: snippets, hits, included objects, facets, errors, and the state of the index.

use heddle::config::Overrides;
use heddle_domain::AccountSettings;
use heddle_testkit::On;
use serde_json::{Value, json};

use super::*;
use crate::native::{faults, problem};
use heddle_testkit::on_both;

/// Returns the parts of a text that hits name.
fn parts(text: &Value, hits: &Value) -> Vec<String> {
    let chars: Vec<char> = text.as_str().expect("a text").chars().collect();
    let hits = hits.as_array().expect("hits").iter();
    hits.map(|hit| {
        let at =
            |end: usize| usize::try_from(hit[end].as_u64().expect("a place")).expect("a place");
        chars[at(0)..at(1)].iter().collect()
    })
    .collect()
}

on_both! {
    async fn a_conversation_comes_once_with_its_best_messages(world: World) {
        let mut desk = Desk::new(&world);
        let html = "<style>p { color: red }</style><p>👍 Grüße aus <b>MÜNCHEN</b> &amp; &lt;munchen&gt;</p>";
        let long = format!("{} munchen {}", "before ".repeat(100), "after ".repeat(100));
        let made = desk.open("trip", json!({ "subject": "Nach München!", "tags": ["travel"], "custom_fields": { "a": "b" } })).await;
        let mut messages = Vec::new();
        for (at, body) in [html, "nothing of it", &long, "munchen 3", "munchen 4"].into_iter().enumerate() {
            world.test.clock.advance(1_000);
            let mut message = said(body);
            message["format"] = json!(if at == 0 { "html" } else { "plain" });
            messages.push(say(&desk.api, &made, message).await["id"].clone());
        }
        index(&world).await;
        let page = results(&desk.api, "body:munchen OR subject:munchen", "").await;
        assert_eq!(page["data"].as_array().map(Vec::len), Some(1));
        let one = &page["data"][0];
        assert_eq!(one["conversation"], desk.api.get(&path(&made)).await.json());
        assert_eq!(parts(&one["conversation"]["subject"], &one["subject_hits"]), ["München"]);
        assert_eq!(one["messages"].as_array().map(Vec::len), Some(3));
        // Each message alone shows its snippet.
        let only = async |query: &str| {
            let page = results(&desk.api, query, "").await;
            page["data"][0]["messages"][0].clone()
        };
        let first = only("grusse munchen").await;
        assert_eq!(first["id"], messages[0]);
        assert_eq!(first["snippet"]["text"].as_str().map(str::trim), Some("👍 Grüße aus MÜNCHEN & <munchen>"));
        assert_eq!(parts(&first["snippet"]["text"], &first["snippet"]["hits"]), ["Grüße", "MÜNCHEN", "munchen"]);
        for (member, value) in [
            ("kind", json!("message")), ("channel", json!("phone")), ("direction", json!("incoming")),
            ("state", json!("published")), ("occurred_at", json!("2026-03-04T09:15:01.000Z")),
        ] {
            assert_eq!(first[member], value, "{member}");
        }
        let cut = only("munchen after:2026-03-04T09:15:03Z before:2026-03-04T09:15:04Z").await["snippet"].clone();
        assert_eq!((&cut["cut_before"], &cut["cut_after"]), (&json!(true), &json!(true)));
        assert!(cut["text"].as_str().is_some_and(|text| text.chars().count() <= 240));
        assert!(parts(&cut["text"], &cut["hits"]).contains(&"munchen".to_owned()), "{cut}");
    }
}

on_both! {
    async fn hits_in_a_long_subject_are_places_in_the_whole_subject(world: World) {
        let mut desk = Desk::new(&world);
        let subject = "Re: Fwd: [Ticket 12345] Question about the delivery of the bag and my invoice, the second invoice";
        desk.open("long", json!({ "subject": subject, "messages": [said("Where is it?")] })).await;
        index(&world).await;
        for query in ["invoice", "subject:invoice"] {
            let one = results(&desk.api, query, "").await["data"][0].clone();
            assert_eq!(one["subject_hits"][0], json!([70, 77]), "{query}");
            assert_eq!(parts(&one["conversation"]["subject"], &one["subject_hits"]), ["invoice", "invoice"], "{query}");
        }
    }
}

on_both! {
    async fn related_objects_are_included(world: World) {
        let mut desk = Desk::new(&world);
        desk.open("one", json!({ "tags": ["vip"], "messages": [said("locker")] })).await;
        index(&world).await;
        let page = results(&desk.api, "locker", "&include=customer,inbox,tags").await;
        assert_eq!(page["included"]["customers"][0]["id"], json!(world.here.customer.get()));
        assert_eq!(page["included"]["inboxes"][0]["name"], json!("Main"));
        assert_eq!(page["included"]["tags"][0]["name"], json!("vip"));
        assert!(results(&desk.api, "locker", "").await.get("included").is_none());
        let blind = without(&world, &[Scope::CustomersRead], &[]).await;
        problem(&search(&blind, "locker", "&include=customer").await, 403, "forbidden");
    }
}

on_both! {
    async fn facets_count_conversations(world: World) {
        let mut desk = Desk::new(&world);
        let here = &world.here;
        let agent = here.agent.get();
        for (name, new) in [
            ("a", json!({ "status": "open", "tags": ["x", "y"], "assignee_id": agent })),
            ("b", json!({ "status": "open", "tags": ["x"] })),
            ("c", json!({ "status": "closed", "inbox_id": here.second.get() })),
        ] {
            let mut new = new;
            new["messages"] = json!([said("locker one"), said("locker two")]);
            desk.open(name, new).await;
        }
        desk.told("other", "something else").await;
        index(&world).await;
        let facets = results(&desk.api, "locker", "&facets=true&limit=1").await["facets"].clone();
        assert_eq!(facets, json!({
            "counted": 3, "complete": true,
            "status": [{ "status": "open", "count": 2 }, { "status": "closed", "count": 1 }],
            "channel": [{ "channel": "phone", "count": 3 }],
            "inbox": [{ "inbox_id": here.main.get(), "count": 2 }, { "inbox_id": here.second.get(), "count": 1 }],
            "assignee": [{ "assignee_id": null, "count": 2 }, { "assignee_id": agent, "count": 1 }],
            "tag": [{ "tag": "x", "count": 2 }, { "tag": "y", "count": 1 }],
        }));
        assert!(results(&desk.api, "locker", "").await.get("facets").is_none());
    }
}

#[tokio::test]
async fn a_query_that_cannot_be_understood_names_the_column() {
    let world = World::new(On::Sqlite).await;
    let api = Api::full(&world);
    for (query, column) in [
        ("", 1),
        ("ü \"b", 3),
        ("a (b", 3),
        ("number:many", 8),
        ("a OR", 3),
    ] {
        let answer = search(&api, query, "").await;
        assert_eq!(faults(&answer), ["q query"], "{query}");
        let error = &answer.json()["errors"][0];
        assert_eq!(error["column"], json!(column), "{query}");
        let detail = error["detail"].as_str().expect("a text");
        assert!(
            detail.starts_with(&format!("column {column}: ")),
            "{detail}"
        );
    }
    assert_eq!(faults(&api.get(SEARCH).await), ["q required"]);
    assert_eq!(
        faults(&search(&api, "a", "&sort=age").await),
        ["sort choice"]
    );
    assert_eq!(
        faults(&search(&api, "a", "&limit=101").await),
        ["limit range"]
    );
    // Other errors have no column.
    assert!(
        search(&api, "a", "&limit=0").await.json()["errors"][0]
            .get("column")
            .is_none()
    );
}

on_both! {
    async fn the_state_of_the_index_is_shown(world: World) {
        let api = Api::full(&world);
        let status = async || api.get("/api/v1/search/status").await.json();
        Desk::new(&world).told("one", "locker").await;
        world.store().drain_feed().await.expect("positions");
        let before = status().await;
        assert_eq!((&before["enabled"], &before["up_to_date"]), (&json!(true), &json!(false)), "{before}");
        index(&world).await;
        let after = status().await;
        assert_eq!((&after["up_to_date"], &after["rebuild"]), (&json!(true), &Value::Null), "{after}");
        assert_eq!(after["position"], after["head"]);
        world.store().rebuild_index(world.here.account.id).await.expect("begun");
        let building = status().await;
        assert!(building["rebuild"]["total"].is_u64() && building["up_to_date"] == false, "{building}");
        // The index that is there answers meanwhile.
        assert_eq!(results(&api, "locker", "").await["data"].as_array().map(Vec::len), Some(1));
        index(&world).await;
        assert_eq!(status().await["up_to_date"], true);
        assert_eq!(results(&api, "locker", "").await["data"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn a_server_without_search_says_so() {
    let off = Overrides::default().set("search.enabled", Some(false));
    let world = World::with(On::Sqlite, AccountSettings::default(), off).await;
    let api = Api::full(&world);
    problem(&search(&api, "a", "").await, 501, "no-search");
    problem(
        &api.get("/api/v1/search/suggestions?text=a").await,
        501,
        "no-search",
    );
    assert_eq!(
        api.get("/api/v1/search/status").await.json()["enabled"],
        false
    );
}
