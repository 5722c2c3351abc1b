//! The rows of the native API. Each resource adds its rows; [`Native`] builds them.

use std::sync::atomic::{AtomicU32, Ordering};

use heddle_access::provision;
use heddle_domain::InboxScope;
use heddle_domain::id::{ConversationId, MessageId};
use heddle_domain::message::Format;
use heddle_store::write::amend::AmendMessage;
use http::Method;
use serde_json::{Value, json};

use super::{Fixture, Row, Sample, UNKNOWN_NUMBER, slot, without_headers};
use crate::harness::{Tenant, World};

/// Returns a request with a bearer token.
pub(crate) fn native(method: Method, path: String, token: &str, body: Option<Value>) -> Sample {
    let mut headers = vec![("authorization", format!("Bearer {token}"))];
    if body.is_some() {
        headers.push(("content-type", "application/json".to_owned()));
    }
    Sample {
        method,
        path,
        headers,
        body,
    }
}

/// A conversation with two messages and a draft; one of the messages has a file.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) id: String,
    pub(crate) messages: [String; 2],
    pub(crate) draft: String,
    pub(crate) attachment: String,
}

/// Creates a conversation with two messages, a draft and a file.
pub(crate) async fn thread(world: &World, tenant: &Tenant) -> Thread {
    let send = async |path: &str, body: Value| {
        let path = format!("/api/v1/{path}");
        let sample = native(Method::POST, path, &tenant.native_token, Some(body));
        let answer = sample.send(world).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()["id"].to_string()
    };
    let new = json!({ "inbox_id": tenant.main.get(), "customer_id": tenant.customer.get() });
    let id = send("conversations", new).await;
    let attachment = send("attachments?filename=a.json", json!({ "a": 1 })).await;
    let add = format!("conversations/{id}/messages");
    let said = |files: Vec<i64>, state: &str| {
        json!({ "channel": "phone", "direction": "outgoing", "author": "application", "body": "Said",
            "state": state, "attachment_ids": files })
    };
    let file = attachment.parse().expect("an id");
    let messages = [
        send(&add, said(vec![file], "published")).await,
        send(&add, said(Vec::new(), "published")).await,
    ];
    rewrite(world, tenant, &id, &messages[0]).await;
    Thread {
        messages,
        draft: send(&add, said(Vec::new(), "draft")).await,
        id,
        attachment,
    }
}

/// Rewrites a message, so that it has an original text.
async fn rewrite(world: &World, tenant: &Tenant, conversation: &str, message: &str) {
    let amend = AmendMessage {
        caller: provision::operator_caller(&tenant.account),
        inboxes: InboxScope::All,
        conversation: ConversationId(number(conversation)),
        message: MessageId(number(message)),
        text: Some(("Said, and rewritten".into(), Format::Plain)),
        hidden: None,
    };
    world.store().write(amend).await.expect("rewritten");
}

/// How many custom fields were defined.
static FIELDS: AtomicU32 = AtomicU32::new(0);

/// Defines a custom field of the main inbox.
pub(crate) async fn field(world: &World, tenant: &Tenant, name: &str) -> String {
    let path = format!("/api/v1/inboxes/{}/fields", tenant.main);
    // A test may make several fixtures in one world.
    let number = FIELDS.fetch_add(1, Ordering::Relaxed);
    let body = json!({ "name": format!("{name} {number}"), "kind": "singleline" });
    let sample = native(Method::POST, path, &tenant.native_token, Some(body));
    let answer = sample.send(world).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    answer.json()["id"].to_string()
}

/// Defines a custom field with options; returns its id and that of an option.
pub(crate) async fn dropdown(world: &World, tenant: &Tenant) -> (String, String) {
    let path = format!("/api/v1/inboxes/{}/fields", tenant.main);
    let number = FIELDS.fetch_add(1, Ordering::Relaxed);
    let options = json!(["One", "Two"]);
    let body = json!({ "name": format!("Size {number}"), "kind": "dropdown", "options": options });
    let sample = native(Method::POST, path, &tenant.native_token, Some(body));
    let answer = sample.send(world).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    let made = answer.json();
    (made["id"].to_string(), made["options"][1]["id"].to_string())
}

