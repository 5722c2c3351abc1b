//! Exports accounts as lines of JSON (`docs/export.md`), from one state of the database.
//!
//! An export opens no store: like a backup it reads a copy of a SQLite database, or one snapshot of a PostgreSQL database, so
//! a server may go on writing. Rows are read and written one by one, in the order of their keys; so two exports of equal
//! stores are equal byte by byte, and no more than one row is in memory.
//!
//! Deliberately missing: secrets and their hashes, and what can be derived from the rest (`rows::export`).

pub(crate) mod line;

use std::collections::BTreeMap;
use std::io::{self, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::{FutureExt, StreamExt};
use heddle_domain::id::AccountId;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::backup::{DatabaseCopy, DatabaseSnapshot};
use crate::error::{Abort, Error, Result, Trouble};
use crate::migrate;
use crate::objects::{Objects, object_digest};
use crate::rows::export::{ACCOUNT, Table, all, attachment, event, is_event};
use crate::rows::{account, feed};
use crate::stmt::{Columns, params};
use crate::tx::Rows;
use line::{Cell, Place, begin, end, put, put_row};

/// What the first line of an export calls the format.
pub const FORMAT: &str = "heddle-export";
/// The version of the format.
pub const VERSION: i64 = 1;

/// How many accounts are read at once.
const ACCOUNTS_AT_ONCE: i64 = 500;
/// How many bytes of an object one record contains.
const CHUNK: usize = 192 << 10;
/// How many bytes are collected before they are written.
const BUFFER: usize = 64 << 10;
/// After how many records the progress is reported.
const REPORTED: u64 = 1_000;

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] Error),
    /// The output cannot be written.
    #[error("cannot write the export: {0}")]
    Output(io::Error),
    /// The file of an attachment cannot be read.
    #[error(
        "account {account}: the file {name} of attachment {attachment} cannot be read: {reason}"
    )]
    Object {
        /// The account of the attachment.
        account: AccountId,
        /// Its id.
        attachment: i64,
        /// The name of the file in the place of the objects.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

/// One state of a database.
#[derive(Debug)]
pub enum Source {
    /// A copy of a SQLite database.
    Copy(DatabaseCopy),
    /// A snapshot of a PostgreSQL database.
    Snapshot(Box<DatabaseSnapshot>),
}

/// What an export contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// The number of records, without the first and the last line.
    pub records: u64,
    /// The same by the kind of record.
    pub counts: BTreeMap<&'static str, u64>,
    /// The number of bytes.
    pub bytes: u64,
}

impl Source {
    /// Returns the ids of all accounts, in order.
    ///
    /// # Errors
    /// Fails if the database cannot be read, or if its schema is not that of this program.
    pub async fn accounts(&mut self) -> Result<Vec<AccountId>, Error> {
        let found = match self {
            Self::Copy(copy) => at_once(list_accounts(&mut copy.rows())),
            Self::Snapshot(snapshot) => list_accounts(&mut snapshot.rows()).await,
        };
        Ok(found?)
    }

    /// Writes these accounts to `output`, with the bytes of the store's `objects`. `on_progress` gets the number of
    /// records so far. Runs only in tokio's runtime with several threads, because one thread waits for the objects.
    ///
    /// # Errors
    /// Says what cannot be read or written. Then the output lacks its last line, so that no import takes it.
    pub async fn export(
        &mut self,
        accounts: &[AccountId],
        objects: &Objects,
        output: &mut dyn Write,
        on_progress: &mut dyn FnMut(u64),
    ) -> Result<Exported, ExportError> {
        let mut export = Export {
            output,
            objects,
            on_progress,
            buffer: Vec::with_capacity(2 * BUFFER),
            hash: Sha256::new(),
            done: Exported::default(),
            failure: None,
        };
        let written = match self {
            Self::Copy(copy) => at_once(export.write(&mut copy.rows(), accounts)),
            Self::Snapshot(snapshot) => export.write(&mut snapshot.rows(), accounts).await,
        };
        match (written, export.failure) {
            (_, Some(failure)) => Err(failure),
            (Ok(()), None) => Ok(export.done),
            (Err(error), None) => Err(Error::from(error).into()),
        }
    }
}

/// Runs work on the rows of SQLite, which never waits.
fn at_once<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let done = work.now_or_never();
    done.unwrap_or_else(|| Err(Trouble::Internal("an export waited".into()).into()))
}

