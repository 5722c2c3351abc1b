//! `cargo xtask bench lists`: how long a page of Help Scout's list of conversations takes, filter by filter.
//!
//! The store runs in this process, without HTTP. Each call gets other values and its results are not kept, so that neither the
//! query nor the page is the same twice. One caller asks at a time.
//!
//! Deliberately missing: thresholds (a person reads the table), PostgreSQL.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use comfy_table::{Table, presets};
use heddle_domain::conversation::Locks;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AgentId, InboxId};
use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::{AccountSettings, InboxScope, Profile, Status, TagName, Timestamp};

use heddle_store::read::selection::{
    Condition, Expr, MOST_SORTED, Place, SelectConversations, Sort,
};
use heddle_store::write::account::{CreateAccount, CreateAgent, CreateInbox, operator};
use heddle_store::write::folders::FolderCounts;
use heddle_store::write::{Caller, CreateConversation, NewConversation, NewMessage};
use heddle_store::{Engine, Options as StoreOptions, SqliteOptions, Store, SystemClock};
use tokio::task::JoinSet;

const INBOXES: usize = 8;
const AGENTS: usize = 100;
/// How many tags are on one conversation in a hundred, one in a thousand, and so on.
const TAGS: [(&str, usize); 4] = [
    ("tenth", 10),
    ("hundredth", 100),
    ("thousandth", 1_000),
    ("rare", 20_000),
];
const AT_ONCE: usize = 64;
const DAY_MS: i64 = 86_400_000;

/// The options of `lists`.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Conversations in the store
    #[arg(long, default_value_t = 1_000_000)]
    conversations: usize,
    /// Calls of each kind
    #[arg(long, default_value_t = 200)]
    calls: usize,
    /// Where the database is made [default: beside this program]
    #[arg(long)]
    work_dir: Option<PathBuf>,
}

/// The store and what is in it.
struct Desk {
    store: Store,
    caller: Caller,
    inboxes: Vec<InboxId>,
    agents: Vec<AgentId>,
    conversations: usize,
    now: Timestamp,
}

#[tokio::main]
pub(crate) async fn run(options: &Options) -> Result<()> {
    let beside = std::env::current_exe()?.with_file_name("");
    let within = options.work_dir.as_deref().unwrap_or(&beside);
    let folder = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(within)?;
    let store = StoreOptions {
        engine: Engine::Sqlite(SqliteOptions::new(folder.path().join("heddle.db"))),
        objects: folder.path().join("objects"),
    };
    let store = Store::open(&store, Arc::new(SystemClock)).await?;
    let started = Instant::now();
    let desk = Desk::fill(store, options.conversations).await?;
    desk.store
        .catch_up::<FolderCounts>(desk.caller.account)
        .await?;
    println!(
        "\n## Lists of {} conversations on SQLite\n\nFilled in {:.0} s.\n",
        options.conversations,
        started.elapsed().as_secs_f64()
    );
    println!("{}", desk.measure(options.calls).await?);
    desk.store.close().await?;
    Ok(())
}

/// Makes the list of a round.
type Make<'d> = Box<dyn Fn(usize) -> SelectConversations + 'd>;

