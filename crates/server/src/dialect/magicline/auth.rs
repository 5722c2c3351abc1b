//! The `X-API-KEY` header: one key is one studio with a set of scopes (contract sections 2 and 3).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath};
use heddle_domain::{InboxId, Scope};
use heddle_store::read::principal::Principal;
use heddle_store::write::Caller as StoreCaller;
use http::HeaderMap;
use http::request::Parts;

use super::error::Error;
use crate::App;
use crate::authentication::Lookup;
use crate::kit::peer::Peer;

/// The vendor's limit, requests a minute and endpoint (contract section 7).
const VENDOR_RATE: u32 = 1_000;
const LONGEST_KEY: usize = 256;

/// A caller with a valid key, within its rate limit.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    principal: Arc<Principal>,
    peer: IpAddr,
}

/// A caller that may write communications (`COMMUNICATION_WRITE`).
#[derive(Clone, Debug)]
pub(super) struct Writer(Caller);

impl Writer {
    /// The studio that the key is for.
    pub(super) fn studio(&self) -> Result<InboxId, Error> {
        let inbox = self.0.principal.inboxes.first();
        inbox.map(|view| view.inbox.id).ok_or(Error::Forbidden)
    }

    /// On whose behalf commands run.
    pub(super) fn caller(&self) -> StoreCaller {
        self.0.principal.caller(self.0.peer)
    }
}

impl FromRequestParts<App> for Writer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let Ok(Peer(peer)) = Peer::from_request_parts(parts, app).await;
        let caller = authenticate(app, &parts.headers, peer).await?;
        let Ok(endpoint) = MatchedPath::from_request_parts(parts, app).await else {
            return Err(Error::NotFound);
        };
        caller.spend(app, &parts.method, &endpoint)?;
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
    fn spend(&self, app: &App, method: &http::Method, endpoint: &MatchedPath) -> Result<(), Error> {
        let limit = self
            .principal
            .account
            .settings
            .magicline_rate
            .figure(VENDOR_RATE);
        if limit == 0 {
            return Ok(());
        }
        let credential = &self.principal.credential;
        let endpoint = super::routes()
            .into_iter()
            .find(|route| route.template == endpoint.as_str() && route.method == *method)
            .map_or(super::THREAD, |route| route.template);
        let key = (credential.account.get(), credential.id.get(), endpoint);
        let verdict = app
            .kept
            .of::<super::Rates>(super::NAME)
            .check(&key, limit, app.now().0);
        if verdict.allowed {
            Ok(())
        } else {
            Err(Error::TooManyRequests(verdict.retry_after_s))
        }
    }
}

/// The caller of a request: a missing key is told apart from a wrong one only in what it costs.
pub(super) async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    peer: IpAddr,
) -> Result<Caller, Error> {
    let Some(key) = headers.get("x-api-key") else {
        return Err(Error::Unauthorized);
    };
    let printable = |key: &&str| !key.is_empty() && key.len() <= LONGEST_KEY;
    let found = match key.to_str().ok().filter(printable) {
        Some(key) => {
            app.authentication
                .find(super::NAME, Lookup::Secret(key))
                .await?
        }
        None => None,
    };
    match found {
        Some(principal) => Ok(Caller { principal, peer }),
        None => {
            let verdict = app.authentication.count_failure(peer);
            Err(if verdict.allowed {
                Error::Unauthorized
            } else {
                Error::TooManyRequests(verdict.retry_after_s)
            })
        }
    }
}
