//! Sending for webhooks: who does it, what became of it, what is sent again, what is forgotten.
//!
//! A webhook is sent for by one holder at a time. Its lease is held on the webhook's row; every commit of outcomes checks
//! under that row's lock that the lease is still the holder's, so outcomes of a holder that was overtaken are not recorded:
//! the new holder sends again (at least once). Outcomes and the reader's position are one commit.

use heddle_domain::event::{Actor, EventKind};
use heddle_domain::id::{AccountId, AgentId, DeliveryId, EventId, TimeId, WebhookId};
use heddle_domain::webhook::{
    Consequence, DeliveryState, DisabledReason, Policy, Standing, Verdict, WebhookState,
};
use heddle_domain::{EventDetail, Fact, Field, Timestamp};

use super::caller::Caller;
use super::events::append_plain_event;
use super::webhook::{WebhookReach, disable};
use crate::error::{Entity, Refusal, Result};
use crate::rows::delivery::{self as delivery_rows, Delivery};
use crate::rows::feed as feed_rows;
use crate::rows::webhook::{self as rows, StoredWebhook, reader};
use crate::stmt::params;
use crate::tx::{Rows, Tx, Write};

/// The most deliveries that one command replays.
pub const REPLAY_MOST: i64 = 1_000;
/// The most deliveries that one command forgets.
const FORGOTTEN_AT_ONCE: i64 = 500;

/// Takes or renews the lease on a webhook.
#[derive(Clone, Debug)]
pub struct ClaimWebhook {
    /// The account.
    pub account: AccountId,
    /// Which webhook.
    pub id: WebhookId,
    /// Who wants to send for it.
    pub holder: String,
    /// For how many milliseconds nobody else shall.
    pub lease_ms: i64,
}

/// What its holder needs to send for a webhook.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The webhook.
    pub webhook: StoredWebhook,
    /// How far it has come in the feed.
    pub position: i64,
    /// What the operator opened to its account.
    pub account_allow: String,
    /// Until when nobody else sends for it.
    pub until: Timestamp,
}

impl Write for ClaimWebhook {
    /// `None` if another holds it, or if it is not enabled.
    type Out = Option<Claimed>;
    const NAME: &'static str = "claim_webhook";

    /// The second time does the same, or finds that it was done.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Out> {
        let now = tx.now();
        let Some(webhook) = lock(tx, self.account, self.id).await? else {
            return Ok(None);
        };
        let free = webhook.lease_by.as_ref() == Some(&self.holder) || webhook.lease_until < now;
        if !free || webhook.state != WebhookState::Enabled {
            return Ok(None);
        }
        let position = position(tx, self.account, self.id).await?;
        let allowed = tx
            .fetch(&rows::ALLOWED, params![self.account], |row| row.text())
            .await?;
        let until = now.plus_ms(self.lease_ms);
        tx.queue(
            &rows::LEASE,
            params![self.account, self.id, &self.holder, until],
        )?;
        Ok(Some(Claimed {
            webhook,
            position: position.unwrap_or(0),
            account_allow: allowed.into_iter().next().unwrap_or_default(),
            until,
        }))
    }
}

async fn lock(
    tx: &mut Rows<'_>,
    account: AccountId,
    id: WebhookId,
) -> Result<Option<StoredWebhook>> {
    let found = tx
        .fetch(&rows::LOCK, params![account, id], rows::webhook)
        .await?;
    Ok(found.into_iter().next())
}

async fn position(tx: &mut Rows<'_>, account: AccountId, id: WebhookId) -> Result<Option<i64>> {
    let found = tx
        .fetch(&feed_rows::READER, params![account, &reader(id)], |row| {
            row.int()
        })
        .await?;
    Ok(found.into_iter().next())
}

/// Gives the lease back.
#[derive(Clone, Debug)]
pub struct ReleaseWebhook {
    /// The account.
    pub account: AccountId,
    /// Which webhook.
    pub id: WebhookId,
    /// Who held it.
    pub holder: String,
}

