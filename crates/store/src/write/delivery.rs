//! Webhook deliveries: leases and results.
//!
//! One node at a time sends for a webhook: the holder of the lease in the webhook's row. Every command that records
//! results locks this row and checks the lease. If another node has taken the lease, the results are not recorded and
//! that node sends again (at least once). Results and the reader's position are committed together.

mod record;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, DeliveryId, EventId, WebhookId};
use heddle_domain::webhook::{
    DisabledReason, MOST_QUIET_MS, Policy, Standing, Trouble, Verdict, WebhookState,
};

use super::lease::{lock, position, switch_off};
use crate::error::Result;
use crate::rows::delivery::{self as delivery_rows, Delivery};
use crate::rows::webhook::{self as rows, StoredWebhook, reader};
use crate::stmt::params;
use crate::tx::{Tx, Write};

/// The result of one attempt.
#[derive(Clone, Debug)]
pub struct NewAttempt {
    /// When the attempt began.
    pub started_at: Timestamp,
    /// When the attempt ended, by the same clock. The wait before the next attempt starts here.
    pub ended_at: Timestamp,
    /// Duration in milliseconds by a monotonic clock. Only for display; never added to a time.
    pub duration_ms: i64,
    /// HTTP status of the answer, if there was an answer.
    pub status: Option<u16>,
    /// Beginning of the answer's body.
    pub answer: Option<String>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// Before which time the receiver wants no other attempt, if it said so.
    pub retry_after: Option<Timestamp>,
}

impl NewAttempt {
    /// Returns the record of an attempt that was not made. `why` is shown in the log of deliveries.
    #[must_use]
    pub fn not_made(now: Timestamp, why: &str) -> Self {
        Self {
            started_at: now,
            ended_at: now,
            duration_ms: 0,
            status: None,
            answer: None,
            error: Some(format!("not sent: {why}")),
            retry_after: None,
        }
    }
}

/// A delivery after its first attempt.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// The event that the delivery reports, or the first of several.
    pub event: EventId,
    /// How many events the delivery reports.
    pub events: i64,
    /// The event's name in the API.
    pub name: String,
    /// The request's headers without signatures and secrets, as a JSON object.
    pub headers: String,
    /// The request's body.
    pub body: String,
}

/// Which delivery an attempt sent.
#[derive(Clone, Debug)]
pub enum SentDelivery {
    /// A new delivery, at its first attempt.
    First(NewDelivery),
    /// An event for which no request could be prepared. It is recorded as failed, and never sent.
    Unprepared {
        /// The event.
        event: EventId,
        /// The name of its kind.
        name: String,
        /// Why there is no request, in English.
        problem: String,
    },
    /// A stored delivery, at a later attempt.
    Again {
        /// Id of the delivery.
        id: DeliveryId,
        /// The attempt's number. If the attempt with this number is already recorded, it is not recorded again.
        number: i64,
    },
    /// A stored delivery that the webhook does not send any more ([`StoredWebhook::still_sends`]). It is recorded as failed.
    GivenUp {
        /// Id of the delivery.
        id: DeliveryId,
        /// The number of the attempt that was not made, as in `Again`.
        number: i64,
    },
}

/// An attempt with its delivery.
#[derive(Clone, Debug)]
pub struct AttemptOutcome {
    /// The delivery that was sent.
    pub sent: SentDelivery,
    /// When the attempt was made, and its result.
    pub attempt: NewAttempt,
    /// A random number between 0 and 1, by which the wait before the next attempt varies.
    pub chance: f64,
}

/// Records attempts together with the webhook's new position, and renews the lease.
#[derive(Clone, Debug)]
pub struct SettleDeliveries {
    /// Account whose data the command changes.
    pub account: AccountId,
    /// Id of the webhook.
    pub id: WebhookId,
    /// The node that sent.
    pub holder: String,
    /// Duration of the lease in milliseconds.
    pub lease_ms: i64,
    /// A random number that identifies these attempts, so that a second run recognises the first one. Never 0.
    pub token: i64,
    /// The webhook's position in the feed before these attempts.
    pub from: i64,
    /// The webhook's position in the feed after these attempts.
    pub to: i64,
    /// [`StoredWebhook::inboxes_since`] when the requests were made.
    pub inboxes_since: EventId,
    /// The rules for retries and for disabling the webhook.
    pub policy: Policy,
    /// The attempts, in the order in which they ended.
    pub outcomes: Vec<AttemptOutcome>,
}

