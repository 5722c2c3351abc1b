//! What a request's path names, and where links in its answer begin.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use heddle_domain::id::{ConversationId, WebhookId};
use heddle_http::path::Params;
use http::request::Parts;

use crate::context::Context;
use crate::error::Error;

/// The conversation that the path names. What is no number names none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConversationPath(pub(crate) ConversationId);

impl FromRequestParts<Context> for ConversationPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let params = Params::from_request_parts(parts, context).await;
        let params = params.map_err(|_| Error::NotFound)?;
        let id = params.get("conversationId").parse();
        id.map(|id| Self(ConversationId(id)))
            .map_err(|_| Error::NotFound)
    }
}

/// The webhook that the path names. What is no number names none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WebhookPath(pub(crate) WebhookId);

impl FromRequestParts<Context> for WebhookPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let params = Params::from_request_parts(parts, context).await;
        let params = params.map_err(|_| Error::NotFound)?;
        let id = params.get("webhookId").parse();
        id.map(|id| Self(WebhookId(id)))
            .map_err(|_| Error::NotFound)
    }
}

/// The origin of absolute links in the answer to a request.
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
