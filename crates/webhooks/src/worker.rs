//! Delivers the events of one webhook while it holds the webhook's lease.
//!
//! First attempts are sent one after the other, in the order of the feed; a few retries run beside them. Outcomes are committed
//! in batches, together with the webhook's position in the feed, and each such commit renews the lease. Invariants: nothing
//! is sent unless the lease lasts longer than the request may take; the position passes an event only in the commit that
//! records its outcome; the next holder of the lease sends again what was not committed.

mod claim;
mod feed;
mod prepare;
mod record;
mod retries;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, DeliveryId, EventId, WebhookId};
use heddle_domain::webhook::Verdict;
use heddle_store::read::feed::FeedEvent;
use heddle_store::write::delivery::{
    AttemptOutcome, NewAttempt, NewDelivery, ReleaseWebhook, SentDelivery,
};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::client::Session;
use crate::crash;
use crate::deliver::{self, Message};
use crate::endpoint::Endpoint;
use crate::hook::UnsignedRequest;
use crate::node::Node;
pub(super) use claim::RETRY_SOON;
use claim::{CannotContinue, Claim};

/// The maximum number of outcomes in one commit.
const MAX_OUTCOMES: usize = 100;
/// Outcomes of this size in bytes are committed at once: their requests are in memory.
const MAX_OUTCOME_BYTES: usize = 256 * 1_024;
/// The maximum time that an outcome waits for others before it is committed.
const MAX_OUTCOME_AGE: Duration = Duration::from_millis(50);
/// The maximum number of events without a request for this webhook that are passed before the position is committed.
const MAX_SKIPPED: usize = 1_000;
/// After more consecutive failures than this, first attempts slow down by [`SLOWER_BY`] per failure, to one in
/// [`SLOWEST`].
const MAX_FAST_FAILURES: u32 = 5;
const SLOWER_BY: Duration = Duration::from_millis(50);
const SLOWEST: Duration = Duration::from_secs(1);
/// The pause per delivery while requests wait for the store, and its maximum for one batch. Events older than
/// [`MAX_DELAYED_AGE_MS`] are not delayed.
const DELAY: Duration = Duration::from_millis(4);
const MAX_DELAY: Duration = Duration::from_secs(1);
const MAX_DELAYED_AGE_MS: i64 = 30_000;
/// How long a worker without work keeps the lease.
const LINGER: Duration = Duration::from_secs(5);
/// A receiver that takes longer than this for an answer is slow, in milliseconds.
const SLOW_MS: i64 = 500;
/// The maximum number of slow webhooks that a node remembers.
const MAX_SLOW: usize = 10_000;
/// How often a webhook that a failed delivery blocks is checked for changes.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// A retry that has ended: which delivery, and the attempt with its number. `None` if nothing was sent: no connection became
/// free in time, or the delivery could not be read. Then it is still due in the store.
type Retried = (DeliveryId, Option<(i64, NewAttempt)>);

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// There is nothing to do before this time, the node is stopping, or another node has the lease.
    Done(Option<Timestamp>),
    /// The worker cannot go on, and a new attempt would not help before this time has passed.
    Failed(Duration),
}

/// Claims a webhook and delivers until there is nothing to send, the webhook is disabled, or the node stops.
pub(super) async fn run(
    node: Arc<Node>,
    account: AccountId,
    id: WebhookId,
    wake: Arc<Notify>,
) -> End {
    let claim = match Claim::take(&node, account, id).await {
        Ok(Some(claim)) => claim,
        Ok(None) => return End::Done(None),
        Err(CannotContinue { pause }) => return End::Failed(pause),
    };
    crash::point("claimed");
    let is_slow = node.slow.lock().contains(&(account, id));
    let mut session = Session::new(node.sender.client.clone());
    session.set_slow(is_slow);
    let worker = Worker {
        session,
        is_slow,
        node,
        account,
        id,
        wake,
        endpoint: claim.endpoint,
        lease_until: claim.lease_until,
        renewed_at: claim.renewed_at,
        committed: claim.position,
        attempted: claim.position,
        read: claim.position,
        has_more: true,
        events: VecDeque::new(),
        requests: VecDeque::new(),
        skipped: 0,
        outcomes: Vec::new(),
        outcome_bytes: 0,
        linger_until: Instant::now() + LINGER,
        oldest_outcome: None,
        next_due: claim.next_due,
        retries: JoinSet::new(),
        retrying: HashSet::new(),
        failures_in_a_row: 0,
        must_slow_down: false,
        last_event: EventId(0),
        is_disabled: false,
        is_changed: false,
        last_change: EventId(0),
    };
    worker.work().await
}

