//! The search index of SQLite: a file of its own beside the database, with a thread that writes it.
//!
//! The index is derived data. It is not synced at every commit, so a loss of power can take the last seconds; it then reads the feed
//! again from its stored position. A damaged or missing file is replaced by an empty one, which reads the whole feed.

pub(crate) mod key;
mod store;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use heddle_domain::AccountId;
use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::connection::{PATIENCE, failure};
use super::options::SqliteOptions;
use crate::error::{Error, Result, Trouble};
use crate::search::change::Batch;
use store::KnownWords;

/// The version of the file: of its tables, and of how texts are split. A file of another version is replaced.
const VERSION: i64 = 3;

const SCHEMA: &str = "
    CREATE TABLE search_document (
        id INTEGER PRIMARY KEY,
        account_id INTEGER NOT NULL,
        conversation_id INTEGER NOT NULL,
        message_id INTEGER NOT NULL,
        effective_at INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX search_document_by_message ON search_document (account_id, conversation_id, message_id);
    CREATE VIRTUAL TABLE search_text USING fts5
        (body, subject, customer, sender, recipient, content='', contentless_delete=1, tokenize='ascii');
    CREATE TABLE search_word (
        word TEXT NOT NULL PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE search_name (
        account_id INTEGER NOT NULL,
        word TEXT NOT NULL,
        customer_id INTEGER NOT NULL,
        PRIMARY KEY (account_id, word, customer_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX search_name_by_customer ON search_name (account_id, customer_id);
    CREATE TABLE search_state (
        account_id INTEGER PRIMARY KEY,
        position INTEGER NOT NULL,
        stage INTEGER NOT NULL,
        after_id INTEGER NOT NULL,
        batches INTEGER NOT NULL,
        spill INTEGER NOT NULL
    ) STRICT;
";

/// Returns the path of the index of a database.
pub(crate) fn path_beside(database: &Path) -> PathBuf {
    database.with_extension("search.sqlite")
}

/// A file beside the index that says that the index is damaged.
fn mark_of(index: &Path) -> PathBuf {
    index.with_extension("damaged")
}

struct Order {
    work: Work,
    answer: oneshot::Sender<Result<bool, Error>>,
}

enum Work {
    Store(Batch),
    Remove(AccountId),
}

/// The callers' handle to the thread that writes the index.
#[derive(Debug)]
pub(crate) struct Index {
    path: PathBuf,
    orders: parking_lot::Mutex<Option<SyncSender<Order>>>,
    ended: parking_lot::Mutex<Option<thread::JoinHandle<()>>>,
}

impl Index {
    /// Opens the index of a database. If it cannot be opened, the database is used without: searches fail, nothing else.
    pub(crate) fn open_or_none(options: &SqliteOptions) -> Self {
        Self::open(options).unwrap_or_else(|error| {
            tracing::error!(error = %Error::from(error), "the search index cannot be opened; searches fail until the next start");
            Self {
                path: path_beside(&options.path),
                orders: parking_lot::Mutex::new(None),
                ended: parking_lot::Mutex::new(None),
            }
        })
    }

    /// Opens or creates the index of a database, and starts the thread.
    fn open(options: &SqliteOptions) -> Result<Self> {
        let path = path_beside(&options.path);
        let connection = open_or_replace(&path, options.syncs)?;
        let (orders, inbox) = sync_channel(16);
        let written = path.clone();
        let thread = thread::Builder::new()
            .name("heddle-index".into())
            .spawn(move || run(connection, &written, &inbox))
            .map_err(|e| Trouble::Internal(format!("cannot start the index: {e}")))?;
        Ok(Self {
            path,
            orders: parking_lot::Mutex::new(Some(orders)),
            ended: parking_lot::Mutex::new(Some(thread)),
        })
    }

    /// Stores a batch of changes. Returns whether the state was the expected one; if not, nothing is stored.
    pub(crate) async fn store(&self, batch: Batch) -> Result<bool, Error> {
        self.order(Work::Store(batch)).await
    }

    /// Removes everything of an account.
    pub(crate) async fn remove(&self, account: AccountId) -> Result<(), Error> {
        self.order(Work::Remove(account)).await.map(drop)
    }

    async fn order(&self, work: Work) -> Result<bool, Error> {
        let (answer, stored) = oneshot::channel();
        let order = Order { work, answer };
        let orders = self.orders.lock().clone();
        let sent = orders.map(|orders| orders.try_send(order));
        if !matches!(sent, Some(Ok(()))) {
            return Err(Trouble::Overloaded("the search index is busy or closed").into());
        }
        stored.await.unwrap_or_else(|_| {
            Err(Trouble::Internal("the search index stopped before it answered".into()).into())
        })
    }

    /// Notes that a read of the index failed in a way that a damaged file can explain. The next start builds it anew, which
    /// does no harm if it was not damaged.
    pub(crate) fn suspect(&self, reason: &str) {
        mark(&self.path, reason);
    }

    /// Stores the batches that are queued, and closes the file.
    pub(crate) fn close(&self) {
        drop(self.orders.lock().take());
        if let Some(thread) = self.ended.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the search index panicked");
        }
    }
}

fn run(mut connection: Connection, path: &Path, inbox: &Receiver<Order>) {
    let mut known = KnownWords::default();
    while let Ok(order) = inbox.recv() {
        let stored = match &order.work {
            Work::Store(batch) => store::store(&mut connection, &mut known, batch),
            Work::Remove(account) => {
                known = KnownWords::default();
                store::remove(&mut connection, *account).map(|()| true)
            }
        };
        if let Err(store::Failure::Engine(error)) = &stored
            && is_damage(error)
        {
            mark(path, &error.to_string());
        }
        // Sending fails only if the caller no longer waits for the answer.
        let _ = order.answer.send(stored.map_err(Error::from));
    }
}

/// Marks an index as damaged; once, because each read of it may fail.
fn mark(path: &Path, reason: &str) {
    let mark = mark_of(path);
    if !mark.exists() {
        tracing::error!(path = %path.display(), reason, "the search index is damaged; the next start builds it anew");
        // Without the mark the operator has to delete the file that the log names.
        let _ = std::fs::write(mark, b"");
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// Opens the index. A file that is damaged or of another version is deleted and created anew.
fn open_or_replace(path: &Path, syncs: bool) -> Result<Connection> {
    let mark = mark_of(path);
    if !mark.exists() {
        match open(path, syncs) {
            Ok(Some(connection)) => return Ok(connection),
            Ok(None) => {}
            Err(error) if is_damage(&error) => {}
            Err(error) => return Err(failure(error).into()),
        }
    }
    tracing::warn!(path = %path.display(), "building the search index anew: its file is damaged or of another version");
    for path in [
        path.to_owned(),
        beside(path, "-wal"),
        beside(path, "-shm"),
        mark,
    ] {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let reason = format!("cannot delete {}: {error}", path.display());
                return Err(Trouble::Engine(reason).into());
            }
            _ => {}
        }
    }
    let connection = open(path, syncs).map_err(failure)?;
    connection
        .ok_or_else(|| Trouble::Internal("a new search index has another version".into()).into())
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Creates the file so that only its owner can read it; SQLite gives its other files the same mode. An error is ignored here, because
/// SQLite gets the same error when it opens the file.
fn create_private(path: &Path) {
    let mut options = OpenOptions::new();
    let _ = options.write(true).create_new(true).mode(0o600).open(path);
}

/// Opens the file, and creates its tables if it is empty. Returns `None` if it has another version.
fn open(path: &Path, syncs: bool) -> rusqlite::Result<Option<Connection>> {
    create_private(path);
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    let synchronous = if syncs { "NORMAL" } else { "OFF" };
    connection.execute_batch(&format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;
         PRAGMA cache_size=-16384;"
    ))?;
    let transaction = connection.transaction()?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables: i64 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        transaction.execute_batch(SCHEMA)?;
        transaction.execute_batch(&format!("PRAGMA user_version={VERSION}"))?;
    } else if version != VERSION {
        return Ok(None);
    }
    transaction.commit()?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(Some(connection))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(connection: &Connection) -> i64 {
        let count = "SELECT count(*) FROM search_state";
        connection
            .query_row(count, [], |row| row.get(0))
            .expect("a count")
    }

    #[test]
    fn a_damaged_marked_or_older_file_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = path_beside(&folder.path().join("heddle.sqlite"));
        let fill = "INSERT INTO search_state VALUES (1, 5, 0, 0, 0, 0)";
        let filled = || {
            let connection = open_or_replace(&path, true).expect("an index");
            assert_eq!(tables(&connection), 0);
            connection.execute_batch(fill).expect("a row");
        };
        filled();
        let again = open_or_replace(&path, true).expect("the index");
        assert_eq!(tables(&again), 1);
        again
            .execute_batch("PRAGMA user_version=77")
            .expect("another version");
        drop(again);
        filled();
        std::fs::write(mark_of(&path), b"").expect("a mark");
        filled();
        assert!(!mark_of(&path).exists());
        std::fs::write(
            &path,
            b"this is no database, but a text that is long enough to be read as one",
        )
        .expect("a text");
        filled();
    }
}
