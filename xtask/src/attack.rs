//! Attacks a server with hostile clients that have no credential, one kind after the other, and prints what each of
//! them costs: the server's memory, how fast it answers others meanwhile, and what became of the attackers.
//!
//! All clients run on this machine. The attackers have addresses of their own (127.0.0.2 and following), because the
//! server limits each client address. Every attack ends by itself after a fixed time.

mod attacks;
mod crowd;
mod frames;
mod probe;
mod server;
mod socket;
mod target;
mod wire;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::layout::{BINARY_PACKAGE, DEBUG_PROGRAM, PROGRAM};
use crate::step;
use attacks::{ATTACKS, Attack};
use probe::{Probe, Seen};
use server::Server;
pub(crate) use socket::raise_open_files;

/// The most resident memory in MiB that any attack may cause.
const MEMORY_LIMIT: u64 = 300;
/// Memory above this, in MiB, must be returned within [`RETURN_TIME`] after an attack.
const MEMORY_AFTER: u64 = 100;
const RETURN_TIME: Duration = Duration::from_secs(60);
/// The 99th percentile of `GET /healthz` for others during an attack.
const HEALTH_LIMIT: Duration = Duration::from_millis(50);

/// How long the attacks take, and what is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A second for each attack, against a debug build. Times are printed but not judged: a debug build is slow, and
    /// tests may run beside it.
    Short,
    /// Ten seconds for each attack, against a release build. Times are judged, too.
    Long,
}

impl Form {
    /// How long the attackers of one attack go on.
    fn duration(self) -> Duration {
        match self {
            Self::Short => Duration::from_secs(1),
            Self::Long => Duration::from_secs(10),
        }
    }
}

/// Runs all attacks, or the one with the name `only`, against a given program or one that is built first.
pub(crate) fn run(
    top: &Path,
    form: Form,
    only: Option<&str>,
    program: Option<PathBuf>,
) -> Result<String> {
    raise_open_files()?;
    let program = match program {
        Some(program) => program,
        None => build(top, form)?,
    };
    let mut faults = Vec::new();
    println!("{}", Row::HEAD);
    for attack in ATTACKS
        .iter()
        .filter(|attack| only.is_none_or(|only| attack.name == only))
    {
        let row = one(top, &program, attack, form)?;
        println!("{row}");
        faults.extend(row.faults(form));
    }
    if !faults.is_empty() {
        bail!("the server did not hold:\n  {}", faults.join("\n  "));
    }
    Ok("The server held against every attack.".to_owned())
}

fn build(top: &Path, form: Form) -> Result<PathBuf> {
    let mut build = step::cargo(top);
    build.args(["build", "-p", BINARY_PACKAGE]);
    if form == Form::Long {
        build.arg("--release");
    }
    step::run(&mut build)?;
    Ok(top.join(match form {
        Form::Short => DEBUG_PROGRAM,
        Form::Long => PROGRAM,
    }))
}

/// Runs one attack against a server of its own, so that attacks do not hide each other's effects.
fn one(top: &Path, program: &Path, attack: &Attack, form: Form) -> Result<Row> {
    let server = Server::start(top, program, attack.listener)?;
    let idle = server.memory()?;
    let probe = Probe::start(&server);
    let outcome = (attack.run)(&server, form.duration());
    let seen = probe.stop();
    let most = server.most_memory()?;
    let after = memory_after(&server, form)?;
    Ok(Row {
        name: attack.name,
        idle,
        most,
        after,
        seen,
        outcome,
    })
}

/// Waits until the server has returned its memory, and returns what it still has.
fn memory_after(server: &Server, form: Form) -> Result<u64> {
    let limit = match form {
        Form::Short => Duration::ZERO,
        Form::Long => RETURN_TIME,
    };
    let begun = Instant::now();
    loop {
        let memory = server.memory()?;
        if memory <= MEMORY_AFTER || begun.elapsed() >= limit {
            return Ok(memory);
        }
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// What one attack did.
struct Row {
    name: &'static str,
    /// Resident memory in MiB before the attack, the most during it, and after it.
    idle: u64,
    most: u64,
    after: u64,
    seen: Seen,
    /// What became of the attackers; an error says how the server failed.
    outcome: Result<String>,
}

impl Row {
    const HEAD: &'static str = "\nattack                  | MiB idle/most/after | /healthz p50 ms | p99 ms | Mews read p99 ms | result\n\
                                ------------------------+---------------------+-----------------+--------+------------------+-------";

    /// Returns what is worse than the limits allow, one sentence for each.
    fn faults(&self, form: Form) -> Vec<String> {
        let mut faults = Vec::new();
        let mut add = |fault: String| faults.push(format!("{}: {fault}", self.name));
        if let Err(error) = &self.outcome {
            add(format!("{error:#}"));
        }
        if self.most > MEMORY_LIMIT {
            add(format!(
                "{} MiB of memory, allowed are {MEMORY_LIMIT}",
                self.most
            ));
        }
        if self.seen.failed > 0 {
            add(format!(
                "{} of {} requests of others failed, the first: {}",
                self.seen.failed,
                self.seen.failed + self.seen.health.count(),
                self.seen.first_error.as_deref().unwrap_or("unknown")
            ));
        }
        if form == Form::Long {
            if self.after > MEMORY_AFTER {
                add(format!(
                    "{} MiB a minute later, allowed are {MEMORY_AFTER}",
                    self.after
                ));
            }
            let p99 = self.seen.health.percentile(99);
            if p99 > HEALTH_LIMIT {
                add(format!(
                    "/healthz took {p99:?} at p99, allowed are {HEALTH_LIMIT:?}"
                ));
            }
        }
        faults
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let millis = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1_000.0);
        write!(
            formatter,
            "{:<23} | {:>19} | {:>15} | {:>6} | {:>16} | {}",
            self.name,
            format!("{} / {} / {}", self.idle, self.most, self.after),
            millis(self.seen.health.percentile(50)),
            millis(self.seen.health.percentile(99)),
            millis(self.seen.read.percentile(99)),
            match &self.outcome {
                Ok(outcome) => outcome.clone(),
                Err(error) => format!("FAILED: {error:#}"),
            }
        )
    }
}
