//! Runs the server: the APIs, the socket for administration commands, and the background tasks on the store.
//!
//! Shutdown, in order: stop accepting; finish the requests and commands that have begun; close the store. Everything
//! together gets one grace period; what still runs then is dropped. If the store stops writing (`store.md` 3), the server shuts down in the same way and the process ends with a failure, so that a supervisor
//! restarts it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use heddle::config::{Config, StoreUrl};
use heddle::{apis, cleanup, feed, indexing, jobs};
use heddle_api::App;
use heddle_http::base_url::{BaseUrl, PublicUrl};
use heddle_http::serve;
use heddle_http::tls::{self, Tls};
use heddle_store::write::counts::Counts;
use heddle_store::write::folders::FolderCounts;
use heddle_store::{ServingNode, Store};
use heddle_webhooks::engine;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::admin_socket::Socket;
use crate::command::administration;
use crate::command::failure::{Code, Failure};
use crate::memory;
use crate::metrics::Exporter;
use crate::storage;

/// Listens on the configured address.
pub(crate) async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.server.listen;
    let bound = TcpListener::bind(address).await;
    let listener = bound.map_err(|error| {
        let text = format!(
            "cannot listen on {address}: {error}; name another address with --listen (port 0 takes a free one)"
        );
        Failure::new(Code::Listen, text)
    });
    Ok(listener?)
}

/// Returns the warning for a server that other machines can reach although it has no sign of a TLS proxy in front.
fn exposure(address: SocketAddr, public_url: Option<&PublicUrl>) -> Option<String> {
    let has_tls = public_url.is_some_and(|url| url.as_str().starts_with("https://"));
    if address.ip().to_canonical().is_loopback() || has_tls {
        return None;
    }
    Some(format!(
        "other machines can reach {address}, and Heddle speaks plain HTTP: set server.tls_certificate_file and server.tls_key_file, or put a proxy that speaks TLS in front of it and set server.public_url to the proxy's https:// address"
    ))
}

/// A server whose socket is open: clients can connect, and get responses as soon as it runs.
pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) config: Config,
    pub(crate) listener: TcpListener,
    /// `None`: plain HTTP.
    pub(crate) tls: Option<Tls>,
    pub(crate) socket: Option<Socket>,
    /// `None`: no metrics.
    pub(crate) metrics: Option<Exporter>,
    /// The record of this server among others; `None` on SQLite.
    pub(crate) node: Option<ServingNode>,
}

/// How often a server records that it still runs.
const RENEWAL: Duration = Duration::from_secs(10);

/// Records again and again that this server runs, until `ending` is cancelled.
async fn stay_recorded(node: ServingNode, ending: CancellationToken) {
    let renewing = async {
        loop {
            tokio::time::sleep(RENEWAL).await;
            if let Err(error) = node.renew().await {
                tracing::warn!(%error, "cannot record that this server runs; trying again");
            }
        }
    };
    tokio::select! {
        () = ending.cancelled() => {}
        () = renewing => {}
    }
    node.leave().await;
}

/// What a part of the server needs to end by itself after its own grace period.
pub(crate) const OWN_END: Duration = Duration::from_secs(1);

/// The running tasks of a server. Only the accept loop can fail.
pub(crate) type Tasks = JoinSet<io::Result<()>>;

pub(crate) fn spawn(tasks: &mut Tasks, task: impl Future<Output = ()> + Send + 'static) {
    tasks.spawn(async move {
        task.await;
        Ok(())
    });
}

async fn watch_readiness(app: App, ending: CancellationToken) {
    tokio::select! {
        () = ending.cancelled() => {}
        () = app.store.watch_readiness() => {}
    }
}

/// Starts the tasks that give events their positions (numbers in the feed) and read them, for counts and for search.
fn start_feed_tasks(app: &App, ending: &CancellationToken, tasks: &mut Tasks) {
    let (store, until) = (app.store.clone(), ending.clone());
    spawn(
        tasks,
        async move { store.sequence(until.cancelled()).await },
    );
    let (store, until) = (app.store.clone(), ending.clone());
    spawn(tasks, async move {
        store.exchange_notices(until.cancelled()).await;
    });
    let counting = feed::follow::<Counts>(app.store.clone(), ending.clone());
    spawn(tasks, counting);
    let filing = feed::follow::<FolderCounts>(app.store.clone(), ending.clone());
    spawn(tasks, filing);
    spawn(tasks, indexing::follow(app.clone(), ending.clone()));
}

