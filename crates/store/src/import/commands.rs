//! The commands of an import. None of them says that it may repeat: if the outcome of one is unknown, the operator starts
//! the import again, and it continues with what the store has.

use heddle_domain::id::{AccountId, SLOTS, TimeId};
use heddle_domain::{EntityKind, Timestamp};

use crate::clock::after;
use crate::counted::COUNTED;
use crate::error::{Error, Refusal, Result, Trouble};
use crate::export::line::Owned;
use crate::rows::export::Table;
use crate::rows::{account, import as rows, mend, removal, webhook};
use crate::stmt::{Row, Stmt, Value, params};
use crate::store::Store;
use crate::tx::{Cost, Read, Rows, Tx, Write};
use crate::write::counts::Counts;
use crate::write::folders::FolderCounts;
use crate::write::reader::Reader;

/// The refusal if the recorded progress of the import is not the one that this process recorded last.
const OTHER: &str = "another process imports into this store; its progress";

/// An import that has begun and has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Its accounts, which nothing shows yet.
    pub accounts: Vec<AccountId>,
    /// How many bytes of the export are in the store.
    pub bytes: u64,
    /// The checksum of these bytes.
    pub(super) sum: String,
}

fn progress(row: &mut Row<'_>) -> Result<Unfinished> {
    let (accounts, bytes, sum) = (row.text()?, row.int()?, row.text()?);
    let accounts = accounts.split(',').filter(|id| !id.is_empty());
    let accounts: std::result::Result<Vec<i64>, _> = accounts.map(str::parse).collect();
    let accounts = accounts.map_err(|_| Trouble::Internal("accounts of an import".into()))?;
    Ok(Unfinished {
        accounts: accounts.into_iter().map(AccountId).collect(),
        bytes: u64::try_from(bytes).unwrap_or(0),
        sum,
    })
}

struct FindUnfinished;

impl Read for FindUnfinished {
    type Out = Option<Unfinished>;
    const NAME: &'static str = "unfinished_import";

    fn cost(&self) -> Cost {
        Cost::Keys(AccountId(0))
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        rows.fetch_one(&rows::PROGRESS, params![], progress).await
    }
}

/// Returns the unfinished import.
pub(super) async fn unfinished(store: &Store) -> Result<Option<Unfinished>, Error> {
    store.read(FindUnfinished).await
}

fn offset(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Begins an import.
pub(super) struct BeginImport {
    pub(super) accounts: Vec<AccountId>,
    /// The length and the checksum of the first line.
    pub(super) bytes: u64,
    pub(super) sum: String,
}

/// Whether an import has begun.
pub(super) enum Begun {
    New,
    /// An account exists already; nothing was written.
    Exists(AccountId),
    /// The removal of an account is unfinished; nothing was written.
    Removing(AccountId),
    /// Another import, or an interrupted run of this one, is unfinished; nothing was written.
    Unfinished(Unfinished),
}

impl Write for BeginImport {
    type Out = Begun;
    const NAME: &'static str = "begin_import";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Begun> {
        if let Some(found) = tx.fetch_one(&rows::PROGRESS, params![], progress).await? {
            return Ok(Begun::Unfinished(found));
        }
        for id in &self.accounts {
            let params = params![*id];
            let found = tx.fetch_one(&account::GET, params, |row| row.int());
            if found.await?.is_some() {
                return Ok(Begun::Exists(*id));
            }
            let removing = tx.fetch_one(&removal::GET, params, |row| row.int());
            if removing.await?.is_some() {
                return Ok(Begun::Removing(*id));
            }
        }
        let ids: Vec<String> = self.accounts.iter().map(ToString::to_string).collect();
        let ids = ids.join(",");
        let begin = params![&ids, offset(self.bytes), &self.sum];
        tx.execute(&rows::BEGIN, begin).await?;
        // From now on no new account gets one of these ids.
        let next = self
            .accounts
            .iter()
            .map(|id| id.get().saturating_add(1))
            .max();
        tx.raise_small_ids(AccountId(0), EntityKind::Account, next.unwrap_or(1))?;
        Ok(Begun::New)
    }
}

/// Writes some rows.
pub(super) struct ImportRows {
    /// How many bytes of the export were taken before, and are taken then.
    pub(super) from: u64,
    pub(super) to: u64,
    /// The checksum of the bytes that are taken then.
    pub(super) sum: String,
    pub(super) rows: Vec<(&'static Table, Vec<Owned>)>,
    pub(super) size: usize,
}

impl Write for ImportRows {
    type Out = ();
    const NAME: &'static str = "import_rows";

