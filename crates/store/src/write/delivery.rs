//! Webhook deliveries: leases and results.
//!
//! One node at a time sends for a webhook: the holder of the lease in the webhook's row. Every command that records
//! results locks this row and checks the lease. If another node has taken the lease, the results are not recorded and
//! that node sends again (at least once). Results and the reader's position are committed together.

use heddle_domain::credential::Credential;
use heddle_domain::event::{Actor, EventKind};
use heddle_domain::id::{AccountId, AgentId, DeliveryId, EventId, TimeId, WebhookId};
use heddle_domain::webhook::{
    Consequence, DeliveryState, DisabledReason, Policy, Standing, Trouble, Verdict, WebhookState,
};
use heddle_domain::{EventDetail, Fact, Field, Timestamp};

use super::caller::Caller;
use super::events::append_plain_event;
use super::webhook::{allowed, disable};
use crate::clock::recorded_apart;
use crate::error::Result;
use crate::rows::credential as credential_rows;
use crate::rows::delivery::{self as delivery_rows, Delivery};
use crate::rows::feed as feed_rows;
use crate::rows::webhook::{self as rows, StoredWebhook, reader};
use crate::stmt::params;
use crate::tx::{Rows, Tx, Write};

/// Takes or renews the lease of a webhook.
#[derive(Clone, Debug)]
pub struct ClaimWebhook {
    /// Account whose data the command changes.
    pub account: AccountId,
    /// Id of the webhook.
    pub id: WebhookId,
    /// The node that wants to send.
    pub holder: String,
    /// Duration of the lease in milliseconds.
    pub lease_ms: i64,
}

/// The data that a node needs to send for a webhook.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The webhook as it was before the lease was taken.
    pub webhook: StoredWebhook,
    /// The credential that created or adopted the webhook; `None` if the operator did.
    pub maker: Option<Credential>,
    /// The webhook's position in the feed.
    pub position: i64,
    /// The internal hosts and networks that the operator allows for the account.
    pub account_allow: String,
    /// When the lease expires.
    pub until: Timestamp,
}

impl Write for ClaimWebhook {
    /// The claimed webhook; `None` if another node has the lease, or the webhook is not enabled.
    type Out = Option<Claimed>;
    const NAME: &'static str = "claim_webhook";

    /// True: a second run renews the lease again.
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
        let account_allow = allowed(tx, self.account).await?;
        let maker = maker(tx, self.account, &webhook).await?;
        let until = now.plus_ms(self.lease_ms);
        tx.queue(
            &rows::LEASE,
            params![self.account, self.id, &self.holder, until],
        )?;
        Ok(Some(Claimed {
            webhook,
            maker,
            position: position.unwrap_or(0),
            account_allow,
            until,
        }))
    }
}

pub(super) async fn lock(
    tx: &mut Rows<'_>,
    account: AccountId,
    id: WebhookId,
) -> Result<Option<StoredWebhook>> {
    tx.fetch_one(&rows::LOCK, params![account, id], rows::webhook)
        .await
}

async fn maker(
    tx: &mut Rows<'_>,
    account: AccountId,
    webhook: &StoredWebhook,
) -> Result<Option<Credential>> {
    let Some(id) = webhook.credential else {
        return Ok(None);
    };
    let params = params![account, id];
    let found = tx.fetch_one(&credential_rows::GET, params, credential_rows::credential);
    Ok(found.await?.map(|stored| stored.credential))
}

async fn position(tx: &mut Rows<'_>, account: AccountId, id: WebhookId) -> Result<Option<i64>> {
    let name = reader(id);
    let params = params![account, &name];
    tx.fetch_one(&feed_rows::READER, params, |row| row.int())
        .await
}

/// Releases the lease.
#[derive(Clone, Debug)]
pub struct ReleaseWebhook {
    /// Account whose data the command changes.
    pub account: AccountId,
    /// Id of the webhook.
    pub id: WebhookId,
    /// The node that had the lease.
    pub holder: String,
}

impl Write for ReleaseWebhook {
    type Out = ();
    const NAME: &'static str = "release_webhook";

    /// True: a second run finds no lease to release.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.queue(&rows::RELEASE, params![self.account, self.id, &self.holder])
    }
}

/// Reports that the holder of the lease can send nothing now, through no fault of the receiver, and releases the lease, so
/// that another node can try. Disables the webhook if this has lasted for hours.
#[derive(Clone, Debug)]
pub struct ReportTrouble {
    /// Account whose data the command changes.
    pub account: AccountId,
    /// Id of the webhook.
    pub id: WebhookId,
    /// The node that has the lease.
    pub holder: String,
    /// What the trouble is.
    pub reason: DisabledReason,
}

/// The result of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// The trouble is new.
    New,
    /// The trouble was known.
    Known,
    /// The trouble has lasted too long, so the webhook is disabled now.
    Disabled,
    /// Another node has taken the lease, or the webhook is not enabled; nothing was recorded.
    Lost,
}

