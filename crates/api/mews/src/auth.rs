//! Reads the credentials in the body, and makes the checks that come before the operation's own properties (members of
//! the body), in this order (contract section 3.2): size, syntax, presence of the tokens, tokens, rate limit,
//! permission.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use heddle_domain::ApplicationId;
use heddle_store::read::principal::Principal;
use heddle_store::write::Caller;

use crate::context::{Context, NAME};
use crate::error::Error;
use crate::map::{Guids, is_portfolio};
use crate::request::{self, Operation};
use crate::settings;
use heddle_access::authentication::is_secret;
use heddle_api::App;
use heddle_http::known;
use heddle_http::members::{Item, Object, Problem};
use heddle_http::peer::Peer;
use heddle_http::shape::Shape;

/// The vendor's rate limit: requests in [`WINDOW_MS`] per access token (contract section 6).
const VENDOR_RATE: u32 = 200;
pub(crate) const WINDOW_MS: i64 = 30_000;

/// A request that passed every check: its tokens are known, the rate limit is not exceeded, the operation is permitted,
/// and its properties (members of the body) are valid.
#[derive(Debug)]
pub(crate) struct Call<O> {
    pub(crate) principal: Arc<Principal>,
    /// The client application of the request. It sees only the conversations that it created.
    pub(crate) application: ApplicationId,
    pub(crate) operation: O,
    peer: IpAddr,
}

impl<O> Call<O> {
    /// Returns the actor of this request's commands.
    pub(crate) fn caller(&self) -> Caller {
        self.principal.caller(self.peer)
    }

    /// Returns the encoder and decoder of the account's GUIDs.
    pub(crate) fn guids(&self) -> Guids {
        Guids::of(&self.principal.account)
    }
}

impl<O: Operation> FromRequest<Context> for Call<O> {
    type Rejection = Error;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let Ok(Peer(peer)) = Peer::from_request_parts(&mut parts, context).await;
        let may_try = context.authentication.may_try(peer);
        let received = request::receive(&parts.headers, body, may_try).await?;
        let is_large = received.is_large();
        let shape = if is_large { &TOKENS } else { O::SHAPE };
        let first = received.parse(shape).await?;
        let require_client_name = context.own.config.require_client_name;
        let tokens = first.peek(|body| Tokens::read(body, require_client_name))?;
        let (principal, application) = authenticate(context, &tokens, peer).await?;
        check_rate(context, &principal)?;
        check_permission::<O>(&principal)?;
        // Of a large body, nothing but the tokens is built before the caller is known.
        let body = match is_large {
            true => &received.parse(O::SHAPE).await?,
            false => &first,
        };
        Ok(Self {
            operation: body.in_turn(|body| body.read(O::read)).await?,
            principal,
            application,
            peer,
        })
    }
}

/// Finds the caller by the two tokens, which must belong together. A wrong token counts as a failed attempt of the
/// address.
async fn authenticate(
    app: &App,
    tokens: &Tokens<'_>,
    peer: IpAddr,
) -> Result<(Arc<Principal>, ApplicationId), Error> {
    let found = app.authentication.by_secret(NAME, tokens.access, peer);
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
fn check_rate(context: &Context, principal: &Principal) -> Result<(), Error> {
    let rate = settings::RATE.rate(&principal.account.settings);
    let limit = rate.figure(VENDOR_RATE);
    let credential = &principal.credential;
    let key = (credential.account.get(), credential.id.get());
    let now = context.now().0;
    let verdict = context.own.rates.check(&key, limit, 1, now);
    verdict.into_result().map_err(Error::TooManyRequests)
}

fn check_permission<O: Operation>(principal: &Principal) -> Result<(), Error> {
    let credential = &principal.credential;
    let fits = O::FOR_PORTFOLIOS || !is_portfolio(principal);
    if fits && credential.scopes.allows(O::SCOPE) {
        Ok(())
    } else {
        Err(Error::NoPermission)
    }
}

const TOKENS: Shape = known!("Client", "ClientToken", "AccessToken");
const TOKEN: Problem = Problem::rule("must be a token");
const CLIENT: Problem = Problem::rule("must be a name, which is a text without U+0000");

/// The two tokens of a request.
#[derive(Debug)]
struct Tokens<'a> {
    client: &'a str,
    access: &'a str,
}

impl<'a> Tokens<'a> {
    /// Reads the tokens and checks the member `Client`, which may be missing unless the operator requires it.
    fn read(body: &Object<'a>, require_client_name: bool) -> Self {
        let tokens = Self {
            client: plain_text(body.get("ClientToken").secret(), &TOKEN),
            access: plain_text(body.get("AccessToken").secret(), &TOKEN),
        };
        let name = body.get("Client");
        let is_empty = !name.is_present() || name.as_str() == Some("");
        if require_client_name || !is_empty {
            plain_text(name, &CLIENT);
        }
        tokens
    }
}

/// Reads a required text that is not empty and has no U+0000; for any other value, adds the fault `problem`.
fn plain_text<'a>(item: Item<'a>, problem: &Problem) -> &'a str {
    let text = item.required().parsed(problem, |text| {
        let is_plain = !text.is_empty() && !text.contains('\0');
        is_plain.then_some(text)
    });
    text.unwrap_or_default()
}
