//! The credentials in the body, and the order in which a request can fail before its own properties are looked at
//! (contract section 3.2): size, syntax, presence of the tokens, tokens, rate limit, permission.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use heddle_domain::{ApplicationId, Scope};
use heddle_store::read::principal::Principal;
use heddle_store::write::Caller;
use serde_json::{Map, Value};

use super::error::Error;
use super::wire;
use crate::App;
use crate::authentication::{Lookup, is_secret};
use crate::kit::peer::Peer;

/// The vendor's limit: requests in [`WINDOW_MS`] per access token (contract section 6).
const VENDOR_RATE: u32 = 200;
const WINDOW_MS: i64 = 30_000;

/// One of the API's operations, as the request that asks for it.
pub(super) trait Operation: Sized {
    /// The right that the integration needs.
    const SCOPE: Scope;
    /// Whether a portfolio token may do it. What may not needs a token for exactly one enterprise.
    const FOR_PORTFOLIOS: bool;

    /// Reads the operation's own properties.
    fn read(members: &Map<String, Value>) -> Result<Self, Error>;
}

/// A request that may be carried out: known tokens, within the rate limit, permitted, well formed.
#[derive(Debug)]
pub(super) struct Call<O> {
    pub(super) principal: Arc<Principal>,
    /// The client application: what it created is what it sees.
    pub(super) application: ApplicationId,
    pub(super) operation: O,
    peer: IpAddr,
}

impl<O> Call<O> {
    /// On whose behalf commands run.
    pub(super) fn caller(&self) -> Caller {
        self.principal.caller(self.peer)
    }
}

impl<O: Operation> FromRequest<App> for Call<O> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let Ok(Peer(peer)) = Peer::from_request_parts(&mut parts, app).await;
        let members = wire::object(&parts.headers, body).await?;
        let tokens = wire::Tokens::read(&members, app.config.mews.require_client_name)?;
        let (principal, application) = authenticate(app, &tokens, peer).await?;
        spend(app, &principal)?;
        permit::<O>(&principal)?;
        wire::refuse_nul(&members)?;
        Ok(Self {
            operation: O::read(&members)?,
            principal,
            application,
            peer,
        })
    }
}

/// The caller that both tokens name together. A wrong one counts against the address it came from.
async fn authenticate(
    app: &App,
    tokens: &wire::Tokens<'_>,
    peer: IpAddr,
) -> Result<(Arc<Principal>, ApplicationId), Error> {
    let wrong = |name| {
        let verdict = app.authentication.count_failure(peer);
        Err(if verdict.allowed {
            Error::WrongToken(name)
        } else {
            Error::TooManyRequests(verdict.retry_after_s)
        })
    };
    let lookup = Lookup::Secret(tokens.access);
    let Some(principal) = app.authentication.find(super::NAME, lookup).await? else {
        return wrong("AccessToken");
    };
    let is_client = is_secret(tokens.client, principal.client_hash.as_deref());
    match principal.credential.application {
        Some(application) if is_client => Ok((principal, application)),
        _ => wrong("ClientToken"),
    }
}

/// Counts the request against the access token's limit.
fn spend(app: &App, principal: &Principal) -> Result<(), Error> {
    let limit = principal.account.settings.mews_rate.figure(VENDOR_RATE);
    let credential = &principal.credential;
    let key = (credential.account.get(), credential.id.get());
    let verdict =
        app.kept
            .of::<super::Rates>(super::NAME)
            .check(&key, limit, WINDOW_MS, app.now().0);
    if verdict.allowed {
        Ok(())
    } else {
        Err(Error::TooManyRequests(verdict.retry_after_s))
    }
}

fn permit<O: Operation>(principal: &Principal) -> Result<(), Error> {
    let credential = &principal.credential;
    let is_plain = !credential.portfolio && principal.inboxes.len() == 1;
    if credential.scopes.allows(O::SCOPE) && (O::FOR_PORTFOLIOS || is_plain) {
        Ok(())
    } else {
        Err(Error::NoPermission)
    }
}
