//! Serves a demo, whose store can be replaced by a copy while it serves.
//!
//! A replacement holds new requests, lets the running ones finish, ends the background tasks, closes the store, works on its files,
//! and starts everything anew on the store that is there then. So every cache, position and id counter in memory begins as after
//! a start, and no reader sees anything between the two states. It is the same way for a reset, a snapshot and a return to one.
//!
//! Invariant: one replacement at a time, and once begun it runs to its end, even if the client that asked for it goes away.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use heddle::apis::{self, Prepared};
use heddle::config::{Config, StoreUrl};
use heddle_api::App;
use heddle_http::base_url::BaseUrl;
use heddle_store::write::account::UpdateAccount;
use heddle_store::{Clock, ClockCheck, Store};
use tokio::sync::{Mutex, RwLock, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::clock::{DemoClock, Showing};
use super::copies::StoreFiles;
use super::folder::Folder;
use crate::command::administration;
use crate::server::{self, OWN_END, Tasks};
use crate::storage::{self, Opening};

/// How long a replacement waits for running requests, and for deliveries of webhooks if the data stay, before it cuts them.
const PATIENCE: Duration = Duration::from_secs(1);

/// The server on one opening of the store.
struct Generation {
    app: App,
    router: Router,
    /// Ends the background tasks and drops the running requests at once.
    cut: CancellationToken,
    supervisor: JoinHandle<()>,
}

impl Generation {
    /// Starts the APIs and the background tasks. A failure of a task is sent to `failures`.
    fn start(
        (config, prepared): (&Config, &Prepared),
        base_url: BaseUrl,
        store: Store,
        failures: mpsc::Sender<anyhow::Error>,
    ) -> Self {
        let options = heddle_api::app::Options {
            tries_calls: true,
            ..config.app_options()
        };
        let app = App::new(store, base_url, options);
        let router = apis::prepared_router(prepared.clone(), &app, config);
        let mut tasks = Tasks::new();
        server::start_background(&app, config, &mut tasks);
        let cut = CancellationToken::new();
        let grace = Duration::from_secs(config.server.grace_seconds.into()) + OWN_END;
        let supervisor = supervise(app.clone(), tasks, cut.clone(), grace, failures);
        Self {
            app,
            router,
            cut,
            supervisor: tokio::spawn(supervisor),
        }
    }

    /// Ends the background tasks, and closes the store.
    async fn end(self, patience: Duration) -> Result<(), heddle_store::Error> {
        self.app.ending.cancel();
        let mut supervisor = self.supervisor;
        if timeout(patience, &mut supervisor).await.is_err() {
            self.cut.cancel();
            // It ends by itself now. An error means that it panicked, which the log says.
            let _ = supervisor.await;
        }
        self.app.store.close().await
    }
}

/// Watches the background tasks until they have ended.
async fn supervise(
    app: App,
    mut tasks: Tasks,
    cut: CancellationToken,
    grace: Duration,
    failures: mpsc::Sender<anyhow::Error>,
) {
    tokio::select! {
        biased;
        () = app.ending.cancelled() => {}
        failure = server::until_failure(&app, &mut tasks) => {
            // If the channel is full, the process ends already because of another failure.
            let _ = failures.try_send(failure);
        }
    }
    tokio::select! {
        biased;
        () = cut.cancelled() => {}
        () = server::end(tasks, grace) => {}
    }
}

/// Why the store was not replaced.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotReplaced {
    /// The demo's store is on PostgreSQL.
    #[error("a demo on PostgreSQL has no copies of its data; start it without --store")]
    NoFiles,
    /// The store could not be closed completely, or its files not be copied. It is served as it was.
    #[error("the store is served as it was: {0}")]
    Failed(String),
    /// The store could not be opened again, so the process ends.
    #[error("the demo ends, because its store cannot be opened again")]
    Broken,
}

