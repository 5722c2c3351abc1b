//! Random commands, valid and invalid, and how to run them on a store.

use std::collections::BTreeMap;

use heddle_domain::TagName;
use heddle_domain::conversation::{Locks, StatusWish};
use heddle_domain::customer::CustomerRef;
use heddle_domain::{
    AgentId, ApplicationId, Author, Channel, ConversationId, ConversationKind, CustomerId,
    Direction, Format, InboxId, InboxScope, Kind, MessageId, Profile, State, Status, Timestamp,
};
use heddle_store::read::contents::{MessageOrder, WalkMessages};
use heddle_store::write::change::{Change, ChangeConversation, TagChange};
use heddle_store::write::delegate::AssignConversations;
use heddle_store::write::edit::{EditMessage, Publishing};
use heddle_store::write::merge::MergeConversations;
use heddle_store::write::send::SendMessage;
use heddle_store::write::split::{Parting, SplitConversation};
use heddle_store::write::{
    Append, AppendMessages, Caller, CreateConversation, Guard, NewAttachment, NewConversation,
    NewMessage,
};
use heddle_store::{Error, Refusal, Store};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Commands name conversations by numbers up to this one; not all exist.
const CONVERSATIONS: i64 = 8;
/// Commands name inboxes by numbers up to this one; only two inboxes exist.
const INBOXES: i64 = 3;
/// Commands name agents by numbers up to this one; only three agents exist.
const AGENTS: i64 = 4;
/// Two customers exist at the start; commands create more.
const CUSTOMERS: i64 = 7;

/// A list of commands, each with the milliseconds to wait before it.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) commands: Vec<(i64, Command)>,
}

