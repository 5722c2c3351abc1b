//! Sends for one webhook while it holds its lease.
//!
//! First attempts go out one after the other in the order of the feed; what failed is tried again beside them, a few at a
//! time. Outcomes are committed in batches together with how far the webhook has come, and each such commit renews the
//! lease. Invariants: nothing is sent unless the lease lasts longer than the request may; an event is passed only in a
//! commit that records what became of it; whatever was not committed is sent again by the next holder.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use heddle_domain::Timestamp;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, DeliveryId, EventId, WebhookId};
use heddle_domain::webhook::{Verdict, WebhookState};
use heddle_store::read::feed::{FeedEvent, ReadFeed};
use heddle_store::read::webhooks::DueDeliveries;
use heddle_store::write::delivery::{
    ClaimWebhook, Claimed, NewAttempt, NewDelivery, Outcome, ReleaseWebhook, Sent,
    SettleDeliveries, Settled,
};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::client::Lane;
use super::crash;
use super::deliver::{self, Message};
use super::endpoint::Endpoint;
use super::hook::{Prepared, View};
use super::node::Node;

/// Events read at once; also the most that one request tells.
const PAGE: usize = 200;
/// Outcomes committed at once at most.
const MOST_OUTCOMES: usize = 100;
/// An outcome waits this long at most for others.
const OLDEST_OUTCOME: Duration = Duration::from_millis(50);
/// Events that do not concern the webhook are passed in memory; so many at most before that is committed.
const MOST_PASSED: usize = 1_000;
/// What failed is tried again so many at a time.
const RETRIES: usize = 4;
/// After so many failures in a row first attempts slow down, down to one in [`SLOWEST`].
const TOLERATED: u32 = 5;
const SLOWEST: Duration = Duration::from_secs(1);
const SLOWER_BY: Duration = Duration::from_millis(50);
/// What a delivery waits while requests wait for the store, at most so long for a batch, and only if its event is younger
/// than this.
const POLITE: Duration = Duration::from_millis(4);
const MOST_POLITE: Duration = Duration::from_secs(1);
const YOUNG_MS: i64 = 30_000;
/// How long the lease is kept with nothing to do.
const LINGER: Duration = Duration::from_secs(5);
/// How often a webhook that is held up is asked for changes.
const LOOK: Duration = Duration::from_millis(500);
/// How long to wait after a fault of the store.
const PAUSE: Duration = Duration::from_millis(500);

/// Somebody else has taken over, or the store cannot be reached: what was not committed is sent again by the next holder.
struct Lost;

/// How a worker's time ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// There is nothing to do, or it was told to end, or another is sending.
    Done,
    /// It could not go on; trying again at once would not help.
    Trouble,
}

/// Claims a webhook and sends for it until there is nothing to send, it is switched off, or the node ends.
pub(super) async fn run(
    node: Arc<Node>,
    account: AccountId,
    id: WebhookId,
    wake: Arc<Notify>,
) -> End {
    let claim = ClaimWebhook {
        account,
        id,
        holder: node.holder.clone(),
        lease_ms: node.lease_ms(),
    };
    let claimed = match node.sender.store.write(claim).await {
        Ok(Some(claimed)) => claimed,
        Ok(None) => return End::Done,
        Err(error) => {
            tracing::warn!(%account, webhook = %id, %error, "cannot claim a webhook");
            return End::Trouble;
        }
    };
    crash::point("claimed");
    let (position, until, next_due) = (claimed.position, claimed.until, claimed.webhook.next_due);
    let endpoint = match Endpoint::open(&node.sender.sealer, &node.hooks, account, claimed) {
        Ok(endpoint) => Arc::new(endpoint),
        Err(error) => {
            tracing::error!(%account, webhook = %id, %error, "cannot send for a webhook");
            return End::Trouble;
        }
    };
    let worker = Worker {
        lane: Lane::new(node.sender.client.clone()),
        node,
        account,
        id,
        wake,
        endpoint,
        until,
        renewed: Instant::now(),
        settled: position,
        reached: position,
        read: position,
        ready: VecDeque::new(),
        passed: 0,
        outcomes: Vec::new(),
        oldest: None,
        next_due,
        retries: JoinSet::new(),
        retrying: HashSet::new(),
        failures: 0,
        told: EventId(0),
        more: true,
        over: false,
        changed: false,
        known: EventId(0),
    };
    worker.work().await
}

