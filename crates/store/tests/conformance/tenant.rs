//! A tenant for tests: an account with two inboxes, two agents and a customer, and short functions for commands on
//! it.

use heddle_domain::account::AccountSettings;
use heddle_domain::conversation::{Conversation, Locks, StatusWish};
use heddle_domain::customer::{CustomerRef, Profile};
use heddle_domain::event::Actor;
use heddle_domain::id::{AccountId, AgentId, ConversationId, CredentialId, CustomerId, InboxId};
use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::{ApiName, EntityKind, InboxScope, Message};
use heddle_store::read::conversations::{
    ConversationView, GetConversation, ListMessages, MessagePage,
};
use heddle_store::read::dump::DumpTables;
use heddle_store::write::account::{CreateAccount, CreateAgent, CreateCustomer, CreateInbox};
use heddle_store::write::append::Appended;
use heddle_store::write::create::Created;
use heddle_store::write::{
    Append, AppendMessages, Caller, CreateConversation, Guard, NewConversation, NewMessage,
};
use heddle_store::{Engine, Error, Store};
use heddle_testkit::{On, TestStore};

/// An account in a store, and the caller of its commands.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) store: Store,
    pub(crate) account: AccountId,
    pub(crate) caller: Caller,
    pub(crate) integration: AgentId,
    pub(crate) agents: [AgentId; 2],
    pub(crate) inboxes: [InboxId; 2],
    /// A customer without home inbox and e-mail address.
    pub(crate) customer: CustomerId,
}

pub(crate) const HELPSCOUT: ApiName = ApiName::named("helpscout");
pub(crate) const MEWS: ApiName = ApiName::named("mews");
pub(crate) const MYKAARMA: ApiName = ApiName::named("mykaarma");
pub(crate) const NATIVE: ApiName = ApiName::named("native");

/// Returns a store with one tenant.
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

/// Runs a statement on the database without the store.
pub(crate) async fn tamper(test: &TestStore, sql: &str) {
    test.tamper(sql).await;
}

/// Returns the number that a statement selects from the database without the store.
pub(crate) async fn count(test: &TestStore, sql: &str) -> i64 {
    match (&test.database, &test.options.engine) {
        (Some(database), _) => {
            let client = database.connect().await;
            client.query_one(sql, &[]).await.expect("a row").get(0)
        }
        (None, Engine::Sqlite(options)) => rusqlite::Connection::open(&options.path)
            .and_then(|connection| connection.query_row(sql, [], |row| row.get(0)))
            .expect("a row"),
        (None, Engine::Postgres(_)) => panic!("a database is wanted"),
    }
}

/// Returns a call from the customer that is not imported.
pub(crate) fn call(body: &str) -> NewMessage {
    NewMessage::new(Channel::Phone, Direction::Incoming, Author::Customer, body)
}

/// Returns a call that is not imported, from a given customer.
pub(crate) fn call_from(customer: CustomerRef, body: &str) -> NewMessage {
    NewMessage {
        customer: Some(customer),
        ..call(body)
    }
}

impl Tenant {
    pub(crate) async fn in_store(store: &Store) -> Self {
        let create = CreateAccount {
            name: "Loom & Sons".into(),
            guid_tag: 4_711,
            public_ids: ["loom".into(), "integration".into()],
            settings: AccountSettings::default(),
        };
        let made = store.write(create).await.expect("the account is made");
        let (account, integration) = (made.id, made.integration_agent);
        let actor = Actor {
            api: Some(NATIVE.as_str().into()),
            credential: Some(CredentialId(1)),
            address: None,
            agent: None,
        };
        let mut tenant = Self {
            store: store.clone(),
            account,
            caller: Caller {
                account,
                actor,
                agent: integration,
            },
            integration,
            agents: [integration; 2],
            inboxes: [InboxId(0); 2],
            customer: CustomerId(0),
        };
        tenant.agents = [tenant.new_agent(1).await, tenant.new_agent(2).await];
        tenant.caller.agent = tenant.agents[0];
        tenant.caller.actor.agent = Some(tenant.agents[0]);
        tenant.inboxes = [tenant.new_inbox(1).await, tenant.new_inbox(2).await];
        tenant.customer = tenant.new_customer(None, None).await;
        tenant
    }

