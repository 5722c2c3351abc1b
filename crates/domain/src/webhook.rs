//! Webhooks: when a failed delivery is tried again, and when a webhook is switched off.

use crate::code::coded;
use crate::time::Timestamp;

coded! {
    /// Whether a webhook is told of events.
    pub enum WebhookState {
        /// It is.
        Enabled = "enabled",
        /// It is not; the feed waits where it stopped.
        Disabled = "disabled",
        /// It is gone for everybody; its deliveries are being removed.
        Deleted = "deleted",
    }
}

coded! {
    /// Why a webhook is disabled.
    pub enum DisabledReason {
        /// Somebody wanted it so.
        Asked = "asked",
        /// The receiver answered 410 Gone.
        Gone = "gone",
        /// The receiver took nothing for too long.
        Failing = "failing",
        /// Too many events in a row were given up.
        Discarded = "discarded",
    }
}

coded! {
    /// What became of a delivery.
    pub enum DeliveryState {
        /// It will be tried again.
        Pending = "pending",
        /// The receiver took it.
        Delivered = "delivered",
        /// It was given up.
        Failed = "failed",
    }
}

/// When a failed delivery is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Waits that grow, each moved at random by up to a fifth in either direction, so that many do not come back at once.
    Growing {
        /// The first wait, in milliseconds.
        first_ms: i64,
        /// What each wait is multiplied with for the next.
        factor: i64,
        /// The longest wait, in milliseconds.
        most_ms: i64,
        /// How often it is tried again at most.
        retries: u32,
    },
    /// These waits in milliseconds, exactly.
    Fixed(&'static [i64]),
}

impl Schedule {
    /// How long to wait after `failures` failed attempts; `None`: it is given up. `chance` is between 0 and 1.
    #[must_use]
    pub fn wait_ms(self, failures: u32, chance: f64) -> Option<i64> {
        let nth = failures.saturating_sub(1);
        match self {
            Self::Fixed(waits) => waits.get(nth as usize).copied(),
            Self::Growing { retries, .. } if nth >= retries => None,
            Self::Growing {
                first_ms,
                factor,
                most_ms,
                ..
            } => {
                let grown = factor.saturating_pow(nth).saturating_mul(first_ms);
                let wait = grown.min(most_ms);
                // A fifth of hours in milliseconds is far below what a double holds exactly.
                Some(wait + ((wait as f64) * 0.2 * (2.0 * chance - 1.0)) as i64)
            }
        }
    }
}

/// When a webhook is switched off without being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisableRule {
    /// Never, but for a receiver that says it is gone.
    Never,
    /// When attempts have failed for so many milliseconds and none succeeded in between.
    FailingFor(i64),
    /// When so many events in a row were given up.
    DiscardedInARow(i64),
}

/// How an API's webhooks behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// When failed deliveries are tried again.
    pub schedule: Schedule,
    /// When the webhook is switched off.
    pub disable: DisableRule,
    /// Whether 410 Gone switches it off at once.
    pub gone_disables: bool,
}

/// How a webhook's receiver has answered lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Since when attempts fail without one that succeeded.
    pub failing_since: Option<Timestamp>,
    /// How many events in a row were given up.
    pub discarded: i64,
    /// When an attempt last succeeded.
    pub last_success_at: Option<Timestamp>,
}

/// How an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver took it.
    Taken,
    /// It did not, or could not be asked.
    Failed,
    /// It said that it is gone for good.
    Gone,
}

impl Verdict {
    /// What a status means; `None`: there was no answer.
    #[must_use]
    pub const fn of_status(status: Option<u16>) -> Self {
        match status {
            Some(200..=299) => Self::Taken,
            Some(410) => Self::Gone,
            _ => Self::Failed,
        }
    }
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consequence {
    /// What becomes of the delivery.
    pub state: DeliveryState,
    /// When it is tried again, if it is.
    pub next_attempt_at: Option<Timestamp>,
    /// Why the webhook is switched off, if it is.
    pub disable: Option<DisabledReason>,
}

impl Standing {
    /// Takes an attempt into account: it ended at `at`, as the `failures`-th failure of its delivery if it failed.
    pub fn judge(
        &mut self,
        policy: &Policy,
        verdict: Verdict,
        failures: u32,
        at: Timestamp,
        chance: f64,
    ) -> Consequence {
        if verdict == Verdict::Taken {
            *self = Self {
                last_success_at: Some(at),
                ..Self::default()
            };
            return Consequence {
                state: DeliveryState::Delivered,
                next_attempt_at: None,
                disable: None,
            };
        }
        let since = *self.failing_since.get_or_insert(at);
        let wait = policy.schedule.wait_ms(failures, chance);
        if wait.is_none() {
            self.discarded += 1;
        }
        let state = match wait {
            Some(_) => DeliveryState::Pending,
            None => DeliveryState::Failed,
        };
        Consequence {
            state,
            next_attempt_at: wait.map(|wait| at.plus_ms(wait)),
            disable: self.disables(policy, verdict, at.0 - since.0),
        }
    }