impl Write for ReleaseWebhook {
    type Out = ();
    const NAME: &'static str = "release_webhook";

    /// The second time does the same, or finds that it was done.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.queue(&rows::RELEASE, params![self.account, self.id, &self.holder])
    }
}

/// How one attempt went.
#[derive(Clone, Debug)]
pub struct NewAttempt {
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, by the same clock: what follows from it counts from here.
    pub ended_at: Timestamp,
    /// How long it took, by a clock that cannot be set: for people to read, never added to a time.
    pub duration_ms: i64,
    /// The answer's status, if there was an answer.
    pub status: Option<u16>,
    /// The beginning of the answer's body.
    pub answer: Option<String>,
    /// Why there was no answer.
    pub error: Option<String>,
}

/// A delivery that was tried for the first time.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// The event that it tells, or the first of them.
    pub event: EventId,
    /// How many events it tells.
    pub events: i64,
    /// What its API calls the event.
    pub name: String,
    /// The request's headers but for signatures and secrets, as a JSON object.
    pub headers: String,
    /// The request's body.
    pub body: String,
}

/// What an attempt was for.
#[derive(Clone, Debug)]
pub enum Sent {
    /// A new delivery.
    First(NewDelivery),
    /// One that was tried before.
    Again {
        /// Which one.
        id: DeliveryId,
        /// Which attempt at it this was: one that is recorded already is not counted twice.
        number: i64,
    },
}

/// An attempt with what it was for.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What it was for.
    pub sent: Sent,
    /// How it went.
    pub attempt: NewAttempt,
    /// Between 0 and 1, by which the next wait is moved.
    pub chance: f64,
}

/// Records outcomes together with how far the webhook has come, and renews the lease.
#[derive(Clone, Debug)]
pub struct SettleDeliveries {
    /// The account.
    pub account: AccountId,
    /// Which webhook.
    pub id: WebhookId,
    /// Who sent.
    pub holder: String,
    /// For how many milliseconds nobody else shall.
    pub lease_ms: i64,
    /// How far the webhook had come.
    pub from: i64,
    /// How far it has come now.
    pub to: i64,
    /// What the outcomes lead to.
    pub policy: Policy,
    /// In the order in which the attempts ended.
    pub outcomes: Vec<Outcome>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is recorded.
    Kept {
        /// The webhook's version: another one than before means that it was changed.
        version: EventId,
        /// Whether it is still told of events.
        state: WebhookState,
        /// Why it was switched off by this.
        disabled: Option<DisabledReason>,
        /// When something must be tried again.
        next_due: Option<Timestamp>,
        /// Until when nobody else sends for it.
        until: Timestamp,
    },
    /// Another holder has taken over, or the webhook is deleted; nothing was recorded.
    Lost,
}

impl Write for SettleDeliveries {
    type Out = Settled;
    const NAME: &'static str = "settle_deliveries";

    /// The second time does the same, or finds that it was done.
    fn may_repeat(&self) -> bool {
        true
    }

