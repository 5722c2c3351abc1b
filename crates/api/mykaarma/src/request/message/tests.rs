use serde_json::json;

use super::*;
use crate::error::Error;
use crate::request::tests::parse;

const USER: Author = Author::Agent(heddle_domain::id::AgentId(5));

fn body() -> Value {
    json!({"messageAttributes": {"body": "Your car is ready.", "type": "OUTGOING", "protocol": "TEXT", "isManual": true}})
}

fn with(name: &str, value: Value) -> Value {
    let mut body = body();
    body["messageAttributes"][name] = value;
    body
}

fn read(body: &Value) -> Result<MessageRequest, Error> {
    parse(body, MessageRequest::message)
}

fn read_note(body: &Value) -> Result<MessageRequest, Error> {
    parse(body, MessageRequest::note)
}

#[test]
fn types_become_kind_state_and_direction() {
    for (word, kind, state, direction, reopens) in [
        (
            "OUTGOING",
            Kind::Message,
            State::Published,
            Direction::Outgoing,
            true,
        ),
        (
            "INCOMING",
            Kind::Message,
            State::Published,
            Direction::Incoming,
            true,
        ),
        (
            "NOTE",
            Kind::Note,
            State::Published,
            Direction::Outgoing,
            false,
        ),
        (
            "DRAFT",
            Kind::Message,
            State::Draft,
            Direction::Outgoing,
            false,
        ),
    ] {
        let request = read(&with("type", json!(word))).expect("a message");
        assert_eq!(request.reopens(), reopens, "{word}");
        let message = request.into_message(USER);
        assert_eq!(
            (message.kind, message.state, message.direction),
            (kind, state, direction),
            "{word}"
        );
        assert_eq!(message.body, "Your car is ready.");
    }
    for wrong in [
        json!("DISCARDED_DRAFT"),
        json!("outgoing"),
        json!(""),
        json!(5),
        Value::Null,
    ] {
        assert!(read(&with("type", wrong.clone())).is_err(), "{wrong}");
    }
}

#[test]
fn protocols_become_channels() {
    for (word, channel) in [
        ("TEXT", Channel::TextMessage),
        ("EMAIL", Channel::Email),
        ("VOICE_CALL", Channel::Phone),
        ("NONE", Channel::Other),
    ] {
        let request = read(&with("protocol", json!(word))).expect("a message");
        assert_eq!(request.into_message(USER).channel, channel);
    }
    for wrong in [json!("Y"), json!("text"), Value::Null] {
        assert!(read(&with("protocol", wrong.clone())).is_err(), "{wrong}");
    }
    let mut note = with("type", json!("NOTE"));
    note["messageAttributes"]["protocol"] = Value::Null;
    let note = read(&note).expect("a note needs no protocol");
    assert_eq!(note.into_message(USER).channel, Channel::Other);
}

#[test]
fn automated_outgoing_messages_reopen_nothing_but_incoming_ones_do() {
    let automated = with("isManual", json!(false));
    let request = read(&automated).expect("a message");
    assert!(!request.reopens());
    assert!(request.into_message(USER).automated);
    let absent = read(&with("isManual", Value::Null)).expect("a message");
    assert!(absent.reopens());
    let mut incoming = automated;
    incoming["messageAttributes"]["type"] = json!("INCOMING");
    assert!(read(&incoming).expect("a message").reopens());
}

#[test]
fn only_a_note_may_ask_to_move_the_last_message() {
    for (word, moves) in [("NOTE", true), ("OUTGOING", false), ("DRAFT", false)] {
        let mut body = with("updateThreadTimestamp", json!(true));
        body["messageAttributes"]["type"] = json!(word);
        let message = read(&body).expect("a message").into_message(USER);
        assert_eq!(message.moves_last_message, moves, "{word}");
    }
}

