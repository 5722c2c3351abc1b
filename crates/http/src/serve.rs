//! The accept loop, and the layers around every route.
//!
//! Shutdown, in order: stop accepting; close idle connections; wait for running requests; close the remaining connections after
//! the grace period. When [`serve`] returns, no handler is running.
//!
//! hyper limits the size and the time of a request's head, and answers a malformed or too large head itself (400 or 431, empty
//! body). Heads that hyper accepts but that two servers may read differently are refused in the same way (`refusal`).
//! Deliberately missing: HTTP/2, which a proxy in front can provide.

mod activity;
mod head;
mod options;
mod places;
mod stream;

use std::io;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{CONNECTION, EXPECT, HOST, TRANSFER_ENCODING};
use http::{HeaderValue, StatusCode, Version};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::Service;

use crate::body;
use crate::budget::BodyBudget;
use crate::dispatch::{Dispatch, Fault, keep_to_host};
use crate::peer::{Peer, TrustedProxies};
use crate::request_id::RequestId;
use crate::request_log::{self, RequestLog};
use activity::Activity;
use head::Lengths;
pub use options::Options;
use places::{Place, Places};
use stream::{ClientStream, Transport};

/// The maximum size of a request's head in bytes: more than clients send, and small enough to keep one in memory for
/// every connection.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// The pause after a failed accept, for example for lack of file descriptors: without a pause, the next accept would
/// fail, too.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

/// What surrounds every request.
struct Around {
    proxies: TrustedProxies,
    log: RequestLog,
    budget: BodyBudget,
    dispatch: Dispatch,
}

/// Surrounds all routes, from the outermost, by: peer, request log, drain, host, panic. The bodies of all requests count
/// against `budget`.
pub fn wrap(
    router: Router,
    proxies: TrustedProxies,
    budget: BodyBudget,
    dispatch: Dispatch,
) -> Router {
    let around = Around {
        proxies,
        log: RequestLog::new(dispatch.clone()),
        budget,
        dispatch,
    };
    router.layer(from_fn_with_state(Arc::new(around), surround))
}

/// Middleware: one layer instead of five, because each layer copies its service and its future for every request.
async fn surround(State(around): State<Arc<Around>>, mut request: Request, next: Next) -> Response {
    let Around {
        proxies,
        log,
        budget,
        dispatch,
    } = &*around;
    proxies.resolve(&mut request);
    let guarded = |request| catch(dispatch, request, |request| next.run(request));
    let hosted = |request| keep_to_host(dispatch, request, guarded);
    let drained = |request| body::drain(budget, request, hosted);
    request_log::record(log, request, drained).await
}

/// Middleware: turns a panic of the handler into [`Fault::Internal`], rendered by its API.
///
/// The panic hook of the binary logs the panic itself, in the span of the request.
pub async fn catch_panic(
    State(dispatch): State<Dispatch>,
    request: Request,
    next: Next,
) -> Response {
    catch(&dispatch, request, |request| next.run(request)).await
}

async fn catch<F: Future<Output = Response>>(
    dispatch: &Dispatch,
    request: Request,
    run: impl FnOnce(Request) -> F,
) -> Response {
    let known = request.extensions().get::<RequestId>().copied();
    let id = known.unwrap_or_else(RequestId::new);
    let render = dispatch.of(&request).render;
    AssertUnwindSafe(run(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| render(Fault::Internal, id))
}

/// Serves `router` on `listener` until `token` is cancelled and the running requests are finished.
///
/// # Errors
/// Fails if the listener cannot accept any more. Temporary errors are logged, and accepting is tried again.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    options: Options,
    token: CancellationToken,
) -> io::Result<()> {
    let grace = options.grace;
    let places = Arc::new(Places::new(options.clone()));
    let stop = Stop {
        finish: token,
        close: CancellationToken::new(),
    };
    let accepted = accept_all(&listener, &router, &options, &places, &stop).await;
    drop(listener);
    stop.finish.cancel();
    if timeout(grace, places.all_free()).await.is_err() {
        let open = places.count();
        tracing::warn!(
            connections = open,
            "closing {open} connections, the grace is over"
        );
        stop.close.cancel();
        places.all_free().await;
    }
    accepted
}

/// The signals for the two steps of a shutdown.
#[derive(Clone)]
struct Stop {
    /// Tells connections to finish their running request and close.
    finish: CancellationToken,
    /// Tells connections to close at once.
    close: CancellationToken,
}

async fn accept_all(
    listener: &TcpListener,
    router: &Router,
    options: &Options,
    places: &Arc<Places>,
    stop: &Stop,
) -> io::Result<()> {
    let protocol = protocol(options);
    loop {
        // The client comes first: without one, no other must leave its place.
        let next = async {
            let (stream, address) = listener.accept().await?;
            Ok((stream, address, places.free().await))
        };
        let accepted = tokio::select! {
            biased;
            () = stop.finish.cancelled() => return Ok(()),
            next = next => next,
        };
        match accepted {
            Ok((stream, address, free)) => {
                let peer = address.ip().to_canonical();
                let Some(place) = places.take(peer, free) else {
                    tracing::debug!(%peer, "closing a connection: the client has too many");
                    continue;
                };
                let connection = Connection {
                    stream,
                    peer,
                    place,
                    options: options.clone(),
                };
                tokio::spawn(connection.run(protocol.clone(), router.clone(), stop.clone()));
            }
            Err(error) => handle_accept_error(error).await?,
        }
    }
}

fn protocol(options: &Options) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(options.head_timeout)
        .max_buf_size(MAX_HEAD_BYTES)
        .keep_alive(true);
    protocol
}

