//! The store, as other crates use it: an engine and the folder of objects.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use heddle_domain::id::{AccountId, AttachmentId};
use heddle_domain::{ApiName, EntityKind, Timestamp};
use tokio::sync::broadcast;

use crate::clock::{ClockCheck, SharedClock, check_range};
use crate::error::{Error, Result, Trouble};
use crate::feed::{Feed, Hints};
use crate::health::Health;
use crate::objects::{ObjectOptions, Objects, TurnToRemove};
use crate::postgres::{Postgres, PostgresOptions, Statements};
use crate::read::account::{GetPublicId, ListAccountIds};
use crate::read::check::{CheckAccount, ListObjects, Unreferred};
use crate::read::feed::FeedHeads;
use crate::read::uploads::HasOldUploads;
use crate::search::change::Batch;
use crate::sqlite::Sqlite;
use crate::sqlite::options::SqliteOptions;
use crate::traced::Traced;
use crate::tx::{Read, Write};
use crate::write::account::{RaiseCounters, TakeId};
use crate::write::counts::Counts;
use crate::write::index::StoreIndexBatch;
use crate::write::readiness::{SlotExists, TouchSlot};
use crate::write::upload::{ABANDONED_MS, SweepUploads};

/// How often the readers of the feed look for what other nodes have left.
const LOOK_FOR_OTHERS: Duration = Duration::from_secs(10);
/// How often it is checked whether the database works.
const READINESS_CHECK: Duration = Duration::from_secs(5);

/// Time limit of the doctor's reads on SQLite. Only the end of the process should cut them.
const UNLIMITED: Duration = Duration::from_secs(86_400);

/// The database engine and its options.
#[derive(Clone, Debug)]
pub enum Engine {
    /// SQLite, embedded.
    Sqlite(SqliteOptions),
    /// PostgreSQL.
    Postgres(PostgresOptions),
}

/// Options for opening a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// The database engine and its options.
    pub engine: Engine,
    /// Where the objects are: large attachments. All nodes of a PostgreSQL store share the place.
    pub objects: ObjectOptions,
}

#[derive(Debug)]
enum Running {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

#[derive(Debug)]
struct Inner {
    running: Running,
    objects: Objects,
    hints: Arc<Hints>,
    health: Arc<Health>,
    clock: SharedClock,
    check: ClockCheck,
}

/// An open store. Clones share it and are cheap.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

impl Store {
    /// Opens the store and migrates its schema.
    ///
    /// # Errors
    /// Returns [`Refusal::Conflict`](crate::Refusal::Conflict) if another process serves the SQLite database.
    /// [`Trouble::Internal`](crate::Trouble::Internal) if the database cannot be reached or its schema is newer than
    /// this binary.
    /// [`Trouble::WrongClock`](crate::Trouble::WrongClock) if stored ids are more than 5 minutes ahead of the clock, or no id
    /// can hold the clock's time.
    pub async fn open(options: &Options, clock: SharedClock) -> Result<Self, Error> {
        Self::open_with(options, clock, ClockCheck::Refuse).await
    }

    /// Opens the store as [`Self::open`] does; `check` says whether stored ids may be ahead of the clock.
    ///
    /// # Errors
    /// Returns the errors of [`Self::open`].
    pub async fn open_with(
        options: &Options,
        clock: SharedClock,
        check: ClockCheck,
    ) -> Result<Self, Error> {
        Self::open_as(options, (clock, check), Statements::Limited).await
    }

