//! The ids in a request's path, and the base of absolute links in its response.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use heddle_domain::id::{ConversationId, InboxId, TagId, WebhookId};
use heddle_http::path::Params;
use http::request::Parts;

use crate::context::Context;
use crate::error::Error;

/// The id of a conversation in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConversationPath(pub(crate) ConversationId);

impl FromRequestParts<Context> for ConversationPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let id = id(parts, context, "conversationId").await?;
        Ok(Self(ConversationId(id)))
    }
}

/// The id of a webhook in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WebhookPath(pub(crate) WebhookId);

impl FromRequestParts<Context> for WebhookPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let id = id(parts, context, "webhookId").await?;
        Ok(Self(WebhookId(id)))
    }
}

/// The id of an inbox in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MailboxPath(pub(crate) InboxId);

impl FromRequestParts<Context> for MailboxPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let id = id(parts, context, "mailboxId").await?;
        Ok(Self(InboxId(id)))
    }
}

/// The id of a tag in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TagPath(pub(crate) TagId);

impl FromRequestParts<Context> for TagPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let id = id(parts, context, "tagId").await?;
        Ok(Self(TagId(id)))
    }
}

/// Reads an id in the path. The error for a text that is not a number is 404, as for an unknown id.
async fn id(parts: &mut Parts, context: &Context, name: &str) -> Result<i64, Error> {
    let params = Params::from_request_parts(parts, context).await;
    let id = params.ok().and_then(|params| params.get(name).parse().ok());
    id.ok_or(Error::NotFound)
}

/// The start of absolute links in the response.
#[derive(Clone, Debug)]
pub(crate) struct Base(pub(crate) String);

impl FromRequestParts<Context> for Base {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &Context,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(context.base_url.of(&parts.uri, &parts.headers)))
    }
}
