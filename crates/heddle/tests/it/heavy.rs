//! Tests of the memory that large requests take, measured at a running server.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::process::{Answer, Home, Serving, in_time};

const MIB: usize = 1 << 20;
/// What the server may need beside the bodies: buffers of connections and of the store.
const SLACK: usize = 12 * MIB;

/// A running demo with a token for Help Scout's API.
struct Stage {
    server: Serving,
    token: String,
}

impl Stage {
    async fn new(home: &Home) -> Self {
        let server = home.serve(&["demo"]).await;
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            server.text("/helpscout/client_id"),
            server.text("/helpscout/client_secret")
        );
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = server
            .send("POST", "/v2/oauth2/token", &headers, &form)
            .await;
        let token = answer.json()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        Self { server, token }
    }

    async fn create(&self, body: &str) -> Answer {
        self.ask("POST", "/v2/conversations", body).await
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        self.server.send(method, path, &headers, body).await
    }

    /// Waits until the search index holds every message, so that its work is not measured with a request.
    async fn indexed(&self) {
        let bearer = format!("Bearer {}", self.server.text("/native/token"));
        let headers = [("authorization", bearer.as_str())];
        let up_to_date = async || {
            let answer = self
                .server
                .send("GET", "/api/v1/search/status", &headers, "")
                .await;
            answer.json()["up_to_date"] == true
        };
        in_time("the search index", async { while !up_to_date().await {} }).await;
    }

    /// Creates a conversation with a thread. Returns the path of its threads, and the path to add files to the thread.
    async fn thread(&self) -> (String, String) {
        let made = self.create(&self.body(&[10], false)).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let threads = format!("/v2/conversations/{}/threads", made.header("resource-id"));
        let listed = self.ask("GET", &threads, "").await.json();
        let thread = &listed["_embedded"]["threads"][0]["id"];
        let files = format!("{threads}/{thread}/attachments");
        (threads, files)
    }

    /// Uploads a file. Comes again as long as the server asks for that.
    async fn upload(&self, path: &str, file: &str) -> String {
        loop {
            let answer = self.ask("POST", path, file).await;
            match answer.status {
                201 => return answer.header("resource-id").to_owned(),
                503 => assert_ne!(answer.header("retry-after"), ""),
                _ => panic!("{answer:?}"),
            }
        }
    }

    fn status(&self, name: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.pid()));
        let status = status.expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.expect("a line").trim().trim_end_matches(" kB");
        number.parse::<usize>().expect("a number") << 10
    }

    /// Returns how many bytes of memory `run` needed at most, beside those that the server had before.
    async fn measure<T>(&self, run: impl Future<Output = T>) -> (T, usize) {
        let before = self.status("VmRSS:");
        let reset = std::fs::write(format!("/proc/{}/clear_refs", self.server.pid()), "5");
        reset.expect("the process is the test's own");
        let done = run.await;
        (done, self.status("VmHWM:").saturating_sub(before))
    }

    /// Returns a body with attachments of so many bytes, each escaped in base64 as some clients do.
    fn body(&self, sizes: &[usize], escape: bool) -> String {
        let file = |size: &usize| {
            json!({ "fileName": "a.bin", "mimeType": "application/octet-stream",
                "data": STANDARD.encode(vec![0xff_u8; *size]) })
        };
        let files: Vec<Value> = sizes.iter().map(file).collect();
        let body = json!({
            "subject": "Large", "type": "email", "status": "active",
            "mailboxId": self.server.id("/helpscout/mailbox_id"),
            "customer": { "id": self.server.id("/helpscout/customer_id") },
            "threads": [{ "type": "customer", "text": "See the files.",
                "customer": { "id": self.server.id("/helpscout/customer_id") }, "attachments": files }],
        });
        let body = body.to_string();
        if escape {
            body.replace('/', "\\/")
        } else {
            body
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_body_takes_no_more_memory_than_itself_and_one_copy() {
    let home = Home::new();
    let stage = Stage::new(&home).await;
    assert_eq!(stage.create(&stage.body(&[10], false)).await.status, 201);
    for escape in [false, true] {
        let sizes: &[usize] = if escape {
            &[4 * MIB, 4 * MIB]
        } else {
            &[9 * MIB, 9 * MIB]
        };
        let body = stage.body(sizes, escape);
        let (answer, needed) = stage.measure(stage.create(&body)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let most = 2 * body.len() + SLACK;
        assert!(
            needed <= most,
            "{} MiB for {} MiB",
            needed / MIB,
            body.len() / MIB
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_large_bodies_share_one_budget() {
    let home = Home::new();
    let stage = Stage::new(&home).await;
    assert_eq!(stage.create(&stage.body(&[10], false)).await.status, 201);
    let body = stage.body(&[9 * MIB, 9 * MIB], false);
    let all = futures_util::future::join_all((0..6).map(|_| stage.create(&body)));
    let (answers, needed) = stage.measure(all).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert!(statuses.contains(&201), "{statuses:?}");
    assert!(
        statuses.iter().all(|status| [201, 503].contains(status)),
        "{statuses:?}"
    );
    assert!(
        needed <= 64 * MIB + 2 * SLACK,
        "{} MiB: {statuses:?}",
        needed / MIB
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_very_many_small_values_is_refused_unread() {
    let home = Home::new();
    let stage = Stage::new(&home).await;
    let tags = format!("{{\"tags\":[{}0]}}", "0,".repeat(12 * MIB));
    let (answer, needed) = stage.measure(stage.create(&tags)).await;
    assert_eq!(answer.status, 413, "{}", answer.body);
    assert!(needed <= 2 * tags.len() + SLACK, "{} MiB", needed / MIB);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_long_threads_takes_the_memory_of_a_few_of_them() {
    const THREADS: usize = 12;
    const LENGTH: usize = 8 * MIB;
    let home = Home::new();
    let stage = Stage::new(&home).await;
    let conversation = stage.create(&stage.body(&[10], false)).await;
    assert_eq!(conversation.status, 201, "{}", conversation.body);
    let threads = format!("/v2/conversations/{}/", conversation.header("resource-id"));
    let note = json!({ "text": "x".repeat(LENGTH) }).to_string();
    for _ in 0..THREADS {
        assert_eq!(
            stage
                .ask("POST", &format!("{threads}notes"), &note)
                .await
                .status,
            201
        );
    }
    stage.indexed().await;
    let path = format!("{threads}threads");
    let read = stage.ask("GET", &path, "");
    let (answer, needed) = stage.measure(read).await;
    assert_eq!(answer.status, 200);
    let listed = answer.json()["_embedded"]["threads"]
        .as_array()
        .map(Vec::len);
    assert_eq!(listed, Some(THREADS + 1));
    assert!(answer.body.len() > THREADS * LENGTH);
    assert!(needed <= 5 * LENGTH + SLACK, "{} MiB", needed / MIB);
}

/// Returns the body that uploads a file of so many bytes.
fn file(size: usize) -> String {
    json!({ "fileName": "a.bin", "mimeType": "application/octet-stream",
        "data": STANDARD.encode(vec![b'x'; size]) })
    .to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_files_of_a_mebibyte_at_once_are_stored_in_little_memory() {
    const FILES: usize = 500;
    let home = Home::new();
    let stage = Stage::new(&home).await;
    let (threads, path) = stage.thread().await;
    stage.indexed().await;
    let file = file(MIB);
    let all = futures_util::future::join_all((0..FILES).map(|_| stage.upload(&path, &file)));
    let (_, needed) = stage.measure(all).await;
    let listed = stage.ask("GET", &threads, "").await.json();
    let files = &listed["_embedded"]["threads"][0]["_embedded"]["attachments"];
    let sizes: Vec<&Value> = files
        .as_array()
        .into_iter()
        .flatten()
        .map(|file| &file["size"])
        .collect();
    assert_eq!(sizes.iter().filter(|size| **size == MIB).count(), FILES);
    assert!(needed <= 200 * MIB, "{} MiB", needed / MIB);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn downloads_of_large_files_take_little_memory() {
    const SIZE: usize = 10 * MIB;
    const READERS: usize = 8;
    let home = Home::new();
    let stage = Stage::new(&home).await;
    let (threads, path) = stage.thread().await;
    stage.indexed().await;
    let id = stage.upload(&path, &file(SIZE)).await;
    let conversation = threads.trim_end_matches("/threads");
    for what in ["file", "data"] {
        let path = format!("{conversation}/attachments/{id}/{what}");
        let all = futures_util::future::join_all((0..READERS).map(|_| stage.ask("GET", &path, "")));
        let (answers, needed) = stage.measure(all).await;
        for answer in answers {
            assert_eq!(answer.status, 200);
            assert!(answer.body.len() >= SIZE, "{what}: {}", answer.body.len());
        }
        // Each thread that reads a file keeps pages of its own, so the limit grows with the readers, not with the file.
        let most = SLACK + READERS * MIB;
        assert!(needed <= most, "{what}: {} MiB", needed / MIB);
    }
}
