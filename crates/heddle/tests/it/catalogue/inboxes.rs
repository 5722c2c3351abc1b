//! The catalogue's rows for Help Scout's lists of conversations, for its inboxes, folders and tags.

use http::Method;

use serde_json::Value;

use super::{Fixture, Row, Slot, UNKNOWN_NUMBER, conversation_body, helpscout, slot};
use crate::harness::{Tenant, World};

/// Creates a conversation with a tag; returns the id of the tag.
pub(super) async fn tag(world: &World, tenant: &Tenant, token: &str) -> String {
    let [main, customer, agent] = [
        tenant.main.to_string(),
        tenant.customer.to_string(),
        tenant.agent.to_string(),
    ];
    let body = conversation_body(&main, &customer, &agent);
    let create = helpscout(Method::POST, "/v2/conversations".into(), token, Some(body));
    let created = create.send(world).await;
    assert_eq!(created.status, 201, "{created:?}");
    let path = format!("/v2/conversations/{}", created.header("resource-id"));
    let shown = helpscout(Method::GET, path, token, None).send(world).await;
    shown.json()["tags"][0]["id"].to_string()
}

/// Returns the id of the folder of a foreign team in a foreign inbox: a number for both, and the digit 8.
fn team_folder(fixture: &Fixture) -> String {
    let number = |id: &String| id.parse::<i64>().expect("a number");
    let (inbox, team) = (number(&fixture.foreign.main), number(&fixture.foreign.team));
    let sum = inbox + team;
    format!("{}8", sum * (sum + 1) / 2 + team)
}

/// Makes a row without slots: method, template, path, body and status.
type Simple<'s> = &'s dyn Fn(Method, &'static str, String, Option<Value>, u16) -> Row;

pub(super) fn helpscout_lists(fixture: &Fixture, simple: Simple<'_>) -> Vec<Row> {
    let here = &fixture.here;
    let get = |template: &'static str, path: String| simple(Method::GET, template, path, None, 200);
    let mut list = get(
        "/v2/conversations",
        format!(
            "/v2/conversations?status=all&mailbox={}&query=(tag:vip)",
            here.main
        ),
    );
    list.slots = vec![
        at("mailbox", 200, &fixture.foreign.main, |id| {
            format!("/v2/conversations?status=all&mailbox={id}")
        }),
        // The folder of unassigned conversations of an inbox.
        at("folder", 200, &format!("{}1", fixture.foreign.main), |id| {
            format!("/v2/conversations?status=all&folder={id}")
        }),
        at("folder of a team", 200, &team_folder(fixture), |id| {
            format!("/v2/conversations?status=all&folder={id}")
        }),
        at("assigned_to", 200, &fixture.foreign.agent, |id| {
            format!("/v2/conversations?status=all&assigned_to={id}")
        }),
        at("customFieldsByIds", 400, &fixture.foreign.fields[0], |id| {
            format!("/v2/conversations?status=all&customFieldsByIds={id}:x")
        }),
        at("query", 200, &fixture.foreign.thread, |id| {
            format!("/v2/conversations?status=all&query=(id:{id})")
        }),
    ];
    // The caller of another account gets that account's lists.
    let mut mailboxes = get("/v2/mailboxes", "/v2/mailboxes".into());
    let mut tags = get("/v2/tags", "/v2/tags".into());
    for row in [&mut list, &mut mailboxes, &mut tags] {
        row.foreign_caller = None;
    }
    let mut mailbox = get("/v2/mailboxes/{}", format!("/v2/mailboxes/{}", here.main));
    mailbox.slots = vec![at("mailboxId", 404, &fixture.foreign.main, |id| {
        format!("/v2/mailboxes/{id}")
    })];
    let mut folders = get(
        "/v2/mailboxes/{}/folders",
        format!("/v2/mailboxes/{}/folders", here.main),
    );
    folders.slots = vec![at("mailboxId", 404, &fixture.foreign.main, |id| {
        format!("/v2/mailboxes/{id}/folders")
    })];
    let mut tag = get("/v2/tags/{}", format!("/v2/tags/{}", here.tag));
    tag.slots = vec![at("tagId", 404, &fixture.foreign.tag, |id| {
        format!("/v2/tags/{id}")
    })];
    vec![list, mailboxes, mailbox, folders, tags, tag]
}

/// Creates a place for an id in the path or the query of a read.
pub(super) fn at(
    name: &'static str,
    status: u16,
    foreign: &String,
    path: impl Fn(&str) -> String + 'static,
) -> Slot {
    slot(
        name,
        status,
        &[foreign],
        UNKNOWN_NUMBER,
        move |_, fixture, id| helpscout(Method::GET, path(id), &fixture.here.helpscout_token, None),
    )
}
