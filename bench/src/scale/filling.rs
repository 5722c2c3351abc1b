//! Fills the store of a demo: ten messages in each conversation, in blocks of conversations that go on side by side.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AccountId, ApplicationId, CustomerId, InboxId};
use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::{ApiName, ConversationId, Profile};
use heddle_store::read::account::{ListAccounts, ListInboxes};
use heddle_store::read::selection::{Expr, Limits, SelectConversations, Sort};
use heddle_store::write::account::operator;
use heddle_store::write::folders::FolderCounts;
use heddle_store::write::{Caller, CreateConversation, NewConversation, NewMessage};
use heddle_store::{Engine, Options, SqliteOptions, Store, SystemClock};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::commands::{addition, creation};

const MESSAGES_OF_CONVERSATION: u64 = 10;
/// Conversations that go on side by side: each gets its second message when all have their first.
const BLOCK: u64 = 1_000;
/// Messages that one command adds.
const ADDED: usize = 50;
/// One conversation in so many is that of the demo's customer.
const OF_DEMO_CUSTOMER: u64 = 50;
/// How many conversations each of the other customers has.
const OF_CUSTOMER: u64 = 5;

/// What was filled in.
#[derive(Deserialize, Serialize)]
pub(super) struct Filled {
    /// When the filling began and ended, in milliseconds since 1970.
    pub(super) from: i64,
    pub(super) until: i64,
    /// The ids of the conversations, ascending.
    pub(super) conversations: Vec<i64>,
}

/// Where the conversations go.
struct Target {
    store: Store,
    caller: Caller,
    inbox: InboxId,
    application: ApplicationId,
    customer: CustomerId,
}

/// Writes the messages into the database of a demo that does not run.
#[tokio::main]
pub(super) async fn fill(database: &Path, customer: CustomerId, messages: u64) -> Result<Filled> {
    let store = open(database).await?;
    let target = Target::find(store, customer).await?;
    let conversations = messages / MESSAGES_OF_CONVERSATION;
    let shown = (conversations / 10).next_multiple_of(BLOCK);
    let (from, mut ids) = (target.store.clock().now().0, Vec::new());
    for first in (0..conversations).step_by(usize::try_from(BLOCK)?) {
        let block = first..conversations.min(first + BLOCK);
        ids.extend(target.block(block).await?);
        if first % shown == 0 {
            eprintln!("  {first} of {conversations} conversations written");
        }
    }
    let until = target.store.clock().now().0;
    target.store.close().await?;
    ids.sort_unstable();
    Ok(Filled {
        from,
        until,
        conversations: ids,
    })
}

/// Counts the conversations in their folders, which the server would otherwise do while it is measured.
#[tokio::main]
pub(super) async fn settle(database: &Path) -> Result<()> {
    let store = open(database).await?;
    let all = ListAccounts {
        after: AccountId(0),
        limit: 10,
    };
    for account in store.read(all).await? {
        store.catch_up::<FolderCounts>(account.id).await?;
    }
    Ok(store.close().await?)
}

async fn open(database: &Path) -> Result<Store> {
    let options = SqliteOptions {
        // A slow step of the counting is no reason to end.
        patience: Duration::from_secs(60),
        ..SqliteOptions::new(database)
    };
    let options = Options {
        engine: Engine::Sqlite(options),
        objects: database.with_file_name("objects").into(),
    };
    Ok(Store::open(&options, Arc::new(SystemClock)).await?)
}

impl Target {
    /// The newest conversation of the demo's account is a Mews thread: its application and inbox are those of all that follow.
    async fn find(store: Store, customer: CustomerId) -> Result<Self> {
        let all = ListAccounts {
            after: AccountId(0),
            limit: 1,
        };
        let accounts = store.read(all).await?;
        let account = accounts.first().context("the demo has an account")?;
        let inboxes = ListInboxes {
            account: account.id,
            api: ApiName::named("native"),
        };
        let inboxes = store.read(inboxes).await?;
        let newest = SelectConversations {
            account: account.id,
            inboxes: inboxes.iter().map(|view| view.inbox.id).collect(),
            wanted: Expr::All(Vec::new()),
            sort: Sort::Started,
            descending: true,
            page: 1,
            size: 1,
            after: None,
            has_index: false,
            limits: Limits::USUAL,
        };
        let page = store.read(newest).await?;
        let newest = page.conversations.into_iter().next();
        let newest = newest.context("the demo has conversations")?.conversation;
        Ok(Self {
            caller: operator(account.id, account.integration_agent),
            inbox: newest.inbox,
            application: newest.application.context("a thread of Mews")?,
            customer,
            store,
        })
    }

    /// Creates some conversations, and then gives them their other messages, one round after the other.
    async fn block(&self, numbers: std::ops::Range<u64>) -> Result<Vec<i64>> {
        let mut creating = JoinSet::new();
        for number in numbers {
            let (store, command) = (self.store.clone(), self.conversation(number));
            creating
                .spawn(async move { store.write(command).await.map(|made| made.conversation.id) });
        }
        let made = creating.join_all().await;
        let made: Vec<ConversationId> = made.into_iter().collect::<Result<_, _>>()?;
        for round in 1..MESSAGES_OF_CONVERSATION {
            let mut adding = JoinSet::new();
            for some in made.chunks(ADDED) {
                let messages = some
                    .iter()
                    .map(|&conversation| (conversation, message(round)));
                let (store, command) = (self.store.clone(), addition(&self.caller, messages));
                adding.spawn(async move { store.write(command).await.map(drop) });
            }
            let added = adding.join_all().await;
            added.into_iter().collect::<Result<(), _>>()?;
        }
        Ok(made.iter().map(|conversation| conversation.get()).collect())
    }

    fn conversation(&self, number: u64) -> CreateConversation {
        let of_demo = number.is_multiple_of(OF_DEMO_CUSTOMER);
        let customer = match of_demo {
            true => CustomerRef::Id(self.customer),
            false => CustomerRef::Email {
                email: format!("c{}@mail.example", number / OF_CUSTOMER),
                profile: Box::new(Profile {
                    first_name: Some(format!("First{}", number % 1_009)),
                    last_name: Some(format!("Last{}", number % 20_011)),
                    ..Profile::default()
                }),
            },
        };
        let conversation = NewConversation {
            application: (!of_demo).then_some(self.application),
            original_sender: (!of_demo).then(|| format!("Sender {number}")),
            ..NewConversation::new(self.inbox, format!("Question {number} about a contract"))
        };
        creation(&self.caller, conversation, customer, vec![message(0)])
    }
}

/// Returns a message of about 300 characters; customer and agent take turns.
fn message(round: u64) -> NewMessage {
    let (direction, author) = match round % 2 {
        0 => (Direction::Incoming, Author::Customer),
        _ => (Direction::Outgoing, Author::Application),
    };
    let body = format!(
        "Message {round}: I moved house last week and would like to train at the studio near the station from now on. \
         Is that covered by my contract, or do I need another one? I am also away for most of August: can the contract \
         rest until September? Kind regards, Robin"
    );
    NewMessage::new(Channel::Email, direction, author, body)
}
