//! A client of this API for the tests. It knows a tenant's public ids, sends requests and creates conversations.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use heddle_access::provision;
use heddle_domain::conversation::{Conversation, Locks, Status};
use heddle_domain::customer::{CustomerRef, Profile};
use heddle_domain::id::{AgentId, ConversationId, CustomerId, InboxId};
use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::{EntityKind, InboxScope, Timestamp};
use heddle_store::read::conversations::GetConversation;
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::{CreateConversation, NewConversation, NewMessage};
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Tenant, World};

/// A tenant's public ids and its subscriber's credentials.
pub(super) struct Client<'w> {
    pub(super) world: &'w World,
    pub(super) tenant: &'w Tenant,
    pub(super) authorization: String,
    pub(super) dealer: String,
    pub(super) department: String,
    pub(super) second_department: String,
    pub(super) customer: String,
    pub(super) second_customer: String,
    pub(super) user: String,
    pub(super) default_user: String,
}

/// Returns a `Basic` header.
pub(super) fn basic(username: &str, password: &str) -> String {
    format!(
        "Basic {}",
        STANDARD.encode(format!("{username}:{password}"))
    )
}

impl<'w> Client<'w> {
    pub(super) async fn here(world: &'w World) -> Self {
        Self::of(world, &world.here).await
    }

    pub(super) async fn of(world: &'w World, tenant: &'w Tenant) -> Self {
        let id = |kind, entity| world.public_id(tenant, kind, entity, heddle_mykaarma::NAME);
        let (username, password) = &tenant.mykaarma;
        Client {
            world,
            tenant,
            authorization: basic(username, password),
            dealer: id(EntityKind::Account, tenant.account.id.get()).await,
            department: id(EntityKind::Inbox, tenant.main.get()).await,
            second_department: id(EntityKind::Inbox, tenant.second.get()).await,
            customer: id(EntityKind::Customer, tenant.customer.get()).await,
            second_customer: id(EntityKind::Customer, tenant.second_customer.get()).await,
            user: id(EntityKind::Agent, tenant.agent.get()).await,
            default_user: id(EntityKind::Agent, tenant.default_agent.get()).await,
        }
    }

    pub(super) fn threads_path(&self) -> String {
        threads_path(&self.department, &self.customer)
    }

    pub(super) fn message_path(&self, user: &str) -> String {
        message_path(&self.department, user, &self.customer)
    }

    pub(super) fn note_path(&self) -> String {
        let (department, customer) = (&self.department, &self.customer);
        format!("/communications/department/{department}/customer/{customer}/message")
    }

    pub(super) fn delegate_path(&self) -> String {
        format!("/communications/dealers/{}/delegate", self.dealer)
    }

    /// Sends a JSON body.
    pub(super) async fn call(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.raw(method, path, body.to_string()).await
    }

    /// Sends any body as JSON.
    pub(super) async fn raw(&self, method: Method, path: &str, body: String) -> Answer {
        let headers = [
            ("authorization", self.authorization.as_str()),
            ("content-type", "application/json"),
            ("accept", "application/json"),
        ];
        self.world.send(method, path, &headers, body).await
    }

    /// Returns the customer's threads that match a filter.
    pub(super) async fn list(&self, filter: &Value) -> Vec<Value> {
        let answer = self.call(Method::POST, &self.threads_path(), filter).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        let threads = answer.json()["customerThreads"].clone();
        threads.as_array().expect("a list").clone()
    }

    /// Returns the ids of the customer's threads that match a filter, in the order of the response.
    pub(super) async fn ids(&self, filter: &Value) -> Vec<i64> {
        let threads = self.list(filter).await;
        threads.iter().map(id).collect()
    }

    /// Returns the customer's only thread; fails if there is not exactly one.
    pub(super) async fn only(&self) -> Value {
        let mut threads = self.list(&json!({})).await;
        assert_eq!(threads.len(), 1, "{threads:?}");
        threads.remove(0)
    }

    /// Returns one of the customer's threads.
    pub(super) async fn thread(&self, wanted: ConversationId) -> Value {
        let threads = self.list(&json!({"maxResults": 1000})).await;
        let found = threads
            .into_iter()
            .find(|thread| id(thread) == wanted.get());
        found.expect("the thread")
    }

    /// Sends a message (M1) by a user, which must succeed.
    pub(super) async fn send(&self, user: &str, attributes: Value) -> Value {
        let body = json!({ "messageAttributes": attributes });
        let answer = self
            .call(Method::POST, &self.message_path(user), &body)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()
    }

    /// Advances the clock by a minute; returns the new time in milliseconds.
    pub(super) fn later(&self) -> i64 {
        self.world.test.clock.advance(60_000);
        self.world.app.now().0
    }

