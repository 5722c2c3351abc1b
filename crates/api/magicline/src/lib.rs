//! Compatible with the Magicline Open API: threads and communication preferences (contract section 5), customers, leads,
//! employees and the studio (section 9).
//!
//! Source of truth: `contracts/magicline.md`. Known gaps, answered 404: the calls in `UNSUPPORTED`, and the management
//! of webhooks. An API key gives access to one studio: the only inbox of its
//! credential.

mod auth;
mod context;
mod customers;
mod document;
mod employees;
mod error;
mod fault;
mod hook;
mod leads;
mod map;
mod preferences;
mod request;
pub mod settings;
mod studios;
mod template;
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

use template::{
    ACTIVATION, CONFIG, CREATE_CUSTOMER, CREATE_LEAD, CUSTOMER, CUSTOMER_BY, CUSTOMERS, EMPLOYEE,
    EMPLOYEES, INFORMATION, PREFERENCES, SEARCH, THREAD, THREADS, VALIDATE_LEAD,
};

pub use context::{Config, NAME};

/// Describes this API to the command line, the native API and the webhooks; needs no running server.
#[must_use]
pub fn description() -> Description {
    Description {
        title: "Magicline",
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
        openapi: Some(|| document::text(&routes().list_all())),
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
        .add(Method::GET, PREFERENCES, preferences::show)
        .add(Method::PUT, PREFERENCES, preferences::update)
        .with_body(&request::preferences::SHAPE)
        .add(Method::GET, CUSTOMERS, customers::list)
        .add(Method::GET, CUSTOMER_BY, customers::by)
        .add(Method::POST, SEARCH, customers::search)
        .with_body(&request::person::SEARCH)
        .add(Method::POST, CREATE_CUSTOMER, customers::create)
        .with_body(&request::person::CUSTOMER)
        .add(Method::GET, CUSTOMER, customers::show)
        .add(Method::POST, CREATE_LEAD, leads::create)
        .with_body(&request::person::LEAD)
        .add(Method::POST, VALIDATE_LEAD, leads::validate)
        .with_body(&request::person::LEAD)
        .add(Method::GET, CONFIG, leads::config)
        .add(Method::GET, EMPLOYEES, employees::list)
        .add(Method::GET, EMPLOYEE, employees::show)
        .add(Method::POST, ACTIVATION, studios::confirm_activation)
        .add(Method::GET, INFORMATION, studios::information)
        .unsupported(UNSUPPORTED, Error::NotFound)
}

/// The calls of the contract that Heddle does not offer.
const UNSUPPORTED: &[(Method, &str)] = &[(Method::POST, "/v1/customers/{customerId}/documents")];

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
