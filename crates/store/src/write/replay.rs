//! Replays and removal of webhook deliveries.
//!
//! Both lock the webhook's row, so that neither changes a delivery whose result is being recorded.

use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, DeliveryId, EventId, TimeId, WebhookId};
use heddle_domain::webhook::{DeliveryState, WebhookState};
use heddle_domain::{EventDetail, Fact, Timestamp};

use super::caller::Caller;
use super::events::append_plain_event;
use super::lease::lock;
use super::must::must_be_as_seen;
use super::webhook::WebhookReach;
use crate::error::{Entity, Refusal, Result};
use crate::rows::delivery::{self as delivery_rows, InRange};
use crate::rows::webhook::{self as rows, StoredWebhook};
use crate::stmt::{Stmt, params};
use crate::tx::{Tx, Write};

/// The maximum number of deliveries that one command examines and replays.
pub const REPLAY_MOST: i64 = 1_000;
/// The maximum number of deliveries that one command deletes.
const FORGOTTEN_AT_ONCE: i64 = 500;

/// The deliveries to send again.
#[derive(Clone, Debug)]
pub enum Replay {
    /// One delivery.
    One(DeliveryId),
    /// Deliveries recorded in a period, oldest first. One command examines at most [`REPLAY_MOST`]. Those without a request
    /// are left out.
    Range {
        /// Id of the first delivery to examine. The id of a delivery is never before its recorded time.
        from: DeliveryId,
        /// The start of the period (inclusive).
        since: Timestamp,
        /// The end of the period (exclusive).
        until: Timestamp,
        /// Only deliveries in this state.
        state: Option<DeliveryState>,
    },
}

/// Schedules deliveries to be sent again. Their earlier attempts no longer count. Those that were made before the webhook
/// lost inboxes, and those of events that it no longer has, are refused, or left out of a period.
#[derive(Clone, Debug)]
pub struct ReplayDeliveries {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Which webhooks the caller may see.
    pub reach: WebhookReach,
    /// Id of the webhook.
    pub id: WebhookId,
    /// The version on which the caller's rights were checked; `None` if they do not depend on the webhook. If it has another
    /// one, the command is refused with [`Refusal::Stale`].
    pub seen: Option<EventId>,
    /// Which deliveries are sent again.
    pub which: Replay,
    /// The names of the events that the caller may read; `None` means all. Deliveries of others are not sent again.
    pub readable: Option<Vec<String>>,
}

/// The result of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// How many deliveries will be sent again.
    pub deliveries: i64,
    /// The first delivery that this command did not examine; `None` if it examined all.
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
        must_be_as_seen(self.seen, webhook.version)?;
        let (ids, rest) = self.find(tx, &webhook).await?;
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
                .with(Fact::First(*first))
                .with(Fact::Last(*last));
            let id = self.id.get();
            append_plain_event(tx, &self.caller, EventKind::WebhookReplayed, id, detail)?;
        }
        Ok(Replayed {
            deliveries: ids.len() as i64,
            rest,
        })
    }
}

impl ReplayDeliveries {
    fn may_read(&self, name: &str) -> bool {
        let readable = self.readable.as_ref();
        readable.is_none_or(|names| names.iter().any(|known| known == name))
    }

    /// Finds the deliveries to send again, and the first one that was not examined.
    async fn find(
        &self,
        tx: &mut Tx<'_>,
        webhook: &StoredWebhook,
    ) -> Result<(Vec<DeliveryId>, Option<DeliveryId>)> {
        let first = self.reach.first_delivery(webhook);
        match &self.which {
            Replay::One(id) => {
                self.must_be_sendable(tx, webhook, *id).await?;
                Ok((vec![*id], None))
            }
            Replay::Range {
                from,
                since,
                until,
                state,
            } => {
                let span = ((*from).max(first), self.end(tx, *until).await?);
                let examined = self.examine(tx, span, *state).await?;
                let is_full = examined.len() as i64 == REPLAY_MOST;
                let rest = examined.last().filter(|_| is_full);
                let rest = rest.map(|last| DeliveryId(last.id.get() + 1));
                let is_wanted = |it: &InRange| {
                    it.has_request
                        && it.recorded_at >= *since
                        && it.recorded_at < *until
                        && self.may_read(&it.name)
                        && webhook.still_sends(it.id, &it.name)
                };
                let wanted = examined.into_iter().filter(is_wanted);
                Ok((wanted.map(|it| it.id).collect(), rest))
            }
        }
    }

