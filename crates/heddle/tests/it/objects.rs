//! Tests of attachments in an S3-compatible store and in shared folders, with the real program. The store is `s3s-fs`, which others
//! wrote.

mod moving;
mod nodes;
mod sweeping;

use heddle_testkit::On;
use heddle_testkit::bucket::{KEY_ID, S3, SECRET};
use serde_json::Value;

use crate::commands::{furnished, secret, with};
use crate::operator::words;
use crate::process::{Answer, Home, Serving};

/// Returns a text of this length that never repeats itself for long.
pub(crate) fn long(length: usize) -> String {
    let mut text = String::with_capacity(length + 16);
    for at in 0_u64.. {
        if text.len() >= length {
            break;
        }
        text.push_str(&format!("{:x}-", at.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    }
    text.truncate(length);
    text
}

/// A store whose objects are in a bucket.
struct InBucket {
    home: Home,
    source: Vec<String>,
    token: String,
}

impl InBucket {
    async fn new(on: On, s3: &S3) -> Self {
        let home = Home::new();
        let source = furnished(&home, on).await;
        let create = words("credential create --account 1 --api native --name files");
        let made = home.json(&with(&create, &source)).await;
        use_bucket(&home, s3, "data/heddle.toml");
        Self {
            home,
            source,
            token: secret(&made, "token"),
        }
    }

    async fn serve(&self) -> Serving {
        self.home.serve(&with(&["serve"], &self.source)).await
    }

    async fn upload(&self, server: &Serving, text: &str) -> Answer {
        upload(server, &self.token, text).await
    }

    async fn download(&self, server: &Serving, file: &Value, headers: &[(&str, &str)]) -> Answer {
        download(server, &self.token, file, headers).await
    }
}

pub(crate) async fn upload(server: &Serving, token: &str, text: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "text/plain"),
    ];
    let path = "/api/v1/attachments?filename=a.txt";
    server.send("POST", path, &headers, text).await
}

pub(crate) async fn download(
    server: &Serving,
    token: &str,
    file: &Value,
    headers: &[(&str, &str)],
) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [&[("authorization", bearer.as_str())], headers].concat();
    let path = format!("/api/v1/attachments/{}/content", file["id"]);
    server.send("GET", &path, &headers, "").await
}

