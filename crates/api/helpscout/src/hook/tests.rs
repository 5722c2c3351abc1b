//! Tests of the names and bodies of webhooks, and of what is signed.

mod contents;

use heddle_access::provision;
use heddle_domain::account::AccountSettings;
use heddle_domain::conversation::{Locks, StatusWish};
use heddle_domain::customer::{CustomerRef, Profile};
use heddle_domain::id::{InboxId, MessageId, WebhookId};
use heddle_domain::message::{Author, Channel};
use heddle_domain::{Account, Status};
use heddle_http::base_url::BaseUrl;
use heddle_store::read::feed::ReadFeed;
use heddle_store::write::append::Append;
use heddle_store::write::delete::DeleteConversation;
use heddle_store::write::merge::MergeConversations;
use heddle_store::write::split::{Parting, SplitConversation};
use heddle_store::write::webhook::CreateWebhook;
use heddle_store::write::{AppendMessages, CreateConversation, Guard, NewConversation, NewMessage};
use heddle_store::{Entity, Store};
use heddle_testkit::{On, TestStore};

use super::*;

#[test]
fn only_a_resource_that_is_gone_is_skipped() {
    for (refusal, expected) in [
        (Refusal::NotFound(Entity::Customer(0)), true),
        (Refusal::MergedCustomer(CustomerId(1)), true),
        (Refusal::ErasedCustomer, true),
        (Refusal::Forbidden, false),
        (Refusal::Stale, false),
        (Refusal::Conflict("customer"), false),
    ] {
        assert_eq!(is_gone(&refusal), expected, "{refusal}");
    }
}

