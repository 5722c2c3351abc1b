//! Opt-outs: the telephone numbers and e-mail addresses that an inbox must not write to. The API of myKaarma honours them.

use heddle_domain::id::InboxId;
use heddle_domain::opt_out::{OptOut as Recorded, OptOutAddress, OptOutState};
use heddle_store::read::opt_outs::GetOptOuts;
use heddle_store::write::opt_out::SetOptOuts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::reach::get;
use crate::answer::Answer;
use crate::auth::{CustomersReader, CustomersWriter};
use crate::body::WithBody;
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::path::Id;
use crate::problem::Problem;
use crate::query::QueryParams;
use crate::time::Instant;
use crate::vocabulary::{OptOutKindWord, OptOutStateWord};

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(show, set))
}

/// The opt-out of an address in an inbox.
#[derive(Debug, Serialize, ToSchema)]
struct OptOut {
    kind: OptOutKindWord,
    /// The digits of the number, or the address in lower case.
    value: String,
    /// `opted_in` if nothing was recorded.
    state: OptOutStateWord,
    /// Null if nothing was recorded.
    #[schema(required)]
    changed_at: Option<Instant>,
}

impl OptOut {
    fn of(address: &OptOutAddress, recorded: Option<Recorded>) -> Self {
        let state = recorded.map_or(OptOutState::OptedIn, |it| it.state);
        Self {
            kind: OptOutKindWord(address.kind()),
            value: address.value().to_owned(),
            state: OptOutStateWord(state),
            changed_at: recorded.map(|it| it.changed_at.into()),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AddressParams {
    /// How the address is reached.
    #[param(inline)]
    kind: OptOutKindWord,
    /// The number in any spelling, or the address.
    #[param(min_length = 1, max_length = 500)]
    value: String,
}

/// The new opt-out of an address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OptOutChange {
    kind: OptOutKindWord,
    /// The number in any spelling, or the address.
    #[schema(min_length = 1, max_length = 500)]
    value: String,
    /// A suspicion does not end an opt-out.
    state: OptOutStateWord,
}

/// Reads an address.
///
/// # Errors
/// Fails if the text is no address of this kind.
fn address(OptOutKindWord(kind): OptOutKindWord, value: &str) -> Result<OptOutAddress, Error> {
    let wrong = || FieldError::new("value", "invalid", "is no address of this kind");
    OptOutAddress::new(kind, value).ok_or_else(|| Error::Invalid(vec![wrong()]))
}

/// Get the opt-out of an address in an inbox.
#[utoipa::path(get, path = "/api/v1/inboxes/{id}/opt-out", tag = "inboxes", operation_id = "get_opt_out", params(Id, AddressParams),
    security(("token" = ["customers.read"])),
    responses((status = 200, body = OptOut, description = "The opt-out")))]
async fn show(
    CustomersReader(caller): CustomersReader,
    Id(id): Id,
    QueryParams(params): QueryParams<AddressParams>,
) -> Result<Answer, Error> {
    get(&caller, id).await?;
    let address = address(params.kind, &params.value)?;
    let read = GetOptOuts {
        account: caller.account(),
        inbox: InboxId(id),
        addresses: vec![address.clone()],
    };
    let recorded = caller.read(read).await?.pop().flatten();
    Ok(Answer::ok(&OptOut::of(&address, recorded)))
}

/// Record the opt-out of an address in an inbox. It outlasts changes, merges and erasures of customers.
#[utoipa::path(put, path = "/api/v1/inboxes/{id}/opt-out", tag = "inboxes", operation_id = "set_opt_out", params(Id),
    request_body = OptOutChange, security(("token" = ["customers.write"])),
    responses((status = 200, body = OptOut, description = "The opt-out"),
        (status = 412, body = Problem, description = "Opt-outs have no versions, so `If-Match` never fits")))]
async fn set(
    CustomersWriter(caller): CustomersWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<OptOutChange>,
) -> Result<Answer, Error> {
    get(&caller, id).await?;
    let address = address(input.kind, &input.value)?;
    if write.expected.is_some() {
        return Err(Error::Stale);
    }
    let command = SetOptOuts {
        caller: caller.for_store(),
        inbox: InboxId(id),
        addresses: vec![address.clone()],
        state: input.state.0,
    };
    let answer = move |recorded: &Vec<Recorded>| {
        Answer::ok(&OptOut::of(&address, recorded.first().copied()))
    };
    write.run(command, &[], answer).await
}
