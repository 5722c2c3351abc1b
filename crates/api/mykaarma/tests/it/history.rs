//! Tests of the message list (contract section 6, M3).

use heddle_domain::Timestamp;
use heddle_domain::conversation::Status;
use heddle_domain::guid::{Guid, GuidKind};
use heddle_testkit::{On, on_both};
use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, refused};
use crate::harness::World;

impl Client<'_> {
    fn history_path(&self) -> String {
        format!("{}/list", self.message_path(&self.user))
    }

    /// Returns a page of the customer's messages.
    async fn history(&self, filter: Value) -> Vec<Value> {
        let answer = self.call(Method::POST, &self.history_path(), &filter).await;
        let body = answer.json();
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(
            body.as_object().map(serde_json::Map::len),
            Some(4),
            "{body}"
        );
        assert_eq!(
            (&body["errors"], &body["warnings"]),
            (&json!([]), &json!([]))
        );
        assert_eq!(body["requestUUID"].as_str().map(str::len), Some(36));
        body["messageDTOList"].as_array().expect("a list").clone()
    }

    /// Returns the texts of a page.
    async fn texts(&self, filter: Value) -> Vec<String> {
        let page = self.history(filter).await;
        let text = |message: &Value| {
            message["messageExtnDTO"]["messageBody"]
                .as_str()
                .map(str::to_owned)
        };
        page.iter().filter_map(text).collect()
    }

    /// Sends a message with this text, type and protocol; returns its id.
    async fn say(&self, text: &str, kind: &str, protocol: &str) -> String {
        let attributes =
            json!({"body": text, "type": kind, "protocol": protocol, "isManual": true});
        let sent = self.send(&self.user, attributes).await;
        sent["messageUUID"].as_str().expect("an id").to_owned()
    }
}

on_both! {
    async fn a_message_shows_every_member(world: World) {
        let client = Client::here(&world).await;
        let at = Timestamp(client.later()).to_text_with_ms();
        let sent = client.call(Method::POST, &client.message_path(&client.user), &json!({
            "editor": {"name": "Ada Q."},
            "messageAttributes": {
                "body": "Your <car> is ready.", "type": "OUTGOING", "protocol": "EMAIL", "isManual": true,
                "subject": "Pick-up", "purpose": "F", "tags": ["VIP", "BILL"], "metaData": {"order": 7},
                "attachments": [{"fileURL": "https://files.example/bill.pdf", "originalFileName": "bill.pdf",
                    "mimeType": "application/pdf", "docSize": "12", "thumbnailURL": "https://files.example/t"}],
            },
            "messageSendingAttributes": {"communicationValueOfCustomer": world.here.customer_email, "addSignature": true},
        })).await.json();
        let uuid = &sent["messageUUID"];
        let id = Guid::parse(uuid.as_str().expect("an id")).and_then(|guid| guid.decode(GuidKind::Message));
        let page = client.history(json!({})).await;
        let name = page[0]["customerName"].as_str().expect("a name");
        assert!(!name.is_empty());
        assert_eq!(page, [json!({
            "id": id.expect("a GUID").id, "uuid": uuid, "messageType": "S", "protocol": "E",
            "fromName": "Ada Q.", "fromNumber": null, "toName": name, "toNumber": world.here.customer_email,
            "messageSize": 20, "sentOn": at, "receivedOn": at, "tags": "VIP,BILL", "emailMessageId": null,
            "communicationUid": null, "messagePurpose": "F", "deliveryStatus": null,
            "dealerDepartmentUuid": client.department, "twilioDeliveryFailureMessage": null,
            "numberofMessageAttachments": 1, "isManual": true, "customerUuid": client.customer,
            "customerName": name, "dealerUuid": client.dealer, "dealerAssociateUuid": client.user,
            "isRead": true, "isArchive": false,
            "messageExtnDTO": {"messageUuid": uuid, "messageBody": "Your <car> is ready.", "subject": "Pick-up"},
            "draftMessageMetaDataDTO": null,
            "messageMetaDataDTO": {"messageUuid": uuid, "metaData": {"order": 7}},
            "docFiles": [{"docFileName": "https://files.example/bill.pdf", "fileExtension": "pdf",
                "mimeType": "application/pdf", "originalFileName": "bill.pdf", "docSize": 12,
                "thumbnailFileName": "https://files.example/t", "mediaPreviewURL": null, "messageUuid": uuid}],
            "messagePredictionDTOSet": [], "messageTags": null,
        })]);
    }
}

