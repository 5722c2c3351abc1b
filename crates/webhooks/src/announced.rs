//! The messages that events announce, for APIs whose webhooks report messages.

use heddle_domain::event::EventKind;
use heddle_domain::id::MessageId;
use heddle_store::Error;
use heddle_store::read::event_messages::{ConversationMessages, EventMessages, MessageEvent};
use heddle_store::read::feed::FeedEvent;

use crate::hook::HookContext;

/// Whether a caller of [`announced`] needs the bodies of the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// They are read.
    Read,
    /// They stay in the store, so that many events take little memory.
    Left,
}

/// Returns, for each event, the messages that it announces, by the conversation in which they are now: the first messages of a new conversation, or the message
/// that was added or changed. Leaves out events that announce no message, events of inboxes that the webhook does not
/// cover, messages that a move or a merge has taken to such an inbox since, and events whose conversation no longer exists.
///
/// # Errors
/// If the store cannot be read.
pub async fn announced<'a>(
    context: HookContext<'_>,
    events: impl Iterator<Item = &'a FeedEvent>,
    bodies: Bodies,
) -> Result<Vec<(&'a FeedEvent, Vec<ConversationMessages>)>, Error> {
    let covered = events.filter(|event| context.covers(event));
    let found = covered.filter_map(|event| Some((event, message_event(event)?)));
    let (found, events): (Vec<_>, Vec<_>) = found.unzip();
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let read = EventMessages {
        account: context.account,
        events,
        with_bodies: bodies == Bodies::Read,
    };
    let results = context.store.read(read).await?;
    let inboxes = &context.webhook.inboxes;
    let covered = |found: Vec<ConversationMessages>| {
        let found = found.into_iter();
        found
            .filter(|it| inboxes.contains(it.conversation.inbox))
            .collect::<Vec<_>>()
    };
    let announced = found.into_iter().zip(results.into_iter().map(covered));
    Ok(announced.filter(|(_, found)| !found.is_empty()).collect())
}

/// Returns which messages an event announces; `None` if it announces none. A conversation that was split off announces
/// none, because its messages were announced when they were added. The event of a new conversation names its messages;
/// without a name there was no message, because every version of this program has written the names.
fn message_event(event: &FeedEvent) -> Option<MessageEvent> {
    let messages = match event.kind {
        EventKind::ConversationCreated => {
            let detail = event.detail.known();
            match detail.is_split() {
                true => return None,
                false => detail.messages().to_vec(),
            }
        }
        EventKind::MessageAdded | EventKind::MessageUpdated => vec![MessageId(event.entity)],
        EventKind::AccountCreated
        | EventKind::AccountUpdated
        | EventKind::RetentionApplied
        | EventKind::InboxCreated
        | EventKind::InboxUpdated
        | EventKind::InboxRemoved
        | EventKind::AgentCreated
        | EventKind::AgentUpdated
        | EventKind::AgentConsented
        | EventKind::CustomerCreated
        | EventKind::CustomerUpdated
        | EventKind::CustomerMerged
        | EventKind::CustomerErased
        | EventKind::ApplicationCreated
        | EventKind::CredentialCreated
        | EventKind::CredentialUpdated
        | EventKind::CredentialRevoked
        | EventKind::ConversationUpdated
        | EventKind::ConversationMerged
        | EventKind::ConversationSplit
        | EventKind::ConversationDeleted
        | EventKind::ConversationRestored
        | EventKind::ConversationLeft
        | EventKind::TagCreated
        | EventKind::WebhookCreated
        | EventKind::WebhookUpdated
        | EventKind::WebhookDisabled
        | EventKind::WebhookDeleted
        | EventKind::WebhookReplayed
        | EventKind::Void => return None,
    };
    Some(MessageEvent {
        conversation: event.conversation?,
        messages,
    })
}

