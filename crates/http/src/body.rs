//! Reads request bodies with a size limit, and discards the bodies of rejected requests.
//!
//! Invariants: memory never holds more of a body than the caller's limit, and of all bodies no more than the server's budget. A
//! body that the handler did not read is read and discarded before the response is sent, because a client that is still sending
//! when the connection closes gets a reset instead of the response. Deliberately missing: decompression, because no vendor documents compressed requests.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use http::HeaderValue;
use http::header::{CONNECTION, EXPECT};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use crate::budget::{BodyBudget, NoRoom, Room, Sender};
use crate::peer::Peer;

/// Time limit for a client to send a body; for a body that is read in chunks, time limit for each chunk.
pub const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The lowest rate of an upload, in bytes per second. After [`READ_TIMEOUT`], an upload is refused whose average rate since its
/// beginning is lower.
pub const LEAST_RATE: usize = 1024;
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
    /// The client did not finish within [`READ_TIMEOUT`], or sent less than [`LEAST_RATE`].
    #[error("the body did not arrive in time")]
    TimedOut,
    /// The connection broke, or the chunked encoding is invalid.
    #[error("the body broke off")]
    Broken,
    /// The bodies of other requests fill the server's budget. The client may try again.
    #[error("no room for the body in memory")]
    NoRoom,
}

/// Reads the whole body of an authenticated client, at most `limit` bytes. A larger `Content-Length` is refused before anything
/// is read. If it fits, the body waits for its room before anything is read.
pub async fn read(body: Body, limit: usize) -> Result<Bytes, BodyFault> {
    read_from(Sender::Known, body, limit).await
}

/// Like [`read`], for a client that is authenticated after its body was read, or not at all.
pub async fn read_from_anyone(body: Body, limit: usize) -> Result<Bytes, BodyFault> {
    read_from(Sender::Anyone, body, limit).await
}

pub(crate) async fn read_from(
    sender: Sender,
    body: Body,
    limit: usize,
) -> Result<Bytes, BodyFault> {
    check_announced(&body, limit)?;
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let mut room = Room::new(sender);
    if let (Sender::Known, Some(length)) = (sender, announced(&body)) {
        room.reserve(length).await?;
    }
    timeout(READ_TIMEOUT, collect(body, limit, room))
        .await
        .unwrap_or(Err(BodyFault::TimedOut))
}

/// Returns the length of a body with a `Content-Length`.
fn announced(body: &Body) -> Option<usize> {
    let exact = body.size_hint().exact()?;
    usize::try_from(exact).ok()
}

