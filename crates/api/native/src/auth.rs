//! Bearer tokens (RFC 6750). A token belongs to one account. It has scopes, and reaches all inboxes or only some.
//!
//! Each scope has an extractor, so a handler's signature says which scope it needs. Extractors marked `must_reach_all`
//! refuse tokens that are limited to some inboxes. Other handlers filter by [`Caller::inboxes`].

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use heddle_domain::{AccountId, AgentId, CredentialId, InboxId, InboxScope, Scope};
use heddle_store::Read;
use heddle_store::read::account::GetInbox;
use heddle_store::read::principal::Principal;
use heddle_store::write::Caller as StoreCaller;
use heddle_store::write::credential::Within;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::context::{Context, NAME};
use crate::error::Error;
use crate::parameters;
use crate::sight::Sight;
use heddle_api::{App, Failure};
use heddle_http::peer::Peer;

/// The caller of a request, found by its token, and what a handler needs to serve the caller.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) app: Context,
    principal: Arc<Principal>,
    peer: IpAddr,
}

/// Declares an extractor for each scope, or for several that a caller needs together; with `must_reach_all` it refuses tokens that are limited to some inboxes.
macro_rules! scopes {
    ($($name:ident = $scope:ident $(+ $more:ident)* $(, $whole:ident)?;)+) => {$(
        #[derive(Clone, Debug)]
        pub(crate) struct $name(pub(crate) Caller);

        impl FromRequestParts<Context> for $name {
            type Rejection = Error;

            async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
                let caller = Caller::admit(parts, context, &[Scope::$scope]).await?;
                $(caller.require(Scope::$more)?;)*
                $(caller.$whole()?;)?
                parameters::refuse_undeclared(parts, &context.own.document)?;
                Ok(Self(caller))
            }
        }
    )+};
}

scopes! {
    AccountReader = AccountRead;
    AccountWriter = AccountWrite, must_reach_all;
    AgentsReader = AgentsRead;
    AgentsWriter = AgentsWrite, must_reach_all;
    ConversationsReader = ConversationsRead;
    ConversationsWriter = ConversationsWrite;
    ConversationsRestorer = ConversationsWrite + AccountWrite;
    MessagesReader = MessagesRead;
    MessagesWriter = MessagesWrite;
    CustomersReader = CustomersRead;
    CustomersWriter = CustomersWrite;
    CustomersEraser = CustomersErase;
    CredentialsReader = CredentialsRead, must_reach_all;
    CredentialsWriter = CredentialsWrite, must_reach_all;
    WebhooksReader = WebhooksRead;
    WebhooksWriter = WebhooksWrite;
    EventsReader = EventsRead;
    AuditReader = AuditRead, must_reach_all;
    Searcher = ConversationsRead + MessagesRead;
}

/// A caller that may read customers, agents or conversations, so that something can be suggested to it.
#[derive(Clone, Debug)]
pub(crate) struct Suggester(pub(crate) Caller);

impl Suggester {
    const ONE_OF: [Scope; 3] = [
        Scope::CustomersRead,
        Scope::AgentsRead,
        Scope::ConversationsRead,
    ];
}

impl FromRequestParts<Context> for Suggester {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let caller = Caller::admit(parts, context, &Self::ONE_OF).await?;
        parameters::refuse_undeclared(parts, &context.own.document)?;
        Ok(Self(caller))
    }
}

impl Caller {
    /// Authenticates the caller and checks that it has one of these scopes. Later extractors find the caller with
    /// [`Self::of`].
    async fn admit(parts: &mut Parts, context: &Context, one_of: &[Scope]) -> Result<Self, Error> {
        let Ok(Peer(peer)) = Peer::from_request_parts(parts, context).await;
        let principal = authenticate(context, &parts.headers, peer).await?;
        let caller = Self {
            app: context.clone(),
            principal,
            peer,
        };
        if !one_of.iter().any(|scope| caller.may(*scope)) {
            return Err(Error::Forbidden(one_of[0]));
        }
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }

    /// Returns the caller that an earlier extractor has admitted.
    ///
    /// # Errors
    /// Returns a 500 if there is none: a mistake in the handler's signature, which its first request shows.
    pub(crate) fn of(parts: &Parts) -> Result<&Self, Error> {
        let missing = || Failure::Internal("a handler without a scope's extractor".into());
        Ok(parts.extensions.get().ok_or_else(missing)?)
    }

