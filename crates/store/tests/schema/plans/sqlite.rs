//! Counts the steps of SQLite's virtual machine, with and without unrelated rows (the crowd).

use heddle_testkit::{On, TestStore};
use rusqlite::types::{ToSqlOutput, Value as Sql};
use rusqlite::{Connection, StatementStatus, ToSql};

use super::{CASES, Fault, Value, by_name, crowd, values};
use crate::sqlite_of;

/// Additional steps that the crowd may cause: a list stops at its limit instead of at the last row.
const SPARE: i64 = 12;
/// How many steps of SQLite's virtual machine a statement may spend on each unrelated row that it may read.
const STEPS_A_ROW: i64 = 40;

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => Sql::Null,
            Self::Int(number) => Sql::Integer(*number),
            Self::Text(text) => Sql::Text(text.clone()),
            Self::Ints(list) => Sql::Text(format!("{list:?}")),
            Self::Bytes(bytes) => Sql::Blob(bytes.clone()),
        };
        Ok(ToSqlOutput::Owned(value))
    }
}

/// Two databases with the same rows: one without the crowd, one with it.
pub(super) struct Pair {
    alone: (Connection, TestStore),
    crowded: (Connection, TestStore),
}

impl Pair {
    pub(super) async fn make() -> Self {
        Self {
            alone: filled(false).await,
            crowded: filled(true).await,
        }
    }

    /// Returns the faults of some statements after an index is dropped.
    pub(super) fn faults_without(&self, index: &str, which: impl Fn(&str) -> bool) -> Vec<Fault> {
        let both = [&self.alone.0, &self.crowded.0];
        let made: String = both[0]
            .query_row(
                "SELECT sql FROM sqlite_schema WHERE name = ?",
                [index],
                |row| row.get(0),
            )
            .expect("the index is there");
        let on_both = |sql: &str| both.map(|connection| connection.execute_batch(sql).expect(sql));
        on_both(&format!("DROP INDEX {index}"));
        let faults = self.faults(which);
        on_both(&made);
        faults
    }

    /// Returns the faults of the statements whose names `which` selects.
    pub(super) fn faults(&self, which: impl Fn(&str) -> bool) -> Vec<Fault> {
        let stmts = by_name();
        let mut faults = Vec::new();
        for (name, with, most) in CASES.iter().filter(|(name, ..)| which(name)) {
            let (sql, with) = (stmts[*name].sqlite, values(with));
            let alone = run(&self.alone.0, sql, &with);
            let crowded = run(&self.crowded.0, sql, &with);
            match (alone, crowded) {
                (Ok(alone), Ok(crowded)) => {
                    faults
                        .extend(judge(alone, crowded, *most).map(|what| format!("{name}: {what}")));
                }
                (alone, crowded) => faults.push(format!("{name}: {alone:?}, {crowded:?}")),
            }
        }
        faults
    }
}

/// Number of rows found or changed, and number of steps of SQLite's virtual machine.
type Ran = (usize, i64);

fn judge(alone: Ran, crowded: Ran, most: usize) -> Option<String> {
    if alone.0 == 0 || alone.0 != crowded.0 || alone.0 > most {
        return Some(format!("finds {} rows, in a crowd {}", alone.0, crowded.0));
    }
    let may = SPARE + (most - alone.0) as i64 * STEPS_A_ROW;
    let more = crowded.1 - alone.1;
    (more > may).then(|| format!("{more} steps more in a crowd ({} alone)", alone.1))
}

/// Runs a statement and rolls its changes back.
fn run(connection: &Connection, sql: &str, with: &[Value]) -> rusqlite::Result<Ran> {
    connection.execute_batch("BEGIN")?;
    let ran = count(connection, sql, with);
    connection.execute_batch("ROLLBACK")?;
    ran
}

fn count(connection: &Connection, sql: &str, with: &[Value]) -> rusqlite::Result<Ran> {
    let mut statement = connection.prepare(sql)?;
    for (at, value) in with.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, value)?;
    }
    let mut found = 0;
    if statement.column_count() > 0 {
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {
            found += 1;
        }
    } else {
        found = statement.raw_execute()?;
    }
    Ok((found, statement.get_status(StatementStatus::VmStep).into()))
}

async fn filled(crowded: bool) -> (Connection, TestStore) {
    let store = TestStore::open(On::Sqlite).await;
    let connection = sqlite_of(&store);
    let columns = |table: &str| {
        let sql = format!("SELECT name FROM pragma_table_info('{table}') WHERE name <> 'row_key'");
        let mut statement = connection.prepare(&sql).expect("a table");
        let names = statement
            .query_map([], |row| row.get(0))
            .expect("its columns");
        names.map(|name| name.expect("a name")).collect()
    };
    let rows = crowd::rows(On::Sqlite, crowded, columns);
    let all = format!("BEGIN; {}; COMMIT", rows.join(";\n"));
    connection.execute_batch(&all).expect("the rows are made");
    (connection, store)
}
