//! Measures thousands of webhooks at once: a third of the receivers answer at once, a third slowly, and a third refuse
//! connections. Meanwhile events come in at a fixed rate. Prints how soon the quick receivers are told, what the server
//! needs, and what it still does after a minute of quiet.
//!
//! Everything runs on this machine, on the loopback, and ends by itself. The webhooks are those of Magicline, because their
//! retries come ten minutes later: so a minute of quiet is one for the dead receivers, too.

mod load;
mod place;
mod receiver;
pub(crate) mod wire;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use clap::Args;

use crate::attack::raise_open_files;
use crate::layout::{BINARY_PACKAGE, PROGRAM};
use crate::step;
use load::Load;
use place::{Figures, Place};
use receiver::Receiver;

/// What the run must keep.
const MEMORY_LIMIT: u64 = 200;
const CONNECTION_LIMIT: u64 = 512;
const LATENCY_LIMIT: Duration = Duration::from_secs(1);
/// A receiver learns a moment later that a connection was closed, so it may have some more open.
const LATE_CLOSE: usize = 50;
/// How long a slow receiver takes for an answer.
const SLOWNESS: Duration = Duration::from_secs(1);
/// How long after the last event all deliveries must have been tried.
const PATIENCE: Duration = Duration::from_secs(300);

/// The size of a run.
#[derive(Clone, Debug, Args)]
pub(crate) struct Size {
    /// Webhooks, a third of each kind
    #[arg(long, default_value_t = 2_000)]
    webhooks: usize,
    /// Accounts; every event of an account goes to all of its webhooks
    #[arg(long, default_value_t = 400)]
    accounts: usize,
    /// Events a second
    #[arg(long, default_value_t = 500)]
    rate: u32,
    /// Seconds with events
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Seconds of quiet before the server must have nothing to do
    #[arg(long, default_value_t = 60)]
    quiet: u32,
    /// Measures this program instead of building one
    #[arg(long)]
    program: Option<PathBuf>,
}

/// Runs the measurement, prints its figures, and fails if one of them is not kept.
pub(crate) fn run(top: &Path, size: &Size) -> Result<String> {
    raise_open_files()?;
    let program = match &size.program {
        Some(program) => program.clone(),
        None => build(top)?,
    };
    let open = Arc::default();
    let quick = Receiver::start(Duration::ZERO, &open)?;
    let slow = Receiver::start(SLOWNESS, &open)?;
    let place = Place::start(&program)?;
    let subscribed = place.subscribe(size.webhooks, size.accounts, &quick, &slow)?;
    let idle = place.memory()?;
    println!(
        "{} webhooks in {} accounts are ready",
        size.webhooks, size.accounts
    );

    let load = Load::run(&place, &subscribed.tokens, size.rate, size.seconds);
    let told = quick.take_times();
    println!("{load}");
    let drained = wait_until_tried(&place)?;
    let most_memory = place.most_memory()?;
    let most_connections = place
        .figures()
        .iter()
        .map(|f| f.connections)
        .max()
        .unwrap_or(0);
    let deliveries = place.count_deliveries(&subscribed, &load.events)?;
    let (before, after) = wait_for_quiet(&place, size.quiet)?;

    let mut faults = load.faults(size.rate, size.seconds);
    let mut check = |kept: bool, line: String| {
        println!("{} {line}", if kept { "ok  " } else { "FAIL" });
        if !kept {
            faults.push(line);
        }
    };
    let [p50, p99] = [50, 99].map(|percent| percentile(&told, percent));
    let count = told.len();
    check(
        p99 <= LATENCY_LIMIT && !told.is_empty(),
        format!(
            "quick receivers were told {count} times: p50 {p50:?}, p99 {p99:?} after the event"
        ),
    );
    check(
        most_memory <= MEMORY_LIMIT,
        format!("resident memory: {idle} MiB before, at most {most_memory} MiB"),
    );
    let seen = open.most();
    check(
        most_connections <= CONNECTION_LIMIT && seen <= LATE_CLOSE + CONNECTION_LIMIT as usize,
        format!("connections: at most {most_connections} in use, {seen} open at the receivers"),
    );
    println!("ok   all first attempts were made {drained:?} after the last event");
    for (kind, line, complete) in deliveries {
        check(complete, format!("{kind:?} receivers: {line}"));
    }
    let quiet = after.at.duration_since(before.at).as_secs();
    check(
        after.workers == 0 && after.connections == 0,
        format!(
            "after {} s of quiet: {} workers, {} connections",
            size.quiet, after.workers, after.connections
        ),
    );
    let (reads, commands) = (after.reads - before.reads, after.commands - before.commands);
    check(
        reads == 0 && commands == 0,
        format!("in the next {quiet} s: {reads} reads and {commands} commands of the whole server"),
    );
    println!("     memory now: {} MiB", place.memory()?);
    if !faults.is_empty() {
        bail!("not kept:\n  {}", faults.join("\n  "));
    }
    Ok("The webhooks kept all limits.".to_owned())
}

fn build(top: &Path) -> Result<PathBuf> {
    let mut build = step::cargo(top);
    build.args(["build", "--release", "-p", BINARY_PACKAGE]);
    step::run(&mut build)?;
    Ok(top.join(PROGRAM))
}

/// Waits until no webhook has anything to send. Returns how long that took.
fn wait_until_tried(place: &Place) -> Result<Duration> {
    let begun = Instant::now();
    loop {
        let since = begun.elapsed();
        let latest = place.figures_after(begun, PATIENCE)?;
        if latest.workers == 0 {
            return Ok(since);
        }
        ensure!(
            since < PATIENCE,
            "{} workers are still busy",
            latest.workers
        );
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Waits for the end of the quiet time. Returns the figures at its end, and those some seconds later.
fn wait_for_quiet(place: &Place, seconds: u32) -> Result<(Figures, Figures)> {
    std::thread::sleep(Duration::from_secs(seconds.into()));
    let before = place.figures_after(Instant::now(), PATIENCE)?;
    std::thread::sleep(Duration::from_secs(10));
    let after = place.figures_after(Instant::now(), PATIENCE)?;
    Ok((before, after))
}

/// Returns the time that so many percent did not exceed; zero without times.
fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    sorted
        .get(last * percent / 100)
        .copied()
        .unwrap_or_default()
}