    /// Refuses a token without this scope.
    ///
    /// # Errors
    /// Returns a 403 if the token lacks the scope.
    pub(crate) fn require(&self, scope: Scope) -> Result<(), Error> {
        match self.may(scope) {
            true => Ok(()),
            false => Err(Error::Forbidden(scope)),
        }
    }

    /// Refuses a token that is limited to some inboxes.
    ///
    /// # Errors
    /// Returns a 403 if the token is limited to some inboxes.
    pub(crate) fn must_reach_all(&self) -> Result<(), Error> {
        if *self.inboxes() == InboxScope::All {
            Ok(())
        } else {
            Err(Error::NeedsWholeAccount)
        }
    }

    /// Refuses a request that needs search if the operator has switched it off.
    ///
    /// # Errors
    /// Returns a 501 if the operator has switched search off.
    pub(crate) fn must_have_search(&self) -> Result<(), Error> {
        match self.app.search {
            Some(_) => Ok(()),
            None => Err(Error::NoSearch),
        }
    }

    /// Runs a read of the store and converts its error.
    pub(crate) async fn read<R: Read>(&self, read: R) -> Result<R::Out, Error> {
        Ok(self.app.store.read(read).await?)
    }

    /// Reads from the search index. The error says so if that takes too long.
    pub(crate) async fn search<R: Read>(&self, read: R) -> Result<R::Out, Error> {
        let found = self.app.store.read(read).await;
        found.map_err(Error::of_search)
    }

    pub(crate) fn principal(&self) -> &Principal {
        &self.principal
    }

    pub(crate) fn shared_principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    pub(crate) fn account(&self) -> AccountId {
        self.principal.account.id
    }

    pub(crate) fn credential(&self) -> CredentialId {
        self.principal.credential.id
    }

    /// Returns the caller in the form that the store's commands need.
    pub(crate) fn for_store(&self) -> StoreCaller {
        self.principal.caller(self.peer)
    }

    /// Returns the caller in the form that the store's commands need, with another acting agent.
    pub(crate) fn acting(&self, agent: Option<AgentId>) -> StoreCaller {
        self.principal.acting(agent, self.peer)
    }

    /// Returns the agent that the token acts as, if any.
    pub(crate) fn agent(&self) -> Option<AgentId> {
        self.principal.credential.agent
    }

    /// Returns the inboxes that the token reaches.
    pub(crate) fn inboxes(&self) -> &InboxScope {
        &self.principal.credential.inboxes
    }

    /// Whether the token reaches the inbox, and the inbox exists. Asks the store if the inboxes that are cached with the
    /// token lack it, because it may have been created since.
    pub(crate) async fn reaches(&self, inbox: InboxId) -> Result<bool, Error> {
        if self.principal.inbox(inbox).is_some() {
            return Ok(true);
        }
        if !self.inboxes().contains(inbox) {
            return Ok(false);
        }
        let read = GetInbox {
            account: self.account(),
            id: inbox,
        };
        Ok(self.read(read).await?.is_some())
    }

    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.principal.credential.scopes.allows(scope)
    }

    /// Returns which events the caller sees.
    pub(crate) fn sight(&self) -> Sight<'_> {
        Sight {
            scopes: self.principal.credential.scopes,
            inboxes: self.inboxes(),
        }
    }

    /// Returns the limits for credentials and webhooks that this caller creates or changes: its own scopes, inboxes and agent.
    pub(crate) fn within(&self) -> Within {
        Within {
            scopes: self.principal.credential.scopes,
            inboxes: self.inboxes().clone(),
            agent: self.agent(),
        }
    }
}

/// Finds the caller by its token. Wrong tokens count against the address that sends them; a missing token does not.
async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    peer: IpAddr,
) -> Result<Arc<Principal>, Error> {
    let Some(token) = bearer(headers) else {
        return Err(Error::Unauthorized);
    };
    Ok(app.authentication.by_secret(NAME, token, peer).await?)
}

/// Returns the token of the `Authorization` header; `None` without the header, or for another scheme.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .trim()
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_token_is_one() {
        for (header, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("BEARER a b", Some("a b")),
            ("Bearer", None),
            ("Basic abc", None),
            ("abc", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, header.parse().expect("a header value"));
            assert_eq!(bearer(&headers), token, "{header:?}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
