//! What an operator asks about an open store: its sizes, and how far behind its readers of the feed are.

use std::fs;
use std::path::Path;

use futures_util::TryStreamExt;
use heddle_domain::id::AccountId;

use crate::error::{Error, Result};
use crate::rows::feed as rows;
use crate::stmt::{Stmt, params};
use crate::store::Store;
use crate::tx::{Cost, Read, Rows};

/// Reads the size of a PostgreSQL database, with everything in it.
static DATABASE_SIZE: Stmt = Stmt::new(
    "DATABASE_SIZE",
    "SELECT pg_database_size(current_database())",
    None,
);

/// How many readers of one account are read.
const MOST_READERS: i64 = 1_000;
/// Up to how many events are counted that a reader has not read.
const MOST_BEHIND: i64 = 100_000;

/// The space that a store takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The database. On PostgreSQL this includes the search index.
    pub database: u64,
    /// The file of SQLite's write-ahead log. It does not shrink while a server runs.
    pub log: Option<u64>,
    /// The file of SQLite's search index.
    pub index: Option<u64>,
    /// The number of objects: large attachments, outside the database.
    pub objects: u64,
    /// The size of the objects together.
    pub object_bytes: u64,
}

/// How far behind a reader of the feed is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderLag {
    /// The name of the reader.
    pub reader: String,
    /// Events that it has not read, at most 100,000.
    pub behind: i64,
}

/// Reads how far behind the readers of an account's feed are.
struct ReaderLags(AccountId);

impl Read for ReaderLags {
    type Out = Vec<ReaderLag>;
    const NAME: &'static str = "reader_lags";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let all = params![self.0, "", MOST_READERS];
        let mut lags = Vec::new();
        for (reader, position) in rows.fetch(&rows::READERS, all, rows::reader).await? {
            let params = params![self.0, position, MOST_BEHIND];
            let behind = rows.fetch_one(&rows::COUNT_AFTER, params, |row| row.int());
            let behind = behind.await?.unwrap_or(0);
            lags.push(ReaderLag { reader, behind });
        }
        Ok(lags)
    }
}

struct DatabaseSize;

impl Read for DatabaseSize {
    type Out = u64;
    const NAME: &'static str = "database_size";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<u64> {
        let size = rows.fetch_one(&DATABASE_SIZE, params![], |row| row.int());
        Ok(u64::try_from(size.await?.unwrap_or(0)).unwrap_or(0))
    }
}

impl Store {
    /// Returns the space that the store takes. Looks at every object, which takes some seconds for a million of them.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`]; [`Trouble::Objects`](crate::Trouble::Objects) if the bucket cannot be listed.
    pub async fn sizes(&self) -> Result<Sizes, Error> {
        let mut sizes = match self.sqlite_path() {
            Some(path) => Sizes {
                database: length(path),
                log: Some(length(&crate::sqlite::open_mark::log_of(path))),
                index: Some(length(&crate::sqlite::index::path_beside(path))),
                ..Sizes::default()
            },
            None => Sizes {
                database: self.read(DatabaseSize).await?,
                ..Sizes::default()
            },
        };
        let mut listed = self.objects().list();
        while let Some((_, bytes)) = listed.try_next().await? {
            sizes.objects += 1;
            sizes.object_bytes += bytes;
        }
        Ok(sizes)
    }

    /// Returns how far behind each reader of the feed is: the largest number of events of one account.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn reader_lags(&self) -> Result<Vec<ReaderLag>, Error> {
        let mut most = std::collections::BTreeMap::new();
        for account in self.account_ids().await? {
            for ReaderLag { reader, behind } in self.read(ReaderLags(account)).await? {
                let known = most.entry(reader).or_insert(0);
                *known = behind.max(*known);
            }
        }
        let lags = most.into_iter();
        Ok(lags
            .map(|(reader, behind)| ReaderLag { reader, behind })
            .collect())
    }
}

/// Returns the length of a file; 0 if there is none. Does not open it, because closing a file of SQLite would take its locks away.
fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}
