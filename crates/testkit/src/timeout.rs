//! The time limit of every wait in a test.

use std::time::Duration;

/// A time limit that no step reaches in a test that succeeds: long, because the machine may be busy with other things.
pub const TIMEOUT: Duration = Duration::from_secs(300);
