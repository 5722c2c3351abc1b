//! `heddle demo`: a server with sample data, for a first look and for the tests of integrations.
//!
//! Invariants: `--json` prints exactly one line on standard output, when clients may connect; a folder that holds a demo
//! is served as it is, with the same ids and secrets; whatever is not a demo's own is never touched.

mod card;
mod folder;
mod prose;
mod sample;
mod seed;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use heddle::config::{Config, Engine, Overrides};
use heddle::telemetry;
use heddle_access::authentication::{Lookup, key_hash};
use heddle_access::secrets::mint_key;
use heddle_domain::account::AccountSettings;
use heddle_store::Store;
use heddle_store::read::principal::FindPrincipal;
use heddle_store::write::account::UpdateAccount;
use heddle_store::write::credential::IssueToken;
use heddle_webhooks::allow::Allow;
use sha2::{Digest, Sha256};

use crate::command::output;
use crate::run::{self, Server};
use card::Card;
use folder::{Folder, Kept};
use sample::Sample;

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
    /// Limit requests as the vendors do
    #[arg(long)]
    vendor_limits: bool,
    /// Own sample data, as TOML or JSON, instead of the built-in
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments, json: bool) -> anyhow::Result<()> {
    let plan = Plan::of(&arguments)?;
    let folder = Folder::open(arguments.data.as_deref())?;
    let config = configure(&arguments, &folder)?;
    telemetry::init(&config.log)?;
    let stop = run::stop_signal()?;
    let listener = run::listen(&config).await?;
    let store = run::open_store(&config).await?;
    let prepared = tokio::select! {
        biased;
        () = stop.cancelled() => return Ok(()),
        prepared = plan.prepare(store, &config, &folder) => prepared,
    };
    let (store, mut kept) = prepared?;
    let text = if json {
        None
    } else {
        Some(beside(&store, &config, &kept.card, &folder).await?)
    };
    let server = Server::new(config, store, listener)?;
    kept.card.url = server.url();
    kept.card.pid = std::process::id();
    kept.card.data = folder.path().display().to_string();
    folder.save(&kept)?;
    match text {
        None => output::print_json(&kept.card)?,
        Some(beside) => output::print(&prose::text(&kept.card, &beside))?,
    }
    server.run(stop).await
}

/// The configuration: the defaults and the environment, but never a store that the environment names. The demo fills
/// the store, so that one must be named on the command line.
fn configure(arguments: &Arguments, folder: &Folder) -> anyhow::Result<Config> {
    let Some(data) = folder.path().to_str() else {
        bail!("the folder's name is not UTF-8");
    };
    let store = arguments.store.as_deref().unwrap_or("sqlite:");
    let flags = Overrides::default()
        .set("server.listen", arguments.listen.clone())
        .set("store.data", Some(data))
        .set("store.url", Some(store));
    let mut config = Config::load(None, flags)?;
    config.webhooks.allow = with_loopback(&config.webhooks.allow);
    if folder.is_temporary() && arguments.store.is_some() {
        eprintln!(
            "heddle: the secrets for {} go with the temporary folder; --data DIR keeps them",
            run::place_of_store(&config)
        );
    }
    Ok(config)
}

/// What the environment opens to webhooks, and this machine: whoever tests an integration receives them beside the demo.
fn with_loopback(configured: &Allow) -> Allow {
    let loopback = Allow::parse("127.0.0.0/8,::1/128,localhost").expect("networks and a name");
    let entries = configured.entries().iter().chain(loopback.entries());
    Allow::new(entries.cloned().collect())
}

/// What the store shall hold.
struct Plan {
    sample: Sample,
    neighbour: Option<Sample>,
    /// SHA-256 of own sample data.
    sha256: Option<String>,
    vendor_limits: bool,
}

