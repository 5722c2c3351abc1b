//! When a failed delivery is retried, and when a webhook is disabled.

use crate::code::coded;
use crate::time::Timestamp;

coded! {
    /// Whether a webhook receives events.
    pub enum WebhookState {
        /// Enabled: the webhook receives events.
        Enabled = "enabled",
        /// Disabled: the webhook receives no events; its position in the event feed is kept.
        Disabled = "disabled",
        /// Deleted: no API shows the webhook any more; its deliveries are being removed.
        Deleted = "deleted",
    }
}

coded! {
    /// Why a webhook is disabled.
    pub enum DisabledReason {
        /// A user or the operator disabled the webhook.
        Asked = "asked",
        /// The receiver's response was 410 Gone.
        Gone = "gone",
        /// Attempts failed for too long without a success.
        Failing = "failing",
        /// Too many consecutive deliveries were given up.
        Discarded = "discarded",
        /// For hours no node could decrypt or use the webhook's URL and secrets.
        Unreadable = "unreadable",
        /// For hours the store could not read what its next event is about.
        Stuck = "stuck",
        /// For hours all of its events were such that no request could be prepared.
        Unprepared = "unprepared",
        /// The credential that stands behind the webhook was revoked.
        Revoked = "revoked",
        /// The credential that stands behind the webhook lost scopes or inboxes that the webhook needs.
        Narrowed = "narrowed",
    }
}

coded! {
    /// Whether a delivery is still to be sent.
    pub enum DeliveryState {
        /// The delivery will be sent or retried.
        Pending = "pending",
        /// The receiver accepted the delivery.
        Delivered = "delivered",
        /// The delivery was given up after its last attempt.
        Failed = "failed",
    }
}

/// When a failed delivery is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Exponential back-off. Each wait varies at random by up to 20 % in either direction, so that many deliveries
    /// are not retried at the same moment.
    Growing {
        /// Milliseconds before the first retry.
        first_ms: i64,
        /// The factor between one wait and the next.
        factor: i64,
        /// The maximum wait, in milliseconds.
        most_ms: i64,
        /// The maximum number of retries.
        retries: u32,
    },
    /// Waits of exactly these lengths, in milliseconds; one retry after each.
    Fixed(&'static [i64]),
}

impl Schedule {
    /// Milliseconds to wait after `failures` failed attempts, for whatever comes next: after the last wait of the schedule
    /// the same one again.
    #[must_use]
    pub fn wait_or_last_ms(self, failures: u32, chance: f64) -> i64 {
        let most = match self {
            Self::Growing { retries, .. } => retries,
            Self::Fixed(waits) => u32::try_from(waits.len()).unwrap_or(u32::MAX),
        };
        self.wait_ms(failures.min(most), chance).unwrap_or(0)
    }

    /// Milliseconds to wait after `failures` failed attempts; `None` if the delivery is given up. `chance` is a
    /// random number between 0 and 1.
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
                // A wait of some hours, in milliseconds, is far below 2^53, so `f64` represents it exactly.
                Some(wait + ((wait as f64) * 0.2 * (2.0 * chance - 1.0)) as i64)
            }
        }
    }
}

/// When the server disables a webhook by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisableRule {
    /// Never by itself, except after the response 410 Gone if [`Policy::gone_disables`] is set.
    Never,
    /// When all attempts of this many milliseconds have failed.
    FailingFor(i64),
    /// When this many consecutive deliveries were given up.
    DiscardedInARow(i64),
}

/// The rules of one API for retrying deliveries and disabling webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// When failed deliveries are retried.
    pub schedule: Schedule,
    /// When the webhook is disabled.
    pub disable: DisableRule,
    /// Whether the response 410 Gone disables the webhook at once.
    pub gone_disables: bool,
}

/// How long a webhook may have a trouble of the server before it is disabled, in milliseconds: 6 hours.
pub const MOST_TROUBLE_MS: i64 = 6 * 3_600_000;

/// How far apart two events without a request may be to count as one trouble, in milliseconds: an hour.
pub const MOST_QUIET_MS: i64 = 3_600_000;

/// A trouble of the server that keeps a webhook from sending. The receiver has no part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The reason with which the webhook is disabled if the trouble lasts.
    pub reason: DisabledReason,
    /// When the trouble began.
    pub since: Timestamp,
}

impl Trouble {
    /// Returns the trouble that a webhook has at `now`: the earlier one if it has the same reason, otherwise a new one.
    #[must_use]
    pub fn goes_on(earlier: Option<Self>, reason: DisabledReason, now: Timestamp) -> Self {
        let same = earlier.filter(|earlier| earlier.reason == reason);
        same.unwrap_or(Self { reason, since: now })
    }

    /// Returns the reason to disable the webhook at `now`; `None` if the trouble is still short.
    #[must_use]
    pub fn disables(self, now: Timestamp) -> Option<DisabledReason> {
        (now.0 - self.since.0 >= MOST_TROUBLE_MS).then_some(self.reason)
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
    fn a_trouble_of_six_hours_disables() {
        use DisabledReason::{Unprepared, Unreadable};
        let first = Trouble::goes_on(None, Unreadable, Timestamp(5));
        let later = Timestamp(4 + MOST_TROUBLE_MS);
        let same = Trouble::goes_on(Some(first), Unreadable, later);
        assert_eq!((same, same.disables(later)), (first, None));
        assert_eq!(same.disables(later.plus_ms(1)), Some(Unreadable));
        let other = Trouble::goes_on(Some(first), Unprepared, later);
        assert_eq!(
            (other.since, other.disables(later.plus_ms(1))),
            (later, None)
        );
    }
}
