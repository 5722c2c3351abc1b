//! Reads of public ids, for the commands, the demo and the background tasks.

use heddle_domain::{AccountId, ApiName};
use heddle_store::read::account::GetPublicId;
use heddle_store::{Error, PublicKind, Store};

/// How many records one read of a list returns at most.
pub const PAGE: i64 = 500;

/// The id that `api` shows for a record; empty if it shows none.
///
/// # Errors
/// Same as [`Store::read`].
pub async fn public_id(
    store: &Store,
    account: AccountId,
    kind: PublicKind,
    entity: i64,
    api: ApiName,
) -> Result<String, Error> {
    let read = GetPublicId {
        account,
        kind,
        entity,
        api,
    };
    Ok(store.read(read).await?.unwrap_or_default())
}
