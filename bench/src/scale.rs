//! `cargo xtask bench scale`: the same calls on stores of different sizes, to see whether they become slower with the store.
//!
//! Each store is that of a `heddle demo`, filled through the store without HTTP, and then served by the program. One caller
//! asks at a time, so that a time is that of the call and not of a queue; creates and appends are also measured with 64 connections. The
//! search index is off: it would still be read in while the calls are measured.
//!
//! Deliberately missing: thresholds (a person reads the table), PostgreSQL.

mod calls;
mod counting;
mod filling;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Args;
use heddle_domain::id::CustomerId;
use heddle_store::diagnostics;

use crate::engine::Engine;
use crate::http::Client;
use crate::place::{Output, Place, Placed};
use crate::requests::Demo;
use crate::results::{Counted, Memory, Scale, Size, StatementPlan};
use crate::server::{Heddle, Server};
use crate::wrk;
use calls::Moment;
use filling::Filled;

/// Bytes on the disk for each message, measured.
const BYTES_OF_MESSAGE: u64 = 1_100;
/// Messages that are written in a second on a machine with two cores.
const WRITTEN_A_SECOND: u64 = 15_000;

/// The name of the database in the folder of a demo.
const DATABASE: &str = "heddle.sqlite";
/// A store of at least so many messages is used by several runs.
const REUSED_FROM: u64 = 5_000_000;

/// The options of `scale`.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Messages in the stores, smallest first; ten in each conversation
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "10000,1000000,10000000",
        value_parser = clap::value_parser!(u64).range(10_000..)
    )]
    messages: Vec<u64>,
    /// Calls of each kind
    #[arg(long, default_value_t = 300)]
    calls: usize,
    /// Rounds for creates and appends with 64 connections
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Seconds of a round
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Keep the stores in this folder, and use one of at least 5,000,000 messages again if it is there
    #[arg(long)]
    keep: Option<PathBuf>,
    #[command(flatten)]
    placed: Placed,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    wrk::ensure_installed()?;
    let place = Place::open(&options.placed)?;
    let folder = options.keep.as_deref().unwrap_or(place.folder());
    std::fs::create_dir_all(folder)?;
    let missing = options.messages.iter().copied();
    let messages: u64 = missing.filter(|size| !is_kept(folder, *size)).sum();
    eprintln!(
        "This writes {messages} messages, which takes about {} minutes and {} GB of disk, and then measures for some minutes.",
        filling_seconds(messages).div_ceil(60),
        disk_bytes(messages).div_ceil(1_000_000_000),
    );
    let mut results = options.output.begin(folder)?;
    let (mut sizes, mut plans) = (Vec::new(), Vec::new());
    for &messages in &options.messages {
        let data = folder.join(messages.to_string());
        if !is_kept(folder, messages) {
            remove(&data)?;
        }
        std::fs::create_dir_all(&data)?;
        let heddle = Heddle {
            program: place.heddle(),
            data,
            store: None,
            search: false,
            log_statements: false,
        };
        let size = measure(&heddle, messages, options);
        sizes.push(size.with_context(|| format!("with {messages} messages"))?);
        plans = self::plans(&heddle.data.join(DATABASE), &sizes)?;
    }
    results.scale.push(Scale {
        engine: Engine::Sqlite,
        sizes,
        plans,
    });
    options.output.finish(results)
}

/// Returns about how many seconds the filling takes.
pub(crate) const fn filling_seconds(messages: u64) -> u64 {
    messages / WRITTEN_A_SECOND
}

/// Returns about how many bytes the stores take.
pub(crate) const fn disk_bytes(messages: u64) -> u64 {
    messages * BYTES_OF_MESSAGE
}

/// Whether the store of so many messages in a folder is used as an earlier run has left it. The creates and appends of a run make a
/// small one many times as large, so it is filled anew.
pub(crate) fn is_kept(folder: &Path, messages: u64) -> bool {
    messages >= REUSED_FROM && notes(&folder.join(messages.to_string())).exists()
}

/// Removes the store of an earlier run that cannot be used again.
fn remove(data: &Path) -> Result<()> {
    if data.exists() {
        std::fs::remove_dir_all(data)?;
    }
    let notes = notes(data);
    if notes.exists() {
        std::fs::remove_file(notes)?;
    }
    Ok(())
}

/// The file that says what was filled in: beside the demo's folder, which must hold nothing else.
fn notes(data: &Path) -> PathBuf {
    data.with_extension("filled.json")
}

