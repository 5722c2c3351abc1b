//! Tests of conversations through the native API.

use heddle_domain::InboxScope;
use http::Method;
use serde_json::{Value, json};

use super::{Api, faults, problem};
use crate::catalogue::{Fixture, helpscout, magicline};
use crate::harness::{Answer, World};
use heddle_testkit::on_both;

mod bulk;
mod deletion;
mod paging;
mod parting;

pub(super) const ALL: &str = "/api/v1/conversations";

pub(super) fn path(conversation: &Value) -> String {
    format!("{ALL}/{}", conversation["id"])
}

/// Returns the body of a 201 response.
pub(super) async fn made(answer: Answer) -> Value {
    let body = answer.json();
    assert_eq!(answer.status, 201, "{body}");
    body
}

/// Creates a conversation of the customer in the main inbox; returns its object.
pub(super) async fn conversation(api: &Api<'_>, world: &World) -> Value {
    let new =
        json!({ "inbox_id": world.here.main.get(), "customer_id": world.here.customer.get() });
    made(api.post(ALL, new).await).await
}

/// Returns the body of a message from the customer.
pub(super) fn said(body: &str) -> Value {
    json!({ "channel": "phone", "direction": "incoming", "body": body })
}

pub(super) async fn say(api: &Api<'_>, conversation: &Value, message: Value) -> Value {
    let path = format!("{}/messages", path(conversation));
    made(api.post(&path, message).await).await
}

on_both! {
    async fn a_conversation_is_created_with_all_fields(world: World) {
        let (api, here) = (Api::full(&world), &world.here);
        let new = json!({
            "inbox_id": here.main.get(),
            "customer": { "email": "New.One@Here.example", "first_name": "New", "phone": "+49 1" },
            "subject": "A locker",
            "status": "pending",
            "assignee_id": here.agent.get(),
            "kind": "chat",
            "ticket_number": "T-1",
            "ticket_link": "https://tickets.example/1",
            "started_at": "2020-01-01T00:00:00+01:00",
            "tags": ["b", "a", "b"],
            "custom_fields": { "Größe": "L" },
            "messages": [said("It does not close."), { "channel": "email", "direction": "outgoing", "author": "agent",
                "author_agent_id": here.agent.get(), "subject": "Your locker", "body": "We will look." }],
        });
        let answer = api.post(ALL, new).await;
        let etag = answer.header("etag").to_owned();
        let location = answer.header("location").to_owned();
        let made = made(answer).await;
        assert_eq!((location, etag), (path(&made), format!("\"{}\"", made["version"])));
        let mut seen = api.get(&path(&made)).await.json();
        assert_eq!(seen, made);
        let customer = seen["customer_id"].clone();
        let now = "2026-03-04T09:15:00.000Z";
        for moving in ["id", "number", "customer_id", "version"] {
            assert!(seen.as_object_mut().expect("an object").remove(moving).is_some());
        }
        assert_eq!(seen, json!({
            "inbox_id": here.main.get(), "application_id": null, "subject": "Your locker", "kind": "chat",
            "status": "pending", "state": "published", "archived": false, "assignee_id": here.agent.get(),
            "delegated_at": now, "ticket_number": "T-1", "ticket_link": "https://tickets.example/1",
            "original_sender": null, "tags": ["a", "b"], "custom_fields": { "Größe": "L" }, "created_at": now,
            "started_at": "2019-12-31T23:00:00.000Z", "updated_at": now, "last_message_at": now, "waiting": false,
            "waiting_since": now, "agent_acted_at": now, "closed_at": null, "closed_by_id": null, "message_count": 2,
            "published_count": 2, "contact_count": 2, "first_channel": "phone",
        }));
        let customer = api.get(&format!("/api/v1/customers/{customer}")).await.json();
        assert_eq!((&customer["email"], &customer["home_inbox_id"]), (&json!("new.one@here.example"), &json!(here.main.get())));
        // The same address in other case belongs to the same customer.
        let again = json!({ "inbox_id": here.main.get(), "customer": { "email": "NEW.ONE@here.example" } });
        assert_eq!(self::made(api.post(ALL, again).await).await["customer_id"], customer["id"]);
        let named = json!({ "inbox_id": here.main.get(), "customer_name": "Ada Lovelace" });
        let named = self::made(api.post(ALL, named).await).await["customer_id"].clone();
        let named = api.get(&format!("/api/v1/customers/{named}")).await.json();
        assert_eq!((&named["first_name"], &named["last_name"]), (&json!("Ada"), &json!("Lovelace")));
    }
}

