//! The errors of the control API: problem documents (RFC 9457) with the members of the native API's.

use std::io;

use axum::response::{IntoResponse, Response};
use heddle_http::request_id::RequestId;
use heddle_store::Error;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::demo::host::NotReplaced;

/// An error of the control API.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    /// The kind of problem, for programs.
    kind: &'static str,
    /// The kind of problem, for people.
    title: &'static str,
    /// What is wrong with this request.
    detail: String,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: &str) -> Self {
        Self {
            status,
            kind,
            title,
            detail: detail.to_owned(),
        }
    }

    pub(crate) fn not_json(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "not-json", "Not JSON", detail)
    }

    pub(crate) fn invalid(detail: &str) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "Invalid",
            detail,
        )
    }

    pub(crate) fn too_large() -> Self {
        let detail = "a body of the control API has at most 2 MiB";
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "Body too large",
            detail,
        )
    }

    pub(crate) fn forbidden(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Forbidden", detail)
    }

    pub(crate) fn unauthorized(detail: &str) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Unauthorized",
            detail,
        )
    }

    pub(crate) fn not_found(detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    pub(crate) fn method_not_allowed() -> Self {
        let detail = "the path exists, but not with this method";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "Method not allowed",
            detail,
        )
    }

    pub(crate) fn conflict(detail: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Conflict", detail)
    }

    /// The demo's data were replaced while the request ran.
    pub(crate) fn interrupted() -> Self {
        let detail = "the demo's data were replaced while the request ran";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "interrupted",
            "Interrupted",
            detail,
        )
    }

    fn internal(detail: &str) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error",
            detail,
        )
    }
}

impl From<NotReplaced> for Problem {
    fn from(error: NotReplaced) -> Self {
        let detail = error.to_string();
        match error {
            NotReplaced::NoFiles => Self::new(
                StatusCode::NOT_IMPLEMENTED,
                "not-implemented",
                "Not possible with this store",
                &detail,
            ),
            NotReplaced::Failed(_) | NotReplaced::Broken => Self::internal(&detail),
        }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::internal(&format!("the copies cannot be read: {error}"))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::internal(&format!("the store cannot be read: {error}"))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::warn!(
                status = self.status.as_u16(),
                "control API: {}",
                self.detail
            );
        }
        let body = json!({
            "type": format!("urn:heddle:problem:{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "instance": format!("urn:uuid:{}", RequestId::new().uuid()),
        });
        let mut response = (self.status, axum::Json(body)).into_response();
        let media = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, media);
        response
    }
}
