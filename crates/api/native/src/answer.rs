//! Responses to successful requests. The response to a write can be stored and sent again (`rules.md` 29).

use axum::response::{IntoResponse, Response};
use heddle_store::write::idempotent;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::etag::{self, IfNoneMatch};

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The response to a successful request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    status: StatusCode,
    content: Content,
    replayed: bool,
}

/// The part of a response that the store keeps in addition to the status, as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
struct Content {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

impl Answer {
    fn new(status: StatusCode, body: Option<String>) -> Self {
        Self {
            status,
            content: Content {
                body,
                ..Content::default()
            },
            replayed: false,
        }
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).expect("an answer's body is plain data");
        Self::new(status, Some(body))
    }

    /// Returns a response with status 200.
    pub(crate) fn ok(body: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// Returns a response with status 200 and a resource of this version, or with status 304 if the client has this
    /// version cached.
    pub(crate) fn if_changed(
        cached: &IfNoneMatch,
        version: i64,
        resource: &impl Serialize,
    ) -> Self {
        if cached.matches(version) {
            Self::not_modified(version)
        } else {
            Self::ok(resource).version(version)
        }
    }

    /// Returns a response with status 201 and the path of the new resource.
    pub(crate) fn created(location: String, body: &impl Serialize) -> Self {
        let mut answer = Self::json(StatusCode::CREATED, body);
        answer.content.location = Some(location);
        answer
    }

    /// Returns a response with status 202: the work continues after the response.
    pub(crate) fn accepted(body: &impl Serialize) -> Self {
        Self::json(StatusCode::ACCEPTED, body)
    }

    /// Returns a response with status 204 and no body.
    pub(crate) fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, None)
    }

    /// Returns a response with status 304 and no body.
    pub(crate) fn not_modified(version: i64) -> Self {
        Self::new(StatusCode::NOT_MODIFIED, None).version(version)
    }

    /// Adds the header `ETag` with a version.
    pub(crate) fn version(mut self, version: i64) -> Self {
        self.content.version = Some(version);
        self
    }

    /// Returns the form in which the store keeps the response.
    pub(crate) fn to_stored(&self) -> idempotent::Answer {
        idempotent::Answer {
            status: self.status.as_u16(),
            text: serde_json::to_string(&self.content).expect("an answer is plain data"),
        }
    }

    /// Reads a stored response; `None` if it is malformed.
    pub(crate) fn from_stored(stored: &idempotent::Answer, replayed: bool) -> Option<Self> {
        Some(Self {
            status: StatusCode::from_u16(stored.status).ok()?,
            content: serde_json::from_str(&stored.text).ok()?,
            replayed,
        })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let Content {
            version,
            location,
            body,
        } = self.content;
        let media_type = body.as_ref().map(|_| "application/json".to_owned());
        let mut response = (self.status, body.unwrap_or_default()).into_response();
        let headers = response.headers_mut();
        headers.remove(CONTENT_TYPE);
        let texts = [
            (CONTENT_TYPE, media_type),
            (ETAG, version.map(etag::of)),
            (LOCATION, location),
            (
                CACHE_CONTROL,
                version.map(|_| "private, no-cache".to_owned()),
            ),
            (REPLAYED, self.replayed.then(|| "true".to_owned())),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                let value =
                    HeaderValue::try_from(text).expect("digits and paths are visible ASCII");
                headers.insert(name, value);
            }
        }
        response
    }
}
