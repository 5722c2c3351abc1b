//! `heddle serve`: serves the APIs with the configured store.

use std::net::SocketAddr;

use clap::Args;
use heddle::config::{Config, ConfigError, Overrides};
use heddle::telemetry;
use heddle_domain::AccountId;
use heddle_http::tls::Tls;
use heddle_store::{Error, Store};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::failure::{Code, Failure};
use super::output;
use super::source::Source;
use crate::demo;
use crate::logs;
use crate::metrics::Exporter;
use crate::open_files;
use crate::sealing;
use crate::server::{self, Server};
use crate::stop_signal::stop_signal;
use crate::storage::{self, Opening};
use crate::traces;

/// The settings that have a flag; all others are set in the configuration file.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Where clients reach the server; absolute links begin with it
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// Go on with another sealing key than the store's; the secrets of its webhooks are lost
    #[arg(long)]
    new_sealing_key: bool,
}

impl Arguments {
    /// Returns the configuration, overridden by these flags.
    ///
    /// # Errors
    /// Returns the errors of [`Source::load`].
    pub(crate) fn load(self) -> Result<Config, ConfigError> {
        let flags = Overrides::default()
            .set("server.listen", self.listen)
            .set("server.public_url", self.public_url)
            .set("log.level", self.log_level);
        self.source.load(flags)
    }
}

/// The line that `--json` prints as soon as clients can connect.
#[derive(Serialize)]
struct Ready {
    url: String,
    /// The address and port on which the server listens.
    listen: SocketAddr,
    /// The address and port at which metrics are found, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<SocketAddr>,
    pid: u32,
}

pub(crate) async fn run(arguments: Arguments, json: bool) -> anyhow::Result<()> {
    let stop = stop_signal()?;
    let start = Start {
        opening: arguments.source.opening(),
        new_sealing_key: arguments.new_sealing_key,
        instance: Uuid::new_v4(),
        json,
    };
    let config = arguments.load()?;
    // Before the store is opened: a wrong file is an error of the configuration.
    let tls = config.server.load_tls()?;
    let logs = logs::Exporter::start(&config.log, start.instance)?;
    telemetry::init_with(&config.log, logs.as_ref().map(logs::Exporter::lines))?;
    let Some(logs) = logs else {
        return serve(config, tls, start, stop).await;
    };
    logs.announce();
    let ended = serve(config, tls, start, stop).await;
    logs.finish().await;
    ended
}

/// How a server starts.
struct Start {
    opening: Opening,
    new_sealing_key: bool,
    /// The name of this process for a collector.
    instance: Uuid,
    json: bool,
}

async fn serve(
    mut config: Config,
    tls: Option<Tls>,
    start: Start,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let Start {
        opening,
        new_sealing_key,
        instance,
        json,
    } = start;
    open_files::fit(&mut config);
    let store = storage::open(&config, opening).await?;
    if let Err(failure) = sealing::check(&config, &store, new_sealing_key).await {
        // The failure matters more than an error of closing.
        let _ = store.close().await;
        return Err(failure.into());
    }
    if let Err(failure) = demo::refuse_fixed_secrets(&store).await {
        let _ = store.close().await;
        return Err(failure);
    }
    if let Err(failure) = refuse_unfinished(&store).await {
        let _ = store.close().await;
        return Err(failure.into());
    }
    let node = match storage::check_objects(&store).await {
        Ok(node) => node,
        Err(failure) => {
            let _ = store.close().await;
            return Err(failure.into());
        }
    };
    let listener = server::listen(&config).await?;
    let exporter = Exporter::start(&config).await?;
    let metrics = exporter.as_ref().map(Exporter::address).transpose()?;
    let traces = traces::Exporter::start(&config.traces, instance)?;
    let server = Server::new(config, store, listener, tls)?
        .with_metrics(exporter)
        .with_node(node);
    let (url, listen) = (server.url(), server.announce()?);
    if json {
        let pid = std::process::id();
        output::print_json(&Ready {
            url,
            listen,
            metrics,
            pid,
        })?;
    }
    let ended = server.run(stop).await;
    if let Some(traces) = traces {
        traces.finish().await;
    }
    ended
}

/// Refuses to serve a store while an import or a removal is unfinished: a server could give the ids of an import to other records,
/// and would work on what is left of a removed account.
async fn refuse_unfinished(store: &Store) -> Result<(), Failure> {
    let failed = |e: Error| Failure::new(Code::of_store(&e), e.to_string());
    if let Some(unfinished) = store.unfinished_import().await.map_err(failed)? {
        let text = format!(
            "an import of the accounts {} is unfinished in this store: start `heddle import` again with the same export, or remove what it has left with `heddle import --discard`",
            joined(&unfinished.accounts)
        );
        return Err(Failure::new(Code::StoreIncomplete, text));
    }
    let removed = store.unfinished_removals().await.map_err(failed)?;
    let Some(first) = removed.first() else {
        return Ok(());
    };
    let text = format!(
        "the removal of the accounts {} is unfinished in this store: finish it with `heddle account remove --account {first} --no-export --yes`",
        joined(&removed)
    );
    Err(Failure::new(Code::StoreIncomplete, text))
}

fn joined(accounts: &[AccountId]) -> String {
    let ids: Vec<String> = accounts.iter().map(ToString::to_string).collect();
    ids.join(", ")
}
