//! The Help Scout API, by `contracts/helpscout.md`: every rule of its section 1 by name in `seed`, the rest by topic.

mod attachments;
mod changes;
mod consent;
mod conversation_list;
mod conversations;
mod creations;
mod crowd;
mod custom_fields;
mod customers;
mod deletion;
mod described;
mod details;
mod files;
mod harness;
mod inboxes;
mod odd_requests;
mod pairs;
mod people;
mod query_language;
mod references;
mod seed;
mod states;
mod thread_changes;
mod thread_list;
mod token;
mod transport;
mod webhooks;

use heddle_domain::InboxScope;
use heddle_domain::event::Actor;
use heddle_domain::id::{ConversationId, CustomerId};
use heddle_store::read::account::GetCustomer;
use heddle_store::write::Caller;
use heddle_store::write::merge::MergeConversations;
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Tenant, World};

const FIVE: [&str; 5] = ["phones", "chats", "customer", "notes", "reply"];

/// A client of the API, with its own token.
struct Client<'a> {
    world: &'a World,
    token: String,
}

impl<'a> Client<'a> {
    async fn new(world: &'a World) -> Self {
        Self::of(world, &world.here).await
    }

    async fn of(world: &'a World, tenant: &Tenant) -> Self {
        let (id, secret) = &tenant.helpscout_client;
        let grant =
            json!({"grant_type": "client_credentials", "client_id": id, "client_secret": secret});
        let json = [("content-type", "application/json")];
        let answer = world
            .send(Method::POST, "/v2/oauth2/token", &json, grant.to_string())
            .await;
        let token = answer.json()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        Self { world, token }
    }

    /// Sends a request with a JSON body, or without one.
    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let body = body.map(Value::to_string).unwrap_or_default();
        self.world.send(method, path, &headers, body).await
    }

    async fn get(&self, path: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        self.world
            .send(Method::GET, path, &[("authorization", &bearer)], "")
            .await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.world.send(method, path, &headers, body).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, body.to_string()).await
    }

    async fn post_text(&self, path: &str, body: String) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        self.world.send(Method::POST, path, &headers, body).await
    }

    /// Creates a conversation that must succeed.
    async fn create(&self, body: &Value) -> i64 {
        created(&self.post("/v2/conversations", body).await)
    }

    /// Creates an open conversation of the main customer with one phone thread; returns its id.
    async fn conversation(&self) -> i64 {
        self.create(&conversation(self.world)).await
    }

    /// Creates a conversation with `count` threads; returns its id.
    async fn with_threads(&self, count: usize) -> i64 {
        let thread = json!({"type": "phone", "text": "hi", "customer": {"id": self.world.here.customer.get()}});
        let mut body = conversation(self.world);
        body["threads"] = vec![thread; count].into();
        self.create(&body).await
    }

    async fn add(&self, conversation: i64, kind: &str, body: &Value) -> Answer {
        self.post(&format!("/v2/conversations/{conversation}/{kind}"), body)
            .await
    }

    /// Changes a conversation by one operation.
    async fn patch(&self, conversation: i64, op: &str, path: &str, value: Value) -> Answer {
        let body = json!({"op": op, "path": path, "value": value});
        let call = format!("/v2/conversations/{conversation}");
        self.send(Method::PATCH, &call, Some(body)).await
    }

    async fn shown(&self, conversation: i64) -> Value {
        let answer = self.get(&format!("/v2/conversations/{conversation}")).await;
        assert_eq!(answer.status, 200);
        answer.json()
    }

    /// Returns the threads of a conversation, newest first.
    async fn threads(&self, conversation: i64) -> Vec<Value> {
        let answer = self
            .get(&format!("/v2/conversations/{conversation}/threads"))
            .await;
        assert_eq!(answer.status, 200);
        answer.json()["_embedded"]["threads"]
            .as_array()
            .expect("threads")
            .clone()
    }
}

/// Returns a valid body of Create Conversation.
fn conversation(world: &World) -> Value {
    let customer = json!({"id": world.here.customer.get()});
    json!({
        "subject": "Broken kettle",
        "type": "phone",
        "mailboxId": world.here.main.get(),
        "status": "active",
        "customer": customer,
        "threads": [{"type": "phone", "text": "Rang about the kettle", "customer": customer}],
    })
}

