//! Tests of files through the native API: upload, use in a message, download.

use heddle::config::Overrides;
use heddle_domain::InboxScope;
use heddle_testkit::On;
use http::Method;
use serde_json::{Value, json};

use super::conversations::{conversation, made, path, say};
use super::{Api, faults, problem};
use crate::harness::{Answer, World};
use heddle_testkit::on_both;

const ALL: &str = "/api/v1/attachments";

/// Returns a file that is too large for a database row.
fn large() -> Vec<u8> {
    (0..100_000_u32).map(|at| (at * 7 % 251) as u8).collect()
}

async fn upload(world: &World, headers: &[(&str, &str)], query: &str, bytes: Vec<u8>) -> Answer {
    let bearer = format!("Bearer {}", world.here.native_token);
    let mut all = vec![("authorization", bearer.as_str())];
    all.extend_from_slice(headers);
    world
        .send(Method::POST, &format!("{ALL}{query}"), &all, bytes)
        .await
}

fn at(file: &Value) -> String {
    format!("{ALL}/{}", file["id"])
}

fn content(file: &Value) -> String {
    format!("{}/content", at(file))
}

/// Returns the number of objects (attachment files on disk).
fn objects(world: &World) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .map(|entry| {
                if entry.path().is_dir() {
                    count(&entry.path())
                } else {
                    1
                }
            })
            .sum()
    }
    count(world.test.objects_folder())
}

fn with_file(file: &Value) -> Value {
    json!({ "channel": "email", "direction": "incoming", "body": "See the file.", "attachment_ids": [file["id"]] })
}

on_both! {
    async fn a_file_is_uploaded_and_downloaded(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, &world).await;
        let empty = upload(&world, &[("content-type", "image/png")], "?filename=a.png", Vec::new()).await;
        assert_eq!((empty.status.as_u16(), &empty.json()["errors"][0]["code"]), (422, &json!("required")));
        for (bytes, stored) in [(b"small".to_vec(), 0), (large(), 1)] {
            let answer = upload(&world, &[("content-type", "image/png")], "?filename=a%20%22b%22.png", bytes.clone()).await;
            let location = answer.header("location").to_owned();
            let file = made(answer).await;
            assert_eq!(file, json!({ "id": file["id"], "conversation_id": null, "message_id": null, "file_name": "a \"b\".png",
                "mime_type": "image/png", "size": bytes.len(), "link": null }));
            assert_eq!((location.as_str(), api.get(&location).await.json()), (at(&file).as_str(), file.clone()));
            assert_eq!(api.get(&content(&file)).await.body, bytes, "before a message takes it");
            let message = say(&api, &one, with_file(&file)).await;
            let listed = json!({ "id": file["id"], "file_name": file["file_name"], "mime_type": "image/png", "size": bytes.len(), "link": null });
            assert_eq!(message["attachments"], json!([listed]));
            let shown = api.get(&at(&file)).await.json();
            assert_eq!((&shown["message_id"], &shown["conversation_id"]), (&message["id"], &one["id"]));
            let down = api.get(&content(&file)).await;
            assert_eq!((down.status.as_u16(), &down.body), (200, &bytes));
            for (name, value) in [
                ("content-type", "image/png"),
                ("content-length", bytes.len().to_string().as_str()),
                ("x-content-type-options", "nosniff"),
                ("accept-ranges", "bytes"),
                ("content-security-policy", "sandbox; default-src 'none'"),
                ("content-disposition", "attachment; filename=\"a _b_.png\"; filename*=UTF-8''a%20%22b%22.png"),
            ] {
                assert_eq!(down.header(name), value);
            }
            let seen = api.with("if-none-match", down.header("etag")).get(&content(&file)).await;
            assert_eq!((seen.status.as_u16(), seen.body.len()), (304, 0));
            assert_eq!(objects(&world), stored);
        }
        assert_eq!(world.store().check().await, Ok(Vec::new()));
    }
}

on_both! {
    async fn a_range_of_a_file_is_returned(world: World) {
        let api = Api::full(&world);
        for bytes in [large(), b"0123456789".to_vec()] {
            let size = bytes.len();
            let file = made(upload(&world, &[], "?filename=f", bytes.clone()).await).await;
            assert_eq!(file["mime_type"], "application/octet-stream");
            let part = async |range: &str| api.with("range", range).get(&content(&file)).await;
            for (range, from, to) in [("bytes=2-5", 2, 6), ("bytes=0-0", 0, 1), ("bytes=-4", size - 4, size), ("bytes=7-", 7, size)] {
                let answer = part(range).await;
                assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (206, &bytes[from..to]), "{range}");
                assert_eq!(answer.header("content-range"), format!("bytes {from}-{}/{size}", to - 1));
                assert_eq!(answer.header("content-length"), (to - from).to_string());
            }
            let behind = part(&format!("bytes={size}-")).await;
            assert_eq!(behind.header("content-range"), format!("bytes */{size}"));
            problem(&behind, 416, "range-not-satisfiable");
            let several = part("bytes=0-1,3-4").await;
            assert_eq!((several.status.as_u16(), several.body.len()), (200, size));
            let tag = several.header("etag").to_owned();
            let ranged = api.with("range", "bytes=0-1");
            assert_eq!(ranged.with("if-range", &tag).get(&content(&file)).await.status, 206);
            assert_eq!(ranged.with("if-range", "\"1-other\"").get(&content(&file)).await.status, 200);
        }
    }
}

