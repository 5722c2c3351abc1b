//! Generated tests of rights: every scope, every kind of event, every way to see it, and every action on a webhook.
//!
//! The cases come from the lists in the code: `Scope::ALL`, `EventKind::ALL`, the routes and the schemas. So a new one is
//! covered without a change here.

use std::collections::BTreeSet;

use heddle::apis;
use heddle_domain::credential::{Grant, Scope};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, ConversationId, InboxId};
use heddle_domain::message::State;
use heddle_domain::{EntityKind, EventDetail, Field, InboxScope, Status};
use heddle_native::NAME;
use heddle_store::write::Caller;
use heddle_store::{NewEvent, Result, Tx, Write};
use http::Method;
use serde_json::{Value, json};

use super::webhooks::settle;
use super::{Api, problem};
use crate::catalogue::{Fixture, Row, Sample, rows};
use crate::harness::World;
use crate::matrix::dump;
use heddle_testkit::on_both;

const EVENTS: &str = "/api/v1/events";
const AUDIT: &str = "/api/v1/audit";
const WEBHOOKS: &str = "/api/v1/webhooks";
/// The conversation of all events that the test writes.
const ABOUT: ConversationId = ConversationId(7_777);

/// Fields of a conversation that an event about a message can name, and the field of the message.
const OF_CONVERSATION: [&str; 6] = [
    "archived",
    "assignee",
    "status",
    "subject",
    "ticket_link",
    "ticket_number",
];
const OF_MESSAGE: [&str; 1] = ["state"];

/// Returns a detail with these fields.
fn every_field() -> EventDetail {
    let text = |text: &str| Some(text.to_owned());
    let changes = vec![
        Field::Archived([Some(true), Some(false)]),
        Field::Assignee([None, Some(AgentId(1))]),
        Field::Status([Some(Status::New), Some(Status::Open)]),
        Field::Subject([None, text("Ito")]),
        Field::TicketLink([None, text("https://tickets.example/7")]),
        Field::TicketNumber([None, text("7")]),
        Field::State([Some(State::Draft), Some(State::Published)]),
    ];
    EventDetail {
        changes,
        facts: Vec::new(),
    }
}

/// Writes one event of each kind about the main inbox, and for `conversation.left` the move that it is derived from.
struct OneOfEachKind {
    caller: Caller,
    main: InboxId,
    second: InboxId,
}

impl Write for OneOfEachKind {
    type Out = ();
    const NAME: &'static str = "one_of_each_kind";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        for kind in kinds() {
            let mut detail = EventDetail::default();
            let (kind, inbox) = match kind {
                EventKind::ConversationLeft => {
                    detail.change(Field::Inbox, &Some(self.main), &Some(self.second));
                    (EventKind::ConversationUpdated, self.second)
                }
                kind => (kind, self.main),
            };
            if kind.entity_kind() == Some(EntityKind::Message) {
                detail = every_field();
            }
            let event = NewEvent {
                kind,
                conversation: Some(ABOUT),
                inbox: Some(inbox),
                entity: ABOUT.get(),
                actor: &self.caller.actor,
                imported: false,
                detail,
            };
            tx.append_event(self.caller.account, 0, &event)?;
        }
        Ok(())
    }
}

/// Returns every kind of event that somebody can see.
fn kinds() -> impl Iterator<Item = EventKind> {
    let all = EventKind::ALL.iter().copied();
    all.filter(|kind| *kind != EventKind::Void)
}

/// Returns the scopes that a webhook for events of this kind asks for.
fn needed(kind: EventKind) -> Vec<Scope> {
    let hooks = apis::descriptions().hooks();
    let hook = hooks.find(NAME.as_str()).expect("the native webhooks");
    hook.scopes(kind.as_str())
}

/// Returns every kind of event to which a webhook can subscribe.
fn offered() -> Vec<EventKind> {
    let hooks = apis::descriptions().hooks();
    let hook = hooks.find(NAME.as_str()).expect("the native webhooks");
    let names = hook.event_names().into_iter();
    names
        .map(|name| EventKind::parse(name).expect("a kind"))
        .collect()
}

fn document() -> Value {
    serde_json::from_slice(&heddle_native::openapi(&apis::descriptions())).expect("JSON")
}

