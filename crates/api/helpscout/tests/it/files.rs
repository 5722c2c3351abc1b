//! Tests of contract section 8: adding, reading and deleting single files.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use heddle_store::IN_ROW_BYTES;
use heddle_store::write::account::UpdateAccount;
use http::Method;
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, conversation, created, done, merge, refused, rows, with};
use heddle_testkit::on_both;

fn file(name: &str, bytes: &[u8]) -> Value {
    json!({"fileName": name, "mimeType": "text/plain", "data": STANDARD.encode(bytes)})
}

impl Client<'_> {
    /// Adds a file to the newest thread of a conversation; returns its id.
    async fn attach(&self, conversation: i64, body: &Value) -> i64 {
        let thread = self.threads(conversation).await[0]["id"].clone();
        let path = format!("/v2/conversations/{conversation}/threads/{thread}/attachments");
        created(&self.post(&path, body).await)
    }

    async fn file(&self, conversation: i64, attachment: i64, what: &str) -> crate::harness::Answer {
        self.get(&format!(
            "/v2/conversations/{conversation}/attachments/{attachment}/{what}"
        ))
        .await
    }
}

on_both! {
    async fn a_file_is_added_read_and_deleted(world: World) {
        let client = Client::new(&world).await;
        let id = client.create(&with(&conversation(&world), json!({"status": "closed"}))).await;
        let before = client.shown(id).await;
        for size in [1, 2, 3, 1_000, IN_ROW_BYTES, IN_ROW_BYTES + 1, 100_001] {
            let bytes: Vec<u8> = (0..size).map(|at| (at * 7) as u8).collect();
            let body = with(&file("call.txt", &bytes), json!({"id": 7, "width": 1, "height": 2, "size": 3, "webUrl": "x"}));
            let attachment = client.attach(id, &body).await;
            let threads = client.threads(id).await;
            let at = format!("http://heddle.test/v2/conversations/{id}/attachments/{attachment}");
            assert_eq!(threads[0]["_embedded"]["attachments"], json!([{"id": attachment, "filename": "call.txt", "mimeType": "text/plain",
                "width": 0, "height": 0, "size": size, "state": "valid", "_links": {"self": {"href": at},
                "data": {"href": format!("{at}/data")}, "web": {"href": format!("{at}/file")}}}]));
            let data = client.file(id, attachment, "data").await;
            assert_eq!((data.status.as_u16(), data.header("content-type")), (200, "application/hal+json;charset=UTF-8"));
            assert_eq!(data.json(), json!({"data": STANDARD.encode(&bytes)}));
            let raw = client.file(id, attachment, "file").await;
            assert_eq!((raw.status.as_u16(), &raw.body), (200, &bytes));
            for (header, value) in [("content-type", "text/plain"), ("content-length", &size.to_string()), ("x-content-type-options", "nosniff"),
                ("content-disposition", "attachment; filename=\"call.txt\"; filename*=UTF-8''call.txt"),
                ("content-security-policy", "sandbox; default-src 'none'")] {
                assert_eq!(raw.header(header), value);
            }
            done(&client.send(Method::DELETE, &format!("/v2/conversations/{id}/attachments/{attachment}"), None).await);
            assert_eq!(client.threads(id).await[0]["_embedded"]["attachments"], json!([]));
            for what in ["data", "file"] {
                refused(&client.file(id, attachment, what).await, 404);
            }
            refused(&client.send(Method::DELETE, &format!("/v2/conversations/{id}/attachments/{attachment}"), None).await, 404);
        }
        assert_eq!(client.shown(id).await, before, "neither the status nor the time changes");
        assert!(crate::attachments::objects(&world).is_empty(), "the bytes are deleted at once");
    }
}

on_both! {
    async fn files_of_other_conversations_are_unknown(world: World) {
        let client = Client::new(&world).await;
        let (id, other) = (client.conversation().await, client.conversation().await);
        let attachment = client.attach(id, &file("a", b"x")).await;
        let thread = client.threads(id).await[0]["id"].clone();
        let foreign = Client::of(&world, &world.foreign).await;
        let before = rows(&world).await;
        for (client, conversation, attachment) in [(&client, other, attachment), (&client, 999, attachment), (&client, id, 999_999), (&foreign, id, attachment)] {
            for what in ["data", "file"] {
                refused(&client.file(conversation, attachment, what).await, 404);
            }
            refused(&client.send(Method::DELETE, &format!("/v2/conversations/{conversation}/attachments/{attachment}"), None).await, 404);
        }
        for (client, conversation, thread) in [(&client, other, thread.clone()), (&client, 999, thread.clone()), (&client, id, json!(7)), (&foreign, id, thread)] {
            let path = format!("/v2/conversations/{conversation}/threads/{thread}/attachments");
            for body in [file("a", b"x"), json!({}), file("a", &vec![0; IN_ROW_BYTES + 1])] {
                assert_eq!(refused(&client.post(&path, &body).await, 404), Vec::<String>::new(), "{path}");
            }
        }
        assert_eq!(rows(&world).await, before);
        assert!(crate::attachments::objects(&world).is_empty());
        merge(&world, other, id).await;
        let path = format!("/v2/conversations/{other}/threads/7/attachments");
        refused(&client.post(&path, &file("a", b"x")).await, 404);
    }
}

