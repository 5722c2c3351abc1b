//! `heddle demo`: a server with sample data, for a first look and for tests of integrations.
//!
//! Invariants: `--json` prints exactly one line to standard output, as soon as clients may connect. If the folder
//! already holds a demo, it is served unchanged, with the same ids and secrets. Files and data that no demo created are
//! never changed. Secrets that everybody knows serve only the loopback.

mod clock;
mod control;
mod copies;
mod folder;
mod guide;
mod host;
mod identity;
mod sample;
mod seed;
mod summary;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use clap::Args;
use heddle::apis;
use heddle::config::{Config, ObjectUrl, Overrides, StoreUrl};
use heddle::telemetry;
use heddle_access::authentication::Lookup;
use heddle_access::seal::Sealer;
use heddle_domain::AccountId;
use heddle_domain::account::AccountSettings;
use heddle_http::serve;
use heddle_http::tls;
use heddle_store::write::account::UpdateAccount;
use heddle_store::{Clock, ClockCheck, SharedClock, Store};
use heddle_webhooks::allow::AllowList;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::admin_socket::Socket;
use crate::command::failure::{Code, Failure};
use crate::command::output;
use crate::open_files;
use crate::server::{self, Server, Tasks};
use crate::stop_signal::stop_signal;
use crate::storage::{self, Making, Opening};
use clock::{DemoClock, RECORDED_AT, Showing};
use control::Guard;
use folder::{DemoFile, Folder};
use host::Host;
use identity::Identity;
use sample::Sample;
use seed::Content;
use summary::Summary;

const BUILT_IN: &str = include_str!("demo/larkspur.toml");
const NEIGHBOUR: &str = include_str!("demo/neighbour.toml");

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Folder to keep the demo in; one that holds a demo is served as it is [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE [default: in the folder]
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Open the store although its ids are ahead of the clock: the clock is right
    #[arg(long)]
    accept_clock: bool,
    /// Open the database although its write-ahead log is missing: the latest writes may be lost
    #[arg(long)]
    accept_missing_log: bool,
    /// Limit requests as the vendors do
    #[arg(long)]
    vendor_limits: bool,
    /// New ids and secrets, instead of those that are the same at every start
    #[arg(long)]
    random: bool,
    /// Own sample data, as TOML or JSON, instead of the built-in
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
}

impl Arguments {
    /// Returns what the operator allows when the store is opened. A demo may always make one.
    fn opening(&self, folder: &Folder) -> Opening {
        Opening {
            check: if self.accept_clock {
                ClockCheck::Accept
            } else {
                ClockCheck::Refuse
            },
            making: Making::Allowed,
            accept_missing_log: self.accept_missing_log,
            syncs: self.store.is_some() || !folder.is_temporary(),
        }
    }
}

