//! Turns events into requests, one event at a time, so that few bodies are in memory.
//!
//! An event that cannot be turned into a request, and never will, is recorded as failed, and the next one follows. A trouble
//! of the store that passes keeps the event, but an event whose reads alone take too long is given up after ten minutes.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use heddle_domain::webhook::DisabledReason;
use heddle_store::read::feed::FeedEvent;
use heddle_store::write::delivery::{AttemptOutcome, NewAttempt, SentDelivery};
use heddle_store::{Error, Trouble};

use super::claim::{CannotContinue, report};
use super::{Worker, random_fraction};
use crate::hook::{HookContext, UnsignedRequest};

/// How long the reads for one event may time out before it is recorded as failed, in milliseconds: ten minutes.
const MOST_READING_MS: i64 = 600_000;

/// Why there are no requests.
enum Failure {
    /// The store cannot be read now.
    Passing(Error),
    /// What the events are about cannot be read in time. It may be the fault of one of the events.
    Slow(Error),
    /// The events cannot be turned into requests. The text says why, without any content of the account.
    Lasting(&'static str),
}

impl Failure {
    fn of(error: Error) -> Self {
        match error {
            Error::Trouble(Trouble::TimedOut(_)) => Self::Slow(error),
            Error::Refused(_) => Self::Lasting("what the event is about cannot be read"),
            Error::Trouble(Trouble::Internal(_)) => Self::Lasting("an internal error; see the log"),
            Error::Trouble(
                Trouble::Overloaded(_)
                | Trouble::DiskFull
                | Trouble::WrongClock(_)
                | Trouble::LogMissing(_)
                | Trouble::Unreachable
                | Trouble::Objects(_)
                | Trouble::Engine(_)
                | Trouble::UnknownOutcome(_),
            ) => Self::Passing(error),
        }
    }
}

impl Worker {
    /// Prepares the requests of the next event that has any, or of several if the API takes them together. Needs a slot
    /// for a connection, so that requests do not wait for one in memory.
    pub(super) async fn prepare_next(&mut self) -> Result<(), CannotContinue> {
        while self.requests.is_empty() && !self.events.is_empty() {
            let most = self.endpoint.delivery_options.together;
            let mut count = self.events.len().min(most);
            let failure = loop {
                match self.prepare(count).await {
                    Ok(requests) if requests.is_empty() || self.sessions.reserve() => {
                        self.accept(count, requests);
                        break None;
                    }
                    // The requests are dropped, and made again when there is a slot.
                    Ok(_) => {
                        self.wait_for_slot();
                        return Ok(());
                    }
                    Err(Failure::Lasting(_) | Failure::Slow(_)) if count > 1 => count /= 2,
                    Err(Failure::Lasting(problem)) => break Some(problem),
                    Err(Failure::Slow(error)) => match self.gives_up_reading() {
                        true => break Some("what the event is about cannot be read in time"),
                        false => return Err(self.give_back(&error).await),
                    },
                    Err(Failure::Passing(error)) => return Err(self.give_back(&error).await),
                }
            };
            self.node.timed_out.lock().remove(&(self.account, self.id));
            if let Some(problem) = failure {
                self.record_unprepared(problem);
            }
            if self.skipped >= super::MAX_SKIPPED || !self.batch.outcomes().is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Lets the API create requests from the next events.
    async fn prepare(&mut self, count: usize) -> Result<Vec<UnsignedRequest>, Failure> {
        self.events.make_contiguous();
        let events = &self.events.as_slices().0[..count];
        let context = HookContext {
            store: &self.node.sender.store,
            base_url: &self.node.sender.base_url,
            account: self.account,
            webhook: &self.endpoint.webhook,
        };
        let requests = AssertUnwindSafe(self.endpoint.hook.prepare(context, events));
        let failure = match requests.catch_unwind().await {
            Ok(Ok(requests)) => return Ok(requests),
            Ok(Err(error)) => {
                let text = error.to_string();
                let failure = Failure::of(error);
                if let Failure::Lasting(_) = failure
                    && count == 1
                {
                    self.log_unprepared(&events[0], &text);
                }
                failure
            }
            Err(_) => {
                if count == 1 {
                    self.log_unprepared(&events[0], "it panicked");
                }
                Failure::Lasting("an internal error; see the log")
            }
        };
        Err(failure)
    }

    /// Returns whether the reads for the next event have timed out for so long that it is given up.
    fn gives_up_reading(&self) -> bool {
        let Some(event) = self.events.front() else {
            return false;
        };
        let now = self.node.sender.now();
        let mut timed_out = self.node.timed_out.lock();
        let (first, since) = timed_out
            .entry((self.account, self.id))
            .or_insert((event.id, now));
        if *first != event.id {
            (*first, *since) = (event.id, now);
        }
        let gives_up = now.0 - since.0 >= MOST_READING_MS;
        drop(timed_out);
        if gives_up {
            self.log_unprepared(event, "its reads took too long for ten minutes");
        }
        gives_up
    }

    fn log_unprepared(&self, event: &FeedEvent, error: &str) {
        tracing::error!(account = %self.account, webhook = %self.id, event = %event.id, error,
            "cannot prepare a request for an event; the event is recorded as failed");
    }

    /// Takes the requests of the next events. The last request moves the position past all of them.
    fn accept(&mut self, count: usize, mut requests: Vec<UnsignedRequest>) {
        let position = self.pass(count);
        match requests.last_mut() {
            Some(last) => last.position = position,
            None => {
                self.pass_to(position);
                self.skipped += count;
            }
        }
        self.requests.extend(requests);
    }

    /// Removes the next events. Returns the position after them: the end of the page if they were its last ones.
    fn pass(&mut self, count: usize) -> i64 {
        let last = self.events.drain(..count).next_back();
        match last {
            Some(event) if !self.events.is_empty() => event.position,
            _ => self.read,
        }
    }

    /// Records the next event as failed.
    fn record_unprepared(&mut self, problem: &'static str) {
        let Some(event) = self.events.front() else {
            return;
        };
        let sent = SentDelivery::Unprepared {
            event: event.id,
            name: event.kind.as_str().to_owned(),
            problem: problem.to_owned(),
        };
        let position = self.pass(1);
        let now = self.node.sender.now();
        self.linger();
        let outcome = AttemptOutcome {
            sent,
            attempt: NewAttempt::not_made(now, problem),
            chance: random_fraction(),
        };
        self.window.add_ended(position, outcome);
        self.take_ended();
    }

    /// Reports that the store cannot be read, and gives the lease back.
    async fn give_back(&mut self, error: &Error) -> CannotContinue {
        if let Err(cannot) = self.finish().await {
            return cannot;
        }
        let key = (self.account, self.id);
        report(&self.node, key, DisabledReason::Stuck, error).await;
        CannotContinue::SOON
    }
}
