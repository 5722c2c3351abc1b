//! `GET /`: what this server is, for people who open its address in a browser, and for programs.
//!
//! It shows nothing of any account, and needs no token.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::Response;
use heddle_api::Apis;
use http::header::{ACCEPT, VARY};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::context::Context;
use crate::document_page::{PAGE, TEXT, answer, document_of};

/// The path of the page.
pub(crate) const PATH: &str = "/";

const VERSION: &str = env!("CARGO_PKG_VERSION");
const SUMMARY: &str =
    "Keeps a company's contacts with its customers in one store, and speaks five APIs.";

/// `GET /`: HTML for clients that name it in `Accept`, as browsers do; JSON for all others.
pub(crate) async fn show(State(context): State<Context>, headers: HeaderMap) -> Response {
    let wants_html = headers
        .get_all(ACCEPT)
        .iter()
        .any(|value| value.to_str().is_ok_and(|text| text.contains("text/html")));
    let apis = &context.own.apis;
    let mut response = match wants_html {
        true => answer(html(apis).into(), "text/html; charset=utf-8"),
        false => answer(json(apis).to_string().into(), "application/json"),
    };
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept"));
    response
}

fn json(apis: &Apis) -> Value {
    let apis = apis.iter().map(|api| {
        json!({
            "name": api.name().as_str(),
            "title": api.title,
            "paths": api.mount.prefixes,
            "openapi": document_of(api),
        })
    });
    json!({
        "name": "Heddle",
        "version": VERSION,
        "summary": SUMMARY,
        "documentation": { "reference": PAGE, "openapi": TEXT },
        "apis": apis.collect::<Vec<_>>(),
        "health": { "live": "/healthz", "ready": "/readyz" },
    })
}

/// Returns the page. All texts in it are fixed, so nothing needs to be escaped.
fn html(apis: &Apis) -> String {
    let mut rows = String::new();
    for api in apis.iter() {
        let paths = api.mount.prefixes.join(", ");
        let (title, document) = (api.title, document_of(api));
        // The error is ignored: writing to a String never fails.
        let _ = writeln!(
            rows,
            "<tr><td>{title}</td><td><code>{paths}</code></td><td><a href=\"{document}\">OpenAPI</a></td></tr>"
        );
    }
    format!(
        "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Heddle</title>
<style>body {{ font: 1rem/1.5 sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem }} td {{ padding-right: 1.5rem }}</style>
</head>
<body>
<h1>Heddle {VERSION}</h1>
<p>{SUMMARY}</p>
<p><a href=\"{PAGE}\">Reference of all APIs</a></p>
<table>
{rows}</table>
<p>Health: <a href=\"/healthz\">live</a>, <a href=\"/readyz\">ready</a></p>
</body>
</html>
"
    )
}