/// Returns the words of the kinds that a token without `missing` sees. Only a token limited to the main inbox is told that
/// a conversation has left; it does not see the event of the move.
fn expected(missing: Scope, is_limited: bool) -> Vec<&'static str> {
    let mut words = Vec::new();
    for kind in kinds().filter(|kind| !needed(*kind).contains(&missing)) {
        let told = match kind {
            EventKind::ConversationLeft if !is_limited => EventKind::ConversationUpdated,
            kind => kind,
        };
        words.push(told.as_str());
    }
    words.sort_unstable();
    words
}

fn words(data: &Value, member: &str) -> Vec<String> {
    let data = data["data"].as_array().expect("a list").iter();
    let mut words: Vec<_> = data
        .map(|item| item[member].as_str().expect("a word").to_owned())
        .collect();
    words.sort_unstable();
    words
}

/// A token without one scope.
async fn without(world: &World, missing: Scope, inboxes: InboxScope) -> Api<'_> {
    Api::granted(world, Grant::full(NAME, inboxes).without(missing)).await
}

/// Checks one request: 403 if the token lacks the scope of the operation, else the events that it sees.
async fn check(api: &Api<'_>, missing: Scope, own: Scope, path: &str, expected: &[&str]) {
    let answer = api.get(path).await;
    if missing == own {
        problem(&answer, 403, "forbidden");
        return;
    }
    assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    let place = format!("{path} without {}", missing.as_str());
    assert_eq!(words(&answer.json(), "kind"), expected, "{place}");
    let mut fields = OF_MESSAGE.to_vec();
    if missing != Scope::ConversationsRead {
        fields.extend(OF_CONVERSATION);
    }
    fields.sort_unstable();
    for event in answer.json()["data"].as_array().expect("a list") {
        if event["kind"]
            .as_str()
            .is_some_and(|kind| kind.starts_with("message."))
        {
            let changes = json!({ "data": event["changes"] });
            assert_eq!(words(&changes, "field"), fields, "{place}");
        }
    }
}

/// Reads the feed page by page: hidden events neither stop it nor stand in its way.
async fn follow(api: &Api<'_>, start: i64) -> Vec<String> {
    let (mut after, mut seen) = (start, Vec::new());
    loop {
        let page = api
            .get(&format!("{EVENTS}?after={after}&limit=3"))
            .await
            .json();
        seen.extend(words(&page, "kind"));
        let next = page["next_after"].as_i64().expect("a position");
        assert!(next >= after);
        if page["more"] == false {
            seen.sort_unstable();
            return seen;
        }
        assert!(next > after, "the feed stands still at {after}");
        after = next;
    }
}

on_both! {
    async fn every_view_shows_an_event_only_to_a_token_that_could_read_the_thing(world: World) {
        let (main, second) = (world.here.main, world.here.second);
        let mut tokens = Vec::new();
        for &missing in Scope::ALL {
            for inboxes in [InboxScope::All, InboxScope::only([main])] {
                let is_limited = inboxes != InboxScope::All;
                tokens.push((missing, is_limited, without(&world, missing, inboxes).await));
            }
        }
        world.store().drain_feed().await.expect("positions");
        let full = Api::full(&world);
        let start = full.get(&format!("{EVENTS}?limit=100")).await.json()["next_after"].as_i64().expect("a position");
        let caller = heddle_access::provision::operator_caller(&world.here.account);
        world.store().write(OneOfEachKind { caller, main, second }).await.expect("events");
        world.store().drain_feed().await.expect("positions");
        for (missing, is_limited, api) in tokens {
            let expected = expected(missing, is_limited);
            let feed = format!("{EVENTS}?after={start}&limit=100");
            check(&api, missing, Scope::EventsRead, &feed, &expected).await;
            let of_conversation = format!("{EVENTS}?conversation_id={ABOUT}&limit=100");
            check(&api, missing, Scope::EventsRead, &of_conversation, &expected).await;
            if missing != Scope::EventsRead {
                assert_eq!(follow(&api, start).await, expected);
            }
            let audit = format!("{AUDIT}?conversation_id={ABOUT}&limit=100");
            if !is_limited {
                check(&api, missing, Scope::AuditRead, &audit, &expected).await;
            }
            for kind in kinds() {
                let word = kind.as_str();
                let of_kind: Vec<_> = expected.iter().copied().filter(|seen| *seen == word).collect();
                let path = format!("{feed}&kind={word}");
                check(&api, missing, Scope::EventsRead, &path, &of_kind).await;
                if !is_limited {
                    check(&api, missing, Scope::AuditRead, &format!("{audit}&kind={word}"), &of_kind).await;
                }
            }
        }
    }
}

