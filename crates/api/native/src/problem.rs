//! Problem documents (RFC 9457): the body and headers of every error.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_RANGE, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, FieldError};
use heddle_api::failure;
use heddle_http::request_id::RequestId;

/// After how many seconds a client may try again whose stream was refused.
const RETRY_STREAM_S: u32 = 10;

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The kind of problem, for programs: `urn:heddle:problem:…`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The kind of problem, for people.
    pub(crate) title: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What is wrong with this request.
    pub(crate) detail: String,
    /// The request's id, under which the operator finds the log lines.
    pub(crate) instance: String,
    /// The bad fields, if the problem is about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) errors: Vec<FieldError>,
}

/// Gives an error response its body.
pub(crate) fn complete(response: Response, id: RequestId) -> Response {
    failure::complete(response, |error| render(error, id))
}

/// Returns the response for an error.
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
    set_headers(error, headers);
    // `NotReady` gets no cause: the store has logged it once, and probes ask again and again.
    if let Error::Failure(failure) | Error::SlowSearch(failure) = error {
        failure.mark(&mut response);
    }
    response
}

/// Sets the headers that belong to an error.
fn set_headers(error: &Error, headers: &mut HeaderMap) {
    let challenge = match error {
        Error::Unauthorized => Some("Bearer realm=\"Heddle\""),
        Error::WrongToken => Some("Bearer realm=\"Heddle\", error=\"invalid_token\""),
        Error::Forbidden(_) => Some("Bearer realm=\"Heddle\", error=\"insufficient_scope\""),
        _ => None,
    };
    if let Some(challenge) = challenge {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    let location = match error {
        Error::Moved(path) => Some((LOCATION, path.clone())),
        Error::RangeNotSatisfiable(size) => Some((CONTENT_RANGE, format!("bytes */{size}"))),
        _ => None,
    };
    if let Some((name, text)) = location
        && let Ok(value) = HeaderValue::try_from(text)
    {
        headers.insert(name, value);
    }
    let seconds = match error {
        Error::TooManyRequests(seconds) => Some(*seconds),
        Error::TooManyStreams(_) | Error::TooManyPresent | Error::ServerFull => {
            Some(RETRY_STREAM_S)
        }
        _ => None,
    };
    if let Some(seconds) = seconds {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}

#[cfg(test)]
mod tests {
    use heddle_http::cause::Cause;
    use heddle_store::{Error as StoreError, Trouble};
    use http_body_util::BodyExt;

    use super::*;

    async fn response_to(error: Error) -> (Response, serde_json::Value) {
        let response = complete(error.into_response(), RequestId::new());
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        let body = serde_json::from_slice(&bytes).expect("JSON");
        (Response::from_parts(parts, axum::body::Body::empty()), body)
    }

    #[tokio::test]
    async fn a_store_that_does_not_write_is_not_ready_and_says_why() {
        let (response, body) = response_to(Error::NotReady(
            "The store accepts no writes: the disk is full.",
        ))
        .await;
        assert_eq!(response.status(), 503);
        assert_eq!(body["type"], "urn:heddle:problem:not-ready");
        assert_eq!(
            body["detail"],
            "The store accepts no writes: the disk is full."
        );
        // The store has logged the reason once; probes would repeat it.
        assert!(response.extensions().get::<Cause>().is_none());
        // Probes look again by themselves.
        assert!(response.headers().get(RETRY_AFTER).is_none());
    }

    #[tokio::test]
    async fn a_clock_that_stepped_back_is_not_said_to_refuse_writes() {
        let stepped =
            "The clock has stepped back by more than 5 minutes; the store still accepts writes.";
        let (response, body) = response_to(Error::NotReady(stepped)).await;
        assert_eq!(
            (response.status().as_u16(), &body["detail"]),
            (503, &stepped.into())
        );
    }

    #[tokio::test]
    async fn a_search_that_took_too_long_gets_advice() {
        let slow = StoreError::Trouble(Trouble::TimedOut("the search"));
        let (response, body) = response_to(Error::of_search(slow)).await;
        assert_eq!(response.status(), 503);
        assert_eq!(body["type"], "urn:heddle:problem:slow-search");
        assert_eq!(
            body["detail"],
            "The search took longer than 2 seconds. A narrower query is faster."
        );
        assert!(response.extensions().get::<Cause>().is_some());
        assert_eq!(response.headers()[RETRY_AFTER], "1");
        let other = StoreError::Trouble(Trouble::Unreachable);
        let (_, body) = response_to(Error::of_search(other)).await;
        assert_eq!(body["type"], "urn:heddle:problem:unavailable");
    }

    #[tokio::test]
    async fn a_passing_fault_of_the_store_is_unavailable_for_a_second() {
        let (response, body) = response_to(StoreError::Trouble(Trouble::DiskFull).into()).await;
        assert_eq!(
            (response.status().as_u16(), &body["status"]),
            (503, &503.into())
        );
        assert_eq!(response.headers()[RETRY_AFTER], "1");
        let (response, _) =
            response_to(StoreError::Trouble(Trouble::Internal("a bug".into())).into()).await;
        assert_eq!(response.status(), 500);
    }
}
