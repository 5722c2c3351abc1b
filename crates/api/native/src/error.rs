//! Problem documents (RFC 9457). `type` is a stable name that programs compare, `detail` is for people, `instance` is the
//! request's id, under which the operator finds the log lines.

use axum::response::{IntoResponse, Response};
use heddle_access::authentication::Denied;
use heddle_domain::Scope;
use heddle_store::{Entity, Error as StoreError};
use http::header::{ALLOW, CONTENT_RANGE, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::wire::Problem;
use heddle_http::cause::Cause;
use heddle_http::dispatch::Fault;
use heddle_http::json::Syntax;
use heddle_http::request_id::RequestId;

/// Everything this API can refuse.
#[derive(Clone, Debug)]
pub(crate) enum Error {
    /// No token.
    Unauthorized,
    /// A token that opens nothing.
    WrongToken,
    /// The token lacks this scope.
    Forbidden(Scope),
    /// The token is limited to some inboxes, and this is about the whole account.
    NeedsWholeAccount,
    /// The token may not do this to that resource.
    NotAllowed,
    /// The body is no JSON.
    NotJson(Syntax),
    /// The body broke off.
    BrokenBody,
    /// A body where none belongs.
    UnexpectedBody,
    /// This field holds U+0000 (`rules.md` 8).
    Nul(String),
    /// A header that cannot be read, and what it must be.
    BadHeader(&'static str, &'static str),
    /// The state of things forbids it.
    Conflict(String),
    /// These fields hold what belongs to another.
    Taken(Vec<FieldError>),
    /// The range lies behind the end of so many bytes.
    RangeNotSatisfiable(u64),
    /// It was there and is no more.
    Gone(&'static str),
    /// It was merged into what stands at this path: reads go there.
    Moved(String),
    /// It was merged into what stands at this path: it takes no writes any more.
    Merged(String),
    /// Everything known of it was erased.
    Erased,
    /// It was changed since the version that the caller has seen.
    Stale,
    /// The body has more bytes than this.
    TooLarge(usize),
    /// The body is none of these.
    UnsupportedMedia(&'static [&'static str]),
    /// These fields are wrong.
    Invalid(Vec<FieldError>),
    /// The idempotency key came with another body before.
    KeyReused,
    /// No such path.
    NotFound,
    /// The path is known, the method is not.
    MethodNotAllowed,
    /// The request did not arrive in time.
    RequestTimeout,
    /// Too many wrong tokens; try again after so many seconds.
    TooManyRequests(u32),
    /// Our fault.
    Internal(String),
    /// Not now.
    Unavailable(String),
    /// The store has stopped writing; only a restart helps.
    NotReady(String),
}

/// One bad field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Where it stands: a path such as `messages[0].body`, or a query parameter's name. Empty for the body as a whole.
    pub(crate) field: String,
    /// What is wrong, for programs: `required`, `unknown`, `type`, `range`, `length`, `choice`, `format`, `duplicate`,
    /// `repeated`, `cursor`, `not-found`, `conflict`, `taken`, `invalid` or `nul`.
    pub(crate) code: &'static str,
    /// What is wrong, for people.
    pub(crate) detail: String,
}

impl FieldError {
    pub(crate) fn new(field: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            code,
            detail: detail.into(),
        }
    }

    /// The same below another field.
    pub(crate) fn under(mut self, parent: &str) -> Self {
        let separator = match self.field.chars().next() {
            None | Some('[') => "",
            Some(_) => ".",
        };
        self.field = format!("{parent}{separator}{}", self.field);
        self
    }

    /// A body names something that does not exist, or not for this caller.
    pub(crate) fn unknown(field: &str) -> Self {
        Self::new(field, "not-found", "does not exist")
    }
}

/// Why a write is answered before its handler sees it.
#[derive(Clone, Debug)]
pub(crate) enum Early {
    /// It is refused.
    Refused(Error),
    /// It was answered before.
    Replayed(Answer),
}

