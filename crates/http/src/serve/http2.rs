//! HTTP/2 on one connection.
//!
//! Handlers see a request as they see one of HTTP/1.1: its address is a path, and `Host` says which server the client means. hyper and h2
//! limit heads, streams and frames, and answer a malformed request by resetting its stream. Here a connection is closed whose client
//! sends no request, does not read its answers, or breaks off request after request.
//!
//! Deliberately missing: CONNECT, `100 Continue` (a client may always send its body), server push and priorities.

use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, ready};
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST};
use http::uri::Authority;
use http::{HeaderValue, Method, StatusCode, Uri};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use super::answers::{Piece, Running, Wait};
use super::cut::{Cut, CutConnection};
use super::options::{MAX_HEAD_BYTES, MAX_STREAMS, Options};
use super::places::Place;
use super::stop::Stop;
use super::stream::ClientStream;
use crate::peer::Peer;

/// How many bytes of a body a client may send before the handler reads them, while connections are few: enough for a fast upload
/// from far away.
const LARGE_WINDOW: u32 = 256 * 1024;
/// The same while many connections are open.
const SMALL_WINDOW: u32 = 64 * 1024;
/// Connections are few while they take less than this part of all places.
const FEW: usize = 16;
/// The maximum number of bytes of an answer that wait unencrypted for the client, beside the piece that is being sent.
const MAX_SEND_BYTES: usize = 64 * 1024;
/// The connection closes if a client opens and resets more streams than this before the server has handled them, or if its errors
/// make the server reset more streams than this.
const MAX_UNSEEN_RESETS: usize = 20;
const MAX_ERRORS: usize = 100;
/// After this time the server asks whether a client is still there, and waits so long for a sign of life.
const PING_AFTER: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Serves a connection until it closes. When this returns, no handler of the connection is running.
pub(super) async fn serve(
    stream: ClientStream,
    peer: IpAddr,
    router: Router,
    place: &Place,
    options: &Options,
    stop: &Stop,
) {
    let tasks = Tasks::default();
    drive(stream, peer, router, place, options, stop, &tasks).await;
    tasks.end().await;
}

async fn drive(
    stream: ClientStream,
    peer: IpAddr,
    router: Router,
    place: &Place,
    options: &Options,
    stop: &Stop,
    tasks: &Tasks,
) {
    let activity = &place.activity;
    let answers = activity.begin_http2();
    let service = {
        let (answers, turns) = (Arc::clone(&answers), place.turns.clone());
        service_fn(move |request| {
            // The request counts as running from here on. It is polled later, and until then the connection would seem idle.
            match turns.take() {
                Some(turn) => {
                    let running = answers.begin(turn);
                    // In a box, so that only requests that run take its memory.
                    Either::Left(Box::pin(answer(request, peer, router.clone(), running)))
                }
                // At once: its head must not wait in memory until a task refuses it.
                None => Either::Right(ready(Err(Unanswered::no_turn()))),
            }
        })
    };
    let protocol = protocol(options, place.open_connections(), tasks);
    let mut connection = pin!(protocol.serve_connection(TokioIo::new(stream), service));
    let mut limits = Limits::new(options);
    let mut was_asked = false;
    // A connection that ends early (reset, malformed frames, timeout) is not an error of the server, and is not logged.
    loop {
        let look_again = match limits.check(answers.wait(), Instant::now()) {
            Verdict::Close => break,
            Verdict::Finish => {
                connection.as_mut().graceful_shutdown();
                continue;
            }
            Verdict::LookAgain(at) => at,
        };
        tokio::select! {
            biased;
            _ = connection.as_mut() => break,
            () = stop.close.cancelled() => break,
            () = answers.too_many_broken_off.cancelled() => break,
            () = activity.make_room.cancelled(), if !was_asked => {
                // Only this task polls the connection, so no request begins between this check and the end.
                if activity.waits_since().is_some() {
                    break;
                }
                was_asked = true;
                limits.finish(Instant::now());
                connection.as_mut().graceful_shutdown();
            }
            () = stop.finish.cancelled(), if !limits.is_finishing() => {
                limits.finish(Instant::now());
                connection.as_mut().graceful_shutdown();
            }
            () = sleep_until(look_again) => {}
        }
    }
}

fn protocol(options: &Options, open_connections: usize, tasks: &Tasks) -> http2::Builder<Tasks> {
    let is_few = open_connections * FEW < options.max_connections as usize;
    let window = if is_few { LARGE_WINDOW } else { SMALL_WINDOW };
    let mut protocol = http2::Builder::new(tasks.clone());
    protocol
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEAD_BYTES as u32)
        .max_concurrent_streams(MAX_STREAMS)
        .initial_stream_window_size(window)
        // Bodies that wait for their turn must not keep the bodies of other requests from arriving.
        .initial_connection_window_size(window * MAX_STREAMS)
        .max_send_buf_size(MAX_SEND_BYTES)
        .max_pending_accept_reset_streams(MAX_UNSEEN_RESETS)
        .max_local_error_reset_streams(MAX_ERRORS)
        .keep_alive_interval(PING_AFTER)
        .keep_alive_timeout(PING_TIMEOUT);
    protocol
}

