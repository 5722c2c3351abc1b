//! Limits how many rows each statement reads among 10,000 unrelated ones, on SQLite and PostgreSQL: one limit per statement,
//! in `plans/cases.rs`. The tests measure rows; they do not check which plan an engine chooses.
//!
//! - PostgreSQL counts the rows itself (`EXPLAIN ANALYZE`): the rows that every scan returned or discarded.
//! - SQLite counts the steps of its virtual machine, at least one for each row that it reads (a count of rows needs a
//!   build option that is not set).
//!
//! Each statement runs twice, with and without the crowd of unrelated rows. The
//! additional steps with the crowd limit the number of unrelated rows that were read: zero, or a few for a list that
//! stops at a row of the crowd.

mod cases;
mod crowd;
mod postgres;
mod sqlite;

use std::collections::{BTreeMap, BTreeSet};

use heddle_store::diagnostics::{Statement, postgres_statements, statements};

use self::cases::{CASES, MORE_ON_POSTGRES, WHOLE_ACCOUNTS};
use self::postgres::Crowd;
use self::sqlite::Pair;
use crate::indexes::documented;

/// SQLite's name for the unique key (account, conversation, id) of `message`.
pub(crate) const MESSAGE_KEY: &str = "sqlite_autoindex_message_1";

/// A parameter value.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Null,
    Int(i64),
    Text(String),
    Ints(Vec<i64>),
    Bytes(Vec<u8>),
}

/// Parses the values of a case.
fn values(text: &str) -> Vec<Value> {
    let value = |word: &str| match word {
        "null" => Value::Null,
        "''" => Value::Text(String::new()),
        _ => {
            if let Ok(number) = word.parse() {
                return Value::Int(number);
            }
            if let Some(list) = word.strip_prefix('[').and_then(|w| w.strip_suffix(']')) {
                let number = |item: &str| item.parse().expect("a number");
                return Value::Ints(list.split(',').map(number).collect());
            }
            match word
                .strip_prefix('x')
                .map(|hex| u8::from_str_radix(hex, 16))
            {
                Some(Ok(byte)) => Value::Bytes(vec![byte]),
                _ => Value::Text(word.to_owned()),
            }
        }
    };
    text.split_whitespace().map(value).collect()
}

/// A fault of a statement: it reads too many rows, or does not find the rows of its case.
type Fault = String;

fn by_name() -> BTreeMap<String, Statement> {
    let all = statements().into_iter().chain(postgres_statements());
    all.map(|stmt| (stmt.name.clone(), stmt)).collect()
}

/// Whether a statement of a case runs on SQLite.
fn runs_on_sqlite(name: &str) -> bool {
    postgres_statements().iter().all(|stmt| stmt.name != name)
}

#[test]
fn values_of_a_case_are_parsed() {
    let read = values("1 null '' word [1,2] x0f phone");
    let [text, word, phone] = ["", "word", "phone"].map(|text| Value::Text(text.to_owned()));
    let (list, bytes) = (Value::Ints(vec![1, 2]), Value::Bytes(vec![15]));
    assert_eq!(
        read,
        [Value::Int(1), Value::Null, text, word, list, bytes, phone]
    );
}

/// Checks that every statement has a case. Only a statement that just inserts values needs none, because it reads only
/// the inserted key.
#[test]
fn every_statement_has_a_bound() {
    let listed: BTreeSet<&str> = CASES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(listed.len(), CASES.len(), "a statement has two cases");
    for (name, stmt) in by_name() {
        let given = ["VALUES", "FROM unnest("].map(|text| stmt.sqlite.contains(text));
        let inserts = stmt.sqlite.starts_with("INSERT") && given.contains(&true);
        let whole = ["dump::", "export::", "removal::"]
            .iter()
            .any(|all| name.starts_with(all));
        let whole = (whole && !inserts) || WHOLE_ACCOUNTS.contains(&&*name);
        let case = listed.contains(&*name);
        assert!(
            case || inserts || whole,
            "{name} has no case in plans/cases.rs"
        );
        assert!(!(case && (inserts || whole)), "{name} needs no case");
    }
    for name in listed {
        assert!(by_name().contains_key(name), "{name} is not a statement");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_reads_unrelated_rows_on_sqlite() {
    let pair = Pair::make().await;
    let faults = pair.faults(runs_on_sqlite);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_reads_unrelated_rows_on_postgres() {
    let crowd = Crowd::make().await;
    let faults = crowd.faults(|_| true).await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Statements that read no more rows without one of their indexes, because another index serves as well or almost as
/// well.
const SERVED_ELSEWHERE: [&str; 10] = [
    // Uses the key of `conversation_tag`: one look-up for each named conversation.
    "tag::BEARERS_AMONG",
    "message::COUNT",
    "message::GET",
    "message::KEYS_DESC",
    // The key of `conversation_guest` has the customers in the same order, and here the first ones are the guests.
    "guest::UP_TO",
    // Two indexes begin with the assignee, and two with the application.
    "conversation::OPEN_OF_ASSIGNEE",
    "conversation::OF_ASSIGNEE",
    "conversation::OF_APPLICATION",
    "conversation::BY_APPLICATION_UPDATED",
    // The index exists for the statement that finds accounts with pending events.
    "feed::STAMP",
];

/// Checks that dropping an index of `docs/indexes.md` makes its statements exceed their limits.
fn must_miss(index: &str, name: &str, faults: &[Fault]) -> bool {
    let may = SERVED_ELSEWHERE.contains(&name) || WHOLE_ACCOUNTS.contains(&name);
    assert!(
        may || !faults.is_empty(),
        "{name} reads no more without {index}"
    );
    !faults.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_index_is_detected_on_sqlite() {
    let pair = Pair::make().await;
    for (index, row) in documented() {
        if row.is_on("SQLite") {
            let here = row.serves.iter().filter(|name| runs_on_sqlite(name));
            let missed = here.filter(|name| {
                let faults = pair.faults_without(index, |stmt| stmt == **name);
                must_miss(index, name, &faults)
            });
            assert!(missed.count() > 0, "nothing needs {index}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_index_is_detected_on_postgres() {
    let crowd = Crowd::make().await;
    for (index, row) in documented() {
        let mut missed = 0;
        for name in row.serves.iter().filter(|_| row.is_on("PostgreSQL")) {
            let faults = crowd.faults_without(index, |stmt| stmt == *name).await;
            missed += usize::from(must_miss(index, name, &faults));
        }
        assert!(
            missed > 0 || !row.is_on("PostgreSQL"),
            "nothing needs {index}"
        );
    }
}
