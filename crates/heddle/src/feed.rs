//! Runs the readers of the feed, one task each. A reader continues at its stored position when the store reports a commit on this
//! node, and every few seconds if there are other nodes, because their commits are not reported.
//!
//! Every node that serves runs every reader; a node whose position is out of date does nothing (`Store::catch_up`). A failure in
//! one account delays no other: it is logged once, and the account is tried again later. This module also deletes old events
//! that every reader has read.

mod failures;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use heddle_domain::{AccountId, Timestamp};
use heddle_store::read::feed::Behind;
use heddle_store::write::feed::Reader;
use heddle_store::{Changed, Error, Result, Store};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub(crate) use failures::Failures;

/// The pause between two rounds, so that one round reads many events.
const REST: Duration = Duration::from_millis(50);
/// Readers wait while requests wait for the store: until the queue was shorter than [`BUSY_QUEUE`] in [`CALM_LOOKS`]
/// consecutive checks, but no longer than [`MAX_WAIT`], which limits how old the counts can be.
const BUSY_QUEUE: u64 = 2;
/// Likewise on PostgreSQL, where so many commands run side by side and none waits.
const BUSY_ON_POSTGRES: u64 = 16;
const CALM_LOOKS: u32 = 4;
const MAX_WAIT: Duration = Duration::from_secs(30);
/// The maximum number of accounts that one read returns.
const PAGE: usize = 500;

/// Reads the feeds of all accounts until `ending` is cancelled.
pub async fn follow<R: Reader>(store: Store, ending: CancellationToken) {
    let following = async {
        let mut feed = store.feed();
        let mut failures = Failures::new(R::NAME);
        loop {
            let changed = feed.changed().await;
            wait_for_calm(&store, MAX_WAIT).await;
            round::<R>(&store, changed, &mut failures).await;
            if let Some(wait) = failures.next_try() {
                feed.look_within(wait);
            }
            tokio::time::sleep(REST).await;
        }
    };
    // This interrupts a reader at any moment, which is safe: it stores its results and its position in one transaction.
    tokio::select! {
        () = ending.cancelled() => {}
        () = following => {}
    }
}

/// Waits until no requests wait for the store, but not longer than `longest`.
pub(crate) async fn wait_for_calm(store: &Store, longest: Duration) {
    let until = Instant::now() + longest;
    let busy = match store.has_other_nodes() {
        true => BUSY_ON_POSTGRES,
        false => BUSY_QUEUE,
    };
    let mut calm = 0;
    while calm < CALM_LOOKS && Instant::now() < until {
        let is_busy = store.health().queued.load(Ordering::Relaxed) >= busy;
        calm = if is_busy { 0 } else { calm + 1 };
        if is_busy {
            tokio::time::sleep(REST).await;
        } else {
            tokio::time::sleep(REST / 10).await;
        }
    }
}

async fn round<R: Reader>(store: &Store, changed: Changed, failures: &mut Failures) {
    let mut accounts = changed.accounts;
    if changed.look {
        match behind::<R>(store).await {
            Ok(found) => {
                failures.looked();
                accounts.extend(found);
            }
            Err(error) => failures.looking_failed(&error),
        }
    }
    for account in accounts {
        if failures.is_paused(account) {
            continue;
        }
        match store.catch_up::<R>(account).await {
            Ok(()) => failures.recovered(account),
            Err(error) => failures.failed(account, &error),
        }
    }
}

/// Returns the accounts with events that the reader has not read.
async fn behind<R: Reader>(store: &Store) -> Result<BTreeSet<AccountId>, Error> {
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

/// Deletes events of all accounts from before an instant, if every reader has read them. Returns how many.
///
/// # Errors
/// Returns the errors of [`Store::forget_events`].
pub async fn delete_before(store: &Store, before: Timestamp) -> Result<u64, Error> {
    let mut deleted = 0;
    for account in store.account_ids().await? {
        deleted += store.forget_events(account, before).await?;
    }
    Ok(deleted)
}
