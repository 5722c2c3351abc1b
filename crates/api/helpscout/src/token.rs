//! `POST /v2/oauth2/token` (contract section 4.1): the client credentials grant.
//!
//! Parameters come as JSON, as a form or in the query string; the query is read for parameters that the body lacks. A
//! token is stored as a hash and belongs to its app's credential. Revoking the credential revokes its tokens.

use std::borrow::Cow;
use std::net::IpAddr;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use heddle_store::write::credential::IssueToken;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::Value;

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

/// `POST /v2/oauth2/token`
pub(crate) async fn issue(
    State(context): State<Context>,
    Peer(peer): Peer,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let sent = receive(&context, peer, body).await?;
    let grant = Grant::read(&headers, &sent, &query)?;
    let invalid = || Error::OAuth(OAuthError::InvalidClient);
    let (Some(id), Some(secret)) = (grant.client_id, grant.client_secret) else {
        return Err(invalid());
    };
    let found = context.authentication.by_name(NAME, &id, &secret, peer);
    let principal = found.await.map_err(|denied| match denied {
        Denied::Wrong => invalid(),
        denied => denied.into(),
    })?;
    let token = mint_key();
    let lifetime = context.own.config.token_lifetime_seconds.get();
    context
        .store
        .write(IssueToken {
            account: principal.credential.account,
            credential: principal.credential.id,
            key_hash: key_hash(NAME, Lookup::Secret(&token)),
            expires_at: context.now().plus_ms(i64::from(lifetime) * 1_000),
        })
        .await?;
    Ok(response(token, lifetime))
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

fn response(token: String, lifetime: u32) -> Response {
    let body = TokenBody {
        token_type: "bearer",
        access_token: token,
        expires_in: lifetime,
    };
    let mut response = axum::Json(body).into_response();
    debug_assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    error::forbid_storing(&mut response);
    response
}

/// The parameters of a client credentials grant.
#[derive(Debug, PartialEq, Eq)]
struct Grant {
    client_id: Option<String>,
    client_secret: Option<String>,
}

impl Grant {
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
        let [grant_type, client_id, client_secret] = parameters;
        match grant_type.as_deref() {
            None => Err(invalid_request("The parameter grant_type is missing")),
            Some("client_credentials") => Ok(Self {
                client_id,
                client_secret,
            }),
            Some(_) => Err(Error::OAuth(OAuthError::UnsupportedGrantType)),
        }
    }
}

/// Returns the error for a parameter that contains U+0000.
fn contains_nul(name: &str) -> Error {
    invalid_request(format!("{name} {}", Problem::Nul))
}

fn invalid_request(what: impl Into<Cow<'static, str>>) -> Error {
    Error::OAuth(OAuthError::InvalidRequest(what.into()))
}

pub(crate) const SHAPE: Shape = known!("grant_type", "client_id", "client_secret");
const NAMES: [&str; 3] = ["grant_type", "client_id", "client_secret"];

/// The values of the parameters [`NAMES`], in the same order; `None` for a missing parameter.
#[derive(Default)]
struct Parameters([Option<String>; 3]);

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

    fn read(media: Option<&'static str>, body: &str, query: &str) -> Result<Grant, Error> {
        let mut headers = HeaderMap::new();
        if let Some(media) = media {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        }
        Grant::read(&headers, body.as_bytes(), &Query::parse(query))
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
            let grant = read(media, body, query).expect("a grant");
            let parts = (grant.client_id.as_deref(), grant.client_secret.as_deref());
            assert_eq!(parts, (Some("a"), Some("b+")), "{media:?} {body} {query}");
        }
    }

    #[test]
    fn other_grants_and_bodies_are_refused() {
        let refusal = |media: Option<&'static str>, body: &str| match read(media, body, "") {
            Err(Error::OAuth(error)) => error,
            other => panic!("{other:?}"),
        };
        for grant in ["authorization_code", "refresh_token", "password", "x"] {
            let body = format!("grant_type={grant}&client_id=a&client_secret=b");
            assert_eq!(refusal(None, &body), OAuthError::UnsupportedGrantType);
        }
        for (media, body) in [
            (None, ""),
            (None, "client_id=a"),
            (None, "grant_type="),
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
