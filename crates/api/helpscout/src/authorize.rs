//! `/authentication/authorizeClientApplication` (contract section 4.2): the page on which a user signs in and allows an app
//! to act for them.
//!
//! The app sends the user's browser here. The user gives e-mail address and password and allows or refuses; the browser
//! goes back to the app's registered URL with a code, or with the error. Nothing is remembered: each consent needs the
//! password, so the page needs no session.
//!
//! The browser is never sent to a URL that is not registered; if the app or the URL is wrong, the user sees an error page
//! instead. A form works only in the browser that got it: a cookie and a hidden field have the same random value.

mod page;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::response::Response;
use heddle_access::authentication::Denied;
use heddle_access::secrets::mint_key;
use heddle_domain::id::AgentId;
use heddle_store::read::principal::Principal;
use heddle_store::write::consent::GiveConsent;
use heddle_store::{Error as StoreError, Refusal};
use http::header::{COOKIE, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use percent_encoding::utf8_percent_encode;

use crate::context::{Context, NAME};
use crate::error::Error;
use crate::page::IN_QUERY;
use crate::path::Base;
use crate::template::AUTHORIZE;
use crate::token;
use heddle_http::body;
use heddle_http::members::Unreadable;
use heddle_http::peer::Peer;
use heddle_http::query::Query;
use page::Form;

/// The maximum size of the form, in bytes.
const BODY_LIMIT: usize = 64 << 10;
/// How long a code works.
const CODE_MS: i64 = 60_000;
/// The cookie whose value a form must repeat.
const COOKIE_NAME: &str = "heddle_consent";
/// The length of a challenge: a SHA-256 in base64url.
const CHALLENGE_LENGTH: usize = 43;

/// What the app asks for, in the query string. The form leads to the same query string, so that nothing of it changes.
#[derive(Clone, Debug, Default)]
struct Asked {
    client_id: String,
    state: Option<String>,
    redirect_uri: Option<String>,
    response_type: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

impl Asked {
    fn read(query: &Query) -> Self {
        let field = |name| query.last(name).map(str::to_owned);
        let given = |name| field(name).filter(|text| !text.is_empty());
        Self {
            client_id: field("client_id").unwrap_or_default(),
            state: field("state"),
            redirect_uri: given("redirect_uri"),
            response_type: given("response_type"),
            code_challenge: given("code_challenge"),
            code_challenge_method: given("code_challenge_method"),
        }
    }

    /// Returns the challenge that the app must solve to use its code; `None` if it sets none.
    ///
    /// # Errors
    /// Returns the OAuth error for a challenge of another method than `S256`.
    fn challenge(&self) -> Result<Option<&str>, &'static str> {
        let is_base64 = |text: &str| {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            text.len() == CHALLENGE_LENGTH && text.bytes().all(is_letter)
        };
        match (&self.code_challenge, self.code_challenge_method.as_deref()) {
            (None, None) => Ok(None),
            (Some(challenge), Some("S256")) if is_base64(challenge) => Ok(Some(challenge)),
            _ => Err("invalid_request"),
        }
    }
}

/// A request of an app that may ask users.
struct Request {
    asked: Asked,
    app: Arc<Principal>,
    /// The app's registered URL.
    redirect_url: String,
}

impl Request {
    /// Finds the app. Returns the page to show instead if there is none, or it does not ask rightly.
    async fn of(context: &Context, asked: Asked) -> Result<Result<Self, Response>, Error> {
        let found = context
            .authentication
            .by_public_name(NAME, &asked.client_id);
        let app = found.await?;
        let url = |app: &Arc<Principal>| app.credential.redirect_url.clone();
        let Some((app, redirect_url)) = app.and_then(|app| url(&app).map(|url| (app, url))) else {
            return Ok(Err(page::unknown_app()));
        };
        if asked
            .redirect_uri
            .as_ref()
            .is_some_and(|uri| *uri != redirect_url)
        {
            return Ok(Err(page::other_redirect()));
        }
        let request = Self {
            asked,
            app,
            redirect_url,
        };
        let asks_for_code = request.asked.response_type.as_deref();
        if asks_for_code.is_some_and(|kind| kind != "code") {
            return Ok(Err(request.back_with_error("unsupported_response_type")));
        }
        match request.asked.challenge() {
            Ok(_) => Ok(Ok(request)),
            Err(error) => Ok(Err(request.back_with_error(error))),
        }
    }

    /// Returns the form, for the browser that has the cookie `token`.
    fn form(
        &self,
        status: StatusCode,
        place: &Place,
        token: &str,
        fault: Option<&str>,
    ) -> Response {
        let form = Form {
            app: &self.app.credential.name,
            account: &self.app.account.name,
            action: &place.action,
            token,
            fault,
            redirect_url: &self.redirect_url,
        };
        let secure = if place.action.starts_with("https:") {
            "; Secure"
        } else {
            ""
        };
        let cookie =
            format!("{COOKIE_NAME}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600{secure}");
        page::form(status, &form, &cookie)
    }

    fn back_with_error(&self, error: &str) -> Response {
        self.back(("error", error))
    }

    /// Sends the browser back to the app, with the unchanged `state`.
    fn back(&self, (name, value): (&str, &str)) -> Response {
        let separator = if self.redirect_url.contains('?') {
            '&'
        } else {
            '?'
        };
        let mut url = format!("{}{separator}{name}={value}", self.redirect_url);
        if let Some(state) = &self.asked.state {
            url.push_str("&state=");
            url.extend(utf8_percent_encode(state, IN_QUERY));
        }
        let mut response = page::secured(StatusCode::SEE_OTHER, Body::empty(), None);
        let url = HeaderValue::try_from(url).expect("a checked URL and escapes are ASCII");
        response.headers_mut().insert(LOCATION, url);
        response
    }

    async fn consent(
        &self,
        context: &Context,
        agent: AgentId,
        peer: IpAddr,
    ) -> Result<Response, Error> {
        let code = mint_key();
        let challenge = self.asked.challenge().ok().flatten();
        let command = GiveConsent {
            caller: self.app.acting(Some(agent), peer),
            credential: self.app.credential.id,
            agent,
            code_hash: token::hash(&code),
            challenge: challenge.map(str::to_owned),
            expires_at: context.now().plus_ms(CODE_MS),
        };
        match context.store.write(command).await {
            // The app was revoked, or the password removed, after it was checked.
            Err(StoreError::Refused(Refusal::NotFound(_))) => {
                Ok(self.back_with_error("access_denied"))
            }
            outcome => {
                outcome?;
                Ok(self.back(("code", &code)))
            }
        }
    }
}

/// Where the form is sent: the URL of this page, with the query string of the app.
pub(crate) struct Place {
    action: String,
}

impl FromRequestParts<Context> for Place {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &Context,
    ) -> Result<Self, Self::Rejection> {
        let Ok(Base(base)) = Base::from_request_parts(parts, context).await;
        let query = parts.uri.query().unwrap_or_default();
        let action = format!("{base}{AUTHORIZE}?{query}");
        Ok(Self { action })
    }
}

