//! What a connection is doing, as far as the limits on connections need to know it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::answers::Answers;
use super::head::{HeadScanner, Lengths};

/// The value of `idle_since` while a request runs.
const BUSY: u64 = u64::MAX;
/// The value of `blocked_since` while no bytes wait.
const FLOWING: u64 = u64::MAX;

/// State that a connection's stream and its requests share.
#[derive(Debug)]
pub(super) struct Activity {
    opened: Instant,
    /// When the connection began to wait for a request, in milliseconds after `opened`; [`BUSY`] while a request runs.
    idle_since: AtomicU64,
    /// Since when bytes of a response wait for the client to read, in milliseconds after `opened`; [`FLOWING`] if none do.
    blocked_since: AtomicU64,
    /// Which bytes of HTTP/1.1 the client is sending.
    phase: Mutex<Phase>,
    /// The answers of an HTTP/2 connection; not set for HTTP/1.1.
    answers: OnceLock<Arc<Answers>>,
    /// Tells the connection to close, because another client needs its place.
    pub(super) make_room: CancellationToken,
}

/// Which bytes the client is sending.
#[derive(Debug)]
enum Phase {
    Head(HeadScanner),
    /// A head is complete; `extra` bytes after it have arrived.
    Complete {
        found: Lengths,
        extra: u64,
    },
    /// The body of a request, of which so many bytes are missing.
    Body {
        missing: u64,
    },
    /// It is not known where the next head begins: the client sent it early, or after a chunked body. With HTTP/2 nobody asks.
    Unknown,
}

/// What the bytes of a connection mean for its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// They are passed on.
    Pass,
    /// They complete a head whose transfer coding is not supported; hyper would answer with another status.
    OtherCoding,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            opened: Instant::now(),
            idle_since: AtomicU64::new(0),
            blocked_since: AtomicU64::new(FLOWING),
            phase: Mutex::new(Phase::Head(HeadScanner::new())),
            answers: OnceLock::new(),
            make_room: CancellationToken::new(),
        }
    }

    /// Records that the connection speaks HTTP/2: from now on its answers say what it waits for.
    pub(super) fn begin_http2(&self) -> Arc<Answers> {
        *self.phase.lock() = Phase::Unknown;
        Arc::clone(self.answers.get_or_init(Arc::default))
    }

    /// Returns since when the server has waited for the client: to send a request, or to read an answer. `None` while
    /// the client waits for the server.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        let since = match self.blocked_since.load(Ordering::Relaxed) {
            FLOWING => match self.answers.get() {
                Some(answers) => return answers.waits_since(),
                None => self.idle_since.load(Ordering::Relaxed),
            },
            blocked => blocked,
        };
        (since != BUSY).then(|| self.opened + Duration::from_millis(since))
    }

    /// Records whether bytes of a response wait for the client to read.
    pub(super) fn set_blocked(&self, blocked: bool) {
        let since = if blocked { self.now() } else { FLOWING };
        self.blocked_since.store(since, Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        self.opened.elapsed().as_millis() as u64
    }

    /// Records bytes that the client sent.
    pub(super) fn received(&self, bytes: &[u8]) -> Read {
        let mut phase = self.phase.lock();
        if matches!(*phase, Phase::Body { missing: 0 }) {
            // Bytes after a body begin the next head, if the client waited for the response.
            *phase = match self.idle_since.load(Ordering::Relaxed) {
                BUSY => Phase::Unknown,
                _ => Phase::Head(HeadScanner::new()),
            };
        }
        match &mut *phase {
            Phase::Head(scanner) => {
                if let Some((found, end)) = scanner.feed(bytes) {
                    let extra = (bytes.len() - end) as u64;
                    *phase = Phase::Complete { found, extra };
                    if found.other_coding {
                        return Read::OtherCoding;
                    }
                }
            }
            Phase::Complete { extra, .. } => *extra += bytes.len() as u64,
            Phase::Body { missing } => match missing.checked_sub(bytes.len() as u64) {
                Some(left) => *missing = left,
                None => *phase = Phase::Unknown,
            },
            Phase::Unknown => {}
        }
        Read::Pass
    }

    /// Records that a request has begun. `length` is the length of its body; `None` if it is chunked. Returns what its
    /// head holds; `None` if that is not known.
    pub(super) fn begin(&self, length: Option<u64>) -> Option<Lengths> {
        self.idle_since.store(BUSY, Ordering::Relaxed);
        let mut phase = self.phase.lock();
        let Phase::Complete { found, extra } = *phase else {
            *phase = Phase::Unknown;
            return None;
        };
        let missing = length.and_then(|length| length.checked_sub(extra));
        *phase = missing.map_or(Phase::Unknown, |missing| Phase::Body { missing });
        Some(found)
    }

    /// Records that the response has been sent.
    pub(super) fn end(&self) {
        self.idle_since.store(self.now(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &[u8] = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n";
    const GET: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

    #[test]
    fn the_next_head_is_known_if_the_client_waits_for_the_response() {
        let activity = Activity::new();
        for _ in 0..3 {
            activity.received(POST);
            assert!(activity.begin(Some(4)).expect("known").content_length);
            activity.received(b"bo");
            activity.received(b"dy");
            activity.end();
        }
    }

    #[test]
    fn a_head_that_may_have_begun_early_is_unknown() {
        let early: [&[&[u8]]; 3] = [
            &[&[POST, b"bodyGET"].concat()],
            &[POST, b"body", b"G"],
            &[POST, b"bodyG"],
        ];
        for pieces in early {
            let activity = Activity::new();
            let (first, rest) = pieces.split_first().expect("pieces");
            activity.received(first);
            assert!(activity.begin(Some(4)).is_some());
            rest.iter().for_each(|piece| {
                activity.received(piece);
            });
            activity.end();
            activity.received(GET);
            assert_eq!(activity.begin(Some(0)), None);
        }
        let chunked = Activity::new();
        chunked.received(b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n");
        assert!(chunked.begin(None).is_some());
        chunked.received(b"0\r\n\r\n");
        chunked.end();
        chunked.received(GET);
        assert_eq!(chunked.begin(Some(0)), None);
    }

    #[test]
    fn the_server_waits_for_a_request_and_for_the_reader_of_an_answer() {
        let activity = Activity::new();
        assert!(activity.waits_since().is_some());
        activity.received(GET);
        activity.begin(Some(0));
        assert_eq!(activity.waits_since(), None);
        activity.set_blocked(true);
        let blocked = activity.waits_since().expect("the client does not read");
        activity.end();
        assert_eq!(activity.waits_since(), Some(blocked));
        activity.set_blocked(false);
        assert!(activity.waits_since().expect("idle") >= blocked);
    }
}
