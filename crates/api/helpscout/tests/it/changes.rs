//! Tests of contract sections 6.5 and 6.7: one operation changes a conversation, and a list replaces its tags.

use http::Method;
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, conversation, created, done, merge, refused, rows, thread, with};
use heddle_testkit::on_both;

on_both! {
    async fn each_path_changes_its_field_and_nothing_else(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let agent = world.here.agent.get();
        let (main, second) = (world.here.main.get(), world.here.second.get());
        let other = world.here.second_customer.get();
        let before = client.shown(id).await;
        let user = json!({"id": agent, "type": "user", "first": "Ada", "last": "Quill", "email": "ada@here.example"});
        let link = |path: String| json!({"href": format!("http://heddle.test{path}")});
        let mut expected = before.clone();
        let closed_at = "2026-03-04T09:15:00Z";
        type Step<'s> = (&'s str, &'s str, Value, Vec<(&'s str, Value)>);
        let steps: Vec<Step<'_>> = vec![
            ("replace", "/subject", json!("Broken pot"), vec![("subject", json!("Broken pot"))]),
            ("replace", "/assignTo", json!(agent), vec![("assignee", user.clone()), ("folderId", json!(main * 10 + 5))]),
            ("remove", "/assignTo", json!(null), vec![("assignee", json!(null)), ("folderId", json!(main * 10 + 1))]),
            ("replace", "/status", json!("pending"), vec![("status", json!("pending"))]),
            ("replace", "/status", json!("closed"), vec![("status", json!("closed")), ("closedAt", json!(closed_at)),
                ("closedBy", json!(agent)), ("closedByUser", user), ("folderId", json!(main * 10 + 6))]),
            ("replace", "/status", json!("spam"), vec![("status", json!("spam")), ("closedAt", json!(null)), ("closedBy", json!(0)),
                ("closedByUser", json!(null)), ("folderId", json!(main * 10 + 7))]),
            ("replace", "/status", json!("active"), vec![("status", json!("active")), ("folderId", json!(main * 10 + 1))]),
            ("move", "/mailboxId", json!(second), vec![("mailboxId", json!(second)), ("folderId", json!(second * 10 + 1))]),
        ];
        for (op, path, value, changes) in steps {
            done(&client.patch(id, op, path, value.clone()).await);
            for (member, value) in changes {
                match value.is_null() {
                    true => drop(expected.as_object_mut().expect("an object").remove(member)),
                    false => expected[member] = value,
                }
            }
            for (rel, member, base) in [("assignee", "assignee", "users"), ("closedBy", "closedByUser", "users"), ("mailbox", "mailboxId", "mailboxes")] {
                let named = match expected[member].is_i64() {
                    true => expected[member].as_i64(),
                    false => expected[member]["id"].as_i64(),
                };
                let links = expected["_links"].as_object_mut().expect("links");
                match named {
                    Some(named) => drop(links.insert(rel.into(), link(format!("/v2/{base}/{named}")))),
                    None => drop(links.remove(rel)),
                }
            }
            assert_eq!(client.shown(id).await, expected, "{op} {path} {value}");
        }
        done(&client.patch(id, "replace", "/primaryCustomer.id", json!(other)).await);
        let shown = client.shown(id).await;
        assert_eq!(shown["primaryCustomer"]["id"], json!(other));
        assert_eq!(shown["createdBy"], before["createdBy"], "the first thread keeps its customer");
    }
}

on_both! {
    async fn a_repeated_operation_changes_nothing(world: World) {
        let client = Client::new(&world).await;
        let draft = json!({"type": "reply", "text": "Soon", "customer": {"id": world.here.customer.get()}, "draft": true});
        let id = client.create(&with(&conversation(&world), json!({"threads": [draft]}))).await;
        for (op, path, value) in [
            ("replace", "/draft", json!(false)), ("replace", "/subject", json!("Once")),
            ("replace", "/primaryCustomer.id", json!(world.here.second_customer.get())),
            ("move", "/mailboxId", json!(world.here.second.get())), ("replace", "/status", json!("closed")),
            ("replace", "/status", json!("active")), ("replace", "/assignTo", json!(world.here.agent.get())),
            ("remove", "/assignTo", json!(null)),
        ] {
            done(&client.patch(id, op, path, value.clone()).await);
            let after = rows(&world).await;
            for spelling in [path, &path[1..]] {
                let op = if op == "replace" { "add" } else { op };
                let value = match &value {
                    Value::Number(number) => json!(number.to_string()),
                    Value::Bool(flag) => json!(flag.to_string()),
                    other => other.clone(),
                };
                done(&client.patch(id, op, spelling, value).await);
            }
            assert_eq!(rows(&world).await, after, "{op} {path}");
        }
    }
}

