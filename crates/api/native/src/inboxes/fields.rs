//! The custom fields that an inbox defines. Their `ETag` is the inbox's, because they have no version of their own.

use heddle_domain::CustomField as DomainField;
use heddle_domain::custom_field::FieldOption;
use heddle_domain::id::{CustomFieldId, InboxId};
use heddle_store::read::custom_fields::{GetCustomField, ListCustomFields};
use heddle_store::write::custom_field::{
    DefineField, Defined, OptionWish, RemoveField, UpdateField,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::reach::get;
use crate::answer::Answer;
use crate::auth::{AccountReader, AccountWriter};
use crate::body::{WithBody, WithoutBody};
use crate::context::Context;
use crate::error::Error;
use crate::etag::IfNoneMatch;
use crate::page::Page;
use crate::path::{FieldId, Id};
use crate::problem::Problem;
use crate::vocabulary::FieldKindWord;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list, define))
        .routes(routes!(show, change, remove))
}

/// A custom field that an inbox defines. A conversation has its value in `custom_fields`, under the field's name.
#[derive(Debug, Serialize, ToSchema)]
struct CustomField {
    id: i64,
    name: String,
    kind: FieldKindWord,
    /// Its place among the fields of the inbox.
    order: i64,
    /// Whether people must fill it in. Heddle does not enforce it.
    required: bool,
    /// The values of a dropdown, in order.
    options: Vec<Choice>,
}

/// A value of a dropdown.
#[derive(Debug, Serialize, ToSchema)]
struct Choice {
    id: i64,
    /// What a conversation stores.
    label: String,
}

impl CustomField {
    fn of(field: &DomainField) -> Self {
        let DomainField {
            id,
            inbox: _,
            name,
            kind,
            order,
            required,
            options,
        } = field;
        let choice = |option: &FieldOption| Choice {
            id: option.id,
            label: option.label.clone(),
        };
        Self {
            id: id.get(),
            name: name.clone(),
            kind: FieldKindWord(*kind),
            order: *order,
            required: *required,
            options: options.iter().map(choice).collect(),
        }
    }
}

/// A new custom field.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCustomField {
    /// Never changes later. Unique in the inbox.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    name: String,
    /// Never changes later.
    kind: FieldKindWord,
    /// Default: behind the others.
    #[schema(minimum = 0, maximum = 1_000_000, nullable = false)]
    order: Option<i64>,
    /// Default: false.
    #[schema(nullable = false)]
    required: Option<bool>,
    /// The labels of a dropdown's options, in order.
    #[schema(max_items = 500, nullable = false)]
    options: Option<Vec<Label>>,
}

/// The label of an option.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(min_length = 1, max_length = 100, pattern = r"\S")]
struct Label(String);

/// Changes of a custom field. An absent field stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomFieldChange {
    #[schema(minimum = 0, maximum = 1_000_000, nullable = false)]
    order: Option<i64>,
    #[schema(nullable = false)]
    required: Option<bool>,
    /// All options of the dropdown, in order. One that is left out is removed; conversations keep its label.
    #[schema(min_items = 1, max_items = 500, nullable = false)]
    options: Option<Vec<ChangedChoice>>,
}

/// An option that stays or is added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangedChoice {
    /// The option that stays. Absent: an option is added, unless there is one with this label.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    id: Option<i64>,
    /// The label of an option that stays cannot change.
    label: Label,
}

/// List the custom fields of an inbox, in their order.
#[utoipa::path(get, path = "/api/v1/inboxes/{id}/fields", tag = "inboxes", operation_id = "list_custom_fields", params(Id),
    security(("token" = ["account.read"])),
    responses((status = 200, body = Page<CustomField>, description = "The custom fields", headers(("ETag" = String, description = "The inbox's version")))))]
async fn list(
    AccountReader(caller): AccountReader,
    Id(id): Id,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let view = get(&caller, id).await?;
    let read = ListCustomFields {
        account: caller.account(),
        inbox: InboxId(id),
    };
    let fields = caller.read(read).await?;
    let page = Page {
        data: fields.iter().map(CustomField::of).collect(),
        next_cursor: None,
    };
    Ok(Answer::if_changed(
        &if_none_match,
        view.inbox.version,
        &page,
    ))
}