    async fn open_as(
        options: &Options,
        (clock, check): (SharedClock, ClockCheck),
        statements: Statements,
    ) -> Result<Self, Error> {
        check_range(clock.now())?;
        let health = Arc::new(Health::default());
        let hints = Arc::new(Hints::default());
        let running = match &options.engine {
            Engine::Sqlite(sqlite) => Running::Sqlite(Sqlite::open(
                sqlite,
                (Arc::clone(&clock), check),
                Arc::clone(&health),
                Arc::clone(&hints),
            )?),
            Engine::Postgres(postgres) => {
                let clock = (Arc::clone(&clock), check);
                let shared = (Arc::clone(&hints), Arc::clone(&health));
                let opened = Postgres::open(postgres, clock, shared, statements);
                Running::Postgres(opened.await?)
            }
        };
        health.record_time(clock.now());
        let inner = Inner {
            running,
            objects: Objects::open(&options.objects, Arc::clone(&clock))?,
            hints,
            health,
            clock,
            check,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Whether there is a store: a SQLite database that is not empty, or a PostgreSQL database with a schema.
    ///
    /// # Errors
    /// Fails if the file cannot be looked at, or the PostgreSQL database cannot be reached.
    pub async fn exists(options: &Options) -> Result<bool, Error> {
        match &options.engine {
            Engine::Sqlite(sqlite) => match std::fs::metadata(&sqlite.path) {
                Ok(file) => Ok(file.len() > 0),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
                Err(error) => {
                    let path = sqlite.path.display();
                    Err(Trouble::Engine(format!("cannot look at {path}: {error}")).into())
                }
            },
            Engine::Postgres(postgres) => {
                Ok(crate::postgres::reach::has_store(&postgres.url).await?)
            }
        }
    }

    /// Opens the store as [`Self::open`] does for `heddle doctor`: whatever the clock shows, but only if no other process
    /// uses the database, and without a time limit for statements.
    ///
    /// # Errors
    /// Returns the errors of [`Self::open`]; [`Refusal::Conflict`](crate::Refusal::Conflict) if another process uses the
    /// database.
    pub async fn open_alone(options: &Options, clock: SharedClock) -> Result<Self, Error> {
        let mut options = options.clone();
        match &mut options.engine {
            Engine::Sqlite(sqlite) => sqlite.patience = sqlite.patience.max(UNLIMITED),
            Engine::Postgres(postgres) => crate::postgres::must_be_alone(postgres).await?,
        }
        Self::open_as(&options, (clock, ClockCheck::Accept), Statements::Unlimited).await
    }

    /// Runs a command; returns after its COMMIT.
    ///
    /// # Errors
    /// Returns the command's own [`Refusal`](crate::Refusal), or [`Trouble`](crate::Trouble). In both cases nothing was
    /// written, except perhaps with [`Trouble::UnknownOutcome`](crate::Trouble::UnknownOutcome).
    pub async fn write<W: Write>(&self, command: W) -> Result<W::Out, Error> {
        let span = heddle_traces::Command::begin(W::NAME);
        let command = Traced::new(command, span.as_ref());
        let written = match &self.inner.running {
            Running::Sqlite(engine) => engine.write(command).await,
            Running::Postgres(engine) => {
                let health = &self.inner.health;
                let _queued = health.queue();
                let written = engine.write(command).await;
                if written.is_ok() {
                    Health::add(&health.commands, 1);
                }
                written
            }
        };
        if let Err(error) = &written {
            self.inner.health.record_refusal(error);
            if let Some(span) = span {
                match error {
                    Error::Refused(refusal) => span.note_refusal(refusal.kind()),
                    Error::Trouble(trouble) => span.note_error(trouble.kind()),
                }
            }
        }
        written
    }

    /// Keeps [`Health::not_ready`] true: while writes are refused, tries a small one every 5 seconds; while all is well,
    /// looks whether the PostgreSQL server answers.
    pub async fn watch_readiness(&self) {
        loop {
            tokio::time::sleep(READINESS_CHECK).await;
            self.check_readiness().await;
        }
    }

    /// Checks once whether the store accepts writes.
    pub async fn check_readiness(&self) {
        let health = &self.inner.health;
        health.record_time(self.inner.clock.now());
        let checked = if health.is_refusing() {
            self.write(TouchSlot).await
        } else {
            match &self.inner.running {
                // A write shows at once when SQLite's disk is full; looking more often would keep the disk awake.
                Running::Sqlite(_) => return,
                Running::Postgres(engine) => engine.read(SlotExists).await.map(drop),
            }
        };
        match checked {
            Ok(()) => health.record_success(),
            Err(error) => health.record_refusal(&error),
        }
    }

    /// Stores changes of the search index. Returns whether the index had the expected state; if not, nothing is stored.
    pub(crate) async fn store_batch(&self, batch: Batch) -> Result<bool, Error> {
        match &self.inner.running {
            Running::Sqlite(engine) => engine.index().store(batch).await,
            Running::Postgres(_) => self.write(StoreIndexBatch(batch)).await,
        }
    }

    /// Removes an account from the search index of SQLite. On PostgreSQL the index consists of rows.
    pub(crate) async fn remove_from_index(&self, account: AccountId) -> Result<(), Error> {
        match &self.inner.running {
            Running::Sqlite(engine) => engine.index().remove(account).await,
            Running::Postgres(_) => Ok(()),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Runs a read; on one snapshot if it needs one ([`Read::SNAPSHOT`]).
    ///
    /// # Errors
    /// Returns the read's own refusals; [`Trouble::TimedOut`](crate::Trouble::TimedOut) if the read took too long.
    pub async fn read<R: Read>(&self, read: R) -> Result<R::Out, Error> {
        Health::add(&self.inner.health.reads, 1);
        match &self.inner.running {
            Running::Sqlite(engine) => engine.read(read).await,
            Running::Postgres(engine) => engine.read(read).await,
        }
    }

    /// Reads all pages of a list. `page` creates the read of one page: of the page after a given record, or of the first
    /// page.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn read_all<R: Read<Out = Vec<T>>, T>(
        &self,
        page: impl Fn(Option<&T>) -> R,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        loop {
            let found = self.read(page(all.last())).await?;
            if found.is_empty() {
                return Ok(all);
            }
            all.extend(found);
        }
    }

    /// Returns the id that `api` shows for an entity: the API's own if there is one, else the default; `None` if the
    /// entity has no public id.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn find_public_id(
        &self,
        account: AccountId,
        kind: EntityKind,
        entity: i64,
        api: ApiName,
    ) -> Result<Option<String>, Error> {
        let read = GetPublicId {
            account,
            kind,
            entity,
            api,
        };
        self.read(read).await
    }

    /// Returns the ids of all accounts, in order.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn account_ids(&self) -> Result<Vec<AccountId>, Error> {
        let page = |last: Option<&AccountId>| ListAccountIds {
            after: last.copied().unwrap_or(AccountId(0)),
            limit: 500,
        };
        self.read_all(page).await
    }

    /// Takes a small id before the command that uses it, for callers that need the id beforehand. If the command is
    /// refused, the id stays unused.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`]; [`Trouble::Internal`](crate::Trouble::Internal) if the kind is not in
    /// [`COUNTED`](crate::COUNTED).
    pub async fn take_id(&self, account: AccountId, kind: EntityKind) -> Result<i64, Error> {
        self.write(TakeId { account, kind }).await
    }

    /// Raises an account's counters to at least `next`.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`].
    pub async fn raise_counters(&self, account: AccountId, next: i64) -> Result<(), Error> {
        self.write(RaiseCounters { account, next }).await?;
        match &self.inner.running {
            Running::Sqlite(_) => {}
            Running::Postgres(engine) => engine.forget_numbers(account).await,
        }
        Ok(())
    }

    /// Looks for damage: runs the engine's integrity check, and finds inconsistent rows and missing objects. Returns
    /// the findings; empty if there are none. Reads all data, which takes minutes on a large store. Updates the
    /// conversation counts first, to compare them too; skips them for accounts that are changing meanwhile.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn check(&self) -> Result<Vec<String>, Error> {
        let mut found = self.find_broken_pages().await?;
        self.drain_feed().await?;
        for account in self.account_ids().await? {
            self.catch_up::<Counts>(account).await?;
            found.extend(self.read(CheckAccount(account)).await?);
            self.check_objects(account, &mut found).await?;
        }
        Ok(found)
    }

