//! One valid request for every route of every API. Marks show where a test can put an id of another account.
//!
//! The test suites for all APIs use this list: `matrix` (foreign ids), `hostile` (hostile values), `refused` (refusals). They
//! fail if a route has no row here.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use heddle_access::provision;
use heddle_access::secrets::mint_key;
use heddle_domain::credential::Grant;
use heddle_domain::{ApiName, EntityKind, InboxScope, Profile};
use heddle_store::write::webhook::AllowWebhooks;
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Tenant, World};

mod changes;
mod customers;
mod helpscout_rows;
mod inboxes;
mod magicline_rows;
mod mews_rows;
mod mykaarma_calls;
mod mykaarma_rows;
pub(crate) mod native;
mod people;
mod webhooks;

pub(crate) use native::native;

/// A request that a test can change before it sends it.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
}

impl Sample {
    pub(crate) async fn send(&self, world: &World) -> Answer {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        self.send_text(world, body.into_bytes()).await
    }

    /// Sends the same request with another body.
    pub(crate) async fn send_text(&self, world: &World, body: Vec<u8>) -> Answer {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        world
            .send(self.method.clone(), &self.path, &headers, body)
            .await
    }
}

/// The ids and secrets of one tenant that requests contain.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) customer: String,
    pub(crate) customer_public: String,
    pub(crate) second_customer: String,
    pub(crate) second_customer_public: String,
    pub(crate) agent: String,
    pub(crate) agent_public: String,
    pub(crate) main: String,
    pub(crate) main_public: String,
    pub(crate) second_public: String,
    pub(crate) enterprise: String,
    pub(crate) second_enterprise: String,
    pub(crate) dealer: String,
    /// A conversation in the main inbox with `customer`, created through Magicline.
    pub(crate) thread: String,
    /// The GUID of a conversation that the Mews application created.
    pub(crate) mews_thread: String,
    /// The GUID of a conversation that the other Mews application created in the same inbox.
    pub(crate) other_mews_thread: String,
    pub(crate) helpscout_token: String,
    /// Credentials that a request may change or revoke.
    pub(crate) credential: String,
    pub(crate) second_credential: String,
    /// Customers that a request may merge or erase.
    pub(crate) spare_customers: [String; 2],
    /// A team without members.
    pub(crate) team: String,
    /// Help Scout: the client id of an app that may ask users.
    pub(crate) asking_app: String,
    /// A native webhook with one delivery (`delivery`), and another webhook (`second_webhook`).
    pub(crate) webhook: String,
    pub(crate) delivery: String,
    pub(crate) second_webhook: String,
    /// Conversations that a request may merge or split.
    pub(crate) native_threads: [native::Thread; 3],
    /// Conversations that a request may delete (the first two) or change.
    pub(crate) spare_threads: [native::Thread; 3],
    /// Custom fields of the main inbox. A request may remove the second one.
    pub(crate) fields: [String; 2],
    /// A custom field of the main inbox with options, and one of its options.
    pub(crate) dropdown: (String, String),
    /// Webhooks of the Help Scout API.
    pub(crate) helpscout_webhooks: [String; 2],
    /// Customers of the Help Scout API.
    pub(crate) helpscout_customers: customers::Made,
    /// A tag on a conversation in the main inbox.
    pub(crate) tag: String,
}

/// The ids and secrets of both tenants.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) here: Names,
    pub(crate) foreign: Names,
}

impl Fixture {
    pub(crate) async fn new(world: &World) -> Self {
        Self {
            here: names(world, &world.here).await,
            foreign: names(world, &world.foreign).await,
        }
    }
}

