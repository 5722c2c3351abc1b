//! The error body (contract section 5.1): one entry for each bad field. The reason is the fragment (the part after `#`)
//! of the URL in `_links.about`. The errors of the token endpoint and of the rate limit have other, plain bodies.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use heddle_access::authentication::Denied;
use heddle_api::failure::{self, Failure};
use heddle_domain::conversation::Lock;
use heddle_store::{Entity, Error as StoreError, Refusal};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::fault;
use crate::wire::{About, Entries, Entry, ErrorBody, OAuthErrorBody, RateErrorBody};
use heddle_http::body::BodyFault;
use heddle_http::dispatch::Fault as OuterFault;
use heddle_http::members::{Fault, Unreadable};
use heddle_http::request_id::RequestId;

/// The vendor's page about errors.
const ABOUT: &str = "http://developer.helpscout.net/mailbox-api/overview/errors";
/// The media type of the error body. It has no charset, because the vendor's SDK compares the whole header.
const ERROR_JSON: &str = "application/vnd.error+json";
const X_RETRY_AFTER: HeaderName = HeaderName::from_static("x-ratelimit-retry-after");

/// The errors of the token endpoint (RFC 6749 section 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OAuthError {
    InvalidClient,
    InvalidRequest(Cow<'static, str>),
    /// The code is unknown, used, expired, or of another app, or its challenge is not solved.
    InvalidGrant,
    InvalidRefreshToken,
    UnsupportedGrantType,
}

/// Every error that this API can return.
#[derive(Clone, Debug)]
pub(crate) enum Error {
    /// Fields of the body are wrong. The response has one entry for each.
    Invalid(Vec<Fault>),
    /// A query parameter is wrong.
    Query(Fault),
    /// The body is not a JSON object.
    NotJson,
    /// The body begins with a byte order mark.
    Marked,
    /// The body did not arrive in time or not completely.
    Incomplete,
    /// The path is known, but not with this method. Holds the supported methods as a text.
    Method(String),
    /// The request has no valid token.
    Unauthorized,
    /// The token's app lacks the scope.
    Forbidden,
    /// The resource does not exist, or the caller may not see it.
    NotFound,
    /// This exists already.
    Conflict(&'static str),
    /// Other requests changed the conversation again and again while this one was to change it.
    Changed,
    /// The conversation accepts no more threads.
    Locked(Lock),
    /// The body or an attachment is too large.
    TooLarge,
    /// The body is not JSON.
    MediaType,
    /// The account has sent too many requests. It may try again after this many seconds.
    TooManyRequests(u32),
    /// An error of the token endpoint.
    OAuth(OAuthError),
    /// A failure of the server.
    Failure(Failure),
}

impl Error {
    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_)
            | Self::Query(_)
            | Self::NotJson
            | Self::Marked
            | Self::Incomplete
            | Self::Method(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict(_) | Self::Changed => StatusCode::CONFLICT,
            Self::Locked(_) => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::OAuth(error) => error.parts().0,
            Self::Failure(failure) => failure.status(),
        }
    }

    /// Returns the top-level message and the fragment (the part after `#`) of the URL in its `about` link.
    fn text(&self) -> (&str, Option<&'static str>) {
        match self {
            Self::Invalid(_) | Self::Query(_) => ("Bad request", None),
            Self::NotJson => ("Error parsing request body into JSON", Some("invalid-json")),
            Self::Marked => (
                "Error parsing request body into JSON: it begins with a byte order mark",
                Some("invalid-json"),
            ),
            Self::Incomplete => ("The request body did not arrive completely", None),
            Self::Method(_) => (
                "This method is not supported here",
                Some("invalid-http-method"),
            ),
            Self::Unauthorized => ("A valid access token is required", None),
            Self::Forbidden => ("This app may not do that", None),
            Self::NotFound => ("Not found", None),
            Self::Conflict(what) => (what, None),
            Self::Changed => ("Other requests changed it at the same time", None),
            Self::Locked(Lock::Full) => (
                "The conversation is locked: it has reached the maximum number of threads",
                None,
            ),
            Self::Locked(Lock::Old) => (
                "The conversation is locked: the company's policy locks conversations of this age",
                None,
            ),
            Self::TooLarge => ("The request body or an attachment is too large", None),
            Self::MediaType => ("The request body must be sent as application/json", None),
            Self::TooManyRequests(_) => ("API rate limit exceeded", None),
            Self::OAuth(error) => (error.parts().2, None),
            Self::Failure(Failure::Internal(_)) => ("An unexpected error occurred", None),
            Self::Failure(Failure::Unavailable(_) | Failure::TimedOut(_)) => {
                ("The service cannot answer at the moment; try again", None)
            }
        }
    }
}

