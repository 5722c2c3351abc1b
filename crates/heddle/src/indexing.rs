//! Keeps the search indexes of all accounts up to date.
//!
//! A commit on this node starts the work for its account a moment later, so that one round takes many events. If there are other
//! nodes, this module also looks for their commits every few seconds. Accounts are worked on side by side: an account whose index is
//! being built for a long time holds up no other. Every node that serves does this; the store lets only one of them write.
//!
//! An index that lags for more than [`LOOK_EVERY`] is one warning. With `log.level = "debug"` each look is a line.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use heddle_api::App;
use heddle_domain::AccountId;
use heddle_store::{Error, Store};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::feed::{Failures, wait_for_calm};

/// The pause before each round, so that one round takes many events.
const REST: Duration = Duration::from_millis(50);
/// How long a round waits for requests that wait for the store. Searches should find what was written a second ago.
const LONGEST_WAIT: Duration = Duration::from_millis(200);
/// While requests wait for the store, the pause after a step is so many times as long as the step.
const PAUSE_WHILE_BUSY: u32 = 6;
/// The maximum number of accounts that are worked on at the same time.
const AT_ONCE: usize = 16;
/// The pause between two looks at how far the indexes are, while there is work.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Keeps the indexes up to date until `ending` is cancelled. Without search, only waits.
pub async fn follow(app: App, ending: CancellationToken) {
    // This interrupts the work at any moment, which is safe: each step of the store is one transaction.
    ending.run_until_cancelled(work(&app)).await;
    ending.cancelled().await;
}

async fn work(app: &App) {
    let Some(search) = &app.search else {
        return;
    };
    let mut feed = app.store.feed();
    let mut indexer = Indexer::new(&app.store);
    let mut look_at = Instant::now() + LOOK_EVERY;
    loop {
        tokio::select! {
            changed = feed.changed() => {
                indexer.due.extend(changed.accounts);
                if changed.look {
                    indexer.find_due().await;
                }
            }
            accounts = search.indexing.woken() => indexer.due.extend(accounts),
            Some(ended) = indexer.running.join_next() => indexer.settle(ended),
            () = tokio::time::sleep_until(look_at), if !indexer.active.is_empty() => {
                indexer.look().await;
                look_at = Instant::now() + LOOK_EVERY;
            }
        }
        if indexer.active.is_empty() {
            look_at = Instant::now() + LOOK_EVERY;
        }
        indexer.start();
        if let Some(wait) = indexer.failures.next_try() {
            feed.look_within(wait);
        }
    }
}

/// Brings the index of an account up to date. While requests wait for the store, a step is followed by a pause, so that the index takes
/// only a small part of the processor.
async fn index(store: &Store, account: AccountId) -> Result<(), Error> {
    loop {
        let began = Instant::now();
        if !store.index_step(account).await? {
            return Ok(());
        }
        wait_for_calm(store, began.elapsed() * PAUSE_WHILE_BUSY).await;
    }
}

/// What one round for an account has come to.
type Ended = (AccountId, Result<(), Error>);

struct Indexer {
    store: Store,
    /// Accounts with something to do.
    due: BTreeSet<AccountId>,
    /// Accounts for which a round runs, each with the position that the index should have at the next look.
    active: BTreeMap<AccountId, i64>,
    running: JoinSet<Ended>,
    failures: Failures,
    /// Accounts whose index was behind at the last look.
    late: BTreeSet<AccountId>,
}

impl Indexer {
    fn new(store: &Store) -> Self {
        Self {
            store: store.clone(),
            due: BTreeSet::new(),
            active: BTreeMap::new(),
            running: JoinSet::new(),
            failures: Failures::new("search"),
            late: BTreeSet::new(),
        }
    }

    /// Adds the accounts whose index is not up to date.
    async fn find_due(&mut self) {
        match self.store.find_unindexed().await {
            Ok(found) => {
                self.failures.looked();
                self.due.extend(found);
            }
            Err(error) => self.failures.looking_failed(&error),
        }
    }

    /// Starts a round for each account that has something to do, as far as there is room.
    fn start(&mut self) {
        let failures = &self.failures;
        self.due.retain(|account| !failures.is_paused(*account));
        let free = AT_ONCE.saturating_sub(self.active.len());
        let next = self
            .due
            .iter()
            .filter(|account| !self.active.contains_key(account));
        let next: Vec<AccountId> = next.copied().take(free).collect();
        for account in next {
            self.due.remove(&account);
            self.active.insert(account, 0);
            let store = self.store.clone();
            self.running.spawn(async move {
                tokio::time::sleep(REST).await;
                wait_for_calm(&store, LONGEST_WAIT).await;
                (account, index(&store, account).await)
            });
        }
    }

    fn settle(&mut self, ended: Result<Ended, JoinError>) {
        let (account, done) = match ended {
            Ok(ended) => ended,
            // The account of a round that panicked is not known. It stays active, so that it is not tried again and again.
            Err(panicked) => {
                tracing::error!("a round of the search index panicked: {panicked}");
                return;
            }
        };
        self.active.remove(&account);
        match done {
            Ok(()) => {
                self.failures.recovered(account);
                self.on_time(account);
            }
            Err(error) => self.failures.failed(account, &error),
        }
    }

    /// Looks how far the indexes are, and warns of those that have not come as far as they should have since the last look.
    async fn look(&mut self) {
        let accounts: Vec<(AccountId, i64)> = self.active.iter().map(|(a, at)| (*a, *at)).collect();
        for (account, expected) in accounts {
            // A failure is logged by the round, which asks the same store.
            let Ok(progress) = self.store.index_progress(account).await else {
                continue;
            };
            let behind = progress.head - progress.position;
            tracing::debug!(account.id = account.get(), behind, rebuild = ?progress.rebuild, "search index");
            self.active.insert(account, progress.head);
            if progress.rebuild.is_some() || progress.position >= expected {
                self.on_time(account);
            } else if self.late.insert(account) {
                tracing::warn!(
                    account.id = account.get(),
                    behind,
                    "the search index is behind"
                );
            }
        }
    }

    fn on_time(&mut self, account: AccountId) {
        if self.late.remove(&account) {
            tracing::info!(account.id = account.get(), "the search index has caught up");
        }
    }
}
