//! Compatible with the Mews Connector API: message threads and messages, get all and add (contract sections 8 to 11).
//!
//! Source of truth: `contracts/mews.md`. Every call is a POST whose body carries the credentials; everything else below
//! `/api/connector/`, other methods and dated variants included, answers 404. An application sees only the threads that
//! it created itself. Known gaps, answered 404: configuration, enterprises, customers, languages. There is no CORS.

mod auth;
mod error;
mod hook;
mod map;
mod messages;
mod page;
mod threads;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use heddle_domain::{ApiName, Guid};
use http::Method;

use super::{Entry, Route};
use crate::App;
use crate::kit::api::Fault;
use crate::kit::limit::Burst;
use crate::kit::request_id::RequestId;
use error::Error;

const GET_THREADS: &str = "/api/connector/v1/messageThreads/getAll";
const ADD_THREAD: &str = "/api/connector/v1/messageThreads/add";
const GET_MESSAGES: &str = "/api/connector/v1/messages/getAll";
const ADD_MESSAGES: &str = "/api/connector/v1/messages/add";

/// Requests counted per credential, which is per access token.
pub type Rates = Burst<(i64, i64)>;

/// This API's name.
pub const NAME: ApiName = ApiName::named("mews");

/// This API's registration.
pub const ENTRY: Entry = Entry {
    api: NAME,
    prefixes: &["/api/connector/"],
    public_id: Some(public_id),
    routes,
    router,
    render,
    hook: Some(&hook::General),
    kept: || Arc::new(Rates::new()),
};

/// An enterprise's public id as an operator gives it: a GUID, compared without regard to case and shown in lower case.
pub fn public_id(text: &str) -> Result<String, String> {
    match Guid::parse(text) {
        Some(guid) => Ok(guid.to_string()),
        None => Err(format!("{text:?} is not a GUID")),
    }
}

/// The routes of this API.
pub fn routes() -> Vec<Route> {
    [GET_THREADS, ADD_THREAD, GET_MESSAGES, ADD_MESSAGES]
        .map(|template| Route {
            api: NAME,
            method: Method::POST,
            template,
        })
        .into()
}

/// Everything below `/api/connector/`. Methods are told apart by `envelope`: a router that knows of methods would add
/// an `Allow` header to the 404.
pub fn router(app: &App) -> Router {
    Router::new()
        .route(GET_THREADS, any(threads::get_all))
        .route(ADD_THREAD, any(threads::add))
        .route(GET_MESSAGES, any(messages::get_all))
        .route(ADD_MESSAGES, any(messages::add))
        .route("/api/connector/{*unknown}", any(unknown))
        .route("/api/connector/", any(unknown))
        .layer(from_fn_with_state(app.clone(), envelope))
        .with_state(app.clone())
}

/// Renders a fault outside every handler.
pub fn render(fault: Fault, id: RequestId) -> Response {
    error::render(&fault.into(), id, false)
}

async fn unknown() -> Error {
    Error::NotFound
}

/// Middleware: lets POST through and nothing else, names the request in every answer, gives every error its body.
async fn envelope(State(app): State<App>, id: RequestId, request: Request, next: Next) -> Response {
    let response = match *request.method() {
        Method::POST => next.run(request).await,
        _ => Error::NotFound.into_response(),
    };
    error::complete(response, id, app.config.mews.development)
}
