//! Reads whole lists and public ids, for the commands, the demo and the background tasks.

use heddle_domain::{AccountId, ApiName, EntityKind};
use heddle_store::read::account::{GetPublicId, ListAccountIds};
use heddle_store::{Error, Read, Store};

/// The maximum number of records that one read of a list returns.
pub const PAGE: i64 = 500;

/// Reads all pages of a list. `page` creates the read of one page: of the page after a given record, or of the first
/// page.
///
/// # Errors
/// Returns the errors of [`Store::read`].
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

/// Returns the numbers of all accounts.
///
/// # Errors
/// Returns the errors of [`Store::read`].
pub async fn account_ids(store: &Store) -> Result<Vec<AccountId>, Error> {
    let page = |last: Option<&AccountId>| ListAccountIds {
        after: last.copied().unwrap_or(AccountId(0)),
        limit: PAGE,
    };
    read_all(store, page).await
}

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
