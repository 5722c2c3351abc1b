//! Tests of contract sections 7.8 and 7.9: changing a thread, and its original source.

use heddle_domain::InboxScope;
use heddle_domain::credential::{Grant, Scope};
use heddle_domain::id::{ConversationId, MessageId};
use heddle_domain::message::Format;
use heddle_helpscout::NAME;
use heddle_helpscout::settings::THREAD_EDITING;
use heddle_store::read::contents::ShowOriginal;
use heddle_store::write::account::UpdateAccount;
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, World};
use crate::webhooks::client_with;
use crate::{Client, created, done, merge, refused, rows, thread, with};
use heddle_testkit::on_both;

impl Client<'_> {
    async fn patch_thread(
        &self,
        conversation: i64,
        thread: i64,
        path: &str,
        value: Value,
    ) -> Answer {
        let call = format!("/v2/conversations/{conversation}/threads/{thread}");
        let body = json!({"op": "replace", "path": path, "value": value});
        self.send(Method::PATCH, &call, Some(body)).await
    }
}

async fn original(world: &World, conversation: i64, thread: i64) -> Option<(String, Format)> {
    let read = ShowOriginal {
        account: world.here.account.id,
        inboxes: InboxScope::All,
        conversation: ConversationId(conversation),
        id: MessageId(thread),
    };
    world.store().read(read).await.expect("a read")
}

on_both! {
    async fn a_new_text_keeps_the_original(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for kind in crate::FIVE {
            let thread = created(&client.add(id, kind, &with(&thread(&world), json!({"text": "<p>First</p>"}))).await);
            let before = client.threads(id).await[0].clone();
            assert_eq!(original(&world, id, thread).await, None);
            let long = "<p>long</p>".repeat(1_000);
            for text in ["<p>Second</p>", long.as_str(), "Third"] {
                done(&client.patch_thread(id, thread, "/text", json!(text)).await);
                assert_eq!(client.threads(id).await[0], with(&before, json!({"body": text})), "{kind}");
                assert_eq!(original(&world, id, thread).await, Some(("<p>First</p>".into(), Format::Html)), "{kind}");
            }
            let stored = rows(&world).await;
            done(&client.patch_thread(id, thread, "text", json!("Third")).await);
            assert_eq!(rows(&world).await, stored, "the same text again changes nothing");
        }
    }
}

on_both! {
    async fn only_published_mail_can_be_hidden(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let first = client.threads(id).await[0]["id"].as_i64().expect("an id");
        for (kind, hides) in [("customer", true), ("reply", true), ("notes", false), ("phones", false), ("chats", false)] {
            world.test.clock.advance(60_000);
            let before = client.shown(id).await;
            let thread = created(&client.add(id, kind, &thread(&world)).await);
            let (shown, listed) = (client.shown(id).await, client.threads(id).await);
            if !hides {
                let stored = rows(&world).await;
                assert_eq!(refused(&client.patch_thread(id, thread, "/hidden", json!(true)).await, 400), ["path"], "{kind}");
                assert_eq!(rows(&world).await, stored);
                continue;
            }
            done(&client.patch_thread(id, thread, "/hidden", json!(true)).await);
            let hidden = client.shown(id).await;
            assert_eq!((&hidden["threads"], &hidden["preview"]), (&before["threads"], &before["preview"]), "{kind}");
            assert_eq!(hidden["customerWaitingSince"], json!({"time": before["customerWaitingSince"]["time"],
                "friendly": hidden["customerWaitingSince"]["friendly"], "latestReplyFrom": before["customerWaitingSince"]["latestReplyFrom"]}), "{kind}");
            assert_eq!(client.threads(id).await[0], with(&listed[0], json!({"state": "hidden"})), "{kind}");
            let stored = rows(&world).await;
            done(&client.patch_thread(id, thread, "/hidden", json!(true)).await);
            assert_eq!(rows(&world).await, stored);
            done(&client.patch_thread(id, thread, "/hidden", json!("false")).await);
            assert_eq!((client.shown(id).await, client.threads(id).await), (shown, listed), "{kind}");
        }
        let draft = created(&client.add(id, "reply", &with(&thread(&world), json!({"draft": true}))).await);
        assert_eq!(refused(&client.patch_thread(id, draft, "/hidden", json!(true)).await, 400), ["path"]);
        done(&client.patch_thread(id, draft, "/text", json!("A better draft")).await);
        assert_eq!(refused(&client.patch_thread(id, first, "/hidden", json!(true)).await, 400), ["path"], "a phone thread");
    }
}

