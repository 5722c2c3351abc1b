//! The time that a list may take.

use std::time::{Duration, Instant};

use crate::error::{Result, Trouble};

/// How long a list may take.
const LONGEST: Duration = Duration::from_secs(2);

/// When a list must have ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    /// A list begins now.
    pub(super) fn begin() -> Self {
        Self(Instant::now() + LONGEST)
    }

    /// Ends the list with an error if it took too long.
    pub(super) fn check(self) -> Result<()> {
        match Instant::now() < self.0 {
            true => Ok(()),
            false => Err(Trouble::TimedOut("the list took too long").into()),
        }
    }
}