/// Decides what a failed accept means: the client disconnected (accept goes on), a temporary error (accept pauses), or
/// a broken listener (accept ends).
async fn handle_accept_error(error: io::Error) -> io::Result<()> {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted, InvalidInput,
        Unsupported,
    };
    match error.kind() {
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted => Ok(()),
        InvalidInput | Unsupported => Err(error),
        _ => {
            tracing::warn!(%error, "cannot accept a connection at the moment: {error}");
            sleep(PAUSE_AFTER_ERROR).await;
            Ok(())
        }
    }
}

struct Connection {
    stream: TcpStream,
    peer: IpAddr,
    /// The place among the allowed connections, held until this connection closes.
    place: Place,
    options: Options,
}

impl Connection {
    async fn run(self, protocol: http1::Builder, router: Router, stop: Stop) {
        let Self {
            stream,
            peer,
            place,
            options,
        } = self;
        // Switches off the wait for more data: responses are written whole, so waiting would only delay them. The error
        // is ignored, because a failure only costs speed.
        let _ = stream.set_nodelay(true);
        let activity = Arc::clone(&place.activity);
        let Some(stream) = secure(stream, &options, &activity, &stop).await else {
            return;
        };
        let stream = ClientStream::new(stream, Arc::clone(&activity), options.write_timeout);
        let service = {
            let activity = Arc::clone(&activity);
            service_fn(move |request| answer(request, peer, router.clone(), Arc::clone(&activity)))
        };
        let mut connection = pin!(protocol.serve_connection(TokioIo::new(stream), service));
        let mut is_finishing = false;
        // A connection that ends early (reset, incomplete head, timeout) is not an error of the server, and is not logged.
        loop {
            tokio::select! {
                biased;
                _ = connection.as_mut() => break,
                () = stop.close.cancelled() => break,
                () = activity.make_room.cancelled(), if !is_finishing => {
                    // Only this task polls the connection, so no request begins between this check and the end.
                    if activity.waits_since().is_some() {
                        break;
                    }
                }
                () = stop.finish.cancelled(), if !is_finishing => {}
            }
            is_finishing = true;
            connection.as_mut().graceful_shutdown();
        }
        drop(place);
    }
}

/// Makes a connection secure if the server speaks TLS. Returns `None` if that fails, takes too long, or the connection must
/// close: the client has got no answer yet, so there is nothing to finish.
async fn secure(
    stream: TcpStream,
    options: &Options,
    activity: &Activity,
    stop: &Stop,
) -> Option<Transport> {
    let Some(tls) = &options.tls else {
        return Some(Transport::Plain(stream));
    };
    let accepted = tokio::select! {
        biased;
        () = stop.finish.cancelled() => return None,
        () = activity.make_room.cancelled() => return None,
        accepted = timeout(options.head_timeout, tls.accept(stream)) => accepted,
    };
    match accepted {
        Ok(Ok(stream)) => Some(Transport::Tls(Box::new(stream))),
        Ok(Err(error)) => {
            tracing::debug!(%error, "closing a connection: TLS failed: {error}");
            None
        }
        Err(_) => None,
    }
}

/// A mark on a response that is not sent: the connection is closed instead, as if the network had failed. `heddle demo` uses it for
/// tests of clients.
#[derive(Clone, Copy, Debug)]
pub struct CutConnection;

/// The error that closes a connection without a response.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
struct Cut;

/// Answers one request of a connection.
async fn answer(
    request: Request<Incoming>,
    peer: IpAddr,
    mut router: Router,
    activity: Arc<Activity>,
) -> Result<Response<ResponseBody>, Cut> {
    let chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let length = (!chunked).then(|| request.body().size_hint().exact().unwrap_or(0));
    let found = activity.begin(length);
    let refused = refusal(&request, found);
    let mut response = match refused {
        Some(status) => empty(status),
        None => {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            let Ok(response) = router.call(request).await;
            if response.extensions().get::<CutConnection>().is_some() {
                return Err(Cut);
            }
            response
        }
    };
    // Without knowing the head's lengths, the next bytes could be hidden in this request's body.
    if refused.is_some() || (chunked && found.is_none()) {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    Ok(response.map(|body| ResponseBody { body, activity }))
}

/// Returns the status that refuses a request whose head two servers may read differently, or that asks for what HTTP/1.1
/// lets a server refuse (RFC 9112 3.2, 6.1, 6.3; RFC 9110 10.1.1).
fn refusal(request: &Request<Incoming>, found: Option<Lengths>) -> Option<StatusCode> {
    let headers = request.headers();
    let mut hosts = headers.get_all(HOST).iter();
    let no_host = hosts.next().is_none() && request.version() == Version::HTTP_11;
    if no_host || hosts.next().is_some() {
        return Some(StatusCode::BAD_REQUEST);
    }
    if found.is_some_and(|found| found.content_length && found.transfer_encoding) {
        return Some(StatusCode::BAD_REQUEST);
    }
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let is_chunked = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"chunked");
    if codings.next().is_some_and(|coding| !is_chunked(coding)) || codings.next().is_some() {
        return Some(StatusCode::NOT_IMPLEMENTED);
    }
    let mut expectations = headers.get_all(EXPECT).iter();
    let is_known = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    expectations
        .any(|value| !is_known(value))
        .then_some(StatusCode::EXPECTATION_FAILED)
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// The body of a response. When it is dropped, the response has been handed to the connection.
struct ResponseBody {
    body: Body,
    activity: Arc<Activity>,
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.activity.end();
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
