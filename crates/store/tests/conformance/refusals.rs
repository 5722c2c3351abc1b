//! Tests that a refused command writes nothing, in this account or any other. Only counters of ids and
//! the reservations of nodes may grow. Each command then succeeds under a [`Watch`], which checks that the audit shows what
//! changed.

use std::any::type_name;
use std::collections::BTreeSet;
use std::sync::Mutex;

use heddle_domain::TagName;
use heddle_domain::account::SettingChange;
use heddle_domain::conversation::{Status, StatusWish};
use heddle_domain::credential::Grant;
use heddle_domain::custom_field::FieldKind;
use heddle_domain::customer::{CustomerRef, Profile, ProfileField};
use heddle_domain::id::{ConversationId, CredentialId, CustomerId};
use heddle_domain::message::Format;
use heddle_domain::webhook::DisabledReason;
use heddle_domain::{InboxScope, State, Timestamp};
use heddle_store::read::feed::ReadFeed;
use heddle_store::write::account::{
    CreateAccount, CreateAgent, CreateCustomer, CreateInbox, UpdateAccount, UpdateInbox,
};
use heddle_store::write::agent::{SetPassword, UpdateAgent};
use heddle_store::write::amend::AmendMessage;
use heddle_store::write::attach::{AttachFile, DetachFile};
use heddle_store::write::change::{
    Change, ChangeConversation, ChangeConversations, ChangeItem, TagChange,
};
use heddle_store::write::counts::Counts;
use heddle_store::write::credential::{
    CreateApplication, CreateCredential, IssueToken, NewApplication, RevokeCredential,
    UpdateCredential, Within,
};
use heddle_store::write::custom_field::{RemoveField, UpdateField};
use heddle_store::write::customers::{
    BulkCustomers, BulkItem, CustomerChange, EraseCustomer, MergeCustomers,
};
use heddle_store::write::delegate::AssignConversations;
use heddle_store::write::delete::{DeleteConversation, RestoreConversation};
use heddle_store::write::edit::{EditMessage, PublishConversation, Publishing};
use heddle_store::write::feed::{Advance, Reader};
use heddle_store::write::lease::{ClaimWebhook, ReleaseWebhook, ReportTrouble};
use heddle_store::write::maker::StopWebhook;
use heddle_store::write::merge::MergeConversations;
use heddle_store::write::replay::{ForgetDeliveries, Replay, ReplayDeliveries};
use heddle_store::write::send::SendMessage;
use heddle_store::write::split::{Parting, SplitConversation};
use heddle_store::write::team::{CreateTeam, UpdateTeam};
use heddle_store::write::upload::StoreUpload;
use heddle_store::write::webhook::{AllowWebhooks, DeleteWebhook, UpdateWebhook, WebhookReach};
use heddle_store::{Clock, Error, Refusal, Result, Trouble, Tx, Write};
use heddle_testkit::{On, TestStore};

use crate::audited::Watch;
use crate::consents;
use crate::messages::attached;
use crate::repeating::{dump, once, sources};
use crate::tenant::{MEWS, NATIVE, Tenant, by_email, call, call_from, opened};
use crate::webhooks::{LEASE_MS, first, list, settling, subscription};

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

/// Commands without a case here, each with the reason.
const WITHOUT_CASE: [(&str, &str); 15] = [
    ("ClaimJob", "only the store runs it; it is never refused"),
    (
        "RunChunk",
        "only the store runs it; merging.rs checks its only refusal, of a job that another node has taken",
    ),
    (
        "ForgetEvents",
        "only the store runs it; it is never refused",
    ),
    ("TrustTime", "only the server runs it; it is never refused"),
    (
        "RecordSealingKey",
        "only the server runs it; it is never refused",
    ),
    (
        "MendTimes",
        "only `heddle doctor` runs it; it is never refused",
    ),
    (
        "MendConversations",
        "only `heddle doctor` runs it; it is never refused",
    ),
    (
        "LowerReservations",
        "only `heddle doctor` runs it; it is never refused",
    ),
    (
        "StoreIndexBatch",
        "only the store runs it; it is never refused",
    ),
    ("TouchSlot", "only the store runs it; it is never refused"),
    ("Sweep", "only the store runs it; it is never refused"),
    (
        "SweepUploads",
        "only the store runs it; it is never refused",
    ),
    ("TakeId", "writes only counters, which may grow"),
    ("RaiseCounters", "writes only counters, which may grow"),
    ("NoChange", "writes nothing"),
];

