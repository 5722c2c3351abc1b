//! The limiter that refuses for a full minute after an excess.

use std::hash::Hash;

use super::verdict::Verdict;
use super::windows::{MINUTE_MS, Windows};

/// Limits requests per minute. A caller that exceeds the limit is refused for the whole minute after the excess.
#[derive(Debug)]
pub struct FixedPenalty<K>(Windows<K>);

impl<K: Hash + Eq + Clone> FixedPenalty<K> {
    /// Creates a limiter that has counted nothing.
    pub fn new() -> Self {
        Self(Windows::new())
    }

    /// Counts one request of `key` and returns the decision about it.
    pub fn check(&self, key: &K, limit: u32, now_ms: i64) -> Verdict {
        if limit == 0 {
            return Verdict::off();
        }
        self.0.with(key, MINUTE_MS, now_ms, |window| {
            if window.used > limit {
                return Verdict::refused(limit, window.used, window.left_ms(now_ms));
            }
            window.used += 1;
            if window.used > limit {
                window.restart(MINUTE_MS, now_ms);
                return Verdict::refused(limit, window.used, MINUTE_MS);
            }
            Verdict::allowed(limit, window.used)
        })
    }
}

impl<K: Hash + Eq + Clone> Default for FixedPenalty<K> {
    fn default() -> Self {
        Self::new()
    }
}