struct Worker {
    node: Arc<Node>,
    account: AccountId,
    id: WebhookId,
    /// Notified when the account may have new events.
    wake: Arc<Notify>,
    endpoint: Arc<Endpoint>,
    session: Session,
    /// Whether the receiver was slow lately.
    is_slow: bool,
    /// When the lease ends, by the store's clock.
    lease_until: Timestamp,
    /// When the lease was last renewed, by a clock that cannot be set back.
    renewed_at: Instant,
    /// The committed position in the feed.
    committed: i64,
    /// The position up to which every event was attempted or skipped.
    attempted: i64,
    /// The position up to which the feed was read.
    read: i64,
    /// Whether the feed has more events to read.
    has_more: bool,
    /// Events that were read and come after `requests`.
    events: VecDeque<FeedEvent>,
    /// Requests whose first attempt comes next: those of one event, or of the events that the API takes together.
    requests: VecDeque<UnsignedRequest>,
    /// How many events without a request were passed since the last commit.
    skipped: usize,
    /// Outcomes since the last commit.
    outcomes: Vec<AttemptOutcome>,
    oldest_outcome: Option<Instant>,
    /// The size of the outcomes' requests and answers.
    outcome_bytes: usize,
    /// When the worker ends if it has nothing to send until then.
    linger_until: Instant,
    /// When the next retry is due.
    next_due: Option<Timestamp>,
    /// Running retries.
    retries: JoinSet<Retried>,
    retrying: HashSet<DeliveryId>,
    /// The number of consecutive failed first attempts.
    failures_in_a_row: u32,
    /// Whether the next first attempt waits because of these failures.
    must_slow_down: bool,
    /// The event that the last first attempt reported.
    last_event: EventId,
    /// Whether the webhook was disabled or deleted.
    is_disabled: bool,
    /// Whether somebody changed the webhook, or asked to send a delivery again, since the webhook was loaded.
    is_changed: bool,
    /// The last event that reported such a change of the webhook.
    last_change: EventId,
}

