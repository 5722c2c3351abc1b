//! A tenant to test with: an account with two inboxes, two agents and a customer, and the shortest way to write to it.

use heddle_domain::account::AccountSettings;
use heddle_domain::conversation::{Conversation, Locks, StatusWish};
use heddle_domain::customer::{CustomerRef, Profile};
use heddle_domain::event::Actor;
use heddle_domain::id::{
    AccountId, AgentId, AttachmentId, ConversationId, CredentialId, CustomerId, InboxId,
};
use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::{ApiName, Message};
use heddle_store::read::conversations::{Found, GetConversation, ListMessages, MessagePage};
use heddle_store::read::dump::DumpTables;
use heddle_store::write::account::{CreateAccount, CreateAgent, CreateCustomer, CreateInbox};
use heddle_store::write::append::Appended;
use heddle_store::write::create::Created;
use heddle_store::write::{
    Append, AppendMessages, Caller, CreateConversation, Draft, Guard, NewMessage, Reach,
};
use heddle_store::{Counted, Error, Store};
use heddle_testkit::{On, TestStore};

/// An account in a store, and who acts on it.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) store: Store,
    pub(crate) account: AccountId,
    pub(crate) caller: Caller,
    pub(crate) integration: AgentId,
    pub(crate) agents: [AgentId; 2],
    pub(crate) inboxes: [InboxId; 2],
    /// At home nowhere, without e-mail.
    pub(crate) customer: CustomerId,
}

pub(crate) const HELPSCOUT: ApiName = ApiName::named("helpscout");
pub(crate) const MEWS: ApiName = ApiName::named("mews");
pub(crate) const MYKAARMA: ApiName = ApiName::named("mykaarma");
pub(crate) const NATIVE: ApiName = ApiName::named("native");

/// A store with one tenant.
pub(crate) async fn opened(on: On) -> (TestStore, Tenant) {
    let test = TestStore::open(on).await;
    let tenant = Tenant::in_store(&test.store).await;
    (test, tenant)
}

pub(crate) fn profile(first_name: &str) -> Profile {
    Profile {
        first_name: Some(first_name.into()),
        ..Profile::default()
    }
}

pub(crate) fn by_email(email: &str) -> CustomerRef {
    CustomerRef::Email {
        email: email.into(),
        profile: Box::new(profile("Mara")),
    }
}

/// A live call from the customer.
pub(crate) fn call(body: &str) -> NewMessage {
    NewMessage::new(Channel::Phone, Direction::Incoming, Author::Customer, body)
}

impl Tenant {
    pub(crate) async fn in_store(store: &Store) -> Self {
        let of_server = AccountId(0);
        let account = AccountId(
            store
                .reserve(of_server, Counted::Account, 1)
                .await
                .expect("an id"),
        );
        let agent = store
            .reserve(account, Counted::Agent, 3)
            .await
            .expect("ids");
        let [integration, first, second] = [0, 1, 2].map(|at| AgentId(agent + at));
        let create = CreateAccount {
            id: account,
            name: "Loom & Sons".into(),
            guid_tag: 4_711,
            integration_agent: integration,
            public_ids: [format!("account-{account}"), format!("agent-{integration}")],
            settings: AccountSettings::default(),
        };
        store.write(create).await.expect("the account is made");
        let actor = Actor {
            api: Some(NATIVE.as_str().into()),
            credential: Some(CredentialId(1)),
            address: None,
            agent: Some(first),
        };
        let mut tenant = Self {
            store: store.clone(),
            account,
            caller: Caller {
                account,
                actor,
                agent: first,
            },
            integration,
            agents: [first, second],
            inboxes: [InboxId(0); 2],
            customer: CustomerId(0),
        };
        for id in [first, second] {
            tenant.add_agent(id).await;
        }
        tenant.inboxes = [tenant.new_inbox().await, tenant.new_inbox().await];
        tenant.customer = tenant.new_customer(None, None).await;
        tenant
    }

    async fn add_agent(&self, id: AgentId) {
        let create = CreateAgent {
            caller: self.caller.clone(),
            id,
            first_name: "Ann".into(),
            last_name: format!("Agent {id}"),
            email: format!("ann{id}@example.com"),
            public_ids: vec![(String::new(), format!("agent-{id}"))],
        };
        self.store.write(create).await.expect("the agent is made");
    }

    async fn new_inbox(&self) -> InboxId {
        let id = InboxId(self.reserve(Counted::Inbox, 1).await);
        let create = CreateInbox {
            caller: self.caller.clone(),
            id,
            name: format!("Inbox {id}"),
            default_agent: None,
            public_ids: vec![(String::new(), format!("inbox-{id}"))],
        };
        self.store.write(create).await.expect("the inbox is made");
        id
    }

