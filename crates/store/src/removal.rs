//! Removes whole accounts. `agents` removes single agents, and `inboxes` single inboxes.
//!
//! The first transaction takes the row of the account away, so that nothing shows the account, and records that its removal has
//! begun (`unfinished_removal`). Then its rows go in transactions of bounded size, then its part of the search index and its
//! objects. The last transaction records the end. After an interruption the same call goes on. `heddle serve` refuses a store
//! with an unfinished removal.
//!
//! The number of a removed account is never given to a new one, because the counter of accounts stays. Nobody else may use the
//! store meanwhile ([`Store::open_alone`]).

pub mod agents;
pub mod inboxes;

use heddle_domain::EntityKind;
use heddle_domain::id::{AccountId, EventId};
use serde::Serialize;

use crate::error::{Entity, Error, Refusal, Result};
use crate::rows::export::all;
use crate::rows::{account, removal as rows};
use crate::stmt::{Row, Stmt, params};
use crate::store::Store;
use crate::tx::{Cost, Read, Rows, Tx, Write};

/// The maximum number of rows that one transaction removes.
const AT_ONCE: u64 = 4_000;

/// The field that a refusal names if the account was changed since it was exported.
pub const CHANGED: &str = "account";

/// Returns the statements that empty all tables of an account, the keys of its credentials first.
fn parts(is_sqlite: bool) -> impl Iterator<Item = &'static Stmt> {
    let only: &[_] = if is_sqlite { &[] } else { rows::POSTGRES };
    let left_out = rows::LEFT_OUT.iter().copied();
    left_out
        .chain(all().map(|table| table.remove))
        .chain(only.iter().copied())
}

/// What an account has, as far as it interests the operator who removes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AccountContents {
    /// Inboxes.
    pub inboxes: i64,
    /// Agents, teams and the built-in agent included.
    pub agents: i64,
    /// Customers, merged and erased ones included.
    pub customers: i64,
    /// Conversations, merged and deleted ones included.
    pub conversations: i64,
    /// Messages, notes and line items.
    pub messages: i64,
    /// Events.
    pub events: i64,
    /// Attachments, of any size.
    pub attachments: i64,
    /// The bytes of these attachments.
    pub attachment_bytes: i64,
    /// Credentials that are not revoked.
    pub credentials: i64,
    /// Webhooks that are not deleted.
    pub webhooks: i64,
}

fn contents(row: &mut Row<'_>) -> Result<AccountContents> {
    Ok(AccountContents {
        inboxes: row.int()?,
        agents: row.int()?,
        customers: row.int()?,
        conversations: row.int()?,
        messages: row.int()?,
        events: row.int()?,
        attachments: row.int()?,
        attachment_bytes: row.int()?,
        credentials: row.int()?,
        webhooks: row.int()?,
    })
}

/// Counts what an account has. Reads all its rows.
#[derive(Clone, Debug)]
pub struct CountContents(pub AccountId);

impl Read for CountContents {
    type Out = AccountContents;
    const NAME: &'static str = "count_contents";

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<AccountContents> {
        let found = rows
            .fetch_one(&rows::COUNTS, params![self.0], contents)
            .await?;
        Ok(found.unwrap_or_default())
    }
}

/// Reads the id of the last event of an account: it changes with every change of the account. 0 if there is none.
#[derive(Clone, Debug)]
pub struct LastEvent(pub AccountId);

impl Read for LastEvent {
    type Out = EventId;
    const NAME: &'static str = "last_event";

    fn cost(&self) -> Cost {
        Cost::Keys(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<EventId> {
        let params = params![self.0];
        let found = rows.fetch_one(&rows::LAST_EVENT, params, |row| row.int());
        Ok(EventId(found.await?.unwrap_or(0)))
    }
}

struct FindUnfinished;

impl Read for FindUnfinished {
    type Out = Vec<AccountId>;
    const NAME: &'static str = "unfinished_removals";

    fn cost(&self) -> Cost {
        Cost::Keys(AccountId(0))
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let id = |row: &mut Row<'_>| Ok(AccountId(row.int()?));
        rows.fetch(&rows::LIST, params![], id).await
    }
}

/// Takes the row of an account away. Does nothing if its removal has begun already.
struct BeginRemoval {
    account: AccountId,
    /// The last event that the account may have.
    last: EventId,
}

impl Write for BeginRemoval {
    type Out = ();
    const NAME: &'static str = "begin_removal";

    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let account = self.account;
        let params = params![account];
        let begun = tx.fetch_one(&rows::GET, params, |row| row.int());
        if begun.await?.is_some() {
            return Ok(());
        }
        let found = tx.fetch_one(&account::LOCK, params, |row| row.int());
        if found.await?.is_none() {
            return Err(Refusal::NotFound(Entity::Account).into());
        }
        if LastEvent(account).run(tx).await? != self.last {
            let reason = "was changed since it was counted and exported: run the command again";
            return Err(Refusal::invalid(CHANGED, reason).into());
        }
        let now = tx.now();
        tx.queue(&rows::BEGIN, params![account, now])?;
        tx.queue(&rows::DELETE_ACCOUNT, params![account])?;
        // No later account gets this number, however the account has got it.
        tx.raise_small_ids(AccountId(0), EntityKind::Account, account.get() + 1)
    }
}

/// Removes some rows of one table.
struct RemoveRows {
    account: AccountId,
    stmt: &'static Stmt,
}

impl Write for RemoveRows {
    type Out = u64;
    const NAME: &'static str = "remove_rows";

    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64> {
        let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
        tx.execute(self.stmt, params![self.account, most]).await
    }
}

struct EndRemoval(AccountId);

impl Write for EndRemoval {
    type Out = ();
    const NAME: &'static str = "end_removal";

    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.execute(&rows::END, params![self.0]).await.map(drop)
    }
}

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Rows of the database.
    pub rows: u64,
    /// Objects: files of attachments and uploads.
    pub files: u64,
}

impl Store {
    /// Returns the accounts whose removal is unfinished, at most 1,000.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn unfinished_removals(&self) -> Result<Vec<AccountId>, Error> {
        self.read(FindUnfinished).await
    }

    /// Removes an account and everything that belongs to it, or goes on with its unfinished removal. `last` is the last event
    /// ([`LastEvent`]) that the caller knows of. `on_progress` gets the number of rows removed so far.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`]; [`Refusal::NotFound`] if there is no such account; [`Refusal::Invalid`] with the
    /// field [`CHANGED`] if the account has a later event; in these cases nothing has changed.
    /// [`Trouble::Objects`](crate::Trouble::Objects) if the files cannot be removed, also while a backup is being made. After an
    /// error the same call goes on.
    pub async fn remove_account(
        &self,
        account: AccountId,
        last: EventId,
        on_progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Removed, Error> {
        self.write(BeginRemoval { account, last }).await?;
        let rows = self.remove_rows(account, on_progress).await?;
        self.remove_from_index(account).await?;
        let files = self.objects().remove_all(account).await?;
        self.write(EndRemoval(account)).await?;
        Ok(Removed { rows, files })
    }

    /// Removes all rows of an account, except its row in `account`. Returns how many.
    pub(crate) async fn remove_rows(
        &self,
        account: AccountId,
        on_progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<u64, Error> {
        let mut removed = 0;
        for stmt in parts(self.sqlite_path().is_some()) {
            loop {
                let some = self.write(RemoveRows { account, stmt }).await?;
                removed += some;
                on_progress(removed);
                if some < AT_ONCE {
                    break;
                }
            }
        }
        Ok(removed)
    }
}
