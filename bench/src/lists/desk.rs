//! The store whose lists are measured: filled with conversations and customers, or filled by an earlier run.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use heddle_domain::conversation::Locks;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AccountId, AgentId, InboxId};
use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::{AccountSettings, ApiName, InboxScope, Profile, Status, TagName, Timestamp};
use heddle_store::read::account::{ListAccounts, ListAgents, ListInboxes};
use heddle_store::read::selection::{Expr, Limits, SelectConversations, Sort};
use heddle_store::write::account::{CreateAccount, CreateAgent, CreateInbox, operator};
use heddle_store::write::folders::FolderCounts;
use heddle_store::write::{Caller, CreateConversation, NewConversation, NewMessage};
use heddle_store::{Engine, Options, SqliteOptions, Store, SystemClock};
use tokio::task::JoinSet;

pub(super) const INBOXES: usize = 8;
pub(super) const AGENTS: usize = 100;
/// How many conversations a customer has.
const OF_CUSTOMER: usize = 5;
/// The tags, and how many conversations have one of them: one in ten, one in a hundred, and so on.
const TAGS: [(&str, usize); 4] = [
    ("tenth", 10),
    ("hundredth", 100),
    ("thousandth", 1_000),
    ("rare", 20_000),
];
/// The time between the starts of two conversations.
const APART_MS: i64 = 60_000;
const AT_ONCE: usize = 64;

/// One kind of call: its name, and how its list follows from the number of the call.
pub(super) type Kind<'d, R> = (&'static str, Box<dyn Fn(usize) -> R + 'd>);

/// The store and what is in it.
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) caller: Caller,
    pub(super) inboxes: Vec<InboxId>,
    pub(super) agents: Vec<AgentId>,
    pub(super) conversations: usize,
    /// The time at which the store was filled.
    pub(super) now: Timestamp,
}

/// Returns the e-mail address of a customer. One in 4 and one in 45 share a domain, one in 3,000 each of the others.
pub(super) fn email(customer: usize) -> String {
    match customer {
        n if n.is_multiple_of(4) => format!("c{n}@mail.example"),
        n if n % 45 == 1 => format!("c{n}@firm.example"),
        n => format!("c{n}@d{}.example", n % 3_001),
    }
}

/// Returns the profile of a customer. One in 10 is called Anna, one in 40 Bo; one in 50 Smith.
fn profile(customer: usize) -> Profile {
    let first_name = match customer {
        n if n.is_multiple_of(10) => "Anna".to_owned(),
        n if n % 40 == 1 => "Bo".to_owned(),
        n => format!("First{}", n % 1_009),
    };
    let last_name = match customer {
        n if n % 50 == 3 => "Smith".to_owned(),
        n => format!("Last{}", n % 20_011),
    };
    Profile {
        first_name: Some(first_name),
        last_name: Some(last_name),
        ..Profile::default()
    }
}

/// Returns the time after which one in so many changes was made, if they were made evenly between two times.
pub(super) fn last_part((from, to): (Timestamp, Timestamp), one_in: i64) -> Timestamp {
    to.plus_ms(-(to.0 - from.0) / one_in)
}

impl Desk {
    /// Opens the store in a folder, and fills it if it is empty.
    pub(super) async fn open(folder: &Path, conversations: usize) -> Result<Self> {
        let options = Options {
            engine: Engine::Sqlite(SqliteOptions::new(folder.join("heddle.db"))),
            objects: folder.join("objects").into(),
        };
        let store = Store::open(&options, Arc::new(SystemClock)).await?;
        let all = ListAccounts {
            after: AccountId(0),
            limit: 1,
        };
        let known = store.read(all).await?;
        let mut desk = match known.first() {
            Some(account) => {
                let caller = operator(account.id, account.integration_agent);
                Self::describe(store, caller, conversations).await?
            }
            None => {
                let caller = provision(&store).await?;
                let desk = Self::describe(store, caller, conversations).await?;
                desk.fill().await?;
                desk
            }
        };
        let account = desk.caller.account;
        desk.store.catch_up::<FolderCounts>(account).await?;
        desk.look_at_newest().await?;
        Ok(desk)
    }

    async fn describe(store: Store, caller: Caller, conversations: usize) -> Result<Self> {
        let account = caller.account;
        let inboxes = ListInboxes {
            account,
            api: ApiName::named("native"),
        };
        let inboxes = store.read(inboxes).await?.into_iter();
        let agents = ListAgents {
            account,
            after: AgentId(0),
            limit: 1_000,
        };
        let agents = store.read(agents).await?.into_iter();
        Ok(Self {
            inboxes: inboxes.map(|view| view.inbox.id).collect(),
            agents: agents
                .filter(|agent| !agent.built_in)
                .map(|agent| agent.id)
                .collect(),
            conversations,
            now: store.clock().now(),
            store,
            caller,
        })
    }

