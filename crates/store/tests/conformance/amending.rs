//! Messages that are rewritten, hidden, or get and lose files after they were stored.

use heddle_domain::InboxScope;
use heddle_domain::id::{AttachmentId, ConversationId, MessageId};
use heddle_domain::message::{Format, State};
use heddle_store::read::contents::ShowOriginal;
use heddle_store::write::NewAttachment;
use heddle_store::write::amend::AmendMessage;
use heddle_store::write::attach::{AttachFile, DetachFile};
use heddle_store::write::split::{Parting, SplitConversation};
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;

use crate::messages::attached;
use crate::tenant::{Tenant, call, opened};

impl Tenant {
    fn amending(&self, id: ConversationId, message: MessageId) -> AmendMessage {
        AmendMessage {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            conversation: id,
            message,
            text: None,
            hidden: None,
        }
    }

    fn attaching(&self, id: ConversationId, message: MessageId, file: NewAttachment) -> AttachFile {
        AttachFile {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            conversation: id,
            message,
            file,
        }
    }

    fn detaching(&self, id: ConversationId, attachment: AttachmentId) -> DetachFile {
        DetachFile {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            conversation: id,
            attachment,
        }
    }

    async fn original(&self, id: ConversationId, message: MessageId) -> Option<(String, Format)> {
        let read = ShowOriginal {
            account: self.account,
            inboxes: InboxScope::All,
            conversation: id,
            id: message,
        };
        self.store.read(read).await.expect("a read")
    }
}

async fn the_first_text_stays_with_the_message(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let long = "long ".repeat(2_000);
    for first in ["short", long.as_str()] {
        let message = tenant
            .append(id, call(first))
            .await
            .expect("added")
            .messages[0]
            .id;
        for text in [long.clone() + "!", "second".to_owned()] {
            let amend = AmendMessage {
                text: Some((text.clone(), Format::Html)),
                ..tenant.amending(id, message)
            };
            let amended = tenant.store.write(amend).await.expect("amended");
            assert_eq!((amended.body, amended.format), (text, Format::Html));
        }
        let kept = Some((first.to_owned(), Format::Plain));
        assert_eq!(tenant.original(id, message).await, kept);
        let split = SplitConversation {
            caller: tenant.caller.clone(),
            inboxes: InboxScope::All,
            conversation: id,
            expected: None,
            parting: Parting::These(vec![message]),
            subject: None,
        };
        let new = tenant
            .store
            .write(split)
            .await
            .expect("split")
            .new
            .conversation
            .id;
        assert_eq!(
            tenant.original(new, message).await,
            kept,
            "it moves with its message"
        );
        assert_eq!(tenant.original(id, message).await, None);
    }
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn a_hidden_message_counts_as_if_it_were_not_there(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    test.clock.advance(60_000);
    let before = tenant.get(id).await;
    let message = tenant
        .append(id, call("rang"))
        .await
        .expect("added")
        .messages[0]
        .id;
    let with = tenant.get(id).await;
    let hide = |hidden| AmendMessage {
        hidden: Some(hidden),
        ..tenant.amending(id, message)
    };
    test.clock.advance(60_000);
    let hidden = tenant.store.write(hide(true)).await.expect("hidden");
    assert_eq!(hidden.state, State::Hidden);
    let without = tenant.get(id).await;
    let facts = |c: &heddle_domain::Conversation| {
        (
            c.published,
            c.contacts,
            c.last_message_at,
            c.waiting_since,
            c.customer_wrote_last,
        )
    };
    assert_eq!(facts(&without), facts(&before));
    assert_eq!(
        (without.messages, without.status),
        (with.messages, with.status),
        "the cap counts it"
    );
    let rows = tenant.rows().await;
    tenant.store.write(hide(true)).await.expect("it is hidden");
    assert_eq!(tenant.rows().await, rows);
    tenant.store.write(hide(false)).await.expect("shown");
    assert_eq!(facts(&tenant.get(id).await), facts(&with));
    let mut draft = call("soon");
    draft.state = State::Draft;
    let draft = tenant.append(id, draft).await.expect("a draft").messages[0].id;
    let refused = tenant
        .store
        .write(AmendMessage {
            message: draft,
            ..hide(true)
        })
        .await;
    assert!(
        matches!(
            refused,
            Err(Error::Refused(Refusal::Invalid { field: "state", .. }))
        ),
        "{refused:?}"
    );
    let refused = tenant
        .store
        .write(AmendMessage {
            message: MessageId(7),
            ..hide(true)
        })
        .await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Message)))
    );
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn files_are_added_to_a_message_and_removed(on: On) {
    let (test, tenant) = opened(on).await;
    let (id, other) = (
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    );
    let message = tenant
        .append(id, call("rang"))
        .await
        .expect("added")
        .messages[0]
        .id;
    let count = async || {
        let page = tenant.page(id, 1, 10).await;
        let (message, files) = page
            .messages
            .into_iter()
            .find(|(m, _)| m.id == message)
            .expect("it");
        assert_eq!(message.attachments, files.len() as i64);
        files.len()
    };
    let status = tenant.get(id).await.status;
    let row = tenant.attaching(id, message, attached(b"bytes"));
    let row = tenant.store.write(row).await.expect("attached");
    let name = test
        .store
        .objects()
        .put(tenant.account, vec![7; 40_000])
        .await
        .expect("an object");
    let object = NewAttachment {
        data: None,
        object: Some(name.clone()),
        size: 40_000,
        ..attached(b"")
    };
    let object = tenant
        .store
        .write(tenant.attaching(id, message, object))
        .await
        .expect("attached");
    assert_eq!((count().await, tenant.get(id).await.status), (2, status));
    for (conversation, attachment) in [
        (other, row),
        (id, AttachmentId(7_777)),
        (ConversationId(7_777), row),
    ] {
        assert!(
            tenant
                .store
                .write(tenant.detaching(conversation, attachment))
                .await
                .is_err()
        );
    }
    assert_eq!(test.store.check().await, Ok(Vec::new()));
    assert_eq!(
        tenant.store.write(tenant.detaching(id, object)).await,
        Ok(Some(name))
    );
    assert_eq!(
        tenant.store.write(tenant.detaching(id, row)).await,
        Ok(None)
    );
    let again = tenant.store.write(tenant.detaching(id, row)).await;
    assert_eq!(
        again,
        Err(Error::Refused(Refusal::NotFound(Entity::Attachment)))
    );
    assert_eq!(count().await, 0);
    let refused = tenant
        .store
        .write(tenant.attaching(other, message, attached(b"x")))
        .await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Message)))
    );
}

on_both!(
    the_first_text_stays_with_the_message,
    a_hidden_message_counts_as_if_it_were_not_there,
    files_are_added_to_a_message_and_removed,
);
