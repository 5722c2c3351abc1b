//! Compatible with the Help Scout Mailbox API 2.0: tokens and the page where people allow apps to act for them, users, teams,
//! inboxes, customers, conversations and their threads, tags, webhooks.
//!
//! Source of truth: `contracts/helpscout.md`. Known gaps, answered 404: the calls in `unsupported`. Inboxes have no auto-reply and no default assignee: `autoReply` has no
//! effect, and a conversation without `assignTo` is unassigned. No thread has an original source.

mod addressed;
mod attachments;
mod auth;
mod authorize;
mod context;
mod conversations;
mod custom_fields;
mod customers;
mod document;
mod empty;
mod error;
mod fault;
mod hook;
mod input;
mod lexis;
mod long;
mod mailboxes;
mod map;
mod operation;
mod page;
mod parameter;
mod path;
mod references;
mod request;
mod response;
pub mod settings;
mod tags;
mod teams;
mod template;
mod threads;
mod time;
mod token;
mod unsupported;
mod users;
mod webhooks;
mod wire;

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use heddle_access::rules::{CredentialRules, InboxCount, Need, SecretField};
use heddle_access::secrets::mint_key;
use heddle_api::{Api, App, Description, Route, Routes};
use heddle_domain::credential::Scopes;
use heddle_http::dispatch::{Fault, Mount};
use heddle_http::limit::FixedWindow;
use heddle_http::path_prefix::PathPrefix;
use heddle_http::request_id::RequestId;
use http::{Method, Uri};

use context::{Context, Own};
use error::Error;
use request::{ConversationBody, ThreadBody};
use template::{
    ADDRESS, AUTHORIZE, CHATS, CONVERSATION, CONVERSATION_TAGS, CONVERSATIONS, CUSTOMER,
    CUSTOMER_PROPERTIES, CUSTOMERS, FIELDS, FILE, FILE_BYTES, FILE_DATA, FILES, FOLDERS, MAILBOX,
    MAILBOX_FIELDS, MAILBOXES, ME, MEMBERS, NOTES, ONE_CUSTOMER, PHONES, REPLY, SOURCE, TAG, TAGS,
    TEAMS, THREAD, THREADS, TOKEN, USER, USERS, WEBHOOK, WEBHOOKS, WORKFLOWS,
};
use webhooks::WebhookBody;

pub use context::{Config, NAME};

const PREFIXES: &[&str] = &["/v2/", "/v3/", "/authentication/"];

/// Describes this API to the command line, the native API and the webhooks; needs no running server.
#[must_use]
pub fn description() -> Description {
    Description {
        title: "Help Scout",
        mount: Mount {
            name: NAME,
            prefixes: PREFIXES,
            render,
            spell: RequestId::uuid,
            private_after: &[],
            joins_slashes: true,
        },
        routes: || routes().list_all(),
        unsupported: || routes().list_unsupported(),
        public_id: None,
        credentials: CREDENTIALS,
        settings: settings::ALL,
        locks: Some(settings::locks),
        openapi: Some(|| document::text(&routes().list_all())),
        hook: Some(&hook::Webhooks),
    }
}

/// Creates this API, ready to serve requests.
#[must_use]
pub fn api(app: &App, config: Config) -> Api {
    let own = Own {
        config,
        rates: FixedWindow::per_minute(),
    };
    let mut known = routes().list_all();
    known.extend(routes().list_unsupported());
    let known: Arc<[Route]> = known.into();
    let router = PREFIXES
        .iter()
        .fold(routes(), |routes, prefix| {
            routes.unknown(prefix, async || Error::NotFound)
        })
        .into_router()
        .method_not_allowed_fallback(async move |uri: Uri| {
            Error::Method(supported(&known, uri.path()))
        })
        .layer(from_fn(envelope))
        .with_state(Context::new(app, own));
    Api {
        description: description(),
        router,
        path_prefix: PathPrefix::default(),
    }
}

/// The rules for this API's credentials. A client application acts as a user.
const CREDENTIALS: CredentialRules = CredentialRules {
    agent: Need::Required,
    inboxes: InboxCount::Any,
    application: None,
    asks_people: true,
    public_name: Some(SecretField {
        name: "client_id",
        doc: "Help Scout, with `client_secret`.",
    }),
    key: SecretField {
        name: "client_secret",
        doc: "Help Scout.",
    },
    mint: mint_key,
    default_scopes: Scopes::all(),
};

/// Adds the routes of one kind of entries of customers.
macro_rules! entry_routes {
    ($routes:expr, $kind:ident, $rel:literal) => {{
        use customers::entries;
        use customers::kind::$kind;
        const LIST: &str = concat!("/v2/customers/{customerId}/", $rel);
        const ONE: &str = concat!("/v2/customers/{customerId}/", $rel, "/{entryId}");
        $routes
            .add(Method::GET, LIST, entries::list::<$kind>)
            .add(Method::POST, LIST, entries::add::<$kind>)
            .with_body(&entries::SHAPE)
            .add(Method::PUT, ONE, entries::replace::<$kind>)
            .with_body(&entries::SHAPE)
            .add(Method::DELETE, ONE, entries::delete::<$kind>)
    }};
}

