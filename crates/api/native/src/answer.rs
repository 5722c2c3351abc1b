//! Answers to writes, in a form that can be kept and given again (`rules.md` 29), and single resources with their tags.

use axum::response::{IntoResponse, Response};
use heddle_store::write::idempotent;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::etag;

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    status: StatusCode,
    rest: Rest,
    replayed: bool,
}

/// What is kept beside the status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
struct Rest {
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
            rest: Rest {
                body,
                ..Rest::default()
            },
            replayed: false,
        }
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).expect("an answer's body is plain data");
        Self::new(status, Some(body))
    }

    /// 200.
    pub(crate) fn ok(body: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// 201, with the path of what was made.
    pub(crate) fn created(location: String, body: &impl Serialize) -> Self {
        let mut answer = Self::json(StatusCode::CREATED, body);
        answer.rest.location = Some(location);
        answer
    }

    /// 202: it will be done.
    pub(crate) fn accepted(body: &impl Serialize) -> Self {
        Self::json(StatusCode::ACCEPTED, body)
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, None)
    }

    /// 304.
    pub(crate) fn not_modified(version: i64) -> Self {
        Self::new(StatusCode::NOT_MODIFIED, None).version(version)
    }

    /// The same with the entity tag of a version.
    pub(crate) fn version(mut self, version: i64) -> Self {
        self.rest.version = Some(version);
        self
    }

    /// As the store keeps it.
    pub(crate) fn to_kept(&self) -> idempotent::Answer {
        idempotent::Answer {
            status: self.status.as_u16(),
            text: serde_json::to_string(&self.rest).expect("an answer is plain data"),
        }
    }

    /// As the store kept it; `None` if that is no answer.
    pub(crate) fn from_kept(kept: &idempotent::Answer, replayed: bool) -> Option<Self> {
        Some(Self {
            status: StatusCode::from_u16(kept.status).ok()?,
            rest: serde_json::from_str(&kept.text).ok()?,
            replayed,
        })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let Rest {
            version,
            location,
            body,
        } = self.rest;
        let has_body = body.is_some();
        let mut response = (self.status, body.unwrap_or_default()).into_response();
        let headers = response.headers_mut();
        headers.remove(CONTENT_TYPE);
        if has_body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let texts = [
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
