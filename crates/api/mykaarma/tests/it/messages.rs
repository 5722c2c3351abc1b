//! Tests of messages and notes: item 9 of the acceptance list, and `rules.md` 13, 19 and 34.

use futures_util::future::join_all;
use heddle_domain::Timestamp;
use heddle_domain::conversation::Status;
use heddle_domain::guid::{Guid, GuidKind};
use heddle_domain::id::{ConversationId, MessageId};
use heddle_domain::message::{Author, Channel, Kind, Message, State};
use heddle_store::read::conversations::GetMessage;
use heddle_testkit::On;
use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, id, message, message_path, refused, threads_path};
use crate::harness::World;
use heddle_testkit::on_both;

fn with(mut attributes: Value, name: &str, value: Value) -> Value {
    attributes[name] = value;
    attributes
}

/// Returns the stored message that a response is about.
async fn stored(client: &Client<'_>, answer: &Value) -> Message {
    let guid = answer["messageUUID"].as_str().and_then(Guid::parse);
    let parts = guid.and_then(|guid| guid.decode(GuidKind::Message));
    let parts = parts.expect("a computed GUID");
    assert_eq!(parts.tag, client.tenant.account.guid_tag);
    assert_eq!(parts.created_at, MessageId(parts.id).created_at());
    let read = GetMessage {
        account: client.tenant.account.id,
        conversation: ConversationId(id(&client.only().await)),
        id: MessageId(parts.id),
    };
    let found = client.world.store().read(read).await.expect("a read");
    found.expect("the message")
}

on_both! {
    async fn a_message_is_answered_and_stored(world: World) {
        let client = Client::here(&world).await;
        let attributes = json!({
            "body": "Your <car> is ready.", "type": "OUTGOING", "protocol": "EMAIL", "isManual": true,
            "subject": "Pick-up", "purpose": "F", "tags": ["VIP"], "metaData": {"order": 7},
            "messageType": "S", "isRead": false,
            "attachments": [{"fileURL": "https://files.example/bill.pdf", "originalFileName": "bill.pdf"}],
        });
        let answer = client.send(&client.user, attributes).await;
        let mut names: Vec<&str> = answer.as_object().expect("an object").keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["customerUUID", "errors", "messageUUID", "metaData", "requestUUID", "status", "warnings"]
        );
        assert_eq!((&answer["status"], &answer["customerUUID"]), (&json!("SUCCESS"), &json!(client.customer)));
        assert_eq!((&answer["errors"], &answer["warnings"]), (&json!([]), &json!([])));
        assert_eq!(answer["metaData"], json!({"order": 7}));
        let message = stored(&client, &answer).await;
        assert_eq!(message.body, "Your <car> is ready.");
        assert_eq!((message.kind, message.channel), (Kind::Message, Channel::Email));
        assert_eq!(message.author, Author::Agent(world.here.agent));
        assert_eq!((message.subject.as_deref(), message.attachments), (Some("Pick-up"), 1));
        let extra: Value = serde_json::from_str(message.extra.as_deref().expect("extra")).expect("JSON");
        assert_eq!(extra["mykaarma"]["messageAttributes"]["purpose"], json!("F"));
    }
}

on_both! {
    async fn a_user_takes_the_thread_and_the_default_associate_does_not(world: World) {
        let client = Client::here(&world).await;
        client.conversation(None).await;
        let before = client.only().await;
        let at = client.later();
        client.send(&client.default_user, message("INCOMING")).await;
        let after = client.only().await;
        let mut expected = before.clone();
        expected["lastMessageOn"] = json!(Timestamp(at).to_text_with_ms());
        assert_eq!(after, expected, "nothing else changes");
        assert_eq!((&after["userUuid"], &after["lastDelegationOn"]), (&json!(""), &json!(0)));
        let at = client.later();
        client.send(&client.user, message("OUTGOING")).await;
        let taken = client.only().await;
        assert_eq!((&taken["userUuid"], &taken["lastDelegationOn"]), (&json!(client.user), &json!(at)));
        assert_ne!(taken["lastMessageOn"], after["lastMessageOn"]);
        assert_eq!(taken["id"], before["id"]);
        // A message by the same user, or by the default associate, does not change the assignee.
        let mut expected = taken;
        for user in [&client.user, &client.default_user] {
            let at = client.later();
            client.send(user, message("OUTGOING")).await;
            expected["lastMessageOn"] = json!(Timestamp(at).to_text_with_ms());
            assert_eq!(client.only().await, expected, "only the time of the last message changes");
        }
    }
}

