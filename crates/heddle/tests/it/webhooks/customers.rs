//! Tests of what Help Scout's receivers get of each change of a customer.

use heddle_testkit::Receiver;
use heddle_testkit::receiver::Reply;
use http::Method;
use serde_json::{Value, json};

use super::stage::{RunningNode, WebhookSpec};
use crate::catalogue::{self, helpscout_token};
use crate::harness::World;
use crate::sending_on_both;

sending_on_both! {
    async fn the_deletion_of_each_conversation_of_a_deleted_customer_is_sent(world: World) {
        let receiver = Receiver::answering(|_| Reply::status(500)).await;
        let spec = WebhookSpec {
            api: "helpscout",
            kinds: vec!["convo.deleted"],
            secret: "wren".to_owned(),
            ..WebhookSpec::at(receiver.url())
        };
        spec.make(&world).await;
        let node = RunningNode::one_at_a_time(&world, "a");
        let token = helpscout_token(&world, &world.here).await;
        let call = async |method: Method, path: &str, body: Option<Value>| {
            let answer = catalogue::helpscout(method, path.to_owned(), &token, body).send(&world).await;
            assert!(answer.status.is_success(), "{path}: {answer:?}");
            answer.header("resource-id").to_owned()
        };
        let customer = call(Method::POST, "/v2/customers", Some(json!({ "firstName": "Ada" }))).await;
        let of = json!({ "id": customer.parse::<i64>().expect("a number") });
        let new = json!({ "subject": "Key", "type": "phone", "mailboxId": world.here.main.get(), "status": "active", "customer": of,
            "threads": [{ "type": "phone", "text": "Rang", "customer": of }] });
        let mut expected = Vec::new();
        for _ in 0..2 {
            let id = call(Method::POST, "/v2/conversations", Some(new.clone())).await;
            expected.push(json!({ "id": id.parse::<i64>().expect("a number") }));
        }
        call(Method::DELETE, &format!("/v2/customers/{customer}"), None).await;
        receiver.wait_for(2).await;
        // What failed is still sent after the job, which removes other requests about the customer.
        node.until_idle().await;
        world.store().run_jobs(world.here.account.id, "test").await.expect("the job runs");
        receiver.answer(|_| Reply::ok());
        world.test.clock.advance(2 * 3_600_000);
        call(Method::POST, "/v2/conversations", Some(conversation_of(&world))).await;
        let all = receiver.wait_for(4).await;
        for request in &all {
            assert_eq!(request.header("x-helpscout-event"), "convo.deleted");
        }
        let mut again: Vec<Value> = all[2..4].iter().map(|request| request.json()).collect();
        again.sort_by_key(Value::to_string);
        assert_eq!(again, expected);
    }
}

/// Returns the body of a conversation of the usual customer.
fn conversation_of(world: &World) -> Value {
    let of = json!({ "id": world.here.customer.get() });
    json!({ "subject": "Other", "type": "phone", "mailboxId": world.here.main.get(), "status": "active", "customer": of,
        "threads": [{ "type": "phone", "text": "Rang", "customer": of }] })
}

sending_on_both! {
    async fn each_change_of_a_customer_is_sent_with_the_whole_customer(world: World) {
        let receiver = Receiver::start().await;
        let spec = WebhookSpec {
            api: "helpscout",
            kinds: vec!["customer.created", "customer.updated", "customer.deleted"],
            secret: "wren".to_owned(),
            ..WebhookSpec::at(receiver.url())
        };
        spec.make(&world).await;
        let _node = RunningNode::one_at_a_time(&world, "a");
        let token = helpscout_token(&world, &world.here).await;
        let call = async |method: Method, path: &str, body: Option<Value>| {
            let sample = catalogue::helpscout(method, format!("/v2/customers{path}"), &token, body);
            let answer = sample.send(&world).await;
            assert!(answer.status.is_success(), "{path}: {answer:?}");
            answer
        };
        let new = json!({ "firstName": "Ada", "emails": [{ "type": "work", "value": "ada@x.example" }] });
        let made = call(Method::POST, "", Some(new)).await;
        let id = made.header("resource-id").to_owned();
        let mut received = 0;
        let mut next = async |name: &str| {
            received += 1;
            let request = receiver.wait_for(received).await.remove(received - 1);
            assert_eq!(request.header("x-helpscout-event"), name);
            request.json()
        };
        let shown = async || {
            let answer = call(Method::GET, &format!("/{id}"), None).await;
            let text = String::from_utf8(answer.body).expect("text");
            let text = text.replace("http://heddle.test", "http://127.0.0.1:8080");
            serde_json::from_str::<Value>(&text).expect("JSON")
        };
        assert_eq!(next("customer.created").await, shown().await);
        let entry = json!({ "type": "mobile", "value": "+1 555 0100" });
        let added = call(Method::POST, &format!("/{id}/phones"), Some(entry.clone())).await;
        let body = next("customer.updated").await;
        assert_eq!(body["_embedded"]["phones"][0]["value"], "+1 555 0100");
        assert_eq!(body, shown().await);
        let phone = format!("/{id}/phones/{}", added.header("resource-id"));
        let address = json!({ "city": "Ulm", "state": "BW", "postalCode": "89073", "country": "DE", "lines": [] });
        let patch = json!([{ "op": "replace", "path": "/lastName", "value": "Quill" }, { "op": "replace", "path": "/age", "value": "3" }]);
        for (method, path, body) in [
            (Method::PUT, phone.clone(), Some(json!({ "type": "fax", "value": "2" }))),
            (Method::DELETE, phone, None),
            (Method::POST, format!("/{id}/address"), Some(address)),
            (Method::DELETE, format!("/{id}/address"), None),
            (Method::PATCH, format!("/{id}"), Some(patch)),
            (Method::PUT, format!("/{id}"), Some(json!({ "firstName": "Eve" }))),
        ] {
            call(method, &path, body).await;
            assert_eq!(next("customer.updated").await, shown().await, "{path}");
        }
        // What changes nothing is not sent.
        call(Method::PUT, &format!("/{id}"), Some(json!({ "firstName": "Eve" }))).await;
        call(Method::DELETE, &format!("/{id}"), None).await;
        let number: i64 = id.parse().expect("a number");
        assert_eq!(next("customer.deleted").await, json!({ "id": number }));
    }
}
