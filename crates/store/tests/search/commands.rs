//! Random changes of an account, as a help desk makes them.
//!
//! They name what exists by a number that is taken modulo the number of such things. Some are refused, which changes nothing.

use heddle_domain::conversation::Status;
use heddle_domain::message::{Channel, Direction, Format, Kind, State};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::texts::{body, text, word};

/// The names of tags.
pub(crate) const TAGS: [&str; 4] = ["refund", "vip", "two words", "ärger"];

/// A change.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Create(Box<Create>),
    Append(usize, Box<Words>),
    Change(usize, Box<Change>),
    Merge(usize, usize),
    /// Moves the messages whose positions are set bits of the mask.
    Split(usize, u8),
    /// Rewrites or publishes the message at this position.
    Edit(usize, usize, Option<String>),
    NewCustomer(Box<Person>),
    ChangeCustomer(usize, Box<Person>),
    MergeCustomers(usize, usize),
    EraseCustomer(usize),
    RenameAgent(usize, String),
    RenameInbox(usize, String),
    /// Does what background tasks do: the jobs of customers.
    RunJobs,
    /// Lets the index follow.
    Index,
}

#[derive(Clone, Debug)]
pub(crate) struct Create {
    pub(crate) inbox: usize,
    pub(crate) customer: usize,
    pub(crate) subject: String,
    pub(crate) ticket: Option<String>,
    pub(crate) status: Option<Status>,
    pub(crate) assignee: Option<usize>,
    pub(crate) tags: Vec<&'static str>,
    /// Days before now; an import.
    pub(crate) started: Option<i64>,
    pub(crate) messages: Vec<Words>,
}

#[derive(Clone, Debug)]
pub(crate) struct Words {
    pub(crate) kind: Kind,
    pub(crate) channel: Channel,
    pub(crate) direction: Direction,
    pub(crate) state: State,
    pub(crate) format: Format,
    /// 0 stands for the customer, 1 for the application, others for agents.
    pub(crate) author: usize,
    pub(crate) agent_name: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) body: String,
    /// Hours before now, and whether it is imported.
    pub(crate) ago: Option<(i64, bool)>,
    pub(crate) copies: Vec<String>,
    pub(crate) files: Vec<String>,
    /// A customer other than the customer of the conversation.
    pub(crate) guest: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) subject: Option<String>,
    pub(crate) status: Option<Status>,
    pub(crate) archived: Option<bool>,
    pub(crate) assignee: Option<Option<usize>>,
    pub(crate) inbox: Option<usize>,
    pub(crate) customer: Option<usize>,
    pub(crate) ticket: Option<Option<String>>,
    pub(crate) tags: [Vec<&'static str>; 2],
}

#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) home: Option<usize>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) addresses: Vec<String>,
}

fn number() -> impl Strategy<Value = usize> {
    0..12_usize
}

fn address() -> impl Strategy<Value = String> {
    select(vec![
        "mara.okafor@example.com",
        "mara@beispiel.de",
        "ito+x@beispiel.de",
        "straße@example.com",
        "a@example.com",
        "счёт@пример.рф",
    ])
    .prop_map(str::to_owned)
}

fn tags() -> impl Strategy<Value = Vec<&'static str>> {
    vec(select(&TAGS[..]), 0..3)
}

fn status() -> impl Strategy<Value = Status> {
    select(Status::ALL)
}

fn words() -> impl Strategy<Value = Words> {
    let nature = (
        prop_oneof![4 => Just(Kind::Message), 1 => Just(Kind::Note)],
        select(vec![
            Channel::Email,
            Channel::Phone,
            Channel::Chat,
            Channel::Letter,
        ]),
        select(vec![Direction::Incoming, Direction::Outgoing]),
        prop_oneof![6 => Just(State::Published), 1 => Just(State::Draft)],
        prop_oneof![3 => Just(Format::Plain), 1 => Just(Format::Html)],
        0..5_usize,
    );
    let texts = (
        option::weighted(0.2, text(2)),
        option::weighted(0.2, text(3)),
        body(),
    );
    let rest = (
        option::weighted(0.7, (0..2_000_i64, any::<bool>())),
        vec(address(), 0..2),
        vec(word().prop_map(|word| format!("{word}.pdf")), 0..2),
        option::weighted(0.1, number()),
    );
    (nature, texts, rest).prop_map(
        |(
            (kind, channel, direction, state, format, author),
            (agent_name, subject, body),
            (ago, copies, files, guest),
        )| Words {
            kind,
            channel,
            direction,
            state,
            format,
            author,
            agent_name,
            subject,
            body,
            ago,
            copies,
            files,
            guest,
        },
    )
}