#[derive(Clone, Debug)]
pub(super) enum Command {
    Create(Box<Create>),
    Append(Box<Add>),
    Send(Box<Send>),
    Assign {
        conversations: Vec<i64>,
        only_from: Option<i64>,
        to: i64,
    },
    Change {
        conversation: i64,
        status: Option<Status>,
        archived: Option<bool>,
        assignee: Option<Option<i64>>,
        inbox: Option<i64>,
        tags: [Vec<&'static str>; 2],
        field: (&'static str, Option<&'static str>),
    },
    Merge {
        from: i64,
        into: i64,
    },
    /// Moves the messages whose positions are set bits of `mask`.
    Split {
        conversation: i64,
        mask: u64,
    },
    /// Rewrites or publishes the message at this position.
    Edit {
        conversation: i64,
        at: usize,
        body: Option<String>,
        publish: Option<Option<Status>>,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Create {
    inbox: i64,
    at_home: bool,
    thread_cap: i64,
    application: Option<i64>,
    status: Option<Status>,
    assignee: Option<i64>,
    tags: Vec<&'static str>,
    imported: bool,
    customers: Vec<Who>,
    messages: Vec<Words>,
}

#[derive(Clone, Debug)]
pub(super) struct Add {
    inboxes: Vec<i64>,
    of_customer: Option<i64>,
    application: Option<i64>,
    locks: Locks,
    customers: Vec<Who>,
    entries: Vec<(i64, Words, StatusWish, Option<String>)>,
}

#[derive(Clone, Debug)]
pub(super) struct Send {
    inbox: i64,
    customer: i64,
    message: Words,
    reopens: bool,
    delegate_to: Option<i64>,
}

#[derive(Clone, Debug)]
enum Who {
    Id(i64),
    Email(&'static str),
    Named(&'static str),
}

/// A message without its customer and time.
#[derive(Clone, Debug)]
struct Words {
    kind: Kind,
    channel: Channel,
    direction: Direction,
    state: State,
    author: Author,
    body: String,
    subject: Option<&'static str>,
    ago: Option<i64>,
    imported: bool,
    automated: bool,
    moves: bool,
    files: usize,
    customer: usize,
}

fn word() -> impl Strategy<Value = Words> {
    let author = prop_oneof![
        2 => Just(Author::Customer),
        2 => (1..AGENTS).prop_map(|id| Author::Agent(AgentId(id))),
        1 => Just(Author::Application),
    ];
    let body = prop_oneof![
        4 => select(vec!["", "hello", "ünïcode \u{1f9f6}", "a|b\\c\nd\re", "' OR $1 ?2"])
            .prop_map(str::to_owned),
        1 => Just("long ".repeat(1_000)),
    ];
    let nature = (
        prop_oneof![4 => Just(Kind::Message), 1 => Just(Kind::Note)],
        select(vec![Channel::Email, Channel::Phone, Channel::Chat]),
        select(vec![Direction::Incoming, Direction::Outgoing]),
        prop_oneof![5 => Just(State::Published), 1 => Just(State::Draft)],
    );
    let flags = (
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.15),
        any::<bool>(),
    );
    let rest = (
        option::of(select(vec!["Subject", "Betreff"])),
        option::of(-1_000_i64..200_000),
        0..3_usize,
        0..3_usize,
    );
    (nature, author, body, flags, rest).prop_map(
        |(
            (kind, channel, direction, state),
            author,
            body,
            flags,
            (subject, ago, files, customer),
        )| {
            Words {
                kind,
                channel,
                direction,
                state,
                author,
                body,
                subject,
                ago,
                imported: flags.0,
                automated: flags.1,
                moves: flags.2,
                files,
                customer,
            }
        },
    )
}

fn status() -> impl Strategy<Value = Status> {
    select(vec![
        Status::New,
        Status::Open,
        Status::Pending,
        Status::Closed,
        Status::Spam,
    ])
}

fn who() -> impl Strategy<Value = Who> {
    let addresses = vec![
        "person1@example.com",
        "PERSON2@Example.com ",
        "new@example.com",
        "New@example.com",
        "ÄÖ@example.com",
    ];
    prop_oneof![
        8 => (1..3_i64).prop_map(Who::Id),
        1 => (1..CUSTOMERS).prop_map(Who::Id),
        6 => select(addresses).prop_map(Who::Email),
        1 => Just(Who::Email("no address")),
        3 => select(vec!["Ada Lovelace", "Madonna", ""]).prop_map(Who::Named),
    ]
}

fn wish() -> impl Strategy<Value = StatusWish> {
    prop_oneof![
        Just(StatusWish::Keep),
        Just(StatusWish::Reopen),
        status().prop_map(StatusWish::Set),
        status().prop_map(StatusWish::Stage),
    ]
}

/// Returns a conversation number; most of these conversations exist.
fn conversation() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 1..=OPENING.len() as i64, 1 => 1..=CONVERSATIONS]
}

/// Inbox, customer and application of the conversations that every case starts with.
const OPENING: [(i64, i64, Option<i64>); 4] =
    [(1, 1, None), (1, 2, None), (2, 2, Some(1)), (1, 1, Some(1))];

fn opening() -> Vec<(i64, Command)> {
    let open = |(inbox, customer, application)| {
        Command::Create(Box::new(Create {
            inbox,
            at_home: false,
            thread_cap: 0,
            application,
            status: None,
            assignee: None,
            tags: Vec::new(),
            imported: false,
            customers: vec![Who::Id(customer)],
            messages: Vec::new(),
        }))
    };
    OPENING.map(|of| (1, open(of))).into()
}

fn create() -> impl Strategy<Value = Command> {
    let place = (
        1..INBOXES,
        prop::bool::weighted(0.3),
        select(vec![0, 0, 0, 1]),
        option::of(1..3_i64),
    );
    let standing = (
        option::of(status()),
        option::weighted(0.4, 1..=AGENTS),
        vec(select(vec!["vip", "late", "VIP"]), 0..3),
        prop::bool::weighted(0.1),
    );
    (place, standing, vec(who(), 1..4), vec(word(), 0..4)).prop_map(
        |(place, standing, customers, messages)| {
            Command::Create(Box::new(Create {
                inbox: place.0,
                at_home: place.1,
                thread_cap: place.2,
                application: place.3,
                status: standing.0,
                assignee: standing.1,
                tags: standing.2,
                imported: standing.3,
                customers,
                messages,
            }))
        },
    )
}

fn append() -> impl Strategy<Value = Command> {
    let guard = (
        prop_oneof![3 => Just(Vec::new()), 1 => vec(1..=INBOXES, 1..3)],
        option::weighted(0.2, 1..CUSTOMERS),
        option::weighted(0.15, 1..3_i64),
    );
    let locks = prop_oneof![
        4 => Just(Locks::NONE),
        1 => (2..5_i64, 0..2_i64).prop_map(|(thread_cap, after_days)| Locks { thread_cap, after_days }),
    ];
    let ticket = option::of(Just("T-1".to_owned()));
    let entry = (conversation(), word(), wish(), ticket);
    (guard, locks, vec(who(), 0..3), vec(entry, 1..4)).prop_map(
        |(guard, locks, customers, entries)| {
            Command::Append(Box::new(Add {
                inboxes: guard.0,
                of_customer: guard.1,
                application: guard.2,
                locks,
                customers,
                entries,
            }))
        },
    )
}

fn send() -> impl Strategy<Value = Command> {
    (
        1..=INBOXES,
        1..CUSTOMERS / 2,
        word(),
        any::<bool>(),
        option::of(1..AGENTS),
    )
        .prop_map(|(inbox, customer, message, reopens, delegate_to)| {
            Command::Send(Box::new(Send {
                inbox,
                customer,
                message,
                reopens,
                delegate_to,
            }))
        })
}

fn command() -> impl Strategy<Value = Command> {
    let assign = (vec(conversation(), 0..5), option::of(1..AGENTS), 1..AGENTS).prop_map(
        |(conversations, only_from, to)| Command::Assign {
            conversations,
            only_from,
            to,
        },
    );
    let change = (
        conversation(),
        option::of(status()),
        option::of(any::<bool>()),
        option::of(option::of(1..AGENTS)),
        option::weighted(0.2, 1..=INBOXES),
        [some_tags(), some_tags()],
        (
            select(vec!["colour", "Größe"]),
            option::of(select(vec!["red", ""])),
        ),
    )
        .prop_map(
            |(conversation, status, archived, assignee, inbox, tags, field)| Command::Change {
                conversation,
                status,
                archived,
                assignee,
                inbox,
                tags,
                field,
            },
        );
    let split = (conversation(), any::<u64>())
        .prop_map(|(conversation, mask)| Command::Split { conversation, mask });
    let body = option::of(select(vec!["rewritten", ""]).prop_map(str::to_owned));
    let edit = (
        conversation(),
        0..4_usize,
        body,
        option::of(option::of(status())),
    )
        .prop_map(|(conversation, at, body, publish)| Command::Edit {
            conversation,
            at,
            body,
            publish,
        });
    let merge =
        (conversation(), conversation()).prop_map(|(from, into)| Command::Merge { from, into });
    prop_oneof![
        4 => create(), 5 => append(), 4 => send(), 2 => assign, 3 => change, 2 => merge, 2 => split, 3 => edit
    ]
}

fn some_tags() -> impl Strategy<Value = Vec<&'static str>> {
    vec(select(vec!["vip", "late", "VIP"]), 0..3)
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let wait = prop_oneof![
        2 => Just(0),
        3 => 1..50_i64,
        2 => 50..10_000_i64,
        1 => Just(90_000_000),
    ];
    vec((wait, command()), 10..36).prop_map(|random| Case {
        commands: opening().into_iter().chain(random).collect(),
    })
}

/// Builds the message for one of the customers.
fn message(words: &Words, now: Timestamp, customers: &[Who]) -> NewMessage {
    let new = NewMessage::new(words.channel, words.direction, words.author, &words.body);
    NewMessage {
        customer: customers.get(words.customer).map(reference),
        kind: words.kind,
        state: words.state,
        format: if words.automated {
            Format::Html
        } else {
            Format::Plain
        },
        subject: words.subject.map(str::to_owned),
        occurred_at: words.ago.map(|ago| now.plus_ms(-ago)),
        zone: words.ago.map(|_| "Europe/Berlin".to_owned()),
        imported: words.imported,
        automated: words.automated,
        moves_last_message: words.moves,
        extra: words.moves.then(|| r#"{"a":1}"#.to_owned()),
        attachments: (0..words.files).map(file).collect(),
        ..new
    }
}

fn file(number: usize) -> NewAttachment {
    NewAttachment {
        file_name: format!("file {number}"),
        mime_type: "text/plain".to_owned(),
        size: 3,
        data: Some(vec![0, 255, 10]),
        object: None,
        link: None,
        extra: None,
    }
}

fn reference(who: &Who) -> CustomerRef {
    match who {
        Who::Id(id) => CustomerRef::Id(CustomerId(*id)),
        Who::Email(email) => CustomerRef::Email {
            email: (*email).to_owned(),
            profile: Box::new(Profile {
                first_name: Some("Given".to_owned()),
                phone: Some("+49 30 1".to_owned()),
                ..Profile::default()
            }),
        },
        Who::Named(name) => CustomerRef::Named((*name).to_owned()),
    }
}

impl Create {
    fn build(&self, caller: Caller, now: Timestamp) -> CreateConversation {
        let inbox = InboxId(self.inbox);
        let new = NewConversation {
            inbox,
            application: self.application.map(ApplicationId),
            subject: "First subject".to_owned(),
            kind: Some(ConversationKind::Email),
            status: self.status,
            assignee: self.assignee.map(AgentId),
            ticket_number: None,
            ticket_link: None,
            original_sender: None,
            started_at: self.imported.then(|| now.plus_ms(-500_000)),
            closed_at: None,
            tags: self.tags.iter().map(|tag| TagName::nearest(tag)).collect(),
            fields: BTreeMap::new(),
            imported: self.imported,
        };
        CreateConversation {
            caller,
            reach: if self.at_home {
                InboxScope::only([inbox])
            } else {
                InboxScope::All
            },
            locks: Locks {
                thread_cap: self.thread_cap,
                after_days: 0,
            },
            conversation: new,
            customer: reference(&self.customers[0]),
            messages: self
                .messages
                .iter()
                .map(|words| message(words, now, &self.customers))
                .collect(),
        }
    }
}

impl Add {
    fn build(&self, caller: Caller, now: Timestamp) -> AppendMessages {
        let entries = self.entries.iter();
        let entries = entries.map(|(conversation, words, wish, ticket)| Append {
            conversation: ConversationId(*conversation),
            message: message(words, now, &self.customers),
            wish: *wish,
            ticket_number: ticket.clone(),
            ticket_link: None,
        });
        AppendMessages {
            caller,
            reach: InboxScope::All,
            guard: Guard {
                inboxes: InboxScope::requested(self.inboxes.iter().copied().map(InboxId)),
                customer: self.of_customer.map(CustomerId),
                application: self.application.map(ApplicationId),
                version: None,
            },
            locks: self.locks,
            entries: entries.collect(),
        }
    }
}

impl Send {
    fn build(&self, caller: Caller, now: Timestamp) -> SendMessage {
        SendMessage {
            caller,
            inbox: InboxId(self.inbox),
            customer: CustomerId(self.customer),
            message: message(&self.message, now, &[]),
            reopens: self.reopens,
            delegate_to: self.delegate_to.map(AgentId),
            recipient: None,
        }
    }
}

impl Command {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Append(_) => "append",
            Self::Send(_) => "send",
            Self::Assign { .. } => "assign",
            Self::Change { .. } => "change",
            Self::Merge { .. } => "merge",
            Self::Split { .. } => "split",
            Self::Edit { .. } => "edit",
        }
    }