pub(crate) async fn run(arguments: Arguments, json: bool) -> anyhow::Result<()> {
    // Before the folder is made, so that no signal leaves it behind.
    let stop = stop_signal()?;
    let plan = Plan::of(&arguments);
    let plan = plan.map_err(|error| Failure::new(Code::Config, format!("{error:#}")))?;
    let folder = Folder::open(arguments.data.as_deref())?;
    let opening = arguments.opening(&folder);
    let mut config = configure(&arguments, &folder)?;
    let known = folder.load()?;
    let identity = choose_identity(&arguments, known.as_ref(), &folder)?;
    refuse_exposure(&config, identity)?;
    if config.metrics.listen.is_some() {
        let text = "a demo has no metrics: metrics.listen is for `heddle serve`";
        return Err(Failure::new(Code::Config, text).into());
    }
    if config.traces.otlp_endpoint.is_some() {
        let text = "a demo sends no traces: traces.otlp_endpoint is for `heddle serve`";
        return Err(Failure::new(Code::Config, text).into());
    }
    if config.log.otlp_endpoint.is_some() {
        let text = "a demo sends its log to no collector: log.otlp_endpoint is for `heddle serve`";
        return Err(Failure::new(Code::Config, text).into());
    }
    let tls = config.server.load_tls()?;
    telemetry::init(&config.log)?;
    open_files::fit(&mut config);
    let listener = server::listen(&config).await?;
    let place = Place {
        config: &config,
        folder: &folder,
        opening,
        clock: Arc::default(),
    };
    let prepared = tokio::select! {
        biased;
        () = stop.cancelled() => return Ok(()),
        prepared = plan.prepare(&place, identity, known) => prepared,
    };
    let Prepared {
        store,
        mut demo_file,
        after_reset,
    } = prepared?;
    let files = host::store_files(&config, &folder, opening);
    let clock = place.clock;
    let text = if json {
        None
    } else {
        Some(extras(&store, &demo_file.summary, &folder).await?)
    };
    let server = Server::new(config, store, listener, tls)?;
    demo_file.summary.url = server.url();
    demo_file.summary.pid = std::process::id();
    demo_file.summary.data = folder.path().display().to_string();
    server.announce()?;
    save_or_warn(&folder, &demo_file);
    match text {
        None => output::print_json(&demo_file.summary)?,
        Some(extras) => output::print(&guide::text(&demo_file.summary, &extras))?,
    }
    let Server {
        app,
        config,
        listener,
        tls,
        socket,
        metrics: _,
        node: _,
    } = server;
    let mut tasks = Tasks::new();
    let ending = CancellationToken::new();
    if let (Some(tls), Some(files)) = (&tls, config.server.tls_files()) {
        let following = tls::follow(tls.clone(), files, ending.clone());
        server::spawn(&mut tasks, following);
    }
    let guard = Guard::new(listener.local_addr()?.ip(), &demo_file.summary.native.token);
    let (store, base_url) = (app.store.clone(), app.base_url.clone());
    drop(app);
    let options = config.server.options(tls);
    let grace = options.grace;
    let parts = host::Parts {
        config,
        base_url,
        store,
        opening,
        clock,
        files,
        after_reset,
    };
    let host = Host::start(parts);
    let router = control::router(Arc::clone(&host.0), guard);
    tasks.spawn(serve::serve(listener, router, options, ending.clone()));
    serve(host, socket, grace, (tasks, ending), stop).await
}

/// Serves until `stop` is cancelled, or a part of the server fails. Then finishes the requests that have begun, and closes the
/// store.
async fn serve(
    (host, mut failed): (Arc<Host>, mpsc::Receiver<anyhow::Error>),
    socket: Option<Socket>,
    grace: Duration,
    (mut tasks, ending): (Tasks, CancellationToken),
    stop: CancellationToken,
) -> anyhow::Result<()> {
    if let Some(socket) = socket {
        let host = Arc::clone(&host);
        let answer = move |line: String| {
            let host = Arc::clone(&host);
            async move { host.administer(line).await }
        };
        server::spawn(&mut tasks, socket.serve(answer, ending.clone()));
    }
    let failure = tokio::select! {
        biased;
        () = stop.cancelled() => None,
        Some(failure) = failed.recv() => Some(failure),
        Some(ended) = tasks.join_next() => Some(server::ended_early(ended)),
    };
    host.stop_waiting().await;
    ending.cancel();
    server::end(tasks, grace + server::OWN_END).await;
    let closed = host.end().await;
    if let Some(failure) = failure {
        tracing::error!("ending: {failure:#}");
        return Err(failure);
    }
    closed.map_err(|error| anyhow!("the store did not close: {error}"))?;
    tracing::info!("stopped");
    Ok(())
}

/// Returns how the demo's secrets and ids are made: as the folder says, or the arguments for a new demo.
fn choose_identity(
    arguments: &Arguments,
    known: Option<&DemoFile>,
    folder: &Folder,
) -> Result<Identity, Failure> {
    let of_folder = known.map(|known| match known.summary.has_fixed_secrets() {
        true => Identity::Fixed,
        false => Identity::Random,
    });
    match (of_folder, arguments.random) {
        (Some(Identity::Fixed), true) => Err(Failure::new(
            Code::Refused,
            format!(
                "{} holds a demo with the fixed secrets; name another folder with --data for random ones",
                folder.path().display()
            ),
        )),
        (Some(of_folder), _) => Ok(of_folder),
        (None, true) => Ok(Identity::Random),
        (None, false) => Ok(Identity::Fixed),
    }
}

