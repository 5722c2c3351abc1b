//! Decides how old data are, for the jobs that delete by age. After a wrong jump of the clock, everything would look old.
//!
//! *Trusted time* advances with the clock, except when the clock jumps: then it advances as the machine has counted. What
//! the clock showed at each trusted time is known from its spans ([`ClockSpan`]). So data of a kind are deleted if they were
//! stored before the time that the clock showed when trusted time was younger by the age of that kind. A jump deletes
//! nothing too early, and no jump stops the deletions for good. Time in which no server ran counts as a jump.

use std::time::Duration;

use heddle_domain::Timestamp;
use heddle_store::write::trust::{ClockSpan, MOST_SPANS, TrustTime, TrustedTime};
use heddle_store::{ClockCheck, Error, Store};

/// How far the clock may get away from the machine's counter between two looks, in milliseconds.
const MOST_APART_MS: i64 = 300_000;
/// How far the clock may be ahead of what the last server stored, in milliseconds. Servers look once an hour.
const MOST_UNUSED_MS: i64 = 2 * 3_600_000;

/// What happens to old data after a jump, in words for the operator.
const CONSEQUENCE: &str = "Data from before are deleted once servers have run for as long as such data are kept, or after a \
    start with --accept-clock";

/// What the clock showed at the last look, and how long the machine had run.
#[derive(Clone, Copy, Debug)]
struct Look {
    shown_at: Timestamp,
    running: Duration,
}

/// Looks at the clock, and stores what it showed.
#[derive(Debug)]
pub(super) struct Trust {
    store: Store,
    last: Option<Look>,
    spans: Vec<ClockSpan>,
}

impl Trust {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            last: None,
            spans: Vec::new(),
        }
    }

    /// Looks at the clock. `running` is how long the machine has run, sleep included. Warns of a jump.
    ///
    /// # Errors
    /// Returns the errors of the store.
    pub(super) async fn look(&mut self, running: Duration) -> Result<Ages<'_>, Error> {
        let shown_at = self.store.clock().now();
        match self.last {
            None => self.begin(shown_at).await?,
            Some(last) => self.go_on(last, shown_at, running),
        }
        self.last = Some(Look { shown_at, running });
        let surplus = self.spans.len().saturating_sub(MOST_SPANS);
        self.spans.drain(..surplus);
        let spans = self.spans.clone();
        self.store.write(TrustTime { shown_at, spans }).await?;
        Ok(Ages {
            spans: &self.spans,
            shown_at,
        })
    }

    /// Continues what the last server stored. Without it, and if the operator says that the clock is right, the clock is
    /// taken to have always run evenly.
    async fn begin(&mut self, shown_at: Timestamp) -> Result<(), Error> {
        let is_accepted = self.store.clock_check() == ClockCheck::Accept;
        let stored = self.store.read(TrustedTime).await?;
        let Some((last, spans)) = stored.filter(|_| !is_accepted) else {
            self.spans = vec![span(shown_at, shown_at)];
            return Ok(());
        };
        self.spans = spans;
        if self.spans.is_empty() {
            self.spans.push(span(last, last));
        }
        let passed = shown_at.0.saturating_sub(last.0);
        if !(-MOST_APART_MS..=MOST_UNUSED_MS).contains(&passed) {
            tracing::warn!(now = %shown_at, expected = %last, "the clock shows {shown_at}, and it showed {last} when a server \
                last looked; if servers ran since, correct the clock. {CONSEQUENCE}");
            self.jump(self.trusted(last), shown_at);
        }
        Ok(())
    }

    /// Compares the clock with the machine's counter since the last look.
    fn go_on(&mut self, last: Look, shown_at: Timestamp, running: Duration) {
        let passed = running.saturating_sub(last.running);
        let passed = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
        let expected = last.shown_at.plus_ms(passed);
        let ahead = shown_at.0.saturating_sub(expected.0);
        if ahead.abs() > MOST_APART_MS {
            tracing::warn!(now = %shown_at, %expected, "the clock shows {shown_at}, but {expected} is expected; if it is \
                wrong, correct it. {CONSEQUENCE}");
            // The jump was at any time since the last look: what was stored meanwhile must not look older than it is.
            let trusted = self.trusted(last.shown_at);
            match ahead > 0 {
                true => self.jump(trusted.plus_ms(passed), shown_at),
                false => self.jump(trusted, shown_at.plus_ms(-passed)),
            }
        }
    }

    /// Returns the trusted time at which the clock showed `shown_at`, in the present span.
    fn trusted(&self, shown_at: Timestamp) -> Timestamp {
        let last = self.spans.last();
        last.map_or(shown_at, |span| {
            span.trusted_at.plus_ms(shown_at.0 - span.shown_at.0)
        })
    }

    /// Begins a span.
    fn jump(&mut self, trusted: Timestamp, shown_at: Timestamp) {
        let last = self.spans.last().map(|span| span.trusted_at.plus_ms(1));
        let trusted = last.map_or(trusted, |last| trusted.max(last));
        self.spans.push(span(trusted, shown_at));
    }
}