on_both! {
    async fn wrong_fields_of_a_new_conversation_are_reported(world: World) {
        let (api, here) = (Api::full(&world), &world.here);
        let base = json!({ "inbox_id": here.main.get(), "customer_id": here.customer.get() });
        let with = |name: &str, value: Value| {
            let mut body = base.clone();
            body[name] = value;
            body
        };
        let nobody = json!({ "inbox_id": here.main.get() });
        for (body, told) in [
            (nobody, "customer_id invalid"),
            (with("customer_name", json!("Ada")), "customer_id invalid"),
            (with("inbox_id", json!(777)), "inbox_id not-found"),
            (with("customer_id", json!(777)), "customer_id not-found"),
            (with("assignee_id", json!(777)), "assignee_id not-found"),
            (with("closed_at", json!("2026-01-01T00:00:00Z")), "closed_at invalid"),
            (with("tags", json!(["ok", " "])), "tags[1] format"),
            (with("tags", json!(["x".repeat(101)])), "tags[0] length"),
            (with("custom_fields", json!({ "": "x" })), "custom_fields length"),
            (with("custom_fields", json!({ "a": "x".repeat(10_001) })), "custom_fields.a length"),
            (with("messages", json!([said("a"), { "channel": "pigeon", "direction": "incoming" }])), "messages[1].channel choice"),
            (with("messages", json!([{ "channel": "chat", "direction": "outgoing", "author": "agent" }])), "messages[0].author_agent_id required"),
            (with("messages", json!([{ "channel": "chat", "direction": "outgoing", "attachment_ids": [777] }])), "messages[0].attachment_ids[0] not-found"),
        ] {
            let answer = api.post(ALL, body.clone()).await;
            assert_eq!(faults(&answer), [told], "{body}");
        }
        assert!(api.walk(ALL, 100).await.is_empty());
    }
}

on_both! {
    async fn conversations_of_vendor_apis_are_shown(world: World) {
        let (api, here) = (Api::full(&world), &world.here);
        let mut sample = magicline(Method::POST, format!("/v1/communications/{}/threads", here.customer), &here.magicline_key);
        sample.body.as_mut().expect("a body")["subject"] = json!("Locker");
        let id = sample.send(&world).await.json()["threadId"].clone();
        let shown = api.get(&format!("{ALL}/{id}")).await.json();
        assert_eq!((&shown["status"], &shown["ticket_number"]), (&json!("open"), &json!("T-1")));
        let messages = api.walk(&format!("{ALL}/{id}/messages"), 10).await;
        assert_eq!((&messages[0]["agent_name"], &messages[0]["zone"]), (&json!("Ada Quill"), &json!("+02:00[Europe/Berlin]")));
        assert_eq!(messages[0]["occurred_at"], "2022-06-22T06:00:00.000Z");

        let fixture = Fixture::new(&world).await;
        let body = json!({ "customer": { "id": here.customer.get() }, "text": "<p>Hello</p>", "status": "pending", "cc": ["a@b.example"] });
        let route = format!("/v2/conversations/{id}/reply");
        let answer = helpscout(Method::POST, route, &fixture.here.helpscout_token, Some(body)).send(&world).await;
        assert_eq!(answer.status, 201, "{:?}", String::from_utf8_lossy(&answer.body));
        let messages = api.walk(&format!("{ALL}/{id}/messages"), 10).await;
        let reply = &messages[1];
        assert_eq!((&reply["format"], &reply["cc"], &reply["status_set"]), (&json!("html"), &json!(["a@b.example"]), &json!("pending")));
        assert_eq!((&reply["author"], &reply["author_agent_id"]), (&json!("agent"), &json!(here.agent.get())));

        let mews = api.walk(&format!("{ALL}?application_id=1"), 10).await;
        let mine = mews.iter().find(|c| c["original_sender"] == "Mara Okafor").expect("a Mews thread");
        assert!(mine["application_id"].is_i64() && mine["subject"] == "Parking");
    }
}

