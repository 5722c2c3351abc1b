//! Commands that change every value that a user can see, each under a [`Watch`].

use std::collections::BTreeSet;

use heddle_domain::account::SettingChange;
use heddle_domain::conversation::{Status, StatusWish};
use heddle_domain::credential::{Grant, Scope};
use heddle_domain::customer::{AddressKind, CustomerRef, PlacedAddress, ProfileField};
use heddle_domain::message::Format;
use heddle_domain::{InboxScope, State};
use heddle_store::Write;
use heddle_store::write::account::{
    CreateAccount, CreateAgent, CreateCustomer, CreateInbox, UpdateAccount, UpdateInbox,
};
use heddle_store::write::agent::{RemoveAgent, SetPassword, UpdateAgent};
use heddle_store::write::change::{Change, ChangeConversation, TagChange};
use heddle_store::write::credential::{
    CreateCredential, NewApplication, RevokeCredential, UpdateCredential, Within,
};
use heddle_store::write::customers::{
    AddressChange, CustomerChange, EraseCustomer, MergeCustomers, PostalChange, PostalPart,
};
use heddle_store::write::edit::{EditMessage, Publishing};
use heddle_store::write::merge::MergeConversations;
use heddle_store::write::send::SendMessage;
use heddle_store::write::split::{Parting, SplitConversation};
use heddle_store::write::team::{CreateTeam, UpdateTeam};
use heddle_store::write::webhook::{CreateWebhook, UpdateWebhook, WebhookReach};
use heddle_testkit::{On, TestStore};

use super::tables::AUDITED;
use super::{Watch, is_silent, read};
use crate::profiles::{address, email, phone};
use crate::tenant::{MEWS, NATIVE, Tenant, call, opened};
use crate::webhooks::subscription;

/// Columns that only the creation of a row sets.
const ONLY_AT_CREATION: [&str; 9] = [
    "tag.name",
    "application.name",
    "credential.api",
    "credential.agent_id",
    "credential.application_id",
    "credential.portfolio",
    "credential.public_name",
    "webhook.api",
    "webhook.application_id",
];

/// Runs commands under a watch, and remembers the columns whose change the audit showed.
struct Stage<'a> {
    test: &'a TestStore,
    tenant: &'a Tenant,
    seen: BTreeSet<(String, bool)>,
}

impl Stage<'_> {
    async fn run<W: Write>(&mut self, command: W) -> W::Out {
        let name = std::any::type_name::<W>();
        let watch = Watch::begin(self.test).await;
        let done = self.tenant.store.write(command).await;
        let out = done.unwrap_or_else(|error| panic!("{name}: {error}"));
        self.seen.extend(watch.end(self.test, name).await);
        out
    }

    async fn run_jobs(&mut self) {
        let watch = Watch::begin(self.test).await;
        let ran = self
            .tenant
            .store
            .run_jobs(self.tenant.account, "node")
            .await;
        ran.expect("the jobs run");
        self.seen.extend(watch.end(self.test, "jobs").await);
    }
}

async fn the_audit_shows_every_change_with_the_values_before_and_after(on: On) {
    let (test, tenant) = opened(on).await;
    let mut stage = Stage {
        test: &test,
        tenant: &tenant,
        seen: BTreeSet::new(),
    };
    change_account(&mut stage).await;
    change_people(&mut stage).await;
    change_access(&mut stage).await;
    change_webhooks(&mut stage).await;
    change_conversations(&mut stage).await;
    end_customers(&mut stage).await;
    for table in &AUDITED {
        let rows = read(&test).await;
        let row = rows[table.table].values().next().expect("a row");
        for column in row.keys().filter(|column| !is_silent(table, column)) {
            let name = format!("{}.{column}", table.table);
            let was_there = !ONLY_AT_CREATION.contains(&name.as_str());
            assert!(
                stage.seen.contains(&(name.clone(), was_there)),
                "no command here changes {name}"
            );
        }
    }
}

async fn change_account(stage: &mut Stage<'_>) {
    let tenant = stage.tenant;
    let rate = SettingChange {
        api: MEWS,
        name: "rate",
        shown_as: "mews_rate",
        default: 0,
        value: 12,
    };
    let create = CreateAccount {
        name: "Reed".into(),
        guid_tag: 1,
        public_ids: ["reed".into(), "reed's agent".into()],
        settings: [rate].into_iter().collect(),
    };
    stage.run(create).await;
    let update = UpdateAccount {
        caller: None,
        expected: None,
        id: tenant.account,
        name: Some("Renamed".into()),
        settings: vec![rate],
    };
    stage.run(update).await;
    let create = CreateInbox {
        caller: tenant.caller.clone(),
        name: "Looms".into(),
        default_agent: Some(tenant.agents[0]),
        public_ids: vec![
            (String::new(), "looms".into()),
            ("mews".into(), "mews looms".into()),
        ],
    };
    stage.run(create).await;
    let update = UpdateInbox {
        caller: tenant.caller.clone(),
        expected: None,
        id: tenant.inboxes[1],
        name: Some("Renamed".into()),
        default_agent: Some(Some(tenant.agents[1])),
        messaging_off: Some(true),
    };
    stage.run(update).await;
}

