//! First attempts: they start in the order of the feed, and several run at the same time.
//!
//! The number begins at 1, doubles with each delivery that the receiver accepts, up to the operator's limit, and is halved by
//! each failure. So a dead receiver gets one request at a time.

use std::sync::Arc;
use std::time::Duration;

use heddle_domain::webhook::{Pace, Verdict};
use heddle_store::read::webhooks::GetWebhookVersions;
use heddle_store::write::delivery::{AttemptOutcome, NewAttempt, NewDelivery, SentDelivery};
use tokio::task::JoinError;
use tokio::time::Instant;

use super::batch::{MAX_OUTCOME_BYTES, MAX_OUTCOMES};
use super::claim::CannotContinue;
use super::sessions::Sent;
use super::{CHECK_INTERVAL, Worker, random_fraction};
use crate::crash;
use crate::deliver::{self, Message};

/// After more consecutive failures than this, first attempts slow down by [`SLOWER_BY`] per failure, to one in
/// [`SLOWEST`].
const MAX_FAST_FAILURES: u32 = 5;
const SLOWER_BY: Duration = Duration::from_millis(50);
const SLOWEST: Duration = Duration::from_secs(1);
/// A receiver that takes longer than this for an answer is slow, in milliseconds.
const SLOW_MS: i64 = 500;
/// The maximum number of slow webhooks that a node remembers.
const MAX_SLOW: usize = 10_000;

impl Worker {
    /// Reads, prepares or sends the next event, if a first attempt may start now. Returns whether something was done.
    pub(super) async fn start_next(&mut self) -> Result<bool, CannotContinue> {
        if !self.may_start() {
            return Ok(false);
        }
        if self.requests.is_empty() && self.events.is_empty() {
            if !self.has_more {
                return Ok(false);
            }
            self.read_feed().await?;
            return Ok(true);
        }
        self.check().await?;
        if self.is_changed {
            return Ok(true);
        }
        if self.requests.is_empty() {
            self.prepare_next().await?;
            return Ok(self.slot.is_none());
        }
        self.send_next().await
    }

    /// Whether the next first attempt may start now.
    fn may_start(&self) -> bool {
        self.slot.is_none()
            && !self.must_wait()
            && self.window.running() < self.most_at_once()
            && self.window.len() < MAX_OUTCOMES
            && self.window.bytes() < MAX_OUTCOME_BYTES
    }

    /// Whether all first attempts wait: a failed delivery blocks them, or the receiver needs a rest.
    pub(super) fn must_wait(&self) -> bool {
        let is_slowed = self.slow_until.is_some_and(|until| Instant::now() < until);
        self.is_blocked() || self.is_paused() || self.must_pause || is_slowed
    }

    fn most_at_once(&self) -> usize {
        match self.endpoint.webhook.ordered {
            true => 1,
            false => self.at_once,
        }
    }

    /// Finds out from time to time whether the webhook or its maker was changed, so that nothing is sent long after that, even
    /// if the feed will report the change only later. A commit does not say anything about the maker.
    pub(super) async fn check(&mut self) -> Result<(), CannotContinue> {
        if self.checked_at.elapsed() < CHECK_INTERVAL {
            return Ok(());
        }
        let asked_at = Instant::now();
        let read = GetWebhookVersions {
            account: self.account,
            id: self.id,
        };
        let found = self.node.sender.store.read(read).await;
        let found = found.map_err(|error| self.read_failed(&error))?;
        self.is_changed |= found != Some(self.versions);
        self.checked_at = asked_at;
        Ok(())
    }

