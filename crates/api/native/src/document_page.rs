//! Serves the OpenAPI document and a page that shows it and those of the vendor APIs. All files are part of the binary, and the page may load nothing
//! from other hosts.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use heddle_api::{Apis, Description, Failure};
use heddle_http::path::{BadPath, Params};
use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use serde_json::json;
use utoipa_swagger_ui::Config;

use crate::context::{Context, NAME};
use crate::error::Error;

/// The path of the document.
pub(crate) const TEXT: &str = "/api/v1/openapi.json";
/// The path of the page.
pub(crate) const PAGE: &str = "/api/v1/docs/";
/// The paths of the document, of the page, of the page without its slash, of the page's files, and of the documents of other APIs.
pub(crate) const TEMPLATES: [&str; 5] = [
    TEXT,
    PAGE,
    "/api/v1/docs",
    "/api/v1/docs/{file}",
    "/api/v1/openapi/{file}",
];

/// The script that starts the page; it names the documents.
const START: &str = "swagger-initializer.js";

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

/// `GET /api/v1/docs`: redirects to the page, whose files are named relative to its path with the slash.
pub(crate) async fn page_without_slash() -> Redirect {
    Redirect::permanent(PAGE)
}

/// `GET /api/v1/docs/{file}`.
pub(crate) async fn file(
    State(context): State<Context>,
    params: Result<Params, BadPath>,
) -> Result<Response, Error> {
    let params = params.map_err(|BadPath| Error::NotFound)?;
    match params.get("file") {
        START => {
            let script = start_script(&context.own.apis, context.tries_calls);
            Ok(answer(script.into(), "text/javascript; charset=utf-8"))
        }
        name => show(name),
    }
}

/// Returns the script that starts the page with the documents of all APIs, this API's first.
fn start_script(apis: &Apis, tries_calls: bool) -> String {
    let document = |api: &Description| json!({ "name": api.title, "url": document_of(api) });
    let is_own = |api: &&Description| api.name() == NAME;
    let own = apis.iter().filter(is_own);
    let all = own.chain(apis.iter().filter(|api| !is_own(api)));
    let options = json!({
        "urls": all.map(document).collect::<Vec<_>>(),
        "dom_id": "#swagger-ui",
        "deepLinking": true,
        "layout": "StandaloneLayout",
        // The default validator is on another host.
        "validatorUrl": "none",
        "tryItOutEnabled": tries_calls,
    });
    format!(
        "window.onload = function () {{
  const options = {options};
  options.presets = [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset];
  options.plugins = [SwaggerUIBundle.plugins.DownloadUrl];
  window.ui = SwaggerUIBundle(options);
}};
"
    )
}

/// Returns the path of the document of an API.
pub(crate) fn document_of(api: &Description) -> String {
    match api.openapi {
        Some(_) => format!("/api/v1/openapi/{}.json", api.name().as_str()),
        None => TEXT.to_owned(),
    }
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
    // The library puts it into its own script, which [`start_script`] replaces.
    static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::from(TEXT)));
    let found = utoipa_swagger_ui::serve(name, Arc::clone(&CONFIG));
    let found = found.map_err(|error| Failure::Internal(error.to_string()))?;
    let file = found.ok_or(Error::NotFound)?;
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(answer(bytes, &file.content_type))
}

/// Returns a file that may load nothing from other hosts.
pub(crate) fn answer(bytes: Bytes, media: &str) -> Response {
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