/// Returns the token of the browser's cookie, if it is one of ours.
fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(COOKIE).into_iter();
    let mut pairs = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let is_token =
        |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    pairs
        .find(|(name, value)| *name == COOKIE_NAME && is_token(value))
        .map(|(_, value)| value.to_owned())
}

/// `GET /authentication/authorizeClientApplication`
pub(crate) async fn show(
    State(context): State<Context>,
    place: Place,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let request = match Request::of(&context, Asked::read(&query)).await? {
        Ok(request) => request,
        Err(page) => return Ok(page),
    };
    let token = cookie(&headers).unwrap_or_else(mint_key);
    Ok(request.form(StatusCode::OK, &place, &token, None))
}

/// `POST /authentication/authorizeClientApplication`: the form.
pub(crate) async fn decide(
    State(context): State<Context>,
    Peer(peer): Peer,
    place: Place,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let received = body::read_from_anyone(body, BODY_LIMIT).await;
    let fields = Query::parse(received.map_err(Unreadable::from)?);
    let request = match Request::of(&context, Asked::read(&query)).await? {
        Ok(request) => request,
        Err(page) => return Ok(page),
    };
    let field = |name| fields.last(name).unwrap_or_default();
    let known = cookie(&headers);
    if is_from_elsewhere(&headers) || known.as_deref() != Some(field("token")) {
        let token = known.unwrap_or_else(mint_key);
        let fault = "This form is out of date, or your browser sends no cookies. Please try again.";
        return Ok(request.form(StatusCode::FORBIDDEN, &place, &token, Some(fault)));
    }
    let token = field("token");
    match field("decision") {
        "allow" => {}
        "deny" => return Ok(request.back_with_error("access_denied")),
        _ => {
            let fault = "Please allow or refuse.";
            return Ok(request.form(StatusCode::BAD_REQUEST, &place, token, Some(fault)));
        }
    }
    let account = request.app.credential.account;
    let (email, password) = (field("email"), field("password"));
    let signed_in = context
        .authentication
        .sign_in(account, email, password, peer);
    match signed_in.await {
        Ok(agent) => request.consent(&context, agent, peer).await,
        Err(Denied::Wrong) => {
            let fault = "E-mail address or password is wrong.";
            Ok(request.form(StatusCode::UNAUTHORIZED, &place, token, Some(fault)))
        }
        Err(Denied::TooMany(seconds)) => {
            let fault = format!("Too many wrong passwords. Please try again in {seconds} seconds.");
            let status = StatusCode::TOO_MANY_REQUESTS;
            Ok(request.form(status, &place, token, Some(&fault)))
        }
        Err(Denied::Store(error)) => Err(error.into()),
    }
}

/// Whether the browser says that another site sent the form.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site");
    site.is_some_and(|site| site != "same-origin")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        Asked::read(&Query::parse(query))
    }

    #[test]
    fn only_s256_challenges_are_taken() {
        let good = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let read = |query: &str| {
            asked(query)
                .challenge()
                .map(|found| found.map(str::to_owned))
        };
        assert_eq!(read(""), Ok(None));
        let query = format!("code_challenge={good}&code_challenge_method=S256");
        assert_eq!(read(&query), Ok(Some(good.to_owned())));
        for query in [
            format!("code_challenge={good}"),
            format!("code_challenge={good}&code_challenge_method=plain"),
            format!("code_challenge={good}x&code_challenge_method=S256"),
            "code_challenge=short&code_challenge_method=S256".to_owned(),
            "code_challenge_method=S256".to_owned(),
        ] {
            assert_eq!(read(&query), Err("invalid_request"), "{query}");
        }
    }

    #[test]
    fn only_our_own_cookie_counts() {
        let token = "a1".repeat(32);
        for (sent, found) in [
            (format!("heddle_consent={token}"), Some(token.clone())),
            (
                format!("x=1; heddle_consent={token}; y=2"),
                Some(token.clone()),
            ),
            (format!("heddle_consentx={token}"), None),
            ("heddle_consent=".to_owned(), None),
            (format!("heddle_consent={token}0"), None),
            (format!("heddle_consent={}", "z".repeat(64)), None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::try_from(&sent).expect("a header"));
            assert_eq!(cookie(&headers), found, "{sent}");
        }
    }
}
