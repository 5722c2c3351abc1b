//! An account in a store, and how a random change is made there.

use heddle_domain::conversation::{Locks, StatusWish};
use heddle_domain::customer::{Address, AddressKind, CustomerRef, PostalAddress, ProfileField};
use heddle_domain::message::{Author, Format, Recipients};
use heddle_domain::{
    AccountId, AccountSettings, AgentId, ConversationId, CustomerId, InboxId, InboxScope, Message,
    Profile, TagName,
};
use heddle_store::read::account::ListCustomers;
use heddle_store::read::contents::{MessageOrder, WalkMessages};
use heddle_store::write::account::{
    CreateAccount, CreateAgent, CreateCustomer, CreateInbox, UpdateInbox, operator,
};
use heddle_store::write::agent::UpdateAgent;
use heddle_store::write::change::{Change, ChangeConversation, ChangeItem, TagChange};
use heddle_store::write::customers::{
    AddressChange, CustomerChange, EraseCustomer, MergeCustomers, UpdateCustomer,
};
use heddle_store::write::edit::{EditMessage, Publishing};
use heddle_store::write::merge::MergeConversations;
use heddle_store::write::split::{Parting, SplitConversation};
use heddle_store::write::{
    Append, AppendMessages, Caller, CreateConversation, Guard, NewAttachment, NewConversation,
    NewMessage,
};
use heddle_store::{Error, Store};
use heddle_testkit::{ManualClock, TestStore};

use crate::commands::{self, Command, Create, Person, Words};

const HOUR: i64 = 3_600_000;
const NODE: &str = "node";

/// An account with three inboxes and three agents beside the built-in one.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) caller: Caller,
    pub(crate) agents: Vec<AgentId>,
    pub(crate) inboxes: Vec<InboxId>,
    /// Every conversation that was made, merged ones included.
    conversations: Vec<ConversationId>,
}

impl World {
    /// Makes a new account.
    pub(crate) async fn new(test: &TestStore) -> Self {
        let store = test.store.clone();
        let create = CreateAccount {
            name: "Loom".to_owned(),
            guid_tag: 7,
            public_ids: ["account".to_owned(), "agent-1".to_owned()],
            settings: AccountSettings::default(),
        };
        let account = store.write(create).await.expect("an account");
        let caller = operator(account.id, account.integration_agent);
        let mut world = Self {
            store,
            caller,
            agents: Vec::new(),
            inboxes: Vec::new(),
            conversations: Vec::new(),
        };
        for (first, last) in [("Jörg", "Öztürk"), ("Ann", "Smith"), ("東京", "Refund")] {
            let create = CreateAgent {
                caller: world.caller.clone(),
                first_name: first.to_owned(),
                last_name: last.to_owned(),
                email: format!("{}@example.com", last.to_lowercase()),
                public_ids: vec![(String::new(), format!("agent-{last}"))],
            };
            world
                .agents
                .push(world.store.write(create).await.expect("an agent").id);
        }
        for name in ["Inbox one", "Rechnungen", "東京 inbox"] {
            let create = CreateInbox {
                caller: world.caller.clone(),
                name: name.to_owned(),
                default_agent: None,
                public_ids: vec![(String::new(), name.to_owned())],
            };
            world
                .inboxes
                .push(world.store.write(create).await.expect("an inbox").id);
        }
        world
    }

    pub(crate) const fn account(&self) -> AccountId {
        self.caller.account
    }

    fn conversation(&self, number: usize) -> ConversationId {
        self.conversations[number % self.conversations.len()]
    }

    fn agent(&self, number: usize) -> AgentId {
        self.agents[number % self.agents.len()]
    }

    fn inbox(&self, number: usize) -> InboxId {
        self.inboxes[number % self.inboxes.len()]
    }

    /// Returns the customer with this number; some are merged or erased.
    pub(crate) async fn customers(&self) -> Vec<CustomerId> {
        let list = ListCustomers {
            account: self.account(),
            after: CustomerId(0),
            limit: 1_000,
        };
        let found = self.store.read(list).await.expect("customers");
        found.into_iter().map(|customer| customer.id).collect()
    }

    async fn customer(&self, number: usize) -> CustomerId {
        let known = self.customers().await;
        match known.is_empty() {
            // All are erased: a request that names one is refused.
            true => CustomerId(1),
            false => known[number % known.len()],
        }
    }

    /// Makes a change. A refusal is as good as a success.
    pub(crate) async fn run(&mut self, test: &TestStore, command: &Command) {
        test.clock.advance(1_000);
        match self.try_to(command).await {
            Ok(()) | Err(Error::Refused(_)) => {}
            Err(trouble) => panic!("{command:?}: {trouble:?}"),
        }
    }