impl Worker {
    async fn work(mut self) -> End {
        loop {
            match self.step().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(CannotContinue { pause }) => return End::Failed(pause),
            }
        }
        if let Err(CannotContinue { pause }) = self.finish().await {
            return End::Failed(pause);
        }
        let release = ReleaseWebhook {
            account: self.account,
            id: self.id,
            holder: self.node.holder.clone(),
        };
        // The error is ignored: if the release fails, the lease expires by itself.
        let _ = self.node.write(release).await;
        crash::point("released");
        End::Done(self.next_due.filter(|_| !self.is_disabled))
    }

    /// Runs one round: reads, sends and commits. Returns whether the worker goes on.
    async fn step(&mut self) -> Result<bool, CannotContinue> {
        if self.node.stop.is_cancelled() {
            return Ok(false);
        }
        self.collect_retries();
        self.start_retries().await?;
        if self.is_disabled {
            return Ok(false);
        }
        if !self.is_blocked() {
            if self.requests.is_empty() && self.events.is_empty() {
                self.read_feed().await?;
                if self.is_changed {
                    // The commit loads the changed webhook; after that the events are read again.
                    self.commit().await?;
                    return Ok(!self.is_disabled);
                }
            }
            self.slow_down().await?;
            if self.requests.is_empty() {
                self.prepare_next().await?;
            }
            self.first_attempt().await?;
        }
        let is_blocked = self.is_blocked();
        if self.must_commit(is_blocked) {
            let sent = self.outcomes.len();
            self.commit().await?;
            self.yield_to_requests(sent).await;
        }
        if self.is_disabled {
            return Ok(false);
        }
        if is_blocked || !(self.is_busy() || self.has_more) {
            return self.wait_for_work().await;
        }
        Ok(true)
    }

    /// Whether there are events or requests in memory.
    fn is_busy(&self) -> bool {
        !self.requests.is_empty() || !self.events.is_empty()
    }

    fn must_commit(&self, is_blocked: bool) -> bool {
        let is_full = self.outcomes.len() >= MAX_OUTCOMES
            || self.outcome_bytes >= MAX_OUTCOME_BYTES
            || self.skipped >= MAX_SKIPPED;
        let is_old = self
            .oldest_outcome
            .is_some_and(|at| at.elapsed() >= MAX_OUTCOME_AGE);
        let is_last = !self.outcomes.is_empty() && (!self.is_busy() || is_blocked);
        is_full || is_old || is_last
    }

    /// Lets requests that wait for the store go first: while many requests wait, the workers of the node send more
    /// slowly. Old events are not delayed further.
    async fn yield_to_requests(&self, sent: usize) {
        let now = self.node.sender.now();
        let is_young = now.0 - self.last_event.created_at().0 < MAX_DELAYED_AGE_MS;
        if self.node.is_store_busy() && is_young {
            let share = self.node.workers().saturating_mul(sent);
            let share = u32::try_from(share).unwrap_or(u32::MAX);
            self.sleep(DELAY.saturating_mul(share).min(MAX_DELAY)).await;
        }
    }

    /// Whether a failed delivery now blocks the later ones.
    fn is_blocked(&self) -> bool {
        let failed =
            |outcome: &AttemptOutcome| Verdict::of_status(outcome.attempt.status) != Verdict::Taken;
        self.endpoint.webhook.ordered
            && (self.next_due.is_some()
                || !self.retrying.is_empty()
                || self.outcomes.iter().any(failed))
    }

    /// Waits before the next first attempt if the last ones have failed. The session has no connection meanwhile.
    async fn slow_down(&mut self) -> Result<(), CannotContinue> {
        if !self.must_slow_down || !self.is_busy() {
            return Ok(());
        }
        self.must_slow_down = false;
        self.session.disconnect();
        if !self.outcomes.is_empty() {
            self.commit().await?;
        }
        let pause = SLOWER_BY * self.failures_in_a_row.saturating_sub(MAX_FAST_FAILURES);
        self.sleep(pause.min(SLOWEST)).await;
        Ok(())
    }

    /// Waits until there is a slot for a connection. Keeps the lease meanwhile.
    async fn wait_for_slot(&mut self) -> Result<(), CannotContinue> {
        let slot = self.session.wait_for_slot();
        tokio::pin!(slot);
        loop {
            if !self.outcomes.is_empty() {
                self.commit().await?;
            }
            tokio::select! {
                () = self.node.stop.cancelled() => return Ok(()),
                slot = &mut slot => {
                    self.session.fill(slot);
                    return Ok(());
                }
                () = tokio::time::sleep(self.node.lease / 4) => self.commit().await?,
            }
            if self.is_disabled {
                return Ok(());
            }
        }
    }

    /// Sends the next request, if there is one and nothing has come in between.
    async fn first_attempt(&mut self) -> Result<(), CannotContinue> {
        if self.requests.is_empty() || self.is_disabled || self.node.stop.is_cancelled() {
            return Ok(());
        }
        if !self.session.try_reserve() {
            return self.wait_for_slot().await;
        }
        self.ensure_lease().await?;
        // The renewal may have loaded a changed webhook. Then the events are read again before anything is sent.
        let Some(request) = self.requests.pop_front() else {
            return Ok(());
        };
        crash::point("before_send");
        let message = Message::new(request.event, &request.content);
        let timeout = self.timeout();
        let sender = &self.node.sender;
        let attempt =
            deliver::attempt(sender, &mut self.session, &self.endpoint, &message, timeout).await;
        crash::point("after_send");
        self.linger();
        self.judge(&attempt);
        self.attempted = request.position;
        self.last_event = request.event;
        let new = NewDelivery {
            event: request.event,
            events: request.events,
            name: request.content.name.to_owned(),
            headers: deliver::headers_as_json(&request.content.headers),
            body: request.content.body,
        };
        self.add_outcome(SentDelivery::First(new), attempt);
        Ok(())
    }

    /// Draws conclusions from a first attempt about the next ones.
    fn judge(&mut self, attempt: &NewAttempt) {
        self.failures_in_a_row = match Verdict::of_status(attempt.status) {
            Verdict::Taken => 0,
            Verdict::Failed | Verdict::Gone => self.failures_in_a_row.saturating_add(1),
        };
        self.must_slow_down = self.failures_in_a_row > MAX_FAST_FAILURES;
        let is_slow = attempt.duration_ms >= SLOW_MS;
        if is_slow != self.is_slow {
            self.is_slow = is_slow;
            self.session.set_slow(is_slow);
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

    /// Moves the time at which the worker ends, because it has just done something.
    fn linger(&mut self) {
        self.linger_until = Instant::now() + LINGER;
    }

    fn add_outcome(&mut self, sent: SentDelivery, attempt: NewAttempt) {
        self.oldest_outcome.get_or_insert_with(Instant::now);
        let answer = attempt.answer.as_ref().map_or(0, String::len);
        let request = match &sent {
            SentDelivery::First(new) => new.headers.len() + new.body.len(),
            SentDelivery::Unprepared { .. } | SentDelivery::Again { .. } => 0,
        };
        self.outcome_bytes += answer + request;
        self.outcomes.push(AttemptOutcome {
            sent,
            attempt,
            chance: random_fraction(),
        });
    }

    /// Returns the time limit of a request: short enough that the lease can be renewed in time.
    fn timeout(&self) -> Duration {
        self.endpoint
            .delivery_options
            .timeout
            .min(self.node.lease / 2)
    }

    /// Renews the lease if it could expire during a request.
    async fn ensure_lease(&mut self) -> Result<(), CannotContinue> {
        let needed = self.timeout() + self.node.lease / 8;
        let left = Duration::from_millis(
            u64::try_from(self.lease_until.0 - self.node.sender.now().0).unwrap_or(0),
        );
        let left = left.min(self.node.lease.saturating_sub(self.renewed_at.elapsed()));
        if left < needed {
            self.commit().await?;
        }
        Ok(())
    }

    /// Waits until there is something to do. Returns whether the worker goes on.
    async fn wait_for_work(&mut self) -> Result<bool, CannotContinue> {
        self.session.rest();
        let is_retrying = !self.retries.is_empty();
        let retry_at = self.retry_at();
        if self.is_blocked() && !is_retrying && retry_at.is_none() {
            // The retry comes late, and the engine knows when.
            return Ok(false);
        }
        let retry_in = retry_at.unwrap_or(self.linger_until);
        tokio::select! {
            () = self.node.stop.cancelled() => return Ok(false),
            () = self.wake.notified() => return self.check_for_changes().await,
            Some(ended) = self.retries.join_next(), if is_retrying => self.add_retry(ended),
            () = tokio::time::sleep_until(retry_in), if retry_at.is_some() => {}
            () = tokio::time::sleep_until(self.linger_until), if !is_retrying => return Ok(false),
        }
        Ok(true)
    }

    /// Returns when the next retry is due; `None` if that is after the worker's end, or if no more retries may run.
    fn retry_at(&self) -> Option<Instant> {
        let now = self.node.sender.now();
        let due = self
            .next_due
            .filter(|_| self.retrying.len() < self.max_retries())?;
        let wait = Duration::from_millis(u64::try_from(due.0 - now.0).unwrap_or(0));
        Some(Instant::now() + wait).filter(|at| *at < self.linger_until)
    }

    /// Loads the webhook again from time to time while a failed delivery blocks it. In this state the feed, which would
    /// report changes of the webhook, is not read.
    async fn check_for_changes(&mut self) -> Result<bool, CannotContinue> {
        if self.is_blocked() && self.renewed_at.elapsed() >= CHECK_INTERVAL {
            self.is_changed = true;
            self.commit().await?;
        }
        Ok(true)
    }

    /// Waits for the running retries and commits everything, before the lease is released.
    async fn finish(&mut self) -> Result<(), CannotContinue> {
        while let Some(ended) = self.retries.join_next().await {
            self.add_retry(ended);
        }
        if self.attempted != self.committed || !self.outcomes.is_empty() {
            self.commit().await?;
        }
        Ok(())
    }

    fn store_failed(&self, error: &heddle_store::Error) -> CannotContinue {
        tracing::warn!(account = %self.account, webhook = %self.id, %error, "cannot go on delivering to a webhook");
        CannotContinue::SOON
    }

    /// Waits for `time`, but not longer than until the node stops.
    async fn sleep(&self, time: Duration) {
        tokio::select! {
            () = self.node.stop.cancelled() => {}
            () = tokio::time::sleep(time) => {}
        }
    }
}

/// Returns a random number between 0 and 1.
fn random_fraction() -> f64 {
    let mut bytes = [0; 4];
    // The error is ignored: without random numbers retries are not spread over time, which does no harm.
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}
