//! `cargo xtask test`: the stages that every change must pass, cheapest first.
//!
//! The first stage that fails ends the run with its name and a nonzero exit code. No stage is skipped: if a program
//! is missing, the stage installs it or says how to. Needs no terminal and reads no standard input.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::attack::{self, Form};
use crate::layout::DEBUG_PROGRAM;
use crate::{licences, postgres, step, tidy};

struct Stage {
    name: &'static str,
    run: fn(&Path) -> Result<()>,
}

const STAGES: [Stage; 8] = [
    Stage {
        name: "format",
        run: format,
    },
    Stage {
        name: "tidy",
        run: tidy,
    },
    Stage {
        name: "clippy",
        run: clippy,
    },
    Stage {
        name: "docs",
        run: docs,
    },
    Stage {
        name: "licences",
        run: licences::check,
    },
    Stage {
        name: "PostgreSQL",
        run: postgres::ensure,
    },
    Stage {
        name: "tests on both engines",
        run: tests,
    },
    Stage {
        name: "hostile clients",
        run: hostile_clients,
    },
];

pub(crate) fn run(top: &Path) -> Result<String> {
    let begun = Instant::now();
    for (index, stage) in STAGES.iter().enumerate() {
        println!(
            "\n==> stage {} of {}: {}",
            index + 1,
            STAGES.len(),
            stage.name
        );
        let stage_begun = Instant::now();
        if let Err(error) = (stage.run)(top) {
            bail!(
                "cargo xtask test stopped at stage \"{}\": {error:#}",
                stage.name
            );
        }
        println!(
            "    {} passed in {}",
            stage.name,
            in_words(stage_begun.elapsed())
        );
    }
    Ok(format!(
        "\nEverything passed: {} stages in {}.",
        STAGES.len(),
        in_words(begun.elapsed())
    ))
}

fn format(top: &Path) -> Result<()> {
    if !step::succeeds("rustfmt", &["--version"])
        || !step::succeeds("cargo", &["clippy", "--version"])
    {
        bail!(
            "rustfmt or clippy is missing; install both with: rustup component add rustfmt clippy"
        );
    }
    step::run(step::cargo(top).args(["fmt", "--all", "--check"]))
}

fn tidy(top: &Path) -> Result<()> {
    println!("{}", tidy::run(top)?);
    Ok(())
}

fn clippy(top: &Path) -> Result<()> {
    step::run(step::cargo(top).args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn docs(top: &Path) -> Result<()> {
    step::run(
        step::cargo(top)
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

/// Runs all tests even when one fails: a run takes many minutes, so it names every failure.
fn tests(top: &Path) -> Result<()> {
    step::run(step::cargo(top).args(["test", "--workspace", "--no-fail-fast"]))
}

/// Attacks the program that the stage before built. A build of its package alone has other features, and so would compile
/// many libraries again.
fn hostile_clients(top: &Path) -> Result<()> {
    let program = top.join(DEBUG_PROGRAM);
    println!("{}", attack::run(top, Form::Short, None, Some(program))?);
    Ok(())
}

fn in_words(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_words() {
        assert_eq!(in_words(Duration::from_millis(1240)), "1.2 s");
        assert_eq!(in_words(Duration::from_secs(192)), "3 min 12 s");
    }
}