impl OAuthError {
    /// Returns status, code and description of the error.
    fn parts(&self) -> (StatusCode, &'static str, &str) {
        use StatusCode as Status;
        match self {
            Self::InvalidClient => (
                Status::UNAUTHORIZED,
                "invalid_client",
                "Invalid client authentication",
            ),
            Self::InvalidRequest(what) => (Status::BAD_REQUEST, "invalid_request", what),
            Self::InvalidGrant => (
                Status::BAD_REQUEST,
                "invalid_grant",
                "Invalid authorization code",
            ),
            // The vendor calls this error `invalid_request`, where RFC 6749 has `invalid_grant`.
            Self::InvalidRefreshToken => (
                Status::BAD_REQUEST,
                "invalid_request",
                "Invalid refresh_token",
            ),
            Self::UnsupportedGrantType => (
                Status::BAD_REQUEST,
                "unsupported_grant_type",
                "This grant type is not supported",
            ),
        }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Wrong => Self::Unauthorized,
            Denied::TooMany(seconds) => Self::TooManyRequests(seconds),
            Denied::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refusal.into(),
            StoreError::Trouble(trouble) => Self::Failure(trouble.into()),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound(Entity::Account | Entity::Credential | Entity::Application) => {
                Self::Unauthorized
            }
            Refusal::NotFound(
                Entity::Inbox
                | Entity::Agent
                | Entity::Customer(_)
                | Entity::Address
                | Entity::Conversation(_)
                | Entity::Message
                | Entity::Webhook
                | Entity::Delivery
                | Entity::Attachment
                | Entity::CustomField,
            )
            | Refusal::MergedConversation { .. } => Self::NotFound,
            Refusal::Locked(lock) => Self::Locked(lock),
            Refusal::Conflict(what) => Self::Conflict(what),
            // Unexpected, because no command or read of this API is refused for these reasons.
            Refusal::Invalid { .. }
            | Refusal::MergedCustomer(_)
            | Refusal::ErasedCustomer
            | Refusal::Forbidden
            | Refusal::Stale => Self::Failure(Failure::unexpected(&refusal)),
        }
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Body(BodyFault::TooLarge) => Self::TooLarge,
            Unreadable::Body(BodyFault::TimedOut | BodyFault::Broken) => Self::Incomplete,
            Unreadable::Body(BodyFault::NoRoom) => {
                Self::Failure(Failure::Unavailable(unreadable.to_string()))
            }
            Unreadable::MediaType => Self::MediaType,
            Unreadable::Syntax(syntax) if syntax.marked => Self::Marked,
            Unreadable::Empty | Unreadable::Syntax(_) | Unreadable::NotAnObject => Self::NotJson,
        }
    }
}

impl From<OuterFault> for Error {
    fn from(fault: OuterFault) -> Self {
        match fault {
            OuterFault::Internal => Self::Failure(Failure::panicked()),
            OuterFault::NotFound | OuterFault::BadPath => Self::NotFound,
            OuterFault::RequestTimeout => Self::Incomplete,
            OuterFault::Unavailable => Self::Failure(Failure::stopping()),
        }
    }
}

impl IntoResponse for Error {
    /// Returns a response without a body; [`complete`] adds the body.
    fn into_response(self) -> Response {
        failure::carry(self.status(), self)
    }
}

/// Gives an error response its body.
pub(crate) fn complete(response: Response, id: RequestId) -> Response {
    failure::complete(response, |error| render(error, id))
}

/// Returns the whole response for an error.
pub(crate) fn render(error: &Error, id: RequestId) -> Response {
    let mut response = match error {
        Error::OAuth(oauth) => oauth_response(oauth),
        Error::TooManyRequests(seconds) => rate_limit_response(error, *seconds),
        _ => json_response(error.status(), ERROR_JSON, &body(error, id)),
    };
    if let Error::Failure(failure) = error {
        failure.mark(&mut response);
    }
    response
}

fn body(error: &Error, id: RequestId) -> ErrorBody {
    let (message, fragment) = error.text();
    let message = match error {
        Error::Method(methods) => format!("{message}; supported: {methods}"),
        Error::Conflict(_) => format!("Conflict: {message} exists already"),
        _ => message.to_owned(),
    };
    let errors: Vec<Entry> = match error {
        Error::Invalid(faults) => faults.iter().map(|fault| entry(fault, "JSON")).collect(),
        Error::Query(fault) => vec![entry(fault, "QUERY")],
        _ => Vec::new(),
    };
    ErrorBody {
        log_ref: id.uuid(),
        message,
        embedded: (!errors.is_empty()).then_some(Entries { errors }),
        links: about(fragment),
    }
}

fn entry(fault: &Fault, source: &'static str) -> Entry {
    let (code, message) = fault::code_and_message(&fault.problem);
    Entry {
        path: fault.path.to_string(),
        message,
        rejected_value: fault.value.clone(),
        source,
        links: about(Some(code)),
    }
}

fn about(fragment: Option<&str>) -> About {
    let href = match fragment {
        Some(fragment) => format!("{ABOUT}#{fragment}"),
        None => ABOUT.to_owned(),
    };
    About::to(href)
}

fn oauth_response(oauth: &OAuthError) -> Response {
    let (status, error, error_description) = oauth.parts();
    let body = OAuthErrorBody {
        error_description,
        error,
    };
    let mut response = json_response(status, "application/json", &body);
    forbid_storing(&mut response);
    response
}