impl Plan {
    fn of(arguments: &Arguments) -> anyhow::Result<Self> {
        let (sample, neighbour, sha256) = match &arguments.seed {
            Some(path) => {
                let text = fs::read_to_string(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                let sha256 = Sha256::digest(&text);
                let sha256 = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
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

    /// Finds out what the store and the folder hold, and makes a whole demo of it where that is safe (`rules.md` 36).
    async fn prepare(
        &self,
        store: Store,
        config: &Config,
        folder: &Folder,
    ) -> anyhow::Result<(Store, Kept)> {
        let kept = folder.load()?;
        let empty = seed::is_empty(&store).await?;
        let Some(mut kept) = kept else {
            ensure!(
                empty,
                "{} holds data, but {} has no demo.json for it: name the folder of that demo with --data, or an empty store with --store",
                run::place_of_store(config),
                folder.path().display()
            );
            let kept = Kept {
                card: Card::mint(),
                seeded: false,
                seed_sha256: None,
            };
            return self.fill(store, folder, kept).await;
        };
        if seed::find_native(&store, &kept.card).await?.is_some() {
            kept.seeded = true;
            return self.take_over(store, folder, kept).await;
        }
        if empty {
            return self.fill(store, folder, kept).await;
        }
        ensure!(
            !kept.seeded,
            "{} holds other data than the demo of {}; name another folder with --data, or another store with --store",
            run::place_of_store(config),
            folder.path().display()
        );
        let store = start_over(store, config, folder).await?;
        self.fill(store, folder, kept).await
    }

    async fn fill(
        &self,
        store: Store,
        folder: &Folder,
        mut kept: Kept,
    ) -> anyhow::Result<(Store, Kept)> {
        kept.seeded = false;
        kept.seed_sha256.clone_from(&self.sha256);
        folder.save(&kept)?;
        let settings = seed::settings(self.vendor_limits);
        let neighbour = self.neighbour.as_ref();
        seed::fill(&store, folder, &mut kept, &self.sample, neighbour, settings).await?;
        Ok((store, kept))
    }

    /// Serves a demo as it is; other sample data than it was made from, and limits, are not ignored.
    async fn take_over(
        &self,
        store: Store,
        folder: &Folder,
        kept: Kept,
    ) -> anyhow::Result<(Store, Kept)> {
        ensure!(
            self.sha256.is_none() || self.sha256 == kept.seed_sha256,
            "{} holds a demo of other sample data; name another folder with --data",
            folder.path().display()
        );
        let native = seed::find_native(&store, &kept.card).await?;
        if let Some(native) = native.filter(|_| self.vendor_limits) {
            let AccountSettings {
                helpscout_rate,
                magicline_rate,
                mews_rate,
                ..
            } = seed::settings(true);
            let settings = AccountSettings {
                helpscout_rate,
                magicline_rate,
                mews_rate,
                ..native.account.settings
            };
            let command = UpdateAccount {
                caller: None,
                expected: None,
                id: native.account.id,
                name: None,
                settings: settings.into(),
            };
            store.write(command).await?;
        }
        Ok((store, kept))
    }
}

/// Clears the store of a demo that was interrupted while it was filled. Only a database that the demo itself made in
/// its own folder is deleted.
async fn start_over(store: Store, config: &Config, folder: &Folder) -> anyhow::Result<Store> {
    let own = folder.path().join("heddle.sqlite");
    let engine = config.store.engine();
    ensure!(
        engine == Engine::Sqlite { path: own.clone() },
        "a demo was interrupted while it filled {}: empty that database, or name another one with --store",
        run::place_of_store(config)
    );
    store.close().await?;
    drop(store);
    for name in ["heddle.sqlite", "heddle.sqlite-wal", "heddle.sqlite-shm"] {
        remove(fs::remove_file(folder.path().join(name)))?;
    }
    remove(fs::remove_dir_all(folder.path().join("objects")))?;
    Ok(run::open_store(config).await?)
}

fn remove(removed: std::io::Result<()>) -> anyhow::Result<()> {
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).context("cannot clear the folder of an interrupted demo")
        }
        _ => Ok(()),
    }
}

/// What the prose needs beside the card; makes a Help Scout token, so that its call works at one paste.
async fn beside(
    store: &Store,
    config: &Config,
    card: &Card,
    folder: &Folder,
) -> anyhow::Result<prose::Beside> {
    let client = key_hash(
        heddle_helpscout::NAME,
        Lookup::Name(&card.helpscout.client_id),
    );
    let api = heddle_helpscout::NAME;
    let client = store
        .read(FindPrincipal {
            api,
            key_hash: client,
        })
        .await?;
    let client = client.context("the demo's Help Scout credential is gone")?;
    let token = mint_key();
    let lifetime = i64::from(config.helpscout.token_lifetime_seconds.get()) * 1_000;
    let command = IssueToken {
        account: client.credential.account,
        credential: client.credential.id,
        key_hash: key_hash(heddle_helpscout::NAME, Lookup::Secret(&token)),
        expires_at: store.clock().now().plus_ms(lifetime),
    };
    store.write(command).await?;
    Ok(prose::Beside {
        helpscout_token: token,
        made_at: client.account.created_at,
        temporary: folder.is_temporary(),
    })
}
