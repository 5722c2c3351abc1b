//! The `X-API-KEY` header: one key is one studio with a set of scopes (contract sections 2 and 3).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath};
use heddle_domain::{InboxId, Scope};
use heddle_store::read::principal::Principal;
use heddle_store::write::Caller as StoreCaller;
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::context::{Context, NAME};
use crate::error::Error;
use heddle_access::authentication::Lookup;
use heddle_api::App;
use heddle_http::peer::Peer;

/// The vendor's limit, requests a minute and endpoint (contract section 7).
const VENDOR_RATE: u32 = 1_000;

/// A caller with a valid key, within its rate limit.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    principal: Arc<Principal>,
    peer: IpAddr,
}

/// A caller that may write communications (`COMMUNICATION_WRITE`).
#[derive(Clone, Debug)]
pub(crate) struct Writer(Caller);

impl Writer {
    /// The studio that the key is for.
    pub(crate) fn studio(&self) -> Result<InboxId, Error> {
        let inbox = self.0.principal.inboxes.first();
        inbox.map(|view| view.inbox.id).ok_or(Error::Forbidden)
    }

    /// On whose behalf commands run.
    pub(crate) fn caller(&self) -> StoreCaller {
        self.0.principal.caller(self.0.peer)
    }
}

impl FromRequestParts<Context> for Writer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let Ok(Peer(peer)) = Peer::from_request_parts(parts, context).await;
        let caller = authenticate(context, &parts.headers, peer).await?;
        let Ok(endpoint) = MatchedPath::from_request_parts(parts, context).await else {
            return Err(Error::NotFound);
        };
        caller.spend(context, &parts.method, &endpoint)?;
        if !caller
            .principal
            .credential
            .scopes
            .allows(Scope::MessagesWrite)
        {
            return Err(Error::Forbidden);
        }
        Ok(Self(caller))
    }
}

impl Caller {
    /// Counts the request against the key's limit for the endpoint.
    fn spend(&self, context: &Context, method: &Method, path: &MatchedPath) -> Result<(), Error> {
        let settings = &self.principal.account.settings;
        let limit = settings.magicline_rate.figure(VENDOR_RATE);
        if limit == 0 {
            return Ok(());
        }
        // POST on a thread, where it is accepted, is another way to write PUT.
        let endpoint = match *method {
            Method::POST if path.as_str().ends_with("{threadId}") => Method::PUT,
            ref method => method.clone(),
        };
        let credential = &self.principal.credential;
        let endpoint = format!("{endpoint} {}", path.as_str());
        let key = (credential.account.get(), credential.id.get(), endpoint);
        let verdict = context.own.rates.check(&key, limit, context.now().0);
        if verdict.allowed {
            Ok(())
        } else {
            Err(Error::TooManyRequests(verdict.retry_after_s))
        }
    }
}

/// The caller of a request: a missing key is told apart from a wrong one only in what it costs.
pub(crate) async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    peer: IpAddr,
) -> Result<Caller, Error> {
    let Some(key) = headers.get("x-api-key") else {
        return Err(Error::Unauthorized);
    };
    // What is no text is no key, and counts as a wrong one.
    let key = key.to_str().unwrap_or_default();
    let lookup = Lookup::Secret(key);
    let found = app
        .authentication
        .authenticate(NAME, lookup, peer, |_| true);
    let principal = found.await?;
    Ok(Caller { principal, peer })
}