on_both! {
    async fn a_webhook_and_its_log_show_an_event_only_to_a_token_that_could_read_the_thing(world: World) {
        let full = Api::full(&world);
        let words: Vec<&str> = offered().into_iter().map(EventKind::as_str).collect();
        let new = |events: &[&str]| json!({ "url": "https://hooks.example.com/in", "events": events });
        let made = full.post(WEBHOOKS, new(&words)).await;
        assert_eq!(made.status, 201, "{}", made.json());
        let path = format!("{WEBHOOKS}/{}", made.json()["id"]);
        let sent: Vec<_> = words.iter().map(|word| (*word, 200)).collect();
        settle(&world, &world.here, &path, &sent).await;
        let log = format!("{path}/deliveries");
        let all = full.walk(&log, 100).await;
        assert_eq!(all.len(), words.len());
        for &missing in Scope::ALL {
            let api = without(&world, missing, InboxScope::All).await;
            let lacks = |kind: EventKind| needed(kind).contains(&missing);
            for kind in offered().into_iter() {
                let answer = api.post(WEBHOOKS, new(&[kind.as_str()])).await;
                let refused = lacks(kind) || missing == Scope::WebhooksWrite;
                let status = if refused { 403 } else { 201 };
                assert_eq!(answer.status, status, "{} without {}", kind.as_str(), missing.as_str());
            }
            if missing == Scope::WebhooksRead {
                problem(&api.get(&log).await, 403, "forbidden");
                continue;
            }
            let readable: BTreeSet<&str> = offered().into_iter().filter(|kind| !lacks(*kind)).map(EventKind::as_str).collect();
            let listed = api.walk(&log, 4).await;
            let listed: BTreeSet<&str> = listed.iter().map(|it| it["event"].as_str().expect("a word")).collect();
            assert_eq!(listed, readable, "without {}", missing.as_str());
            for delivery in &all {
                let answer = api.get(&format!("{log}/{}", delivery["id"])).await;
                let readable = readable.contains(delivery["event"].as_str().expect("a word"));
                assert_eq!(answer.status, if readable { 200 } else { 403 }, "{delivery}");
            }
        }
    }
}

/// Returns the scope of the operation that reads the entities that a kind of event is about, as the document names it.
fn scope_of_reading(document: &Value, kind: EventKind) -> String {
    let entity = kind.as_str().split('.').next().expect("a word");
    let plural = match entity {
        "account" => "account".to_owned(),
        "inbox" => "inboxes".to_owned(),
        entity => format!("{entity}s"),
    };
    let paths = document["paths"].as_object().expect("paths").iter();
    let mut reads = paths.filter_map(|(path, item)| {
        let last = path.split('/').rfind(|part| !part.starts_with('{'))?;
        let scopes = item.get("get")?["security"][0]["token"].as_array()?;
        (last == plural).then(|| scopes[0].as_str().expect("a scope").to_owned())
    });
    reads
        .next()
        .unwrap_or_else(|| panic!("nothing reads {plural}"))
}

#[test]
fn the_scope_of_a_kind_is_the_scope_of_reading_the_thing() {
    let document = document();
    for kind in kinds() {
        let scopes = needed(kind).into_iter().map(Scope::as_str);
        let scopes: Vec<_> = scopes.collect();
        assert_eq!(
            scopes,
            [scope_of_reading(&document, kind)],
            "{}",
            kind.as_str()
        );
    }
}

/// Returns the requests that change or use one webhook, from the catalogue of all routes. Each field that a change can have
/// is a request of its own.
fn actions(rows: &[Row]) -> Vec<(String, Sample)> {
    let is_action =
        |row: &&Row| row.template.starts_with("/api/v1/webhooks/{}") && row.method != Method::GET;
    let schema = &document()["components"]["schemas"]["WebhookChange"]["properties"];
    let fields = schema
        .as_object()
        .expect("fields")
        .keys()
        .filter(|field| *field != "label");
    let fields: Vec<&String> = fields.collect();
    let mut actions = Vec::new();
    for row in rows.iter().filter(is_action) {
        let name = format!("{} {}", row.method, row.template);
        if row.method != Method::PATCH {
            actions.push((name, row.sample.clone()));
            continue;
        }
        for field in &fields {
            let sample = row.sample.body.as_ref().expect("a body");
            let value = sample.get(field.as_str()).cloned().unwrap_or(json!(true));
            let mut action = row.sample.clone();
            action.body = Some(json!({ field.as_str(): value }));
            actions.push((format!("{name} {field}"), action));
        }
        let disable = Some(json!({ "state": "disabled" }));
        actions.push((
            format!("{name} state off"),
            Sample {
                body: disable,
                ..row.sample.clone()
            },
        ));
    }
    actions
}

