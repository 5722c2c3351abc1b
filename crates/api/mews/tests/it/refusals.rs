//! Tests of items 4, 5 and 9 of the list: the error tables of contract sections 8.5, 9.3, 10.3 and 11.3.

use serde_json::{Value, json};

use super::*;
use heddle_testkit::on_both;

const ID: &str = "52e6b438-f2a7-4269-9944-b44a0089c667";

fn ids(count: usize) -> Value {
    json!(vec![ID; count])
}

/// Values that are not lists of identifiers.
fn wrong_ids() -> Vec<Value> {
    vec![
        json!([]),
        ids(1_001),
        json!(ID),
        json!({}),
        json!(5),
        json!([null]),
        json!([5]),
        json!([""]),
        json!(["nonsense"]),
        json!([ID, "52e6b438f2a742699944b44a0089c667"]),
        json!(["{52e6b438-f2a7-4269-9944-b44a0089c667}"]),
        json!(["52e6b438-f2a7-4269-9944-b44a0089c66g"]),
        json!(["a\0"]),
    ]
}

fn wrong_limitations() -> Vec<Value> {
    vec![
        json!(null),
        json!(5),
        json!([]),
        json!({}),
        json!({ "Count": null }),
        json!({ "Count": 0 }),
        json!({ "Count": -1 }),
        json!({ "Count": 1001 }),
        json!({ "Count": "10" }),
        json!({ "Count": 10.5 }),
        json!({ "Count": true }),
        json!({ "Count": 1e30 }),
        json!({ "count": 10 }),
        json!({ "Cursor": ID }),
        json!({ "Count": 10, "Cursor": "" }),
        json!({ "Count": 10, "Cursor": "nonsense" }),
        json!({ "Count": 10, "Cursor": 5 }),
        json!({ "Count": 10, "Cursor": "a\0" }),
    ]
}

/// Values that are not intervals of at most `months` months.
fn wrong_intervals(months: usize) -> Vec<Value> {
    let interval = |start: &str, end: &str| json!({ "StartUtc": start, "EndUtc": end });
    let too_long = match months {
        1 => ["2026-07-01T00:00:00Z", "2026-08-10T00:00:00Z"],
        _ => ["2026-07-01T00:00:00Z", "2026-10-03T00:00:00Z"],
    };
    vec![
        json!("2026-07-01T00:00:00Z"),
        json!([]),
        json!({}),
        json!({ "StartUtc": "2026-07-01T00:00:00Z" }),
        json!({ "EndUtc": "2026-07-01T00:00:00Z" }),
        json!({ "StartUtc": null, "EndUtc": "2026-07-01T00:00:00Z" }),
        json!({ "StartUtc": "2026-07-01T00:00:00Z", "EndUtc": null }),
        json!({ "StartUtc": 5, "EndUtc": 6 }),
        interval("2026-07-01T00:00:00Z", "nonsense"),
        interval("2026-07-01T00:00:01Z", "2026-07-01T00:00:00Z"),
        interval(too_long[0], too_long[1]),
    ]
}

pub(crate) async fn each(world: &World, path: &str, good: &Value, name: &str, wrong: Vec<Value>) {
    for value in wrong {
        let mut properties = good.clone();
        properties[name] = value.clone();
        let answer = ask(world, path, plain(&world.here), properties).await;
        let body = refused(&answer, 400, &format!("Invalid {name}"));
        assert!(
            !body["Message"].as_str().expect("a text").contains('\0'),
            "{name} {value}"
        );
    }
}

