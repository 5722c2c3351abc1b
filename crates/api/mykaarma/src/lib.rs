//! Compatible with the myKaarma Communications API: the thread list, messages and notes, their list and their import,
//! delegation, followers, opt-outs, the default dealer associate, and customers (contract sections 4 and 6 to 9).
//!
//! Source of truth: `contracts/mykaarma.md`. A dealer is an account, a department an inbox, a user an agent; public ids
//! are opaque texts. Known gaps, answered 404: the calls in `UNSUPPORTED` and
//! `UNSUPPORTED_CUSTOMERS`. Known gaps, answered 400: scheduled and discarded
//! drafts, FreeMarker templates, out-of-office delegation, vehicles of customers.
//!
//! Invariant: errors below `/communications/` have one envelope, those below `/manage/` and `/customer/` another.

mod associate;
mod auth;
mod context;
mod customers;
mod delegate;
mod document;
mod error;
mod fault;
mod followers;
mod history;
mod hook;
mod import;
mod lookup;
mod map;
mod messages;
mod opt_out;
mod request;
mod template;
mod threads;
mod warning;
mod wire;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use heddle_access::rules::{CredentialRules, InboxCount, Need, SecretField};
use heddle_access::secrets::mint_key;
use heddle_api::{Api, App, Description, Route, Routes};
use heddle_domain::credential::Scopes;
use heddle_http::dispatch::{Dispatch, Mount};
use heddle_http::path_prefix::PathPrefix;
use heddle_http::request_id::RequestId;
use heddle_http::serve::catch_panic;
use http::Method;

use context::Context;
use error::{Envelope, Error};
use request::{
    CommunicationList, CustomerList, Delegation, FollowerRequest, ImportRequest, MessageFilter,
    MessageRequest, NewCustomer, OptOutChange, SubscriptionRequest, ThreadFilter,
};
use template::{
    CUSTOMER, CUSTOMER_SEARCH, CUSTOMERS, DEFAULT_ASSOCIATE, DELEGATE, FOLLOWERS, HISTORICAL,
    HISTORY, MESSAGE, NOTE, OPT_OUT, OPT_OUT_CHANGE, OPT_OUTS_OF_COMMUNICATIONS,
    OPT_OUTS_OF_CUSTOMERS, SUBSCRIPTION, THREADS,
};

pub use context::NAME;

/// Describes this API to the command line, the native API and the webhooks; needs no running server.
#[must_use]
pub fn description() -> Description {
    Description {
        title: "myKaarma",
        mount: Mount {
            name: NAME,
            prefixes: &["/communications/", "/manage/", "/customer/"],
            render: |fault, id| error::render(&fault.into(), id, Envelope::Communications),
            spell: RequestId::uuid,
            private_after: &["communicationValue"],
            joins_slashes: false,
        },
        routes,
        unsupported,
        public_id: Some(public_id),
        credentials: CREDENTIALS,
        settings: &[],
        locks: None,
        openapi: Some(|| document::describe(&routes())),
        hook: Some(&hook::Webhooks),
    }
}

fn routes() -> Vec<Route> {
    let tables = [communications(), manage()].into_iter();
    tables.flat_map(Routes::list_all).collect()
}

fn unsupported() -> Vec<Route> {
    let tables = [communications(), manage()].into_iter();
    tables.flat_map(Routes::list_unsupported).collect()
}

/// Creates this API, ready to serve requests.
#[must_use]
pub fn api(app: &App) -> Api {
    let communications = communications()
        .unknown("/communications/", unknown)
        .into_router()
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Envelope::Communications, envelope));
    let manage = manage()
        .unknown("/manage/", unknown)
        .unknown("/customer/", unknown)
        .into_router()
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Envelope::Manage, envelope))
        // A panic is caught here, because the outer layers would render it in the other envelope.
        .layer(from_fn_with_state(Dispatch::from(MANAGE), catch_panic));
    Api {
        description: description(),
        router: communications
            .merge(manage)
            .with_state(Context::new(app, ())),
        path_prefix: PathPrefix::default(),
    }
}

/// The rules for this API's credentials. A "service subscriber" has a user name, a password, and departments of one
/// dealer.
const CREDENTIALS: CredentialRules = CredentialRules {
    agent: Need::None,
    inboxes: InboxCount::Any,
    application: None,
    asks_people: false,
    public_name: Some(SecretField {
        name: "username",
        doc: "myKaarma, with `password`.",
    }),
    key: SecretField {
        name: "password",
        doc: "myKaarma.",
    },
    mint: mint_key,
    default_scopes: Scopes::all(),
};