impl From<io::Error> for NotReplaced {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A demo that serves.
pub(crate) struct Host {
    config: Config,
    prepared: Prepared,
    base_url: BaseUrl,
    opening: Opening,
    pub(crate) clock: Arc<DemoClock>,
    /// `None` on PostgreSQL.
    files: Option<StoreFiles>,
    /// A change that the operator wants after every reset, because the copy of the sample data is older.
    after_reset: Option<UpdateAccount>,
    /// `None` only if the store could not be opened again.
    current: RwLock<Option<Generation>>,
    replacing: Mutex<()>,
    failures: mpsc::Sender<anyhow::Error>,
}

/// What a [`Host`] is made from.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) base_url: BaseUrl,
    pub(crate) store: Store,
    pub(crate) opening: Opening,
    pub(crate) clock: Arc<DemoClock>,
    pub(crate) files: Option<StoreFiles>,
    pub(crate) after_reset: Option<UpdateAccount>,
}

impl Host {
    /// Starts serving the store. Also returns where failures of background tasks arrive.
    pub(crate) fn start(parts: Parts) -> (Arc<Self>, mpsc::Receiver<anyhow::Error>) {
        let (failures, failed) = mpsc::channel(1);
        let Parts {
            config,
            base_url,
            store,
            opening,
            clock,
            files,
            after_reset,
        } = parts;
        let prepared = Prepared::default();
        let first = Generation::start(
            (&config, &prepared),
            base_url.clone(),
            store,
            failures.clone(),
        );
        let host = Self {
            config,
            prepared,
            base_url,
            opening: Opening {
                // A test may have moved the clock forward.
                check: ClockCheck::Accept,
                ..opening
            },
            clock,
            files,
            after_reset,
            current: RwLock::new(Some(first)),
            replacing: Mutex::default(),
            failures,
        };
        (Arc::new(host), failed)
    }

    /// Answers a request by the APIs. Returns `None` if the request was dropped for a replacement of the store.
    pub(crate) async fn answer(&self, request: Request) -> Option<Response> {
        let current = self.current.read().await;
        let generation = current.as_ref()?;
        tokio::select! {
            biased;
            answered = generation.router.clone().oneshot(request) => {
                let Ok(response) = answered;
                Some(response)
            }
            () = generation.cut.cancelled() => None,
        }
    }

    /// Runs `work` with the present state. The store is not replaced meanwhile.
    pub(crate) async fn with_app<T>(&self, work: impl AsyncFnOnce(&App) -> T) -> Option<T> {
        let current = self.current.read().await;
        let generation = current.as_ref()?;
        Some(work(&generation.app).await)
    }

    /// Returns the files of the store.
    ///
    /// # Errors
    /// Fails with [`NotReplaced::NoFiles`] on PostgreSQL.
    pub(crate) fn files(&self) -> Result<&StoreFiles, NotReplaced> {
        self.files.as_ref().ok_or(NotReplaced::NoFiles)
    }

    /// Saves a snapshot of the store.
    ///
    /// # Errors
    /// Fails if the store cannot be closed, copied or opened.
    pub(crate) async fn save(self: &Arc<Self>, snapshot: String) -> Result<(), NotReplaced> {
        let clock = Arc::clone(&self.clock);
        let work = move |files: &StoreFiles| {
            let showing = clock.showing();
            files.save(Some(&snapshot), clock.now(), showing)?;
            Ok(showing)
        };
        self.replace(PATIENCE, work).await
    }

    /// Replaces the store by a snapshot, or by the sample data. The clock shows what it showed when that copy was made; after the
    /// sample data, the machine's time or the time `start_at`.
    ///
    /// # Errors
    /// Fails if the store cannot be closed, replaced or opened.
    pub(crate) async fn restore(
        self: &Arc<Self>,
        snapshot: Option<String>,
        start_at: Option<Showing>,
    ) -> Result<(), NotReplaced> {
        let is_reset = snapshot.is_none();
        let work = move |files: &StoreFiles| {
            let saved = files.restore(snapshot.as_deref())?;
            Ok(start_at.unwrap_or(saved))
        };
        self.replace(Duration::ZERO, work).await?;
        if let Some(change) = self.after_reset.clone().filter(|_| is_reset) {
            let changed = self
                .with_app(async |app| app.store.write(change).await)
                .await;
            if let Some(Err(error)) = changed {
                return Err(NotReplaced::Failed(error.to_string()));
            }
        }
        Ok(())
    }

