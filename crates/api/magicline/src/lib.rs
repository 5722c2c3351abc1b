//! Compatible with the Magicline Open API: the two thread calls (contract sections 5.1 to 5.3).
//!
//! Source of truth: `contracts/magicline.md`. Known gaps, answered 404: the calls in `UNSUPPORTED`, and the management
//! of webhooks. An API key gives access to one studio: the only inbox of its
//! credential.

mod auth;
mod context;
mod error;
mod fault;
mod hook;
mod map;
mod request;
pub mod settings;
mod text;
mod threads;
mod wire;
mod zoned;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use heddle_access::rules::{CredentialRules, InboxCount, Need, SecretField};
use heddle_access::secrets::mint_key;
use heddle_api::{Api, App, Description, Routes};
use heddle_domain::credential::Scopes;
use heddle_http::dispatch::Mount;
use heddle_http::peer::Peer;
use heddle_http::request_id::RequestId;
use http::{HeaderMap, Method, StatusCode};

use context::{Context, Own};
use error::Error;
use text::Language;

pub use context::{Config, NAME};

const THREADS: &str = "/v1/communications/{customerId}/threads";
const THREAD: &str = "/v1/communications/{customerId}/threads/{threadId}";

/// Describes this API to the command line, the native API and the webhooks; needs no running server.
#[must_use]
pub fn description() -> Description {
    Description {
        mount: Mount {
            name: NAME,
            prefixes: &["/v1/"],
            render: |fault, id| error::render(&fault.into(), id, Language::English),
            spell: RequestId::trace_id,
            private_after: &[],
            joins_slashes: false,
        },
        routes: || routes().list_all(),
        unsupported: || routes().list_unsupported(),
        public_id: None,
        credentials: CREDENTIALS,
        settings: settings::ALL,
        locks: None,
        openapi: None,
        hook: Some(&hook::Webhooks),
    }
}

/// Creates this API, ready to serve requests.
#[must_use]
pub fn api(app: &App, config: Config) -> Api {
    let context = Context::new(app, Own::default());
    let mut routes = routes();
    if config.accept_post_on_thread {
        routes = routes.accept(Method::POST, THREAD, threads::update);
    }
    let router = routes
        .unknown("/v1/", async || Error::NotFound)
        .into_router()
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .layer(from_fn_with_state(context.clone(), envelope))
        .with_state(context);
    Api {
        description: description(),
        router,
        path_prefix: config.path_prefix,
    }
}

/// The rules for this API's credentials. A key belongs to one studio.
const CREDENTIALS: CredentialRules = CredentialRules {
    agent: Need::None,
    inboxes: InboxCount::One,
    application: None,
    asks_people: false,
    public_name: None,
    key: SecretField {
        name: "api_key",
        doc: "Magicline.",
    },
    mint: mint_key,
    default_scopes: Scopes::all(),
};

fn routes() -> Routes<Context> {
    Routes::new(NAME)
        .add(Method::POST, THREADS, threads::create)
        .with_body(&request::SHAPE)
        .add(Method::PUT, THREAD, threads::update)
        .with_body(&request::SHAPE)
        .unsupported(UNSUPPORTED, Error::NotFound)
}

/// The calls of the contract that Heddle does not offer.
const UNSUPPORTED: &[(Method, &str)] = &[
    (
        Method::GET,
        "/v1/communications/{customerId}/communication-preferences",
    ),
    (
        Method::PUT,
        "/v1/communications/{customerId}/communication-preferences",
    ),
    (Method::GET, "/v1/customers"),
    (Method::GET, "/v1/customers/by"),
    (Method::POST, "/v1/customers/create"),
    (Method::POST, "/v1/customers/search"),
    (Method::GET, "/v1/customers/{customerId}"),
    (Method::POST, "/v1/customers/{customerId}/documents"),
    (Method::GET, "/v1/employees"),
    (Method::GET, "/v1/employees/{employeeId}"),
    (Method::GET, "/v1/leads/config"),
    (Method::POST, "/v1/leads/create"),
    (Method::POST, "/v1/leads/validate"),
    (Method::POST, "/v1/studios/confirmActivation"),
    (Method::GET, "/v1/studios/information"),
];

/// Middleware: answers HEAD itself, which only checks the key (contract section 2), and gives every error its body,
/// which needs the request id and the language.
async fn envelope(
    State(context): State<Context>,
    id: RequestId,
    Peer(peer): Peer,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let language = Language::of(&headers);
    let response = if request.method() == Method::HEAD {
        match auth::authenticate(&context, &headers, peer).await {
            Ok(_) => StatusCode::OK.into_response(),
            Err(error) => error.into_response(),
        }
    } else {
        next.run(request).await
    };
    error::complete(response, id, language)
}
