//! Runs the readers of the feed: one task each, which resumes where the reader stopped, follows the store's hints and looks
//! for itself besides, because other nodes give none.
//!
//! Every serving node runs every reader; whose position is out of date does nothing (`Store::catch_up`). Trouble with one
//! account holds up no other: it is logged once, and tried again after a while. Events that every reader has read and that
//! are old enough are deleted here, too.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::time::Duration;

use heddle_domain::{AccountId, Timestamp};
use heddle_store::read::account::ListAccounts;
use heddle_store::read::feed::Behind;
use heddle_store::write::feed::Reader;
use heddle_store::{Changed, Result, Store};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A reader rests between two rounds, so that it takes many events at once when many come.
const REST: Duration = Duration::from_millis(50);
/// While requests wait for the store, readers stand back: so many commands in the queue, seen at one of so many looks, mean
/// that they do. It lasts at most so long, so that what is counted is never older than that for this reason.
const PRESSED: u64 = 2;
const LOOKS: u32 = 4;
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long an account with trouble is left alone, at first and at most.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(60)];
/// Events are kept for days; an hour more or less means nothing.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
const DAY_MS: i64 = 86_400_000;
/// How many accounts are asked for at once.
const PAGE: usize = 500;

/// Follows the feeds of all accounts until told to end.
pub async fn follow<R: Reader>(store: Store, ending: CancellationToken) {
    let following = async {
        let mut feed = store.feed();
        let mut trouble = Trouble::default();
        loop {
            let changed = feed.changed().await;
            stand_back(&store).await;
            round::<R>(&store, changed, &mut trouble).await;
            tokio::time::sleep(REST).await;
        }
    };
    // A reader may be dropped at any moment: what it stores and its position are one transaction.
    tokio::select! {
        () = ending.cancelled() => {}
        () = following => {}
    }
}

/// Waits until no requests wait for the store, or until it has been long enough.
async fn stand_back(store: &Store) {
    let until = Instant::now() + LONGEST_WAIT;
    let mut calm = 0;
    while calm < LOOKS && Instant::now() < until {
        let pressed = store.health().queued.load(Ordering::Relaxed) >= PRESSED;
        calm = if pressed { 0 } else { calm + 1 };
        if pressed {
            tokio::time::sleep(REST).await;
        } else {
            tokio::time::sleep(REST / 10).await;
        }
    }
}

async fn round<R: Reader>(store: &Store, changed: Changed, trouble: &mut Trouble) {
    let mut accounts = changed.accounts;
    if changed.look {
        match behind::<R>(store).await {
            Ok(found) => {
                trouble.blind = false;
                accounts.extend(found);
            }
            Err(error) => trouble.unreadable::<R>(&error),
        }
    }
    for account in accounts {
        if trouble.rests(account) {
            continue;
        }
        match store.catch_up::<R>(account).await {
            Ok(()) => trouble.is_over::<R>(account),
            Err(error) => trouble.with::<R>(account, &error),
        }
    }
}

/// The accounts with something to read.
async fn behind<R: Reader>(store: &Store) -> Result<BTreeSet<AccountId>> {
    let mut found = BTreeSet::new();
    loop {
        let page = Behind {
            reader: R::NAME.to_owned(),
            after: found.last().copied().unwrap_or(AccountId(0)),
            limit: PAGE,
        };
        let page = store.read(page).await?;
        found.extend(page.iter().map(|(account, _)| *account));
        if page.len() < PAGE {
            return Ok(found);
        }
    }
}

/// Deletes events older than so many days that every reader has read, at the start and then every hour, until told to end.
/// With 0 days they are kept for ever.
pub async fn forget(store: Store, keep_days: u32, ending: CancellationToken) {
    loop {
        if keep_days > 0 {
            let before = store.clock().now().plus_ms(-i64::from(keep_days) * DAY_MS);
            tokio::select! {
                () = ending.cancelled() => return,
                forgotten = forget_before(&store, before) => match forgotten {
                    Ok(0) => {}
                    Ok(events) => tracing::info!(events, "deleted old events"),
                    Err(error) => {
                        tracing::warn!(%error, "cannot delete old events; trying again in an hour");
                    }
                },
            }
        }
        tokio::select! {
            () = ending.cancelled() => return,
            () = tokio::time::sleep(FORGET_EVERY) => {}
        }
    }
}

/// Deletes the events of all accounts from before an instant that every reader has read, and says how many.
///
/// # Errors
/// As [`Store::forget_events`].
pub async fn forget_before(store: &Store, before: Timestamp) -> Result<u64> {
    let (mut forgotten, mut after) = (0, AccountId(0));
    loop {
        let page = ListAccounts {
            after,
            limit: PAGE as i64,
        };
        let page = store.read(page).await?;
        for account in &page {
            forgotten += store.forget_events(account.id, before).await?;
        }
        match page.last() {
            Some(last) => after = last.id,
            None => return Ok(forgotten),
        }
    }
}

/// Which accounts a reader has trouble with, and until when each is left alone.
#[derive(Debug, Default)]
struct Trouble {
    accounts: HashMap<AccountId, (Instant, Duration)>,
    blind: bool,
}

impl Trouble {
    fn rests(&self, account: AccountId) -> bool {
        let until = self.accounts.get(&account);
        until.is_some_and(|(until, _)| Instant::now() < *until)
    }

    fn with<R: Reader>(&mut self, account: AccountId, error: &heddle_store::Error) {
        let pause = match self.accounts.get(&account) {
            Some((_, pause)) => (*pause * 2).min(PAUSES[1]),
            None => {
                tracing::warn!(reader = R::NAME, account.id = account.get(), %error,
                    "a reader of the feed cannot go on; trying again");
                PAUSES[0]
            }
        };
        self.accounts
            .insert(account, (Instant::now() + pause, pause));
    }

    fn is_over<R: Reader>(&mut self, account: AccountId) {
        if self.accounts.remove(&account).is_some() {
            tracing::info!(
                reader = R::NAME,
                account.id = account.get(),
                "a reader of the feed goes on"
            );
        }
    }

    fn unreadable<R: Reader>(&mut self, error: &heddle_store::Error) {
        if !std::mem::replace(&mut self.blind, true) {
            tracing::warn!(reader = R::NAME, %error, "a reader of the feed cannot look; trying again");
        }
    }
}