fn form(parts: &[(&str, &str)], end: &str) -> Vec<u8> {
    let mut body = String::new();
    for (disposition, text) in parts {
        body.push_str(&format!("--B\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: text/csv\r\n\r\n{text}\r\n"));
    }
    format!("{body}{end}").into_bytes()
}

on_both! {
    async fn a_multipart_form_with_a_file_is_accepted(world: World) {
        let api = Api::full(&world);
        let multipart = [("content-type", "multipart/form-data; boundary=B")];
        let long = "x".repeat(50_000);
        for (text, query, name) in [("a,b", "", "t.csv"), (long.as_str(), "?filename=other.csv", "other.csv")] {
            let body = form(&[("name=\"file\"; filename=\"t.csv\"", text)], "--B--\r\n");
            let file = made(upload(&world, &multipart, query, body).await).await;
            assert_eq!((&file["file_name"], &file["mime_type"], &file["size"]), (&json!(name), &json!("text/csv"), &json!(text.len())));
            assert_eq!(api.get(&content(&file)).await.body, text.as_bytes());
        }
        let before = objects(&world);
        for (parts, told) in [
            (&[("name=\"other\"", "x")][..], "other unknown"),
            (&[("name=\"file\"", "x")][..], "filename required"),
            (&[("name=\"file\"; filename=\"a\"", long.as_str()), ("name=\"file\"; filename=\"b\"", "y")][..], "file unknown"),
            (&[][..], "file required"),
        ] {
            assert_eq!(faults(&upload(&world, &multipart, "", form(parts, "--B--\r\n")).await), [told]);
        }
        let cut = form(&[("name=\"file\"; filename=\"a\"", &long)], "");
        problem(&upload(&world, &multipart, "", cut[..40_000].to_vec()).await, 400, "broken-body");
        let preamble = [vec![b'x'; 40_000], cut.clone()].concat();
        problem(&upload(&world, &multipart, "", preamble).await, 400, "bad-form");
        let header = format!("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\r\n", "x".repeat(40_000));
        problem(&upload(&world, &multipart, "", header.into_bytes()).await, 400, "bad-form");
        problem(&upload(&world, &multipart, "", b"--B\r\nno header\r\n\r\n".to_vec()).await, 400, "bad-form");
        assert_eq!(faults(&upload(&world, &[], "", b"x".to_vec()).await), ["filename required"]);
        let name = format!("name=\"file\"; filename=\"{}\"", "x".repeat(256));
        assert_eq!(faults(&upload(&world, &multipart, "", form(&[(name.as_str(), "x")], "--B--\r\n")).await), ["filename length"]);
        let bad = format!("a/{}", "b".repeat(126));
        for media in ["b", "a/b c", &bad] {
            problem(&upload(&world, &[("content-type", media)], "?filename=f", b"x".to_vec()).await, 400, "bad-header");
            let part = format!("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\nContent-Type: {media}\r\n\r\nx\r\n--B--\r\n");
            problem(&upload(&world, &multipart, "", part.into_bytes()).await, 400, "bad-form");
        }
        assert_eq!(objects(&world), before, "a refused upload leaves nothing");
    }
}

