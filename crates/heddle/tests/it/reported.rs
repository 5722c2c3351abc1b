//! Inputs on which other products failed, each with its right result in every API that has such an input.

use heddle_store::write::merge::MergeConversations;
use http::Method;
use serde_json::{Value, json};

use crate::across::ok;
use crate::catalogue::{Fixture, helpscout, magicline, mews, mykaarma, rows};
use crate::harness::World;
use crate::native::{Api, faults, problem};
use heddle_testkit::on_both;

const ALL: &str = "/api/v1/conversations";

fn path(id: &Value) -> String {
    format!("{ALL}/{id}")
}

/// Creates a conversation through the native API; returns its id.
async fn conversation(api: &Api<'_>, more: Value) -> Value {
    let world = api.world();
    let mut new =
        json!({ "inbox_id": world.here.main.get(), "customer_id": world.here.customer.get() });
    for (name, value) in more.as_object().expect("an object") {
        new[name] = value.clone();
    }
    let made = api.post(ALL, new).await;
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()["id"].clone()
}

async fn shown(api: &Api<'_>, id: &Value) -> Value {
    api.get(&path(id)).await.json()
}

fn said(text: &str) -> Value {
    json!({ "channel": "phone", "direction": "incoming", "body": text })
}

/// Whether a message is the draft that [`draft`] makes.
fn is_draft(message: &Value) -> bool {
    message["state"] == "draft" && message["body"] == "draft"
}

/// Makes a draft through an API; returns conversation and message.
async fn draft(api: &Api<'_>, fixture: &Fixture, by: &str, status: Option<&str>) -> (Value, Value) {
    let world = api.world();
    let agent = world.here.agent.get();
    let id = match by {
        "mykaarma" => Value::Null,
        _ => conversation(api, json!({ "messages": [said("hello")] })).await,
    };
    let one = match by {
        "helpscout" => {
            let mut body = json!({ "customer": { "id": world.here.customer.get() }, "text": "draft", "draft": true,
                "assignTo": agent });
            if let Some(status) = status {
                body["status"] = json!(status);
            }
            let path = format!("/v2/conversations/{id}/reply");
            ok(
                world,
                &helpscout(
                    Method::POST,
                    path,
                    &fixture.here.helpscout_token,
                    Some(body),
                ),
            )
            .await;
            id
        }
        "native" => {
            let mut body = json!({ "channel": "email", "direction": "outgoing", "body": "draft", "state": "draft",
                "assignee_id": agent });
            if let Some(status) = status {
                body["status"] = json!(status);
            }
            let made = api.post(&format!("{}/messages", path(&id)), body).await;
            assert_eq!(made.status, 201, "{}", made.json());
            id
        }
        "mykaarma" => {
            let names = &fixture.here;
            let path = format!(
                "/communications/department/{}/user/{}/customer/{}/message",
                names.main_public, names.agent_public, names.customer_public
            );
            let attributes =
                json!({ "body": "draft", "type": "DRAFT", "protocol": "TEXT", "isManual": true });
            let body = json!({ "messageAttributes": attributes });
            ok(
                world,
                &mykaarma(Method::POST, path, &world.here.mykaarma, Some(body)),
            )
            .await;
            let list = format!("{ALL}?customer_id={}", world.here.customer);
            let mut with_draft = Value::Null;
            for one in api.walk(&list, 100).await {
                let messages = api
                    .walk(&format!("{}/messages", self::path(&one["id"])), 100)
                    .await;
                if messages.iter().any(is_draft) {
                    with_draft = one["id"].clone();
                }
            }
            with_draft
        }
        other => panic!("{other}"),
    };
    let messages = api.walk(&format!("{}/messages", path(&one)), 100).await;
    let found = messages.into_iter().find(is_draft);
    (one, found.expect("a draft")["id"].clone())
}

