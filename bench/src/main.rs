//! `cargo xtask bench`: compares Heddle with its floors, in one run on one machine.
//!
//! An absolute figure depends mostly on the machine. So each operation of Heddle is measured in turn with its floor, a minimal
//! server that does the same work and nothing else ([`floor`]); what counts is the ratio. The floor of a read is the echo of a
//! JSON of the same size. Every server is a process of its own; the load comes from `wrk`.
//!
//! Deliberately missing: thresholds (a person reads the table).

mod commands;
mod engine;
mod figures;
mod floor;
mod floor_postgres;
mod http;
mod lists;
mod open;
mod operation;
mod requests;
mod scale;
mod search;
mod server;
mod subscriber;
mod times;
mod wrk;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Parser, Subcommand};
use heddle_testkit::postgres::{Cluster, Options};
use serde_json::{Value, json};

use crate::engine::Engine;
use crate::figures::Series;
use crate::http::Client;
use crate::operation::{APPENDED, MAIN_CONNECTIONS, Operation, prepare};
use crate::requests::Demo;
use crate::server::{Heddle, Server};
use crate::subscriber::Subscriber;
use crate::wrk::Request;

#[derive(Parser)]
#[command(
    about = "Heddle beside bare servers that do the same work",
    args_conflicts_with_subcommands = true
)]
struct Cli {
    #[command(subcommand)]
    role: Option<Role>,
    /// Seconds of one round
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Rounds at 64 connections, alternating between the servers; one round at the others
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    #[arg(long, value_delimiter = ',', default_value = "1,16,64,256")]
    connections: Vec<u32>,
    /// Operations to measure
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "create,append,mews,mykaarma,native-create,native-append,native-list,native-get"
    )]
    only: Vec<Operation>,
    /// Engines to measure
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    engines: Vec<Engine>,
    /// Conversations that every server holds before the first round
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    preload: u64,
    /// Subscribe one webhook to every event, and after each round wait until all of it is delivered
    #[arg(long)]
    subscribe: bool,
    /// Measure the floors alone
    #[arg(long)]
    floors_only: bool,
    /// The program to measure [default: heddle, beside this one]
    #[arg(long)]
    heddle: Option<PathBuf>,
    /// Where the databases are made: a folder on the disk to be measured [default: beside this program]
    #[arg(long)]
    work_dir: Option<PathBuf>,
    /// Write all figures into this file
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Role {
    /// Measure searches, and what the index costs
    Search(search::Options),
    /// Measure Help Scout's lists of conversations and customers, filter by filter
    Lists(lists::Options),
    /// Measure the same calls on stores of 10,000 to 10,000,000 messages
    Scale(scale::Options),
    /// Measure times at fixed rates of arrival
    Open(open::Options),
    /// Serve the floors; the bench starts this itself
    Floor {
        /// The folder of the floor on SQLite
        #[arg(long, required_unless_present = "store")]
        data: Option<PathBuf>,
        /// The empty database of the floor on PostgreSQL
        #[arg(long, conflicts_with = "data")]
        store: Option<String>,
        #[arg(long)]
        preload: u64,
    },
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    ensure!(
        !cfg!(debug_assertions),
        "a debug build measures nothing: cargo xtask bench"
    );
    match &cli.role {
        Some(Role::Floor {
            data,
            store,
            preload,
        }) => {
            return match (data, store) {
                (_, Some(store)) => floor_postgres::serve(store, *preload),
                (Some(data), None) => floor::serve(data, *preload),
                (None, None) => bail!("neither a folder nor a database"),
            };
        }
        Some(Role::Search(options)) => return search::run(options),
        Some(Role::Lists(options)) => return lists::run(options),
        Some(Role::Scale(options)) => return scale::run(options),
        Some(Role::Open(options)) => return open::run(options),
        None => {}
    }
    wrk::ensure_installed()?;
    let beside = std::env::current_exe()?.with_file_name("");
    let work = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(cli.work_dir.as_deref().unwrap_or(&beside))?;
    let mut bench = Bench {
        heddle: cli.heddle.clone().unwrap_or(beside.join("heddle")),
        cli,
        series: Vec::new(),
        memory: Vec::new(),
    };
    bench.run(work.path())?;
    bench.report()
}