on_both! {
    async fn unknown_threads_and_bad_bodies(world: World) {
        let client = Client::new(&world).await;
        let (id, other, merged) = (client.conversation().await, client.conversation().await, client.conversation().await);
        let thread = client.threads(id).await[0]["id"].as_i64().expect("an id");
        merge(&world, merged, other).await;
        let line = client.threads(other).await.iter().find(|thread| thread["type"] == "lineitem").expect("a line item")["id"].as_i64().expect("an id");
        let foreign = Client::of(&world, &world.foreign).await;
        let before = rows(&world).await;
        for (client, conversation, thread) in [(&client, other, thread), (&client, 999, thread), (&client, id, 7), (&client, merged, line), (&foreign, id, thread)] {
            for value in [json!("x"), json!("")] {
                assert_eq!(refused(&client.patch_thread(conversation, thread, "/text", value).await, 404), Vec::<String>::new());
            }
            let source = format!("/v2/conversations/{conversation}/threads/{thread}/original-source");
            assert_eq!(refused(&client.get(&source).await, 404), Vec::<String>::new());
        }
        assert_eq!(refused(&client.patch_thread(other, line, "/text", json!("x")).await, 400), ["path"]);
        let call = format!("/v2/conversations/{id}/threads/{thread}");
        let operation = json!({"op": "replace", "path": "/text", "value": "x"});
        for body in [json!([operation]), json!({}), json!({"path": "/text", "value": "x"}), json!({"op": null, "path": "/text"}), json!({"op": 7, "path": "/text"}), json!("x")] {
            let answer = client.send(Method::PATCH, &call, Some(body.clone())).await;
            assert_eq!(refused(&answer, 400), Vec::<String>::new(), "{body}");
            let about = answer.json()["_links"]["about"]["href"].clone();
            assert!(about.as_str().expect("a link").ends_with("#invalid-json"), "{body}");
        }
        for (change, fault) in [(json!({"op": "remove"}), "op"), (json!({"path": "/state"}), "path"), (json!({"value": ""}), "value"), (json!({"value": 7}), "value"),
            (json!({"path": "/hidden", "value": 7}), "value")] {
            let answer = client.send(Method::PATCH, &call, Some(with(&operation, change.clone()))).await;
            assert_eq!(refused(&answer, 400), [fault], "{change}");
        }
        assert_eq!(rows(&world).await, before);
    }
}

on_both! {
    async fn administrators_may_change_threads_and_others_if_the_account_lets_them(world: World) {
        let admin = Client::new(&world).await;
        let id = admin.conversation().await;
        let thread = admin.threads(id).await[0]["id"].as_i64().expect("an id");
        let grant = Grant::full(NAME, InboxScope::All).without(Scope::AccountWrite);
        let other = client_with(&world, grant).await;
        let before = rows(&world).await;
        for value in [json!("x"), json!("")] {
            refused(&other.patch_thread(id, thread, "/text", value).await, 403);
        }
        refused(&other.patch_thread(id, 7, "/text", json!("x")).await, 404);
        assert_eq!(rows(&world).await, before);
        done(&admin.patch_thread(id, thread, "/text", json!("By an administrator")).await);
        let account = world.here.account.id;
        let settings = vec![THREAD_EDITING.to(1)];
        world.store().write(UpdateAccount { caller: None, expected: None, id: account, name: None, settings }).await.expect("changed");
        world.app.authentication.forget_account(account);
        done(&other.patch_thread(id, thread, "/text", json!("By anybody")).await);
    }
}

on_both! {
    async fn no_thread_has_an_original_source(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for kind in crate::FIVE {
            let thread = created(&client.add(id, kind, &thread(&world)).await);
            let answer = client.get(&format!("/v2/conversations/{id}/threads/{thread}/original-source")).await;
            assert_eq!(refused(&answer, 404), Vec::<String>::new(), "{kind}");
            assert_eq!(answer.headers.get("heddle-unsupported"), None, "the call is offered");
        }
    }
}
