//! Public ids of accounts, inboxes, agents and customers.

use std::collections::BTreeMap;

use heddle_domain::id::AccountId;
use heddle_domain::{EntityKind, EventDetail, Field};

use crate::error::{Refusal, Result, Trouble};
use crate::rows::account as rows;
use crate::stmt::params;
use crate::tx::Tx;

/// A public id with its API; `""` means every API.
pub type ApiPublicId = (String, String);

/// The kinds of entity that have public ids.
const WITH_PUBLIC_IDS: [EntityKind; 4] = [
    EntityKind::Account,
    EntityKind::Inbox,
    EntityKind::Agent,
    EntityKind::Customer,
];

const CONFLICT: Refusal = Refusal::Conflict("the public id");

/// Adds the public ids of a new entity to its event.
pub(super) fn describe(detail: &mut EventDetail, public_ids: &[ApiPublicId]) {
    let name = |api: &str| if api.is_empty() { "default" } else { api }.to_owned();
    let named = public_ids.iter();
    let named: BTreeMap<String, String> =
        named.map(|(api, text)| (name(api), text.clone())).collect();
    if !public_ids.is_empty() {
        detail.set(Field::PublicIds, &named);
    }
}

/// Stores a public id of an entity. Refuses an id that is in use, as a conflict. Fails for a kind of entity that has no
/// public ids.
pub(super) async fn put_public_id(
    tx: &mut Tx<'_>,
    account: AccountId,
    kind: EntityKind,
    entity: i64,
    api: &str,
    text: &str,
) -> Result<()> {
    must_have_public_ids(kind)?;
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

fn must_have_public_ids(kind: EntityKind) -> Result<(), Trouble> {
    match WITH_PUBLIC_IDS.contains(&kind) {
        true => Ok(()),
        false => Err(Trouble::Internal(format!(
            "an entity of the kind {} has no public id",
            kind.as_str()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_some_kinds_have_public_ids() {
        assert_eq!(must_have_public_ids(EntityKind::Inbox), Ok(()));
        let refused = must_have_public_ids(EntityKind::Message);
        assert!(matches!(refused, Err(Trouble::Internal(_))), "{refused:?}");
    }
}
