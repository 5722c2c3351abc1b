//! Deleted conversations: no read finds them, no command changes them, and a restoration brings them back as they were.

use heddle_domain::InboxScope;
use heddle_domain::id::ConversationId;
use heddle_store::read::contents::ShowConversation;
use heddle_store::read::event_messages::{EventMessages, MessageEvent};
use heddle_store::read::feed::{ConversationCounts, ReadFeed};
use heddle_store::read::listing::{Filter, ListConversations, Order};
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::counts::Counts;
use heddle_store::write::delete::{DeleteConversation, RestoreConversation};
use heddle_store::write::merge::MergeConversations;
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;
use serde_json::json;

use crate::tenant::{Tenant, call, opened};

impl Tenant {
    pub(crate) async fn delete(&self, id: ConversationId) -> Result<(), Error> {
        let delete = DeleteConversation {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            conversation: id,
            expected: None,
        };
        self.store.write(delete).await
    }

    pub(crate) async fn restore(&self, id: ConversationId) -> Result<(), Error> {
        let restore = RestoreConversation {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            conversation: id,
        };
        self.store.write(restore).await.map(drop)
    }

    pub(crate) async fn merge_conversations(&self, from: ConversationId, into: ConversationId) {
        let merge = MergeConversations {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            from,
            into,
            status: None,
            expected: None,
        };
        self.store.write(merge).await.expect("merged");
    }

    /// Returns the ids of all conversations of a list, and the number of conversations that the counts say.
    pub(crate) async fn listed(&self) -> (Vec<ConversationId>, i64) {
        let list = ListConversations {
            account: self.account,
            inboxes: self.inboxes.to_vec(),
            filter: Filter::default(),
            order: Order::Created,
            descending: false,
            after: None,
            limit: 50,
        };
        let page = self.store.read(list).await.expect("a page");
        let ids = page.conversations.iter().map(|c| c.conversation.id);
        self.store.drain_feed().await.expect("drained");
        let counted = self.store.catch_up::<Counts>(self.account).await;
        counted.expect("counted");
        let read = ConversationCounts {
            account: self.account,
            inboxes: InboxScope::All,
        };
        let counts = self.store.read(read).await.expect("counts");
        (
            ids.collect(),
            counts.iter().map(|(_, _, number)| number).sum(),
        )
    }
}

pub(crate) fn unknown<T>(result: Result<T, Error>) -> bool {
    matches!(
        result,
        Err(Error::Refused(Refusal::NotFound(Entity::Conversation(_))))
    )
}

async fn a_deleted_conversation_is_in_no_list_and_in_no_count(on: On) {
    let (test, tenant) = opened(on).await;
    let (kept, gone) = (
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    );
    let message = tenant
        .append(gone, call("told"))
        .await
        .expect("added")
        .messages[0]
        .id;
    let before = tenant.get(gone).await;
    assert_eq!(tenant.listed().await, (vec![kept, gone], 2));
    tenant.delete(gone).await.expect("deleted");
    assert_eq!(tenant.listed().await, (vec![kept], 1));
    assert!(unknown(tenant.find(gone).await));
    assert!(unknown(tenant.append(gone, call("more")).await));
    assert!(unknown(tenant.delete(gone).await));
    let change = ChangeConversation::new(tenant.caller.clone(), gone, Change::default());
    assert!(unknown(tenant.store.write(change).await));
    // What a webhook would send.
    let about = MessageEvent {
        conversation: gone,
        messages: vec![message],
    };
    let read = EventMessages {
        account: tenant.account,
        events: vec![about],
        with_bodies: true,
    };
    let found = tenant.store.read(read).await.expect("a read");
    assert!(found.iter().all(Vec::is_empty), "{found:?}");
    assert_eq!(test.store.check().await, Ok(Vec::new()));

    tenant.restore(gone).await.expect("restored");
    assert_eq!(tenant.listed().await, (vec![kept, gone], 2));
    let after = tenant.get(gone).await;
    let same = heddle_domain::Conversation {
        updated_at: after.updated_at,
        last_event_id: after.last_event_id,
        ..before
    };
    assert_eq!(after, same);
    let rows = tenant.rows().await;
    tenant.restore(gone).await.expect("it is there");
    assert_eq!(tenant.rows().await, rows, "it was not deleted");
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn the_feed_tells_of_deletion_and_restoration(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    tenant.delete(id).await.expect("deleted");
    tenant.restore(id).await.expect("restored");
    tenant.store.drain_feed().await.expect("drained");
    let read = ReadFeed {
        account: tenant.account,
        after: 0,
        limit: 100,
    };
    let page = tenant.store.read(read).await.expect("a page");
    let of_it = page
        .events
        .into_iter()
        .filter(|event| event.conversation == Some(id));
    let told: Vec<_> = of_it
        .map(|event| (event.kind.as_str(), json!(event.detail.into_json())))
        .collect();
    let deleted = json!({"changes": {"state": ["published", "hidden"], "status": ["new", null]}});
    let restored = json!({"changes": {"state": ["hidden", "published"], "status": [null, "new"]}});
    assert_eq!(
        told[1..],
        [
            ("conversation.deleted", deleted),
            ("conversation.restored", restored)
        ]
    );
}

async fn what_was_merged_into_a_deleted_conversation_is_unknown_too(on: On) {
    let (_test, tenant) = opened(on).await;
    let (from, into) = (
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    );
    let merge = |from, into| MergeConversations {
        caller: tenant.caller.clone(),
        inboxes: InboxScope::All,
        from,
        into,
        status: None,
        expected: None,
    };
    tenant.store.write(merge(from, into)).await.expect("merged");
    tenant.delete(into).await.expect("deleted");
    assert!(unknown(tenant.find(from).await) && unknown(tenant.restore(from).await));
    let other = tenant.conversation().await.id;
    assert!(unknown(tenant.store.write(merge(other, from)).await));
    assert!(unknown(tenant.store.write(merge(into, other)).await));
    tenant.restore(into).await.expect("restored");
    let moved = tenant.find(from).await;
    assert!(
        matches!(moved, Err(Error::Refused(Refusal::MergedConversation { survivor, .. })) if survivor == into),
        "{moved:?}"
    );
}

async fn other_inboxes_can_neither_delete_nor_restore(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let elsewhere = InboxScope::only([tenant.inboxes[1]]);
    let delete = DeleteConversation {
        caller: tenant.caller.clone(),
        inboxes: elsewhere.clone(),
        conversation: id,
        expected: None,
    };
    assert!(unknown(tenant.store.write(delete.clone()).await));
    let stale = DeleteConversation {
        inboxes: InboxScope::All,
        expected: Some(1),
        ..delete
    };
    let refused = tenant.store.write(stale).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::Stale))));
    tenant.delete(id).await.expect("deleted");
    let restore = RestoreConversation {
        caller: tenant.caller.clone(),
        inboxes: elsewhere,
        conversation: id,
    };
    assert!(unknown(tenant.store.write(restore).await));
    assert!(unknown(tenant.restore(ConversationId(77_777)).await));
    let read = ShowConversation {
        account: tenant.account,
        inboxes: InboxScope::All,
        id,
    };
    assert!(unknown(tenant.store.read(read).await));
}

on_both!(
    a_deleted_conversation_is_in_no_list_and_in_no_count,
    the_feed_tells_of_deletion_and_restoration,
    what_was_merged_into_a_deleted_conversation_is_unknown_too,
    other_inboxes_can_neither_delete_nor_restore,
);