on_both! {
    async fn a_change_sets_the_given_fields_and_keeps_the_others(world: World) {
        let (api, here) = (Api::full(&world), &world.here);
        let before = conversation(&api, &world).await;
        world.test.clock.advance(1_000);
        let change = json!({
            "subject": "Changed", "status": "closed", "archived": true, "assignee_id": here.agent.get(),
            "inbox_id": here.second.get(), "customer_id": here.second_customer.get(), "ticket_number": "T-9",
            "tags": ["x", "y"], "custom_fields": { "a": "1", "b": "2" },
        });
        let answer = api.patch(&path(&before), change.clone()).await;
        let after = answer.json();
        assert_eq!(answer.status, 200, "{after}");
        let mut expected = before.clone();
        for (name, value) in change.as_object().expect("members") {
            expected[name] = value.clone();
        }
        let now = json!("2026-03-04T09:15:01.000Z");
        for name in ["updated_at", "delegated_at", "closed_at"] {
            expected[name] = now.clone();
        }
        expected["closed_by_id"] = after["closed_by_id"].clone();
        expected["version"] = after["version"].clone();
        assert_eq!(after, expected);
        assert_eq!(answer.header("etag"), format!("\"{}\"", after["version"]));

        let edit = json!({ "assignee_id": null, "ticket_number": null, "add_tags": ["z", "x"], "remove_tags": ["y", "none"],
            "custom_fields": { "a": null, "c": "3" } });
        let edited = api.patch(&path(&before), edit).await.json();
        assert_eq!((&edited["assignee_id"], &edited["ticket_number"]), (&Value::Null, &Value::Null));
        assert_eq!((&edited["tags"], &edited["custom_fields"]), (&json!(["x", "z"]), &json!({ "b": "2", "c": "3" })));
        // A request without a new value changes nothing.
        for same in [json!({}), json!({ "status": "closed", "add_tags": ["x"], "custom_fields": { "b": "2", "a": null } })] {
            let answer = api.patch(&path(&before), same).await;
            assert_eq!((answer.status.as_u16(), answer.json()), (200, edited.clone()));
        }
        let events = api.walk(&format!("/api/v1/audit?conversation_id={}", before["id"]), 50).await;
        let told: Vec<_> = events.iter().map(|event| event["kind"].as_str().expect("a kind")).collect();
        assert_eq!(told, ["conversation.updated", "conversation.updated", "conversation.created"]);
        let changes = events[0]["changes"].to_string();
        for part in ["tags", "custom_fields", "assignee", "ticket_number"] {
            assert!(changes.contains(part), "{changes}");
        }
    }
}

on_both! {
    async fn an_invalid_change_has_no_effect(world: World) {
        let api = Api::full(&world);
        let before = conversation(&api, &world).await;
        for (change, told) in [
            (json!({ "assignee_id": 777 }), "assignee_id not-found"),
            (json!({ "inbox_id": 777 }), "inbox_id not-found"),
            (json!({ "customer_id": 777 }), "customer_id not-found"),
            (json!({ "status": null }), "status type"),
            (json!({ "status": "done" }), "status choice"),
            (json!({ "tags": ["a"], "add_tags": ["b"] }), "tags invalid"),
            (json!({ "colour": "red" }), "colour unknown"),
        ] {
            let mut change = change;
            if change.get("colour").is_none() && change.get("status").is_none() {
                change["archived"] = json!(true);
            }
            assert_eq!(faults(&api.patch(&path(&before), change).await), [told]);
        }
        assert_eq!(api.get(&path(&before)).await.json(), before);
        let many: serde_json::Map<_, _> = (0..100).map(|at| (format!("f{at}"), json!("x"))).collect();
        assert_eq!(api.patch(&path(&before), json!({ "custom_fields": many })).await.status, 200);
        let one_more = json!({ "custom_fields": { "more": "x" } });
        assert_eq!(faults(&api.patch(&path(&before), one_more).await), ["custom_fields invalid"]);
    }
}

