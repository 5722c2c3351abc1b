//! Responses that are not errors, and the headers of all responses (contract section 2.1).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION,
};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use heddle_http::limit::Verdict;
use heddle_http::request_id::RequestId;

const CORRELATION_ID: HeaderName = HeaderName::from_static("correlation-id");
const RESOURCE_ID: HeaderName = HeaderName::from_static("resource-id");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit-minute");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining-minute");

/// The header of a HAL body.
pub(crate) const HAL: [(HeaderName, &str); 1] =
    [(CONTENT_TYPE, "application/hal+json;charset=UTF-8")];

/// Returns a response with status 200 and a HAL body.
pub(crate) fn hal(body: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(body).expect("our bodies have text keys only");
    (HAL, bytes).into_response()
}

/// Returns a response with status 201 and no body. Its headers contain the new resource's id and, for some resources,
/// its URL.
pub(crate) fn created(id: i64, location: Option<String>) -> Response {
    let mut response = empty(StatusCode::CREATED, location);
    let id = HeaderValue::from(id);
    response.headers_mut().insert(RESOURCE_ID, id);
    response
}

/// Returns a response with status 201 and no body, for a resource without an id.
pub(crate) fn created_at(location: String) -> Response {
    empty(StatusCode::CREATED, Some(location))
}

/// Returns a response with status 202 and no body.
pub(crate) fn accepted() -> Response {
    empty(StatusCode::ACCEPTED, None)
}

/// Returns a response with status 301, which redirects to another URL.
pub(crate) fn moved(location: String) -> Response {
    empty(StatusCode::MOVED_PERMANENTLY, Some(location))
}

/// The media type of a response without a body (contract section 2.1).
const NO_TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=UTF-8");

/// Returns a response with status 204 and no body.
///
/// Contract section 2.1 also shows `Content-Length: 0`, which RFC 9110 forbids here: strict HTTP clients refuse it.
pub(crate) fn no_content() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(CONTENT_TYPE, NO_TEXT);
    response
}

fn empty(status: StatusCode, location: Option<String>) -> Response {
    let mut response = (status, Body::empty()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, NO_TEXT);
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    if let Some(location) = location {
        let location = HeaderValue::try_from(location).expect("a base URL and numbers are ASCII");
        headers.insert(LOCATION, location);
    }
    response
}

/// Adds the headers that all responses have. `rate` is `None` if the caller was not authenticated.
pub(crate) fn add_common_headers(response: &mut Response, id: RequestId, rate: Option<Verdict>) {
    let headers = response.headers_mut();
    let correlation = HeaderValue::try_from(id.uuid()).expect("a UUID is ASCII");
    headers.insert(CORRELATION_ID, correlation);
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(
            "no-cache, no-store, max-age=0, must-revalidate",
        ));
    if let Some(rate) = rate {
        headers.insert(LIMIT, HeaderValue::from(rate.limit));
        headers.insert(REMAINING, HeaderValue::from(rate.remaining));
    }
}
