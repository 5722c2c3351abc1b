//! `Authorization: Bearer` (contract section 4.3), and the account's rate limit (contract section 5.3).

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use heddle_domain::{AgentId, InboxScope, Locks, Scope};
use heddle_store::read::principal::{InboxView, Principal};
use heddle_store::write::Caller as StoreCaller;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::context::{Context, NAME};
use crate::error::Error;
use crate::settings;
use heddle_access::authentication::LONGEST_SECRET;
use heddle_api::App;
use heddle_http::limit::Verdict;
use heddle_http::peer::Peer;

/// The rate limit of the vendor's middle plan, in units per minute.
const VENDOR_RATE: u32 = 400;

/// The state of the rate limit after a request, for the response headers. Empty until the caller is authenticated.
#[derive(Clone, Debug, Default)]
pub(crate) struct RateStatus(Arc<OnceLock<Verdict>>);

impl RateStatus {
    pub(crate) fn get(&self) -> Option<Verdict> {
        self.0.get().copied()
    }
}

/// A caller with a valid token whose account has not exceeded its rate limit.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) principal: Arc<Principal>,
    peer: IpAddr,
}

impl Caller {
    /// Returns the actor of this request's commands, with `agent` as the user.
    pub(crate) fn acting(&self, agent: Option<AgentId>) -> StoreCaller {
        self.principal.acting(agent, self.peer)
    }

    /// Refuses the request if the token lacks a scope. The vendor's tokens have no scopes, but an operator may give an
    /// app fewer rights than its user has.
    pub(crate) fn require(&self, scope: Scope) -> Result<(), Error> {
        let allowed = self.principal.credential.scopes.allows(scope);
        allowed.then_some(()).ok_or(Error::Forbidden)
    }

    /// Returns the account's limits on adding threads.
    pub(crate) fn locks(&self) -> Locks {
        settings::locks(&self.principal.account.settings)
    }

    /// Returns the inboxes that the caller may use.
    pub(crate) fn inboxes(&self) -> InboxScope {
        self.principal.credential.inboxes.clone()
    }

    /// Returns the inboxes that the caller may use, by id.
    pub(crate) fn visible_inboxes(&self) -> Vec<InboxView> {
        self.principal.inboxes().cloned().collect()
    }
}

impl FromRequestParts<Context> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let Ok(Peer(peer)) = Peer::from_request_parts(parts, context).await;
        let caller = authenticate(context, &parts.headers, peer).await?;
        let verdict = check_rate(context, &caller.principal, &parts.method);
        if let Some(RateStatus(status)) = parts.extensions.get() {
            // The error cannot occur: a request has one caller, so the value is set only here.
            let _ = status.set(verdict);
        }
        verdict.into_result().map_err(Error::TooManyRequests)?;
        Ok(caller)
    }
}

async fn authenticate(app: &App, headers: &HeaderMap, peer: IpAddr) -> Result<Caller, Error> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        return Err(Error::Unauthorized);
    };
    // A header that contains no bearer token counts as a wrong token.
    let token = header.to_str().ok().and_then(bearer).unwrap_or_default();
    let principal = app.authentication.by_secret(NAME, token, peer).await?;
    Ok(Caller { principal, peer })
}

/// Returns the token of an `Authorization` header. The scheme may be in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    let is_token = scheme.eq_ignore_ascii_case("bearer")
        && (1..=LONGEST_SECRET).contains(&token.len())
        && !token.contains(' ');
    is_token.then_some(token)
}

/// Counts the request: reads cost one unit, writes two. While the limit is off, the headers show the vendor's limit as
/// unused (`rules.md` 24).
fn check_rate(context: &Context, principal: &Principal, method: &Method) -> Verdict {
    let cost = match *method {
        Method::GET | Method::HEAD => 1,
        _ => 2,
    };
    let rate = settings::RATE.rate(&principal.account.settings);
    let limit = rate.figure(VENDOR_RATE);
    let account = principal.account.id.get();
    let now = context.now().0;
    let verdict = context.own.rates.check(&account, limit, cost, now);
    if limit == 0 {
        return Verdict {
            limit: VENDOR_RATE,
            remaining: VENDOR_RATE,
            ..verdict
        };
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_may_be_in_any_case() {
        for header in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(bearer(header), Some("abc"), "{header}");
        }
        for header in ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b"] {
            assert_eq!(bearer(header), None, "{header}");
        }
        assert_eq!(bearer(&format!("Bearer {}", "a".repeat(257))), None);
    }
}