/// Returns a valid body of a thread by the main customer.
fn thread(world: &World) -> Value {
    json!({"text": "Rang again", "customer": {"id": world.here.customer.get()}})
}

/// Returns `base` with some members replaced or added; a member whose new value is null is removed.
fn with(base: &Value, changes: Value) -> Value {
    let mut body = base.clone();
    for (name, value) in changes.as_object().expect("an object") {
        let members = body.as_object_mut().expect("an object");
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    body
}

/// Returns the id of a created resource (contract section 2.1).
fn created(answer: &Answer) -> i64 {
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 201, "{text}");
    assert_eq!(text, "");
    assert_eq!(answer.header("content-length"), "0");
    assert_eq!(answer.header("content-type"), "text/plain; charset=UTF-8");
    answer.header("resource-id").parse().expect("an id")
}

/// Checks a response without a body to a change.
fn done(answer: &Answer) {
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!((answer.status.as_u16(), text.as_ref()), (204, ""));
    assert_eq!(answer.header("content-type"), "text/plain; charset=UTF-8");
    assert!(!answer.header("correlation-id").is_empty());
}

/// Checks that the response has this status and no body.
fn is_empty(answer: &Answer, status: u16) {
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!((answer.status.as_u16(), text.as_ref()), (status, ""));
}

/// Checks that the response is an error in the form of contract section 5.1; returns the paths of the bad fields.
fn refused(answer: &Answer, status: u16) -> Vec<String> {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!(answer.header("content-type"), "application/vnd.error+json");
    assert_eq!(body["logRef"], answer.header("correlation-id"));
    assert!(!body["message"].as_str().expect("a message").is_empty());
    let about = "http://developer.helpscout.net/mailbox-api/overview/errors";
    let href = |of: &Value| {
        of["_links"]["about"]["href"]
            .as_str()
            .expect("a link")
            .to_owned()
    };
    assert!(href(&body).starts_with(about));
    assert_eq!(
        body.get("_embedded").is_some(),
        body["_embedded"]["errors"].is_array()
    );
    let errors = body["_embedded"]["errors"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let path = |entry: &Value| {
        assert!(!entry["message"].as_str().expect("a message").is_empty());
        assert!(href(entry).starts_with(&format!("{about}#")), "{entry}");
        assert!(["JSON", "QUERY"].contains(&entry["source"].as_str().expect("a source")));
        entry["path"].as_str().expect("a path").to_owned()
    };
    errors.iter().map(path).collect()
}

/// Returns the fragments (the part after `#` of the `about` URL) of an error's entries.
fn fragments(answer: &Answer) -> Vec<String> {
    let fragment = |entry: &Value| {
        let href = entry["_links"]["about"]["href"].as_str().expect("a link");
        href.split_once('#').expect("a fragment").1.to_owned()
    };
    let body = answer.json();
    let errors = body["_embedded"]["errors"].as_array().expect("entries");
    errors.iter().map(fragment).collect()
}

fn operator(tenant: &Tenant) -> Caller {
    Caller {
        account: tenant.account.id,
        actor: Actor::OPERATOR,
        agent: tenant.agent,
    }
}

async fn merge(world: &World, from: i64, into: i64) {
    world
        .store()
        .write(MergeConversations {
            caller: operator(&world.here),
            from: ConversationId(from),
            into: ConversationId(into),
            inboxes: InboxScope::All,
            status: None,
            expected: None,
        })
        .await
        .expect("a merge");
}

async fn customer(world: &World, id: i64) -> heddle_domain::Customer {
    world
        .store()
        .read(GetCustomer {
            account: world.here.account.id,
            id: CustomerId(id),
        })
        .await
        .expect("a read")
        .expect("a customer")
}

/// Returns how many customers the account has.
async fn customers(world: &World) -> usize {
    let list = heddle_store::read::account::ListCustomers {
        account: world.here.account.id,
        after: CustomerId(0),
        limit: 1_000,
    };
    world.store().read(list).await.expect("a read").len()
}

/// Returns every row of the store, to see that a call changes nothing.
async fn rows(world: &World) -> Vec<String> {
    let dump = heddle_store::read::dump::DumpTables;
    world.store().read(dump).await.expect("a dump")
}
