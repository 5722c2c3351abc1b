//! The accept loop, and the layers around every route.
//!
//! Shutdown, in order: stop accepting; close idle connections; let requests in flight finish; close what is left
//! when the grace is over. When [`serve`] returns, no handler of it runs any more.
//!
//! Heads are bounded in size and time by hyper, which answers a malformed or oversized head itself (400, 431, empty
//! body): before the head is read there is no path and so no API. Deliberately missing: TLS and HTTP/2, which a
//! proxy in front speaks better.

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

/// More than any client's head, far less than what would hurt times the number of connections.
const MOST_HEAD_BYTES: usize = 64 * 1024;
/// Out of file descriptors or memory: accepting again at once would only spin.
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(100);

/// How connections are treated.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Further clients wait in the listener's queue.
    pub max_connections: u32,
    /// How long a client may take over a request's head, and a connection may idle between requests.
    pub head_timeout: Duration,
    /// How long requests in flight may take after the stop.
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

/// Puts the layers around all routes: request log, peer, drain, panic, in that order from the outside.
pub fn wrap(router: Router, proxies: TrustedProxies, dispatch: Dispatch) -> Router {
    router.layer((
        from_fn_with_state(dispatch.clone(), request_log::record),
        from_fn_with_state(proxies, peer::resolve),
        from_fn(body::drain),
        from_fn_with_state(dispatch, catch_panic),
    ))
}

/// Middleware: a handler that panics answers [`Fault::Internal`] in its API's envelope.
///
/// The panic itself is logged by the binary's panic hook, within the request's span.
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

/// Serves `router` on `listener` until `token` is cancelled and what was begun is finished.
///
/// # Errors
/// If the listener can never accept; passing troubles are logged and waited out.
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
        // Every connection gives its slot back when it is gone; the semaphore is never closed.
        let _ = slots.acquire_many(options.max_connections).await;
    }
    accepted
}

/// What a connection is told, in this order.
#[derive(Clone)]
struct Stop {
    /// Finish the request at hand, if there is one.
    finish: CancellationToken,
    /// Go now.
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
            Err(fault) => sit_out(fault).await?,
        }
    }
}

fn protocol(options: Options) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(options.head_timeout)
        .max_buf_size(MOST_HEAD_BYTES)
        .keep_alive(true);
    protocol
}

/// Decides what a failed accept means: a client that changed its mind, a shortage, or the end.
async fn sit_out(fault: io::Error) -> io::Result<()> {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted, InvalidInput,
        Unsupported,
    };
    match fault.kind() {
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted => Ok(()),
        InvalidInput | Unsupported => Err(fault),
        _ => {
            tracing::warn!(%fault, "cannot accept a connection at the moment: {fault}");
            sleep(PAUSE_AFTER_FAULT).await;
            Ok(())
        }
    }
}

struct Connection {
    stream: TcpStream,
    peer: IpAddr,
    /// Held until the connection is gone.
    slot: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(self, protocol: http1::Builder, router: Router, stop: Stop) {
        let Self { stream, peer, slot } = self;
        // Answers are written whole; waiting for more would only delay them. A failure costs speed alone.
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            router.clone().call(request)
        });
        let mut talk = pin!(protocol.serve_connection(TokioIo::new(stream), service));
        // How a connection ends (reset, half a head, a timeout) is its client's business: nothing is logged.
        tokio::select! {
            biased;
            _ = talk.as_mut() => {}
            () = stop.finish.cancelled() => {
                talk.as_mut().graceful_shutdown();
                tokio::select! {
                    biased;
                    _ = talk => {}
                    () = stop.close.cancelled() => {}
                }
            }
        }
        drop(slot);
    }
}

#[cfg(test)]
mod tests;
