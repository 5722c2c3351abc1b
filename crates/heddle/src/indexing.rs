//! Keeps the search indexes of all accounts up to date.
//!
//! A commit on this node starts the work for its account a moment later, so that one round takes many events. If there are other
//! nodes, this module also looks for their commits every few seconds. Some accounts are worked on side by side. A round ends after
//! `LONGEST_ROUND`, and then the account waits behind the others: so an account whose index is being built for a long time holds up
//! no other. Every node that serves does this; the store lets only one of them write.
//!
//! A round that fails or panics is one warning, and its account is tried again later. An index that lags for more than
//! `LOOK_EVERY` is one warning. With `log.level = "debug"` each look is a line.

mod queue;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use heddle_api::App;
use heddle_domain::AccountId;
use heddle_store::{Error, Store, Trouble};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::feed::{Failures, wait_for_calm};
use queue::Queue;

/// The pause before each round, so that one round takes many events.
const REST: Duration = Duration::from_millis(50);
/// How long a round waits for requests that wait for the store. Searches should find what was written a second ago.
const LONGEST_WAIT: Duration = Duration::from_millis(200);
/// After this time a round ends, even if there is more to do.
const LONGEST_ROUND: Duration = Duration::from_secs(1);
/// The maximum number of accounts that are worked on at the same time, on SQLite.
const AT_ONCE: usize = 16;
/// Likewise on PostgreSQL, where each of them takes a connection from requests: a quarter of the connections that a server has.
const AT_ONCE_ON_POSTGRES: usize = 4;
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
    show_behind(0);
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
            Some(ended) = indexer.running.join_next_with_id() => indexer.settle(ended),
            () = tokio::time::sleep_until(indexer.try_at.unwrap_or(look_at)), if indexer.try_at.is_some() => {}
            () = tokio::time::sleep_until(look_at), if !indexer.expected.is_empty() => {
                indexer.look().await;
                look_at = Instant::now() + LOOK_EVERY;
            }
        }
        if indexer.expected.is_empty() {
            show_behind(0);
            look_at = Instant::now() + LOOK_EVERY;
        }
        indexer.start();
        if let Some(wait) = indexer.failures.next_look() {
            feed.look_within(wait);
        }
    }
}

/// Shows as a metric how many events the index lacks.
fn show_behind(events: i64) {
    metrics::gauge!("heddle_feed_events_behind", "reader" => "search").set(events as f64);
}

/// Works on the index of an account until it is up to date, or for about `longest`. The more requests wait for the store, the longer
/// is the pause after a step, so that the index takes a small part of the processor then. Returns whether there may be more to do.
async fn index(store: &Store, account: AccountId, longest: Duration) -> Result<bool, Error> {
    let until = Instant::now() + longest;
    loop {
        let began = Instant::now();
        if !store.index_step(account).await? {
            return Ok(false);
        }
        tokio::time::sleep(store.pause_of_index(began.elapsed())).await;
        if Instant::now() >= until {
            return Ok(true);
        }
    }
}

/// What one round has come to: whether there may be more to do.
type Ended = Result<bool, Error>;

struct Indexer {
    store: Store,
    /// The maximum number of rounds at the same time.
    at_once: usize,
    longest_round: Duration,
    /// Accounts with something to do. Those that are paused after a failure stay in it.
    due: Queue,
    running: JoinSet<Ended>,
    /// The accounts of the rounds that run.
    rounds: HashMap<Id, AccountId>,
    /// Accounts that are worked on, also between two rounds, each with the position that the index should have at the next look.
    expected: BTreeMap<AccountId, i64>,
    failures: Failures,
    /// When the next pause after a failure ends.
    try_at: Option<Instant>,
    /// Accounts whose index was behind at the last look.
    late: BTreeSet<AccountId>,
}