    /// Creates a conversation of the customer in the main inbox.
    pub(super) async fn conversation(&self, last_message: Option<Timestamp>) -> ConversationId {
        self.conversation_of(self.tenant.customer, self.tenant.main, last_message)
            .await
    }

    pub(super) async fn conversation_of(
        &self,
        customer: CustomerId,
        inbox: InboxId,
        last_message: Option<Timestamp>,
    ) -> ConversationId {
        let message = NewMessage {
            occurred_at: last_message,
            ..NewMessage::new(
                Channel::Phone,
                Direction::Incoming,
                Author::Customer,
                "A call.",
            )
        };
        let new = NewConversation::new(inbox, "Brakes");
        let command = CreateConversation {
            caller: provision::operator_caller(&self.tenant.account),
            reach: InboxScope::All,
            locks: Locks::NONE,
            conversation: new,
            customer: CustomerRef::Id(customer),
            messages: vec![message],
        };
        let store = self.world.store();
        let created = store.write(command).await;
        created.expect("a conversation").conversation.id
    }

    /// Changes status, archive flag or assignee as an operator does.
    pub(super) async fn change(
        &self,
        conversation: ConversationId,
        status: Option<Status>,
        archived: Option<bool>,
        assignee: Option<Option<AgentId>>,
    ) {
        let command = ChangeConversation::new(
            provision::operator_caller(&self.tenant.account),
            conversation,
            Change {
                status,
                archived,
                assignee,
                ..Change::default()
            },
        );
        self.world.store().write(command).await.expect("a change");
    }

    /// Returns the conversation as stored.
    pub(super) async fn stored(&self, id: ConversationId) -> Conversation {
        let read = GetConversation {
            account: self.tenant.account.id,
            id,
            inboxes: InboxScope::All,
        };
        let view = self.world.store().read(read).await.expect("a read");
        view.conversation
    }

    /// Creates another customer in the main inbox, with this public id.
    pub(super) async fn new_customer(&self, public_id: &str) -> CustomerId {
        self.customer_at(self.tenant.main, public_id, None).await
    }

    /// Creates another customer in an inbox, with this public id.
    pub(super) async fn customer_at(
        &self,
        home: InboxId,
        public_id: &str,
        email: Option<&str>,
    ) -> CustomerId {
        let ids = vec![(
            heddle_mykaarma::NAME.as_str().to_owned(),
            public_id.to_owned(),
        )];
        let (store, account, home) = (self.world.store(), &self.tenant.account, Some(home));
        let made =
            provision::create_customer(store, account, home, email, Profile::default(), ids).await;
        made.expect("a customer")
    }
}

pub(super) fn threads_path(department: &str, customer: &str) -> String {
    format!("/communications/departments/{department}/customers/{customer}/threads")
}

pub(super) fn message_path(department: &str, user: &str, customer: &str) -> String {
    format!("/communications/department/{department}/user/{user}/customer/{customer}/message")
}

pub(super) fn customers_path(department: &str) -> String {
    format!("/customer/v2/department/{department}/customer")
}

/// Returns a thread's id.
pub(super) fn id(thread: &Value) -> i64 {
    thread["id"].as_i64().expect("an integer id")
}

/// Returns the body of a manual text message of this type.
pub(super) fn message(kind: &str) -> Value {
    json!({"body": "Your car is ready.", "type": kind, "protocol": "TEXT", "isManual": true})
}

/// Checks an error of the manage and customer APIs; returns its envelope.
pub(super) fn manage_refused(answer: &Answer, status: u16) -> Value {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(body.as_object().expect("an object").len(), 2, "{body}");
    assert_eq!(body["warnings"], json!([]));
    let error = &body["errors"][0];
    assert_eq!(error["errorCode"], json!(status), "{body}");
    for member in ["errorTitle", "errorMessage"] {
        assert!(error[member].as_str().is_some_and(|text| !text.is_empty()));
    }
    body
}

/// Checks an error below `/communications/`: the envelope with one error, which has `errorCode`, `errorDescription` and
/// `errorUID`.
pub(super) fn refused(answer: &Answer, status: u16, code: &str) -> Value {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(body.as_object().expect("an object").len(), 3, "{body}");
    let request = body["requestUUID"].as_str().expect("a request id");
    assert_eq!(request.len(), 36, "{body}");
    assert_eq!(body["warnings"], json!([]));
    let errors = body["errors"].as_array().expect("a list");
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["errorCode"], json!(code), "{body}");
    for member in ["errorDescription", "errorUID"] {
        let text = errors[0][member].as_str();
        assert!(text.is_some_and(|text| !text.is_empty()), "{body}");
    }
    body
}
