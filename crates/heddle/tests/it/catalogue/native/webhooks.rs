//! The rows of webhooks, deliveries and followers of the feed.

use http::Method;
use serde_json::json;

use super::{Fixture, Native};
use crate::harness::World;

pub(super) fn followers(world: &World, fixture: &Fixture) -> Vec<Native> {
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

pub(super) fn webhooks(world: &World, fixture: &Fixture) -> Vec<Native> {
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

pub(super) fn deliveries(world: &World, fixture: &Fixture) -> Vec<Native> {
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