on_both! {
    async fn the_customer_waits_until_a_person_answers(world: World) {
        let client = Client::here(&world).await;
        let waits = async || client.only().await["isWaitingForResponse"].clone();
        client.send(&client.user, message("OUTGOING")).await;
        assert_eq!(waits().await, json!(false));
        client.later();
        client.send(&client.user, message("INCOMING")).await;
        assert_eq!(waits().await, json!(true));
        for kind in ["NOTE", "DRAFT"] {
            client.later();
            client.send(&client.user, message(kind)).await;
            assert_eq!(waits().await, json!(true), "{kind}");
        }
        client.later();
        client.send(&client.user, with(message("OUTGOING"), "isManual", json!(false))).await;
        assert_eq!(waits().await, json!(true));
        client.later();
        client.send(&client.user, message("OUTGOING")).await;
        assert_eq!(waits().await, json!(false));
    }
}

on_both! {
    async fn notes_and_drafts_do_not_change_the_thread(world: World) {
        let client = Client::here(&world).await;
        let conversation = client.conversation(None).await;
        client.change(conversation, Some(Status::Closed), Some(true), None).await;
        let before = client.only().await;
        for kind in ["NOTE", "DRAFT"] {
            client.later();
            let answer = client.send(&client.user, message(kind)).await;
            assert_eq!(client.only().await, before, "{kind}");
            let message = stored(&client, &answer).await;
            let expected = if kind == "NOTE" { (Kind::Note, State::Published) } else { (Kind::Message, State::Draft) };
            assert_eq!((message.kind, message.state), expected);
        }
        client.later();
        client.send(&client.user, with(message("NOTE"), "updateThreadTimestamp", json!(true))).await;
        let after = client.only().await;
        assert!(after["lastMessageOn"].as_str() > before["lastMessageOn"].as_str());
        assert_eq!((&after["closed"], &after["archived"]), (&json!(true), &json!(true)));
        assert_eq!(after["userUuid"], json!(""));
    }
}

on_both! {
    async fn only_sent_messages_change_the_subject(world: World) {
        let client = Client::here(&world).await;
        let conversation = client.conversation(None).await;
        for (kind, shown) in [("NOTE", "Brakes"), ("DRAFT", "Brakes"), ("OUTGOING", "Clutch")] {
            client.send(&client.user, with(message(kind), "subject", json!("Clutch"))).await;
            assert_eq!(client.stored(conversation).await.subject, shown, "{kind}");
        }
    }
}

on_both! {
    async fn only_a_new_thread_takes_a_number(world: World) {
        let client = Client::here(&world).await;
        let first = client.conversation(None).await;
        for _ in 0..3 {
            client.send(&client.user, message("OUTGOING")).await;
        }
        client.new_customer("newcomer").await;
        let path = message_path(&client.department, &client.user, "newcomer");
        let body = json!({ "messageAttributes": message("INCOMING") });
        assert_eq!(client.call(Method::POST, &path, &body).await.status, 200);
        let answer = client.call(Method::POST, &threads_path(&client.department, "newcomer"), &json!({})).await;
        assert_eq!(id(&answer.json()["customerThreads"][0]), first.get() + 1);
    }
}

on_both! {
    async fn a_first_draft_makes_a_thread_that_has_only_its_creation_time(world: World) {
        let client = Client::here(&world).await;
        client.send(&client.user, message("DRAFT")).await;
        let thread = client.only().await;
        assert_eq!(thread["lastMessageOn"], json!("2026-03-04T09:15:00.000Z"));
        assert_eq!((&thread["isWaitingForResponse"], &thread["userUuid"]), (&json!(false), &json!("")));
        client.later();
        client.send(&client.user, message("DRAFT")).await;
        assert_eq!(client.only().await, thread);
    }
}

on_both! {
    async fn the_most_recently_active_open_thread_is_taken(world: World) {
        let client = Client::here(&world).await;
        let older = client.conversation(None).await;
        client.later();
        let newer = client.conversation(None).await;
        client.later();
        let archived = client.conversation(None).await;
        client.change(archived, None, Some(true), None).await;
        client.later();
        let closed = client.conversation(None).await;
        client.change(closed, Some(Status::Closed), None, None).await;
        client.later();
        let spam = client.conversation(None).await;
        client.change(spam, Some(Status::Spam), None, None).await;
        let count = async |id| client.stored(id).await.messages;
        client.later();
        client.send(&client.user, message("INCOMING")).await;
        assert_eq!((count(older).await, count(newer).await), (1, 2));
        assert_eq!((count(archived).await, count(closed).await, count(spam).await), (1, 1, 1));
        // The note is added to the same conversation.
        let note = json!({"messageAttributes": {"body": "Call back.", "type": "NOTE", "protocol": "NONE"}});
        assert_eq!(client.call(Method::POST, &client.note_path(), &note).await.status, 200);
        assert_eq!(count(newer).await, 3);
        // Only the greatest time decides, so the older conversation is chosen after the newer one is closed.
        client.change(newer, Some(Status::Closed), None, None).await;
        client.send(&client.user, message("OUTGOING")).await;
        assert_eq!(count(older).await, 2);
    }
}