/// Adds the headers that RFC 6749 requires on every response of the token endpoint.
pub(crate) fn forbid_storing(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
}

fn rate_limit_response(error: &Error, seconds: u32) -> Response {
    let body = RateErrorBody {
        message: error.text().0,
    };
    let mut response = json_response(error.status(), "application/json", &body);
    let headers = response.headers_mut();
    // The delay is sent in two headers, because some clients read one and some the other.
    headers.insert(X_RETRY_AFTER, HeaderValue::from(seconds));
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn json_response(status: StatusCode, media: &'static str, body: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(body).expect("these bodies have text keys only");
    (status, [(CONTENT_TYPE, media)], bytes).into_response()
}

#[cfg(test)]
mod tests {
    use heddle_http::members::Problem;
    use http_body_util::BodyExt;
    use serde_json::Value;

    use super::*;

    async fn rendered(error: Error) -> (u16, String, Value) {
        let response = render(&error, RequestId::new());
        let status = response.status().as_u16();
        let media = response.headers()[CONTENT_TYPE]
            .to_str()
            .expect("text")
            .to_owned();
        let body = response
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        let mut body: Value = serde_json::from_slice(&body).expect("JSON");
        if let Some(reference) = body.get_mut("logRef") {
            assert_eq!(reference.as_str().map(str::len), Some(36));
            *reference = "…".into();
        }
        (status, media, body)
    }

    #[tokio::test]
    async fn every_error_has_its_status_media_type_and_message() {
        let fault = Fault::new("text", Problem::Missing);
        for (error, status, media) in [
            (Error::Invalid(vec![fault.clone()]), 400, ERROR_JSON),
            (Error::Query(fault), 400, ERROR_JSON),
            (Error::NotJson, 400, ERROR_JSON),
            (Error::Incomplete, 400, ERROR_JSON),
            (Error::Method("GET".into()), 400, ERROR_JSON),
            (Error::Unauthorized, 401, ERROR_JSON),
            (Error::Forbidden, 403, ERROR_JSON),
            (Error::NotFound, 404, ERROR_JSON),
            (Error::Conflict("a tag"), 409, ERROR_JSON),
            (Error::Changed, 409, ERROR_JSON),
            (Error::Locked(Lock::Full), 412, ERROR_JSON),
            (Error::Locked(Lock::Old), 412, ERROR_JSON),
            (Error::TooLarge, 413, ERROR_JSON),
            (Error::MediaType, 415, ERROR_JSON),
            (Error::TooManyRequests(7), 429, "application/json"),
            (
                Error::OAuth(OAuthError::InvalidClient),
                401,
                "application/json",
            ),
            (
                Error::OAuth(OAuthError::InvalidRequest("x".into())),
                400,
                "application/json",
            ),
            (
                Error::OAuth(OAuthError::InvalidGrant),
                400,
                "application/json",
            ),
            (
                Error::OAuth(OAuthError::InvalidRefreshToken),
                400,
                "application/json",
            ),
            (
                Error::OAuth(OAuthError::UnsupportedGrantType),
                400,
                "application/json",
            ),
            (
                Error::Failure(Failure::Internal("secret".into())),
                500,
                ERROR_JSON,
            ),
            (
                Error::Failure(Failure::Unavailable("secret".into())),
                503,
                ERROR_JSON,
            ),
        ] {
            let (shown_status, shown_media, body) = rendered(error.clone()).await;
            assert_eq!(
                (shown_status, shown_media.as_str()),
                (status, media),
                "{error:?}"
            );
            assert!(!body.to_string().contains("secret"), "{body}");
            let message = body.get("message").or(body.get("error_description"));
            assert!(
                message
                    .and_then(Value::as_str)
                    .is_some_and(|m| !m.is_empty())
            );
        }
    }

    #[tokio::test]
    async fn a_bad_field_is_one_entry() {
        let problem = Problem::Rule("EnumValue", "no".into());
        let fault = Fault {
            value: Some("x".into()),
            ..Fault::new("customer.gender", problem)
        };
        let (_, _, body) = rendered(Error::Invalid(vec![fault])).await;
        insta::assert_json_snapshot!(body, @r###"
        {
          "_embedded": {
            "errors": [
              {
                "_links": {
                  "about": {
                    "href": "http://developer.helpscout.net/mailbox-api/overview/errors#EnumValue"
                  }
                },
                "message": "no",
                "path": "customer.gender",
                "rejectedValue": "x",
                "source": "JSON"
              }
            ]
          },
          "_links": {
            "about": {
              "href": "http://developer.helpscout.net/mailbox-api/overview/errors"
            }
          },
          "logRef": "…",
          "message": "Bad request"
        }
        "###);
    }

    #[tokio::test]
    async fn a_wrong_method_names_the_right_ones() {
        let (_, _, body) = rendered(Error::Method("GET, PUT".into())).await;
        assert!(body["message"].as_str().expect("text").contains("GET, PUT"));
        let href = body["_links"]["about"]["href"].as_str().expect("a link");
        assert!(href.ends_with("#invalid-http-method"));
        assert!(body.get("_embedded").is_none());
    }
}
