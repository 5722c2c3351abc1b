//! Readers: they follow the feed and store what they derive from it.

use std::future::Future;

use heddle_domain::id::AccountId;

use crate::error::Result;
use crate::rows::feed::FeedEvent;
use crate::tx::Tx;

/// A named reader that follows the feeds of all accounts and stores what it derives from the events.
pub trait Reader: Send + Sync + 'static {
    /// The data derived from some events.
    type Digest: Send + Sync + 'static;

    /// The name under which the reader's position is stored. A reader with a new name starts at the beginning of the
    /// feed.
    const NAME: &'static str;

    /// Derives the data from events; runs outside the transaction.
    fn digest(events: &[FeedEvent]) -> Self::Digest;

    /// Stores the derived data in the transaction that moves the reader.
    fn take(
        tx: &mut Tx<'_>,
        account: AccountId,
        digest: &Self::Digest,
    ) -> impl Future<Output = Result<()>> + Send;
}
