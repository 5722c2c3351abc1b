//! `cargo xtask bench`: Heddle beside its floors, in one run on one machine.
//!
//! An absolute figure depends mostly on the machine. So each operation of Heddle is measured in turn with its floor, a minimal
//! server that does the same work and nothing else ([`floor`](crate::floor)); what counts is the ratio. The floor of a read is the
//! echo of a JSON of the same size. Every server is a process of its own; the load comes from `wrk`.
//!
//! Deliberately missing: thresholds (a person reads the table).

use anyhow::{Context as _, Result};
use clap::Args;

use crate::cluster::Databases;
use crate::engine::Engine;
use crate::figures::Series;
use crate::http::Client;
use crate::operation::{ALL, APPENDED, MAIN_CONNECTIONS, Operation, prepare};
use crate::place::{Output, Place, Placed};
use crate::requests::{self, Demo};
use crate::results::{Memory, Requests};
use crate::server::{self, Heddle, Server};
use crate::subscriber::Subscriber;
use crate::wrk::{self, Request};

/// The options of the comparison.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Seconds of one round
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Seconds of one round at other numbers of connections than 64 [default: as `--seconds`]
    #[arg(long)]
    other_seconds: Option<u32>,
    /// Rounds at 64 connections, alternating between the servers; one round at the others
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    #[arg(long, value_delimiter = ',', default_value = "1,16,64,256")]
    connections: Vec<u32>,
    /// Operations to measure
    #[arg(long, value_delimiter = ',', default_values_t = ALL)]
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
    #[command(flatten)]
    placed: Placed,
    #[command(flatten)]
    output: Output,
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

/// Measures, prints the tables, and writes the results.
pub(crate) fn run(options: &Options) -> Result<()> {
    wrk::ensure_installed()?;
    let place = Place::open(&options.placed)?;
    let mut results = options.output.begin(place.folder())?;
    for &engine in &options.engines {
        results.requests.push(measure(options, &place, engine)?);
    }
    options.output.finish(results)
}

/// Measures on one engine.
fn measure(options: &Options, place: &Place, engine: Engine) -> Result<Requests> {
    let bench = &mut Bench {
        options,
        bare: Vec::new(),
        series: Vec::new(),
        memory: Vec::new(),
    };
    let folder = place.subfolder(&format!("floor-{}", engine.word()))?;
    match engine {
        Engine::Sqlite => {
            let (floor, url) = Server::floor(&folder, options.preload)?;
            bench.bare((&floor, &url))?;
            bench.beside_floor(engine, place, (&floor, &url), (None, None))?;
        }
        Engine::Postgres => {
            let databases = Databases::start()?;
            let (floor, url) = Server::floor_on_postgres(&databases.create(), options.preload)?;
            let floor = floor.with_database(databases.process());
            let database = (Some(databases.create()), databases.process());
            bench.beside_floor(engine, place, (&floor, &url), database)?;
        }
    }
    Ok(Requests {
        engine,
        seconds: options.seconds,
        other_seconds: options.other_seconds(),
        rounds: options.rounds,
        stored: options.preload,
        bare: std::mem::take(&mut bench.bare),
        series: std::mem::take(&mut bench.series),
        memory: std::mem::take(&mut bench.memory),
    })
}

impl Options {
    fn other_seconds(&self) -> u32 {
        self.other_seconds.unwrap_or(self.seconds)
    }

    /// Returns the request with which the floor of a write is measured. `None` for a read, whose floor needs a response
    /// to echo.
    fn floor_write(&self, operation: Operation) -> Option<Request> {
        match operation {
            Operation::Create | Operation::NativeCreate => Some(requests::floor_create()),
            Operation::Append | Operation::NativeAppend => {
                let ids: Vec<i64> = (1..)
                    .take(APPENDED.min(usize::try_from(self.preload).ok()?))
                    .collect();
                Some(requests::floor_append(&ids))
            }
            Operation::Mews
            | Operation::Mykaarma
            | Operation::NativeList
            | Operation::NativeGet => None,
        }
    }
}

struct Bench<'o> {
    options: &'o Options,
    bare: Vec<Series>,
    series: Vec<Series>,
    memory: Vec<Memory>,
}

