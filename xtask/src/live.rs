//! Measures live updates: many readers follow one account's events while others write at a fixed rate. Meanwhile readers lose
//! their connections, the server restarts once, and at the end some readers stop reading. Checks that every reader gets every
//! event once and in order; prints how soon, and what memory the server needs.
//!
//! Everything runs on this machine, on the loopback, and ends by itself. With `--store` the server uses a PostgreSQL database, which
//! must be empty; with two nodes the writers use one, and the readers the other.

mod place;
mod readers;
mod writers;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use clap::Args;

use crate::attack::raise_open_files;
use crate::layout::{BINARY_PACKAGE, PROGRAM};
use crate::step;
use place::Place;
use readers::{Order, Readers};
use writers::Writers;

/// The 95th percentile from the answer of a write to the receipt of its event.
const LATENCY_LIMIT: Duration = Duration::from_millis(300);
/// What a reader that stops reading may cost, in KiB of the server's memory.
const STALLED_LIMIT: u64 = 128;
/// How long after the last write all readers must have everything.
const PATIENCE: Duration = Duration::from_secs(120);

/// The size of a run.
#[derive(Clone, Debug, Args)]
pub(crate) struct Size {
    /// Readers that are connected
    #[arg(long, default_value_t = 1_000)]
    readers: usize,
    /// Writes a second
    #[arg(long, default_value_t = 500)]
    rate: u32,
    /// Seconds with writes, in whose middle the server restarts
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Readers that stop reading for some seconds at the end
    #[arg(long, default_value_t = 200)]
    stalled: usize,
    /// Nodes, 1 or 2; two need `--store`
    #[arg(long, default_value_t = 1)]
    nodes: usize,
    /// An empty PostgreSQL database, instead of SQLite
    #[arg(long)]
    store: Option<String>,
    /// Whether nodes tell each other of changes: on or off
    #[arg(long, default_value = "on", value_parser = ["on", "off"])]
    notify: String,
    /// Measures this program instead of building one
    #[arg(long)]
    program: Option<PathBuf>,
}

/// Runs the measurement, prints its figures, and fails if one of them is not kept.
pub(crate) fn run(top: &Path, size: &Size) -> Result<String> {
    ensure!((1..=2).contains(&size.nodes), "there are one or two nodes");
    ensure!(
        size.nodes == 1 || size.store.is_some(),
        "two nodes need --store"
    );
    raise_open_files()?;
    let program = match &size.program {
        Some(program) => program.clone(),
        None => build(top)?,
    };
    let mut place = Place::start(
        &program,
        size.nodes,
        size.store.as_deref(),
        size.notify == "on",
    )?;
    let token = place.create_account()?;
    let (written_to, read_from) = (place.address(0), place.address(size.nodes - 1));
    let idle = place.memory()?;
    let readers = Readers::start(read_from, &token, size.readers);
    readers.until_connected(size.readers)?;
    println!(
        "{} readers are connected: {} MiB before, {} MiB now",
        size.readers,
        idle,
        place.memory()?
    );

    let writers = Writers::start(written_to, &token, size.rate);
    let half = Duration::from_secs(size.seconds.into()) / 2;
    readers.order(Order::Cut);
    std::thread::sleep(half);
    let down = Instant::now();
    place.restart(size.nodes - 1)?;
    println!(
        "the server of the readers was away for {:?}",
        down.elapsed()
    );
    std::thread::sleep(half);
    readers.order(Order::Read);
    let steady = place.memory()?;
    readers.order(Order::Stall(size.stalled));
    std::thread::sleep(Duration::from_secs(10));
    let stalled = place.memory()?;
    readers.order(Order::Read);
    let written = writers.stop();
    println!("{written}");

    let expected = place.list_events(&token)?;
    let found = readers.finish(&expected, PATIENCE);
    let mut faults = found.faults.clone();
    let mut check = |kept: bool, line: String| {
        println!("{} {line}", if kept { "ok  " } else { "FAIL" });
        if !kept {
            faults.push(line);
        }
    };
    check(
        found.complete == size.readers,
        format!(
            "{} of {} readers got each of {} events once and in order, through {} reconnects",
            found.complete,
            size.readers,
            expected.len(),
            found.reconnects
        ),
    );
    check(
        expected.len() == written.count,
        format!("{} events for {} writes", expected.len(), written.count),
    );
    let mut times = found.times(&expected, &written);
    let [p50, p95, p99] = [50, 95, 99].map(|percent| percentile(&mut times, percent));
    check(
        p95 <= LATENCY_LIMIT && !times.is_empty(),
        format!(
            "from the write's answer to its receipt, {} times: p50 {p50:?}, p95 {p95:?}, p99 {p99:?}",
            times.len()
        ),
    );
    let growth = stalled.saturating_sub(steady) * 1024 / size.stalled.max(1) as u64;
    check(
        growth <= STALLED_LIMIT,
        format!(
            "memory: {steady} MiB under load, {stalled} MiB with {} readers that do not read ({growth} KiB each), at most {} MiB",
            size.stalled,
            place.most_memory()?
        ),
    );
    if !faults.is_empty() {
        bail!("not kept:\n  {}", faults.join("\n  "));
    }
    Ok("Live updates kept all limits.".to_owned())
}

fn build(top: &Path) -> Result<PathBuf> {
    let mut build = step::cargo(top);
    build.args(["build", "--release", "-p", BINARY_PACKAGE]);
    step::run(&mut build)?;
    Ok(top.join(PROGRAM))
}

/// Returns the time that so many percent did not exceed; zero without times.
fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    if times.is_empty() {
        return Duration::ZERO;
    }
    let at = (times.len() - 1) * percent / 100;
    *times.select_nth_unstable(at).1
}