    /// Runs SQLite's integrity check; returns its findings.
    pub(crate) async fn find_broken_pages(&self) -> Result<Vec<String>, Error> {
        match &self.inner.running {
            Running::Sqlite(engine) => engine.check_integrity().await,
            Running::Postgres(_) => Ok(Vec::new()),
        }
    }

    async fn check_objects(
        &self,
        account: AccountId,
        found: &mut Vec<String>,
    ) -> Result<(), Error> {
        let mut after = AttachmentId(0);
        loop {
            let page = self.read(ListObjects { account, after }).await?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            after = *last;
            for (id, name) in &page {
                if self.inner.objects.size(name).await?.is_none() {
                    found.push(format!(
                        "account {account}: attachment {id} without its object"
                    ));
                }
            }
        }
    }

    /// Removes objects that were uploaded at least a day before `now` and that no attachment refers to, and files that are
    /// unfinished since then, such as those left by a killed process or a loss of power; returns how many. Several nodes may run it at the same time.
    /// While a backup is being made, only unfinished files are removed.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`]; [`Trouble::Internal`](crate::Trouble::Internal) if the folder cannot be
    /// read or changed.
    pub async fn sweep_objects(&self, now: Timestamp) -> Result<u64, Error> {
        const AT_ONCE: usize = 500;
        self.sweep_uploads(now).await?;
        let mut removed = self.inner.objects.remove_unfinished(now).await?;
        let mut old = self.inner.objects.old(now).try_chunks(AT_ONCE);
        while let Some(chunk) = old.next().await {
            let mut names: BTreeMap<AccountId, Vec<String>> = BTreeMap::new();
            for (account, name) in chunk.map_err(|e| e.1)? {
                names.entry(account).or_default().push(name);
            }
            let unreferred = self.unreferred(names).await?;
            if unreferred.is_empty() {
                continue;
            }
            let Some(turn) = self.inner.objects.turn_to_remove().await? else {
                // The next sweep removes the rest.
                return Ok(removed);
            };
            let swept = self.remove_unreferred(unreferred, &turn).await;
            turn.end().await;
            removed += swept?;
        }
        Ok(removed)
    }

