//! Reads public ids, for the commands, the demo and the background tasks.

use heddle_domain::{AccountId, ApiName, EntityKind};
use heddle_store::read::account::GetPublicId;
use heddle_store::{Error, Store};

/// The maximum number of records that one read of a list returns.
pub const PAGE: i64 = 500;

/// Returns the id that `api` shows for a record; an empty text if it shows none.
///
/// # Errors
/// Returns the errors of [`Store::read`].
pub async fn public_id(
    store: &Store,
    account: AccountId,
    kind: EntityKind,
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