on_both! {
    async fn every_action_on_a_webhook_asks_for_what_the_webhook_needs(world: World) {
        let fixture = Fixture::new(&world).await;
        let full = Api::full(&world);
        let words: Vec<&str> = offered().into_iter().map(EventKind::as_str).collect();
        for id in [&fixture.here.webhook, &fixture.here.second_webhook] {
            let change = json!({ "events": words, "inbox_ids": null, "state": "disabled" });
            let changed = full.patch(&format!("{WEBHOOKS}/{id}"), change).await;
            assert_eq!(changed.status, 200, "{}", changed.json());
        }
        let mut asked: BTreeSet<&str> = offered().into_iter().flat_map(needed).map(Scope::as_str).collect();
        asked.insert(Scope::WebhooksWrite.as_str());
        assert!(asked.len() > 5);
        let mut tokens = Vec::new();
        for &missing in Scope::ALL.iter().filter(|scope| asked.contains(scope.as_str())) {
            tokens.push((missing, without(&world, missing, InboxScope::All).await));
        }
        let actions = actions(&rows(&world, &fixture));
        assert!(actions.len() > 10, "{}", actions.len());
        for (name, action) in actions {
            let before = dump(&world).await;
            for (missing, api) in &tokens {
                let answer = api.send(action.method.clone(), &action.path, action.body.clone()).await;
                let place = format!("{name} without {}: {}", missing.as_str(), answer.json());
                assert_eq!(answer.status, 403, "{place}");
            }
            assert_eq!(dump(&world).await, before, "{name}");
        }
        // A token with all of these scopes may do all of it, and the label is free.
        for (missing, api) in tokens {
            if missing != Scope::WebhooksWrite {
                let path = format!("{WEBHOOKS}/{}", fixture.here.webhook);
                assert_eq!(api.patch(&path, json!({ "label": missing.as_str() })).await.status, 200);
            }
        }
    }
}

