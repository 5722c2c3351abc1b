//! Waits for what another process does.

use std::time::{Duration, Instant};

/// How long something may take to become ready.
const PATIENCE: Duration = Duration::from_secs(60);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until something is ready. Returns whether it was in time.
pub(crate) fn wait_until(mut is_ready: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !is_ready() {
        if begun.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
    true
}
