//! Shows on standard error how far long work is, if that is a terminal.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// The pause between two changes of the line.
const PAUSE: Duration = Duration::from_millis(200);

/// One line that changes while the work goes on. It vanishes at the end.
pub(crate) struct Progress {
    is_shown: bool,
    changed_at: Option<Instant>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            is_shown: stderr().is_terminal(),
            changed_at: None,
        }
    }

    /// Shows how much of something is done.
    pub(crate) fn show(&mut self, what: &str, done: u64, all: u64) {
        let percent = (done.min(all) * 100).checked_div(all).unwrap_or(100);
        self.set(done == all, &format!("{what}: {percent} %"));
    }

    /// Shows how many are done, if nobody knows of how many.
    pub(crate) fn count(&mut self, what: &str, unit: &str, done: u64) {
        self.set(false, &format!("{what}: {done} {unit}"));
    }

    fn set(&mut self, is_last: bool, text: &str) {
        let is_early = self.changed_at.is_some_and(|at| at.elapsed() < PAUSE);
        if !self.is_shown || (is_early && !is_last) {
            return;
        }
        self.changed_at = Some(Instant::now());
        // The error is ignored: a closed terminal must not stop the work.
        let _ = write!(stderr(), "\r\u{1b}[K{text}");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.changed_at.is_some() {
            let _ = write!(stderr(), "\r\u{1b}[K");
        }
    }
}

/// Returns a number of bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