/// Tables that a refused command may change: counters of ids, and the reservations of nodes.
const MAY_GROW: [&str; 2] = ["counter ", "node_slot "];

/// A store with one tenant, and the names of the commands that were checked.
struct Stage<'a> {
    test: &'a TestStore,
    tenant: &'a Tenant,
    /// A conversation to which other commands add messages meanwhile.
    busy: ConversationId,
    checked: Mutex<BTreeSet<String>>,
}

impl Stage<'_> {
    /// Returns every row of every table that a refused command must not change.
    async fn rows(&self) -> BTreeSet<String> {
        let mut rows = dump(self.test).await;
        rows.retain(|row| !MAY_GROW.iter().any(|table| row.starts_with(table)));
        rows
    }

    /// Runs the failing command among others that succeed; then the real command, to prove that it does write something.
    async fn leaves_nothing<W: Write + Clone>(&self, command: W) -> W::Out {
        self.leave_nothing(|| command.clone()).await
    }

    /// Does the same with a command that cannot be cloned.
    async fn leave_nothing<W: Write>(&self, command: impl Fn() -> W) -> W::Out {
        let (store, name) = (&self.tenant.store, type_name::<W>());
        let before = self.rows().await;
        let refused = store.write(Spoiled(command())).await;
        assert_eq!(refused.err(), Some(SPOILED), "{name}");
        assert_eq!(self.rows().await, before, "{name}");
        let (refused, a, b) = tokio::join!(
            store.write(Spoiled(command())),
            self.tenant.append(self.busy, call("a neighbour")),
            self.tenant.append(self.busy, call("another")),
        );
        assert_eq!(refused.err(), Some(SPOILED), "{name}");
        assert!(a.is_ok() && b.is_ok(), "{name}: {a:?} {b:?}");
        let before = self.rows().await;
        let watch = Watch::begin(self.test).await;
        let done = store.write(command()).await;
        let out = done.unwrap_or_else(|error| panic!("{name}: {error}"));
        watch.end(self.test, name).await;
        assert_ne!(self.rows().await, before, "{name}");
        let generic = name.split('<').next().unwrap_or(name);
        let short = generic.rsplit("::").next().unwrap_or(generic);
        let mut checked = self.checked.lock().expect("no case panics");
        checked.insert(short.to_owned());
        out
    }
}