    pub(crate) async fn reserve(&self, kind: Counted, count: i64) -> i64 {
        self.store
            .reserve(self.account, kind, count)
            .await
            .expect("ids are reserved")
    }

    pub(crate) async fn new_customer(
        &self,
        home: Option<InboxId>,
        email: Option<&str>,
    ) -> CustomerId {
        let mut fresh = self
            .store
            .fresh_customers(self.account, 1)
            .await
            .expect("an id");
        let create = CreateCustomer {
            caller: self.caller.clone(),
            new: fresh.remove(0),
            public_ids: Vec::new(),
            home,
            email: email.map(str::to_owned),
            profile: profile("Ito"),
            addresses: Vec::new(),
        };
        let made = self.store.write(create).await;
        made.expect("the customer is made").customer.id
    }

    pub(crate) fn draft(&self) -> Draft {
        Draft {
            inbox: self.inboxes[0],
            application: None,
            subject: "A broken shuttle".into(),
            kind: None,
            status: None,
            assignee: None,
            ticket_number: None,
            ticket_link: None,
            original_sender: None,
            started_at: None,
            closed_at: None,
            tags: Vec::new(),
            fields: Default::default(),
            imported: false,
        }
    }

    /// A creation whose ids the store fills in.
    pub(crate) fn creation(
        &self,
        customers: Vec<CustomerRef>,
        messages: Vec<NewMessage>,
    ) -> CreateConversation {
        CreateConversation {
            caller: self.caller.clone(),
            reach: Reach::Account,
            locks: Locks::NONE,
            draft: self.draft(),
            customers,
            messages,
            id: ConversationId(0),
            fresh_customers: Vec::new(),
            fresh_tags: Vec::new(),
        }
    }

    pub(crate) async fn create(&self, messages: Vec<NewMessage>) -> Created {
        let create = self.creation(vec![CustomerRef::Id(self.customer)], messages);
        self.store
            .create_conversation(create)
            .await
            .expect("the conversation is made")
    }

    /// A conversation with one call in it.
    pub(crate) async fn conversation(&self) -> Conversation {
        self.create(vec![call("It does not move.")])
            .await
            .conversation
    }

    pub(crate) fn appending(
        &self,
        entries: Vec<(ConversationId, NewMessage, StatusWish)>,
    ) -> AppendMessages {
        let entry = |(conversation, message, wish)| Append {
            conversation,
            message,
            wish,
            ticket_number: None,
            ticket_link: None,
        };
        AppendMessages {
            caller: self.caller.clone(),
            reach: Reach::Account,
            guard: Guard::default(),
            locks: Locks::NONE,
            customers: Vec::new(),
            entries: entries.into_iter().map(entry).collect(),
            fresh_customers: Vec::new(),
        }
    }

    pub(crate) async fn append(
        &self,
        id: ConversationId,
        message: NewMessage,
    ) -> Result<Appended, Error> {
        let append = self.appending(vec![(id, message, StatusWish::Reopen)]);
        self.store.append_messages(append).await
    }

    pub(crate) async fn attachment_id(&self) -> AttachmentId {
        AttachmentId(self.reserve(Counted::Attachment, 1).await)
    }

    pub(crate) async fn find(&self, id: ConversationId) -> Result<Found, Error> {
        let read = GetConversation {
            account: self.account,
            inboxes: Vec::new(),
            id,
        };
        self.store.read(read).await
    }

    /// The conversation as stored.
    pub(crate) async fn get(&self, id: ConversationId) -> Conversation {
        match self.find(id).await {
            Ok(Found::Here(view)) => view.conversation,
            other => panic!("conversation {id}: {other:?}"),
        }
    }

    pub(crate) async fn page(&self, id: ConversationId, page: i64, size: i64) -> MessagePage {
        let read = ListMessages {
            account: self.account,
            inboxes: Vec::new(),
            conversation: id,
            page,
            size,
        };
        self.store.read(read).await.expect("the page is read")
    }

    /// All entries of a conversation, newest contact first.
    pub(crate) async fn messages(&self, id: ConversationId) -> Vec<Message> {
        let page = self.page(id, 1, 1_000).await;
        page.messages
            .into_iter()
            .map(|(message, _)| message)
            .collect()
    }

    /// Every row of this account.
    pub(crate) async fn rows(&self) -> Vec<String> {
        let key = self.account.to_string();
        let mut rows = self.store.read(DumpTables).await.expect("a dump");
        rows.retain(|row| {
            let mut columns = row.split('|');
            let table = columns.next();
            // The account is the first column of every table but the one it is looked up by.
            let at = usize::from(table == Some("credential_key"));
            columns.nth(at) == Some(&key)
        });
        rows
    }

    /// This account's rows of one table.
    pub(crate) async fn table(&self, table: &str) -> Vec<String> {
        let mut rows = self.rows().await;
        rows.retain(|row| row.split('|').next() == Some(table));
        rows
    }
}
