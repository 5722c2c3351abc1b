//! `POST /v2/oauth2/token` (contract section 4.1): exchanges the client's secret, a code or a refresh token for tokens.
//!
//! Parameters come as JSON, as a form or in the query string; the query is read for parameters that the body lacks. A
//! token is stored as a hash and belongs to its app's credential; after the consent of a user it acts as this user.
//! Revoking the credential revokes its tokens.

use std::borrow::Cow;
use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use heddle_store::write::consent::{Exchange, ExchangeTokens, Exchanged, NewTokens};
use heddle_store::write::credential::{IssueToken, SecretHash};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::context::{Context, NAME};
use crate::error::{self, Error, OAuthError};
use crate::wire::TokenBody;
use heddle_access::authentication::{Denied, Lookup, key_hash};
use heddle_access::secrets::mint_key;
use heddle_http::body::{self, BodyFault};
use heddle_http::budget;
use heddle_http::known;
use heddle_http::media::Media;
use heddle_http::members::{self, Item, Problem, Unreadable};
use heddle_http::peer::Peer;
use heddle_http::query::Query;
use heddle_http::shape::Shape;

/// The maximum size of a request body, in bytes.
const BODY_LIMIT: usize = 64 << 10;
/// How long a refresh token works after its first use: a client that lost the answer may ask again.
const GRACE_MS: i64 = 60_000;

/// `POST /v2/oauth2/token`
pub(crate) async fn issue(
    State(context): State<Context>,
    Peer(peer): Peer,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let sent = receive(&context, peer, body).await?;
    let request = Request::read(&headers, &sent, &query)?;
    let invalid = || Error::OAuth(OAuthError::InvalidClient);
    let (Some(id), Some(secret)) = (request.client_id, request.client_secret) else {
        return Err(invalid());
    };
    let found = context.authentication.by_name(NAME, &id, &secret, peer);
    let app = found.await.map_err(|denied| match denied {
        Denied::Wrong => invalid(),
        denied => denied.into(),
    })?;
    let access = mint_key();
    let lifetime = context.own.config.token_lifetime_seconds.get();
    let expires_at = context.now().plus_ms(i64::from(lifetime) * 1_000);
    let (exchanged, refusal) = match request.grant {
        Grant::ClientCredentials => {
            let command = IssueToken {
                account: app.credential.account,
                credential: app.credential.id,
                key_hash: hash(&access),
                expires_at,
            };
            context.store.write(command).await?;
            return Ok(response(access, lifetime, None));
        }
        Grant::Code {
            code,
            verifier,
            redirect_uri,
        } => {
            let registered = app.credential.redirect_url.as_deref();
            if redirect_uri.is_some_and(|uri| registered != Some(&uri)) {
                return Err(Error::OAuth(OAuthError::InvalidGrant));
            }
            let exchanged = Exchanged::Code {
                hash: hash(&code),
                challenge: verifier.map(|verifier| challenge(&verifier)),
            };
            (exchanged, OAuthError::InvalidGrant)
        }
        Grant::Refresh { token } => {
            let exchanged = Exchanged::Refresh {
                hash: hash(&token),
                grace_ms: GRACE_MS,
            };
            (exchanged, OAuthError::InvalidRefreshToken)
        }
    };
    let refresh = mint_key();
    let command = ExchangeTokens {
        account: app.credential.account,
        credential: app.credential.id,
        exchanged,
        new: NewTokens {
            access: hash(&access),
            access_expires_at: expires_at,
            refresh: hash(&refresh),
        },
    };
    match context.store.write(command).await? {
        Exchange::Issued => Ok(response(access, lifetime, Some(refresh))),
        Exchange::Refused => {
            // A second use of a code ends what it gave, which the cache must not go on allowing.
            let (account, id) = (app.credential.account, app.credential.id);
            context.authentication.forget(account, id);
            Err(Error::OAuth(refusal))
        }
    }
}

/// Returns the hash by which a token or code is stored.
pub(crate) fn hash(token: &str) -> SecretHash {
    key_hash(NAME, Lookup::Secret(token))
}

