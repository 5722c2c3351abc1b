//! The catalogue's rows for Help Scout's webhooks.

use http::Method;
use serde_json::{Value, json};

use super::{Fixture, Row, UNKNOWN_NUMBER, helpscout, slot, without_headers};
use crate::harness::World;

const LIST: &str = "/v2/webhooks";
const ONE: &str = "/v2/webhooks/{}";

fn body(mailbox: &str) -> Value {
    json!({
        "url": "https://hooks.example.com/helpscout?key=7",
        "events": ["convo.created", "customer.created"],
        "secret": "wren",
        "label": "Sync",
        "notification": false,
        "payloadVersion": "V2",
        "mailboxIds": [mailbox.parse::<i64>().expect("a number")],
    })
}

/// Creates a webhook through Help Scout's API.
pub(super) async fn made(world: &World, token: &str, mailbox: &str) -> String {
    let sample = helpscout(Method::POST, LIST.into(), token, Some(body(mailbox)));
    let answer = sample.send(world).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.header("resource-id").to_owned()
}

pub(super) fn rows(fixture: &Fixture) -> Vec<Row> {
    let body = Some(body(&fixture.here.main));
    let [first, second] = &fixture.here.helpscout_webhooks;
    vec![
        row(fixture, Method::GET, None, None, 200),
        with_mailbox(fixture, row(fixture, Method::POST, None, body.clone(), 201)),
        row(fixture, Method::GET, Some(first), None, 200),
        with_mailbox(fixture, row(fixture, Method::PUT, Some(first), body, 204)),
        row(fixture, Method::DELETE, Some(second), None, 204),
    ]
}

fn row(
    fixture: &Fixture,
    method: Method,
    id: Option<&String>,
    body: Option<Value>,
    success: u16,
) -> Row {
    let path = id.map_or(LIST.to_owned(), |id| format!("{LIST}/{id}"));
    let by =
        |token: &str, path: &str| helpscout(method.clone(), path.to_owned(), token, body.clone());
    let sample = by(&fixture.here.helpscout_token, &path);
    let stranger = by(&fixture.foreign.helpscout_token, &path);
    let mut slots = Vec::new();
    if id.is_some() {
        // One webhook belongs to another account, one to another API in the same account.
        let foreign = [
            &fixture.foreign.helpscout_webhooks[0],
            &fixture.here.webhook,
        ];
        let (method, body) = (method.clone(), body.clone());
        slots.push(slot(
            "webhookId",
            404,
            &foreign,
            UNKNOWN_NUMBER,
            move |_, fixture, id| {
                let path = format!("{LIST}/{id}");
                let token = &fixture.here.helpscout_token;
                helpscout(method.clone(), path, token, body.clone())
            },
        ));
    }
    let status = if id.is_some() { 404 } else { 400 };
    Row {
        api: heddle_helpscout::NAME,
        template: if id.is_some() { ONE } else { LIST },
        success,
        slots,
        // The caller of another account gets that account's list.
        foreign_caller: (id.is_some() || body.is_some()).then_some((stranger, status)),
        anonymous: Some((without_headers(&sample, &["authorization"]), 401)),
        method,
        sample,
    }
}

/// Adds the mailbox id in the body to a row, as a place that the tests vary.
fn with_mailbox(fixture: &Fixture, mut row: Row) -> Row {
    let sample = row.sample.clone();
    let place = move |_: &World, _: &Fixture, id: &str| {
        let mut sample = sample.clone();
        let body = sample.body.as_mut().expect("a body");
        body["mailboxIds"][0] = json!(id.parse::<i64>().expect("a number"));
        sample
    };
    let foreign = [&fixture.foreign.main];
    let slot = slot("mailboxIds[0]", 400, &foreign, UNKNOWN_NUMBER, place);
    row.slots.push(slot);
    row
}
