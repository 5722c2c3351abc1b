//! The description of the machine and of the programs, without which no figure says anything.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};
use heddle_store::{Clock as _, SystemClock};
use serde::{Deserialize, Serialize};

use crate::times::Times;

/// How often a block is synced to measure the disk.
const SYNCS: u32 = 100;
const BLOCK: [u8; 4_096] = [7; 4_096];

/// The machine, the programs, and when they were measured.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Machine {
    /// When the run began, in UTC.
    pub(crate) date: String,
    /// Cores that the bench, the servers and the database share.
    pub(crate) cores: usize,
    pub(crate) cpu: String,
    pub(crate) memory_mib: u64,
    pub(crate) kernel: String,
    /// Time of `fdatasync` after 4 KiB, in milliseconds: the median of 100.
    pub(crate) sync_ms: f64,
    /// The commit of the sources, with `+` if files were changed since; empty if they are in no git repository.
    pub(crate) commit: String,
    /// `release`, or `debug`, whose figures say nothing.
    pub(crate) build: String,
    pub(crate) sqlite: String,
    /// Empty if it is not installed, as that of `wrk`.
    pub(crate) postgres: String,
    pub(crate) wrk: String,
}

impl Machine {
    /// Describes this machine. `folder` is on the disk that is measured.
    pub(crate) fn describe(folder: &Path) -> Result<Self> {
        let read = |path: &str| std::fs::read_to_string(path).with_context(|| path.to_owned());
        Ok(Self {
            date: seconds_of(SystemClock.now().0)?,
            cores: std::thread::available_parallelism()?.get(),
            cpu: value_of(&read("/proc/cpuinfo")?, "model name").unwrap_or_default(),
            memory_mib: memory_mib(&read("/proc/meminfo")?).context("no MemTotal")?,
            kernel: read("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            sync_ms: sync_ms(folder)?,
            commit: commit(),
            build: if cfg!(debug_assertions) {
                "debug"
            } else {
                "release"
            }
            .to_owned(),
            sqlite: rusqlite::version().to_owned(),
            postgres: heddle_testkit::postgres::installed_version().unwrap_or_default(),
            wrk: first_line("wrk", &["-v"])
                .and_then(|line| line.split_whitespace().nth(1).map(str::to_owned))
                .unwrap_or_default(),
        })
    }
}

/// Shows a time in whole seconds.
fn seconds_of(ms: i64) -> Result<String> {
    Ok(jiff::Timestamp::from_second(ms / 1_000)?.to_string())
}

/// Returns the value of a line `name : value`.
fn value_of(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(key, _)| key.trim() == name)?;
    Some(value.trim().to_owned())
}

fn memory_mib(meminfo: &str) -> Option<u64> {
    let kib = value_of(meminfo, "MemTotal")?;
    let kib: u64 = kib.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1_024)
}

fn sync_ms(folder: &Path) -> Result<f64> {
    let mut file: File = tempfile::tempfile_in(folder)?;
    let mut times = Times::default();
    for _ in 0..SYNCS {
        let began = Instant::now();
        file.rewind()?;
        file.write_all(&BLOCK)?;
        file.sync_data()?;
        times.add(began.elapsed());
    }
    Ok(times.percentile(50))
}

fn commit() -> String {
    let Some(commit) = first_line("git", &["rev-parse", "--short=12", "HEAD"]) else {
        return String::new();
    };
    let changed = first_line("git", &["status", "--porcelain", "--untracked-files=no"]);
    let mark = if changed.is_some() { "+" } else { "" };
    commit + mark
}

/// Returns the first line that a program prints, whatever its exit code: `wrk -v` has 1. `None` if there is none.
fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_s_files_are_read() {
        let cpu = "processor\t: 0\nmodel name\t: A CPU: fast @ 2 GHz\nmodel name\t: other\n";
        assert_eq!(
            value_of(cpu, "model name").as_deref(),
            Some("A CPU: fast @ 2 GHz")
        );
        assert_eq!(value_of(cpu, "model"), None);
        let memory = "MemTotal:       24576000 kB\nMemFree:  1 kB\n";
        assert_eq!(memory_mib(memory), Some(24_000));
        assert_eq!(memory_mib("MemFree: 1 kB"), None);
    }

    #[test]
    fn this_machine_is_described() {
        let folder = tempfile::tempdir().expect("a folder");
        let machine = Machine::describe(folder.path()).expect("a description");
        assert!(machine.cores > 0 && machine.memory_mib > 0, "{machine:?}");
        assert!(!machine.kernel.is_empty() && !machine.sqlite.is_empty());
        assert!(machine.sync_ms > 0.0, "{machine:?}");
        assert_eq!(machine.date.len(), "2026-01-01T00:00:00Z".len());
    }

    #[test]
    fn a_program_that_is_missing_has_no_line() {
        assert_eq!(first_line("/nowhere/wrk", &[]), None);
    }
}
