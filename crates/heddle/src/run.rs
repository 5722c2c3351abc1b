//! Puts the parts together and runs them: store, APIs, listener and the socket for administration commands.
//!
//! Shutdown, in order: stop accepting; finish the requests and commands that were begun; close the store. A store that
//! stops writing (`store.md` 3) takes the same way and then ends the process with a failure, so that whoever supervises
//! it starts it again.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use heddle::config::{Config, Engine};
use heddle::{apis, feed, jobs};
use heddle_api::App;
use heddle_http::base_url::BaseUrl;
use heddle_http::serve;
use heddle_store::write::counts::Counts;
use heddle_store::{Options, PostgresOptions, SqliteOptions, Store, SystemClock};
use heddle_webhooks::{self as webhooks, engine};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::command::handover::{self, Socket};

/// How long a process is waited for that holds the database but does not listen.
pub(crate) const TRIES: u32 = 100;
pub(crate) const PAUSE: Duration = Duration::from_millis(50);
/// Objects are only removed a day after nothing refers to them, so there is no hurry.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// Why a store is not open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// Another process holds the SQLite database.
    #[error("another process serves {}: stop it first, or take another data folder", .0.display())]
    Busy(PathBuf),
    /// The data folder cannot be used.
    #[error("cannot use the folder {}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    /// The store says why.
    #[error("cannot open the store: {0}")]
    Failed(heddle_store::Error),
}

/// Opens the store that the configuration names, and brings its schema up to date. A process that holds the SQLite
/// database without listening (an administration command, a server that starts or stops) is waited for; a server is not.
///
/// # Errors
/// As [`try_open_store`].
pub(crate) async fn open_store(config: &Config) -> Result<Store, OpenError> {
    for _ in 1..TRIES {
        match try_open_store(config).await {
            Err(OpenError::Busy(path)) if !handover::is_listening(&path).await => {
                tokio::time::sleep(PAUSE).await;
            }
            settled => return settled,
        }
    }
    try_open_store(config).await
}

/// The same without waiting for anybody.
///
/// # Errors
/// [`OpenError::Busy`] if another process holds the SQLite database.
pub(crate) async fn try_open_store(config: &Config) -> Result<Store, OpenError> {
    let engine = config.store.engine();
    let options = Options {
        objects: config.store.data.join("objects"),
        engine: store_engine(config, &engine),
    };
    make_private_folder(&options.objects).map_err(|source| OpenError::Folder {
        path: config.store.data.clone(),
        source,
    })?;
    if let Engine::Sqlite { path } = &engine {
        claim_for_owner(path);
    }
    Store::open(&options, Arc::new(SystemClock))
        .await
        .map_err(|error| match (error, engine) {
            // Opening meets one conflict only: the lock of the process that has the database.
            (heddle_store::Error::Conflict(_), Engine::Sqlite { path }) => OpenError::Busy(path),
            (error, _) => OpenError::Failed(error),
        })
}

fn store_engine(config: &Config, engine: &Engine) -> heddle_store::Engine {
    match engine {
        Engine::Sqlite { path } => heddle_store::Engine::Sqlite(SqliteOptions {
            cache_mib: config.store.cache_mib.get(),
            readers: config.store.readers.get() as usize,
            ..SqliteOptions::new(path)
        }),
        Engine::Postgres { url } => heddle_store::Engine::Postgres(PostgresOptions {
            url: url.expose().to_owned(),
            pool_size: config.store.pool_size.get() as usize,
        }),
    }
}

/// A new database can be read by its owner only; its log and index take over the mode. What goes wrong here goes wrong
/// again when the store opens the file, and is told then.
fn claim_for_owner(database: &Path) {
    let mut options = OpenOptions::new();
    let _ = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(database);
}

/// The store as a sentence names it, without secrets.
pub(crate) fn place_of_store(config: &Config) -> String {
    match config.store.engine() {
        Engine::Sqlite { path } => path.display().to_string(),
        Engine::Postgres { .. } => config.store.url.to_string(),
    }
}

/// Makes a folder that nobody else can look into; one that exists keeps its mode.
pub(crate) fn make_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Where administration commands reach the process that serves the configured store. PostgreSQL needs no such place:
/// there, commands open the store beside the servers.
pub(crate) fn socket_path(config: &Config) -> Option<PathBuf> {
    match config.store.engine() {
        Engine::Sqlite { path } => Some(handover::path_beside(&path)),
        Engine::Postgres { .. } => None,
    }
}

/// Cancelled by the first SIGINT or SIGTERM.
pub(crate) fn stop_signal() -> io::Result<CancellationToken> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
        told.cancel();
    });
    Ok(stop)
}

/// Takes the configured address.
pub(crate) async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.server.listen;
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; name another address with --listen (port 0 takes a free one)")
    })
}

/// A server that is reachable: clients may connect from now on, and are answered once it runs.
pub(crate) struct Server {
    app: App,
    config: Config,
    listener: TcpListener,
    socket: Option<Socket>,
}