struct Worker {
    node: Arc<Node>,
    account: AccountId,
    id: WebhookId,
    wake: Arc<Notify>,
    endpoint: Arc<Endpoint>,
    lane: Lane,
    /// Until when the lease lasts, by the store's clock, and when it was renewed, by one that cannot be set back.
    until: Timestamp,
    renewed: Instant,
    /// The position that is committed, the one up to which everything was tried, and the one up to which the feed was read.
    settled: i64,
    reached: i64,
    read: i64,
    ready: VecDeque<Prepared>,
    passed: usize,
    outcomes: Vec<Outcome>,
    oldest: Option<Instant>,
    next_due: Option<Timestamp>,
    retries: JoinSet<(DeliveryId, NewAttempt)>,
    retrying: HashSet<DeliveryId>,
    /// Failed first attempts in a row.
    failures: u32,
    /// The event that was told last.
    told: EventId,
    /// Whether the feed had more to read.
    more: bool,
    /// Whether the webhook was switched off or deleted.
    over: bool,
    /// Whether others changed the webhook or want something sent again.
    changed: bool,
    /// The last event that told so.
    known: EventId,
}

impl Worker {
    async fn work(mut self) -> End {
        loop {
            match self.step().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(Lost) => return End::Trouble,
            }
        }
        if let Err(Lost) = self.leave().await {
            return End::Trouble;
        }
        let release = ReleaseWebhook {
            account: self.account,
            id: self.id,
            holder: self.node.holder.clone(),
        };
        // If it fails the lease ends by itself.
        let _ = self.node.sender.store.write(release).await;
        End::Done
    }

    /// One round; whether there is more to do.
    async fn step(&mut self) -> Result<bool, Lost> {
        if self.node.stop.is_cancelled() {
            return Ok(false);
        }
        self.take_finished();
        self.start_retries().await?;
        if !self.is_held() {
            if self.ready.is_empty() {
                self.refill().await?;
                if self.changed {
                    // What was read is read again with the webhook as it is now.
                    self.settle().await?;
                    return Ok(!self.over);
                }
            }
            if let Some(prepared) = self.ready.pop_front() {
                self.first_attempt(prepared).await?;
            }
        }
        let held = self.is_held();
        let full = self.outcomes.len() >= MOST_OUTCOMES || self.passed >= MOST_PASSED;
        let old = self.oldest.is_some_and(|at| at.elapsed() >= OLDEST_OUTCOME);
        let rest = !self.outcomes.is_empty() && (self.ready.is_empty() || held);
        if full || old || rest {
            let sent = self.outcomes.len();
            self.settle().await?;
            self.give_way(sent).await;
        }
        if self.over {
            return Ok(false);
        }
        if held || (self.ready.is_empty() && !self.more) {
            return self.idle().await;
        }
        Ok(true)
    }

    /// Requests that wait for the store go first: while many do, all workers of the node together send so much slower, unless
    /// what they tell is old by now.
    async fn give_way(&self, sent: usize) {
        let now = self.node.sender.now();
        let is_young = now.0 - self.told.created_at().0 < YOUNG_MS;
        if self.node.is_pressed() && is_young {
            let share = self.node.workers() * u32::try_from(sent).unwrap_or(u32::MAX);
            self.sleep((POLITE * share).min(MOST_POLITE)).await;
        }
    }

    /// Whether a failed delivery holds up the rest.
    fn is_held(&self) -> bool {
        let failed =
            |outcome: &Outcome| Verdict::of_status(outcome.attempt.status) != Verdict::Taken;
        self.endpoint.webhook.ordered
            && (self.next_due.is_some()
                || !self.retrying.is_empty()
                || self.outcomes.iter().any(failed))
    }

    /// Reads what comes next in the feed and lets the API make requests of it.
    async fn refill(&mut self) -> Result<(), Lost> {
        let store = &self.node.sender.store;
        let feed = ReadFeed {
            account: self.account,
            after: self.read,
            limit: PAGE,
        };
        let mut page = store
            .read(feed.clone())
            .await
            .map_err(|e| self.broken(&e))?;
        let collect = self.endpoint.terms.collect;
        if !page.events.is_empty() && !page.more && !collect.is_zero() {
            self.sleep(collect).await;
            page = store.read(feed).await.map_err(|e| self.broken(&e))?;
        }
        if page.gone {
            tracing::warn!(account = %self.account, webhook = %self.id,
                "events were deleted before this webhook was told of them");
        }
        self.more = page.more;
        if page.reached == self.read {
            return Ok(());
        }
        let mut events = page.events;
        events.retain(|event| !event.imported);
        let view = View {
            store: &self.node.sender.store,
            base_url: &self.node.sender.base_url,
            account: self.account,
            webhook: &self.endpoint.webhook,
        };
        let prepared = self.endpoint.hook.prepare(view, &events).await;
        let mut prepared = prepared.map_err(|e| self.broken(&e))?;
        self.read = page.reached;
        if let Some(last) = events.iter().rfind(|event| self.is_news(event)) {
            (self.known, self.changed) = (last.id, true);
        }
        match prepared.last_mut() {
            // What follows it in the page does not concern the webhook.
            Some(last) => last.position = page.reached,
            None => {
                self.reached = page.reached;
                self.passed += events.len().max(1);
            }
        }
        self.ready.extend(prepared);
        Ok(())
    }

    /// Whether an event tells of a change of this webhook that others made.
    fn is_news(&self, event: &FeedEvent) -> bool {
        use EventKind::{WebhookDeleted, WebhookReplayed, WebhookUpdated};
        let others = [WebhookDeleted, WebhookReplayed, WebhookUpdated];
        let is_about = event.entity == self.id.get() && others.contains(&event.kind);
        is_about && event.id > self.known && event.id > self.endpoint.webhook.version
    }

    fn broken(&self, error: &heddle_store::Error) -> Lost {
        tracing::warn!(account = %self.account, webhook = %self.id, %error, "cannot go on sending for a webhook");
        Lost
    }

    /// Waits, but not beyond the node's end.
    async fn sleep(&self, time: Duration) {
        tokio::select! {
            () = self.node.stop.cancelled() => {}
            () = tokio::time::sleep(time) => {}
        }
    }

    async fn first_attempt(&mut self, prepared: Prepared) -> Result<(), Lost> {
        if self.failures > TOLERATED {
            let pause = SLOWER_BY * (self.failures - TOLERATED);
            self.sleep(pause.min(SLOWEST)).await;
            if self.node.stop.is_cancelled() {
                self.ready.push_front(prepared);
                return Ok(());
            }
        }
        self.ensure_lease().await?;
        if self.over || self.read == self.reached {
            // It was changed while the lease was renewed: the feed is read again.
            return Ok(());
        }
        crash::point("before_send");
        let message = Message::fresh(&prepared);
        let timeout = self.timeout();
        let sender = &self.node.sender;
        let attempt =
            deliver::attempt(sender, &mut self.lane, &self.endpoint, &message, timeout).await;
        crash::point("after_send");
        self.failures = match Verdict::of_status(attempt.status) {
            Verdict::Taken => 0,
            Verdict::Failed | Verdict::Gone => self.failures.saturating_add(1),
        };
        self.reached = prepared.position;
        self.told = prepared.event;
        let new = NewDelivery {
            event: prepared.event,
            events: prepared.events,
            name: prepared.name,
            headers: deliver::kept_headers(&prepared.headers),
            body: prepared.body,
        };
        self.keep(Sent::First(new), attempt);
        Ok(())
    }

    fn keep(&mut self, sent: Sent, attempt: NewAttempt) {
        self.oldest.get_or_insert_with(Instant::now);
        self.outcomes.push(Outcome {
            sent,
            attempt,
            chance: chance(),
        });
    }

    /// How long a request may take: so long that the lease can be renewed in time.
    fn timeout(&self) -> Duration {
        self.endpoint.terms.timeout.min(self.node.lease / 2)
    }

    /// Renews the lease if it might end during a request.
    async fn ensure_lease(&mut self) -> Result<(), Lost> {
        let needed = self.timeout() + self.node.lease / 8;
        let left = Duration::from_millis(
            u64::try_from(self.until.0 - self.node.sender.now().0).unwrap_or(0),
        );
        let left = left.min(self.node.lease.saturating_sub(self.renewed.elapsed()));
        if left < needed {
            self.settle().await?;
        }
        Ok(())
    }

    /// Takes in retries that have ended.
    fn take_finished(&mut self) {
        while let Some(ended) = self.retries.try_join_next() {
            self.take(ended);
        }
    }

    fn take(&mut self, ended: Result<(DeliveryId, NewAttempt), tokio::task::JoinError>) {
        match ended {
            Ok((id, attempt)) => {
                self.retrying.remove(&id);
                self.keep(Sent::Again(id), attempt);
            }
            Err(error) => {
                // It is due still, and found again.
                tracing::error!(account = %self.account, webhook = %self.id, %error, "a retry ended badly");
                self.retrying.clear();
            }
        }
    }

    fn most_retries(&self) -> usize {
        if self.endpoint.webhook.ordered {
            1
        } else {
            RETRIES
        }
    }

    /// Tries again what is due, a few at a time.
    async fn start_retries(&mut self) -> Result<(), Lost> {
        let most = self.most_retries();
        let due = self
            .next_due
            .is_some_and(|due| due <= self.node.sender.now());
        if !due || self.retrying.len() >= most {
            return Ok(());
        }
        let unsettled = self
            .outcomes
            .iter()
            .any(|outcome| matches!(outcome.sent, Sent::Again(_)));
        if unsettled {
            // What was just tried again is due until that is committed.
            self.settle().await?;
        }
        self.ensure_lease().await?;
        let read = DueDeliveries {
            account: self.account,
            id: self.id,
            limit: (most + self.retrying.len()) as i64,
        };
        let found = self.node.sender.store.read(read).await;
        let found = found.map_err(|error| self.broken(&error))?;
        let all = found.len() < most + self.retrying.len();
        if found.is_empty() {
            return self.settle().await;
        }
        if all {
            // Everything that is due is being tried; the next commit tells what comes then.
            self.next_due = None;
        }
        for delivery in found {
            if self.retrying.len() >= most || !self.retrying.insert(delivery.id) {
                continue;
            }
            let (node, endpoint, timeout) = (
                Arc::clone(&self.node),
                Arc::clone(&self.endpoint),
                self.timeout(),
            );
            self.retries.spawn(async move {
                crash::point("before_retry");
                let mut lane = Lane::new(node.sender.client.clone());
                let message = Message::kept(&delivery);
                let attempt =
                    deliver::attempt(&node.sender, &mut lane, &endpoint, &message, timeout).await;
                crash::point("after_retry");
                (delivery.id, attempt)
            });
        }
        Ok(())
    }

    /// Commits what was done.
    async fn settle(&mut self) -> Result<(), Lost> {
        let command = SettleDeliveries {
            account: self.account,
            id: self.id,
            holder: self.node.holder.clone(),
            lease_ms: self.node.lease_ms(),
            from: self.settled,
            to: self.reached,
            policy: self.endpoint.terms.policy,
            outcomes: std::mem::take(&mut self.outcomes),
        };
        self.oldest = None;
        self.passed = 0;
        crash::point("before_settle");
        let begun = Instant::now();
        let settled = loop {
            match self.node.sender.store.write(command.clone()).await {
                Ok(settled) => break settled,
                Err(error) if begun.elapsed() + PAUSE < self.node.lease / 2 => {
                    tracing::warn!(account = %self.account, webhook = %self.id, %error, "cannot record deliveries; trying again");
                    self.sleep(PAUSE).await;
                }
                Err(error) => return Err(self.broken(&error)),
            }
        };
        crash::point("after_settle");
        let Settled::Kept {
            version,
            state,
            disabled,
            next_due,
            until,
        } = settled
        else {
            return Err(Lost);
        };
        (self.settled, self.until, self.renewed) = (self.reached, until, begun);
        self.next_due = next_due;
        if let Some(reason) = disabled {
            tracing::warn!(account = %self.account, webhook = %self.id, reason = reason.as_str(), "a webhook was disabled");
        }
        if self.over {
            return Ok(());
        }
        if self.changed
            || state != WebhookState::Enabled
            || version != self.endpoint.webhook.version
        {
            self.reload().await?;
        }
        Ok(())
    }

    /// Takes over what people changed of the webhook. What was read but not tried is read again.
    async fn reload(&mut self) -> Result<(), Lost> {
        self.ready.clear();
        self.read = self.reached;
        self.more = true;
        self.changed = false;
        let claim = ClaimWebhook {
            account: self.account,
            id: self.id,
            holder: self.node.holder.clone(),
            lease_ms: self.node.lease_ms(),
        };
        let begun = Instant::now();
        let claimed = self.node.sender.store.write(claim).await;
        let Some(claimed) = claimed.map_err(|error| self.broken(&error))? else {
            self.over = true;
            return Ok(());
        };
        let Claimed {
            position, until, ..
        } = claimed;
        (self.until, self.renewed) = (until, begun);
        (self.settled, self.reached, self.read) = (position, position, position);
        self.next_due = claimed.webhook.next_due;
        let endpoint = Endpoint::open(
            &self.node.sender.sealer,
            &self.node.hooks,
            self.account,
            claimed,
        );
        self.endpoint = Arc::new(endpoint.map_err(|error| {
            tracing::error!(account = %self.account, webhook = %self.id, %error, "cannot send for a webhook");
            Lost
        })?);
        Ok(())
    }

    /// Waits for something to do; whether to go on.
    async fn idle(&mut self) -> Result<bool, Lost> {
        let linger = Instant::now() + LINGER;
        let retrying = !self.retries.is_empty();
        let room = self.retrying.len() < self.most_retries();
        let now = self.node.sender.now();
        let due_in = self.next_due.map_or(LINGER, |due| {
            Duration::from_millis(u64::try_from(due.0 - now.0).unwrap_or(0))
        });
        tokio::select! {
            () = self.node.stop.cancelled() => return Ok(false),
            () = self.wake.notified() => return self.look_at_changes().await,
            Some(ended) = self.retries.join_next(), if retrying => self.take(ended),
            () = tokio::time::sleep(due_in), if room && due_in < LINGER => {}
            () = tokio::time::sleep_until(linger) => return Ok(retrying),
        }
        Ok(true)
    }

    /// While a failed delivery holds up the rest, the feed is not read: whether the webhook was changed is then asked for,
    /// now and then.
    async fn look_at_changes(&mut self) -> Result<bool, Lost> {
        if self.is_held() && self.renewed.elapsed() >= LOOK {
            self.changed = true;
            self.settle().await?;
        }
        Ok(true)
    }

    /// Before the lease is given back: what is being tried again ends, and everything is committed.
    async fn leave(&mut self) -> Result<(), Lost> {
        while let Some(ended) = self.retries.join_next().await {
            self.take(ended);
        }
        if self.reached != self.settled || !self.outcomes.is_empty() {
            self.settle().await?;
        }
        Ok(())
    }
}

/// A number between 0 and 1 that nobody can foresee.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness waits are not moved, which harms nobody.
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}