on_both! {
    async fn incoming_messages_notes_and_drafts_have_their_codes(world: World) {
        let client = Client::here(&world).await;
        client.say("in", "INCOMING", "TEXT").await;
        client.later();
        client.say("call", "OUTGOING", "VOICE_CALL").await;
        client.later();
        client.say("note", "NOTE", "NONE").await;
        client.later();
        client.say("draft", "DRAFT", "EMAIL").await;
        client.later();
        client.say("again", "INCOMING", "TEXT").await;
        let page = client.history(json!({"fetchDrafts": true})).await;
        let codes: Vec<_> = page.iter().map(|m| (m["messageType"].as_str(), m["protocol"].as_str())).collect();
        let expected = [("I", "X"), ("D", "E"), ("N", "N"), ("S", "V"), ("I", "X")].map(|(a, b)| (Some(a), Some(b)));
        assert_eq!(codes, expected);
        // The customer waits for a response to the last message only.
        let read: Vec<_> = page.iter().map(|m| m["isRead"].as_bool()).collect();
        assert_eq!(read, [false, true, true, true, true].map(Some));
        let (last, draft) = (&page[0], &page[1]);
        assert_eq!((&last["fromName"], &last["fromNumber"]), (&last["customerName"], &json!("+49 30 1234")));
        assert_eq!((&last["dealerAssociateUuid"], &last["toNumber"]), (&Value::Null, &Value::Null));
        assert_eq!(draft["draftMessageMetaDataDTO"], json!({"messageUuid": draft["uuid"], "status": null,
            "scheduledOn": null, "reasonForLastFailure": null, "addSignature": false}));
        assert_eq!(page[2]["toName"], Value::Null);
    }
}

on_both! {
    async fn every_filter_works_alone_and_together(world: World) {
        let client = Client::here(&world).await;
        for (text, kind, protocol) in [
            ("text", "OUTGOING", "TEXT"), ("email", "INCOMING", "EMAIL"), ("call", "OUTGOING", "VOICE_CALL"),
            ("none", "INCOMING", "NONE"), ("note", "NOTE", "NONE"), ("draft", "DRAFT", "TEXT"),
        ] {
            client.say(text, kind, protocol).await;
            client.later();
        }
        let automated = json!({"body": "auto", "type": "OUTGOING", "protocol": "TEXT", "isManual": false});
        client.send(&client.user, automated).await;
        for (filter, texts) in [
            (json!({}), vec!["auto", "note", "none", "call", "email", "text"]),
            (json!({"fetchDrafts": true}), vec!["auto", "draft", "note", "none", "call", "email", "text"]),
            (json!({"fetchDrafts": true, "maxResults": 2}), vec!["auto", "draft", "note"]),
            (json!({"fetchDrafts": true, "maxResults": 1}), vec!["auto"]),
            (json!({"protocolsSupported": ["TEXT"]}), vec!["auto", "text"]),
            (json!({"protocolsSupported": ["EMAIL", "NONE"]}), vec!["note", "none", "email"]),
            (json!({"protocolsSupported": ["VOICE_CALL"], "isManual": true}), vec!["call"]),
            (json!({"isManual": false}), vec!["auto"]),
            (json!({"isManual": true, "protocolsSupported": ["TEXT"]}), vec!["text"]),
            (json!({"maxResults": 3}), vec!["auto", "note", "none"]),
        ] {
            assert_eq!(client.texts(filter.clone()).await, texts, "{filter}");
        }
        for text in ["second", "third"] {
            client.later();
            client.say(text, "DRAFT", "TEXT").await;
        }
        let drafts = client.texts(json!({"fetchDrafts": true, "maxDraftsToBeFetched": 1, "maxResults": 1})).await;
        assert_eq!(drafts, ["third", "auto"]);
    }
}

