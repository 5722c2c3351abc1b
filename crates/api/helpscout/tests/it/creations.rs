//! Tests of contract sections 7.3 to 7.7: what the five calls that add threads share, and where they differ.

use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, FIVE, conversation, created, refused, thread, with};
use heddle_testkit::on_both;

on_both! {
    async fn each_call_stores_its_kind(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for (call, kind, by) in [("phones", "phone", "customer"), ("chats", "chat", "customer"),
            ("customer", "customer", "customer"), ("notes", "note", "user"), ("reply", "message", "user")] {
            world.test.clock.advance(1_000);
            let made = created(&client.add(id, call, &thread(&world)).await);
            let newest = &client.threads(id).await[0];
            assert_eq!((&newest["id"], &newest["type"]), (&json!(made), &json!(kind)), "{call}");
            assert_eq!(newest["createdBy"]["type"], by);
            assert_eq!(newest["source"]["via"], by);
            let who = if by == "user" { world.here.agent.get() } else { world.here.customer.get() };
            assert_eq!(newest["createdBy"]["id"], json!(who));
            assert_eq!(newest["state"], "published");
        }
        assert_eq!(client.shown(id).await["threads"], json!(6));
    }
}

on_both! {
    async fn which_threads_reopen(world: World) {
        let client = Client::new(&world).await;
        for (call, after) in [("phones", "active"), ("chats", "active"), ("customer", "active"), ("reply", "active"),
            ("notes", "closed")] {
            let id = client.create(&with(&conversation(&world), json!({"status": "closed"}))).await;
            created(&client.add(id, call, &with(&thread(&world), json!({"imported": true}))).await);
            assert_eq!(client.shown(id).await["status"], "closed", "{call} imported");
            created(&client.add(id, call, &thread(&world)).await);
            assert_eq!(client.shown(id).await["status"], after, "{call}");
        }
    }
}

on_both! {
    async fn replies_and_notes_may_name_a_status(world: World) {
        let client = Client::new(&world).await;
        for call in ["reply", "notes"] {
            let by_itself = if call == "reply" { "active" } else { "pending" };
            for (named, after) in [("active", "active"), ("open", "active"), ("closed", "closed"), ("pending", "pending"),
                ("spam", "spam"), ("all", "pending"), ("inbox_predefined", by_itself)] {
                let id = client.create(&with(&conversation(&world), json!({"status": "pending"}))).await;
                let body = with(&thread(&world), json!({"status": named}));
                created(&client.add(id, call, &with(&body, json!({"imported": true}))).await);
                assert_eq!(client.shown(id).await["status"], "pending", "{call} {named} imported");
                created(&client.add(id, call, &body).await);
                let shown = client.shown(id).await;
                assert_eq!(shown["status"], after, "{call} {named}");
                let closed = after == "closed";
                assert_eq!(shown.get("closedAt").is_some(), closed);
                assert_eq!(shown["closedBy"], json!(if closed { world.here.agent.get() } else { 0 }));
                assert_eq!(shown["closedByUser"]["first"].as_str(), closed.then_some("Ada"));
            }
            let id = client.conversation().await;
            for status in [json!("bogus"), json!(5), json!("Closed")] {
                let answer = client.add(id, call, &with(&thread(&world), json!({"status": status}))).await;
                assert_eq!(refused(&answer, 400), ["status"], "{call}");
            }
        }
    }
}

on_both! {
    async fn a_threads_status_is_the_one_that_it_set(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let mut expected = vec![json!("active")];
        for (call, changes, status) in [("phones", json!({}), "nochange"), ("reply", json!({"status": "closed"}), "closed"),
            ("notes", json!({}), "nochange"), ("chats", json!({}), "active"), ("notes", json!({"status": "spam"}), "spam")] {
            world.test.clock.advance(1_000);
            created(&client.add(id, call, &with(&thread(&world), changes)).await);
            expected.insert(0, json!(status));
        }
        let statuses: Vec<Value> = client.threads(id).await.iter().map(|thread| thread["status"].clone()).collect();
        assert_eq!(statuses, expected);
    }
}