/// Fills a store, unless an earlier run has filled it, and measures it.
fn measure(heddle: &Heddle, messages: u64, options: &Options) -> Result<Size> {
    let notes = notes(&heddle.data);
    let database = heddle.data.join(DATABASE);
    let filled: Filled = if notes.exists() {
        serde_json::from_slice(&std::fs::read(&notes)?)?
    } else {
        let customer = first_start(heddle)?;
        let began = Instant::now();
        let filled = filling::fill(&database, customer, messages)?;
        let seconds = began.elapsed().as_secs_f64();
        eprintln!("{messages} messages written in {seconds:.0} s");
        std::fs::write(&notes, serde_json::to_vec(&filled)?)?;
        filled
    };
    filling::settle(&database)?;
    let moments = moments(heddle, &filled)?;
    let counted = counted(heddle, &filled, &moments)?;
    let (server, demo, start_ms) = start(heddle)?;
    let idle_mib = server.resident_mib()?;
    let sizes = (options.calls, options.rounds, options.seconds);
    let kinds = calls::kinds(&demo, &filled, &moments)?;
    let mut calls = calls::measure(&server, demo.text("/url")?, kinds, sizes)?;
    for (call, counted) in calls.iter_mut().zip(counted) {
        call.counted = Some(counted);
    }
    let memory = Memory {
        server: "heddle".to_owned(),
        idle_mib,
        most_mib: server.most_ever_mib()?,
        after_mib: server.resident_mib()?,
    };
    server.kill()?;
    let (_server, _, start_after_kill_ms) = start(heddle)?;
    Ok(Size {
        messages,
        conversations: filled.conversations.len() as u64,
        start_ms,
        start_after_kill_ms,
        memory,
        disk_mib: std::fs::metadata(&database)?.len() as f64 / 1_048_576.0,
        calls,
    })
}

/// Finds moments of the filling, with a server of its own: the search for them takes long if each statement is logged.
fn moments(heddle: &Heddle, filled: &Filled) -> Result<Vec<Moment>> {
    let (_server, demo, _) = start(heddle)?;
    calls::moments(&demo, filled)
}

/// Returns what each kind of call reads, from the log of a server of its own.
fn counted(heddle: &Heddle, filled: &Filled, moments: &[Moment]) -> Result<Vec<Counted>> {
    let heddle = Heddle {
        log_statements: true,
        ..heddle.clone()
    };
    let (server, demo, _) = start(&heddle)?;
    let url = demo.text("/url")?;
    let kinds = calls::kinds(&demo, filled, moments)?;
    let counted = kinds.iter().map(|kind| {
        eprintln!("  {}, rows read", kind.name);
        counting::count(url, &heddle.log(), kind).with_context(|| kind.name)
    });
    let counted = counted.collect();
    drop(server);
    counted
}

/// Returns the plans of the statements of all calls, on the largest store.
fn plans(database: &Path, sizes: &[Size]) -> Result<Vec<StatementPlan>> {
    let calls = sizes.iter().flat_map(|size| &size.calls);
    let of_calls = calls.flat_map(|call| &call.counted);
    let runs = of_calls.flat_map(|counted| &counted.statements);
    let names: BTreeSet<&str> = runs.map(|run| run.name.as_str()).collect();
    let mut plans = Vec::new();
    for statement in diagnostics::statements() {
        if names.contains(statement.name.as_str()) {
            plans.push(StatementPlan {
                steps: diagnostics::sqlite_plan(database, statement.sqlite)?,
                statement: statement.name,
            });
        }
    }
    Ok(plans)
}

/// Starts the server, and returns how many milliseconds passed until its first answer.
fn start(heddle: &Heddle) -> Result<(Server, Demo, f64)> {
    let began = Instant::now();
    let (server, demo) = heddle.start()?;
    let first = demo.customer_threads()?;
    Client::connect(demo.text("/url")?)?.send_expecting_success(&first)?;
    Ok((server, demo, began.elapsed().as_secs_f64() * 1e3))
}

/// Makes the demo's data, and one Mews thread from which the filling learns the application and the inbox. Returns the id of the
/// demo's customer.
fn first_start(heddle: &Heddle) -> Result<CustomerId> {
    let (server, demo) = heddle.start()?;
    heddle.disable_cap()?;
    let mut client = Client::connect(demo.text("/url")?)?;
    client.send_expecting_success(&demo.add_thread()?)?;
    drop(server);
    Ok(CustomerId(demo.number("/helpscout/customer_id")?))
}
