//! Messages and notes: item 9, and `rules.md` 13, 19 and 34.

use futures_util::future::join_all;
use heddle_domain::conversation::Status;
use heddle_domain::guid::{Guid, GuidKind};
use heddle_domain::id::{ConversationId, MessageId};
use heddle_domain::message::{Author, Channel, Kind, Message, State};
use heddle_store::read::conversations::GetMessage;
use heddle_testkit::On;
use http::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, id, message, message_path, refused, threads_path};
use crate::harness::World;
use heddle_testkit::on_both;

fn with(mut attributes: Value, name: &str, value: Value) -> Value {
    attributes[name] = value;
    attributes
}

/// The stored message behind an answer.
async fn stored(desk: &Desk<'_>, answer: &Value) -> Message {
    let guid = answer["messageUUID"].as_str().and_then(Guid::parse);
    let parts = guid.and_then(|guid| guid.decode(GuidKind::Message));
    let parts = parts.expect("a computed GUID");
    assert_eq!(parts.tag, desk.tenant.account.guid_tag);
    assert_eq!(parts.created_at, MessageId(parts.id).created_at());
    let read = GetMessage {
        account: desk.tenant.account.id,
        conversation: ConversationId(id(&desk.only().await)),
        id: MessageId(parts.id),
    };
    let found = desk.world.store().read(read).await.expect("a read");
    found.expect("the message")
}

on_both! {
    async fn a_message_is_answered_and_stored(world: World) {
        let desk = Desk::here(&world).await;
        let attributes = json!({
            "body": "Your <car> is ready.", "type": "OUTGOING", "protocol": "EMAIL", "isManual": true,
            "subject": "Pick-up", "purpose": "F", "tags": ["VIP"], "metaData": {"order": 7},
            "messageType": "S", "isRead": false,
            "attachments": [{"fileURL": "https://files.example/bill.pdf", "originalFileName": "bill.pdf"}],
        });
        let answer = desk.send(&desk.user, attributes).await;
        let mut names: Vec<&str> = answer.as_object().expect("an object").keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["customerUUID", "errors", "messageUUID", "metaData", "requestUUID", "status", "warnings"]
        );
        assert_eq!((&answer["status"], &answer["customerUUID"]), (&json!("SUCCESS"), &json!(desk.customer)));
        assert_eq!((&answer["errors"], &answer["warnings"]), (&json!([]), &json!([])));
        assert_eq!(answer["metaData"], json!({"order": 7}));
        let message = stored(&desk, &answer).await;
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
        let desk = Desk::here(&world).await;
        desk.conversation(None).await;
        let before = desk.only().await;
        let at = desk.later();
        desk.send(&desk.default_user, message("OUTGOING")).await;
        let after = desk.only().await;
        assert_eq!((&after["userUuid"], &after["lastDelegationOn"]), (&json!(""), &json!(0)));
        assert_ne!(after["lastMessageOn"], before["lastMessageOn"]);
        assert!(at > 0);
        let at = desk.later();
        desk.send(&desk.user, message("OUTGOING")).await;
        let taken = desk.only().await;
        assert_eq!((&taken["userUuid"], &taken["lastDelegationOn"]), (&json!(desk.user), &json!(at)));
        assert_ne!(taken["lastMessageOn"], after["lastMessageOn"]);
        assert_eq!(taken["id"], before["id"]);
        // Neither the same user again nor the default one moves the delegation.
        desk.later();
        desk.send(&desk.user, message("OUTGOING")).await;
        desk.send(&desk.default_user, message("OUTGOING")).await;
        let kept = desk.only().await;
        assert_eq!((&kept["userUuid"], &kept["lastDelegationOn"]), (&json!(desk.user), &json!(at)));
    }
}

on_both! {
    async fn the_customer_waits_until_a_person_answers(world: World) {
        let desk = Desk::here(&world).await;
        let waits = async || desk.only().await["isWaitingForResponse"].clone();
        desk.send(&desk.user, message("OUTGOING")).await;
        assert_eq!(waits().await, json!(false));
        desk.later();
        desk.send(&desk.user, message("INCOMING")).await;
        assert_eq!(waits().await, json!(true));
        for kind in ["NOTE", "DRAFT"] {
            desk.later();
            desk.send(&desk.user, message(kind)).await;
            assert_eq!(waits().await, json!(true), "{kind}");
        }
        desk.later();
        desk.send(&desk.user, with(message("OUTGOING"), "isManual", json!(false))).await;
        assert_eq!(waits().await, json!(true));
        desk.later();
        desk.send(&desk.user, message("OUTGOING")).await;
        assert_eq!(waits().await, json!(false));
    }
}

