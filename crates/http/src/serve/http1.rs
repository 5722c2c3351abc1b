//! HTTP/1.1 on one connection.
//!
//! hyper limits the size and the time of a request's head, and answers a malformed or too large head itself (400 or 431, empty
//! body). Heads that hyper accepts but that two servers may read differently are refused in the same way (`refusal`).

use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONNECTION, EXPECT, HOST, TRANSFER_ENCODING};
use http::{HeaderValue, StatusCode, Version};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tower::Service;

use super::activity::Activity;
use super::cut::{Cut, CutConnection};
use super::head::Lengths;
use super::options::{MAX_HEAD_BYTES, Options};
use super::stop::Stop;
use super::stream::ClientStream;
use crate::peer::Peer;

/// Serves a connection until it closes.
pub(super) async fn serve(
    stream: ClientStream,
    peer: IpAddr,
    router: Router,
    activity: &Arc<Activity>,
    options: &Options,
    stop: &Stop,
) {
    let service = {
        let activity = Arc::clone(activity);
        service_fn(move |request| answer(request, peer, router.clone(), Arc::clone(&activity)))
    };
    let protocol = protocol(options);
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
        Some(status) => status.into_response(),
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