/// Starts the task that sends webhooks.
fn start_webhooks(app: &App, config: &Config, ending: &CancellationToken, tasks: &mut Tasks) {
    let options = engine::Options {
        holder: match config.store.database() {
            // The name is always the same: only one process has the database, so it can take over the leases of its
            // predecessor at once.
            StoreUrl::Sqlite(_) => "this".to_owned(),
            StoreUrl::Postgres(_) => Uuid::new_v4().to_string(),
        },
        grace: Duration::from_secs(config.server.grace_seconds.into()),
    };
    let hooks = apis::descriptions().hooks();
    let engine = engine::Engine::new(app.webhooks.clone(), hooks, options, ending.clone());
    spawn(tasks, engine.run());
}

/// Starts the tasks that work on the store, beside those that answer clients and delete old data. They end when `app.ending` is
/// cancelled.
pub(crate) fn start_background(app: &App, config: &Config, tasks: &mut Tasks) {
    let ending = &app.ending;
    spawn(tasks, jobs::work(app.clone(), ending.clone()));
    spawn(tasks, watch_readiness(app.clone(), ending.clone()));
    spawn(tasks, memory::return_freed(ending.clone()));
    start_feed_tasks(app, ending, tasks);
    start_webhooks(app, config, ending, tasks);
}

/// Waits until a task has ended although the server was not stopped, or the store has stopped writing.
pub(crate) async fn until_failure(app: &App, tasks: &mut Tasks) -> anyhow::Error {
    let health = Arc::clone(app.store.health());
    tokio::select! {
        reason = health.until_failed() => anyhow!("the store stopped writing: {reason}"),
        Some(ended) = tasks.join_next() => ended_early(ended),
    }
}

impl Server {
    /// Creates a server that serves `store` on `listener`.
    pub(crate) fn new(
        config: Config,
        store: Store,
        listener: TcpListener,
        tls: Option<Tls>,
    ) -> io::Result<Self> {
        let base_url = BaseUrl::new(config.server.public_url.as_ref(), listener.local_addr()?);
        let base_url = match &tls {
            Some(_) => base_url.secure(),
            None => base_url,
        };
        let socket = storage::socket_path(&config).and_then(|path| Socket::bind_or_warn(&path));
        Ok(Self {
            app: App::new(store, base_url, config.app_options()),
            config,
            listener,
            tls,
            socket,
            metrics: None,
            node: None,
        })
    }

    /// Shows metrics while the server runs.
    pub(crate) fn with_metrics(self, metrics: Option<Exporter>) -> Self {
        Self { metrics, ..self }
    }

    /// Keeps the record of this server while it runs.
    pub(crate) fn with_node(self, node: Option<ServingNode>) -> Self {
        Self { node, ..self }
    }

    /// Returns the address that clients use, without a slash at its end.
    pub(crate) fn url(&self) -> String {
        self.app.base_url.of_server()
    }

    /// Logs where the server listens, and warns if that is unsafe. Returns the address and port.
    pub(crate) fn announce(&self) -> io::Result<SocketAddr> {
        let (address, url) = (self.listener.local_addr()?, self.url());
        tracing::info!(%address, url, "serving on {address}; clients reach it as {url}");
        let exposed = exposure(address, self.config.server.public_url.as_ref());
        if let Some(warning) = exposed.filter(|_| self.tls.is_none()) {
            tracing::warn!("{warning}");
        }
        Ok(address)
    }