on_both! {
    async fn a_draft_reply_changes_nothing_yet(world: World) {
        let client = Client::new(&world).await;
        let id = client.create(&with(&conversation(&world), json!({"status": "closed"}))).await;
        let before = client.shown(id).await;
        world.test.clock.advance(60_000);
        let body = with(&thread(&world), json!({"draft": true, "status": "pending", "assignTo": world.here.agent.get()}));
        created(&client.add(id, "reply", &body).await);
        let after = client.shown(id).await;
        for member in ["status", "threads", "assignee", "userUpdatedAt", "preview", "state"] {
            assert_eq!(before[member], after[member], "{member}");
        }
        let draft = &client.threads(id).await[0];
        assert_eq!((&draft["state"], &draft["type"], &draft["status"]), (&json!("draft"), &json!("message"), &json!("nochange")));
        let answer = client.add(id, "reply", &with(&thread(&world), json!({"draft": "yes"}))).await;
        assert_eq!(refused(&answer, 400), ["draft"]);
    }
}

on_both! {
    async fn a_reply_may_assign(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let body = with(&thread(&world), json!({"assignTo": world.here.default_agent.get()}));
        world.test.clock.advance(1_000);
        created(&client.add(id, "reply", &body).await);
        let shown = client.shown(id).await;
        assert_eq!((&shown["assignee"]["first"], &shown["assignee"]["type"]), (&json!("Dan"), &json!("user")));
        assert_eq!(client.threads(id).await[0]["assignedTo"]["first"], "Dan");
        let delegations = heddle_store::read::contents::WalkDelegations {
            account: world.here.account.id,
            inboxes: heddle_domain::InboxScope::All,
            conversation: heddle_domain::ConversationId(id),
            after: heddle_domain::EventId(0),
            limit: 10,
        };
        let delegations = world.store().read(delegations).await.expect("a read");
        assert_eq!(delegations.len(), 1);
        assert_eq!((delegations[0].agent, delegations[0].previous), (Some(world.here.default_agent), None));
        // A note cannot assign, and null has no effect.
        let other = with(&thread(&world), json!({"assignTo": world.here.agent.get()}));
        created(&client.add(id, "notes", &other).await);
        let mut null = thread(&world);
        null["assignTo"] = json!(null);
        created(&client.add(id, "reply", &null).await);
        assert_eq!(client.shown(id).await["assignee"]["first"], "Dan");
    }
}

on_both! {
    async fn a_user_may_be_named_as_author(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for call in ["reply", "notes"] {
            world.test.clock.advance(1_000);
            let body = with(&thread(&world), json!({"user": world.here.default_agent.get().to_string(), "status": "closed"}));
            created(&client.add(id, call, &body).await);
            assert_eq!(client.threads(id).await[0]["createdBy"]["first"], "Dan", "{call}");
            for user in [json!(77_777), json!(world.foreign.agent.get())] {
                let answer = client.add(id, call, &with(&thread(&world), json!({"user": user}))).await;
                assert_eq!(refused(&answer, 400), ["user"]);
            }
        }
        assert_eq!(client.shown(id).await["closedByUser"]["first"], "Dan");
    }
}

on_both! {
    async fn a_reply_needs_a_customer_and_a_note_ignores_one(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        assert_eq!(refused(&client.add(id, "reply", &json!({"text": "x"})).await, 400), ["customer"]);
        for customer in [json!(null), json!({"id": 77_777}), json!(7), json!({})] {
            created(&client.add(id, "notes", &json!({"text": "x", "customer": customer})).await);
        }
        assert_eq!(crate::customers(&world).await, 2);
    }
}

on_both! {
    async fn cc_and_bcc_are_stored_with_customer_threads_and_replies(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let copies = json!({"cc": ["a@example.com", " b@example.com "], "bcc": ["c@example.com"]});
        for (call, kept) in [("customer", true), ("reply", true), ("phones", false), ("chats", false), ("notes", false)] {
            world.test.clock.advance(1_000);
            created(&client.add(id, call, &with(&thread(&world), copies.clone())).await);
            let newest = &client.threads(id).await[0];
            let (cc, bcc) = if kept { (json!(["a@example.com", "b@example.com"]), json!(["c@example.com"])) } else { (json!([]), json!([])) };
            assert_eq!((&newest["cc"], &newest["bcc"]), (&cc, &bcc), "{call}");
        }
        for (call, body, path) in [("reply", json!({"cc": "a@example.com"}), "cc"), ("reply", json!({"bcc": [5]}), "bcc[0]"),
            ("customer", json!({"cc": ["a", ""]}), "cc[1]")] {
            assert_eq!(refused(&client.add(id, call, &with(&thread(&world), body)).await, 400), [path]);
        }
    }
}

