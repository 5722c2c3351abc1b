//! The store as its users hold it: an engine, the object folder, the blocks of ids.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use heddle_domain::Timestamp;
use heddle_domain::customer::{CustomerRef, normalise_email};
use heddle_domain::id::{AccountId, AttachmentId, ConversationId, CustomerId, TagId};

use crate::clock::SharedClock;
use crate::error::{Error, Result};
use crate::feed::{Feed, Hints};
use crate::health::Health;
use crate::ids::{Blocks, Counted, ReserveBlock};
use crate::objects::Objects;
use crate::postgres::{Postgres, PostgresOptions};
use crate::read::account::ListAccountIds;
use crate::read::check::{CheckAccount, ListObjects, Unreferred};
use crate::read::listing::{ConversationPage, ListConversations, SearchConversations};
use crate::read::shown::Shown;
use crate::read::uploads::HasOldUploads;
use crate::sqlite::{Sqlite, SqliteOptions};
use crate::tx::{Read, Write};
use crate::write::account::RaiseCounters;
use crate::write::append::{Appended, UnownedEmails};
use crate::write::change::{ChangeConversation, ChangeConversations};
use crate::write::counts::Counts;
use crate::write::create::Created;
use crate::write::label::UnknownTags;
use crate::write::send::{SendMessage, Sent};
use crate::write::upload::{ABANDONED_MS, SweepUploads};
use crate::write::{AppendMessages, CreateConversation, NewCustomer};

/// The end must not take long; a server of many tenants loses a few numbers instead.
const MOST_RETURNED: usize = 256;

/// Which engine.
#[derive(Clone, Debug)]
pub enum Engine {
    /// SQLite, embedded.
    Sqlite(SqliteOptions),
    /// PostgreSQL.
    Postgres(PostgresOptions),
}

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The engine.
    pub engine: Engine,
    /// The folder for large attachments; shared by all nodes of a PostgreSQL store.
    pub objects: PathBuf,
}

#[derive(Debug)]
enum Running {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

#[derive(Debug)]
struct Inner {
    running: Running,
    blocks: Blocks,
    refill: tokio::sync::Mutex<()>,
    objects: Objects,
    hints: Arc<Hints>,
    health: Arc<Health>,
    clock: SharedClock,
}

/// An open store; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

impl Store {
    /// Opens the store, bringing its schema up to date.
    ///
    /// # Errors
    /// [`Error::Conflict`] if another process serves the SQLite database; [`Error::Internal`] if it cannot be reached,
    /// or has a newer schema than this binary knows.
    pub async fn open(options: &Options, clock: SharedClock) -> Result<Self> {
        let health = Arc::new(Health::default());
        let hints = Arc::new(Hints::default());
        let running = match &options.engine {
            Engine::Sqlite(sqlite) => Running::Sqlite(Sqlite::open(
                sqlite,
                Arc::clone(&clock),
                Arc::clone(&health),
                Arc::clone(&hints),
            )?),
            Engine::Postgres(postgres) => {
                let opened = Postgres::open(postgres, Arc::clone(&clock), Arc::clone(&hints));
                Running::Postgres(opened.await?)
            }
        };
        let inner = Inner {
            running,
            blocks: Blocks::default(),
            refill: tokio::sync::Mutex::new(()),
            objects: Objects::open(&options.objects, Arc::clone(&clock))?,
            hints,
            health,
            clock,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Runs a command; the answer comes after its COMMIT.
    ///
    /// # Errors
    /// The command's own; [`Error::Overloaded`], [`Error::TimedOut`] and [`Error::DiskFull`] when nothing was written;
    /// [`Error::Unavailable`] when nobody knows.
    pub async fn write<W: Write>(&self, command: W) -> Result<W::Out> {
        match &self.inner.running {
            Running::Sqlite(engine) => engine.write(command).await,
            Running::Postgres(engine) => engine.write(command).await,
        }
    }

    /// Runs a read on one snapshot.
    ///
    /// # Errors
    /// The read's own; [`Error::TimedOut`] if it took too long.
    pub async fn read<R: Read>(&self, read: R) -> Result<R::Out> {
        match &self.inner.running {
            Running::Sqlite(engine) => engine.read(read).await,
            Running::Postgres(engine) => engine.read(read).await,
        }
    }

    /// Creates a conversation, with ids reserved for it, its tags and the customers it may have to make. The command's
    /// own id fields are filled in here.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn create_conversation(&self, command: CreateConversation) -> Result<Created> {
        self.create_conversation_as(command, |command| command)
            .await
    }

    /// The same for a command that goes inside another, such as one that is carried out once.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn create_conversation_as<W: Write>(
        &self,
        command: CreateConversation,
        wrap: impl Fn(CreateConversation) -> W + Send,
    ) -> Result<W::Out> {
        let mut command = self.prepare_creation(command).await?;
        match self.write(wrap(command.clone())).await {
            Err(Error::ShortOfIds) => {
                let account = command.caller.account;
                command.fresh_customers = self
                    .fresh_customers(account, command.customers.len())
                    .await?;
                self.write(wrap(command)).await
            }
            settled => settled,
        }
    }