on_both! {
    async fn the_second_of_two_concurrent_changes_is_refused_as_stale(world: World) {
        let api = Api::full(&world);
        let id = path(&conversation(&api, &world).await);
        let etag = api.get(&id).await.header("etag").to_owned();
        let (one, other) = (api.with("if-match", &etag), api.with("if-match", &etag));
        let first = one.patch(&id, json!({ "status": "closed" })).await;
        assert_eq!(first.status, 200);
        let seen = api.get(&id).await.json();
        for late in [json!({ "status": "open" }), json!({ "add_tags": ["late"], "subject": "Late" })] {
            problem(&other.patch(&id, late).await, 412, "stale");
            assert_eq!(api.get(&id).await.json(), seen);
        }
        let fresh = api.with("if-match", first.header("etag"));
        assert_eq!(fresh.patch(&id, json!({ "status": "open" })).await.status, 200);
        // A message also changes the version.
        say(&api, &seen, said("hello")).await;
        problem(&fresh.patch(&id, json!({ "archived": true })).await, 412, "stale");
        assert_eq!(api.with("if-match", "*").patch(&id, json!({ "archived": true })).await.status, 200);
    }
}

on_both! {
    async fn a_token_limited_to_inboxes_moves_conversations_only_between_them(world: World) {
        let (full, here) = (Api::full(&world), &world.here);
        let mine = conversation(&full, &world).await;
        let new = json!({ "inbox_id": here.second.get(), "customer_id": here.second_customer.get() });
        let theirs = made(full.post(ALL, new).await).await;
        let api = Api::limited(&world, &[here.main]).await;
        let listed = api.walk(ALL, 10).await;
        assert_eq!(listed, std::slice::from_ref(&mine));
        assert!(api.walk(&format!("{ALL}?inbox_id={}", here.second), 10).await.is_empty());
        for (method, path, body) in [
            (Method::GET, path(&theirs), None),
            (Method::PATCH, path(&theirs), Some(json!({ "archived": true }))),
            (Method::POST, format!("{}/messages", path(&theirs)), Some(said("x"))),
            (Method::GET, format!("{}/messages", path(&theirs)), None),
            (Method::GET, format!("{}/locks", path(&theirs)), None),
            (Method::GET, format!("{}/delegations", path(&theirs)), None),
            (Method::POST, format!("{}/split", path(&theirs)), Some(json!({ "message_ids": [1] }))),
            (Method::POST, format!("{}/merge", path(&theirs)), Some(json!({ "into": mine["id"] }))),
        ] {
            problem(&api.send(method, &path, body).await, 404, "not-found");
        }
        let into = json!({ "into": theirs["id"] });
        assert_eq!(faults(&api.post(&format!("{}/merge", path(&mine)), into).await), ["into not-found"]);
        for (change, told) in [
            (json!({ "inbox_id": here.second.get() }), "inbox_id not-found"),
            (json!({ "customer_id": here.second_customer.get() }), "customer_id not-found"),
        ] {
            assert_eq!(faults(&api.patch(&path(&mine), change).await), [told]);
        }
        let elsewhere = json!({ "inbox_id": here.main.get(), "customer_id": here.second_customer.get() });
        assert_eq!(faults(&api.post(ALL, elsewhere).await), ["customer_id not-found"]);
        assert_eq!(full.get(&path(&mine)).await.json(), mine);
        // The conversation moves to an inbox that the caller may not use, so the caller gets "not found".
        assert_eq!(full.patch(&path(&mine), json!({ "inbox_id": here.second.get() })).await.status, 200);
        problem(&api.get(&path(&mine)).await, 404, "not-found");
    }
}