    async fn fill(&self) -> Result<()> {
        for first in (0..self.conversations).step_by(AT_ONCE) {
            let mut writes = JoinSet::new();
            for number in first..(first + AT_ONCE).min(self.conversations) {
                let (store, command) = (self.store.clone(), self.conversation(number));
                writes.spawn(async move { store.write(command).await });
            }
            while let Some(written) = writes.join_next().await {
                written??;
            }
            if first % 100_032 == 0 {
                eprintln!("  {first} conversations");
            }
        }
        Ok(())
    }

    /// Checks that the store has as many conversations as it should, and learns from the newest when it was filled.
    async fn look_at_newest(&mut self) -> Result<()> {
        let page = self
            .store
            .read(self.list(Vec::new(), Sort::Started))
            .await?;
        let wanted = self.conversations as i64;
        ensure!(
            page.total == wanted,
            "the store has {} conversations, not {wanted}: remove it, or ask for as many as it has",
            page.total
        );
        if let Some(newest) = page.conversations.first() {
            self.now = newest.conversation.started_at.plus_ms(APART_MS);
        }
        Ok(())
    }

    /// How many customers have conversations.
    pub(super) fn customers(&self) -> usize {
        self.conversations.div_ceil(OF_CUSTOMER).max(1)
    }

    /// Returns the command for one conversation: a third is active, a tenth pending, one in a hundred spam, the rest closed.
    fn conversation(&self, number: usize) -> CreateConversation {
        let mixed = number.wrapping_mul(7_919) % 1_000;
        let status = match mixed {
            0..330 => Status::Open,
            330..430 => Status::Pending,
            430..440 => Status::Spam,
            _ => Status::Closed,
        };
        let tags = TAGS.iter().filter(|(_, every)| number % every == every / 2);
        let tags = tags.filter_map(|(name, _)| TagName::parse(name));
        let age = (self.conversations - number) as i64 * APART_MS;
        let message = NewMessage {
            imported: true,
            occurred_at: Some(self.now.plus_ms(-age)),
            ..NewMessage::new(
                Channel::Email,
                Direction::Incoming,
                Author::Customer,
                format!("The kettle number {number} is late"),
            )
        };
        let customer = number / OF_CUSTOMER;
        CreateConversation {
            caller: self.caller.clone(),
            reach: InboxScope::All,
            locks: Locks::NONE,
            customer: CustomerRef::Email {
                email: email(customer),
                profile: Box::new(profile(customer)),
            },
            messages: vec![message],
            conversation: NewConversation {
                status: Some(status),
                assignee: (!mixed.is_multiple_of(3)).then(|| self.agents[number % AGENTS]),
                tags: tags.collect(),
                started_at: Some(self.now.plus_ms(-age)),
                imported: true,
                ..NewConversation::new(self.inboxes[number % INBOXES], format!("Kettle {number}"))
            },
        }
    }

    pub(super) fn list(&self, wanted: Vec<Expr>, sort: Sort) -> SelectConversations {
        SelectConversations {
            account: self.caller.account,
            inboxes: self.inboxes.iter().copied().collect(),
            wanted: Expr::All(wanted),
            sort,
            descending: true,
            page: 1,
            size: 25,
            after: None,
            has_index: false,
            limits: Limits::USUAL,
        }
    }
}

/// Creates the account with its inboxes and agents.
async fn provision(store: &Store) -> Result<Caller> {
    let create = CreateAccount {
        name: "Lists".to_owned(),
        guid_tag: 1,
        public_ids: ["lists".to_owned(), "integration".to_owned()],
        settings: AccountSettings::default(),
    };
    let created = store.write(create).await?;
    let caller = operator(created.id, created.integration_agent);
    for number in 0..INBOXES {
        let create = CreateInbox {
            caller: caller.clone(),
            name: format!("Inbox {number}"),
            default_agent: None,
            public_ids: vec![(String::new(), format!("inbox-{number}"))],
        };
        store.write(create).await?;
    }
    for number in 0..AGENTS {
        let create = CreateAgent {
            caller: caller.clone(),
            first_name: "Agent".to_owned(),
            last_name: format!("Nr{number}"),
            email: format!("agent{number}@lists.example"),
            public_ids: vec![(String::new(), format!("agent-{number}"))],
        };
        store.write(create).await?;
    }
    Ok(caller)
}