on_both! {
    async fn threads_are_listed_by_at_least_one_filter(world: World) {
        let tokens = plain(&world.here);
        let enterprise = world.public_id(&world.here, heddle_domain::EntityKind::Inbox, world.here.main.get(), heddle_mews::NAME).await;
        for properties in [
            json!({}),
            json!({ "EnterpriseIds": [enterprise] }),
            json!({ "MessageThreadIds": null, "CreatedUtc": null, "UpdatedUtc": null }),
        ] {
            let mut properties = properties;
            properties["Limitation"] = json!({ "Count": 10 });
            let body = refused(&ask(&world, GET_THREADS, tokens, properties).await, 400, "Invalid MessageThreadIds");
            for name in ["MessageThreadIds", "CreatedUtc", "UpdatedUtc"] {
                assert!(body["Message"].as_str().expect("a text").contains(name));
            }
        }
        for good in [
            json!({ "MessageThreadIds": ids(1_000) }),
            json!({ "MessageThreadIds": ids(1), "Limitation": { "Count": 1 } }),
            json!({ "MessageThreadIds": ids(1), "Limitation": { "Count": 10.0, "Cursor": null } }),
            json!({ "MessageThreadIds": ids(1), "EnterpriseIds": vec![enterprise; 1_000] }),
            // Three calendar months with 92 days, and one day more than allowed.
            json!({ "CreatedUtc": { "StartUtc": "2026-07-01T00:00:00Z", "EndUtc": "2026-10-01T00:00:00Z" } }),
            json!({ "UpdatedUtc": { "StartUtc": "2026-07-01T00:00:00Z", "EndUtc": "2026-10-02T00:00:00Z" } }),
        ] {
            assert!(threads(&world, tokens, good).await.is_empty());
        }
    }
}

on_both! {
    async fn wrong_filters_of_threads(world: World) {
        let good = json!({ "MessageThreadIds": [ID], "Limitation": { "Count": 10 } });
        each(&world, GET_THREADS, &good, "EnterpriseIds", wrong_ids()).await;
        each(&world, GET_THREADS, &good, "EnterpriseIds", vec![json!([ID])]).await;
        each(&world, GET_THREADS, &good, "MessageThreadIds", wrong_ids()).await;
        each(&world, GET_THREADS, &good, "CreatedUtc", wrong_intervals(3)).await;
        each(&world, GET_THREADS, &good, "UpdatedUtc", wrong_intervals(3)).await;
        each(&world, GET_THREADS, &good, "Limitation", wrong_limitations()).await;
    }
}

on_both! {
    async fn wrong_filters_of_messages(world: World) {
        let tokens = plain(&world.here);
        let good = json!({ "MessageThreadIds": [ID], "Limitation": { "Count": 10 } });
        each(&world, GET_MESSAGES, &good, "EnterpriseIds", wrong_ids()).await;
        each(&world, GET_MESSAGES, &good, "EnterpriseIds", vec![json!([ID])]).await;
        each(&world, GET_MESSAGES, &good, "MessageThreadIds", wrong_ids()).await;
        each(&world, GET_MESSAGES, &good, "MessageThreadIds", vec![Value::Null]).await;
        each(&world, GET_MESSAGES, &good, "CreatedUtc", wrong_intervals(1)).await;
        each(&world, GET_MESSAGES, &good, "Limitation", wrong_limitations()).await;
        assert!(messages(&world, tokens, json!({ "MessageThreadIds": ids(1_000) })).await.is_empty());
        let longest = json!({ "StartUtc": "2026-07-01T00:00:00Z", "EndUtc": "2026-08-02T00:00:00Z" });
        let properties = json!({ "MessageThreadIds": [ID], "CreatedUtc": longest });
        assert!(messages(&world, tokens, properties).await.is_empty());
    }
}

on_both! {
    async fn wrong_threads(world: World) {
        let good = json!({ "OriginalSender": "Mara", "Subject": "Parking" });
        let wrong = || vec![
            json!(null), json!(""), json!(5), json!(["x"]), json!({}), json!("a\0b"), json!("ü".repeat(1_001)),
        ];
        each(&world, ADD_THREAD, &good, "OriginalSender", wrong()).await;
        each(&world, ADD_THREAD, &good, "Subject", wrong()).await;
        let longest = "\u{1F6CF}".repeat(1_000);
        let body = ok(&world, ADD_THREAD, plain(&world.here), json!({ "OriginalSender": longest, "Subject": longest })).await;
        assert_eq!(body["MessageThreads"][0]["Subject"], json!(longest));
        assert_eq!(threads(&world, plain(&world.here), json!({ "CreatedUtc": today() })).await.len(), 1);
    }
}

