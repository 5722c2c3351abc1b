//! The outcomes that the next commit records: at most a hundred, or 256 KiB and one more. Retries that end meanwhile, a few,
//! come on top.

use std::time::Duration;

use heddle_store::write::delivery::{AttemptOutcome, SentDelivery};
use tokio::time::Instant;

use super::window::Window;

/// The maximum number of outcomes in one commit, and of first attempts that wait for an earlier one to end.
pub(super) const MAX_OUTCOMES: usize = 100;
/// Once the outcomes have this size in bytes, they are committed at once, because their requests use memory until then.
pub(super) const MAX_OUTCOME_BYTES: usize = 256 * 1_024;
/// The maximum time that an outcome waits for others before it is committed.
const MAX_OUTCOME_AGE: Duration = Duration::from_millis(50);

/// Attempts to deliver, with the label `outcome`: `delivered`, `refused` by the receiver, `failed` without an answer, or
/// `not_sent`.
const DELIVERIES: &str = "heddle_webhook_attempts_total";

fn word(outcome: &AttemptOutcome) -> &'static str {
    match (&outcome.sent, outcome.attempt.status) {
        (SentDelivery::Unprepared { .. } | SentDelivery::GivenUp { .. }, _) => "not_sent",
        (_, Some(200..300)) => "delivered",
        (_, Some(_)) => "refused",
        (_, None) => "failed",
    }
}

/// Outcomes in the order in which they are recorded.
#[derive(Debug, Default)]
pub(super) struct Batch {
    outcomes: Vec<AttemptOutcome>,
    /// The size of their requests and answers.
    bytes: usize,
    /// When the first outcome came.
    oldest: Option<Instant>,
}

impl Batch {
    pub(super) fn add(&mut self, outcome: AttemptOutcome, bytes: usize) {
        metrics::counter!(DELIVERIES, "outcome" => word(&outcome)).increment(1);
        self.oldest.get_or_insert_with(Instant::now);
        self.bytes += bytes;
        self.outcomes.push(outcome);
    }

    /// Adds the outcomes of first attempts that have ended, as long as there is room. Returns the webhook's position after
    /// the last of them, if there are any.
    pub(super) fn fill(&mut self, window: &mut Window) -> Option<i64> {
        let mut reached = None;
        while !self.is_full()
            && let Some((position, outcome, bytes)) = window.take_ended()
        {
            reached = Some(position);
            self.add(outcome, bytes);
        }
        reached
    }

    /// Removes all outcomes, for a commit.
    pub(super) fn take(&mut self) -> Vec<AttemptOutcome> {
        std::mem::take(self).outcomes
    }

    /// Whether one commit should record no more than this.
    pub(super) fn is_full(&self) -> bool {
        self.outcomes.len() >= MAX_OUTCOMES || self.bytes >= MAX_OUTCOME_BYTES
    }

    /// Returns when the outcomes must be committed at the latest.
    pub(super) fn commit_at(&self) -> Option<Instant> {
        self.oldest.map(|at| at + MAX_OUTCOME_AGE)
    }

    pub(super) fn outcomes(&self) -> &[AttemptOutcome] {
        &self.outcomes
    }
}

#[cfg(test)]
mod tests {
    use super::super::window::tests::outcome;
    use super::*;

    /// Returns a window with attempts that have ended, at the positions 1, 2, 3, ...
    fn ended(count: i64, bytes: usize) -> Window {
        let mut window = Window::default();
        for position in 1..=count {
            let number = window.begin(position);
            window.end(number, outcome(position), bytes);
        }
        window
    }

    #[test]
    fn a_commit_records_no_more_than_promised() {
        let mut window = ended(100, 10);
        let mut batch = Batch::default();
        for event in 0..99 {
            batch.add(outcome(event), 0);
        }
        assert_eq!(batch.fill(&mut window), Some(1), "there is room for one");
        assert_eq!((batch.take().len(), window.len()), (MAX_OUTCOMES, 99));
        assert_eq!(batch.fill(&mut window), Some(100));
        assert_eq!((batch.outcomes().len(), batch.is_full()), (99, false));
        assert_eq!(batch.fill(&mut window), None);
        assert!(batch.commit_at().is_some() && Batch::default().commit_at().is_none());
    }

    #[test]
    fn a_commit_records_large_outcomes_in_parts() {
        let mut window = ended(10, MAX_OUTCOME_BYTES / 2);
        let mut batch = Batch::default();
        for position in [2, 4, 6, 8, 10] {
            assert_eq!(batch.fill(&mut window), Some(position));
            assert_eq!(batch.take().len(), 2);
        }
    }
}