/// Creates a Help Scout app without one scope; returns its bearer token.
async fn app_without(world: &World, missing: Scope) -> String {
    let scopes = Scope::ALL.iter().filter(|scope| **scope != missing);
    let scopes: Vec<&str> = scopes.map(|scope| scope.as_str()).collect();
    let body = json!({ "api": "helpscout", "name": "App", "scopes": scopes, "agent_id": world.here.agent.get() });
    let made = Api::full(world).post("/api/v1/credentials", body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let secrets = &made.json()["secrets"];
    let grant = json!({
        "grant_type": "client_credentials",
        "client_id": secrets["client_id"],
        "client_secret": secrets["client_secret"],
    });
    let headers = [("content-type", "application/json")];
    let answer = world
        .send(
            Method::POST,
            "/v2/oauth2/token",
            &headers,
            grant.to_string(),
        )
        .await;
    answer.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned()
}

on_both! {
    async fn every_action_of_help_scout_on_a_webhook_asks_for_what_the_webhook_needs(world: World) {
        let fixture = Fixture::new(&world).await;
        let hooks = apis::descriptions().hooks();
        let hook = hooks.find("helpscout").expect("its webhooks");
        let ids = &fixture.here.helpscout_webhooks;
        let shown = Api::full(&world).get(&format!("{WEBHOOKS}/{}", ids[0])).await.json();
        let events = shown["events"].as_array().expect("events").iter();
        let mut asked: Vec<Scope> = events.flat_map(|event| hook.scopes(event.as_str().expect("a word"))).collect();
        asked.push(Scope::WebhooksWrite);
        for &missing in Scope::ALL.iter().filter(|scope| asked.contains(scope)) {
            let token = app_without(&world, missing).await;
            let before = dump(&world).await;
            for row in rows(&world, &fixture) {
                if !row.template.starts_with("/v2/webhooks/{}") || row.method == Method::GET {
                    continue;
                }
                let mut sample = row.sample.clone();
                // The change asks for the events that the webhook has, not only for the new ones.
                if let Some(body) = &mut sample.body {
                    body["events"] = json!(["tag.created"]);
                }
                sample.headers.retain(|(name, _)| *name != "authorization");
                sample.headers.push(("authorization", format!("Bearer {token}")));
                let answer = sample.send(&world).await;
                assert_eq!(answer.status, 403, "{} {} without {}", row.method, row.template, missing.as_str());
            }
            assert_eq!(dump(&world).await, before, "without {}", missing.as_str());
            let one = crate::catalogue::helpscout(Method::GET, format!("/v2/webhooks/{}", ids[0]), &token, None);
            let url = one.send(&world).await.json()["url"].clone();
            assert_eq!(url, json!("https://hooks.example.com/***"), "without {}", missing.as_str());
        }
        let one = crate::catalogue::helpscout(
            Method::GET, format!("/v2/webhooks/{}", ids[0]), &fixture.here.helpscout_token, None,
        );
        assert_eq!(one.send(&world).await.json()["url"], json!("https://hooks.example.com/helpscout?key=7"));
    }
}

on_both! {
    async fn only_who_may_change_a_webhook_sees_the_path_of_its_url(world: World) {
        let full = Api::full(&world);
        let body = json!({ "url": "https://hooks.example.com:8443/s3cret/in?key=7", "events": ["agent.created", "webhook.created"] });
        let made = full.post(WEBHOOKS, body).await.json();
        let path = format!("{WEBHOOKS}/{}", made["id"]);
        assert_eq!(made["url"], json!("https://hooks.example.com:8443/s3cret/in?***"));
        world.store().drain_feed().await.expect("positions");
        let events = format!("{EVENTS}?kind=webhook.created&limit=100");
        assert!(full.get(&events).await.json().to_string().contains("s3cret"));
        for &missing in Scope::ALL {
            let api = without(&world, missing, InboxScope::All).await;
            let may_change = ![Scope::WebhooksWrite, Scope::AgentsRead, Scope::WebhooksRead].contains(&missing);
            for view in [path.as_str(), WEBHOOKS, &events, "/api/v1/audit?kind=webhook.created"] {
                let answer = api.get(view).await;
                let shown = String::from_utf8_lossy(&answer.body).into_owned();
                let is_resource = view.starts_with(WEBHOOKS);
                if answer.status == 200 && is_resource {
                    assert_eq!(shown.contains("s3cret"), may_change, "{view} without {}", missing.as_str());
                    assert!(shown.contains("https://hooks.example.com:8443/"), "{shown}");
                }
                // Events do not say what their webhook needs, so a token that lacks any of those scopes sees no path.
                if !may_change {
                    assert!(!shown.contains("s3cret"), "{view} without {}", missing.as_str());
                }
            }
        }
    }
}

on_both! {
    async fn a_token_that_acts_as_an_agent_acts_as_nobody_else(world: World) {
        let (own, other) = (world.here.agent, world.here.default_agent);
        let grant = Grant { agent: Some(own), ..Grant::full(NAME, InboxScope::All) };
        let api = Api::granted(&world, grant).await;
        let new = |api: &str, agent: Value| json!({
            "api": api, "name": "Robot", "scopes": ["conversations.read"], "agent_id": agent,
        });
        const CREDENTIALS: &str = "/api/v1/credentials";
        let before = dump(&world).await;
        for (of, agent) in [
            ("native", json!(other.get())),
            ("native", Value::Null),
            ("helpscout", json!(other.get())),
            ("mykaarma", Value::Null),
        ] {
            problem(&api.post(CREDENTIALS, new(of, agent.clone())).await, 403, "not-allowed");
        }
        assert_eq!(dump(&world).await, before);
        for of in ["native", "helpscout"] {
            assert_eq!(api.post(CREDENTIALS, new(of, json!(own.get()))).await.status, 201, "{of}");
        }
        // Nor does it change or revoke a credential of somebody else.
        let made = Api::full(&world).post(CREDENTIALS, new("native", json!(other.get()))).await;
        let path = format!("{CREDENTIALS}/{}", made.json()["id"]);
        problem(&api.patch(&path, json!({ "name": "Mine" })).await, 403, "not-allowed");
        problem(&api.delete(&path).await, 403, "not-allowed");
        // Nor does it write in the name of somebody else.
        let here = &world.here;
        let conversation = json!({ "inbox_id": here.main.get(), "customer_id": here.customer.get() });
        let made = api.post("/api/v1/conversations", conversation).await.json();
        for (kind, body) in [
            ("messages", json!({ "channel": "chat", "direction": "outgoing", "body": "x" })),
            ("notes", json!({ "body": "x" })),
        ] {
            let path = format!("/api/v1/conversations/{}/{kind}", made["id"]);
            for (agent, status) in [(other, 422), (own, 201)] {
                let mut body = body.clone();
                body["author_agent_id"] = json!(agent.get());
                let answer = api.post(&path, body).await;
                assert_eq!(answer.status, status, "{kind}: {}", answer.json());
            }
        }
    }
}

on_both! {
    async fn a_limited_token_sees_only_the_tags_of_its_inboxes(world: World) {
        let full = Api::full(&world);
        let here = &world.here;
        let tagged = async |inbox: InboxId, tags: &[&str]| {
            let body = json!({ "inbox_id": inbox.get(), "customer_id": here.customer.get(), "tags": tags });
            let made = full.post("/api/v1/conversations", body).await;
            assert_eq!(made.status, 201, "{}", made.json());
            made.json()["id"].clone()
        };
        let moved = tagged(here.main, &["main", "both", "moved"]).await;
        tagged(here.second, &["second", "both"]).await;
        tagged(here.main, &["main"]).await;
        let main = Api::limited(&world, &[here.main]).await;
        let second = Api::limited(&world, &[here.second]).await;
        let names = async |api: &Api<'_>, limit: usize| {
            let tags = api.walk("/api/v1/tags", limit).await.into_iter();
            let mut names: Vec<_> = tags.map(|tag| tag["name"].as_str().expect("a name").to_owned()).collect();
            names.sort_unstable();
            names
        };
        for limit in [1, 2, 100] {
            assert_eq!(names(&full, limit).await, ["both", "main", "moved", "second"]);
            assert_eq!(names(&main, limit).await, ["both", "main", "moved"]);
            assert_eq!(names(&second, limit).await, ["both", "second"]);
        }
        let path = format!("/api/v1/conversations/{moved}");
        assert_eq!(full.patch(&path, json!({ "inbox_id": here.second.get() })).await.status, 200);
        assert_eq!(names(&main, 100).await, ["main"]);
        assert_eq!(names(&second, 100).await, ["both", "main", "moved", "second"]);
    }
}

