//! Tests that a refused command writes nothing, in this account or any other. Only counters of ids and
//! the reservations of nodes may grow.

use heddle_domain::account::SettingChange;
use heddle_domain::conversation::{Status, StatusWish};
use heddle_domain::credential::Grant;
use heddle_domain::customer::{CustomerRef, Profile};
use heddle_domain::id::ConversationId;
use heddle_domain::{InboxScope, State, Timestamp};
use heddle_store::read::dump::DumpTables;
use heddle_store::write::account::{
    CreateAccount, CreateAgent, CreateCustomer, CreateInbox, UpdateAccount, UpdateInbox,
};
use heddle_store::write::change::{
    Change, ChangeConversation, ChangeConversations, ChangeItem, TagChange,
};
use heddle_store::write::credential::{
    CreateApplication, CreateCredential, IssueToken, NewApplication, RevokeCredential,
};
use heddle_store::write::delegate::AssignConversations;
use heddle_store::write::edit::{EditMessage, Publishing};
use heddle_store::write::merge::MergeConversations;
use heddle_store::write::send::SendMessage;
use heddle_store::write::split::{Parting, SplitConversation};
use heddle_store::write::upload::StoreUpload;
use heddle_store::{Error, Refusal, Result, Store, Trouble, Tx, Write};
use heddle_testkit::On;

use crate::messages::attached;
use crate::tenant::{MEWS, NATIVE, Tenant, by_email, call, call_from, opened};

const RATE: SettingChange = SettingChange {
    api: MEWS,
    name: "rate",
    shown_as: "mews_rate",
    default: 0,
    value: 12,
};

const SPOILED: Error = Error::Refused(Refusal::Conflict("the test"));

/// A command that runs another command, then refuses.
struct Spoiled<W>(W);

impl<W: Write> Write for Spoiled<W> {
    type Out = W::Out;
    const NAME: &'static str = W::NAME;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<W::Out> {
        self.0.apply(tx).await?;
        // A statement with a result, so that PostgreSQL sends the queued writes too.
        let flush = UpdateAccount {
            caller: None,
            expected: None,
            id: heddle_domain::AccountId(999_999),
            name: None,
            settings: Vec::new(),
        };
        let _ = flush.apply(tx).await;
        Err(Refusal::Conflict("the test").into())
    }
}

async fn everything(store: &Store) -> Vec<String> {
    store.read(DumpTables).await.expect("a dump")
}

/// Runs the failing command among others that succeed; then the real command, to prove that it does write something.
async fn leaves_nothing<W: Write + Clone>(
    tenant: &Tenant,
    busy: ConversationId,
    command: W,
) -> W::Out {
    let store = &tenant.store;
    let before = everything(store).await;
    let refused = store.write(Spoiled(command.clone())).await;
    assert_eq!(refused.err(), Some(SPOILED), "{}", W::NAME);
    assert_eq!(everything(store).await, before, "{}", W::NAME);
    let (refused, a, b) = tokio::join!(
        store.write(Spoiled(command.clone())),
        tenant.append(busy, call("a neighbour")),
        tenant.append(busy, call("another")),
    );
    assert_eq!(refused.err(), Some(SPOILED), "{}", W::NAME);
    assert!(a.is_ok() && b.is_ok(), "{}: {a:?} {b:?}", W::NAME);
    let before = everything(store).await;
    let done = store.write(command).await;
    let out = done.unwrap_or_else(|error| panic!("{}: {error}", W::NAME));
    assert_ne!(everything(store).await, before, "{}", W::NAME);
    out
}

