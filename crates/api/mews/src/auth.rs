//! The credentials in the body, and the order in which a request can fail before its own properties are looked at
//! (contract section 3.2): size, syntax, presence of the tokens, tokens, rate limit, permission.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use heddle_domain::{ApplicationId, Scope};
use heddle_store::read::principal::Principal;
use heddle_store::write::Caller;
use serde_json::{Map, Value};

use crate::context::{Context, NAME};
use crate::error::Error;
use crate::wire;
use heddle_access::authentication::{Lookup, is_secret};
use heddle_api::App;
use heddle_http::peer::Peer;

/// The vendor's limit: requests in [`WINDOW_MS`] per access token (contract section 6).
const VENDOR_RATE: u32 = 200;
const WINDOW_MS: i64 = 30_000;

/// One of the API's operations, as the request that asks for it.
pub(crate) trait Operation: Sized {
    /// The right that the integration needs.
    const SCOPE: Scope;
    /// Whether a portfolio token may do it. What may not needs a token for exactly one enterprise.
    const FOR_PORTFOLIOS: bool;

    /// Reads the operation's own properties.
    fn read(members: &Map<String, Value>) -> Result<Self, Error>;
}

/// A request that may be carried out: known tokens, within the rate limit, permitted, well formed.
#[derive(Debug)]
pub(crate) struct Call<O> {
    pub(crate) principal: Arc<Principal>,
    /// The client application: what it created is what it sees.
    pub(crate) application: ApplicationId,
    pub(crate) operation: O,
    peer: IpAddr,
}

impl<O> Call<O> {
    /// On whose behalf commands run.
    pub(crate) fn caller(&self) -> Caller {
        self.principal.caller(self.peer)
    }
}

impl<O: Operation> FromRequest<Context> for Call<O> {
    type Rejection = Error;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let Ok(Peer(peer)) = Peer::from_request_parts(&mut parts, context).await;
        let members = wire::object(&parts.headers, body).await?;
        let tokens = wire::Tokens::read(&members, context.own.config.require_client_name)?;
        let (principal, application) = authenticate(context, &tokens, peer).await?;
        spend(context, &principal)?;
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
    let lookup = Lookup::Secret(tokens.access);
    let found = app
        .authentication
        .authenticate(NAME, lookup, peer, |_| true);
    let principal = found
        .await
        .map_err(|denied| Error::denied(denied, "AccessToken"))?;
    let is_client = is_secret(tokens.client, principal.client_hash.as_deref());
    match principal.credential.application {
        Some(application) if is_client => Ok((principal, application)),
        _ => Err(Error::denied(app.authentication.deny(peer), "ClientToken")),
    }
}

/// Counts the request against the access token's limit.
fn spend(context: &Context, principal: &Principal) -> Result<(), Error> {
    let limit = principal.account.settings.mews_rate.figure(VENDOR_RATE);
    let credential = &principal.credential;
    let key = (credential.account.get(), credential.id.get());
    let now = context.now().0;
    let verdict = context.own.rates.check(&key, limit, WINDOW_MS, now);
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
