//! Connections, statements and rows of SQLite.

use std::path::Path;
use std::time::Duration;

use heddle_domain::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags, StatementStatus, ToSql};

use super::options::SqliteOptions;
use crate::error::{Result, Trouble};
use crate::stmt::{Columns, Row, RowMap, Stmt, Value, escaped, hex};

/// SQLite keeps this many prepared statements: more than four times the number of statements, so that none is evicted
/// and prepared again.
const STATEMENT_CACHE: usize = 512;

/// How long a statement waits for a lock of another connection.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Opens the only connection that writes.
pub(crate) fn open_writer(options: &SqliteOptions) -> Result<Connection> {
    let connection = Connection::open(&options.path).map_err(failure)?;
    // FULL syncs the log at every commit. OFF never syncs. Savepoint journals stay in memory. The automatic checkpoint is off: the
    // writer runs checkpoints itself, after it has answered (`writer`).
    let pragmas = format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous={}; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;
         PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-{};",
        if options.syncs { "FULL" } else { "OFF" },
        cache_kib(options.cache_mib)
    );
    connection.execute_batch(&pragmas).map_err(failure)?;
    if let Some(pages) = options.max_pages {
        connection
            .execute_batch(&format!("PRAGMA max_page_count={pages}"))
            .map_err(failure)?;
    }
    // The log stays if this connection closes before the database is marked as closed (`open_mark`).
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(failure)?;
    prepare_connection(&connection)?;
    Ok(connection)
}

/// Opens a read-only connection. It finds the tables of the search index, if there is one, under their names.
pub(crate) fn open_reader(path: &Path, index: Option<&Path>, cache_mib: u32) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failure)?;
    let pragmas = format!(
        "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA cache_size=-{};",
        cache_kib(cache_mib)
    );
    connection.execute_batch(&pragmas).map_err(failure)?;
    prepare_connection(&connection)?;
    if let Some(index) = index {
        attach(&connection, index)?;
    }
    Ok(connection)
}

/// SQLite takes the size of a cache in KiB, as a negative number.
fn cache_kib(mib: u32) -> u64 {
    u64::from(mib) * 1_024
}

fn attach(connection: &Connection, index: &Path) -> Result<()> {
    connection
        .execute("ATTACH ?1 AS search", [index.to_string_lossy()])
        .map_err(failure)?;
    connection
        .execute_batch("PRAGMA search.cache_size=-8192")
        .map_err(failure)?;
    Ok(())
}

fn prepare_connection(connection: &Connection) -> Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    // The query planner stability guarantee: the plan of a statement does not depend on its parameters. Without it SQLite
    // compiles some statements again at every execution.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(failure)?;
    Ok(connection.busy_timeout(PATIENCE).map_err(failure)?)
}

/// If a damaged file caused an error, the reason of the error begins with this text.
pub(crate) const DAMAGED: &str = "sqlite, damaged file: ";

/// Translates a SQLite error.
#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
pub(crate) fn failure(error: rusqlite::Error) -> Trouble {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Trouble::DiskFull,
        Some(ErrorCode::OperationInterrupted) => Trouble::TimedOut("the read was cut short"),
        // A further reader needs open files, of which there may be none at the moment.
        Some(ErrorCode::CannotOpen) => Trouble::Overloaded("the database's file cannot be opened"),
        // The statement or its parameters are wrong, or there is no code because a value has an unexpected type.
        Some(
            ErrorCode::Unknown
            | ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch
            | ErrorCode::TooBig
            | ErrorCode::ParameterOutOfRange,
        )
        | None => Trouble::Internal(format!("sqlite: {error}")),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Trouble::Engine(format!("{DAMAGED}{error}"))
        }
        Some(_) => Trouble::Engine(format!("sqlite: {error}")),
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Int(v) => ToSqlOutput::Borrowed(ValueRef::Integer(*v)),
            Value::Text(v) => ToSqlOutput::Borrowed(ValueRef::Text(v.as_bytes())),
            Value::Bytes(v) => ToSqlOutput::Borrowed(ValueRef::Blob(v)),
            Value::Ints(list) => {
                let items: Vec<String> = list.iter().map(i64::to_string).collect();
                ToSqlOutput::Owned(format!("[{}]", items.join(",")).into())
            }
            Value::Texts(list) => {
                let list = serde_json::Value::from(list.to_vec());
                ToSqlOutput::Owned(list.to_string().into())
            }
        })
    }
}

struct SqliteColumns<'a, 'r>(&'a rusqlite::Row<'r>);

impl SqliteColumns<'_, '_> {
    fn get(&self, at: usize) -> Result<ValueRef<'_>> {
        Ok(self.0.get_ref(at).map_err(failure)?)
    }

    fn wrong(at: usize) -> Trouble {
        Trouble::Internal(format!("column {at} has an unexpected type"))
    }
}