/// Removes attachments' objects that nothing refers to, and answers that were kept for a day, at the start and then every
/// hour, until told to end.
async fn sweep(app: App, ending: CancellationToken) -> io::Result<()> {
    loop {
        match app.store.sweep_answers().await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "forgot answers that were kept for a day"),
            Err(error) => {
                tracing::warn!(%error, "cannot sweep the answers; trying again in an hour");
            }
        }
        match app.store.sweep_objects(app.now()).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "removed objects that nothing refers to"),
            Err(error) => {
                tracing::warn!(%error, "cannot sweep the objects; trying again in an hour");
            }
        }
        tokio::select! {
            () = ending.cancelled() => return Ok(()),
            () = tokio::time::sleep(SWEEP_EVERY) => {}
        }
    }
}

/// Starts what gives events their positions, what reads them and what deletes the old ones; each ends when it is told to.
fn follow_feed(
    app: &App,
    keep_days: u32,
    ending: &CancellationToken,
    tasks: &mut JoinSet<io::Result<()>>,
) {
    let of_task = || (app.store.clone(), ending.clone());
    let (store, ending) = of_task();
    tasks.spawn(async move {
        store.sequence(ending.cancelled()).await;
        Ok(())
    });
    let (store, ending) = of_task();
    tasks.spawn(async move {
        feed::follow::<Counts>(store, ending).await;
        Ok(())
    });
    let (store, ending) = of_task();
    tasks.spawn(async move {
        feed::forget(store, keep_days, ending).await;
        Ok(())
    });
}

/// Sends webhooks, and forgets what was sent long ago.
fn send_webhooks(
    app: &App,
    config: &Config,
    ending: &CancellationToken,
    tasks: &mut JoinSet<io::Result<()>>,
) {
    let options = engine::Options {
        holder: match config.store.engine() {
            // One process has the database: what its predecessor held is its own.
            Engine::Sqlite { .. } => "this".to_owned(),
            Engine::Postgres { .. } => Uuid::new_v4().to_string(),
        },
        grace: Duration::from_secs(config.server.grace_seconds.into()),
    };
    let hooks = apis::descriptions().hooks();
    let engine = engine::Engine::new(app.webhooks.clone(), hooks, options, ending.clone());
    tasks.spawn(async move {
        engine.run().await;
        Ok(())
    });
    let (sender, ending) = (app.webhooks.clone(), ending.clone());
    tasks.spawn(async move {
        webhooks::log::forget(sender, ending).await;
        Ok(())
    });
}

impl Server {
    /// Puts the parts together.
    pub(crate) fn new(config: Config, store: Store, listener: TcpListener) -> io::Result<Self> {
        let base_url = BaseUrl::new(config.server.public_url.as_ref(), listener.local_addr()?);
        let socket = socket_path(&config).and_then(|path| Socket::bind_or_warn(&path));
        Ok(Self {
            app: App::new(store, base_url, apis::options(&config)),
            config,
            listener,
            socket,
        })
    }

    /// The address that clients use, without a slash at its end.
    pub(crate) fn url(&self) -> String {
        self.app.base_url.of_server()
    }

    /// Serves until `stop` is cancelled, then finishes what was begun and closes the store.
    pub(crate) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let Self {
            app,
            config,
            listener,
            socket,
        } = self;
        let options = config.server.options();
        let ending = CancellationToken::new();
        let mut tasks: JoinSet<io::Result<()>> = JoinSet::new();
        let http = serve::serve(
            listener,
            apis::router(&app, &config),
            options,
            ending.clone(),
        );
        tasks.spawn(http);
        tasks.spawn(jobs::work(app.clone(), ending.clone()));
        tasks.spawn(sweep(app.clone(), ending.clone()));
        follow_feed(&app, config.events.keep_days, &ending, &mut tasks);
        send_webhooks(&app, &config, &ending, &mut tasks);
        if let Some(socket) = socket {
            let (app, ending) = (app.clone(), ending.clone());
            tasks.spawn(async move {
                socket.serve(app, ending).await;
                Ok(())
            });
        }
        let health = Arc::clone(app.store.health());
        let failure = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            reason = health.until_failed() => Some(anyhow!("the store stopped writing: {reason}")),
            Some(ended) = tasks.join_next() => Some(ended_early(ended)),
        };
        ending.cancel();
        while let Some(ended) = tasks.join_next().await {
            if let Err(panicked) = ended {
                tracing::error!("a part of the server ended badly: {panicked}");
            }
        }
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

/// Nothing that serves ends by itself; if it does, that is a failure.
fn ended_early(ended: Result<io::Result<()>, tokio::task::JoinError>) -> anyhow::Error {
    match ended {
        Ok(Ok(())) => anyhow!("the server ended without being told to"),
        Ok(Err(error)) => anyhow!(error).context("the server cannot go on accepting connections"),
        Err(error) => anyhow!(error).context("the server panicked"),
    }
}
