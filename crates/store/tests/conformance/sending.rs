//! Tests of messages whose conversation the server selects (`rules.md` 13).

use heddle_domain::conversation::{Conversation, Status};
use heddle_domain::id::{AgentId, ConversationId, CustomerId};
use heddle_store::write::account::UpdateInbox;
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::send::{SendMessage, Sent};
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;

use crate::tenant::{Tenant, call, opened};

pub(crate) fn sending(tenant: &Tenant, customer: CustomerId) -> SendMessage {
    SendMessage {
        caller: tenant.caller.clone(),
        inbox: tenant.inboxes[0],
        customer,
        message: call("Is it ready?"),
        reopens: true,
        delegate_to: None,
        recipient: None,
    }
}

async fn send(tenant: &Tenant) -> Sent {
    let send = sending(tenant, tenant.customer);
    tenant.store.write(send).await.expect("it is sent")
}

async fn change(
    tenant: &Tenant,
    id: ConversationId,
    status: Option<Status>,
    archived: Option<bool>,
) -> Conversation {
    let change = ChangeConversation::new(
        tenant.caller.clone(),
        id,
        Change {
            status,
            archived,
            ..Change::default()
        },
    );
    tenant
        .store
        .write(change)
        .await
        .expect("a change")
        .conversation
}

async fn the_first_message_creates_a_conversation_that_the_next_uses(on: On) {
    let (test, tenant) = opened(on).await;
    let first = send(&tenant).await;
    test.clock.advance(1_000);
    let second = send(&tenant).await;
    assert_eq!(second.conversation.id, first.conversation.id);
    assert_eq!(second.conversation.messages, 2);
    assert!(second.message.id > first.message.id);
    assert_eq!(tenant.get(first.conversation.id).await, second.conversation);
}

async fn the_most_recently_active_open_conversation_is_selected(on: On) {
    let (test, tenant) = opened(on).await;
    let mut made = Vec::new();
    for _ in 0..4 {
        test.clock.advance(1_000);
        made.push(tenant.conversation().await.id);
    }
    change(&tenant, made[3], Some(Status::Closed), None).await;
    change(&tenant, made[2], None, Some(true)).await;
    assert_eq!(send(&tenant).await.conversation.id, made[1]);
    test.clock.advance(1_000);
    tenant
        .append(made[0], call("busy again"))
        .await
        .expect("it");
    assert_eq!(send(&tenant).await.conversation.id, made[0]);
}

async fn without_an_open_conversation_the_newest_closed_or_archived_one_is_reopened(on: On) {
    let (test, tenant) = opened(on).await;
    let older = tenant.conversation().await.id;
    test.clock.advance(1_000);
    let newer = tenant.conversation().await.id;
    test.clock.advance(1_000);
    let spam = tenant.conversation().await.id;
    change(&tenant, older, Some(Status::Closed), None).await;
    change(&tenant, newer, Some(Status::Closed), Some(true)).await;
    change(&tenant, spam, Some(Status::Spam), None).await;

    // An automated message is added to the same conversation; it neither reopens nor unarchives the conversation.
    let mut automated = sending(&tenant, tenant.customer);
    automated.reopens = false;
    automated.message.automated = true;
    let sent = tenant.store.write(automated).await.expect("it is sent");
    assert_eq!(sent.conversation.id, newer);
    assert_eq!(
        (sent.conversation.status, sent.conversation.archived),
        (Status::Closed, true)
    );

    let sent = send(&tenant).await;
    assert_eq!(sent.conversation.id, newer);
    assert_eq!(
        (sent.conversation.status, sent.conversation.archived),
        (Status::Open, false)
    );
}

async fn each_customer_has_one_conversation_per_inbox(on: On) {
    let (_test, tenant) = opened(on).await;
    let first = send(&tenant).await.conversation.id;
    let other = tenant.new_customer(None, None).await;
    let to_other = sending(&tenant, other);
    let second = tenant.store.write(to_other).await.expect("it is sent");
    assert_ne!(second.conversation.id, first);
    let mut elsewhere = sending(&tenant, tenant.customer);
    elsewhere.inbox = tenant.inboxes[1];
    let third = tenant.store.write(elsewhere).await.expect("it is sent");
    assert!(![first, second.conversation.id].contains(&third.conversation.id));
    assert_eq!(third.conversation.inbox, tenant.inboxes[1]);
}

async fn a_customer_with_another_home_inbox_is_not_found(on: On) {
    let (_test, tenant) = opened(on).await;
    let elsewhere = tenant.new_customer(Some(tenant.inboxes[1]), None).await;
    let rows = tenant.rows().await;
    for customer in [elsewhere, CustomerId(999_999)] {
        let send = sending(&tenant, customer);
        let refused = tenant.store.write(send).await;
        assert_eq!(
            refused.err(),
            Some(Error::Refused(Refusal::NotFound(Entity::Customer(0))))
        );
    }
    assert_eq!(tenant.rows().await, rows);
}

async fn a_message_changes_the_assignee_unless_sent_by_the_default_agent(on: On) {
    let (_test, tenant) = opened(on).await;
    let [default, other] = tenant.agents;
    let update = UpdateInbox {
        expected: None,
        caller: tenant.caller.clone(),
        id: tenant.inboxes[0],
        name: None,
        default_agent: Some(Some(default)),
        messaging_off: None,
    };
    tenant.store.write(update).await.expect("a change");
    let as_agent = |send: SendMessage, agent| SendMessage {
        delegate_to: Some(agent),
        ..send
    };
    for (agent, assignee) in [
        (default, None),
        (other, Some(other)),
        (default, Some(other)),
    ] {
        let send = as_agent(sending(&tenant, tenant.customer), agent);
        let sent = tenant.store.write(send).await.expect("it is sent");
        assert_eq!(sent.conversation.assignee, assignee);
    }
    assert_eq!(tenant.table("delegation").await.len(), 1);
    let stranger = as_agent(sending(&tenant, tenant.customer), AgentId(999));
    let refused = tenant.store.write(stranger).await;
    assert_eq!(
        refused.err(),
        Some(Error::Refused(Refusal::NotFound(Entity::Agent)))
    );
}

async fn concurrent_first_messages_create_one_conversation(on: On) {
    let (_test, tenant) = opened(on).await;
    for _ in 0..5 {
        let customer = tenant.new_customer(None, None).await;
        let mut sends = Vec::new();
        for _ in 0..12 {
            let send = sending(&tenant, customer);
            sends.push(tenant.store.write(send));
        }
        let sent = futures_util::future::join_all(sends).await;
        let ids: Vec<ConversationId> = sent
            .into_iter()
            .map(|sent| sent.expect("each is sent").conversation.id)
            .collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(tenant.get(ids[0]).await.messages, 12);
    }
    assert_eq!(tenant.store.check().await, Ok(Vec::new()));
}

on_both!(
    the_first_message_creates_a_conversation_that_the_next_uses,
    the_most_recently_active_open_conversation_is_selected,
    without_an_open_conversation_the_newest_closed_or_archived_one_is_reopened,
    each_customer_has_one_conversation_per_inbox,
    a_customer_with_another_home_inbox_is_not_found,
    a_message_changes_the_assignee_unless_sent_by_the_default_agent,
    concurrent_first_messages_create_one_conversation,
);
