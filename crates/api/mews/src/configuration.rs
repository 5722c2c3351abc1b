//! `configuration/get` (contract section 13.1), with which clients test their connection.

use axum::Json;
use axum::extract::State;
use heddle_domain::id::InboxId;
use heddle_store::read::account::GetInboxView;
use heddle_store::read::inbox_profiles::ReadInboxProfiles;

use crate::auth::Call;
use crate::context::{Context, NAME};
use crate::error::Error;
use crate::map::{self, enterprise};
use crate::request::GetConfiguration;
use crate::wire::Configuration;

/// `POST /api/connector/v1/configuration/get`
pub(crate) async fn get(
    State(context): State<Context>,
    call: Call<GetConfiguration>,
) -> Result<Json<Configuration>, Error> {
    let principal = &call.principal;
    let named = call.operation.enterprise;
    let inbox = match named {
        Some(guid) => Some(map::enterprise_of(principal, guid)?),
        None if map::is_portfolio(principal) => None,
        None => principal.inboxes().next().map(|view| view.inbox.id),
    };
    let enterprise = match inbox {
        Some(inbox) => configured(&context, &call, inbox).await?,
        None => enterprise::portfolio(principal),
    };
    Ok(Json(Configuration {
        now_utc: map::utc(context.now()),
        enterprise,
        service: (),
        payment_card_storage: (),
        is_identity_document_number_required: false,
    }))
}

/// Reads the inbox again, because what is known of it with the token may be some seconds old.
async fn configured(
    context: &Context,
    call: &Call<GetConfiguration>,
    id: InboxId,
) -> Result<crate::wire::ConfiguredEnterprise, Error> {
    let account = call.principal.account.id;
    let view = GetInboxView {
        account,
        api: NAME,
        id,
    };
    let view = context.store.read(view).await?;
    let view = view.ok_or_else(|| Error::invalid("EnterpriseId"))?;
    let profiles = ReadInboxProfiles {
        account,
        inboxes: vec![id],
    };
    let profile = context.store.read(profiles).await?.pop();
    let profile = profile.unwrap_or_default();
    Ok(enterprise::configured(&call.principal, view, profile))
}
