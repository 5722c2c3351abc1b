//! The rows of the native API. Each resource adds its own below; [`Native`] makes them short.

use http::Method;
use serde_json::{Value, json};

use super::{Fixture, Row, Sample, UNKNOWN_NUMBER, slot, without_headers};
use crate::harness::World;

/// A request with a bearer token.
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

/// A row that is being described.
struct Native(Row);

impl Native {
    /// A route without ids: a stranger sees his own things there.
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
            door: heddle_server::native::DOOR,
            method,
            template,
            success,
            slots: Vec::new(),
            foreign_caller: None,
            anonymous: Some((without_headers(&sample, &["authorization"]), 401)),
            sample,
        })
    }

    /// A route whose template names no id, or whose ids are put in by `ids` in order. Each of them is a slot; the ids of
    /// `foreign` exist, but not for this caller, who must not see whose resource it is either.
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

    /// A place in the body, by JSON pointer, where an id stands: 422 for one that is foreign or unknown.
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

    /// A route that needs no token.
    fn open(world: &World, template: &'static str, path: &str) -> Self {
        let mut row = Self::row(world, Method::GET, template, path.into(), None);
        row.0.sample = without_headers(&row.0.sample, &["authorization"]);
        row.0.anonymous = None;
        row
    }
}

/// The template with ids in place of its `{}`.
fn fill(template: &str, ids: &[String]) -> String {
    ids.iter()
        .fold(template.to_owned(), |path, id| path.replacen("{}", id, 1))
}

pub(super) fn rows(world: &World, fixture: &Fixture) -> Vec<Row> {
    let mut rows = open(world);
    rows.extend(account(world));
    rows.extend(inboxes(world, fixture));
    rows.extend(agents(world, fixture));
    rows.extend(credentials(world, fixture));
    rows.extend(followers(world, fixture));
    rows.extend(customers(world, fixture));
    rows.extend(customer_addresses(world, fixture));
    rows.extend(customer_ends(world, fixture));
    rows.extend(webhooks(world, fixture));
    rows.extend(deliveries(world, fixture));
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

fn credentials(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/credentials", "/api/v1/credentials/{}");
    let new = json!({
        "door": "native",
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
        list("/api/v1/events", format!("{about}&after=1")),
        list(
            "/api/v1/audit",
            format!("{about}{from}&agent_id=1&credential_id=1&entity_id=1"),
        ),
    ]
}

fn agents(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/agents", "/api/v1/agents/{}");
    let new = json!({ "first_name": "Mina", "last_name": "Roth", "email": "mina@here.example" });
    let ids = [(
        "id",
        fixture.here.agent.clone(),
        vec![fixture.foreign.agent.clone()],
    )];
    vec![
        Native::row(world, Method::GET, list, list.into(), None),
        Native::row(world, Method::POST, list, list.into(), Some(new.clone())),
        Native::with_ids(world, Method::GET, one, &ids, None),
        Native::with_ids(world, Method::PATCH, one, &ids, Some(new)),
    ]
}

fn customers(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/customers", "/api/v1/customers/{}");
    let (bulk, inbox) = ("/api/v1/customers/bulk", world.here.main.get());
    let filter =
        format!("{list}?email=ito@here.example&phone=%2B49%2030%201234&home_inbox_id={inbox}");
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
    let list = json!({ "addresses": [{ "kind": "email", "value": "ito@here.example" }, &phone] });
    vec![
        Native::with_ids(world, Method::GET, all, &ids, None),
        Native::with_ids(world, Method::POST, all, &ids, Some(fax)),
        Native::with_ids(world, Method::PATCH, one, &at("1"), Some(phone)),
        Native::with_ids(world, Method::DELETE, one, &at("2"), None).success(204),
        Native::with_ids(world, Method::PUT, all, &ids, Some(list)),
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

fn webhook_of(id: &str, fixture: &Fixture) -> (&'static str, String, Vec<String>) {
    (
        "id",
        id.to_owned(),
        vec![fixture.foreign.webhooks[0].clone()],
    )
}

fn webhooks(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/webhooks", "/api/v1/webhooks/{}");
    let condition = "/api/v1/webhooks/{}/condition";
    let rotate = "/api/v1/webhooks/{}/rotate-secret";
    let test = "/api/v1/webhooks/{}/test";
    let new = json!({
        "label": "Ledger",
        "url": "https://hook.example.org/in?token=t",
        "events": ["message.added", "customer.created"],
        "inbox_ids": [world.here.main.get()],
    });
    let change =
        json!({ "label": "Till", "inbox_ids": [world.here.second.get()], "enabled": false });
    let [first, second] = &fixture.here.webhooks;
    let (ids, ended) = ([webhook_of(first, fixture)], [webhook_of(second, fixture)]);
    let inboxes = [&fixture.foreign.main];
    vec![
        Native::row(world, Method::GET, list, list.into(), None),
        Native::row(world, Method::POST, list, list.into(), Some(new))
            .body_id("/inbox_ids/0", &inboxes),
        Native::with_ids(world, Method::GET, one, &ids, None),
        Native::with_ids(world, Method::PATCH, one, &ids, Some(change))
            .body_id("/inbox_ids/0", &inboxes),
        Native::with_ids(world, Method::GET, condition, &ids, None),
        Native::with_ids(
            world,
            Method::POST,
            rotate,
            &ids,
            Some(json!({ "keep_previous_seconds": 60 })),
        )
        .success(200),
        Native::with_ids(world, Method::POST, test, &ids, None).success(200),
        Native::with_ids(world, Method::DELETE, one, &ended, None).success(204),
    ]
}

fn deliveries(world: &World, fixture: &Fixture) -> Vec<Native> {
    let list = "/api/v1/webhooks/{}/deliveries";
    let one = "/api/v1/webhooks/{}/deliveries/{}";
    let again = "/api/v1/webhooks/{}/deliveries/{}/replay";
    let range = "/api/v1/webhooks/{}/replay";
    let webhook = webhook_of(&fixture.here.webhooks[0], fixture);
    let of_delivery = vec![fixture.foreign.delivery.clone()];
    let both = [
        webhook.clone(),
        ("delivery_id", fixture.here.delivery.clone(), of_delivery),
    ];
    let span = json!({ "from": "2026-01-01T00:00:00Z", "state": "failed" });
    vec![
        Native::with_ids(world, Method::GET, list, &[webhook.clone()], None),
        Native::with_ids(world, Method::GET, one, &both, None),
        Native::with_ids(world, Method::POST, again, &both, None).success(202),
        Native::with_ids(world, Method::POST, range, &[webhook], Some(span)).success(202),
    ]
}