impl Bench<'_> {
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
            let bare = self.compare(name, MAIN_CONNECTIONS, 1, &[contender])?;
            self.bare.extend(bare);
        }
        Ok(())
    }

    /// Measures the floor of an engine, and Heddle beside it unless the floors are wanted alone.
    fn beside_floor(
        &mut self,
        engine: Engine,
        place: &Place,
        floor: (&Server, &str),
        (store, database): (Option<String>, Option<u32>),
    ) -> Result<()> {
        let idle_mib = floor.0.resident_mib()?;
        if self.options.floors_only {
            self.floors(floor)?;
        } else {
            let heddle = Heddle {
                program: place.heddle(),
                data: place.subfolder(engine.word())?,
                store,
                search: true,
                log_statements: false,
            };
            self.heddle(&heddle, floor, database)
                .with_context(|| format!("Heddle on {}", engine.name()))?;
        }
        self.remember("floor", floor.0, idle_mib)
    }

    fn floors(&mut self, (server, url): (&Server, &str)) -> Result<()> {
        for &operation in &self.options.only {
            if let Some(request) = self.options.floor_write(operation) {
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

    /// Measures Heddle beside the floor on the same engine.
    fn heddle(
        &mut self,
        heddle: &Heddle,
        (floor, floor_url): (&Server, &str),
        database: Option<u32>,
    ) -> Result<()> {
        let (server, demo) = heddle.start()?;
        let server = server.with_database(database);
        let idle_mib = server.resident_mib()?;
        let url = demo.text("/url")?.to_owned();
        heddle.disable_cap()?;
        let ids = server::create_conversations(&url, &demo.create()?, self.options.preload)?;
        let subscriber = if self.options.subscribe {
            let subscriber = Subscriber::start()?;
            subscriber.subscribe(&url, &demo)?;
            Some(subscriber)
        } else {
            None
        };
        for &operation in &self.options.only {
            let request = prepare(operation, &url, &demo, &ids)?;
            let floor_request = match self.options.floor_write(operation) {
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
                    name: "heddle",
                    server: &server,
                    url: &url,
                    request: request.clone(),
                    subscriber: subscriber.as_ref().map(|to| (to, &demo)),
                };
                vec![floor, heddle]
            })?;
        }
        self.remember("heddle", &server, idle_mib)
    }

    /// Notes the memory of a server after its loads.
    fn remember(&mut self, name: &str, server: &Server, idle_mib: f64) -> Result<()> {
        self.memory.push(Memory {
            server: name.to_owned(),
            idle_mib,
            most_mib: server.most_ever_mib()?,
            after_mib: server.resident_mib()?,
        });
        Ok(())
    }

    fn every_connection_count<'a>(
        &mut self,
        operation: Operation,
        contenders: impl Fn() -> Vec<Contender<'a>>,
    ) -> Result<()> {
        for &connections in &self.options.connections {
            let rounds = if connections == MAIN_CONNECTIONS {
                self.options.rounds
            } else {
                1
            };
            let series = self.compare(operation.name(), connections, rounds, &contenders())?;
            self.series.extend(series);
        }
        Ok(())
    }

    /// Measures the servers in turn, so that noise on the machine affects all of them. The first server is the floor of
    /// the others.
    fn compare(
        &self,
        operation: &str,
        connections: u32,
        rounds: u32,
        contenders: &[Contender<'_>],
    ) -> Result<Vec<Series>> {
        let seconds = if connections == MAIN_CONNECTIONS {
            self.options.seconds
        } else {
            self.options.other_seconds()
        };
        let mut runs = vec![Vec::new(); contenders.len()];
        for round in 1..=rounds {
            for (contender, runs) in contenders.iter().zip(&mut runs) {
                eprintln!(
                    "{operation}, {connections} connections, round {round} of {rounds}: {}",
                    contender.name
                );
                let run = contender.run(connections, seconds);
                runs.push(run.with_context(|| format!("{operation}, {}", contender.name))?);
            }
        }
        let series = contenders.iter().zip(runs);
        let mut series = series
            .map(|(contender, runs)| Series::new(operation, connections, contender.name, runs));
        let floor = series.next().context("at least one contender")?;
        let others: Vec<_> = series.map(|series| series.compared_to(&floor)).collect();
        Ok(std::iter::once(floor).chain(others).collect())
    }
}
