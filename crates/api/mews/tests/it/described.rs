//! The OpenAPI description of this API is true. Every answer that a test of this API gets is compared with it, in the harness;
//! here the bodies of requests are.

use std::sync::OnceLock;

use heddle_domain::EntityKind;
use heddle_testkit::described::{Reader, operation, places};
use heddle_testkit::on_both;
use serde_json::{Value, json};

use super::*;

/// Returns the description.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let text = heddle_mews::description().openapi.expect("a description");
        serde_json::from_slice(&text()).expect("JSON")
    })
}

/// Members with other rules than their schema says: the texts must be addresses and numbers, and `ThreadId` counts only without
/// `MessageThreadId`.
const RULED: [&str; 3] = ["/Email", "/Phone", "/Messages/0/ThreadId"];

/// Returns for each call a body that has every member of the description.
async fn bodies(world: &World) -> Vec<(&'static str, Value)> {
    let here = &world.here;
    let id = |kind, id| world.public_id(here, kind, id, heddle_mews::NAME);
    let (enterprise, chain, customer) = (
        id(EntityKind::Inbox, here.main.get()).await,
        id(EntityKind::Account, here.account.id.get()).await,
        id(EntityKind::Customer, here.customer.get()).await,
    );
    let thread = add_thread(world, plain(here), "Van").await["Id"].clone();
    let page = |cursor: &str| json!({ "Count": 5, "Cursor": cursor });
    let of_thread = json!({ "Count": 5, "Cursor": thread });
    let mut new = json!({ "ChainId": chain, "OverwriteExisting": true, "LastName": "Okafor", "FirstName": "Mara", "Email": "m@guest.example",
        "Phone": "1", "Sex": "Female", "Occupation": "Weaver", "Notes": "x" });
    let schema = schema(ADD_CUSTOMER);
    for name in schema["properties"].as_object().expect("members").keys() {
        let is_credential = ["ClientToken", "AccessToken", "Client"].contains(&name.as_str());
        if new.get(name).is_none() && !is_credential {
            new[name] = json!("");
        }
    }
    vec![
        (
            GET_THREADS,
            json!({ "EnterpriseIds": [enterprise], "MessageThreadIds": [thread], "CreatedUtc": today(), "UpdatedUtc": today(), "Limitation": of_thread }),
        ),
        (
            ADD_THREAD,
            json!({ "OriginalSender": "Mara", "Subject": "Van" }),
        ),
        (
            GET_MESSAGES,
            json!({ "EnterpriseIds": [enterprise], "MessageThreadIds": [thread], "CreatedUtc": today(), "Limitation": of_thread }),
        ),
        (
            ADD_MESSAGES,
            json!({ "Messages": [{ "MessageThreadId": thread, "ThreadId": thread, "Text": "x", "Identifier": "1" }] }),
        ),
        (GET_CONFIGURATION, json!({ "EnterpriseId": enterprise })),
        (
            GET_ENTERPRISES,
            json!({ "EnterpriseIds": [enterprise], "ExternalIdentifiers": ["x"], "LinkedUtc": today(), "UpdatedUtc": today(), "Limitation": page(&enterprise) }),
        ),
        (
            GET_CUSTOMERS,
            json!({ "ChainIds": [chain], "CustomerIds": [customer], "Emails": ["x"], "FirstNames": ["x"], "LastNames": ["x"], "LoyaltyCodes": ["x"],
            "CompanyIds": [chain], "ActivityStates": ["Active"], "CreatedUtc": today(), "UpdatedUtc": today(), "DeletedUtc": today(),
            "Extent": { "Customers": true, "Addresses": true, "Documents": false }, "Limitation": page(&customer) }),
        ),
        (ADD_CUSTOMER, new),
        (GET_LANGUAGES, json!({})),
    ]
}

/// Returns the schema of a call's body.
fn schema(path: &str) -> &'static Value {
    let operation = operation(document(), &Method::POST, path).expect("an operation");
    &operation["requestBody"]["content"]["application/json"]["schema"]
}

on_both! {
    async fn bodies_are_read_as_described(world: World) {
        let tokens = plain(&world.here);
        let reader = Reader { document: document(), is_closed: false };
        let values = [json!(null), json!(true), json!(7), json!(0), json!(1_001), json!(""), json!("x"), json!([]), json!({}), json!("x".repeat(70_000)), json!(["x"])];
        let (mut accepted, mut refused) = (0, 0);
        for (path, properties) in bodies(&world).await {
            let mut whole = json!({ "ClientToken": tokens.client, "AccessToken": tokens.access, "Client": "Harbour Chat" });
            whole.as_object_mut().expect("an object").extend(properties.as_object().expect("an object").clone());
            let schema = schema(path);
            assert_eq!(reader.faults(&whole, schema), Vec::<String>::new(), "{path}");
            assert_eq!(post(&world, path, whole.to_string()).await.status, 200, "{path}");
            let mut all = Vec::new();
            places(&whole, "", &mut all);
            for place in all.iter().filter(|place| !RULED.contains(&place.as_str())) {
                for value in &values {
                    // An empty list of what Heddle does not keep is accepted.
                    if value == &json!([]) && path == ADD_CUSTOMER {
                        continue;
                    }
                    let mut body = whole.clone();
                    *body.pointer_mut(place).expect("a place") = value.clone();
                    let fits = reader.fits(&body, schema);
                    let answer = post(&world, path, body.to_string()).await;
                    assert_eq!(answer.status == 400, !fits, "{path} {place} {:.80}: {}", value.to_string(), String::from_utf8_lossy(&answer.body));
                    match fits {
                        true => accepted += 1,
                        false => refused += 1,
                    }
                }
            }
        }
        assert!(accepted > 100 && refused > 300, "{accepted} {refused}");
    }
}
