//! Reading a request body within bounds, and getting rid of one that nobody read.
//!
//! Invariants: no more than the caller's limit is ever held in memory; a body that its handler left unread is read
//! and thrown away before the answer goes out, because a client that is still sending when the connection closes
//! gets a reset instead of the answer. Deliberately missing: decompression (no vendor documents compressed requests).

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

/// How long a client may take to send a body that we want.
pub const READ_DEADLINE: Duration = Duration::from_secs(30);
/// How long we listen to a body that nobody wants.
pub const DRAIN_DEADLINE: Duration = Duration::from_secs(5);
/// How much of a body that nobody wants is read.
pub const DRAIN_LIMIT: usize = 32 * 1024 * 1024;

/// Why a body could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// More bytes than the limit, announced or sent.
    #[error("the body is larger than the limit")]
    TooLarge,
    /// The client did not finish within [`READ_DEADLINE`].
    #[error("the body did not arrive in time")]
    TimedOut,
    /// The connection or the chunked encoding broke.
    #[error("the body broke off")]
    Broken,
}

/// The whole body, at most `limit` bytes; a larger `Content-Length` is refused before anything is read.
pub async fn read(body: Body, limit: usize) -> Result<Bytes, BodyFault> {
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        return Err(BodyFault::TooLarge);
    }
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    timeout(READ_DEADLINE, gather(body, limit))
        .await
        .unwrap_or(Err(BodyFault::TimedOut))
}

/// A body that is taken piece by piece, at most so many bytes in all, and never held as a whole.
#[derive(Debug)]
pub struct Pieces {
    body: Body,
    room: usize,
}

impl Pieces {
    /// Begins to take a body.
    ///
    /// # Errors
    /// [`BodyFault::TooLarge`] for a larger `Content-Length`, before anything is read.
    pub fn new(body: Body, limit: usize) -> Result<Self, BodyFault> {
        let announced = body.size_hint().lower();
        if usize::try_from(announced).map_or(true, |announced| announced > limit) {
            return Err(BodyFault::TooLarge);
        }
        Ok(Self { body, room: limit })
    }

    /// The next piece, for which the client has [`READ_DEADLINE`]; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, BodyFault> {
        let next = timeout(READ_DEADLINE, next_data(&mut self.body, self.room)).await;
        let next = next.unwrap_or(Err(BodyFault::TimedOut))?;
        self.room -= next.as_ref().map_or(0, Bytes::len);
        Ok(next)
    }

    /// The pieces as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, BodyFault>> + Send + 'static {
        futures_util::stream::try_unfold(self, |mut pieces| async move {
            let next = pieces.next().await?;
            Ok(next.map(|piece| (piece, pieces)))
        })
    }
}

/// Most bodies come in one piece, which is handed on without a copy.
async fn gather(mut body: Body, limit: usize) -> Result<Bytes, BodyFault> {
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

/// The next piece of at most `room` bytes; `None` at the end. Trailers are passed over.
async fn next_data(body: &mut Body, room: usize) -> Result<Option<Bytes>, BodyFault> {
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else {
            break;
        };
        let Ok(data) = frame.map_err(|_| BodyFault::Broken)?.into_data() else {
            continue;
        };
        if data.len() > room {
            return Err(BodyFault::TooLarge);
        }
        if !data.is_empty() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Middleware: reads and discards what the handler left of the request body, so that the client sees the answer.
///
/// A client that waits for `100 Continue` has sent nothing yet: reading would ask it to start, so such a body is left
/// alone unless the handler began to read it.
pub async fn drain(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let waits = request.headers().contains_key(EXPECT);
    let left = Left::default();
    let request = request.map(|body| Body::new(Lent::new(body, waits, left.clone())));
    let response = next.run(request).await;
    let rest = left.0.lock().take();
    if let Some(rest) = rest {
        // Running out of time or size only means that we stop listening.
        let _ = timeout(DRAIN_DEADLINE, discard(rest)).await;
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

/// Where a [`Lent`] body goes when its borrower drops it early.
#[derive(Clone, Default)]
struct Left(Arc<Mutex<Option<Body>>>);

/// A body that comes back to [`drain`] when it is dropped before its end.
struct Lent {
    inner: Body,
    finished: bool,
    /// Nothing may be read on our own account: the client is waiting for `100 Continue`.
    waits: bool,
    left: Left,
}

impl Lent {
    fn new(inner: Body, waits: bool, left: Left) -> Self {
        Self {
            inner,
            finished: false,
            waits,
            left,
        }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.waits = false;
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

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.finished && !self.waits && !self.inner.is_end_stream() {
            *self.left.0.lock() = Some(std::mem::take(&mut self.inner));
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

    fn pieces(pieces: &[&'static [u8]]) -> Body {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece)))
            .collect();
        Body::from_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn pieces_are_joined_up_to_the_limit() {
        let body = pieces(&[b"ab", b"", b"cd", b"e"]);
        assert_eq!(read(body, 5).await, Ok(Bytes::from_static(b"abcde")));
        assert_eq!(
            read(pieces(&[b"abcde"]), 5).await,
            Ok(Bytes::from_static(b"abcde"))
        );
        assert_eq!(read(Body::empty(), 0).await, Ok(Bytes::new()));
    }

    #[tokio::test]
    async fn one_byte_more_is_too_large() {
        assert_eq!(
            read(pieces(&[b"ab", b"cd", b"ef"]), 5).await,
            Err(BodyFault::TooLarge)
        );
        assert_eq!(
            read(pieces(&[b"abcdef"]), 5).await,
            Err(BodyFault::TooLarge)
        );
        assert_eq!(read(pieces(&[b"a"]), 0).await, Err(BodyFault::TooLarge));
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
    async fn a_broken_stream_is_told_apart() {
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
    async fn a_body_that_never_ends_is_not_drained_for_ever() {
        let body = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(ignored(body).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn no_more_is_drained_than_the_limit() {
        let piece = Bytes::from(vec![0; 1024 * 1024]);
        let drained = Arc::new(Mutex::new(0));
        let count = drained.clone();
        let body = Body::from_stream(stream::repeat_with(move || {
            *count.lock() += piece.len();
            Ok::<_, std::io::Error>(piece.clone())
        }));
        assert_eq!(ignored(body).await.status(), StatusCode::OK);
        assert!((DRAIN_LIMIT..=DRAIN_LIMIT + 2 * 1024 * 1024).contains(&*drained.lock()));
    }
}
