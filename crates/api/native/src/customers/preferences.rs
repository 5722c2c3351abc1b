//! The contact preferences of a customer. Their `ETag` is the customer's, because they have no version of their own.

use heddle_domain::customer::{Preference as DomainPreference, PreferenceChange};
use heddle_domain::id::CustomerId;
use heddle_store::read::preferences::{FindPreferences, PreferencesView};
use heddle_store::write::customers::UpdatePreferences;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::auth::{CustomersReader, CustomersWriter};
use crate::body::WithBody;
use crate::context::Context;
use crate::error::Error;
use crate::etag::IfNoneMatch;
use crate::page::Page;
use crate::path::Id;
use crate::problem::Problem;
use crate::vocabulary::{ChannelWord, PreferenceCategory};

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(list, change))
}

/// Whether a customer wishes to get messages of a category by a channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Preference {
    category: PreferenceCategory,
    channel: ChannelWord,
    /// Whether messages are sent.
    active: bool,
    /// Whether the customer may change this.
    customer_overridable: bool,
}

impl Preference {
    fn of(preference: &DomainPreference) -> Self {
        Self {
            category: PreferenceCategory(preference.category),
            channel: ChannelWord(preference.channel),
            active: preference.active,
            customer_overridable: preference.customer_overridable,
        }
    }
}

/// A preference with its new values. An absent value stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPreference {
    category: PreferenceCategory,
    channel: ChannelWord,
    /// Whether messages are sent.
    #[schema(nullable = false)]
    active: Option<bool>,
    /// Whether the customer may change this.
    #[schema(nullable = false)]
    customer_overridable: Option<bool>,
}

/// The preferences to set. Others stay as they are. Of several with one category and channel, the last one counts.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreferenceChanges {
    #[schema(max_items = 100)]
    preferences: Vec<NewPreference>,
}

fn page(view: &PreferencesView) -> Page<Preference> {
    Page {
        data: view.preferences.iter().map(Preference::of).collect(),
        next_cursor: None,
    }
}

/// List the contact preferences of a customer, by category and channel. Until they are set, each category has the usual
/// channels: letter, e-mail, text message and telephone; they are active, except for newsletters and loyalty programs.
#[utoipa::path(get, path = "/api/v1/customers/{id}/preferences", tag = "customers", operation_id = "list_preferences",
    params(Id), security(("token" = ["customers.read"])),
    responses((status = 200, body = Page<Preference>, description = "The preferences", headers(("ETag" = String, description = "The customer's version")))))]
async fn list(
    CustomersReader(caller): CustomersReader,
    Id(id): Id,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let find = FindPreferences {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        id: CustomerId(id),
    };
    let view = caller.read(find).await;
    let view = view.map_err(|error| error.or_redirect("/preferences"))?;
    Ok(Answer::if_changed(
        &if_none_match,
        view.version,
        &page(&view),
    ))
}

/// Set contact preferences of a customer. Those that the body does not name stay as they are.
#[utoipa::path(put, path = "/api/v1/customers/{id}/preferences", tag = "customers", operation_id = "set_preferences",
    params(Id), request_body = PreferenceChanges, security(("token" = ["customers.write"])),
    responses((status = 200, body = Page<Preference>, description = "All preferences", headers(("ETag" = String, description = "The customer's version"))),
        (status = 409, body = Problem, description = "The customer was merged")))]
async fn change(
    CustomersWriter(caller): CustomersWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<PreferenceChanges>,
) -> Result<Answer, Error> {
    let change = |new: NewPreference| PreferenceChange {
        category: new.category.0,
        channel: new.channel.0,
        active: new.active,
        customer_overridable: new.customer_overridable,
    };
    let command = UpdatePreferences {
        caller: caller.for_store(),
        inboxes: caller.inboxes().clone(),
        id: CustomerId(id),
        expected: write.expected,
        changes: input.preferences.into_iter().map(change).collect(),
    };
    let answer = |view: &PreferencesView| Answer::ok(&page(view)).version(view.version);
    write.run(command, &[], answer).await
}
