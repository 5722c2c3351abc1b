//! Checks that every statement prepares on the migrated schema of SQLite and PostgreSQL, with the expected number of
//! parameters.

use heddle_store::diagnostics::{Statement, postgres_statements, statements};
use heddle_testkit::{On, TestStore};

use crate::sqlite_of;

/// Returns the greatest `n` of `$n` (or `?n`) in a statement.
fn greatest_parameter(sql: &str) -> usize {
    sql.split(['$', '?'])
        .skip(1)
        .map(|rest| {
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
            let digits = digits.unwrap_or_default();
            digits
                .parse()
                .unwrap_or_else(|_| panic!("a mark without a number: {sql}"))
        })
        .max()
        .unwrap_or(0)
}

#[test]
fn the_greatest_parameter_is_found() {
    assert_eq!(greatest_parameter("a = $1 AND b = ANY ($12) OR c = $2"), 12);
    assert_eq!(greatest_parameter("VALUES (?1, ?2)"), 2);
    assert_eq!(greatest_parameter("SELECT 1"), 0);
}

#[test]
fn statements_have_different_names_and_the_same_parameters_on_both_engines() {
    let all = statements();
    let mut names: Vec<&str> = all.iter().map(|stmt| stmt.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len());
    for stmt in &all {
        assert_eq!(
            greatest_parameter(stmt.sqlite),
            greatest_parameter(stmt.postgres),
            "{}",
            stmt.name
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_prepares_on_sqlite() {
    let store = TestStore::open(On::Sqlite).await;
    let connection = sqlite_of(&store);
    let mut wrong = Vec::new();
    for Statement { name, sqlite, .. } in statements() {
        match connection.prepare(sqlite) {
            Err(error) => wrong.push(format!("{name}: {error}")),
            Ok(prepared) if prepared.parameter_count() != greatest_parameter(sqlite) => {
                wrong.push(format!("{name}: {} parameters", prepared.parameter_count()));
            }
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_prepares_on_postgres() {
    let store = TestStore::open(On::Postgres).await;
    let database = store.database.as_ref().expect("a database on PostgreSQL");
    let client = database.connect().await;
    let mut wrong = Vec::new();
    for Statement { name, postgres, .. } in statements().into_iter().chain(postgres_statements()) {
        match client.prepare(postgres).await {
            Err(error) => wrong.push(format!("{name}: {error:?}")),
            Ok(prepared) if prepared.params().len() != greatest_parameter(postgres) => {
                wrong.push(format!("{name}: {} parameters", prepared.params().len()));
            }
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