    fn weight(&self) -> usize {
        let bytes = |outcome: &Outcome| {
            let request = match &outcome.sent {
                Sent::First(new) => new.headers.len() + new.body.len(),
                Sent::Again { .. } => 0,
            };
            512 + request + outcome.attempt.answer.as_ref().map_or(0, String::len)
        };
        self.outcomes.iter().map(bytes).sum()
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Settled> {
        let Some(webhook) = lock(tx, self.account, self.id).await? else {
            return Ok(Settled::Lost);
        };
        let stands = match webhook.state {
            WebhookState::Enabled => position(tx, self.account, self.id).await?,
            WebhookState::Disabled => webhook.parked,
            WebhookState::Deleted => None,
        };
        if webhook.lease_by.as_ref() != Some(&self.holder) || stands != Some(self.from) {
            return Ok(Settled::Lost);
        }
        let mut standing = webhook.standing;
        let reason = self.record(tx, &mut standing).await?;
        let next_due = self.next_due(tx, &webhook).await?;
        let until = tx.now().plus_ms(self.lease_ms);
        tx.queue(
            &rows::SETTLE,
            params![
                self.account,
                self.id,
                until,
                next_due,
                standing.failing_since,
                standing.discarded,
                standing.last_success_at,
            ],
        )?;
        self.advance(tx, &webhook)?;
        let enabled = webhook.state == WebhookState::Enabled;
        let (version, state) = match reason.filter(|_| enabled) {
            None => (webhook.version, webhook.state),
            Some(reason) => (
                self.disable(tx, &webhook, reason).await?,
                WebhookState::Disabled,
            ),
        };
        Ok(Settled::Kept {
            version,
            state,
            disabled: reason.filter(|_| enabled),
            next_due,
            until,
        })
    }
}

impl SettleDeliveries {
    /// Writes every outcome; the first reason to switch the webhook off.
    async fn record(
        &self,
        tx: &mut Tx<'_>,
        standing: &mut Standing,
    ) -> Result<Option<DisabledReason>> {
        let mut reason = None;
        for outcome in &self.outcomes {
            let consequence = match &outcome.sent {
                Sent::First(new) => Some(self.first(tx, new, outcome, standing)?),
                Sent::Again { id, number } => {
                    self.again(tx, (*id, *number), outcome, standing).await?
                }
            };
            reason = reason.or(consequence.and_then(|c| c.disable));
        }
        Ok(reason)
    }

    fn judge(&self, outcome: &Outcome, failures: i64, standing: &mut Standing) -> Consequence {
        let attempt = &outcome.attempt;
        let failures = u32::try_from(failures).unwrap_or(u32::MAX);
        let verdict = Verdict::of_status(attempt.status);
        standing.judge(
            &self.policy,
            verdict,
            failures,
            attempt.ended_at,
            outcome.chance,
        )
    }

    fn first(
        &self,
        tx: &mut Tx<'_>,
        new: &NewDelivery,
        outcome: &Outcome,
        standing: &mut Standing,
    ) -> Result<Consequence> {
        // Deliveries count in the events' ids: time-ordered, and nobody confuses the two.
        let id = DeliveryId(tx.next_event_id(0)?.get());
        let consequence = self.judge(outcome, 1, standing);
        tx.queue(
            &delivery_rows::INSERT,
            params![
                self.account,
                self.id,
                id,
                new.event,
                new.events,
                &new.name,
                &new.headers,
                &new.body,
                consequence.state.as_str(),
                i64::from(consequence.state != DeliveryState::Delivered),
                consequence.next_attempt_at,
            ],
        )?;
        self.attempt(tx, id, 1, &outcome.attempt)?;
        Ok(consequence)
    }

    async fn again(
        &self,
        tx: &mut Tx<'_>,
        (id, number): (DeliveryId, i64),
        outcome: &Outcome,
        standing: &mut Standing,
    ) -> Result<Option<Consequence>> {
        let params = params![self.account, self.id, id];
        let found = tx
            .fetch(&delivery_rows::LOCK, params, delivery_rows::delivery)
            .await?;
        let is_next = |delivery: &Delivery| delivery.attempts + 1 == number;
        let Some(delivery) = found.into_iter().next().filter(is_next) else {
            return Ok(None);
        };
        let consequence = self.judge(outcome, delivery.failures + 1, standing);
        let failed = consequence.state != DeliveryState::Delivered;
        let failures = delivery.failures + i64::from(failed);
        tx.queue(
            &delivery_rows::UPDATE,
            params![
                self.account,
                self.id,
                id,
                consequence.state.as_str(),
                number,
                failures,
                consequence.next_attempt_at,
            ],
        )?;
        self.attempt(tx, id, number, &outcome.attempt)?;
        Ok(Some(consequence))
    }