/// Refuses to serve secrets that everybody knows to other machines.
fn refuse_exposure(config: &Config, identity: Identity) -> Result<(), Failure> {
    let address = config.server.listen;
    if identity == Identity::Random || address.ip().to_canonical().is_loopback() {
        return Ok(());
    }
    Err(Failure::new(
        Code::Refused,
        format!(
            "other machines can reach {address}, and everybody knows the secrets of this demo: add --random for new secrets (with another folder, if --data names a demo), or listen on 127.0.0.1"
        ),
    ))
}

/// Refuses to serve a store with the secrets that every demo has.
///
/// # Errors
/// Fails with [`Code::Refused`] if the store has one of them, or if it cannot be read.
pub(crate) async fn refuse_fixed_secrets(store: &Store) -> anyhow::Result<()> {
    let known = Summary::with_secrets(Identity::Fixed);
    let mut found = Vec::new();
    for (api, lookup) in known.lookups() {
        let principal = seed::find_principal(store, api, lookup).await?;
        let credential = principal.map(|principal| principal.credential);
        found.extend(credential.filter(|credential| !credential.revoked));
    }
    let Some(first) = found.first() else {
        return Ok(());
    };
    let numbers: Vec<String> = found.iter().map(|it| it.id.to_string()).collect();
    let text = format!(
        "the store has secrets of `heddle demo`, which everybody knows: the credentials {} of account {}. Serve another store; or revoke each of them with `heddle credential revoke --account {} --credential NUMBER`, and make new ones with `heddle credential create`",
        numbers.join(", "),
        first.account,
        first.account
    );
    Err(Failure::new(Code::Refused, text).into())
}

/// Saves the address of this start for people who look into the folder. The demo works without it, and the secrets were saved
/// before, so a full disk is no reason to end.
fn save_or_warn(folder: &Folder, demo_file: &DemoFile) {
    if let Err(error) = folder.save(demo_file) {
        tracing::warn!("{error:#}; the address in it is that of an earlier start");
    }
}

/// Returns the configuration from the defaults, the environment and the flags. A store that the environment names is
/// ignored: the demo writes sample data into its store, so that a store must be named on the command line.
fn configure(arguments: &Arguments, folder: &Folder) -> anyhow::Result<Config> {
    let Some(data) = folder.path().to_str() else {
        bail!("the folder's name is not UTF-8");
    };
    let store = arguments.store.as_deref().unwrap_or("sqlite:");
    let flags = Overrides::default()
        .set("server.listen", arguments.listen.clone())
        .set("store.data", Some(data))
        .set("store.url", Some(store));
    let mut config = Config::load(None, flags, &apis::descriptions())?;
    config.webhooks.allow = with_loopback(&config.webhooks.allow);
    // Snapshots of the demo copy the folder.
    config.objects.url = ObjectUrl::Folder(PathBuf::new());
    config.objects.previous = None;
    // A test suite sends wrong secrets on purpose, all from one address.
    config.limits.failed_auth_per_minute = 0;
    // The sample data keep the events of their time of recording.
    config.events.keep_days = 0;
    if folder.is_temporary() && arguments.store.is_some() {
        eprintln!(
            "heddle: the secrets for {} go with the temporary folder; --data DIR keeps them",
            storage::display_name(&config)
        );
    }
    Ok(config)
}

/// Returns the configured allow list, extended by the loopback addresses, because the receivers of a test run on the
/// same machine.
fn with_loopback(configured: &AllowList) -> AllowList {
    let loopback = AllowList::parse("127.0.0.0/8,::1/128,localhost").expect("networks and a name");
    let entries = configured.entries().iter().chain(loopback.entries());
    AllowList::new(entries.cloned().collect())
}

/// The sample data that the demo puts into the store.
struct Plan {
    sample: Sample,
    neighbour: Option<Sample>,
    /// SHA-256 of the file with the operator's sample data; `None` for the built-in data.
    sha256: Option<String>,
    vendor_limits: bool,
}

