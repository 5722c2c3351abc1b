//! Delivers the events of one webhook while it holds the webhook's lease.
//!
//! First attempts start in the order of the feed, and some run at the same time; a few retries run beside them. Outcomes are
//! committed in batches, together with the webhook's position in the feed, and each such commit renews the lease. Invariants:
//! nothing is sent unless the lease lasts longer than the request may take; the position passes an event only in the commit
//! that records its outcome; the next holder of the lease sends again what was not committed.

mod batch;
mod claim;
mod feed;
mod prepare;
mod record;
mod retries;
mod send;
mod sessions;
mod window;

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, DeliveryId, EventId, WebhookId};
use heddle_domain::webhook::{Verdict, next_time};
use heddle_store::WebhookVersions;
use heddle_store::read::feed::FeedEvent;
use heddle_store::write::delivery::{AttemptOutcome, NewAttempt};
use heddle_store::write::lease::ReleaseWebhook;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::crash;
use crate::endpoint::Endpoint;
use crate::hook::UnsignedRequest;
use crate::node::Node;
use crate::slots::Slot;
use batch::Batch;
pub(super) use claim::RETRY_SOON;
use claim::{CannotContinue, Claim};
use sessions::{Sent, Sessions};
use window::Window;

/// The maximum number of events without a request for this webhook that are passed before the position is committed.
const MAX_SKIPPED: usize = 1_000;
/// The pause per delivery while requests wait for the store, and its maximum for one batch. Events older than
/// [`MAX_DELAYED_AGE_MS`] are not delayed.
const DELAY: Duration = Duration::from_millis(4);
const MAX_DELAY: Duration = Duration::from_secs(1);
const MAX_DELAYED_AGE_MS: i64 = 30_000;
/// How long a worker without work keeps the lease.
const LINGER: Duration = Duration::from_secs(5);
/// How often it is checked whether the webhook was changed, while nothing else shows it.
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
        Err(CannotContinue { pause, .. }) => return End::Failed(pause),
    };
    crash::point("claimed");
    Worker::new(node, (account, id), wake, claim).work().await
}

struct Worker {
    node: Arc<Node>,
    account: AccountId,
    id: WebhookId,
    /// Notified when the account may have new events.
    wake: Arc<Notify>,
    endpoint: Arc<Endpoint>,
    /// The versions of the webhook and of its maker when they were loaded.
    versions: WebhookVersions,
    sessions: Sessions,
    /// The slot for a connection that the worker waits for, if it does.
    slot: Option<Pin<Box<dyn Future<Output = Slot> + Send + Sync>>>,
    /// When the lease ends, by the store's clock.
    lease_until: Timestamp,
    /// When the lease was last renewed, by a clock that cannot be set back.
    renewed_at: Instant,
    /// When it was last known that nobody had changed the webhook or its maker.
    checked_at: Instant,
    /// The committed position in the feed.
    committed: i64,
    /// The position up to which every event was attempted or skipped.
    attempted: i64,
    /// The position up to which the feed was read.
    read: i64,
    /// Whether the feed may have more events to read.
    has_more: bool,
    /// Events that were read and come after `requests`.
    events: VecDeque<FeedEvent>,
    /// Requests whose first attempt comes next: those of one event, or of the events that the API takes together.
    requests: VecDeque<UnsignedRequest>,
    /// How many events without a request were passed since the last commit.
    skipped: usize,
    /// First attempts that run, or wait for one that does.
    window: Window,
    /// The running first attempts.
    sending: JoinSet<Sent>,
    /// How many first attempts may run at the same time now.
    at_once: usize,
    /// Outcomes since the last commit.
    batch: Batch,
    /// When the worker ends if it has nothing to send until then.
    linger_until: Instant,
    /// When the next retry is due.
    next_due: Option<Timestamp>,
    /// Until when nothing may be sent, because the receiver asked for a pause.
    paused_until: Option<Timestamp>,
    /// Whether the receiver asked for a pause in an outcome that is not committed yet.
    must_pause: bool,
    /// Running retries.
    retries: JoinSet<Retried>,
    retrying: HashSet<DeliveryId>,
    /// Cancelled when retries that were not sent yet must not be sent any more.
    outdated: CancellationToken,
    /// The number of consecutive failed first attempts.
    failures_in_a_row: u32,
    /// Until when first attempts wait because of these failures.
    slow_until: Option<Instant>,
    /// The event that the last first attempt reported.
    last_event: EventId,
    /// Whether the webhook was disabled or deleted.
    is_disabled: bool,
    /// Whether somebody changed the webhook or its maker, or asked to send a delivery again, since the webhook was loaded.
    is_changed: bool,
    /// The position of the last event that reported such a change.
    last_change: i64,
}