impl Columns for SqliteColumns<'_, '_> {
    fn int(&self, at: usize) -> Result<Option<i64>> {
        match self.get(at)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value)),
            _ => Err(Self::wrong(at).into()),
        }
    }

    fn text(&self, at: usize) -> Result<Option<String>> {
        let mut text = None;
        self.word(at, &mut |word| text = word.map(str::to_owned))?;
        Ok(text)
    }

    fn word(&self, at: usize, read: &mut dyn FnMut(Option<&str>)) -> Result<()> {
        match self.get(at)? {
            ValueRef::Null => read(None),
            ValueRef::Text(bytes) => read(Some(
                std::str::from_utf8(bytes).map_err(|_| Self::wrong(at))?,
            )),
            _ => return Err(Self::wrong(at).into()),
        }
        Ok(())
    }

    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>> {
        match self.get(at)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => Ok(Some(bytes.to_vec())),
            _ => Err(Self::wrong(at).into()),
        }
    }

    fn count(&self) -> usize {
        self.0.as_ref().column_count()
    }

    fn show(&self, at: usize) -> Result<String> {
        Ok(match self.get(at)? {
            ValueRef::Null => String::new(),
            ValueRef::Integer(value) => value.to_string(),
            ValueRef::Text(text) => {
                escaped(std::str::from_utf8(text).map_err(|_| Self::wrong(at))?)
            }
            ValueRef::Blob(bytes) => hex(bytes),
            ValueRef::Real(_) => return Err(Self::wrong(at).into()),
        })
    }
}

/// Returns the plan of a statement, one line for each step.
pub(crate) fn plan(database: &Path, sql: &str) -> Result<Vec<String>> {
    let connection = open_reader(database, None, 1)?;
    let asked = format!("EXPLAIN QUERY PLAN {sql}");
    let mut statement = connection.prepare(&asked).map_err(failure)?;
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        steps.push(row.get(3).map_err(failure)?);
    }
    Ok(steps)
}

