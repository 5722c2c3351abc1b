//! Words of conversations and messages that the domain keeps as lists: as text on the wire, as an enumeration in the
//! document.

use std::collections::BTreeMap;

use heddle_domain::conversation::{ConversationKind, Status};
use heddle_domain::message::{Channel, Direction, Format, Kind, State};
use heddle_store::write::label::MOST_FIELDS;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::super::error::FieldError;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident($inner:ident);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in super::super) struct $name(pub(in super::super) $inner);

        impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                Self(inner)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $inner::parse(&text).map(Self).ok_or_else(|| D::Error::custom("an unknown word"))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words: Vec<&str> = $inner::ALL.iter().map(|word| word.as_str()).collect();
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

words! {
    /// Where a conversation stands.
    StatusWord(Status);
    /// The type that Help Scout gave a conversation.
    ConversationKindWord(ConversationKind);
    /// The way a contact took.
    ChannelWord(Channel);
    /// Who speaks to whom.
    DirectionWord(Direction);
    /// What sort of entry a message is.
    KindWord(Kind);
    /// How far something has come.
    StateWord(State);
    /// How a body is written.
    FormatWord(Format);
}

/// Texts with bounds, for lists of them: a field's own bounds stand at the field.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident($most:literal $(, $pattern:literal)?);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
        #[serde(transparent)]
        pub(in super::super) struct $name(pub(in super::super) String);

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String);
                let text = text.min_length(Some(1)).max_length(Some($most));
                $(let text = text.pattern(Some($pattern));)?
                text.into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

texts! {
    /// The name of a tag.
    TagName(100, r"\S");
    /// An address that a message was copied to.
    CopyAddress(254);
}

/// The longest value of a free field.
const LONGEST_VALUE: usize = 10_000;
/// The longest name of one.
const LONGEST_FIELD: usize = 100;

/// Free fields, which a schema bounds in number and length of values; names are checked by [`bad_names`].
macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident($value:ty, $types:expr);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(transparent)]
        pub(super) struct $name(pub(super) BTreeMap<String, $value>);

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let value = ObjectBuilder::new().schema_type($types).max_length(Some(LONGEST_VALUE));
                ObjectBuilder::new()
                    .schema_type(Type::Object)
                    .additional_properties(Some(RefOr::T(Schema::Object(value.build()))))
                    .max_properties(Some(MOST_FIELDS))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

fields! {
    /// Free fields of a new conversation.
    Fields(String, SchemaType::Type(Type::String));
    /// New values of free fields; null takes a field away.
    FieldChanges(Option<String>, SchemaType::Array(vec![Type::String, Type::Null]));
}

/// The faults of free fields whose names are empty or too long.
pub(super) fn bad_names<'a>(names: impl Iterator<Item = &'a String>) -> Vec<FieldError> {
    let bad = names.filter(|name| !(1..=LONGEST_FIELD).contains(&name.chars().count()));
    bad.map(|_| FieldError::new("custom_fields", "length", "names have 1 to 100 characters"))
        .take(1)
        .collect()
}