impl Desk {
    async fn fill(store: Store, conversations: usize) -> Result<Self> {
        let create = CreateAccount {
            name: "Lists".to_owned(),
            guid_tag: 1,
            public_ids: ["lists".to_owned(), "integration".to_owned()],
            settings: AccountSettings::default(),
        };
        let created = store.write(create).await?;
        let caller = operator(created.id, created.integration_agent);
        let mut desk = Self {
            now: store.clock().now(),
            store,
            caller,
            inboxes: Vec::new(),
            agents: Vec::new(),
            conversations,
        };
        for number in 0..INBOXES {
            let inbox = desk.store.write(inbox(&desk.caller, number)).await?;
            desk.inboxes.push(inbox.id);
        }
        for number in 0..AGENTS {
            let agent = desk.store.write(agent(&desk.caller, number)).await?;
            desk.agents.push(agent.id);
        }
        for first in (0..conversations).step_by(AT_ONCE) {
            let mut writes = JoinSet::new();
            for number in first..(first + AT_ONCE).min(conversations) {
                let (store, command) = (desk.store.clone(), desk.conversation(number));
                writes.spawn(async move { store.write(command).await });
            }
            while let Some(written) = writes.join_next().await {
                written??;
            }
            if first % 100_032 == 0 {
                eprintln!("  {first} conversations");
            }
        }
        Ok(desk)
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
        let age = (self.conversations - number) as i64 * 60_000;
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
        CreateConversation {
            caller: self.caller.clone(),
            reach: InboxScope::All,
            locks: Locks::NONE,
            customer: CustomerRef::Email {
                email: format!("c{}@example.com", number / 5),
                profile: Box::new(Profile::default()),
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

    fn list(&self, wanted: Vec<Expr>, sort: Sort) -> SelectConversations {
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
            most_sorted: MOST_SORTED,
        }
    }

    /// Returns each kind of call: its name, and how its list follows from the number of the call.
    fn kinds(&self) -> Vec<(&'static str, Make<'_>)> {
        let active = || Expr::is(Condition::Phase([0].into()));
        let inbox = |call: usize| Condition::Inbox([self.inboxes[call % INBOXES]].into());
        let agent = |call: usize| Condition::Assignee(Some(self.agents[call % AGENTS]));
        let tag = |name: &str| {
            let tags: BTreeSet<TagName> = TagName::parse(name).into_iter().collect();
            Expr::is(Condition::Tag(tags))
        };
        let email = |call: usize| {
            Condition::Email(format!(
                "c{}@example.com",
                call * 31 % (self.conversations / 5).max(1)
            ))
        };
        let since =
            |days: i64| Condition::Changed(self.now.plus_ms(-days * DAY_MS), Timestamp(i64::MAX));
        let started =
            |days: i64| Condition::Started(self.now.plus_ms(-days * DAY_MS), Timestamp(i64::MAX));
        let on = move |wanted: Vec<Expr>, sort| self.list(wanted, sort);
        let paged = |mut list: SelectConversations, page: i64| {
            list.page = page;
            list
        };
        vec![
            (
                "no filter",
                Box::new(move |_| on(vec![active()], Sort::Started)),
            ),
            ("status=all", Box::new(move |_| on(vec![], Sort::Started))),
            (
                "status=spam",
                Box::new(move |_| on(vec![Expr::is(Condition::Phase([3].into()))], Sort::Started)),
            ),
            (
                "mailbox",
                Box::new(move |call| on(vec![active(), Expr::is(inbox(call))], Sort::Started)),
            ),
            (
                "folder Unassigned",
                Box::new(move |call| {
                    let draft = Expr::Not(Box::new(Expr::is(Condition::Draft)));
                    on(
                        vec![
                            active(),
                            Expr::is(inbox(call)),
                            Expr::is(Condition::Assignee(None)),
                            draft,
                        ],
                        Sort::Started,
                    )
                }),
            ),
            (
                "folder Drafts",
                Box::new(move |call| {
                    on(
                        vec![active(), Expr::is(inbox(call)), Expr::is(Condition::Draft)],
                        Sort::Started,
                    )
                }),
            ),
            (
                "tag, 1 in 10",
                Box::new(move |_| on(vec![active(), tag("tenth")], Sort::Started)),
            ),
            (
                "tag, 1 in 100",
                Box::new(move |_| on(vec![active(), tag("hundredth")], Sort::Started)),
            ),
            (
                "tag, 1 in 1,000",
                Box::new(move |_| on(vec![active(), tag("thousandth")], Sort::Started)),
            ),
            (
                "tag, 1 in 20,000",
                Box::new(move |_| on(vec![active(), tag("rare")], Sort::Started)),
            ),
            (
                "assigned_to",
                Box::new(move |call| on(vec![active(), Expr::is(agent(call))], Sort::Started)),
            ),
            (
                "number",
                Box::new(move |call| {
                    on(
                        vec![Expr::is(Condition::Number(
                            (call * 4_999 % self.conversations) as i64,
                        ))],
                        Sort::Started,
                    )
                }),
            ),
            (
                "modifiedSince, nothing",
                Box::new(move |_| on(vec![active(), Expr::is(since(-1))], Sort::Started)),
            ),
            (
                "modifiedSince, everything",
                Box::new(move |_| on(vec![active(), Expr::is(since(9_999))], Sort::Started)),
            ),
            (
                "query email",
                Box::new(move |call| on(vec![active(), Expr::is(email(call))], Sort::Started)),
            ),
            (
                "query createdAt of a week",
                Box::new(move |_| on(vec![active(), Expr::is(started(7))], Sort::Started)),
            ),
            (
                "query tag OR email",
                Box::new(move |call| {
                    on(
                        vec![Expr::Any(vec![tag("rare"), Expr::is(email(call))])],
                        Sort::Started,
                    )
                }),
            ),
            (
                "query tag AND NOT assigned",
                Box::new(move |call| {
                    let not = Expr::Not(Box::new(Expr::is(agent(call))));
                    on(vec![Expr::All(vec![tag("thousandth"), not])], Sort::Started)
                }),
            ),
            (
                "sort modifiedAt",
                Box::new(move |_| on(vec![active()], Sort::Changed)),
            ),
            (
                "sort number",
                Box::new(move |_| on(vec![active()], Sort::Number)),
            ),
            (
                "sort mailboxid",
                Box::new(move |_| on(vec![active()], Sort::Inbox)),
            ),
            ("sort status", Box::new(move |_| on(vec![], Sort::Status))),
            (
                "tag, 1 in 1,000, sort subject",
                Box::new(move |_| on(vec![tag("thousandth")], Sort::Subject)),
            ),
            (
                "assigned_to, sort modifiedAt",
                Box::new(move |call| on(vec![active(), Expr::is(agent(call))], Sort::Changed)),
            ),
            (
                "page 500 by number",
                Box::new(move |_| paged(on(vec![active()], Sort::Started), 500)),
            ),
            (
                "page 500 by position",
                Box::new(move |call| {
                    let mut list = paged(on(vec![active()], Sort::Started), 500);
                    list.after = Some(Place {
                        at: self.now.0 - 60_000 * (12_500 + call as i64),
                        id: i64::MAX,
                        ..Place::default()
                    });
                    list
                }),
            ),
        ]
    }

    async fn measure(&self, calls: usize) -> Result<Table> {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(["list", "conversations", "p50 ms", "p95 ms", "worst ms"]);
        for (name, list) in self.kinds() {
            let (mut times, mut total) = (Vec::new(), 0);
            for call in 0..calls {
                let started = Instant::now();
                let found = self.store.read(list(call)).await?;
                times.push(started.elapsed());
                total = found.total;
            }
            times.sort_unstable();
            let at = |percent: usize| -> String {
                let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
                let time = times.get(place).copied().unwrap_or(Duration::ZERO);
                format!("{:.2}", time.as_secs_f64() * 1e3)
            };
            table.add_row([name.to_owned(), total.to_string(), at(50), at(95), at(100)]);
        }
        Ok(table)
    }
}

fn inbox(caller: &Caller, number: usize) -> CreateInbox {
    CreateInbox {
        caller: caller.clone(),
        name: format!("Inbox {number}"),
        default_agent: None,
        public_ids: vec![(String::new(), format!("inbox-{number}"))],
    }
}

fn agent(caller: &Caller, number: usize) -> CreateAgent {
    CreateAgent {
        caller: caller.clone(),
        first_name: "Agent".to_owned(),
        last_name: format!("Nr{number}"),
        email: format!("agent{number}@lists.example"),
        public_ids: vec![(String::new(), format!("agent-{number}"))],
    }
}
