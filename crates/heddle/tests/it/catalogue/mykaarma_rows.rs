//! The catalogue's rows for myKaarma's API.

use http::Method;
use serde_json::{Value, json};

use super::{Fixture, Row, UNKNOWN_PUBLIC, mykaarma, slot, without_headers};
use crate::harness::World;

const SEND: &str = "message";

fn send_body() -> Value {
    json!({
        "editor": { "uuid": "x", "name": "Ada", "type": "USER" },
        "messageAttributes": {
            "body": "Your car is ready", "type": "OUTGOING", "protocol": "TEXT", "isManual": true,
            "subject": "Ready", "purpose": "F", "tags": ["A"],
            "attachments": [{ "fileURL": "https://files.example/a.pdf", "originalFileName": "a.pdf", "mimeType": "application/pdf" }],
        },
    })
}

fn note_body(agent: &str) -> Value {
    json!({
        "editor": { "uuid": agent, "name": "Ada", "type": "USER" },
        "messageAttributes": { "body": "Seen", "type": "NOTE", "protocol": "NONE", "isManual": true, "updateThreadTimestamp": true },
    })
}

fn list_body(agent: &str) -> Value {
    json!({
        "assigneeUserUUID": agent, "isArchived": false, "isClosed": false, "maxResults": 20,
        "sortOrderKey": "LAST_MESSAGE_ON", "sortOrder": "DESC",
    })
}

fn delegate_body(from: &str, to: &str) -> Value {
    json!({
        "delegator": "DEALER_ASSOCIATE",
        "userDelegationDetail": { "delegatedFromUUID": from, "delegatedToUUID": to, "delegatorUUID": from, "delegator": "DEALER_ASSOCIATE" },
    })
}

pub(super) fn rows(world: &World, fixture: &Fixture) -> Vec<Row> {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let departments = [&here.second_public, &foreign.main_public];
    let customers = [&here.second_customer_public, &foreign.customer_public];
    let agents = [&foreign.agent_public];
    let row = |method: Method, template: &'static str, path: String, body: Option<Value>| {
        let sample = mykaarma(
            method.clone(),
            path.clone(),
            &world.here.mykaarma,
            body.clone(),
        );
        let caller = mykaarma(method.clone(), path, &world.foreign.mykaarma, body);
        Row {
            api: heddle_mykaarma::NAME,
            method,
            template,
            success: 200,
            slots: Vec::new(),
            foreign_caller: Some((caller, 403)),
            anonymous: Some((without_headers(&sample, &["authorization"]), 401)),
            sample,
        }
    };
    let list_path =
        |d: &str, c: &str| format!("/communications/departments/{d}/customers/{c}/threads");
    let send_path = |d: &str, u: &str, c: &str| {
        format!("/communications/department/{d}/user/{u}/customer/{c}/{SEND}")
    };
    let note_path =
        |d: &str, c: &str| format!("/communications/department/{d}/customer/{c}/{SEND}");
    let default_path = |d: &str| format!("/manage/v2/department/{d}/dealerAssociate/default");
    let mut list = row(
        Method::POST,
        "/communications/departments/{}/customers/{}/threads",
        list_path(&here.main_public, &here.customer_public),
        Some(list_body(&here.agent_public)),
    );
    list.slots = vec![
        slot(
            "departmentUUID",
            403,
            &departments,
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let path = list_path(id, &f.here.customer_public);
                mykaarma(
                    Method::POST,
                    path,
                    &world.here.mykaarma,
                    Some(list_body(&f.here.agent_public)),
                )
            },
        ),
        slot(
            "customerUUID",
            400,
            &customers,
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let path = list_path(&f.here.main_public, id);
                mykaarma(
                    Method::POST,
                    path,
                    &world.here.mykaarma,
                    Some(list_body(&f.here.agent_public)),
                )
            },
        ),
        slot(
            "assigneeUserUUID",
            200,
            &agents,
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let path = list_path(&f.here.main_public, &f.here.customer_public);
                mykaarma(
                    Method::POST,
                    path,
                    &world.here.mykaarma,
                    Some(list_body(id)),
                )
            },
        ),
    ];
    let mut send = row(
        Method::POST,
        "/communications/department/{}/user/{}/customer/{}/message",
        send_path(&here.main_public, &here.agent_public, &here.customer_public),
        Some(send_body()),
    );
    send.slots = vec![
        slot(
            "departmentUUID",
            403,
            &departments,
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let path = send_path(id, &f.here.agent_public, &f.here.customer_public);
                mykaarma(Method::POST, path, &world.here.mykaarma, Some(send_body()))
            },
        ),
        slot(
            "userUUID",
            400,
            &agents,
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let path = send_path(&f.here.main_public, id, &f.here.customer_public);
                mykaarma(Method::POST, path, &world.here.mykaarma, Some(send_body()))
            },
        ),
        slot(
            "customerUUID",
            400,
            &customers,
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let path = send_path(&f.here.main_public, &f.here.agent_public, id);
                mykaarma(Method::POST, path, &world.here.mykaarma, Some(send_body()))
            },
        ),
    ];
    let mut note = row(
        Method::POST,
        "/communications/department/{}/customer/{}/message",
        note_path(&here.main_public, &here.customer_public),
        Some(note_body(&here.agent_public)),
    );
    note.slots = vec![
        slot(
            "departmentUUID",
            403,
            &departments,
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let path = note_path(id, &f.here.customer_public);
                mykaarma(
                    Method::POST,
                    path,
                    &world.here.mykaarma,
                    Some(note_body(&f.here.agent_public)),
                )
            },
        ),
        slot(
            "customerUUID",
            400,
            &customers,
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let path = note_path(&f.here.main_public, id);
                mykaarma(
                    Method::POST,
                    path,
                    &world.here.mykaarma,
                    Some(note_body(&f.here.agent_public)),
                )
            },
        ),
        slot(
            "editor.uuid",
            400,
            &agents,
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let path = note_path(&f.here.main_public, &f.here.customer_public);
                mykaarma(
                    Method::POST,
                    path,
                    &world.here.mykaarma,
                    Some(note_body(id)),
                )
            },
        ),
    ];
    let mut associate = row(
        Method::GET,
        "/manage/v2/department/{}/dealerAssociate/default",
        default_path(&here.main_public),
        None,
    );
    associate.slots = vec![slot(
        "departmentUUID",
        403,
        &departments,
        UNKNOWN_PUBLIC,
        move |world, _, id| mykaarma(Method::GET, default_path(id), &world.here.mykaarma, None),
    )];
    vec![list, send, note, associate, delegate_row(fixture, row)]
}

