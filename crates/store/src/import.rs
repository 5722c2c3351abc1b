//! Imports accounts from the lines of an export (`docs/export.md`).
//!
//! The rows are written in steps of bounded size. Each step is one transaction, which also records how many bytes of the
//! export are taken, and their checksum (`unfinished_import`). So an import that was interrupted continues with the same
//! export, and with no other. The rows of the accounts themselves come last, in one transaction, after the checksum of the
//! whole export was compared: until then nothing shows the accounts. `heddle serve` refuses a store with an unfinished import.
//!
//! Nobody else may use the store meanwhile ([`Store::open_alone`]).

mod commands;
mod failure;
mod input;
mod words;

use std::collections::BTreeMap;
use std::io::BufRead;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, MAX_ID};
use serde_json::{Map, Value as Json};

use crate::clock::MOST_AHEAD_MS;
use crate::error::Error;
use crate::export::line::{Owned, Place, take_row};
use crate::export::{FORMAT, VERSION};
use crate::objects::ObjectWriter;
use crate::rows::export::{ACCOUNT, Table, attachment, find};
use crate::store::Store;
use commands::{
    BeginImport, Begun, EndImport, FinishImport, ImportRows, NewestIds, ReadNewestIds,
    SettleAccount, unfinished,
};
use input::Lines;
use words::must_be_known;

pub use commands::Unfinished;
pub use failure::ImportError;

/// How the last line begins, and the record of an account.
const TRAILER: &[u8] = b"{\"record\":\"trailer\",";
const ACCOUNT_RECORD: &[u8] = b"{\"record\":\"account\",";

/// The limits of one step.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The maximum number of rows.
    pub rows: usize,
    /// About how many bytes of values.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 2_000,
            bytes: 2 << 20,
        }
    }
}

/// What an import has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The accounts.
    pub accounts: Vec<AccountId>,
    /// The number of imported records. If the import was interrupted, those from before are counted, too.
    pub records: u64,
    /// Whether the import continued an interrupted one.
    pub continued: bool,
    /// How many webhooks need a new URL and secret.
    pub webhooks: u64,
    /// How many credentials have no secrets any more.
    pub credentials: u64,
}

/// Reads a whole export and compares its checksum, without a store. Returns its accounts. `on_progress` gets the bytes read.
///
/// # Errors
/// Says what is wrong with the export.
pub fn verify(
    input: &mut dyn BufRead,
    on_progress: &mut dyn FnMut(u64),
) -> Result<Vec<AccountId>, ImportError> {
    let Export {
        mut lines,
        accounts,
    } = Export::open(input)?;
    while !compare_trailer(&mut lines)? {
        lines.accept();
        on_progress(lines.bytes());
    }
    Ok(accounts)
}

/// Reads the first line.
fn take_header(lines: &mut Lines<'_>) -> Result<Vec<AccountId>, ImportError> {
    lines.next()?;
    let no_export = || {
        ImportError::Refused(
            "this is no export: it does not begin with the header of `heddle export`".into(),
        )
    };
    let header: Json = serde_json::from_slice(lines.line()).map_err(|_| no_export())?;
    if header["format"] != FORMAT {
        return Err(no_export());
    }
    if header["version"] != VERSION {
        let text = format!(
            "the export has version {} of the format, and this program ({}) reads version {VERSION}: use the version of Heddle that wrote it ({})",
            header["version"],
            env!("CARGO_PKG_VERSION"),
            header["heddle"],
        );
        return Err(ImportError::Refused(text));
    }
    let ids = header["accounts"].as_array().ok_or_else(no_export)?;
    let ids = ids
        .iter()
        .map(|id| id.as_i64().filter(|id| (1..=MAX_ID).contains(id)));
    let ids: Option<Vec<i64>> = ids.collect();
    let accounts: Vec<_> = ids
        .ok_or_else(no_export)?
        .into_iter()
        .map(AccountId)
        .collect();
    lines.accept();
    Ok(accounts)
}

/// Reads a line. If it is the last one, compares the checksum, and returns true.
fn compare_trailer(lines: &mut Lines<'_>) -> Result<bool, ImportError> {
    lines.next()?;
    if !lines.line().starts_with(TRAILER) {
        return Ok(false);
    }
    let trailer: Json = match serde_json::from_slice(lines.line()) {
        Ok(trailer) => trailer,
        Err(_) => return Err(lines.wrong("it is no JSON")),
    };
    let records = lines.number().saturating_sub(2);
    if trailer["sha256"] != lines.sum().as_str() || trailer["records"] != records {
        let text = "the export was changed since it was written: its checksum is another one. Copy or export it again";
        return Err(ImportError::Refused(text.into()));
    }
    lines.must_end()?;
    Ok(true)
}

