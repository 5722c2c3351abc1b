//! The limits of short texts are the same in every API. Each API refuses a longer text in its own envelope, which names the
//! field and the limit, and stores nothing.

use heddle_domain::limits::{
    LONGEST_AGENT_NAME, LONGEST_RECIPIENT, LONGEST_SUBJECT, LONGEST_TICKET_LINK,
    LONGEST_TICKET_NUMBER, MOST_RECIPIENT_BYTES, MOST_RECIPIENTS,
};
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use crate::across::ok;
use crate::catalogue::{Fixture, Sample, helpscout, magicline, mykaarma};
use crate::harness::World;
use crate::native::Api;

const ALL: &str = "/api/v1/conversations";

/// Sends a request with the longest text of a field, which is accepted, and with a longer one, which is refused.
async fn check(
    world: &World,
    longest: usize,
    named: &str,
    status: u16,
    with: impl Fn(Value) -> Sample,
) {
    ok(world, &with(json!("ü".repeat(longest)))).await;
    refused(
        world,
        &with(json!("ü".repeat(longest + 1))),
        status,
        &[named, &longest.to_string()],
    )
    .await;
}

/// Sends a request that is refused in words that contain `named`, and changes nothing.
async fn refused(world: &World, sample: &Sample, status: u16, named: &[&str]) {
    let stored = async || Api::full(world).walk(ALL, 100).await;
    let before = stored().await;
    let answer = sample.send(world).await;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, status, "{} {text}", sample.path);
    for part in named {
        assert!(text.contains(part), "{} {part}: {text}", sample.path);
    }
    assert_eq!(stored().await, before, "{}", sample.path);
}

fn put(body: &mut Value, pointer: &str, value: Value) {
    *body.pointer_mut(pointer).expect("the member is there") = value;
}

on_both! {
    async fn magicline_names_the_limits_of_its_texts(world: World) {
        let path = format!("/v1/communications/{}/threads", world.here.customer);
        for (name, longest) in [
            ("subject", LONGEST_SUBJECT),
            ("ticketNumber", LONGEST_TICKET_NUMBER),
            ("ticketLink", LONGEST_TICKET_LINK),
            ("agent", LONGEST_AGENT_NAME),
        ] {
            check(&world, longest, name, 400, |text| {
                let mut sample = magicline(Method::POST, path.clone(), &world.here.magicline_key);
                sample.body.as_mut().expect("a body")[name] = text;
                sample
            })
            .await;
        }
    }
}

on_both! {
    async fn mykaarma_names_the_limits_of_its_texts(world: World) {
        let here = Fixture::new(&world).await.here;
        let path = format!("/communications/department/{}/customer/{}/message", here.main_public, here.customer_public);
        for (pointer, named, longest) in [
            ("/messageAttributes/subject", "messageAttributes.subject", LONGEST_SUBJECT),
            ("/editor/name", "editor.name", LONGEST_AGENT_NAME),
        ] {
            check(&world, longest, named, 400, |text| {
                let mut body = json!({ "messageAttributes": { "body": "Seen", "subject": "" }, "editor": { "uuid": here.agent_public, "name": "" } });
                put(&mut body, pointer, text);
                mykaarma(Method::POST, path.clone(), &world.here.mykaarma, Some(body))
            })
            .await;
        }
    }
}

on_both! {
    async fn helpscout_names_the_limits_of_its_texts(world: World) {
        let token = Fixture::new(&world).await.here.helpscout_token;
        let customer = json!({ "id": world.here.customer.get() });
        let body = json!({ "subject": "Kettle", "type": "email", "mailboxId": world.here.main.get(), "status": "active", "customer": customer,
            "threads": [{ "type": "reply", "text": "Rang", "customer": customer, "cc": [], "bcc": [] }] });
        let create = |pointer: &str, value: Value| {
            let mut body = body.clone();
            put(&mut body, pointer, value);
            helpscout(Method::POST, "/v2/conversations".into(), &token, Some(body))
        };
        check(&world, LONGEST_SUBJECT, "subject", 400, |text| create("/subject", text)).await;
        check(&world, LONGEST_RECIPIENT, "threads[0].cc", 400, |text| create("/threads/0/cc", json!([text]))).await;
        let with = |cc: Vec<String>, bcc: Vec<String>| {
            let mut sample = create("/threads/0/cc", json!(cc));
            put(sample.body.as_mut().expect("a body"), "/threads/0/bcc", json!(bcc));
            sample
        };
        for (list, most) in too_many() {
            let (cc, bcc) = list.split_at(list.len() / 2);
            refused(&world, &with(cc.to_vec(), bcc.to_vec()), 400, &["threads[0].cc", most]).await;
            refused(&world, &with(Vec::new(), list.clone()), 400, &["threads[0].bcc", most]).await;
            let fits = list[1..].to_vec();
            ok(&world, &with(fits[1..].to_vec(), fits[..1].to_vec())).await;
        }
    }
}

