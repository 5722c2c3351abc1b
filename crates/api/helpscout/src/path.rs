//! The ids in a request's path, and the base of absolute links in its response.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use heddle_domain::id::{
    AgentId, AttachmentId, ConversationId, CustomerId, InboxId, MessageId, TagId, WebhookId,
};
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

/// The ids of a conversation and of one of its threads in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadPath {
    pub(crate) conversation: ConversationId,
    pub(crate) thread: MessageId,
}

impl FromRequestParts<Context> for ThreadPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        Ok(Self {
            conversation: ConversationId(id(parts, context, "conversationId").await?),
            thread: MessageId(id(parts, context, "threadId").await?),
        })
    }
}

/// The ids of a conversation and of a file in it in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttachmentPath {
    pub(crate) conversation: ConversationId,
    pub(crate) attachment: AttachmentId,
}

impl FromRequestParts<Context> for AttachmentPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        Ok(Self {
            conversation: ConversationId(id(parts, context, "conversationId").await?),
            attachment: AttachmentId(id(parts, context, "attachmentId").await?),
        })
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

/// The id of a user, who may be a team, in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserPath(pub(crate) AgentId);

impl FromRequestParts<Context> for UserPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let id = id(parts, context, "userId").await?;
        Ok(Self(AgentId(id)))
    }
}

/// The id of a team in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TeamPath(pub(crate) AgentId);

impl FromRequestParts<Context> for TeamPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let id = id(parts, context, "teamId").await?;
        Ok(Self(AgentId(id)))
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

/// The id of a customer in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CustomerPath(pub(crate) CustomerId);

impl FromRequestParts<Context> for CustomerPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let id = id(parts, context, "customerId").await?;
        Ok(Self(CustomerId(id)))
    }
}

/// The ids of a customer and of one of its entries in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EntryPath {
    pub(crate) customer: CustomerId,
    pub(crate) entry: i64,
}

impl FromRequestParts<Context> for EntryPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let customer = CustomerId(id(parts, context, "customerId").await?);
        let entry = id(parts, context, "entryId").await?;
        Ok(Self { customer, entry })
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
