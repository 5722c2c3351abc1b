//! The acceptance list of `contracts/magicline.md` section 10.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, World};
use crate::on_both;

const STATUSES: [&str; 3] = ["CREATED", "ONGOING", "CLOSED"];
const DIRECTIONS: [&str; 2] = ["INCOMING", "OUTGOING"];
const CHANNELS: [&str; 8] = [
    "LETTER",
    "EMAIL",
    "TEXT_MESSAGE",
    "PHONE",
    "FAX",
    "CONVERSATION",
    "CHAT",
    "OTHER",
];
const REQUIRED: [&str; 5] = [
    "communicationThreadStatus",
    "subject",
    "content",
    "communicationDirection",
    "communicationChannel",
];

fn five() -> Value {
    json!({
        "communicationThreadStatus": "CREATED",
        "subject": "Broken locker",
        "content": "Locker 12 does not close.",
        "communicationDirection": "INCOMING",
        "communicationChannel": "PHONE",
    })
}

async fn create(world: &World, body: &Value) -> Answer {
    let path = format!("/v1/communications/{}/threads", world.here.customer);
    post(world, Method::POST, &path, &world.here.magicline_key, body).await
}

async fn post(world: &World, method: Method, path: &str, key: &str, body: &Value) -> Answer {
    let headers = [("x-api-key", key), ("content-type", "application/json")];
    world.send(method, path, &headers, body.to_string()).await
}

/// Item 9: every refusal is the error object with a message.
fn refused(answer: &Answer, status: u16, reference: Option<&str>) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert!(!body["errorMessage"].as_str().expect("a message").is_empty());
    assert!(
        body["traceId"]
            .as_str()
            .is_some_and(|id| id.parse::<u64>().is_ok()),
        "{body}"
    );
    assert_eq!(
        body.get("reference").and_then(Value::as_str),
        reference,
        "{body}"
    );
    assert!(
        !body
            .as_object()
            .expect("an object")
            .values()
            .any(Value::is_null)
    );
}

on_both! {
    async fn five_fields_make_a_thread(world: World) {
        let answer = create(&world, &five()).await;
        let body = answer.json();
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
        assert_eq!(body["customerId"], json!(world.here.customer.get()));
        assert!(body["threadId"].as_i64().is_some_and(|id| id > 0));
        assert!(body["communicationId"].as_i64().is_some_and(|id| id > 0 && id < 1 << 53));
        for name in REQUIRED {
            assert_eq!(body[name], five()[name]);
        }
        assert_eq!(body.as_object().expect("an object").len(), 8, "{body}");
    }
}
