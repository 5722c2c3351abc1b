//! Tests of contract section 5.4 and `store.md` 7: large attachments are objects (files on disk), and a refused call
//! leaves no object.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use heddle_store::IN_ROW_BYTES;
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, conversation, created, refused, thread, with};
use heddle_testkit::on_both;

fn file(name: &str, size: usize) -> Value {
    json!({"fileName": name, "mimeType": "application/octet-stream", "data": STANDARD.encode(vec![b'x'; size])})
}

/// Returns the paths of all objects (attachment files) in the store's folder.
pub(crate) fn objects(world: &World) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![world.test.folder.path().join("objects")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("backup.lock") {
                found.push(path);
            }
        }
    }
    found
}

on_both! {
    async fn large_files_become_objects_and_small_ones_rows(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let files = [file("row", IN_ROW_BYTES), file("object", IN_ROW_BYTES + 1), file("other", IN_ROW_BYTES + 1)];
        world.test.clock.advance(1_000);
        created(&client.add(id, "notes", &json!({"text": "x", "attachments": files})).await);
        let sizes: Vec<usize> = objects(&world).iter().map(|path| std::fs::read(path).expect("an object").len()).collect();
        assert_eq!(sizes, [IN_ROW_BYTES + 1, IN_ROW_BYTES + 1]);
        let shown = client.threads(id).await[0]["_embedded"]["attachments"].clone();
        let first = &shown[0];
        let attachment = first["id"].as_i64().expect("an id");
        let at = format!("http://heddle.test/v2/conversations/{id}/attachments/{attachment}");
        assert_eq!(first, &json!({"id": attachment, "filename": "row", "mimeType": "application/octet-stream", "width": 0,
            "height": 0, "size": IN_ROW_BYTES, "state": "valid", "_links": {"self": {"href": at},
            "data": {"href": format!("{at}/data")}, "web": {"href": format!("{at}/file")}}}));
        assert_eq!(shown[2]["filename"], "other");
        let threads = json!([{"type": "note", "text": "a", "attachments": [file("a", 1)]},
            {"type": "note", "text": "b", "attachments": [file("b", IN_ROW_BYTES + 1), file("c", 2)]}]);
        let made = client.create(&with(&conversation(&world), json!({"threads": threads}))).await;
        let names: Vec<Value> = client.threads(made).await.iter()
            .map(|t| t["_embedded"]["attachments"].as_array().expect("a list").iter().map(|a| a["filename"].clone()).collect())
            .collect();
        assert_eq!(names, [json!(["b", "c"]), json!(["a"])]);
        assert_eq!(objects(&world).len(), 3);
    }
}

on_both! {
    async fn a_refused_call_leaves_no_object(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let full = client.with_threads(99).await;
        let large = json!({"attachments": [file("object", IN_ROW_BYTES + 1)]});
        let body = with(&thread(&world), large.clone());
        refused(&client.add(999, "phones", &body).await, 404);
        refused(&client.add(full, "phones", &body).await, 412);
        refused(&client.add(id, "phones", &with(&body, json!({"text": null}))).await, 400);
        let unknown = with(&body, json!({"customer": {"id": 77_777}}));
        assert_eq!(refused(&client.add(id, "phones", &unknown).await, 400), ["customer.id"]);
        let note = with(&json!({"type": "note", "text": "x"}), large);
        let too_many = with(&conversation(&world), json!({"threads": vec![note.clone(); 101]}));
        refused(&client.post("/v2/conversations", &too_many).await, 412);
        let unknown = with(&conversation(&world), json!({"threads": [note], "customer": {"id": 77_777}}));
        assert_eq!(refused(&client.post("/v2/conversations", &unknown).await, 400), ["customer.id"]);
        assert_eq!(objects(&world), Vec::<std::path::PathBuf>::new());
    }
}

on_both! {
    async fn ten_mebibytes_are_the_most(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let body = |size| json!({"text": "x", "attachments": [file("a", size)]});
        refused(&client.add(id, "notes", &body((10 << 20) + 1)).await, 413);
        assert!(objects(&world).is_empty());
        created(&client.add(id, "notes", &body(10 << 20)).await);
    }
}

on_both! {
    async fn a_too_large_attachment_is_413_whatever_else_is_wrong(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let large = json!([file("a", 11 << 20)]);
        refused(&client.add(999, "notes", &json!({"text": "x", "attachments": large})).await, 404);
        let many = vec![json!(1); 101];
        let reply = with(&thread(&world), json!({"cc": many, "attachments": large}));
        refused(&client.add(id, "reply", &reply).await, 413);
        let threads = json!([{"type": "note", "text": "x", "attachments": large}]);
        let body = with(&conversation(&world), json!({"tags": many, "threads": threads}));
        refused(&client.post("/v2/conversations", &body).await, 413);
        assert!(objects(&world).is_empty());
    }
}
