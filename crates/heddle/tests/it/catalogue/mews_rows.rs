//! The catalogue's rows for Mews's API.

use http::Method;
use serde_json::{Value, json};

use super::{Fixture, Row, UNKNOWN_PUBLIC, mews, slot};
use crate::harness::World;

pub(super) fn rows(world: &World, fixture: &Fixture) -> Vec<Row> {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let threads = [&foreign.mews_thread, &here.other_mews_thread];
    let span = json!({ "StartUtc": "2026-02-20T00:00:00Z", "EndUtc": "2026-03-16T00:00:00Z" });
    let limitation = json!({ "Count": 50, "Cursor": here.mews_thread });
    let get_threads = json!({
        "EnterpriseIds": [here.enterprise], "MessageThreadIds": [here.mews_thread],
        "CreatedUtc": span, "UpdatedUtc": span, "Limitation": limitation,
    });
    let get_messages = json!({
        "EnterpriseIds": [here.enterprise], "MessageThreadIds": [here.mews_thread],
        "CreatedUtc": span, "Limitation": limitation,
    });
    let add_messages = json!({
        "Messages": [{ "MessageThreadId": here.mews_thread, "Text": "Do you have parking?", "Identifier": "x-1" }],
    });
    let row = |operation: &'static str, template: &'static str, body: Value, caller: u16| {
        let sample = mews(
            operation,
            &world.here.mews_client,
            &world.here.mews_token,
            body.clone(),
        );
        let foreign = mews(
            operation,
            &world.foreign.mews_client,
            &world.foreign.mews_token,
            body,
        );
        let mut anonymous = sample.clone();
        anonymous.body.as_mut().expect("a body")["AccessToken"] = json!("");
        Row {
            api: heddle_mews::NAME,
            method: Method::POST,
            template,
            success: 200,
            slots: Vec::new(),
            foreign_caller: (caller != 0).then_some((foreign, caller)),
            anonymous: Some((anonymous, 400)),
            sample,
        }
    };
    let enterprises = [&here.second_enterprise, &foreign.enterprise];
    let with = |operation: &'static str, body: &Value, pointer: &'static str| {
        let body = body.clone();
        move |world: &World, _: &Fixture, id: &str| {
            let mut body = body.clone();
            *body.pointer_mut(pointer).expect("the field") = json!(id);
            mews(
                operation,
                &world.here.mews_client,
                &world.here.mews_token,
                body,
            )
        }
    };
    let mut rows = vec![
        row(
            "messageThreads/getAll",
            "/api/connector/v1/messageThreads/getAll",
            get_threads.clone(),
            400,
        ),
        row(
            "messageThreads/add",
            "/api/connector/v1/messageThreads/add",
            json!({ "OriginalSender": "Mara Okafor", "Subject": "Parking for a van" }),
            0,
        ),
        row(
            "messages/getAll",
            "/api/connector/v1/messages/getAll",
            get_messages.clone(),
            400,
        ),
        row(
            "messages/add",
            "/api/connector/v1/messages/add",
            add_messages.clone(),
            400,
        ),
    ];
    for (at, operation, body) in [
        (0, "messageThreads/getAll", &get_threads),
        (2, "messages/getAll", &get_messages),
    ] {
        rows[at].slots = vec![
            slot(
                "EnterpriseIds",
                400,
                &enterprises,
                UNKNOWN_PUBLIC,
                with(operation, body, "/EnterpriseIds/0"),
            ),
            slot(
                "MessageThreadIds",
                200,
                &threads,
                UNKNOWN_PUBLIC,
                with(operation, body, "/MessageThreadIds/0"),
            ),
        ];
    }
    let into = with("messages/add", &add_messages, "/Messages/0/MessageThreadId");
    rows[3].slots = vec![slot("MessageThreadId", 400, &threads, UNKNOWN_PUBLIC, into)];
    rows
}
