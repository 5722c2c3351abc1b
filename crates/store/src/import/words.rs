//! The texts of an export of which a store takes only some: words that become enums, and JSON with a known shape.
//!
//! A row with another text could be stored, but nothing could read it afterwards: every list that has the row would fail. So an
//! import refuses it. Words whose meaning only an API knows (kinds of webhooks, settings) are not here: the store reads any.

use std::net::IpAddr;

use heddle_domain::conversation::{ConversationKind, StatusWish};
use heddle_domain::custom_field::{FieldKind, FieldOption};
use heddle_domain::customer::{
    AddressKind, Category, CustomerDetails, JobKind, JobStage, PostalAddress,
};
use heddle_domain::event::EventKind;
use heddle_domain::message::{Channel, Direction, Format, Kind, State};
use heddle_domain::opt_out::{OptOutKind, OptOutState};
use heddle_domain::{InboxProfile, InboxScope, Status};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::export::line::{Owned, Place};
use crate::rows::erased::Stage;
use crate::rows::export::Table;

/// Whether a store can read a text.
type Check = fn(&str) -> bool;

/// Declares the function `checks`: for each table, its fields and what reads them.
macro_rules! checks {
    ($($table:literal: $($field:literal $check:expr),+;)+) => {
        /// Returns the fields of a table that do not take every text.
        fn checks(table: &str) -> &'static [(&'static str, Check)] {
            match table {
                $($table => &[$(($field, $check)),+],)+
                _ => &[],
            }
        }

        /// The tables with such fields.
        #[cfg(test)]
        const CHECKED: &[&str] = &[$($table),+];
    };
}

checks! {
    "inbox_profile": "profile" is_json::<InboxProfile>;
    "custom_field": "kind" |word| FieldKind::parse(word).is_some(), "options" is_json::<Vec<FieldOption>>;
    "credential": "inbox_scope" is_scope;
    "webhook": "inbox_scope" is_scope;
    "customer": "postal_address" is_json::<PostalAddress>;
    "customer_address": "kind" |word| AddressKind::parse(word).is_some();
    "customer_detail": "details" is_json::<CustomerDetails>;
    "customer_preference": "category" |word| Category::parse(word).is_some(), "channel" is_channel;
    "customer_job": "kind" |word| JobKind::parse(word).is_some(), "stage" |word| JobStage::parse(word).is_some(),
        "address" is_address;
    "opt_out": "kind" |word| OptOutKind::parse(word).is_some(), "state" |word| OptOutState::parse(word).is_some();
    "conversation": "kind" |word| ConversationKind::parse(word).is_some(), "status" is_status, "state" is_state,
        "first_channel" is_channel;
    "erasure": "stage" |word| Stage::parse(word).is_some();
    "message": "kind" |word| Kind::parse(word).is_some(), "channel" is_channel,
        "direction" |word| Direction::parse(word).is_some(), "state" is_state, "format" is_format, "author" is_author,
        "recipients" is_json::<Map<String, Json>>, "status_set" is_status,
        "status_wish" |word| StatusWish::parse(word).is_some(), "original_format" is_format;
    "event": "kind" |word| EventKind::parse(word).is_some(), "detail" is_json::<Map<String, Json>>;
}

fn is_json<T: DeserializeOwned>(text: &str) -> bool {
    serde_json::from_str::<T>(text).is_ok()
}

fn is_scope(text: &str) -> bool {
    InboxScope::parse(Some(text)).is_some()
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

fn is_channel(word: &str) -> bool {
    Channel::parse(word).is_some()
}

fn is_status(word: &str) -> bool {
    Status::parse(word).is_some()
}

fn is_state(word: &str) -> bool {
    State::parse(word).is_some()
}

fn is_format(word: &str) -> bool {
    Format::parse(word).is_some()
}

fn is_author(word: &str) -> bool {
    matches!(word, "customer" | "agent" | "application")
}

/// Checks the texts of a row, which does not have its account yet.
///
/// # Errors
/// Says which field is wrong.
pub(super) fn must_be_known(table: &Table, row: &[Owned]) -> Result<(), String> {
    let value = |field| &row[Place::of(table.fields, field) - 1];
    for (field, check) in checks(table.name) {
        if let Owned::Text(text) = value(field)
            && !check(text)
        {
            return Err(format!("the field {field} has an unknown value"));
        }
    }
    if table.name == "message"
        && *value("author") == Owned::Text("agent".to_owned())
        && *value("author_agent_id") == Owned::Null
    {
        return Err("the field author_agent_id is missing".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::export::{Kind as FieldType, find};

    #[test]
    fn every_checked_field_is_a_text_of_its_table() {
        for name in CHECKED {
            let table = find(name).expect("a table of an export");
            for (column, _) in checks(name) {
                let field = table.fields.iter().find(|field| field.column == *column);
                let field = field.unwrap_or_else(|| panic!("{name} has no field {column}"));
                assert_eq!(field.kind, FieldType::Text, "{name}.{column}");
            }
        }
    }
}
