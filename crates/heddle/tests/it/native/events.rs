//! Tests of the event feed, as clients read it.

use heddle_domain::InboxScope;
use heddle_domain::credential::Grant;
use heddle_domain::credential::Scope;
use heddle_domain::id::InboxId;
use http::Method;
use serde_json::{Value, json};

use super::{Api, faults, problem};
use crate::catalogue::{Fixture, magicline};
use crate::harness::World;
use heddle_testkit::on_both;

const EVENTS: &str = "/api/v1/events";

/// Gives positions to the committed events: on PostgreSQL they get them only after the commit.
async fn settled(world: &World) {
    world.store().drain_feed().await.expect("numbered");
}

async fn follow(api: &Api<'_>, query: &str) -> Value {
    let answer = api.get(&format!("{EVENTS}?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

fn kinds(feed: &Value) -> Vec<&str> {
    let data = feed["data"].as_array().expect("a list");
    data.iter()
        .map(|event| event["kind"].as_str().expect("a kind"))
        .collect()
}

on_both! {
    async fn every_change_comes_once_and_in_order(world: World) {
        let api = Api::full(&world);
        settled(&world).await;
        let start = follow(&api, "limit=100").await;
        assert_eq!(kinds(&start)[..2], ["account.created", "agent.created"]);
        assert_eq!(start["more"], false);
        let nothing = follow(&api, &format!("after={}", start["next_after"])).await;
        assert_eq!(nothing, json!({ "data": [], "next_after": start["next_after"], "more": false }));

        let made = api.post("/api/v1/agents", json!({ "first_name": "Mina", "last_name": "Roth" })).await.json();
        let path = format!("/api/v1/agents/{}", made["id"]);
        api.patch(&path, json!({ "last_name": "Marsh" })).await;
        settled(&world).await;
        let mut after = start["next_after"].clone();
        let mut seen = Vec::new();
        loop {
            let part = follow(&api, &format!("after={after}&limit=1")).await;
            seen.extend(part["data"].as_array().expect("a list").clone());
            after = part["next_after"].clone();
            if part["more"] == false {
                break;
            }
        }
        assert_eq!(seen.len(), 2);
        assert!(seen[0]["position"].as_i64() < seen[1]["position"].as_i64());
        let event = &seen[1];
        let event = json!({
            "position": event["position"],
            "id": event["id"],
            "kind": "agent.updated",
            "at": "2026-03-04T09:15:00.000Z",
            "entity_id": made["id"],
            "conversation_id": null,
            "inbox_id": null,
            "agent_id": null,
            "api": "native",
            "imported": false,
            "changes": [{ "field": "last_name", "before": "Roth", "after": "Marsh" }],
            "more": {},
        });
        assert_eq!(seen[1], event);
        // A resource's version is the id of the event that last changed it.
        let etag = api.get(&path).await;
        assert_eq!(etag.header("etag"), format!("\"{}\"", event["id"]));
    }
}

on_both! {
    async fn filters_exclude_everything_else(world: World) {
        let fixture = Fixture::new(&world).await;
        let path = format!("/v1/communications/{}/threads/{}", fixture.here.customer, fixture.here.thread);
        magicline(Method::PUT, path, &world.here.magicline_key).send(&world).await;
        settled(&world).await;
        let api = Api::full(&world);
        let about = follow(&api, &format!("conversation_id={}", fixture.here.thread)).await;
        assert_eq!(kinds(&about), ["conversation.created", "message.added"]);
        let of_kind = follow(&api, "kind=inbox.created&kind=customer.created&limit=100").await;
        assert!(kinds(&of_kind).iter().all(|kind| ["inbox.created", "customer.created"].contains(kind)));
        assert!(of_kind["data"].as_array().is_some_and(|data| data.len() >= 4));
        let of_foreign = follow(&api, &format!("conversation_id={}", fixture.foreign.thread)).await;
        assert_eq!(kinds(&of_foreign), Vec::<&str>::new());
    }
}

on_both! {
    async fn a_token_limited_to_inboxes_gets_events_of_these_and_of_customers_without_home(world: World) {
        let fixture = Fixture::new(&world).await;
        let api = Api::limited(&world, &[world.here.second]).await;
        settled(&world).await;
        let feed = follow(&api, "limit=100").await;
        let second = json!(world.here.second.get());
        for event in feed["data"].as_array().expect("a list") {
            let is_customers = event["kind"].as_str().is_some_and(|kind| kind.starts_with("customer."));
            assert!(event["inbox_id"] == second || (is_customers && event["inbox_id"].is_null()), "{event}");
        }
        assert!(kinds(&feed).contains(&"inbox.created") && kinds(&feed).contains(&"customer.created"));
        let main = follow(&api, &format!("conversation_id={}", fixture.here.thread)).await;
        assert_eq!(kinds(&main), Vec::<&str>::new());
    }
}

on_both! {
    async fn a_token_limited_to_inboxes_learns_of_followers_in_these_only(world: World) {
        let full = Api::full(&world);
        let [main, second] = [world.here.main, world.here.second];
        let agent = world.here.agent.get();
        let made = full.post("/api/v1/customers", json!({ "first_name": "Mina" })).await.json();
        let path = format!("/api/v1/customers/{}/followers", made["id"]);
        let one = |inbox: InboxId| json!({ "inbox_id": inbox.get(), "agent_id": agent, "notes": true, "messages": false });
        for followers in [json!([one(main)]), json!([one(second)])] {
            assert_eq!(full.put(&path, json!({ "followers": followers })).await.status, 200);
        }
        settled(&world).await;
        let changes = async |api: &Api<'_>| {
            let feed = follow(api, "kind=customer.updated&limit=100").await;
            let events = feed["data"].as_array().expect("a list").clone();
            let of_customer = events.into_iter().filter(|event| event["entity_id"] == made["id"]);
            of_customer.map(|event| event["changes"].clone()).collect::<Vec<_>>()
        };
        let added = |inbox| json!([{ "field": "followers", "before": [], "after": [one(inbox)] }]);
        assert_eq!(changes(&full).await, [added(main), added(second)]);
        for (inbox, expected) in [(main, [added(main), json!([])]), (second, [json!([]), added(second)])] {
            assert_eq!(changes(&Api::limited(&world, &[inbox]).await).await, expected);
        }
    }
}

on_both! {
    async fn events_of_credentials_need_the_scope_to_read_credentials(world: World) {
        settled(&world).await;
        let of_credentials = "kind=credential.created&limit=100";
        let all = follow(&Api::full(&world), of_credentials).await;
        assert!(!kinds(&all).is_empty());
        let grant = Grant::full(heddle_native::NAME, InboxScope::All).without(Scope::CredentialsRead);
        let api = Api::granted(&world, grant).await;
        assert_eq!(kinds(&follow(&api, of_credentials).await), Vec::<&str>::new());
        assert!(!kinds(&follow(&api, "kind=agent.created").await).is_empty());
    }
}

on_both! {
    async fn an_invalid_feed_request_is_refused(world: World) {
        let api = Api::full(&world);
        for query in ["after=-1", "after=x", "limit=0", "limit=101", "kind=void", "conversation_id=0", "cursor=x"] {
            let answer = api.get(&format!("{EVENTS}?{query}")).await;
            problem(&answer, 422, "invalid");
        }
        let twice = api.get(&format!("{EVENTS}?after=1&after=2")).await;
        assert_eq!(faults(&twice), ["after repeated"]);
    }
}
