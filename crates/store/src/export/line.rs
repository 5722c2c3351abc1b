//! Lines of an export: from rows to JSON, and back.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use heddle_domain::Timestamp;
use heddle_domain::conversation::NO_LIVE_CONTACT;
use heddle_domain::id::{AccountId, MAX_ID};
use serde_json::{Map, Value as Json};

use crate::error::{Result, Trouble};
use crate::objects::object_digest;
use crate::rows::export::{Constant, Field, Kind};
use crate::stmt::{Columns, Value};

/// A value of a record that is no column.
pub(crate) enum Cell<'a> {
    Int(i64),
    Text(&'a str),
}

/// Where a column is in the rows of a table. The account is the column 0.
pub(crate) struct Place;

impl Place {
    pub(crate) fn of(fields: &[Field], column: &str) -> usize {
        let at = fields.iter().position(|field| field.column == column);
        at.expect("the callers name columns of the table") + 1
    }
}

/// Begins a line.
pub(crate) fn begin(line: &mut Vec<u8>, record: &str, account: AccountId) {
    line.extend_from_slice(b"{\"record\":\"");
    line.extend_from_slice(record.as_bytes());
    line.extend_from_slice(b"\",\"account\":");
    line.extend_from_slice(account.to_string().as_bytes());
}

/// Ends a line.
pub(crate) fn end(line: &mut Vec<u8>) {
    line.extend_from_slice(b"}\n");
}

fn put_name(line: &mut Vec<u8>, name: &str) {
    line.extend_from_slice(b",\"");
    line.extend_from_slice(name.as_bytes());
    line.extend_from_slice(b"\":");
}

fn put_text(line: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(line, text).expect("memory can be written, and a text is JSON");
}

/// Adds a value to a line.
pub(crate) fn put(line: &mut Vec<u8>, name: &str, cell: Cell<'_>) {
    put_name(line, name);
    match cell {
        Cell::Int(value) => line.extend_from_slice(value.to_string().as_bytes()),
        Cell::Text(text) => put_text(line, text),
    }
}

/// Adds the columns of a row to a line; NULL adds nothing.
pub(crate) fn put_row(line: &mut Vec<u8>, fields: &[Field], row: &dyn Columns) -> Result<()> {
    for (at, field) in (1..).zip(fields) {
        put_field(line, field, row, at)?;
    }
    Ok(())
}

fn put_field(line: &mut Vec<u8>, field: &Field, row: &dyn Columns, at: usize) -> Result<()> {
    let name = field.name();
    let wrong = || Trouble::Internal(format!("the column {} has a wrong value", field.column));
    match field.kind {
        Kind::Int => match row.int(at)? {
            Some(value) => put(line, name, Cell::Int(value)),
            None => must_be_optional(field)?,
        },
        Kind::Flag => {
            let word = match row.int(at)? {
                Some(0) => "false",
                Some(1) => "true",
                _ => return Err(wrong().into()),
            };
            put_name(line, name);
            line.extend_from_slice(word.as_bytes());
        }
        Kind::Text => {
            let mut is_null = true;
            row.word(at, &mut |text| {
                if let Some(text) = text {
                    is_null = false;
                    put(line, name, Cell::Text(text));
                }
            })?;
            if is_null {
                must_be_optional(field)?;
            }
        }
        Kind::Bytes => {
            if let Some(bytes) = row.bytes(at)? {
                put(line, name, Cell::Text(&BASE64_STANDARD.encode(bytes)));
            }
        }
        Kind::Object => {
            if let Some(object) = row.text(at)? {
                let digest = object_digest(&object).ok_or_else(wrong)?;
                put(line, name, Cell::Text(digest));
            }
        }
    }
    Ok(())
}

fn must_be_optional(field: &Field) -> Result<()> {
    match field.optional {
        true => Ok(()),
        false => {
            let text = format!("the column {} has no value", field.column);
            Err(Trouble::Internal(text).into())
        }
    }
}

/// A value that was read from a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owned {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Owned {
    pub(crate) fn of(constant: Constant) -> Self {
        match constant {
            Constant::Int(value) => Self::Int(value),
            Constant::Text(text) => Self::Text(text.to_owned()),
            Constant::Bytes(bytes) => Self::Bytes(bytes.to_owned()),
        }
    }

    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(value) => Value::Int(*value),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }

    /// About how many bytes the value takes.
    pub(crate) fn size(&self) -> usize {
        16 + match self {
            Self::Null | Self::Int(_) => 0,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}

/// Takes the fields of a record out of its line.
///
/// # Errors
/// Says which field is missing, wrong or unknown.
pub(crate) fn take_row(
    line: &mut Map<String, Json>,
    fields: &[Field],
) -> std::result::Result<Vec<Owned>, String> {
    let mut row = Vec::with_capacity(fields.len());
    for field in fields {
        let name = field.name();
        let value = match line.remove(name) {
            None if field.optional => Owned::Null,
            None => return Err(format!("the field {name} is missing")),
            Some(value) => {
                of_json(field.kind, value).ok_or_else(|| format!("the field {name} is wrong"))?
            }
        };
        if let Owned::Int(number) = value
            && !is_possible(name, number)
        {
            return Err(format!("the field {name} is out of range"));
        }
        row.push(value);
    }
    match line.keys().next() {
        None => Ok(row),
        Some(name) => Err(format!("the field {name} is unknown")),
    }
}

/// Whether a store may hold a number: ids and what follows from them are not negative, and no number is greater than the greatest id.
/// So no later computation with it overflows. The only exception is the time that stands for "no contact yet".
fn is_possible(name: &str, number: i64) -> bool {
    if name == "last_live_at" && Timestamp(number) == NO_LIVE_CONTACT.0 {
        return true;
    }
    let least = match name == "id" || name.ends_with("_id") {
        true => 0,
        false => -MAX_ID,
    };
    (least..=MAX_ID).contains(&number)
}

fn of_json(kind: Kind, value: Json) -> Option<Owned> {
    Some(match (kind, value) {
        (Kind::Int, value) => Owned::Int(value.as_i64()?),
        (Kind::Flag, Json::Bool(value)) => Owned::Int(i64::from(value)),
        (Kind::Text, Json::String(text)) => Owned::Text(text),
        (Kind::Bytes, Json::String(text)) => Owned::Bytes(BASE64_STANDARD.decode(text).ok()?),
        (Kind::Object, Json::String(digest)) => Owned::Text(digest),
        _ => return None,
    })
}
