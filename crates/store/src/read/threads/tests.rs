//! Checks how many rows myKaarma's list reads, as reported by SQLite (`store.md` 6).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use heddle_domain::Timestamp;
use heddle_domain::conversation::{Opening, Status};
use heddle_domain::id::ConversationId;
use rusqlite::Connection;

use super::*;
use crate::ids::TimeIds;
use crate::rows::account;
use crate::sqlite::connection::SqliteRows;
use crate::sqlite::small_ids::SmallIds;
use crate::stmt::params;
use crate::tx::Tx;

const ACCOUNT: AccountId = AccountId(1);
const INBOX: InboxId = InboxId(1);
const AGENT: AgentId = AgentId(1);
const START: Timestamp = Timestamp(1_772_615_700_000);
const PAGE: i64 = 20;

fn database() -> Connection {
    let mut connection = Connection::open_in_memory().expect("a database");
    crate::migrate::migrate_sqlite(&mut connection, START).expect("a schema");
    connection
}

/// Returns one customer with `count` conversations spread over the four index ranges; the first `delegated` have an
/// assignee.
fn filled(count: i64, delegated: i64) -> Connection {
    let mut connection = database();
    connection.execute_batch("BEGIN").expect("a transaction");
    let (mut times, mut changed) = (TimeIds::new(0, START), BTreeSet::new());
    let mut small = SmallIds::default();
    let rows = SqliteRows::new(&mut connection, START);
    let mut tx = Tx::on_sqlite(rows, &mut times, &mut small, &mut changed);
    let (none, customer) = (Value::Null, CustomerId(1));
    let person = [
        ACCOUNT.into(),
        customer.into(),
        INBOX.into(),
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        START.into(),
        0_i64.into(),
        "".into(),
        "".into(),
        none,
    ];
    tx.queue(&customer_rows::INSERT, &person)
        .expect("a customer");
    for (kind, name) in [("customer", "c"), ("agent", "a")] {
        let id = params![ACCOUNT, kind, 1_i64, "", name];
        tx.queue(&account::INSERT_PUBLIC_ID, id)
            .expect("a public id");
    }
    for at in 0..count {
        let conversation = conversation(at, customer, at < delegated);
        rows::insert(&mut tx, ACCOUNT, &conversation).expect("a conversation");
    }
    connection.execute_batch("COMMIT").expect("a commit");
    connection
}

fn conversation(at: i64, customer: CustomerId, delegated: bool) -> Conversation {
    let opening = Opening {
        id: ConversationId(at + 1),
        inbox: INBOX,
        customer,
        application: None,
        subject: "Brakes".into(),
        kind: None,
        status: if at % 2 == 0 {
            Status::Open
        } else {
            Status::Closed
        },
        assignee: delegated.then_some(AGENT),
        ticket_number: None,
        ticket_link: None,
        original_sender: None,
        started_at: None,
        closed_at: None,
    };
    let mut conversation = Conversation::open(opening, START.plus_ms(at * 1_000), AGENT);
    conversation.archived = at % 4 >= 2;
    conversation
}

/// Runs one list. Returns the number of rows, and the number of steps of SQLite's virtual machine.
fn cost(connection: &mut Connection, list: &ListCustomerThreads) -> (usize, u64) {
    let steps = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&steps);
    let count = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        false
    };
    connection
        .progress_handler(1, Some(count))
        .expect("a handler");
    let mut rows = Rows::on_sqlite(SqliteRows::new(connection, START));
    let found = list
        .run(&mut rows)
        .now_or_never()
        .expect("always ready")
        .expect("a list");
    assert_eq!(found.threads.len() as i64, PAGE);
    let returned = rows.returned();
    connection
        .progress_handler(0, None::<fn() -> bool>)
        .expect("no handler");
    let steps = steps.load(Ordering::Relaxed);
    assert!(steps > 100, "the machine's steps are counted");
    (returned, steps)
}

fn lists() -> impl Iterator<Item = ListCustomerThreads> {
    let orders = [ThreadOrder::LastMessage, ThreadOrder::LastDelegation];
    let every = orders.into_iter().flat_map(|order| {
        let assignees = [None, Some("a".to_owned())].into_iter();
        assignees
            .flat_map(move |assignee| [(order, assignee.clone(), false), (order, assignee, true)])
    });
    every.map(|(order, assignee, ascending)| ListCustomerThreads {
        api: ApiName::named("mykaarma"),
        account: ACCOUNT,
        inbox: INBOX,
        customer: "c".into(),
        assignee,
        archived: None,
        closed: None,
        order,
        ascending,
        limit: PAGE,
    })
}

#[test]
fn a_page_costs_the_same_with_3000_conversations_as_with_300() {
    for (few, many) in [(300, 3_000), (150, 1_500)] {
        let (mut small, mut large) = (filled(300, few), filled(3_000, many));
        for list in lists() {
            cost(&mut small, &list);
            cost(&mut large, &list);
            // The first run also prepares the statements, so it is not measured.
            let (_, expected) = cost(&mut small, &list);
            let (returned, steps) = cost(&mut large, &list);
            assert!(
                returned as i64 <= 4 * PAGE + 10,
                "{returned} rows: {list:?}"
            );
            assert!(
                steps * 10 <= expected * 13,
                "{steps} steps, not {expected}: {list:?}"
            );
        }
    }
}

#[test]
fn a_page_costs_the_same_with_few_delegated_conversations_among_many() {
    for delegated in [0, 10, PAGE - 1] {
        let (mut small, mut large) = (filled(300, delegated), filled(3_000, delegated));
        for list in lists().filter(|list| list.assignee.is_none()) {
            cost(&mut small, &list);
            cost(&mut large, &list);
            let (_, expected) = cost(&mut small, &list);
            let (returned, steps) = cost(&mut large, &list);
            assert!(
                returned as i64 <= 4 * PAGE + 10,
                "{returned} rows: {list:?}"
            );
            assert!(
                steps * 10 <= expected * 13,
                "{steps} steps, not {expected}: {list:?}"
            );
        }
    }
}
