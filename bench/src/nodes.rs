//! `cargo xtask bench nodes`: two servers on one PostgreSQL beside one of them.
//!
//! The load has the same number of connections in both cases, and both use the same database. Both servers always run: while one
//! is measured alone, the other gets no requests. Servers, load and database share the cores of one machine, so two servers
//! cannot be much faster here. The bench shows that they do not make each other slower.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use clap::Args;

use crate::cluster::Databases;
use crate::figures::Series;
use crate::operation::{MAIN_CONNECTIONS, Operation, prepare};
use crate::place::{Output, Place, Placed};
use crate::requests::Demo;
use crate::results::{Nodes, NodesOf};
use crate::server::{self, Heddle, Server};
use crate::wrk::{self, Request, Run};

/// The writes of the vendor APIs: a new conversation, and a message.
const OPERATIONS: [Operation; 2] = [Operation::Create, Operation::Append];

/// The options of `nodes`.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Seconds of one round
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Rounds, in which one server and both take turns
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Conversations in the database before the first round
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    preload: u64,
    #[command(flatten)]
    placed: Placed,
    #[command(flatten)]
    output: Output,
}

/// Measures, prints the table, and writes the results.
pub(crate) fn run(options: &Options) -> Result<()> {
    wrk::ensure_installed()?;
    let place = Place::open(&options.placed)?;
    let mut results = options.output.begin(place.folder())?;
    results.nodes.push(measure(options, &place)?);
    options.output.finish(results)
}

fn measure(options: &Options, place: &Place) -> Result<Nodes> {
    let databases = Databases::start()?;
    let first = Heddle {
        program: place.heddle(),
        data: place.subfolder("first")?,
        store: Some(databases.create()),
        search: true,
        log_statements: false,
    };
    let start = |heddle: &Heddle| -> Result<((Server, String), Demo)> {
        let (server, demo) = heddle.start()?;
        let url = demo.text("/url")?.to_owned();
        Ok(((server.with_database(databases.process()), url), demo))
    };
    let (one, demo) = start(&first)?;
    first.disable_cap()?;
    let second = Heddle {
        data: place.subfolder("second")?,
        ..first.clone()
    };
    share(&first.data, &second.data)?;
    let (other, _) = start(&second).context("the second server")?;
    let both = [one, other];
    let ids = server::create_conversations(&both[0].1, &demo.create()?, options.preload)?;
    let mut operations = Vec::new();
    for operation in OPERATIONS {
        let request = prepare(operation, &both[0].1, &demo, &ids)?;
        let mut runs = [Vec::new(), Vec::new()];
        for round in 1..=options.rounds {
            for (count, runs) in (1..=2).zip(&mut runs) {
                eprintln!(
                    "{operation}, round {round} of {}: {}",
                    options.rounds,
                    named(count)
                );
                let run = load(&both[..count], &request, options.seconds);
                runs.push(run.with_context(|| format!("{operation}, {}", named(count)))?);
            }
        }
        let [one, two] = [1, 2].map(|count| {
            let runs = std::mem::take(&mut runs[count - 1]);
            Series::new(operation.name(), MAIN_CONNECTIONS, named(count), runs)
        });
        operations.push(NodesOf {
            of_one_node: two.per_second.median / one.per_second.median,
            one,
            two,
        });
    }
    Ok(Nodes {
        seconds: options.seconds,
        rounds: options.rounds,
        stored: options.preload,
        operations,
    })
}

const fn named(count: usize) -> &'static str {
    match count {
        1 => "one node",
        _ => "two nodes",
    }
}

/// Lets a second server serve the demo of a folder: with the same secrets and sealing key, and the same attachments.
fn share(first: &Path, second: &Path) -> Result<()> {
    for name in ["demo.json", "sealing.key"] {
        fs::copy(first.join(name), second.join(name)).with_context(|| format!("no {name}"))?;
    }
    symlink(first.join("objects"), second.join("objects"))?;
    Ok(())
}

