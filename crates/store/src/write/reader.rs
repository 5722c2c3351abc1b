//! What follows the feed and keeps what it makes of it in the store.

use std::future::Future;

use heddle_domain::id::AccountId;

use crate::error::Result;
use crate::rows::feed::FeedEvent;
use crate::tx::Tx;

/// Follows the feeds of all accounts under a name, and keeps what it makes of them in the store.
pub trait Reader: Send + Sync + 'static {
    /// What follows from some events.
    type Digest: Send + Sync + 'static;

    /// Under which its position is stored. Another name begins anew.
    const NAME: &'static str;

    /// Makes of some events what is to be stored: outside the transaction.
    fn digest(events: &[FeedEvent]) -> Self::Digest;

    /// Stores it.
    fn take(
        tx: &mut Tx<'_>,
        account: AccountId,
        digest: &Self::Digest,
    ) -> impl Future<Output = Result<()>> + Send;
}
