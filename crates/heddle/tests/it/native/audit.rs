//! Tests of the audit history: who changed what, when, from which address, with the values before and after.

use heddle_http::peer::Peer;
use http::{Method, Request};
use serde_json::{Value, json};

use super::{Api, faults, problem};
use crate::harness::World;
use heddle_testkit::on_both;

const AUDIT: &str = "/api/v1/audit";

async fn read(api: &Api<'_>, query: &str) -> Vec<Value> {
    api.walk(&format!("{AUDIT}?{query}"), 100).await
}

fn kinds(entries: &[Value]) -> Vec<&str> {
    entries
        .iter()
        .map(|entry| entry["kind"].as_str().expect("a kind"))
        .collect()
}

/// Changes an agent's name from a given client address.
async fn rename(world: &World, address: &str, name: &str) {
    let path = format!("/api/v1/agents/{}", world.here.agent);
    let mut request = Request::builder()
        .method(Method::PATCH)
        .uri(path)
        .header(
            "authorization",
            format!("Bearer {}", world.here.native_token),
        )
        .header("content-type", "application/json")
        .body(json!({ "first_name": name }).to_string().into())
        .expect("a request");
    let peer = Peer(address.parse().expect("an address"));
    request.extensions_mut().insert(peer);
    assert_eq!(world.request(request).await.status, 200);
}

on_both! {
    async fn an_audit_entry_holds_actor_change_time_and_address(world: World) {
        let api = Api::full(&world);
        let credential = api.get("/api/v1/account").await.json()["credential"]["id"].clone();
        world.test.clock.advance(60_000);
        rename(&world, "2001:db8::7", "Adele").await;
        let entries = read(&api, "").await;
        assert_eq!(entries[0], json!({
            "id": entries[0]["id"],
            "kind": "agent.updated",
            "at": "2026-03-04T09:16:00.000Z",
            "entity_id": world.here.agent.get(),
            "conversation_id": null,
            "inbox_id": null,
            "agent_id": null,
            "api": "native",
            "imported": false,
            "changes": [{ "field": "first_name", "before": "Ada", "after": "Adele" }],
            "more": {},
            "credential_id": credential,
            "address": "2001:db8::7",
        }));
        let ids: Vec<i64> = entries.iter().map(|entry| entry["id"].as_i64().expect("an id")).collect();
        assert!(ids.is_sorted_by(|a, b| a > b), "newest first");
        assert_eq!(kinds(&entries).last(), Some(&"account.created"));
        assert_eq!(entries.last().expect("an entry")["api"], Value::Null);
    }
}

/// Returns what the newest entry of a kind says of the fields with these names: field, before, after.
async fn newest(api: &Api<'_>, kind: &str, fields: &[&str]) -> Value {
    let entries = read(api, &format!("kind={kind}")).await;
    let mut changes = entries[0]["changes"].as_array().expect("a list").clone();
    changes.retain(|change| fields.iter().any(|field| change["field"] == *field));
    let changes = changes.iter();
    changes
        .map(|change| json!([change["field"], change["before"], change["after"]]))
        .collect()
}

on_both! {
    async fn subject_ticket_and_archive_are_audited_whatever_changes_them(world: World) {
        let (api, here) = (Api::full(&world), &world.here);
        let fields = ["archived", "subject", "ticket_link", "ticket_number"];
        let new = json!({ "inbox_id": here.main.get(), "customer_id": here.customer.get(), "subject": "A locker",
            "ticket_number": "T-1" });
        let made = api.post("/api/v1/conversations", new).await.json();
        assert_eq!(
            newest(&api, "conversation.created", &fields).await,
            json!([["subject", null, "A locker"], ["ticket_number", null, "T-1"]])
        );
        let path = format!("/api/v1/conversations/{}", made["id"]);
        let said = json!({ "channel": "email", "direction": "incoming", "body": "It is stuck.", "subject": "Locker 12" });
        assert_eq!(api.post(&format!("{path}/messages"), said).await.status, 201);
        assert_eq!(
            newest(&api, "message.added", &fields).await,
            json!([["subject", "A locker", "Locker 12"]])
        );
        let change = json!({ "archived": true, "subject": "Done", "ticket_number": null, "ticket_link": "https://tickets.example/2" });
        assert_eq!(api.patch(&path, change).await.status, 200);
        assert_eq!(
            newest(&api, "conversation.updated", &fields).await,
            json!([
                ["archived", false, true],
                ["subject", "Locker 12", "Done"],
                ["ticket_link", null, "https://tickets.example/2"],
                ["ticket_number", "T-1", null],
            ])
        );
    }
}

