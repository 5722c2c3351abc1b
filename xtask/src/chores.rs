//! Commands that only start another program: the bench, and the fault suite with many rounds.

use std::path::Path;

use anyhow::Result;

use crate::layout::{BENCH_PACKAGE, BINARY_PACKAGE, FAULT_SUITE};
use crate::step;

/// The environment variable with the number of rounds of the fault suite.
const FAULT_ROUNDS: &str = "HEDDLE_FAULT_ROUNDS";

/// Builds Heddle and the bench program in release mode, as operators run Heddle, and starts the bench.
pub(crate) fn bench(top: &Path, args: &[String]) -> Result<String> {
    step::run(step::cargo(top).args([
        "build",
        "--release",
        "-p",
        BINARY_PACKAGE,
        "-p",
        BENCH_PACKAGE,
    ]))?;
    step::run(
        step::cargo(top)
            .args(["run", "--release", "--quiet", "-p", BENCH_PACKAGE, "--"])
            .args(args),
    )?;
    Ok("The bench ran to its end.".to_owned())
}

/// Runs the fault suite with many more rounds than `cargo xtask test` does.
pub(crate) fn faults(top: &Path, rounds: u32) -> Result<String> {
    let mut suite = step::cargo(top);
    suite
        .arg("test")
        .args(FAULT_SUITE)
        .args(["--", "--nocapture"])
        .env(FAULT_ROUNDS, rounds.to_string());
    step::run(&mut suite)?;
    Ok(format!("The fault suite passed with {rounds} rounds."))
}
