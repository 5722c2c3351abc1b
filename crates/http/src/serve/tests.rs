//! The accept loop and its layers on real sockets.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::body::Body;
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use bytes::Bytes;
use http::StatusCode;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::body::{READ_TIMEOUT, read};
use crate::dispatch::{ApiName, Mount};
use crate::peer::Peer;

mod http2;
mod places;
mod secure;

struct Running {
    address: SocketAddr,
    token: CancellationToken,
    task: JoinHandle<io::Result<()>>,
}

fn dispatch() -> Dispatch {
    let vendor = Mount {
        name: ApiName::named("vendor"),
        prefixes: &["/v2/"],
        render: |fault, _| answer("vendor", fault),
        spell: RequestId::hex,
        private_after: &[],
        joins_slashes: false,
    };
    let other = Mount {
        name: ApiName::named("other"),
        prefixes: &[],
        render: |fault, _| answer("other", fault),
        spell: RequestId::hex,
        private_after: &[],
        joins_slashes: false,
    };
    Dispatch::new([vendor], other)
}

fn answer(api: &str, fault: Fault) -> Response {
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        format!("{api} {fault:?}"),
    )
        .into_response()
}

async fn start(router: Router, options: Options) -> Running {
    start_with(router, options, BodyBudget::new(64 << 20)).await
}

async fn start_with(router: Router, options: Options, budget: BodyBudget) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let token = CancellationToken::new();
    let router = wrap(router, TrustedProxies::default(), budget, dispatch());
    let task = tokio::spawn(serve(listener, router, options, token.clone()));
    Running {
        address,
        token,
        task,
    }
}

impl Running {
    async fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address)
            .await
            .expect("the server listens");
        Client { stream }
    }

    async fn stop(self) {
        self.token.cancel();
        self.task.await.expect("no panic").expect("no fault");
    }
}

struct Client {
    stream: TcpStream,
}

impl Client {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream
            .write_all(bytes.as_ref())
            .await
            .expect("the server reads");
    }

    /// Returns the head of a response, including its empty line.
    async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.expect("the server answers"));
        }
        String::from_utf8(head).expect("UTF-8")
    }

    /// Returns the status line and the body of a response with a `Content-Length`.
    async fn answer(&mut self) -> (String, String) {
        let head = self.head().await;
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")
                .map(str::to_owned)
        });
        let length = length.map_or(0, |length| length.parse().expect("a number"));
        let mut body = vec![0; length];
        self.stream
            .read_exact(&mut body)
            .await
            .expect("the whole body");
        let status = head.lines().next().unwrap_or_default().to_owned();
        (status, String::from_utf8(body).expect("UTF-8"))
    }

    async fn ask(&mut self, path: &str) -> (String, String) {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"))
            .await;
        self.answer().await
    }

    /// Returns the status line; `None` if the connection closes first.
    async fn try_ask(&mut self, path: &str) -> Option<String> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await.ok()?;
        let mut start = [0; 15];
        self.stream.read_exact(&mut start).await.ok()?;
        String::from_utf8(start.to_vec()).ok()
    }

    async fn is_closed(&mut self) -> bool {
        matches!(self.stream.read(&mut [0]).await, Ok(0) | Err(_))
    }
}

fn apis() -> Router {
    async fn refuse() -> (StatusCode, &'static str) {
        (StatusCode::UNAUTHORIZED, "who are you?")
    }
    async fn count(body: Body) -> String {
        match read(body, 1024).await {
            Ok(bytes) => bytes.len().to_string(),
            Err(fault) => format!("{fault:?}"),
        }
    }
    async fn panic(_: Request) -> Infallible {
        panic!("this panic belongs to a test")
    }
    Router::new()
        .route("/refuse", any(refuse))
        .route("/count", post(count))
        .route("/v2/panic", any(panic))
        .route("/gone", any(StatusCode::NO_CONTENT))
        .route(
            "/peer",
            get(|Peer(peer): Peer| async move { peer.to_string() }),
        )
}

const OK: &str = "HTTP/1.1 200 OK";
const UNAUTHORIZED: &str = "HTTP/1.1 401 Unauthorized";

/// RFC 9110 section 8.6 forbids `Content-Length` there.
#[tokio::test]
async fn a_204_has_neither_length_nor_media_type() {
    let server = start(apis(), Options::default()).await;
    let mut client = server.connect().await;
    client
        .send("DELETE /gone HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    let head = client.head().await.to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 204"), "{head}");
    assert!(!head.contains("content-"), "{head}");
    server.stop().await;
}

