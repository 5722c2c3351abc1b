//! Heddle's own API: everything below `/api/v1/`, its OpenAPI document, and the health checks. It also answers every
//! path that no other API owns.
//!
//! Invariants: every error is a problem document (RFC 9457); requests are validated against the schemas of the OpenAPI
//! document (`schema`); the operations of the document and the routes are the same.
//!
//! Each resource has a file with its types, `routes()` and handlers, or a folder if it is large. Shared by all of them:
//! `auth` (tokens and scopes), `path`, `query` and `body` (requests), `idempotency` (`Idempotency-Key`, `If-Match`),
//! `answer`, `etag` and `page` (answers), `error` and `problem`.

mod account;
mod agents;
mod answer;
mod api_schemas;
mod applications;
mod attachments;
mod audit;
mod auth;
mod body;
mod context;
mod conversations;
mod credentials;
mod customers;
mod document;
mod document_page;
mod error;
mod etag;
mod event;
mod feed;
mod hash;
mod hook;
mod idempotency;
mod inbox_limit;
mod inboxes;
mod live;
mod merge_redirect;
mod messages;
mod page;
mod parameters;
mod path;
mod probes;
mod problem;
mod public_ids;
mod query;
mod rate;
mod resources;
mod schema;
mod search;
mod settings;
mod sight;
mod start_page;
mod tags;
mod teams;
mod time;
mod view;
mod vocabulary;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use heddle_access::rules::{CredentialRules, InboxCount, Need, SecretField};
use heddle_access::secrets::mint_key;
use heddle_api::{Api, Apis, App, Description, Route, Turns};
use heddle_domain::credential::Scopes;
use heddle_http::dispatch::Mount;
use heddle_http::path_prefix::PathPrefix;
use heddle_http::request_id::RequestId;
use http::Method;
use utoipa::openapi::OpenApiBuilder;
use utoipa_axum::router::OpenApiRouter;

use context::{Context, Own};
use document::Document;
use error::Error;
use live::hub::Hub;

pub use context::NAME;
pub use live::hub::Settings as LiveUpdates;

/// Describes this API for the list of APIs.
#[must_use]
pub fn description() -> Description {
    Description {
        title: "Heddle",
        mount: Mount {
            name: NAME,
            prefixes: &["/api/"],
            render: |fault, id| problem::render(&fault.into(), id),
            spell: RequestId::uuid,
            private_after: &[],
            joins_slashes: false,
        },
        routes,
        unsupported: Vec::new,
        public_id: None,
        credentials: CREDENTIALS,
        settings: merge_redirect::SETTINGS,
        locks: None,
        openapi: None,
        hook: Some(&hook::Native),
    }
}

/// What this API needs beside the store, and always is the same. It takes some milliseconds to make, because of the document.
#[derive(Clone)]
pub struct Prepared {
    apis: Apis,
    document: Arc<Document>,
    router: Router<Context>,
}

/// Prepares this API. `apis` describes all APIs, including this one.
#[must_use]
pub fn prepare(apis: &Apis) -> Prepared {
    let (router, declared) = operations().split_for_parts();
    let [text, page, without_slash, file, of_api] = document_page::TEMPLATES;
    let router = router
        .route(start_page::PATH, get(start_page::show))
        .route(without_slash, get(document_page::page_without_slash))
        .route(text, get(document_page::openapi))
        .route(page, get(document_page::page))
        .route(file, get(document_page::file))
        .route(of_api, get(document_page::of_api))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(write_problems));
    Prepared {
        apis: apis.clone(),
        document: Arc::new(Document::new(declared, apis)),
        router,
    }
}

/// Creates this API, ready to serve requests. `live` are the settings for live updates.
#[must_use]
pub fn api(app: &App, prepared: Prepared, live: LiveUpdates) -> Api {
    let Prepared {
        apis,
        document,
        router,
    } = prepared;
    let own = Own {
        apis,
        document,
        in_flight: Turns::default(),
        live: Hub::new(app, live),
    };
    Api {
        description: description(),
        router: router.with_state(Context::new(app, own)),
        path_prefix: PathPrefix::default(),
    }
}

/// Returns the OpenAPI document as JSON, for a server with these APIs.
#[must_use]
pub fn openapi(apis: &Apis) -> Bytes {
    Document::new(operations().into_openapi(), apis).text()
}

const CREDENTIALS: CredentialRules = CredentialRules {
    agent: Need::Optional,
    inboxes: InboxCount::Any,
    application: None,
    asks_people: false,
    public_name: None,
    key: SecretField {
        name: "token",
        doc: "Heddle's own API.",
    },
    mint: mint_key,
    default_scopes: Scopes::all(),
};

/// Returns every operation with its handler.
fn operations() -> OpenApiRouter<Context> {
    OpenApiRouter::with_openapi(OpenApiBuilder::new().build())
        .merge(probes::routes())
        .merge(account::routes())
        .merge(inboxes::routes())
        .merge(agents::routes())
        .merge(teams::routes())
        .merge(conversations::routes())
        .merge(messages::routes())
        .merge(attachments::routes())
        .merge(customers::routes())
        .merge(credentials::routes())
        .merge(applications::routes())
        .merge(webhooks::routes())
        .merge(tags::routes())
        .merge(search::routes())
        .merge(feed::routes())
        .merge(live::routes())
        .merge(audit::routes())
}

/// Returns every operation of the document, the document itself with its page, and the start page.
fn routes() -> Vec<Route> {
    let openapi = operations().into_openapi();
    let operations = document::operations(&openapi);
    let operations = operations.map(|(template, method, _)| (template, method));
    let pages = document_page::TEMPLATES
        .into_iter()
        .chain([start_page::PATH]);
    operations
        .chain(pages.map(|template| (template, Method::GET)))
        .map(|(template, method)| Route {
            api: NAME,
            method,
            template: template.to_owned(),
            body: None,
        })
        .collect()
}

async fn not_found() -> Error {
    Error::UnknownPath
}

async fn method_not_allowed() -> Error {
    Error::MethodNotAllowed
}

/// Middleware: gives every error its body, which holds the request id.
async fn write_problems(id: RequestId, request: Request, next: Next) -> Response {
    problem::complete(next.run(request).await, id)
}
