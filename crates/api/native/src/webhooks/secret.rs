//! `POST /api/v1/webhooks/{id}/rotate-secret`.

use heddle_store::StoredWebhook;
use heddle_store::write::webhook::{Rotation, UpdateWebhook};
use serde::Deserialize;
use utoipa::ToSchema;

use super::checks::{Checks, must_be_able_to_change, write_checked};
use super::resource::{Webhook, api_of, get, reach};
use crate::answer::Answer;
use crate::auth::WebhooksWriter;
use crate::body::WithBody;
use crate::context::NAME;
use crate::error::Error;
use crate::path::Id;
use crate::problem::Problem;
use heddle_webhooks::manage;

/// How long requests are signed with the previous secret too, in seconds, by default.
const KEEP_PREVIOUS_S: i64 = 24 * 3_600;

/// A new secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSecret {
    /// Default: a random one.
    #[schema(min_length = 1, max_length = 200)]
    secret: Option<String>,
    /// How long requests are also signed with the previous secret, at most a week. Default: a day. Only for the API
    /// `native`; in others the new secret replaces the old one at once.
    #[schema(minimum = 0, maximum = 604_800)]
    keep_previous_seconds: Option<i64>,
}

/// Give a webhook a new secret. Only this answer shows it.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/rotate-secret", tag = "webhooks", operation_id = "rotate_webhook_secret",
    params(Id), request_body = NewSecret, security(("token" = ["webhooks.write"])),
    responses((status = 200, body = Webhook, description = "The webhook with its new secret", headers(("ETag" = String))),
        (status = 409, body = Problem,
            description = "Webhooks of this API have no secret")))]
pub(crate) async fn rotate(
    WebhooksWriter(caller): WebhooksWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<NewSecret>,
) -> Result<Answer, Error> {
    let before = get(&caller, id).await?;
    must_be_able_to_change(&caller, &before)?;
    let is_native = before.api == NAME.as_str();
    let mut checks = Checks::of(&caller, api_of(&caller, &before)?)?;
    let keep_s = input.keep_previous_seconds;
    if !is_native && keep_s.is_some_and(|seconds| seconds > 0) {
        checks.refuse("keep_previous_seconds", "goes with the API native");
    }
    let secret = checks.secret(input.secret);
    Error::invalid_if_any(checks.faults)?;
    let Some(secret) = secret else {
        let detail = "Webhooks of this API have no secret";
        return Err(Error::Conflict(detail.into()));
    };
    let keep_s = keep_s.unwrap_or(if is_native { KEEP_PREVIOUS_S } else { 0 });
    let rotation = Rotation {
        secret: manage::seal_secret(
            &caller.app.webhooks,
            caller.account(),
            before.id,
            Some(&secret),
        )?,
        previous_until: (keep_s > 0).then(|| caller.app.now().plus_ms(keep_s * 1_000)),
    };
    let write = write.with_secret();
    let command = || async {
        let before = get(&caller, id).await?;
        must_be_able_to_change(&caller, &before)?;
        Ok(UpdateWebhook {
            expected: write.expected,
            seen: Some(before.version),
            rotation: Some(rotation.clone()),
            ..UpdateWebhook::new(caller.for_store(), reach(&caller), before.id)
        })
    };
    let to = caller.clone();
    let answer = move |stored: &StoredWebhook| {
        let version = stored.version.get();
        let mut body = Webhook::of(&to, stored.clone());
        body.secret = Some(secret.clone());
        Answer::ok(&body).version(version)
    };
    write_checked((&caller, id), &write, command, &[], answer).await
}
