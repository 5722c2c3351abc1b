//! Counting windows by key, in bounded memory.
//!
//! A window whose time is over is worth nothing, so the map throws such keys out whenever it has doubled since the
//! last time: the work is paid by the insertions that caused it. Above [`MOST_KEYS`] live keys it forgets some of
//! them, which lets a few requests too many through and never refuses one wrongly.

use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::Mutex;

/// No map grows beyond this many keys.
const MOST_KEYS: usize = 100_000;
/// Maps smaller than this are not worth sweeping.
const FIRST_SWEEP: usize = 1_024;
/// Callers that race each other may report times this far apart.
const SLACK_MS: i64 = 1_000;

/// One count and when it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) used: u32,
    ends_ms: i64,
}

impl Window {
    fn fresh(length_ms: i64, now_ms: i64) -> Self {
        Self {
            used: 0,
            ends_ms: now_ms.saturating_add(length_ms),
        }
    }

    /// Lets the window run for `length_ms` from now, keeping its count.
    pub(super) fn restart(&mut self, length_ms: i64, now_ms: i64) {
        self.ends_ms = now_ms.saturating_add(length_ms);
    }

    pub(super) fn left_ms(self, now_ms: i64) -> i64 {
        self.ends_ms.saturating_sub(now_ms)
    }

    /// Still counts: not over, and not from a future that a stepped-back clock has undone.
    fn is_live(self, length_ms: i64, now_ms: i64) -> bool {
        let left = self.left_ms(now_ms);
        left > 0 && left <= length_ms.saturating_add(SLACK_MS)
    }
}

/// Windows by key; dead ones are thrown out as the map grows, and it never exceeds a fixed size.
#[derive(Debug)]
pub struct Windows<K>(Mutex<Keyed<K>>);

#[derive(Debug)]
struct Keyed<K> {
    windows: HashMap<K, Window>,
    /// The size at which dead keys are thrown out next.
    sweep_at: usize,
}

impl<K: Hash + Eq + Clone> Windows<K> {
    pub fn new() -> Self {
        Self(Mutex::new(Keyed {
            windows: HashMap::new(),
            sweep_at: FIRST_SWEEP,
        }))
    }

    /// How many keys are held at the moment, dead ones included.
    pub fn len(&self) -> usize {
        self.0.lock().windows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs `count` on the live window of `key`, a fresh one if there is none.
    pub(super) fn with<T>(
        &self,
        key: &K,
        length_ms: i64,
        now_ms: i64,
        count: impl FnOnce(&mut Window) -> T,
    ) -> T {
        let mut keyed = self.0.lock();
        if let Some(window) = keyed.windows.get_mut(key) {
            if !window.is_live(length_ms, now_ms) {
                *window = Window::fresh(length_ms, now_ms);
            }
            return count(window);
        }
        keyed.make_room(now_ms);
        let mut window = Window::fresh(length_ms, now_ms);
        let counted = count(&mut window);
        keyed.windows.insert(key.clone(), window);
        counted
    }

    /// The live window of `key`, if any.
    pub(super) fn used(&self, key: &K, length_ms: i64, now_ms: i64) -> Option<Window> {
        let window = self.0.lock().windows.get(key).copied()?;
        window.is_live(length_ms, now_ms).then_some(window)
    }
}

impl<K: Hash + Eq + Clone> Default for Windows<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Hash + Eq> Keyed<K> {
    fn make_room(&mut self, now_ms: i64) {
        if self.windows.len() < self.sweep_at {
            return;
        }
        self.windows.retain(|_, window| window.left_ms(now_ms) > 0);
        if self.windows.len() >= MOST_KEYS {
            let mut keep = false;
            self.windows.retain(|_, _| {
                keep = !keep;
                keep
            });
        }
        self.sweep_at = (self.windows.len() * 2).clamp(FIRST_SWEEP, MOST_KEYS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(windows: &Windows<u32>, key: u32, now_ms: i64) {
        windows.with(&key, 1_000, now_ms, |window| window.used += 1);
    }

    #[test]
    fn idle_keys_are_dropped() {
        let windows = Windows::new();
        for key in 0..100_000 {
            touch(&windows, key, i64::from(key));
        }
        assert!(windows.len() <= 2 * 1_024, "{} keys held", windows.len());
        assert!(windows.used(&99_999, 1_000, 100_000).is_some());
        assert!(windows.used(&98_000, 1_000, 100_000).is_none());
    }

    #[test]
    fn live_keys_are_bounded_too() {
        let windows = Windows::new();
        for key in 0..300_000 {
            touch(&windows, key, 0);
        }
        assert!(windows.len() <= MOST_KEYS, "{} keys held", windows.len());
        assert!(windows.used(&299_999, 1_000, 0).is_some());
    }

    #[test]
    fn a_clock_set_back_starts_anew() {
        let windows = Windows::new();
        touch(&windows, 1, 1_000_000);
        touch(&windows, 1, 999_500);
        assert_eq!(
            windows.used(&1, 1_000, 999_500).map(|window| window.used),
            Some(2)
        );
        assert!(windows.used(&1, 1_000, 0).is_none());
    }
}