async fn list_accounts(rows: &mut Rows<'_>) -> Result<Vec<AccountId>> {
    let schema = rows.fetch_one(&migrate::SCHEMA, params![], |row| row.opt_int());
    let Some(schema) = schema.await?.flatten() else {
        return Err(Trouble::Internal("the database contains no store".into()).into());
    };
    if schema != migrate::newest() {
        let newest = migrate::newest();
        let text = format!(
            "the schema of the store is {schema}, but this program knows {newest}: run `heddle migrate`, or use the program that serves the store"
        );
        return Err(Trouble::Internal(text).into());
    }
    let mut all = Vec::new();
    loop {
        let after = all.last().copied().unwrap_or(AccountId(0));
        let page = params![after, ACCOUNTS_AT_ONCE];
        let id = |row: &mut crate::stmt::Row<'_>| Ok(AccountId(row.int()?));
        let found = rows.fetch(&account::LIST_IDS, page, id).await?;
        if found.is_empty() {
            return Ok(all);
        }
        all.extend(found);
    }
}

/// The first line.
#[derive(Serialize)]
struct Header {
    record: &'static str,
    format: &'static str,
    version: i64,
    heddle: &'static str,
    accounts: Vec<i64>,
}

/// The last line.
#[derive(Serialize)]
struct Trailer<'a> {
    record: &'static str,
    records: u64,
    counts: &'a BTreeMap<&'static str, u64>,
    /// The checksum of all lines before.
    sha256: String,
}

/// An export that is being written.
struct Export<'a> {
    output: &'a mut dyn Write,
    objects: &'a Objects,
    on_progress: &'a mut dyn FnMut(u64),
    /// Lines that are not written yet.
    buffer: Vec<u8>,
    /// The checksum of what was written.
    hash: Sha256,
    done: Exported,
    /// Why the work ended early, if it was not the database.
    failure: Option<ExportError>,
}

/// Ends the reading of rows. The caller finds the reason in `failure`.
fn stopped() -> Abort {
    Trouble::Internal("the export has stopped".into()).into()
}

