//! Replays and removal of webhook deliveries.
//!
//! Both lock the webhook's row, so that neither changes a delivery whose result is being recorded.

use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, DeliveryId, TimeId, WebhookId};
use heddle_domain::webhook::{DeliveryState, WebhookState};
use heddle_domain::{EventDetail, Fact, Timestamp};

use super::caller::Caller;
use super::delivery::lock;
use super::events::append_plain_event;
use super::webhook::WebhookReach;
use crate::error::{Entity, Refusal, Result};
use crate::rows::delivery as delivery_rows;
use crate::rows::webhook as rows;
use crate::stmt::params;
use crate::tx::{Tx, Write};

/// The maximum number of deliveries that one command replays.
pub const REPLAY_MOST: i64 = 1_000;
/// The maximum number of deliveries that one command deletes.
const FORGOTTEN_AT_ONCE: i64 = 500;

/// The deliveries to send again.
#[derive(Clone, Debug)]
pub enum Replay {
    /// One delivery.
    One(DeliveryId),
    /// Deliveries recorded in a period, oldest first, at most [`REPLAY_MOST`] per command. Those without a request are
    /// left out.
    Range {
        /// Id of the first delivery of the period.
        from: DeliveryId,
        /// The end of the period (exclusive).
        until: Timestamp,
        /// Only deliveries in this state.
        state: Option<DeliveryState>,
    },
}

/// Schedules deliveries to be sent again. Their earlier attempts no longer count.
#[derive(Clone, Debug)]
pub struct ReplayDeliveries {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Which webhooks the caller may see.
    pub reach: WebhookReach,
    /// Id of the webhook.
    pub id: WebhookId,
    /// Which deliveries are sent again.
    pub which: Replay,
}

/// The result of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// How many deliveries will be sent again.
    pub deliveries: i64,
    /// The first delivery that did not fit into this command; `None` if all fitted.
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
        let found = self.find(tx, self.reach.first_delivery(&webhook)).await?;
        let is_full =
            matches!(self.which, Replay::Range { .. }) && found.len() as i64 == REPLAY_MOST;
        let rest = found.last().filter(|_| is_full);
        let rest = rest.map(|(last, _)| DeliveryId(last + 1));
        let with_request = found.iter().filter(|(_, has_request)| *has_request);
        let ids: Vec<i64> = with_request.map(|(id, _)| *id).collect();
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
        Ok(Replayed {
            deliveries: ids.len() as i64,
            rest,
        })
    }
}

impl ReplayDeliveries {
    /// Finds the deliveries to send again, and whether each has a request.
    async fn find(&self, tx: &mut Tx<'_>, first: DeliveryId) -> Result<Vec<(i64, bool)>> {
        let account = self.caller.account;
        match &self.which {
            Replay::One(id) => {
                let params = params![account, self.id, *id];
                let found = tx
                    .fetch_one(&delivery_rows::LOCK, params, delivery_rows::delivery)
                    .await?
                    .filter(|delivery| delivery.id >= first)
                    .ok_or(Refusal::NotFound(Entity::Delivery))?;
                if found.problem.is_some() {
                    let reason = "has no request that could be sent again";
                    return Err(Refusal::invalid("delivery", reason).into());
                }
                Ok(vec![(id.get(), true)])
            }
            Replay::Range { from, until, state } => {
                let end = TimeId::first_at(*until).0;
                let from = (*from).max(first);
                let mut params = params![account, self.id, from, end, REPLAY_MOST].to_vec();
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
        Ok(ids.len() as u64)
    }
}