    fn attempt(
        &self,
        tx: &mut Tx<'_>,
        delivery: DeliveryId,
        number: i64,
        attempt: &NewAttempt,
    ) -> Result<()> {
        tx.queue(
            &delivery_rows::INSERT_ATTEMPT,
            params![
                self.account,
                self.id,
                delivery,
                number,
                attempt.started_at,
                attempt.duration_ms,
                attempt.status.map(i64::from),
                &attempt.answer,
                &attempt.error,
            ],
        )
    }

    /// When something must be tried again. Successes of first attempts do not change that.
    async fn next_due(
        &self,
        tx: &mut Tx<'_>,
        webhook: &StoredWebhook,
    ) -> Result<Option<Timestamp>> {
        let plain = |outcome: &Outcome| {
            let taken = Verdict::of_status(outcome.attempt.status) == Verdict::Taken;
            taken && matches!(outcome.sent, Sent::First(_))
        };
        let overdue = webhook.next_due.is_some_and(|due| due <= tx.now());
        if !overdue && self.outcomes.iter().all(plain) {
            return Ok(webhook.next_due);
        }
        let params = params![self.account, self.id];
        let next = tx
            .fetch(&delivery_rows::NEXT_DUE, params, |row| row.time())
            .await?;
        Ok(next.into_iter().next())
    }

    fn advance(&self, tx: &mut Tx<'_>, webhook: &StoredWebhook) -> Result<()> {
        if self.to == self.from {
            return Ok(());
        }
        match webhook.state {
            WebhookState::Enabled => tx.queue(
                &rows::PUT_POSITION,
                params![self.account, &reader(self.id), self.to],
            ),
            // It was switched off while these were on their way.
            WebhookState::Disabled | WebhookState::Deleted => {
                tx.queue(&rows::PARK, params![self.account, self.id, self.to])
            }
        }
    }

    async fn disable(
        &self,
        tx: &mut Tx<'_>,
        webhook: &StoredWebhook,
        reason: DisabledReason,
    ) -> Result<EventId> {
        let caller = Caller {
            account: self.account,
            actor: Actor::OPERATOR,
            // Nobody acts; the event names no agent.
            agent: AgentId(0),
        };
        let mut detail = EventDetail::default();
        detail
            .change(Field::Enabled, &true, &false)
            .with(Fact::Reason(reason));
        let (kind, id) = (EventKind::WebhookDisabled, self.id.get());
        let version = append_plain_event(tx, &caller, kind, id, detail)?;
        disable(tx, &caller, webhook, reason, version).await?;
        Ok(version)
    }
}

/// Which deliveries are sent again.
#[derive(Clone, Debug)]
pub enum Replay {
    /// This one.
    One(DeliveryId),
    /// Those that were recorded in a span of time, at most [`REPLAY_MOST`] at once, oldest first.
    Range {
        /// The first one.
        from: DeliveryId,
        /// The end: the first one that is not meant.
        until: Timestamp,
        /// Only those in this state.
        state: Option<DeliveryState>,
    },
}

/// Sends deliveries again, as if nothing had been tried yet.
#[derive(Clone, Debug)]
pub struct ReplayDeliveries {
    /// On whose behalf.
    pub caller: Caller,
    /// Which webhooks it may see.
    pub reach: WebhookReach,
    /// Which webhook.
    pub id: WebhookId,
    /// Which deliveries.
    pub which: Replay,
}

/// What is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// How many.
    pub deliveries: i64,
    /// Where the rest of the range begins, if it was too long for one command.
    pub rest: Option<DeliveryId>,
}