    /// Runs the command and returns its result as text.
    pub(super) async fn run(
        &self,
        store: &Store,
        caller: Caller,
        now: Timestamp,
    ) -> Result<String, Error> {
        match self {
            Self::Create(create) => shown(store.write(create.build(caller, now)).await),
            Self::Append(add) => shown(store.write(add.build(caller, now)).await),
            Self::Send(send) => shown(store.write(send.build(caller, now)).await),
            Self::Assign {
                conversations,
                only_from,
                to,
            } => {
                let conversations = conversations.iter().copied().map(ConversationId);
                let command = AssignConversations {
                    caller,
                    conversations: conversations.collect(),
                    only_from: only_from.map(AgentId),
                    to: AgentId(*to),
                    origin: Some("test".to_owned()),
                };
                shown(store.write(command).await)
            }
            Self::Change {
                conversation,
                status,
                archived,
                assignee,
                inbox,
                tags: [add, remove],
                field,
            } => {
                let names = |tags: &[&str]| tags.iter().map(|tag| TagName::nearest(tag)).collect();
                let change = Change {
                    status: *status,
                    archived: *archived,
                    assignee: assignee.map(|agent| agent.map(AgentId)),
                    inbox: inbox.map(InboxId),
                    tags: TagChange::Edit {
                        add: names(add),
                        remove: names(remove),
                    },
                    fields: [(field.0.to_owned(), field.1.map(str::to_owned))].into(),
                    ..Change::default()
                };
                let conversation = ConversationId(*conversation);
                let command = ChangeConversation::new(caller, conversation, change);
                shown(store.write(command).await)
            }
            Self::Split { conversation, mask } => {
                let conversation = ConversationId(*conversation);
                let messages = messages(store, &caller, conversation).await?;
                let leaves = |(at, id)| (mask >> at & 1 == 1).then_some(id);
                let command = SplitConversation {
                    caller,
                    inboxes: InboxScope::All,
                    conversation,
                    expected: None,
                    parting: Parting::These(
                        messages
                            .into_iter()
                            .enumerate()
                            .filter_map(leaves)
                            .collect(),
                    ),
                    subject: None,
                };
                shown(store.write(command).await)
            }
            Self::Edit {
                conversation,
                at,
                body,
                publish,
            } => {
                let conversation = ConversationId(*conversation);
                let messages = messages(store, &caller, conversation).await?;
                let command = EditMessage {
                    caller,
                    inboxes: InboxScope::All,
                    conversation,
                    message: messages.get(*at).copied().unwrap_or(MessageId(1)),
                    expected: None,
                    body: body.clone(),
                    format: None,
                    publish: publish.map(|status| Publishing {
                        occurred_at: None,
                        status,
                        assignee: None,
                    }),
                };
                shown(store.write(command).await)
            }
            Self::Merge { from, into } => {
                let command = MergeConversations {
                    caller,
                    from: ConversationId(*from),
                    into: ConversationId(*into),
                    inboxes: InboxScope::All,
                    status: None,
                    expected: None,
                };
                shown(store.write(command).await)
            }
        }
    }
}

/// Returns the messages of a conversation, by id.
async fn messages(
    store: &Store,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Vec<MessageId>, Error> {
    let walk = WalkMessages {
        account: caller.account,
        inboxes: InboxScope::All,
        conversation,
        order: MessageOrder::Created,
        descending: false,
        after: None,
        limit: 64,
    };
    let messages = match store.read(walk).await {
        Ok(page) => page.messages,
        Err(Error::Refused(Refusal::MergedConversation { .. })) => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok(messages.iter().map(|(message, _)| message.id).collect())
}

fn shown<T: std::fmt::Debug>(answer: Result<T, Error>) -> Result<String, Error> {
    answer.map(|out| format!("{out:?}"))
}
