//! The `X-API-KEY` header: one key is one studio with a set of scopes (contract sections 2 and 3).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath};
use heddle_domain::{AccountId, InboxId, InboxScope, Scope};
use heddle_store::read::principal::Principal;
use heddle_store::write::Caller as StoreCaller;
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::context::{Context, NAME};
use crate::error::Error;
use crate::settings;
use heddle_api::App;
use heddle_http::peer::Peer;

/// The vendor's rate limit: requests per minute for each key and endpoint (contract section 7).
const VENDOR_RATE: u32 = 1_000;

/// A caller with a valid key that has not exceeded its rate limit.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    principal: Arc<Principal>,
    peer: IpAddr,
}

impl Caller {
    /// Returns the studio that the key belongs to.
    pub(crate) fn studio(&self) -> Result<InboxId, Error> {
        let inbox = self.principal.inboxes().next();
        inbox.map(|view| view.inbox.id).ok_or(Error::Forbidden)
    }

    /// Returns the name of the studio.
    pub(crate) fn studio_name(&self) -> Option<String> {
        let inbox = self.principal.inboxes().next();
        inbox.map(|view| view.inbox.name.clone())
    }

    /// Returns the inboxes that the key reaches: its studio.
    pub(crate) fn reach(&self) -> Result<InboxScope, Error> {
        Ok(InboxScope::only([self.studio()?]))
    }

    pub(crate) fn account(&self) -> AccountId {
        self.principal.account.id
    }

    /// Returns the actor of this request's commands.
    pub(crate) fn for_store(&self) -> StoreCaller {
        self.principal.caller(self.peer)
    }
}

impl FromRequestParts<Context> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let Ok(Peer(peer)) = Peer::from_request_parts(parts, context).await;
        let principal = authenticate(context, &parts.headers, peer).await?;
        let Ok(path) = MatchedPath::from_request_parts(parts, context).await else {
            return Err(Error::NotFound);
        };
        check_rate(context, &principal, &parts.method, path.as_str())?;
        Ok(Self { principal, peer })
    }
}

/// Declares extractors of callers that have a scope.
macro_rules! callers {
    ($($(#[$doc:meta])* $name:ident: $scope:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name(pub(crate) Caller);

        impl FromRequestParts<Context> for $name {
            type Rejection = Error;

            async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
                let caller = Caller::from_request_parts(parts, context).await?;
                match caller.principal.credential.scopes.allows($scope) {
                    true => Ok(Self(caller)),
                    false => Err(Error::Forbidden),
                }
            }
        }
    )+};
}

callers! {
    /// A caller that may write communications (`COMMUNICATION_WRITE`).
    Writer: Scope::MessagesWrite;
    /// A caller that may read customers, their preferences and the rules for leads (`CUSTOMER_READ`,
    /// `COMMUNICATION_PREFERENCES_READ`, `LEAD_READ`).
    CustomersReader: Scope::CustomersRead;
    /// A caller that may create customers and leads, and change preferences (`CUSTOMER_WRITE`, `LEAD_WRITE`,
    /// `COMMUNICATION_PREFERENCES_WRITE`).
    CustomersWriter: Scope::CustomersWrite;
    /// A caller that may read employees (`EMPLOYEE_READ`).
    EmployeesReader: Scope::AgentsRead;
    /// A caller that may read what there is to know of the studio (`STUDIO_READ`).
    StudioReader: Scope::AccountRead;
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
