//! Metrics in the text form of Prometheus, on a listener of their own.
//!
//! Events such as requests are counted by the code that handles them, with the macros of the crate `metrics`. Without a
//! listener the numbers are thrown away. The state of the store, of the feed and of the process is read when somebody asks
//! for the metrics. A number that cannot be read is left out, and the log says why.
//!
//! Deliberately missing: a login. The metrics name no account and no customer, and the operator chooses who reaches the
//! address.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use heddle::config::{Config, StoreUrl};
use heddle_http::request_log::REQUESTS;
use heddle_http::serve;
use heddle_store::health::{BATCHES, COMMITS};
use heddle_store::write::counts::Counts;
use heddle_store::write::feed::Reader;
use heddle_store::write::folders::FolderCounts;
use heddle_store::{Error, Store};

use metrics::{counter, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::command::failure::{Code, Failure};

/// The upper bounds of the times of requests, in seconds: from a read of one row to the longest that clients wait.
const BUCKETS: [f64; 13] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// The upper bounds of the numbers of commands in a batch.
const BATCH_BUCKETS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// How often the measured times are sorted into their buckets, so that they take no memory while nobody asks.
const TIDY_EVERY: Duration = Duration::from_secs(5);
/// The unit of times in `/proc`: a hundredth of a second on every Linux.
const TICKS_A_SECOND: f64 = 100.0;

/// The listener for metrics, and where the numbers are kept.
pub(crate) struct Exporter {
    listener: TcpListener,
    numbers: PrometheusHandle,
    /// The database of SQLite; `None` on PostgreSQL, which has metrics of its own.
    database: Option<PathBuf>,
}

impl Exporter {
    /// Listens on the configured address, and begins to keep the numbers. Returns `None` if no address is configured.
    ///
    /// # Errors
    /// Fails if the address cannot be used.
    pub(crate) async fn start(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(address) = config.metrics.listen else {
            return Ok(None);
        };
        let listener = TcpListener::bind(address).await.map_err(|error| {
            let text = format!("cannot listen on metrics.listen = {address}: {error}");
            Failure::new(Code::Listen, text)
        })?;
        let full = |name: &str| Matcher::Full(name.to_owned());
        let numbers = PrometheusBuilder::new()
            .set_buckets_for_metric(full(REQUESTS), &BUCKETS)?
            .set_buckets_for_metric(full(COMMITS), &BUCKETS)?
            .set_buckets_for_metric(full(BATCHES), &BATCH_BUCKETS)?
            .install_recorder()?;
        gauge!("heddle_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        let address = listener.local_addr()?;
        tracing::info!(%address, "metrics are at http://{address}/metrics");
        Ok(Some(Self {
            listener,
            numbers,
            database: match config.store.database() {
                StoreUrl::Sqlite(path) => Some(path),
                StoreUrl::Postgres(_) => None,
            },
        }))
    }

    /// Returns the address and port at which this listens.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers requests for the metrics until `ending` is cancelled.
    ///
    /// # Errors
    /// Fails if the listener cannot accept any more.
    pub(crate) fn serve(
        self,
        store: Store,
        ending: CancellationToken,
    ) -> impl Future<Output = std::io::Result<()>> {
        let shown = Arc::new(Shown {
            numbers: self.numbers.clone(),
            database: self.database,
            store,
        });
        let router = Router::new()
            .route("/metrics", get(answer))
            .with_state(shown);
        async move {
            let tidying = tidy(self.numbers);
            let serving = serve::serve(self.listener, router, serve::Options::default(), ending);
            tokio::select! {
                served = serving => served,
                () = tidying => Ok(()),
            }
        }
    }
}

async fn tidy(numbers: PrometheusHandle) {
    let mut ticks = tokio::time::interval(TIDY_EVERY);
    loop {
        ticks.tick().await;
        numbers.run_upkeep();
    }
}

/// What the answers are made from.
struct Shown {
    numbers: PrometheusHandle,
    database: Option<PathBuf>,
    store: Store,
}

async fn answer(State(shown): State<Arc<Shown>>) -> Response {
    look_at_store(&shown.store);
    if let Some(database) = &shown.database {
        look_at_files(database);
    }
    if let Err(error) = look_at_feed(&shown.store).await {
        tracing::warn!(%error, "the metrics lack the state of the feed");
    }
    look_at_process();
    let kind = [(CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, shown.numbers.render()).into_response()
}

fn look_at_store(store: &Store) {
    let health = store.health();
    let count = |number: &std::sync::atomic::AtomicU64| number.load(Ordering::Relaxed);
    gauge!("heddle_ready").set(f64::from(u8::from(health.not_ready().is_none())));
    gauge!("heddle_store_queued_commands").set(count(&health.queued) as f64);
    counter!("heddle_store_commands_total").absolute(count(&health.commands));
    counter!("heddle_store_commits_total").absolute(count(&health.batches));
    counter!("heddle_store_reads_total").absolute(count(&health.reads));
}

/// Looks up the sizes of the files of SQLite.
fn look_at_files(database: &Path) {
    let beside = |end: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let index = heddle_store::search_index_path(database);
    let files = [
        ("database", database.to_owned()),
        ("log", beside("-wal")),
        ("search", index),
    ];
    for (name, path) in files {
        if let Ok(file) = std::fs::metadata(path) {
            gauge!("heddle_store_file_bytes", "file" => name).set(file.len() as f64);
        }
    }
}

/// Looks up how far the readers of the feed are behind. Those of webhooks have numbers of their own in the native API.
async fn look_at_feed(store: &Store) -> Result<(), Error> {
    let lags = store.reader_lags().await?;
    for reader in [Counts::NAME, FolderCounts::NAME] {
        // A reader that has not begun has no position yet.
        let lag = lags.iter().find(|lag| lag.reader == reader);
        let behind = lag.map_or(0, |lag| lag.behind);
        gauge!("heddle_feed_events_behind", "reader" => reader).set(behind as f64);
    }
    Ok(())
}

/// Looks up what the process uses, under the names that Prometheus gives to these numbers. Only Linux shows them.
fn look_at_process() {
    if let Ok(status) = std::fs::read_to_string("/proc/self/status")
        && let Some(kib) = number_after(&status, "VmRSS:")
    {
        gauge!("process_resident_memory_bytes").set(kib * 1_024.0);
    }
    if let Ok(stat) = std::fs::read_to_string("/proc/self/stat")
        && let Some(seconds) = processor_seconds(&stat)
    {
        gauge!("process_cpu_seconds_total").set(seconds);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        gauge!("process_open_fds").set(open.count() as f64);
    }
}

/// Returns the number behind a name at the beginning of a line.
fn number_after(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Returns the processor time in the text of `/proc/self/stat`.
fn processor_seconds(stat: &str) -> Option<f64> {
    // The name, in parentheses, may contain blanks. After it, user and system time are the 12th and 13th field.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_A_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_the_process_are_read() {
        let status = "Name:\theddle\nVmRSS:\t   30720 kB\n";
        assert_eq!(number_after(status, "VmRSS:"), Some(30_720.0));
        assert_eq!(number_after("Name:\theddle\n", "VmRSS:"), None);
        let stat = "7 (a name) S 1 7 7 0 -1 4194560 100 0 0 0 150 50 9 9 20 0 5 0 100";
        assert_eq!(processor_seconds(stat), Some(2.0));
        assert_eq!(processor_seconds("7 (a name) S 1"), None);
    }
}