/// Get a custom field of an inbox.
#[utoipa::path(get, path = "/api/v1/inboxes/{id}/fields/{field_id}", tag = "inboxes", operation_id = "get_custom_field",
    params(Id, FieldId), security(("token" = ["account.read"])),
    responses((status = 200, body = CustomField, description = "The custom field", headers(("ETag" = String, description = "The inbox's version")))))]
async fn show(
    AccountReader(caller): AccountReader,
    Id(id): Id,
    FieldId(field): FieldId,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let view = get(&caller, id).await?;
    let read = GetCustomField {
        account: caller.account(),
        id: CustomFieldId(field),
    };
    let found = caller.read(read).await?;
    let found = found.filter(|field| field.inbox == view.inbox.id);
    let body = CustomField::of(&found.ok_or(Error::NotFound)?);
    Ok(Answer::if_changed(
        &if_none_match,
        view.inbox.version,
        &body,
    ))
}

/// Define a custom field. Values that conversations have under its name become values of the field.
#[utoipa::path(post, path = "/api/v1/inboxes/{id}/fields", tag = "inboxes", operation_id = "define_custom_field", params(Id),
    request_body = NewCustomField, security(("token" = ["account.write"])),
    responses((status = 201, body = CustomField, description = "The custom field", headers(("ETag" = String, description = "The inbox's version"), ("Location" = String))),
        (status = 409, body = Problem, description = "The inbox has a custom field with this name")))]
async fn define(
    AccountWriter(caller): AccountWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<NewCustomField>,
) -> Result<Answer, Error> {
    let options = input.options.unwrap_or_default();
    let command = DefineField {
        caller: caller.for_store(),
        inbox: InboxId(id),
        name: input.name,
        kind: input.kind.0,
        order: input.order,
        required: input.required.unwrap_or_default(),
        options: options.into_iter().map(|Label(label)| label).collect(),
    };
    let answer = |defined: &Defined| {
        let (inbox, field) = (defined.field.inbox, defined.field.id);
        let path = format!("/api/v1/inboxes/{inbox}/fields/{field}");
        Answer::created(path, &CustomField::of(&defined.field)).version(defined.version)
    };
    write.run(command, &[], answer).await
}

/// Change a custom field.
#[utoipa::path(patch, path = "/api/v1/inboxes/{id}/fields/{field_id}", tag = "inboxes", operation_id = "update_custom_field",
    params(Id, FieldId), request_body = CustomFieldChange, security(("token" = ["account.write"])),
    responses((status = 200, body = CustomField, description = "The custom field", headers(("ETag" = String, description = "The inbox's version")))))]
async fn change(
    AccountWriter(caller): AccountWriter,
    Id(id): Id,
    FieldId(field): FieldId,
    WithBody { input, write }: WithBody<CustomFieldChange>,
) -> Result<Answer, Error> {
    let wish = |choice: ChangedChoice| OptionWish {
        id: choice.id,
        label: choice.label.0,
    };
    let command = UpdateField {
        caller: caller.for_store(),
        inbox: InboxId(id),
        id: CustomFieldId(field),
        expected: write.expected,
        order: input.order,
        required: input.required,
        options: input
            .options
            .map(|options| options.into_iter().map(wish).collect()),
    };
    let answer =
        |defined: &Defined| Answer::ok(&CustomField::of(&defined.field)).version(defined.version);
    write.run(command, &[], answer).await
}

/// Remove a custom field. Conversations keep their values under its name.
#[utoipa::path(delete, path = "/api/v1/inboxes/{id}/fields/{field_id}", tag = "inboxes", operation_id = "remove_custom_field",
    params(Id, FieldId), security(("token" = ["account.write"])),
    responses((status = 204, description = "The custom field is removed")))]
async fn remove(
    AccountWriter(caller): AccountWriter,
    Id(id): Id,
    FieldId(field): FieldId,
    WithoutBody(write): WithoutBody,
) -> Result<Answer, Error> {
    let command = RemoveField {
        caller: caller.for_store(),
        inbox: InboxId(id),
        id: CustomFieldId(field),
        expected: write.expected,
    };
    write.run(command, &[], |()| Answer::no_content()).await
}
