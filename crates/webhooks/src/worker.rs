//! Delivers the events of one webhook while it holds the webhook's lease.
//!
//! First attempts are sent one after the other, in the order of the feed; a few retries run beside them. Outcomes are committed
//! in batches, together with the webhook's position in the feed, and each such commit renews the lease. Invariants: nothing
//! is sent unless the lease lasts longer than the request may take; the position passes an event only in the commit that
//! records its outcome; the next holder of the lease sends again what was not committed.

mod claim;
mod feed;
mod record;
mod retries;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, DeliveryId, EventId, WebhookId};
use heddle_domain::webhook::Verdict;
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
use claim::{CannotContinue, Claim};

/// The maximum number of outcomes in one commit.
const MAX_OUTCOMES: usize = 100;
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
/// How often a webhook that a failed delivery blocks is checked for changes.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// There is nothing to do, the node is stopping, or another node has the lease.
    Done,
    /// The worker cannot go on, and a new attempt at once would not help.
    Failed,
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
        Ok(None) => return End::Done,
        Err(CannotContinue) => return End::Failed,
    };
    crash::point("claimed");
    let worker = Worker {
        session: Session::new(node.sender.client.clone()),
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
        requests: VecDeque::new(),
        skipped: 0,
        outcomes: Vec::new(),
        oldest_outcome: None,
        next_due: claim.next_due,
        retries: JoinSet::new(),
        retrying: HashSet::new(),
        failures_in_a_row: 0,
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
    /// Requests whose first attempt comes next.
    requests: VecDeque<UnsignedRequest>,
    /// How many events without a request were passed since the last commit.
    skipped: usize,
    /// Outcomes since the last commit.
    outcomes: Vec<AttemptOutcome>,
    oldest_outcome: Option<Instant>,
    /// When the next retry is due.
    next_due: Option<Timestamp>,
    /// Running retries: which delivery, and the number of the attempt.
    retries: JoinSet<(DeliveryId, i64, NewAttempt)>,
    retrying: HashSet<DeliveryId>,
    /// The number of consecutive failed first attempts.
    failures_in_a_row: u32,
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
                Err(CannotContinue) => return End::Failed,
            }
        }
        if let Err(CannotContinue) = self.finish().await {
            return End::Failed;
        }
        let release = ReleaseWebhook {
            account: self.account,
            id: self.id,
            holder: self.node.holder.clone(),
        };
        // The error is ignored: if the release fails, the lease expires by itself.
        let _ = self.node.sender.store.write(release).await;
        crash::point("released");
        End::Done
    }

    /// Runs one round: reads, sends and commits. Returns whether the worker goes on.
    async fn step(&mut self) -> Result<bool, CannotContinue> {
        if self.node.stop.is_cancelled() {
            return Ok(false);
        }
        self.collect_retries();
        self.start_retries().await?;
        if !self.is_blocked() {
            if self.requests.is_empty() {
                self.read_feed().await?;
                if self.is_changed {
                    // The commit loads the changed webhook; after that the events are read again.
                    self.commit().await?;
                    return Ok(!self.is_disabled);
                }
            }
            if let Some(request) = self.requests.pop_front() {
                self.first_attempt(request).await?;
            }
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
        if is_blocked || (self.requests.is_empty() && !self.has_more) {
            return self.wait_for_work().await;
        }
        Ok(true)
    }

    fn must_commit(&self, is_blocked: bool) -> bool {
        let is_full = self.outcomes.len() >= MAX_OUTCOMES || self.skipped >= MAX_SKIPPED;
        let is_old = self
            .oldest_outcome
            .is_some_and(|at| at.elapsed() >= MAX_OUTCOME_AGE);
        let is_last = !self.outcomes.is_empty() && (self.requests.is_empty() || is_blocked);
        is_full || is_old || is_last
    }

    /// Lets requests that wait for the store go first: while many requests wait, the workers of the node send more
    /// slowly. Old events are not delayed further.
    async fn yield_to_requests(&self, sent: usize) {
        let now = self.node.sender.now();
        let is_young = now.0 - self.last_event.created_at().0 < MAX_DELAYED_AGE_MS;
        if self.node.is_store_busy() && is_young {
            let share = self.node.workers() * u32::try_from(sent).unwrap_or(u32::MAX);
            self.sleep((DELAY * share).min(MAX_DELAY)).await;
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

    async fn first_attempt(&mut self, request: UnsignedRequest) -> Result<(), CannotContinue> {
        if self.failures_in_a_row > MAX_FAST_FAILURES {
            let pause = SLOWER_BY * (self.failures_in_a_row - MAX_FAST_FAILURES);
            self.sleep(pause.min(SLOWEST)).await;
            if self.node.stop.is_cancelled() {
                self.requests.push_front(request);
                return Ok(());
            }
        }
        self.ensure_lease().await?;
        if self.is_disabled || self.read == self.attempted {
            // The renewal has loaded a changed webhook, so the events are read again before anything is sent.
            return Ok(());
        }
        crash::point("before_send");
        let message = Message::new(request.event, &request.content);
        let timeout = self.timeout();
        let sender = &self.node.sender;
        let attempt =
            deliver::attempt(sender, &mut self.session, &self.endpoint, &message, timeout).await;
        crash::point("after_send");
        self.failures_in_a_row = match Verdict::of_status(attempt.status) {
            Verdict::Taken => 0,
            Verdict::Failed | Verdict::Gone => self.failures_in_a_row.saturating_add(1),
        };
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

    fn add_outcome(&mut self, sent: SentDelivery, attempt: NewAttempt) {
        self.oldest_outcome.get_or_insert_with(Instant::now);
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
        let linger = Instant::now() + LINGER;
        let is_retrying = !self.retries.is_empty();
        let can_retry = self.retrying.len() < self.max_retries();
        let now = self.node.sender.now();
        let due_in = self.next_due.map_or(LINGER, |due| {
            Duration::from_millis(u64::try_from(due.0 - now.0).unwrap_or(0))
        });
        tokio::select! {
            () = self.node.stop.cancelled() => return Ok(false),
            () = self.wake.notified() => return self.check_for_changes().await,
            Some(ended) = self.retries.join_next(), if is_retrying => self.add_retry(ended),
            () = tokio::time::sleep(due_in), if can_retry && due_in < LINGER => {}
            () = tokio::time::sleep_until(linger) => return Ok(is_retrying),
        }
        Ok(true)
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
        CannotContinue
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