on_both! {
    async fn closed_and_archived_threads_are_reopened_by_incoming_and_manual_messages(world: World) {
        for (kind, manual, returns) in [
            ("INCOMING", true, true),
            ("INCOMING", false, true),
            ("OUTGOING", true, true),
            ("OUTGOING", false, false),
            ("NOTE", true, false),
            ("DRAFT", true, false),
        ] {
            for (status, archived) in [
                (Status::Closed, false),
                (Status::Open, true),
                (Status::Closed, true),
            ] {
                let client = Client::here(&world).await;
                let name = provision_name(kind, manual, status, archived);
                let customer = client.new_customer(&name).await;
                let conversation = client.conversation_of(customer, world.here.main, None).await;
                client.change(conversation, Some(status), Some(archived), None).await;
                let path = message_path(&client.department, &client.user, &name);
                let body = json!({"messageAttributes": with(message(kind), "isManual", json!(manual))});
                assert_eq!(client.call(Method::POST, &path, &body).await.status, 200);
                let answer = client.call(Method::POST, &threads_path(&client.department, &name), &json!({})).await;
                let threads = answer.json()["customerThreads"].clone();
                assert_eq!(threads.as_array().map(Vec::len), Some(1), "{name}");
                let shown = (threads[0]["closed"].clone(), threads[0]["archived"].clone());
                let expected = if returns {
                    (json!(false), json!(false))
                } else {
                    (json!(status.is_closed()), json!(archived))
                };
                assert_eq!(shown, expected, "{name}");
                assert_eq!(client.stored(conversation).await.messages, 2, "{name}");
            }
        }
    }
}

fn provision_name(kind: &str, manual: bool, status: Status, archived: bool) -> String {
    format!("{kind}-{manual}-{}-{archived}", status.as_str())
}

on_both! {
    async fn spam_is_never_appended_to(world: World) {
        let client = Client::here(&world).await;
        let spam = client.conversation(None).await;
        client.change(spam, Some(Status::Spam), None, None).await;
        client.later();
        client.send(&client.user, message("INCOMING")).await;
        let ids = client.ids(&json!({})).await;
        assert_eq!((ids.len(), ids[1]), (2, spam.get()));
        assert_eq!(client.stored(spam).await.messages, 1);
    }
}

on_both! {
    async fn concurrent_first_messages_create_one_thread(world: World) {
        let client = Client::here(&world).await;
        let body = json!({ "messageAttributes": message("INCOMING") });
        for round in 0..4 {
            let name = format!("racer-{round}");
            client.new_customer(&name).await;
            let path = message_path(&client.department, &client.user, &name);
            let sends = (0..8).map(|_| client.call(Method::POST, &path, &body));
            for answer in join_all(sends).await {
                assert_eq!(answer.status, 200, "{}", answer.json());
            }
            let answer = client.call(Method::POST, &threads_path(&client.department, &name), &json!({})).await.json();
            let threads = answer["customerThreads"].as_array().expect("a list").clone();
            assert_eq!(threads.len(), 1, "{answer}");
            assert_eq!(client.stored(ConversationId(id(&threads[0]))).await.messages, 8);
        }
    }
}

on_both! {
    async fn only_a_known_address_of_the_customer_is_sent_to(world: World) {
        let client = Client::here(&world).await;
        let path = client.message_path(&client.user);
        let body = |value: &str| json!({
            "messageAttributes": message("OUTGOING"),
            "messageSendingAttributes": {"communicationValueOfCustomer": value, "sendSynchronously": true},
        });
        for known in ["+49 30 1234", "+49301234", world.here.customer_email.as_str(), ""] {
            assert_eq!(client.call(Method::POST, &path, &body(known)).await.status, 200, "{known}");
        }
        for unknown in ["+49 30 9999", "ito@foreign.example", "x"] {
            refused(&client.call(Method::POST, &path, &body(unknown)).await, 400, "INVALID_REQUEST_BODY");
        }
        assert_eq!(client.stored(ConversationId(id(&client.only().await))).await.messages, 4);
    }
}