/// Returns lists of addresses with one too many, each with the limit that they exceed.
fn too_many() -> [(Vec<String>, &'static str); 2] {
    let kibibyte = "ü".repeat(512);
    [
        (
            vec!["a@x.example".to_owned(); MOST_RECIPIENTS + 1],
            "1000 addresses",
        ),
        (
            vec![kibibyte; MOST_RECIPIENT_BYTES / 1_024 + 1],
            "65536 bytes",
        ),
    ]
}

on_both! {
    async fn the_native_api_names_the_limits_of_its_texts(world: World) {
        let (api, here) = (Api::full(&world), &world.here);
        let message = json!({ "channel": "email", "direction": "outgoing", "body": "x" });
        let new = json!({ "inbox_id": here.main.get(), "customer_id": here.customer.get(), "messages": [message, message] });
        let made = api.post(ALL, new.clone()).await.json();
        let one = format!("{ALL}/{}", made["id"]);
        let messages = format!("{one}/messages");
        let split = format!("{one}/split");
        let with = |body: &Value, name: &str, value: Value| {
            let mut body = body.clone();
            body[name] = value;
            body
        };
        let mut cases = vec![(Method::POST, &split, json!({ "message_ids": [1] }), "subject", LONGEST_SUBJECT)];
        for (name, longest) in [("subject", LONGEST_SUBJECT), ("ticket_number", LONGEST_TICKET_NUMBER), ("ticket_link", LONGEST_TICKET_LINK)] {
            let all = ALL.to_owned();
            let text = "ü".repeat(longest);
            assert_eq!(api.post(&all, with(&new, name, json!(text))).await.json()[name], json!(text));
            assert_eq!(api.patch(&one, json!({ name: text })).await.json()[name], json!(text));
            cases.push((Method::PATCH, &one, json!({}), name, longest));
        }
        for (name, longest) in [("subject", LONGEST_SUBJECT), ("agent_name", LONGEST_AGENT_NAME)] {
            let text = "ü".repeat(longest);
            assert_eq!(api.post(&messages, with(&message, name, json!(text))).await.json()[name], json!(text));
            cases.push((Method::POST, &messages, message.clone(), name, longest));
        }
        let before = api.walk(ALL, 100).await;
        for (method, path, body, name, longest) in cases {
            let answer = api.send(method, path, Some(with(&body, name, json!("ü".repeat(longest + 1))))).await;
            told(&answer.json(), name, &longest.to_string());
        }
        for (list, most) in too_many() {
            let (cc, bcc) = list.split_at(list.len() / 2);
            let copied = with(&with(&message, "cc", json!(cc)), "bcc", json!(bcc));
            told(&api.post(&messages, copied.clone()).await.json(), "cc", most);
            let nested = with(&new, "messages", json!([message, copied]));
            told(&api.post(ALL, nested).await.json(), "messages[1].cc", most);
        }
        assert_eq!(api.walk(ALL, 100).await, before);
    }
}

/// Checks that a native error names one field and its limit.
fn told(problem: &Value, field: &str, limit: &str) {
    assert_eq!(problem["status"], 422, "{problem}");
    assert_eq!(
        problem["errors"].as_array().map(Vec::len),
        Some(1),
        "{problem}"
    );
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["field"], &error["code"]),
        (&json!(field), &json!("length")),
        "{problem}"
    );
    assert!(
        error["detail"]
            .as_str()
            .is_some_and(|text| text.contains(limit)),
        "{problem}"
    );
}