impl Worker {
    fn new(
        node: Arc<Node>,
        (account, id): (AccountId, WebhookId),
        wake: Arc<Notify>,
        claim: Claim,
    ) -> Self {
        let is_slow = node.slow.lock().contains(&(account, id));
        Self {
            sessions: Sessions::new(node.sender.client.clone(), account, is_slow),
            slot: None,
            node,
            account,
            id,
            wake,
            endpoint: claim.endpoint,
            versions: claim.versions,
            lease_until: claim.lease_until,
            renewed_at: claim.renewed_at,
            checked_at: claim.renewed_at,
            committed: claim.position,
            attempted: claim.position,
            read: claim.position,
            has_more: true,
            events: VecDeque::new(),
            requests: VecDeque::new(),
            skipped: 0,
            window: Window::default(),
            sending: JoinSet::new(),
            at_once: 1,
            batch: Batch::default(),
            linger_until: Instant::now() + LINGER,
            next_due: claim.next_due,
            paused_until: claim.paused_until,
            must_pause: false,
            retries: JoinSet::new(),
            retrying: HashSet::new(),
            outdated: CancellationToken::new(),
            failures_in_a_row: 0,
            slow_until: None,
            last_event: EventId(0),
            is_disabled: false,
            is_changed: false,
            last_change: 0,
        }
    }

    async fn work(mut self) -> End {
        let failed = loop {
            match self.step().await {
                Ok(true) => {}
                Ok(false) => break None,
                Err(cannot) if cannot.may_record => break Some(cannot),
                Err(CannotContinue { pause, .. }) => return End::Failed(pause),
            }
        };
        let finished = self.finish().await;
        if let Err(CannotContinue { pause, .. }) = finished {
            return End::Failed(pause);
        }
        self.release().await;
        if let Some(CannotContinue { pause, .. }) = failed {
            return End::Failed(pause);
        }
        let next = next_time(self.next_due, self.paused_until, self.node.sender.now());
        End::Done(next.filter(|_| !self.is_disabled))
    }

    async fn release(&self) {
        let release = ReleaseWebhook {
            account: self.account,
            id: self.id,
            holder: self.node.holder.clone(),
        };
        // The error is ignored: if the release fails, the lease expires by itself.
        let _ = self.node.write(release).await;
        crash::point("released");
    }

    /// Runs one round: collects what has ended, commits, and starts what may start. Returns whether the worker goes on.
    async fn step(&mut self) -> Result<bool, CannotContinue> {
        if self.node.stop.is_cancelled() {
            return Ok(false);
        }
        self.collect_ended()?;
        if self.must_commit() {
            let sent = self.batch.outcomes().len();
            self.commit().await?;
            self.yield_to_requests(sent).await;
        }
        if self.is_changed {
            return self.load_changes().await;
        }
        if self.start_retries().await? || self.start_next().await? {
            return Ok(true);
        }
        self.wait().await
    }

    /// Takes the results of the attempts that have ended.
    fn collect_ended(&mut self) -> Result<(), CannotContinue> {
        while let Some(ended) = self.retries.try_join_next() {
            self.add_retry(ended);
        }
        while let Some(sent) = self.sending.try_join_next() {
            self.add_sent(sent)?;
        }
        Ok(())
    }

    /// Whether an attempt runs.
    fn is_working(&self) -> bool {
        self.window.running() > 0 || !self.retries.is_empty()
    }

    /// Whether there are events or requests in memory.
    fn is_busy(&self) -> bool {
        !self.requests.is_empty() || !self.events.is_empty()
    }