on_both! {
    async fn publishing_a_draft_applies_what_it_named(world: World) {
        let api = Api::full(&world);
        let fixture = Fixture::new(&world).await;
        let agent = json!(world.here.agent.get());
        for (by, status, expected) in [
            ("helpscout", Some("closed"), "closed"), ("helpscout", Some("pending"), "pending"),
            ("helpscout", Some("spam"), "spam"), ("helpscout", Some("active"), "open"), ("helpscout", None, "open"),
            ("native", Some("closed"), "closed"), ("native", Some("pending"), "pending"), ("native", Some("spam"), "spam"),
            ("native", None, "new"), ("mykaarma", None, "open"),
        ] {
            let (one, message) = draft(&api, &fixture, by, status).await;
            let before = shown(&api, &one).await;
            assert_eq!(before["assignee_id"], Value::Null, "{by}: a draft has no effect yet");
            let at = format!("{}/messages/{message}", path(&one));
            let kept = api.get(&at).await.json();
            assert_eq!(kept["assignee_wish_id"], agent, "{by}");
            let published = api.patch(&at, json!({ "state": "published" })).await;
            assert_eq!(published.status, 200, "{by}: {}", published.json());
            assert_eq!((&published.json()["assignee_wish_id"], &published.json()["status_wish"]), (&Value::Null, &Value::Null));
            let after = shown(&api, &one).await;
            assert_eq!((&after["status"], &after["assignee_id"]), (&json!(expected), &agent), "{by} {status:?}");
            let delegations = api.walk(&format!("{}/delegations", path(&one)), 10).await;
            assert_eq!(delegations.last().map(|d| d["agent_id"].clone()), Some(agent.clone()), "{by}");
            let audit = api.walk(&format!("/api/v1/audit?conversation_id={one}&kind=message.updated"), 10).await;
            let change = json!({ "field": "assignee", "before": null, "after": agent });
            assert!(audit[0]["changes"].as_array().is_some_and(|all| all.contains(&change)), "{by}: {}", audit[0]);
            api.patch(&path(&one), json!({ "status": "closed", "archived": true, "assignee_id": null })).await;
        }
    }
}

on_both! {
    async fn the_publishing_call_overrides_the_draft(world: World) {
        let api = Api::full(&world);
        let fixture = Fixture::new(&world).await;
        let other = world.here.default_agent.get();
        for (by, words, status, assignee) in [
            ("helpscout", json!({ "status": "pending", "assignee_id": other }), "pending", json!(other)),
            ("native", json!({ "status": "pending", "assignee_id": null }), "pending", Value::Null),
            ("helpscout", json!({ "assignee_id": other }), "closed", json!(other)),
        ] {
            let (one, message) = draft(&api, &fixture, by, Some("closed")).await;
            let at = format!("{}/messages/{message}", path(&one));
            assert_eq!(faults(&api.patch(&at, json!({ "assignee_id": other })).await), ["assignee_id invalid"]);
            let unknown = json!({ "state": "published", "assignee_id": 777_777 });
            assert_eq!(faults(&api.patch(&at, unknown).await), ["assignee_id not-found"]);
            let mut publish = words.clone();
            publish["state"] = json!("published");
            assert_eq!(api.patch(&at, publish).await.status, 200);
            let after = shown(&api, &one).await;
            assert_eq!((&after["status"], &after["assignee_id"]), (&json!(status), &assignee), "{by} {words}");
        }
    }
}