on_both! {
    async fn an_agents_address_is_unique_in_its_account(world: World) {
        const AGENTS: &str = "/api/v1/agents";
        let full = Api::full(&world);
        let agent = |email: &str| json!({ "first_name": "Mina", "last_name": "Roth", "email": email });
        let first = full.post(AGENTS, agent("Mina@Here.example")).await.json();
        let before = dump(&world).await;
        problem(&full.post(AGENTS, agent("mina@here.EXAMPLE")).await, 409, "conflict");
        assert_eq!(dump(&world).await.len(), before.len());
        let second = full.post(AGENTS, agent("other@here.example")).await.json();
        let (first, second) = (format!("{AGENTS}/{}", first["id"]), format!("{AGENTS}/{}", second["id"]));
        problem(&full.patch(&second, json!({ "email": "MINA@here.example" })).await, 409, "conflict");
        // Its own address in another spelling is no conflict, and an address that is given up is free.
        assert_eq!(full.patch(&first, json!({ "email": "mina@here.example" })).await.status, 200);
        assert_eq!(full.patch(&first, json!({ "email": null })).await.status, 200);
        assert_eq!(full.patch(&second, json!({ "email": "mina@here.example" })).await.status, 200);
        problem(&full.post(AGENTS, agent("mina@here.example")).await, 409, "conflict");
        let nobody = json!({ "first_name": "No", "last_name": "Address" });
        for _ in 0..2 {
            assert_eq!(full.post(AGENTS, nobody.clone()).await.status, 201);
        }
        let foreign = Api::new(&world, &world.foreign.native_token);
        assert_eq!(foreign.post(AGENTS, agent("mina@here.example")).await.status, 201);
    }
}