/// The result of recording attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The attempts are recorded.
    Kept {
        /// The webhook's version after the command. If it differs from the version that the node knows, the webhook was
        /// changed.
        version: EventId,
        /// Whether deliveries are still enabled.
        state: WebhookState,
        /// Why the webhook was disabled by these attempts; `None` if it was not.
        disabled: Option<DisabledReason>,
        /// When the next retry is due.
        next_due: Option<Timestamp>,
        /// Until when nothing may be sent, because the receiver asked for a pause.
        paused_until: Option<Timestamp>,
        /// When the lease expires.
        until: Timestamp,
    },
    /// Another node has taken the lease, or the webhook is deleted; nothing was recorded.
    Lost,
}

impl Write for SettleDeliveries {
    type Out = Settled;
    const NAME: &'static str = "settle_deliveries";

    /// True: the row keeps the token of the last run, by which a second run recognises that it has nothing to do.
    fn may_repeat(&self) -> bool {
        true
    }

    fn weight(&self) -> usize {
        let bytes = |outcome: &AttemptOutcome| {
            let request = match &outcome.sent {
                SentDelivery::First(new) => new.headers.len() + new.body.len(),
                SentDelivery::Unprepared { problem, .. } => problem.len(),
                SentDelivery::Again { .. } | SentDelivery::GivenUp { .. } => 0,
            };
            512 + request + outcome.attempt.answer.as_ref().map_or(0, String::len)
        };
        self.outcomes.iter().map(bytes).sum()
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Settled> {
        let Some(webhook) = lock(tx, self.account, self.id).await? else {
            return Ok(Settled::Lost);
        };
        let stands = self.position(tx, &webhook).await?;
        let is_held = webhook.lease_by.as_ref() == Some(&self.holder);
        if is_held && webhook.settled == self.token {
            return Ok(Self::repeated(&webhook));
        }
        if !is_held || stands != Some(self.from) {
            return Ok(Settled::Lost);
        }
        let mut course = Course {
            standing: webhook.standing,
            trouble: self.earlier_trouble(tx, &webhook).await?,
            newest: webhook.inboxes_since.get(),
        };
        let reason = self.record(tx, &mut course).await?;
        let reason = reason.filter(|_| webhook.state == WebhookState::Enabled);
        let next_due = self.next_due(tx, &webhook).await?;
        let until = tx.now().plus_ms(self.lease_ms);
        self.update(tx, &webhook, &course, (until, next_due))?;
        self.advance(tx, &webhook)?;
        let (version, state) = match reason {
            None => (webhook.version, webhook.state),
            Some(reason) => (
                switch_off(tx, self.account, &webhook, reason).await?,
                WebhookState::Disabled,
            ),
        };
        Ok(Settled::Kept {
            version,
            state,
            disabled: reason,
            next_due,
            paused_until: course.standing.paused_until,
            until,
        })
    }
}

/// What changes about a webhook while attempts are recorded, one after the other.
struct Course {
    standing: Standing,
    trouble: Option<Trouble>,
    /// The greatest id that a new delivery must exceed: at first that after which callers without access to all inboxes see
    /// the deliveries, then that of the last new delivery.
    newest: i64,
}

impl SettleDeliveries {
    /// Returns where the webhook stands in the feed.
    async fn position(&self, tx: &mut Tx<'_>, webhook: &StoredWebhook) -> Result<Option<i64>> {
        match webhook.state {
            WebhookState::Enabled => position(tx, self.account, self.id).await,
            WebhookState::Disabled => Ok(webhook.parked),
            WebhookState::Deleted => Ok(None),
        }
    }