#[test]
fn the_example_of_the_contract_is_signed_as_it_says() {
    let signed = BASE64_STANDARD.encode(sign::sha1(b"wren", br#"{"id":7001}"#));
    assert_eq!(signed, "cb2BOVqa0KW68Bq5DN6Ns/bZUzY=");
}

#[test]
fn both_payload_versions_are_options() {
    let mut fields = Webhooks.option_fields().iter();
    let field = fields.find(|field| field.name == PAYLOAD_VERSION);
    let accepts = field.expect("an option").accepts;
    for version in PAYLOAD_VERSIONS {
        assert!(accepts(&version.into()), "{version}");
    }
    for version in ["V1", "v2", ""] {
        assert!(!accepts(&version.into()), "{version}");
    }
}

#[test]
fn a_subscription_requires_the_scopes_that_the_body_needs() {
    use Scope as S;
    let conversation = vec![S::ConversationsRead, S::MessagesRead];
    for (name, expected) in [
        ("convo.created", conversation.clone()),
        ("beacon.chat.assigned", conversation),
        ("customer.deleted", vec![S::CustomersRead]),
        ("organization.created", vec![S::CustomersRead]),
        ("tag.updated", vec![S::ConversationsRead]),
        ("user.status.changed", vec![S::AgentsRead]),
    ] {
        assert_eq!(Webhooks.scopes(name), expected, "{name}");
    }
}

fn call(text: &str) -> NewMessage {
    let (direction, author) = (Direction::Incoming, Author::Customer);
    NewMessage::new(Channel::Phone, direction, author, text)
}

async fn create(store: &Store, account: &Account, inbox: InboxId) -> ConversationId {
    let profile = Profile::default();
    let customer = provision::create_customer(store, account, None, None, profile, Vec::new());
    let command = CreateConversation {
        caller: provision::operator_caller(account),
        reach: InboxScope::All,
        locks: Locks::NONE,
        conversation: NewConversation::new(inbox, "Call"),
        customer: CustomerRef::Id(customer.await.expect("a customer")),
        messages: vec![call("first")],
    };
    let created = store.write(command).await.expect("a conversation");
    created.conversation.id
}

/// Adds a message that closes the conversation.
async fn close(store: &Store, account: &Account, conversation: ConversationId) -> MessageId {
    let command = AppendMessages {
        caller: provision::operator_caller(account),
        reach: InboxScope::All,
        guard: Guard::ALL,
        locks: Locks::NONE,
        entries: vec![Append {
            conversation,
            message: call("moved"),
            wish: StatusWish::Set(Status::Closed),
            ticket_number: None,
            ticket_link: None,
        }],
    };
    let added = store.write(command).await.expect("a message");
    added.messages[0].id
}

async fn webhook(store: &Store, account: &Account) -> StoredWebhook {
    let id = store.take_id(account.id, EntityKind::Webhook).await;
    let command = CreateWebhook {
        caller: provision::operator_caller(account),
        id: WebhookId(id.expect("an id")),
        api: "helpscout".to_owned(),
        label: String::new(),
        url: String::new(),
        shown_url: String::new(),
        kinds: ["convo.customer.reply.created", "convo.status"]
            .map(str::to_owned)
            .to_vec(),
        inboxes: InboxScope::All,
        secret: String::new(),
        ordered: false,
        allow: String::new(),
        application: None,
        options: "{}".to_owned(),
        enabled: true,
    };
    store.write(command).await.expect("a webhook")
}

/// A message is added, and then moved by a merge and a split, before the webhook gets its event. The event still has its
/// name, and the conversation that contains the message now. The change of the status belongs to the conversation that
/// remained.
#[tokio::test]
async fn a_thread_that_was_moved_before_delivery_is_announced_with_its_conversation() {
    for on in On::BOTH {
        let test = TestStore::open(on).await;
        let store = &test.store;
        let account = provision::create_account(store, "Here", AccountSettings::default());
        let account = account.await.expect("an account");
        let inbox = provision::create_inbox(store, &account, "Main", None, Vec::new());
        let inbox = inbox.await.expect("an inbox");
        let from = create(store, &account, inbox).await;
        let into = create(store, &account, inbox).await;
        let webhook = webhook(store, &account).await;
        let moved = close(store, &account, from).await;
        let caller = provision::operator_caller(&account);
        let merge = MergeConversations {
            caller: caller.clone(),
            inboxes: InboxScope::All,
            from,
            into,
            status: None,
            expected: None,
        };
        store.write(merge).await.expect("a merge");
        let split = SplitConversation {
            caller,
            inboxes: InboxScope::All,
            conversation: into,
            expected: None,
            parting: Parting::These(vec![moved]),
            subject: None,
        };
        let part = store.write(split).await.expect("a split");
        let part = part.new.conversation.id;

        store.drain_feed().await.expect("positions");
        let feed = ReadFeed {
            account: account.id,
            after: 0,
            limit: 100,
        };
        let mut events = store.read(feed).await.expect("a read").events;
        events.retain(|event| event.kind == EventKind::MessageAdded && event.entity == moved.get());
        let base_url = BaseUrl::new(None, "127.0.0.1:8080".parse().expect("an address"));
        let context = HookContext {
            store,
            base_url: &base_url,
            account: account.id,
            webhook: &webhook,
        };
        let prepared = Webhooks.prepare(context, &events).await.expect("requests");
        let told = prepared.iter().map(|request| {
            let body: Value = serde_json::from_str(&request.content.body).expect("JSON");
            (request.content.name, body["id"].as_i64().expect("an id"))
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                ("convo.customer.reply.created", part.get()),
                ("convo.status", into.get()),
            ],
            "{on:?}"
        );
    }
}

/// A message is added, and its conversation is deleted before the webhook gets the event: nothing of the message leaves. The
/// deletion says only which conversation is gone.
#[tokio::test]
async fn a_deleted_conversation_is_announced_by_its_id_only() {
    for on in On::BOTH {
        let test = TestStore::open(on).await;
        let store = &test.store;
        let account = provision::create_account(store, "Here", AccountSettings::default());
        let account = account.await.expect("an account");
        let inbox = provision::create_inbox(store, &account, "Main", None, Vec::new());
        let inbox = inbox.await.expect("an inbox");
        let id = create(store, &account, inbox).await;
        let kinds = [
            "convo.created",
            "convo.customer.reply.created",
            "convo.status",
            "convo.deleted",
        ];
        let webhook = StoredWebhook {
            kinds: kinds.map(str::to_owned).to_vec(),
            ..webhook(store, &account).await
        };
        close(store, &account, id).await;
        let delete = DeleteConversation {
            caller: provision::operator_caller(&account),
            inboxes: InboxScope::All,
            conversation: id,
            expected: None,
        };
        store.write(delete).await.expect("deleted");
        store.drain_feed().await.expect("positions");
        let feed = ReadFeed {
            account: account.id,
            after: 0,
            limit: 100,
        };
        let events = store.read(feed).await.expect("a read").events;
        let base_url = BaseUrl::new(None, "127.0.0.1:8080".parse().expect("an address"));
        let context = HookContext {
            store,
            base_url: &base_url,
            account: account.id,
            webhook: &webhook,
        };
        let prepared = Webhooks.prepare(context, &events).await.expect("requests");
        let told = prepared.iter();
        let told: Vec<_> = told
            .map(|request| (request.content.name, request.content.body.as_str()))
            .collect();
        let body = format!("{{\"id\":{id}}}");
        assert_eq!(told, [("convo.deleted", body.as_str())], "{on:?}");
    }
}