on_both! {
    async fn wrong_messages(world: World) {
        let tokens = plain(&world.here);
        let thread = add_thread(&world, tokens, "Parking").await;
        let element = json!({ "MessageThreadId": thread["Id"], "Text": "Hello" });
        each(&world, ADD_MESSAGES, &json!({}), "Messages", vec![
            json!(null), json!({}), json!("x"), json!(5), json!([5]), json!([null]), json!([element, []]),
            json!(vec![element.clone(); 1_001]),
        ]).await;
        let longest = "\u{1F6CF}".repeat(64 << 10);
        for (name, wrong) in [
            ("MessageThreadId", vec![json!(null), json!(5), json!("nonsense"), json!(""), json!(ID), json!("a\0")]),
            ("Text", vec![json!(null), json!(5), json!(""), json!(format!("{longest}x")), json!("a\0b")]),
            ("Identifier", vec![json!(5), json!({}), json!("a\0b")]),
        ] {
            for value in wrong {
                let mut wrong = element.clone();
                wrong[name] = value;
                let answer = ask(&world, ADD_MESSAGES, tokens, json!({ "Messages": [element, wrong] })).await;
                refused(&answer, 400, &format!("Invalid {name}"));
            }
        }
        let named = json!({ "MessageThreadIds": [thread["Id"]] });
        assert!(messages(&world, tokens, named.clone()).await.is_empty());
        add_message(&world, tokens, &thread, &longest).await;
        assert_eq!(messages(&world, tokens, named).await[0]["Text"], json!(longest));
    }
}

on_both! {
    async fn each_fault_has_its_text(world: World) {
        let list = |name: &str, value: Value| {
            let mut body = json!({ "MessageThreadIds": [ID], "Limitation": { "Count": 10 } });
            body[name] = value;
            (GET_THREADS, body)
        };
        let add = |subject: Value| (ADD_THREAD, json!({ "OriginalSender": "Mara", "Subject": subject }));
        let messages = |value: Value| (ADD_MESSAGES, json!({ "Messages": value }));
        let end = "2026-07-01T00:00:00Z";
        for ((path, body), text) in [
            (list("Limitation", json!(null)), "Invalid Limitation"),
            (list("Limitation", json!(5)), "Invalid Limitation. It must be an object."),
            (list("Limitation", json!({ "Count": 0 })), "Invalid Limitation. Count must be an integer from 1 to 1000."),
            (list("Limitation", json!({ "Count": 1, "Cursor": "x" })), "Invalid Limitation. Cursor must be an identifier."),
            (list("MessageThreadIds", json!([])), "Invalid MessageThreadIds. It must have 1 to 1000 items."),
            (list("MessageThreadIds", json!(["x"])), "Invalid MessageThreadIds. It must be an identifier."),
            (list("CreatedUtc", json!({ "EndUtc": end })), "Invalid CreatedUtc. StartUtc is required."),
            (list("CreatedUtc", json!({ "StartUtc": "x", "EndUtc": end })),
                "Invalid CreatedUtc. StartUtc must be a date and time in UTC."),
            (add(json!(null)), "Invalid Subject"),
            (add(json!("")), "Invalid Subject. It must not be empty."),
            (add(json!(5)), "Invalid Subject. It must be a string."),
            (add(json!("x".repeat(1_001))), "Invalid Subject. It must have at most 1000 characters."),
            (messages(json!(5)), "Invalid Messages. It must be a list."),
            (messages(json!([5])), "Invalid Messages. It must be an object."),
            (messages(json!([{ "MessageThreadId": ID }])), "Invalid Text"),
            (list("Client", json!(null)), "Invalid Client"),
            (list("Client", json!(5)), "Invalid Client. It must be a name, which is a text without U+0000."),
            (list("ClientToken", json!(5)), "Invalid ClientToken. It must be a token."),
        ] {
            let answer = ask(&world, path, plain(&world.here), body).await;
            assert_eq!(refused(&answer, 400, text)["Message"], json!(text));
        }
    }
}