    /// Changes the webhook's row.
    fn update(
        &self,
        tx: &mut Tx<'_>,
        webhook: &StoredWebhook,
        course: &Course,
        (until, next_due): (Timestamp, Option<Timestamp>),
    ) -> Result<()> {
        let (standing, trouble) = (&course.standing, course.trouble);
        let inboxes_since = self.inboxes_since(tx, webhook, course.newest)?;
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
                self.token,
                trouble.map(|trouble| trouble.reason.as_str()),
                trouble.map(|trouble| trouble.since),
                standing.paused_until,
                standing.throttled,
                inboxes_since,
            ],
        )
    }

    /// Returns the id from which on deliveries are about the webhook's present inboxes. If the webhook has lost inboxes while
    /// these requests were being sent, the deliveries that were just recorded are not.
    fn inboxes_since(
        &self,
        tx: &mut Tx<'_>,
        webhook: &StoredWebhook,
        newest: i64,
    ) -> Result<EventId> {
        let since = webhook.inboxes_since;
        match self.inboxes_since == since || newest == since.get() {
            true => Ok(since),
            false => tx.next_event_id(newest),
        }
    }

    /// Returns the result of the first run, as far as the row shows it: the reason why it disabled the webhook is lost.
    fn repeated(webhook: &StoredWebhook) -> Settled {
        Settled::Kept {
            version: webhook.version,
            state: webhook.state,
            disabled: None,
            next_due: webhook.next_due,
            paused_until: webhook.standing.paused_until,
            until: webhook.lease_until,
        }
    }

    /// Returns the trouble that the webhook had before these attempts, if it may go on.
    async fn earlier_trouble(
        &self,
        tx: &mut Tx<'_>,
        webhook: &StoredWebhook,
    ) -> Result<Option<Trouble>> {
        let trouble = webhook
            .trouble
            .filter(|trouble| self.may_go_on(trouble.reason));
        if trouble.is_none_or(|trouble| trouble.reason != DisabledReason::Unprepared) {
            return Ok(trouble);
        }
        // Two events without a request are one trouble only if they came soon after each other: on a quiet webhook they may
        // have nothing to do with each other.
        let (first, end, one) = (0_i64, i64::MAX, 1_i64);
        let params = params![self.account, self.id, first, end, one];
        let last = tx
            .fetch_one(&delivery_rows::LIST, params, delivery_rows::delivery)
            .await?;
        let now = tx.now();
        let is_recent = |last: Delivery| now.0 - last.recorded_at.0 <= MOST_QUIET_MS;
        Ok(trouble.filter(|_| last.is_some_and(is_recent)))
    }

    /// Whether a trouble may go on after these attempts. Whoever sends can read the webhook; whoever moves the position
    /// has passed the event at which the webhook was stuck.
    fn may_go_on(&self, trouble: DisabledReason) -> bool {
        match trouble {
            DisabledReason::Unreadable => false,
            DisabledReason::Stuck => self.to == self.from,
            _ => true,
        }
    }

    /// Returns when the next retry of the webhook is due, after these attempts. The stored time stays if it has not
    /// passed and if all attempts were successful first attempts.
    async fn next_due(
        &self,
        tx: &mut Tx<'_>,
        webhook: &StoredWebhook,
    ) -> Result<Option<Timestamp>> {
        let plain = |outcome: &AttemptOutcome| {
            let taken = Verdict::of_status(outcome.attempt.status) == Verdict::Taken;
            taken && matches!(outcome.sent, SentDelivery::First(_))
        };
        let overdue = webhook.next_due.is_some_and(|due| due <= tx.now());
        if !overdue && self.outcomes.iter().all(plain) {
            return Ok(webhook.next_due);
        }
        let params = params![self.account, self.id];
        tx.fetch_one(&delivery_rows::NEXT_DUE, params, |row| row.time())
            .await
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
            // Somebody disabled the webhook while these requests were being sent.
            WebhookState::Disabled | WebhookState::Deleted => {
                tx.queue(&rows::PARK, params![self.account, self.id, self.to])
            }
        }
    }
}