#[cfg(test)]
mod tests {
    use heddle_access::provision;
    use heddle_domain::account::AccountSettings;
    use heddle_domain::conversation::Locks;
    use heddle_domain::customer::CustomerRef;
    use heddle_domain::detail::Fact;
    use heddle_domain::id::{ConversationId, InboxId, WebhookId};
    use heddle_domain::message::{Author, Channel, Direction};
    use heddle_domain::{Account, EntityKind, InboxScope};
    use heddle_http::base_url::BaseUrl;
    use heddle_store::detail::StoredDetail;
    use heddle_store::read::feed::ReadFeed;
    use heddle_store::write::merge::MergeConversations;
    use heddle_store::write::split::{Parting, SplitConversation};
    use heddle_store::write::webhook::CreateWebhook;
    use heddle_store::write::{CreateConversation, NewConversation, NewMessage};
    use heddle_store::{Store, StoredWebhook};
    use heddle_testkit::{On, TestStore};

    use super::*;

    /// Creates an account with two inboxes.
    async fn account(store: &Store) -> (Account, [InboxId; 2]) {
        let account = provision::create_account(store, "Here", AccountSettings::default());
        let account = account.await.expect("an account");
        let main = provision::create_inbox(store, &account, "Main", None, Vec::new());
        let main = main.await.expect("an inbox");
        let second = provision::create_inbox(store, &account, "Second", None, Vec::new());
        let second = second.await.expect("an inbox");
        (account, [main, second])
    }

    /// Creates a webhook for events of one inbox.
    async fn webhook(store: &Store, account: &Account, inbox: InboxId) -> StoredWebhook {
        let id = store.take_id(account.id, EntityKind::Webhook).await;
        let command = CreateWebhook {
            caller: provision::operator_caller(account),
            id: WebhookId(id.expect("an id")),
            api: "test".to_owned(),
            label: String::new(),
            url: String::new(),
            shown_url: String::new(),
            kinds: Vec::new(),
            inboxes: InboxScope::only([inbox]),
            secret: String::new(),
            ordered: false,
            allow: String::new(),
            application: None,
            options: "{}".to_owned(),
            enabled: true,
        };
        store.write(command).await.expect("a webhook")
    }

    /// Creates a conversation with two messages; returns the event about it.
    async fn created(store: &Store, account: &Account, inbox: InboxId) -> FeedEvent {
        create(store, account, inbox, &["first", "second"]).await;
        let mut events = feed(store, account).await;
        events.retain(|event| event.kind == EventKind::ConversationCreated);
        events.pop().expect("an event")
    }

    async fn feed(store: &Store, account: &Account) -> Vec<FeedEvent> {
        store.drain_feed().await.expect("a feed");
        let feed = ReadFeed {
            account: account.id,
            after: 0,
            limit: 100,
        };
        store.read(feed).await.expect("a read").events
    }

    /// Creates a conversation with messages; returns its id and theirs.
    async fn create(
        store: &Store,
        account: &Account,
        inbox: InboxId,
        texts: &[&str],
    ) -> (ConversationId, Vec<MessageId>) {
        let customer = provision::create_customer(
            store,
            account,
            None,
            None,
            heddle_domain::customer::Profile::default(),
            Vec::new(),
        );
        let message = |text: &&str| {
            let (direction, author) = (Direction::Incoming, Author::Customer);
            NewMessage::new(Channel::Phone, direction, author, *text)
        };
        let command = CreateConversation {
            caller: provision::operator_caller(account),
            reach: InboxScope::All,
            locks: Locks::NONE,
            conversation: NewConversation::new(inbox, "Call"),
            customer: CustomerRef::Id(customer.await.expect("a customer")),
            messages: texts.iter().map(message).collect(),
        };
        let created = store.write(command).await.expect("a conversation");
        let messages = created.messages.iter().map(|message| message.id);
        (created.conversation.id, messages.collect())
    }

