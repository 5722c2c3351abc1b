//! The acceptance list of `contracts/magicline.md` section 10.

mod access;
mod calls;
mod customers;
mod described;
mod harness;
mod leads;
mod preferences;
mod races;
mod studio;

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, World};
use heddle_testkit::on_both;

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

/// Checks that the response is an error object with a message (item 9).
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

on_both! {
    async fn all_nine_fields_are_taken_and_the_three_optional_ones_echoed(world: World) {
        let mut body = five();
        body["ticketNumber"] = json!("T-1");
        body["ticketLink"] = json!("not even a URL");
        body["agent"] = json!("Ada Quill");
        body["communicationDateTime"] = json!("2022-06-22T08:00:00.000+02:00[Europe/Berlin]");
        let answer = create(&world, &body).await.json();
        assert_eq!(answer["ticketNumber"], json!("T-1"));
        assert_eq!(answer["ticketLink"], json!("not even a URL"));
        assert_eq!(answer["agent"], json!("Ada Quill"));
        assert!(answer.get("communicationDateTime").is_none());
        let message = stored(&world, &answer).await;
        assert_eq!(message.occurred_at.0, 1_655_877_600_000);
        assert_eq!(message.zone.as_deref(), Some("+02:00[Europe/Berlin]"));
        assert_eq!(message.agent_name.as_deref(), Some("Ada Quill"));
    }
}

async fn stored(world: &World, answer: &Value) -> heddle_domain::Message {
    let read = heddle_store::read::conversations::GetMessage {
        account: world.here.account.id,
        conversation: heddle_domain::ConversationId(answer["threadId"].as_i64().expect("an id")),
        id: heddle_domain::MessageId(answer["communicationId"].as_i64().expect("an id")),
    };
    world
        .store()
        .read(read)
        .await
        .expect("a read")
        .expect("the message")
}

/// Creates a thread; returns its path.
async fn thread(world: &World) -> String {
    let answer = create(world, &five()).await.json();
    format!(
        "/v1/communications/{}/threads/{}",
        world.here.customer, answer["threadId"]
    )
}

on_both! {
    async fn every_enum_value_is_accepted_and_no_other(world: World) {
        let put_path = thread(&world).await;
        let post_path = format!("/v1/communications/{}/threads", world.here.customer);
        let words: [(&str, &[&str]); 3] = [
            ("communicationThreadStatus", &STATUSES),
            ("communicationDirection", &DIRECTIONS),
            ("communicationChannel", &CHANNELS),
        ];
        for (method, path) in [(Method::POST, &post_path), (Method::PUT, &put_path)] {
            for (name, known) in words {
                for word in known {
                    let mut body = five();
                    body[name] = json!(word);
                    let answer = post(&world, method.clone(), path, &world.here.magicline_key, &body).await;
                    assert_eq!(answer.status, 200, "{name} {word}");
                    assert_eq!(answer.json()[name], json!(word));
                    for wrong in [word.to_lowercase(), format!("{word} "), String::new(), "NOPE".into()] {
                        body[name] = json!(wrong);
                        let answer = post(&world, method.clone(), path, &world.here.magicline_key, &body).await;
                        refused(&answer, 400, Some(name));
                    }
                }
            }
        }
    }
}

/// Sends a body to both calls, once for each required field, which `change` spoils; each must be refused.
async fn refused_for_each_required_field(world: &World, change: impl Fn(&mut Value, &str)) {
    let put_path = thread(world).await;
    let post_path = format!("/v1/communications/{}/threads", world.here.customer);
    for (method, path) in [(Method::POST, &post_path), (Method::PUT, &put_path)] {
        for name in REQUIRED {
            let mut body = five();
            change(&mut body, name);
            let key = &world.here.magicline_key;
            let answer = post(world, method.clone(), path, key, &body).await;
            refused(&answer, 400, Some(name));
        }
    }
}

// Section 10, line 4.
on_both! {
    async fn each_required_field_that_is_missing_or_null_is_refused(world: World) {
        let remove = |body: &mut Value, name: &str| drop(body.as_object_mut().expect("an object").remove(name));
        refused_for_each_required_field(&world, remove).await;
        refused_for_each_required_field(&world, |body, name| body[name] = Value::Null).await;
    }
}

on_both! {
    async fn each_required_field_of_another_type_is_refused(world: World) {
        for wrong in [json!(5), json!(["x"]), json!({}), json!(true)] {
            refused_for_each_required_field(&world, |body, name| body[name] = wrong.clone()).await;
        }
    }
}

on_both! {
    async fn each_fault_has_its_text(world: World) {
        for (name, wrong, text) in [
            ("subject", json!(null), "This field is required."),
            ("subject", json!(5), "This field has the wrong type."),
            ("communicationChannel", json!("NOPE"), "This field has a value that is not known."),
            ("communicationDateTime", json!("soon"), "This field is not a date and time with an offset."),
            ("communicationDateTime", json!(5), "This field is not a date and time with an offset."),
            ("agent", json!("\0"), "This field contains the character U+0000."),
        ] {
            let mut body = five();
            body[name] = wrong;
            let answer = create(&world, &body).await;
            refused(&answer, 400, Some(name));
            assert_eq!(answer.json()["errorMessage"], json!(text));
        }
    }
}