on_both! {
    async fn merging_an_open_conversation_opens_the_survivor(world: World) {
        let api = Api::full(&world);
        for (survivor, ended, status, expected) in [
            (json!({ "status": "closed" }), "new", None, ("open", false)),
            (json!({ "status": "spam" }), "open", None, ("open", false)),
            (json!({ "status": "closed", "archived": true }), "pending", None, ("open", false)),
            (json!({ "status": "open", "archived": true }), "new", None, ("open", false)),
            (json!({ "status": "pending" }), "new", None, ("pending", false)),
            (json!({ "status": "closed", "archived": true }), "closed", None, ("closed", true)),
            (json!({ "status": "closed" }), "spam", None, ("closed", false)),
            (json!({ "status": "closed", "archived": true }), "new", Some("closed"), ("closed", true)),
            (json!({ "status": "closed", "archived": true }), "new", Some("pending"), ("pending", false)),
            (json!({ "status": "open" }), "new", Some("closed"), ("closed", false)),
        ] {
            let old = conversation(&api, json!({ "messages": [said("old")] })).await;
            assert_eq!(api.patch(&path(&old), survivor.clone()).await.status, 200);
            let before = shown(&api, &old).await;
            world.test.clock.advance(1_000);
            let new = conversation(&api, json!({ "messages": [said("new")] })).await;
            assert_eq!(api.patch(&path(&new), json!({ "status": ended })).await.status, 200);
            let mut merge = json!({ "into": old });
            if let Some(status) = status {
                merge["status"] = json!(status);
            }
            let merged = api.post(&format!("{}/merge", path(&new)), merge).await;
            assert_eq!(merged.status, 200, "{}", merged.json());
            let after = shown(&api, &old).await;
            assert_eq!(merged.json(), after);
            let case = format!("{survivor} {ended} {status:?}");
            assert_eq!((&after["status"], &after["archived"]), (&json!(expected.0), &json!(expected.1)), "{case}");
            assert_eq!(after["waiting"], json!(expected.0 != "closed"), "{case}");
            let audit = api.walk(&format!("/api/v1/audit?conversation_id={old}&kind=conversation.merged"), 10).await;
            let changes = audit[0]["changes"].as_array().cloned().unwrap_or_default();
            for name in ["status", "archived"] {
                let change = json!({ "field": name, "before": before[name], "after": after[name] });
                assert_eq!(changes.contains(&change), before[name] != after[name], "{case}: {}", audit[0]);
            }
        }
        let open = api.walk(&format!("{ALL}?status=open&archived=false"), 10).await;
        assert_eq!(open.len(), 4);
    }
}

on_both! {
    async fn into_may_name_a_merged_conversation(world: World) {
        let api = Api::full(&world);
        let [a, b, c] = [
            conversation(&api, json!({})).await,
            conversation(&api, json!({})).await,
            conversation(&api, json!({})).await,
        ];
        let merge = async |from: &Value, into: &Value| api.post(&format!("{}/merge", path(from)), json!({ "into": into })).await;
        assert_eq!(merge(&a, &b).await.status, 200);
        let followed = merge(&c, &a).await;
        assert_eq!((followed.status.as_u16(), &followed.json()["id"]), (200, &b));
        assert_eq!(api.get(&path(&c)).await.header("location"), path(&b));
        assert_eq!(faults(&merge(&b, &a).await), ["into invalid"], "into itself");
        assert_eq!(faults(&merge(&b, &json!(777_777)).await), ["into not-found"]);
        problem(&merge(&a, &b).await, 409, "merged");
    }
}

on_both! {
    async fn merges_at_the_same_moment_follow_each_other(world: World) {
        let api = Api::full(&world);
        for _ in 0..5 {
            let [a, b, c] = [
                conversation(&api, json!({})).await,
                conversation(&api, json!({})).await,
                conversation(&api, json!({})).await,
            ];
            let caller = heddle_access::provision::operator_caller(&world.here.account);
            let merge = |from: &Value, into: &Value| MergeConversations {
                caller: caller.clone(),
                inboxes: heddle_domain::InboxScope::All,
                from: heddle_domain::ConversationId(from.as_i64().expect("an id")),
                into: heddle_domain::ConversationId(into.as_i64().expect("an id")),
                status: None,
                expected: None,
            };
            let (first, second) = tokio::join!(world.store().write(merge(&a, &b)), world.store().write(merge(&c, &a)));
            first.expect("a into b");
            second.expect("c into a, or into b");
            for id in [&a, &c] {
                assert_eq!(api.get(&path(id)).await.header("location"), path(&b));
            }
        }
    }
}