on_both! {
    async fn a_mews_application_is_audited_when_it_is_made(world: World) {
        let api = Api::full(&world);
        let before = read(&api, "kind=application.created").await.len();
        let mut body = json!({ "api": "mews", "name": "Robot", "scopes": ["messages.write"],
            "inbox_ids": [999_999], "new_application": "Concierge" });
        assert_eq!(faults(&api.post("/api/v1/credentials", body.clone()).await), ["inbox_ids not-found"]);
        assert_eq!(read(&api, "kind=application.created").await.len(), before, "a refused one leaves nothing");
        body["inbox_ids"] = json!([world.here.main.get()]);
        let made = api.post("/api/v1/credentials", body).await.json();
        let entries = read(&api, "kind=application.created").await;
        assert_eq!(entries.len(), before + 1);
        assert_eq!(entries[0]["entity_id"], made["application_id"]);
        assert_eq!(newest(&api, "application.created", &["name"]).await, json!([["name", null, "Concierge"]]));
        assert_eq!(
            newest(&api, "credential.created", &["application"]).await,
            json!([["application", null, made["application_id"]]])
        );
    }
}

on_both! {
    async fn filters_narrow_the_audit(world: World) {
        let api = Api::full(&world);
        let all = read(&api, "").await;
        world.test.clock.advance(1_000);
        rename(&world, "192.0.2.1", "Adele").await;
        world.test.clock.advance(1_000);
        rename(&world, "192.0.2.2", "Ada").await;
        let agent = world.here.agent;
        assert_eq!(read(&api, "address=192.0.2.1").await.len(), 1);
        assert_eq!(read(&api, &format!("entity_id={agent}&kind=agent.updated")).await.len(), 2);
        assert_eq!(kinds(&read(&api, "from=2026-03-04T09:15:01Z").await), ["agent.updated"; 2]);
        let until = read(&api, "to=2026-03-04T10:15:02%2B01:00&from=2026-03-04T09:15:01Z").await;
        assert_eq!(until.len(), 1);
        assert_eq!(until[0]["address"], "192.0.2.1");
        assert_eq!(read(&api, "to=2026-03-04T09:15:01Z").await, all);
        let credential = api.get("/api/v1/account").await.json()["credential"]["id"].clone();
        assert_eq!(read(&api, &format!("credential_id={credential}")).await.len(), 2);
        assert_eq!(read(&api, "agent_id=999999").await.len(), 0);
        let foreign = read(&Api::new(&world, &world.foreign.native_token), "").await;
        assert!(foreign.iter().all(|entry| !kinds(std::slice::from_ref(entry)).contains(&"agent.updated")));
    }
}

on_both! {
    async fn paging_returns_each_entry_once_while_others_write(world: World) {
        let api = Api::full(&world);
        let before = read(&api, "").await;
        let mut path = format!("{AUDIT}?limit=2");
        let mut walked = Vec::new();
        loop {
            let page = api.get(&path).await.json();
            walked.extend(page["data"].as_array().expect("a list").clone());
            rename(&world, "192.0.2.1", &format!("Ada {}", walked.len())).await;
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("{AUDIT}?limit=2&cursor={cursor}");
        }
        assert_eq!(walked, before);
    }
}

on_both! {
    async fn invalid_audit_filters_are_reported(world: World) {
        let api = Api::full(&world);
        let query = "from=yesterday&to=2026-13-01T00:00:00Z&kind=nothing&credential_id=x&limit=0";
        assert_eq!(
            faults(&api.get(&format!("{AUDIT}?{query}")).await),
            ["credential_id type", "kind[0] choice", "from format", "to format", "limit range"]
        );
        assert_eq!(faults(&api.get(&format!("{AUDIT}?limit=0")).await), ["limit range"]);
        assert_eq!(faults(&api.get(&format!("{AUDIT}?address=nowhere")).await), ["address format"]);
        let limited = Api::limited(&world, &[world.here.main]).await;
        problem(&limited.get(AUDIT).await, 403, "needs-whole-account");
    }
}