on_both! {
    async fn notes_and_drafts_leave_the_thread_alone(world: World) {
        let desk = Desk::here(&world).await;
        let conversation = desk.conversation(None).await;
        desk.change(conversation, Some(Status::Closed), Some(true), None).await;
        let before = desk.only().await;
        for kind in ["NOTE", "DRAFT"] {
            desk.later();
            let answer = desk.send(&desk.user, message(kind)).await;
            assert_eq!(desk.only().await, before, "{kind}");
            let message = stored(&desk, &answer).await;
            let expected = if kind == "NOTE" { (Kind::Note, State::Published) } else { (Kind::Message, State::Draft) };
            assert_eq!((message.kind, message.state), expected);
        }
        desk.later();
        desk.send(&desk.user, with(message("NOTE"), "updateThreadTimestamp", json!(true))).await;
        let after = desk.only().await;
        assert!(after["lastMessageOn"].as_str() > before["lastMessageOn"].as_str());
        assert_eq!((&after["closed"], &after["archived"]), (&json!(true), &json!(true)));
        assert_eq!(after["userUuid"], json!(""));
    }
}

on_both! {
    async fn only_what_is_sent_renames_the_thread(world: World) {
        let desk = Desk::here(&world).await;
        let conversation = desk.conversation(None).await;
        for (kind, shown) in [("NOTE", "Brakes"), ("DRAFT", "Brakes"), ("OUTGOING", "Clutch")] {
            desk.send(&desk.user, with(message(kind), "subject", json!("Clutch"))).await;
            assert_eq!(desk.stored(conversation).await.subject, shown, "{kind}");
        }
    }
}

on_both! {
    async fn only_a_new_thread_takes_a_number(world: World) {
        let desk = Desk::here(&world).await;
        let first = desk.conversation(None).await;
        for _ in 0..3 {
            desk.send(&desk.user, message("OUTGOING")).await;
        }
        desk.new_customer("newcomer").await;
        let path = message_path(&desk.department, &desk.user, "newcomer");
        let body = json!({ "messageAttributes": message("INCOMING") });
        assert_eq!(desk.call(Method::POST, &path, &body).await.status, 200);
        let answer = desk.call(Method::POST, &threads_path(&desk.department, "newcomer"), &json!({})).await;
        assert_eq!(id(&answer.json()["customerThreads"][0]), first.get() + 1);
    }
}

on_both! {
    async fn a_first_draft_makes_a_thread_that_has_only_its_creation_time(world: World) {
        let desk = Desk::here(&world).await;
        desk.send(&desk.user, message("DRAFT")).await;
        let thread = desk.only().await;
        assert_eq!(thread["lastMessageOn"], json!("2026-03-04T09:15:00.000Z"));
        assert_eq!((&thread["isWaitingForResponse"], &thread["userUuid"]), (&json!(false), &json!("")));
        desk.later();
        desk.send(&desk.user, message("DRAFT")).await;
        assert_eq!(desk.only().await, thread);
    }
}

on_both! {
    async fn the_most_recently_active_open_thread_is_taken(world: World) {
        let desk = Desk::here(&world).await;
        let older = desk.conversation(None).await;
        desk.later();
        let newer = desk.conversation(None).await;
        desk.later();
        let archived = desk.conversation(None).await;
        desk.change(archived, None, Some(true), None).await;
        desk.later();
        let closed = desk.conversation(None).await;
        desk.change(closed, Some(Status::Closed), None, None).await;
        desk.later();
        let spam = desk.conversation(None).await;
        desk.change(spam, Some(Status::Spam), None, None).await;
        let count = async |id| desk.stored(id).await.messages;
        desk.later();
        desk.send(&desk.user, message("INCOMING")).await;
        assert_eq!((count(older).await, count(newer).await), (1, 2));
        assert_eq!((count(archived).await, count(closed).await, count(spam).await), (1, 1, 1));
        // A note takes the same way.
        let note = json!({"messageAttributes": {"body": "Call back.", "type": "NOTE", "protocol": "NONE"}});
        assert_eq!(desk.call(Method::POST, &desk.note_path(), &note).await.status, 200);
        assert_eq!(count(newer).await, 3);
        // Only the greatest time counts, so the older one is next when the newer is closed.
        desk.change(newer, Some(Status::Closed), None, None).await;
        desk.send(&desk.user, message("OUTGOING")).await;
        assert_eq!(count(older).await, 2);
    }
}