    fn must_commit(&self) -> bool {
        let is_full = self.batch.is_full() || self.skipped >= MAX_SKIPPED;
        let is_old = self
            .batch
            .commit_at()
            .is_some_and(|at| at <= Instant::now());
        let is_last = self.must_wait() || !(self.is_busy() || self.has_more || self.is_working());
        is_full || is_old || (is_last && !self.batch.outcomes().is_empty())
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
                || self.batch.outcomes().iter().any(failed))
    }

    /// Whether the receiver asked for a pause that has not ended.
    fn is_paused(&self) -> bool {
        let now = self.node.sender.now();
        self.paused_until.is_some_and(|until| now < until)
    }

    /// Moves the time at which the worker ends, because it has just done something.
    fn linger(&mut self) {
        self.linger_until = Instant::now() + LINGER;
    }

    /// Lets the position pass events that have no attempt, once all attempts before them have ended.
    fn pass_to(&mut self, position: i64) {
        if !self.window.pass(position) {
            self.attempted = self.attempted.max(position);
        }
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
    async fn wait(&mut self) -> Result<bool, CannotContinue> {
        let is_working = self.is_working();
        let is_idle = !is_working && self.slot.is_none();
        self.sessions.rest();
        let next = self.next_step_at();
        let must_rest = self.is_blocked() || self.is_paused();
        if is_idle && next.is_none() && must_rest {
            // The time of the next attempt comes late, and the engine knows it.
            return Ok(false);
        }
        let has_slot = self.slot.is_some();
        let slot = async {
            match &mut self.slot {
                Some(slot) => slot.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.node.stop.cancelled() => return Ok(false),
            () = self.wake.notified() => {
                self.has_more = true;
                if must_rest && !self.is_changed {
                    // The feed, which would report changes of the webhook, is not read now.
                    self.check().await?;
                }
            }
            Some(sent) = self.sending.join_next() => self.add_sent(sent)?,
            Some(ended) = self.retries.join_next() => self.add_retry(ended),
            slot = slot, if has_slot => {
                self.slot = None;
                self.sessions.add(slot);
            }
            () = tokio::time::sleep_until(next.unwrap_or(self.linger_until)), if next.is_some() => {
                self.renew_while_waiting().await?;
            }
            () = tokio::time::sleep_until(self.linger_until), if is_idle => return Ok(false),
        }
        Ok(true)
    }

    /// Returns when the worker must look what to do next, if nothing happens before; `None` if that is after its end.
    fn next_step_at(&self) -> Option<Instant> {
        let commit_at = self.batch.commit_at();
        let renew_at = (self.slot.is_some()).then(|| self.renewed_at + self.node.lease / 4);
        let now = (Instant::now(), self.node.sender.now());
        let at = |time: Timestamp| {
            now.0 + Duration::from_millis(u64::try_from(time.0 - now.1.0).unwrap_or(0))
        };
        let retry = self
            .next_due
            .filter(|_| self.retrying.len() < self.max_retries());
        let may_retry = !(self.is_paused() || self.must_pause || self.is_changed);
        let retry_at = retry.filter(|_| may_retry).map(at);
        let resume_at = self.paused_until.filter(|_| self.is_paused()).map(at);
        let slow_until = self.slow_until.filter(|until| *until > now.0);
        let late = [retry_at, resume_at, slow_until].into_iter().flatten();
        let late = late.filter(|at| *at < self.linger_until);
        [commit_at, renew_at]
            .into_iter()
            .flatten()
            .chain(late)
            .min()
    }

    /// Keeps the lease while the worker waits for a slot.
    async fn renew_while_waiting(&mut self) -> Result<(), CannotContinue> {
        if self.slot.is_some() && self.renewed_at.elapsed() >= self.node.lease / 4 {
            self.commit().await?;
        }
        Ok(())
    }

    /// Waits for the running attempts and commits everything, before the lease is released.
    async fn finish(&mut self) -> Result<(), CannotContinue> {
        self.outdated.cancel();
        while let Some(ended) = self.retries.join_next().await {
            self.add_retry(ended);
        }
        let mut finished = Ok(());
        while let Some(sent) = self.sending.join_next().await {
            finished = finished.and(self.add_sent(sent));
        }
        self.commit_all().await?;
        finished
    }

    /// Returns the error for a read that has failed.
    fn read_failed(&self, error: &heddle_store::Error) -> CannotContinue {
        tracing::warn!(account = %self.account, webhook = %self.id, %error, "cannot go on delivering to a webhook");
        CannotContinue::AFTER_RECORDING
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