    async fn try_to(&mut self, command: &Command) -> Result<(), Error> {
        match command {
            Command::Create(create) => self.create(create).await,
            Command::Append(id, words) => self.append(self.conversation(*id), words).await,
            Command::Change(id, change) => self.change(self.conversation(*id), change).await,
            Command::Merge(from, into) => {
                self.merge(self.conversation(*from), self.conversation(*into))
                    .await
            }
            Command::Split(id, mask) => self.split(self.conversation(*id), *mask).await,
            Command::Edit(id, at, body) => {
                self.edit(self.conversation(*id), *at, body.as_ref()).await
            }
            Command::NewCustomer(person) => self.new_customer(person).await,
            Command::ChangeCustomer(id, person) => {
                self.change_customer(self.customer(*id).await, person).await
            }
            Command::MergeCustomers(from, into) => {
                let (from, into) = (self.customer(*from).await, self.customer(*into).await);
                let merge = MergeCustomers {
                    caller: self.caller.clone(),
                    from,
                    into,
                    expected: None,
                };
                self.store.write(merge).await.map(drop)
            }
            Command::EraseCustomer(id) => {
                let id = self.customer(*id).await;
                let erase = EraseCustomer {
                    caller: self.caller.clone(),
                    id,
                    expected: None,
                    limit: None,
                };
                self.store.write(erase).await.map(drop)
            }
            Command::RenameAgent(id, name) => self.rename_agent(self.agent(*id), name).await,
            Command::RenameInbox(id, name) => self.rename_inbox(self.inbox(*id), name).await,
            Command::RunJobs => self.store.run_jobs(self.account(), NODE).await,
            Command::Index => {
                self.store.drain_feed().await?;
                self.store.index(self.account()).await
            }
        }
    }

    /// Does all that background tasks do.
    pub(crate) async fn settle(&self) {
        self.store
            .run_jobs(self.account(), NODE)
            .await
            .expect("jobs");
        self.store.drain_feed().await.expect("positions");
        self.store
            .index(self.account())
            .await
            .expect("it is indexed");
    }

    async fn create(&mut self, create: &Create) -> Result<(), Error> {
        let now = ManualClock::START;
        let conversation = NewConversation {
            status: create.status,
            assignee: create.assignee.map(|number| self.agent(number)),
            ticket_number: create.ticket.clone(),
            started_at: create.started.map(|days| now.plus_ms(-days * 24 * HOUR)),
            tags: create
                .tags
                .iter()
                .filter_map(|tag| TagName::parse(tag))
                .collect(),
            imported: create.started.is_some(),
            ..NewConversation::new(self.inbox(create.inbox), &create.subject)
        };
        let mut messages = Vec::new();
        for words in &create.messages {
            messages.push(self.message(words).await);
        }
        let create = CreateConversation {
            caller: self.caller.clone(),
            reach: InboxScope::All,
            locks: Locks::NONE,
            conversation,
            customer: CustomerRef::Id(self.customer(create.customer).await),
            messages,
        };
        let created = self.store.write(create).await?;
        self.conversations.push(created.conversation.id);
        Ok(())
    }

    async fn message(&self, words: &Words) -> NewMessage {
        let author = match words.author {
            0 => Author::Customer,
            1 => Author::Application,
            agent => Author::Agent(self.agent(agent)),
        };
        let body = match words.format {
            Format::Plain => words.body.clone(),
            Format::Html => format!("<p title=\"hidden\">{}</p><b>&amp; bold</b>", words.body),
        };
        let guest = match words.guest {
            Some(number) => Some(CustomerRef::Id(self.customer(number).await)),
            None => None,
        };
        NewMessage {
            customer: guest,
            kind: words.kind,
            state: words.state,
            format: words.format,
            agent_name: words.agent_name.clone(),
            subject: words.subject.clone(),
            occurred_at: words
                .ago
                .map(|(hours, _)| ManualClock::START.plus_ms(-hours * HOUR)),
            imported: words.ago.is_some_and(|(_, is_imported)| is_imported),
            recipients: Recipients {
                cc: words.copies.first().cloned().into_iter().collect(),
                bcc: words.copies.get(1).cloned().into_iter().collect(),
            },
            attachments: words.files.iter().map(|name| file(name)).collect(),
            ..NewMessage::new(words.channel, words.direction, author, body)
        }
    }

    async fn append(&self, id: ConversationId, words: &Words) -> Result<(), Error> {
        let entry = Append {
            conversation: id,
            message: self.message(words).await,
            wish: StatusWish::Reopen,
            ticket_number: None,
            ticket_link: None,
        };
        let append = AppendMessages {
            caller: self.caller.clone(),
            reach: InboxScope::All,
            guard: Guard::ALL,
            locks: Locks::NONE,
            entries: vec![entry],
        };
        self.store.write(append).await.map(drop)
    }

    async fn change(&self, id: ConversationId, change: &commands::Change) -> Result<(), Error> {
        let names = |tags: &[&str]| tags.iter().filter_map(|tag| TagName::parse(tag)).collect();
        let customer = match change.customer {
            Some(number) => Some(self.customer(number).await),
            None => None,
        };
        let change = Change {
            subject: change.subject.clone(),
            status: change.status,
            archived: change.archived,
            assignee: change
                .assignee
                .map(|number| number.map(|number| self.agent(number))),
            inbox: change.inbox.map(|number| self.inbox(number)),
            customer,
            ticket_number: change.ticket.clone(),
            tags: TagChange::Edit {
                add: names(&change.tags[0]),
                remove: names(&change.tags[1]),
            },
            ..Change::default()
        };
        let item = ChangeItem {
            conversation: id,
            expected: None,
            change,
        };
        let change = ChangeConversation {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            item,
        };
        self.store.write(change).await.map(drop)
    }