impl From<Error> for Early {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl IntoResponse for Early {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(error) => error.into_response(),
            Self::Replayed(answer) => answer.into_response(),
        }
    }
}

impl Error {
    /// 422 if there are bad fields.
    pub(crate) fn invalid_if_any(faults: Vec<FieldError>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self::Invalid(faults))
        }
    }

    /// 422 for one field that names something unknown.
    pub(crate) fn unknown(field: &str) -> Self {
        Self::Invalid(vec![FieldError::unknown(field)])
    }

    /// What the store's refusal of a command means to the client: an unknown entity is 422 if a field of the body named it,
    /// else 404, because the path did.
    pub(crate) fn of_command(error: StoreError, fields: &[(Entity, &'static str)]) -> Self {
        let StoreError::NotFound(entity) = error else {
            return error.into();
        };
        let field = fields.iter().find(|(named, _)| *named == entity);
        field.map_or(Self::NotFound, |(_, field)| Self::unknown(field))
    }

    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::NeedsWholeAccount | Self::NotAllowed => {
                StatusCode::FORBIDDEN
            }
            Self::NotJson(_)
            | Self::BrokenBody
            | Self::UnexpectedBody
            | Self::Nul(_)
            | Self::BadHeader(..) => StatusCode::BAD_REQUEST,
            Self::Moved(_) => StatusCode::MOVED_PERMANENTLY,
            Self::Conflict(_) | Self::Taken(_) | Self::Merged(_) => StatusCode::CONFLICT,
            Self::Gone(_) | Self::Erased => StatusCode::GONE,
            Self::RangeNotSatisfiable(_) => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Stale => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMedia(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid(_) | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) | Self::NotReady(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Its name for programs.
    pub(crate) fn kind(&self) -> String {
        format!("urn:heddle:problem:{}", self.name())
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::WrongToken => "wrong-token",
            Self::Forbidden(_) => "forbidden",
            Self::NeedsWholeAccount => "needs-whole-account",
            Self::NotAllowed => "not-allowed",
            Self::NotJson(_) => "not-json",
            Self::BrokenBody => "broken-body",
            Self::UnexpectedBody => "unexpected-body",
            Self::Nul(_) => "nul",
            Self::BadHeader(..) => "bad-header",
            Self::Conflict(_) | Self::Taken(_) => "conflict",
            Self::RangeNotSatisfiable(_) => "range-not-satisfiable",
            Self::Gone(_) => "gone",
            Self::Moved(_) | Self::Merged(_) => "merged",
            Self::Erased => "erased",
            Self::Stale => "stale",
            Self::TooLarge(_) => "too-large",
            Self::UnsupportedMedia(_) => "unsupported-media-type",
            Self::Invalid(_) => "invalid",
            Self::KeyReused => "idempotency-key-reused",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::RequestTimeout => "request-timeout",
            Self::TooManyRequests(_) => "too-many-requests",
            Self::Internal(_) => "internal",
            Self::Unavailable(_) => "unavailable",
            Self::NotReady(_) => "not-ready",
        }
    }

    pub(crate) const fn title(&self) -> &'static str {
        match self {
            Self::Unauthorized => "A token is required",
            Self::WrongToken => "The token is not valid",
            Self::Forbidden(_) => "The token does not allow this",
            Self::NeedsWholeAccount => "The token is limited to some inboxes",
            Self::NotAllowed => "Not allowed",
            Self::NotJson(_) => "Not JSON",
            Self::BrokenBody => "The body broke off",
            Self::UnexpectedBody => "Unexpected body",
            Self::Nul(_) => "Unacceptable character",
            Self::BadHeader(..) => "Bad header",
            Self::Conflict(_) | Self::Taken(_) => "Conflict",
            Self::RangeNotSatisfiable(_) => "Range not satisfiable",
            Self::Gone(_) => "Gone",
            Self::Moved(_) | Self::Merged(_) => "Merged into another",
            Self::Erased => "Erased",
            Self::Stale => "Changed in the meantime",
            Self::TooLarge(_) => "Body too large",
            Self::UnsupportedMedia(_) => "Unsupported media type",
            Self::Invalid(_) => "Invalid request",
            Self::KeyReused => "Idempotency key reused",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::RequestTimeout => "Request timeout",
            Self::TooManyRequests(_) => "Too many requests",
            Self::Internal(_) => "Internal error",
            Self::Unavailable(_) => "Unavailable",
            Self::NotReady(_) => "Not ready",
        }
    }

    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Unauthorized => "Send the header `Authorization: Bearer <token>`.".into(),
            Self::WrongToken => "The token is unknown, revoked or expired.".into(),
            Self::Forbidden(scope) => format!("The token lacks the scope {}.", scope.as_str()),
            Self::NeedsWholeAccount => {
                "This is about the whole account; the token reaches some inboxes only.".into()
            }
            Self::NotAllowed => "The token may see this resource, but not change it so.".into(),
            Self::NotJson(syntax) => format!("The body is {syntax}."),
            Self::BrokenBody => "The body ended before its announced end.".into(),
            Self::UnexpectedBody => "This operation takes no body.".into(),
            Self::Nul(field) => format!("{field} holds the character U+0000."),
            Self::BadHeader(name, wanted) => format!("The header `{name}` {wanted}."),
            Self::Conflict(what) => format!("{what}."),
            Self::RangeNotSatisfiable(size) => format!("There are {size} bytes."),
            Self::Gone(what) => (*what).into(),
            Self::Moved(path) | Self::Merged(path) => {
                format!("It was merged into {path}; use that one.")
            }
            Self::Erased => "Everything known of it was erased.".into(),
            Self::Stale => {
                "The resource has another version than `If-Match` names; read it again.".into()
            }
            Self::TooLarge(limit) => format!("The body may have {limit} bytes."),
            Self::UnsupportedMedia(known) => format!("Send the body as {}.", known.join(" or ")),
            Self::Invalid(_) => "`errors` names each bad field.".into(),
            Self::Taken(_) => "`errors` names what belongs to another already.".into(),
            Self::KeyReused => "The `Idempotency-Key` came with another body before.".into(),
            Self::NotFound => "There is nothing at this path.".into(),
            Self::MethodNotAllowed => "The header `Allow` names the methods of this path.".into(),
            Self::RequestTimeout => "The request did not arrive in time.".into(),
            Self::TooManyRequests(seconds) => {
                format!("Too many wrong tokens from this address; try again in {seconds} s.")
            }
            Self::Internal(_) => "Something went wrong on our side; the log tells more.".into(),
            Self::Unavailable(_) => {
                "The server cannot answer at the moment; try again later.".into()
            }
            Self::NotReady(_) => "The store does not write; the log tells why.".into(),
        }
    }
}

