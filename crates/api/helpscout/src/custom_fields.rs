//! Custom fields of an inbox (contract section 10.1), and values of a conversation as requests write them (sections 6.3 and 6.8).
//! A client names fields and options by their ids; a conversation stores names and labels.

pub(crate) mod list;

use std::collections::BTreeMap;

use heddle_api::App;
use heddle_domain::CustomField;
use heddle_domain::custom_field::{FieldKind, MOST_DEFINED};
use heddle_domain::id::{AccountId, CustomFieldId, InboxId};
use heddle_store::read::custom_fields::ListCustomFields;
use serde_json::Value;

use crate::error::Error;
use crate::fault::code;
use crate::{fault, input};
use heddle_http::known;
use heddle_http::member_path::MemberPath;
use heddle_http::members::{Fault, Item, Object, Problem};
use heddle_http::shape::Shape;

/// The members of a value in a request.
pub(crate) const SHAPE: Shape = known!("id", "value");

/// A value in a request: where it stands, the field, and its new value, if it has one.
#[derive(Clone, Debug)]
pub(crate) struct FieldValue {
    path: MemberPath,
    id: CustomFieldId,
    value: Option<String>,
}

/// Reads the values of a request's member `fields`.
pub(crate) fn read(body: &Object<'_>) -> Vec<FieldValue> {
    let item = body.get("fields");
    let values: Vec<_> = input::items(&item)
        .take(MOST_DEFINED + 1)
        .filter_map(|item| {
            let field = item.object()?;
            let id = input::id(&field.get("id").required())?;
            Some(FieldValue {
                path: item.path(),
                id: CustomFieldId(id),
                value: text(&field.get("value")).filter(|text| !text.is_empty()),
            })
        })
        .collect();
    if values.len() > MOST_DEFINED {
        item.refuse(Problem::Count(0..=MOST_DEFINED));
    }
    values
}

/// Reads a value. Numbers may be written as numbers.
fn text(item: &Item<'_>) -> Option<String> {
    match item.value() {
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => item.text().map(str::to_owned),
    }
}

/// Returns the values by the names of their fields, as a conversation stores them, and adds a fault for each unknown field and each
/// bad value.
pub(crate) fn resolve(
    values: &[FieldValue],
    defined: &[CustomField],
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, String> {
    let mut resolved = BTreeMap::new();
    for FieldValue { path, id, value } in values {
        let Some(field) = defined.iter().find(|field| field.id == *id) else {
            faults.push(fault::unknown(path.member("id"), "custom field", id.get()));
            continue;
        };
        match value.as_deref().map(|value| stored(field, value)) {
            Some(Ok(value)) => drop(resolved.insert(field.name.clone(), value)),
            Some(Err(reason)) => {
                let problem = Problem::Rule(code::ENUM_VALUE, reason.into());
                faults.push(Fault::new(path.member("value"), problem));
            }
            None => drop(resolved.remove(&field.name)),
        }
    }
    resolved
}

/// Returns the value that a conversation stores. For a dropdown, the request names the id of an option.
pub(crate) fn stored(field: &CustomField, value: &str) -> Result<String, String> {
    if field.kind != FieldKind::Dropdown {
        return field.accept(value);
    }
    let mut options = field.options.iter();
    let option = options.find(|option| option.id.to_string() == value.trim());
    let label = option.map(|option| option.label.clone());
    label.ok_or_else(|| "must be the id of one of the field's options".to_owned())
}

/// Reads the fields that an inbox defines.
pub(crate) async fn defined(
    app: &App,
    account: AccountId,
    inbox: InboxId,
) -> Result<Vec<CustomField>, Error> {
    Ok(app.store.read(ListCustomFields { account, inbox }).await?)
}
