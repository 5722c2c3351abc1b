//! What follows from an attempt: whether the delivery is sent again, when, and whether the webhook pauses or is disabled.

use super::policy::{DeliveryState, DisableRule, DisabledReason, Policy, Schedule};
use crate::time::Timestamp;

/// The recent results of a webhook's attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When the current series of failed attempts began; `None` after a success.
    pub failing_since: Option<Timestamp>,
    /// How many consecutive deliveries were given up.
    pub discarded: i64,
    /// When an attempt last succeeded.
    pub last_success_at: Option<Timestamp>,
    /// Until when nothing is sent, because the receiver asked for a pause.
    pub paused_until: Option<Timestamp>,
    /// How many times in a row the receiver asked for a pause without saying how long.
    pub throttled: i64,
}

/// How long a receiver may pause its webhook with one response, in milliseconds: a day.
pub const MOST_PAUSE_MS: i64 = 86_400_000;

/// What a response says about the next attempt, whichever delivery that sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Nothing.
    Free,
    /// It should come later; each further response of this kind makes the wait longer, by the schedule.
    Slower,
    /// It should not come before this time.
    After(Timestamp),
}

impl Pace {
    /// Returns what a response says by its HTTP status and the time of its `Retry-After`, if it has one.
    #[must_use]
    pub const fn of(status: Option<u16>, retry_after: Option<Timestamp>) -> Self {
        match (status, retry_after) {
            (None | Some(200..=299), _) => Self::Free,
            (Some(_), Some(time)) => Self::After(time),
            (Some(429 | 502 | 504), None) => Self::Slower,
            (Some(_), None) => Self::Free,
        }
    }
}

/// An attempt that has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ended {
    /// Whether the receiver accepted the delivery.
    pub verdict: Verdict,
    /// What the response says about the next attempt.
    pub pace: Pace,
    /// When the attempt began.
    pub started_at: Timestamp,
    /// When the attempt ended.
    pub at: Timestamp,
    /// A random number between 0 and 1, by which waits vary.
    pub chance: f64,
}

/// Returns when a webhook may have something to send: when its retry is due, but not before its pause ends. `None` if it waits
/// for neither.
#[must_use]
pub fn next_time(
    due: Option<Timestamp>,
    paused_until: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    paused_until.filter(|until| *until > now).or(due)
}

/// The result of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver accepted the delivery.
    Taken,
    /// The receiver rejected the delivery, or could not be reached.
    Failed,
    /// The receiver's response was 410 Gone.
    Gone,
}

impl Verdict {
    /// Returns the verdict for an HTTP status. `None` means that there was no response; then the attempt failed.
    #[must_use]
    pub const fn of_status(status: Option<u16>) -> Self {
        match status {
            Some(200..=299) => Self::Taken,
            Some(410) => Self::Gone,
            _ => Self::Failed,
        }
    }
}

/// What the store must change after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consequence {
    /// The new state of the delivery.
    pub state: DeliveryState,
    /// When the delivery is sent again; `None` if it is not sent again.
    pub next_attempt_at: Option<Timestamp>,
    /// Why the webhook is disabled now; `None` if it stays enabled.
    pub disable: Option<DisabledReason>,
}

