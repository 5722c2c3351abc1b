//! The schemas of the document that depend on which APIs there are.

use heddle_api::Apis;
use heddle_webhooks::hook::OptionKind;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

use crate::words::{API_WORD, SECRETS, WEBHOOK_OPTIONS};

/// All of them, by their names.
pub(crate) fn all(apis: &Apis) -> [(String, RefOr<Schema>); 3] {
    [
        (API_WORD.to_owned(), api_word(apis)),
        (SECRETS.to_owned(), secrets(apis)),
        (WEBHOOK_OPTIONS.to_owned(), webhook_options(apis)),
    ]
}

fn api_word(apis: &Apis) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(apis.names().map(|name| name.as_str())))
        .into()
}

/// What a client must present, under the names that its API uses.
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

/// What only one API understands of a webhook.
fn webhook_options(apis: &Apis) -> RefOr<Schema> {
    let hooks = apis.iter().filter_map(|api| api.hook);
    let schema = ObjectBuilder::new()
        .description(Some("What only one API understands."))
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
