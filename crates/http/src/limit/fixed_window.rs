//! The limiter that counts in windows of a fixed length.

use std::hash::Hash;

use super::verdict::Verdict;
use super::windows::{MINUTE_MS, Window, Windows};

/// Limits units per window. A window begins with the first request after the previous window ended. A refused request
/// takes no units and does not prolong the window.
#[derive(Debug)]
pub struct FixedWindow<K> {
    windows: Windows<K>,
    window_ms: i64,
}

impl<K: Hash + Eq + Clone> FixedWindow<K> {
    /// Creates a limiter with windows of `window_ms` milliseconds.
    pub fn new(window_ms: i64) -> Self {
        Self {
            windows: Windows::new(),
            window_ms,
        }
    }

    /// Creates a limiter with windows of one minute.
    pub fn per_minute() -> Self {
        Self::new(MINUTE_MS)
    }

    /// Takes `cost` units of `key`. If fewer units are left, takes none and refuses the request.
    pub fn check(&self, key: &K, limit: u32, cost: u32, now_ms: i64) -> Verdict {
        if limit == 0 {
            return Verdict::off();
        }
        self.windows.with(key, self.window_ms, now_ms, |window| {
            let verdict = decide(window, limit, cost, now_ms);
            if verdict.allowed {
                window.used += cost;
            }
            verdict
        })
    }

    /// Returns what [`Self::check`] would, and takes no units.
    pub fn foresee(&self, key: &K, limit: u32, cost: u32, now_ms: i64) -> Verdict {
        if limit == 0 {
            return Verdict::off();
        }
        let window = self.windows.find(key, self.window_ms, now_ms);
        let fresh = Verdict::allowed(limit, cost);
        window.map_or(fresh, |window| decide(&window, limit, cost, now_ms))
    }
}

fn decide(window: &Window, limit: u32, cost: u32, now_ms: i64) -> Verdict {
    let used = window.used.saturating_add(cost);
    if used > limit {
        Verdict::refused(limit, window.used, window.left_ms(now_ms))
    } else {
        Verdict::allowed(limit, used)
    }
}
