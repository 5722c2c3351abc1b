//! Names of tags, copy addresses and custom fields: types whose schemas limit the items of a list or map.

use std::collections::BTreeMap;

use heddle_store::write::label::MOST_FIELDS;
use serde::Deserialize;
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::error::FieldError;

/// The name of a tag. Blanks around it and its case do not matter: it is shown in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(min_length = 1, max_length = 100, pattern = r"\S")]
pub(crate) struct TagName(pub(crate) String);

impl TagName {
    /// Returns the names as the store compares them; adds a fault for every name that becomes too long.
    pub(crate) fn names(
        field: &str,
        given: &[Self],
        faults: &mut Vec<FieldError>,
    ) -> Vec<heddle_domain::TagName> {
        let mut names = Vec::with_capacity(given.len());
        for (at, Self(text)) in given.iter().enumerate() {
            match heddle_domain::TagName::parse(text) {
                Some(name) => names.push(name),
                None => {
                    let field = format!("{field}[{at}]");
                    faults.push(FieldError::new(
                        &field,
                        "length",
                        "must have 1 to 100 characters",
                    ));
                }
            }
        }
        names
    }
}

/// An address that a message was copied to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(min_length = 1, max_length = 1_000)]
pub(crate) struct CopyAddress(pub(crate) String);

const LONGEST_VALUE: usize = 10_000;
const LONGEST_NAME: usize = 100;

/// Declares custom fields. The schema limits their number and the length of values; [`bad_names`] checks names.
macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident($value:ty, $types:expr);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) BTreeMap<String, $value>);

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

        impl ToSchema for $name {}
    )+};
}

fields! {
    /// Custom fields of a new conversation.
    CustomFields(String, SchemaType::Type(Type::String));
    /// New values of custom fields; null removes a field.
    CustomFieldChanges(Option<String>, SchemaType::Array(vec![Type::String, Type::Null]));
}

/// Returns a fault if the name of a custom field is empty or too long.
pub(crate) fn bad_names<'a>(names: impl Iterator<Item = &'a String>) -> Vec<FieldError> {
    let bad = names.filter(|name| !(1..=LONGEST_NAME).contains(&name.chars().count()));
    bad.map(|_| FieldError::new("custom_fields", "length", "names have 1 to 100 characters"))
        .take(1)
        .collect()
}
