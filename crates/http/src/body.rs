//! Reads request bodies with a size limit, and discards the bodies of rejected requests.
//!
//! Invariants: memory never holds more of a body than the caller's limit. A body that the handler did not read is read and
//! discarded before the response is sent, because a client that is still sending when the connection closes gets a reset instead
//! of the response. Deliberately missing: decompression, because no vendor documents compressed requests.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use http::header::EXPECT;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use tokio::time::timeout;

/// Time limit for a client to send a body; for a body that is read in chunks, time limit for each chunk.
pub const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Time limit for discarding the rest of a rejected request body.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum number of bytes of a rejected request body that are discarded. If the body has more, the connection
/// closes.
pub const DRAIN_LIMIT: usize = 32 * 1024 * 1024;

/// Why a body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// The body has, or announces, more bytes than the limit.
    #[error("the body is larger than the limit")]
    TooLarge,
    /// The client did not finish within [`READ_TIMEOUT`].
    #[error("the body did not arrive in time")]
    TimedOut,
    /// The connection broke, or the chunked encoding is invalid.
    #[error("the body broke off")]
    Broken,
}

/// Reads the whole body, at most `limit` bytes. A larger `Content-Length` is refused before anything is read.
pub async fn read(body: Body, limit: usize) -> Result<Bytes, BodyFault> {
    check_announced(&body, limit)?;
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    timeout(READ_TIMEOUT, collect(body, limit))
        .await
        .unwrap_or(Err(BodyFault::TimedOut))
}

/// A body that is read in chunks, with a limit for all of them together, and never held in memory as a whole.
#[derive(Debug)]
pub struct Chunks {
    body: Body,
    remaining: usize,
}

impl Chunks {
    /// Creates a body of at most `limit` bytes.
    ///
    /// # Errors
    /// Returns [`BodyFault::TooLarge`] for a larger `Content-Length`, before anything is read.
    pub fn new(body: Body, limit: usize) -> Result<Self, BodyFault> {
        check_announced(&body, limit)?;
        Ok(Self {
            body,
            remaining: limit,
        })
    }

    /// Returns the next chunk, which the client must send within [`READ_TIMEOUT`]; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, BodyFault> {
        let next = timeout(READ_TIMEOUT, next_data(&mut self.body, self.remaining)).await;
        let next = next.unwrap_or(Err(BodyFault::TimedOut))?;
        self.remaining -= next.as_ref().map_or(0, Bytes::len);
        Ok(next)
    }

    /// Returns all chunks as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, BodyFault>> + Send + 'static {
        futures_util::stream::try_unfold(self, |mut chunks| async move {
            let next = chunks.next().await?;
            Ok(next.map(|chunk| (chunk, chunks)))
        })
    }
}

fn check_announced(body: &Body, limit: usize) -> Result<(), BodyFault> {
    match usize::try_from(body.size_hint().lower()) {
        Ok(announced) if announced <= limit => Ok(()),
        _ => Err(BodyFault::TooLarge),
    }
}

