//! Tests of opt-outs (contract section 8).

use heddle_domain::Timestamp;
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, message, refused};
use crate::harness::{Answer, World};

const PHONE: &str = "+49 30 1234";

impl Client<'_> {
    fn opt_out_path(&self, rest: &str) -> String {
        format!("/communications/department/{}/{rest}", self.department)
    }

    /// Returns the status of an address.
    async fn opt_out(&self, kind: &str, value: &str) -> Value {
        let path = format!("communicationType/{kind}/communicationValue/{value}/optoutstatus");
        let answer = self
            .call(Method::GET, &self.opt_out_path(&path), &Value::Null)
            .await;
        let body = answer.json();
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(
            (&body["errors"], &body["warnings"]),
            (&json!([]), &json!([]))
        );
        assert_eq!(
            (
                body["requestUUID"].as_str().map(str::len),
                body.as_object().map(serde_json::Map::len)
            ),
            (Some(36), Some(4))
        );
        body["optOutStatus"].clone()
    }

    /// Reports an event about an address.
    async fn report(&self, event: &str, kind: &str, value: &str) -> Answer {
        let body = json!({
            "customerUUID": self.customer, "userUUID": self.user, "apiCallSource": "TEST", "event": event,
            "updateType": "CUSTOMER", "processSynchronously": true,
            "communicationAttributesList": [{"communicationType": kind, "communicationValue": value}],
        });
        self.call(Method::POST, &self.opt_out_path("optoutstatus"), &body)
            .await
    }

    async fn reported(&self, event: &str, kind: &str, value: &str) {
        let answer = self.report(event, kind, value).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, json!({"errors": [], "warnings": []})),
            "{event}"
        );
    }
}

fn status(state: &str, can_ask: bool, at: Option<i64>) -> Value {
    let at = at.map(|at| Timestamp(at).to_text_with_ms());
    json!({"optOutState": state, "canSendOptinRequest": can_ask, "timeOfChange": at})
}

on_both! {
    async fn each_event_with_a_meaning_changes_the_state(world: World) {
        let client = Client::here(&world).await;
        let number = "%2B49%2030%201234";
        assert_eq!(client.opt_out("TEXT", number).await, status("OPTED_IN", false, None));
        for (event, state, can_ask) in [
            ("STOP_SUSPECTED_MESSAGE_RECEIVED", "OPT_OUT_SUSPECTED", true),
            ("STOP_MESSAGE_RECEIVED", "OPTED_OUT", false),
            ("OPTIN_MESSAGE_RECEIVED", "OPTED_IN", false),
            ("USER_REQUESTED_OPT_OUT", "OPTED_OUT", false),
            ("OPTIN_TEXT_CONSENT_VIA_MESSAGE_RECEIVED", "OPTED_IN", false),
        ] {
            let at = client.later();
            client.reported(event, "TEXT", PHONE).await;
            assert_eq!(client.opt_out("TEXT", "4930-1234").await, status(state, can_ask, Some(at)), "{event}");
        }
        let at = client.later();
        client.reported("STOP_MESSAGE_RECEIVED", "EMAIL", &world.here.customer_email.to_uppercase()).await;
        client.later();
        // A suspicion does not end an opt-out, and a repeated one does not move its time.
        client.reported("STOP_SUSPECTED_MESSAGE_RECEIVED", "EMAIL", &world.here.customer_email).await;
        client.reported("STOP_MESSAGE_RECEIVED", "EMAIL", &world.here.customer_email).await;
        let shown = client.opt_out("EMAIL", &world.here.customer_email).await;
        assert_eq!(shown, status("OPTED_OUT", false, Some(at)));
    }
}

on_both! {
    async fn events_without_a_meaning_and_wrong_requests_are_refused(world: World) {
        let client = Client::here(&world).await;
        for event in [
            "GENERIC_MESSAGE_RECEIVED", "USER_REQUESTED_SEND_OPTIN_REQUEST", "COMMUNICATION_VALUE_CREATION",
            "COMMUNICATION_VALUE_UPDATE", "COMMUNICATION_STATUS_NOT_FOUND", "DOUBLE_OPTIN_ROLLOUT",
            "DOUBLE_OPTIN_ROLLBACK", "UNKNOWN",
        ] {
            refused(&client.report(event, "TEXT", PHONE).await, 400, "INVALID_REQUEST_BODY");
        }
        refused(&client.report("STOP_MESSAGE_RECEIVED", "VOICE_CALL", PHONE).await, 400, "INVALID_REQUEST_BODY");
        refused(&client.report("STOP_MESSAGE_RECEIVED", "EMAIL", PHONE).await, 400, "INVALID_REQUEST_BODY");
        let event = |more: Value| {
            let mut body = json!({"event": "STOP_MESSAGE_RECEIVED", "communicationAttributesList":
                [{"communicationType": "TEXT", "communicationValue": PHONE}]});
            body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            body
        };
        for (more, code) in [
            (json!({"customerUUID": "unknown"}), "INVALID_CUSTOMER_UUID"),
            (json!({"customerUUID": client.second_customer}), "INVALID_CUSTOMER_UUID"),
            (json!({"userUUID": "unknown"}), "INVALID_USER_UUID"),
            (json!({"messageUUID": "unknown"}), "INVALID_MESSAGE_UUID"),
            (json!({"updateType": "DEPLOYMENT"}), "INVALID_REQUEST_BODY"),
        ] {
            let path = client.opt_out_path("optoutstatus");
            refused(&client.call(Method::POST, &path, &event(more)).await, 400, code);
        }
        for rest in ["communicationType/FAX/communicationValue/1/optoutstatus",
            "communicationType/TEXT/communicationValue/x/optoutstatus"] {
            let answer = client.call(Method::GET, &client.opt_out_path(rest), &Value::Null).await;
            refused(&answer, 400, "INVALID_REQUEST_PATH");
        }
        assert_eq!(client.opt_out("TEXT", "49301234").await["optOutState"], "OPTED_IN");
    }
}