    /// Starts the next request. Returns whether it runs.
    async fn send_next(&mut self) -> Result<bool, CannotContinue> {
        self.ensure_lease().await?;
        if self.is_changed || self.is_disabled {
            return Ok(true);
        }
        let Some(session) = self.sessions.take() else {
            self.wait_for_slot();
            return Ok(false);
        };
        let Some(request) = self.requests.pop_front() else {
            return Ok(true);
        };
        let number = self.window.begin(request.position);
        self.last_event = request.event;
        self.linger();
        let (node, endpoint) = (Arc::clone(&self.node), Arc::clone(&self.endpoint));
        let timeout = self.timeout();
        let mut session = session;
        self.sending.spawn(async move {
            crash::point("before_send");
            let message = Message::new(request.event, &request.content);
            let attempt =
                deliver::attempt(&node.sender, &mut session, &endpoint, &message, timeout).await;
            crash::point("after_send");
            let new = NewDelivery {
                event: request.event,
                events: request.events,
                name: request.content.name.to_owned(),
                headers: deliver::headers_as_json(&request.content.headers),
                body: request.content.body,
            };
            Sent {
                number,
                session,
                new,
                attempt,
            }
        });
        Ok(true)
    }

    pub(super) fn wait_for_slot(&mut self) {
        let slot = self.sessions.create().wait_for_slot();
        self.slot = Some(Box::pin(slot));
    }

    /// Takes the result of a first attempt.
    pub(super) fn add_sent(&mut self, sent: Result<Sent, JoinError>) -> Result<(), CannotContinue> {
        let Sent {
            number,
            mut session,
            new,
            attempt,
        } = sent.map_err(|error| {
            tracing::error!(account = %self.account, webhook = %self.id, %error, "a first attempt panicked");
            CannotContinue::AFTER_RECORDING
        })?;
        self.linger();
        self.judge(&attempt);
        session.set_slow(self.sessions.is_slow());
        let bytes = new.headers.len() + new.body.len();
        let bytes = bytes + attempt.answer.as_ref().map_or(0, String::len);
        let outcome = AttemptOutcome {
            sent: SentDelivery::First(new),
            attempt,
            chance: random_fraction(),
        };
        self.window.end(number, outcome, bytes);
        let idle = self.most_at_once().saturating_sub(self.window.running());
        self.sessions.give_back(session, idle);
        self.take_ended();
        Ok(())
    }

    /// Moves the outcomes of the attempts that have ended to those that the next commit records, as many as it may record.
    pub(super) fn take_ended(&mut self) {
        if let Some(position) = self.batch.fill(&mut self.window) {
            self.attempted = self.attempted.max(position);
        }
    }

    /// Draws conclusions from a first attempt about the next ones.
    fn judge(&mut self, attempt: &NewAttempt) {
        self.note_pace(attempt);
        if Verdict::of_status(attempt.status) == Verdict::Taken {
            let most = self.node.sender.settings.max_in_flight.get() as usize;
            self.at_once = self.at_once.saturating_mul(2).min(most);
            self.failures_in_a_row = 0;
            self.slow_until = None;
        } else {
            self.at_once = (self.at_once / 2).max(1);
            self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
            self.slow_down();
        }
        let is_slow = attempt.duration_ms >= SLOW_MS;
        if is_slow != self.sessions.is_slow() {
            self.remember_slow(is_slow);
        }
    }

    /// If the response asks for a pause, nothing is sent before the commit that begins it.
    pub(super) fn note_pace(&mut self, attempt: &NewAttempt) {
        self.must_pause |= Pace::of(attempt.status, attempt.retry_after) != Pace::Free;
    }

    /// Waits before the next first attempt if the last ones have failed. There is no connection meanwhile.
    fn slow_down(&mut self) {
        let failures = self.failures_in_a_row.saturating_sub(MAX_FAST_FAILURES);
        if failures > 0 {
            let pause = (SLOWER_BY * failures).min(SLOWEST);
            self.slow_until = Some(Instant::now() + pause);
            self.sessions.disconnect();
        }
    }

    fn remember_slow(&mut self, is_slow: bool) {
        self.sessions.set_slow(is_slow);
        let mut slow = self.node.slow.lock();
        if slow.len() >= MAX_SLOW {
            // Most of them are long gone; the others are found to be slow again.
            slow.clear();
        }
        match is_slow {
            true => slow.insert((self.account, self.id)),
            false => slow.remove(&(self.account, self.id)),
        };
    }
}