impl Indexer {
    fn new(store: &Store) -> Self {
        Self {
            store: store.clone(),
            at_once: match store.has_other_nodes() {
                true => AT_ONCE_ON_POSTGRES,
                false => AT_ONCE,
            },
            longest_round: LONGEST_ROUND,
            due: Queue::default(),
            running: JoinSet::new(),
            rounds: HashMap::new(),
            expected: BTreeMap::new(),
            failures: Failures::new("search"),
            try_at: None,
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
        // A pause that ends while this looks ends after this moment, and so is not missed.
        self.try_at = self.failures.next_end(Instant::now());
        while self.rounds.len() < self.at_once {
            let active: BTreeSet<AccountId> = self.rounds.values().copied().collect();
            let may_start =
                |account| !active.contains(&account) && !self.failures.is_paused(account);
            let Some(account) = self.due.take_first(may_start) else {
                return;
            };
            let (store, longest) = (self.store.clone(), self.longest_round);
            self.begin(account, async move {
                tokio::time::sleep(REST).await;
                wait_for_calm(&store, LONGEST_WAIT).await;
                index(&store, account, longest).await
            });
        }
    }

    fn begin(&mut self, account: AccountId, round: impl Future<Output = Ended> + Send + 'static) {
        self.expected.entry(account).or_insert(0);
        let id = self.running.spawn(round).id();
        self.rounds.insert(id, account);
    }

    fn settle(&mut self, ended: Result<(Id, Ended), JoinError>) {
        let (id, done) = match ended {
            Ok(ended) => ended,
            Err(panicked) => {
                let trouble = Trouble::Internal(panicked.to_string());
                (panicked.id(), Err(trouble.into()))
            }
        };
        let Some(account) = self.rounds.remove(&id) else {
            return;
        };
        match done {
            Ok(true) => {
                self.failures.recovered(account);
                self.due.extend([account]);
            }
            Ok(false) => {
                self.failures.recovered(account);
                self.expected.remove(&account);
                self.on_time(account);
            }
            Err(error) => {
                self.failures.failed(account, &error);
                self.expected.remove(&account);
                self.due.extend([account]);
            }
        }
    }

    /// Looks how far the indexes are, and warns of those that have not come as far as they should have since the last look.
    async fn look(&mut self) {
        let mut most = 0;
        for (account, expected) in self.expected.clone() {
            // A failure is logged by the round, which asks the same store.
            let Ok(progress) = self.store.index_progress(account).await else {
                continue;
            };
            let behind = progress.head - progress.position;
            most = most.max(behind);
            tracing::debug!(account.id = account.get(), behind, rebuild = ?progress.rebuild, "search index");
            self.expected.insert(account, progress.head);
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
        show_behind(most);
    }

    fn on_time(&mut self, account: AccountId) {
        if self.late.remove(&account) {
            tracing::info!(account.id = account.get(), "the search index has caught up");
        }
    }
}

#[cfg(test)]
mod tests {
    use heddle_access::provision;
    use heddle_domain::AccountSettings;
    use heddle_testkit::{On, TIMEOUT, TestStore};

    use super::*;

    /// Returns two accounts whose events are not indexed yet.
    async fn two_accounts(store: &Store) -> [AccountId; 2] {
        let mut ids = Vec::new();
        for name in ["One", "Two"] {
            let account = provision::create_account(store, name, AccountSettings::default());
            ids.push(account.await.expect("an account").id);
        }
        store.drain_feed().await.expect("positions");
        [ids[0], ids[1]]
    }

    /// Returns an indexer that works on one account at a time, one step a round.
    fn stepping(store: &Store) -> Indexer {
        Indexer {
            at_once: 1,
            longest_round: Duration::ZERO,
            ..Indexer::new(store)
        }
    }

    async fn settle_one(indexer: &mut Indexer) {
        let ended = indexer.running.join_next_with_id().await;
        indexer.settle(ended.expect("a round runs"));
    }

    #[tokio::test]
    async fn an_account_with_much_to_do_waits_behind_the_others() {
        for on in On::BOTH {
            let test = TestStore::open(on).await;
            let [one, two] = two_accounts(&test.store).await;
            test.store.index(one).await.expect("an index");
            test.store.rebuild_index(one).await.expect("it begins");
            let mut indexer = stepping(&test.store);
            indexer.due.extend([one, two]);
            let mut order = Vec::new();
            loop {
                indexer.start();
                let Some(account) = indexer.rounds.values().next() else {
                    break;
                };
                order.push(*account);
                settle_one(&mut indexer).await;
            }
            assert_eq!(order[..4], [one, two, one, two], "{on:?}");
            assert!(indexer.expected.is_empty(), "{on:?}");
            for account in [one, two] {
                let progress = test.store.index_progress(account).await.expect("a read");
                assert!(progress.is_up_to_date(), "{on:?} {progress:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_round_that_fails_or_panics_makes_room_and_is_tried_again_later() {
        async fn panics() -> Ended {
            panic!("on purpose")
        }
        async fn fails() -> Ended {
            Err(Trouble::Unreachable.into())
        }
        for on in On::BOTH {
            for is_panic in [true, false] {
                let test = TestStore::open(on).await;
                let [one, two] = two_accounts(&test.store).await;
                let mut indexer = stepping(&test.store);
                match is_panic {
                    true => indexer.begin(one, panics()),
                    false => indexer.begin(one, fails()),
                }
                indexer.due.extend([two]);
                indexer.start();
                assert_eq!(indexer.rounds.len(), 1, "there is room for one");
                settle_one(&mut indexer).await;
                indexer.start();
                let running: Vec<AccountId> = indexer.rounds.values().copied().collect();
                assert_eq!(running, [two], "{on:?}: the first is paused");
                assert!(indexer.try_at.is_some(), "{on:?}");
                while indexer.failures.is_paused(one) {
                    tokio::task::yield_now().await;
                }
                indexer.at_once = 2;
                indexer.start();
                assert_eq!(indexer.rounds.len(), 2, "{on:?}: it was due all the time");
                indexer.longest_round = TIMEOUT;
                while !indexer.rounds.is_empty() {
                    settle_one(&mut indexer).await;
                    indexer.start();
                }
                for account in [one, two] {
                    let progress = test.store.index_progress(account).await.expect("a read");
                    assert!(progress.is_up_to_date(), "{on:?} {progress:?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn on_postgres_the_index_leaves_most_connections_to_requests() {
        for (on, at_once) in [(On::Sqlite, 16), (On::Postgres, 4)] {
            let test = TestStore::open(on).await;
            let mut indexer = Indexer::new(&test.store);
            indexer.due.extend((1..=20).map(AccountId));
            indexer.start();
            assert_eq!(indexer.running.len(), at_once, "{on:?}");
        }
    }
}