/// The tasks of the requests of one connection. A task that has ended leaves no memory behind, which a `JoinSet` would keep.
#[derive(Clone, Debug, Default)]
struct Tasks {
    running: TaskTracker,
    /// Cancelled when the connection has closed.
    closed: CancellationToken,
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, task: F) {
        let closed = self.closed.clone();
        self.running.spawn(async move {
            // Without a connection nobody gets the answer, so the rest is dropped, as with HTTP/1.1.
            closed.run_until_cancelled(task).await;
        });
    }
}

impl Tasks {
    /// Drops the tasks that still run, and waits until they are gone.
    async fn end(self) {
        self.closed.cancel();
        self.running.close();
        self.running.wait().await;
    }
}

/// How long a connection may wait for its client.
struct Limits {
    head_timeout: Duration,
    write_timeout: Duration,
    /// Since when the client knows that the connection is about to close, and that it must send no more requests.
    finishing_since: Option<Instant>,
}

/// What to do with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Check it again at this time.
    LookAgain(Instant),
    /// Tell the client that the connection closes after the requests that run.
    Finish,
    /// Close it at once.
    Close,
}

impl Limits {
    fn new(options: &Options) -> Self {
        Self {
            head_timeout: options.head_timeout,
            write_timeout: options.write_timeout,
            finishing_since: None,
        }
    }

    fn finish(&mut self, now: Instant) {
        self.finishing_since.get_or_insert(now);
    }

    const fn is_finishing(&self) -> bool {
        self.finishing_since.is_some()
    }

    /// Decides what to do with a connection that waits for something. A client that lets a limit pass is told first, so that requests
    /// are not lost that are on their way or run; it gets the same time again.
    fn check(&mut self, wait: Wait, now: Instant) -> Verdict {
        // A wait that has not begun yet does not end before this.
        let next = now + self.head_timeout.min(self.write_timeout);
        let (since, limit) = match wait {
            Wait::Nothing => return Verdict::LookAgain(next),
            Wait::Request { since } => (since, self.head_timeout),
            Wait::Reader { longest, all } => {
                if all.is_some_and(|all| all + self.write_timeout <= now) {
                    // No other request would be lost.
                    return Verdict::Close;
                }
                (longest, self.write_timeout)
            }
        };
        let due = match self.finishing_since {
            None => since + limit,
            Some(told) => since.max(told) + limit,
        };
        if now < due {
            return Verdict::LookAgain(due.min(next));
        }
        if self.is_finishing() {
            return Verdict::Close;
        }
        self.finish(now);
        Verdict::Finish
    }
}

