//! HTTP/2 on the accept loop with TLS, with clients that others wrote.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use h2::client::SendRequest;
use h2::{Reason, RecvStream};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HOST};
use http::{HeaderMap, Method, Uri, Version};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ALL_VERSIONS;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::secure::{config, name, options};
use super::*;

type Request = http::Request<Full<Bytes>>;

/// A TLS connection that chose HTTP/2.
async fn secured(running: &Running) -> TlsStream<TcpStream> {
    let protocols: &[&[u8]] = &[b"h2", b"http/1.1"];
    let connector = TlsConnector::from(Arc::new(config(ALL_VERSIONS, protocols)));
    let stream = TcpStream::connect(running.address).await;
    let stream = stream.expect("the server listens");
    let secured = connector.connect(name("api.vendor.example"), stream).await;
    let secured = secured.expect("TLS");
    assert_eq!(secured.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    secured
}

/// A client of hyper, and the task of its connection.
struct Fluent {
    sender: hyper::client::conn::http2::SendRequest<Full<Bytes>>,
    connection: JoinHandle<hyper::Result<()>>,
}

impl Fluent {
    async fn connect(running: &Running) -> Self {
        let stream = TokioIo::new(secured(running).await);
        let shaken = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await;
        let (sender, connection) = shaken.expect("HTTP/2");
        let connection = tokio::spawn(connection);
        Self { sender, connection }
    }

    async fn send(&self, request: Request) -> hyper::Result<http::Response<hyper::body::Incoming>> {
        self.sender.clone().send_request(request).await
    }

    async fn ask(&self, request: Request) -> (StatusCode, HeaderMap, String) {
        let response = self.send(request).await.expect("an answer");
        assert_eq!(response.version(), Version::HTTP_2);
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("UTF-8");
        (head.status, head.headers, body)
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let (status, _, body) = self.ask(get(path)).await;
        (status, body)
    }
}

fn url(path: &str) -> String {
    format!("https://api.vendor.example{path}")
}

fn get(path: &str) -> Request {
    let request = http::Request::get(url(path)).body(Full::default());
    request.expect("a request")
}

fn post(path: &str, body: impl Into<Bytes>) -> Request {
    let request = http::Request::post(url(path)).body(Full::new(body.into()));
    request.expect("a request")
}

/// A client of h2, which can do what hyper does not.
struct Raw {
    sender: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
}

impl Raw {
    async fn connect(running: &Running, builder: &h2::client::Builder) -> Self {
        let stream = secured(running).await;
        let (sender, connection) = builder.handshake(stream).await.expect("HTTP/2");
        let connection = tokio::spawn(connection);
        let sender = sender.ready().await.expect("ready");
        Self { sender, connection }
    }

    /// Begins a GET request.
    async fn begin(&mut self, path: &str) -> Result<h2::client::ResponseFuture, h2::Error> {
        self.sender.clone().ready().await?;
        let request = http::Request::get(url(path)).body(()).expect("a request");
        let (response, _) = self.sender.send_request(request, true)?;
        Ok(response)
    }

    /// Waits until the connection has ended. An error is an end, too.
    async fn ended(self) {
        let Self { sender, connection } = self;
        let _ = connection.await.expect("no panic");
        drop(sender);
    }
}

async fn next(body: &mut RecvStream) -> Option<Bytes> {
    let data = body.data().await?.expect("data");
    body.flow_control()
        .release_capacity(data.len())
        .expect("received");
    Some(data)
}

/// A handler that says how a request looks, and one that never answers.
fn routes() -> Router {
    async fn look(uri: Uri, headers: HeaderMap) -> String {
        let host = headers.get(HOST).map(|host| host.to_str().expect("a text"));
        format!("{uri} {}", host.unwrap_or_default())
    }
    async fn odd() -> impl IntoResponse {
        let headers = [(CONNECTION, "close, x-own"), (DATE, "never")];
        (headers, "odd")
    }
    apis()
        .route("/look", any(look))
        .route("/odd", any(odd))
        .route("/large", any(async || "x".repeat(1 << 20)))
        .route("/cut", any(async || axum::Extension(CutConnection)))
        .route("/stuck", any(std::future::pending::<()>))
}

#[tokio::test]
async fn many_requests_run_at_once_on_one_connection() {
    let running = start(routes(), options()).await;
    let client = Fluent::connect(&running).await;
    let asked = (0..90).map(|number| {
        let client = &client;
        async move {
            let body = vec![b'x'; number];
            client.ask(post("/count", body)).await.2
        }
    });
    let counted = futures_util::future::join_all(asked).await;
    let wanted: Vec<_> = (0..90).map(|number| number.to_string()).collect();
    assert_eq!(counted, wanted);
    assert_eq!(client.get("/large").await.1.len(), 1 << 20);
    assert_eq!(client.get("/peer").await.1, "127.0.0.1");
    assert_eq!(client.get("/v2/panic").await.1, "vendor Internal");
    drop(client);
    running.stop().await;
}

#[tokio::test]
async fn handlers_see_a_path_and_a_host() {
    let running = start(routes(), options()).await;
    let client = Fluent::connect(&running).await;
    assert_eq!(
        client.get("/look?a=b").await.1,
        "/look?a=b api.vendor.example"
    );
    for (host, status) in [
        ("api.vendor.example", StatusCode::OK),
        ("API.vendor.example:443", StatusCode::OK),
        ("other.example", StatusCode::BAD_REQUEST),
    ] {
        let mut request = get("/look");
        let host = host.parse().expect("a header");
        request.headers_mut().insert(HOST, host);
        assert_eq!(client.ask(request).await.0, status);
    }
    let tunnel = http::Request::connect("api.vendor.example:443").body(Full::default());
    let (status, ..) = client.ask(tunnel.expect("a request")).await;
    assert_eq!(status, StatusCode::NOT_IMPLEMENTED);
    // No authority and no host.
    let mut raw = Raw::connect(&running, &h2::client::Builder::new()).await;
    for (host, status) in [(None, 400), (Some("own.example"), 200)] {
        let mut request = http::Request::get("/look");
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        let request = request.body(()).expect("a request");
        let (response, _) = raw.sender.send_request(request, true).expect("sent");
        assert_eq!(response.await.expect("an answer").status(), status);
    }
    drop((client, raw));
    running.stop().await;
}

#[tokio::test]
async fn answers_have_no_headers_of_connections_and_head_has_no_body() {
    let running = start(routes(), options()).await;
    let client = Fluent::connect(&running).await;
    let (_, headers, body) = client.ask(get("/odd")).await;
    assert_eq!((headers.get(CONNECTION), &*body), (None, "odd"));
    let mut head = get("/large");
    *head.method_mut() = Method::HEAD;
    let (status, headers, body) = client.ask(head).await;
    assert_eq!((status, body.len()), (StatusCode::OK, 0));
    assert_eq!(headers[CONTENT_LENGTH], (1 << 20).to_string());
    let (status, headers, _) = client.ask(get("/gone")).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(!headers.contains_key(CONTENT_LENGTH));
    drop(client);
    running.stop().await;
}

#[tokio::test]
async fn a_large_head_is_refused_and_its_connection_goes_on() {
    let running = start(routes(), options()).await;
    let client = Fluent::connect(&running).await;
    let mut request = get("/look");
    let value = "x".repeat(15 << 10).parse().expect("a header");
    request.headers_mut().insert("x-long", value);
    assert_eq!(client.ask(request).await.0, StatusCode::OK);
    // hyper's client keeps to the limit that the server has named; this one does not look.
    let mut raw = Raw::connect(&running, &h2::client::Builder::new()).await;
    let request = http::Request::get(url("/look"))
        .header("x-long", "x".repeat(17 << 10))
        .body(())
        .expect("a request");
    let (response, _) = raw.sender.send_request(request, true).expect("sent");
    let status = response.await.map(|response| response.status());
    assert_eq!(
        status.expect("an answer"),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );
    let response = raw.begin("/look").await.expect("sent").await;
    assert_eq!(response.expect("an answer").status(), StatusCode::OK);
    drop((client, raw));
    running.stop().await;
}

/// More than the window of a stream, and together more than fits into the memory for bodies at once.
#[tokio::test]
async fn bodies_of_one_connection_share_the_memory_for_bodies() {
    const SIZE: usize = 600 << 10;
    let budget = BodyBudget::new(1 << 20);
    let most = Arc::new(Mutex::new((0, 0)));
    let (read, left) = (most.clone(), most.clone());
    let receive = move |body: Body| {
        let read = read.clone();
        async move {
            let length = crate::body::read(body, 1 << 20)
                .await
                .map(|bytes| bytes.len());
            {
                let mut held = read.lock();
                held.0 += length.unwrap_or(0);
                held.1 = held.1.max(held.0);
            }
            tokio::task::yield_now().await;
            read.lock().0 -= length.unwrap_or(0);
            format!("{length:?}")
        }
    };
    let router = Router::new().route("/receive", any(receive));
    let running = start_with(router, options(), budget).await;
    let client = Fluent::connect(&running).await;
    let body = Bytes::from(vec![b'x'; SIZE]);
    let sent = (0..20).map(|_| client.ask(post("/receive", body.clone())));
    for (_, _, counted) in futures_util::future::join_all(sent).await {
        assert_eq!(counted, format!("Ok({SIZE})"));
    }
    let (held, most) = *left.lock();
    assert_eq!(held, 0);
    assert!((SIZE..2 * SIZE).contains(&most), "{most} bytes at once");
    drop(client);
    running.stop().await;
}

/// Returns a route whose answer says a word whenever it is woken, and the alarm.
fn quiet() -> (Router, Arc<Notify>) {
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
    (routes().route("/quiet", any(quiet)), wake)
}

#[tokio::test]
async fn a_quiet_answer_outlives_the_time_limits() {
    let limit = Duration::from_millis(10);
    let (router, wake) = quiet();
    let options = Options {
        head_timeout: limit,
        write_timeout: limit,
        ..options()
    };
    let running = start(router, options).await;
    let mut client = Raw::connect(&running, &h2::client::Builder::new()).await;
    let response = client.begin("/quiet").await.expect("sent").await;
    let mut body = response.expect("an answer").into_body();
    for _ in 0..3 {
        assert_eq!(next(&mut body).await.as_deref(), Some(&b"word"[..]));
        // Both limits pass.
        for _ in 0..3 {
            let silent = Raw::connect(&running, &h2::client::Builder::new()).await;
            silent.ended().await;
        }
        wake.notify_one();
    }
    drop((body, client));
    running.stop().await;
}

#[tokio::test]
async fn a_client_that_allows_no_bytes_loses_its_connection() {
    let (router, _wake) = quiet();
    let options = Options {
        write_timeout: Duration::from_millis(50),
        ..options()
    };
    let running = start(router, options).await;
    for path in ["/large", "/peer", "/quiet"] {
        let mut builder = h2::client::Builder::new();
        let mut client = Raw::connect(&running, builder.initial_window_size(0)).await;
        let response = client.begin(path).await.expect("sent").await;
        let mut body = response.expect("an answer").into_body();
        assert!(body.data().await.is_none_or(|data| data.is_err()), "{path}");
        client.ended().await;
    }
    running.stop().await;
}

/// The unread answer ends the connection, but not before the others have had the same time again.
#[tokio::test(start_paused = true)]
async fn one_unread_answer_does_not_stay_for_the_sake_of_others() {
    let (router, wake) = quiet();
    let running = start(router, options()).await;
    let mut builder = h2::client::Builder::new();
    // Room for the other answers on the connection.
    let builder = builder.initial_connection_window_size(1 << 20);
    let mut client = Raw::connect(&running, builder).await;
    let begun = tokio::time::Instant::now();
    let quiet = client.begin("/quiet").await.expect("sent").await;
    let mut quiet = quiet.expect("an answer").into_body();
    assert!(next(&mut quiet).await.is_some());
    // Nobody reads it: 1 MiB is more than the 64 KiB that a client allows at first.
    let unread = client.begin("/large").await.expect("sent").await;
    let _unread = unread.expect("an answer").into_body();
    wake.notify_one();
    assert!(next(&mut quiet).await.is_some());
    assert!(quiet.data().await.is_none_or(|data| data.is_err()));
    client.ended().await;
    let limit = Options::default().write_timeout;
    assert!((limit * 2..limit * 3).contains(&begun.elapsed()));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_the_client_was_told() {
    let head_timeout = Duration::from_secs(10);
    let running = start(routes(), options()).await;
    let client = Fluent::connect(&running).await;
    assert_eq!(client.get("/peer").await.0, StatusCode::OK);
    let begun = tokio::time::Instant::now();
    // Without an error: the client was told.
    client.connection.await.expect("no panic").expect("an end");
    assert!(begun.elapsed() >= head_timeout);
    assert!(begun.elapsed() < head_timeout * 2);

    // A client that says nothing at all, and one that does not react.
    for bytes in [
        &b""[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    ] {
        let mut silent = secured(&running).await;
        silent.write_all(bytes).await.expect("sent");
        let begun = tokio::time::Instant::now();
        let mut rest = Vec::new();
        // The server does not say goodbye to TLS.
        let _ = silent.read_to_end(&mut rest).await;
        assert!(begun.elapsed() >= head_timeout * 2);
        assert!(begun.elapsed() < head_timeout * 3);
    }
    running.stop().await;
}

/// The bytes with which a client begins: the preface, settings without a value, and a GET request.
fn first_bytes(path: &str) -> Vec<u8> {
    let host = "api.vendor.example";
    // HPACK: GET and https from the static table, then the path and the authority as texts.
    let mut head = vec![0x82, 0x87, 0x04, path.len() as u8];
    head.extend(path.bytes());
    head.extend([0x41, host.len() as u8]);
    head.extend(host.bytes());
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    // HEADERS that end the head and the stream, which has number 1.
    bytes.extend([0, 0, head.len() as u8, 1, 5, 0, 0, 0, 1]);
    bytes.extend(head);
    bytes
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_gives_no_sign_of_life_loses_its_connection() {
    let (router, _wake) = quiet();
    let running = start(router, options()).await;
    let mut silent = secured(&running).await;
    silent
        .write_all(&first_bytes("/quiet"))
        .await
        .expect("sent");
    let begun = tokio::time::Instant::now();
    let mut got = Vec::new();
    // Reads, but never answers.
    let _ = silent.read_to_end(&mut got).await;
    assert!(got.windows(4).any(|bytes| bytes == b"word"), "{got:?}");
    let seconds = begun.elapsed().as_secs();
    assert!((30..60).contains(&seconds), "{seconds}");
    running.stop().await;
}

#[tokio::test]
async fn a_client_that_breaks_off_request_after_request_loses_its_connection() {
    let running = start(routes(), options()).await;
    let mut client = Raw::connect(&running, &h2::client::Builder::new()).await;
    let mut begun = 0;
    // Each response is dropped at once, which resets its stream.
    while let Ok(response) = client.begin("/stuck").await {
        drop(response);
        begun += 1;
        assert!(begun < 10_000, "the storm goes on");
        tokio::task::yield_now().await;
    }
    client.ended().await;
    let other = Fluent::connect(&running).await;
    assert_eq!(other.get("/peer").await.0, StatusCode::OK);
    drop(other);
    running.stop().await;
}

#[tokio::test]
async fn a_cut_resets_one_stream() {
    let running = start(routes(), options()).await;
    let mut client = Raw::connect(&running, &h2::client::Builder::new()).await;
    let cut = client.begin("/cut").await.expect("sent").await;
    let error = cut.expect_err("no answer");
    assert!(error.is_reset(), "{error}");
    let response = client.begin("/peer").await.expect("sent").await;
    assert_eq!(response.expect("an answer").status(), StatusCode::OK);
    drop(client);
    running.stop().await;
}

#[tokio::test]
async fn parallel_requests_have_a_limit_of_their_own() {
    let running = start(routes(), options_for(4)).await;
    let mut stuck = Vec::new();
    let mut clients = Vec::new();
    for _ in 0..2 {
        let mut client = Raw::connect(&running, &h2::client::Builder::new()).await;
        for _ in 0..MOST_OF_CONNECTION {
            stuck.push(client.begin("/stuck").await.expect("sent"));
        }
        clients.push(client);
    }
    // The first of each connection does not count. The rest is more than one client may have.
    let mut answers: FuturesUnordered<_> = stuck.into_iter().collect();
    for _ in 0..MOST_OF_CONNECTION - 2 {
        let refused = answers.next().await.expect("requests");
        let reason = refused.expect_err("no answer").reason();
        assert_eq!(reason, Some(Reason::REFUSED_STREAM));
    }
    // The others run: nothing more is known of them.
    assert_eq!(answers.next().now_or_never().map(|_| ()), None);
    assert_eq!(answers.len(), MOST_OF_CONNECTION + 2);
    drop((answers, clients));
    running.stop().await;
}

/// The maximum number of requests of one connection that run at the same time.
const MOST_OF_CONNECTION: usize = 100;

fn options_for(max_connections: u32) -> Options {
    Options {
        max_connections,
        max_connections_per_client: Some(max_connections),
        least_wait: Duration::from_millis(1),
        ..options()
    }
}

#[tokio::test]
async fn an_idle_connection_makes_room_and_a_busy_one_stays() {
    let running = start(routes(), options_for(2)).await;
    let mut busy = Raw::connect(&running, &h2::client::Builder::new()).await;
    let _stuck = busy.begin("/stuck").await.expect("sent");
    let idle = Fluent::connect(&running).await;
    assert_eq!(idle.get("/peer").await.0, StatusCode::OK);
    let next = Fluent::connect(&running).await;
    assert_eq!(next.get("/peer").await.0, StatusCode::OK);
    let _ = idle.connection.await.expect("no panic");
    let again = busy.begin("/peer").await.expect("sent").await;
    assert_eq!(again.expect("an answer").status(), StatusCode::OK);
    drop((next, busy, _stuck));
    running.stop().await;
}

#[tokio::test]
async fn a_stop_finishes_the_requests_that_run_and_takes_no_more() {
    let (router, wake) = quiet();
    let running = start(router, options()).await;
    let mut client = Raw::connect(&running, &h2::client::Builder::new()).await;
    let response = client.begin("/quiet").await.expect("sent").await;
    let mut body = response.expect("an answer").into_body();
    assert!(next(&mut body).await.is_some());
    running.token.cancel();
    // The stop is under way when the server refuses a request that comes now.
    while let Ok(response) = client.begin("/peer").await {
        if response.await.is_err() {
            break;
        }
    }
    wake.notify_one();
    assert_eq!(next(&mut body).await.as_deref(), Some(&b"word"[..]));
    drop(body);
    client.ended().await;
    running.task.await.expect("no panic").expect("no fault");
}

#[tokio::test]
async fn a_request_longer_than_the_grace_period_is_aborted_on_http2_too() {
    struct Ended(Arc<Notify>);
    impl Drop for Ended {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let (begun, ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let stuck = {
        let (begun, ended) = (begun.clone(), ended.clone());
        move || async move {
            let _ended = Ended(ended);
            begun.notify_one();
            std::future::pending::<()>().await;
        }
    };
    let options = Options {
        grace: Duration::from_millis(1),
        ..options()
    };
    let running = start(Router::new().route("/endless", any(stuck)), options).await;
    let mut client = Raw::connect(&running, &h2::client::Builder::new()).await;
    let response = client.begin("/endless").await.expect("sent");
    begun.notified().await;
    running.stop().await;
    // Not later: when the server has stopped, no handler runs.
    assert_eq!(ended.notified().now_or_never(), Some(()));
    assert!(response.await.is_err());
}

#[tokio::test]
async fn a_plain_connection_does_not_speak_http2() {
    let running = start(routes(), Options::default()).await;
    let mut client = running.connect().await;
    client.send(first_bytes("/peer")).await;
    let mut got = Vec::new();
    let _ = client.stream.read_to_end(&mut got).await;
    assert!(got.is_empty() || got.starts_with(b"HTTP/1.1 4"), "{got:?}");
    running.stop().await;
}

#[tokio::test]
async fn a_client_that_offers_only_http1_gets_it() {
    let running = start(routes(), options()).await;
    for protocols in [&[&b"http/1.1"[..]][..], &[]] {
        let connector = TlsConnector::from(Arc::new(config(ALL_VERSIONS, protocols)));
        let stream = TcpStream::connect(running.address).await.expect("open");
        let secured = connector.connect(name("api.vendor.example"), stream).await;
        let mut secured = secured.expect("TLS");
        let head = b"GET /peer HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        secured.write_all(head).await.expect("sent");
        let mut text = String::new();
        secured.read_to_string(&mut text).await.expect("an answer");
        assert!(text.starts_with(OK), "{text}");
    }
    running.stop().await;
}
