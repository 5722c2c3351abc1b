//! The schemas of the OpenAPI document that depend on the list of APIs.

use heddle_api::Apis;
use heddle_webhooks::hook::{ALL_EVENTS, OptionKind};
use utoipa::ToSchema;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

use crate::public_ids::{self, PublicIds};
use crate::settings::{self, Settings, SettingsChange};
use crate::vocabulary::{ApiWord, Secrets, WebhookEvent, WebhookOptions};

/// Returns all schemas that depend on the list of APIs, with their names.
pub(crate) fn all(apis: &Apis) -> [(String, RefOr<Schema>); 7] {
    [
        (ApiWord::name(), api_word(apis)),
        (WebhookEvent::name(), webhook_event(apis)),
        (Secrets::name(), secrets(apis)),
        (WebhookOptions::name(), webhook_options(apis)),
        (Settings::name(), settings::shown_schema(apis)),
        (SettingsChange::name(), settings::change_schema(apis)),
        (PublicIds::name(), public_ids::schema(apis)),
    ]
    .map(|(name, schema)| (name.into_owned(), schema))
}

fn api_word(apis: &Apis) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(apis.names().map(|name| name.as_str())))
        .into()
}

fn webhook_event(apis: &Apis) -> RefOr<Schema> {
    let mut names = vec![ALL_EVENTS];
    for name in apis
        .iter()
        .filter_map(|api| api.hook)
        .flat_map(|hook| hook.event_names())
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let extensions = Extensions::builder()
        .add("x-enum-varnames", constants(&names))
        .build();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(
            "An event of one of the APIs, by its name there; `*` for all.",
        ))
        .extensions(Some(extensions))
        .enum_values(Some(names))
        .into()
}

/// Returns names for constants, one for each event name, for generators of clients: two APIs have names that differ only in
/// case and in the characters between the words.
fn constants(names: &[&str]) -> Vec<String> {
    let mut constants: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let word = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        };
        let constant = match *name {
            ALL_EVENTS => "ALL".to_owned(),
            name => name.chars().map(word).collect(),
        };
        let is_taken = constants.contains(&constant);
        constants.push(if is_taken {
            format!("{constant}_2")
        } else {
            constant
        });
    }
    constants
}

fn secrets(apis: &Apis) -> RefOr<Schema> {
    let fields = apis.iter().flat_map(|api| api.credentials.secret_fields());
    let schema = ObjectBuilder::new().description(Some(
        "What a client must present, under the names its vendor uses.",
    ));
    fields
        .fold(schema, |schema, field| {
            let text = ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(field.doc));
            schema.property(field.name, text)
        })
        .into()
}

fn webhook_options(apis: &Apis) -> RefOr<Schema> {
    let hooks = apis.iter().filter_map(|api| api.hook);
    let schema = ObjectBuilder::new()
        .description(Some("Options of one API."))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    hooks
        .flat_map(|hook| hook.option_fields())
        .fold(schema, |schema, field| {
            let value = match field.kind {
                OptionKind::Flag => ObjectBuilder::new().schema_type(Type::Boolean),
                OptionKind::Text(most) => ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some(most)),
            };
            schema.property(field.name, value.description(Some(field.doc)))
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_a_constant_of_its_own() {
        let names = [
            "*",
            "customer.created",
            "convo.custom-fields",
            "CUSTOMER_CREATED",
        ];
        let expected = [
            "ALL",
            "CUSTOMER_CREATED",
            "CONVO_CUSTOM_FIELDS",
            "CUSTOMER_CREATED_2",
        ];
        assert_eq!(constants(&names), expected);
    }
}