#[tokio::test]
async fn a_large_unread_body_does_not_hide_the_response() {
    let server = start(apis(), Options::default()).await;
    let mut client = server.connect().await;
    let size = 20 * 1024 * 1024;
    client
        .send(format!(
            "POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
        ))
        .await;
    client.send(vec![b'x'; size]).await;
    assert_eq!(
        client.answer().await,
        (UNAUTHORIZED.into(), "who are you?".into())
    );
    assert_eq!(client.ask("/peer").await, (OK.into(), "127.0.0.1".into()));
    server.stop().await;
}

#[tokio::test]
async fn a_body_beyond_the_handlers_limit_is_drained_too() {
    let server = start(apis(), Options::default()).await;
    let mut client = server.connect().await;
    let piece = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    client
        .send("POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    client.send(piece.repeat(64)).await;
    client.send("0\r\n\r\n").await;
    assert_eq!(client.answer().await, (OK.into(), "TooLarge".into()));
    assert_eq!(client.ask("/peer").await.0, OK);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_expects_100_is_asked_only_when_the_body_is_wanted() {
    let server = start(apis(), Options::default()).await;
    let head = |path: &str, length: usize| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let mut wanted = server.connect().await;
    wanted.send(head("/count", 3)).await;
    assert_eq!(wanted.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
    wanted.send("abc").await;
    assert_eq!(wanted.answer().await, (OK.into(), "3".into()));

    let mut refused = server.connect().await;
    refused.send(head("/refuse", 20_000_000)).await;
    assert_eq!(refused.answer().await.0, UNAUTHORIZED);

    let mut too_large = server.connect().await;
    too_large.send(head("/count", 20_000_000)).await;
    assert_eq!(too_large.answer().await, (OK.into(), "TooLarge".into()));
    server.stop().await;
}

#[tokio::test]
async fn a_panic_gets_an_error_response_and_affects_no_other_request() {
    let server = start(apis(), Options::default()).await;
    let mut client = server.connect().await;
    client
        .send("POST /v2/panic HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        .await;
    let expected = "HTTP/1.1 500 Internal Server Error";
    assert_eq!(
        client.answer().await,
        (expected.into(), "vendor Internal".into())
    );
    assert_eq!(client.ask("/peer").await.0, OK);
    server.stop().await;
}

#[tokio::test]
async fn a_stop_closes_idle_connections_and_finishes_requests() {
    let begun = Arc::new(Notify::new());
    let release = Arc::new(Notify::new());
    let slow = {
        let (begun, release) = (begun.clone(), release.clone());
        move || async move {
            begun.notify_one();
            release.notified().await;
            "done"
        }
    };
    let server = start(apis().route("/slow", get(slow)), Options::default()).await;
    let mut idle = server.connect().await;
    assert_eq!(idle.ask("/peer").await.0, OK);
    let mut busy = server.connect().await;
    busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    begun.notified().await;

    server.token.cancel();
    assert!(idle.is_closed().await);
    release.notify_one();
    assert_eq!(busy.answer().await, (OK.into(), "done".into()));
    assert!(busy.is_closed().await);
    server.task.await.expect("no panic").expect("no fault");
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_request_longer_than_the_grace_period_is_aborted() {
    let begun = Arc::new(Notify::new());
    let stuck = {
        let begun = begun.clone();
        move || async move {
            begun.notify_one();
            std::future::pending::<()>().await;
        }
    };
    let grace = Duration::from_millis(1);
    let options = Options {
        grace,
        ..Options::default()
    };
    let server = start(Router::new().route("/stuck", get(stuck)), options).await;
    let mut client = server.connect().await;
    client.send("GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n").await;
    begun.notified().await;
    server.stop().await;
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_request_head_that_never_ends_times_out() {
    let head_timeout = Duration::from_millis(10);
    let options = Options {
        head_timeout,
        ..Options::default()
    };
    let server = start(apis(), options).await;
    let mut client = server.connect().await;
    client.send("GET /peer HTTP/1.1\r\nHo").await;
    assert!(client.is_closed().await);
    server.stop().await;
}

/// An answer without an end, such as a stream of events: nothing comes for a while, and nobody is at fault.
#[tokio::test]
async fn a_quiet_answer_outlives_the_time_limits_of_connections() {
    let limit = Duration::from_millis(10);
    let options = Options {
        head_timeout: limit,
        write_timeout: limit,
        ..Options::default()
    };
    let wake = Arc::new(Notify::new());
    let woken = Arc::clone(&wake);
    let quiet = move || {
        let wake = Arc::clone(&woken);
        let words = futures_util::stream::unfold(0, move |number| {
            let wake = Arc::clone(&wake);
            async move {
                if number > 0 {
                    wake.notified().await;
                }
                Some((Ok::<_, Infallible>(Bytes::from("word")), number + 1))
            }
        });
        async { Body::from_stream(words) }
    };
    let server = start(apis().route("/quiet", get(quiet)), options).await;
    let mut client = server.connect().await;
    client.send("GET /quiet HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(client.head().await.starts_with(OK));
    let mut chunk = [0; 9];
    for _ in 0..3 {
        client.stream.read_exact(&mut chunk).await.expect("a word");
        assert_eq!(&chunk, b"4\r\nword\r\n");
        // Both limits pass.
        for _ in 0..3 {
            let mut slow = server.connect().await;
            slow.send("GET /peer HTTP/1.1\r\nHo").await;
            assert!(slow.is_closed().await);
        }
        wake.notify_one();
    }
    drop(client);
    server.stop().await;
}

/// Sends `bytes` as one write; returns the status line, and whether the connection closes.
async fn refused(server: &Running, bytes: &str) -> (String, bool) {
    let mut client = server.connect().await;
    client.send(bytes).await;
    let head = client.head().await;
    let status = head.lines().next().unwrap_or_default().to_owned();
    let closes = head.to_ascii_lowercase().contains("connection: close");
    (status, closes && client.is_closed().await)
}

#[tokio::test]
async fn ambiguous_heads_are_refused_and_the_connection_closes() {
    let server = start(apis(), Options::default()).await;
    let chunked = "Transfer-Encoding: chunked\r\n";
    for (lines, status) in [
        (String::new(), "400 Bad Request"),
        ("Host: x\r\nHost: x\r\n".into(), "400 Bad Request"),
        (
            format!("Host: x\r\nContent-Length: 3\r\n{chunked}"),
            "400 Bad Request",
        ),
        (
            format!("Host: x\r\n{chunked}Content-Length: 3\r\n"),
            "400 Bad Request",
        ),
        (
            format!("Host: x\r\n{chunked}{chunked}"),
            "501 Not Implemented",
        ),
        (
            "Host: x\r\nTransfer-Encoding: gzip, chunked\r\n".into(),
            "501 Not Implemented",
        ),
        (
            "Host: x\r\nTransfer-Encoding: gzip\r\n".into(),
            "501 Not Implemented",
        ),
        (
            "Host: x\r\nTransfer-Encoding: identity\r\n".into(),
            "501 Not Implemented",
        ),
        (
            "Host: x\r\nContent-Length: 3\r\nExpect: 200-ok\r\n".into(),
            "417 Expectation Failed",
        ),
    ] {
        let answer = refused(&server, &format!("POST /count HTTP/1.1\r\n{lines}\r\n")).await;
        assert_eq!(answer, (format!("HTTP/1.1 {status}"), true), "{lines:?}");
    }
    let mut old = server.connect().await;
    old.send("GET /peer HTTP/1.0\r\n\r\n").await;
    assert_eq!(old.answer().await.0, "HTTP/1.0 200 OK");
    server.stop().await;
}

#[tokio::test]
async fn a_connection_closes_after_a_chunked_request_whose_head_came_early() {
    let server = start(apis(), Options::default()).await;
    let chunked =
        "POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
    let both = chunked.replace("Host: x", "Host: x\r\nContent-Length: 4");
    let mut client = server.connect().await;
    client.send(chunked).await;
    assert!(!client.head().await.contains("connection: close"));
    let mut pipelined = server.connect().await;
    pipelined.send(format!("{chunked}{both}")).await;
    assert_eq!(pipelined.answer().await, (OK.into(), "1".into()));
    assert!(pipelined.head().await.contains("connection: close"));
    server.stop().await;
}

/// The rest of the body would come some time, and nobody could tell it from the next request.
#[tokio::test(start_paused = true)]
async fn a_connection_closes_after_a_body_that_did_not_arrive_in_time() {
    let server = start(apis(), Options::default()).await;
    let mut slow = server.connect().await;
    let begun = tokio::time::Instant::now();
    slow.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
        .await;
    slow.send("ten bytes.").await;
    let head = slow.head().await;
    assert!(head.contains("connection: close"), "{head}");
    assert!(begun.elapsed() >= READ_TIMEOUT);
    let mut rest = String::new();
    slow.stream.read_to_string(&mut rest).await.expect("an end");
    assert_eq!(rest, "TimedOut");
    server.stop().await;
}