/// Collects the chunks of a body. Most bodies have one chunk, which is not copied.
async fn collect(mut body: Body, limit: usize) -> Result<Bytes, BodyFault> {
    let Some(first) = next_data(&mut body, limit).await? else {
        return Ok(Bytes::new());
    };
    let Some(second) = next_data(&mut body, limit - first.len()).await? else {
        return Ok(first);
    };
    let mut whole = BytesMut::from(first);
    whole.extend_from_slice(&second);
    while let Some(data) = next_data(&mut body, limit - whole.len()).await? {
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

/// Returns the next chunk, of at most `remaining` bytes; `None` at the end. Trailers are skipped.
async fn next_data(body: &mut Body, remaining: usize) -> Result<Option<Bytes>, BodyFault> {
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else {
            break;
        };
        let Ok(data) = frame.map_err(|_| BodyFault::Broken)?.into_data() else {
            continue;
        };
        if data.len() > remaining {
            return Err(BodyFault::TooLarge);
        }
        if !data.is_empty() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Middleware: discards the part of the request body that the handler did not read, so that the client sees the response.
///
/// A client that waits for `100 Continue` has sent nothing yet, and reading would ask it to start. So its body is not discarded
/// unless the handler began to read it.
pub async fn drain(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let awaits_continue = request.headers().contains_key(EXPECT);
    let unread = UnreadBody::default();
    let request =
        request.map(|body| Body::new(TrackedBody::new(body, awaits_continue, unread.clone())));
    let response = next.run(request).await;
    let rest = unread.0.lock().take();
    if let Some(rest) = rest {
        // If the time or size limit is reached, the rest is not read.
        let _ = timeout(DRAIN_TIMEOUT, discard(rest)).await;
    }
    response
}

async fn discard(mut body: Body) {
    let mut seen = 0;
    while seen <= DRAIN_LIMIT {
        let Some(Ok(frame)) = body.frame().await else {
            break;
        };
        seen += frame.data_ref().map_or(0, Bytes::len);
    }
}

/// The place where a [`TrackedBody`] goes that the handler drops before its end.
#[derive(Clone, Default)]
struct UnreadBody(Arc<Mutex<Option<Body>>>);

/// A request body that returns to [`drain`] if the handler drops it before its end.
struct TrackedBody {
    inner: Body,
    finished: bool,
    /// Whether the client still waits for `100 Continue`.
    awaits_continue: bool,
    unread: UnreadBody,
}

impl TrackedBody {
    fn new(inner: Body, awaits_continue: bool, unread: UnreadBody) -> Self {
        Self {
            inner,
            finished: false,
            awaits_continue,
            unread,
        }
    }
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.awaits_continue = false;
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.finished = true;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for TrackedBody {
    fn drop(&mut self) {
        if !self.finished && !self.awaits_continue && !self.inner.is_end_stream() {
            *self.unread.0.lock() = Some(std::mem::take(&mut self.inner));
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn;
    use futures_util::stream;
    use http::StatusCode;
    use tower::ServiceExt;

    use super::*;

    fn chunks(chunks: &[&'static [u8]]) -> Body {
        let chunks: Vec<_> = chunks
            .iter()
            .map(|chunk| Ok::<_, std::io::Error>(Bytes::from_static(chunk)))
            .collect();
        Body::from_stream(stream::iter(chunks))
    }

    #[tokio::test]
    async fn pieces_are_joined_up_to_the_limit() {
        let body = chunks(&[b"ab", b"", b"cd", b"e"]);
        assert_eq!(read(body, 5).await, Ok(Bytes::from_static(b"abcde")));
        assert_eq!(
            read(chunks(&[b"abcde"]), 5).await,
            Ok(Bytes::from_static(b"abcde"))
        );
        assert_eq!(read(Body::empty(), 0).await, Ok(Bytes::new()));
    }

    #[tokio::test]
    async fn one_byte_over_the_limit_is_too_large() {
        assert_eq!(
            read(chunks(&[b"ab", b"cd", b"ef"]), 5).await,
            Err(BodyFault::TooLarge)
        );
        assert_eq!(
            read(chunks(&[b"abcdef"]), 5).await,
            Err(BodyFault::TooLarge)
        );
        assert_eq!(read(chunks(&[b"a"]), 0).await, Err(BodyFault::TooLarge));
    }

    #[tokio::test]
    async fn an_announced_size_is_refused_unread() {
        struct Announced;
        impl HttpBody for Announced {
            type Data = Bytes;
            type Error = std::io::Error;
            fn poll_frame(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
                panic!("nothing may be read")
            }
            fn size_hint(&self) -> SizeHint {
                SizeHint::with_exact(6)
            }
        }
        assert_eq!(
            read(Body::new(Announced), 5).await,
            Err(BodyFault::TooLarge)
        );
    }

    #[tokio::test]
    async fn a_broken_stream_is_its_own_error() {
        let frames = [
            Ok(Bytes::from_static(b"a")),
            Err(std::io::Error::other("gone")),
        ];
        let body = Body::from_stream(stream::iter(frames));
        assert_eq!(read(body, 5).await, Err(BodyFault::Broken));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_times_out() {
        let body = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(read(body, 5).await, Err(BodyFault::TimedOut));
    }

    /// Sends `body` through [`drain`] to a handler that does not look at it.
    async fn ignored(body: Body) -> Response {
        let router = Router::new().fallback(|| async {}).layer(from_fn(drain));
        let request = Request::post("/").body(body).expect("a valid request");
        router.oneshot(request).await.expect("infallible")
    }

    #[tokio::test(start_paused = true)]
    async fn draining_a_body_that_never_ends_stops_after_the_time_limit() {
        let body = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(ignored(body).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn no_more_is_drained_than_the_limit() {
        let chunk = Bytes::from(vec![0; 1024 * 1024]);
        let drained = Arc::new(Mutex::new(0));
        let count = drained.clone();
        let body = Body::from_stream(stream::repeat_with(move || {
            *count.lock() += chunk.len();
            Ok::<_, std::io::Error>(chunk.clone())
        }));
        assert_eq!(ignored(body).await.status(), StatusCode::OK);
        assert!((DRAIN_LIMIT..=DRAIN_LIMIT + 2 * 1024 * 1024).contains(&*drained.lock()));
    }
}
