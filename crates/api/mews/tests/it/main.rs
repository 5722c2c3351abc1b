//! The test list of `contracts/mews.md` section 16, one module for each part.

mod access;
mod customers;
mod described;
mod harness;
mod lists;
mod messages;
mod paging;
mod properties;
mod refusals;
mod threads;
mod walks;

use heddle_access::provision;
use heddle_domain::conversation::{Locks, StatusWish};
use heddle_domain::guid::{Guid, GuidKind, GuidParts};
use heddle_domain::id::ConversationId;
use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::{ApplicationId, InboxScope};
use heddle_store::write::append::Appended;
use heddle_store::write::{Append, AppendMessages, Guard, NewMessage};
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Tenant, World};

const GET_THREADS: &str = "/api/connector/v1/messageThreads/getAll";
const ADD_THREAD: &str = "/api/connector/v1/messageThreads/add";
const GET_MESSAGES: &str = "/api/connector/v1/messages/getAll";
const ADD_MESSAGES: &str = "/api/connector/v1/messages/add";
const GET_CONFIGURATION: &str = "/api/connector/v1/configuration/get";
const GET_ENTERPRISES: &str = "/api/connector/v1/enterprises/getAll";
const GET_CUSTOMERS: &str = "/api/connector/v1/customers/getAll";
const ADD_CUSTOMER: &str = "/api/connector/v1/customers/add";
const GET_LANGUAGES: &str = "/api/connector/v1/languages/getAll";
const ALL: [&str; 9] = [
    GET_THREADS,
    ADD_THREAD,
    GET_MESSAGES,
    ADD_MESSAGES,
    GET_CONFIGURATION,
    GET_ENTERPRISES,
    GET_CUSTOMERS,
    ADD_CUSTOMER,
    GET_LANGUAGES,
];

/// A client token with an access token.
#[derive(Clone, Copy, Debug)]
struct Tokens<'a> {
    client: &'a str,
    access: &'a str,
}

fn plain(tenant: &Tenant) -> Tokens<'_> {
    Tokens {
        client: &tenant.mews_client,
        access: &tenant.mews_token,
    }
}

fn portfolio(tenant: &Tenant) -> Tokens<'_> {
    Tokens {
        client: &tenant.mews_client,
        access: &tenant.mews_portfolio_token,
    }
}

fn other(tenant: &Tenant) -> Tokens<'_> {
    Tokens {
        client: &tenant.mews_other_client,
        access: &tenant.mews_other_token,
    }
}

/// Posts an operation's properties (members of the body) together with the credentials. A property replaces a
/// credential of the same name.
async fn ask(world: &World, path: &str, tokens: Tokens<'_>, properties: Value) -> Answer {
    let mut body = json!({
        "ClientToken": tokens.client,
        "AccessToken": tokens.access,
        "Client": "Harbour Chat 2.3.1",
    });
    let Value::Object(properties) = properties else {
        panic!("properties are an object");
    };
    body.as_object_mut().expect("an object").extend(properties);
    post(world, path, body.to_string()).await
}

async fn post(world: &World, path: &str, body: String) -> Answer {
    let headers = [("content-type", "application/json")];
    world.send(Method::POST, path, &headers, body).await
}

