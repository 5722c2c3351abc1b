//! How many requests of HTTP/2 connections run at the same time.
//!
//! The first request of a connection always runs, as with HTTP/1.1. Those beside it need a place under limits that connections share, so
//! that many requests on many connections cannot fill the memory (`docs/decisions/011-http2-limits.md`).

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The limits for the requests of one connection. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    first: Arc<Semaphore>,
    others: Arc<[Arc<Semaphore>]>,
}

/// The right of a request to run; dropping it returns it.
#[derive(Debug)]
pub(super) struct Turn {
    _permits: Vec<OwnedSemaphorePermit>,
}

impl Turns {
    /// Creates the limits of a connection. `others` are those for the requests that run beside its first.
    pub(super) fn new(others: Vec<Arc<Semaphore>>) -> Self {
        Self {
            first: Arc::new(Semaphore::new(1)),
            others: others.into(),
        }
    }

    /// Takes a turn for a request. Returns `None` if too many run.
    pub(super) fn take(&self) -> Option<Turn> {
        let take = |limit: &Arc<Semaphore>| Arc::clone(limit).try_acquire_owned().ok();
        let permits = match take(&self.first) {
            Some(first) => vec![first],
            None => self.others.iter().map(take).collect::<Option<_>>()?,
        };
        Some(Turn { _permits: permits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_request_always_runs_and_others_while_both_limits_have_room() {
        let [client, server] = [2, 3].map(|most| Arc::new(Semaphore::new(most)));
        let of = |client: &Arc<Semaphore>| Turns::new(vec![client.clone(), server.clone()]);
        let (one, two) = (of(&client), of(&client));
        let mut running: Vec<_> = [&one, &two, &one, &one]
            .into_iter()
            .map(|turns| turns.take().expect("a turn"))
            .collect();
        assert!(one.take().is_none() && two.take().is_none());
        let other = of(&Arc::new(Semaphore::new(9)));
        let others: Vec<_> = std::iter::from_fn(|| other.take()).collect();
        assert_eq!(others.len(), 2, "the first, and the last of the server's");
        running.truncate(3);
        assert!(two.take().is_some());
    }

    #[test]
    fn a_turn_that_is_refused_keeps_no_part_of_it() {
        let [client, server] = [1, 0].map(|most| Arc::new(Semaphore::new(most)));
        let turns = Turns::new(vec![client.clone(), server]);
        let _first = turns.take().expect("the first");
        assert!(turns.take().is_none());
        assert_eq!(client.available_permits(), 1);
    }
}
