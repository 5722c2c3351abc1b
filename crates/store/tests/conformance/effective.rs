//! Tests of the effective time (`rules.md` 19): a live contact dated in the future does not stay the last one.

use heddle_domain::conversation::{Conversation, StatusWish};
use heddle_domain::id::ConversationId;
use heddle_domain::message::{Author, Channel, Direction, Kind, State};
use heddle_domain::{InboxScope, Timestamp};
use heddle_store::Clock;
use heddle_store::write::NewMessage;
use heddle_store::write::edit::{EditMessage, Publishing};
use heddle_store::write::merge::MergeConversations;
use heddle_store::write::send::SendMessage;
use heddle_store::write::split::{Parting, SplitConversation};
use heddle_testkit::{On, TestStore};

use crate::tenant::{Tenant, call, opened};

const YEAR_2099: Timestamp = Timestamp(4_070_908_800_000);

fn answer(body: &str, tenant: &Tenant) -> NewMessage {
    let author = Author::Agent(tenant.agents[0]);
    NewMessage::new(Channel::Phone, Direction::Outgoing, author, body)
}

fn in_2099(message: NewMessage) -> NewMessage {
    NewMessage {
        occurred_at: Some(YEAR_2099),
        ..message
    }
}

/// Adds a message a second later; returns the time.
async fn add(
    test: &TestStore,
    tenant: &Tenant,
    to: ConversationId,
    message: NewMessage,
) -> Timestamp {
    test.clock.advance(1_000);
    tenant.append(to, message).await.expect("it is added");
    test.clock.now()
}

/// Returns the times that a contact dated in the future must not hold.
fn times(c: &Conversation) -> (Timestamp, bool, Option<Timestamp>, Option<Timestamp>) {
    (
        c.last_message_at,
        c.is_waiting(),
        c.waiting_since,
        c.agent_acted_at,
    )
}

/// Returns the bodies of a conversation's messages, last contact first.
async fn bodies(tenant: &Tenant, id: ConversationId) -> Vec<String> {
    let messages = tenant.messages(id).await.into_iter();
    messages.map(|message| message.body).collect()
}

async fn a_contact_dated_in_the_future_is_not_the_last_one_for_good(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.create(Vec::new()).await.conversation.id;
    let asked = add(&test, &tenant, id, in_2099(call("from 2099"))).await;
    assert_eq!(
        times(&tenant.get(id).await),
        (asked, true, Some(asked), None)
    );
    let answered = add(&test, &tenant, id, answer("now", &tenant)).await;
    let after = tenant.get(id).await;
    assert_eq!(
        times(&after),
        (answered, false, Some(asked), Some(answered))
    );
    let shown = tenant.messages(id).await;
    assert_eq!(bodies(&tenant, id).await, ["now", "from 2099"]);
    assert_eq!(
        (shown[1].occurred_at, shown[1].effective_at),
        (YEAR_2099, asked),
        "clients see the time that they gave"
    );
    let acted = add(
        &test,
        &tenant,
        id,
        in_2099(answer("answer of 2099", &tenant)),
    );
    let acted = acted.await;
    let asked = add(&test, &tenant, id, call("again")).await;
    assert_eq!(
        times(&tenant.get(id).await),
        (asked, true, Some(asked), Some(acted))
    );
}

async fn an_imported_contact_takes_effect_when_it_occurred(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let imported = NewMessage {
        imported: true,
        ..in_2099(call("imported"))
    };
    add(&test, &tenant, id, imported).await;
    assert_eq!(tenant.get(id).await.last_message_at, YEAR_2099);
}

async fn a_note_dated_in_the_future_moves_the_last_message_to_now(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let note = NewMessage {
        kind: Kind::Note,
        moves_last_message: true,
        ..in_2099(answer("note", &tenant))
    };
    let noted = add(&test, &tenant, id, note).await;
    assert_eq!(tenant.get(id).await.last_message_at, noted);
}

