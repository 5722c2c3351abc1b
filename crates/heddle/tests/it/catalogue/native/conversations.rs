//! The rows of conversations, messages and attachments.

use http::Method;
use serde_json::json;

use super::{Fixture, Native, number};
use crate::harness::World;

pub(super) fn conversations(world: &World, fixture: &Fixture) -> Vec<Native> {
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

pub(super) fn conversation_actions(world: &World, fixture: &Fixture) -> Vec<Native> {
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

pub(super) fn messages(world: &World, fixture: &Fixture) -> Vec<Native> {
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

pub(super) fn attachments(world: &World, fixture: &Fixture) -> Vec<Native> {
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