struct Bench {
    cli: Cli,
    heddle: PathBuf,
    series: Vec<Series>,
    memory: Vec<Value>,
}

/// One of the servers that a comparison measures.
struct Contender<'a> {
    name: &'a str,
    server: &'a Server,
    url: &'a str,
    request: Request,
    /// The receiver of the server's webhooks, if it has one.
    subscriber: Option<(&'a Subscriber, &'a Demo)>,
}

impl Contender<'_> {
    /// Measures one run. Afterwards waits for the remaining deliveries, which would otherwise disturb the run of the
    /// next server.
    fn run(&self, connections: u32, seconds: u32) -> Result<wrk::Run> {
        let before = self.subscriber.map_or(0, |(to, _)| to.deliveries());
        let run = self
            .server
            .load(self.url, &self.request, connections, seconds)?;
        if let Some((to, demo)) = self.subscriber {
            let lag = to.drain(self.url, demo, before)?;
            eprintln!(
                "  webhook: {} delivered during the run, {} behind at its end, drained in {:.1} s ({:.0} a second)",
                lag.during,
                lag.after,
                lag.drain.as_secs_f64(),
                lag.after as f64 / lag.drain.as_secs_f64()
            );
        }
        Ok(run)
    }
}

impl Bench {
    fn run(&mut self, work: &Path) -> Result<()> {
        let folder = work.join("floor");
        std::fs::create_dir(&folder)?;
        let (floor, floor_url) = Server::floor(&folder, self.cli.preload)?;
        let floor = (&floor, floor_url.as_str());
        self.bare(floor)?;
        if self.cli.floors_only {
            return self.floors(floor);
        }
        if self.cli.engines.contains(&Engine::Sqlite) {
            let data = work.join("sqlite");
            self.engine(
                "heddle, SQLite",
                Heddle {
                    program: self.heddle.clone(),
                    data,
                    store: None,
                    search: true,
                },
                floor,
            )?;
        }
        if self.cli.engines.contains(&Engine::Postgres) {
            let cluster = Cluster::start(Options {
                fsync: true,
                ..Options::default()
            });
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let database = || runtime.block_on(cluster.create_database()).url();
            let (floor, floor_url) = Server::floor_on_postgres(&database(), self.cli.preload)?;
            let store = Some(database());
            let data = work.join("postgres");
            self.engine(
                "heddle, PostgreSQL",
                Heddle {
                    program: self.heddle.clone(),
                    data,
                    store,
                    search: true,
                },
                (&floor, floor_url.as_str()),
            )?;
        }
        Ok(())
    }

    /// Measures the floor's server without writes. These numbers are printed, but not compared.
    fn bare(&mut self, (server, url): (&Server, &str)) -> Result<()> {
        let others = [
            ("empty GET", requests::get("/empty")),
            ("echo of a create's JSON", requests::echo(requests::CREATE)),
            ("bare SQLite read of 20 rows", requests::get("/read/0")),
        ];
        for (name, request) in others {
            let contender = Contender {
                name: "axum",
                server,
                url,
                request,
                subscriber: None,
            };
            self.compare(name, MAIN_CONNECTIONS, 1, &[contender])?;
        }
        Ok(())
    }

    fn floors(&mut self, (server, url): (&Server, &str)) -> Result<()> {
        for operation in self.cli.only.clone() {
            if let Some(request) = self.floor_write(operation) {
                self.every_connection_count(operation, || {
                    vec![Contender {
                        name: "floor",
                        server,
                        url,
                        request: request.clone(),
                        subscriber: None,
                    }]
                })?;
            }
        }
        Ok(())
    }

    /// Returns the request with which the floor of a write is measured. `None` for a read, whose floor needs a response
    /// to echo.
    fn floor_write(&self, operation: Operation) -> Option<Request> {
        match operation {
            Operation::Create | Operation::NativeCreate => Some(requests::floor_create()),
            Operation::Append | Operation::NativeAppend => {
                let ids: Vec<i64> = (1..)
                    .take(APPENDED.min(usize::try_from(self.cli.preload).ok()?))
                    .collect();
                Some(requests::floor_append(&ids))
            }
            Operation::Mews
            | Operation::Mykaarma
            | Operation::NativeList
            | Operation::NativeGet => None,
        }
    }

