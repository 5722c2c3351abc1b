//! How many rows each statement reads among 10,000 that do not concern it, on both engines: a bound a statement, in
//! `plans/cases.rs`. What the plan says of itself is not asked.
//!
//! - PostgreSQL counts the rows itself (`EXPLAIN ANALYZE`): what every scan gave, and what it threw away.
//! - SQLite counts the steps of its machine, and takes at least one step for each row that it comes by (there is no count of
//!   rows without an option that its builds lack). So each statement runs twice, with and without the crowd. The steps it
//!   takes more with it are the most rows of the crowd that it can have come by: none, or a few for a list that stops at a
//!   row of the crowd instead of the end.

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

/// A value of a parameter.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Null,
    Int(i64),
    Text(String),
    Ints(Vec<i64>),
    Bytes(Vec<u8>),
}

/// Reads a case's values.
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

/// What may be wrong with a statement: it reads more than it may, or does not find what the case is about.
type Fault = String;

fn by_name() -> BTreeMap<String, Statement> {
    let all = statements().into_iter().chain(postgres_statements());
    all.map(|stmt| (stmt.name.clone(), stmt)).collect()
}

/// The statements of the cases that run on SQLite.
fn runs_on_sqlite(name: &str) -> bool {
    postgres_statements().iter().all(|stmt| stmt.name != name)
}

#[test]
fn values_are_read_as_they_are_meant() {
    let read = values("1 null '' word [1,2] x0f phone");
    let [text, word, phone] = ["", "word", "phone"].map(|text| Value::Text(text.to_owned()));
    let (list, bytes) = (Value::Ints(vec![1, 2]), Value::Bytes(vec![15]));
    assert_eq!(
        read,
        [Value::Int(1), Value::Null, text, word, list, bytes, phone]
    );
}

/// A new statement needs a case. What only inserts values reads nothing but the key that it inserts.
#[test]
fn every_statement_has_a_bound() {
    let listed: BTreeSet<&str> = CASES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(listed.len(), CASES.len(), "a statement has two cases");
    for (name, stmt) in by_name() {
        let inserts = stmt.sqlite.starts_with("INSERT") && stmt.sqlite.contains("VALUES");
        let whole = name.starts_with("dump::") || WHOLE_ACCOUNTS.contains(&&*name);
        let case = listed.contains(&*name);
        assert!(
            case || inserts || whole,
            "{name} has no case in plans/cases.rs"
        );
        assert!(!(case && (inserts || whole)), "{name} needs no case");
    }
    for name in listed {
        assert!(by_name().contains_key(name), "{name} is no statement");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_reads_what_does_not_concern_it_on_sqlite() {
    let pair = Pair::make().await;
    let faults = pair.faults(runs_on_sqlite);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_reads_what_does_not_concern_it_on_postgres() {
    let crowd = Crowd::make().await;
    let faults = crowd.faults(|_| true).await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Statements named beside an index that read no more without it: another one serves as well, or nearly so.
const SERVED_ELSEWHERE: [&str; 9] = [
    // By the key of the conversation's rows, one look for each that is named.
    "tag::BEARERS_AMONG",
    "message::COUNT",
    "message::GET",
    "message::KEYS_DESC",
    // Each of two indexes begins with the assignee, each of two with the application.
    "conversation::OPEN_OF_ASSIGNEE",
    "conversation::OF_ASSIGNEE",
    "conversation::OF_APPLICATION",
    "conversation::BY_APPLICATION_UPDATED",
    // Its index is there for the one that looks for accounts.
    "feed::STAMP",
];

/// Each index of `docs/indexes.md` is missed by statements that are named beside it: these bounds find an index that is gone.
fn must_miss(index: &str, name: &str, faults: &[Fault]) -> bool {
    let may = SERVED_ELSEWHERE.contains(&name) || WHOLE_ACCOUNTS.contains(&name);
    assert!(
        may || !faults.is_empty(),
        "{name} reads no more without {index}"
    );
    !faults.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_gone_is_found_out_on_sqlite() {
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
async fn an_index_that_is_gone_is_found_out_on_postgres() {
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
