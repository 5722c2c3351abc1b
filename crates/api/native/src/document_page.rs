//! Serves the OpenAPI document and a page that shows it. All files are part of the binary, and the page may load nothing
//! from other hosts.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use heddle_api::Failure;
use heddle_http::path::{BadPath, Params};
use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use utoipa_swagger_ui::Config;

use crate::context::Context;
use crate::error::Error;

const TEXT: &str = "/api/v1/openapi.json";
/// The paths of the document, of the page, of the page's files, and of the documents of other APIs.
pub(crate) const TEMPLATES: [&str; 4] = [
    TEXT,
    "/api/v1/docs/",
    "/api/v1/docs/{file}",
    "/api/v1/openapi/{file}",
];

/// The content security policy of the page: only the page's own scripts and styles may run. The page sets inline styles
/// and has icons in `data:` URLs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// `GET /api/v1/openapi.json`.
pub(crate) async fn openapi(State(context): State<Context>) -> Response {
    answer(context.own.document.text(), "application/json")
}

/// `GET /api/v1/docs/`.
pub(crate) async fn page() -> Result<Response, Error> {
    show("index.html")
}

/// `GET /api/v1/docs/{file}`.
pub(crate) async fn file(params: Result<Params, BadPath>) -> Result<Response, Error> {
    let params = params.map_err(|BadPath| Error::NotFound)?;
    show(params.get("file"))
}

/// `GET /api/v1/openapi/{file}`: the description of a vendor API as it is served here, such as `helpscout.json`.
pub(crate) async fn of_api(
    State(context): State<Context>,
    params: Result<Params, BadPath>,
) -> Result<Response, Error> {
    let params = params.map_err(|BadPath| Error::NotFound)?;
    let name = params.get("file").strip_suffix(".json");
    let api = name.and_then(|name| context.own.apis.find(name));
    let text = api.and_then(|api| api.openapi).ok_or(Error::NotFound)?;
    Ok(answer(text(), "application/json"))
}

fn show(name: &str) -> Result<Response, Error> {
    static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
        // Set explicitly, because the default validator is on another host.
        Arc::new(
            Config::from(TEXT)
                .validator_url("none")
                .try_it_out_enabled(false),
        )
    });
    let found = utoipa_swagger_ui::serve(name, Arc::clone(&CONFIG));
    let found = found.map_err(|error| Failure::Internal(error.to_string()))?;
    let file = found.ok_or(Error::NotFound)?;
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(answer(bytes, &file.content_type))
}

fn answer(bytes: Bytes, media: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let media = HeaderValue::try_from(media).expect("a media type is visible ASCII");
    headers.insert(CONTENT_TYPE, media);
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-cache"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn bytes(name: &str) -> Bytes {
        let body = show(name).expect("a file").into_body();
        body.collect().await.expect("a body").to_bytes()
    }

    /// The address of the bytes shows that there is only one copy.
    #[tokio::test]
    async fn every_answer_has_the_same_bytes_in_memory() {
        for name in ["swagger-ui-bundle.js", "swagger-ui.css", "index.html"] {
            let (one, other) = (bytes(name).await, bytes(name).await);
            assert!(!one.is_empty());
            assert_eq!(one.as_ptr(), other.as_ptr(), "{name}");
        }
    }
}