    /// Serves requests until `stop` is cancelled. Then finishes the requests and commands that have begun, and closes
    /// the store.
    pub(crate) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let Self {
            app,
            config,
            listener,
            tls,
            socket,
            metrics,
            node,
        } = self;
        let ending = app.ending.clone();
        let mut tasks = Tasks::new();
        if let (Some(tls), Some(files)) = (&tls, config.server.tls_files()) {
            spawn(&mut tasks, tls::follow(tls.clone(), files, ending.clone()));
        }
        let options = config.server.options(tls);
        let http = serve::serve(
            listener,
            apis::router(&app, &config),
            options,
            ending.clone(),
        );
        tasks.spawn(http);
        if let Some(metrics) = metrics {
            tasks.spawn(metrics.serve(app.store.clone(), ending.clone()));
        }
        if let Some(node) = node {
            spawn(&mut tasks, stay_recorded(node, ending.clone()));
        }
        let cleaning = cleanup::run(app.clone(), config.events.keep_days, ending.clone());
        spawn(&mut tasks, cleaning);
        start_background(&app, &config, &mut tasks);
        if let Some(socket) = socket {
            let app = app.clone();
            let answer = move |line| administration::answer(line, app.clone());
            spawn(&mut tasks, socket.serve(answer, ending.clone()));
        }
        let failure = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            failure = until_failure(&app, &mut tasks) => Some(failure),
        };
        ending.cancel();
        let grace = Duration::from_secs(config.server.grace_seconds.into());
        end(tasks, grace + OWN_END).await;
        let closed = app.store.close().await;
        if let Some(failure) = failure {
            tracing::error!("ending: {failure:#}");
            return Err(failure);
        }
        closed.map_err(|error| anyhow!("the store did not close: {error}"))?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Waits until all tasks have ended, for `grace` at most. Then drops those that still run: a command that has begun is
/// finished without them.
pub(crate) async fn end(mut tasks: Tasks, grace: Duration) {
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            if let Err(panicked) = ended {
                tracing::error!("a part of the server panicked: {panicked}");
            }
        }
    };
    if timeout(grace, all).await.is_err() {
        let parts = tasks.len();
        tracing::warn!(
            parts,
            "dropping {parts} parts of the server, the grace is over"
        );
        tasks.shutdown().await;
    }
}

/// Returns the failure of a task that ended although the server was not stopped.
pub(crate) fn ended_early(ended: Result<io::Result<()>, tokio::task::JoinError>) -> anyhow::Error {
    match ended {
        Ok(Ok(())) => anyhow!("a part of the server ended although it was not stopped"),
        Ok(Err(error)) => anyhow!(error).context("the server cannot go on accepting connections"),
        Err(error) => anyhow!(error).context("the server panicked"),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::time::Instant;

    use super::*;

    #[test]
    fn only_a_server_that_others_reach_without_tls_is_warned_about() {
        let url = |text: &str| text.parse::<PublicUrl>().expect("a URL");
        let (tls, plain) = (url("https://c.example"), url("http://c.example"));
        for (address, public_url, warns) in [
            ("127.0.0.1:80", None, false),
            ("[::1]:80", None, false),
            ("[::ffff:127.0.0.1]:80", None, false),
            ("0.0.0.0:80", None, true),
            ("[::]:80", Some(&plain), true),
            ("10.0.0.7:80", None, true),
            ("10.0.0.7:80", Some(&tls), false),
        ] {
            let address: SocketAddr = address.parse().expect("an address");
            let warning = exposure(address, public_url);
            assert_eq!(warning.is_some(), warns, "{address}");
            assert!(warning.is_none_or(|text| text.contains(&address.to_string())));
        }
    }

    const GRACE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn one_grace_period_is_for_all_parts_together() {
        let began = Instant::now();
        let mut tasks = Tasks::new();
        let has_ended = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&has_ended);
        spawn(&mut tasks, async move {
            let _ = timeout(GRACE / 2, pending::<()>()).await;
            ended.store(true, Ordering::Relaxed);
        });
        for _ in 0..2 {
            spawn(&mut tasks, pending());
        }
        end(tasks, GRACE).await;
        assert_eq!(began.elapsed(), GRACE);
        assert!(has_ended.load(Ordering::Relaxed));
    }

    #[tokio::test(start_paused = true)]
    async fn parts_that_have_ended_are_not_waited_for() {
        let began = Instant::now();
        let mut tasks = Tasks::new();
        spawn(&mut tasks, async {});
        end(tasks, GRACE).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
