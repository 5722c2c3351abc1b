//! Bearer tokens (RFC 6750). A token opens one account with a set of scopes, and all of its inboxes or some.
//!
//! A handler's signature says what its caller may do: one extractor a scope. Who reaches some inboxes only is kept out of
//! what concerns the whole account by the extractors that say so; elsewhere the handler asks [`Holder::inboxes`].

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use heddle_domain::{AccountId, AgentId, CredentialId, InboxId, Scope};
use heddle_store::read::principal::Principal;
use heddle_store::write::Caller;
use heddle_store::write::credential::Within;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::context::{Context, NAME};
use crate::error::Error;
use crate::parameters;
use heddle_access::authentication::Lookup;
use heddle_api::App;
use heddle_http::peer::Peer;

/// Whoever presents a valid token.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    principal: Arc<Principal>,
    peer: IpAddr,
}

/// One extractor a scope. Those of the second list refuse a token that is limited to some inboxes.
macro_rules! granted {
    ($($(#[$doc:meta])* $name:ident = $scope:ident $(, $whole:ident)?;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name(pub(crate) Holder);

        impl FromRequestParts<Context> for $name {
            type Rejection = Error;

            async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
                let holder = Holder::admit(parts, context, Scope::$scope).await?;
                $(holder.$whole()?;)?
                parameters::refuse_undeclared(parts, &context.own.document)?;
                Ok(Self(holder))
            }
        }
    )+};
}

granted! {
    /// May read the account, its inboxes and tags.
    AccountReader = AccountRead;
    /// May change the account and its inboxes.
    AccountWriter = AccountWrite, must_reach_all;
    /// May read agents.
    AgentsReader = AgentsRead;
    /// May add and change agents.
    AgentsWriter = AgentsWrite, must_reach_all;
    /// May read conversations.
    ConversationsReader = ConversationsRead;
    /// May create conversations and change their state.
    ConversationsWriter = ConversationsWrite;
    /// May read messages.
    MessagesReader = MessagesRead;
    /// May add messages.
    MessagesWriter = MessagesWrite;
    /// May read customers.
    CustomersReader = CustomersRead;
    /// May create, change and merge customers.
    CustomersWriter = CustomersWrite;
    /// May erase customers.
    CustomersEraser = CustomersErase;
    /// May read credentials.
    CredentialsReader = CredentialsRead, must_reach_all;
    /// May make, change and revoke credentials.
    CredentialsWriter = CredentialsWrite, must_reach_all;
    /// May read webhooks and their deliveries.
    WebhooksReader = WebhooksRead;
    /// May make, change and delete webhooks.
    WebhooksWriter = WebhooksWrite;
    /// May read the event feed.
    EventsReader = EventsRead;
    /// May read who did what.
    AuditReader = AuditRead, must_reach_all;
}

impl Holder {
    /// Admits a caller with a right; the extractors behind find it with [`Self::of`].
    async fn admit(parts: &mut Parts, app: &App, scope: Scope) -> Result<Self, Error> {
        let Ok(Peer(peer)) = Peer::from_request_parts(parts, app).await;
        let principal = authenticate(app, &parts.headers, peer).await?;
        let holder = Self { principal, peer };
        if !holder.principal.credential.scopes.allows(scope) {
            return Err(Error::Forbidden(scope));
        }
        parts.extensions.insert(holder.clone());
        Ok(holder)
    }

    /// The caller that an extractor before has admitted.
    ///
    /// # Errors
    /// 500 if none has: a mistake in a handler's signature, which its first request shows.
    pub(crate) fn of(parts: &Parts) -> Result<&Self, Error> {
        let admitted = parts.extensions.get();
        admitted.ok_or_else(|| Error::Internal("a handler without a caller's extractor".into()))
    }

    /// Refuses a token that is limited to some inboxes.
    pub(crate) fn must_reach_all(&self) -> Result<(), Error> {
        if self.principal.credential.inboxes.is_empty() {
            Ok(())
        } else {
            Err(Error::NeedsWholeAccount)
        }
    }

    /// Everything known of the caller.
    pub(crate) fn principal(&self) -> &Principal {
        &self.principal
    }

    pub(crate) fn account(&self) -> AccountId {
        self.principal.account.id
    }

    pub(crate) fn credential(&self) -> CredentialId {
        self.principal.credential.id
    }

    /// On whose behalf commands run.
    pub(crate) fn caller(&self) -> Caller {
        self.principal.caller(self.peer)
    }

    /// The same, with an agent as the one who acts.
    pub(crate) fn acting(&self, agent: Option<AgentId>) -> Caller {
        self.principal.acting(agent, self.peer)
    }

    /// The agent that the caller acts as, if it acts as one.
    pub(crate) fn agent(&self) -> Option<AgentId> {
        self.principal.credential.agent
    }

    /// The inboxes that the caller is limited to; empty means all, those to come included.
    pub(crate) fn inboxes(&self) -> &[InboxId] {
        &self.principal.credential.inboxes
    }

    /// Whether the caller reaches an inbox.
    pub(crate) fn reaches(&self, inbox: InboxId) -> bool {
        self.principal.inbox(inbox).is_some()
    }

    /// Whether the caller has a right.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.principal.credential.scopes.allows(scope)
    }

    /// What the caller may hand on to credentials and webhooks.
    pub(crate) fn within(&self) -> Within {
        Within {
            scopes: self.principal.credential.scopes,
            inboxes: self.inboxes().to_vec(),
        }
    }
}

/// The caller of a request. A missing token costs nothing, a wrong one counts against its address.
async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    peer: IpAddr,
) -> Result<Arc<Principal>, Error> {
    let Some(token) = bearer(headers) else {
        return Err(Error::Unauthorized);
    };
    let lookup = Lookup::Secret(token);
    let found = app
        .authentication
        .authenticate(NAME, lookup, peer, |_| true);
    Ok(found.await?)
}

/// The token of the `Authorization` header; `None` if there is none, or it is of another scheme.
fn bearer(headers: &HeaderMap) -> Option<&str> {
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