impl Plan {
    fn of(arguments: &Arguments) -> anyhow::Result<Self> {
        let (sample, neighbour, sha256) = match &arguments.seed {
            Some(path) => {
                let text = fs::read_to_string(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                let sha256 = base16ct::lower::encode_string(&Sha256::digest(&text));
                (Sample::parse(path, &text)?, None, Some(sha256))
            }
            None => {
                let built_in = Sample::parse(Path::new("larkspur.toml"), BUILT_IN)?;
                let neighbour = Sample::parse(Path::new("neighbour.toml"), NEIGHBOUR)?;
                (built_in, Some(neighbour), None)
            }
        };
        Ok(Self {
            sample,
            neighbour,
            sha256,
            vendor_limits: arguments.vendor_limits,
        })
    }

    /// Opens the store, and fills it with the rest of the demo, if what store and folder already hold shows that this is safe
    /// (`rules.md` 36).
    async fn prepare(
        &self,
        place: &Place<'_>,
        identity: Identity,
        known: Option<DemoFile>,
    ) -> anyhow::Result<Prepared> {
        let (config, folder) = (place.config, place.folder);
        if identity == Identity::Fixed && !storage::exists(config).await? {
            place.clock.start_at(Showing::Standing(RECORDED_AT));
        }
        let store = place.open().await?;
        let empty = seed::is_empty(&store).await?;
        let Some(mut demo_file) = known else {
            ensure!(
                empty,
                Failure::new(
                    Code::Refused,
                    format!(
                        "{} holds data, but {} has no demo.json for it: name the folder of that demo with --data, or an empty store with --store",
                        storage::display_name(config),
                        folder.path().display()
                    )
                )
            );
            let summary = Summary::with_secrets(identity);
            return self.fill(place, store, identity, summary).await;
        };
        let token = Lookup::Secret(&demo_file.summary.native.token);
        let native = seed::find_principal(&store, heddle_native::NAME, token).await?;
        if let Some(native) = native {
            let after_reset = self
                .reuse(&store, folder, &mut demo_file, native.account.id)
                .await?;
            demo_file.seeded = true;
            return Ok(Prepared {
                store,
                demo_file,
                after_reset,
            });
        }
        if empty {
            return self.fill(place, store, identity, demo_file.summary).await;
        }
        ensure!(
            !demo_file.seeded,
            Failure::new(
                Code::Refused,
                format!(
                    "{} holds other data than the demo of {}; name another folder with --data, or another store with --store",
                    storage::display_name(config),
                    folder.path().display()
                )
            )
        );
        let store = clear_and_reopen(store, place).await?;
        self.fill(place, store, identity, demo_file.summary).await
    }

    /// Fills the empty store. Saves the secrets of `summary` before it writes the data that they protect.
    async fn fill(
        &self,
        place: &Place<'_>,
        store: Store,
        identity: Identity,
        summary: Summary,
    ) -> anyhow::Result<Prepared> {
        let mut demo_file = DemoFile {
            summary,
            seeded: false,
            seed_sha256: self.sha256.clone(),
        };
        place.folder.save(&demo_file)?;
        let store = match identity {
            Identity::Fixed => {
                place
                    .reopen_at(store, Showing::Standing(RECORDED_AT))
                    .await?
            }
            Identity::Random => store,
        };
        let content = Content {
            sample: &self.sample,
            neighbour: self.neighbour.as_ref(),
            identity,
            settings: if self.vendor_limits {
                seed::vendor_limits().into_iter().collect()
            } else {
                AccountSettings::default()
            },
            sealer: Sealer::new(
                place.config.secrets.sealing_key.clone(),
                &place.config.store.data,
            ),
        };
        seed::fill(&store, place.folder, &mut demo_file, &content, &place.clock).await?;
        seed::derive(&store, place.config.search.enabled).await?;
        store.close().await?;
        if let Some(files) = host::store_files(place.config, place.folder, place.opening) {
            let saved = files.save(None, place.clock.now(), Showing::MACHINE);
            saved.context("cannot keep a copy of the sample data")?;
        }
        place.clock.start_at(Showing::MACHINE);
        Ok(Prepared {
            store: place.open().await?,
            demo_file,
            after_reset: None,
        })
    }

    /// Uses the demo that the store already holds. Refuses other sample data than the demo was made from; sets the
    /// vendors' limits, and returns the command that sets them again after a reset.
    async fn reuse(
        &self,
        store: &Store,
        folder: &Folder,
        demo_file: &mut DemoFile,
        account: AccountId,
    ) -> anyhow::Result<Option<UpdateAccount>> {
        ensure!(
            self.sha256.is_none() || self.sha256 == demo_file.seed_sha256,
            Failure::new(
                Code::Refused,
                format!(
                    "{} holds a demo of other sample data; name another folder with --data",
                    folder.path().display()
                )
            )
        );
        let limits = self.vendor_limits.then(|| UpdateAccount {
            caller: None,
            expected: None,
            id: account,
            name: None,
            settings: seed::vendor_limits(),
        });
        if let Some(limits) = &limits {
            store.write(limits.clone()).await?;
        }
        if demo_file.summary.helpscout.access_token.is_empty() {
            seed::add_helpscout_token(store, &mut demo_file.summary).await?;
        }
        Ok(limits)
    }
}

/// A store that holds the demo.
struct Prepared {
    store: Store,
    demo_file: DemoFile,
    /// What must be changed after every reset, because the copy of the sample data is without it.
    after_reset: Option<UpdateAccount>,
}

/// Where the demo's store is, and how it is opened.
struct Place<'a> {
    config: &'a Config,
    folder: &'a Folder,
    opening: Opening,
    clock: Arc<DemoClock>,
}