/// Sets the keys of the bucket in a configuration file.
pub(crate) fn use_bucket(home: &Home, s3: &S3, file: &str) {
    home.write("s3-secret", SECRET);
    let text = home.read(file).replace(
        "url = \"folder:\"",
        &format!(
            "url = \"s3://attachments/heddle/here\"\nendpoint = {:?}\naccess_key_id = {KEY_ID:?}\nsecret_access_key_file = {:?}",
            s3.endpoint(),
            home.text("s3-secret"),
        ),
    );
    home.write(file, &text);
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_are_written_to_s3_and_read_from_it() {
    let s3 = S3::start().await;
    let store = InBucket::new(On::Sqlite, &s3).await;
    let server = store.serve().await;
    assert_eq!(s3.objects(), Vec::<String>::new(), "the probe is gone");
    for length in [40_000, 8 << 20, 20 << 20] {
        let text = long(length);
        let _ = s3.take_requests();
        let answer = store.upload(&server, &text).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let requests = s3.take_requests();
        let is_multipart = requests
            .iter()
            .any(|request| request.contains("partNumber=3"));
        assert_eq!(is_multipart, length > 8 << 20, "{requests:?}");
        let file = answer.json();
        let read = store.download(&server, &file, &[]).await;
        assert_eq!(read.status, 200);
        assert!(read.body == text, "{length}");
        let part = store
            .download(&server, &file, &[("range", "bytes=30000-30009")])
            .await;
        assert_eq!(
            (part.status, part.body.as_str()),
            (206, &text[30_000..30_010])
        );
    }
    let names = s3.objects();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(
        names.iter().all(|name| name.starts_with("heddle/here/1/")),
        "{names:?}"
    );
    assert_eq!(s3.parts(), 0);
    assert!(!store.home.path("data/objects/1").exists());
    let status = store.home.json(&with(&["status"], &store.source)).await;
    assert_eq!(status["status"]["objects"], 3, "{status}");
    assert_eq!(server.stop().await.code, Some(0));
    // Their requests wrote the objects before the rows, and another process finds them.
    let looked = store.home.json(&with(&["doctor"], &store.source)).await;
    assert_eq!(looked["problems"], serde_json::json!([]), "{looked}");
}

/// Returns the message of a server that must refuse to start.
async fn refused_start(store: &InBucket, from: &str, to: &str) -> String {
    let (good, bad) = ("data/heddle.toml", "data/bad.toml");
    let text = store.home.read(good);
    assert!(text.contains(from), "{from}");
    store.home.write(bad, &text.replace(from, to));
    let source = ["--config".to_owned(), store.home.text(bad)];
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    store.home.refused(&with(&serve, &source)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_wrong_settings_of_s3_does_not_start() {
    let s3 = S3::start().await;
    let store = InBucket::new(On::Sqlite, &s3).await;
    store
        .home
        .write("wrong-secret", "another-secret-of-the-test");
    let closed = "http://127.0.0.1:9";
    for (from, to, said) in [
        (
            "s3-secret",
            "wrong-secret",
            &["SignatureDoesNotMatch", "check objects.access_key_id"][..],
        ),
        (KEY_ID, "AKIAOTHER", &["check objects.access_key_id"]),
        (
            "s3://attachments/",
            "s3://no-such-bucket/",
            &["NoSuchBucket", "make the bucket"],
        ),
        (
            s3.endpoint(),
            closed,
            &["s3://attachments/heddle/here", "127.0.0.1:9"],
        ),
        (
            s3.endpoint(),
            "http://s3.example.org",
            &["objects.endpoint", "https://"],
        ),
        (
            "access_key_id = \"AKIATEST\"",
            "",
            &["objects.access_key_id"],
        ),
    ] {
        let message = refused_start(&store, from, to).await;
        for word in said {
            assert!(message.contains(word), "{from}: {message}");
        }
        for secret in [SECRET, "another-secret"] {
            assert!(!message.contains(secret), "{message}");
        }
    }
    assert_eq!(s3.objects(), Vec::<String>::new(), "nothing is left");
    let server = store.serve().await;
    assert_eq!(server.stop().await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_s3_large_attachments_get_503_and_the_rest_works() {
    let s3 = S3::start().await;
    let store = InBucket::new(On::Sqlite, &s3).await;
    let server = store.serve().await;
    let file = store.upload(&server, &long(50_000)).await.json();
    drop(s3);
    let small = store.upload(&server, "small").await;
    assert_eq!(small.status, 201, "it is in its row: {small:?}");
    for length in [50_000, 9 << 20] {
        let refused = store.upload(&server, &long(length)).await;
        assert_eq!(refused.status, 503, "{refused:?}");
        assert!(!refused.body.contains("127.0.0.1"), "{refused:?}");
    }
    let read = store.download(&server, &file, &[]).await;
    assert_eq!(read.status, 503, "{read:?}");
    let ready = server.send("GET", "/readyz", &[], "").await;
    assert_eq!(ready.status, 200, "{ready:?}");
    let log = server.stop().await.log;
    let says_why = |line: &&str| {
        line.contains("ERROR request") && line.contains("the attachments cannot be reached")
    };
    let causes = log.lines().filter(says_why).count();
    assert_eq!(causes, 3, "once for each request: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_contains_the_attachments_of_the_bucket() {
    let s3 = S3::start().await;
    let store = InBucket::new(On::Sqlite, &s3).await;
    let server = store.serve().await;
    let (first, second) = (long(50_000), long(9 << 20));
    let files = [
        store.upload(&server, &first).await.json(),
        store.upload(&server, &second).await.json(),
    ];
    let series = store.home.text("series");
    let taken = store
        .home
        .json(&with(&["backup", &series], &store.source))
        .await;
    assert_eq!(taken["backup"]["copied_objects"], 2, "{taken}");
    let again = store
        .home
        .json(&with(&["backup", &series], &store.source))
        .await;
    assert_eq!(again["backup"]["copied_objects"], 0, "{again}");
    let names = s3.objects();
    let notes: Vec<_> = names.iter().filter(|name| !name.contains("/1/")).collect();
    assert_eq!(
        notes,
        ["heddle/here/newest-backup.json"],
        "no other note is left"
    );
    let status = store.home.json(&with(&["status"], &store.source)).await;
    assert_eq!(
        status["status"]["newest_backup"]["name"], again["backup"]["name"],
        "{status}"
    );
    assert_eq!(server.stop().await.code, Some(0));
    let verified = store.home.json(&["backup", "verify", &series]).await;
    assert_eq!(verified["backups"][0]["problems"], serde_json::json!([]));

    // Restored to a folder, and from there to another prefix of the bucket.
    let target = store.home.text("target");
    store
        .home
        .json(&["restore", &series, "--into", &target])
        .await;
    let text = store.home.read("data/heddle.toml");
    store.home.write(
        "target/heddle.toml",
        &text.replace("heddle/here", "heddle/next"),
    );
    let source = ["--config".to_owned(), store.home.text("target/heddle.toml")];
    let from = format!("folder:{target}/objects");
    let to = "s3://attachments/heddle/next";
    let moved = store
        .home
        .json(&with(
            &["objects", "move", "--from", &from, "--to", to],
            &source,
        ))
        .await;
    assert_eq!(moved["moved"]["copied"], 2, "{moved}");
    let server = store.home.serve(&with(&["serve"], &source)).await;
    for (file, text) in files.iter().zip([&first, &second]) {
        let read = store.download(&server, file, &[]).await;
        assert!(read.status == 200 && read.body == *text, "{}", read.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_file_is_removed_from_the_bucket_at_once() {
    let s3 = S3::start().await;
    let store = InBucket::new(On::Sqlite, &s3).await;
    let create = words("credential create --account 1 --api helpscout --name desk --agent 2");
    let made = store.home.json(&with(&create, &store.source)).await;
    let server = store.serve().await;
    let is_json = ("content-type", "application/json");
    let token = serde_json::json!({
        "grant_type": "client_credentials",
        "client_id": secret(&made, "client_id"), "client_secret": secret(&made, "client_secret"),
    });
    let answer = server
        .send("POST", "/v2/oauth2/token", &[is_json], &token.to_string())
        .await;
    let bearer = format!(
        "Bearer {}",
        answer.json()["access_token"].as_str().expect("a token")
    );
    let headers = [is_json, ("authorization", bearer.as_str())];
    let data = crate::faults::load::base64(long(50_000).as_bytes());
    let body = serde_json::json!({
        "subject": "s", "type": "phone", "mailboxId": 1, "status": "active", "customer": { "id": 1 },
        "threads": [{ "type": "phone", "text": "t", "customer": { "id": 1 },
            "attachments": [{ "fileName": "a.bin", "mimeType": "application/octet-stream", "data": data }] }],
    });
    let made = server
        .send("POST", "/v2/conversations", &headers, &body.to_string())
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(s3.objects().len(), 1);
    let conversation = format!("/v2/conversations/{}", made.header("resource-id"));
    let threads = server
        .send("GET", &format!("{conversation}/threads"), &headers, "")
        .await
        .json();
    let id = &threads["_embedded"]["threads"][0]["_embedded"]["attachments"][0]["id"];
    let file = format!("{conversation}/attachments/{id}");
    let shown = server
        .send("GET", &format!("{file}/file"), &headers, "")
        .await;
    assert!(shown.body == long(50_000), "{}: {threads}", shown.status);
    let gone = server.send("DELETE", &file, &headers, "").await;
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(s3.objects(), Vec::<String>::new(), "and no note is left");
}