impl Write for ReplayDeliveries {
    type Out = Replayed;
    const NAME: &'static str = "replay_deliveries";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Replayed> {
        let account = self.caller.account;
        let webhook = lock(tx, account, self.id).await?;
        let webhook = webhook.filter(|webhook| self.reach.covers(webhook));
        let webhook = webhook.ok_or(Refusal::NotFound(Entity::Webhook))?;
        let ids = self.ids(tx, self.reach.first_delivery(&webhook)).await?;
        let now = tx.now();
        for id in &ids {
            tx.queue(&delivery_rows::REPLAY, params![account, self.id, *id, now])?;
        }
        if let (Some(first), Some(last)) = (ids.first(), ids.last()) {
            let due = webhook.next_due.map_or(now, |due| due.min(now));
            tx.queue(&rows::DUE, params![account, self.id, due])?;
            let mut detail = EventDetail::default();
            detail
                .with(Fact::Deliveries(ids.len() as i64))
                .with(Fact::First(DeliveryId(*first)))
                .with(Fact::Last(DeliveryId(*last)));
            let id = self.id.get();
            append_plain_event(tx, &self.caller, EventKind::WebhookReplayed, id, detail)?;
        }
        let full = matches!(self.which, Replay::Range { .. }) && ids.len() as i64 == REPLAY_MOST;
        Ok(Replayed {
            deliveries: ids.len() as i64,
            rest: ids.last().filter(|_| full).map(|id| DeliveryId(id + 1)),
        })
    }
}

impl ReplayDeliveries {
    async fn ids(&self, tx: &mut Tx<'_>, first: DeliveryId) -> Result<Vec<i64>> {
        let account = self.caller.account;
        match &self.which {
            Replay::One(id) => {
                let params = params![account, self.id, *id];
                let found = tx
                    .fetch(&delivery_rows::LOCK, params, delivery_rows::delivery)
                    .await?;
                let seen = found.first().filter(|delivery| delivery.id >= first);
                seen.ok_or(Refusal::NotFound(Entity::Delivery))?;
                Ok(vec![id.get()])
            }
            Replay::Range { from, until, state } => {
                let end = TimeId::first_at(*until).0;
                let from = (*from).max(first);
                let (account, id, most) = (account, self.id, REPLAY_MOST);
                let params = params![account, id, from, end, most];
                let stmt = match state {
                    None => &delivery_rows::RANGE,
                    Some(DeliveryState::Delivered) => &delivery_rows::RANGE_DELIVERED,
                    Some(state) => {
                        let params = params![account, id, from, end, most, state.as_str()];
                        let stmt = &delivery_rows::RANGE_UNDELIVERED;
                        return tx.fetch(stmt, params, |row| row.int()).await;
                    }
                };
                tx.fetch(stmt, params, |row| row.int()).await
            }
        }
    }
}

/// Forgets deliveries that are done with and were recorded before a time; of a deleted webhook all, and the webhook itself.
#[derive(Clone, Debug)]
pub struct ForgetDeliveries {
    /// The account.
    pub account: AccountId,
    /// Which webhook.
    pub id: WebhookId,
    /// What is older than this.
    pub before: Timestamp,
}

impl Write for ForgetDeliveries {
    /// How many; there may be more if there were any.
    type Out = usize;
    const NAME: &'static str = "forget_deliveries";

    /// The second time does the same, or finds that it was done.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<usize> {
        let Some(webhook) = lock(tx, self.account, self.id).await? else {
            return Ok(0);
        };
        let deleted = webhook.state == WebhookState::Deleted;
        let (stmt, before) = match deleted {
            true => (&delivery_rows::ANY, i64::MAX),
            false => (&delivery_rows::OLD, TimeId::first_at(self.before).0),
        };
        let params = params![self.account, self.id, before, FORGOTTEN_AT_ONCE];
        let ids = tx.fetch(stmt, params, |row| row.int()).await?;
        if ids.is_empty() {
            if deleted {
                tx.queue(&rows::REMOVE, params![self.account, self.id])?;
            }
            return Ok(0);
        }
        for stmt in [&delivery_rows::REMOVE_ATTEMPTS, &delivery_rows::REMOVE] {
            tx.queue(stmt, params![self.account, self.id, ids.as_slice()])?;
        }
        Ok(ids.len())
    }
}