on_both! {
    async fn every_call_names_every_bad_field(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let bad = json!({"text": 5, "customer": {"email": "x"}, "imported": "x", "createdAt": 5, "attachments": [{"data": "%"}],
            "user": 77_777, "status": "x", "draft": 1, "assignTo": 88_888, "cc": [1], "bcc": {}});
        let common = ["text", "imported", "createdAt", "attachments[0].fileName", "attachments[0].mimeType",
            "attachments[0].data"];
        for call in FIVE {
            let more: &[&str] = match call {
                "notes" => &["user", "status"],
                "reply" => &["customer.email", "user", "status", "draft", "assignTo", "cc[0]", "bcc"],
                "customer" => &["customer.email", "cc[0]", "bcc"],
                _ => &["customer.email"],
            };
            let mut expected: Vec<&str> = common.iter().chain(more).copied().collect();
            expected.sort_unstable();
            let before = crate::rows(&world).await;
            let mut paths = refused(&client.add(id, call, &bad).await, 400);
            assert_eq!(crate::rows(&world).await, before, "nothing is left behind");
            paths.sort_unstable();
            assert_eq!(paths, expected, "{call}");
        }
        assert_eq!(client.shown(id).await["threads"], json!(1));
    }
}

on_both! {
    async fn each_fault_has_its_text(world: World) {
        let client = Client::new(&world).await;
        let new = |name: &str, gender: &str| json!({"customer": {"email": "new@example.com", "firstName": name, "gender": gender}});
        let many: Vec<String> = (0..101).map(|tag| tag.to_string()).collect();
        for (changes, path, text) in [
            (json!({"subject": ""}), "subject", "may not be empty"),
            (json!({"subject": 5}), "subject", "must be a string"),
            (json!({"type": "fax"}), "type", "Expected one of these: 'email', 'chat', 'phone'"),
            (json!({"mailboxId": "x"}), "mailboxId", "must be an integer"),
            (json!({"imported": "yes"}), "imported", "must be a boolean"),
            (json!({"tags": {}}), "tags", "must be a list"),
            (json!({"tags": many}), "tags", "must have at most 100 items"),
            (json!({"createdAt": "2026-03-04T09:15:00Z"}), "createdAt", "can only be used together with imported: true"),
            (json!({"customer": 7}), "customer", "must be an object"),
            (new(&"x".repeat(41), "male"), "customer.firstName", "must have 1 to 40 characters"),
            (new("Ito", "x"), "customer.gender", "Expected one of these: 'male', 'female', 'unknown'"),
            (json!({"subject": "\0"}), "subject", "contains the character U+0000"),
        ] {
            let answer = client.post("/v2/conversations", &with(&conversation(&world), changes)).await;
            assert_eq!(refused(&answer, 400), [path]);
            assert_eq!(answer.json()["_embedded"]["errors"][0]["message"], json!(text));
        }
    }
}

on_both! {
    async fn the_customer_waits_from_the_customers_last_thread(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        world.test.clock.advance(20 * 3_600_000);
        let client = Client::new(&world).await;
        let waiting = client.shown(id).await["customerWaitingSince"].clone();
        assert_eq!(waiting, json!({"time": "2026-03-04T09:15:00Z", "friendly": "20 hours ago", "latestReplyFrom": "customer"}));
        created(&client.add(id, "reply", &thread(&world)).await);
        let shown = client.shown(id).await;
        assert_eq!(shown["customerWaitingSince"]["latestReplyFrom"], "user", "the member stays");
        assert_eq!(shown["userUpdatedAt"], "2026-03-05T05:15:00Z");
        world.test.clock.advance(60_000);
        created(&client.add(id, "chats", &thread(&world)).await);
        let shown = client.shown(id).await;
        assert_eq!(shown["customerWaitingSince"]["time"], "2026-03-05T05:16:00Z");
        assert_eq!(shown["customerWaitingSince"]["friendly"], "Just now");
        assert_eq!(shown["userUpdatedAt"], "2026-03-05T05:16:00Z");
    }
}
