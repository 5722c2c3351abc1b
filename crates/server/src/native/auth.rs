//! Bearer tokens (RFC 6750). A token opens one account with a set of scopes.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use heddle_domain::Scope;
use heddle_store::read::principal::Principal;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::error::Error;
use crate::App;
use crate::authentication::Lookup;
use crate::kit::peer::Peer;

const LONGEST_TOKEN: usize = 256;

/// A caller that may read its account.
#[derive(Clone, Debug)]
pub(super) struct AccountReader(pub(super) Arc<Principal>);

impl FromRequestParts<App> for AccountReader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let Ok(Peer(peer)) = Peer::from_request_parts(parts, app).await;
        let principal = authenticate(app, &parts.headers, peer).await?;
        if principal.credential.scopes.allows(Scope::AccountRead) {
            Ok(Self(principal))
        } else {
            Err(Error::Forbidden(Scope::AccountRead))
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
    let found = if token.len() <= LONGEST_TOKEN {
        app.authentication
            .find(super::DOOR, Lookup::Secret(token))
            .await?
    } else {
        None
    };
    found.ok_or_else(|| {
        let verdict = app.authentication.count_failure(peer);
        if verdict.allowed {
            Error::WrongToken
        } else {
            Error::TooManyRequests(verdict.retry_after_s)
        }
    })
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