    async fn merge(&self, from: ConversationId, into: ConversationId) -> Result<(), Error> {
        let merge = MergeConversations {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            from,
            into,
            status: None,
            expected: None,
        };
        self.store.write(merge).await.map(drop)
    }

    /// Returns the messages in the order of their making.
    async fn messages(&self, conversation: ConversationId) -> Result<Vec<Message>, Error> {
        let walk = WalkMessages {
            account: self.account(),
            inboxes: InboxScope::All,
            conversation,
            order: MessageOrder::Created,
            descending: false,
            after: None,
            limit: 1_000,
        };
        let walk = self.store.read(walk).await?;
        Ok(walk
            .messages
            .into_iter()
            .map(|(message, _)| message)
            .collect())
    }

    async fn split(&mut self, id: ConversationId, mask: u8) -> Result<(), Error> {
        let messages = self.messages(id).await?;
        let chosen = messages
            .iter()
            .enumerate()
            .filter(|(at, _)| mask >> (at % 8) & 1 == 1);
        let split = SplitConversation {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            conversation: id,
            expected: None,
            parting: Parting::These(chosen.map(|(_, message)| message.id).collect()),
            subject: mask.is_multiple_of(3).then(|| "Split from über".to_owned()),
        };
        let parts = self.store.write(split).await?;
        self.conversations.push(parts.new.conversation.id);
        Ok(())
    }

    async fn edit(
        &self,
        id: ConversationId,
        at: usize,
        body: Option<&String>,
    ) -> Result<(), Error> {
        let messages = self.messages(id).await?;
        let Some(message) = messages.get(at % messages.len().max(1)) else {
            return Ok(());
        };
        let edit = EditMessage {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            conversation: id,
            message: message.id,
            expected: None,
            body: body.cloned(),
            format: body.map(|_| Format::Plain),
            publish: body.is_none().then(Publishing::default),
        };
        self.store.write(edit).await.map(drop)
    }

    async fn new_customer(&self, person: &Person) -> Result<(), Error> {
        let create = CreateCustomer {
            caller: self.caller.clone(),
            public_ids: Vec::new(),
            home: person.home.map(|number| self.inbox(number)),
            email: person.email.clone(),
            profile: Profile {
                first_name: person.first_name.clone(),
                last_name: person.last_name.clone(),
                organization: person.organization.clone(),
                ..Profile::default()
            },
            addresses: person
                .addresses
                .iter()
                .filter_map(|text| Address::parse(AddressKind::Phone, text))
                .collect(),
            postal_address: person.home.map(|number| PostalAddress {
                lines: Vec::new(),
                city: "Ulm".into(),
                state: format!("Region {number}"),
                postal_code: "89073".into(),
                country: "DE".into(),
            }),
        };
        self.store.write(create).await.map(drop)
    }

    async fn change_customer(&self, id: CustomerId, person: &Person) -> Result<(), Error> {
        let add = |kind, text: &String| Address::parse(kind, text).map(AddressChange::Add);
        let emails = person
            .email
            .iter()
            .filter_map(|text| add(AddressKind::Email, text));
        let others = person
            .addresses
            .iter()
            .filter_map(|text| add(AddressKind::Other, text));
        let fields = [
            (ProfileField::FirstName, person.first_name.clone()),
            (ProfileField::LastName, person.last_name.clone()),
            (ProfileField::Organization, person.organization.clone()),
        ];
        let change = CustomerChange {
            home: person.home.map(|number| Some(self.inbox(number))),
            profile: fields
                .into_iter()
                .filter(|(_, value)| value.is_some())
                .collect(),
            addresses: emails.chain(others).collect(),
            postal_address: Vec::new(),
        };
        let update = UpdateCustomer {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            id,
            expected: None,
            change,
        };
        self.store.write(update).await.map(drop)
    }

    async fn rename_agent(&self, id: AgentId, name: &str) -> Result<(), Error> {
        let update = UpdateAgent {
            caller: self.caller.clone(),
            id,
            expected: None,
            first_name: Some(name.to_owned()),
            last_name: None,
            email: None,
        };
        self.store.write(update).await.map(drop)
    }

    async fn rename_inbox(&self, id: InboxId, name: &str) -> Result<(), Error> {
        let update = UpdateInbox {
            caller: self.caller.clone(),
            id,
            expected: None,
            name: Some(name.to_owned()),
            default_agent: None,
            messaging_off: None,
        };
        self.store.write(update).await.map(drop)
    }
}

fn file(name: &str) -> NewAttachment {
    NewAttachment {
        file_name: name.to_owned(),
        mime_type: "text/plain".to_owned(),
        size: 1,
        data: Some(vec![b'x']),
        object: None,
        link: None,
        extra: None,
    }
}
