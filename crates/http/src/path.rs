//! The path parameters of a route, percent-decoded once.
//!
//! Deliberately missing: conversion to numbers or ids, because each API has its own error for a wrong parameter.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;

/// The error for a path segment that is not UTF-8 after decoding.
///
/// APIs extract `Result<Params, BadPath>` and return an error in their own format. If a handler extracts `Params`
/// alone, the response is a 400 without a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a path segment is not UTF-8")]
pub struct BadPath;

impl IntoResponse for BadPath {
    fn into_response(self) -> Response {
        StatusCode::BAD_REQUEST.into_response()
    }
}

/// The parameters of the route by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Returns the parameter called `name`.
    ///
    /// # Panics
    /// Panics if the route has no such parameter. The first request to a route with this mistake shows it.
    pub fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .expect("a handler asks only for parameters that its route declares")
    }

    /// Returns the name of the first parameter that contains U+0000.
    pub fn first_nul(&self) -> Option<&str> {
        let found = self.0.iter().find(|(_, value)| value.contains('\0'));
        found.map(|(name, _)| name.as_str())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = BadPath;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, BadPath> {
        let raw = RawPathParams::from_request_parts(parts, state).await;
        let raw = raw.map_err(|_| BadPath)?;
        let owned = raw
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Self(owned.collect()))
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::extract::Request;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn answer(path: &str) -> String {
        async fn show(params: Result<Params, BadPath>) -> String {
            match params {
                Ok(params) => format!(
                    "{}|{}|{:?}",
                    params.get("a"),
                    params.get("b"),
                    params.first_nul()
                ),
                Err(BadPath) => "bad path".into(),
            }
        }
        let router = Router::new().route("/x/{a}/{b}", get(show));
        let request = Request::get(path)
            .body(Body::empty())
            .expect("a valid request");
        let response = router.oneshot(request).await.expect("infallible");
        let body = response.into_body().collect().await.expect("a whole body");
        String::from_utf8(body.to_bytes().into()).expect("UTF-8")
    }

    #[tokio::test]
    async fn segments_are_decoded_once() {
        assert_eq!(answer("/x/1/ab").await, "1|ab|None");
        assert_eq!(answer("/x/a%20b/%2F+").await, "a b|/+|None");
        assert_eq!(answer("/x/%2541/%C3%BC").await, "%41|ü|None");
    }

    #[tokio::test]
    async fn hostile_path_segments_get_different_errors() {
        assert_eq!(answer("/x/%ff/1").await, "bad path");
        assert_eq!(answer("/x/1/%00").await, "1|\0|Some(\"b\")");
    }
}