fn delegate_row(
    fixture: &Fixture,
    row: impl Fn(Method, &'static str, String, Option<Value>) -> Row,
) -> Row {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let path = |dealer: &str| format!("/communications/dealers/{dealer}/delegate");
    let body = delegate_body(&here.agent_public, &here.agent_public);
    let mut delegate = row(
        Method::PUT,
        "/communications/dealers/{}/delegate",
        path(&here.dealer),
        Some(body),
    );
    let agents = [&foreign.agent_public];
    delegate.slots = vec![
        slot(
            "dealerUUID",
            403,
            &[&foreign.dealer],
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let body = delegate_body(&f.here.agent_public, &f.here.agent_public);
                mykaarma(Method::PUT, path(id), &world.here.mykaarma, Some(body))
            },
        ),
        slot(
            "delegatedFromUUID",
            400,
            &agents,
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let body = delegate_body(id, &f.here.agent_public);
                mykaarma(
                    Method::PUT,
                    path(&f.here.dealer),
                    &world.here.mykaarma,
                    Some(body),
                )
            },
        ),
        slot(
            "delegatedToUUID",
            400,
            &agents,
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let body = delegate_body(&f.here.agent_public, id);
                mykaarma(
                    Method::PUT,
                    path(&f.here.dealer),
                    &world.here.mykaarma,
                    Some(body),
                )
            },
        ),
        slot(
            "customerUUIDList",
            400,
            &[&foreign.customer_public],
            UNKNOWN_PUBLIC,
            move |world, f, id| {
                let body = json!({
                    "delegator": "BULK_AUTO_DELEGATE",
                    "bulkAutoDelegate": { "customerUUIDList": [id], "toDealerAssociateUUID": f.here.agent_public },
                });
                mykaarma(
                    Method::PUT,
                    path(&f.here.dealer),
                    &world.here.mykaarma,
                    Some(body),
                )
            },
        ),
    ];
    delegate
}
