//! Problem documents (RFC 9457). `type` is a stable name that programs compare, `detail` is for people, `instance` is the
//! request's id, under which the operator finds the log lines.

use axum::response::{IntoResponse, Response};
use heddle_domain::Scope;
use heddle_store::Error as StoreError;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::wire::Problem;
use crate::kit::cause::Cause;
use crate::kit::door::Fault;
use crate::kit::request_id::RequestId;

/// Everything this door can refuse.
#[derive(Clone, Debug)]
pub(super) enum Error {
    /// No token.
    Unauthorized,
    /// A token that opens nothing.
    WrongToken,
    /// The token lacks this scope.
    Forbidden(Scope),
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

impl Error {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) | Self::NotReady(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::WrongToken => "wrong-token",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::RequestTimeout => "request-timeout",
            Self::TooManyRequests(_) => "too-many-requests",
            Self::Internal(_) => "internal",
            Self::Unavailable(_) => "unavailable",
            Self::NotReady(_) => "not-ready",
        }
    }

    const fn title(&self) -> &'static str {
        match self {
            Self::Unauthorized => "A token is required",
            Self::WrongToken => "The token is not valid",
            Self::Forbidden(_) => "The token does not allow this",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::RequestTimeout => "Request timeout",
            Self::TooManyRequests(_) => "Too many requests",
            Self::Internal(_) => "Internal error",
            Self::Unavailable(_) => "Unavailable",
            Self::NotReady(_) => "Not ready",
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Unauthorized => "Send the header `Authorization: Bearer <token>`.".into(),
            Self::WrongToken => "The token is unknown, revoked or expired.".into(),
            Self::Forbidden(scope) => format!("The token lacks the scope {}.", scope.as_str()),
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

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let reason = error.to_string();
        match error {
            StoreError::Overloaded(_)
            | StoreError::TimedOut(_)
            | StoreError::DiskFull
            | StoreError::Unavailable(_) => Self::Unavailable(reason),
            StoreError::NotFound(_)
            | StoreError::Conflict(_)
            | StoreError::Forbidden
            | StoreError::Stale
            | StoreError::Locked(_)
            | StoreError::Invalid { .. }
            | StoreError::Internal(_)
            | StoreError::StartOver
            | StoreError::ShortOfIds
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
pub(super) fn complete(mut response: Response, id: RequestId) -> Response {
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
pub(super) fn render(error: &Error, id: RequestId) -> Response {
    let problem = Problem {
        kind: format!("urn:heddle:problem:{}", error.name()),
        title: error.title(),
        status: error.status().as_u16(),
        detail: error.detail(),
        instance: format!("urn:uuid:{}", id.uuid()),
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