    /// Measures Heddle on one engine beside the floors on the same engine.
    fn engine(
        &mut self,
        name: &str,
        heddle: Heddle,
        (floor, floor_url): (&Server, &str),
    ) -> Result<()> {
        std::fs::create_dir(&heddle.data)?;
        let (server, demo) = heddle.start().with_context(|| format!("starting {name}"))?;
        let idle = server.resident_mib()?;
        let url = demo.text("/url")?.to_owned();
        heddle.disable_cap()?;
        let ids = server::create_conversations(&url, &demo.create()?, self.cli.preload)?;
        let subscriber = if self.cli.subscribe {
            let subscriber = Subscriber::start()?;
            subscriber.subscribe(&url, &demo)?;
            Some(subscriber)
        } else {
            None
        };
        for operation in self.cli.only.clone() {
            let request = prepare(operation, &url, &demo, &ids)?;
            let floor_request = match self.floor_write(operation) {
                Some(write) => write,
                None => requests::echo(&Client::connect(&url)?.send_expecting_success(&request)?),
            };
            self.every_connection_count(operation, || {
                let floor = Contender {
                    name: "floor",
                    server: floor,
                    url: floor_url,
                    request: floor_request.clone(),
                    subscriber: None,
                };
                let heddle = Contender {
                    name,
                    server: &server,
                    url: &url,
                    request: request.clone(),
                    subscriber: subscriber.as_ref().map(|to| (to, &demo)),
                };
                vec![floor, heddle]
            })?;
        }
        let loaded = server.resident_mib()?;
        self.memory
            .push(json!({ "server": name, "idle_mib": idle, "after_load_mib": loaded }));
        Ok(())
    }

    fn every_connection_count<'a>(
        &mut self,
        operation: Operation,
        contenders: impl Fn() -> Vec<Contender<'a>>,
    ) -> Result<()> {
        for connections in self.cli.connections.clone() {
            let rounds = if connections == MAIN_CONNECTIONS {
                self.cli.rounds
            } else {
                1
            };
            self.compare(operation.name(), connections, rounds, &contenders())?;
        }
        Ok(())
    }

    /// Measures the servers in turn, so that noise on the machine affects all of them. The first server is the floor of
    /// the others.
    fn compare(
        &mut self,
        operation: &str,
        connections: u32,
        rounds: u32,
        contenders: &[Contender<'_>],
    ) -> Result<()> {
        let mut runs = vec![Vec::new(); contenders.len()];
        for round in 1..=rounds {
            for (contender, runs) in contenders.iter().zip(&mut runs) {
                eprintln!(
                    "{operation}, {connections} connections, round {round} of {rounds}: {}",
                    contender.name
                );
                let run = contender.run(connections, self.cli.seconds);
                runs.push(run.with_context(|| format!("{operation}, {}", contender.name))?);
            }
        }
        let series = contenders.iter().zip(runs);
        let mut series = series
            .map(|(contender, runs)| Series::new(operation, connections, contender.name, runs));
        let floor = series.next().context("at least one contender")?;
        let others: Vec<_> = series.map(|series| series.compared_to(&floor)).collect();
        self.series.push(floor);
        self.series.extend(others);
        Ok(())
    }

    fn report(&self) -> Result<()> {
        println!("{}", figures::table(&self.series));
        for memory in &self.memory {
            let mib = |name: &str| memory[name].as_f64().unwrap_or_default();
            let server = memory["server"].as_str().unwrap_or_default();
            println!(
                "{server}: {:.0} MiB resident when idle, {:.0} MiB after the load",
                mib("idle_mib"),
                mib("after_load_mib")
            );
        }
        if let Some(path) = &self.cli.json {
            std::fs::write(path, serde_json::to_string_pretty(&self.summary())?)?;
        }
        Ok(())
    }

    fn summary(&self) -> Value {
        json!({
            "cores": std::thread::available_parallelism().map_or(0, usize::from),
            "seconds": self.cli.seconds,
            "preload": self.cli.preload,
            "series": self.series,
            "memory": self.memory,
        })
    }
}
