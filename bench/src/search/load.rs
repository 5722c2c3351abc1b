//! Fills a store with conversations, through the commands that imports use, and lets the index follow.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use heddle_domain::{AccountId, AccountSettings, AgentId, ApiName, InboxId, Timestamp};
use heddle_store::Store;
use heddle_store::read::account::{ListAccounts, ListAgents, ListInboxes};
use heddle_store::write::Caller;
use heddle_store::write::account::{CreateAccount, CreateAgent, CreateInbox, operator};

use super::corpus::{Account, Corpus, PERIOD, Talk};
use super::filling::{Filling, SHOW_EVERY, Tally};
use super::place::Place;
use crate::results::Sheet;

const INBOXES: usize = 12;
const AGENTS: usize = 40;

/// A store with conversations.
pub(super) struct Filled {
    pub(super) caller: Caller,
    pub(super) account: Account,
    pub(super) corpus: Arc<Corpus>,
    pub(super) conversations: usize,
    messages: u64,
    text_bytes: u64,
    index_bytes: u64,
    all_bytes: u64,
    written_in: Duration,
    indexed_in: Duration,
}

/// Fills the store, unless it is full already: as a help desk does, or with imported conversations.
pub(super) async fn fill(place: &Place, conversations: usize, imports: bool) -> Result<Filled> {
    let store = &place.store;
    let known = store
        .read(ListAccounts {
            after: AccountId(0),
            limit: 1,
        })
        .await?;
    let is_new = known.is_empty();
    let now = store.clock().now();
    if is_new && !imports {
        place.clock.go_on_from(now.plus_ms(-2 * PERIOD));
    }
    let caller = match known.first() {
        Some(account) => operator(account.id, account.integration_agent),
        None => provision(store).await?,
    };
    let account = describe(store, &caller, now).await?;
    let corpus = Arc::new(Corpus::new(account.clone(), conversations, imports));
    let started = Instant::now();
    let mut filling = Filling {
        store,
        clock: &place.clock,
        caller: &caller,
        corpus: &corpus,
        count: conversations,
        tally: Tally::default(),
    };
    match (is_new, imports) {
        (false, _) => (0..conversations)
            .for_each(|number| filling.tally.count(&corpus.talk(number, conversations))),
        (true, true) => filling.import().await?,
        (true, false) => filling.live().await?,
    }
    let Tally {
        messages,
        bytes: text_bytes,
        ..
    } = filling.tally;
    let written_in = started.elapsed();
    let started = Instant::now();
    index(store, caller.account).await?;
    let indexed_in = started.elapsed();
    Ok(Filled {
        caller,
        account,
        corpus,
        conversations,
        messages,
        text_bytes,
        index_bytes: place.index_bytes().await?,
        all_bytes: place.all_bytes().await?,
        written_in,
        indexed_in,
    })
}

async fn provision(store: &Store) -> Result<Caller> {
    let create = CreateAccount {
        name: "Bench".to_owned(),
        guid_tag: 1,
        public_ids: ["bench".to_owned(), "integration".to_owned()],
        settings: AccountSettings::default(),
    };
    let account = store.write(create).await?;
    let caller = operator(account.id, account.integration_agent);
    for number in 1..=INBOXES {
        let name = format!("Inbox {number}");
        let public_ids = vec![(String::new(), format!("inbox-{number}"))];
        store
            .write(CreateInbox {
                caller: caller.clone(),
                name,
                default_agent: None,
                public_ids,
            })
            .await?;
    }
    for number in 1..=AGENTS {
        let create = CreateAgent {
            caller: caller.clone(),
            first_name: "Agent".to_owned(),
            last_name: format!("Nr{number}"),
            email: format!("agent{number}@desk.example"),
            public_ids: vec![(String::new(), format!("agent-{number}"))],
        };
        store.write(create).await?;
    }
    Ok(caller)
}

async fn describe(store: &Store, caller: &Caller, now: Timestamp) -> Result<Account> {
    let account = caller.account;
    let inboxes = store
        .read(ListInboxes {
            account,
            api: ApiName::named("native"),
        })
        .await?;
    let agents = store
        .read(ListAgents {
            account,
            after: AgentId(0),
            limit: 1_000,
        })
        .await?;
    let agents = agents
        .into_iter()
        .filter(|agent| !agent.built_in)
        .map(|agent| agent.id);
    Ok(Account {
        inboxes: inboxes
            .into_iter()
            .map(|view| view.inbox.id)
            .collect::<Vec<InboxId>>(),
        agents: agents.collect(),
        now,
    })
}

/// Lets the index follow to the end, and shows how far it is.
pub(super) async fn index(store: &Store, account: AccountId) -> Result<()> {
    store.drain_feed().await?;
    let mut working = std::pin::pin!(store.index(account));
    loop {
        tokio::select! {
            done = &mut working => return Ok(done?),
            () = tokio::time::sleep(SHOW_EVERY) => {
                let progress = store.index_progress(account).await?;
                eprintln!("  indexed up to event {} of {}", progress.position, progress.head);
            }
        }
    }
}

impl Filled {
    /// Builds the index anew.
    pub(super) async fn rebuild(&mut self, place: &Place) -> Result<()> {
        let started = Instant::now();
        place.store.rebuild_index(self.caller.account).await?;
        index(&place.store, self.caller.account).await?;
        self.indexed_in = started.elapsed();
        self.index_bytes = place.index_bytes().await?;
        self.all_bytes = place.all_bytes().await?;
        Ok(())
    }

    /// Returns a table of what the store holds.
    pub(super) fn table(&self) -> Sheet {
        let mib = |bytes: u64| format!("{:.0} MiB", bytes as f64 / 1_048_576.0);
        let per_second =
            |time: Duration| format!("{:.0}", self.messages as f64 / time.as_secs_f64());
        let rows = [
            ["messages".to_owned(), self.messages.to_string()],
            ["conversations".to_owned(), self.conversations.to_string()],
            ["text".to_owned(), mib(self.text_bytes)],
            [
                "characters of text a message".to_owned(),
                (self.text_bytes / self.messages.max(1)).to_string(),
            ],
            ["index".to_owned(), mib(self.index_bytes)],
            [
                "index / text".to_owned(),
                format!("{:.2}", self.index_bytes as f64 / self.text_bytes as f64),
            ],
            ["store with index".to_owned(), mib(self.all_bytes)],
            [
                "messages written a second".to_owned(),
                per_second(self.written_in),
            ],
            [
                "messages indexed a second".to_owned(),
                per_second(self.indexed_in),
            ],
        ];
        Sheet::new("The store", ["what", "how much"], rows)
    }

    /// Returns the text of a random conversation.
    pub(super) fn talk(&self, dice: &mut super::dice::Dice) -> Talk {
        self.corpus
            .talk(dice.roll(self.conversations), self.conversations)
    }
}