on_both! {
    async fn pages_miss_and_repeat_nothing_at_the_same_time(world: World) {
        let client = Client::here(&world).await;
        let mut sent = Vec::new();
        for n in 0..12 {
            sent.push(client.say(&n.to_string(), "INCOMING", "TEXT").await);
            // Three messages have the same time, and two times are in the same second.
            if n % 3 == 2 {
                world.test.clock.advance(500);
            }
        }
        sent.reverse();
        for has_fraction in [true, false] {
            let (mut seen, mut filter) = (Vec::new(), json!({"maxResults": 2}));
            loop {
                let page = client.history(filter.clone()).await;
                let Some(last) = page.last() else { break };
                let shown = last["receivedOn"].as_str().expect("a time");
                let cut = if has_fraction { shown.to_owned() } else { format!("{}+0000", &shown[..19]) };
                seen.extend(page.iter().map(|m| (m["uuid"].clone(), m["receivedOn"].as_str().map(|at| at[..19].to_owned()))));
                let same = seen.iter().filter(|(_, at)| at.as_deref() == Some(&shown[..19]));
                let same: Vec<_> = same.map(|(uuid, _)| uuid.clone()).collect();
                filter = json!({"maxResults": 2, "lastMessageReceivedOn": cut, "messageUuidsReceivedAtSameTime": same});
            }
            let seen: Vec<_> = seen.into_iter().map(|(uuid, _)| uuid).collect();
            assert_eq!(json!(seen), json!(sent), "{has_fraction}");
        }
        // Without the uuids, only older messages are listed.
        let all = client.history(json!({})).await;
        let older = client.history(json!({"lastMessageReceivedOn": all[0]["receivedOn"]})).await;
        assert_eq!(older, all[3..]);
    }
}

on_both! {
    async fn all_threads_of_the_customer_in_the_department_are_listed(world: World) {
        let client = Client::here(&world).await;
        let here = &world.here;
        let first = client.conversation(None).await;
        client.later();
        let second = client.conversation(None).await;
        client.change(first, Some(Status::Closed), Some(true), None).await;
        client.change(second, Some(Status::Spam), None, None).await;
        client.later();
        client.conversation_of(here.customer, here.second, None).await;
        client.conversation_of(here.second_customer, here.main, None).await;
        let page = client.history(json!({})).await;
        let shown: Vec<_> = page.iter().map(|m| (m["isArchive"].as_bool(), m["protocol"].as_str())).collect();
        assert_eq!(shown, [(Some(false), Some("V")), (Some(true), Some("V"))]);
    }
}

on_both! {
    async fn wrong_requests_are_refused(world: World) {
        let client = Client::here(&world).await;
        let ask = async |path: String, body: Value| client.call(Method::POST, &path, &body).await;
        let path = |department: &str, user: &str, customer: &str| {
            format!("/communications/department/{department}/user/{user}/customer/{customer}/message/list")
        };
        let (department, user, customer) = (&client.department, &client.user, &client.customer);
        for (path, status, code) in [
            (path(&client.second_department, user, customer), 403, "API_SCOPE_NOT_FOUND"),
            (path("unknown", user, customer), 403, "API_SCOPE_NOT_FOUND"),
            (path(department, "unknown", customer), 400, "INVALID_USER_UUID"),
            (path(department, user, "unknown"), 400, "INVALID_CUSTOMER_UUID"),
            (path(department, user, &client.second_customer), 400, "INVALID_CUSTOMER_UUID"),
        ] {
            refused(&ask(path, json!({})).await, status, code);
        }
        for (body, code) in [
            (json!({"maxResults": -1}), "INVALID_MAX_RESULTS"),
            (json!({"lastMessageReceivedOn": "today"}), "INVALID_REQUEST_BODY"),
            (json!({"protocolsSupported": ["FAX"]}), "INVALID_REQUEST_BODY"),
            (json!([]), "INVALID_REQUEST_BODY"),
        ] {
            refused(&ask(client.history_path(), body).await, 400, code);
        }
    }
}

#[tokio::test]
async fn a_page_ends_before_its_texts_are_too_long() {
    let world = World::new(On::Sqlite).await;
    let client = Client::here(&world).await;
    let long = "x".repeat(900_000);
    for _ in 0..11 {
        let attributes = json!({"body": long, "type": "INCOMING", "protocol": "TEXT"});
        client.send(&client.user, attributes).await;
        client.later();
    }
    let page = client.history(json!({})).await;
    assert_eq!(page.len(), 9);
    let last = json!({"lastMessageReceivedOn": page[8]["receivedOn"]});
    assert_eq!(client.history(last).await.len(), 2);
    assert_eq!(client.texts(json!({"maxResults": 1})).await, [long]);
}