impl Error {
    /// The bad fields, where fields are bad.
    pub(crate) fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(fields) | Self::Taken(fields) => fields.clone(),
            Self::Nul(field) => {
                vec![FieldError::new(field, "nul", "holds the character U+0000")]
            }
            _ => Vec::new(),
        }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Wrong => Self::WrongToken,
            Denied::TooMany(seconds) => Self::TooManyRequests(seconds),
            Denied::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let reason = error.to_string();
        match error {
            StoreError::Overloaded(_)
            | StoreError::TimedOut(_)
            | StoreError::DiskFull
            | StoreError::Unavailable(_) => Self::Unavailable(reason),
            StoreError::NotFound(_) => Self::NotFound,
            StoreError::Conflict(what) => Self::Conflict(format!("{what} exists already")),
            StoreError::Invalid { field, reason } => {
                Self::Invalid(vec![FieldError::new(field, "invalid", reason)])
            }
            StoreError::Stale => Self::Stale,
            StoreError::MergedCustomer(survivor) => {
                Self::Merged(format!("/api/v1/customers/{survivor}"))
            }
            StoreError::ErasedCustomer => Self::Erased,
            StoreError::Forbidden => Self::NotAllowed,
            // Locks are Help Scout's; the native commands carry none.
            StoreError::Locked(_)
            | StoreError::Internal(_)
            | StoreError::StartOver
            | StoreError::Reserve(_) => Self::Internal(reason),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Internal => Self::Internal("a handler panicked".into()),
            Fault::NotFound | Fault::BadPath => Self::NotFound,
            Fault::RequestTimeout => Self::RequestTimeout,
            Fault::Unavailable => Self::Unavailable("the server is stopping".into()),
        }
    }
}