on_both! {
    async fn related_objects_are_included_on_request(world: World) {
        let (api, here) = (Api::full(&world), &world.here);
        let one = conversation(&api, &world).await;
        api.patch(&path(&one), json!({ "assignee_id": here.agent.get(), "tags": ["vip"] })).await;
        let message = say(&api, &one, said("hello")).await;
        let shown = api.get(&format!("{}?include=customer,assignee,inbox,messages,tags", path(&one))).await.json();
        let included = &shown["included"];
        assert_eq!(included["customers"][0]["email"], here.customer_email);
        assert_eq!(included["agents"][0]["id"], here.agent.get());
        assert_eq!(included["inboxes"][0]["name"], "Main");
        assert_eq!(included["messages"], json!([message]));
        assert_eq!(included["tags"][0]["name"], "vip");
        let listed = api.get(&format!("{ALL}?include=customer")).await.json();
        assert_eq!(listed["included"]["customers"].as_array().map(Vec::len), Some(1));
        assert_eq!(listed["included"].get("messages"), None);
        assert_eq!(faults(&api.get(&format!("{}?include=customer,cat", path(&one))).await), ["include[1] choice"]);
        let grant = heddle_domain::credential::Grant::full(heddle_native::NAME, InboxScope::All);
        let blind = Api::granted(&world, grant.without(heddle_domain::Scope::CustomersRead)).await;
        problem(&blind.get(&format!("{ALL}?include=customer")).await, 403, "forbidden");
        assert_eq!(blind.get(&format!("{ALL}?include=tags")).await.status, 200);
        // A caller limited to some inboxes does not see a customer whose home inbox is another inbox.
        api.patch(&path(&one), json!({ "customer_id": here.second_customer.get() })).await;
        let narrow = Api::limited(&world, &[here.main]).await;
        let shown = narrow.get(&format!("{}?include=customer", path(&one))).await.json();
        assert_eq!(shown["included"]["customers"], json!([]));
    }
}

on_both! {
    async fn the_locks_shown_match_help_scouts_refusals(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, &world).await;
        let locks = async || api.get(&format!("{}/locks", path(&one))).await.json();
        assert_eq!(locks().await, json!({ "locked": false, "reason": null, "message_count": 0, "thread_cap": 100,
            "remaining": 99, "lock_after_days": null, "locks_at": null }));
        let settings = json!({ "settings": { "thread_cap": 3, "lock_after_days": 2 } });
        assert_eq!(api.patch("/api/v1/account", settings).await.status, 200);
        say(&api, &one, said("1")).await;
        let seen = locks().await;
        assert_eq!((&seen["locked"], &seen["remaining"], &seen["locks_at"]), (&json!(false), &json!(1), &json!("2026-03-06T09:15:00.000Z")));
        say(&api, &one, said("2")).await;
        assert_eq!((&locks().await["locked"], &locks().await["reason"]), (&json!(true), &json!("full")));
        // The thread cap affects no other API.
        say(&api, &one, said("3")).await;
        assert_eq!(locks().await["remaining"], 0);
        let settings = json!({ "settings": { "thread_cap": 0 } });
        assert_eq!(api.patch("/api/v1/account", settings).await.status, 200);
        assert_eq!(locks().await["locked"], false);
        world.test.clock.advance(2 * 86_400_000 + 1);
        assert_eq!((&locks().await["locked"], &locks().await["reason"]), (&json!(true), &json!("old")));
    }
}

on_both! {
    async fn delegations_are_kept_in_order(world: World) {
        let (api, here) = (Api::full(&world), &world.here);
        let one = conversation(&api, &world).await;
        let (a, b) = (here.agent.get(), here.default_agent.get());
        for agent in [json!(a), json!(b), Value::Null] {
            world.test.clock.advance(1_000);
            api.patch(&path(&one), json!({ "assignee_id": agent })).await;
        }
        let list = format!("{}/delegations", path(&one));
        let told: Vec<_> = api.walk(&list, 2).await.iter()
            .map(|d| (d["agent_id"].as_i64(), d["previous_agent_id"].as_i64(), d["delegated_at"].as_str().map(|at| at[17..19].to_owned())))
            .collect();
        let at = |second: &str| Some(second.to_owned());
        assert_eq!(told, [(Some(a), None, at("01")), (Some(b), Some(a), at("02")), (None, Some(b), at("03"))]);
    }
}