async fn names(world: &World, tenant: &Tenant) -> Names {
    // A receiver address that refuses connections at once, and has no name to resolve.
    let allow = AllowWebhooks {
        caller: provision::operator_caller(&tenant.account),
        entries: "127.0.0.1/32".into(),
    };
    world.store().write(allow).await.expect("allowed");
    let webhook = webhook(world, tenant).await;
    crate::native::webhooks::settle(world, tenant, &webhook, &[("message.added", 500)]).await;
    let list = format!("/api/v1/webhooks/{webhook}/deliveries");
    let deliveries = native::native(Method::GET, list, &tenant.native_token, None);
    let delivery = deliveries.send(world).await.json()["data"][0]["id"].to_string();
    let helpscout_token = helpscout_token(world, tenant).await;
    let main = tenant.main.to_string();
    let helpscout_webhooks = [
        webhooks::made(world, &helpscout_token, &main).await,
        webhooks::made(world, &helpscout_token, &main).await,
    ];
    let helpscout_customers = customers::made(world, &helpscout_token).await;
    let public = |kind, entity, api| world.public_id(tenant, kind, entity, api);
    Names {
        customer: tenant.customer.to_string(),
        customer_public: public(
            EntityKind::Customer,
            tenant.customer.get(),
            heddle_mykaarma::NAME,
        )
        .await,
        second_customer: tenant.second_customer.to_string(),
        second_customer_public: public(
            EntityKind::Customer,
            tenant.second_customer.get(),
            heddle_mykaarma::NAME,
        )
        .await,
        agent: tenant.agent.to_string(),
        agent_public: public(EntityKind::Agent, tenant.agent.get(), heddle_mykaarma::NAME).await,
        main: tenant.main.to_string(),
        main_public: public(EntityKind::Inbox, tenant.main.get(), heddle_mykaarma::NAME).await,
        second_public: public(
            EntityKind::Inbox,
            tenant.second.get(),
            heddle_mykaarma::NAME,
        )
        .await,
        enterprise: public(EntityKind::Inbox, tenant.main.get(), heddle_mews::NAME).await,
        second_enterprise: public(EntityKind::Inbox, tenant.second.get(), heddle_mews::NAME).await,
        dealer: public(
            EntityKind::Account,
            tenant.account.id.get(),
            heddle_mykaarma::NAME,
        )
        .await,
        thread: magicline_thread(world, tenant).await,
        mews_thread: mews_thread(world, &tenant.mews_client, &tenant.mews_token).await,
        other_mews_thread: mews_thread(world, &tenant.mews_other_client, &tenant.mews_other_token)
            .await,
        tag: inboxes::tag(world, tenant, &helpscout_token).await,
        helpscout_token,
        helpscout_webhooks,
        helpscout_customers,
        team: team(world, tenant).await,
        asking_app: asking_app(world, tenant).await,
        credential: spare_credential(world, tenant).await,
        second_credential: spare_credential(world, tenant).await,
        spare_customers: [
            spare_customer(world, tenant).await,
            spare_customer(world, tenant).await,
        ],
        delivery,
        webhook,
        second_webhook: self::webhook(world, tenant).await,
        native_threads: [
            native::thread(world, tenant).await,
            native::thread(world, tenant).await,
            native::thread(world, tenant).await,
        ],
        spare_threads: [
            native::thread(world, tenant).await,
            native::thread(world, tenant).await,
            native::thread(world, tenant).await,
        ],
        fields: [
            native::field(world, tenant, "Serial").await,
            native::field(world, tenant, "Model").await,
        ],
        dropdown: native::dropdown(world, tenant).await,
    }
}

async fn webhook(world: &World, tenant: &Tenant) -> String {
    let body =
        json!({ "api": "native", "url": "http://127.0.0.1:9/", "events": ["message.added"] });
    let path = "/api/v1/webhooks".into();
    let sample = native::native(Method::POST, path, &tenant.native_token, Some(body));
    let answer = sample.send(world).await;
    assert_eq!(answer.status, 201, "{:?}", answer.json());
    answer.json()["id"].to_string()
}

async fn spare_customer(world: &World, tenant: &Tenant) -> String {
    let (store, account) = (world.store(), &tenant.account);
    let made =
        provision::create_customer(store, account, None, None, Profile::default(), Vec::new());
    made.await.expect("a customer").to_string()
}

async fn team(world: &World, tenant: &Tenant) -> String {
    let made = provision::create_team(world.store(), &tenant.account, "Desk", [].into()).await;
    made.expect("a team").agent.id.to_string()
}

async fn asking_app(world: &World, tenant: &Tenant) -> String {
    let grant = Grant {
        agent: Some(tenant.agent),
        redirect_url: Some("https://app.example/".into()),
        ..Grant::full(heddle_helpscout::NAME, InboxScope::All)
    };
    let (name, secret) = (mint_key(), mint_key());
    let made = provision::create_named(world.store(), &tenant.account, grant, &name, &secret);
    made.await.expect("an app");
    name
}

async fn spare_credential(world: &World, tenant: &Tenant) -> String {
    let grant = Grant::full(heddle_native::NAME, InboxScope::All);
    let made = provision::create_key(world.store(), &tenant.account, grant, &mint_key()).await;
    made.expect("a credential").to_string()
}

async fn magicline_thread(world: &World, tenant: &Tenant) -> String {
    let sample = magicline(
        Method::POST,
        format!("/v1/communications/{}/threads", tenant.customer),
        &tenant.magicline_key,
    );
    let answer = sample.send(world).await;
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    answer.json()["threadId"].to_string()
}

