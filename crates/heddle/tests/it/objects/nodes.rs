//! Tests of several servers on one PostgreSQL database: they share a bucket or a folder, or they do not start.

use heddle_store::{Clock, SystemClock};
use heddle_testkit::On;
use heddle_testkit::bucket::S3;

use super::sweeping::opened;
use super::{InBucket, download, long, upload, use_bucket};
use crate::commands::{furnished, secret, with};
use crate::operator::{failed, words};
use crate::process::{Home, in_time};

const DAY_AND_HOUR_MS: i64 = 90_000_000;

/// Makes the home of a second server, with the same configuration. Paths relative to the configuration lead to its own folder.
fn second(home: &Home, source: &[String]) -> (Home, Vec<String>) {
    assert_eq!(source[1], home.text("data/heddle.toml"));
    let other = Home::new();
    std::fs::create_dir(other.path("data")).expect("made");
    let file = "data/heddle.toml";
    let key = format!("\nsealing_key = \"{}\"", "5".repeat(64));
    let text = home.read(file).replace("\n#sealing_key = \"...\"", &key);
    assert!(text.contains(&key));
    home.write(file, &text);
    other.write(file, &text);
    let source = vec!["--config".to_owned(), other.text("data/heddle.toml")];
    (other, source)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_writes_to_s3_another_one_reads() {
    let s3 = S3::start().await;
    let one = InBucket::new(On::Postgres, &s3).await;
    let (home, source) = second(&one.home, &one.source);
    let here = one.serve().await;
    let there = home.serve(&with(&["serve"], &source)).await;
    for length in [50_000, 9 << 20] {
        let text = long(length);
        for (writer, reader) in [(&here, &there), (&there, &here)] {
            let file = upload(writer, &one.token, &text).await;
            assert_eq!(file.status, 201, "{file:?}");
            let read = download(reader, &one.token, &file.json(), &[]).await;
            assert!(read.status == 200 && read.body == text, "{}", read.status);
        }
    }
    let markers = |s3: &S3| {
        s3.objects()
            .iter()
            .filter(|name| name.contains("/nodes/"))
            .count()
    };
    assert_eq!(markers(&s3), 2);
    assert_eq!(here.stop().await.code, Some(0));
    assert_eq!(there.stop().await.code, Some(0));
    assert_eq!(markers(&s3), 0, "{:?}", s3.objects());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_during_an_upload_leaves_nothing_visible() {
    for on in On::BOTH {
        let s3 = S3::start().await;
        let store = InBucket::new(on, &s3).await;
        let server = store.serve().await;
        let url = server.text("/url").to_owned();
        s3.hold("partNumber=2");
        let bearer = format!("Bearer {}", store.token);
        let sending = tokio::spawn(async move {
            let body = long(20 << 20);
            let mut stream = tokio::net::TcpStream::connect(&url["http://".len()..])
                .await
                .expect("connected");
            let head = format!(
                "POST /api/v1/attachments?filename=a HTTP/1.1\r\nhost: h\r\nauthorization: {bearer}\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            stream.write_all(head.as_bytes()).await.expect("sent");
            stream.write_all(body.as_bytes()).await.expect("sent");
            let mut answer = Vec::new();
            // The error is that of a reset connection.
            let _ = stream.read_to_end(&mut answer).await;
            answer
        });
        in_time("the second part", s3.until_held()).await;
        server.kill().await;
        assert_eq!(
            sending.await.expect("no panic"),
            b"",
            "nothing was acknowledged"
        );
        s3.release();
        let left = s3.objects();
        let is_note = |name: &String| {
            ["unfinished", "nodes"]
                .iter()
                .any(|folder| name.contains(&format!("/{folder}/")))
        };
        assert!(left.iter().all(is_note), "no object: {left:?}");
        assert!(s3.parts() >= 1);
        let files = std::fs::read_dir(store.home.path("data")).expect("read");
        let names = files.map(|file| file.expect("a file").file_name());
        let is_known =
            |name: &str| name.starts_with("heddle") || ["objects", "sealing.key"].contains(&name);
        let strange: Vec<_> = names
            .filter(|name| !name.to_str().is_some_and(is_known))
            .collect();
        assert!(strange.is_empty(), "{strange:?}");

        let server = store.serve().await;
        let again = store.upload(&server, &long(50_000)).await;
        assert_eq!(again.status, 201);
        let other = opened(On::Sqlite, &s3).await;
        let now = SystemClock.now();
        assert_eq!(
            other.store.sweep_objects(now).await,
            Ok(0),
            "it may still be running"
        );
        // The other store knows no object, so this run also removes the complete one.
        assert_eq!(
            other
                .store
                .sweep_objects(now.plus_ms(DAY_AND_HOUR_MS))
                .await,
            Ok(2)
        );
        assert_eq!(s3.parts(), 0);
        assert!(
            s3.objects().iter().all(|name| name.contains("/nodes/")),
            "{:?}",
            s3.objects()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_with_different_folders_do_not_start_together() {
    let one = Home::new();
    let source = furnished(&one, On::Postgres).await;
    let (other, other_source) = second(&one, &source);
    let first = one.serve(&with(&["serve"], &source)).await;
    let serve = with(&["serve", "--listen", "127.0.0.1:0"], &other_source);
    let (code, message) = failed(&other, &serve, 4).await;
    assert_eq!(code, "refused", "{message}");
    for words in [
        "the servers of this database do not see the same attachments",
        "1 of 1 running servers",
        &other.text("data/objects"),
        "one shared folder or one S3 bucket",
    ] {
        assert!(message.contains(words), "{message}");
    }
    let ready = first.send("GET", "/readyz", &[], "").await;
    assert_eq!(ready.status, 200, "the first one goes on");
    assert_eq!(first.stop().await.code, Some(0));
    let second = other.serve(&with(&["serve"], &other_source)).await;
    assert_eq!(second.stop().await.code, Some(0), "alone it may start");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_with_a_shared_folder_start_together() {
    let one = Home::new();
    let source = furnished(&one, On::Postgres).await;
    let create = words("credential create --account 1 --api native --name files");
    let token = secret(&one.json(&with(&create, &source)).await, "token");
    let shared = tempfile::tempdir().expect("a folder");
    let text = one.read("data/heddle.toml");
    let url = format!("url = \"folder:{}\"", shared.path().display());
    one.write("data/heddle.toml", &text.replace("url = \"folder:\"", &url));
    let (other, other_source) = second(&one, &source);
    let first = one.serve(&with(&["serve"], &source)).await;
    let second = other.serve(&with(&["serve"], &other_source)).await;
    let text = long(50_000);
    let file = upload(&first, &token, &text).await;
    assert_eq!(file.status, 201, "{file:?}");
    let read = download(&second, &token, &file.json(), &[]).await;
    assert!(read.status == 200 && read.body == text, "{}", read.status);
    first.kill().await;
    // What it left is in the same place, so it does not matter.
    let again = one.serve(&with(&["serve"], &source)).await;
    assert_eq!(again.stop().await.code, Some(0));
    assert_eq!(second.stop().await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_bucket_and_one_with_a_folder_do_not_start_together() {
    let s3 = S3::start().await;
    let one = Home::new();
    let source = furnished(&one, On::Postgres).await;
    let (other, other_source) = second(&one, &source);
    use_bucket(&other, &s3, "data/heddle.toml");
    let first = one.serve(&with(&["serve"], &source)).await;
    let serve = with(&["serve", "--listen", "127.0.0.1:0"], &other_source);
    let (_, message) = failed(&other, &serve, 4).await;
    assert!(
        message.contains("left no marker in s3://attachments/heddle/here"),
        "{message}"
    );
    assert_eq!(s3.objects(), Vec::<String>::new(), "its own marker is gone");
    assert_eq!(first.stop().await.code, Some(0));
}
