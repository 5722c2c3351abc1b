//! Rate limits: the vendors' three shapes, and the limit on failed authentication.
//!
//! Invariants: no clock is read, every call is told the time in milliseconds (any origin, as long as it is the same
//! one); a limit of 0 is off; memory is bounded (see [`Windows`]). A time that steps back a little is read as
//! "no time passed", one that steps back far starts the count anew, so that a corrected clock locks nobody out.
//! Counts are per process: several nodes on one database each count their own share.

mod failures;
mod windows;

pub use failures::Failures;
pub use windows::Windows;

use std::hash::Hash;

const MINUTE_MS: i64 = 60_000;

/// The answer of a limiter, with what an API's headers need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub allowed: bool,
    /// The limit that was applied; 0 = off.
    pub limit: u32,
    /// How much is left after this request; 0 while off.
    pub remaining: u32,
    /// Whole seconds until the refusal ends, at least 1; 0 when allowed.
    pub retry_after_s: u32,
}

impl Verdict {
    fn off() -> Self {
        Self {
            allowed: true,
            limit: 0,
            remaining: 0,
            retry_after_s: 0,
        }
    }

    fn allowed(limit: u32, used: u32) -> Self {
        Self {
            allowed: true,
            limit,
            remaining: limit.saturating_sub(used),
            retry_after_s: 0,
        }
    }

    fn refused(limit: u32, used: u32, wait_ms: i64) -> Self {
        let seconds = wait_ms.saturating_add(999) / 1000;
        Self {
            allowed: false,
            limit,
            remaining: limit.saturating_sub(used),
            retry_after_s: u32::try_from(seconds.max(1)).unwrap_or(u32::MAX),
        }
    }
}

/// N requests a minute; whoever exceeds them is refused for the whole minute that follows the excess.
#[derive(Debug)]
pub struct FixedPenalty<K>(Windows<K>);

impl<K: Hash + Eq + Clone> FixedPenalty<K> {
    pub fn new() -> Self {
        Self(Windows::new())
    }

    /// Counts one request of `key`.
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

/// N requests in a window that begins with the first request of a burst. Refused ones do not prolong it.
#[derive(Debug)]
pub struct Burst<K>(Windows<K>);

impl<K: Hash + Eq + Clone> Burst<K> {
    pub fn new() -> Self {
        Self(Windows::new())
    }

    /// Counts one request of `key` against `limit` in `window_ms`.
    pub fn check(&self, key: &K, limit: u32, window_ms: i64, now_ms: i64) -> Verdict {
        spend(&self.0, key, limit, 1, window_ms, now_ms)
    }
}

impl<K: Hash + Eq + Clone> Default for Burst<K> {
    fn default() -> Self {
        Self::new()
    }
}

/// N units a minute, with a price per request; a refused request costs nothing.
#[derive(Debug)]
pub struct Minute<K>(Windows<K>);

impl<K: Hash + Eq + Clone> Minute<K> {
    pub fn new() -> Self {
        Self(Windows::new())
    }

    /// Spends `cost` units of `key`, or none if they are not all there.
    pub fn check(&self, key: &K, limit: u32, cost: u32, now_ms: i64) -> Verdict {
        spend(&self.0, key, limit, cost, MINUTE_MS, now_ms)
    }

    /// What is left, without spending.
    pub fn peek(&self, key: &K, limit: u32, now_ms: i64) -> Verdict {
        if limit == 0 {
            return Verdict::off();
        }
        Verdict::allowed(
            limit,
            self.0
                .used(key, MINUTE_MS, now_ms)
                .map_or(0, |window| window.used),
        )
    }
}

impl<K: Hash + Eq + Clone> Default for Minute<K> {
    fn default() -> Self {
        Self::new()
    }
}

fn spend<K: Hash + Eq + Clone>(
    windows: &Windows<K>,
    key: &K,
    limit: u32,
    cost: u32,
    window_ms: i64,
    now_ms: i64,
) -> Verdict {
    if limit == 0 {
        return Verdict::off();
    }
    windows.with(key, window_ms, now_ms, |window| {
        let wanted = window.used.saturating_add(cost);
        if wanted > limit {
            return Verdict::refused(limit, window.used, window.left_ms(now_ms));
        }
        window.used = wanted;
        Verdict::allowed(limit, wanted)
    })
}

#[cfg(test)]
mod tests;