impl IntoResponse for Error {
    /// The bare status with the error beside it: [`complete`] writes the body.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives an error response its body; what the router put into the head (`Allow`) stays.
pub(crate) fn complete(mut response: Response, id: RequestId) -> Response {
    let Some(error) = response.extensions_mut().remove::<Error>() else {
        return response;
    };
    let mut complete = render(&error, id);
    if let Some(allow) = response.headers_mut().remove(ALLOW) {
        complete.headers_mut().insert(ALLOW, allow);
    }
    complete
}

/// An error as the client sees it.
pub(crate) fn render(error: &Error, id: RequestId) -> Response {
    let problem = Problem {
        kind: error.kind(),
        title: error.title(),
        status: error.status().as_u16(),
        detail: error.detail(),
        instance: format!("urn:uuid:{}", id.uuid()),
        errors: error.fields(),
    };
    let mut response = (error.status(), axum::Json(problem)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    head(error, headers);
    if let Error::Internal(cause) | Error::Unavailable(cause) | Error::NotReady(cause) = error {
        response.extensions_mut().insert(Cause(cause.clone()));
    }
    response
}

/// The headers that an error needs beside its body.
fn head(error: &Error, headers: &mut HeaderMap) {
    let challenge = match error {
        Error::Unauthorized => Some("Bearer realm=\"Heddle\""),
        Error::WrongToken => Some("Bearer realm=\"Heddle\", error=\"invalid_token\""),
        Error::Forbidden(_) => Some("Bearer realm=\"Heddle\", error=\"insufficient_scope\""),
        _ => None,
    };
    if let Some(challenge) = challenge {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    let place = match error {
        Error::Moved(path) => Some((LOCATION, path.clone())),
        Error::RangeNotSatisfiable(size) => Some((CONTENT_RANGE, format!("bytes */{size}"))),
        _ => None,
    };
    if let Some((name, text)) = place
        && let Ok(value) = HeaderValue::try_from(text)
    {
        headers.insert(name, value);
    }
    let retry = match error {
        Error::TooManyRequests(seconds) => Some(*seconds),
        Error::Unavailable(_) => Some(1),
        _ => None,
    };
    if let Some(seconds) = retry {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn answered(error: Error) -> (Response, serde_json::Value) {
        let response = complete(error.into_response(), RequestId::new());
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        let body = serde_json::from_slice(&bytes).expect("JSON");
        (Response::from_parts(parts, axum::body::Body::empty()), body)
    }

    #[tokio::test]
    async fn a_store_that_stopped_writing_is_not_ready_and_its_reason_stays_inside() {
        let (response, body) = answered(Error::NotReady("COMMIT failed: secret".into())).await;
        assert_eq!(response.status(), 503);
        assert_eq!(body["type"], "urn:heddle:problem:not-ready");
        assert!(!body.to_string().contains("secret"), "{body}");
        let cause = response.extensions().get::<Cause>().expect("a cause");
        assert_eq!(cause.0, "COMMIT failed: secret");
        // Only a restart helps, so nobody is asked to try again.
        assert!(response.headers().get(RETRY_AFTER).is_none());
    }

    #[tokio::test]
    async fn a_passing_fault_of_the_store_is_unavailable_for_a_second() {
        let (response, body) = answered(StoreError::DiskFull.into()).await;
        assert_eq!(
            (response.status().as_u16(), &body["status"]),
            (503, &503.into())
        );
        assert_eq!(response.headers()[RETRY_AFTER], "1");
        let (response, _) = answered(StoreError::Internal("a bug".into()).into()).await;
        assert_eq!(response.status(), 500);
    }
}
