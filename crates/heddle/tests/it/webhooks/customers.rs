//! Tests of what Help Scout's receivers get of each change of a customer.

use heddle_testkit::Receiver;
use http::Method;
use serde_json::{Value, json};

use super::stage::{RunningNode, WebhookSpec};
use crate::catalogue::{self, helpscout_token};
use crate::harness::World;
use crate::sending_on_both;

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