on_both! {
    async fn a_bad_file_is_refused(world: World) {
        let client = Client::new(&world).await;
        let (id, other) = (client.conversation().await, client.conversation().await);
        let thread = client.threads(id).await[0]["id"].clone();
        let path = format!("/v2/conversations/{id}/threads/{thread}/attachments");
        let before = rows(&world).await;
        let good = file("a", b"x");
        for (body, faults) in [
            (json!({}), vec!["fileName", "mimeType", "data"]), (with(&good, json!({"fileName": null})), vec!["fileName"]),
            (with(&good, json!({"fileName": ""})), vec!["fileName"]), (with(&good, json!({"mimeType": 7})), vec!["mimeType"]),
            (with(&good, json!({"data": "%"})), vec!["data"]), (with(&good, json!({"data": ""})), vec!["data"]),
            (with(&good, json!({"fileName": "a\u{0}b"})), vec!["fileName"]),
            (with(&good, json!({"fileName": "😀".repeat(256)})), vec!["fileName"]), (with(&good, json!({"mimeType": "ä x"})), vec!["mimeType"]),
            (with(&good, json!({"mimeType": "b"})), vec!["mimeType"]), (with(&good, json!({"mimeType": format!("a/{}", "b".repeat(126))})), vec!["mimeType"]),
        ] {
            assert_eq!(refused(&client.post(&path, &body).await, 400), faults, "{body}");
        }
        // The name of a file never becomes part of a path.
        refused(&client.post(&path, &file("a", &vec![0; (10 << 20) + 1])).await, 413);
        assert_eq!(rows(&world).await, before);
        assert!(crate::attachments::objects(&world).is_empty());
        let most = client.attach(id, &file("most", &vec![7; 10 << 20])).await;
        assert_eq!(client.file(id, most, "file").await.body.len(), 10 << 20);
        merge(&world, other, id).await;
        let line = client.threads(id).await.into_iter().find(|thread| thread["type"] == "lineitem").expect("a line item");
        let path = format!("/v2/conversations/{id}/threads/{}/attachments", line["id"]);
        assert_eq!(refused(&client.post(&path, &good).await, 400), [""]);
    }
}

on_both! {
    async fn the_longest_name_and_type_can_be_downloaded_and_longer_ones_are_refused_in_a_thread(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let (name, media) = ("😀".repeat(255), format!("a/{}", "b".repeat(125)));
        let longest = with(&file(&name, b"x"), json!({ "mimeType": media }));
        let attachment = client.attach(id, &longest).await;
        let raw = client.file(id, attachment, "file").await;
        assert_eq!((raw.header("content-type"), raw.body.as_slice()), (media.as_str(), b"x".as_slice()));
        let encoded = "%F0%9F%98%80".repeat(255);
        assert_eq!(raw.header("content-disposition"), format!("attachment; filename=\"{}\"; filename*=UTF-8''{encoded}", "_".repeat(255)));
        let before = rows(&world).await;
        for (name, media, fault) in [(format!("{name}x"), media.clone(), "fileName"), (name, format!("{media}b"), "mimeType")] {
            let file = with(&file(&name, b"x"), json!({ "mimeType": media }));
            let answer = client.add(id, "notes", &json!({ "text": "x", "attachments": [file] })).await;
            assert_eq!(refused(&answer, 400), [format!("attachments[0].{fault}")]);
        }
        assert_eq!(rows(&world).await, before);
    }
}

on_both! {
    async fn a_name_with_a_path_reaches_neither_the_disk_nor_a_header(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let folder = world.test.folder.path().join("objects").canonicalize().expect("a folder");
        let bytes = vec![7; IN_ROW_BYTES + 1];
        for name in ["../../../../tmp/heddle-traversal", "/etc/heddle-traversal", "..\\..\\x", "a/../../b", "C:\\x", "a\r\nx-evil: 1", "\"; filename=x"] {
            let attachment = client.attach(id, &file(name, &bytes)).await;
            let raw = client.file(id, attachment, "file").await;
            assert_eq!((raw.status.as_u16(), &raw.body), (200, &bytes), "{name}");
            let disposition = raw.header("content-disposition");
            let (start, quoted) = disposition.split_once('"').expect("a quoted name");
            let (plain, rest) = quoted.split_once('"').expect("a quoted name");
            assert_eq!(start, "attachment; filename=", "{name}");
            assert!(!plain.contains(['/', '\\', '\r', '\n', ':', ';']), "{plain}");
            assert!(rest.starts_with("; filename*=UTF-8''") && !rest.contains(['/', '\\', '"']), "{rest}");
            assert_eq!(raw.headers.get("x-evil"), None);
            let shown = client.threads(id).await[0]["_embedded"]["attachments"].as_array().expect("a list").last().expect("a file").clone();
            assert_eq!(shown["filename"], name, "it is shown as it was sent");
        }
        for object in crate::attachments::objects(&world) {
            let object = object.canonicalize().expect("an object");
            assert!(object.starts_with(&folder), "{object:?}");
            let name = object.file_name().expect("a name").to_string_lossy().into_owned();
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'), "{name}");
        }
        assert!(!std::path::Path::new("/tmp/heddle-traversal").exists());
    }
}

on_both! {
    async fn a_file_can_be_added_to_a_full_and_to_an_old_conversation(world: World) {
        let client = Client::new(&world).await;
        let full = client.with_threads(99).await;
        client.attach(full, &file("a", b"x")).await;
        let settings = vec![heddle_helpscout::settings::LOCK_AFTER_DAYS.to(1)];
        let account = world.here.account.id;
        let change = UpdateAccount { caller: None, expected: None, id: account, name: None, settings };
        world.store().write(change).await.expect("changed");
        world.app.authentication.forget_account(account);
        let id = client.conversation().await;
        world.test.clock.advance(2 * 86_400_000);
        let client = Client::new(&world).await;
        refused(&client.add(id, "notes", &json!({"text": "x"})).await, 412);
        client.attach(id, &file("a", b"x")).await;
    }
}
