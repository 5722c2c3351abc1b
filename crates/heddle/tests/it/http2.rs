//! Tests of HTTP/2 on the server's own TLS listener, with `curl` as the client.

use std::process::Stdio;

use heddle_testkit::On;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::commands::{furnished, secret, with};
use crate::process::{Home, Serving, in_time};

const TLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../http/src/tls");

/// A server with TLS, at which the host `localhost` belongs to Help Scout's API.
struct Secure {
    home: Home,
    source: Vec<String>,
    server: Serving,
}

/// What `curl` got.
#[derive(Debug)]
struct Got {
    /// The version of HTTP and the status, as `2 200`.
    result: String,
    headers: String,
    body: String,
}

impl Secure {
    async fn start() -> Self {
        let home = Home::new();
        let source = furnished(&home, On::Sqlite).await;
        let lines = format!(
            "[server]\ntls_certificate_file = \"{TLS}/server.pem\"\ntls_key_file = \"{TLS}/server.key\""
        );
        let file = home
            .read("data/heddle.toml")
            .replacen("[server]", &lines, 1)
            .replace("\nhosts = []", "\nhosts = [\"localhost=helpscout\"]");
        home.write("data/heddle.toml", &file);
        let server = home.serve(&with(&["serve"], &source)).await;
        Self {
            home,
            source,
            server,
        }
    }

    async fn credential(&self, api: &str) -> Value {
        let command = format!("credential create --account 1 --api {api} --name k --agent 2");
        let words: Vec<&str> = command.split(' ').collect();
        self.home.json(&with(&words, &self.source)).await
    }

    fn curl(&self, arguments: &[&str]) -> Command {
        let mut curl = Command::new("curl");
        let authority = format!("{TLS}/ca.pem");
        curl.args(["--no-progress-meter", "--cacert", &authority])
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        curl
    }

    async fn get(&self, url: &str, arguments: &[&str]) -> Got {
        let (headers, body) = (self.home.text("headers"), self.home.text("body"));
        let own = [
            "-D",
            &headers,
            "-o",
            &body,
            "-w",
            "%{http_version} %{response_code}",
            url,
        ];
        let run = self.curl(&[&own, arguments].concat()).output();
        let output = in_time("the end of curl", run).await.expect("curl runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{url}: {said}");
        Got {
            result: String::from_utf8(output.stdout).expect("UTF-8"),
            headers: self.home.read("headers"),
            body: self.home.read("body"),
        }
    }
}

#[tokio::test]
async fn a_client_that_offers_http2_gets_it_with_the_links_of_its_host() {
    let secure = Secure::start().await;
    let url = secure.server.text("/url").to_owned();
    let port = url.rsplit(':').next().expect("a port");
    let host = format!("https://localhost:{port}");
    let health = format!("{url}/healthz");
    for (option, result) in [
        ("--http2", "2 200"),
        ("--http1.1", "1.1 200"),
        ("--no-alpn", "1.1 200"),
    ] {
        assert_eq!(secure.get(&health, &[option]).await.result, result);
    }
    let made = secure.credential("helpscout").await;
    let grant = json!({
        "grant_type": "client_credentials",
        "client_id": secret(&made, "client_id"), "client_secret": secret(&made, "client_secret"),
    });
    let json = "content-type: application/json";
    let token = format!("{host}/v2/oauth2/token");
    let token = secure
        .get(&token, &["--http2", "-H", json, "-d", &grant.to_string()])
        .await;
    assert_eq!(token.result, "2 200", "{token:?}");
    let token: Value = serde_json::from_str(&token.body).expect("JSON");
    let bearer = format!(
        "authorization: Bearer {}",
        token["access_token"].as_str().expect("a token")
    );
    let conversation = json!({
        "subject": "s", "type": "phone", "mailboxId": 1, "status": "active", "customer": { "id": 1 },
        // More than the window of a stream.
        "threads": [{ "type": "phone", "text": "t".repeat(800_000), "customer": { "id": 1 } }],
    });
    secure.home.write("conversation", &conversation.to_string());
    let data = format!("@{}", secure.home.text("conversation"));
    let conversations = format!("{host}/v2/conversations");
    let sent = ["--http2", "-H", json, "-H", &bearer, "--data-binary", &data];
    let made = secure.get(&conversations, &sent).await;
    assert_eq!(made.result, "2 201", "{made:?}");
    let location = format!("location: {host}/v2/conversations/");
    assert!(made.headers.contains(&location), "{}", made.headers);
    // At the host of one API no other one answers.
    let other = secure
        .get(&format!("{host}/api/v1/conversations"), &["--http2"])
        .await;
    assert_eq!(other.result, "2 404", "{other:?}");
    let log = secure.server.stop().await.log;
    assert!(log.contains("http.path=\"/v2/conversations\""), "{log}");
    assert!(!log.contains("https://localhost"), "{log}");
}

#[tokio::test]
async fn events_are_streamed_over_http2_beside_other_requests() {
    let secure = Secure::start().await;
    let url = secure.server.text("/url").to_owned();
    let token = secret(&secure.credential("native").await, "token");
    let bearer = format!("authorization: Bearer {token}");
    let stream = format!("{url}/api/v1/events/stream");
    let mut reader = secure
        .curl(&["--http2", "-N", "-i", "-H", &bearer, &stream])
        .stdout(Stdio::piped())
        .spawn()
        .expect("curl starts");
    let mut lines = BufReader::new(reader.stdout.take().expect("piped")).lines();
    let mut line = async |what: &str| {
        let line = in_time(what, lines.next_line()).await.expect("a line");
        line.map(|line| line.trim_end().to_owned())
    };
    assert_eq!(line("the status").await.as_deref(), Some("HTTP/2 200"));
    // The server says at once that the stream has begun.
    while line("the end of the head")
        .await
        .is_some_and(|line| !line.is_empty())
    {}
    let json = "content-type: application/json";
    let conversation = json!({
        "inbox_id": 1, "customer": { "email": "q@mail.example" }, "subject": "Kettle",
        "messages": [{ "channel": "phone", "direction": "incoming", "body": "It leaks." }],
    });
    let conversations = format!("{url}/api/v1/conversations");
    let sent = [
        "--http2",
        "-H",
        json,
        "-H",
        &bearer,
        "-d",
        &conversation.to_string(),
    ];
    assert_eq!(secure.get(&conversations, &sent).await.result, "2 201");
    while !line("the event")
        .await
        .expect("more")
        .contains("conversation.created")
    {}
    let ended = in_time("the end", secure.server.stop()).await;
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert!(!ended.log.contains("the grace is over"), "{}", ended.log);
    while line("the end of the stream").await.is_some() {}
    let status = in_time("the end of curl", reader.wait()).await;
    assert!(status.expect("it ended").success());
}
