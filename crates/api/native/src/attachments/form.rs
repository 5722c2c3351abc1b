//! Feeds a form to its parser. The parser keeps what it reads until it finds the beginning of the next part, so this module
//! bounds how much it reads until then.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use heddle_http::body::BodyFault;

/// The maximum number of bytes before the content of a part: the preamble of the form, and the part's header. Up to two
/// pieces more may pass.
pub(super) const HEAD_LIMIT: usize = 16 << 10;
/// The maximum number of bytes that the parser gets at once while it looks for a part.
const PIECE: usize = 4 << 10;

/// Why a form cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FormFault {
    #[error(transparent)]
    Body(#[from] BodyFault),
    /// There are more than [`HEAD_LIMIT`] bytes before the content of a part.
    #[error("no part begins within {HEAD_LIMIT} bytes")]
    LongHead,
}

/// What the parser looks for; shared with the [`FormBytes`] that it reads.
#[derive(Clone, Debug)]
pub(super) struct Progress(Arc<State>);

#[derive(Debug)]
struct State {
    in_content: AtomicBool,
    /// The number of bytes that the parser may still get before a part's content.
    head_left: AtomicUsize,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self(Arc::new(State {
            in_content: AtomicBool::new(false),
            head_left: AtomicUsize::new(HEAD_LIMIT + 2 * PIECE),
        }))
    }

    /// Says that the parser has found a part, and that its content follows.
    pub(super) fn content_begins(&self) {
        self.0.in_content.store(true, Ordering::Relaxed);
    }

    /// Says that the content of a part is over, and that the parser looks for the next one.
    pub(super) fn content_ends(&self) {
        let allowed = HEAD_LIMIT + 2 * PIECE;
        self.0.head_left.store(allowed, Ordering::Relaxed);
        self.0.in_content.store(false, Ordering::Relaxed);
    }
}

/// The bytes of a form. After each piece the parser must look at what it has before it gets the next one, because it takes
/// all that is ready.
pub(super) struct FormBytes<S> {
    chunks: Pin<Box<S>>,
    rest: Bytes,
    pauses: bool,
    progress: Progress,
}

impl<S> FormBytes<S> {
    pub(super) fn new(chunks: S, progress: &Progress) -> Self {
        Self {
            chunks: Box::pin(chunks),
            rest: Bytes::new(),
            pauses: false,
            progress: progress.clone(),
        }
    }

    fn next_piece(&mut self) -> Result<Bytes, FormFault> {
        let State {
            in_content,
            head_left,
        } = &*self.progress.0;
        if in_content.load(Ordering::Relaxed) {
            return Ok(std::mem::take(&mut self.rest));
        }
        let allowed = head_left.load(Ordering::Relaxed);
        if allowed == 0 {
            return Err(FormFault::LongHead);
        }
        let piece = self.rest.split_to(self.rest.len().min(PIECE).min(allowed));
        head_left.store(allowed - piece.len(), Ordering::Relaxed);
        Ok(piece)
    }
}

impl<S: Stream<Item = Result<Bytes, BodyFault>>> Stream for FormBytes<S> {
    type Item = Result<Bytes, FormFault>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, FormFault>>> {
        if std::mem::take(&mut self.pauses) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match ready!(self.chunks.as_mut().poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Err(fault)) => return Poll::Ready(Some(Err(fault.into()))),
                Some(Ok(chunk)) => self.rest = chunk,
            }
        }
        self.pauses = true;
        Poll::Ready(Some(self.next_piece()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::{StreamExt, stream};
    use multer::Multipart;

    use super::*;

    /// Returns the number of bytes that the parser reads from a form that begins so and never ends, and its error.
    async fn read_without_end(beginning: &'static str) -> (usize, String) {
        let read = Arc::new(Mutex::new(0));
        let count = read.clone();
        let endless = stream::repeat(Bytes::from_static(&[b'x'; 1_000]));
        let pieces = stream::iter([Bytes::from(beginning)]).chain(endless);
        let chunks = pieces.map(move |piece| {
            *count.lock().expect("no panic") += piece.len();
            Ok(piece)
        });
        let progress = Progress::new();
        let mut form = Multipart::new(FormBytes::new(chunks, &progress), "B");
        let fault = form.next_field().await.expect_err("no part begins");
        let multer::Error::StreamReadFailed(fault) = fault else {
            panic!("another fault: {fault}");
        };
        let read = *read.lock().expect("no panic");
        (read, fault.to_string())
    }

    #[tokio::test]
    async fn a_preamble_or_part_header_without_end_is_refused_early() {
        for beginning in [
            "x",
            "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"",
        ] {
            let (read, fault) = read_without_end(beginning).await;
            assert_eq!(fault, FormFault::LongHead.to_string(), "{beginning}");
            let limit = HEAD_LIMIT..=HEAD_LIMIT + 3 * PIECE;
            assert!(limit.contains(&read), "{read} bytes of {beginning}");
        }
    }

    #[tokio::test]
    async fn a_preamble_below_the_limit_and_a_long_part_are_read() {
        let text = format!(
            "{}\r\n--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{}\r\n--B--\r\n",
            "x".repeat(HEAD_LIMIT - 200),
            "y".repeat(1_000_000)
        );
        for size in [text.len(), 100_000, 4_096, 1_000] {
            let bytes = Bytes::from(text.clone());
            let pieces: Vec<_> = bytes
                .chunks(size)
                .map(|piece| Ok(bytes.slice_ref(piece)))
                .collect();
            let progress = Progress::new();
            let mut form = Multipart::new(FormBytes::new(stream::iter(pieces), &progress), "B");
            let part = form.next_field().await.expect("a form").expect("a part");
            progress.content_begins();
            let content = part.bytes().await.expect("its content");
            progress.content_ends();
            assert_eq!(content.len(), 1_000_000);
            assert!(form.next_field().await.expect("a form").is_none());
        }
    }
}