on_both! {
    async fn a_tag_has_one_name_in_every_api(world: World) {
        let api = Api::full(&world);
        let fixture = Fixture::new(&world).await;
        let body = json!({
            "subject": "Broken kettle", "type": "email", "mailboxId": world.here.main.get(), "status": "active",
            "customer": { "id": world.here.customer.get() }, "tags": ["Refund", "A\u{308}RGER"],
            "threads": [{ "type": "customer", "text": "It leaks", "customer": { "id": world.here.customer.get() } }],
        });
        let made = ok(&world, &helpscout(Method::POST, "/v2/conversations".into(), &fixture.here.helpscout_token, Some(body))).await;
        let a: Value = made.header("resource-id").parse().expect("an id");
        let tags = json!(["Refund", " Refund", "refund", "ÄRGER"]);
        let b = conversation(&api, json!({ "tags": tags })).await;
        let names = json!(["refund", "ärger"]);
        for id in [&a, &b] {
            assert_eq!(shown(&api, id).await["tags"], names);
        }
        let all: Vec<_> = api.walk("/api/v1/tags", 10).await.iter().map(|tag| tag["name"].clone()).collect();
        // The fixture has one tag.
        assert_eq!(all.len(), 3, "{all:?}");
        for name in ["Refund", "refund", "%20REFUND%20", "%C3%A4rger", "A%CC%88rger"] {
            assert_eq!(api.walk(&format!("{ALL}?tag={name}"), 10).await.len(), 2, "{name}");
        }
        for (change, left) in [
            (json!({ "remove_tags": ["Refund"] }), json!(["ärger"])),
            (json!({ "add_tags": [" REFUND "] }), names.clone()),
            (json!({ "add_tags": ["refunD"], "remove_tags": ["Refund"] }), json!(["ärger"])),
            (json!({ "tags": ["Refund", "refund", "vip"] }), json!(["refund", "vip"])),
        ] {
            let changed = api.patch(&path(&b), change.clone()).await;
            assert_eq!(changed.json()["tags"], left, "{change}");
        }
        let item = json!({ "conversation_id": b, "change": { "remove_tags": ["VIP"] } });
        let bulk = api.post(&format!("{ALL}/bulk"), json!({ "changes": [item] })).await.json();
        assert_eq!(bulk["results"][0]["conversation"]["tags"], json!(["refund"]));
        // 100 of this letter become 200 characters in lower case.
        let long = "\u{130}".repeat(100);
        assert_eq!(faults(&api.patch(&path(&b), json!({ "add_tags": ["x", long] })).await), ["add_tags[1] length"]);
        let new = json!({ "inbox_id": world.here.main.get(), "customer_name": "Ito", "tags": [long] });
        assert_eq!(faults(&api.post(ALL, new).await), ["tags[0] length"]);
        let encoded = "%C4%B0".repeat(100);
        assert_eq!(faults(&api.get(&format!("{ALL}?tag={encoded}")).await), ["tag length"]);
    }
}

