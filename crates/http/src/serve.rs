//! The accept loop, and the layers around every route.
//!
//! Shutdown, in order: stop accepting; close idle connections; wait for running requests; close the remaining connections after
//! the grace period. When [`serve`] returns, no handler is running.
//!
//! hyper limits the size and the time of a request's head, and answers a malformed or too large head itself (400 or 431, empty
//! body), because before the head is read, the path and so the API are unknown. Deliberately missing: TLS and HTTP/2, which a
//! proxy in front provides.

use std::io;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::Service;

use crate::body;
use crate::dispatch::{Dispatch, Fault};
use crate::peer::{self, Peer, TrustedProxies};
use crate::request_id::RequestId;
use crate::request_log;

/// The maximum size of a request's head in bytes: more than clients send, and small enough to keep one in memory for
/// every connection.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// The pause after a failed accept, for example for lack of file descriptors: without a pause, the next accept would
/// fail, too.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

/// Limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The maximum number of open connections. Further clients wait in the listener's queue.
    pub max_connections: u32,
    /// Time limit for a client to send the head of a request, and for an idle connection between requests.
    pub head_timeout: Duration,
    /// How long running requests may take after the server was told to stop.
    pub grace: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            head_timeout: Duration::from_secs(10),
            grace: Duration::from_secs(10),
        }
    }
}

/// Adds the layers around all routes, from the outermost: request log, peer, drain, panic.
pub fn wrap(router: Router, proxies: TrustedProxies, dispatch: Dispatch) -> Router {
    router.layer((
        from_fn_with_state(dispatch.clone(), request_log::record),
        from_fn_with_state(proxies, peer::resolve),
        from_fn(body::drain),
        from_fn_with_state(dispatch, catch_panic),
    ))
}

/// Middleware: turns a panic of the handler into [`Fault::Internal`], rendered by its API.
///
/// The panic hook of the binary logs the panic itself, in the span of the request.
pub async fn catch_panic(
    State(dispatch): State<Dispatch>,
    request: Request,
    next: Next,
) -> Response {
    let known = request.extensions().get::<RequestId>().copied();
    let id = known.unwrap_or_else(RequestId::new);
    let render = dispatch.find(request.uri().path()).render;
    AssertUnwindSafe(next.run(request))
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
    let slots = Arc::new(Semaphore::new(options.max_connections as usize));
    let stop = Stop {
        finish: token,
        close: CancellationToken::new(),
    };
    let accepted = accept_all(&listener, &router, options, &slots, &stop).await;
    drop(listener);
    stop.finish.cancel();
    let finished = timeout(options.grace, slots.acquire_many(options.max_connections)).await;
    if finished.is_err() {
        let open = options.max_connections as usize - slots.available_permits();
        tracing::warn!(
            connections = open,
            "closing {open} connections, the grace is over"
        );
        stop.close.cancel();
        // Every connection returns its slot when it closes, so this waits for all of them. The error cannot occur,
        // because the semaphore is never closed.
        let _ = slots.acquire_many(options.max_connections).await;
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
    options: Options,
    slots: &Arc<Semaphore>,
    stop: &Stop,
) -> io::Result<()> {
    let protocol = protocol(options);
    loop {
        let next = async {
            let slot = Arc::clone(slots).acquire_owned().await;
            (
                slot.expect("the semaphore is never closed"),
                listener.accept().await,
            )
        };
        let (slot, accepted) = tokio::select! {
            biased;
            () = stop.finish.cancelled() => return Ok(()),
            next = next => next,
        };
        match accepted {
            Ok((stream, address)) => {
                let connection = Connection {
                    stream,
                    peer: address.ip().to_canonical(),
                    slot,
                };
                tokio::spawn(connection.run(protocol.clone(), router.clone(), stop.clone()));
            }
            Err(error) => handle_accept_error(error).await?,
        }
    }
}

fn protocol(options: Options) -> http1::Builder {
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
    slot: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(self, protocol: http1::Builder, router: Router, stop: Stop) {
        let Self { stream, peer, slot } = self;
        // Switches off the wait for more data: responses are written whole, so waiting would only delay them. The error
        // is ignored, because a failure only costs speed.
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            router.clone().call(request)
        });
        let mut connection = pin!(protocol.serve_connection(TokioIo::new(stream), service));
        // A connection that ends early (reset, incomplete head, timeout) is not an error of the server, and is not logged.
        tokio::select! {
            biased;
            _ = connection.as_mut() => {}
            () = stop.finish.cancelled() => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    biased;
                    _ = connection => {}
                    () = stop.close.cancelled() => {}
                }
            }
        }
        drop(slot);
    }
}

#[cfg(test)]
mod tests;
