//! Checks the order of the list against a sort of all messages, and how many rows it reads (`store.md` 6).

use futures_util::FutureExt;
use heddle_domain::conversation::{Opening, Status};
use rusqlite::Connection;

use super::*;
use crate::ids::TimeIds;
use crate::rows::account;
use crate::sqlite::connection::SqliteRows;
use crate::sqlite::small_ids::SmallIds;
use crate::stmt::Value;
use crate::tx::Tx;

const ACCOUNT: AccountId = AccountId(1);
const INBOX: InboxId = InboxId(1);
const START: Timestamp = Timestamp(1_772_615_700_000);

/// When a message took place, and in which conversation.
type Place = (i64, i64);

/// Returns a database with one customer who has `conversations`, and messages at these places. The message ids count from 1.
fn filled(conversations: i64, places: &[Place]) -> Connection {
    let mut connection = Connection::open_in_memory().expect("a database");
    crate::migrate::migrate_sqlite(&mut connection, START).expect("a schema");
    connection.execute_batch("BEGIN").expect("a transaction");
    let (mut times, mut changed) = (TimeIds::new(0, START), BTreeSet::new());
    let mut small = SmallIds::default();
    let rows = SqliteRows::new(&mut connection, START);
    let mut tx = Tx::on_sqlite(rows, &mut times, &mut small, &mut changed);
    let mut person = vec![ACCOUNT.into(), CustomerId(1).into(), INBOX.into()];
    person.extend([Value::Null; 12]);
    person.extend([
        START.into(),
        0_i64.into(),
        "".into(),
        "".into(),
        Value::Null,
    ]);
    tx.queue(&customer_rows::INSERT, &person)
        .expect("a customer");
    let id = params![ACCOUNT, "customer", 1_i64, "", "c"];
    tx.queue(&account::INSERT_PUBLIC_ID, id)
        .expect("a public id");
    for at in 1..=conversations {
        rows::insert(&mut tx, ACCOUNT, &conversation(at)).expect("a conversation");
    }
    for (id, (at, of)) in (1_i64..).zip(places) {
        tx.queue(&message_rows::INSERT, &message(id, *at, *of))
            .expect("a message");
    }
    connection.execute_batch("COMMIT").expect("a commit");
    connection
}

fn conversation(id: i64) -> Conversation {
    let opening = Opening {
        id: ConversationId(id),
        inbox: INBOX,
        customer: CustomerId(1),
        application: None,
        subject: "Brakes".into(),
        kind: None,
        status: match id % 2 {
            0 => Status::Open,
            _ => Status::Closed,
        },
        assignee: None,
        ticket_number: None,
        ticket_link: None,
        original_sender: None,
        started_at: None,
        closed_at: None,
    };
    let mut conversation = Conversation::open(opening, START.plus_ms(id), AgentId(1));
    conversation.archived = id % 4 >= 2;
    conversation
}

fn message(id: i64, at: i64, of: i64) -> [Value<'static>; 27] {
    let mut values = [Value::Null; 27];
    let known: [(usize, Value<'static>); 17] = [
        (0, ACCOUNT.into()),
        (1, of.into()),
        (2, id.into()),
        (3, CustomerId(1).into()),
        (4, "message".into()),
        (5, "email".into()),
        (6, "incoming".into()),
        (7, "published".into()),
        (8, "plain".into()),
        (9, "customer".into()),
        (13, "Hello".into()),
        (14, at.into()),
        (16, false.into()),
        (17, false.into()),
        (21, 0_i64.into()),
        (22, false.into()),
        (25, START.into()),
    ];
    for (place, value) in known {
        values[place] = value;
    }
    values
}

fn list(before: i64, limit: usize) -> ListCustomerMessages {
    ListCustomerMessages {
        account: ACCOUNT,
        inbox: INBOX,
        api: ApiName::named("mykaarma"),
        customer: "c".into(),
        before: Timestamp(before),
        without: BTreeSet::new(),
        channels: Channels::ALL,
        automated: None,
        limit,
        drafts: 0,
    }
}

/// Runs one list. Returns the ids of its messages, and the number of rows that it read.
fn run(connection: &mut Connection, list: &ListCustomerMessages) -> (Vec<i64>, usize) {
    let mut rows = Rows::on_sqlite(SqliteRows::new(connection, START));
    let found = list.run(&mut rows).now_or_never().expect("always ready");
    let found = found.expect("a list").messages;
    let ids = found.iter().map(|(message, _)| message.id.get());
    (ids.collect(), rows.returned())
}

/// Returns places of `count` messages, spread unevenly: many conversations have few of them.
fn places(conversations: i64, count: i64) -> Vec<Place> {
    let place = |n: i64| {
        let of = (n * n * 7 + n / 5) % conversations + 1;
        // Several messages have the same time.
        ((n * 37 % count) / 3, of)
    };
    (0..count).map(place).collect()
}

/// Returns the ids that a list must have.
fn expected(places: &[Place], before: i64, limit: usize) -> Vec<i64> {
    let mut all: Vec<_> = (1_i64..)
        .zip(places)
        .map(|(id, (at, _))| (*at, id))
        .collect();
    all.retain(|(at, _)| *at < before);
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.into_iter().map(|(_, id)| id).take(limit).collect()
}

#[test]
fn the_latest_messages_of_all_conversations_come_in_order() {
    for (conversations, count) in [(1, 40), (7, 200), (50, 60), (90, 900)] {
        let places = places(conversations, count);
        let mut connection = filled(conversations, &places);
        for limit in [1, 2, 3, 20, 150, 1_000] {
            for before in [0, 5, count / 9, i64::MAX] {
                let (found, _) = run(&mut connection, &list(before, limit));
                assert_eq!(
                    found,
                    expected(&places, before, limit),
                    "{limit} before {before} of {conversations}"
                );
            }
        }
    }
}

#[test]
fn messages_that_are_left_out_do_not_shorten_the_page() {
    let places = places(7, 200);
    let mut connection = filled(7, &places);
    let all = expected(&places, i64::MAX, 50);
    let mut page = list(i64::MAX, 20);
    page.without = all.iter().step_by(2).map(|id| MessageId(*id)).collect();
    let kept: Vec<i64> = all.into_iter().skip(1).step_by(2).take(20).collect();
    assert_eq!(run(&mut connection, &page).0, kept);
}

#[test]
fn a_page_reads_its_conversations_and_a_few_times_its_length() {
    const PAGE: usize = 20;
    for (conversations, count) in [(1, 3_000), (4, 3_000), (300, 3_000), (1_000, 3_000)] {
        let places = places(conversations, count);
        let mut connection = filled(conversations, &places);
        let (found, returned) = run(&mut connection, &list(i64::MAX, PAGE));
        assert_eq!(found.len(), PAGE);
        // Each conversation and one key of it; two times the page of keys and the page itself; the people.
        let budget = 2 * usize::try_from(conversations).expect("a count") + 4 * PAGE + 10;
        assert!(returned <= budget, "{returned} rows of {budget}");
    }
}