/// Sends a request that must succeed; returns the response body.
async fn ok(world: &World, path: &str, tokens: Tokens<'_>, properties: Value) -> Value {
    let answer = ask(world, path, tokens, properties).await;
    let body = answer.json();
    assert_eq!(answer.status, 200, "{body}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("request-id").len(), 32);
    assert!(body.get("Message").is_none(), "{body}");
    body
}

/// Checks an error: an object with three members, the request id that the header has, and a message that begins like
/// this.
fn refused(answer: &Answer, status: u16, beginning: &str) -> Value {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_members(&body, &["Message", "RequestId", "Details"]);
    let message = body["Message"].as_str().expect("a message");
    assert!(message.starts_with(beginning), "{message}");
    assert_eq!(body["RequestId"], json!(answer.header("request-id")));
    assert_eq!(answer.header("request-id").len(), 32);
    assert!(body["Details"].is_null(), "{body}");
    body
}

fn assert_members(object: &Value, names: &[&str]) {
    let mut found: Vec<&str> = object
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    let mut names = names.to_vec();
    found.sort_unstable();
    names.sort_unstable();
    assert_eq!(found, names);
}

/// Adds a thread; returns its object.
async fn add_thread(world: &World, tokens: Tokens<'_>, subject: &str) -> Value {
    let properties = json!({ "OriginalSender": "Mara Okafor", "Subject": subject });
    let mut body = ok(world, ADD_THREAD, tokens, properties).await;
    assert_members(&body, &["MessageThreads"]);
    let threads = body["MessageThreads"].as_array_mut().expect("an array");
    assert_eq!(threads.len(), 1);
    threads.remove(0)
}

/// Adds a message; returns its object.
async fn add_message(world: &World, tokens: Tokens<'_>, thread: &Value, text: &str) -> Value {
    let element = json!({ "MessageThreadId": thread["Id"], "Text": text });
    let body = ok(
        world,
        ADD_MESSAGES,
        tokens,
        json!({ "Messages": [element] }),
    )
    .await;
    body["Messages"][0]["Message"].clone()
}

/// Requests a page of threads.
async fn threads(world: &World, tokens: Tokens<'_>, properties: Value) -> Vec<Value> {
    let mut properties = properties;
    if properties.get("Limitation").is_none() {
        properties["Limitation"] = json!({ "Count": 1000 });
    }
    let body = ok(world, GET_THREADS, tokens, properties).await;
    page(&body, "MessageThreads")
}

/// Requests a page of messages.
async fn messages(world: &World, tokens: Tokens<'_>, properties: Value) -> Vec<Value> {
    let mut properties = properties;
    if properties.get("Limitation").is_none() {
        properties["Limitation"] = json!({ "Count": 1000 });
    }
    let body = ok(world, GET_MESSAGES, tokens, properties).await;
    page(&body, "Messages")
}

/// Returns the elements of a page. Checks that its cursor is the id of the last element.
fn page(body: &Value, name: &str) -> Vec<Value> {
    assert_members(body, &[name, "Cursor"]);
    let elements = body[name].as_array().expect("an array").clone();
    let last = elements
        .last()
        .map_or(Value::Null, |last| last["Id"].clone());
    assert_eq!(body["Cursor"], last);
    elements
}

fn column(elements: &[Value], name: &str) -> Vec<String> {
    elements
        .iter()
        .map(|element| element[name].as_str().expect("a text").to_owned())
        .collect()
}

/// Returns an interval of one day around the time of the test clock.
fn today() -> Value {
    json!({ "StartUtc": "2026-03-04T00:00:00Z", "EndUtc": "2026-03-05T00:00:00Z" })
}

fn parts(id: &Value, kind: GuidKind) -> GuidParts {
    let guid = Guid::parse(id.as_str().expect("a text")).expect("a GUID");
    guid.decode(kind).expect("a GUID of ours")
}

/// Returns the conversation behind a thread's object.
fn conversation(thread: &Value) -> ConversationId {
    ConversationId(parts(&thread["Id"], GuidKind::Conversation).id)
}

/// Adds a reply of the enterprise (the hotel), as another API would store it.
async fn reply(world: &World, tenant: &Tenant, thread: &Value, text: &str) -> Appended {
    let agent = Author::Agent(tenant.agent);
    let message = NewMessage::new(Channel::Chat, Direction::Outgoing, agent, text);
    append(world, tenant, conversation(thread), message).await
}

async fn append(
    world: &World,
    tenant: &Tenant,
    conversation: ConversationId,
    message: NewMessage,
) -> Appended {
    let command = AppendMessages {
        caller: provision::operator_caller(&tenant.account),
        reach: InboxScope::All,
        guard: Guard::ALL,
        locks: Locks::NONE,
        entries: vec![Append {
            conversation,
            message,
            wish: StatusWish::Keep,
            ticket_number: None,
            ticket_link: None,
        }],
    };
    world.store().write(command).await.expect("appended")
}

/// Returns the application that an access token belongs to.
async fn application(world: &World, access: &str) -> ApplicationId {
    let peer = std::net::Ipv4Addr::LOCALHOST.into();
    let authentication = &world.app.authentication;
    let found = authentication.by_secret(heddle_mews::NAME, access, peer);
    let principal = found.await.expect("a known token");
    principal.credential.application.expect("an application")
}