/// Adds the routes of customers.
fn with_customers(routes: Routes<Context>) -> Routes<Context> {
    use Method as M;
    use customers::{address, body, list, patch, resource};
    let routes = routes
        .add(M::GET, CUSTOMERS, list::list)
        .add(M::POST, CUSTOMERS, resource::create)
        .with_body(&body::NEW)
        .add(M::GET, ONE_CUSTOMER, resource::get)
        .add(M::PUT, ONE_CUSTOMER, resource::replace)
        .with_body(&body::PROFILE)
        .add(M::PATCH, ONE_CUSTOMER, patch::patch)
        .with_body(&patch::SHAPE)
        .add(M::DELETE, ONE_CUSTOMER, resource::delete)
        .add(M::GET, ADDRESS, address::get)
        .add(M::POST, ADDRESS, address::create)
        .with_body(&body::ADDRESS)
        .add(M::PUT, ADDRESS, address::replace)
        .with_body(&body::ADDRESS)
        .add(M::DELETE, ADDRESS, address::delete);
    let routes = entry_routes!(routes, Emails, "emails");
    let routes = entry_routes!(routes, Phones, "phones");
    let routes = entry_routes!(routes, Chats, "chats");
    let routes = entry_routes!(routes, SocialProfiles, "social-profiles");
    let routes = entry_routes!(routes, Websites, "websites");
    routes
        .add(M::GET, CUSTOMER_PROPERTIES, empty::customer_properties)
        .add(M::GET, WORKFLOWS, empty::workflows)
}

/// Returns the routes. Each also works with a slash at the end.
fn routes() -> Routes<Context> {
    use Method as M;
    let routes = Routes::new(NAME)
        .with_slash()
        .add(M::POST, TOKEN, token::issue)
        .with_body(&token::SHAPE)
        .add(M::GET, AUTHORIZE, authorize::show)
        .add(M::POST, AUTHORIZE, authorize::decide)
        .add(M::GET, ME, users::me)
        .add(M::GET, USERS, users::list)
        .add(M::GET, USER, users::get)
        .add(M::GET, TEAMS, teams::list)
        .add(M::GET, MEMBERS, teams::members)
        .add(M::GET, CONVERSATIONS, conversations::list)
        .add(M::POST, CONVERSATIONS, conversations::create)
        .with_body(&ConversationBody::SHAPE)
        .add(M::GET, CONVERSATION, conversations::get)
        .add(M::PATCH, CONVERSATION, conversations::patch::patch)
        .with_body(&operation::SHAPE)
        .add(M::DELETE, CONVERSATION, conversations::patch::delete)
        .add(M::PUT, CONVERSATION_TAGS, conversations::labels::put_tags)
        .with_body(&conversations::labels::TAGS)
        .add(M::PUT, FIELDS, conversations::labels::put_fields)
        .with_body(&conversations::labels::FIELDS)
        .add(M::GET, THREADS, threads::list)
        .add(M::PATCH, THREAD, threads::patch::patch)
        .with_body(&operation::SHAPE)
        .add(M::GET, SOURCE, threads::patch::original_source)
        .add(M::POST, FILES, attachments::add::add)
        .with_body(&request::FILE)
        .add(M::GET, FILE, attachments::read::get)
        .add(M::DELETE, FILE, attachments::add::delete)
        .add(M::GET, FILE_DATA, attachments::read::data)
        .add(M::GET, FILE_BYTES, attachments::read::file)
        .add(M::GET, MAILBOX_FIELDS, custom_fields::list::list)
        .add(M::POST, PHONES, threads::phone)
        .with_body(&ThreadBody::SHAPE)
        .add(M::POST, CHATS, threads::chat)
        .with_body(&ThreadBody::SHAPE)
        .add(M::POST, CUSTOMER, threads::customer)
        .with_body(&ThreadBody::SHAPE)
        .add(M::POST, NOTES, threads::note)
        .with_body(&ThreadBody::SHAPE)
        .add(M::POST, REPLY, threads::reply)
        .with_body(&ThreadBody::SHAPE)
        .add(M::GET, MAILBOXES, mailboxes::list)
        .add(M::GET, MAILBOX, mailboxes::get)
        .add(M::GET, FOLDERS, mailboxes::folders)
        .add(M::GET, TAGS, tags::list)
        .add(M::GET, TAG, tags::get)
        .add(M::GET, WEBHOOKS, webhooks::list)
        .add(M::POST, WEBHOOKS, webhooks::create)
        .with_body(&WebhookBody::SHAPE)
        .add(M::GET, WEBHOOK, webhooks::get)
        .add(M::PUT, WEBHOOK, webhooks::replace)
        .with_body(&WebhookBody::SHAPE)
        .add(M::DELETE, WEBHOOK, webhooks::delete);
    with_customers(routes).unsupported(unsupported::CALLS, Error::NotFound)
}

/// Renders a fault that occurs outside the handlers.
fn render(fault: Fault, id: RequestId) -> Response {
    let mut response = error::render(&fault.into(), id);
    response::add_common_headers(&mut response, id, None);
    response
}

/// Returns the methods that the vendor has for a path, as a text.
fn supported(known: &[Route], path: &str) -> String {
    let path = path.strip_suffix('/').unwrap_or(path);
    let matches = |template: &str| {
        let mut segments = template.split('/').zip(path.split('/'));
        template.split('/').count() == path.split('/').count()
            && segments.all(|(known, asked)| known.starts_with('{') || known == asked)
    };
    let mut found: Vec<_> = known
        .iter()
        .filter(|route| matches(&route.template))
        .collect();
    // Like the router, takes `/v2/users/me` for itself, and not for the user with the id `me`.
    let parameters = |route: &Route| route.template.matches('{').count();
    let fewest = found.iter().map(|route| parameters(route)).min();
    found.retain(|route| Some(parameters(route)) == fewest);
    let mut methods: Vec<_> = found.iter().map(|route| route.method.to_string()).collect();
    methods.dedup();
    methods.join(", ")
}

/// Middleware: gives every error its body, and every response the common headers (contract section 2.1).
async fn envelope(id: RequestId, mut request: Request, next: Next) -> Response {
    let rate = auth::RateStatus::default();
    request.extensions_mut().insert(rate.clone());
    let mut response = error::complete(next.run(request).await, id);
    response::add_common_headers(&mut response, id, rate.get());
    response
}