impl Write for ReportTrouble {
    type Out = Reported;
    const NAME: &'static str = "report_trouble";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Reported> {
        let webhook = lock(tx, self.account, self.id).await?.filter(|webhook| {
            webhook.lease_by.as_ref() == Some(&self.holder)
                && webhook.state == WebhookState::Enabled
        });
        let Some(webhook) = webhook else {
            return Ok(Reported::Lost);
        };
        let now = tx.now();
        let trouble = Trouble::goes_on(webhook.trouble, self.reason, now);
        if let Some(reason) = trouble.disables(now) {
            switch_off(tx, self.account, &webhook, reason).await?;
            tx.queue(&rows::RELEASE, params![self.account, self.id, &self.holder])?;
            return Ok(Reported::Disabled);
        }
        let params = params![
            self.account,
            self.id,
            trouble.reason.as_str(),
            trouble.since
        ];
        tx.queue(&rows::TROUBLE, params)?;
        Ok(match webhook.trouble == Some(trouble) {
            true => Reported::Known,
            false => Reported::New,
        })
    }
}

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
                SentDelivery::Again { .. } => 0,
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
        let is_held = webhook.lease_by.as_ref() == Some(&self.holder);
        if is_held && webhook.settled == self.token {
            return Ok(Self::repeated(&webhook));
        }
        if !is_held || stands != Some(self.from) {
            return Ok(Settled::Lost);
        }
        let mut standing = webhook.standing;
        let mut trouble = webhook
            .trouble
            .filter(|trouble| self.may_go_on(trouble.reason));
        let above = webhook.inboxes_since;
        let reason = self.record(tx, above, &mut standing, &mut trouble).await?;
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
                self.token,
                trouble.map(|trouble| trouble.reason.as_str()),
                trouble.map(|trouble| trouble.since),
            ],
        )?;
        self.advance(tx, &webhook)?;
        let enabled = webhook.state == WebhookState::Enabled;
        let (version, state) = match reason.filter(|_| enabled) {
            None => (webhook.version, webhook.state),
            Some(reason) => (
                switch_off(tx, self.account, &webhook, reason).await?,
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
    /// Returns the result of the first run, as far as the row shows it: the reason why it disabled the webhook is lost.
    fn repeated(webhook: &StoredWebhook) -> Settled {
        Settled::Kept {
            version: webhook.version,
            state: webhook.state,
            disabled: None,
            next_due: webhook.next_due,
            until: webhook.lease_until,
        }
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

    /// Writes every attempt; returns the first reason to disable the webhook. New deliveries get ids greater than `above`,
    /// the event that set the webhook's inboxes: callers without access to all inboxes see the deliveries after it.
    async fn record(
        &self,
        tx: &mut Tx<'_>,
        above: EventId,
        standing: &mut Standing,
        trouble: &mut Option<Trouble>,
    ) -> Result<Option<DisabledReason>> {
        let mut reason = None;
        for outcome in &self.outcomes {
            let disable = match &outcome.sent {
                SentDelivery::First(new) => {
                    *trouble = None;
                    self.first(tx, above, (new, outcome), standing)?.disable
                }
                SentDelivery::Unprepared {
                    event,
                    name,
                    problem,
                } => {
                    let now = tx.now();
                    let goes_on = Trouble::goes_on(*trouble, DisabledReason::Unprepared, now);
                    *trouble = Some(goes_on);
                    self.unprepared(tx, above, (*event, name, problem), &outcome.attempt)?;
                    goes_on.disables(now)
                }
                SentDelivery::Again { id, number } => {
                    let again = self.again(tx, (*id, *number), outcome, standing).await?;
                    again.and_then(|consequence| consequence.disable)
                }
            };
            reason = reason.or(disable);
        }
        Ok(reason)
    }

    /// Records an event without a request. Its only attempt says why.
    fn unprepared(
        &self,
        tx: &mut Tx<'_>,
        above: EventId,
        (event, name, problem): (EventId, &str, &str),
        attempt: &NewAttempt,
    ) -> Result<()> {
        let id = DeliveryId(tx.next_event_id(above.get())?.get());
        let (events, failures) = (1_i64, 1_i64);
        tx.queue(
            &delivery_rows::INSERT,
            params![
                self.account,
                self.id,
                id,
                event,
                events,
                name,
                "{}",
                "",
                DeliveryState::Failed.as_str(),
                failures,
                None::<Timestamp>,
                problem,
                recorded_apart(TimeId(id.get()), tx.now()),
            ],
        )?;
        self.attempt(tx, id, 1, attempt)
    }

    fn judge(
        &self,
        outcome: &AttemptOutcome,
        failures: i64,
        standing: &mut Standing,
    ) -> Consequence {
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
        above: EventId,
        (new, outcome): (&NewDelivery, &AttemptOutcome),
        standing: &mut Standing,
    ) -> Result<Consequence> {
        // Deliveries take their ids from the same sequence as events: time-ordered, and never equal to an event's id.
        let id = DeliveryId(tx.next_event_id(above.get())?.get());
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
                None::<&str>,
                recorded_apart(TimeId(id.get()), tx.now()),
            ],
        )?;
        self.attempt(tx, id, 1, &outcome.attempt)?;
        Ok(consequence)
    }

    async fn again(
        &self,
        tx: &mut Tx<'_>,
        (id, number): (DeliveryId, i64),
        outcome: &AttemptOutcome,
        standing: &mut Standing,
    ) -> Result<Option<Consequence>> {
        let params = params![self.account, self.id, id];
        let found = tx
            .fetch_one(&delivery_rows::LOCK, params, delivery_rows::delivery)
            .await?;
        let is_next = |delivery: &Delivery| delivery.attempts + 1 == number;
        let Some(delivery) = found.filter(is_next) else {
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

/// Disables a webhook for a reason of the server or the receiver. Returns the webhook's new version.
pub(super) async fn switch_off(
    tx: &mut Tx<'_>,
    account: AccountId,
    webhook: &StoredWebhook,
    reason: DisabledReason,
) -> Result<EventId> {
    let caller = Caller {
        account,
        actor: Actor::OPERATOR,
        // No agent caused this change, so the event names none.
        agent: AgentId(0),
    };
    let mut detail = EventDetail::default();
    detail
        .change(Field::Enabled, &true, &false)
        .with(Fact::Reason(reason));
    let (kind, id) = (EventKind::WebhookDisabled, webhook.id.get());
    let version = append_plain_event(tx, &caller, kind, id, detail)?;
    disable(tx, &caller, webhook, reason, version).await?;
    Ok(version)
}
