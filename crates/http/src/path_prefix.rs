//! A path that an operator puts in front of an API's own paths, for clients whose base URL must have one.
//!
//! The prefix is removed before routing, so that routes, logs and error answers never see it. The API also stays reachable
//! without the prefix.

use axum::Router;
use axum::extract::Request;
use http::Uri;
use http::uri::PathAndQuery;
use serde::{Deserialize, Serialize};
use tower::util::MapRequest;

/// Either empty, or a path such as `/studio`. The caller, who has the list of APIs, checks that none of them uses the
/// path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathPrefix(String);

impl PathPrefix {
    /// Returns the path, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes `router` also accept the prefix followed by a path that the API `owns`. An empty prefix changes nothing.
    pub fn accept<F>(&self, router: Router, owns: F) -> Router
    where
        F: Fn(&str) -> bool + Clone + Send + Sync + 'static,
    {
        if self.0.is_empty() {
            return router;
        }
        let prefix = self.0.clone();
        let strip = move |mut request: Request| {
            if let Some(uri) = without(request.uri(), &prefix, &owns) {
                *request.uri_mut() = uri;
            }
            request
        };
        Router::new().fallback_service(MapRequest::new(router, strip))
    }
}

/// Returns `uri` without `prefix`; `None` if the API does not own the rest of the path.
fn without(uri: &Uri, prefix: &str, owns: impl Fn(&str) -> bool) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(prefix)?;
    if !owns(rest) {
        return None;
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(rest).ok()?);
    Uri::from_parts(parts).ok()
}

/// The error for a text that is not a path prefix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a path such as \"/studio\"")]
pub struct NotAPathPrefix(String);

impl TryFrom<String> for PathPrefix {
    type Error = NotAPathPrefix;

    fn try_from(text: String) -> Result<Self, NotAPathPrefix> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        let is_segment =
            |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_plain);
        let segments = text
            .strip_prefix('/')
            .map(|rest| rest.split('/').all(is_segment));
        if text.is_empty() || segments == Some(true) {
            Ok(Self(text))
        } else {
            Err(NotAPathPrefix(text))
        }
    }
}

impl From<PathPrefix> for String {
    fn from(prefix: PathPrefix) -> Self {
        prefix.0
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http::StatusCode;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn answer(path: &str) -> (StatusCode, String) {
        let router = Router::new().route("/v1/{x}", get(|uri: Uri| async move { uri.to_string() }));
        let prefix = PathPrefix::try_from("/studio".to_owned()).expect("a prefix");
        let router = prefix.accept(router, |path| path.starts_with("/v1/"));
        let request = Request::get(path)
            .body(Body::empty())
            .expect("a valid request");
        let response = router.oneshot(request).await.expect("infallible");
        let status = response.status();
        let body = response.into_body().collect().await.expect("a whole body");
        (
            status,
            String::from_utf8(body.to_bytes().into()).expect("UTF-8"),
        )
    }

    #[tokio::test]
    async fn the_api_answers_with_and_without_prefix() {
        assert_eq!(
            answer("/studio/v1/a?b=c").await,
            (StatusCode::OK, "/v1/a?b=c".into())
        );
        assert_eq!(answer("/v1/a").await, (StatusCode::OK, "/v1/a".into()));
    }

    #[tokio::test]
    async fn only_that_api_has_the_prefix() {
        for path in ["/studio/v2/a", "/studios/v1/a", "/studio", "/other/v1/a"] {
            assert_eq!(answer(path).await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn a_prefix_is_a_plain_path() {
        for text in ["", "/studio", "/a/b-c_1.2"] {
            assert!(PathPrefix::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in ["/", "studio", "/studio/", "/a//b", "/..", "/a b", "/ü"] {
            assert!(PathPrefix::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