on_both! {
    async fn closed_and_archived_threads_come_back_by_people_and_not_by_machines(world: World) {
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
                let desk = Desk::here(&world).await;
                let name = provision_name(kind, manual, status, archived);
                let customer = desk.new_customer(&name).await;
                let conversation = desk.conversation_of(customer, world.here.main, None).await;
                desk.change(conversation, Some(status), Some(archived), None).await;
                let path = message_path(&desk.department, &desk.user, &name);
                let body = json!({"messageAttributes": with(message(kind), "isManual", json!(manual))});
                assert_eq!(desk.call(Method::POST, &path, &body).await.status, 200);
                let answer = desk.call(Method::POST, &threads_path(&desk.department, &name), &json!({})).await;
                let threads = answer.json()["customerThreads"].clone();
                assert_eq!(threads.as_array().map(Vec::len), Some(1), "{name}");
                let shown = (threads[0]["closed"].clone(), threads[0]["archived"].clone());
                let expected = if returns {
                    (json!(false), json!(false))
                } else {
                    (json!(status.is_closed()), json!(archived))
                };
                assert_eq!(shown, expected, "{name}");
                assert_eq!(desk.stored(conversation).await.messages, 2, "{name}");
            }
        }
    }
}

fn provision_name(kind: &str, manual: bool, status: Status, archived: bool) -> String {
    format!("{kind}-{manual}-{}-{archived}", status.as_str())
}

on_both! {
    async fn spam_is_never_appended_to(world: World) {
        let desk = Desk::here(&world).await;
        let spam = desk.conversation(None).await;
        desk.change(spam, Some(Status::Spam), None, None).await;
        desk.later();
        desk.send(&desk.user, message("INCOMING")).await;
        let ids = desk.ids(&json!({})).await;
        assert_eq!((ids.len(), ids[1]), (2, spam.get()));
        assert_eq!(desk.stored(spam).await.messages, 1);
    }
}

on_both! {
    async fn racing_first_messages_make_one_thread(world: World) {
        let desk = Desk::here(&world).await;
        let body = json!({ "messageAttributes": message("INCOMING") });
        for round in 0..4 {
            let name = format!("racer-{round}");
            desk.new_customer(&name).await;
            let path = message_path(&desk.department, &desk.user, &name);
            let sends = (0..8).map(|_| desk.call(Method::POST, &path, &body));
            for answer in join_all(sends).await {
                assert_eq!(answer.status, 200, "{}", answer.json());
            }
            let answer = desk.call(Method::POST, &threads_path(&desk.department, &name), &json!({})).await.json();
            let threads = answer["customerThreads"].as_array().expect("a list").clone();
            assert_eq!(threads.len(), 1, "{answer}");
            assert_eq!(desk.stored(ConversationId(id(&threads[0]))).await.messages, 8);
        }
    }
}

on_both! {
    async fn only_a_known_address_of_the_customer_is_sent_to(world: World) {
        let desk = Desk::here(&world).await;
        let path = desk.message_path(&desk.user);
        let body = |value: &str| json!({
            "messageAttributes": message("OUTGOING"),
            "messageSendingAttributes": {"communicationValueOfCustomer": value, "sendSynchronously": true},
        });
        for known in ["+49 30 1234", "+49301234", world.here.customer_email.as_str(), ""] {
            assert_eq!(desk.call(Method::POST, &path, &body(known)).await.status, 200, "{known}");
        }
        for unknown in ["+49 30 9999", "ito@foreign.example", "x"] {
            refused(&desk.call(Method::POST, &path, &body(unknown)).await, 400, "INVALID_REQUEST_BODY");
        }
        assert_eq!(desk.stored(ConversationId(id(&desk.only().await))).await.messages, 4);
    }
}

on_both! {
    async fn addresses_of_another_department_are_not_told(world: World) {
        let desk = Desk::here(&world).await;
        let email = "elsewhere@here.example";
        desk.customer_at(world.here.second, "elsewhere", Some(email)).await;
        let path = message_path(&desk.department, &desk.user, "elsewhere");
        for value in ["", "+49 30 9999", email] {
            let body = json!({
                "messageAttributes": message("OUTGOING"),
                "messageSendingAttributes": {"communicationValueOfCustomer": value},
            });
            refused(&desk.call(Method::POST, &path, &body).await, 400, "INVALID_CUSTOMER_UUID");
        }
    }
}

