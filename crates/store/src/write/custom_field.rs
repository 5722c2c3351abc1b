//! Defines custom fields of inboxes, and fits the values of conversations to the definitions.
//!
//! A definition belongs to its inbox: a change of one is a change of the inbox, with the inbox's event and version. Name and kind of
//! a field and the labels of its options never change, because conversations store values under the name, as people read them.
//! The values of a field that is removed stay, as values that no inbox defines.

use std::collections::BTreeMap;

use heddle_domain::account::Inbox;
use heddle_domain::custom_field::{
    CustomField, FieldKind, FieldOption, LONGEST_NAME, MOST_DEFINED, MOST_OPTIONS,
};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, CustomFieldId, InboxId};
use heddle_domain::{EntityKind, EventDetail, Field};

use super::caller::Caller;
use super::events::append_event_about;
use super::must::must_match;
use crate::error::{Entity, Refusal, Result, Trouble};
use crate::read::custom_fields::of_inbox;
use crate::rows::{account as account_rows, custom_field as rows};
use crate::stmt::params;
use crate::tx::{Rows, Tx, Write};

/// The option that an update of a field keeps or adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionWish {
    /// Id of the option to keep; `None` adds an option.
    pub id: Option<i64>,
    /// Label of the option; the label of an option that is kept must be the same.
    pub label: String,
}

/// Defines a custom field.
#[derive(Clone, Debug)]
pub struct DefineField {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inbox that gets the field.
    pub inbox: InboxId,
    /// Name of the field; the inbox must have no other field with it.
    pub name: String,
    /// Which values the field takes.
    pub kind: FieldKind,
    /// The place of the field; `None` puts it behind the others.
    pub order: Option<i64>,
    /// Whether people must fill in the field.
    pub required: bool,
    /// The labels of a dropdown's options, in order; empty for other kinds.
    pub options: Vec<String>,
}

/// A custom field after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defined {
    /// The field.
    pub field: CustomField,
    /// The version of its inbox.
    pub version: i64,
}

impl Write for DefineField {
    type Out = Defined;
    const NAME: &'static str = "define_field";

    fn weight(&self) -> usize {
        1_024 + self.options.iter().map(String::len).sum::<usize>()
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Defined> {
        let account = self.caller.account;
        let inbox = lock(tx, account, self.inbox).await?;
        let fields = of_inbox(tx, account, self.inbox).await?;
        must_be_name("name", &self.name)?;
        if fields.iter().any(|field| field.name == self.name) {
            return Err(Refusal::Conflict("a custom field with this name").into());
        }
        if fields.len() >= MOST_DEFINED {
            let reason = format!("the inbox has {MOST_DEFINED} custom fields already");
            return Err(Refusal::invalid("name", reason).into());
        }
        let last = fields.iter().map(|field| field.order).max();
        let new = self.options.iter().map(|label| OptionWish {
            id: None,
            label: label.clone(),
        });
        let field = CustomField {
            id: CustomFieldId(tx.next_small_id(account, EntityKind::CustomField)?),
            inbox: self.inbox,
            name: self.name.clone(),
            kind: self.kind,
            order: self.order.unwrap_or(last.unwrap_or(0) + 1),
            required: self.required,
            options: options(tx, account, self.kind, &[], &new.collect::<Vec<_>>())?,
        };
        let version = record(tx, &self.caller, &inbox, [None, Some(&field)])?;
        tx.queue(
            &rows::INSERT,
            params![
                account,
                field.id,
                field.inbox,
                &field.name,
                field.kind.as_str(),
                field.order,
                field.required,
                &written(&field.options)?,
            ],
        )?;
        Ok(Defined { field, version })
    }
}

/// Changes a custom field; `None` keeps the old value.
#[derive(Clone, Debug)]
pub struct UpdateField {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inbox that defines the field.
    pub inbox: InboxId,
    /// The field to change.
    pub id: CustomFieldId,
    /// The version that the inbox must have; `None` means any.
    pub expected: Option<i64>,
    /// New place among the fields of the inbox.
    pub order: Option<i64>,
    /// Whether people must fill in the field.
    pub required: Option<bool>,
    /// All options of the dropdown, in order. An option that is not named is removed; the conversations keep its label.
    pub options: Option<Vec<OptionWish>>,
}

impl Write for UpdateField {
    type Out = Defined;
    const NAME: &'static str = "update_field";