/// Sends requests to all servers at the same time, over an equal number of connections to each. The rates are added. Of each time,
/// and of the memory, the greatest value is returned.
fn load(servers: &[(Server, String)], request: &Request, seconds: u32) -> Result<Run> {
    let connections = MAIN_CONNECTIONS / u32::try_from(servers.len())?;
    let processor = || -> Result<(f64, Option<f64>)> {
        let each = servers.iter().map(|(server, _)| server.cpu_seconds());
        let own = each.sum::<Result<f64>>()?;
        Ok((own, servers[0].0.database_cpu_seconds()?))
    };
    for (server, _) in servers {
        server.forget_most();
    }
    let before = processor()?;
    let runs: Vec<Run> = std::thread::scope(|scope| {
        let loads: Vec<_> = servers
            .iter()
            .map(|(_, url)| scope.spawn(move || wrk::run(url, request, connections, seconds)))
            .collect();
        let joined = loads.into_iter().map(|load| {
            let ended = load.join();
            ended.map_err(|_| anyhow!("a load has panicked"))?
        });
        joined.collect::<Result<_>>()
    })?;
    let after = processor()?;
    let most = servers.iter().map(|(server, _)| server.most_mib());
    let most_mib = most.collect::<Result<Vec<_>>>()?;
    Ok(together(
        &runs,
        after.0 - before.0,
        after.1.zip(before.1).map(|(after, before)| after - before),
        &most_mib,
    ))
}

/// Joins the runs of servers that were loaded at the same time, with the processor time of all of them in seconds.
fn together(runs: &[Run], cpu: f64, database_cpu: Option<f64>, most_mib: &[f64]) -> Run {
    let greatest = |of: fn(&Run) -> f64| runs.iter().map(of).fold(0.0, f64::max);
    let requests: u64 = runs.iter().map(|run| run.requests).sum();
    let each = |seconds: f64| seconds * 1e6 / requests as f64;
    Run {
        per_second: runs.iter().map(|run| run.per_second).sum(),
        p50_ms: greatest(|run| run.p50_ms),
        p99_ms: greatest(|run| run.p99_ms),
        p999_ms: greatest(|run| run.p999_ms),
        requests,
        cpu_us: each(cpu),
        database_cpu_us: database_cpu.map(each),
        most_mib: most_mib.iter().copied().fold(0.0, f64::max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_add_up_and_the_greatest_times_count() {
        let run = |per_second: f64, p99_ms: f64| Run {
            per_second,
            p50_ms: 1.0,
            p99_ms,
            p999_ms: 9.0,
            requests: 500,
            cpu_us: 0.0,
            database_cpu_us: None,
            most_mib: 0.0,
        };
        let runs = [run(100.0, 4.0), run(150.0, 3.0)];
        let joined = together(&runs, 0.5, Some(0.25), &[60.0, 70.0]);
        assert_eq!(joined.per_second, 250.0);
        assert_eq!((joined.p50_ms, joined.p99_ms), (1.0, 4.0));
        assert_eq!(joined.requests, 1_000);
        // Half a second for a thousand requests.
        assert_eq!(joined.cpu_us, 500.0);
        assert_eq!(joined.database_cpu_us, Some(250.0));
        assert_eq!(joined.most_mib, 70.0);
    }

    #[test]
    fn the_second_server_finds_the_demo_of_the_first() {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let [first, second] = folders.each_ref().map(|folder| folder.path());
        fs::create_dir(first.join("objects")).expect("made");
        fs::write(first.join("demo.json"), "{}").expect("written");
        assert!(share(first, second).is_err(), "no sealing key yet");
        let second = second.join("again");
        fs::create_dir(&second).expect("made");
        fs::write(first.join("sealing.key"), "key").expect("written");
        share(first, &second).expect("shared");
        fs::write(first.join("objects/1"), "text").expect("written");
        let read = fs::read_to_string(second.join("objects/1")).expect("the same folder");
        assert_eq!(read, "text");
    }
}
