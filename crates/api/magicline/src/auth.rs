//! The `X-API-KEY` header: one key is one studio with a set of scopes (contract sections 2 and 3).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath};
use heddle_domain::{InboxId, Scope};
use heddle_store::read::principal::Principal;
use heddle_store::write::Caller;
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::context::{Context, NAME};
use crate::error::Error;
use crate::settings;
use heddle_api::App;
use heddle_http::peer::Peer;

/// The vendor's rate limit: requests per minute for each key and endpoint (contract section 7).
const VENDOR_RATE: u32 = 1_000;

/// A caller with a valid key that has not exceeded its rate limit and may write communications (`COMMUNICATION_WRITE`).
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    principal: Arc<Principal>,
    peer: IpAddr,
}

impl Writer {
    /// Returns the studio that the key belongs to.
    pub(crate) fn studio(&self) -> Result<InboxId, Error> {
        let inbox = self.principal.inboxes().next();
        inbox.map(|view| view.inbox.id).ok_or(Error::Forbidden)
    }

    /// Returns the actor of this request's commands.
    pub(crate) fn caller(&self) -> Caller {
        self.principal.caller(self.peer)
    }
}

impl FromRequestParts<Context> for Writer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let Ok(Peer(peer)) = Peer::from_request_parts(parts, context).await;
        let principal = authenticate(context, &parts.headers, peer).await?;
        let Ok(path) = MatchedPath::from_request_parts(parts, context).await else {
            return Err(Error::NotFound);
        };
        check_rate(context, &principal, &parts.method, path.as_str())?;
        if principal.credential.scopes.allows(Scope::MessagesWrite) {
            Ok(Self { principal, peer })
        } else {
            Err(Error::Forbidden)
        }
    }
}

/// Counts the request against the key's limit for the endpoint.
fn check_rate(
    context: &Context,
    principal: &Principal,
    method: &Method,
    path: &str,
) -> Result<(), Error> {
    let rate = settings::RATE.rate(&principal.account.settings);
    let limit = rate.figure(VENDOR_RATE);
    if limit == 0 {
        return Ok(());
    }
    // On a thread, POST is a second name for PUT. So requests with POST and with PUT share one limit.
    let method = match *method {
        Method::POST if path.ends_with("{threadId}") => &Method::PUT,
        _ => method,
    };
    let credential = &principal.credential;
    let endpoint = format!("{method} {path}");
    let key = (credential.account.get(), credential.id.get(), endpoint);
    let verdict = context.own.rates.check(&key, limit, context.now().0);
    verdict.into_result().map_err(Error::TooManyRequests)
}

/// Returns the caller of a request. A missing key and a wrong one get the same error, but only a wrong one counts as a
/// failed attempt of the address.
pub(crate) async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    peer: IpAddr,
) -> Result<Arc<Principal>, Error> {
    let Some(key) = headers.get("x-api-key") else {
        return Err(Error::Unauthorized);
    };
    // A header that is not text counts as a wrong key.
    let key = key.to_str().unwrap_or_default();
    Ok(app.authentication.by_secret(NAME, key, peer).await?)
}