on_both! {
    async fn active_keeps_new_and_open(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let before = rows(&world).await;
        done(&client.patch(id, "replace", "/status", json!("active")).await);
        assert_eq!(rows(&world).await, before, "a new conversation is active already");
        for status in ["pending", "closed", "spam"] {
            done(&client.patch(id, "replace", "/status", json!(status)).await);
            assert_eq!(client.shown(id).await["status"], status);
            done(&client.patch(id, "replace", "/status", json!("active")).await);
            let shown = client.shown(id).await;
            assert_eq!((&shown["status"], &shown["closedBy"]), (&json!("active"), &json!(0)));
            assert!(shown.get("closedAt").is_none());
        }
    }
}

on_both! {
    async fn a_draft_conversation_is_published(world: World) {
        let client = Client::new(&world).await;
        let agent = world.here.default_agent.get();
        let draft = json!({"type": "reply", "text": "Soon", "customer": {"id": world.here.customer.get()}, "draft": true});
        let id = client.create(&with(&conversation(&world), json!({"type": "email", "threads": [draft]}))).await;
        let more = json!({"text": "And more", "customer": {"id": world.here.customer.get()}, "draft": true, "assignTo": agent, "status": "pending"});
        created(&client.add(id, "reply", &more).await);
        assert_eq!(refused(&client.patch(id, "replace", "/draft", json!(true)).await, 400), ["value"]);
        let shown = client.shown(id).await;
        assert_eq!((&shown["state"], &shown["threads"]), (&json!("draft"), &json!(0)));
        done(&client.patch(id, "replace", "/draft", json!(false)).await);
        let shown = client.shown(id).await;
        assert_eq!((&shown["state"], &shown["threads"], &shown["status"]), (&json!("published"), &json!(2), &json!("pending")));
        assert_eq!(shown["assignee"]["id"], json!(agent), "a draft names what its publication does");
        let states: Vec<_> = client.threads(id).await.iter().map(|thread| thread["state"].clone()).collect();
        assert_eq!(states, ["published", "published"]);
        // In a published conversation a draft reply stays a draft.
        created(&client.add(id, "reply", &more).await);
        done(&client.patch(id, "replace", "/draft", json!(false)).await);
        let states: Vec<_> = client.threads(id).await.iter().map(|thread| thread["state"].clone()).collect();
        assert!(states.contains(&json!("draft")), "{states:?}");
    }
}

on_both! {
    async fn bad_operations_are_refused_and_write_nothing(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let before = rows(&world).await;
        for (op, path, value, fault) in [
            ("replace", "/subject", json!(""), "value"), ("replace", "/subject", json!("x".repeat(4_097)), "value"),
            ("replace", "/subject", json!("a\u{0}b"), "value"), ("remove", "/subject", json!("x"), "op"),
            ("replace", "/status", json!("all"), "value"), ("replace", "/status", json!(null), "value"),
            ("replace", "/mailboxId", json!(1), "op"), ("move", "/mailboxId", json!(77_777), "value"),
            ("move", "/mailboxId", json!(world.foreign.main.get()), "value"), ("move", "/mailboxId", json!([1]), "value"),
            ("replace", "/assignTo", json!(77_777), "value"), ("replace", "/assignTo", json!(world.foreign.agent.get()), "value"),
            ("move", "/assignTo", json!(1), "op"), ("replace", "/primaryCustomer.id", json!(77_777), "value"),
            ("replace", "/primaryCustomer.id", json!(world.foreign.customer.get()), "value"),
            ("replace", "/primaryCustomer.id", json!("9223372036854775808"), "value"),
            ("replace", "/customer", json!(1), "path"), ("replace", "", json!(1), "path"), ("test", "/status", json!("closed"), "op"),
        ] {
            assert_eq!(refused(&client.patch(id, op, path, value.clone()).await, 400), [fault], "{op} {path} {value}");
        }
        let call = format!("/v2/conversations/{id}");
        for text in ["", "[]", "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"closed\"}]", "7", "{"] {
            let bearer = format!("Bearer {}", client.token);
            let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
            let answer = world.send(Method::PATCH, &call, &headers, text.to_owned()).await;
            assert_eq!(refused(&answer, 400), Vec::<String>::new(), "{text}");
            let about = answer.json()["_links"]["about"]["href"].clone();
            assert!(about.as_str().expect("a link").ends_with("#invalid-json"), "{text}");
        }
        assert_eq!(refused(&client.send(Method::PATCH, &call, Some(json!({}))).await, 400), ["path", "op"]);
        assert_eq!(rows(&world).await, before);
    }
}

