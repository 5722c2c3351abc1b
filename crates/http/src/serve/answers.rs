//! The requests of an HTTP/2 connection, and which of their answers wait for the client to read.
//!
//! With HTTP/1.1 the socket shows whether the client reads. With HTTP/2 the client also allows each answer a number of bytes, so an
//! answer can wait although the socket is free. The HTTP library takes over each piece of an answer whole; a [`Piece`] records
//! when its bytes are on their way.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Buf, Bytes};
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::turns::Turn;

/// How many more requests a client may break off than it lets the server answer. A client that breaks off more makes work
/// without ever having many requests at once.
const MOST_BROKEN_OFF: u32 = 200;

/// The requests of a connection.
#[derive(Debug)]
pub(super) struct Answers {
    state: Mutex<State>,
    /// Cancelled when the client has broken off too many requests.
    pub(super) too_many_broken_off: CancellationToken,
}

#[derive(Debug)]
struct State {
    /// The requests that run, by number, with what their clients have not read.
    running: HashMap<u64, Unread>,
    newest: u64,
    /// Since when no request runs, if none does.
    idle_since: Instant,
    broken_off: u32,
}

/// What a client has not read of an answer.
#[derive(Debug)]
struct Unread {
    bytes: usize,
    /// Since when none of them was read.
    since: Instant,
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// For a request: none runs.
    Request {
        /// Since when.
        since: Instant,
    },
    /// For the client to read.
    Reader {
        /// Since when the answer waits that waits the longest.
        longest: Instant,
        /// Since when all running requests wait; `None` if one of them has nothing to send.
        all: Option<Instant>,
    },
    /// For nothing of the client: it waits for the server.
    Nothing,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                running: HashMap::new(),
                newest: 0,
                idle_since: Instant::now(),
                broken_off: 0,
            }),
            too_many_broken_off: CancellationToken::new(),
        }
    }
}

impl Answers {
    /// Records that a request has begun.
    pub(super) fn begin(self: &Arc<Self>, turn: Turn) -> Arc<Running> {
        let mut state = self.state.lock();
        state.newest += 1;
        let number = state.newest;
        let unread = Unread {
            bytes: 0,
            since: Instant::now(),
        };
        state.running.insert(number, unread);
        drop(state);
        Arc::new(Running {
            answers: Arc::clone(self),
            number,
            is_answered: AtomicBool::new(false),
            _turn: turn,
        })
    }

    /// Returns what the connection waits for.
    pub(super) fn wait(&self) -> Wait {
        let state = self.state.lock();
        if state.running.is_empty() {
            let since = state.idle_since;
            return Wait::Request { since };
        }
        let waiting = || state.running.values().filter(|unread| unread.bytes > 0);
        let Some(longest) = waiting().map(|unread| unread.since).min() else {
            return Wait::Nothing;
        };
        let newest = waiting().map(|unread| unread.since).max();
        let all = newest.filter(|_| waiting().count() == state.running.len());
        Wait::Reader { longest, all }
    }

    /// Returns since when the server has waited for the client: to send a request, or to read every answer that runs.
    pub(super) fn waits_since(&self) -> Option<std::time::Instant> {
        let since = match self.wait() {
            Wait::Request { since } => Some(since),
            Wait::Reader { all, .. } => all,
            Wait::Nothing => None,
        };
        since.map(Instant::into_std)
    }
}

/// A request that runs, until its answer has gone out or was given up.
#[derive(Debug)]
pub(super) struct Running {
    answers: Arc<Answers>,
    number: u64,
    is_answered: AtomicBool,
    _turn: Turn,
}

impl Running {
    /// Records that the handler has answered.
    pub(super) fn note_answer(&self) {
        self.is_answered.store(true, Ordering::Relaxed);
    }

    /// Returns a piece of the answer that the connection is to send.
    pub(super) fn piece(self: &Arc<Self>, bytes: Bytes) -> Piece {
        let length = bytes.len();
        self.update(|unread| {
            if unread.bytes == 0 {
                unread.since = Instant::now();
            }
            unread.bytes += length;
        });
        Piece {
            bytes,
            running: Arc::clone(self),
        }
    }

    fn note_sent(&self, bytes: usize) {
        if bytes > 0 {
            self.update(|unread| {
                unread.bytes -= bytes;
                unread.since = Instant::now();
            });
        }
    }

    fn update(&self, change: impl FnOnce(&mut Unread)) {
        if let Some(unread) = self.answers.state.lock().running.get_mut(&self.number) {
            change(unread);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.answers.state.lock();
        state.running.remove(&self.number);
        if state.running.is_empty() {
            state.idle_since = Instant::now();
        }
        if *self.is_answered.get_mut() {
            state.broken_off = state.broken_off.saturating_sub(1);
            return;
        }
        state.broken_off += 1;
        if state.broken_off > MOST_BROKEN_OFF {
            self.answers.too_many_broken_off.cancel();
        }
    }
}

/// A piece of an answer, from when the connection takes it until its bytes have gone out or were dropped.
#[derive(Debug)]
pub(super) struct Piece {
    bytes: Bytes,
    running: Arc<Running>,
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.running.note_sent(count);
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.running.note_sent(self.bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::turns::Turns;
    use super::*;

    fn begin(answers: &Arc<Answers>) -> Arc<Running> {
        answers.begin(Turns::new(Vec::new()).take().expect("the first"))
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_waits_until_its_last_byte_has_gone_out() {
        let answers = Arc::<Answers>::default();
        let second = Duration::from_secs(1);
        let opened = Instant::now();
        assert_eq!(answers.wait(), Wait::Request { since: opened });
        let request = begin(&answers);
        assert_eq!(answers.wait(), Wait::Nothing);
        tokio::time::advance(second).await;
        let mut piece = request.piece(Bytes::from_static(b"abc"));
        request.note_answer();
        drop(request);
        let reader = |longest, all| Wait::Reader { longest, all };
        assert_eq!(
            answers.wait(),
            reader(opened + second, Some(opened + second))
        );
        tokio::time::advance(second).await;
        piece.advance(2);
        let later = opened + second * 2;
        assert_eq!(answers.wait(), reader(later, Some(later)));
        let quiet = begin(&answers);
        assert_eq!(answers.wait(), reader(later, None));
        assert_eq!(answers.waits_since(), None);
        tokio::time::advance(second).await;
        drop(piece);
        assert_eq!(answers.wait(), Wait::Nothing);
        quiet.note_answer();
        drop(quiet);
        let since = opened + second * 3;
        assert_eq!(answers.wait(), Wait::Request { since });
    }

    #[tokio::test]
    async fn breaking_off_is_forgiven_to_clients_that_also_read() {
        let answers = Arc::<Answers>::default();
        for _ in 0..MOST_BROKEN_OFF {
            drop(begin(&answers));
        }
        begin(&answers).note_answer();
        drop(begin(&answers));
        assert!(!answers.too_many_broken_off.is_cancelled());
        drop(begin(&answers));
        assert!(answers.too_many_broken_off.is_cancelled());
    }
}
