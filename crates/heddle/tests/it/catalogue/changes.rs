//! The catalogue's rows for the calls of Help Scout that change conversations, threads and files.

use http::Method;
use serde_json::{Value, json};

use super::{Fixture, Row, UNKNOWN_NUMBER, helpscout, slot, without_headers};

const CONVERSATION: &str = "/v2/conversations/{}";
const TAGS: &str = "/v2/conversations/{}/tags";
const FIELDS: &str = "/v2/conversations/{}/fields";
const THREAD: &str = "/v2/conversations/{}/threads/{}";
const SOURCE: &str = "/v2/conversations/{}/threads/{}/original-source";
const FILES: &str = "/v2/conversations/{}/threads/{}/attachments";
const FILE: &str = "/v2/conversations/{}/attachments/{}";
const DATA: &str = "/v2/conversations/{}/attachments/{}/data";
const BYTES: &str = "/v2/conversations/{}/attachments/{}/file";
const MAILBOX_FIELDS: &str = "/v2/mailboxes/{}/fields";

pub(super) fn rows(fixture: &Fixture) -> Vec<Row> {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let [deleted, _, used] = &here.spare_threads;
    let theirs = &foreign.spare_threads[2];
    let conversation = |id: &String| ("conversationId", id.clone(), theirs.id.clone());
    let one = [conversation(&used.id)];
    let thread = (
        "threadId",
        used.messages[0].clone(),
        theirs.messages[0].clone(),
    );
    let thread = [conversation(&used.id), thread];
    let file = |of: &super::native::Thread| {
        let id = (
            "attachmentId",
            of.attachment.clone(),
            theirs.attachment.clone(),
        );
        [conversation(&of.id), id]
    };
    let operation = |op: &str, path: &str, value: Value| {
        Some(json!({ "op": op, "path": path, "value": value }))
    };
    let number = |id: &String| json!(id.parse::<i64>().expect("a number"));
    let assign = operation("replace", "/assignTo", number(&here.agent));
    let text = operation("replace", "/text", json!("<p>Said otherwise</p>"));
    let tags = Some(json!({ "tags": ["vip", "late"] }));
    let field = json!({ "id": number(&here.fields[0]), "value": "SN 7" });
    let fields = Some(json!({ "fields": [field] }));
    let upload =
        Some(json!({ "fileName": "call.txt", "mimeType": "text/plain", "data": "cmluZw==" }));
    let mailbox = [("mailboxId", here.main.clone(), foreign.main.clone())];
    let mut patch = row(fixture, Method::PATCH, CONVERSATION, &one, assign, 204);
    for (name, body, theirs) in [
        (
            "value (assignTo)",
            operation("replace", "/assignTo", json!(0)),
            &[&foreign.agent, &foreign.team][..],
        ),
        (
            "value (primaryCustomer.id)",
            operation("replace", "/primaryCustomer.id", json!(0)),
            &[&foreign.customer],
        ),
        (
            "value (mailboxId)",
            operation("move", "/mailboxId", json!(0)),
            &[&foreign.main],
        ),
    ] {
        in_body(&mut patch, (name, "/value"), body, theirs);
    }
    let mut put = row(fixture, Method::PUT, FIELDS, &one, fields.clone(), 204);
    in_body(
        &mut put,
        ("fields[0].id", "/fields/0/id"),
        fields,
        &[&foreign.fields[0]],
    );
    let (dropdown, option) = (&here.dropdown, &foreign.dropdown.1);
    let choice = json!({ "fields": [{ "id": number(&dropdown.0), "value": number(&dropdown.1) }] });
    in_body(
        &mut put,
        ("fields[0].value (option)", "/fields/0/value"),
        Some(choice),
        &[option],
    );
    vec![
        patch,
        put,
        row(fixture, Method::PUT, TAGS, &one, tags, 204),
        row(fixture, Method::PATCH, THREAD, &thread, text, 204),
        // No thread has a source.
        row(fixture, Method::GET, SOURCE, &thread, None, 404),
        row(fixture, Method::POST, FILES, &thread, upload, 201),
        row(fixture, Method::GET, FILE, &file(used), None, 200),
        row(fixture, Method::GET, DATA, &file(used), None, 200),
        row(fixture, Method::GET, BYTES, &file(used), None, 200),
        row(fixture, Method::DELETE, FILE, &file(deleted), None, 204),
        row(fixture, Method::GET, MAILBOX_FIELDS, &mailbox, None, 200),
        row(
            fixture,
            Method::DELETE,
            CONVERSATION,
            &[conversation(&deleted.id)],
            None,
            204,
        ),
    ]
}

/// Creates a row for a route with `ids` in place of the template's `{}`: each with its name, and an id of another account.
fn row(
    fixture: &Fixture,
    method: Method,
    template: &'static str,
    ids: &[(&'static str, String, String)],
    body: Option<Value>,
    success: u16,
) -> Row {
    let filled: Vec<String> = ids.iter().map(|(_, id, _)| id.clone()).collect();
    let send = |token: &str| {
        let path = super::native::fill(template, &filled);
        helpscout(method.clone(), path, token, body.clone())
    };
    let (sample, stranger) = (
        send(&fixture.here.helpscout_token),
        send(&fixture.foreign.helpscout_token),
    );
    let mut slots = Vec::new();
    for (at, (name, _, foreign)) in ids.iter().enumerate() {
        let (filled, method, body) = (filled.clone(), method.clone(), body.clone());
        slots.push(slot(
            name,
            404,
            &[foreign],
            UNKNOWN_NUMBER,
            move |_, fixture, id| {
                let mut filled = filled.clone();
                id.clone_into(&mut filled[at]);
                let path = super::native::fill(template, &filled);
                helpscout(
                    method.clone(),
                    path,
                    &fixture.here.helpscout_token,
                    body.clone(),
                )
            },
        ));
    }
    Row {
        api: heddle_helpscout::NAME,
        template,
        success,
        slots,
        foreign_caller: Some((stranger, 404)),
        anonymous: Some((without_headers(&sample, &["authorization"]), 401)),
        method,
        sample,
    }
}

/// Adds a place for an id in a body to a row.
fn in_body(
    row: &mut Row,
    (name, pointer): (&'static str, &'static str),
    body: Option<Value>,
    foreign: &[&String],
) {
    let mut sample = row.sample.clone();
    sample.body = body;
    row.slots
        .push(slot(name, 400, foreign, UNKNOWN_NUMBER, move |_, _, id| {
            let mut sample = sample.clone();
            let body = sample.body.as_mut().expect("a body");
            let place = body.pointer_mut(pointer).expect("the place exists");
            *place = json!(id.parse::<i64>().expect("a number"));
            sample
        }));
}
