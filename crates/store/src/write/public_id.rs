//! Public ids of accounts, inboxes, agents and customers.

use heddle_domain::EntityKind;
use heddle_domain::id::AccountId;

use crate::error::{Refusal, Result};
use crate::rows::account as rows;
use crate::stmt::params;
use crate::tx::Tx;

/// A public id with its API; `""` means every API.
pub type ApiPublicId = (String, String);

const CONFLICT: Refusal = Refusal::Conflict("the public id");

/// Stores a public id of an entity. Refuses an id that is in use, as a conflict.
pub(super) async fn put_public_id(
    tx: &mut Tx<'_>,
    account: AccountId,
    kind: EntityKind,
    entity: i64,
    api: &str,
    text: &str,
) -> Result<()> {
    let taken = tx
        .fetch(
            &rows::BY_PUBLIC_ID,
            params![account, kind.as_str(), text, api],
            |row| row.int(),
        )
        .await?;
    if taken.iter().any(|owner| *owner != entity) {
        return Err(CONFLICT.into());
    }
    let params = params![account, kind.as_str(), entity, api, text];
    match tx.execute(&rows::CLAIM_PUBLIC_ID, params).await? {
        // Another node has stored the same id a moment ago, so it is a conflict.
        0 => Err(CONFLICT.into()),
        _ => Ok(()),
    }
}