    /// The clock stands still, so all messages have the time of all events.
    #[tokio::test]
    async fn merges_and_splits_before_delivery_lose_and_repeat_no_message() {
        for on in [On::Sqlite, On::Postgres] {
            let test = TestStore::open(on).await;
            let store = &test.store;
            let (account, [main, _]) = account(store).await;
            let webhook = webhook(store, &account, main).await;
            let many = vec!["one of many"; 150];
            let (from, mut expected) = create(store, &account, main, &many).await;
            let (into, more) = create(store, &account, main, &["first", "second"]).await;
            expected.extend(more);
            // One message is moved by a merge, a split, a merge and a split.
            let caller = provision::operator_caller(&account);
            let merge = |from, into| MergeConversations {
                caller: caller.clone(),
                inboxes: InboxScope::All,
                from,
                into,
                status: None,
                expected: None,
            };
            let split = |conversation, message| SplitConversation {
                caller: caller.clone(),
                inboxes: InboxScope::All,
                conversation,
                expected: None,
                parting: Parting::These(vec![message]),
                subject: None,
            };
            store.write(merge(from, into)).await.expect("a merge");
            let parts = store.write(split(into, expected[7])).await;
            let part = parts.expect("a split").new.conversation.id;
            let (third, last) = create(store, &account, main, &["third"]).await;
            expected.extend(last);
            store.write(merge(part, third)).await.expect("a merge");
            store
                .write(split(third, expected[7]))
                .await
                .expect("a split");

            let base_url = BaseUrl::new(None, "127.0.0.1:8080".parse().expect("an address"));
            let context = HookContext {
                store,
                base_url: &base_url,
                account: account.id,
                webhook: &webhook,
            };
            let events = feed(store, &account).await;
            let found = announced(context, events.iter(), Bodies::Read)
                .await
                .expect("a read");
            let found = found.iter().flat_map(|(_, found)| found);
            let messages = found.flat_map(|found| &found.messages);
            let mut ids: Vec<_> = messages.map(|message| message.id).collect();
            ids.sort_unstable();
            assert_eq!(ids, expected, "{on:?}");
        }
    }

    #[tokio::test]
    async fn an_event_announces_the_messages_that_are_new_or_changed() {
        let test = TestStore::open(On::Sqlite).await;
        let store = &test.store;
        let (account, [main, second]) = account(store).await;
        let webhook = webhook(store, &account, main).await;
        let base_url = BaseUrl::new(None, "127.0.0.1:8080".parse().expect("an address"));
        let context = HookContext {
            store,
            base_url: &base_url,
            account: account.id,
            webhook: &webhook,
        };
        let announce = async |event: &FeedEvent| {
            let found = announced(context, [event].into_iter(), Bodies::Read).await;
            let found = found.expect("a read").into_iter();
            found
                .flat_map(|(_, found)| found)
                .flat_map(|found| found.messages)
                .collect::<Vec<_>>()
        };

        let created = created(store, &account, main).await;
        let texts = |messages: &[heddle_domain::message::Message]| {
            let texts = messages.iter().map(|message| message.body.clone());
            texts.collect::<Vec<_>>()
        };
        let first = announce(&created).await;
        assert_eq!(texts(&first), ["first", "second"]);
        let one = |kind| FeedEvent {
            kind,
            entity: first[1].id.get(),
            ..created.clone()
        };
        for kind in [EventKind::MessageAdded, EventKind::MessageUpdated] {
            assert_eq!(texts(&announce(&one(kind)).await), ["second"], "{kind:?}");
        }

        let mut split = created.clone();
        let source = ConversationId(created.entity);
        let mut detail = split.detail.known();
        detail.with(Fact::SplitFrom(source));
        split.detail = StoredDetail::of(&detail);
        let in_second = FeedEvent {
            inbox: Some(second),
            ..created.clone()
        };
        let vanished = FeedEvent {
            conversation: Some(ConversationId(1_000_000)),
            ..created.clone()
        };
        for (case, event) in [
            ("a split", split),
            ("another inbox", in_second),
            ("a vanished conversation", vanished),
            ("no message", one(EventKind::ConversationUpdated)),
        ] {
            assert!(announce(&event).await.is_empty(), "{case}");
        }
    }
}
