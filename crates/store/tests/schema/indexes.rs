//! Checks that `docs/indexes.md` lists exactly the indexes of the migrations, with their columns and with statements
//! that really use them.

use std::collections::{BTreeMap, BTreeSet};

use heddle_store::diagnostics::{
    postgres_migrations, postgres_statements, sqlite_migrations, statements,
};
use heddle_testkit::{On, TestStore};

use crate::plans::MESSAGE_KEY;
use crate::{sqlite_of, sqlite_plan};
use tokio_postgres::types::Type;

const DOC: &str = include_str!("../../../../docs/indexes.md");

/// A row of the table in `docs/indexes.md`: the index, its engines, its columns, and the statements that use it.
pub(crate) struct Documented {
    engine: Option<&'static str>,
    columns: String,
    pub(crate) serves: Vec<&'static str>,
}

impl Documented {
    pub(crate) fn is_on(&self, engine: &str) -> bool {
        self.engine.is_none_or(|only| only == engine)
    }
}

/// Returns the words between back-ticks.
fn quoted(cell: &'static str) -> Vec<&'static str> {
    cell.split('`').skip(1).step_by(2).collect()
}

pub(crate) fn documented() -> BTreeMap<&'static str, Documented> {
    let mut found = BTreeMap::new();
    for line in DOC.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let engine = ["SQLite", "PostgreSQL"];
        let row = Documented {
            engine: engine.into_iter().find(|engine| cells[1].contains(engine)),
            columns: quoted(cells[2]).concat(),
            serves: quoted(cells[3]),
        };
        let twice = found.insert(quoted(cells[1])[0], row);
        assert!(twice.is_none(), "two rows: {line}");
    }
    found
}

/// Returns the indexes that the migrations create, with their columns under their latest names.
fn made(steps: &[String]) -> BTreeMap<String, String> {
    let of_step = |step: &String| {
        let rest = step
            .strip_prefix("CREATE INDEX IF NOT EXISTS ")
            .or_else(|| step.strip_prefix("CREATE UNIQUE INDEX IF NOT EXISTS "))?;
        let name = rest.split_whitespace().next()?;
        let table = rest.split_once(" ON ")?.1.split_whitespace().next()?;
        let columns = rest.split_once('(')?.1.split_once(')')?.0;
        let columns: Vec<&str> = columns
            .split(", ")
            .map(|column| renamed(steps, table, column))
            .collect();
        Some((name.to_owned(), columns.join(", ")))
    };
    steps.iter().filter_map(of_step).collect()
}

/// Returns the latest name of a column.
fn renamed<'a>(steps: &'a [String], table: &str, column: &'a str) -> &'a str {
    let from = format!("ALTER TABLE {table} RENAME COLUMN {column} TO ");
    let to = steps.iter().find_map(|step| step.strip_prefix(&from));
    to.unwrap_or(column)
}

#[test]
fn every_index_is_documented_with_its_columns_and_no_other() {
    let (sqlite, postgres) = (
        made(&sqlite_migrations().concat()),
        made(&postgres_migrations().concat()),
    );
    let mut documented = documented();
    let names: BTreeSet<&String> = sqlite.keys().chain(postgres.keys()).collect();
    for name in names {
        let row = documented
            .remove(name.as_str())
            .unwrap_or_else(|| panic!("docs/indexes.md does not name {name}"));
        let on = |engine, made: &BTreeMap<String, String>| {
            let here = row.is_on(engine);
            assert_eq!(here, made.contains_key(name), "{name} on {engine}");
            assert!(
                made.get(name).is_none_or(|columns| *columns == row.columns),
                "{name}"
            );
        };
        on("SQLite", &sqlite);
        on("PostgreSQL", &postgres);
    }
    let rest: Vec<_> = documented.into_keys().collect();
    assert!(rest.is_empty(), "docs/indexes.md names {rest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_named_beside_an_index_uses_it() {
    let store = TestStore::open(On::Sqlite).await;
    let connection = sqlite_of(&store);
    let statements: BTreeMap<String, &str> = statements()
        .into_iter()
        .map(|stmt| (stmt.name, stmt.sqlite))
        .collect();
    for (index, row) in documented() {
        // On SQLite this index is not created, because the table's own key has the same columns.
        let on_sqlite = match index {
            "message_by_conversation" => MESSAGE_KEY,
            // On SQLite an event's id is its position.
            "event_by_position" => "PRIMARY KEY",
            other => other,
        };
        for name in row.serves {
            if !statements.contains_key(name) {
                // This statement runs on PostgreSQL only; the next test checks it.
                continue;
            }
            let plan = sqlite_plan(&connection, statements[name]);
            let used = plan
                .iter()
                .any(|step| step.contains(&format!("{on_sqlite} (")));
            assert!(used, "{name} does not use {index}: {plan:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_of_postgres_named_beside_an_index_uses_it() {
    let store = TestStore::open(On::Postgres).await;
    let client = store.database.as_ref().expect("a database").connect().await;
    client
        .batch_execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        .await
        .expect("plans are those of a large table");
    let only_there = postgres_statements();
    let find = |name: &str| only_there.iter().find(|stmt| stmt.name == name);
    let mut seen = 0;
    for (index, row) in documented() {
        if index == "search_document_by_token" {
            // Without rows PostgreSQL prefers the index by time. `plans.rs` checks this one with rows.
            continue;
        }
        for stmt in row.serves.iter().filter_map(|name| find(name)) {
            let plan = postgres_plan(&client, stmt.postgres).await;
            assert!(
                plan.contains(index),
                "{} does not use {index}: {plan}",
                stmt.name
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 6);
    let names: BTreeSet<String> = statements().into_iter().map(|stmt| stmt.name).collect();
    for name in documented().into_values().flat_map(|row| row.serves) {
        assert!(
            names.contains(name) || find(name).is_some(),
            "{name} is not a statement"
        );
    }
}

/// Returns PostgreSQL's generic plan of a statement.
async fn postgres_plan(client: &tokio_postgres::Client, sql: &str) -> String {
    let prepared = client.prepare(sql).await.expect("it prepares");
    let value = |of: &Type| match *of {
        Type::INT8_ARRAY | Type::TEXT_ARRAY => "'{1}'",
        _ => "1",
    };
    let values: Vec<&str> = prepared.params().iter().map(value).collect();
    client
        .batch_execute(&format!("DEALLOCATE ALL; PREPARE asked AS {sql}"))
        .await
        .expect("it prepares");
    let values = match values.is_empty() {
        true => String::new(),
        false => format!("({})", values.join(", ")),
    };
    let answer = client
        .simple_query(&format!("EXPLAIN EXECUTE asked{values}"))
        .await;
    let lines = answer
        .expect("a plan")
        .into_iter()
        .filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
    lines.collect::<Vec<_>>().join("\n")
}