async fn change_people(stage: &mut Stage<'_>) {
    let tenant = stage.tenant;
    let create = CreateAgent {
        caller: tenant.caller.clone(),
        first_name: "Ada".into(),
        last_name: "Weaver".into(),
        email: "ada@example.com".into(),
        public_ids: vec![
            (String::new(), "ada".into()),
            ("mykaarma".into(), "ada at mykaarma".into()),
        ],
    };
    let agent = stage.run(create).await.id;
    let update = UpdateAgent {
        caller: tenant.caller.clone(),
        id: agent,
        expected: None,
        first_name: Some("Adele".into()),
        last_name: Some("Spinner".into()),
        email: Some("adele@example.com".into()),
    };
    stage.run(update).await;
    for hash in [Some("one"), Some("two"), None] {
        let set = SetPassword {
            caller: tenant.caller.clone(),
            id: agent,
            expected: None,
            hash: hash.map(str::to_owned),
        };
        stage.run(set).await;
    }
    let create = CreateTeam {
        caller: tenant.caller.clone(),
        name: "Looms".into(),
        members: [agent].into(),
        public_ids: vec![(String::new(), "team of looms".into())],
    };
    let team = stage.run(create).await.agent.id;
    let update = UpdateTeam {
        caller: tenant.caller.clone(),
        id: team,
        expected: None,
        name: Some("Weavers".into()),
        members: Some([tenant.agents[0]].into()),
    };
    stage.run(update).await;
    let remove = RemoveAgent {
        caller: tenant.caller.clone(),
        id: agent,
    };
    stage.run(remove).await;
    let create = CreateCustomer {
        caller: tenant.caller.clone(),
        public_ids: vec![("mews".into(), "at mews".into())],
        home: Some(tenant.inboxes[0]),
        email: Some("one@example.com".into()),
        profile: crate::tenant::profile("Ito"),
        addresses: vec![address(AddressKind::Website, "https://example.com/")],
        postal_address: Some(crate::reaching::ulm()),
    };
    let customer = stage.run(create).await.customer.id;
    let fields = ProfileField::ALL
        .iter()
        .filter(|field| **field != ProfileField::Phone);
    let change = CustomerChange {
        home: Some(Some(tenant.inboxes[1])),
        profile: fields
            .map(|field| (*field, Some(field.as_str().to_owned())))
            .collect(),
        addresses: vec![AddressChange::Replace(PlacedAddress::numbered(vec![
            email("two@example.com"),
            phone("12"),
        ]))],
        postal_address: vec![PostalChange::Part(PostalPart::Lines(Vec::new()))],
    };
    stage.run(tenant.changing(customer, change)).await;
}

async fn change_access(stage: &mut Stage<'_>) {
    let tenant = stage.tenant;
    let create = CreateCredential {
        caller: tenant.caller.clone(),
        grant: Grant {
            name: "Key".into(),
            redirect_url: Some("https://old.example/".into()),
            agent: Some(tenant.agents[0]),
            portfolio: true,
            ..Grant::full(NATIVE, InboxScope::only([tenant.inboxes[0]]))
        },
        public_name: "client 1".into(),
        new_application: Some(NewApplication {
            name: "Channel manager".into(),
            client_hash: [4; 32],
        }),
        key_hash: [1; 32],
        secret_hash: Some([2; 32]),
    };
    let id = stage.run(create).await.credential.id;
    let update = UpdateCredential {
        caller: tenant.caller.clone(),
        id,
        expected: None,
        name: Some("Renamed".into()),
        scopes: Some([Scope::AuditRead].into_iter().collect()),
        inboxes: Some(InboxScope::All),
        redirect_url: Some(Some("https://app.example/".into())),
        within: Within::everything(),
    };
    stage.run(update).await;
    let revoke = RevokeCredential {
        caller: tenant.caller.clone(),
        id,
        expected: None,
        within: Within::everything(),
    };
    stage.run(revoke).await;
}

