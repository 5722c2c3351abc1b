//! Heddle's own API: the API below `/api/v1/`, its document, the operator's probes, and whatever belongs to no other API.
//!
//! Invariants: it is the fallback of the whole router, so every path has an answer; every error is a problem document
//! (RFC 9457); what the OpenAPI document says of a request is what is checked (`schema.rs`); every operation of the
//! document is a route and the other way round ([`routes`]).
//!
//! A resource has a file: its body structs, `routes()`, its handlers. The kit beside them: `auth` (who may), `input` and
//! `query` (what comes in), `once` (idempotency keys, `If-Match`), `answer`, `etag` and `page` (what goes out), `error`.

mod account;
mod agents;
mod answer;
mod attachments;
mod audit;
mod auth;
mod conversations;
mod credentials;
mod customers;
mod docs;
mod document;
mod error;
mod etag;
mod events;
mod happening;
mod hook;
mod inboxes;
mod input;
mod messages;
mod once;
mod page;
mod path;
mod probes;
mod query;
mod rate;
mod schema;
mod tags;
mod time;
mod webhooks;
mod wire;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use heddle_domain::ApiName;
use http::Method;

use crate::App;
use crate::dialect::{Entry, Route};
use crate::kit::api::Fault;
use crate::kit::request_id::RequestId;
use error::Error;

/// This API's name.
pub const NAME: ApiName = ApiName::named("native");

/// This API's registration.
pub const ENTRY: Entry = Entry {
    api: NAME,
    prefixes: &[],
    public_id: None,
    routes,
    router,
    render,
    hook: Some(&hook::Native),
    kept: || Arc::new(once::InFlight::default()),
};

/// The routes of this API: every operation of its document, and the document itself with its page.
pub fn routes() -> Vec<Route> {
    let operations = document::operations();
    let operations = operations.map(|(template, method, _)| (template, method));
    let pages = docs::TEMPLATES.map(|template| (template, Method::GET));
    operations
        .chain(pages)
        .map(|(template, method)| Route {
            api: NAME,
            method,
            template,
        })
        .collect()
}

/// The OpenAPI document of this API, as it is served.
pub fn openapi() -> &'static str {
    &document::TEXT
}

/// The native routes, and the answer to every path that no API has.
pub fn router(app: &App) -> Router {
    let [text, page, file] = docs::TEMPLATES;
    Router::from(document::api())
        .route(text, get(docs::openapi))
        .route(page, get(docs::page))
        .route(file, get(docs::file))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(envelope))
        .with_state(app.clone())
}

/// Renders a fault outside every handler.
pub fn render(fault: Fault, id: RequestId) -> Response {
    error::render(&fault.into(), id)
}

async fn unknown() -> Error {
    Error::NotFound
}

async fn wrong_method() -> Error {
    Error::MethodNotAllowed
}

/// Middleware: gives every error its body, for which the request id is needed.
async fn envelope(id: RequestId, request: Request, next: Next) -> Response {
    error::complete(next.run(request).await, id)
}
