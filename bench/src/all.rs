//! `cargo xtask bench all`: every measurement in one run, and its tables and plots in one folder.
//!
//! Each part is a command of this program in a process of its own, with a time limit. So a part that fails, panics or hangs does
//! not keep the others from running; the run ends with an error then. The parts run one after the other, so that nothing else
//! uses the machine.
//!
//! Deliberately missing: thresholds (a person reads the tables).

mod page;
mod plan;
mod running;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;

use crate::machine::Machine;
use crate::place::Placed;
use crate::plots;
use crate::results::{Failure, Results};
use crate::wrk;
use plan::{Chosen, Part, Plan};
use running::Ended;

/// The file with all results.
const RESULTS: &str = "results.json";
/// The name of the page with all tables.
const PAGE: &str = "figures";

/// The options of `all`.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The folder for the tables, the plots and `results.json`
    #[arg(long)]
    into: PathBuf,
    #[command(flatten)]
    chosen: Chosen,
    /// Only say what would run, how long it takes and how much disk it needs
    #[arg(long)]
    plan: bool,
    #[command(flatten)]
    placed: Placed,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let plan = Plan::of(&options.chosen);
    eprintln!("{}", plan.text());
    if options.plan {
        return Ok(());
    }
    if plan.parts.iter().any(|part| part.starts_heddle) {
        // Else these parts would fail one after the other.
        wrk::ensure_installed()?;
    }
    let within = options.placed.within()?;
    plan.check_disk(&within, free_bytes(&within)?)?;
    prepare(&options.into)?;
    let began = Instant::now();
    let mut results = Results::on(Machine::describe(&within)?);
    results.command.clone_from(&plan.command);
    for (number, part) in plan.parts.iter().enumerate() {
        eprintln!("\n== {} of {}: {}", number + 1, plan.parts.len(), part.name);
        match measure(part, &options.placed, &within) {
            Ok(measured) => results.add(measured),
            Err(error) => {
                eprintln!("FAILED: {}: {error:#}", part.name);
                results.failed.push(Failure {
                    part: part.name.clone(),
                    why: format!("{error:#}"),
                });
            }
        }
        // What was measured so far is not lost if the rest of the run is.
        results.took_seconds = began.elapsed().as_secs_f64();
        write(&results, &options.into)?;
    }
    finish(&results, &options.into)
}

/// Says how the run ended.
fn finish(results: &Results, into: &Path) -> Result<()> {
    let took = results.took_seconds / 60.0;
    let place = page_in(into);
    if results.failed.is_empty() {
        println!("Measured in {took:.0} minutes: {}", place.display());
        return Ok(());
    }
    let failed: Vec<&str> = results
        .failed
        .iter()
        .map(|failure| failure.part.as_str())
        .collect();
    bail!(
        "failed: {}. The other parts were measured in {took:.0} minutes: {}",
        failed.join(", "),
        place.display()
    )
}

/// Creates the folder, and removes the plots of an earlier run from it.
fn prepare(into: &Path) -> Result<()> {
    std::fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
    for entry in std::fs::read_dir(into)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            std::fs::remove_file(&path)
                .with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Writes the file of results, the plots and the tables.
fn write(results: &Results, into: &Path) -> Result<()> {
    results.write(&into.join(RESULTS))?;
    for plot in plots::all(results)? {
        std::fs::write(into.join(&plot.file), &plot.svg)
            .with_context(|| format!("cannot write {}", plot.file))?;
    }
    let page = page_in(into);
    std::fs::write(&page, page::text(results)?)
        .with_context(|| format!("cannot write {}", page.display()))
}

/// Runs one part, and returns what it measured.
fn measure(part: &Part, placed: &Placed, within: &Path) -> Result<Results> {
    let folder = tempfile::Builder::new()
        .prefix("bench-all-")
        .tempdir_in(within)?;
    let file = folder.path().join(RESULTS);
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.args(&part.arguments).arg("--json").arg(&file);
    // So nothing is left of a part that is ended.
    command.arg("--work-dir").arg(folder.path());
    if let Some(program) = &placed.heddle
        && part.starts_heddle
    {
        command.arg("--heddle").arg(program);
    }
    if cfg!(debug_assertions) {
        command.arg("--debug-build");
    }
    match running::run(&mut command, part.limit())? {
        Ended::Well => Results::read(&file),
        Ended::With(status, report) => bail!("it ended with {status}. {report}"),
        Ended::TooLate => bail!("it was ended after {} minutes", part.limit().as_secs() / 60),
    }
}

fn page_in(into: &Path) -> PathBuf {
    into.join(PAGE).with_extension("md")
}

fn free_bytes(folder: &Path) -> Result<u64> {
    let disk = rustix::fs::statvfs(folder)
        .with_context(|| format!("cannot look at the disk of {}", folder.display()))?;
    Ok(disk.f_bavail * disk.f_frsize)
}

impl Plan {
    /// Refuses to start if the disk is too small.
    fn check_disk(&self, folder: &Path, free: u64) -> Result<()> {
        let needed = self.disk_bytes();
        ensure!(
            free >= needed,
            "{} has {} GB of free disk, and this needs {} GB: choose another with --work-dir, or fewer parts with --only",
            folder.display(),
            free / 1_000_000_000,
            needed.div_ceil(1_000_000_000)
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::all::page::tests::sample;

    #[test]
    fn one_folder_gets_everything_and_loses_older_plots() {
        let folder = tempfile::tempdir().expect("a folder");
        let into = folder.path().join("new");
        prepare(&into).expect("a folder");
        for name in ["old.svg", "own.txt"] {
            std::fs::write(into.join(name), "x").expect("a file");
        }
        prepare(&into).expect("a folder");
        write(&sample(), &into).expect("files");
        let entries = std::fs::read_dir(&into).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into()
            })
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "figures.md",
                "lists-customers-rows.svg",
                "lists-customers.svg",
                "open-sqlite.svg",
                "own.txt",
                "requests-sqlite-connections.svg",
                "requests-sqlite-memory.svg",
                "requests-sqlite-p50.svg",
                "requests-sqlite-p99.svg",
                "requests-sqlite-rate.svg",
                "requests-sqlite-ratio.svg",
                "results.json",
                "scale-sqlite-memory.svg",
                "scale-sqlite-steps.svg",
                "scale-sqlite.svg",
            ]
        );
        let read = Results::read(&into.join(RESULTS)).expect("results");
        let text = |results: &Results| serde_json::to_string(results).expect("JSON");
        assert_eq!(text(&read), text(&sample()));
    }

    #[test]
    fn a_run_with_a_failure_ends_with_an_error_that_names_it() {
        let mut results = sample();
        assert!(finish(&results, Path::new("x")).is_ok());
        results.failed.push(Failure {
            part: "scale".to_owned(),
            why: "no disk".to_owned(),
        });
        let error = finish(&results, Path::new("x")).expect_err("a failure");
        assert!(error.to_string().starts_with("failed: scale."), "{error}");
    }

    #[test]
    fn a_disk_that_is_too_small_is_refused() {
        let plan = Plan::of(&Chosen::default());
        let needed = plan.disk_bytes();
        assert!(plan.check_disk(Path::new("x"), needed).is_ok());
        let error = plan
            .check_disk(Path::new("x"), needed - 1)
            .expect_err("too small")
            .to_string();
        assert!(error.contains("--work-dir"), "{error}");
        assert!(free_bytes(Path::new(".")).expect("a disk") > 0);
    }
}