async fn change_webhooks(stage: &mut Stage<'_>) {
    let tenant = stage.tenant;
    let applications = heddle_store::read::account::ListApplications {
        account: tenant.account,
        after: heddle_domain::id::ApplicationId(0),
        limit: 1,
    };
    let applications = tenant.store.read(applications).await.expect("a list");
    let create = CreateWebhook {
        application: applications.first().map(|found| found.id),
        options: r#"{"a":1}"#.into(),
        ordered: true,
        ..subscription(tenant).await
    };
    let id = stage.run(create).await.id;
    let update = UpdateWebhook {
        label: Some("Renamed".into()),
        kinds: Some(vec!["agent.updated".into()]),
        inboxes: Some(InboxScope::All),
        ordered: Some(false),
        allow: Some("crm.lan".into()),
        options: Some(r#"{"a":2}"#.into()),
        enabled: Some(false),
        ..UpdateWebhook::new(tenant.caller.clone(), WebhookReach::ALL, id)
    };
    stage.run(update).await;
}

async fn change_conversations(stage: &mut Stage<'_>) {
    let tenant = stage.tenant;
    let other = tenant.new_customer(None, Some("other@example.com")).await;
    let mut create = tenant.creation(
        CustomerRef::Id(tenant.customer),
        vec![call("one"), call("two")],
    );
    create.conversation.assignee = Some(tenant.agents[0]);
    create.conversation.ticket_number = Some("T-1".into());
    create.conversation.ticket_link = Some("https://example.com/1".into());
    create.conversation.tags = vec![heddle_domain::TagName::nearest("new")];
    create.conversation.fields = [("colour".into(), "red".into())].into();
    let made = stage.run(create).await.conversation;
    let second = tenant.conversation().await.id;
    let with_subject = |subject: &str| {
        let mut message = call("with a subject");
        message.subject = Some(subject.into());
        message
    };
    let mut append = tenant.appending(vec![
        (
            made.id,
            with_subject("From a message"),
            StatusWish::Set(Status::Closed),
        ),
        (second, with_subject("From another"), StatusWish::Keep),
    ]);
    append.entries[0].ticket_number = Some("T-2".into());
    append.entries[1].ticket_link = Some("https://example.com/2".into());
    stage.run(append).await;
    let archived = ChangeConversation::new(tenant.caller.clone(), made.id, everything(tenant));
    stage.run(archived).await;
    let send = SendMessage {
        caller: tenant.caller.clone(),
        inbox: tenant.inboxes[1],
        customer: tenant.customer,
        message: with_subject("From a sent message"),
        reopens: true,
        delegate_to: Some(tenant.agents[0]),
        recipient: None,
    };
    let sent = stage.run(send).await.conversation;
    assert!(
        (sent.id, sent.archived) == (made.id, false),
        "the message unarchives"
    );
    publish(stage, second).await;
    let split = SplitConversation {
        caller: tenant.caller.clone(),
        inboxes: InboxScope::All,
        conversation: made.id,
        expected: None,
        parting: Parting::From(tenant.messages(made.id).await[0].id),
        subject: Some("A part".into()),
    };
    stage.run(split).await;
    let merge = MergeConversations {
        caller: tenant.caller.clone(),
        from: made.id,
        into: second,
        inboxes: InboxScope::All,
        status: None,
        expected: None,
    };
    stage.run(merge).await;
    let moved = Change {
        customer: Some(other),
        ..Change::default()
    };
    stage
        .run(ChangeConversation::new(
            tenant.caller.clone(),
            second,
            moved,
        ))
        .await;
}

/// Returns a change of every value except the customer.
fn everything(tenant: &Tenant) -> Change {
    Change {
        subject: Some("Changed".into()),
        status: Some(Status::Pending),
        archived: Some(true),
        assignee: Some(Some(tenant.agents[1])),
        inbox: Some(tenant.inboxes[1]),
        customer: None,
        ticket_number: Some(Some("T-3".into())),
        ticket_link: Some(None),
        tags: TagChange::Set(vec![heddle_domain::TagName::nearest("other")]),
        fields: [("colour".into(), None), ("size".into(), Some("7".into()))].into(),
        ..Change::default()
    }
}

/// Publishes a draft with a subject, which the conversation takes.
async fn publish(stage: &mut Stage<'_>, conversation: heddle_domain::ConversationId) {
    let tenant = stage.tenant;
    let mut draft = call("a draft");
    draft.state = State::Draft;
    draft.subject = Some("From a draft".into());
    let draft = tenant.append(conversation, draft).await.expect("a draft");
    let edit = EditMessage {
        caller: tenant.caller.clone(),
        inboxes: InboxScope::All,
        conversation,
        message: draft.messages[0].id,
        expected: None,
        body: Some("x".repeat(10_000)),
        format: Some(Format::Html),
        publish: Some(Publishing::default()),
    };
    let edited = stage.run(edit).await;
    assert_eq!(edited.conversation.subject, "From a draft");
}

/// Merges a customer into another, and erases it; with the jobs that change conversations later.
async fn end_customers(stage: &mut Stage<'_>) {
    let tenant = stage.tenant;
    let [from, into] = [
        tenant.new_customer(None, Some("from@example.com")).await,
        tenant.new_customer(None, None).await,
    ];
    tenant.conversations_of(from, 2).await;
    let merge = MergeCustomers {
        caller: tenant.caller.clone(),
        from,
        into,
        expected: None,
    };
    stage.run(merge).await;
    stage.run_jobs().await;
    let erase = EraseCustomer {
        caller: tenant.caller.clone(),
        id: into,
        expected: None,
        limit: None,
    };
    stage.run(erase).await;
    stage.run_jobs().await;
}

on_both!(the_audit_shows_every_change_with_the_values_before_and_after);
