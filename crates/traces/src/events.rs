//! Which command wrote an event, so that the deliveries of the event belong to the same trace.
//!
//! Only the newest events that this process wrote in a trace are remembered. A delivery of another event begins a trace of its
//! own.

use std::collections::{HashMap, VecDeque};
use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use parking_lot::Mutex;

/// The maximum number of remembered events.
const MOST: usize = 4_096;

/// An account and one of its events, by number.
pub(crate) type EventKey = (i64, i64);

/// The events that a command wrote; a value of its context.
#[derive(Debug, Default)]
pub(crate) struct Written(pub(crate) Mutex<Vec<EventKey>>);

#[derive(Debug, Default)]
struct Newest {
    spans: HashMap<EventKey, SpanContext>,
    /// The keys, the oldest first. May contain keys that were forgotten.
    order: VecDeque<EventKey>,
}

impl Newest {
    fn add(&mut self, key: EventKey, span: SpanContext) {
        self.spans.insert(key, span);
        self.order.push_back(key);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.spans.remove(&oldest);
        }
    }
}

static NEWEST: LazyLock<Mutex<Newest>> = LazyLock::new(Mutex::default);

/// Remembers that the current command writes an event of an account. Does nothing outside of the span of a command.
pub fn note_event(account: i64, event: i64) {
    Context::map_current(|context| {
        if let Some(Written(written)) = context.get() {
            let key = (account, event);
            written.lock().push(key);
            let span = context.span().span_context().clone();
            NEWEST.lock().add(key, span);
        }
    });
}

/// Forgets the events of a command that was rolled back: their numbers may be used again.
pub(crate) fn forget(written: &Written) {
    let keys = std::mem::take(&mut *written.0.lock());
    if !keys.is_empty() {
        let mut newest = NEWEST.lock();
        for key in keys {
            newest.spans.remove(&key);
        }
    }
}

/// Returns the span of the command that wrote an event.
pub(crate) fn find(key: EventKey) -> Option<SpanContext> {
    NEWEST.lock().spans.get(&key).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_events_are_remembered() {
        let mut newest = Newest::default();
        for event in 0..=MOST as i64 {
            newest.add((1, event), SpanContext::NONE);
        }
        assert_eq!((newest.spans.len(), newest.order.len()), (MOST, MOST));
        assert!(!newest.spans.contains_key(&(1, 0)));
        assert!(newest.spans.contains_key(&(1, 1)));
    }
}
