//! `cargo xtask bench scale`: the same calls on stores of different sizes, to see whether they become slower with the store.
//!
//! Each store is that of a `heddle demo`, filled through the store without HTTP, and then served by the program. One caller
//! asks at a time, so that a time is that of the call and not of a queue; creates and appends are also measured with 64 connections. The
//! search index is off: it would still be read in while the calls are measured.
//!
//! Deliberately missing: thresholds (a person reads the table), PostgreSQL, rows read (`bench lists` and the tests of query plans
//! show them).

mod calls;
mod filling;
mod report;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Args;
use heddle_domain::id::CustomerId;

use crate::http::Client;
use crate::server::Heddle;
use crate::wrk;
use filling::Filled;
use report::OfSize;

/// Bytes on the disk for each message, measured.
const BYTES_OF_MESSAGE: u64 = 1_100;
/// Messages that are written in a second on a machine with two cores.
const WRITTEN_A_SECOND: u64 = 15_000;

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
    /// Rounds of ten seconds for creates and appends with 64 connections
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// The program to measure [default: heddle, beside this one]
    #[arg(long)]
    heddle: Option<PathBuf>,
    /// Where the databases are made [default: beside this program]
    #[arg(long)]
    work_dir: Option<PathBuf>,
    /// Keep the stores in this folder, and use them again if they are there
    #[arg(long)]
    keep: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    wrk::ensure_installed()?;
    let beside = std::env::current_exe()?.with_file_name("");
    let within = options.work_dir.as_deref().unwrap_or(&beside);
    let temporary = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(within)?;
    let folder = options.keep.as_deref().unwrap_or(temporary.path());
    let messages: u64 = options.messages.iter().sum();
    eprintln!(
        "This writes {messages} messages, which takes about {} minutes and {} GB of disk, and then measures for some minutes.",
        messages.div_ceil(WRITTEN_A_SECOND * 60),
        (messages * BYTES_OF_MESSAGE).div_ceil(1_000_000_000),
    );
    let mut measured = Vec::new();
    for &messages in &options.messages {
        let data = folder.join(messages.to_string());
        std::fs::create_dir_all(&data)?;
        let program = options.heddle.clone().unwrap_or(beside.join("heddle"));
        let heddle = Heddle {
            program,
            data,
            store: None,
            search: false,
        };
        let of_size = size(&heddle, messages, options);
        measured.push(of_size.with_context(|| format!("with {messages} messages"))?);
    }
    println!("{}", report::text(&measured));
    Ok(())
}

/// Fills a store, unless an earlier run has filled it, and measures it.
fn size(heddle: &Heddle, messages: u64, options: &Options) -> Result<OfSize> {
    // Beside the demo's folder, which must hold nothing else.
    let notes = heddle.data.with_extension("filled.json");
    let database = heddle.data.join("heddle.sqlite");
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
    let began = Instant::now();
    let (server, demo) = heddle.start()?;
    let start_ms = began.elapsed().as_secs_f64() * 1e3;
    let idle_mib = server.resident_mib()?;
    let calls = calls::measure(&server, &demo, &filled, (options.calls, options.rounds))?;
    Ok(OfSize {
        messages,
        start_ms,
        idle_mib,
        loaded_mib: server.resident_mib()?,
        calls,
    })
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