/// An export of which the first line was read.
pub struct Export<'a> {
    lines: Lines<'a>,
    accounts: Vec<AccountId>,
}

impl<'a> Export<'a> {
    /// Reads the first line of an export. Waits for it, so call this before a store is opened and locked.
    ///
    /// # Errors
    /// Says why this is no export that this program reads.
    pub fn open(input: &'a mut dyn BufRead) -> Result<Self, ImportError> {
        let mut lines = Lines::new(input);
        let accounts = take_header(&mut lines)?;
        Ok(Self { lines, accounts })
    }
}

/// Imports an export into a store that nobody else uses. Continues an interrupted import of the same export. `on_progress`
/// gets the bytes of the export that are in the store.
///
/// # Errors
/// Says what is wrong with the export or the store. Then nothing of it is visible. What was imported so far stays, so that the
/// import can be continued; but of an export with a wrong line, nothing stays.
pub async fn import(
    store: &Store,
    export: Export<'_>,
    limits: Limits,
    on_progress: &mut dyn FnMut(u64),
) -> Result<Imported, ImportError> {
    let Export {
        mut lines,
        accounts,
    } = export;
    let begun = BeginImport {
        accounts: accounts.clone(),
        bytes: lines.bytes(),
        sum: lines.sum(),
    };
    let begun = store.write(begun).await?;
    let mut import = Import {
        store,
        limits,
        accounts: accounts.iter().map(|account| (*account, None)).collect(),
        step: Step::at(&lines),
        object: None,
        on_progress,
    };
    let continued = match begun {
        Begun::New => false,
        Begun::Exists(account) => {
            let text = format!(
                "account {account} exists already in this store; an import never changes an account. Import into an empty store"
            );
            return Err(ImportError::Refused(text));
        }
        Begun::Removing(account) => {
            let text = format!(
                "the removal of account {account} is unfinished in this store: finish it first with `heddle account remove --account {account} --no-export --yes`"
            );
            return Err(ImportError::Refused(text));
        }
        Begun::Unfinished(progress) => {
            import.skip(&mut lines, &progress)?;
            true
        }
    };
    let taken = import.take_all(&mut lines).await;
    if let Some(object) = import.object.take() {
        object.writer.abandon().await;
    }
    match taken {
        Ok(()) => import.finish(&lines, continued).await,
        Err(error @ ImportError::Line { .. }) => {
            // The same export would fail again in this line, so nothing of it stays. If the rows cannot be removed now, the operator
            // can remove them with `--discard`.
            if let Err(left) = store.discard_import().await {
                tracing::warn!(error = %left, "what a refused import has left cannot be removed");
            }
            Err(error)
        }
        Err(error) => Err(error),
    }
}

impl Store {
    /// Returns the import that is unfinished, if any.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn unfinished_import(&self) -> Result<Option<Unfinished>, Error> {
        unfinished(self).await
    }

    /// Removes what an unfinished import has left; returns its accounts. Files of attachments are removed later by the server.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`]. Then it can be called again.
    pub async fn discard_import(&self) -> Result<Vec<AccountId>, Error> {
        let Some(left) = unfinished(self).await? else {
            return Ok(Vec::new());
        };
        for account in &left.accounts {
            self.remove_rows(*account, &mut |_| {}).await?;
        }
        self.write(EndImport(left.bytes)).await?;
        Ok(left.accounts)
    }
}

/// A record with a table, its account and its values.
struct Record {
    table: &'static Table,
    account: AccountId,
    row: Vec<Owned>,
}

/// An attachment whose bytes are being read.
struct Object {
    record: Record,
    attachment: i64,
    size: i64,
    digest: String,
    at: i64,
    writer: ObjectWriter,
}

/// The rows that are not written yet.
struct Step {
    /// How many bytes of the export were taken before.
    from: u64,
    rows: Vec<(&'static Table, Vec<Owned>)>,
    size: usize,
}

impl Step {
    fn at(lines: &Lines<'_>) -> Self {
        Self {
            from: lines.bytes(),
            rows: Vec::new(),
            size: 0,
        }
    }
}

/// A running import.
struct Import<'a> {
    store: &'a Store,
    limits: Limits,
    /// The accounts of the export, with their rows as soon as they are read.
    accounts: BTreeMap<AccountId, Option<Vec<Owned>>>,
    step: Step,
    object: Option<Object>,
    on_progress: &'a mut dyn FnMut(u64),
}

