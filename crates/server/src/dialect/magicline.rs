//! Compatible with the Magicline Open API: the two thread calls (contract sections 5.1 to 5.3).
//!
//! Source of truth: `contracts/magicline.md`. Known gaps, answered 404: communication preferences, customers, leads,
//! studios, employees, documents, webhooks. An API key opens exactly one studio: the only inbox of its credential.

mod auth;
mod error;
mod hook;
mod map;
mod text;
mod threads;
mod wire;
mod zoned;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use heddle_domain::ApiName;
use http::{HeaderMap, Method, StatusCode};

use super::{Entry, Route};
use crate::App;
use crate::kit::api::Fault;
use crate::kit::limit::FixedPenalty;
use crate::kit::peer::Peer;
use crate::kit::request_id::RequestId;
use error::Error;
use text::Language;

const THREADS: &str = "/v1/communications/{customerId}/threads";
const THREAD: &str = "/v1/communications/{customerId}/threads/{threadId}";

/// Requests counted per (credential, endpoint).
pub type Rates = FixedPenalty<(i64, i64, &'static str)>;

/// This API's name.
pub const NAME: ApiName = ApiName::named("magicline");

/// This API's registration.
pub const ENTRY: Entry = Entry {
    api: NAME,
    prefixes: &["/v1/"],
    public_id: None,
    routes,
    router,
    render,
    hook: Some(&hook::Customers),
    kept: || Arc::new(Rates::new()),
};

/// The routes of this API.
pub fn routes() -> Vec<Route> {
    [(Method::POST, THREADS), (Method::PUT, THREAD)]
        .map(|(method, template)| Route {
            api: NAME,
            method,
            template,
        })
        .into()
}

/// Everything below `/v1/`.
pub fn router(app: &App) -> Router {
    let mut thread = put(threads::update);
    if app.config.magicline.accept_post_on_thread {
        thread = thread.post(threads::update);
    }
    Router::new()
        .route(THREADS, post(threads::create))
        .route(THREAD, thread)
        .route("/v1/{*unknown}", axum::routing::any(unknown))
        .route("/v1/", axum::routing::any(unknown))
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(app.clone(), envelope))
        .with_state(app.clone())
}

/// Renders a fault outside every handler.
pub fn render(fault: Fault, id: RequestId) -> Response {
    error::render(&fault.into(), id, Language::English)
}

async fn unknown() -> Error {
    Error::NotFound
}

async fn wrong_method() -> Error {
    Error::MethodNotAllowed
}

/// Middleware: answers HEAD by itself (contract section 2: it checks the key and nothing else), and gives every error
/// its body, for which the request id and the language are needed.
async fn envelope(
    State(app): State<App>,
    id: RequestId,
    Peer(peer): Peer,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let language = Language::of(&headers);
    let response = if request.method() == Method::HEAD {
        match auth::authenticate(&app, &headers, peer).await {
            Ok(_) => StatusCode::OK.into_response(),
            Err(error) => error.into_response(),
        }
    } else {
        next.run(request).await
    };
    error::complete(response, id, language)
}