fn create() -> impl Strategy<Value = Create> {
    let head = (number(), number(), text(4), option::weighted(0.3, word()));
    let rest = (
        option::of(status()),
        option::of(number()),
        tags(),
        option::weighted(0.4, 0..100_i64),
        vec(words(), 0..4),
    );
    (head, rest).prop_map(
        |((inbox, customer, subject, ticket), (status, assignee, tags, started, messages))| {
            Create {
                inbox,
                customer,
                subject,
                ticket,
                status,
                assignee,
                tags,
                started,
                messages,
            }
        },
    )
}

fn change() -> impl Strategy<Value = Change> {
    let one = (
        option::weighted(0.3, text(4)),
        option::weighted(0.3, status()),
        option::weighted(0.2, any::<bool>()),
        option::weighted(0.3, option::of(number())),
    );
    let two = (
        option::weighted(0.2, number()),
        option::weighted(0.1, number()),
        option::weighted(0.2, option::of(word())),
        [tags(), tags()],
    );
    (one, two).prop_map(
        |((subject, status, archived, assignee), (inbox, customer, ticket, tags))| Change {
            subject,
            status,
            archived,
            assignee,
            inbox,
            customer,
            ticket,
            tags,
        },
    )
}

fn person() -> impl Strategy<Value = Person> {
    let parts = (
        option::weighted(0.3, number()),
        option::of(text(2)),
        option::of(word()),
        option::weighted(0.2, word()),
        option::of(address()),
        vec(word(), 0..2),
    );
    parts.prop_map(
        |(home, first_name, last_name, organization, email, addresses)| Person {
            home,
            first_name,
            last_name,
            organization,
            email,
            addresses,
        },
    )
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        8 => create().prop_map(|create| Command::Create(Box::new(create))),
        6 => (number(), words()).prop_map(|(id, words)| Command::Append(id, Box::new(words))),
        6 => (number(), change()).prop_map(|(id, change)| Command::Change(id, Box::new(change))),
        1 => (number(), number()).prop_map(|(from, into)| Command::Merge(from, into)),
        1 => (number(), any::<u8>()).prop_map(|(id, mask)| Command::Split(id, mask)),
        3 => (number(), number(), option::of(body())).prop_map(|(id, at, body)| Command::Edit(id, at, body)),
        3 => person().prop_map(|person| Command::NewCustomer(Box::new(person))),
        3 => (number(), person()).prop_map(|(id, person)| Command::ChangeCustomer(id, Box::new(person))),
        1 => (number(), number()).prop_map(|(from, into)| Command::MergeCustomers(from, into)),
        1 => number().prop_map(Command::EraseCustomer),
        1 => (number(), text(2)).prop_map(|(id, name)| Command::RenameAgent(id, name)),
        1 => (number(), text(2)).prop_map(|(id, name)| Command::RenameInbox(id, name)),
        1 => Just(Command::RunJobs),
        5 => Just(Command::Index),
    ]
}

/// Some customers and conversations, then all kinds of changes.
pub(crate) fn commands(most: usize) -> impl Strategy<Value = Vec<Command>> {
    let begin = (vec(person(), 3), vec(create(), 5)).prop_map(|(people, talks)| {
        let people = people
            .into_iter()
            .map(|person| Command::NewCustomer(Box::new(person)));
        let talks = talks
            .into_iter()
            .map(|create| Command::Create(Box::new(create)));
        people.chain(talks).collect::<Vec<_>>()
    });
    (begin, vec(command(), 1..most))
        .prop_map(|(begin, more)| begin.into_iter().chain(more).collect())
}