on_both! {
    async fn a_merged_id_in_a_filter_finds_the_survivor(world: World) {
        let api = Api::full(&world);
        let fixture = Fixture::new(&world).await;
        let known = api.post("/api/v1/customers", json!({ "first_name": "Sol", "home_inbox_id": world.here.main.get() })).await.json();
        let (b, a) = (known["id"].clone(), world.here.customer.get());
        let public = api.get(&format!("/api/v1/customers/{b}")).await.json()["public_id"].as_str().expect("an id").to_owned();
        let one = conversation(&api, json!({ "messages": [said("hello")] })).await;
        let merge = api.post(&format!("/api/v1/customers/{b}/merge"), json!({ "into": a })).await;
        assert_eq!(merge.status, 202, "{}", merge.json());
        for order in ["created", "-updated", "last_message"] {
            let found = api.walk(&format!("{ALL}?customer_id={b}&sort={order}"), 10).await;
            assert_eq!(found, api.walk(&format!("{ALL}?customer_id={a}&sort={order}"), 10).await);
            assert!(found.iter().any(|c| c["id"] == one), "{order}");
        }
        assert!(api.walk(&format!("{ALL}?customer_id=777777"), 10).await.is_empty());
        let here = &fixture.here;
        let lists = [public.clone(), here.customer_public.clone()].map(|customer| {
            format!("/communications/departments/{}/customers/{customer}/threads", here.main_public)
        });
        let mut found = Vec::new();
        for list in lists {
            let answer = ok(&world, &mykaarma(Method::POST, list, &world.here.mykaarma, Some(json!({})))).await.json();
            found.push(answer["customerThreads"].clone());
        }
        assert_eq!(found[0], found[1]);
        assert!(found[0].as_array().is_some_and(|threads| !threads.is_empty()));
        // The threads of a merged customer are delegated as the survivor's.
        let body = json!({ "bulkAutoDelegate": { "customerUUIDList": [public], "toDealerAssociateUUID": here.agent_public } });
        let path = format!("/communications/dealers/{}/delegate", here.dealer);
        let delegated = ok(&world, &mykaarma(Method::PUT, path, &world.here.mykaarma, Some(body))).await.json();
        assert!(delegated["successfulDelegations"].as_i64() > Some(0), "{delegated}");
        // A merged conversation's id selects the survivor's events and audit, beside its own.
        let ended = conversation(&api, json!({})).await;
        assert_eq!(api.post(&format!("{}/merge", self::path(&ended)), json!({ "into": one })).await.status, 200);
        world.store().drain_feed().await.expect("positions");
        for list in ["/api/v1/events?limit=100&", "/api/v1/audit?"] {
            let found = api.get(&format!("{list}conversation_id={ended}")).await.json();
            let kinds: Vec<_> = found["data"].as_array().expect("a list").iter().map(|event| event["kind"].clone()).collect();
            assert!(kinds.contains(&json!("conversation.merged")), "{list}: {kinds:?}");
        }
        // Mews names conversations by GUID.
        let (client, token) = (&world.here.mews_client, &world.here.mews_token);
        let body = json!({ "OriginalSender": "Mara Okafor", "Subject": "Kept" });
        let kept = ok(&world, &mews("messageThreads/add", client, token, body)).await.json()["MessageThreads"][0]["Id"].clone();
        let kept_id = api.walk(&format!("{ALL}?sort=-created"), 100).await.iter().find(|c| c["subject"] == "Kept").expect("it")["id"].clone();
        let guid = heddle_domain::Guid::parse(&here.mews_thread).expect("a GUID");
        let mews_id = json!(guid.decode(heddle_domain::guid::GuidKind::Conversation).expect("a computed GUID").id);
        assert_eq!(api.post(&format!("{}/merge", self::path(&mews_id)), json!({ "into": kept_id })).await.status, 200);
        let body = json!({ "MessageThreadIds": [here.mews_thread, here.mews_thread], "Limitation": { "Count": 10 } });
        let threads = ok(&world, &mews("messageThreads/getAll", client, token, body.clone())).await.json();
        let ids: Vec<_> = threads["MessageThreads"].as_array().expect("threads").iter().map(|t| t["Id"].clone()).collect();
        assert_eq!(ids, [kept]);
        ok(&world, &mews("messages/getAll", client, token, body)).await;
        // Magicline follows the customer in its path.
        let path = format!("/v1/communications/{b}/threads");
        ok(&world, &magicline(Method::POST, path, &world.here.magicline_key)).await;
    }
}

