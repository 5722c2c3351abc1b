//! The signals for the two steps of a shutdown.

use tokio_util::sync::CancellationToken;

/// The signals for the two steps of a shutdown. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    /// Tells connections to finish their running requests and close.
    pub(super) finish: CancellationToken,
    /// Tells connections to close at once.
    pub(super) close: CancellationToken,
}