on_both! {
    async fn what_is_not_built_is_refused_or_said(world: World) {
        let desk = Desk::here(&world).await;
        let path = desk.message_path(&desk.user);
        for attributes in [
            message("DISCARDED_DRAFT"),
            message("SOMETHING"),
            with(message("DRAFT"), "draftAttributes", json!({"draftStatus": "SCHEDULED", "scheduledOn": "2027-01-01T00:00:00Z"})),
            with(message("OUTGOING"), "body", Value::Null),
        ] {
            let answer = desk.call(Method::POST, &path, &json!({ "messageAttributes": attributes })).await;
            refused(&answer, 400, "INVALID_REQUEST_BODY");
        }
        refused(&desk.call(Method::POST, &path, &json!({})).await, 400, "INVALID_REQUEST_BODY");
        assert!(desk.list(&json!({})).await.is_empty());
        let body = json!({
            "messageAttributes": message("OUTGOING"),
            "messageSendingAttributes": {"callBackUrl": "https://partner.example/done"},
        });
        let answer = desk.call(Method::POST, &path, &body).await.json();
        assert_eq!(answer["warnings"][0]["warningCode"], json!("CALLBACK_NOT_SUPPORTED"));
        assert_eq!(answer["status"], json!("SUCCESS"));
    }
}

on_both! {
    async fn a_note_names_its_writer_in_the_body(world: World) {
        let desk = Desk::here(&world).await;
        desk.conversation(None).await;
        let before = desk.only().await;
        let text = json!({"text": [{"type": {"code": "PLAIN_TEXT", "value": "text/plain"}, "value": "Call back."}],
            "version": 0, "previewText": "Call back.", "annotations": []})
        .to_string();
        let note = |editor: Value| json!({
            "editor": editor,
            "messageAttributes": {"body": text, "type": "NOTE", "protocol": "NONE", "isManual": true},
        });
        let editor = json!({"uuid": desk.user, "name": "Ada Quill", "type": "USER"});
        let answer = desk.call(Method::POST, &desk.note_path(), &note(editor)).await.json();
        let message = stored(&desk, &answer).await;
        assert_eq!((message.kind, message.body.as_str()), (Kind::Note, text.as_str()));
        assert_eq!(message.author, Author::Agent(world.here.agent));
        assert_eq!(message.agent_name.as_deref(), Some("Ada Quill"));
        assert_eq!(desk.only().await, before);
        let answer = desk.call(Method::POST, &desk.note_path(), &note(Value::Null)).await.json();
        assert_eq!(stored(&desk, &answer).await.author, Author::Application);
        let stranger = note(json!({"uuid": "nobody", "type": "USER"}));
        refused(&desk.call(Method::POST, &desk.note_path(), &stranger).await, 400, "INVALID_USER_UUID");
        let mut wrong = note(Value::Null);
        wrong["messageAttributes"]["type"] = json!("OUTGOING");
        refused(&desk.call(Method::POST, &desk.note_path(), &wrong).await, 400, "INVALID_REQUEST_BODY");
    }
}

on_both! {
    async fn another_apis_thread_is_answered_and_reopened_here(world: World) {
        let desk = Desk::here(&world).await;
        let path = format!("/v1/communications/{}/threads", world.here.customer);
        let headers = [("x-api-key", world.here.magicline_key.as_str()), ("content-type", "application/json")];
        let body = json!({
            "communicationThreadStatus": "CLOSED", "subject": "Locker", "content": "It does not close.",
            "communicationDirection": "INCOMING", "communicationChannel": "LETTER",
        });
        let made = world.send(Method::POST, &path, &headers, body.to_string()).await.json();
        let shown = desk.only().await;
        assert_eq!((&shown["id"], &shown["closed"]), (&made["threadId"], &json!(true)));
        desk.send(&desk.user, message("OUTGOING")).await;
        let shown = desk.only().await;
        assert_eq!((&shown["id"], &shown["closed"]), (&made["threadId"], &json!(false)));
    }
}

#[tokio::test]
async fn a_store_that_does_not_write_is_unavailable() {
    let world = World::new(On::Sqlite).await;
    let desk = Desk::here(&world).await;
    desk.send(&desk.user, message("OUTGOING")).await;
    world.store().close().await.expect("the store closes");
    let body = json!({ "messageAttributes": message("OUTGOING") });
    let answer = desk
        .call(Method::POST, &desk.message_path(&desk.user), &body)
        .await;
    refused(&answer, 503, "SERVICE_UNAVAILABLE");
    assert_eq!(answer.header("retry-after"), "1");
}