async fn every_refused_command_writes_nothing(on: On) {
    let (test, tenant) = opened(on).await;
    let _other = Tenant::in_store(&tenant.store).await;
    let caller = tenant.caller.clone();
    let ids = [
        tenant.conversation().await.id,
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    ];
    let busy = ids[2];
    let to = tenant.agents[1];
    let stage = Stage {
        test: &test,
        tenant: &tenant,
        busy,
        checked: Mutex::default(),
    };

    let account = CreateAccount {
        name: "New".into(),
        guid_tag: 1,
        public_ids: ["new".into(), "new agent".into()],
        settings: [RATE].into_iter().collect(),
    };
    stage.leaves_nothing(account).await;
    let update = UpdateAccount {
        caller: None,
        expected: None,
        id: tenant.account,
        name: Some("Renamed".into()),
        settings: vec![RATE],
    };
    stage.leaves_nothing(update).await;
    let inbox = CreateInbox {
        caller: caller.clone(),
        name: "New".into(),
        default_agent: Some(to),
        public_ids: vec![(String::new(), "new inbox".into())],
    };
    stage.leaves_nothing(inbox).await;
    let update = UpdateInbox {
        expected: None,
        caller: caller.clone(),
        id: tenant.inboxes[0],
        name: Some("Renamed".into()),
        default_agent: None,
        messaging_off: None,
    };
    stage.leaves_nothing(update).await;
    let agent = CreateAgent {
        caller: caller.clone(),
        first_name: "New".into(),
        last_name: String::new(),
        email: String::new(),
        public_ids: vec![(String::new(), "newer agent".into())],
    };
    stage.leaves_nothing(agent).await;
    let customer = CreateCustomer {
        caller: caller.clone(),
        public_ids: vec![("mews".into(), "at mews".into())],
        home: None,
        email: Some("new@example.com".into()),
        profile: Profile::default(),
        addresses: Vec::new(),
        postal_address: None,
    };
    let customer = stage.leaves_nothing(customer).await.customer.id;
    change_people(&stage).await;
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
    let made = stage.leaves_nothing(credential).await;
    let credential = made.credential.id;
    let token = IssueToken {
        account: tenant.account,
        credential,
        key_hash: [2; 32],
        expires_at: Timestamp(i64::MAX),
    };
    stage.leaves_nothing(token).await;
    let application = CreateApplication {
        caller: caller.clone(),
        application: NewApplication {
            name: "New".into(),
            client_hash: [3; 32],
        },
    };
    stage.leaves_nothing(application).await;

    let mut create = tenant.creation(
        by_email("first@example.com"),
        vec![
            call("one"),
            call_from(CustomerRef::Named("Second".into()), &"long ".repeat(2_000)),
        ],
    );
    create.conversation.assignee = Some(to);
    create.conversation.tags = vec![TagName::nearest("new")];
    stage.leaves_nothing(create).await;
    let append = tenant.appending(vec![
        (ids[0], call("one"), StatusWish::Set(Status::Closed)),
        (
            ids[1],
            call_from(by_email("third@example.com"), "two"),
            StatusWish::Keep,
        ),
    ]);
    stage.leaves_nothing(append).await;
    for customer in [tenant.customer, customer] {
        let send = SendMessage {
            caller: caller.clone(),
            inbox: tenant.inboxes[1],
            customer,
            message: call("picked"),
            reopens: true,
            delegate_to: Some(to),
        };
        stage.leaves_nothing(send.clone()).await;
        stage.leaves_nothing(send).await;
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
    stage.leaves_nothing(change).await;
    let assign = AssignConversations {
        caller: caller.clone(),
        conversations: vec![ids[0], ids[1], busy],
        only_from: None,
        to: tenant.agents[0],
        origin: None,
    };
    stage.leaves_nothing(assign).await;
    rewrite_conversations(&stage, &ids).await;
    amend_conversations(&stage, ids[0]).await;
    define_fields(&stage).await;
    let merge = MergeConversations {
        caller: caller.clone(),
        from: ids[1],
        into: ids[0],
        inboxes: InboxScope::All,
        status: None,
        expected: None,
    };
    stage.leaves_nothing(merge).await;
    change_access(&stage, credential).await;
    change_customers(&stage, customer).await;
    send_webhooks(&stage).await;

    let mut known = stage.checked.into_inner().expect("no case panics");
    known.extend(WITHOUT_CASE.iter().map(|(name, _)| (*name).to_owned()));
    assert_eq!(known, commands(), "commands with a case, and all commands");
}

/// Checks the commands on agents and credentials, an idempotent command, and the reader of a feed.
async fn change_access(stage: &Stage<'_>, credential: CredentialId) {
    let tenant = stage.tenant;
    let caller = tenant.caller.clone();
    let agent = UpdateAgent {
        caller: caller.clone(),
        id: tenant.agents[0],
        expected: None,
        first_name: Some("Renamed".into()),
        last_name: None,
        email: None,
    };
    stage.leaves_nothing(agent).await;
    let update = UpdateCredential {
        caller: caller.clone(),
        id: credential,
        expected: None,
        name: Some("Renamed".into()),
        scopes: None,
        inboxes: None,
        redirect_url: None,
        within: Within::everything(),
    };
    stage.leaves_nothing(update).await;
    let revoke = RevokeCredential {
        expected: None,
        within: Within::everything(),
        caller,
        id: credential,
    };
    stage.leaves_nothing(revoke).await;
    stage.leaves_nothing(once(tenant)).await;
    tenant.store.drain_feed().await.expect("positions");
    let feed = ReadFeed {
        account: tenant.account,
        after: 0,
        limit: 100,
    };
    let page = tenant.store.read(feed).await.expect("a page");
    let advance = || Advance::<Counts> {
        account: tenant.account,
        from: 0,
        to: page.reached,
        digest: Counts::digest(&page.events),
    };
    stage.leave_nothing(advance).await;
}

async fn change_people(stage: &Stage<'_>) {
    let tenant = stage.tenant;
    let caller = tenant.caller.clone();
    let [agent, other] = tenant.agents;
    let create = CreateTeam {
        caller: caller.clone(),
        name: "Looms".into(),
        members: [agent].into(),
        public_ids: vec![(String::new(), "new team".into())],
    };
    let team = stage.leaves_nothing(create).await.agent.id;
    let update = UpdateTeam {
        caller: caller.clone(),
        id: team,
        expected: None,
        name: Some("Weavers".into()),
        members: Some([other].into()),
    };
    stage.leaves_nothing(update).await;
    let set = |hash: Option<&str>| SetPassword {
        caller: caller.clone(),
        id: agent,
        expected: None,
        hash: hash.map(str::to_owned),
    };
    let address = UpdateAgent {
        caller: caller.clone(),
        id: agent,
        expected: None,
        first_name: None,
        last_name: None,
        email: Some("signs.in@example.com".into()),
    };
    tenant.store.write(address).await.expect("changed");
    stage.leaves_nothing(set(Some("hash"))).await;
    let app = consents::app(tenant).await;
    stage
        .leaves_nothing(consents::consent(tenant, app, [5; 32]))
        .await;
    stage
        .leaves_nothing(consents::code(tenant, app, [5; 32], [6, 7]))
        .await;
    stage
        .leaves_nothing(consents::refresh(tenant, app, [7; 32], [8, 9]))
        .await;
    stage.leaves_nothing(set(None)).await;
}

async fn change_customers(stage: &Stage<'_>, customer: CustomerId) {
    let tenant = stage.tenant;
    let caller = tenant.caller.clone();
    let other = tenant.new_customer(None, Some("other@example.com")).await;
    let named = |name: &str| CustomerChange {
        profile: vec![(ProfileField::FirstName, Some(name.to_owned()))],
        ..CustomerChange::default()
    };
    let update = tenant.changing(other, named("Renamed"));
    stage.leaves_nothing(update).await;
    let create = CreateCustomer {
        caller: caller.clone(),
        public_ids: Vec::new(),
        home: None,
        email: Some("bulk@example.com".into()),
        profile: Profile::default(),
        addresses: Vec::new(),
        postal_address: None,
    };
    let bulk = BulkCustomers(vec![
        BulkItem::Create(Box::new(create)),
        BulkItem::Update(Box::new(tenant.changing(other, named("Again")))),
    ]);
    stage.leaves_nothing(bulk).await;
    let merge = MergeCustomers {
        caller: caller.clone(),
        from: customer,
        into: other,
        expected: None,
    };
    stage.leaves_nothing(merge).await;
    let erase = EraseCustomer {
        caller,
        id: other,
        expected: None,
        limit: None,
    };
    stage.leaves_nothing(erase).await;
}

/// Checks the commands on webhooks and their deliveries.
async fn send_webhooks(stage: &Stage<'_>) {
    let (tenant, account) = (stage.tenant, stage.tenant.account);
    let caller = tenant.caller.clone();
    let create = subscription(tenant).await;
    let made = stage.leaves_nothing(create).await;
    let id = made.id;
    let claim = ClaimWebhook {
        account,
        id,
        holder: "a".into(),
        lease_ms: LEASE_MS,
    };
    let claimed = stage
        .leaves_nothing(claim.clone())
        .await
        .expect("it is free");
    let from = claimed.position;
    let outcomes = vec![first(tenant, 7, Some(204)), first(tenant, 8, Some(204))];
    let settle = settling(tenant, id, "a", (from, from + 1), outcomes).await;
    stage.leaves_nothing(settle).await;
    let deliveries = list(tenant, id, None).await;
    let replay = ReplayDeliveries {
        seen: None,
        caller: caller.clone(),
        reach: WebhookReach::ALL,
        id,
        which: Replay::One(deliveries[0].id),
        readable: None,
    };
    stage.leaves_nothing(replay).await;
    stage.test.clock.advance(1_000);
    let forget = ForgetDeliveries {
        account,
        id,
        before: stage.test.clock.now(),
    };
    stage.leaves_nothing(forget).await;
    let release = ReleaseWebhook {
        account,
        id,
        holder: "a".into(),
    };
    stage.leaves_nothing(release).await;
    stage
        .leaves_nothing(claim.clone())
        .await
        .expect("it is free");
    let report = ReportTrouble {
        account,
        id,
        holder: "a".into(),
        reason: DisabledReason::Unreadable,
    };
    stage.leaves_nothing(report).await;
    stage.leaves_nothing(claim).await.expect("it is free");
    let stop = StopWebhook {
        account,
        id,
        holder: "a".into(),
        version: made.version,
        reason: DisabledReason::Revoked,
    };
    stage.leaves_nothing(stop).await;
    let update = UpdateWebhook {
        label: Some("Renamed".into()),
        ..UpdateWebhook::new(caller.clone(), WebhookReach::ALL, id)
    };
    stage.leaves_nothing(update).await;
    let delete = DeleteWebhook {
        seen: None,
        caller: caller.clone(),
        reach: WebhookReach::ALL,
        id,
        expected: None,
    };
    stage.leaves_nothing(delete).await;
    let allow = AllowWebhooks {
        caller,
        entries: "crm.lan".into(),
    };
    stage.leaves_nothing(allow).await;
}

/// Returns the names of all commands in the source files of all crates.
fn commands() -> BTreeSet<String> {
    let implementations = |source: &String| -> Vec<String> {
        let headers = source.split("\nimpl").skip(1);
        let headers = headers
            .filter_map(|rest| rest.split_once('{'))
            .map(|(header, _)| header);
        headers.filter_map(command_of).collect()
    };
    sources().iter().flat_map(implementations).collect()
}

/// Returns the command that the header of an implementation, without `impl`, implements `Write` for.
fn command_of(header: &str) -> Option<String> {
    let (generics, rest) = header.split_once(" Write for ")?;
    if !generics.is_empty() && !generics.ends_with('>') {
        return None;
    }
    let end = rest.find(|c: char| !c.is_alphanumeric())?;
    Some(rest[..end].to_owned())
}

/// Checks the commands with which the native API changes conversations and messages.
async fn rewrite_conversations(stage: &Stage<'_>, ids: &[ConversationId]) {
    let tenant = stage.tenant;
    let caller = tenant.caller.clone();
    let item = |conversation: &ConversationId| ChangeItem {
        conversation: *conversation,
        expected: None,
        change: Change {
            subject: Some("Changed together".into()),
            tags: TagChange::Set(vec![TagName::nearest("bulk")]),
            fields: [("colour".into(), Some("red".into()))].into(),
            ..Change::default()
        },
    };
    let bulk = ChangeConversations {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        items: ids.iter().map(item).collect(),
    };
    stage.leaves_nothing(bulk).await;
    let upload = StoreUpload {
        caller: caller.clone(),
        file_name: "file".into(),
        mime_type: "text/plain".into(),
        size: 5,
        data: Some(b"bytes".to_vec()),
        object: None,
    };
    let upload = stage.leaves_nothing(upload).await;
    let mut taking = call("with a file");
    taking.attachments = vec![attached(b"bytes")];
    taking.uploads = vec![upload.id];
    let taking = tenant.appending(vec![(ids[0], taking, StatusWish::Keep)]);
    stage.leaves_nothing(taking).await;
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
    stage.leaves_nothing(edit).await;
    let split = SplitConversation {
        caller,
        inboxes: InboxScope::All,
        conversation: ids[0],
        expected: None,
        parting: Parting::From(draft.messages[0].id),
        subject: None,
    };
    stage.leaves_nothing(split).await;
}

/// Checks the commands on stored messages, their files and whole conversations.
async fn amend_conversations(stage: &Stage<'_>, id: ConversationId) {
    let tenant = stage.tenant;
    let caller = tenant.caller.clone();
    let message = tenant.messages(id).await[0].id;
    let amend = AmendMessage {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        conversation: id,
        message,
        text: Some(("Said otherwise".into(), Format::Html)),
        hidden: Some(true),
    };
    stage.leaves_nothing(amend).await;
    let attach = AttachFile {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        conversation: id,
        message,
        file: attached(b"bytes"),
    };
    let attachment = stage.leaves_nothing(attach).await;
    let detach = DetachFile {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        conversation: id,
        attachment,
    };
    stage.leaves_nothing(detach).await;
    let mut draft = call("a draft");
    draft.state = State::Draft;
    let drafts = tenant.create(vec![draft]).await.conversation.id;
    let publish = PublishConversation {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        conversation: drafts,
    };
    stage.leaves_nothing(publish).await;
    let delete = DeleteConversation {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        conversation: drafts,
        expected: None,
    };
    stage.leaves_nothing(delete).await;
    let restore = RestoreConversation {
        caller,
        inboxes: InboxScope::All,
        conversation: drafts,
    };
    stage.leaves_nothing(restore).await;
}

/// Checks the commands on the custom fields of an inbox.
async fn define_fields(stage: &Stage<'_>) {
    let tenant = stage.tenant;
    let define = tenant.defining("Model", FieldKind::Dropdown, &["K-200"]);
    let field = stage.leaves_nothing(define).await.field;
    let update = UpdateField {
        caller: tenant.caller.clone(),
        inbox: field.inbox,
        id: field.id,
        expected: None,
        order: Some(7),
        required: Some(true),
        options: None,
    };
    stage.leaves_nothing(update).await;
    let remove = RemoveField {
        caller: tenant.caller.clone(),
        inbox: field.inbox,
        id: field.id,
        expected: None,
    };
    stage.leaves_nothing(remove).await;
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
        status: None,
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