on_both! {
    async fn erasing_a_customer_repeats_no_request(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, json!({})).await;
        let made = api.with("idempotency-key", "K1").post("/api/v1/customers", json!({ "first_name": "Zephyrine" })).await;
        let customer = made.json()["id"].clone();
        let messages = format!("{}/messages", path(&one));
        let second = api.with("idempotency-key", "K2");
        assert_eq!(second.post(&messages, said("once")).await.status, 201);
        world.test.clock.advance(1_000);
        let erase = api.with("idempotency-key", "K3");
        let erased = erase.delete(&format!("/api/v1/customers/{customer}")).await;
        assert_eq!(erased.status, 202);
        let stored = crate::matrix::dump(&world).await;
        let mut answers = stored.iter().filter(|row| row.contains("idempotency_key"));
        assert!(answers.all(|row| !row.contains("Zephyrine")), "gone at once");
        let again = erase.delete(&format!("/api/v1/customers/{customer}")).await;
        assert_eq!((again.header("idempotent-replayed"), again.json()), ("true", erased.json()));
        for round in 0..2 {
            problem(&second.post(&messages, said("once")).await, 409, "answer-gone");
            let first = api.with("idempotency-key", "K1").post("/api/v1/customers", json!({ "first_name": "Zephyrine" })).await;
            problem(&first, 409, "answer-gone");
            problem(&second.post(&messages, said("twice")).await, 422, "idempotency-key-reused");
            assert_eq!(api.walk(&messages, 10).await.len(), 1, "{round}");
            world.store().run_jobs(world.here.account.id, "test").await.expect("the jobs run");
        }
    }
}

on_both! {
    async fn a_nul_in_an_ignored_member_is_ignored(world: World) {
        let fixture = Fixture::new(&world).await;
        let mut tried = 0;
        for row in rows(&world, &fixture) {
            let mut sample = row.sample;
            // The native API refuses unknown members, and a myKaarma message stores them.
            let vendor = !sample.path.starts_with("/api/v1") && !sample.path.ends_with("/message");
            let Some(Value::Object(body)) = sample.body.as_mut().filter(|_| vendor) else {
                continue;
            };
            body.insert("Anything".into(), json!({ "deep\0": ["a\0b"] }));
            let answer = sample.send(&world).await;
            let text = String::from_utf8_lossy(&answer.body);
            assert!(answer.status.is_success(), "{} {}: {text}", sample.method, sample.path);
            tried += 1;
        }
        assert!(tried > 10, "{tried}");
        // Help Scout ignores the status of a phone thread.
        let api = Api::full(&world);
        let one = conversation(&api, json!({})).await;
        let body = json!({ "customer": { "id": world.here.customer.get() }, "text": "call", "status": "\0", "cc": "\0" });
        ok(&world, &helpscout(Method::POST, format!("/v2/conversations/{one}/phones"), &fixture.here.helpscout_token, Some(body))).await;
    }
}

on_both! {
    async fn repeated_slashes_choose_the_api(world: World) {
        for (path, part) in [
            ("//api/connector/v1/messages/getAll", "Message"), ("/api//connector/v1/x", "Message"), ("//v2/conversations", "_embedded"),
            ("/v2//conversations", "_embedded"), ("//communications/x", "errors"), ("///v1/communications/1/threads", "errorCode"),
            ("//manage//x", "errors"),
        ] {
            let answer = world.send(Method::GET, path, &[], "").await;
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!text.contains("urn:heddle:problem"), "{path}: {text}");
            assert!(answer.status.is_client_error() && !text.is_empty(), "{path} {part}: {} {text}", answer.status);
        }
        let native = world.send(Method::GET, "//api/v1/account", &[], "").await;
        problem(&native, 404, "not-found");
    }
}