/// Returns the challenge that a verifier solves, by the method `S256` (RFC 7636).
pub(crate) fn challenge(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// Receives the body. If the address has sent too many wrong secrets, only a small one.
async fn receive(context: &Context, peer: IpAddr, body: Body) -> Result<Bytes, Error> {
    let may_try = context.authentication.may_try(peer);
    let limit = may_try.map_or(budget::FREE, |()| BODY_LIMIT);
    let received = body::read_from_anyone(body, limit).await;
    received.map_err(|fault| match (fault, may_try) {
        (BodyFault::TooLarge, Err(seconds)) => Error::TooManyRequests(seconds),
        (fault, _) => Unreadable::from(fault).into(),
    })
}

fn response(token: String, lifetime: u32, refresh_token: Option<String>) -> Response {
    let body = TokenBody {
        token_type: "bearer",
        access_token: token,
        expires_in: lifetime,
        refresh_token,
    };
    let mut response = axum::Json(body).into_response();
    debug_assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    error::forbid_storing(&mut response);
    response
}

/// What the client exchanges for tokens.
#[derive(Debug, PartialEq, Eq)]
enum Grant {
    ClientCredentials,
    Code {
        code: String,
        verifier: Option<String>,
        redirect_uri: Option<String>,
    },
    Refresh {
        token: String,
    },
}

/// The parameters of a request for tokens.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    client_id: Option<String>,
    client_secret: Option<String>,
    grant: Grant,
}

impl Request {
    fn read(headers: &HeaderMap, sent: &[u8], query: &Query) -> Result<Self, Error> {
        let mut parameters = Parameters::read(headers, sent)?.0;
        for (value, name) in parameters.iter_mut().zip(NAMES) {
            let in_query = || query.last(name).map(str::to_owned);
            *value = value
                .take()
                .or_else(in_query)
                .filter(|text| !text.is_empty());
            if value.as_deref().is_some_and(|text| text.contains('\0')) {
                return Err(contains_nul(name));
            }
        }
        let [
            grant_type,
            client_id,
            client_secret,
            code,
            refresh_token,
            verifier,
            redirect_uri,
        ] = parameters;
        let grant = match grant_type.as_deref() {
            None => return Err(invalid_request("The parameter grant_type is missing")),
            Some("client_credentials") => Grant::ClientCredentials,
            Some("authorization_code") => Grant::Code {
                code: code.ok_or_else(|| invalid_request("The parameter code is missing"))?,
                verifier,
                redirect_uri,
            },
            Some("refresh_token") => Grant::Refresh {
                token: refresh_token
                    .ok_or_else(|| invalid_request("The parameter refresh_token is missing"))?,
            },
            Some(_) => return Err(Error::OAuth(OAuthError::UnsupportedGrantType)),
        };
        Ok(Self {
            client_id,
            client_secret,
            grant,
        })
    }
}

/// Returns the error for a parameter that contains U+0000.
fn contains_nul(name: &str) -> Error {
    invalid_request(format!("{name} {}", Problem::Nul))
}

fn invalid_request(what: impl Into<Cow<'static, str>>) -> Error {
    Error::OAuth(OAuthError::InvalidRequest(what.into()))
}

/// The grants.
pub(crate) const GRANTS: [&str; 3] = ["client_credentials", "authorization_code", "refresh_token"];
/// The members of a JSON body.
pub(crate) const SHAPE: Shape = known!(
    "grant_type",
    "client_id",
    "client_secret",
    "code",
    "refresh_token",
    "code_verifier",
    "redirect_uri",
);
const NAMES: [&str; 7] = [
    "grant_type",
    "client_id",
    "client_secret",
    "code",
    "refresh_token",
    "code_verifier",
    "redirect_uri",
];

/// The values of the parameters [`NAMES`], in the same order; `None` for a missing parameter.
#[derive(Default)]
struct Parameters([Option<String>; NAMES.len()]);

impl Parameters {
    fn read(headers: &HeaderMap, sent: &[u8]) -> Result<Self, Error> {
        let looks_like_json = sent.trim_ascii_start().starts_with(b"{");
        match Media::of(headers) {
            _ if sent.trim_ascii().is_empty() => Ok(Self::default()),
            Media::Json => Self::json(sent),
            Media::None if looks_like_json => Self::json(sent),
            Media::Form | Media::None => Self::form(sent),
            Media::Multipart | Media::Other => {
                Err(invalid_request("The body must be JSON or a form"))
            }
        }
    }

    fn form(sent: &[u8]) -> Result<Self, Error> {
        let form = Query::parse(sent);
        let values = NAMES.map(|name| form.last(name));
        let nul = values
            .iter()
            .position(|value| value.is_some_and(|text| text.contains('\0')));
        match nul {
            Some(at) => Err(contains_nul(NAMES[at])),
            None => Ok(Self(values.map(|value| value.map(str::to_owned)))),
        }
    }

