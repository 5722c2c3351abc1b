//! HTTP Basic: a "service subscriber" has scopes on departments of one dealer (contract section 2).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use heddle_domain::{AccountId, AgentId, InboxId, Scope};
use heddle_store::read::principal::{InboxView, Principal};
use heddle_store::write::Caller;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::context::{Context, NAME};
use crate::error::Error;
use heddle_api::App;
use heddle_http::base64;
use heddle_http::peer::Peer;

/// A caller with a valid user name and password.
#[derive(Clone, Debug)]
pub(crate) struct Subscriber {
    principal: Arc<Principal>,
    peer: IpAddr,
}

/// Declares one extractor for each scope, so that a handler's signature says what its caller may do.
macro_rules! granted {
    ($($(#[$doc:meta])* $name:ident = ($scope:ident, $vendor:literal);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name(pub(crate) Subscriber);

        impl FromRequestParts<Context> for $name {
            type Rejection = Error;

            async fn from_request_parts(parts: &mut Parts, app: &Context) -> Result<Self, Error> {
                let Ok(Peer(peer)) = Peer::from_request_parts(parts, app).await;
                let subscriber = authenticate(app, &parts.headers, peer).await?;
                if subscriber.principal.credential.scopes.allows(Scope::$scope) {
                    Ok(Self(subscriber))
                } else {
                    Err(Error::Forbidden($vendor))
                }
            }
        }
    )+};
}

granted! {
    /// May list threads. The vendor does not publish this scope's name.
    ThreadReader = (ConversationsRead, "communications.thread.get");
    /// May send messages and write notes.
    MessageWriter = (MessagesWrite, "message.create");
    /// May read messages.
    MessageReader = (MessagesRead, "communications.message.get");
    /// May read opt-outs. The vendor does not publish this scope's name.
    OptOutReader = (CustomersRead, "communications.optout.get");
    /// May record opt-outs. The vendor does not publish this scope's name.
    OptOutWriter = (CustomersWrite, "communications.optout.update");
    /// May search and read customers.
    CustomerReader = (CustomersRead, "customer.search");
    /// May create customers.
    CustomerWriter = (CustomersWrite, "customer.update");
    /// May change who follows a customer. The vendor does not publish this scope's name.
    FollowerWriter = (CustomersWrite, "communications.subscription.update");
    /// May delegate (assign) threads. The vendor does not publish this name.
    Delegator = (DelegationsWrite, "communications.delegate");
    /// May read users. The vendor does not publish this scope's name.
    AssociateReader = (AgentsRead, "manage.dealer.associate.get");
}

impl Subscriber {
    /// Returns the department of the path. The error is the same for a department that is not granted and for one that
    /// does not exist.
    pub(crate) fn department(&self, uuid: &str) -> Result<&InboxView, Error> {
        self.principal
            .inbox_by_public_id(uuid)
            .ok_or(Error::Forbidden("this department"))
    }

    /// Checks that the dealer of the path is the caller's dealer.
    pub(crate) fn dealer(&self, uuid: &str) -> Result<(), Error> {
        if uuid == self.principal.account_public_id {
            Ok(())
        } else {
            Err(Error::Forbidden("this dealer"))
        }
    }

    /// Returns the dealer's public id.
    pub(crate) fn dealer_uuid(&self) -> &str {
        &self.principal.account_public_id
    }

    pub(crate) fn account(&self) -> AccountId {
        self.principal.account.id
    }

    /// Returns the account's random tag, which is part of every message id that this API computes.
    pub(crate) fn guid_tag(&self) -> u32 {
        self.principal.account.guid_tag
    }

    /// Returns the account's built-in agent. It acts where a request names no user (`rules.md` 18).
    pub(crate) fn integration_agent(&self) -> AgentId {
        self.principal.account.integration_agent
    }

    /// Returns the departments that the credential grants.
    pub(crate) fn departments(&self) -> Vec<InboxId> {
        self.principal.inbox_ids()
    }

    /// Returns the actor of this request's commands, with `agent` as the user.
    pub(crate) fn acting(&self, agent: Option<AgentId>) -> Caller {
        self.principal.acting(agent, self.peer)
    }
}

/// Finds the caller of a request. A missing or malformed header does not count as a failed attempt of the address. An
/// unknown user name and a wrong password do count, and get the same error.
async fn authenticate(app: &App, headers: &HeaderMap, peer: IpAddr) -> Result<Subscriber, Error> {
    let Some((username, password)) = basic(headers) else {
        return Err(Error::Unauthorized);
    };
    let authentication = &app.authentication;
    let found = authentication.by_name(NAME, &username, &password, peer);
    let principal = found.await?;
    Ok(Subscriber { principal, peer })
}

/// Reads user name and password from a well-formed `Authorization` header; `None` for a malformed one.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?.trim();
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(base64::decode(encoded.trim())?).ok()?;
    let (username, password) = decoded.split_once(':')?;
    Some((username.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &[u8]) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        let value = http::HeaderValue::from_bytes(header).expect("a header value");
        headers.insert(AUTHORIZATION, value);
        basic(&headers)
    }

    #[test]
    fn well_formed_headers_are_read() {
        for (header, username, password) in [
            ("Basic dTpw", "u", "p"),
            ("basic  dTpw ", "u", "p"),
            ("BASIC dTpwOnE=", "u", "p:q"),
            ("Basic dTpwOnE", "u", "p:q"),
            ("Basic Og==", "", ""),
            ("Basic w7w6w7w=", "ü", "ü"),
        ] {
            let expected = Some((username.to_owned(), password.to_owned()));
            assert_eq!(read(header.as_bytes()), expected, "{header:?}");
        }
    }

    #[test]
    fn no_other_header_is_a_credential() {
        let malformed: [&[u8]; 9] = [
            b"",
            b"Basic",
            b"Basic ",
            b"dTpw",
            b"Bearer dTpw",
            b"Basic dQ==",
            b"Basic dT!w",
            b"Basic /zo=",
            b"Basic \xff",
        ];
        for header in malformed {
            assert_eq!(read(header), None, "{:?}", String::from_utf8_lossy(header));
        }
        assert_eq!(basic(&HeaderMap::new()), None);
    }
}
