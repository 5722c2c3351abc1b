//! Tests of the historical import (contract section 6, M7; `rules.md` 12 and 28).

use heddle_domain::conversation::Status;
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, refused};
use crate::harness::{Answer, World};

impl Client<'_> {
    async fn import(&self, customer: &str, list: Value) -> Answer {
        let department = &self.department;
        let path = format!(
            "/communications/department/{department}/customer/{customer}/communication/historical"
        );
        let body = json!({ "saveMessageRequestList": list });
        self.call(Method::PUT, &path, &body).await
    }

    async fn all_messages(&self) -> Vec<Value> {
        let path = format!("{}/list", self.message_path(&self.user));
        let answer = self.call(Method::POST, &path, &json!({})).await;
        answer.json()["messageDTOList"]
            .as_array()
            .expect("a list")
            .clone()
    }
}

fn old(source: &str, kind: &str, sent_on: &str) -> Value {
    json!({
        "sourceUuid": source, "sentOn": sent_on, "receivedOn": null, "messageUuid": null, "communicationUid": "c-1",
        "messageAttributes": {"body": source, "type": kind, "protocol": "TEXT", "isManual": true, "purpose": "F"},
    })
}

on_both! {
    async fn old_messages_are_imported_once(world: World) {
        let client = Client::here(&world).await;
        let mut first = old("a", "OUTGOING", "2019-05-01T10:00:00+0200");
        first["userUuid"] = json!(client.user);
        let mut second = old("b", "INCOMING", "2019-05-01T09:00:00Z");
        second["receivedOn"] = json!("2019-05-01T09:00:01.250Z");
        let list = json!([first, second]);
        let answer = client.import(&client.customer, list.clone()).await;
        let body = answer.json();
        assert_eq!(answer.status, 200, "{body}");
        let uuids = [0, 1].map(|at| body["saveMessageResponse"][at]["messageUuid"].clone());
        assert_eq!(body, json!({
            "saveMessageResponse": [
                {"sourceUuid": "a", "messageUuid": uuids[0], "errors": [], "warnings": []},
                {"sourceUuid": "b", "messageUuid": uuids[1], "errors": [], "warnings": []},
            ],
            "succesfullySubmittedSourceUuids": ["a", "b"], "failedSourceUuids": [],
            "requestUUID": body["requestUUID"], "errors": [], "warnings": [],
        }));
        let shown = client.all_messages().await;
        let brief: Vec<_> = shown.iter().map(|m| json!([m["uuid"], m["sentOn"], m["messageType"], m["dealerAssociateUuid"],
            m["communicationUid"], m["messagePurpose"]])).collect();
        assert_eq!(brief, [
            json!([uuids[1], "2019-05-01T09:00:01.250Z", "I", null, "c-1", "F"]),
            json!([uuids[0], "2019-05-01T08:00:00.000Z", "S", client.user, "c-1", "F"]),
        ]);
        // The same sources again, also with another text, change nothing and get the same ids.
        client.later();
        let mut changed = list.clone();
        changed[0]["messageAttributes"]["body"] = json!("changed");
        let again = client.import(&client.customer, changed).await.json();
        assert_eq!(again["saveMessageResponse"], body["saveMessageResponse"]);
        assert_eq!(client.all_messages().await, shown);
        // An imported message waits for nothing, and assigns nobody.
        let thread = client.only().await;
        assert_eq!((&thread["isWaitingForResponse"], &thread["userUuid"]), (&json!(false), &json!("")));
        assert_eq!(thread["lastMessageOn"], "2019-05-01T09:00:01.250Z");
    }
}

on_both! {
    async fn an_import_reopens_nothing(world: World) {
        let client = Client::here(&world).await;
        let conversation = client.conversation(None).await;
        client.change(conversation, Some(Status::Closed), Some(true), None).await;
        let answer = client.import(&client.customer, json!([old("a", "INCOMING", "2019-05-01T09:00:00Z")])).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        let thread = client.only().await;
        assert_eq!((&thread["closed"], &thread["archived"]), (&json!(true), &json!(true)));
        assert_eq!(client.stored(conversation).await.messages, 2);
    }
}

on_both! {
    async fn a_wrong_message_fails_alone(world: World) {
        let client = Client::here(&world).await;
        let mut unknown_user = old("user", "OUTGOING", "2019-05-01T09:00:00Z");
        unknown_user["userUuid"] = json!("unknown");
        let mut no_time = old("time", "INCOMING", "2019-05-01T09:00:00Z");
        no_time["sentOn"] = Value::Null;
        let mut own = old("good", "INCOMING", "2019-05-01T09:00:00Z");
        own["messageUuid"] = json!("m-1");
        own["callBackPathUrl"] = json!("https://partner.example/done");
        let list = json!([unknown_user, no_time, old("draft", "DRAFT", "2019-05-01T09:00:00Z"), 5, own]);
        let answer = client.import(&client.customer, list).await;
        let body = answer.json();
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(body["failedSourceUuids"], json!(["user", "time", "draft"]));
        assert_eq!(body["succesfullySubmittedSourceUuids"], json!(["good"]));
        let codes: Vec<_> = (0..5).map(|at| body["saveMessageResponse"][at]["errors"][0]["errorCode"].as_str()).collect();
        let wrong = Some("INVALID_REQUEST_BODY");
        assert_eq!(codes, [Some("INVALID_USER_UUID"), wrong, wrong, wrong, None]);
        let warned: Vec<_> = (0..2).map(|at| body["saveMessageResponse"][4]["warnings"][at]["warningCode"].as_str()).collect();
        assert_eq!(warned, [Some("CALLBACK_NOT_SUPPORTED"), Some("MESSAGE_UUID_NOT_USED")]);
    }
}

on_both! {
    async fn a_request_that_imports_nothing_fails(world: World) {
        let client = Client::here(&world).await;
        client.new_customer("other").await;
        let message = || json!([old("a", "INCOMING", "2019-05-01T09:00:00Z")]);
        assert_eq!(client.import(&client.customer, message()).await.status, 200);
        // The source is another customer's.
        let answer = client.import("other", message()).await;
        let body = answer.json();
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!((body["errors"].as_array().map(Vec::len), &body["failedSourceUuids"]), (Some(1), &json!(["a"])));
        for (customer, list, code) in [
            ("unknown", message(), "INVALID_CUSTOMER_UUID"),
            (client.second_customer.as_str(), message(), "INVALID_CUSTOMER_UUID"),
            (client.customer.as_str(), json!([]), "INVALID_REQUEST_BODY"),
            (client.customer.as_str(), Value::Null, "INVALID_REQUEST_BODY"),
        ] {
            refused(&client.import(customer, list).await, 400, code);
        }
    }
}