on_both! {
    async fn a_refusal_names_its_cause(world: World) {
        let api = Api::full(&world);
        let fixture = Fixture::new(&world).await;
        let marked = |text: &str| [&b"\xef\xbb\xbf"[..], text.as_bytes()].concat();
        let here = &fixture.here;
        let samples = [
            crate::catalogue::native(Method::POST, ALL.into(), &world.here.native_token, Some(json!({}))),
            mews("messages/getAll", &world.here.mews_client, &world.here.mews_token, json!({})),
            magicline(Method::POST, format!("/v1/communications/{}/threads", here.customer), &world.here.magicline_key),
            helpscout(Method::POST, "/v2/conversations".into(), &here.helpscout_token, Some(json!({}))),
            mykaarma(Method::POST, format!("/communications/departments/{}/customers/{}/threads", here.main_public, here.customer_public),
                &world.here.mykaarma, Some(json!({}))),
        ];
        for sample in samples {
            let answer = sample.send_text(&world, marked("{}")).await;
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status, 400, "{}: {text}", sample.path);
            assert!(text.to_lowercase().contains("byte order mark"), "{}: {text}", sample.path);
        }
        for list in [format!("{ALL}?tag=a%ff"), "/api/v1/tags?limit=%ff".into(), "/api/v1/customers?phone=%ff".into()] {
            let refused = problem(&api.get(&list).await, 400, "not-utf-8");
            assert!(refused["detail"].as_str().is_some_and(|text| text.contains("UTF-8")));
        }
    }
}

on_both! {
    async fn delegating_to_the_present_owner_is_no_change(world: World) {
        let api = Api::full(&world);
        let fixture = Fixture::new(&world).await;
        let here = &fixture.here;
        let one = conversation(&api, json!({ "assignee_id": world.here.agent.get() })).await;
        let two = conversation(&api, json!({})).await;
        let path = format!("/communications/dealers/{}/delegate", here.dealer);
        let delegate = async |body: Value| mykaarma(Method::PUT, path.clone(), &world.here.mykaarma, Some(body)).send(&world).await;
        let bulk = json!({ "customerUUIDList": [here.customer_public], "toDealerAssociateUUID": here.agent_public });
        let all = api.walk(&format!("{ALL}?customer_id={}&assigned=false", world.here.customer), 100).await;
        let open = all.iter().filter(|c| c["inbox_id"] == json!(world.here.main.get())).count();
        let first = delegate(json!({ "bulkAutoDelegate": bulk })).await.json();
        assert_eq!(first["successfulDelegations"], json!(open), "{first}");
        let before = [shown(&api, &one).await, shown(&api, &two).await];
        let again = delegate(json!({ "bulkAutoDelegate": bulk })).await.json();
        assert_eq!((&again["totalNumberOfDelegations"], &again["successfulDelegations"]), (&json!(0), &json!(0)), "{again}");
        let user = json!({ "delegatedFromUUID": here.agent_public, "delegatedToUUID": here.agent_public });
        let same = delegate(json!({ "userDelegationDetail": user })).await.json();
        assert_eq!((&same["totalNumberOfDelegations"], &same["status"]), (&json!(0), &json!("SUCCESS")), "{same}");
        assert_eq!([shown(&api, &one).await, shown(&api, &two).await], before);
        for refused in [
            json!({ "bulkAutoDelegate": bulk, "userDelegationDetail": user }),
            json!({ "userDelegationDetail": { "delegatedToUUID": here.agent_public } }),
            json!({ "userDelegationDetail": { "delegatedToUUID": here.agent_public, "delegatedFromUUID": "" } }),
            json!({}),
        ] {
            assert_eq!(delegate(refused.clone()).await.status, 400, "{refused}");
        }
    }
}

on_both! {
    async fn an_append_honours_if_match(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, json!({})).await;
        let etag = api.get(&path(&one)).await.header("etag").to_owned();
        let messages = format!("{}/messages", path(&one));
        let based = api.with("if-match", &etag);
        assert_eq!(based.post(&messages, said("first")).await.status, 201);
        problem(&based.post(&messages, said("second")).await, 412, "stale");
        problem(&based.post(&format!("{}/notes", path(&one)), json!({ "body": "note" })).await, 412, "stale");
        assert_eq!(api.with("if-match", "*").post(&messages, said("third")).await.status, 201);
        assert_eq!(api.walk(&messages, 10).await.len(), 2);
    }
}

