//! Compatible with the myKaarma Communications API: the thread list, messages and notes, delegation, and the default
//! dealer associate (contract sections 4, 6, 7 and 9).
//!
//! Source of truth: `contracts/mykaarma.md`. A dealer is an account, a department an inbox, a user an agent; public ids
//! are opaque texts. Known gaps, answered 404: message history and filters, edits of drafts, historical import, bot and
//! e-mail sends, calls, followers, subscriptions, opt-out, customers. Refused although the vendor knows them: scheduled and
//! discarded drafts, FreeMarker templates, out-of-office delegation.
//!
//! Invariant: below `/communications/` errors wear one envelope, below `/manage/` and `/customer/` another.

mod associate;
mod auth;
mod delegate;
mod error;
mod hook;
mod map;
mod messages;
mod request;
mod threads;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get, post, put};
use heddle_domain::ApiName;
use http::Method;

use super::{Entry, Route};
use crate::App;
use crate::kit::api::{ApiLookup, Fault};
use crate::kit::request_id::RequestId;
use crate::kit::serve::catch_panic;
use error::{Envelope, Error};

const THREADS: &str =
    "/communications/departments/{departmentUUID}/customers/{customerUUID}/threads";
const MESSAGE: &str =
    "/communications/department/{departmentUUID}/user/{userUUID}/customer/{customerUUID}/message";
const NOTE: &str = "/communications/department/{departmentUUID}/customer/{customerUUID}/message";
const DELEGATE: &str = "/communications/dealers/{dealerUUID}/delegate";
const DEFAULT_ASSOCIATE: &str = "/manage/v2/department/{departmentUUID}/dealerAssociate/default";

/// This API's name.
pub const NAME: ApiName = ApiName::named("mykaarma");

/// This API's registration.
pub const ENTRY: Entry = Entry {
    api: NAME,
    prefixes: &["/communications/", "/manage/", "/customer/"],
    public_id: Some(public_id),
    routes,
    router,
    render,
    hook: Some(&hook::Messages),
    kept: || Arc::new(()),
};

/// A public id as an operator gives it: opaque, `[A-Za-z0-9_-]{1,128}` (contract section 2).
fn public_id(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if (1..=128).contains(&text.len()) && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("expected 1 to 128 letters, digits, _ and -".to_owned())
    }
}

/// The routes of this API.
pub fn routes() -> Vec<Route> {
    [
        (Method::POST, THREADS),
        (Method::POST, MESSAGE),
        (Method::POST, NOTE),
        (Method::PUT, DELEGATE),
        (Method::GET, DEFAULT_ASSOCIATE),
    ]
    .map(|(method, template)| Route {
        api: NAME,
        method,
        template,
    })
    .into()
}

/// Everything below `/communications/`, `/manage/` and `/customer/`.
pub fn router(app: &App) -> Router {
    let communications = Router::new()
        .route(THREADS, post(threads::list))
        .route(MESSAGE, post(messages::send))
        .route(NOTE, post(messages::note))
        .route(DELEGATE, put(delegate::delegate))
        .route("/communications/", any(unknown))
        .route("/communications/{*unknown}", any(unknown))
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Envelope::Communications, envelope));
    let manage = Router::new()
        .route(DEFAULT_ASSOCIATE, get(associate::default))
        .route("/manage/", any(unknown))
        .route("/manage/{*unknown}", any(unknown))
        .route("/customer/", any(unknown))
        .route("/customer/{*unknown}", any(unknown))
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Envelope::Manage, envelope))
        // A panic caught outside of this API would be rendered in the other envelope.
        .layer(from_fn_with_state(MANAGE, catch_panic));
    communications.merge(manage).with_state(app.clone())
}

/// Renders a fault outside every handler.
pub fn render(fault: Fault, id: RequestId) -> Response {
    error::render(&fault.into(), id, Envelope::Communications)
}

/// The envelope of `/manage/` and `/customer/`, for panics.
const MANAGE: ApiLookup = ApiLookup {
    of_path: |_| NAME,
    render: render_manage,
};

fn render_manage(_: ApiName, fault: Fault, id: RequestId) -> Response {
    error::render(&fault.into(), id, Envelope::Manage)
}

async fn unknown() -> Error {
    Error::NotFound
}

async fn wrong_method() -> Error {
    Error::MethodNotAllowed
}

/// Middleware: gives every error its body, for which the request id is needed.
async fn envelope(
    State(envelope): State<Envelope>,
    id: RequestId,
    request: Request,
    next: Next,
) -> Response {
    error::complete(next.run(request).await, id, envelope)
}
