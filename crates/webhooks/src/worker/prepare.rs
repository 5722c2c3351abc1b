//! Turns events into requests, one event at a time, so that few bodies are in memory.
//!
//! An event that cannot be turned into a request, and never will, is recorded as failed, and the next one follows. A trouble
//! of the store that passes keeps the event.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use heddle_domain::webhook::DisabledReason;
use heddle_store::read::feed::FeedEvent;
use heddle_store::write::delivery::{NewAttempt, SentDelivery};
use heddle_store::{Error, Trouble};

use super::Worker;
use super::claim::{CannotContinue, report};
use crate::hook::{HookContext, UnsignedRequest};

/// Why there are no requests.
enum Failure {
    /// The store cannot be read now.
    Passing(Error),
    /// The events cannot be turned into requests. The text says why, without any content of the account.
    Lasting(&'static str),
}

impl Failure {
    fn of(error: Error) -> Self {
        match error {
            Error::Refused(_) => Self::Lasting("what the event is about cannot be read"),
            Error::Trouble(Trouble::Internal(_)) => Self::Lasting("an internal error; see the log"),
            Error::Trouble(
                Trouble::Overloaded(_)
                | Trouble::TimedOut(_)
                | Trouble::DiskFull
                | Trouble::WrongClock(_)
                | Trouble::LogMissing(_)
                | Trouble::Unreachable
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
                    Ok(requests) if requests.is_empty() || self.session.try_reserve() => {
                        self.accept(count, requests);
                        break None;
                    }
                    // The requests are dropped, and made again when there is a slot.
                    Ok(_) => return self.wait_for_slot().await,
                    Err(Failure::Lasting(problem)) if count == 1 => break Some(problem),
                    Err(Failure::Lasting(_)) => count /= 2,
                    Err(Failure::Passing(error)) => return Err(self.give_back(&error).await),
                }
            };
            if let Some(problem) = failure {
                self.record_unprepared(problem);
            }
            if self.skipped >= super::MAX_SKIPPED || !self.outcomes.is_empty() {
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
                self.attempted = position;
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
        self.attempted = self.pass(1);
        let now = self.node.sender.now();
        let attempt = NewAttempt {
            started_at: now,
            ended_at: now,
            duration_ms: 0,
            status: None,
            answer: None,
            error: Some(format!("not sent: {problem}")),
        };
        self.linger();
        self.add_outcome(sent, attempt);
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