    /// Returns which of these objects no attachment refers to.
    async fn unreferred(
        &self,
        names: BTreeMap<AccountId, Vec<String>>,
    ) -> Result<BTreeMap<AccountId, Vec<String>>, Error> {
        let mut found = BTreeMap::new();
        for (account, names) in names {
            let names = self.read(Unreferred { account, names }).await?;
            if !names.is_empty() {
                found.insert(account, names);
            }
        }
        Ok(found)
    }

    /// Removes those of these objects that no attachment refers to now either.
    async fn remove_unreferred(
        &self,
        names: BTreeMap<AccountId, Vec<String>>,
        turn: &TurnToRemove,
    ) -> Result<u64, Error> {
        const TOGETHER: usize = 8;
        let names = self.unreferred(names).await?.into_values().flatten();
        let objects = &self.inner.objects;
        let removals = stream::iter(names.collect::<Vec<_>>())
            .map(|name| async move { objects.remove(&name, turn).await.map(u64::from) });
        let removed: Vec<u64> = removals.buffer_unordered(TOGETHER).try_collect().await?;
        Ok(removed.iter().sum())
    }

    /// Deletes uploads that no message used within a day.
    async fn sweep_uploads(&self, now: Timestamp) -> Result<(), Error> {
        let before = now.plus_ms(-ABANDONED_MS);
        for account in self.account_ids().await? {
            while self.read(HasOldUploads { account, before }).await? {
                let sweep = SweepUploads {
                    account,
                    before,
                    most: 500,
                };
                self.write(sweep).await?;
            }
        }
        Ok(())
    }

    /// Assigns positions to events until `ending` completes: numbers that give the order in which readers of the feed
    /// see the events. Every serving process runs it. Does nothing on SQLite, where an event's id is its position.
    pub async fn sequence(&self, ending: impl Future<Output = ()>) {
        match &self.inner.running {
            Running::Sqlite(_) => ending.await,
            Running::Postgres(engine) => engine.sequence(ending).await,
        }
    }

    /// Assigns positions to all committed events now.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`].
    pub async fn drain_feed(&self) -> Result<(), Error> {
        match &self.inner.running {
            Running::Sqlite(_) => Ok(()),
            Running::Postgres(engine) => engine.drain_feed().await,
        }
    }