async fn every_refused_command_writes_nothing(on: On) {
    let (_test, tenant) = opened(on).await;
    let _other = Tenant::in_store(&tenant.store).await;
    let caller = tenant.caller.clone();
    let ids = [
        tenant.conversation().await.id,
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    ];
    let busy = ids[2];
    let to = tenant.agents[1];

    let account = CreateAccount {
        name: "New".into(),
        guid_tag: 1,
        public_ids: ["new".into(), "new agent".into()],
        settings: [RATE].into_iter().collect(),
    };
    leaves_nothing(&tenant, busy, account).await;
    let update = UpdateAccount {
        caller: None,
        expected: None,
        id: tenant.account,
        name: Some("Renamed".into()),
        settings: vec![RATE],
    };
    leaves_nothing(&tenant, busy, update).await;
    let inbox = CreateInbox {
        caller: caller.clone(),
        name: "New".into(),
        default_agent: Some(to),
        public_ids: vec![(String::new(), "new inbox".into())],
    };
    leaves_nothing(&tenant, busy, inbox).await;
    let update = UpdateInbox {
        expected: None,
        caller: caller.clone(),
        id: tenant.inboxes[0],
        name: Some("Renamed".into()),
        default_agent: None,
        messaging_off: None,
    };
    leaves_nothing(&tenant, busy, update).await;
    let agent = CreateAgent {
        caller: caller.clone(),
        first_name: "New".into(),
        last_name: String::new(),
        email: String::new(),
        public_ids: vec![(String::new(), "newer agent".into())],
    };
    leaves_nothing(&tenant, busy, agent).await;
    let customer = CreateCustomer {
        caller: caller.clone(),
        public_ids: vec![("mews".into(), "at mews".into())],
        home: None,
        email: Some("new@example.com".into()),
        profile: Profile::default(),
        addresses: Vec::new(),
    };
    let customer = leaves_nothing(&tenant, busy, customer).await.customer.id;
    let credential = CreateCredential {
        caller: caller.clone(),
        grant: Grant {
            name: "New".into(),
            ..Grant::full(NATIVE, InboxScope::All)
        },
        public_name: String::new(),
        new_application: Some(NewApplication {
            name: "Newer".into(),
            client_hash: [4; 32],
        }),
        key_hash: [1; 32],
        secret_hash: None,
    };
    let made = leaves_nothing(&tenant, busy, credential).await;
    let credential = made.credential.id;
    let token = IssueToken {
        account: tenant.account,
        credential,
        key_hash: [2; 32],
        expires_at: Timestamp(i64::MAX),
    };
    leaves_nothing(&tenant, busy, token).await;
    let revoke = RevokeCredential {
        expected: None,
        within: heddle_store::write::credential::Within::everything(),
        caller: caller.clone(),
        id: credential,
    };
    leaves_nothing(&tenant, busy, revoke).await;
    let application = CreateApplication {
        caller: caller.clone(),
        application: NewApplication {
            name: "New".into(),
            client_hash: [3; 32],
        },
    };
    leaves_nothing(&tenant, busy, application).await;

    let mut create = tenant.creation(
        by_email("first@example.com"),
        vec![
            call("one"),
            call_from(CustomerRef::Named("Second".into()), &"long ".repeat(2_000)),
        ],
    );
    create.draft.assignee = Some(to);
    create.draft.tags = vec!["new".into()];
    leaves_nothing(&tenant, busy, create).await;
    let append = tenant.appending(vec![
        (ids[0], call("one"), StatusWish::Set(Status::Closed)),
        (
            ids[1],
            call_from(by_email("third@example.com"), "two"),
            StatusWish::Keep,
        ),
    ]);
    leaves_nothing(&tenant, busy, append).await;
    for customer in [tenant.customer, customer] {
        let send = SendMessage {
            caller: caller.clone(),
            inbox: tenant.inboxes[1],
            customer,
            message: call("picked"),
            reopens: true,
            delegate_to: Some(to),
        };
        leaves_nothing(&tenant, busy, send.clone()).await;
        leaves_nothing(&tenant, busy, send).await;
    }
    let change = ChangeConversation::new(
        caller.clone(),
        ids[0],
        Change {
            status: Some(Status::Pending),
            archived: Some(true),
            assignee: Some(Some(to)),
            ..Change::default()
        },
    );
    leaves_nothing(&tenant, busy, change).await;
    let assign = AssignConversations {
        caller: caller.clone(),
        conversations: vec![ids[0], ids[1], busy],
        only_from: None,
        to: tenant.agents[0],
        origin: None,
    };
    leaves_nothing(&tenant, busy, assign).await;
    rewrite_conversations(&tenant, busy, &ids).await;
    let merge = MergeConversations {
        caller,
        from: ids[1],
        into: ids[0],
        inboxes: InboxScope::All,
        expected: None,
    };
    leaves_nothing(&tenant, busy, merge).await;
}

/// Checks the commands with which the native API changes conversations and messages.
async fn rewrite_conversations(tenant: &Tenant, busy: ConversationId, ids: &[ConversationId]) {
    let caller = tenant.caller.clone();
    let item = |conversation: &ConversationId| ChangeItem {
        conversation: *conversation,
        expected: None,
        change: Change {
            subject: Some("Changed together".into()),
            tags: TagChange::Set(vec!["bulk".into()]),
            fields: [("colour".into(), Some("red".into()))].into(),
            ..Change::default()
        },
    };
    let bulk = ChangeConversations {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        items: ids.iter().map(item).collect(),
    };
    leaves_nothing(tenant, busy, bulk).await;
    let upload = StoreUpload {
        caller: caller.clone(),
        file_name: "file".into(),
        mime_type: "text/plain".into(),
        size: 5,
        data: Some(b"bytes".to_vec()),
        object: None,
    };
    let upload = leaves_nothing(tenant, busy, upload).await;
    let mut taking = call("with a file");
    taking.attachments = vec![attached(b"bytes")];
    taking.uploads = vec![upload.id];
    let taking = tenant.appending(vec![(ids[0], taking, StatusWish::Keep)]);
    leaves_nothing(tenant, busy, taking).await;
    let mut draft = call("a draft");
    draft.state = State::Draft;
    let draft = tenant.append(ids[0], draft).await.expect("a draft");
    let edit = EditMessage {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        conversation: ids[0],
        message: draft.messages[0].id,
        expected: None,
        body: Some("x".repeat(10_000)),
        format: None,
        publish: Some(Publishing::default()),
    };
    leaves_nothing(tenant, busy, edit).await;
    let split = SplitConversation {
        caller,
        inboxes: InboxScope::All,
        conversation: ids[0],
        expected: None,
        parting: Parting::From(draft.messages[0].id),
        subject: None,
    };
    leaves_nothing(tenant, busy, split).await;
}

