//! Reads of whole lists and of public ids, for the commands, the demo and the background tasks.

use heddle_domain::{AccountId, ApiName, EntityKind};
use heddle_store::read::account::{GetPublicId, ListAccountIds};
use heddle_store::{Error, Read, Store};

/// How many records one read of a list returns at most.
pub const PAGE: i64 = 500;

/// Reads all pages of a list. `page` makes the read of the page after a record, or of the first page.
///
/// # Errors
/// Same as [`Store::read`].
pub async fn read_all<R: Read<Out = Vec<T>>, T>(
    store: &Store,
    page: impl Fn(Option<&T>) -> R,
) -> Result<Vec<T>, Error> {
    let mut all = Vec::new();
    loop {
        let found = store.read(page(all.last())).await?;
        if found.is_empty() {
            return Ok(all);
        }
        all.extend(found);
    }
}

/// The numbers of all accounts.
///
/// # Errors
/// Same as [`Store::read`].
pub async fn account_ids(store: &Store) -> Result<Vec<AccountId>, Error> {
    let page = |last: Option<&AccountId>| ListAccountIds {
        after: last.copied().unwrap_or(AccountId(0)),
        limit: PAGE,
    };
    read_all(store, page).await
}

/// The id that `api` shows for a record; empty if it shows none.
///
/// # Errors
/// Same as [`Store::read`].
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