on_both! {
    async fn an_update_appends_and_changes_the_thread(world: World) {
        let first = create(&world, &five()).await.json();
        let path = format!("/v1/communications/{}/threads/{}", world.here.customer, first["threadId"]);
        let mut body = five();
        body["communicationThreadStatus"] = json!("CLOSED");
        body["ticketNumber"] = json!("T-2");
        let second = post(&world, Method::PUT, &path, &world.here.magicline_key, &body).await.json();
        assert_eq!(second["threadId"], first["threadId"]);
        assert!(second["communicationId"].as_i64() > first["communicationId"].as_i64());
        assert_eq!(second["communicationThreadStatus"], json!("CLOSED"));
        // Reopening is allowed. A ticket that the request does not contain stays, and the response returns it.
        body["communicationThreadStatus"] = json!("ONGOING");
        body.as_object_mut().expect("an object").remove("ticketNumber");
        let third = post(&world, Method::PUT, &path, &world.here.magicline_key, &body).await.json();
        assert_eq!(third["communicationThreadStatus"], json!("ONGOING"));
        assert_eq!(third["ticketNumber"], json!("T-2"));
        assert!(third["communicationId"].as_i64() > second["communicationId"].as_i64());
    }
}

on_both! {
    async fn unknown_ids_and_those_of_other_studios_are_not_found(world: World) {
        let own = create(&world, &five()).await.json();
        let (customer, thread) = (world.here.customer, &own["threadId"]);
        let (other, foreign) = (world.here.second_customer, world.foreign.customer);
        for path in [
            format!("/v1/communications/{customer}/threads/999999"),
            format!("/v1/communications/{customer}/threads/0"),
            format!("/v1/communications/{customer}/threads/-7"),
            format!("/v1/communications/{other}/threads/{thread}"),
            format!("/v1/communications/{foreign}/threads/{thread}"),
            format!("/v1/communications/{}/threads/{thread}", world.here.customer.get() + 900),
        ] {
            refused(&post(&world, Method::PUT, &path, &world.here.magicline_key, &five()).await, 404, None);
        }
        for unknown in [other.get(), foreign.get(), 0, -1, i64::MAX] {
            let path = format!("/v1/communications/{unknown}/threads");
            refused(&post(&world, Method::POST, &path, &world.here.magicline_key, &five()).await, 404, None);
        }
        for (wrong, name) in [("abc", "customerId"), ("1.5", "customerId"), ("9223372036854775808", "customerId")] {
            let path = format!("/v1/communications/{wrong}/threads");
            refused(&post(&world, Method::POST, &path, &world.here.magicline_key, &five()).await, 400, Some(name));
        }
        let path = format!("/v1/communications/{customer}/threads/xyz");
        refused(&post(&world, Method::PUT, &path, &world.here.magicline_key, &five()).await, 400, Some("threadId"));
    }
}

on_both! {
    async fn wrong_bodies_are_refused(world: World) {
        let path = format!("/v1/communications/{}/threads", world.here.customer);
        let key = ("x-api-key", world.here.magicline_key.as_str());
        let json_type = ("content-type", "application/json; charset=utf-8");
        for body in ["", "{", "[]", "\"x\"", "null", "{} {}", "{\"subject\": \"\\ud800\"}", "{\"a\": 1e400}"] {
            refused(&world.send(Method::POST, &path, &[key, json_type], body).await, 400, None);
        }
        for (field, reference) in [("subject", "subject"), ("content", "content")] {
            let mut body = five();
            body[field] = json!("a\0b");
            refused(&world.send(Method::POST, &path, &[key, json_type], body.to_string()).await, 400, Some(reference));
        }
        let mut large = five();
        large["content"] = json!("x".repeat(1 << 20));
        refused(&world.send(Method::POST, &path, &[key, json_type], large.to_string()).await, 400, None);
        for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
            let headers = [key, ("content-type", content_type)];
            refused(&world.send(Method::POST, &path, &headers, five().to_string()).await, 415, None);
        }
        refused(&world.send(Method::POST, &path, &[key], five().to_string()).await, 415, None);
    }
}

on_both! {
    async fn date_forms(world: World) {
        for good in [
            "2022-06-22T06:00:00Z",
            "2022-06-22T08:00:00+02:00",
            "2022-06-22T08:00:00+02:00[Europe/Berlin]",
            "2022-06-22T08:00:00.123456789+02:00",
        ] {
            let mut body = five();
            body["communicationDateTime"] = json!(good);
            assert_eq!(create(&world, &body).await.status, 200, "{good}");
        }
        for bad in [json!("2022-06-22"), json!("2022-06-22T08:00:00+02:00[Nowhere/City]"), json!(1_655_877_600), json!("")] {
            let mut body = five();
            body["communicationDateTime"] = bad;
            refused(&create(&world, &body).await, 400, Some("communicationDateTime"));
        }
        let mut body = five();
        body["communicationDateTime"] = Value::Null;
        assert_eq!(create(&world, &body).await.status, 200);
    }
}

on_both! {
    async fn texts_are_kept_byte_for_byte(world: World) {
        for content in ["", "  two blanks  ", "<b>&amp;</b>", "line\r\nline\u{2028}", "\u{1F9F5}\u{200D}", &"x".repeat(5_000)] {
            let mut body = five();
            body["content"] = json!(content);
            let subject: String = content.chars().take(heddle_domain::limits::LONGEST_SUBJECT).collect();
            body["subject"] = json!(subject);
            let answer = create(&world, &body).await.json();
            assert_eq!((&answer["content"], &answer["subject"]), (&json!(content), &json!(subject)));
            assert_eq!(stored(&world, &answer).await.body, content);
        }
    }
}