    fn weight(&self) -> usize {
        self.size
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let advance = params![offset(self.from), offset(self.to), &self.sum];
        if tx.execute(&rows::ADVANCE, advance).await? == 0 {
            return Err(Refusal::Conflict(OTHER).into());
        }
        for (table, row) in &self.rows {
            let params: Vec<Value<'_>> = row.iter().map(Owned::value).collect();
            tx.queue(table.insert, &params)?;
        }
        Ok(())
    }
}

/// Derives what an export leaves out of an account: counts, the positions of the feed and its readers.
pub(super) struct SettleAccount(pub(super) AccountId);

/// What needs the operator's attention.
pub(super) struct Settled {
    pub(super) webhooks: u64,
    pub(super) credentials: u64,
}

impl Write for SettleAccount {
    type Out = Settled;
    const NAME: &'static str = "settle_import";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Settled> {
        let (account, now) = (self.0, tx.now());
        tx.execute(&rows::PLACES, params![account]).await?;
        tx.execute(&rows::FOLDERS, params![account, now]).await?;
        tx.execute(&rows::COUNTS, params![account]).await?;
        let settle_feed = match tx.is_sqlite() {
            true => &rows::SETTLE_START,
            false => &rows::HEAD,
        };
        tx.execute(settle_feed, params![account]).await?;
        let head = tx.feed_head(account).await?;
        for reader in [Counts::NAME, FolderCounts::NAME] {
            tx.execute(&webhook::PUT_POSITION, params![account, reader, head])
                .await?;
        }
        tx.execute(&rows::PARK_WEBHOOKS, params![account, head, now])
            .await?;
        let of_kind = |row: &mut Row<'_>| Ok((row.word(counted)?, row.opt_int()?));
        let largest = tx
            .fetch(&rows::LARGEST_IDS, params![account], of_kind)
            .await?;
        for (kind, largest) in largest {
            if let Some(largest) = largest {
                tx.raise_small_ids(account, kind, largest.saturating_add(1))?;
            }
        }
        Ok(Settled {
            webhooks: count(tx, &rows::COUNT_WEBHOOKS, account).await?,
            credentials: count(tx, &rows::COUNT_CREDENTIALS, account).await?,
        })
    }
}

/// Parses the name of a kind of entity with small ids.
fn counted(name: &str) -> Option<EntityKind> {
    COUNTED.into_iter().find(|kind| kind.as_str() == name)
}

async fn count(tx: &mut Tx<'_>, stmt: &'static Stmt, account: AccountId) -> Result<u64> {
    let params = params![account];
    let found = tx.fetch_one(stmt, params, |row| row.int());
    Ok(found.await?.unwrap_or(0).unsigned_abs())
}

/// The newest time-ordered ids of an account.
#[derive(Clone, Debug)]
pub(super) struct NewestIds {
    /// The first time that is later than all ids.
    pub(super) end: Timestamp,
    /// The slots of the ids that are ahead of the clock. A server that starts makes ids some seconds ahead, so that none repeats.
    pub(super) slots_ahead: Vec<i64>,
}

/// Reads the newest ids of an account.
pub(super) struct ReadNewestIds(pub(super) AccountId);

impl Read for ReadNewestIds {
    type Out = NewestIds;
    const NAME: &'static str = "newest_ids";

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<NewestIds> {
        let params = params![self.0];
        let found = rows.fetch_one(&mend::LARGEST, params, |row| row.int());
        let end = after(TimeId(found.await?.unwrap_or(0)));
        let params = params![self.0, TimeId::first_at(rows.now()).0];
        let slots_ahead = match end > rows.now() {
            true => {
                rows.fetch(&rows::SLOTS_FROM, params, |row| row.int())
                    .await?
            }
            false => Vec::new(),
        };
        Ok(NewestIds { end, slots_ahead })
    }
}

/// Ends an import: its accounts become visible.
pub(super) struct FinishImport {
    /// The accounts, and the fields of their rows.
    pub(super) accounts: Vec<(AccountId, Vec<Owned>)>,
    /// How far the import must have come.
    pub(super) bytes: u64,
    /// The newest ids: no node may make one of them again.
    pub(super) newest: NewestIds,
}

impl Write for FinishImport {
    type Out = ();
    const NAME: &'static str = "finish_import";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        if tx.execute(&rows::END, params![offset(self.bytes)]).await? == 0 {
            return Err(Refusal::Conflict(OTHER).into());
        }
        let NewestIds { end, slots_ahead } = &self.newest;
        for slot in 0..SLOTS {
            // A slot that is reserved for the future cannot be used until then, so only those are that must be.
            let until = match slots_ahead.contains(&slot) {
                true => *end,
                false => (*end).min(tx.now()),
            };
            tx.queue(&rows::RESERVE_SLOT, params![slot, until])?;
        }
        for (id, row) in &self.accounts {
            let mut params = vec![Value::from(*id)];
            params.extend(row.iter().map(Owned::value));
            tx.queue(&account::INSERT, &params)?;
        }
        Ok(())
    }
}

/// Ends an import that is given up and has come this far.
pub(super) struct EndImport(pub(super) u64);

impl Write for EndImport {
    type Out = ();
    const NAME: &'static str = "discard_import";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.execute(&rows::END, params![offset(self.0)])
            .await
            .map(drop)
    }
}