on_both! {
    async fn addresses_of_another_department_are_not_revealed(world: World) {
        let client = Client::here(&world).await;
        let email = "elsewhere@here.example";
        client.customer_at(world.here.second, "elsewhere", Some(email)).await;
        let path = message_path(&client.department, &client.user, "elsewhere");
        for value in ["", "+49 30 9999", email] {
            let body = json!({
                "messageAttributes": message("OUTGOING"),
                "messageSendingAttributes": {"communicationValueOfCustomer": value},
            });
            refused(&client.call(Method::POST, &path, &body).await, 400, "INVALID_CUSTOMER_UUID");
        }
    }
}

on_both! {
    async fn unsupported_members_are_refused_or_get_a_warning(world: World) {
        let client = Client::here(&world).await;
        let path = client.message_path(&client.user);
        for attributes in [
            message("DISCARDED_DRAFT"),
            message("SOMETHING"),
            with(message("DRAFT"), "draftAttributes", json!({"draftStatus": "SCHEDULED", "scheduledOn": "2027-01-01T00:00:00Z"})),
            with(message("OUTGOING"), "body", Value::Null),
        ] {
            let answer = client.call(Method::POST, &path, &json!({ "messageAttributes": attributes })).await;
            refused(&answer, 400, "INVALID_REQUEST_BODY");
        }
        refused(&client.call(Method::POST, &path, &json!({})).await, 400, "INVALID_REQUEST_BODY");
        assert!(client.list(&json!({})).await.is_empty());
        let body = json!({
            "messageAttributes": message("OUTGOING"),
            "messageSendingAttributes": {"callBackUrl": "https://partner.example/done"},
        });
        let answer = client.call(Method::POST, &path, &body).await.json();
        assert_eq!(answer["warnings"][0]["warningCode"], json!("CALLBACK_NOT_SUPPORTED"));
        assert_eq!(answer["status"], json!("SUCCESS"));
    }
}

on_both! {
    async fn a_note_names_its_writer_in_the_body(world: World) {
        let client = Client::here(&world).await;
        client.conversation(None).await;
        let before = client.only().await;
        let text = json!({"text": [{"type": {"code": "PLAIN_TEXT", "value": "text/plain"}, "value": "Call back."}],
            "version": 0, "previewText": "Call back.", "annotations": []})
        .to_string();
        let note = |editor: Value| json!({
            "editor": editor,
            "messageAttributes": {"body": text, "type": "NOTE", "protocol": "NONE", "isManual": true},
        });
        let editor = json!({"uuid": client.user, "name": "Ada Quill", "type": "USER"});
        let answer = client.call(Method::POST, &client.note_path(), &note(editor)).await.json();
        let message = stored(&client, &answer).await;
        assert_eq!((message.kind, message.body.as_str()), (Kind::Note, text.as_str()));
        assert_eq!(message.author, Author::Agent(world.here.agent));
        assert_eq!(message.agent_name.as_deref(), Some("Ada Quill"));
        assert_eq!(client.only().await, before);
        let answer = client.call(Method::POST, &client.note_path(), &note(Value::Null)).await.json();
        assert_eq!(stored(&client, &answer).await.author, Author::Application);
        let stranger = note(json!({"uuid": "nobody", "type": "USER"}));
        refused(&client.call(Method::POST, &client.note_path(), &stranger).await, 400, "INVALID_USER_UUID");
        let mut wrong = note(Value::Null);
        wrong["messageAttributes"]["type"] = json!("OUTGOING");
        refused(&client.call(Method::POST, &client.note_path(), &wrong).await, 400, "INVALID_REQUEST_BODY");
    }
}

on_both! {
    async fn a_closed_thread_of_another_api_is_listed_and_reopened(world: World) {
        let client = Client::here(&world).await;
        // The conversation is created without a subscriber, as another API creates it.
        let made = client.conversation(None).await;
        client.change(made, Some(Status::Closed), None, None).await;
        let listed = client.only().await;
        assert_eq!((&listed["id"], &listed["closed"]), (&json!(made.get()), &json!(true)));
        client.send(&client.user, message("OUTGOING")).await;
        let listed = client.only().await;
        assert_eq!((&listed["id"], &listed["closed"]), (&json!(made.get()), &json!(false)));
    }
}

#[tokio::test]
async fn a_store_that_does_not_write_is_unavailable() {
    let world = World::new(On::Sqlite).await;
    let client = Client::here(&world).await;
    client.send(&client.user, message("OUTGOING")).await;
    world.store().close().await.expect("the store closes");
    let body = json!({ "messageAttributes": message("OUTGOING") });
    let answer = client
        .call(Method::POST, &client.message_path(&client.user), &body)
        .await;
    refused(&answer, 503, "SERVICE_UNAVAILABLE");
    assert_eq!(answer.header("retry-after"), "1");
}
