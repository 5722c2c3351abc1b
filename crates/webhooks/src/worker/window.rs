//! The first attempts that run, or have ended after one that still runs, in the order of the feed.
//!
//! Attempts may end in any order. The webhook's position passes an event only when all attempts before it have ended, so the
//! outcomes of later ones wait here.

use std::collections::VecDeque;

use heddle_store::write::delivery::AttemptOutcome;

/// The attempts, the one of the earliest event first.
#[derive(Debug, Default)]
pub(super) struct Window {
    attempts: VecDeque<First>,
    /// The number of the attempt at the front.
    front: u64,
    running: usize,
    /// The size of the outcomes that wait.
    bytes: usize,
}

/// A first attempt.
#[derive(Debug)]
struct First {
    /// The webhook's position in the feed after this attempt and all before it.
    position: i64,
    /// The outcome with its size; `None` while the attempt runs.
    outcome: Option<(AttemptOutcome, usize)>,
}

impl Window {
    /// Adds an attempt that begins now. Returns its number.
    pub(super) fn begin(&mut self, position: i64) -> u64 {
        self.running += 1;
        self.push(position, None)
    }

    /// Adds an attempt that was never made.
    pub(super) fn add_ended(&mut self, position: i64, outcome: AttemptOutcome) {
        self.push(position, Some((outcome, 0)));
    }

    fn push(&mut self, position: i64, outcome: Option<(AttemptOutcome, usize)>) -> u64 {
        let number = self.front + self.attempts.len() as u64;
        self.attempts.push_back(First { position, outcome });
        number
    }

    /// Stores the outcome of an attempt, which has this size.
    pub(super) fn end(&mut self, number: u64, outcome: AttemptOutcome, bytes: usize) {
        let place = usize::try_from(number.saturating_sub(self.front)).unwrap_or(usize::MAX);
        let Some(attempt) = self.attempts.get_mut(place) else {
            return;
        };
        attempt.outcome = Some((outcome, bytes));
        self.running -= 1;
        self.bytes += bytes;
    }

    /// Lets the position pass events without an attempt once the attempts before them have ended. Returns whether there are
    /// such attempts.
    pub(super) fn pass(&mut self, position: i64) -> bool {
        match self.attempts.back_mut() {
            Some(last) => {
                last.position = last.position.max(position);
                true
            }
            None => false,
        }
    }

    /// Removes the first attempt if it has ended. Returns the position after it, its outcome, and the outcome's size.
    pub(super) fn take_ended(&mut self) -> Option<(i64, AttemptOutcome, usize)> {
        let first = self
            .attempts
            .pop_front_if(|first| first.outcome.is_some())?;
        let (outcome, bytes) = first.outcome?;
        self.front += 1;
        self.bytes -= bytes;
        Some((first.position, outcome, bytes))
    }

    pub(super) fn running(&self) -> usize {
        self.running
    }

    pub(super) fn len(&self) -> usize {
        self.attempts.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
pub(super) mod tests {
    use heddle_domain::Timestamp;
    use heddle_domain::id::EventId;
    use heddle_store::write::delivery::{NewAttempt, SentDelivery};

    use super::*;

    pub(in super::super) fn outcome(event: i64) -> AttemptOutcome {
        let at = Timestamp(0);
        AttemptOutcome {
            sent: SentDelivery::Unprepared {
                event: EventId(event),
                name: String::new(),
                problem: String::new(),
            },
            attempt: NewAttempt {
                started_at: at,
                ended_at: at,
                duration_ms: 0,
                status: None,
                answer: None,
                error: None,
                retry_after: None,
            },
            chance: 0.5,
        }
    }

    fn take_all(window: &mut Window) -> Vec<(i64, usize)> {
        let taken = std::iter::from_fn(|| window.take_ended());
        taken
            .map(|(position, _, bytes)| (position, bytes))
            .collect()
    }

    #[test]
    fn the_position_passes_an_attempt_when_all_before_it_have_ended() {
        let mut window = Window::default();
        assert!(!window.pass(3), "nothing is before these events");
        let [first, second, third] = [5, 7, 9].map(|position| window.begin(position));
        window.end(second, outcome(7), 20);
        assert_eq!((window.running(), window.len(), window.bytes()), (2, 3, 20));
        assert_eq!(take_all(&mut window), []);
        window.end(first, outcome(5), 10);
        assert_eq!(take_all(&mut window), [(5, 10), (7, 20)]);
        assert!(window.pass(12));
        window.add_ended(13, outcome(13));
        window.end(third, outcome(9), 30);
        assert_eq!(take_all(&mut window), [(12, 30), (13, 0)]);
        assert_eq!((window.running(), window.len(), window.bytes()), (0, 0, 0));
        let fourth = window.begin(15);
        window.end(fourth, outcome(15), 1);
        assert_eq!(take_all(&mut window), [(15, 1)]);
    }
}
