//! Compatible with the Mews Connector API: message threads and messages, get all and add (contract sections 8 to 11), and
//! configuration, enterprises, customers and languages (section 13).
//!
//! Source of truth: `contracts/mews.md`. Every call is a POST whose body carries the credentials. Everything else below
//! `/api/connector/` answers 404, other methods and dated variants included. An application sees only the threads that
//! it created itself. There is no CORS.

mod auth;
mod configuration;
mod context;
mod customers;
mod document;
mod enterprises;
mod error;
mod fault;
mod hook;
mod languages;
mod map;
mod messages;
mod page;
mod request;
pub mod settings;
mod template;
mod threads;
mod wire;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use heddle_access::rules::{ApplicationRules, CredentialRules, InboxCount, Need, SecretField};
use heddle_api::{Api, App, Description, Routes};
use heddle_domain::Guid;
use heddle_domain::credential::Scopes;
use heddle_http::dispatch::Mount;
use heddle_http::limit::FixedWindow;
use heddle_http::path_prefix::PathPrefix;
use heddle_http::request_id::RequestId;
use http::Method;
use uuid::Uuid;

use context::{Context, Own};
use error::Error;
use request::{
    AddMessages, AddThread, GetConfiguration, GetCustomers, GetEnterprises, GetLanguages,
    GetMessages, GetThreads, NewCustomer, Operation,
};

use template::{
    ADD_CUSTOMER, ADD_MESSAGES, ADD_THREAD, GET_CONFIGURATION, GET_CUSTOMERS, GET_ENTERPRISES,
    GET_LANGUAGES, GET_MESSAGES, GET_THREADS,
};

pub use context::{Config, NAME};

/// Describes this API to the command line, the native API and the webhooks; needs no running server.
#[must_use]
pub fn description() -> Description {
    Description {
        title: "Mews",
        mount: Mount {
            name: NAME,
            prefixes: &["/api/connector/"],
            render: |fault, id| error::render(&fault.into(), id, false),
            spell: RequestId::hex,
            private_after: &[],
            joins_slashes: false,
        },
        routes: || routes().list_all(),
        unsupported: || routes().list_unsupported(),
        public_id: Some(public_id),
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
    let own = Own {
        config,
        rates: FixedWindow::new(auth::WINDOW_MS),
    };
    let context = Context::new(app, own);
    let router = routes()
        .unknown("/api/connector/", async || Error::NotFound)
        .into_router()
        .layer(from_fn_with_state(context.clone(), envelope))
        .with_state(context);
    Api {
        description: description(),
        router,
        path_prefix: PathPrefix::default(),
    }
}

/// The rules for this API's credentials. An access token is for one enterprise, or for several of a portfolio. Its
/// client application has a token of its own.
const CREDENTIALS: CredentialRules = CredentialRules {
    agent: Need::None,
    inboxes: InboxCount::One,
    application: Some(ApplicationRules {
        token: SecretField {
            name: "client_token",
            doc: "Mews: of a new application; an old one's is known already.",
        },
        mint: mint_token,
    }),
    asks_people: false,
    public_name: None,
    key: SecretField {
        name: "access_token",
        doc: "Mews.",
    },
    mint: mint_token,
    default_scopes: Scopes::all(),
};

/// Creates a token in the vendor's form: 32 upper-case hexadecimal digits, a hyphen, 31 more (contract section 3.1).
#[must_use]
pub fn mint_token() -> String {
    let digits = || Uuid::new_v4().simple().to_string().to_uppercase();
    format!("{}-{}", digits(), &digits()[..31])
}

/// Returns the routes. Each handler is called for every method, because a router by method would add an `Allow` header
/// to the 404; `envelope` refuses all methods but POST.
fn routes() -> Routes<Context> {
    Routes::new(NAME)
        .add_any(Method::POST, GET_THREADS, threads::get_all)
        .with_body(GetThreads::SHAPE)
        .add_any(Method::POST, ADD_THREAD, threads::add)
        .with_body(AddThread::SHAPE)
        .add_any(Method::POST, GET_MESSAGES, messages::get_all)
        .with_body(GetMessages::SHAPE)
        .add_any(Method::POST, ADD_MESSAGES, messages::add)
        .with_body(AddMessages::SHAPE)
        .add_any(Method::POST, GET_CONFIGURATION, configuration::get)
        .with_body(GetConfiguration::SHAPE)
        .add_any(Method::POST, GET_ENTERPRISES, enterprises::get_all)
        .with_body(GetEnterprises::SHAPE)
        .add_any(Method::POST, GET_CUSTOMERS, customers::get_all)
        .with_body(GetCustomers::SHAPE)
        .add_any(Method::POST, ADD_CUSTOMER, customers::add)
        .with_body(NewCustomer::SHAPE)
        .add_any(Method::POST, GET_LANGUAGES, languages::get_all)
        .with_body(GetLanguages::SHAPE)
}

/// Checks an enterprise's public id that an operator gives: a GUID. Returns it in lower case, as it is stored.
fn public_id(text: &str) -> Result<String, String> {
    match Guid::parse(text) {
        Some(guid) => Ok(guid.to_string()),
        None => Err(format!("{text:?} is not a GUID")),
    }
}

/// Middleware: refuses all methods but POST, adds the request id to every response, gives every error its body.
async fn envelope(
    State(context): State<Context>,
    id: RequestId,
    request: Request,
    next: Next,
) -> Response {
    let response = match *request.method() {
        Method::POST => next.run(request).await,
        _ => Error::NotFound.into_response(),
    };
    error::complete(response, id, context.own.config.development)
}