impl Import<'_> {
    /// Skips what an interrupted import has taken, if it was this export.
    fn skip(&mut self, lines: &mut Lines<'_>, progress: &Unfinished) -> Result<(), ImportError> {
        let other = || {
            let text = "another import is unfinished in this store, or its export was changed since. Continue it with its own export, or remove what it has left with `heddle import --discard`";
            ImportError::Refused(text.into())
        };
        if !self.accounts.keys().eq(&progress.accounts) {
            return Err(other());
        }
        while lines.bytes() < progress.bytes {
            lines.next()?;
            if lines.line().starts_with(ACCOUNT_RECORD) {
                let record = self.parse(lines)?;
                self.take_account(lines, record)?;
            }
            lines.accept();
        }
        if lines.bytes() != progress.bytes || lines.sum() != progress.sum {
            return Err(other());
        }
        self.step = Step::at(lines);
        Ok(())
    }

    async fn take_all(&mut self, lines: &mut Lines<'_>) -> Result<(), ImportError> {
        while !compare_trailer(lines)? {
            self.take_line(lines).await?;
            lines.accept();
            let is_full =
                self.step.rows.len() >= self.limits.rows || self.step.size >= self.limits.bytes;
            // The bytes of an attachment are read to their end before the step that has its row.
            if is_full && self.object.is_none() {
                self.write_step(lines).await?;
            }
        }
        if let Some(object) = &self.object {
            let text = format!("the bytes of attachment {} are missing", object.attachment);
            return Err(lines.wrong(text));
        }
        if let Some((account, _)) = self.accounts.iter().find(|(_, row)| row.is_none()) {
            return Err(lines.wrong(format!("the record of account {account} is missing")));
        }
        self.write_step(lines).await
    }

    async fn write_step(&mut self, lines: &Lines<'_>) -> Result<(), ImportError> {
        let next = Step::at(lines);
        let step = std::mem::replace(&mut self.step, next);
        if step.from < lines.bytes() {
            let command = ImportRows {
                from: step.from,
                to: lines.bytes(),
                sum: lines.sum(),
                rows: step.rows,
                size: step.size,
            };
            self.store.write(command).await?;
            (self.on_progress)(lines.bytes());
        }
        Ok(())
    }

    async fn take_line(&mut self, lines: &Lines<'_>) -> Result<(), ImportError> {
        let mut line = self.parse(lines)?;
        match (&*line.record, self.object.take()) {
            ("attachment_data", Some(object)) => self.take_chunk(lines, line, object).await,
            (_, Some(object)) => {
                let text = format!("the bytes of attachment {} are missing", object.attachment);
                self.object = Some(object);
                Err(lines.wrong(text))
            }
            ("attachment_data", None) => Err(lines.wrong("the bytes belong to no attachment")),
            ("account", None) => self.take_account(lines, line),
            (name, None) => {
                let table = find(name);
                let table = table
                    .ok_or_else(|| lines.wrong(format!("this program knows no record {name}")))?;
                let row = take_row(&mut line.fields, table.fields);
                let row = row.map_err(|reason| lines.wrong(reason))?;
                must_be_known(table, &row).map_err(|reason| lines.wrong(reason))?;
                let record = Record {
                    table,
                    account: line.account,
                    row,
                };
                self.take_record(lines, record).await
            }
        }
    }

    fn parse(&self, lines: &Lines<'_>) -> Result<Line, ImportError> {
        let parsed = serde_json::from_slice::<Map<String, Json>>(lines.line());
        let mut fields = parsed.map_err(|error| lines.wrong(format!("it is no JSON: {error}")))?;
        let account = fields.remove("account").and_then(|id| id.as_i64());
        let (Some(Json::String(record)), Some(account)) = (fields.remove("record"), account) else {
            return Err(lines.wrong("it names no record and account"));
        };
        let account = AccountId(account);
        if !self.accounts.contains_key(&account) {
            return Err(lines.wrong(format!("the header does not name account {account}")));
        }
        Ok(Line {
            record,
            account,
            fields,
        })
    }

    fn take_account(&mut self, lines: &Lines<'_>, mut line: Line) -> Result<(), ImportError> {
        let row = take_row(&mut line.fields, ACCOUNT);
        let row = row.map_err(|reason| lines.wrong(reason))?;
        match self.accounts.insert(line.account, Some(row)) {
            Some(None) => Ok(()),
            _ => Err(lines.wrong("the account occurs twice")),
        }
    }

    async fn take_record(&mut self, lines: &Lines<'_>, record: Record) -> Result<(), ImportError> {
        if !std::ptr::eq(record.table, &attachment::TABLE) {
            self.push(record);
            return Ok(());
        }
        let value = |name| &record.row[Place::of(attachment::TABLE.fields, name) - 1];
        let (Owned::Text(digest), Owned::Int(id), Owned::Int(size)) =
            (value("object_name").clone(), value("id"), value("size"))
        else {
            self.push(record);
            return Ok(());
        };
        let (attachment, size) = (*id, *size);
        if size <= 0 {
            return Err(lines.wrong("an attachment with a checksum has a size"));
        }
        let writer = self.store.objects().begin(record.account).await?;
        self.object = Some(Object {
            record,
            attachment,
            size,
            digest,
            at: 0,
            writer,
        });
        Ok(())
    }

    /// Takes some bytes of an attachment. After the last ones its file is complete, and its row can be written.
    async fn take_chunk(
        &mut self,
        lines: &Lines<'_>,
        line: Line,
        mut object: Object,
    ) -> Result<(), ImportError> {
        let bytes = line.fields.get("data").and_then(Json::as_str);
        let bytes = bytes.and_then(|text| BASE64_STANDARD.decode(text).ok());
        let is_next = line.account == object.record.account
            && line.fields.get("attachment").and_then(Json::as_i64) == Some(object.attachment)
            && line.fields.get("at").and_then(Json::as_i64) == Some(object.at);
        let Some(bytes) = bytes.filter(|bytes| is_next && !bytes.is_empty()) else {
            let text = format!(
                "these are not the next bytes of attachment {}",
                object.attachment
            );
            self.object = Some(object);
            return Err(lines.wrong(text));
        };
        object.at += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        if let Err(error) = object.writer.write(Bytes::from(bytes)).await {
            object.writer.abandon().await;
            return Err(error.into());
        }
        if object.at < object.size {
            self.object = Some(object);
            return Ok(());
        }
        let Object {
            mut record,
            attachment,
            size,
            digest,
            writer,
            ..
        } = object;
        let written = writer.finish().await?;
        let found = base16ct::lower::encode_string(&written.digest);
        if found != digest || i64::try_from(written.size) != Ok(size) {
            self.store.objects().discard_unnamed(&[written.name]).await;
            return Err(lines.wrong(format!("the bytes of attachment {attachment} are wrong")));
        }
        let place = Place::of(attachment::TABLE.fields, "object_name") - 1;
        record.row[place] = Owned::Text(written.name);
        self.push(record);
        Ok(())
    }

    fn push(&mut self, record: Record) {
        let Record {
            table,
            account,
            row,
        } = record;
        let mut values = vec![Owned::Int(account.get())];
        values.extend(row);
        let constants = table.constants.iter();
        values.extend(constants.map(|(_, constant)| Owned::of(*constant)));
        self.step.size += values.iter().map(Owned::size).sum::<usize>();
        self.step.rows.push((table, values));
    }

    /// Derives what an export leaves out, and makes the accounts visible.
    async fn finish(self, lines: &Lines<'_>, continued: bool) -> Result<Imported, ImportError> {
        let accounts: Vec<AccountId> = self.accounts.keys().copied().collect();
        let (mut webhooks, mut credentials) = (0, 0);
        let mut newest = NewestIds {
            end: Timestamp(0),
            slots_ahead: Vec::new(),
        };
        for account in &accounts {
            let settled = self.store.write(SettleAccount(*account)).await?;
            webhooks += settled.webhooks;
            credentials += settled.credentials;
            let of_account = self.store.read(ReadNewestIds(*account)).await?;
            newest.end = newest.end.max(of_account.end);
            newest.slots_ahead.extend(of_account.slots_ahead);
        }
        let now = self.store.now();
        if newest.end.0 - now.0 > MOST_AHEAD_MS {
            let text = format!(
                "the newest id of the export is of {}, and the clock of this machine shows {now}. Correct the clock, or wait; then start the import again, and it will finish",
                newest.end
            );
            return Err(ImportError::Refused(text));
        }
        let rows = self.accounts.into_iter();
        let rows = rows.filter_map(|(account, row)| Some((account, row?)));
        let finish = FinishImport {
            accounts: rows.collect(),
            bytes: lines.bytes(),
            newest,
        };
        self.store.write(finish).await?;
        Ok(Imported {
            accounts,
            records: lines.number().saturating_sub(2),
            continued,
            webhooks,
            credentials,
        })
    }
}

/// A line with a record.
struct Line {
    record: String,
    account: AccountId,
    fields: Map<String, Json>,
}