async fn a_merge_and_a_split_keep_the_effective_times(on: On) {
    let (test, tenant) = opened(on).await;
    let [from, into] = [
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    ];
    add(&test, &tenant, from, in_2099(call("from 2099"))).await;
    let answered = add(&test, &tenant, into, answer("now", &tenant)).await;
    let merge = MergeConversations {
        caller: tenant.caller.clone(),
        inboxes: InboxScope::All,
        from,
        into,
        status: None,
        expected: None,
    };
    tenant.store.write(merge).await.expect("they merge");
    let merged = tenant.get(into).await;
    assert_eq!(
        (merged.last_message_at, merged.is_waiting()),
        (answered, false)
    );
    let messages = tenant.messages(into).await;
    let future = messages.iter().find(|m| m.body == "from 2099");
    let future = future.expect("it was moved");
    let split = SplitConversation {
        caller: tenant.caller.clone(),
        inboxes: InboxScope::All,
        conversation: into,
        expected: None,
        parting: Parting::These(vec![future.id]),
        subject: None,
    };
    let parts = tenant.store.write(split).await.expect("it is split");
    let new = parts.new.conversation;
    assert_eq!(new.last_message_at, future.recorded_at);
    let answered = add(&test, &tenant, new.id, answer("now", &tenant)).await;
    let answered_part = tenant.get(new.id).await;
    assert_eq!(
        (answered_part.last_message_at, answered_part.is_waiting()),
        (answered, false)
    );
}

async fn a_draft_takes_effect_when_it_is_published(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    for (occurred_at, shown) in [(None, None), (Some(YEAR_2099), Some(YEAR_2099))] {
        let draft = NewMessage {
            state: State::Draft,
            ..in_2099(answer("draft", &tenant))
        };
        let draft = tenant.append(id, draft).await.expect("a draft");
        let asked = add(&test, &tenant, id, call("meanwhile")).await;
        test.clock.advance(1_000);
        let publish = EditMessage {
            caller: tenant.caller.clone(),
            inboxes: InboxScope::All,
            conversation: id,
            message: draft.messages[0].id,
            expected: None,
            body: None,
            format: None,
            publish: Some(Publishing {
                occurred_at,
                status: None,
                assignee: None,
            }),
        };
        let published = tenant.store.write(publish).await.expect("it is published");
        let now = test.clock.now();
        assert_eq!(published.message.effective_at, now);
        assert_eq!(published.message.occurred_at, shown.unwrap_or(now));
        let conversation = tenant.get(id).await;
        assert_eq!(
            (conversation.last_message_at, conversation.is_waiting()),
            (now, false)
        );
        assert_eq!(tenant.messages(id).await[0], published.message);
        assert!(asked < now);
        let asked = add(&test, &tenant, id, call("again")).await;
        assert_eq!(tenant.get(id).await.last_message_at, asked);
    }
}

async fn a_message_goes_to_the_conversation_with_the_last_contact(on: On) {
    let (test, tenant) = opened(on).await;
    let [first, second] = [
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    ];
    add(&test, &tenant, first, in_2099(call("from 2099"))).await;
    add(&test, &tenant, second, call("now")).await;
    let send = SendMessage {
        caller: tenant.caller.clone(),
        inbox: tenant.inboxes[0],
        customer: tenant.customer,
        message: call("next"),
        reopens: true,
        delegate_to: None,
        recipient: None,
    };
    let sent = tenant.store.write(send).await.expect("it is sent");
    assert_eq!(sent.conversation.id, second);
}

async fn a_bulk_addition_in_one_command_keeps_its_order(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let entries = [in_2099(call("one")), answer("two", &tenant)];
    let entries = entries.map(|message| (id, message, StatusWish::Keep));
    let appending = tenant.appending(entries.into());
    tenant.store.write(appending).await.expect("they are added");
    assert_eq!(bodies(&tenant, id).await[..2], ["two", "one"]);
    assert!(!tenant.get(id).await.is_waiting());
}

on_both!(
    a_contact_dated_in_the_future_is_not_the_last_one_for_good,
    an_imported_contact_takes_effect_when_it_occurred,
    a_note_dated_in_the_future_moves_the_last_message_to_now,
    a_merge_and_a_split_keep_the_effective_times,
    a_draft_takes_effect_when_it_is_published,
    a_message_goes_to_the_conversation_with_the_last_contact,
    a_bulk_addition_in_one_command_keeps_its_order,
);