/// Why a request gets no answer.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error(transparent)]
    Cut(#[from] Cut),
    /// The client may send the request again: nothing was done.
    #[error("too many requests run at the same time")]
    NoTurn(#[source] h2::Error),
}

impl Unanswered {
    fn no_turn() -> Self {
        Self::NoTurn(h2::Reason::REFUSED_STREAM.into())
    }
}

/// Answers one request.
async fn answer(
    mut request: Request<Incoming>,
    peer: IpAddr,
    mut router: Router,
    running: Arc<Running>,
) -> Result<Response<AnswerBody>, Unanswered> {
    let is_head = request.method() == Method::HEAD;
    let mut response = match check_head(&mut request) {
        Err(status) => status.into_response(),
        Ok(()) => {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            let Ok(response) = router.call(request).await;
            response
        }
    };
    running.note_answer();
    if response.extensions().get::<CutConnection>().is_some() {
        return Err(Cut.into());
    }
    // Said to connections of HTTP/1.1, and forbidden here (RFC 9113 8.2.2).
    response.headers_mut().remove(CONNECTION);
    if is_head {
        leave_out_body(&mut response);
    }
    if response.status() == StatusCode::NO_CONTENT {
        // axum writes it, RFC 9110 8.6 forbids it there, and for HTTP/1.1 hyper leaves it out.
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    Ok(response.map(|body| AnswerBody { body, running }))
}

/// Checks the head of a request, and gives it the form of HTTP/1.1: `Host` instead of `:authority`, and a path as its address. Returns the
/// status of a refusal (RFC 9113 8.3.1; RFC 9110 9.3.6, 10.1.1).
fn check_head<B>(request: &mut Request<B>) -> Result<(), StatusCode> {
    if request.method() == Method::CONNECT {
        return Err(StatusCode::NOT_IMPLEMENTED);
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(StatusCode::BAD_REQUEST);
    }
    let missing = match (request.uri().authority(), host) {
        (None, None) => return Err(StatusCode::BAD_REQUEST),
        (None, Some(_)) => None,
        (Some(authority), host) => {
            if authority.as_str().contains('@') || host.is_some_and(|host| !same(authority, host)) {
                return Err(StatusCode::BAD_REQUEST);
            }
            let value = HeaderValue::from_str(authority.as_str());
            let value = value.map_err(|_| StatusCode::BAD_REQUEST)?;
            host.is_none().then_some(value)
        }
    };
    if let Some(host) = missing {
        request.headers_mut().insert(HOST, host);
    }
    let path = request.uri().path_and_query().cloned();
    let path = path.filter(|path| path.as_str().starts_with('/') || path.as_str() == "*");
    *request.uri_mut() = Uri::from(path.ok_or(StatusCode::BAD_REQUEST)?);
    let mut expectations = request.headers().get_all(EXPECT).iter();
    let is_known = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    if expectations.any(|value| !is_known(value)) {
        return Err(StatusCode::EXPECTATION_FAILED);
    }
    Ok(())
}

/// Whether both name the same server of https.
fn same(authority: &Authority, host: &HeaderValue) -> bool {
    let bare = |text: &[u8]| {
        text.strip_suffix(b":443")
            .unwrap_or(text)
            .to_ascii_lowercase()
    };
    bare(authority.as_str().as_bytes()) == bare(host.as_bytes())
}

/// Makes the answer to a HEAD request: it says how long the body would be, and has none. With HTTP/1.1 hyper does this.
fn leave_out_body(response: &mut Response) {
    let length = response.body().size_hint().exact();
    if let Some(length) = length.filter(|length| *length > 0) {
        let headers = response.headers_mut();
        headers.entry(CONTENT_LENGTH).or_insert(length.into());
    }
    *response.body_mut() = Body::empty();
}

/// The body of an answer.
struct AnswerBody {
    body: Body,
    running: Arc<Running>,
}

impl HttpBody for AnswerBody {
    type Data = Piece;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        polled.map_ok(|frame| frame.map_data(|bytes| self.running.piece(bytes)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the `Host` that handlers see, and the address.
    fn checked(uri: &str, hosts: &[&str]) -> Result<(String, String), u16> {
        let mut request = Request::get(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let mut request = request.body(()).expect("a request");
        check_head(&mut request).map_err(|status| status.as_u16())?;
        let host = request.headers()[HOST].to_str().expect("a text").to_owned();
        Ok((host, request.uri().to_string()))
    }

    #[test]
    fn the_authority_is_the_host_and_both_must_agree() {
        let found = |host: &str, uri: &str| Ok((host.to_owned(), uri.to_owned()));
        for (uri, hosts, wanted) in [
            (
                "https://a.example/x?y=1",
                &[][..],
                found("a.example", "/x?y=1"),
            ),
            ("https://a.example:8443/", &[], found("a.example:8443", "/")),
            ("/x", &["a.example"], found("a.example", "/x")),
            (
                "https://a.example/x",
                &["A.example:443"],
                found("A.example:443", "/x"),
            ),
            (
                "https://a.example:443/x",
                &["a.example"],
                found("a.example", "/x"),
            ),
            ("https://a.example/x", &["b.example"], Err(400)),
            ("https://a.example/x", &["a.example:8443"], Err(400)),
            ("https://a.example/x", &["a.example", "a.example"], Err(400)),
            ("https://user@a.example/x", &[], Err(400)),
            ("/x", &[], Err(400)),
            ("/x", &["a.example", "a.example"], Err(400)),
        ] {
            assert_eq!(checked(uri, hosts), wanted, "{uri} {hosts:?}");
        }
    }

    #[test]
    fn a_client_is_told_before_its_connection_closes() {
        let options = Options {
            head_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(30),
            ..Options::default()
        };
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let idle = Wait::Request { since: at(0) };
        let mut limits = Limits::new(&options);
        assert_eq!(limits.check(idle, at(0)), Verdict::LookAgain(at(10)));
        assert_eq!(limits.check(idle, at(10)), Verdict::Finish);
        assert_eq!(limits.check(idle, at(10)), Verdict::LookAgain(at(20)));
        // A request was on its way.
        assert_eq!(
            limits.check(Wait::Nothing, at(15)),
            Verdict::LookAgain(at(25))
        );
        let idle = Wait::Request { since: at(25) };
        assert_eq!(limits.check(idle, at(25)), Verdict::LookAgain(at(35)));
        assert_eq!(limits.check(idle, at(35)), Verdict::Close);

        let some = Wait::Reader {
            longest: at(0),
            all: None,
        };
        let mut limits = Limits::new(&options);
        assert_eq!(limits.check(some, at(25)), Verdict::LookAgain(at(30)));
        assert_eq!(limits.check(some, at(30)), Verdict::Finish);
        assert_eq!(limits.check(some, at(59)), Verdict::LookAgain(at(60)));
        assert_eq!(limits.check(some, at(60)), Verdict::Close);
        let all = Wait::Reader {
            longest: at(0),
            all: Some(at(5)),
        };
        assert_eq!(Limits::new(&options).check(all, at(35)), Verdict::Close);
    }
}