    /// Works on the files of the closed store. `work` returns what the clock shows afterwards.
    async fn replace(
        self: &Arc<Self>,
        patience: Duration,
        work: impl FnOnce(&StoreFiles) -> io::Result<Showing> + Send + 'static,
    ) -> Result<(), NotReplaced> {
        let host = Arc::clone(self);
        // A task of its own, because the client that waits for it may go away.
        let task = tokio::spawn(async move { host.replace_to_the_end(patience, work).await });
        task.await.unwrap_or(Err(NotReplaced::Broken))
    }

    async fn replace_to_the_end(
        &self,
        patience: Duration,
        work: impl FnOnce(&StoreFiles) -> io::Result<Showing> + Send + 'static,
    ) -> Result<(), NotReplaced> {
        let files = self.files()?.clone();
        let _turn = self.replacing.lock().await;
        if let Some(current) = &*self.current.read().await {
            // Streams and long waits end, so that their requests do not hold up the replacement.
            current.app.ending.cancel();
        }
        let mut current = match timeout(PATIENCE, self.current.write()).await {
            Ok(current) => current,
            Err(_) => self.drop_requests().await,
        };
        let old = current.take().ok_or(NotReplaced::Broken)?;
        let closed = old.end(patience).await;
        let worked = match closed {
            Ok(()) if files.is_closed() => {
                let worked = tokio::task::spawn_blocking(move || work(&files)).await;
                worked.unwrap_or_else(|panicked| Err(io::Error::other(panicked)))
            }
            Ok(()) => Err(io::Error::other("a reader did not end in time")),
            Err(error) => Err(io::Error::other(error)),
        };
        if let Ok(showing) = &worked {
            self.clock.start_at(*showing);
        }
        let clock = Arc::clone(&self.clock) as heddle_store::SharedClock;
        match storage::open_by(&self.config, self.opening, clock).await {
            Ok(store) => {
                let (base_url, failures) = (self.base_url.clone(), self.failures.clone());
                *current = Some(Generation::start(
                    (&self.config, &self.prepared),
                    base_url,
                    store,
                    failures,
                ));
            }
            Err(failure) => {
                let _ = self.failures.try_send(failure.into());
                return Err(NotReplaced::Broken);
            }
        }
        Ok(worked.map(drop)?)
    }

    /// Drops the running requests, and returns the lock that they held.
    async fn drop_requests(&self) -> tokio::sync::RwLockWriteGuard<'_, Option<Generation>> {
        if let Some(current) = &*self.current.read().await {
            current.cut.cancel();
        }
        self.current.write().await
    }

    /// Answers a line that an administration command has sent.
    pub(crate) async fn administer(&self, line: String) -> String {
        let answered = self.with_app(async |app| administration::answer(line, app.clone()).await);
        answered.await.unwrap_or_default()
    }

    /// Ends streams and long waits, because the server stops.
    pub(crate) async fn stop_waiting(&self) {
        self.with_app(async |app| app.ending.cancel()).await;
    }

    /// Ends the demo: lets the deliveries of webhooks finish, and closes the store.
    ///
    /// # Errors
    /// Returns the error of the store.
    pub(crate) async fn end(&self) -> Result<(), heddle_store::Error> {
        let grace = Duration::from_secs(self.config.server.grace_seconds.into());
        let _turn = self.replacing.lock().await;
        match self.current.write().await.take() {
            Some(generation) => generation.end(grace).await,
            None => Ok(()),
        }
    }
}

/// Returns the files of a demo's store; `None` on PostgreSQL.
pub(crate) fn store_files(
    config: &Config,
    folder: &Folder,
    opening: Opening,
) -> Option<StoreFiles> {
    match config.store.database() {
        StoreUrl::Sqlite(database) => {
            Some(StoreFiles::new(folder.path(), &database, opening.syncs))
        }
        StoreUrl::Postgres(_) => None,
    }
}