    /// Locks a delivery, and refuses one that the caller may not send again, or that cannot be sent.
    async fn must_be_sendable(
        &self,
        tx: &mut Tx<'_>,
        webhook: &StoredWebhook,
        id: DeliveryId,
    ) -> Result<()> {
        let params = params![self.caller.account, self.id, id];
        let found = tx
            .fetch_one(&delivery_rows::LOCK, params, delivery_rows::delivery)
            .await?
            .filter(|delivery| delivery.id >= self.reach.first_delivery(webhook))
            .ok_or(Refusal::NotFound(Entity::Delivery))?;
        if !self.may_read(&found.name) {
            return Err(Refusal::Forbidden.into());
        }
        let reason = match found.problem {
            Some(_) => "has no request that could be sent again",
            None if !webhook.still_sends(id, &found.name) => {
                "was made before the webhook lost inboxes, or the webhook no longer has its event"
            }
            None => return Ok(()),
        };
        Err(Refusal::invalid("delivery", reason).into())
    }

    /// Returns the first id that is too new. An id can be far ahead of the recorded time; then the recorded time alone
    /// decides.
    async fn end(&self, tx: &mut Tx<'_>, until: Timestamp) -> Result<i64> {
        let params = params![self.caller.account, self.id];
        let apart = tx.fetch_one(&delivery_rows::RECORDED_APART, params, |row| row.int());
        Ok(match apart.await? {
            Some(_) => i64::MAX,
            None => TimeId::first_at(until).0,
        })
    }

    /// Reads the deliveries with ids in a span, as many as one command may examine.
    async fn examine(
        &self,
        tx: &mut Tx<'_>,
        (from, end): (DeliveryId, i64),
        state: Option<DeliveryState>,
    ) -> Result<Vec<InRange>> {
        let mut params = params![self.caller.account, self.id, from, end, REPLAY_MOST].to_vec();
        let stmt = match state {
            None => &delivery_rows::RANGE,
            Some(DeliveryState::Delivered) => &delivery_rows::RANGE_DELIVERED,
            Some(state) => {
                params.push(state.as_str().into());
                &delivery_rows::RANGE_UNDELIVERED
            }
        };
        tx.fetch(stmt, &params, delivery_rows::in_range).await
    }
}

/// Deletes completed deliveries recorded before a time. For a deleted webhook it deletes all deliveries, then the
/// webhook.
#[derive(Clone, Debug)]
pub struct ForgetDeliveries {
    /// Account whose data the command changes.
    pub account: AccountId,
    /// Id of the webhook.
    pub id: WebhookId,
    /// Deliveries recorded before this time are deleted.
    pub before: Timestamp,
}

impl Write for ForgetDeliveries {
    /// How many deliveries were deleted; 0 means that none is left.
    type Out = u64;
    const NAME: &'static str = "forget_deliveries";

    /// True: a second run may delete further deliveries, which is allowed, because all of them are to be deleted.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64> {
        let Some(webhook) = lock(tx, self.account, self.id).await? else {
            return Ok(0);
        };
        let deleted = webhook.state == WebhookState::Deleted;
        let ids = match deleted {
            true => self.find(tx, &delivery_rows::ANY, i64::MAX).await?,
            false => self.find_old(tx).await?,
        };
        if ids.is_empty() {
            if deleted {
                tx.queue(&rows::REMOVE, params![self.account, self.id])?;
            }
            return Ok(0);
        }
        for stmt in [&delivery_rows::REMOVE_ATTEMPTS, &delivery_rows::REMOVE] {
            tx.queue(stmt, params![self.account, self.id, ids.as_slice()])?;
        }
        Ok(ids.len() as u64)
    }
}

impl ForgetDeliveries {
    async fn find(&self, tx: &mut Tx<'_>, stmt: &'static Stmt, before: i64) -> Result<Vec<i64>> {
        let params = params![self.account, self.id, before, FORGOTTEN_AT_ONCE];
        tx.fetch(stmt, params, |row| row.int()).await
    }

    /// Finds deliveries recorded before the time. The id says when, unless it is far ahead of the recorded time.
    async fn find_old(&self, tx: &mut Tx<'_>) -> Result<Vec<i64>> {
        let first_young = TimeId::first_at(self.before).0;
        let old = self.find(tx, &delivery_rows::OLD, first_young).await?;
        if !old.is_empty() {
            return Ok(old);
        }
        self.find(tx, &delivery_rows::OLD_APART, self.before.0)
            .await
    }
}
