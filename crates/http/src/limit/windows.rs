//! Counting windows by key, in bounded memory.
//!
//! A window that ended is of no use. Whenever the map has doubled since the last cleanup, an insertion removes all such
//! windows. With [`MAX_KEYS`] live keys or more, the cleanup removes every second one: then a few requests too many are
//! allowed, but none is refused wrongly.

use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::Mutex;

pub(super) const MINUTE_MS: i64 = 60_000;
/// The maximum number of keys in a map.
const MAX_KEYS: usize = 100_000;
/// The number of keys below which a map is never cleaned up.
const FIRST_CLEANUP: usize = 1_024;
/// By how much the rest of a live window may exceed the length of a window, in milliseconds. It can, because callers
/// read the clock before they lock the map: a caller with an earlier reading may come after one with a later reading,
/// who has begun the window.
const MAX_CLOCK_SKEW_MS: i64 = 1_000;

/// A count, and the time when its window ends.
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

    /// Makes the window end `length_ms` from now, and keeps its count.
    pub(super) fn restart(&mut self, length_ms: i64, now_ms: i64) {
        self.ends_ms = now_ms.saturating_add(length_ms);
    }

    pub(super) fn left_ms(self, now_ms: i64) -> i64 {
        self.ends_ms.saturating_sub(now_ms)
    }

    /// Whether the window still counts: it has not ended, and it does not end later than a window that begins now. The
    /// latter happens when the clock was set back.
    fn is_live(self, length_ms: i64, now_ms: i64) -> bool {
        let left = self.left_ms(now_ms);
        left > 0 && left <= length_ms.saturating_add(MAX_CLOCK_SKEW_MS)
    }
}

/// The window of each key.
#[derive(Debug)]
pub(super) struct Windows<K>(Mutex<Map<K>>);

#[derive(Debug)]
struct Map<K> {
    windows: HashMap<K, Window>,
    /// The number of keys at which the next cleanup happens.
    clean_up_at: usize,
}

impl<K: Hash + Eq + Clone> Windows<K> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Map {
            windows: HashMap::new(),
            clean_up_at: FIRST_CLEANUP,
        }))
    }

    /// Returns the live window of `key`.
    pub(super) fn find(&self, key: &K, length_ms: i64, now_ms: i64) -> Option<Window> {
        let window = self.0.lock().windows.get(key).copied()?;
        window.is_live(length_ms, now_ms).then_some(window)
    }

    /// Runs `count` on the live window of `key`, or on a new one.
    pub(super) fn with<T>(
        &self,
        key: &K,
        length_ms: i64,
        now_ms: i64,
        count: impl FnOnce(&mut Window) -> T,
    ) -> T {
        let mut map = self.0.lock();
        if let Some(window) = map.windows.get_mut(key) {
            if !window.is_live(length_ms, now_ms) {
                *window = Window::fresh(length_ms, now_ms);
            }
            return count(window);
        }
        map.make_room(now_ms);
        let mut window = Window::fresh(length_ms, now_ms);
        let counted = count(&mut window);
        map.windows.insert(key.clone(), window);
        counted
    }
}

impl<K: Hash + Eq> Map<K> {
    fn make_room(&mut self, now_ms: i64) {
        if self.windows.len() < self.clean_up_at {
            return;
        }
        self.windows.retain(|_, window| window.left_ms(now_ms) > 0);
        if self.windows.len() >= MAX_KEYS {
            let mut keep = false;
            self.windows.retain(|_, _| {
                keep = !keep;
                keep
            });
        }
        self.clean_up_at = (self.windows.len() * 2).clamp(FIRST_CLEANUP, MAX_KEYS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl<K: Hash + Eq + Clone> Windows<K> {
        fn len(&self) -> usize {
            self.0.lock().windows.len()
        }
    }

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
        assert!(windows.find(&99_999, 1_000, 100_000).is_some());
        assert!(windows.find(&98_000, 1_000, 100_000).is_none());
    }

    #[test]
    fn live_keys_are_bounded_too() {
        let windows = Windows::new();
        for key in 0..300_000 {
            touch(&windows, key, 0);
        }
        assert!(windows.len() <= MAX_KEYS, "{} keys held", windows.len());
        assert!(windows.find(&299_999, 1_000, 0).is_some());
    }

    #[test]
    fn a_clock_set_back_restarts_the_count() {
        let windows = Windows::new();
        touch(&windows, 1, 1_000_000);
        touch(&windows, 1, 999_500);
        assert_eq!(
            windows.find(&1, 1_000, 999_500).map(|window| window.used),
            Some(2)
        );
        assert!(windows.find(&1, 1_000, 0).is_none());
    }
}