    /// Fills in the ids that a creation needs, as far as can be told now.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn prepare_creation(
        &self,
        mut command: CreateConversation,
    ) -> Result<CreateConversation> {
        let account = command.caller.account;
        command.id = ConversationId(self.reserve(account, Counted::Conversation, 1).await?);
        command.fresh_tags = self.fresh_tags(account, &command.draft.tags).await?;
        let missing = self.missing_customers(account, &command.customers).await?;
        command.fresh_customers = self.fresh_customers(account, missing).await?;
        Ok(command)
    }

    /// Ids for those of some tags that must be made. Tags are never deleted, so there are never too few.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn fresh_tags(&self, account: AccountId, names: &[String]) -> Result<Vec<TagId>> {
        let mut names = names.to_vec();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let missing = self.read(UnknownTags { account, names }).await?;
        if missing == 0 {
            return Ok(Vec::new());
        }
        let first = self.reserve(account, Counted::Tag, missing as i64).await?;
        Ok((first..).take(missing).map(TagId).collect())
    }

    /// Changes a conversation, with ids reserved for tags that it may have to make.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn change_conversation(&self, mut command: ChangeConversation) -> Result<Shown> {
        let names = command.item.change.tags.named();
        command.fresh_tags = self.fresh_tags(command.caller.account, names).await?;
        self.write(command).await
    }

    /// Changes several, each by itself; one answer each.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn change_conversations(
        &self,
        mut command: ChangeConversations,
    ) -> Result<Vec<Result<Shown>>> {
        let named = command.items.iter().map(|item| item.change.tags.named());
        let names: Vec<String> = named.flatten().cloned().collect();
        command.fresh_tags = self.fresh_tags(command.caller.account, &names).await?;
        self.write(command).await
    }

    /// Adds messages, with ids reserved for the customers it may have to make.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn append_messages(&self, command: AppendMessages) -> Result<Appended> {
        self.append_messages_as(command, |command| command).await
    }

    /// The same for a command that goes inside another, such as one that is carried out once.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn append_messages_as<W: Write>(
        &self,
        mut command: AppendMessages,
        wrap: impl Fn(AppendMessages) -> W + Send,
    ) -> Result<W::Out> {
        let account = command.caller.account;
        let missing = self.missing_customers(account, &command.customers).await?;
        if missing == 0
            && !command
                .customers
                .iter()
                .any(|c| matches!(c, CustomerRef::Email { .. }))
        {
            return self.write(wrap(command)).await;
        }
        command.fresh_customers = self.fresh_customers(account, missing).await?;
        match self.write(wrap(command.clone())).await {
            Err(Error::ShortOfIds) => {
                command.fresh_customers = self
                    .fresh_customers(account, command.customers.len())
                    .await?;
                self.write(wrap(command)).await
            }
            settled => settled,
        }
    }

    /// Puts a message where it belongs, with an id reserved only if a conversation must be made for it: most messages
    /// find one, and conversations' numbers are for people to read.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn send_message(&self, mut command: SendMessage) -> Result<Sent> {
        match self.write(command.clone()).await {
            Err(Error::ShortOfIds) => {
                let account = command.caller.account;
                let id = self.reserve(account, Counted::Conversation, 1).await?;
                command.fresh = Some(ConversationId(id));
                self.write(command).await
            }
            settled => settled,
        }
    }

    /// Lists conversations; a list that may look at many rows for one page takes its turn among others of its kind.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn list_conversations(&self, list: ListConversations) -> Result<ConversationPage> {
        match list.is_light() {
            true => self.read(list).await,
            false => self.read(SearchConversations(list)).await,
        }
    }

    /// How many of the customers will have to be made, as far as can be told now.
    async fn missing_customers(&self, account: AccountId, refs: &[CustomerRef]) -> Result<usize> {
        let named = refs
            .iter()
            .filter(|c| matches!(c, CustomerRef::Named(_)))
            .count();
        let emails: Vec<String> = refs
            .iter()
            .filter_map(|c| match c {
                CustomerRef::Email { email, .. } => normalise_email(email),
                CustomerRef::Id(_) | CustomerRef::Named(_) => None,
            })
            .collect();
        if emails.is_empty() {
            return Ok(named);
        }
        Ok(named + self.read(UnownedEmails { account, emails }).await?)
    }

    /// Ids and public ids for customers that may have to be made.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn fresh_customers(
        &self,
        account: AccountId,
        count: usize,
    ) -> Result<Vec<NewCustomer>> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let first = self
            .reserve(account, Counted::Customer, count as i64)
            .await?;
        let new = |id| NewCustomer {
            id: CustomerId(id),
            public_id: uuid::Uuid::new_v4().to_string(),
        };
        Ok((first..).take(count).map(new).collect())
    }

    /// Reserves consecutive small ids and gives the first. Ids of a command that is refused are not used again.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn reserve(&self, account: AccountId, kind: Counted, count: i64) -> Result<i64> {
        let inner = &self.inner;
        let now = inner.clock.now();
        if let Ok(first) = inner.blocks.take(account, kind, count, now) {
            return Ok(first);
        }
        let _turn = inner.refill.lock().await;
        loop {
            let length = match inner.blocks.take(account, kind, count, now) {
                Ok(first) => return Ok(first),
                Err(length) => length,
            };
            let end = self
                .write(ReserveBlock {
                    account,
                    kind,
                    length,
                })
                .await?;
            inner.blocks.put(account, kind, end, length, now);
        }
    }

    /// Raises an account's counters to at least `next`.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn raise_counters(&self, account: AccountId, next: i64) -> Result<()> {
        let _turn = self.inner.refill.lock().await;
        self.write(RaiseCounters { account, next }).await?;
        self.inner.blocks.clear(account);
        Ok(())
    }

    /// Looks for damage: the engine's own integrity check, rows that contradict each other, objects that are not there.
    /// Empty if all is well. Reads everything: minutes on a large store. Lets the counts catch up with the feed first, to
    /// compare them too; while others write to an account they may be behind again, and are passed over.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn check(&self) -> Result<Vec<String>> {
        let mut found = match &self.inner.running {
            Running::Sqlite(engine) => engine.check_integrity().await?,
            Running::Postgres(_) => Vec::new(),
        };
        self.drain_feed().await?;
        let mut last = AccountId(0);
        loop {
            let accounts = self
                .read(ListAccountIds {
                    after: last,
                    limit: 100,
                })
                .await?;
            let Some(end) = accounts.last().copied() else {
                return Ok(found);
            };
            last = end;
            for account in accounts {
                self.catch_up::<Counts>(account).await?;
                found.extend(self.read(CheckAccount(account)).await?);
                self.check_objects(account, &mut found).await?;
            }
        }
    }

    async fn check_objects(&self, account: AccountId, found: &mut Vec<String>) -> Result<()> {
        let mut after = AttachmentId(0);
        loop {
            let page = self.read(ListObjects { account, after }).await?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            after = *last;
            for (id, name) in &page {
                if !self.inner.objects.has(name).await {
                    found.push(format!(
                        "account {account}: attachment {id} without its object"
                    ));
                }
            }
        }
    }

    /// Removes objects that were uploaded a day before `now` or earlier and that no attachment refers to; says how many.
    /// What a killed process left behind goes that way. Several nodes may do it at once.
    ///
    /// # Errors
    /// As [`Store::read`]; [`Error::Internal`] if the folder cannot be read or changed.
    pub async fn sweep_objects(&self, now: Timestamp) -> Result<usize> {
        const AT_ONCE: usize = 500;
        self.sweep_uploads(now).await?;
        let mut removed = 0;
        let mut old = self.inner.objects.old(now).try_chunks(AT_ONCE);
        while let Some(chunk) = old.next().await {
            let mut names: BTreeMap<AccountId, Vec<String>> = BTreeMap::new();
            for (account, name) in chunk.map_err(|e| e.1)? {
                names.entry(account).or_default().push(name);
            }
            for (account, names) in names {
                for name in self.read(Unreferred { account, names }).await? {
                    removed += usize::from(self.inner.objects.remove(&name).await?);
                }
            }
        }
        Ok(removed)
    }

    /// Forgets files that no message took within a day.
    async fn sweep_uploads(&self, now: Timestamp) -> Result<()> {
        const AT_ONCE: i64 = 500;
        let before = now.plus_ms(-ABANDONED_MS);
        let mut last = AccountId(0);
        loop {
            let accounts = self
                .read(ListAccountIds {
                    after: last,
                    limit: 100,
                })
                .await?;
            let Some(end) = accounts.last().copied() else {
                return Ok(());
            };
            last = end;
            for account in accounts {
                while self.read(HasOldUploads { account, before }).await? {
                    let most = AT_ONCE;
                    self.write(SweepUploads {
                        account,
                        before,
                        most,
                    })
                    .await?;
                }
            }
        }
    }

    /// Gives events their positions until `ending` is there; every process that serves runs it. On SQLite there is nothing
    /// to do: the writer does it.
    pub async fn sequence(&self, ending: impl Future<Output = ()>) {
        match &self.inner.running {
            Running::Sqlite(_) => ending.await,
            Running::Postgres(engine) => engine.sequence(ending).await,
        }
    }

    /// Gives every committed event its position now.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn drain_feed(&self) -> Result<()> {
        match &self.inner.running {
            Running::Sqlite(_) => Ok(()),
            Running::Postgres(engine) => engine.drain_feed().await,
        }
    }

    /// Tells which accounts' feeds grow, beginning with the order to look at all of them.
    #[must_use]
    pub fn feed(&self) -> Feed {
        let interval = match &self.inner.running {
            Running::Sqlite(_) => Duration::from_secs(1),
            Running::Postgres(_) => Duration::from_millis(100),
        };
        self.inner.hints.listen(interval)
    }

    /// The folder of large attachments.
    #[must_use]
    pub fn objects(&self) -> &Objects {
        &self.inner.objects
    }

    /// State and counters for probes and metrics.
    #[must_use]
    pub fn health(&self) -> &Arc<Health> {
        &self.inner.health
    }

    /// The clock that the store stamps with.
    #[must_use]
    pub fn clock(&self) -> &SharedClock {
        &self.inner.clock
    }

    /// Finishes what was accepted, gives unused small ids back, then closes the database.
    ///
    /// # Errors
    /// What the engine says of closing.
    pub async fn close(&self) -> Result<()> {
        let returned = self.inner.blocks.drain().into_iter().take(MOST_RETURNED);
        let returned = returned.map(|block| self.write(block));
        // Best effort: numbers that are not given back are a gap and nothing worse.
        let _ = futures_util::future::join_all(returned).await;
        match &self.inner.running {
            Running::Sqlite(engine) => engine.close().await,
            Running::Postgres(engine) => {
                engine.close();
                Ok(())
            }
        }
    }
}