on_both! {
    async fn lists_show_the_addresses_of_customers_and_those_of_the_request(world: World) {
        let client = Client::here(&world).await;
        let at = client.later();
        client.reported("STOP_MESSAGE_RECEIVED", "TEXT", PHONE).await;
        let email = &world.here.customer_email;
        let item = |kind: &str, value: &str, ok: bool, customer: Value, status: Value| json!({
            "communication": {"communicationType": kind, "communicationValue": value, "okToCommunicate": ok,
                "customerUUID": customer},
            "optOutStatus": status,
        });
        let list = async |rest: &str, body: Value| {
            let answer = client.call(Method::POST, &client.opt_out_path(rest), &body).await;
            assert_eq!(answer.status, 200, "{}", answer.json());
            answer.json()["optOutStatusList"].clone()
        };
        let customer = json!(client.customer);
        let mut found = list("customers/optoutstatus/list", json!({"customerUUIDList": [client.customer]})).await;
        let found = found.as_array_mut().expect("a list");
        found.sort_by_key(|item| item["communication"]["communicationType"].to_string());
        assert_eq!(*found, [
            item("EMAIL", email, true, customer.clone(), status("OPTED_IN", false, None)),
            item("TEXT", PHONE, false, customer.clone(), status("OPTED_OUT", false, Some(at))),
        ]);
        let body = json!({"communicationList": [
            {"communicationType": "TEXT", "communicationValue": "49301234", "okToCommunicate": true, "customerUUID": customer},
            {"communicationType": "TEXT", "communicationValue": "+1 555"},
        ]});
        assert_eq!(list("communications/optoutstatus/list", body).await, json!([
            item("TEXT", "49301234", false, customer, status("OPTED_OUT", false, Some(at))),
            item("TEXT", "+1 555", true, Value::Null, status("OPTED_IN", false, None)),
        ]));
        for (rest, body) in [
            ("customers/optoutstatus/list", json!({"customerUUIDList": ["unknown"]})),
            ("communications/optoutstatus/list", json!({"communicationList": [
                {"communicationType": "TEXT", "communicationValue": "1", "customerUUID": "unknown"}]})),
        ] {
            let answer = client.call(Method::POST, &client.opt_out_path(rest), &body).await;
            refused(&answer, 400, "INVALID_CUSTOMER_UUID");
        }
    }
}

on_both! {
    async fn nothing_is_sent_to_an_address_that_is_opted_out(world: World) {
        let client = Client::here(&world).await;
        let body = |attributes: Value, to: Option<&str>| json!({
            "messageAttributes": attributes,
            "messageSendingAttributes": {"communicationValueOfCustomer": to},
        });
        let send = async |attributes: Value, to: Option<&str>| {
            client.call(Method::POST, &client.message_path(&client.user), &body(attributes, to)).await
        };
        client.reported("STOP_MESSAGE_RECEIVED", "TEXT", "49301234").await;
        let mut automated = message("OUTGOING");
        automated["isManual"] = json!(false);
        for (attributes, to) in [
            (message("OUTGOING"), None),
            (message("OUTGOING"), Some(PHONE)),
            (automated, Some("49 30 1234")),
        ] {
            let answer = send(attributes, to).await;
            let body = answer.json();
            assert_eq!(answer.status, 400, "{body}");
            let id = &body["requestUUID"];
            assert_eq!(body, json!({
                "messageUUID": "", "status": "FAILURE", "requestUUID": id, "customerUUID": client.customer, "metaData": {},
                "errors": [{"errorCode": "RECIPIENT_OPTED_OUT", "errorDescription": "The recipient has opted out.", "errorUID": id}],
                "warnings": [{"warningCode": "RECIPIENT_OPTED_OUT",
                    "warningDescription": "The message was not recorded; the recipient has opted out."}],
            }));
        }
        assert!(client.list(&json!({})).await.is_empty(), "nothing is recorded");
        let mut email = message("OUTGOING");
        email["protocol"] = json!("EMAIL");
        let mut call = message("OUTGOING");
        call["protocol"] = json!("VOICE_CALL");
        for attributes in [email, call, message("INCOMING"), message("NOTE"), message("DRAFT")] {
            let answer = send(attributes.clone(), None).await;
            assert_eq!(answer.status, 200, "{attributes}: {}", answer.json());
        }
        client.reported("STOP_SUSPECTED_MESSAGE_RECEIVED", "EMAIL", &world.here.customer_email).await;
        client.reported("OPTIN_MESSAGE_RECEIVED", "TEXT", PHONE).await;
        assert_eq!(send(message("OUTGOING"), None).await.status, 200);
    }
}
