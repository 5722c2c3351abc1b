//! Heddle's own door: the API below `/api/v1/`, the operator's probes, and whatever belongs to no other door.
//!
//! Invariants: it is the fallback of the whole router, so every path has an answer; every error is a problem document
//! (RFC 9457). Not built yet: everything below `/api/v1/` but the account itself; those paths answer 404.

mod account;
mod auth;
mod error;
mod map;
mod probes;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use heddle_domain::Door;
use http::Method;

use crate::App;
use crate::dialect::{Entry, Route};
use crate::kit::door::Fault;
use crate::kit::request_id::RequestId;
use error::Error;

const ACCOUNT: &str = "/api/v1/account";
const HEALTH: &str = "/healthz";
const READY: &str = "/readyz";

/// This door's name.
pub const DOOR: Door = Door::named("native");

/// This door's registration.
pub const ENTRY: Entry = Entry {
    door: DOOR,
    prefixes: &[],
    public_id: None,
    routes,
    router,
    render,
    kept: || Arc::new(()),
};

/// The routes of this door.
pub fn routes() -> Vec<Route> {
    [ACCOUNT, HEALTH, READY]
        .map(|template| Route {
            door: DOOR,
            method: Method::GET,
            template,
        })
        .into()
}

/// The native routes, and the answer to every path that no door has.
pub fn router(app: &App) -> Router {
    Router::new()
        .route(ACCOUNT, get(account::show))
        .route(HEALTH, get(probes::health))
        .route(READY, get(probes::ready))
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