on_both! {
    async fn an_upload_belongs_to_its_token_until_a_message_uses_it(world: World) {
        let (api, here) = (Api::full(&world), &world.here);
        let one = conversation(&api, &world).await;
        let file = made(upload(&world, &[], "?filename=f", large()).await).await;
        let grant = heddle_domain::credential::Grant::full(heddle_native::NAME, InboxScope::All);
        let other = Api::granted(&world, grant).await;
        let stranger = Api::new(&world, &world.foreign.native_token);
        for api in [&other, &stranger] {
            problem(&api.get(&at(&file)).await, 404, "not-found");
            problem(&api.get(&content(&file)).await, 404, "not-found");
        }
        let messages = format!("{}/messages", path(&one));
        assert_eq!(faults(&other.post(&messages, with_file(&file)).await), ["attachment_ids[0] not-found"]);
        let twice = json!({ "channel": "email", "direction": "incoming", "attachment_ids": [file["id"], file["id"]] });
        assert_eq!(faults(&api.post(&messages, twice).await), ["attachment_ids invalid"]);
        made(api.post(&messages, with_file(&file)).await).await;
        assert_eq!(faults(&api.post(&messages, with_file(&file)).await), ["attachment_ids[0] not-found"]);
        // From now on the file belongs to the conversation.
        assert_eq!(other.get(&content(&file)).await.status, 200);
        problem(&stranger.get(&content(&file)).await, 404, "not-found");
        let elsewhere = Api::limited(&world, &[here.second]).await;
        problem(&elsewhere.get(&content(&file)).await, 404, "not-found");
        assert_eq!(Api::limited(&world, &[here.main]).await.get(&content(&file)).await.status, 200);
        // After a merge the file belongs to the survivor (the conversation that remains), like its message.
        let into = conversation(&api, &world).await;
        assert_eq!(api.post(&format!("{}/merge", path(&one)), json!({ "into": into["id"] })).await.status, 200);
        assert_eq!(api.get(&at(&file)).await.json()["conversation_id"], into["id"]);
        assert_eq!(api.get(&content(&file)).await.body, large());
    }
}

on_both! {
    async fn old_uploads_are_refused_and_then_removed(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, &world).await;
        let messages = format!("{}/messages", path(&one));
        let taken = made(upload(&world, &[], "?filename=taken", large()).await).await;
        made(api.post(&messages, with_file(&taken)).await).await;
        let left = made(upload(&world, &[], "?filename=left", large()).await).await;
        let small = made(upload(&world, &[], "?filename=small", b"x".to_vec()).await).await;
        world.test.clock.advance(3_600_001);
        for file in [&left, &small] {
            assert_eq!(faults(&api.post(&messages, with_file(file)).await), ["attachment_ids invalid"]);
        }
        let fresh = made(upload(&world, &[], "?filename=fresh", large()).await).await;
        world.test.clock.advance(23 * 3_600_000);
        assert_eq!(objects(&world), 3);
        assert_eq!(world.store().sweep_objects(world.app.now()).await, Ok(1));
        for file in [&left, &small] {
            problem(&api.get(&at(file)).await, 404, "not-found");
        }
        for file in [&taken, &fresh] {
            assert_eq!(api.get(&content(file)).await.body, large());
        }
        assert_eq!(world.store().check().await, Ok(Vec::new()));
    }
}

on_both! {
    async fn an_upload_with_a_key_happens_once(world: World) {
        let key = [("idempotency-key", "file"), ("content-type", "text/plain")];
        let first = upload(&world, &key, "?filename=f", large()).await;
        let again = upload(&world, &key, "?filename=f", large()).await;
        assert_eq!((again.status.as_u16(), &again.body, again.header("idempotent-replayed")), (201, &first.body, "true"));
        assert_eq!(objects(&world), 1, "the second copy is gone");
        let mut other = large();
        other[7] += 1;
        problem(&upload(&world, &key, "?filename=f", other).await, 422, "idempotency-key-reused");
        problem(&upload(&world, &key, "?filename=g", large()).await, 422, "idempotency-key-reused");
        assert_eq!(objects(&world), 1);
    }
}

#[tokio::test]
async fn no_file_is_larger_than_the_operator_allows() {
    let overrides = Overrides::default().set("limits.attachment_mib", Some(1_i64));
    let world = World::with(
        On::Sqlite,
        heddle_domain::AccountSettings::default(),
        overrides,
    )
    .await;
    let most = vec![7; 1 << 20];
    let file = made(upload(&world, &[], "?filename=f", most.clone()).await).await;
    assert_eq!(file["size"], 1 << 20);
    let mut more = most;
    more.push(7);
    problem(
        &upload(&world, &[], "?filename=f", more.clone()).await,
        413,
        "too-large",
    );
    // Without a `Content-Length` the bytes are counted while they arrive.
    let pieces = more
        .chunks(10_000)
        .map(|piece| Ok::<_, std::io::Error>(bytes::Bytes::copy_from_slice(piece)));
    let body =
        axum::body::Body::from_stream(futures_util::stream::iter(pieces.collect::<Vec<_>>()));
    let bearer = format!("Bearer {}", world.here.native_token);
    let path = format!("{ALL}?filename=f");
    let answer = world
        .send(Method::POST, &path, &[("authorization", &bearer)], body)
        .await;
    problem(&answer, 413, "too-large");
    let multipart = [("content-type", "multipart/form-data; boundary=B")];
    let text = String::from_utf8(more).expect("text");
    let body = form(&[("name=\"file\"; filename=\"t.csv\"", &text)], "--B--\r\n");
    problem(
        &upload(&world, &multipart, "", body).await,
        413,
        "too-large",
    );
    assert_eq!(objects(&world), 1);
}
