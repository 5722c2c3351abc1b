//! Deletes what nobody needs any more: stored responses, objects (attachment files) without references, old events and
//! old deliveries.
//!
//! Everything is kept for a day or longer, so an hour more does not matter. Several nodes may delete at the same time.
//! Nothing is deleted while the clock seems to have jumped forward (`trust`).

mod trust;

use std::time::Duration;

use heddle_api::App;
use heddle_store::Error;
use heddle_webhooks::retention;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::feed;
use trust::Trust;

/// The pause between two runs.
const INTERVAL: Duration = Duration::from_secs(3_600);
const DAY_MS: i64 = 86_400_000;

/// What is deleted, and whether the clock is trusted.
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

    /// Deletes once, unless the clock is not trusted. `at` is the present instant of the monotonic clock.
    pub async fn run_once(&mut self, at: Instant) {
        match self.trust.is_trusted(at).await {
            Ok(true) => delete_all(&self.app, self.keep_events).await,
            Ok(false) => {}
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
            cleanup.run_once(Instant::now()).await;
            tokio::time::sleep(INTERVAL).await;
        }
    };
    // This interrupts a step at any moment, which is safe: the next run deletes the rest.
    tokio::select! {
        () = ending.cancelled() => {}
        () = hourly => {}
    }
}

async fn delete_all(app: &App, keep_events: u32) {
    let store = &app.store;
    let days_ago = |days: u32| app.now().plus_ms(-i64::from(days) * DAY_MS);
    let deleted = store.sweep_answers().await;
    log("stored responses older than a day", deleted);
    let deleted = store.sweep_objects(app.now()).await;
    log("objects without references", deleted);
    if keep_events > 0 {
        let deleted = feed::delete_before(store, days_ago(keep_events)).await;
        log("old events", deleted);
    }
    let keep_deliveries = app.webhooks.settings.keep_days.get();
    let deleted = retention::delete_before(store, days_ago(keep_deliveries)).await;
    log("old deliveries", deleted);
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