#[test]
fn attachments_become_links() {
    let attachments = json!([
        {"fileURL": "https://files.example/a.pdf", "originalFileName": "a.pdf", "mimeType": "application/pdf",
            "docSize": 7, "thumbnailURL": null},
        {"fileURL": "HTTP://files.example/b"},
    ]);
    let request = read(&with("attachments", attachments)).expect("a message");
    let files = request.into_message(USER).attachments;
    let found: Vec<_> = files
        .iter()
        .map(|f| (f.file_name.as_str(), f.mime_type.as_str(), f.size))
        .collect();
    assert_eq!(
        found,
        [
            ("a.pdf", "application/pdf", 0),
            ("", "application/octet-stream", 0)
        ]
    );
    assert_eq!(
        files[0].link.as_deref(),
        Some("https://files.example/a.pdf")
    );
    let extra: Value =
        serde_json::from_str(files[0].extra.as_deref().expect("extra")).expect("JSON");
    assert_eq!(
        extra,
        json!({"mykaarma": {"docSize": 7, "thumbnailURL": null}})
    );
    assert_eq!(files[1].extra, None);
    for wrong in [
        json!({}),
        json!([5]),
        json!([{}]),
        json!([{"fileURL": ""}]),
        json!([{"fileURL": "https://"}]),
        json!([{"fileURL": "https://x.example/a", "originalFileName": "x".repeat(256)}]),
        json!([{"fileURL": "https://x.example/a", "mimeType": "ä x"}]),
        json!([{"fileURL": "https://x.example/a", "mimeType": "b"}]),
        json!([{"fileURL": "https://x.example/a", "mimeType": format!("a/{}", "b".repeat(126))}]),
        json!([{"fileURL": "javascript:alert(1)"}]),
        json!([{"fileURL": "/etc/passwd"}]),
        json!(vec![json!({"fileURL": "https://x"}); 101]),
    ] {
        assert!(
            read(&with("attachments", wrong.clone())).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn members_without_a_column_are_stored_as_sent() {
    let mut request = body();
    let attributes = request["messageAttributes"]
        .as_object_mut()
        .expect("an object");
    attributes.insert("subject".into(), json!("Pick-up"));
    attributes.insert("purpose".into(), json!("F"));
    attributes.insert("tags".into(), json!(["TRASH"]));
    attributes.insert("messageType".into(), json!("S"));
    attributes.insert("metaData".into(), json!({"order": 7}));
    request["editor"] = json!({"uuid": "u", "name": "Ada", "type": "USER", "departmentUuid": "d"});
    let read_request = read(&request).expect("a message");
    assert_eq!(
        Value::Object(read_request.meta_data.clone()),
        json!({"order": 7})
    );
    let message = read_request.into_message(USER);
    assert_eq!(message.subject.as_deref(), Some("Pick-up"));
    assert_eq!(message.agent_name.as_deref(), Some("Ada"));
    let extra: Value = serde_json::from_str(&message.extra.expect("extra")).expect("JSON");
    assert_eq!(
        extra,
        json!({"mykaarma": {
            "editor": {"uuid": "u", "name": "Ada", "type": "USER", "departmentUuid": "d"},
            "messageAttributes": {"purpose": "F", "tags": ["TRASH"], "messageType": "S", "metaData": {"order": 7}},
        }})
    );
    assert_eq!(
        read(&body()).expect("a message").into_message(USER).extra,
        None
    );
}

#[test]
fn unsupported_values_and_wrong_types_are_refused() {
    for (name, wrong) in [
        ("body", Value::Null),
        ("body", json!(5)),
        ("isManual", json!("true")),
        ("subject", json!(1)),
        ("purpose", json!("x".repeat(65))),
        ("tags", json!("TRASH")),
        ("tags", json!([1])),
        ("metaData", json!([])),
        ("updateThreadTimestamp", json!(1)),
        ("showInCustomerConversation", json!("no")),
        ("draftAttributes", json!({"draftStatus": "SCHEDULED"})),
        (
            "draftAttributes",
            json!({"scheduledOn": "2026-01-01T00:00:00Z"}),
        ),
        ("draftAttributes", json!("SCHEDULED")),
    ] {
        assert!(read(&with(name, wrong.clone())).is_err(), "{name} {wrong}");
    }
    for (name, wrong) in [
        ("isFreeMarkerMessage", json!(true)),
        ("freeMarkerMetadata", json!(5)),
        ("messageSendingAttributes", json!([])),
        ("messageSendingAttributes", json!({"sendVCard": "no"})),
        (
            "messageSendingAttributes",
            json!({"communicationValueOfCustomer": 5}),
        ),
        ("editor", json!("Ada")),
        ("editor", json!({"type": "ROBOT"})),
        ("messageAttributes", Value::Null),
        ("messageAttributes", json!([])),
    ] {
        let mut request = body();
        request[name] = wrong.clone();
        assert!(read(&request).is_err(), "{name} {wrong}");
    }
}

#[test]
fn members_without_effect_get_a_warning() {
    let mut request = body();
    request["messageSendingAttributes"] =
        json!({"callBackUrl": "https://partner.example", "addFooter": true});
    request["notificationAttributes"] = json!({"userUUIDs": ["u"]});
    let codes = |request: &Value| -> Vec<&str> {
        let warnings = read(request).expect("a message").warnings;
        warnings
            .iter()
            .map(|warning| warning.warning_code)
            .collect()
    };
    assert_eq!(
        codes(&request),
        ["CALLBACK_NOT_SUPPORTED", "NOTIFICATION_NOT_SUPPORTED"]
    );
    request["messageSendingAttributes"] = json!({"callBackUrl": "", "addFooter": true});
    request["notificationAttributes"] = json!({});
    assert!(codes(&request).is_empty());
    // A null is stored as well, so the client is told that it has no effect.
    request["notificationAttributes"] = json!({"userUUIDs": null});
    assert_eq!(codes(&request), ["NOTIFICATION_NOT_SUPPORTED"]);
}

#[test]
fn a_note_has_one_type_one_protocol_and_a_user() {
    let note = |attributes: Value, editor: Value| json!({"messageAttributes": attributes, "editor": editor});
    let text = "{\"text\":[],\"version\":0}";
    let good = note(
        json!({"body": text, "type": "NOTE", "protocol": "NONE"}),
        json!({"uuid": "u", "type": "USER"}),
    );
    let request = read_note(&good).expect("a note");
    assert_eq!(
        request.editor.as_ref().and_then(|e| e.user_uuid.as_deref()),
        Some("u")
    );
    let message = request.into_message(USER);
    assert_eq!((message.kind, message.body.as_str()), (Kind::Note, text));
    assert!(read_note(&note(json!({"body": text}), Value::Null)).is_ok());
    for wrong in [
        note(json!({"body": text, "type": "OUTGOING"}), Value::Null),
        note(json!({"body": text, "protocol": "TEXT"}), Value::Null),
        note(json!({"type": "NOTE"}), Value::Null),
        note(
            json!({"body": text}),
            json!({"type": "CUSTOMER", "uuid": "c"}),
        ),
    ] {
        assert!(read_note(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn each_fault_has_its_text() {
    for (name, wrong, text) in [
        ("body", Value::Null, "messageAttributes.body is required."),
        ("body", json!(5), "messageAttributes.body must be a string."),
        (
            "type",
            json!("X"),
            "messageAttributes.type must be one of OUTGOING, INCOMING, NOTE, DRAFT.",
        ),
        (
            "protocol",
            Value::Null,
            "messageAttributes.protocol is required.",
        ),
        (
            "isManual",
            json!("true"),
            "messageAttributes.isManual must be a boolean.",
        ),
        (
            "purpose",
            json!("x".repeat(65)),
            "messageAttributes.purpose must have at most 64 characters.",
        ),
        (
            "tags",
            json!([1]),
            "messageAttributes.tags must be a list of strings.",
        ),
        (
            "attachments",
            json!({}),
            "messageAttributes.attachments must be a list.",
        ),
        (
            "attachments",
            json!(vec![json!({"fileURL": "https://x"}); 101]),
            "messageAttributes.attachments must have at most 100 items.",
        ),
        (
            "attachments",
            json!([{"fileURL": "/etc/passwd"}]),
            "messageAttributes.attachments[0].fileURL must be a web address.",
        ),
        (
            "draftAttributes",
            json!({"draftStatus": "SCHEDULED"}),
            "messageAttributes.draftAttributes.draftStatus SCHEDULED is not supported.",
        ),
        (
            "draftAttributes",
            json!({"scheduledOn": "2026-01-01T00:00:00Z"}),
            "messageAttributes.draftAttributes.scheduledOn is not supported.",
        ),
    ] {
        let error = read(&with(name, wrong)).expect_err("a fault");
        assert_eq!(error, Error::body(text));
    }
}

/// The vendor's answers have one-letter codes where requests have words (contract section 6).
#[test]
fn the_codes_of_the_vendors_answers_are_read_too() {
    let author = || USER;
    let same = |name: &str, word: &str, code: &str| {
        let read = |text: &str| {
            let request = read(&with(name, json!(text))).expect("a message");
            let (reopens, message) = (request.reopens(), request.into_message(author()));
            (
                reopens,
                message.kind,
                message.state,
                message.direction,
                message.channel,
            )
        };
        assert_eq!(read(word), read(code), "{name} {word} {code}");
    };
    for (word, code) in [
        ("OUTGOING", "S"),
        ("INCOMING", "I"),
        ("NOTE", "N"),
        ("DRAFT", "D"),
    ] {
        same("type", word, code);
    }
    for (word, code) in [
        ("TEXT", "X"),
        ("EMAIL", "E"),
        ("VOICE_CALL", "V"),
        ("NONE", "N"),
    ] {
        same("protocol", word, code);
    }
    let mut note = with("type", json!("N"));
    note["messageAttributes"]["protocol"] = json!("N");
    assert!(read_note(&note).is_ok());
    for (name, wrong) in [
        ("type", "X"),
        ("type", "s"),
        ("protocol", "S"),
        ("protocol", "x"),
    ] {
        assert!(read(&with(name, json!(wrong))).is_err(), "{name} {wrong}");
    }
    note["messageAttributes"]["type"] = json!("S");
    assert!(read_note(&note).is_err());
}