/// Returns the routes below `/communications/`.
fn communications() -> Routes<Context> {
    Routes::new(NAME)
        .add(Method::POST, THREADS, threads::list)
        .with_body(&ThreadFilter::SHAPE)
        .add(Method::POST, MESSAGE, messages::send)
        .with_body(&MessageRequest::SHAPE)
        .add(Method::POST, NOTE, messages::note)
        .with_body(&MessageRequest::SHAPE)
        .add(Method::POST, HISTORY, history::list)
        .with_body(&MessageFilter::SHAPE)
        .add(Method::PUT, HISTORICAL, import::historical)
        .with_body(&ImportRequest::SHAPE)
        .add(Method::PUT, DELEGATE, delegate::delegate)
        .with_body(&Delegation::SHAPE)
        .add(Method::GET, OPT_OUT, opt_out::status)
        .add(Method::POST, OPT_OUTS_OF_CUSTOMERS, opt_out::of_customers)
        .with_body(&CustomerList::SHAPE)
        .add(
            Method::POST,
            OPT_OUTS_OF_COMMUNICATIONS,
            opt_out::of_communications,
        )
        .with_body(&CommunicationList::SHAPE)
        .add(Method::POST, OPT_OUT_CHANGE, opt_out::change)
        .with_body(&OptOutChange::SHAPE)
        .add(Method::POST, FOLLOWERS, followers::change)
        .with_body(&FollowerRequest::SHAPE)
        .add(Method::PUT, SUBSCRIPTION, followers::subscribe)
        .with_body(&SubscriptionRequest::SHAPE)
        .unsupported(UNSUPPORTED, Error::NotFound)
}

/// Returns the routes below `/manage/` and `/customer/`. The vendor's samples have a slash after some of the latter.
fn manage() -> Routes<Context> {
    Routes::new(NAME)
        .add(Method::GET, DEFAULT_ASSOCIATE, associate::default)
        .with_slash()
        .add(Method::POST, CUSTOMERS, customers::create)
        .with_body(&NewCustomer::SHAPE)
        .add(Method::PUT, CUSTOMERS, customers::create)
        .with_body(&NewCustomer::SHAPE)
        .add(Method::GET, CUSTOMER_SEARCH, customers::list)
        .add(Method::GET, CUSTOMER, customers::show)
        .unsupported(UNSUPPORTED_CUSTOMERS, Error::NotFound)
}

/// The calls below `/communications/` that the contract names and Heddle does not offer.
const UNSUPPORTED: &[(Method, &str)] = &[
    (
        Method::POST,
        "/communications/department/{departmentUUID}/user/{userUUID}/customer/{customerUUID}/message/{messageUUID}",
    ),
    (
        Method::POST,
        "/communications/departments/{departmentUUID}/users/{userUUID}/customers/{customerUUID}/messages/filter",
    ),
    (
        Method::POST,
        "/communications/department/{departmentUUID}/user/{userUUID}/botmessage/send",
    ),
    (
        Method::POST,
        "/communications/department/{departmentUUID}/email",
    ),
    (
        Method::POST,
        "/communications/department/{departmentUUID}/customer/{customerUUID}/twilio/callContact",
    ),
];

/// The calls below `/customer/` that the contract names and Heddle does not offer.
const UNSUPPORTED_CUSTOMERS: &[(Method, &str)] = &[(Method::PUT, CUSTOMER)];

/// Name, prefixes and error envelope of `/manage/` and `/customer/`, for rendering a panic there.
const MANAGE: Mount = Mount {
    name: NAME,
    prefixes: &[],
    render: |fault, id| error::render(&fault.into(), id, Envelope::Manage),
    spell: RequestId::uuid,
    private_after: &["communicationValue"],
    joins_slashes: false,
};

/// Checks a public id that an operator gives: `[A-Za-z0-9_-]{1,128}` (contract section 2).
fn public_id(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if (1..=128).contains(&text.len()) && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("expected 1 to 128 letters, digits, _ and -".to_owned())
    }
}

async fn unknown() -> Error {
    Error::NotFound
}

async fn wrong_method() -> Error {
    Error::MethodNotAllowed
}

/// Middleware: gives every error its body, which needs the request id.
async fn envelope(
    State(envelope): State<Envelope>,
    id: RequestId,
    request: Request,
    next: Next,
) -> Response {
    error::complete(next.run(request).await, id, envelope)
}