async fn entities_of_another_account_are_not_found_and_not_changed(on: On) {
    let (test, tenant) = opened(on).await;
    test.store
        .raise_counters(tenant.account, 1_000_000)
        .await
        .expect("counters");
    let theirs = tenant.conversation().await;
    let their_customer = tenant.new_customer(None, Some("theirs@example.com")).await;
    let stranger = Tenant::in_store(&test.store).await;
    let own = stranger.conversation().await.id;
    let before = tenant.rows().await;

    let missing = Some(Error::Refused(Refusal::NotFound(
        heddle_store::Entity::Conversation(0),
    )));
    assert_eq!(stranger.find(theirs.id).await.err(), missing);
    assert_eq!(
        stranger.append(theirs.id, call("hello")).await.err(),
        missing
    );
    let change = ChangeConversation::new(
        stranger.caller.clone(),
        theirs.id,
        Change {
            status: Some(Status::Closed),
            ..Change::default()
        },
    );
    assert_eq!(test.store.write(change).await.err(), missing);
    let merge = MergeConversations {
        caller: stranger.caller.clone(),
        from: theirs.id,
        into: own,
        inboxes: InboxScope::All,
        expected: None,
    };
    assert_eq!(test.store.write(merge).await.err(), missing);
    let assign = AssignConversations {
        caller: stranger.caller.clone(),
        conversations: vec![theirs.id],
        only_from: None,
        to: stranger.agents[0],
        origin: None,
    };
    assert_eq!(test.store.write(assign).await, Ok(0));
    let create = stranger.creation(CustomerRef::Id(their_customer), Vec::new());
    let refused = test.store.write(create).await.err();
    assert_eq!(
        refused,
        Some(Error::Refused(Refusal::NotFound(
            heddle_store::Entity::Customer(0)
        )))
    );
    // In this account the same address belongs to another customer.
    let create = stranger.creation(by_email("theirs@example.com"), vec![call("Hello")]);
    let created = test.store.write(create).await.expect("it");
    assert_ne!(created.conversation.customer, their_customer);
    assert_eq!(tenant.rows().await, before);
}

/// A command that panics after it has written.
struct Panicking<W>(W);

impl<W: Write> Write for Panicking<W> {
    type Out = W::Out;
    const NAME: &'static str = "panicking";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<W::Out> {
        self.0.apply(tx).await?;
        panic!("a command panics on purpose")
    }
}

async fn a_command_that_panics_writes_nothing_and_the_store_continues(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let before = tenant.rows().await;
    for _ in 0..20 {
        let append = tenant.appending(vec![(id, call("lost"), StatusWish::Keep)]);
        let failed = tenant.store.write(Panicking(append)).await;
        assert!(
            matches!(failed, Err(Error::Trouble(Trouble::Internal(_)))),
            "{failed:?}"
        );
    }
    assert_eq!(tenant.rows().await, before);
    for _ in 0..20 {
        tenant.append(id, call("kept")).await.expect("it");
    }
    assert_eq!(tenant.get(id).await.messages, 21);
}

/// A command that awaits something other than its transaction, which is not allowed.
struct Waiting;

impl Write for Waiting {
    type Out = ();
    const NAME: &'static str = "waiting";

    async fn apply(&self, _tx: &mut Tx<'_>) -> Result<()> {
        tokio::task::yield_now().await;
        Ok(())
    }
}

async fn a_command_that_awaits_something_else_fails_on_sqlite_only(on: On) {
    let (_test, tenant) = opened(on).await;
    let waited = tenant.store.write(Waiting).await;
    match on {
        On::Sqlite => assert!(
            matches!(waited, Err(Error::Trouble(Trouble::Internal(_)))),
            "{waited:?}"
        ),
        On::Postgres => assert_eq!(waited, Ok(())),
    }
}

on_both!(
    every_refused_command_writes_nothing,
    entities_of_another_account_are_not_found_and_not_changed,
    a_command_that_panics_writes_nothing_and_the_store_continues,
    a_command_that_awaits_something_else_fails_on_sqlite_only,
);
