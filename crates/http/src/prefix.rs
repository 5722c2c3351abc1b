//! An extra path in front of one API, for clients whose base URL must carry one.
//!
//! The prefix is taken off before routing, so that routes, logs and envelopes never meet it; without the prefix the
//! API stays where it was.

use axum::Router;
use axum::extract::Request;
use http::Uri;
use http::uri::PathAndQuery;
use tower::util::MapRequest;

/// Makes `router` answer the paths that are `owned` below `prefix` (such as `/studio`) too. An empty prefix changes
/// nothing.
pub fn accept<F>(router: Router, prefix: &str, owned: F) -> Router
where
    F: Fn(&str) -> bool + Clone + Send + Sync + 'static,
{
    if prefix.is_empty() {
        return router;
    }
    let prefix = prefix.to_owned();
    let strip = move |mut request: Request| {
        if let Some(uri) = without(request.uri(), &prefix, &owned) {
            *request.uri_mut() = uri;
        }
        request
    };
    Router::new().fallback_service(MapRequest::new(router, strip))
}

/// `uri` without `prefix`, if what remains is owned.
fn without(uri: &Uri, prefix: &str, owned: impl Fn(&str) -> bool) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(prefix)?;
    if !owned(rest) {
        return None;
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(rest).ok()?);
    Uri::from_parts(parts).ok()
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
        let router = accept(router, "/studio", |path| path.starts_with("/v1/"));
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
}