    /// Returns a listener for hints that an account's feed has grown. Its first result asks to poll all accounts. If other
    /// nodes use the database, it asks for this again every ten seconds, because a node that died may have left work.
    #[must_use]
    pub fn feed(&self) -> Feed {
        self.inner
            .hints
            .listen(self.has_other_nodes().then_some(LOOK_FOR_OTHERS))
    }

    /// Returns a listener as [`Self::feed`] does, which also gets the hints of other nodes while
    /// [`Self::hears_other_nodes`] is true. It is asked to poll once; its owner polls
    /// [`Self::feed_heads`] besides.
    #[must_use]
    pub fn feed_of_all_nodes(&self) -> Feed {
        self.inner.hints.listen_to_all()
    }

    /// Reads the positions of the last events of some accounts' feeds in one statement, for a node that polls. Empty on SQLite, where
    /// no other process adds events.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn feed_heads(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, i64)>, Error> {
        match &self.inner.running {
            Running::Sqlite(_) => Ok(Vec::new()),
            Running::Postgres(_) => {
                let accounts = accounts.iter().map(|account| account.get());
                self.read(FeedHeads(accounts.collect())).await
            }
        }
    }

    /// Returns whether notices of other nodes arrive here.
    #[must_use]
    pub fn hears_other_nodes(&self) -> bool {
        match &self.inner.running {
            Running::Sqlite(_) => false,
            Running::Postgres(engine) => engine.notices().is_up(),
        }
    }

    /// Exchanges notices with other nodes until `ending` completes, if the options say so. Every serving process runs it.
    pub async fn exchange_notices(&self, ending: impl Future<Output = ()>) {
        match &self.inner.running {
            Running::Sqlite(_) => ending.await,
            Running::Postgres(engine) => engine.exchange_notices(ending).await,
        }
    }

    /// Sends a short text to all other nodes that hear this one; nothing is kept, and it may be lost.
    pub fn tell_other_nodes(&self, text: String) {
        match &self.inner.running {
            Running::Sqlite(_) => {}
            Running::Postgres(engine) => engine.notices().send_text(text),
        }
    }

    /// Returns a receiver of the texts that other nodes send; `None` on SQLite, which has no other nodes.
    #[must_use]
    pub fn texts_of_other_nodes(&self) -> Option<broadcast::Receiver<Arc<str>>> {
        match &self.inner.running {
            Running::Sqlite(_) => None,
            Running::Postgres(engine) => Some(engine.notices().texts()),
        }
    }

    /// Returns whether other nodes may write to the database while it is open here.
    #[must_use]
    pub fn has_other_nodes(&self) -> bool {
        match &self.inner.running {
            Running::Sqlite(_) => false,
            Running::Postgres(_) => true,
        }
    }

    /// Returns the path of the SQLite database; `None` on PostgreSQL.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<&std::path::Path> {
        match &self.inner.running {
            Running::Sqlite(engine) => Some(engine.path()),
            Running::Postgres(_) => None,
        }
    }

    /// Returns the objects: large attachments, outside the database.
    #[must_use]
    pub fn objects(&self) -> &Objects {
        &self.inner.objects
    }

    /// Returns state and counters of the store, for health probes and metrics.
    #[must_use]
    pub fn health(&self) -> &Arc<Health> {
        &self.inner.health
    }

    /// Returns the clock that sets recorded times.
    #[must_use]
    pub fn clock(&self) -> &SharedClock {
        &self.inner.clock
    }

    /// Returns whether the operator says that the clock is right.
    #[must_use]
    pub fn clock_check(&self) -> ClockCheck {
        self.inner.check
    }

    /// Runs the accepted commands, then closes the database.
    ///
    /// # Errors
    /// Returns the engine's error on closing.
    pub async fn close(&self) -> Result<(), Error> {
        match &self.inner.running {
            Running::Sqlite(engine) => engine.close().await,
            Running::Postgres(engine) => {
                engine.close().await;
                Ok(())
            }
        }
    }
}