    pub(crate) async fn new_agent(&self, number: i64) -> AgentId {
        let create = CreateAgent {
            caller: self.caller.clone(),
            first_name: "Ann".into(),
            last_name: format!("Agent {number}"),
            email: format!("ann{number}@example.com"),
            public_ids: vec![(String::new(), format!("agent-{number}"))],
        };
        let made = self.store.write(create).await;
        made.expect("the agent is made").id
    }

    pub(crate) async fn new_inbox(&self, number: i64) -> InboxId {
        let create = CreateInbox {
            caller: self.caller.clone(),
            name: format!("Inbox {number}"),
            default_agent: None,
            public_ids: vec![(String::new(), format!("inbox-{number}"))],
        };
        let made = self.store.write(create).await;
        made.expect("the inbox is made").id
    }

    /// Takes a small id that no entity uses.
    pub(crate) async fn take_id(&self, kind: EntityKind) -> i64 {
        let taken = self.store.take_id(self.account, kind).await;
        taken.expect("an id")
    }

    pub(crate) async fn new_customer(
        &self,
        home: Option<InboxId>,
        email: Option<&str>,
    ) -> CustomerId {
        let create = CreateCustomer {
            caller: self.caller.clone(),
            public_ids: Vec::new(),
            home,
            email: email.map(str::to_owned),
            profile: profile("Ito"),
            addresses: Vec::new(),
            postal_address: None,
        };
        let made = self.store.write(create).await;
        made.expect("the customer is made").customer.id
    }

    pub(crate) fn new_conversation(&self) -> NewConversation {
        NewConversation::new(self.inboxes[0], "A broken shuttle")
    }

    pub(crate) fn creation(
        &self,
        customer: CustomerRef,
        messages: Vec<NewMessage>,
    ) -> CreateConversation {
        CreateConversation {
            caller: self.caller.clone(),
            reach: InboxScope::All,
            locks: Locks::NONE,
            conversation: self.new_conversation(),
            customer,
            messages,
        }
    }

    pub(crate) async fn create(&self, messages: Vec<NewMessage>) -> Created {
        let create = self.creation(CustomerRef::Id(self.customer), messages);
        self.store
            .write(create)
            .await
            .expect("the conversation is made")
    }

    /// Creates a conversation with one call in it.
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
            reach: InboxScope::All,
            guard: Guard::ALL,
            locks: Locks::NONE,
            entries: entries.into_iter().map(entry).collect(),
        }
    }

    pub(crate) async fn append(
        &self,
        id: ConversationId,
        message: NewMessage,
    ) -> Result<Appended, Error> {
        let append = self.appending(vec![(id, message, StatusWish::Reopen)]);
        self.store.write(append).await
    }

    pub(crate) async fn find(&self, id: ConversationId) -> Result<Box<ConversationView>, Error> {
        let read = GetConversation {
            account: self.account,
            inboxes: InboxScope::All,
            id,
        };
        self.store.read(read).await
    }

    /// Returns the conversation as stored.
    pub(crate) async fn get(&self, id: ConversationId) -> Conversation {
        match self.find(id).await {
            Ok(view) => view.conversation,
            other => panic!("conversation {id}: {other:?}"),
        }
    }

    pub(crate) async fn page(&self, id: ConversationId, page: i64, size: i64) -> MessagePage {
        let read = ListMessages {
            account: self.account,
            inboxes: InboxScope::All,
            conversation: id,
            page,
            size,
            after: None,
        };
        self.store.read(read).await.expect("the page is read")
    }

    /// Returns all messages of a conversation, newest contact first.
    pub(crate) async fn messages(&self, id: ConversationId) -> Vec<Message> {
        let page = self.page(id, 1, 1_000).await;
        page.messages
            .into_iter()
            .map(|(message, _)| message)
            .collect()
    }

    /// Returns every row of this account.
    pub(crate) async fn rows(&self) -> Vec<String> {
        let key = self.account.to_string();
        let mut rows = self.store.read(DumpTables).await.expect("a dump");
        rows.retain(|row| {
            let mut columns = row.split('|');
            let table = columns.next();
            // The account is the first column of every table except `credential_key`.
            let at = usize::from(table == Some("credential_key"));
            columns.nth(at) == Some(&key)
        });
        rows
    }

    /// Returns this account's rows of one table.
    pub(crate) async fn table(&self, table: &str) -> Vec<String> {
        let mut rows = self.rows().await;
        rows.retain(|row| row.split('|').next() == Some(table));
        rows
    }
}