/// A body that is read in chunks, with a limit for all of them together, and never held in memory as a whole.
#[derive(Debug)]
pub struct Chunks {
    body: Body,
    remaining: usize,
    limit: usize,
    begun: Instant,
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
            limit,
            begun: Instant::now(),
        })
    }

    /// Returns the next chunk; `None` at the end.
    ///
    /// # Errors
    /// Returns [`BodyFault::TimedOut`] if the client sends nothing for [`READ_TIMEOUT`], or less than [`LEAST_RATE`].
    pub async fn next(&mut self) -> Result<Option<Bytes>, BodyFault> {
        let until = self.end_of_patience();
        let next = timeout_at(until, next_data(&mut self.body, self.remaining)).await;
        let next = next.unwrap_or(Err(BodyFault::TimedOut))?;
        self.remaining -= next.as_ref().map_or(0, Bytes::len);
        if next.is_some() && self.end_of_patience() < Instant::now() {
            return Err(BodyFault::TimedOut);
        }
        Ok(next)
    }

    /// Returns when the next chunk must have arrived.
    fn end_of_patience(&self) -> Instant {
        let received = (self.limit - self.remaining) as u64;
        let at_least_rate = Duration::from_secs(received / LEAST_RATE as u64);
        let rate = self.begun + at_least_rate.max(READ_TIMEOUT);
        rate.min(Instant::now() + READ_TIMEOUT)
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
async fn collect(mut body: Body, limit: usize, mut room: Room) -> Result<Bytes, BodyFault> {
    let first = room.unless_given_up(next_data(&mut body, limit)).await??;
    let Some(first) = first else {
        return Ok(Bytes::new());
    };
    room.make(first.len()).await?;
    let rest = limit - first.len();
    let second = room.unless_given_up(next_data(&mut body, rest)).await??;
    let Some(second) = second else {
        room.keep()?;
        return Ok(first);
    };
    let mut whole = match room.reserved() {
        None => BytesMut::from(first),
        Some(length) => {
            let mut whole = BytesMut::with_capacity(length);
            whole.extend_from_slice(&first);
            whole
        }
    };
    let mut next = Some(second);
    while let Some(data) = next {
        room.make(whole.len() + data.len()).await?;
        whole.extend_from_slice(&data);
        drop(data);
        let rest = limit - whole.len();
        next = room.unless_given_up(next_data(&mut body, rest)).await??;
    }
    room.keep()?;
    Ok(whole.freeze())
}

impl From<NoRoom> for BodyFault {
    fn from(NoRoom: NoRoom) -> Self {
        Self::NoRoom
    }
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

/// Counts the request's body against the server's budget, and discards the part that the handler did not read, so
/// that the client sees the response. If there is more than may be discarded, the connection closes.
///
/// A client that waits for `100 Continue` has sent nothing yet, and reading would ask it to start. So its body is not discarded
/// unless the handler began to read it.
pub(crate) async fn drain<F: Future<Output = Response>>(
    budget: &BodyBudget,
    request: Request,
    run: impl FnOnce(Request) -> F,
) -> Response {
    if request.body().is_end_stream() {
        return run(request).await;
    }
    let awaits_continue = request.headers().contains_key(EXPECT);
    let unread = UnreadBody::default();
    let tracked = |inner| TrackedBody {
        inner,
        finished: false,
        awaits_continue,
        unread: unread.clone(),
    };
    let request = request.map(|body| Body::new(tracked(body)));
    let client = request.extensions().get().map(|Peer(client)| *client);
    let mut response = budget.count(client, run(request)).await;
    let rest = unread.0.lock().take();
    if let Some(rest) = rest {
        let is_over = timeout(DRAIN_TIMEOUT, discard(rest)).await == Ok(true);
        if !is_over {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
    }
    response
}

/// Reads the rest of a body, at most [`DRAIN_LIMIT`]. Returns whether that was all.
async fn discard(mut body: Body) -> bool {
    let mut seen = 0;
    while seen <= DRAIN_LIMIT {
        let Some(Ok(frame)) = body.frame().await else {
            return true;
        };
        seen += frame.data_ref().map_or(0, Bytes::len);
    }
    false
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
    use axum::extract::State;
    use axum::middleware::{Next, from_fn_with_state};
    use futures_util::{StreamExt, stream};
    use http::StatusCode;
    use tower::ServiceExt;

    use super::*;
    use crate::budget::FREE;

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

    async fn drained(State(budget): State<BodyBudget>, request: Request, next: Next) -> Response {
        drain(&budget, request, |request| next.run(request)).await
    }

    /// Sends `body` through [`drain`] to a handler that does not look at it.
    async fn ignored(body: Body) -> Response {
        let drain = from_fn_with_state(BodyBudget::new(0), drained);
        let router = Router::new().fallback(|| async {}).layer(drain);
        let request = Request::post("/").body(body).expect("a valid request");
        router.oneshot(request).await.expect("infallible")
    }

    #[tokio::test(start_paused = true)]
    async fn draining_a_body_that_never_ends_stops_after_the_time_limit() {
        let body = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        let response = ignored(body).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONNECTION], "close");
        let small = ignored(chunks(&[b"ab"])).await;
        assert!(!small.headers().contains_key(CONNECTION));
    }

    /// Returns a body that sends one piece in each interval.
    fn slow(piece: usize, interval: Duration) -> Body {
        let clock = tokio::time::interval_at(Instant::now() + interval, interval);
        let pieces = stream::unfold(clock, move |mut clock| async move {
            clock.tick().await;
            Some((Ok::<_, std::io::Error>(Bytes::from(vec![0; piece])), clock))
        });
        Body::from_stream(pieces)
    }

    /// Returns after how many seconds an upload is refused, and why.
    async fn upload(body: Body) -> (u64, BodyFault) {
        let begun = Instant::now();
        let mut chunks = Chunks::new(body, 1 << 20).expect("no announced size");
        loop {
            if let Err(fault) = chunks.next().await {
                return (begun.elapsed().as_secs(), fault);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_must_not_be_slower_than_the_least_rate() {
        let second = Duration::from_secs(1);
        assert_eq!(upload(slow(1, second)).await, (30, BodyFault::TimedOut));
        assert_eq!(upload(slow(1_000, second)).await.1, BodyFault::TimedOut);
        assert_eq!(upload(slow(1_100, second)).await.1, BodyFault::TooLarge);
        // One large piece is no right to be silent for long.
        let begins_well = stream::iter([Ok::<_, std::io::Error>(Bytes::from(vec![0; 500_000]))]);
        let silent = Body::from_stream(begins_well.chain(stream::pending()));
        assert_eq!(upload(silent).await, (30, BodyFault::TimedOut));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_without_room_is_refused_and_its_room_comes_back() {
        async fn length(body: Body) -> String {
            format!("{:?}", read(body, 1 << 20).await.map(|bytes| bytes.len()))
        }
        let budget = BodyBudget::new(64 << 10);
        let drain = from_fn_with_state(budget.clone(), drained);
        let router = Router::new().fallback(length).layer(drain);
        let ask = |size: usize| {
            let request = Request::post("/").body(Body::from(vec![0; size]));
            let sent = router.clone().oneshot(request.expect("a valid request"));
            async {
                let body = sent.await.expect("infallible").into_body();
                let bytes = body.collect().await.expect("a body").to_bytes();
                String::from_utf8(bytes.to_vec()).expect("UTF-8")
            }
        };
        let full = 80 << 10;
        for _ in 0..3 {
            assert_eq!(ask(full).await, format!("Ok({full})"));
        }
        let holder = budget.count(None, async {
            let mut room = Room::new(Sender::Known);
            room.make(full).await.expect("room");
            room.keep().expect("room");
            std::future::pending::<()>().await;
        });
        tokio::select! {
            biased;
            () = holder => unreachable!("the holder never ends"),
            refused = async { (ask(full).await, ask(FREE).await) } => {
                assert_eq!(refused.0, "Err(NoRoom)");
                assert_eq!(refused.1, format!("Ok({FREE})"));
            }
        }
        assert_eq!(ask(full).await, format!("Ok({full})"));
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
