//! Decides whether the clock is trusted enough to delete data by age. After a wrong jump forward, everything would look old.

use std::time::Duration;

use heddle_domain::Timestamp;
use heddle_store::write::trust::{TrustTime, TrustedTime};
use heddle_store::{ClockCheck, Error, Store};
use tokio::time::Instant;

/// How far the clock may get ahead of the monotonic clock between two looks.
const MOST_AHEAD: Duration = Duration::from_secs(3_600);
/// How long a store may be unused before its first look asks the operator.
const MOST_UNUSED: Duration = Duration::from_secs(7 * 86_400);

/// A time at which the clock was trusted, and the instant of the monotonic clock that belongs to it.
#[derive(Clone, Copy, Debug)]
struct Reference {
    time: Timestamp,
    instant: Instant,
    /// How far ahead of this reference the clock may be.
    most_ahead: Duration,
}

/// Compares the clock with the monotonic clock since the last look. The first look compares it with the time that the last
/// process stored.
#[derive(Debug)]
pub(super) struct Trust {
    store: Store,
    reference: Option<Reference>,
    has_warned: bool,
}

impl Trust {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            reference: None,
            has_warned: false,
        }
    }

    /// Returns whether the clock is trusted, and records the time if it is. If it is not, this warns once.
    ///
    /// # Errors
    /// Returns the errors of the store.
    pub(super) async fn is_trusted(&mut self, at: Instant) -> Result<bool, Error> {
        let now = self.store.clock().now();
        if self.reference.is_none() && self.store.clock_check() == ClockCheck::Refuse {
            let stored = self.store.read(TrustedTime).await?;
            self.reference = stored.map(|time| Reference {
                time,
                instant: at,
                most_ahead: MOST_UNUSED,
            });
        }
        if let Some(expected) = self
            .reference
            .and_then(|reference| jumped(reference, now, at))
        {
            if !std::mem::replace(&mut self.has_warned, true) {
                tracing::warn!(%now, %expected, "the clock shows {now}, but {expected} is expected; old data are not \
                    deleted until the clock is corrected, or the server is started with --accept-clock if {now} is right");
            }
            return Ok(false);
        }
        if std::mem::replace(&mut self.has_warned, false) {
            tracing::info!(%now, "the clock agrees again; old data are deleted");
        }
        self.store.write(TrustTime(now)).await?;
        self.reference = Some(Reference {
            time: now,
            instant: at,
            most_ahead: MOST_AHEAD,
        });
        Ok(true)
    }
}

/// Returns the time that the clock should show if it is too far ahead of it.
fn jumped(reference: Reference, now: Timestamp, at: Instant) -> Option<Timestamp> {
    let passed = at.saturating_duration_since(reference.instant);
    let ms = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let expected = reference.time.plus_ms(ms(passed));
    (now.0.saturating_sub(expected.0) > ms(reference.most_ahead)).then_some(expected)
}
