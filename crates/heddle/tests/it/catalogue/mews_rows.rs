//! The catalogue's rows for Mews's API.

use http::Method;
use serde_json::{Value, json};

use super::{Fixture, Names, Row, UNKNOWN_PUBLIC, mews, slot};
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
    rows.extend(neighbours(fixture, row));
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
    let named = json!({ "EnterpriseId": here.enterprise });
    let id = with("configuration/get", &named, "/EnterpriseId");
    rows[4].slots = vec![slot("EnterpriseId", 400, &enterprises, UNKNOWN_PUBLIC, id)];
    let ids = with(
        "enterprises/getAll",
        &get_enterprises(here),
        "/EnterpriseIds/0",
    );
    rows[5].slots = vec![slot(
        "EnterpriseIds",
        400,
        &enterprises,
        UNKNOWN_PUBLIC,
        ids,
    )];
    let by_id = json!({
        "CustomerIds": [here.customer_public], "Extent": { "Customers": true }, "Limitation": { "Count": 50 },
    });
    let customers = with("customers/getAll", &by_id, "/CustomerIds/0");
    let theirs = [&foreign.customer_public];
    rows[6].slots = vec![slot("CustomerIds", 200, &theirs, UNKNOWN_PUBLIC, customers)];
    rows[3].slots = vec![slot("MessageThreadId", 400, &threads, UNKNOWN_PUBLIC, into)];
    rows
}

fn get_enterprises(here: &Names) -> Value {
    json!({
        "EnterpriseIds": [here.enterprise], "ExternalIdentifiers": ["H-1"],
        "LinkedUtc": { "StartUtc": "2026-02-20T00:00:00Z", "EndUtc": "2026-03-16T00:00:00Z" },
        "UpdatedUtc": { "StartUtc": "2026-02-20T00:00:00Z", "EndUtc": "2026-03-16T00:00:00Z" },
        "Limitation": { "Count": 50, "Cursor": here.enterprise },
    })
}

fn get_customers(here: &Names) -> Value {
    json!({
        "ChainIds": [here.dealer], "CustomerIds": [here.customer_public], "Emails": ["mara@mail.example"],
        "FirstNames": ["Mara"], "LastNames": ["Okafor"], "LoyaltyCodes": ["L-1"], "CompanyIds": [here.enterprise],
        "ActivityStates": ["Active"], "Extent": { "Customers": true, "Addresses": true, "Documents": false },
        "CreatedUtc": { "StartUtc": "2026-02-20T00:00:00Z", "EndUtc": "2026-03-16T00:00:00Z" },
        "UpdatedUtc": { "StartUtc": "2026-02-20T00:00:00Z", "EndUtc": "2026-03-16T00:00:00Z" },
        "DeletedUtc": { "StartUtc": "2026-02-20T00:00:00Z", "EndUtc": "2026-03-16T00:00:00Z" },
        "Limitation": { "Count": 50, "Cursor": here.customer_public },
    })
}

/// Returns the rows of the calls beside threads and messages.
fn neighbours(
    fixture: &Fixture,
    row: impl Fn(&'static str, &'static str, Value, u16) -> Row,
) -> Vec<Row> {
    let here = &fixture.here;
    let add_customer = json!({
        "ChainId": here.dealer, "OverwriteExisting": true, "FirstName": "Mara", "LastName": "Okafor",
        "Email": "mara@guest.example", "Phone": "+49 40 1", "Sex": "Female", "Occupation": "Weaver", "Notes": "Window",
    });
    vec![
        row(
            "configuration/get",
            "/api/connector/v1/configuration/get",
            json!({ "EnterpriseId": here.enterprise }),
            400,
        ),
        row(
            "enterprises/getAll",
            "/api/connector/v1/enterprises/getAll",
            get_enterprises(here),
            400,
        ),
        // The caller of another account finds nobody.
        row(
            "customers/getAll",
            "/api/connector/v1/customers/getAll",
            get_customers(here),
            0,
        ),
        row(
            "customers/add",
            "/api/connector/v1/customers/add",
            add_customer,
            0,
        ),
        row(
            "languages/getAll",
            "/api/connector/v1/languages/getAll",
            json!({}),
            0,
        ),
    ]
}
