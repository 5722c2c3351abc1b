//! `POST /api/v1/webhooks/{id}/ping`.

use heddle_api::Failure;
use heddle_domain::webhook::Verdict;
use serde::Serialize;
use utoipa::ToSchema;

use super::checks::{Checks, must_be_able_to_change};
use super::resource::{api_of, get};
use crate::answer::Answer;
use crate::auth::WebhooksWriter;
use crate::body::WithoutBody;
use crate::error::Error;
use crate::idempotency::NoChange;
use crate::path::Id;
use heddle_webhooks::manage::{self, PingError};

/// The receiver's answer to a test request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pong)]
pub(crate) struct PingResult {
    /// Whether the receiver accepted the request: any status from 200 to 299.
    taken: bool,
    duration_ms: i64,
    /// The status of the answer; null without an answer.
    #[schema(required)]
    status: Option<u16>,
    /// The first 2,048 bytes of the answer.
    #[schema(required)]
    answer: Option<String>,
    /// Why there was no answer.
    #[schema(required)]
    error: Option<String>,
}

/// Send a test request to a webhook's receiver and return its answer.
///
/// The request carries no event and is not listed as a delivery.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/ping", tag = "webhooks", operation_id = "ping_webhook", params(Id),
    security(("token" = ["webhooks.write"])), responses((status = 200, body = PingResult, description = "The receiver's answer")))]
pub(crate) async fn ping(
    WebhooksWriter(caller): WebhooksWriter,
    Id(id): Id,
    WithoutBody(write): WithoutBody,
) -> Result<Answer, Error> {
    let webhook = get(&caller, id).await?;
    must_be_able_to_change(&caller, &webhook)?;
    let hook = Checks::of(&caller, api_of(&caller, &webhook)?)?.hook;
    let attempt = manage::ping(&caller.app.webhooks, hook, caller.account(), webhook).await;
    let attempt = attempt.map_err(|error| match error {
        PingError::Store(error) => Error::from(error),
        PingError::Endpoint(error) => Failure::Internal(error.to_string()).into(),
    })?;
    let answer = Answer::ok(&PingResult {
        taken: Verdict::of_status(attempt.status) == Verdict::Taken,
        duration_ms: attempt.duration_ms,
        status: attempt.status,
        answer: attempt.answer,
        error: attempt.error,
    });
    write.run(NoChange, &[], move |()| answer.clone()).await
}