async fn mews_thread(world: &World, client: &str, token: &str) -> String {
    let body = json!({ "OriginalSender": "Mara Okafor", "Subject": "Parking" });
    let answer = mews("messageThreads/add", client, token, body)
        .send(world)
        .await;
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    answer.json()["MessageThreads"][0]["Id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

pub(crate) async fn helpscout_token(world: &World, tenant: &Tenant) -> String {
    let (id, secret) = &tenant.helpscout_client;
    let body =
        json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": secret });
    let headers = [("content-type", "application/json")];
    let answer = world
        .send(Method::POST, "/v2/oauth2/token", &headers, body.to_string())
        .await;
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    answer.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned()
}

fn json_headers(extra: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend_from_slice(extra);
    headers
}

pub(crate) fn magicline(method: Method, path: String, key: &str) -> Sample {
    let body = json!({
        "communicationThreadStatus": "ONGOING",
        "subject": "Broken locker",
        "content": "Locker 12 does not close.",
        "communicationDirection": "INCOMING",
        "communicationChannel": "PHONE",
        "ticketNumber": "T-1",
        "ticketLink": "https://tickets.example/T-1",
        "agent": "Ada Quill",
        "communicationDateTime": "2022-06-22T08:00:00.000+02:00[Europe/Berlin]",
    });
    Sample {
        method,
        path,
        headers: json_headers(&[("x-api-key", key.to_owned())]),
        body: Some(body),
    }
}

pub(crate) fn mews(operation: &str, client: &str, token: &str, mut body: Value) -> Sample {
    body["ClientToken"] = json!(client);
    body["AccessToken"] = json!(token);
    body["Client"] = json!("Test 1.0");
    let path = format!("/api/connector/v1/{operation}");
    Sample {
        method: Method::POST,
        path,
        headers: json_headers(&[]),
        body: Some(body),
    }
}

pub(crate) fn helpscout(method: Method, path: String, token: &str, body: Option<Value>) -> Sample {
    let headers = json_headers(&[("authorization", format!("Bearer {token}"))]);
    Sample {
        method,
        path,
        headers,
        body,
    }
}

pub(crate) fn mykaarma(
    method: Method,
    path: String,
    account: &(String, String),
    body: Option<Value>,
) -> Sample {
    let basic = BASE64_STANDARD.encode(format!("{}:{}", account.0, account.1));
    let headers = json_headers(&[("authorization", format!("Basic {basic}"))]);
    Sample {
        method,
        path,
        headers,
        body,
    }
}

/// A function that returns the request with another text in one place.
type With = Box<dyn Fn(&World, &Fixture, &str) -> Sample>;

/// A place in a request that contains an id.
pub(crate) struct Slot {
    pub(crate) name: &'static str,
    /// Returns the request with another text in this place.
    pub(crate) with: With,
    /// Ids that exist, but that the request's caller may not see.
    pub(crate) foreign: Vec<String>,
    /// An id that was never used.
    pub(crate) unknown: String,
    /// The expected status, which is the same for foreign and unknown ids.
    pub(crate) status: u16,
}

/// A route with its valid request, and with requests that must be refused.
pub(crate) struct Row {
    pub(crate) api: ApiName,
    pub(crate) method: Method,
    /// The path template with `{}` for every parameter.
    pub(crate) template: &'static str,
    pub(crate) success: u16,
    pub(crate) sample: Sample,
    pub(crate) slots: Vec<Slot>,
    /// The request with the credential of another account, and the expected status; `None` if there is nothing to
    /// check. The response must not show this tenant's data.
    pub(crate) foreign_caller: Option<(Sample, u16)>,
    /// The request without a credential, and the expected status; `None` for routes that need no credential.
    pub(crate) anonymous: Option<(Sample, u16)>,
}

fn slot(
    name: &'static str,
    status: u16,
    foreign: &[&String],
    unknown: &str,
    with: impl Fn(&World, &Fixture, &str) -> Sample + 'static,
) -> Slot {
    let foreign = foreign.iter().map(|id| (*id).clone()).collect();
    Slot {
        name,
        with: Box::new(with),
        foreign,
        unknown: unknown.to_owned(),
        status,
    }
}

fn without_headers(sample: &Sample, drop: &[&str]) -> Sample {
    let mut sample = sample.clone();
    sample.headers.retain(|(name, _)| !drop.contains(name));
    sample
}

/// An opaque id in the form of a GUID that was never used.
const UNKNOWN_PUBLIC: &str = "00000000-0000-4000-8000-000000000000";
const UNKNOWN_NUMBER: &str = "777777777";

/// Returns the rows of all routes.
pub(crate) fn rows(world: &World, fixture: &Fixture) -> Vec<Row> {
    let mut rows = magicline_rows::rows(world, fixture);
    rows.extend(helpscout_rows::rows(world, fixture));
    rows.extend(changes::rows(fixture));
    rows.extend(webhooks::rows(fixture));
    rows.extend(customers::rows(fixture));
    rows.extend(mews_rows::rows(world, fixture));
    rows.extend(mykaarma_rows::rows(world, fixture));
    rows.extend(mykaarma_calls::rows(world, fixture));
    rows.extend(native::rows(world, fixture));
    rows
}

fn thread_body(customer: &str) -> Value {
    json!({
        "text": "Rang about the kettle",
        "customer": { "id": customer.parse::<i64>().expect("a number") },
        "imported": true,
        "createdAt": "2024-03-04T09:15:00Z",
        "attachments": [{ "fileName": "call.txt", "mimeType": "text/plain", "data": "cmluZw==" }],
    })
}

fn conversation_body(mailbox: &str, customer: &str, user: &str) -> Value {
    json!({
        "subject": "Broken kettle",
        "type": "phone",
        "mailboxId": mailbox.parse::<i64>().expect("a number"),
        "status": "active",
        "customer": { "id": customer.parse::<i64>().expect("a number") },
        "assignTo": user.parse::<i64>().expect("a number"),
        "user": user.parse::<i64>().expect("a number"),
        "tags": ["vip"],
        "threads": [{ "type": "phone", "text": "Rang", "customer": { "id": customer.parse::<i64>().expect("a number") } }],
    })
}
