//! The list of requests that a demo received, the newest [`MOST`].

use std::collections::VecDeque;

use parking_lot::Mutex;
use serde::Serialize;

/// The maximum number of requests in the list; older ones leave it.
pub(crate) const MOST: usize = 1_000;

/// A request to one of the APIs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Received {
    /// Counts the requests since the start or the last reset, from 1.
    pub(crate) number: u64,
    /// When it arrived, by the demo's clock.
    pub(crate) at: String,
    /// The API that its path belongs to.
    pub(crate) api: &'static str,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    /// The status of the answer; null without an answer, or as long as there is none.
    pub(crate) status: Option<u16>,
    /// The call, as `METHOD /path/template`, if the vendor has it and Heddle does not offer it.
    pub(crate) unsupported: Option<String>,
    /// The number of the fault that the request ran into.
    pub(crate) fault: Option<u64>,
}

/// The list. Requests are in the order of their arrival.
#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    list: VecDeque<Received>,
    /// How many requests were received.
    total: u64,
    /// Grows whenever the list is emptied, so that an answer is not added to a request with the same number.
    round: u64,
}

/// A request in the list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    round: u64,
    number: u64,
}

impl Requests {
    /// Adds a request; its number is set here.
    pub(crate) fn add(&self, request: Received) -> Place {
        let state = &mut *self.0.lock();
        state.total += 1;
        if state.list.len() == MOST {
            state.list.pop_front();
        }
        let number = state.total;
        state.list.push_back(Received { number, ..request });
        Place {
            round: state.round,
            number,
        }
    }

    /// Changes a request, unless it has left the list.
    pub(crate) fn change(&self, place: Place, change: impl FnOnce(&mut Received)) {
        let state = &mut *self.0.lock();
        if state.round != place.round {
            return;
        }
        let found = state.list.iter_mut().rev();
        if let Some(request) = found.into_iter().find(|it| it.number == place.number) {
            change(request);
        }
    }

    /// Returns the list, the oldest first, and how many requests were received in all.
    pub(crate) fn all(&self) -> (Vec<Received>, u64) {
        let state = self.0.lock();
        (state.list.iter().cloned().collect(), state.total)
    }

    pub(crate) fn clear(&self) {
        let state = &mut *self.0.lock();
        state.list.clear();
        state.total = 0;
        state.round += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Received {
        Received {
            number: 0,
            at: String::new(),
            api: "native",
            method: "GET".into(),
            path: "/".into(),
            query: None,
            status: None,
            unsupported: None,
            fault: None,
        }
    }

    #[test]
    fn the_oldest_request_leaves_a_full_list() {
        let requests = Requests::default();
        let first = requests.add(request());
        for _ in 0..MOST {
            requests.add(request());
        }
        requests.change(first, |request| request.status = Some(200));
        let (list, total) = requests.all();
        assert_eq!((list.len(), total), (MOST, MOST as u64 + 1));
        assert_eq!((list[0].number, list[0].status), (2, None));
    }

    #[test]
    fn a_late_answer_belongs_to_no_request_of_a_new_list() {
        let requests = Requests::default();
        let before = requests.add(request());
        requests.clear();
        let after = requests.add(request());
        requests.change(before, |request| request.status = Some(500));
        requests.change(after, |request| request.fault = Some(1));
        let (list, total) = requests.all();
        assert_eq!((list.len(), total), (1, 1));
        assert_eq!((list[0].status, list[0].fault), (None, Some(1)));
    }
}