    fn disables(
        self,
        policy: &Policy,
        verdict: Verdict,
        failing_ms: i64,
    ) -> Option<DisabledReason> {
        if verdict == Verdict::Gone && policy.gone_disables {
            return Some(DisabledReason::Gone);
        }
        match policy.disable {
            DisableRule::FailingFor(most) if failing_ms >= most => Some(DisabledReason::Failing),
            DisableRule::DiscardedInARow(most) if self.discarded >= most => {
                Some(DisabledReason::Discarded)
            }
            DisableRule::Never | DisableRule::FailingFor(_) | DisableRule::DiscardedInARow(_) => {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROWING: Schedule = Schedule::Growing {
        first_ms: 5_000,
        factor: 3,
        most_ms: 60_000,
        retries: 4,
    };
    const POLICY: Policy = Policy {
        schedule: GROWING,
        disable: DisableRule::FailingFor(1_000),
        gone_disables: true,
    };

    fn judge(standing: &mut Standing, verdict: Verdict, failures: u32, at: i64) -> Consequence {
        standing.judge(&POLICY, verdict, failures, Timestamp(at), 0.5)
    }

    #[test]
    fn waits_grow_to_a_limit_and_end() {
        let waits: Vec<_> = (1..=5).map(|n| GROWING.wait_ms(n, 0.5)).collect();
        let expected = [Some(5_000), Some(15_000), Some(45_000), Some(60_000), None];
        assert_eq!(waits, expected);
        assert_eq!(GROWING.wait_ms(1, 0.0), Some(4_000));
        assert_eq!(GROWING.wait_ms(1, 1.0), Some(6_000));
        let fixed = Schedule::Fixed(&[10, 20]);
        assert_eq!(fixed.wait_ms(2, 0.9), Some(20));
        assert_eq!(fixed.wait_ms(3, 0.9), None);
    }

    #[test]
    fn a_success_forgets_failures() {
        let mut standing = Standing::default();
        let failed = judge(&mut standing, Verdict::Failed, 1, 100);
        assert_eq!(failed.state, DeliveryState::Pending);
        assert_eq!(failed.next_attempt_at, Some(Timestamp(5_100)));
        assert_eq!(standing.failing_since, Some(Timestamp(100)));
        let taken = judge(&mut standing, Verdict::Taken, 1, 200);
        assert_eq!(taken.state, DeliveryState::Delivered);
        assert_eq!(standing.failing_since, None);
        assert_eq!(standing.last_success_at, Some(Timestamp(200)));
    }

    #[test]
    fn failing_long_enough_or_being_gone_disables() {
        let mut standing = Standing::default();
        assert_eq!(judge(&mut standing, Verdict::Failed, 1, 0).disable, None);
        assert_eq!(judge(&mut standing, Verdict::Failed, 1, 999).disable, None);
        let late = judge(&mut standing, Verdict::Failed, 1, 1_000);
        assert_eq!(late.disable, Some(DisabledReason::Failing));
        let gone = judge(&mut Standing::default(), Verdict::Gone, 1, 0);
        assert_eq!(gone.disable, Some(DisabledReason::Gone));
    }

    #[test]
    fn events_given_up_in_a_row_disable() {
        let policy = Policy {
            schedule: Schedule::Fixed(&[]),
            disable: DisableRule::DiscardedInARow(2),
            gone_disables: false,
        };
        let mut standing = Standing::default();
        let mut fail = |verdict| standing.judge(&policy, verdict, 1, Timestamp(0), 0.5);
        assert_eq!(fail(Verdict::Gone).disable, None);
        assert_eq!(fail(Verdict::Taken).disable, None);
        assert_eq!(fail(Verdict::Failed).disable, None);
        let second = fail(Verdict::Failed);
        assert_eq!(second.state, DeliveryState::Failed);
        assert_eq!(second.disable, Some(DisabledReason::Discarded));
    }
}
