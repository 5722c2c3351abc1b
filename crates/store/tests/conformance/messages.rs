//! Tests of messages: every field, long bodies, attachments, pages, additions to several conversations.

use heddle_domain::conversation::{Status, StatusWish};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{ConversationId, MessageId, TimeId};
use heddle_domain::message::Recipients;
use heddle_domain::{Author, Channel, Direction, EntityKind, Format, Kind, State, Timestamp};
use heddle_store::read::conversations::GetMessage;
use heddle_store::write::append::CheckAppend;
use heddle_store::write::{NewAttachment, NewMessage};
use heddle_store::{Clock, Entity, Error, IN_ROW_BYTES, Refusal, Trouble};
use heddle_testkit::On;

use crate::tenant::{by_email, call, call_from, opened, tamper};

/// Returns an attachment whose bytes are stored in the row.
pub(crate) fn attached(bytes: &[u8]) -> NewAttachment {
    NewAttachment {
        file_name: "räder.pdf".into(),
        mime_type: "application/pdf".into(),
        size: bytes.len() as i64,
        data: Some(bytes.to_vec()),
        object: None,
        link: None,
        extra: None,
    }
}

async fn every_field_is_written_and_read_back(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let message = NewMessage {
        customer: None,
        kind: Kind::Note,
        state: State::Draft,
        format: Format::Html,
        agent_name: Some("J. Doe".into()),
        subject: Some("Another subject".into()),
        occurred_at: Some(Timestamp(1_700_000_000_123)),
        zone: Some("Europe/Berlin".into()),
        imported: true,
        automated: true,
        recipients: Recipients {
            cc: vec!["c@example.com".into()],
            bcc: vec!["b@example.com".into(), "d@example.com".into()],
        },
        extra: Some(r#"{"a":1}"#.into()),
        ..NewMessage::new(
            Channel::Letter,
            Direction::Outgoing,
            Author::Agent(tenant.agents[1]),
            "<p>Ø \u{1F9F6}\r\n</p>",
        )
    };
    let appended = tenant.append(id, message.clone()).await.expect("it");
    let read = GetMessage {
        account: tenant.account,
        conversation: id,
        id: appended.messages[0].id,
    };
    let stored = test.store.read(read).await.expect("a read").expect("it");
    assert_eq!(
        (stored.conversation, stored.id),
        (id, appended.messages[0].id)
    );
    assert_eq!(stored.customer, tenant.customer);
    assert_eq!(
        (stored.kind, stored.state, stored.format),
        (Kind::Note, State::Draft, Format::Html)
    );
    assert_eq!(
        (stored.channel, stored.direction),
        (Channel::Letter, Direction::Outgoing)
    );
    assert_eq!(stored.author, Author::Agent(tenant.agents[1]));
    assert_eq!(
        (stored.agent_name, stored.subject),
        (message.agent_name, message.subject)
    );
    assert_eq!(
        (Some(stored.occurred_at), stored.zone),
        (message.occurred_at, message.zone)
    );
    assert_eq!((stored.imported, stored.automated), (true, true));
    assert_eq!(
        (stored.recipients, stored.extra),
        (message.recipients, message.extra)
    );
    assert_eq!(
        (stored.body, stored.status_set, stored.attachments),
        (message.body, None, 0)
    );
}

async fn bodies_of_every_length_come_back_whole(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let bodies = [0, 1, 4_095, 4_096, 4_097, 9_000, 300_000].map(|length| "ä".repeat(length / 2));
    for body in &bodies {
        tenant.append(id, call(body)).await.expect("it");
    }
    let mut stored: Vec<String> = tenant
        .messages(id)
        .await
        .into_iter()
        .map(|m| m.body)
        .collect();
    stored.reverse();
    assert_eq!(stored[1..], bodies);
    // Only bodies over 4 KiB have a row of their own.
    assert_eq!(tenant.table("message_body").await.len(), 2);
}

async fn attachments_are_in_the_row_in_objects_or_links(on: On) {
    let (test, tenant) = opened(on).await;
    let large = vec![7_u8; IN_ROW_BYTES + 1];
    let object = test
        .store
        .objects()
        .put(tenant.account, large.clone())
        .await
        .expect("an object");
    let small = attached(b"\x00\xff bytes");
    let elsewhere = NewAttachment {
        size: large.len() as i64,
        data: None,
        object: Some(object.clone()),
        ..attached(b"")
    };
    let link = NewAttachment {
        size: 0,
        data: None,
        link: Some("https://example.com/a.png".into()),
        extra: Some(r#"{"kind":"mms"}"#.into()),
        ..attached(b"")
    };
    let mut message = call("three files");
    message.attachments = vec![small.clone(), elsewhere.clone(), link.clone()];
    let id = tenant.create(vec![message]).await.conversation.id;
    let page = tenant.page(id, 1, 10).await;
    let (message, files) = &page.messages[0];
    assert_eq!(message.attachments, 3);
    assert!(files.is_sorted_by(|a, b| a.id < b.id), "{files:?}");
    for (stored, given) in files.iter().zip([&small, &elsewhere, &link]) {
        assert_eq!(stored.message, message.id);
        assert_eq!(
            (&stored.file_name, &stored.mime_type),
            (&given.file_name, &given.mime_type)
        );
        assert_eq!((stored.size, &stored.link), (given.size, &given.link));
    }
    let rows = tenant.table("attachment").await;
    assert!(rows[0].contains("00ff206279746573"), "{rows:?}");
    assert!(rows[1].contains(&object));
    assert_eq!(test.store.objects().get(&object).await, Ok(large));
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn pages_show_each_entry_once_newest_contact_first(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.create(Vec::new()).await.conversation.id;
    let start = 1_700_000_000_000;
    // Every third pair of messages has the same time, so that the ids decide the order.
    for at in 0..25 {
        let mut message = call(&at.to_string());
        message.occurred_at = Some(Timestamp(start + (at * 7 % 25) / 3));
        tenant.append(id, message).await.expect("it");
    }
    let keys = |messages: &[heddle_domain::Message]| -> Vec<(Timestamp, MessageId)> {
        messages.iter().map(|m| (m.occurred_at, m.id)).collect()
    };
    let mut expected = keys(&tenant.messages(id).await);
    assert_eq!(expected.len(), 25);
    let whole = expected.clone();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(whole, expected);
    let mut paged = Vec::new();
    for page in 1..=4 {
        let page = tenant.page(id, page, 10).await;
        assert_eq!(page.total, 25);
        let messages: Vec<_> = page
            .messages
            .into_iter()
            .map(|(message, _)| message)
            .collect();
        paged.extend(keys(&messages));
    }
    assert_eq!(paged, expected);
}

async fn a_message_id_encodes_its_recorded_time(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    test.clock.advance(12_345);
    let appended = tenant.append(id, call("later")).await.expect("it");
    let message = appended.messages[0].id;
    assert_eq!(TimeId(message.get()).created_at(), test.clock.now());
    assert_eq!(appended.messages[0].occurred_at, test.clock.now());
    let conversation = tenant.get(id).await;
    assert_eq!(conversation.last_message_id, message.get());
    assert_eq!(conversation.updated_at, test.clock.now());
}

async fn one_call_adds_to_several_conversations_or_to_none(on: On) {
    let (test, tenant) = opened(on).await;
    let [a, b] = [
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    ];
    let entry = |id, body: &str| (id, call(body), StatusWish::Keep);
    let append = tenant.appending(vec![entry(b, "1"), entry(a, "2"), entry(b, "3")]);
    let appended = test.store.write(append).await.expect("it");
    let ids: Vec<MessageId> = appended.messages.iter().map(|stored| stored.id).collect();
    assert!(ids.is_sorted());
    let of = |c: &heddle_domain::Conversation| (c.id, c.messages);
    let after: Vec<_> = appended.conversations.iter().map(of).collect();
    assert_eq!(after, [(a, 2), (b, 3)]);
    assert_eq!(tenant.get(b).await, appended.conversations[1]);

    let rows = tenant.rows().await;
    let missing = ConversationId(999_999);
    let append = tenant.appending(vec![entry(a, "4"), entry(missing, "5"), entry(b, "6")]);
    let refused = test.store.write(append).await;
    assert_eq!(
        refused.err(),
        Some(Error::Refused(Refusal::NotFound(Entity::Conversation(1))))
    );
    assert_eq!(tenant.rows().await, rows);
    let nothing = test.store.write(tenant.appending(Vec::new())).await;
    assert!(nothing.expect("nothing to do").messages.is_empty());
    assert_eq!(tenant.rows().await, rows);
}

/// Sends more statements than one batch can hold; one in the middle fails.
async fn a_failure_inside_a_large_command_writes_nothing(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.create(Vec::new()).await.conversation.id;
    for spoiled in [5, 40, 75] {
        // Another row already has the id that one of the attachments will get.
        let next = tenant.take_id(EntityKind::Attachment).await + 1;
        let taken = format!(
            "DELETE FROM attachment;
             INSERT INTO attachment (account_id, id, conversation_id, message_id, file_name, mime_type, size)
             VALUES ({}, {}, {id}, 1, 'taken', 'text/plain', 1)",
            tenant.account,
            next + spoiled
        );
        tamper(&test, &taken).await;
        let rows = tenant.rows().await;
        let message = |at: i64| NewMessage {
            attachments: vec![attached(b"bytes")],
            ..call(&at.to_string())
        };
        let entries = (0..80).map(|at| (id, message(at), StatusWish::Keep));
        let append = tenant.appending(entries.collect());
        let refused = tenant.store.write(append).await;
        assert!(
            matches!(refused, Err(Error::Trouble(Trouble::Internal(_)))),
            "{refused:?}"
        );
        assert_eq!(tenant.rows().await, rows, "spoiled at {spoiled}");
    }
    // The next connection from the pool is usable.
    for at in 0..20 {
        tenant.append(id, call(&at.to_string())).await.expect("it");
    }
}

async fn a_batch_of_a_thousand_messages_is_one_transaction(on: On) {
    let (_test, tenant) = opened(on).await;
    let mut entries = Vec::new();
    let ids = [
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    ];
    for at in 0..1_000 {
        entries.push((ids[at % 2], call(&at.to_string()), StatusWish::Keep));
    }
    let append = tenant.appending(entries);
    let appended = tenant.store.write(append).await.expect("it");
    assert_eq!(appended.messages.len(), 1_000);
    assert!(appended.messages.is_sorted_by_key(|stored| stored.id));
    for (id, parity) in ids.into_iter().zip([0, 1]) {
        let mut bodies: Vec<String> = tenant
            .messages(id)
            .await
            .into_iter()
            .map(|m| m.body)
            .collect();
        bodies.reverse();
        let expected: Vec<String> = (0..500).map(|at| (2 * at + parity).to_string()).collect();
        assert_eq!(bodies[1..], expected);
        assert_eq!(tenant.get(id).await.messages, 501);
    }
}

async fn a_status_named_by_a_message_is_recorded_with_it(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let append = tenant.appending(vec![(id, call("done"), StatusWish::Set(Status::Closed))]);
    let appended = test.store.write(append).await.expect("it");
    let change = appended.messages[0].status.expect("a change");
    assert_eq!((change.from, change.to), (Status::New, Status::Closed));
    let stored = &tenant.messages(id).await[0];
    assert_eq!(stored.status_set, Some(Status::Closed));
    let conversation = tenant.get(id).await;
    assert_eq!(conversation.status, Status::Closed);
    assert_eq!(conversation.closed_at, Some(test.clock.now()));
    tenant.append(id, call("again")).await.expect("it");
    assert_eq!(tenant.get(id).await.status, Status::Open);
}

async fn the_check_before_an_addition_returns_the_same_error(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let good = tenant.appending(vec![(id, call("fine"), StatusWish::Keep)]);
    let mut unknown_customer = good.clone();
    let nobody = CustomerRef::Id(heddle_domain::CustomerId(999_999));
    unknown_customer.entries[0].message.customer = Some(nobody);
    let unknown = tenant.appending(vec![(ConversationId(999_999), call("x"), StatusWish::Keep)]);
    let rows = tenant.rows().await;
    for (append, expected) in [
        (good, None),
        (
            unknown_customer,
            Some(Error::Refused(Refusal::NotFound(Entity::Customer(0)))),
        ),
        (
            unknown,
            Some(Error::Refused(Refusal::NotFound(Entity::Conversation(0)))),
        ),
    ] {
        let said = test.store.read(CheckAppend(append.clone())).await.err();
        assert_eq!(said, expected);
        assert_eq!(tenant.rows().await, rows, "a check writes nothing");
        if expected.is_some() {
            assert_eq!(test.store.write(append).await.err(), expected);
        }
    }
}

async fn a_message_may_name_another_customer_than_its_conversation(on: On) {
    let (_test, tenant) = opened(on).await;
    let conversation = tenant.conversation().await;
    let message = call_from(by_email("other@example.com"), "on behalf");
    let append = tenant.appending(vec![(conversation.id, message, StatusWish::Keep)]);
    let appended = tenant.store.write(append).await.expect("it");
    assert_eq!(
        tenant.messages(conversation.id).await[0].customer,
        appended.messages[0].customer
    );
    assert_eq!(
        tenant.get(conversation.id).await.customer,
        conversation.customer
    );
}

on_both!(
    every_field_is_written_and_read_back,
    bodies_of_every_length_come_back_whole,
    attachments_are_in_the_row_in_objects_or_links,
    pages_show_each_entry_once_newest_contact_first,
    a_message_id_encodes_its_recorded_time,
    one_call_adds_to_several_conversations_or_to_none,
    a_failure_inside_a_large_command_writes_nothing,
    a_batch_of_a_thousand_messages_is_one_transaction,
    a_status_named_by_a_message_is_recorded_with_it,
    the_check_before_an_addition_returns_the_same_error,
    a_message_may_name_another_customer_than_its_conversation,
);
