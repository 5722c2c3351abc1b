//! The accept loop, and the layers around every route.
//!
//! Shutdown, in order: stop accepting; close idle connections; wait for running requests; close the remaining connections after
//! the grace period. When [`serve`] returns, no handler is running.
//!
//! A plain connection speaks HTTP/1.1 (`http1.rs`). A connection with TLS speaks HTTP/2 (`http2.rs`) if the client chose it (ALPN), and
//! HTTP/1.1 otherwise. Deliberately missing: HTTP/2 without TLS, which nobody but a proxy would speak.

mod activity;
mod answers;
mod cut;
mod head;
mod http1;
mod http2;
mod options;
mod places;
mod stop;
mod stream;
mod turns;

use std::io;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use futures_util::FutureExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::body;
use crate::budget::BodyBudget;
use crate::dispatch::{Dispatch, Fault, keep_to_host};
use crate::peer::TrustedProxies;
use crate::request_id::RequestId;
use crate::request_log::{self, RequestLog};
use crate::tls;
use activity::Activity;
pub use cut::CutConnection;
pub use options::Options;
use places::{Place, Places};
use stop::Stop;
use stream::{ClientStream, Transport};

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

async fn accept_all(
    listener: &TcpListener,
    router: &Router,
    options: &Options,
    places: &Arc<Places>,
    stop: &Stop,
) -> io::Result<()> {
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
                tokio::spawn(connection.run(router.clone(), stop.clone()));
            }
            Err(error) => handle_accept_error(error).await?,
        }
    }
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
    async fn run(self, router: Router, stop: Stop) {
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
        let speaks_http2 = stream.speaks(tls::HTTP2);
        let stream = ClientStream::new(stream, Arc::clone(&activity), options.write_timeout);
        if speaks_http2 {
            http2::serve(stream, peer, router, &place, &options, &stop).await;
        } else {
            http1::serve(stream, peer, router, &activity, &options, &stop).await;
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

#[cfg(test)]
mod tests;
