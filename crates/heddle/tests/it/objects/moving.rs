//! Tests of `heddle objects move`: from a folder to a bucket while a server runs, and back.

use heddle_testkit::On;
use heddle_testkit::bucket::S3;
use serde_json::Value;

use super::{download, long, upload, use_bucket};
use crate::commands::{furnished, secret, with};
use crate::operator::{failed, words};
use crate::process::{Home, Serving};

/// Attachments that were written, with their texts.
#[derive(Default)]
struct Written(Vec<(Value, String)>);

impl Written {
    async fn add(&mut self, server: &Serving, token: &str, length: usize) {
        let text = long(length);
        let answer = upload(server, token, &text).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        self.0.push((answer.json(), text));
    }

    async fn are_readable(&self, server: &Serving, token: &str) {
        for (file, text) in &self.0 {
            let read = download(server, token, file, &[]).await;
            assert!(
                read.status == 200 && read.body == *text,
                "{file}: {}",
                read.status
            );
        }
    }
}

fn numbers(moved: &Value) -> (i64, i64) {
    let number = |name: &str| moved["moved"][name].as_i64().expect("a number");
    (number("copied"), number("present"))
}

const BUCKET: &str = "s3://attachments/heddle/here";

/// Moves to the bucket while a server runs, and ends with a server that knows only the bucket.
async fn a_store_moves_to_s3_and_back(on: On) {
    let s3 = S3::start().await;
    let home = Home::new();
    let source = furnished(&home, on).await;
    let create = words("credential create --account 1 --api native --name files");
    let token = secret(&home.json(&with(&create, &source)).await, "token");
    let file = "data/heddle.toml";
    let in_folder = home.read(file);
    // The keys of S3 are set, but the objects are in the folder.
    use_bucket(&home, &s3, file);
    let in_bucket = home.read(file);
    let with_keys = in_bucket.replace(&format!("url = {BUCKET:?}"), "url = \"folder:\"");
    assert_ne!(with_keys, in_folder);
    home.write(file, &with_keys);
    let folder = format!("folder:{}", home.text("data/objects"));
    let to_s3 = with(&["objects", "move", "--to", BUCKET], &source);

    let server = home.serve(&with(&["serve"], &source)).await;
    let mut written = Written::default();
    for length in [40_000, 50_000, 9 << 20] {
        written.add(&server, &token, length).await;
    }
    assert_eq!(numbers(&home.json(&to_s3).await), (3, 0));
    written.add(&server, &token, 60_000).await;
    assert_eq!(numbers(&home.json(&to_s3).await), (1, 3));
    assert_eq!(numbers(&home.json(&to_s3).await), (0, 4));
    written.are_readable(&server, &token).await;
    // Written after the last copy, and before the new configuration.
    written.add(&server, &token, 70_000).await;
    assert_eq!(server.stop().await.code, Some(0));

    let previous = format!("url = {BUCKET:?}\nprevious = {folder:?}");
    home.write(
        file,
        &in_bucket.replace(&format!("url = {BUCKET:?}"), &previous),
    );
    let server = home.serve(&with(&["serve"], &source)).await;
    written.are_readable(&server, &token).await;
    written.add(&server, &token, 80_000).await;
    let rest = ["objects", "move", "--from", &folder, "--to", BUCKET];
    assert_eq!(numbers(&home.json(&with(&rest, &source)).await), (1, 4));
    assert_eq!(server.stop().await.code, Some(0));

    home.write(file, &in_bucket);
    std::fs::remove_dir_all(home.path("data/objects")).expect("removed");
    let server = home.serve(&with(&["serve"], &source)).await;
    written.are_readable(&server, &token).await;
    let back = format!("folder:{}", home.text("back"));
    let back = ["objects", "move", "--to", &back];
    assert_eq!(numbers(&home.json(&with(&back, &source)).await), (6, 0));
    assert_eq!(server.stop().await.code, Some(0));
    let url = format!("url = \"folder:{}\"", home.text("back"));
    home.write(file, &in_folder.replace("url = \"folder:\"", &url));
    drop(s3);
    let server = home.serve(&with(&["serve"], &source)).await;
    written.are_readable(&server, &token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_on_sqlite_moves_to_s3_and_back() {
    a_store_moves_to_s3_and_back(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_on_postgres_moves_to_s3_and_back() {
    a_store_moves_to_s3_and_back(On::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_object_is_named_and_not_copied() {
    let s3 = S3::start().await;
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    use_bucket(&home, &s3, "data/heddle.toml");
    let from = home.path("old");
    std::fs::create_dir_all(from.join("1")).expect("made");
    let name = format!("{}.0000000000000t1", "0".repeat(64));
    std::fs::write(from.join("1").join(&name), "other bytes").expect("written");
    std::fs::write(from.join("1").join("notes.txt"), "not ours").expect("written");
    let url = format!("folder:{}", from.display());
    let command = ["objects", "move", "--from", &url, "--to", BUCKET];
    let output = home.run(&with(&command, &source)).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&name) && said.contains("restore them from a backup"),
        "{said}"
    );
    assert_eq!(s3.objects(), Vec::<String>::new());
    let gone = format!("folder:{}", home.text("gone"));
    let missing = ["objects", "move", "--from", &gone, "--to", BUCKET];
    let (code, message) = failed(&home, &with(&missing, &source), 5).await;
    assert_eq!(code, "store_missing", "{message}");
    let same = ["objects", "move", "--to", BUCKET];
    let (_, message) = failed(&home, &with(&same, &source), 2).await;
    assert!(message.contains("the old and the new place"), "{message}");
}
