//! Compatible with the Help Scout Mailbox API 2.0: tokens, `users/me`, conversations and their threads,
//! webhooks.
//!
//! Source of truth: `contracts/helpscout.md`. Known gaps, answered 404: listing, changing and deleting conversations, the
//! bytes of attachments, customers, inboxes, tags, reports. The grants `authorization_code` and
//! `refresh_token` answer `unsupported_grant_type`. No inbox has an auto-reply or a default assignee, so `autoReply` has
//! nothing to send and a conversation without `assignTo` is unassigned; there are no custom fields, so `fields` may name
//! none.

mod answer;
mod attachments;
mod auth;
mod conversations;
mod customers;
mod error;
mod hook;
mod input;
mod map;
mod page;
mod references;
mod request;
mod threads;
mod time;
mod token;
mod users;
mod webhooks;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, any, get, post};
use heddle_domain::ApiName;
use http::request::Parts;
use http::{Method, Uri};

use super::{Entry, Route};
use crate::App;
use crate::kit::api::Fault;
use crate::kit::limit::Minute;
use crate::kit::path::Params;
use crate::kit::request_id::RequestId;
use error::Error;

const TOKEN: &str = "/v2/oauth2/token";
const ME: &str = "/v2/users/me";
const CONVERSATIONS: &str = "/v2/conversations";
const CONVERSATION: &str = "/v2/conversations/{conversationId}";
const THREADS: &str = "/v2/conversations/{conversationId}/threads";
const PHONES: &str = "/v2/conversations/{conversationId}/phones";
const CHATS: &str = "/v2/conversations/{conversationId}/chats";
const CUSTOMER: &str = "/v2/conversations/{conversationId}/customer";
const NOTES: &str = "/v2/conversations/{conversationId}/notes";
const REPLY: &str = "/v2/conversations/{conversationId}/reply";

const WEBHOOKS: &str = "/v2/webhooks";
const WEBHOOK: &str = "/v2/webhooks/{webhookId}";

/// Units spent per account.
pub type Rates = Minute<i64>;

/// This API's name.
pub const NAME: ApiName = ApiName::named("helpscout");

/// This API's registration.
pub const ENTRY: Entry = Entry {
    api: NAME,
    prefixes: &["/v2/", "/v3/", "/authentication/"],
    public_id: None,
    routes,
    router,
    render,
    hook: Some(&hook::Resources),
    kept: || Arc::new(Rates::new()),
};

/// The routes of this API; each is answered with a slash at its end too.
pub fn routes() -> Vec<Route> {
    [
        (Method::POST, TOKEN),
        (Method::GET, ME),
        (Method::POST, CONVERSATIONS),
        (Method::GET, CONVERSATION),
        (Method::GET, THREADS),
        (Method::POST, PHONES),
        (Method::POST, CHATS),
        (Method::POST, CUSTOMER),
        (Method::POST, NOTES),
        (Method::POST, REPLY),
        (Method::GET, WEBHOOKS),
        (Method::POST, WEBHOOKS),
        (Method::GET, WEBHOOK),
        (Method::PUT, WEBHOOK),
        (Method::DELETE, WEBHOOK),
    ]
    .map(|(method, template)| Route {
        api: NAME,
        method,
        template,
    })
    .into()
}

/// Everything below `/v2/`, `/v3/` and `/authentication/`.
pub fn router(app: &App) -> Router {
    let table: [(&str, MethodRouter<App>); 12] = [
        (TOKEN, post(token::issue)),
        (ME, get(users::me)),
        (CONVERSATIONS, post(conversations::create)),
        (CONVERSATION, get(conversations::get)),
        (THREADS, get(threads::list)),
        (PHONES, post(threads::phone)),
        (CHATS, post(threads::chat)),
        (CUSTOMER, post(threads::customer)),
        (NOTES, post(threads::note)),
        (REPLY, post(threads::reply)),
        (WEBHOOKS, get(webhooks::list).post(webhooks::create)),
        (
            WEBHOOK,
            get(webhooks::get)
                .put(webhooks::replace)
                .delete(webhooks::delete),
        ),
    ];
    let mut router = Router::new();
    for (path, methods) in table {
        router = router
            .route(&format!("{path}/"), methods.clone())
            .route(path, methods);
    }
    for prefix in ["/v2/", "/v3/", "/authentication/"] {
        router = router
            .route(prefix, any(unknown))
            .route(&format!("{prefix}{{*unknown}}"), any(unknown));
    }
    router
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(envelope))
        .with_state(app.clone())
}

/// Renders a fault outside every handler.
pub fn render(fault: Fault, id: RequestId) -> Response {
    let mut response = error::render(&fault.into(), id);
    answer::dress(&mut response, id, None);
    response
}

async fn unknown() -> Error {
    Error::NotFound
}

async fn wrong_method(uri: Uri) -> Error {
    Error::Method(supported(uri.path()))
}

/// The methods of the routes that a path matches, for people.
fn supported(path: &str) -> String {
    let path = path.strip_suffix('/').unwrap_or(path);
    let is_like = |template: &str| {
        let segments = template.split('/').zip(path.split('/'));
        template.split('/').count() == path.split('/').count()
            && segments
                .into_iter()
                .all(|(known, asked)| known.starts_with('{') || known == asked)
    };
    let methods = routes()
        .into_iter()
        .filter(|route| is_like(route.template))
        .map(|route| route.method.to_string());
    methods.collect::<Vec<_>>().join(", ")
}

/// Middleware: gives every error its body and every answer the headers that all of them carry (contract section 2.1).
async fn envelope(id: RequestId, mut request: Request, next: Next) -> Response {
    let spent = auth::Spent::default();
    request.extensions_mut().insert(spent.clone());
    let mut response = error::complete(next.run(request).await, id);
    answer::dress(&mut response, id, spent.get());
    response
}

/// The conversation that the path names. What is no number names none.
#[derive(Clone, Copy, Debug)]
struct ConversationPath(heddle_domain::ConversationId);

impl FromRequestParts<App> for ConversationPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let params = Params::from_request_parts(parts, app).await;
        let params = params.map_err(|_| Error::NotFound)?;
        let id = params.get("conversationId").parse();
        id.map(|id| Self(heddle_domain::ConversationId(id)))
            .map_err(|_| Error::NotFound)
    }
}

/// The webhook that the path names. What is no number names none.
#[derive(Clone, Copy, Debug)]
struct WebhookPath(heddle_domain::id::WebhookId);

impl FromRequestParts<App> for WebhookPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let params = Params::from_request_parts(parts, app).await;
        let params = params.map_err(|_| Error::NotFound)?;
        let id = params.get("webhookId").parse();
        id.map(|id| Self(heddle_domain::id::WebhookId(id)))
            .map_err(|_| Error::NotFound)
    }
}

/// The origin of absolute links in the answer to a request.
#[derive(Clone, Debug)]
struct Base(String);

impl FromRequestParts<App> for Base {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(app.base_url.of(&parts.uri, &parts.headers)))
    }
}
