//! Records attempts, one after the other: each changes its delivery and the webhook's course.

use heddle_domain::Timestamp;
use heddle_domain::id::{DeliveryId, EventId, TimeId};
use heddle_domain::webhook::{
    Consequence, DeliveryState, DisabledReason, Ended, Pace, Standing, Trouble, Verdict,
};

use super::{AttemptOutcome, Course, NewAttempt, NewDelivery, SentDelivery, SettleDeliveries};
use crate::clock::recorded_apart;
use crate::error::Result;
use crate::rows::delivery::{self as delivery_rows, Delivery};
use crate::stmt::params;
use crate::tx::Tx;

impl SettleDeliveries {
    /// Writes every attempt; returns the first reason to disable the webhook.
    pub(super) async fn record(
        &self,
        tx: &mut Tx<'_>,
        course: &mut Course,
    ) -> Result<Option<DisabledReason>> {
        let mut reason = None;
        for outcome in &self.outcomes {
            let disable = match &outcome.sent {
                SentDelivery::First(new) => self.first(tx, (new, outcome), course)?.disable,
                SentDelivery::Unprepared {
                    event,
                    name,
                    problem,
                } => self.unprepared(tx, (*event, name, problem), &outcome.attempt, course)?,
                SentDelivery::Again { id, number } => {
                    let again = self.again(tx, (*id, *number), outcome, course).await?;
                    again.and_then(|consequence| consequence.disable)
                }
                SentDelivery::GivenUp { id, number } => {
                    self.give_up(tx, (*id, *number), &outcome.attempt).await?;
                    None
                }
            };
            reason = reason.or(disable);
        }
        Ok(reason)
    }

    /// Returns the id of a new delivery. Deliveries take their ids from the same sequence as events: time-ordered, and never
    /// equal to an event's id.
    fn next_id(tx: &mut Tx<'_>, course: &mut Course) -> Result<DeliveryId> {
        course.newest = tx.next_event_id(course.newest)?.get();
        Ok(DeliveryId(course.newest))
    }

    /// Records an event without a request. Its only attempt says why.
    fn unprepared(
        &self,
        tx: &mut Tx<'_>,
        (event, name, problem): (EventId, &str, &str),
        attempt: &NewAttempt,
        course: &mut Course,
    ) -> Result<Option<DisabledReason>> {
        let now = tx.now();
        let trouble = Trouble::goes_on(course.trouble, DisabledReason::Unprepared, now);
        course.trouble = Some(trouble);
        let id = Self::next_id(tx, course)?;
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
                recorded_apart(TimeId(id.get()), now),
            ],
        )?;
        self.attempt(tx, id, 1, attempt)?;
        Ok(trouble.disables(now))
    }

    fn judge(
        &self,
        outcome: &AttemptOutcome,
        failures: i64,
        standing: &mut Standing,
    ) -> Consequence {
        let attempt = &outcome.attempt;
        let failures = u32::try_from(failures).unwrap_or(u32::MAX);
        let ended = Ended {
            verdict: Verdict::of_status(attempt.status),
            pace: Pace::of(attempt.status, attempt.retry_after),
            started_at: attempt.started_at,
            at: attempt.ended_at,
            chance: outcome.chance,
        };
        standing.judge(&self.policy, failures, &ended)
    }

    fn first(
        &self,
        tx: &mut Tx<'_>,
        (new, outcome): (&NewDelivery, &AttemptOutcome),
        course: &mut Course,
    ) -> Result<Consequence> {
        course.trouble = None;
        let id = Self::next_id(tx, course)?;
        let consequence = self.judge(outcome, 1, &mut course.standing);
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
        course: &mut Course,
    ) -> Result<Option<Consequence>> {
        let is_unprepared = |it: &Trouble| it.reason == DisabledReason::Unprepared;
        course.trouble = course.trouble.filter(|trouble| !is_unprepared(trouble));
        let Some(delivery) = self.lock_delivery(tx, id, number).await? else {
            return Ok(None);
        };
        let consequence = self.judge(outcome, delivery.failures + 1, &mut course.standing);
        let failed = consequence.state != DeliveryState::Delivered;
        let after = Delivery {
            state: consequence.state,
            attempts: number,
            failures: delivery.failures + i64::from(failed),
            next_attempt_at: consequence.next_attempt_at,
            ..delivery
        };
        self.update_delivery(tx, &after)?;
        self.attempt(tx, id, number, &outcome.attempt)?;
        Ok(Some(consequence))
    }

    /// Records that a delivery is not sent any more. The receiver has no part in it.
    async fn give_up(
        &self,
        tx: &mut Tx<'_>,
        (id, number): (DeliveryId, i64),
        attempt: &NewAttempt,
    ) -> Result<()> {
        let Some(delivery) = self.lock_delivery(tx, id, number).await? else {
            return Ok(());
        };
        let after = Delivery {
            state: DeliveryState::Failed,
            attempts: number,
            next_attempt_at: None,
            ..delivery
        };
        self.update_delivery(tx, &after)?;
        self.attempt(tx, id, number, attempt)
    }

    /// Locks a delivery; returns `None` if the attempt with this number is already recorded, or the delivery does not exist.
    async fn lock_delivery(
        &self,
        tx: &mut Tx<'_>,
        id: DeliveryId,
        number: i64,
    ) -> Result<Option<Delivery>> {
        let params = params![self.account, self.id, id];
        let found = tx
            .fetch_one(&delivery_rows::LOCK, params, delivery_rows::delivery)
            .await?;
        Ok(found.filter(|delivery| delivery.attempts + 1 == number))
    }

    fn update_delivery(&self, tx: &mut Tx<'_>, after: &Delivery) -> Result<()> {
        tx.queue(
            &delivery_rows::UPDATE,
            params![
                self.account,
                self.id,
                after.id,
                after.state.as_str(),
                after.attempts,
                after.failures,
                after.next_attempt_at,
            ],
        )
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
}