    fn json(sent: &[u8]) -> Result<Self, Error> {
        let body = members::Body::parse(sent, &SHAPE);
        let body = body.map_err(|_| invalid_request("The body is not a JSON object"))?;
        let values = body.read(|body| NAMES.map(|name| text_or_number(&body.get(name))));
        values.map(Self).map_err(|fault| match fault.problem {
            Problem::Nul => contains_nul(fault.path.as_str()),
            problem => invalid_request(format!("{} {problem}", fault.path)),
        })
    }
}

fn text_or_number(item: &Item<'_>) -> Option<String> {
    match item.value() {
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => item.as_str().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(media: Option<&'static str>, body: &str, query: &str) -> Result<Request, Error> {
        let mut headers = HeaderMap::new();
        if let Some(media) = media {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        }
        Request::read(&headers, body.as_bytes(), &Query::parse(query))
    }

    #[test]
    fn json_form_and_query_give_the_same_grant() {
        let form = "grant_type=client_credentials&client_id=a&client_secret=b%2B";
        let json = r#"{"grant_type":"client_credentials","client_id":"a","client_secret":"b+"}"#;
        for (media, body, query) in [
            (Some("application/json;charset=UTF-8"), json, ""),
            (None, json, ""),
            (Some("application/x-www-form-urlencoded"), form, ""),
            (None, form, ""),
            (None, "", form),
            (Some("application/json"), "", form),
            (Some("application/json"), "{}", form),
            (Some("text/plain"), " ", form),
        ] {
            let request = read(media, body, query).expect("a request");
            assert_eq!(request.grant, Grant::ClientCredentials);
            let parts = (
                request.client_id.as_deref(),
                request.client_secret.as_deref(),
            );
            assert_eq!(parts, (Some("a"), Some("b+")), "{media:?} {body} {query}");
        }
    }

    #[test]
    fn other_grants_and_bodies_are_refused() {
        let refusal = |media: Option<&'static str>, body: &str| match read(media, body, "") {
            Err(Error::OAuth(error)) => error,
            other => panic!("{other:?}"),
        };
        for grant in ["implicit", "password", "Authorization_code", "x"] {
            let body = format!("grant_type={grant}&client_id=a&client_secret=b");
            assert_eq!(refusal(None, &body), OAuthError::UnsupportedGrantType);
        }
        for (media, body) in [
            (None, ""),
            (None, "client_id=a"),
            (None, "grant_type="),
            (
                None,
                "grant_type=authorization_code&client_id=a&client_secret=b",
            ),
            (None, "grant_type=authorization_code&code=&client_id=a"),
            (None, "grant_type=refresh_token&client_id=a&client_secret=b"),
            (None, "grant_type=client_credentials&client_id=%00"),
            (Some("application/json"), "[]"),
            (Some("application/json"), "{"),
            (Some("application/json"), r#"{"grant_type":true}"#),
            (Some("text/plain"), "grant_type=client_credentials"),
        ] {
            let refused = refusal(media, body);
            assert!(matches!(refused, OAuthError::InvalidRequest(_)), "{body}");
        }
    }

    #[test]
    fn every_grant_has_its_own_parameters() {
        let code = Grant::Code {
            code: "c".into(),
            verifier: Some("v".into()),
            redirect_uri: Some("https://a.example/?x=1".into()),
        };
        let refresh = Grant::Refresh { token: "7".into() };
        for (body, grant) in [
            (
                "grant_type=authorization_code&code=c&code_verifier=v&redirect_uri=https://a.example/?x%3D1",
                &code,
            ),
            (
                "grant_type=refresh_token&refresh_token=7&code=ignored",
                &refresh,
            ),
            (
                r#"{"grant_type":"refresh_token","refresh_token":7,"scope":[]}"#,
                &refresh,
            ),
        ] {
            assert_eq!(
                &read(None, body, "").expect("a request").grant,
                grant,
                "{body}"
            );
        }
    }

    /// The example of RFC 7636, appendix B.
    #[test]
    fn a_verifier_solves_its_challenge() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(
            challenge(verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn a_nul_has_one_text_wherever_it_is() {
        let json = r#"{"grant_type":"client_credentials","client_id":"\u0000"}"#;
        let form = "grant_type=client_credentials&client_id=%00";
        for (media, body, query) in [
            (Some("application/json"), json, ""),
            (None, form, ""),
            (None, "", form),
        ] {
            let text = "client_id contains the character U+0000";
            match read(media, body, query) {
                Err(Error::OAuth(OAuthError::InvalidRequest(what))) => assert_eq!(what, text),
                other => panic!("{other:?}"),
            }
        }
    }
}