const fn span(trusted_at: Timestamp, shown_at: Timestamp) -> ClockSpan {
    ClockSpan {
        trusted_at,
        shown_at,
    }
}

/// How old data are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ages<'a> {
    /// The oldest first; never empty.
    spans: &'a [ClockSpan],
    shown_at: Timestamp,
}

impl Ages<'_> {
    /// Returns a time of the clock. Data that were stored before this time are at least `age_ms` milliseconds old. If the
    /// clock was set back, the time is not after what the clock showed then.
    pub(super) fn before(self, age_ms: i64) -> Timestamp {
        let plain = self.shown_at.plus_ms(-age_ms);
        let Some(present) = self.spans.last() else {
            return plain;
        };
        let trusted = present
            .trusted_at
            .plus_ms(plain.0.saturating_sub(present.shown_at.0));
        let later = self.spans.partition_point(|it| it.trusted_at <= trusted);
        let then = self.spans[later.saturating_sub(1)];
        let shown = then.shown_at.plus_ms(trusted.0 - then.trusted_at.0);
        let since = self.spans[later.max(1)..].iter().map(|it| it.shown_at);
        since.fold(shown.min(plain), Timestamp::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn before(spans: &[(i64, i64)], shown_at: i64, age: i64) -> i64 {
        let at = |hours: i64| Timestamp(hours * HOUR);
        let spans: Vec<_> = spans
            .iter()
            .map(|(trusted, shown)| span(at(*trusted), at(*shown)))
            .collect();
        let ages = Ages {
            spans: &spans,
            shown_at: at(shown_at),
        };
        ages.before(age * HOUR).0 / HOUR
    }

    #[test]
    fn age_is_measured_in_trusted_time() {
        assert_eq!(before(&[(100, 100)], 150, 24), 126, "no jump");
        assert_eq!(before(&[(100, 100)], 101, 24), 77, "before all looks");
        // At 110 the clock jumped to 500.
        let ahead = [(100, 100), (110, 500)];
        assert_eq!(before(&ahead, 501, 24), 87);
        assert_eq!(before(&ahead, 523, 24), 109);
        assert_eq!(before(&ahead, 524, 24), 500);
        assert_eq!(before(&ahead, 530, 24), 506);
        // At 115 it was set back to 115.
        let corrected = [(100, 100), (110, 500), (115, 115)];
        assert_eq!(before(&corrected, 135, 24), 111);
        assert_eq!(before(&corrected, 137, 24), 113);
        assert_eq!(before(&corrected, 200, 24), 176);
        // At 110 the clock was set back to 50.
        let back = [(100, 100), (110, 50)];
        assert_eq!(before(&back, 51, 24), 27);
        assert_eq!(before(&back, 80, 24), 56);
    }
}
