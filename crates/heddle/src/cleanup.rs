//! Deletes what nobody needs any more: stored responses, objects (attachment files) without references, old events, old
//! deliveries, what late requests have put into removed inboxes, and conversations that the retention rules of their account cover.
//!
//! Everything is kept for a day or longer, so an hour more does not matter. Several nodes may delete at the same time.
//! A jump of the clock makes nothing older (`trust`).

mod trust;

use std::time::Duration;

use heddle_access::provision;
use heddle_api::App;
use heddle_domain::retention::Retained;
use heddle_store::erasing::WithErasures;
use heddle_store::read::account::GetAccount;
use heddle_store::{Error, Store};
use heddle_webhooks::retention;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::feed;
use trust::{Ages, Trust};

/// The pause between two runs.
const INTERVAL: Duration = Duration::from_secs(3_600);
const DAY_MS: i64 = 86_400_000;
/// For so long retention rules may erase in one run; other old data wait meanwhile. Shorter than the claim of a run, so that no other node
/// begins the same one.
const MOST_RETENTION: Duration = Duration::from_secs(30 * 60);
/// How many accounts one read looks at.
const ACCOUNTS: usize = 200;

/// What is deleted, and how old it is.
#[derive(Debug)]
pub struct Cleanup {
    app: App,
    keep_events: u32,
    trust: Trust,
}

impl Cleanup {
    /// Creates a cleanup that keeps events for `keep_events` days; 0 means that they are never deleted.
    #[must_use]
    pub fn new(app: App, keep_events: u32) -> Self {
        let trust = Trust::new(app.store.clone());
        Self {
            app,
            keep_events,
            trust,
        }
    }

    /// Deletes once. `running` is how long the machine has run, sleep included.
    pub async fn run_once(&mut self, running: Duration) {
        match self.trust.look(running).await {
            Ok(ages) => delete_all(&self.app, self.keep_events, ages).await,
            Err(error) => {
                tracing::warn!(%error, "cannot compare the clock; deleting old data in an hour");
            }
        }
    }
}

/// Deletes now and once an hour, until `ending` is cancelled. Events are kept for `keep_events` days; 0 means that they
/// are never deleted.
pub async fn run(app: App, keep_events: u32, ending: CancellationToken) {
    let mut cleanup = Cleanup::new(app, keep_events);
    let hourly = async {
        loop {
            cleanup.run_once(running_time()).await;
            tokio::time::sleep(INTERVAL).await;
        }
    };
    // This interrupts a step at any moment, which is safe: the next run deletes the rest.
    tokio::select! {
        () = ending.cancelled() => {}
        () = hourly => {}
    }
}

/// Returns how long the machine has run, sleep included.
#[must_use]
pub fn running_time() -> Duration {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let (seconds, nanos) = (time.tv_sec, time.tv_nsec);
        Duration::new(
            u64::try_from(seconds).unwrap_or(0),
            u32::try_from(nanos).unwrap_or(0),
        )
    }
    // Elsewhere, sleep may count as a jump of the clock: old data are kept longer by the time of the sleep.
    #[cfg(not(target_os = "linux"))]
    {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed()
    }
}

async fn delete_all(app: &App, keep_events: u32, ages: Ages<'_>) {
    let store = &app.store;
    let days_ago = |days: u32| ages.before(i64::from(days) * DAY_MS);
    let a_day_later = days_ago(1).plus_ms(DAY_MS);
    let deleted = store.sweep_answers(a_day_later).await;
    log("stored responses older than a day", deleted);
    let deleted = store.sweep_objects(a_day_later).await;
    log("objects without references", deleted);
    if keep_events > 0 {
        let deleted = feed::delete_before(store, days_ago(keep_events)).await;
        log("old events", deleted);
    }
    let keep_deliveries = app.webhooks.settings.keep_days.get();
    let deleted = retention::delete_before(store, days_ago(keep_deliveries)).await;
    log("old deliveries", deleted);
    let handled = remove_left_over(store).await;
    log("conversations that reached a removed inbox", handled);
    let completed = complete_erasures(store).await;
    log("rows of erasures that were interrupted", completed);
    let erased = apply_retention(store, ages).await;
    log("conversations that the retention rules cover", erased);
}

/// Completes erasures that nobody works on any more. Returns in how many accounts.
async fn complete_erasures(store: &Store) -> Result<u64, Error> {
    let mut completed = 0;
    for accounts in store.account_ids().await?.chunks(ACCOUNTS) {
        for account in store.read(WithErasures(accounts.to_vec())).await? {
            store.finish_erasure(account).await?;
            completed += 1;
        }
    }
    Ok(completed)
}

/// Applies the retention rules of the accounts whose daily run is due. Returns how many conversations were erased.
async fn apply_retention(store: &Store, ages: Ages<'_>) -> Result<u64, Error> {
    let mut erased = 0;
    let end = Instant::now() + MOST_RETENTION;
    for id in store.account_ids().await? {
        let Some(account) = store.read(GetAccount(id)).await? else {
            continue;
        };
        let rule = |retained: &Retained| {
            let days = retained.days(&account.settings)?;
            Some((*retained, ages.before(days * DAY_MS)))
        };
        let rules: Vec<_> = Retained::ALL.iter().filter_map(rule).collect();
        if rules.is_empty() {
            continue;
        }
        let caller = provision::operator_caller(&account);
        match timeout_at(end, store.erase_old_if_due(&caller, &rules)).await {
            Ok(Ok(contents)) => {
                let contents = contents.unwrap_or_default();
                erased += contents.conversations.unsigned_abs();
            }
            Err(_) => {
                tracing::info!(account = %id, "the retention rules cover more than can be erased at once; going on in an hour");
                break;
            }
            Ok(Err(error)) => {
                tracing::warn!(account = %id, %error, "the retention rules of an account cannot be applied; trying again in an hour");
            }
        }
    }
    Ok(erased)
}

/// Handles conversations that requests under way have put into removed inboxes.
async fn remove_left_over(store: &Store) -> Result<u64, Error> {
    let mut handled = 0;
    for id in store.account_ids().await? {
        let Some(account) = store.read(GetAccount(id)).await? else {
            continue;
        };
        let caller = provision::operator_caller(&account);
        match store.remove_left_over(&caller).await {
            Ok(inboxes) => handled += inboxes,
            Err(error) => {
                tracing::warn!(account = %id, %error, "what reached a removed inbox of an account cannot be handled; trying again in an hour");
            }
        }
    }
    Ok(handled)
}

/// Logs how many records of one kind were deleted, or why they were not. The texts are fixed, so that one can search for
/// them; `what` is the kind of record.
fn log(what: &str, deleted: Result<u64, Error>) {
    match deleted {
        Ok(0) => {}
        Ok(deleted) => tracing::info!(what, deleted, "deleted old data"),
        Err(error) => {
            tracing::warn!(what, %error, "cannot delete old data; trying again in an hour");
        }
    }
}