impl Place<'_> {
    async fn open(&self) -> Result<Store, Failure> {
        let clock = Arc::clone(&self.clock) as SharedClock;
        let opening = Opening {
            // The sample data are recorded in the past, and a test may have moved the clock of this folder forward.
            check: ClockCheck::Accept,
            ..self.opening
        };
        storage::open_by(self.config, opening, clock).await
    }

    /// Closes the store and opens it with the clock at another time.
    async fn reopen_at(&self, store: Store, showing: Showing) -> anyhow::Result<Store> {
        if self.clock.showing() == showing {
            return Ok(store);
        }
        store.close().await?;
        self.clock.start_at(showing);
        Ok(self.open().await?)
    }
}

/// Deletes the database of a demo that was interrupted while it was filled, and opens a new one. Only a database that the demo
/// created in its own folder is deleted.
async fn clear_and_reopen(store: Store, place: &Place<'_>) -> anyhow::Result<Store> {
    let (config, folder) = (place.config, place.folder);
    let own = folder.path().join("heddle.sqlite");
    ensure!(
        config.store.database() == StoreUrl::Sqlite(own),
        Failure::new(
            Code::Refused,
            format!(
                "a demo was interrupted while it filled {}: empty that database, or name another one with --store",
                storage::display_name(config)
            )
        )
    );
    store.close().await?;
    drop(store);
    for database in ["heddle.sqlite", "heddle.search.sqlite"] {
        for file in ["", "-wal", "-shm"] {
            let path = folder.path().join(format!("{database}{file}"));
            remove(fs::remove_file(path))?;
        }
    }
    remove(fs::remove_dir_all(folder.path().join("objects")))?;
    Ok(place.open().await?)
}

fn remove(removed: std::io::Result<()>) -> anyhow::Result<()> {
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).context("cannot clear the folder of an interrupted demo")
        }
        _ => Ok(()),
    }
}

/// Returns what the guide shows in addition to the summary.
async fn extras(
    store: &Store,
    summary: &Summary,
    folder: &Folder,
) -> anyhow::Result<guide::Extras> {
    let name = Lookup::Name(&summary.helpscout.client_id);
    let client = seed::find_principal(store, heddle_helpscout::NAME, name).await?;
    let client = client.context("the demo's Help Scout credential is gone")?;
    Ok(guide::Extras {
        made_at: client.account.created_at,
        temporary: folder.is_temporary(),
    })
}
