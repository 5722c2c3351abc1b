//! Reads the body of a call on one conversation. An unknown conversation comes before every fault of the body.

use axum::extract::{FromRequest, FromRequestParts, Request};
use heddle_api::App;
use heddle_domain::id::ConversationId;
use heddle_domain::{Conversation, Scope};

use crate::auth::Caller;
use crate::context::Context;
use crate::error::Error;
use crate::input;
use crate::path::ConversationPath;
use crate::references::References;
use heddle_http::members::{Body, Object, Unparsed};
use heddle_http::shape::Shape;

/// A call that changes the conversation in its path, after the checks of token, path and scope. Its body is not parsed yet.
pub(crate) struct ConversationChange {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    pub(crate) id: ConversationId,
    body: Unparsed,
}

impl FromRequest<Context> for ConversationChange {
    type Rejection = Error;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, context).await?;
        let path = ConversationPath::from_request_parts(&mut parts, context).await?;
        caller.require(Scope::ConversationsWrite)?;
        Ok(Self {
            app: App::clone(context),
            caller,
            id: path.0,
            body: input::read_body(Request::from_parts(parts, body)).await?,
        })
    }
}

impl ConversationChange {
    /// Parses and reads the body.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown conversation; else the faults of the body.
    pub(crate) async fn read<T>(
        &self,
        shape: &'static Shape,
        read: impl FnOnce(&Object<'_>) -> T,
    ) -> Result<T, Error> {
        let call = self.addressed();
        let body = call.parse_received(&self.body, shape).await?;
        call.read(&body, read).await
    }

    /// Returns the conversation, if the caller may see it.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if not.
    pub(crate) async fn must_exist(&self) -> Result<Conversation, Error> {
        self.addressed().must_exist().await
    }

    const fn addressed(&self) -> Addressed<'_> {
        Addressed {
            app: &self.app,
            caller: &self.caller,
            conversation: self.id,
        }
    }
}

/// A call on one conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addressed<'a> {
    pub(crate) app: &'a App,
    pub(crate) caller: &'a Caller,
    pub(crate) conversation: ConversationId,
}

impl Addressed<'_> {
    /// Receives and parses the body.
    ///
    /// # Errors
    /// If the body is no JSON object: [`Error::NotFound`] for an unknown conversation, else the fault of the body.
    pub(crate) async fn parse(
        self,
        request: Request,
        shape: &'static Shape,
    ) -> Result<Body, Error> {
        let received = input::read_body(request).await?;
        self.parse_received(&received, shape).await
    }

    async fn parse_received(
        self,
        received: &Unparsed,
        shape: &'static Shape,
    ) -> Result<Body, Error> {
        match received.parse(shape).await {
            Ok(body) => Ok(body),
            Err(error) => {
                self.must_exist().await?;
                Err(error.into())
            }
        }
    }

    /// Reads the members of a body.
    ///
    /// # Errors
    /// If there are faults: [`Error::NotFound`] for an unknown conversation, else the faults.
    pub(crate) async fn read<T>(
        self,
        body: &Body,
        read: impl FnOnce(&Object<'_>) -> T,
    ) -> Result<T, Error> {
        let (value, faults) = body
            .in_turn(|body| body.read_all(|object| read(object)))
            .await;
        if !faults.is_empty() {
            self.must_exist().await?;
            input::refuse_if_any(faults)?;
        }
        Ok(value)
    }

    /// Returns the conversation, if the caller may see it.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if not.
    pub(crate) async fn must_exist(self) -> Result<Conversation, Error> {
        let mut references = References::default();
        let (conversation, mut faults) = (Some(self.conversation), Vec::new());
        let found = references.check(self.app, self.caller, conversation, &mut faults);
        found.await?.ok_or(Error::NotFound)
    }
}