impl Standing {
    /// Decides what follows from an attempt. If it failed, `failures` counts the delivery's failed attempts, this one
    /// included.
    pub fn judge(&mut self, policy: &Policy, failures: u32, ended: &Ended) -> Consequence {
        let Ended {
            verdict,
            at,
            chance,
            ..
        } = *ended;
        if verdict == Verdict::Taken {
            *self = Self {
                last_success_at: Some(at),
                // The request may have been on its way when another response asked for the pause.
                paused_until: self.paused_until.filter(|until| *until > at),
                ..Self::default()
            };
            return Consequence {
                state: DeliveryState::Delivered,
                next_attempt_at: None,
                disable: None,
            };
        }
        self.pause(policy.schedule, ended);
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
            next_attempt_at: wait.map(|wait| at.plus_ms(wait).max(self.paused_until.unwrap_or(at))),
            disable: self.disables(policy, verdict, at.0 - since.0),
        }
    }

    /// Pauses the webhook if the response asks for it. Requests that were sent before a pause began count only once.
    fn pause(&mut self, schedule: Schedule, ended: &Ended) {
        let (at, before) = (ended.at, self.paused_until);
        match ended.pace {
            Pace::Free => {}
            Pace::After(time) => {
                let until = Timestamp(time.0.clamp(at.0, at.plus_ms(MOST_PAUSE_MS).0));
                self.paused_until = Some(before.map_or(until, |before| before.max(until)));
            }
            Pace::Slower if before.is_some_and(|until| ended.started_at < until) => {}
            Pace::Slower => {
                self.throttled += 1;
                let times = u32::try_from(self.throttled).unwrap_or(u32::MAX);
                let wait = schedule.wait_or_last_ms(times, ended.chance);
                self.paused_until = Some(at.plus_ms(wait.min(MOST_PAUSE_MS)));
            }
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

    fn ended(verdict: Verdict, pace: Pace, started_at: i64, at: i64) -> Ended {
        let (started_at, at, chance) = (Timestamp(started_at), Timestamp(at), 0.5);
        Ended {
            verdict,
            pace,
            started_at,
            at,
            chance,
        }
    }

    fn judge(standing: &mut Standing, verdict: Verdict, failures: u32, at: i64) -> Consequence {
        standing.judge(&POLICY, failures, &ended(verdict, Pace::Free, at, at))
    }

    #[test]
    fn a_receiver_can_ask_for_a_pause_of_a_day_at_most() {
        let mut standing = Standing::default();
        let mut asks = |time: i64, at: i64| {
            let pace = Pace::of(Some(503), Some(Timestamp(time)));
            standing.judge(&POLICY, 1, &ended(Verdict::Failed, pace, at, at));
            standing.paused_until
        };
        assert_eq!(asks(40_000, 100), Some(Timestamp(40_000)));
        assert_eq!(
            asks(30_000, 200),
            Some(Timestamp(40_000)),
            "the longest pause counts"
        );
        assert_eq!(asks(i64::MAX, 300), Some(Timestamp(300 + MOST_PAUSE_MS)));
        let taken = ended(Verdict::Taken, Pace::Free, 250, 400);
        standing.judge(&POLICY, 1, &taken);
        assert_eq!(standing.paused_until, Some(Timestamp(300 + MOST_PAUSE_MS)));
        let taken = ended(
            Verdict::Taken,
            Pace::Free,
            301 + MOST_PAUSE_MS,
            302 + MOST_PAUSE_MS,
        );
        standing.judge(&POLICY, 1, &taken);
        assert_eq!(standing.paused_until, None);
    }

    #[test]
    fn a_delivery_waits_for_its_schedule_and_for_the_pause() {
        for (asked, next) in [(2_000, 5_100), (9_000, 9_000)] {
            let pace = Pace::of(Some(429), Some(Timestamp(asked)));
            let attempt = ended(Verdict::Failed, pace, 0, 100);
            let consequence = Standing::default().judge(&POLICY, 1, &attempt);
            assert_eq!(consequence.next_attempt_at, Some(Timestamp(next)));
        }
    }

    #[test]
    fn overload_without_a_time_slows_down_by_the_schedule() {
        let mut standing = Standing::default();
        let mut asks = |status: u16, started: i64, at: i64| {
            let pace = Pace::of(Some(status), None);
            standing.judge(&POLICY, 1, &ended(Verdict::Failed, pace, started, at));
            standing.paused_until.map(|until| until.0 - at)
        };
        assert_eq!(asks(429, 0, 100), Some(5_000));
        assert_eq!(
            asks(502, 50, 200),
            Some(4_900),
            "it was sent before the pause"
        );
        assert_eq!(asks(504, 5_100, 5_200), Some(15_000));
        assert_eq!(asks(429, 20_200, 20_300), Some(45_000));
        assert_eq!(asks(429, 65_300, 65_400), Some(60_000));
        assert_eq!(
            asks(429, 125_400, 125_500),
            Some(60_000),
            "the last wait again"
        );
        assert_eq!(
            asks(500, 185_500, 185_600),
            Some(-100),
            "no more than a failure"
        );
        assert_eq!(Pace::of(Some(503), None), Pace::Free);
        assert_eq!(Pace::of(Some(200), Some(Timestamp(9))), Pace::Free);
        assert_eq!(Pace::of(None, None), Pace::Free);
    }

    #[test]
    fn a_webhook_waits_for_the_end_of_its_pause_or_for_its_retry() {
        let (now, early, late) = (Timestamp(5), Timestamp(4), Timestamp(9));
        assert_eq!(next_time(Some(early), Some(late), now), Some(late));
        assert_eq!(next_time(Some(late), Some(early), now), Some(late));
        assert_eq!(next_time(None, Some(late), now), Some(late));
        assert_eq!(next_time(None, Some(early), now), None);
    }

    #[test]
    fn a_success_resets_the_failures() {
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
    fn too_many_deliveries_given_up_in_a_row_disable() {
        let policy = Policy {
            schedule: Schedule::Fixed(&[]),
            disable: DisableRule::DiscardedInARow(2),
            gone_disables: false,
        };
        let mut standing = Standing::default();
        let mut fail = |verdict| standing.judge(&policy, 1, &ended(verdict, Pace::Free, 0, 0));
        assert_eq!(fail(Verdict::Gone).disable, None);
        assert_eq!(fail(Verdict::Taken).disable, None);
        assert_eq!(fail(Verdict::Failed).disable, None);
        let second = fail(Verdict::Failed);
        assert_eq!(second.state, DeliveryState::Failed);
        assert_eq!(second.disable, Some(DisabledReason::Discarded));
    }
}