on_both! {
    async fn an_unknown_conversation_comes_before_a_bad_body(world: World) {
        let client = Client::new(&world).await;
        let (gone, kept) = (client.conversation().await, client.conversation().await);
        merge(&world, gone, kept).await;
        let foreign = Client::of(&world, &world.foreign).await;
        for (client, id) in [(&client, 999), (&client, gone), (&foreign, kept)] {
            for body in [json!({"op": "replace", "path": "/status", "value": "closed"}), json!({}), json!([])] {
                let answer = client.send(Method::PATCH, &format!("/v2/conversations/{id}"), Some(body.clone())).await;
                assert_eq!(refused(&answer, 404), Vec::<String>::new(), "{id} {body}");
            }
            for (path, body) in [("tags", json!({"tags": ["a"]})), ("tags", json!({"tags": 7})), ("fields", json!({"fields": []})), ("fields", json!({"fields": 7}))] {
                let answer = client.send(Method::PUT, &format!("/v2/conversations/{id}/{path}"), Some(body.clone())).await;
                assert_eq!(refused(&answer, 404), Vec::<String>::new(), "{id} {path} {body}");
            }
        }
    }
}

on_both! {
    async fn the_limits_on_threads_do_not_apply_to_changes(world: World) {
        let client = Client::new(&world).await;
        let full = client.with_threads(99).await;
        refused(&client.add(full, "phones", &thread(&world)).await, 412);
        done(&client.patch(full, "replace", "/status", json!("closed")).await);
        done(&client.patch(full, "replace", "/subject", json!("Still changes")).await);
        let path = format!("/v2/conversations/{full}/tags");
        done(&client.send(Method::PUT, &path, Some(json!({"tags": ["full"]}))).await);
    }
}

on_both! {
    async fn tags_are_replaced_as_a_whole(world: World) {
        let client = Client::new(&world).await;
        let id = client.create(&with(&conversation(&world), json!({"tags": ["old", "kept"]}))).await;
        let path = format!("/v2/conversations/{id}/tags");
        let tags = async || {
            let shown = client.shown(id).await;
            let tags = shown["tags"].as_array().expect("tags").iter();
            tags.map(|tag| tag["tag"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
        };
        for (body, expected) in [
            (json!({"tags": [" VIP ", "kept", "vip"], "id": null}), vec!["kept", "vip"]),
            (json!({"tags": ["Ünder"]}), vec!["ünder"]),
            (json!({"tags": []}), vec![]),
            (json!({"tags": ["back"]}), vec!["back"]),
            (json!({"tags": null}), vec![]),
            (json!({"tags": ["back"]}), vec!["back"]),
            (json!({}), vec![]),
        ] {
            done(&client.send(Method::PUT, &path, Some(body.clone())).await);
            assert_eq!(tags().await, expected, "{body}");
            let before = rows(&world).await;
            done(&client.send(Method::PUT, &path, Some(body.clone())).await);
            assert_eq!(rows(&world).await, before, "the same tags again change nothing");
        }
        let many: Vec<String> = (0..101).map(|at| format!("t{at}")).collect();
        for (body, fault) in [(json!({"tags": many}), "tags"), (json!({"tags": [""]}), "tags[0]"), (json!({"tags": [7]}), "tags[0]"),
            (json!({"tags": "vip"}), "tags"), (json!({"tags": ["x".repeat(101)]}), "tags")] {
            assert_eq!(refused(&client.send(Method::PUT, &path, Some(body)).await, 400), [fault]);
        }
        assert!(tags().await.is_empty());
    }
}