/// Builds a row of the catalogue.
struct Native(Row);

impl Native {
    /// Creates a row for a route without ids. A caller of another account gets data of that account.
    fn row(
        world: &World,
        method: Method,
        template: &'static str,
        path: String,
        body: Option<Value>,
    ) -> Self {
        let sample = native(method.clone(), path, &world.here.native_token, body);
        let success = if method == Method::POST { 201 } else { 200 };
        Self(Row {
            api: heddle_native::NAME,
            method,
            template,
            success,
            slots: Vec::new(),
            foreign_caller: None,
            anonymous: Some((without_headers(&sample, &["authorization"]), 401)),
            sample,
        })
    }

    /// Creates a row for a route with `ids` in place of the template's `{}`, in order. Each id is a place that the
    /// tests vary. The ids in `foreign` exist, but this caller may not see them, nor whose they are.
    fn with_ids(
        world: &World,
        method: Method,
        template: &'static str,
        ids: &[(&'static str, String, Vec<String>)],
        body: Option<Value>,
    ) -> Self {
        let filled: Vec<String> = ids.iter().map(|(_, id, _)| id.clone()).collect();
        let path = fill(template, &filled);
        let mut row = Self::row(world, method.clone(), template, path, body.clone());
        for (at, (name, _, foreign)) in ids.iter().enumerate() {
            let foreign: Vec<&String> = foreign.iter().collect();
            let (filled, method, body) = (filled.clone(), method.clone(), body.clone());
            row.0.slots.push(slot(
                name,
                404,
                &foreign,
                UNKNOWN_NUMBER,
                move |world, _, id| {
                    let mut filled = filled.clone();
                    id.clone_into(&mut filled[at]);
                    let path = fill(template, &filled);
                    native(method.clone(), path, &world.here.native_token, body.clone())
                },
            ));
        }
        let mut stranger = without_headers(&row.0.sample, &["authorization"]);
        let token = format!("Bearer {}", world.foreign.native_token);
        stranger.headers.push(("authorization", token));
        row.0.foreign_caller = Some((stranger, 404));
        row
    }

    fn success(mut self, status: u16) -> Self {
        self.0.success = status;
        self
    }

    /// Adds a place in the body, named by a JSON pointer. The expected status for a foreign or unknown id there is 422.
    fn body_id(mut self, pointer: &'static str, foreign: &[&String]) -> Self {
        let sample = self.0.sample.clone();
        self.0.slots.push(slot(
            pointer,
            422,
            foreign,
            UNKNOWN_NUMBER,
            move |_, _, id| {
                let mut sample = sample.clone();
                let body = sample.body.as_mut().expect("a body");
                let place = body.pointer_mut(pointer).expect("the place exists");
                *place = json!(id.parse::<i64>().expect("a number"));
                sample
            },
        ));
        self
    }

    /// Adds a query to all requests of the row.
    fn with_query(mut self, query: &str) -> Self {
        self.0.sample.path += query;
        if let Some((stranger, _)) = &mut self.0.foreign_caller {
            stranger.path += query;
        }
        if let Some((anonymous, _)) = &mut self.0.anonymous {
            anonymous.path += query;
        }
        for slot in &mut self.0.slots {
            let query = query.to_owned();
            let nothing =
                Box::new(|_: &World, _: &Fixture, _: &str| unreachable!("it is replaced at once"));
            let plain = std::mem::replace(&mut slot.with, nothing);
            slot.with = Box::new(move |world, fixture, id| {
                let mut sample = plain(world, fixture, id);
                sample.path += &query;
                sample
            });
        }
        self
    }

    /// Creates a row for a route that needs no token.
    fn open(world: &World, template: &'static str, path: &str) -> Self {
        let mut row = Self::row(world, Method::GET, template, path.into(), None);
        row.0.sample = without_headers(&row.0.sample, &["authorization"]);
        row.0.anonymous = None;
        row
    }
}

/// Replaces each `{}` of the template by an id.
pub(super) fn fill(template: &str, ids: &[String]) -> String {
    ids.iter()
        .fold(template.to_owned(), |path, id| path.replacen("{}", id, 1))
}

pub(super) fn rows(world: &World, fixture: &Fixture) -> Vec<Row> {
    let mut rows = open(world);
    rows.extend(account(world));
    rows.extend(inboxes(world, fixture));
    rows.extend(fields(world, fixture));
    rows.extend(agents(world, fixture));
    rows.extend(teams(world, fixture));
    rows.extend(credentials(world, fixture));
    rows.extend(followers(world, fixture));
    rows.extend(search(world));
    rows.extend(customers(world, fixture));
    rows.extend(customer_addresses(world, fixture));
    rows.extend(customer_ends(world, fixture));
    rows.extend(webhooks(world, fixture));
    rows.extend(deliveries(world, fixture));
    rows.extend(conversations(world, fixture));
    rows.extend(conversation_actions(world, fixture));
    rows.extend(messages(world, fixture));
    rows.extend(attachments(world, fixture));
    rows.into_iter().map(|Native(row)| row).collect()
}

fn open(world: &World) -> Vec<Native> {
    let file = "/api/v1/docs/swagger-ui.css";
    vec![
        Native::open(world, "/healthz", "/healthz"),
        Native::open(world, "/readyz", "/readyz"),
        Native::open(world, "/api/v1/openapi.json", "/api/v1/openapi.json"),
        Native::open(world, "/api/v1/docs/", "/api/v1/docs/"),
        Native::open(world, "/api/v1/docs/{}", file),
        Native::open(
            world,
            "/api/v1/openapi/{}",
            "/api/v1/openapi/helpscout.json",
        ),
    ]
}

fn account(world: &World) -> Vec<Native> {
    let path = "/api/v1/account";
    let change = json!({
        "name": "Here",
        "settings": { "thread_cap": 0, "lock_after_days": 0, "helpscout_rate": "off", "mews_rate": 9 },
    });
    vec![
        Native::row(world, Method::GET, path, path.into(), None),
        Native::row(world, Method::PATCH, path, path.into(), Some(change)),
    ]
}

fn inboxes(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/inboxes", "/api/v1/inboxes/{}");
    let agent = world.here.agent.get();
    let new = json!({ "name": "Third", "default_agent_id": agent });
    let change = json!({ "name": "Main", "default_agent_id": agent, "messaging": true });
    let ids = [(
        "id",
        fixture.here.main.clone(),
        vec![fixture.foreign.main.clone()],
    )];
    let agents = [&fixture.foreign.agent];
    vec![
        Native::row(world, Method::GET, list, list.into(), None),
        Native::row(world, Method::POST, list, list.into(), Some(new))
            .body_id("/default_agent_id", &agents),
        Native::with_ids(world, Method::GET, one, &ids, None),
        Native::with_ids(world, Method::PATCH, one, &ids, Some(change))
            .body_id("/default_agent_id", &agents),
    ]
}

fn fields(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/inboxes/{}/fields", "/api/v1/inboxes/{}/fields/{}");
    let new = json!({ "name": "Colour", "kind": "dropdown", "order": 3, "required": true, "options": ["red", "blue"] });
    let change = json!({ "order": 9, "required": false });
    let foreign = &fixture.foreign;
    let inbox = ("id", fixture.here.main.clone(), vec![foreign.main.clone()]);
    let at = |field: &String| {
        let theirs = vec![foreign.fields[0].clone()];
        [inbox.clone(), ("field_id", field.clone(), theirs)]
    };
    let [kept, removed] = &fixture.here.fields;
    let ids = [inbox.clone()];
    vec![
        Native::with_ids(world, Method::GET, list, &ids, None),
        Native::with_ids(world, Method::POST, list, &ids, Some(new)),
        Native::with_ids(world, Method::GET, one, &at(kept), None),
        Native::with_ids(world, Method::PATCH, one, &at(kept), Some(change)),
        Native::with_ids(world, Method::DELETE, one, &at(removed), None).success(204),
    ]
}

fn credentials(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/credentials", "/api/v1/credentials/{}");
    let new = json!({
        "api": "native",
        "name": "Robot",
        "scopes": ["messages.read", "messages.write"],
        "inbox_ids": [world.here.main.get()],
        "agent_id": world.here.agent.get(),
    });
    let change = json!({
        "name": "Robot",
        "scopes": ["messages.read"],
        "inbox_ids": [world.here.second.get()],
    });
    let of = |id: &str| {
        let foreign = vec![fixture.foreign.credential.clone()];
        [("id", id.to_owned(), foreign)]
    };
    let ids = of(&fixture.here.credential);
    let inboxes = [&fixture.foreign.main];
    vec![
        Native::row(world, Method::GET, list, list.into(), None),
        Native::row(world, Method::POST, list, list.into(), Some(new))
            .body_id("/inbox_ids/0", &inboxes)
            .body_id("/agent_id", &[&fixture.foreign.agent]),
        Native::with_ids(world, Method::GET, one, &ids, None),
        Native::with_ids(world, Method::PATCH, one, &ids, Some(change))
            .body_id("/inbox_ids/0", &inboxes),
        Native::with_ids(
            world,
            Method::DELETE,
            one,
            &of(&fixture.here.second_credential),
            None,
        )
        .success(204),
    ]
}

fn followers(world: &World, fixture: &Fixture) -> Vec<Native> {
    let list = |template: &'static str, query: String| {
        Native::row(
            world,
            Method::GET,
            template,
            format!("{template}{query}"),
            None,
        )
    };
    let about = format!(
        "?limit=5&kind=message.added&conversation_id={}",
        fixture.here.thread
    );
    let from = "&from=2026-01-01T00:00:00Z&to=2099-01-01T00:00:00%2B01:00&address=127.0.0.1";
    vec![
        list("/api/v1/tags", String::new()),
        list("/api/v1/applications", String::new()),
        list("/api/v1/events", format!("{about}&after=1&inbox_id=1")),
        list(
            "/api/v1/events/stream",
            format!("{}&after=1&inbox_id=1", about.replace("limit=5&", "")),
        ),
        list(
            "/api/v1/audit",
            format!("{about}{from}&agent_id=1&credential_id=1&entity_id=1"),
        ),
    ]
}

fn search(world: &World) -> Vec<Native> {
    let found = "?q=locker+OR+-tag:vip&sort=relevance&facets=true&time_zone=Europe/Berlin&include=tags&limit=5";
    let typed = "?text=it&kinds=customer,agent,tag&limit=3";
    let rows = [
        ("/api/v1/search", found),
        ("/api/v1/search/suggestions", typed),
        ("/api/v1/search/status", ""),
    ];
    let row = |(template, query): (&'static str, &str)| {
        Native::row(
            world,
            Method::GET,
            template,
            format!("{template}{query}"),
            None,
        )
    };
    rows.map(row).into()
}

fn webhooks(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/webhooks", "/api/v1/webhooks/{}");
    let main = world.here.main.get();
    let new = json!({
        "api": "native",
        "label": "Warehouse",
        "url": "https://hooks.example.com/in?Token=abc",
        "events": ["message.added", "customer.updated"],
        "inbox_ids": [main],
        "secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
        "ordered": true,
        "allow": [],
        "options": {},
        "state": "enabled",
    });
    let change = json!({
        "label": "Shop",
        "url": "http://127.0.0.1:9/shop",
        "events": ["message.added"],
        "inbox_ids": [main],
        "ordered": false,
        "allow": [],
        "options": {},
        "state": "enabled",
    });
    let rotation = json!({ "keep_previous_seconds": 60 });
    let of = |id: &str| {
        let foreign = vec![fixture.foreign.webhook.clone()];
        [("id", id.to_owned(), foreign)]
    };
    let ids = of(&fixture.here.webhook);
    let second = of(&fixture.here.second_webhook);
    let inboxes = [&fixture.foreign.main];
    let rotate = "/api/v1/webhooks/{}/rotate-secret";
    vec![
        Native::row(world, Method::GET, list, list.into(), None),
        Native::row(world, Method::POST, list, list.into(), Some(new))
            .body_id("/inbox_ids/0", &inboxes),
        Native::with_ids(world, Method::GET, one, &ids, None),
        // The other one, because a webhook that loses inboxes does not send its deliveries again.
        Native::with_ids(world, Method::PATCH, one, &second, Some(change))
            .body_id("/inbox_ids/0", &inboxes),
        Native::with_ids(
            world,
            Method::GET,
            "/api/v1/webhooks/{}/standing",
            &ids,
            None,
        ),
        Native::with_ids(world, Method::POST, rotate, &ids, Some(rotation)).success(200),
        Native::with_ids(world, Method::DELETE, one, &second, None).success(204),
    ]
}

fn deliveries(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = (
        "/api/v1/webhooks/{}/deliveries",
        "/api/v1/webhooks/{}/deliveries/{}",
    );
    let id = |name, here: &String, foreign: &String| (name, here.clone(), vec![foreign.clone()]);
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let webhook = [id("id", &here.webhook, &foreign.webhook)];
    let both = [
        id("id", &here.webhook, &foreign.webhook),
        id("delivery", &here.delivery, &foreign.delivery),
    ];
    let again = "/api/v1/webhooks/{}/deliveries/{}/replay";
    let range = json!({
        "from": "2026-01-01T00:00:00Z",
        "to": "2099-01-01T00:00:00+01:00",
        "state": "failed",
    });
    let post = |template, ids, body| {
        Native::with_ids(world, Method::POST, template, ids, body).success(202)
    };
    vec![
        Native::with_ids(world, Method::GET, list, &webhook, None),
        Native::with_ids(world, Method::GET, one, &both, None),
        post(again, &both, None),
        post("/api/v1/webhooks/{}/replay", &webhook, Some(range)),
        post("/api/v1/webhooks/{}/ping", &webhook, None).success(200),
    ]
}

fn agents(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/agents", "/api/v1/agents/{}");
    let password = "/api/v1/agents/{}/password";
    let secret = json!({ "password": "correct horse" });
    let new = json!({ "first_name": "Mina", "last_name": "Roth", "email": "mina@here.example" });
    let change = json!({ "first_name": "Mina", "last_name": "Roth", "email": "roth@here.example" });
    let ids = [(
        "id",
        fixture.here.agent.clone(),
        vec![fixture.foreign.agent.clone()],
    )];
    vec![
        Native::row(world, Method::GET, list, list.into(), None),
        Native::row(world, Method::POST, list, list.into(), Some(new)),
        Native::with_ids(world, Method::GET, one, &ids, None),
        Native::with_ids(world, Method::PATCH, one, &ids, Some(change)),
        Native::with_ids(world, Method::PUT, password, &ids, Some(secret)),
        Native::with_ids(world, Method::DELETE, password, &ids, None).success(204),
    ]
}

fn teams(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/teams", "/api/v1/teams/{}");
    let agent = world.here.agent.get();
    let new = json!({ "name": "Looms", "members": [agent] });
    let change = json!({ "name": "Weavers", "members": [agent] });
    // An agent who is no team is unknown as one, and a team is no member.
    let no_teams = vec![fixture.foreign.team.clone(), fixture.here.agent.clone()];
    let ids = [("id", fixture.here.team.clone(), no_teams)];
    let nobody = [
        &fixture.foreign.agent,
        &fixture.foreign.team,
        &fixture.here.team,
    ];
    vec![
        Native::row(world, Method::GET, list, list.into(), None),
        Native::row(world, Method::POST, list, list.into(), Some(new))
            .body_id("/members/0", &nobody),
        Native::with_ids(world, Method::GET, one, &ids, None),
        Native::with_ids(world, Method::PATCH, one, &ids, Some(change))
            .body_id("/members/0", &nobody),
    ]
}

fn customers(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/customers", "/api/v1/customers/{}");
    let (bulk, inbox) = ("/api/v1/customers/bulk", world.here.main.get());
    let filter = format!(
        "{list}?email=ito@here.example&phone=%2B49%2030%201234&home_inbox_id={inbox}&include=inbox,conversations"
    );
    let new = json!({
        "home_inbox_id": inbox,
        "first_name": "Mina",
        "email": "mina.roth@here.example",
        "gender": "female",
    });
    let change = json!({ "home_inbox_id": inbox, "first_name": "Mina", "phone": "+49 30 1234" });
    let many = json!({ "customers": [{ "home_inbox_id": inbox, "last_name": "Roth" }] });
    let ids = customer_of(&fixture.here.customer, fixture);
    let inboxes = [&fixture.foreign.main];
    vec![
        Native::row(world, Method::GET, list, filter, None),
        Native::row(world, Method::POST, list, list.into(), Some(new))
            .body_id("/home_inbox_id", &inboxes),
        Native::row(world, Method::POST, bulk, bulk.into(), Some(many)).success(200),
        Native::with_ids(world, Method::GET, one, &ids, None),
        Native::with_ids(world, Method::PATCH, one, &ids, Some(change))
            .body_id("/home_inbox_id", &inboxes),
    ]
}

fn customer_of(id: &str, fixture: &Fixture) -> [(&'static str, String, Vec<String>); 1] {
    let foreign = vec![
        fixture.foreign.customer.clone(),
        fixture.foreign.spare_customers[0].clone(),
    ];
    [("id", id.to_owned(), foreign)]
}

fn customer_addresses(world: &World, fixture: &Fixture) -> Vec<Native> {
    let all = "/api/v1/customers/{}/addresses";
    let one = "/api/v1/customers/{}/addresses/{}";
    let ids = customer_of(&fixture.here.customer, fixture);
    let [customer] = ids.clone();
    let at = |position: &str| {
        let position = ("position", position.to_owned(), Vec::new());
        [customer.clone(), position]
    };
    let fax = json!({ "kind": "fax", "value": "+49 30 9" });
    let phone = json!({ "kind": "phone", "value": "+49 30 5678" });
    let gone = json!({ "kind": "fax", "value": "+49 30 8" });
    let list =
        json!({ "addresses": [{ "kind": "email", "value": "ito@here.example" }, &phone, gone] });
    vec![
        Native::with_ids(world, Method::GET, all, &ids, None),
        Native::with_ids(world, Method::POST, all, &ids, Some(fax)),
        // Numbers the addresses from 0, for the next two.
        Native::with_ids(world, Method::PUT, all, &ids, Some(list)),
        Native::with_ids(world, Method::PATCH, one, &at("1"), Some(phone)),
        Native::with_ids(world, Method::DELETE, one, &at("2"), None).success(204),
    ]
}

fn customer_ends(world: &World, fixture: &Fixture) -> Vec<Native> {
    let [ended, erased] = &fixture.here.spare_customers;
    let (merge, one) = ("/api/v1/customers/{}/merge", "/api/v1/customers/{}");
    let jobs = "/api/v1/customers/{}/jobs";
    let into = json!({ "into": world.here.customer.get() });
    let (ended, erased) = (customer_of(ended, fixture), customer_of(erased, fixture));
    vec![
        Native::with_ids(world, Method::POST, merge, &ended, Some(into))
            .success(202)
            .body_id("/into", &[&fixture.foreign.customer]),
        Native::with_ids(world, Method::DELETE, one, &erased, None).success(202),
        Native::with_ids(world, Method::GET, jobs, &ended, None),
    ]
}

fn conversations(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/conversations", "/api/v1/conversations/{}");
    let (here, foreign) = (&world.here, &fixture.foreign);
    let filter = format!(
        "{list}?inbox_id={}&inbox_id={}&customer_id={}&assignee_id=1&assigned=true&status=new&status=open&archived=false\
         &tag=vip&application_id=1&updated_since=2026-01-01T00:00:00Z&sort=-last_message&include=customer,tags",
        here.main, here.second, here.customer
    );
    let message = json!({
        "channel": "email",
        "direction": "outgoing",
        "author": "agent",
        "author_agent_id": here.agent.get(),
        "customer_id": here.customer.get(),
        "subject": "Locker",
        "body": "We will look.",
        "cc": ["copy@here.example"],
        "occurred_at": "2026-03-04T09:00:00Z",
    });
    let new = json!({
        "inbox_id": here.main.get(),
        "customer_id": here.customer.get(),
        "subject": "Locker",
        "status": "closed",
        "assignee_id": here.agent.get(),
        "kind": "email",
        "started_at": "2026-03-04T08:00:00+01:00",
        "closed_at": "2026-03-04T09:00:00Z",
        "tags": ["vip"],
        "custom_fields": { "colour": "red" },
        "messages": [message],
    });
    let change = json!({
        "subject": "Locker 12",
        "status": "pending",
        "archived": true,
        "assignee_id": here.agent.get(),
        "inbox_id": here.main.get(),
        "customer_id": here.customer.get(),
        "ticket_number": "T-2",
        "add_tags": ["late"],
        "remove_tags": ["vip"],
        "custom_fields": { "colour": null, "size": "L" },
    });
    let ids = thread_ids(&fixture.here.native_threads[0].id, fixture);
    let spare = thread_ids(&fixture.here.spare_threads[1].id, fixture);
    let restore = "/api/v1/conversations/{}/restore";
    let (agents, inboxes) = ([&foreign.agent], [&foreign.main]);
    let customers = [&foreign.customer];
    vec![
        Native::row(world, Method::GET, list, filter, None),
        Native::row(world, Method::POST, list, list.into(), Some(new))
            .body_id("/inbox_id", &inboxes)
            .body_id("/customer_id", &customers)
            .body_id("/assignee_id", &agents)
            .body_id("/messages/0/author_agent_id", &agents)
            .body_id("/messages/0/customer_id", &customers),
        Native::with_ids(world, Method::GET, one, &ids, None),
        Native::with_ids(world, Method::PATCH, one, &ids, Some(change))
            .body_id("/inbox_id", &inboxes)
            .body_id("/customer_id", &customers)
            .body_id("/assignee_id", &agents),
        Native::with_ids(world, Method::DELETE, one, &spare, None).success(204),
        Native::with_ids(world, Method::POST, restore, &spare, None).success(200),
    ]
}

fn thread_ids(id: &str, fixture: &Fixture) -> [(&'static str, String, Vec<String>); 1] {
    let foreign = &fixture.foreign;
    let threads = vec![foreign.thread.clone(), foreign.native_threads[0].id.clone()];
    [("id", id.to_owned(), threads)]
}

fn conversation_actions(world: &World, fixture: &Fixture) -> Vec<Native> {
    let [kept, ended, parted] = &fixture.here.native_threads;
    let foreign = &fixture.foreign;
    let (bulk, merge) = (
        "/api/v1/conversations/bulk",
        "/api/v1/conversations/{}/merge",
    );
    let (split, locks) = (
        "/api/v1/conversations/{}/split",
        "/api/v1/conversations/{}/locks",
    );
    let delegations = "/api/v1/conversations/{}/delegations";
    let presence = "/api/v1/conversations/{}/presence";
    let enters = json!({ "state": "typing", "agent_id": world.here.agent.get() });
    let leaves = format!("?agent_id={}", world.here.agent);
    let many = json!({ "changes": [
        { "conversation_id": number(&kept.id), "change": { "status": "open" } },
        { "conversation_id": 777_777_777, "version": 1, "change": {} },
    ] });
    let into = json!({ "into": number(&kept.id) });
    let part = json!({ "message_ids": [number(&parted.messages[1])], "subject": "Another" });
    let ids = thread_ids(&kept.id, fixture);
    let (ended, parted) = (
        thread_ids(&ended.id, fixture),
        thread_ids(&parted.id, fixture),
    );
    vec![
        Native::row(world, Method::POST, bulk, bulk.into(), Some(many)).success(200),
        Native::with_ids(world, Method::POST, merge, &ended, Some(into))
            .success(200)
            .body_id("/into", &[&foreign.thread]),
        Native::with_ids(world, Method::POST, split, &parted, Some(part))
            .success(200)
            .body_id("/message_ids/0", &[&foreign.native_threads[0].messages[0]]),
        Native::with_ids(world, Method::GET, locks, &ids, None),
        Native::with_ids(world, Method::GET, delegations, &ids, None),
        Native::with_ids(world, Method::GET, presence, &ids, None),
        Native::with_ids(world, Method::PUT, presence, &ids, Some(enters))
            .body_id("/agent_id", &[&foreign.agent]),
        Native::with_ids(world, Method::DELETE, presence, &ids, None)
            .with_query(&leaves)
            .success(204),
    ]
}

fn number(id: &str) -> i64 {
    id.parse().expect("a number")
}

fn messages(world: &World, fixture: &Fixture) -> Vec<Native> {
    let all = "/api/v1/conversations/{}/messages";
    let one = "/api/v1/conversations/{}/messages/{}";
    let notes = "/api/v1/conversations/{}/notes";
    let original = "/api/v1/conversations/{}/messages/{}/original";
    let (thread, foreign) = (&fixture.here.native_threads[0], &fixture.foreign);
    let new = json!({
        "kind": "message",
        "channel": "chat",
        "direction": "outgoing",
        "body": "It is repaired.",
        "format": "plain",
        "author": "agent",
        "author_agent_id": world.here.agent.get(),
        "customer_id": world.here.customer.get(),
        "state": "published",
        "status": "closed",
        "zone": "Europe/Berlin",
    });
    let note = json!({ "body": "Ask the caretaker.", "author_agent_id": world.here.agent.get() });
    let change = json!({ "body": "Said otherwise", "state": "published", "status": "pending" });
    let ids = thread_ids(&thread.id, fixture);
    let [conversation] = ids.clone();
    let theirs = vec![foreign.native_threads[0].messages[0].clone()];
    let at = |id: &String| {
        let message = ("message_id", id.clone(), theirs.clone());
        [conversation.clone(), message]
    };
    let agents = [&foreign.agent];
    vec![
        Native::with_ids(world, Method::GET, all, &ids, None),
        Native::with_ids(world, Method::POST, all, &ids, Some(new))
            .body_id("/author_agent_id", &agents)
            .body_id("/customer_id", &[&foreign.customer]),
        Native::with_ids(world, Method::GET, one, &at(&thread.messages[0]), None),
        Native::with_ids(world, Method::PATCH, one, &at(&thread.draft), Some(change)),
        Native::with_ids(world, Method::GET, original, &at(&thread.messages[0]), None),
        Native::with_ids(world, Method::POST, notes, &ids, Some(note))
            .body_id("/author_agent_id", &agents),
    ]
}

fn attachments(world: &World, fixture: &Fixture) -> Vec<Native> {
    let all = "/api/v1/attachments";
    let one = "/api/v1/attachments/{}";
    let content = "/api/v1/attachments/{}/content";
    let theirs = &fixture.foreign.native_threads[0].attachment;
    let ids = [(
        "id",
        fixture.here.native_threads[0].attachment.clone(),
        vec![theirs.clone()],
    )];
    let upload = format!("{all}?filename=plan.json");
    vec![
        Native::row(world, Method::POST, all, upload, Some(json!({ "a": 1 }))),
        Native::with_ids(world, Method::GET, one, &ids, None),
        Native::with_ids(world, Method::GET, content, &ids, None),
    ]
}
