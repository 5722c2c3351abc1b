//! Labels of a conversation: tags and custom fields.

use std::collections::{BTreeMap, BTreeSet};

use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, ConversationId, TagId};
use heddle_domain::{Conversation, EntityKind, EventDetail, Field, TagName};

use super::caller::Caller;
use crate::error::{Abort, Result};
use crate::rows::{conversation, field as field_rows, tag as tag_rows};
use crate::stmt::{Row, keys, params};
use crate::tx::{NewEvent, Rows, Tx};

/// The maximum number of tags that the native API gives a conversation.
pub const MOST_TAGS: usize = 100;
/// The maximum number of custom fields of a conversation.
pub const MOST_FIELDS: usize = 100;

/// Tags and custom fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Tags by name.
    pub tags: BTreeMap<String, TagId>,
    /// Values of custom fields by name.
    pub fields: BTreeMap<String, String>,
}

impl Labels {
    /// Returns the names of the tags, for an event.
    pub(super) fn tag_names(&self) -> Vec<String> {
        self.tags.keys().cloned().collect()
    }

    /// Returns the custom fields that differ from `other`, for an event.
    pub(super) fn fields_beside(&self, other: &Self) -> BTreeMap<String, Option<String>> {
        let names: BTreeSet<&String> = self.fields.keys().chain(other.fields.keys()).collect();
        let differ = names
            .into_iter()
            .filter(|name| self.fields.get(*name) != other.fields.get(*name));
        differ
            .map(|name| (name.clone(), self.fields.get(name).cloned()))
            .collect()
    }
}

/// Reads the labels of a conversation.
pub(crate) async fn read(
    rows: &mut Rows<'_>,
    account: AccountId,
    id: ConversationId,
) -> Result<Labels> {
    let params = params![account, id];
    let (tags, fields) = rows
        .fetch_pair(
            (&tag_rows::OF_CONVERSATION, params, |row| {
                Ok((row.int()?, row.text()?))
            }),
            (&field_rows::OF_CONVERSATION, params, |row| {
                Ok((row.text()?, row.text()?))
            }),
        )
        .await?;
    Ok(Labels {
        tags: tags
            .into_iter()
            .map(|(id, name)| (name, TagId(id)))
            .collect(),
        fields: fields.into_iter().collect(),
    })
}

/// Writes the difference between two states of a conversation's labels.
pub(super) fn write(
    tx: &mut Tx<'_>,
    account: AccountId,
    of: &Conversation,
    before: &Labels,
    after: &Labels,
) -> Result<()> {
    let id = of.id;
    for (name, tag) in &after.tags {
        if !before.tags.contains_key(name) {
            let (phase, start) = (conversation::phase(of), of.started_at);
            let params = params![account, id, *tag, of.inbox, phase, start];
            tx.queue(&tag_rows::ATTACH, params)?;
        }
    }
    for (name, tag) in &before.tags {
        if !after.tags.contains_key(name) {
            tx.queue(&tag_rows::DETACH, params![account, id, *tag])?;
        }
    }
    for (name, value) in &after.fields {
        if before.fields.get(name) != Some(value) {
            tx.queue(&field_rows::PUT, params![account, id, name, value])?;
        }
    }
    for name in before.fields.keys() {
        if !after.fields.contains_key(name) {
            tx.queue(&field_rows::DROP, params![account, id, name])?;
        }
    }
    Ok(())
}

async fn known(
    rows: &mut Rows<'_>,
    account: AccountId,
    names: &BTreeSet<&TagName>,
) -> Result<Vec<Option<TagId>>> {
    let keys = keys(account, names.iter().map(|name| name.as_str()));
    let found = rows
        .fetch_many(&tag_rows::FIND, &keys, |row| row.int().map(TagId))
        .await?;
    Ok(found.into_iter().map(|mut ids| ids.pop()).collect())
}

/// Returns the tags with the given names; creates missing ones, each with an event. `imported` says whether these are part of
/// an import. Works in the order of the names, so that two commands
/// cannot deadlock.
pub(super) async fn tags<'a>(
    tx: &mut Tx<'_>,
    caller: &Caller,
    imported: bool,
    names: impl IntoIterator<Item = &'a TagName>,
) -> Result<BTreeMap<String, TagId>> {
    let names: BTreeSet<&TagName> = names.into_iter().collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let known = known(tx, caller.account, &names).await?;
    let mut tags = BTreeMap::new();
    for (name, known) in names.into_iter().zip(known) {
        let id = match known {
            Some(id) => id,
            None => make(tx, caller, imported, name.as_str()).await?,
        };
        tags.insert(name.as_str().to_owned(), id);
    }
    Ok(tags)
}

/// Inserts a tag, or finds it if another transaction has just inserted it.
async fn make(tx: &mut Tx<'_>, caller: &Caller, imported: bool, name: &str) -> Result<TagId> {
    let account = caller.account;
    let id = tx.next_small_id(account, EntityKind::Tag)?;
    let params = params![account, id, name, tx.now()];
    let id = |row: &mut Row<'_>| row.int().map(TagId);
    if let Some(id) = tx.fetch_one(&tag_rows::INSERT, params, id).await? {
        let mut detail = EventDetail::default();
        detail.set(Field::Name, &name.to_owned());
        let event = NewEvent {
            kind: EventKind::TagCreated,
            conversation: None,
            inbox: None,
            entity: id.get(),
            actor: &caller.actor,
            imported,
            detail,
        };
        tx.append_event(account, 0, &event)?;
        return Ok(id);
    }
    tx.fetch_one(&tag_rows::FIND, params![account, name], id)
        .await?
        .ok_or(Abort::StartOver)
}
