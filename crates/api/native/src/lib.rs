//! Heddle's own API: the API below `/api/v1/`, its document, the operator's probes, and whatever belongs to no other API.
//!
//! Invariants: it is the fallback of the whole router, so every path has an answer; every error is a problem document
//! (RFC 9457); what the OpenAPI document says of a request is what is checked (`schema.rs`); every operation of the
//! document is a route and the other way round.
//!
//! A resource has a file: its body structs, `routes()`, its handlers. The kit beside them: `auth` (who may), `input` and
//! `query` (what comes in), `once` (idempotency keys, `If-Match`), `answer`, `etag` and `page` (what goes out), `error`.

mod account;
mod agents;
mod answer;
mod api_schemas;
mod apis;
mod attachments;
mod audit;
mod auth;
mod context;
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
mod in_flight;
mod inboxes;
mod input;
mod messages;
mod once;
mod page;
mod parameters;
mod path;
mod probes;
mod query;
mod rate;
mod schema;
mod shapes;
mod tags;
mod time;
mod webhooks;
mod wire;
mod words;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use heddle_access::rules::{CredentialRules, InboxCount, Need, SecretField};
use heddle_access::secrets::mint_key;
use heddle_api::{Api, Apis, App, Description, Route};
use heddle_http::dispatch::Mount;
use heddle_http::path_prefix::PathPrefix;
use heddle_http::request_id::RequestId;
use http::Method;
use utoipa::openapi::OpenApiBuilder;
use utoipa_axum::router::OpenApiRouter;

use context::{Context, Own};
use document::Document;
use error::Error;
use in_flight::InFlight;
use shapes::Shapes;

pub use context::NAME;

/// What there is to know of this API without a server.
#[must_use]
pub fn description() -> Description {
    Description {
        mount: Mount {
            name: NAME,
            // It answers every path that no other API owns, too.
            prefixes: &["/api/"],
            render: |fault, id| error::render(&fault.into(), id),
        },
        routes: routes(),
        public_id: None,
        credentials: CREDENTIALS,
        hook: Some(&hook::Native),
    }
}

/// This API, ready to serve; `apis` are all APIs, this one included.
#[must_use]
pub fn api(app: &App, apis: &Apis) -> Api {
    let document = Document::new(resources().into_openapi(), apis);
    let own = Own {
        apis: apis.clone(),
        shapes: Shapes::new(document.schemas()),
        document,
        in_flight: InFlight::default(),
    };
    let [text, page, file] = docs::TEMPLATES;
    let router = Router::from(resources())
        .route(text, get(docs::openapi))
        .route(page, get(docs::page))
        .route(file, get(docs::file))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(envelope))
        .with_state(Context::new(app, own));
    Api {
        description: description(),
        router,
        path_prefix: PathPrefix::default(),
    }
}

/// The OpenAPI document of this API beside the given APIs, as it is served.
#[must_use]
pub fn openapi(apis: &Apis) -> Bytes {
    Document::new(resources().into_openapi(), apis).text()
}

/// A token may act as an agent.
const CREDENTIALS: CredentialRules = CredentialRules {
    agent: Need::Optional,
    inboxes: InboxCount::Any,
    application: None,
    public_name: None,
    key: SecretField {
        name: "token",
        doc: "Heddle's own API.",
    },
    mint: mint_key,
};

/// Every operation with its handler.
fn resources() -> OpenApiRouter<Context> {
    OpenApiRouter::with_openapi(OpenApiBuilder::new().build())
        .merge(probes::routes())
        .merge(account::routes())
        .merge(inboxes::routes())
        .merge(agents::routes())
        .merge(conversations::routes())
        .merge(messages::routes())
        .merge(attachments::routes())
        .merge(customers::routes())
        .merge(credentials::routes())
        .merge(webhooks::routes())
        .merge(tags::routes())
        .merge(events::routes())
        .merge(audit::routes())
}

/// Every operation of the document, and the document itself with its page.
fn routes() -> Vec<Route> {
    let openapi = resources().into_openapi();
    let operations = document::operations(&openapi);
    let operations = operations.map(|(template, method, _)| (template, method));
    let pages = docs::TEMPLATES.map(|template| (template, Method::GET));
    operations
        .chain(pages)
        .map(|(template, method)| Route {
            api: NAME,
            method,
            template: template.to_owned(),
        })
        .collect()
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
