//! The rows of the native API. Each resource adds its rows; [`Native`] builds them.

mod conversations;
mod customers;
mod webhooks;

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

fn number(id: &str) -> i64 {
    id.parse().expect("a number")
}

pub(super) fn rows(world: &World, fixture: &Fixture) -> Vec<Row> {
    let mut rows = open(world);
    rows.extend(account(world));
    rows.extend(inboxes(world, fixture));
    rows.extend(profiles(world, fixture));
    rows.extend(fields(world, fixture));
    rows.extend(agents(world, fixture));
    rows.extend(teams(world, fixture));
    rows.extend(credentials(world, fixture));
    rows.extend(webhooks::followers(world, fixture));
    rows.extend(search(world));
    rows.extend(customers::customers(world, fixture));
    rows.extend(customers::customer_addresses(world, fixture));
    rows.extend(customers::customer_preferences(world, fixture));
    rows.extend(customers::customer_followers(world, fixture));
    rows.extend(customers::customer_ends(world, fixture));
    rows.extend(webhooks::webhooks(world, fixture));
    rows.extend(webhooks::deliveries(world, fixture));
    rows.extend(conversations::conversations(world, fixture));
    rows.extend(conversations::conversation_actions(world, fixture));
    rows.extend(conversations::messages(world, fixture));
    rows.extend(conversations::attachments(world, fixture));
    rows.into_iter().map(|Native(row)| row).collect()
}

fn open(world: &World) -> Vec<Native> {
    let file = "/api/v1/docs/swagger-ui.css";
    vec![
        Native::open(world, "/healthz", "/healthz"),
        Native::open(world, "/readyz", "/readyz"),
        Native::open(world, "/api/v1/openapi.json", "/api/v1/openapi.json"),
        Native::open(world, "/", "/"),
        Native::open(world, "/api/v1/docs/", "/api/v1/docs/"),
        docs_without_slash(world),
        Native::open(world, "/api/v1/docs/{}", file),
        Native::open(
            world,
            "/api/v1/openapi/{}",
            "/api/v1/openapi/helpscout.json",
        ),
    ]
}

fn docs_without_slash(world: &World) -> Native {
    let mut row = Native::open(world, "/api/v1/docs", "/api/v1/docs");
    row.0.success = 308;
    row
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
    let opt_out = json!({ "kind": "text", "value": "+49 30 1234", "state": "opted_out" });
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
        Native::with_ids(
            world,
            Method::PUT,
            "/api/v1/inboxes/{}/opt-out",
            &ids,
            Some(opt_out),
        ),
        opted_out(world, fixture),
    ]
}

fn profiles(world: &World, fixture: &Fixture) -> Vec<Native> {
    let one = "/api/v1/inboxes/{}/profile";
    let foreign = vec![fixture.foreign.main.clone()];
    let ids = [("id", fixture.here.main.clone(), foreign)];
    let address = json!({
        "line1": "Harbour 1", "line2": "Back yard", "city": "Hamburg", "postal_code": "20457",
        "country_code": "DE", "country_subdivision_code": "DE-HH", "latitude": 53.5503, "longitude": 9.9921,
    });
    let profile = json!({
        "time_zone": "Europe/Berlin", "language": "de-DE", "legal_environment": "DE", "accommodation_environment": "DE",
        "accounting_environment": "DE", "tax_environment": "DE-2020", "currency": "EUR",
        "website": "https://harbour.example", "email": "desk@harbour.example", "phone": "+49 40 1", "address": address,
    });
    vec![
        Native::with_ids(world, Method::GET, one, &ids, None),
        Native::with_ids(world, Method::PUT, one, &ids, Some(profile)),
    ]
}

/// Returns the row of the opt-out of an address, which its query names.
fn opted_out(world: &World, fixture: &Fixture) -> Native {
    let template = "/api/v1/inboxes/{}/opt-out";
    let path = |inbox: &str| format!("/api/v1/inboxes/{inbox}/opt-out?kind=text&value=4930");
    let mut row = Native::row(world, Method::GET, template, path(&fixture.here.main), None);
    row.0.slots.push(slot(
        "id",
        404,
        &[&fixture.foreign.main],
        UNKNOWN_NUMBER,
        move |world, _, id| native(Method::GET, path(id), &world.here.native_token, None),
    ));
    row
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