    fn weight(&self) -> usize {
        let options = self.options.iter().flatten();
        1_024 + options.map(|option| option.label.len()).sum::<usize>()
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Defined> {
        let account = self.caller.account;
        let inbox = lock(tx, account, self.inbox).await?;
        must_match(self.expected, inbox.version)?;
        let before = defined(tx, account, (self.inbox, self.id)).await?;
        let mut after = before.clone();
        after.order = self.order.unwrap_or(before.order);
        after.required = self.required.unwrap_or(before.required);
        if let Some(wishes) = &self.options {
            after.options = options(tx, account, before.kind, &before.options, wishes)?;
        }
        if after == before {
            return Ok(Defined {
                field: after,
                version: inbox.version,
            });
        }
        let version = record(tx, &self.caller, &inbox, [Some(&before), Some(&after)])?;
        tx.queue(
            &rows::UPDATE,
            params![
                account,
                after.id,
                after.order,
                after.required,
                &written(&after.options)?
            ],
        )?;
        Ok(Defined {
            field: after,
            version,
        })
    }
}

/// Removes a custom field. The conversations keep their values, which no inbox defines then.
#[derive(Clone, Debug)]
pub struct RemoveField {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inbox that defines the field.
    pub inbox: InboxId,
    /// The field to remove.
    pub id: CustomFieldId,
    /// The version that the inbox must have; `None` means any.
    pub expected: Option<i64>,
}

impl Write for RemoveField {
    type Out = ();
    const NAME: &'static str = "remove_field";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let account = self.caller.account;
        let inbox = lock(tx, account, self.inbox).await?;
        must_match(self.expected, inbox.version)?;
        let field = defined(tx, account, (self.inbox, self.id)).await?;
        record(tx, &self.caller, &inbox, [Some(&field), None])?;
        tx.queue(&rows::DROP, params![account, field.id])
    }
}

async fn lock(tx: &mut Tx<'_>, account: AccountId, id: InboxId) -> Result<Inbox> {
    let key = params![account, id];
    let found = tx.fetch_one(&account_rows::LOCK_INBOX, key, account_rows::inbox);
    Ok(found.await?.ok_or(Refusal::NotFound(Entity::Inbox))?)
}

/// Returns a field of a locked inbox.
async fn defined(
    tx: &mut Tx<'_>,
    account: AccountId,
    (inbox, id): (InboxId, CustomFieldId),
) -> Result<CustomField> {
    let key = params![account, id];
    let found = tx.fetch_one(&rows::GET, key, rows::custom_field);
    let found = found.await?.filter(|field| field.inbox == inbox);
    Ok(found.ok_or(Refusal::NotFound(Entity::CustomField))?)
}

/// Writes the event of a changed definition, whose id becomes the inbox's version and is returned.
fn record(
    tx: &mut Tx<'_>,
    caller: &Caller,
    inbox: &Inbox,
    change: [Option<&CustomField>; 2],
) -> Result<i64> {
    let named = change
        .map(|field| field.map(|field| BTreeMap::from([(field.name.clone(), field.clone())])));
    let mut detail = EventDetail::default();
    detail.change(Field::DefinedFields, &named[0], &named[1]);
    let (kind, about) = (EventKind::InboxUpdated, (inbox.id.get(), Some(inbox.id)));
    let event = append_event_about(tx, caller, kind, about, detail)?;
    tx.queue(
        &account_rows::UPDATE_INBOX,
        params![
            caller.account,
            inbox.id,
            &inbox.name,
            inbox.default_agent,
            inbox.messaging_off,
            event
        ],
    )?;
    Ok(event.get())
}

/// Returns the options that a field has after a change.
fn options(
    tx: &mut Tx<'_>,
    account: AccountId,
    kind: FieldKind,
    before: &[FieldOption],
    wishes: &[OptionWish],
) -> Result<Vec<FieldOption>> {
    let refused = |reason: String| Err(Refusal::invalid("options", reason).into());
    if kind != FieldKind::Dropdown {
        return match wishes.is_empty() {
            true => Ok(Vec::new()),
            false => refused("only a dropdown has options".into()),
        };
    }
    if !(1..=MOST_OPTIONS).contains(&wishes.len()) {
        return refused(format!("a dropdown has 1 to {MOST_OPTIONS} options"));
    }
    let mut options: Vec<FieldOption> = Vec::with_capacity(wishes.len());
    for OptionWish { id, label } in wishes {
        must_be_name("options", label)?;
        if options.iter().any(|option| option.label == *label) {
            return refused(format!("two options have the label {label}"));
        }
        let known = |id: &i64| before.iter().find(|option| option.id == *id);
        let id = match id {
            Some(id) => match known(id).map(|option| &option.label) {
                None => return refused(format!("the field has no option {id}")),
                Some(old) if old != label => {
                    return refused(format!("the label of option {id} cannot change"));
                }
                Some(_) => *id,
            },
            // The label says which option it is, so an option that is added again keeps its id.
            None => match before.iter().find(|option| option.label == *label) {
                Some(option) => option.id,
                None => tx.next_small_id(account, EntityKind::CustomField)?,
            },
        };
        options.push(FieldOption {
            id,
            label: label.clone(),
        });
    }
    Ok(options)
}

fn must_be_name(field: &'static str, name: &str) -> Result<()> {
    let is_name = name.trim() == name && (1..=LONGEST_NAME).contains(&name.chars().count());
    let reason = || format!("1 to {LONGEST_NAME} characters, without blanks around them");
    match is_name {
        true => Ok(()),
        false => Err(Refusal::invalid(field, reason()).into()),
    }
}

fn written(options: &[FieldOption]) -> Result<String> {
    let written = serde_json::to_string(options);
    Ok(written.map_err(|error| Trouble::Internal(format!("options: {error}")))?)
}

/// Fits new values to the custom fields that the conversation's inbox defines.
///
/// # Errors
/// Returns [`Refusal::Invalid`] with the field `custom_fields` if a value is none that the field takes.
pub(super) async fn fitted<V: AsValue>(
    rows: &mut Rows<'_>,
    account: AccountId,
    inbox: InboxId,
    values: &BTreeMap<String, V>,
) -> Result<BTreeMap<String, V>> {
    if values.is_empty() {
        return Ok(BTreeMap::new());
    }
    let fields = of_inbox(rows, account, inbox).await?;
    let mut fitted = values.clone();
    for (name, value) in &mut fitted {
        let field = fields.iter().find(|field| field.name == *name);
        if let (Some(field), Some(text)) = (field, value.text()) {
            let accepted = field.accept(text).map_err(|reason| {
                Refusal::invalid("custom_fields", format!("{}: {reason}", field.name))
            })?;
            *text = accepted;
        }
    }
    Ok(fitted)
}

/// A new value of a custom field, or none.
pub(super) trait AsValue: Clone {
    /// Returns the text, if there is one.
    fn text(&mut self) -> Option<&mut String>;
}

impl AsValue for String {
    fn text(&mut self) -> Option<&mut String> {
        Some(self)
    }
}

impl AsValue for Option<String> {
    fn text(&mut self) -> Option<&mut String> {
        self.as_mut()
    }
}

/// Returns the values that a conversation keeps when it moves to another inbox: those that its old inbox does not define, and
/// those that the new one takes under the same name.
pub(super) async fn moved(
    rows: &mut Rows<'_>,
    account: AccountId,
    [from, to]: [InboxId; 2],
    values: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    if from == to || values.is_empty() {
        return Ok(values.clone());
    }
    let (old, new) = (
        of_inbox(rows, account, from).await?,
        of_inbox(rows, account, to).await?,
    );
    let mut kept = values.clone();
    kept.retain(|name, value| {
        let in_old = old.iter().any(|field| field.name == *name);
        let in_new = new.iter().find(|field| field.name == *name);
        !in_old || in_new.is_some_and(|field| field.accept(value).is_ok())
    });
    Ok(kept)
}