on_both! {
    async fn conditions_work_behind_a_proxy_that_compresses(world: World) {
        let api = Api::full(&world);
        let one = path(&conversation(&api, json!({})).await);
        for (at, made) in [("W/", ""), ("", "-gzip"), ("W/", "-gzip"), ("", "-br"), ("W/", "--gzip")].into_iter().enumerate() {
            let etag = api.get(&one).await.header("etag").to_owned();
            let by_proxy = format!("{}{}{}\"", made.0, etag.trim_end_matches('"'), made.1);
            let cached = api.with("if-none-match", &by_proxy).get(&one).await;
            assert_eq!(cached.status, 304, "{by_proxy}");
            let based = api.with("if-match", &by_proxy);
            let change = json!({ "subject": format!("changed {at}") });
            assert_eq!(based.patch(&one, change).await.status, 200, "{by_proxy}");
            problem(&based.patch(&one, json!({ "subject": "lost" })).await, 412, "stale");
        }
    }
}

on_both! {
    async fn errors_help_people(world: World) {
        let api = Api::full(&world);
        let told = |answer: &crate::harness::Answer| answer.json()["errors"][0]["detail"].as_str().expect("words").to_owned();
        let unknown = api.post("/api/v1/customers", json!({ "firstName": "Ito" })).await;
        assert_eq!(told(&unknown), "unknown field; did you mean first_name?");
        let unknown = api.post("/api/v1/customers", json!({ "quux": "Ito" })).await;
        assert_eq!(told(&unknown), "unknown field");
        let path = problem(&api.get("/api/v1/conversation").await, 404, "not-found");
        let object = problem(&api.get(&format!("{ALL}/777777")).await, 404, "not-found");
        assert_ne!((&path["title"], &path["detail"]), (&object["title"], &object["detail"]));
        let webhook = json!({ "url": "http://10.0.0.7/hook", "events": ["conversation.created"] });
        let refused = api.post("/api/v1/webhooks", webhook).await;
        let told = refused.json().to_string();
        assert!(told.contains("internal address") && told.contains("webhooks.allow"), "{told}");
    }
}

on_both! {
    async fn words_that_an_api_shows_are_taken_by_it(world: World) {
        let api = Api::full(&world);
        let fixture = Fixture::new(&world).await;
        let token = &fixture.here.helpscout_token;
        let customer = json!({ "id": world.here.customer.get() });
        let body = json!({ "subject": "Words", "type": "email", "mailboxId": world.here.main.get(), "status": "active", "customer": customer,
            "threads": [{ "type": "message", "text": "an answer", "customer": customer, "user": world.here.agent.get() }] });
        let made = ok(&world, &helpscout(Method::POST, "/v2/conversations".into(), token, Some(body))).await;
        let id = made.header("resource-id").to_owned();
        let list = format!("/v2/conversations/{id}/threads");
        let threads = ok(&world, &helpscout(Method::GET, list.clone(), token, None)).await.json();
        assert_eq!(threads["_embedded"]["threads"][0]["type"], "message");
        let one: Value = id.parse().expect("an id");
        api.patch(&path(&one), json!({ "status": "closed" })).await;
        let body = json!({ "customer": customer, "text": "a reply", "status": "nochange" });
        ok(&world, &helpscout(Method::POST, format!("/v2/conversations/{id}/reply"), token, Some(body))).await;
        let threads = ok(&world, &helpscout(Method::GET, list, token, None)).await.json();
        assert_eq!(threads["_embedded"]["threads"][0]["status"], "nochange");
        assert_eq!(shown(&api, &one).await["status"], "closed");
    }
}