impl Export<'_> {
    async fn write(&mut self, rows: &mut Rows<'_>, accounts: &[AccountId]) -> Result<()> {
        self.add(&Header {
            record: "header",
            format: FORMAT,
            version: VERSION,
            heddle: env!("CARGO_PKG_VERSION"),
            accounts: accounts.iter().map(|account| account.get()).collect(),
        })?;
        for account in accounts {
            self.write_account(rows, *account).await?;
        }
        self.flush()?;
        let counts = self.done.counts.clone();
        self.add(&Trailer {
            record: "trailer",
            records: self.done.records,
            counts: &counts,
            sha256: base16ct::lower::encode_string(&self.hash.clone().finalize()),
        })?;
        let flushed = self.output.flush();
        flushed.map_err(|error| self.stop(ExportError::Output(error)))
    }

    /// Adds a line that is no record of a row.
    fn add(&mut self, line: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.buffer, line)
            .expect("memory can be written, and these lines are JSON");
        self.buffer.push(b'\n');
        self.flush()
    }

    fn stop(&mut self, failure: ExportError) -> Abort {
        self.failure = Some(failure);
        stopped()
    }

    fn flush(&mut self) -> Result<()> {
        self.hash.update(&self.buffer);
        self.done.bytes += self.buffer.len() as u64;
        let written = self.output.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(|error| self.stop(ExportError::Output(error)))
    }

    /// Counts a record whose line is complete.
    fn count(&mut self, kind: &'static str) -> Result<()> {
        self.done.records += 1;
        *self.done.counts.entry(kind).or_default() += 1;
        if self.done.records.is_multiple_of(REPORTED) {
            (self.on_progress)(self.done.records);
        }
        match self.buffer.len() {
            0..BUFFER => Ok(()),
            _ => self.flush(),
        }
    }

    async fn write_account(&mut self, rows: &mut Rows<'_>, account: AccountId) -> Result<()> {
        let mut missing = true;
        let take = &mut |row: &dyn Columns| {
            missing = false;
            begin(&mut self.buffer, "account", account);
            put_row(&mut self.buffer, ACCOUNT, row)?;
            end(&mut self.buffer);
            self.count("account")
        };
        rows.each(&account::GET, params![account], take).await?;
        if missing {
            let text = format!("there is no account {account}");
            return Err(Trouble::Internal(text).into());
        }
        for table in all() {
            self.write_table(rows, table, account).await?;
        }
        Ok(())
    }

    async fn write_table(
        &mut self,
        rows: &mut Rows<'_>,
        table: &'static Table,
        account: AccountId,
    ) -> Result<()> {
        // Events that the sequencer of PostgreSQL has not seen yet get the positions that it would give them.
        let mut head = match is_event(table) {
            true => {
                let params = params![account];
                let head = rows.fetch_one(&feed::HEAD, params, |row| row.int());
                head.await?.unwrap_or(0)
            }
            false => 0,
        };
        let take = &mut |row: &dyn Columns| {
            begin(&mut self.buffer, table.name, account);
            if is_event(table) && row.int(event::TABLE.fields.len())?.is_none() {
                head += 1;
                let fields = event::TABLE.fields;
                put_row(&mut self.buffer, &fields[..fields.len() - 1], row)?;
                put(&mut self.buffer, "position", Cell::Int(head));
            } else {
                put_row(&mut self.buffer, table.fields, row)?;
            }
            end(&mut self.buffer);
            self.count(table.name)?;
            if std::ptr::eq(table, &attachment::TABLE) {
                self.write_object(account, row)?;
            }
            Ok(())
        };
        rows.each(table.read, params![account], take).await
    }

    /// Writes the bytes of an attachment that is an object.
    fn write_object(&mut self, account: AccountId, row: &dyn Columns) -> Result<()> {
        let place = |name| Place::of(attachment::TABLE.fields, name);
        let Some(name) = row.text(place("object_name"))? else {
            return Ok(());
        };
        let attachment = row.int(place("id"))?.unwrap_or(0);
        let size = row.int(place("size"))?.unwrap_or(0);
        let copied = self.copy_object(account, attachment, (&name, size));
        copied.map_err(|failed| match failed {
            Ok(reason) => self.stop(ExportError::Object {
                account,
                attachment,
                name,
                reason,
            }),
            Err(abort) => abort,
        })
    }

    /// Writes the records of an object. The inner error says what is wrong with the object.
    fn copy_object(
        &mut self,
        account: AccountId,
        attachment: i64,
        (name, size): (&str, i64),
    ) -> Result<(), std::result::Result<String, Abort>> {
        let found = wait(self.objects.read_all(name)).map_err(|e| Ok(e.to_string()))?;
        let mut pieces = found.ok_or_else(|| Ok("it is missing".to_owned()))?;
        let (mut at, mut hash) = (0_i64, Sha256::new());
        let mut chunk = Vec::with_capacity(CHUNK);
        loop {
            let piece = wait(pieces.next()).transpose();
            let piece = piece.map_err(|e| Ok(Error::from(e).to_string()))?;
            let is_last = piece.is_none();
            let mut rest = piece.as_deref().unwrap_or_default();
            hash.update(rest);
            // All records but the last one have the same length, however the object is read.
            while !rest.is_empty() || (is_last && !chunk.is_empty()) {
                let (now, later) = rest.split_at(rest.len().min(CHUNK - chunk.len()));
                chunk.extend_from_slice(now);
                rest = later;
                if chunk.len() == CHUNK || is_last {
                    self.write_chunk(account, attachment, at, &chunk)
                        .map_err(Err)?;
                    at += i64::try_from(chunk.len()).unwrap_or(0);
                    chunk.clear();
                }
            }
            if is_last {
                break;
            }
        }
        let digest = base16ct::lower::encode_string(&hash.finalize());
        if at != size || object_digest(name) != Some(digest.as_str()) {
            return Err(Ok("its bytes are not those that were uploaded".to_owned()));
        }
        Ok(())
    }

    fn write_chunk(
        &mut self,
        account: AccountId,
        attachment: i64,
        at: i64,
        bytes: &[u8],
    ) -> Result<()> {
        begin(&mut self.buffer, "attachment_data", account);
        put(&mut self.buffer, "attachment", Cell::Int(attachment));
        put(&mut self.buffer, "at", Cell::Int(at));
        let data = BASE64_STANDARD.encode(bytes);
        put(&mut self.buffer, "data", Cell::Text(&data));
        end(&mut self.buffer);
        self.count("attachment_data")
    }
}

/// Waits for objects while rows are read one by one, in a function that cannot wait.
fn wait<T>(work: impl Future<Output = T>) -> T {
    block_in_place(|| Handle::current().block_on(work))
}