/// Runs a statement that returns rows.
pub(crate) fn fetch<R>(
    connection: &Connection,
    stmt: &Stmt,
    params: &[Value<'_>],
    map: RowMap<R>,
) -> Result<Vec<R>> {
    fetch_most(connection, stmt, params, map, usize::MAX)
}

/// Runs a statement that returns at most `most` rows; more are an error.
fn fetch_most<R>(
    connection: &Connection,
    stmt: &Stmt,
    params: &[Value<'_>],
    map: RowMap<R>,
    most: usize,
) -> Result<Vec<R>> {
    let mut statement = connection
        .prepare_cached(stmt.sqlite())
        .map_err(|e| prepare_failure(stmt, e))?;
    bind(stmt, &mut statement, params)?;
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        if found.len() >= most {
            return Err(TOO_MUCH.into());
        }
        found.push(map(&mut Row::new(&SqliteColumns(row)))?);
    }
    drop(rows);
    log_run(stmt, &statement, found.len() as u64);
    Ok(found)
}

/// Writes a line about a statement that ran, at the level `trace`: how many rows it returned or changed, and how many steps
/// SQLite's machine took, at least one for each row that it read.
fn log_run(stmt: &Stmt, statement: &CachedStatement<'_>, rows: u64) {
    if tracing::enabled!(tracing::Level::TRACE) {
        // The steps of the runs before are counted until somebody asks.
        let steps = statement.reset_status(StatementStatus::VmStep);
        let (name, sql) = (stmt.name, stmt.sqlite());
        tracing::trace!(
            statement = name,
            sql,
            rows,
            steps,
            "the statement {name} ran"
        );
    }
}

/// Runs a statement, and passes each row to `take` as soon as it is read.
pub(crate) fn each(
    connection: &Connection,
    stmt: &Stmt,
    params: &[Value<'_>],
    take: &mut dyn FnMut(&dyn Columns) -> Result<()>,
) -> Result<()> {
    let mut statement = connection
        .prepare_cached(stmt.sqlite())
        .map_err(|e| prepare_failure(stmt, e))?;
    bind(stmt, &mut statement, params)?;
    let mut rows = statement.raw_query();
    let mut count = 0;
    while let Some(row) = rows.next().map_err(failure)? {
        take(&SqliteColumns(row))?;
        count += 1;
    }
    drop(rows);
    log_run(stmt, &statement, count);
    Ok(())
}

/// Runs a statement without result rows; returns how many rows it changed.
pub(crate) fn execute(connection: &Connection, stmt: &Stmt, params: &[Value<'_>]) -> Result<u64> {
    let mut statement = connection
        .prepare_cached(stmt.sqlite())
        .map_err(|e| prepare_failure(stmt, e))?;
    bind(stmt, &mut statement, params)?;
    let changed = statement.raw_execute().map_err(failure)? as u64;
    log_run(stmt, &statement, changed);
    Ok(changed)
}

/// Binds all parameters. A missing one is an error; SQLite alone would treat it as NULL.
fn bind(stmt: &Stmt, statement: &mut CachedStatement<'_>, params: &[Value<'_>]) -> Result<()> {
    let (given, wanted) = (params.len(), statement.parameter_count());
    if given != wanted {
        return Err(Trouble::Internal(format!(
            "{} got {given} parameters instead of {wanted}",
            stmt.name
        ))
        .into());
    }
    for (at, value) in params.iter().enumerate() {
        statement
            .raw_bind_parameter(at + 1, value)
            .map_err(failure)?;
    }
    Ok(())
}

fn prepare_failure(stmt: &Stmt, error: rusqlite::Error) -> Trouble {
    match failure(error) {
        Trouble::Internal(reason) => Trouble::Internal(format!("{}: {reason}", stmt.name)),
        other => other,
    }
}

/// The error of a read that finds more rows than it may.
const TOO_MUCH: Trouble =
    Trouble::TimedOut("the read is too long for the thread that serves the request");

/// Statements on a connection.
pub(crate) struct SqliteRows<'c> {
    connection: &'c mut Connection,
    now: Timestamp,
    /// How many more rows the read may find; `None` means any number.
    rows_left: Option<usize>,
}

impl<'c> SqliteRows<'c> {
    pub(crate) fn new(connection: &'c mut Connection, now: Timestamp) -> Self {
        Self {
            connection,
            now,
            rows_left: None,
        }
    }

    /// Ends the read with [`Trouble::TimedOut`] when it finds more rows than this.
    pub(crate) fn within(mut self, rows: usize) -> Self {
        self.rows_left = Some(rows);
        self
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn fetch<R>(
        &mut self,
        stmt: &Stmt,
        params: &[Value<'_>],
        map: RowMap<R>,
    ) -> Result<Vec<R>> {
        let most = self.rows_left.unwrap_or(usize::MAX);
        let found = fetch_most(self.connection, stmt, params, map, most)?;
        if let Some(left) = &mut self.rows_left {
            *left -= found.len();
        }
        Ok(found)
    }

    pub(crate) fn each(
        &mut self,
        stmt: &Stmt,
        params: &[Value<'_>],
        take: &mut dyn FnMut(&dyn Columns) -> Result<()>,
    ) -> Result<()> {
        each(self.connection, stmt, params, take)
    }

    pub(crate) fn execute(&mut self, stmt: &Stmt, params: &[Value<'_>]) -> Result<u64> {
        execute(self.connection, stmt, params)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rows;

    fn database(folder: &tempfile::TempDir) -> SqliteOptions {
        let options = SqliteOptions::new(folder.path().join("heddle.sqlite"));
        let mut writer = open_writer(&options).expect("a database");
        crate::migrate::migrate_sqlite(&mut writer, Timestamp(0)).expect("a schema");
        options
    }

    #[test]
    fn a_failure_that_can_pass_is_no_internal_error() {
        use rusqlite::ffi;
        let code = |code| rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        for (error, expected) in [
            (code(ffi::SQLITE_FULL), "disk full"),
            (code(ffi::SQLITE_CANTOPEN), "overloaded"),
            (code(ffi::SQLITE_IOERR_SHMSIZE), "the database failed"),
            (code(ffi::SQLITE_NOMEM), "the database failed"),
            (code(ffi::SQLITE_BUSY), "the database failed"),
            (code(ffi::SQLITE_CONSTRAINT_UNIQUE), "internal"),
            (rusqlite::Error::QueryReturnedNoRows, "internal"),
        ] {
            let told = failure(error).to_string();
            assert!(told.starts_with(expected), "{told}");
        }
    }

    /// Runs every statement twice with different parameters, on a connection of each kind.
    #[test]
    fn no_statement_is_compiled_again_when_its_parameters_change() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = database(&folder);
        let connections = [
            open_writer(&options).expect("a writer"),
            open_reader(&options.path, None, options.cache_mib).expect("a reader"),
        ];
        let all = || rows::ALL.iter().flat_map(|(_, list)| list.iter());
        assert!(all().count() > 200);
        for connection in &connections {
            for stmt in all() {
                let mut statement = connection.prepare(stmt.sqlite()).expect(stmt.name);
                for value in [1, 2] {
                    for at in 1..=statement.parameter_count() {
                        statement.raw_bind_parameter(at, value).expect(stmt.name);
                    }
                    // Only the compilation matters: numbers do not fit every column, and a reader cannot write.
                    let _ = statement.raw_query().next();
                }
                let again = statement.get_status(StatementStatus::RePrepare);
                assert_eq!(again, 0, "{}", stmt.name);
            }
        }
    }

    #[test]
    fn sqlite_is_built_with_the_flags_of_cargos_configuration() {
        let folder = tempfile::tempdir().expect("a folder");
        let reader = open_reader(&database(&folder).path, None, 8).expect("a reader");
        let mut statement = reader.prepare("PRAGMA compile_options").expect("a query");
        let options = statement.query_map([], |row| row.get::<_, String>(0));
        let options: BTreeSet<String> = options
            .expect("options")
            .map(|option| option.expect("a text"))
            .collect();
        for wanted in ["DEFAULT_MEMSTATUS=0", "THREADSAFE=2"] {
            assert!(options.contains(wanted), "{wanted} of {options:?}");
        }
        for unwanted in ["ENABLE_API_ARMOR", "ENABLE_MEMORY_MANAGEMENT"] {
            assert!(!options.contains(unwanted), "{unwanted}");
        }
    }
}
