//! The maintenance commands of this project: `cargo xtask test`, `tidy`, `bench`, `faults`, `attack`, `webhooks`, `live`,
//! `api`, `conformance`, `package`, `day`, `container`.
//!
//! Maintainers and CI start everything here, so that there is one way to do each thing. xtask depends on no crate of
//! Heddle and compiles in seconds.

mod api;
mod attack;
mod chores;
mod conformance;
mod container;
mod day;
mod layout;
mod licences;
mod live;
mod package;
mod postgres;
mod resident;
mod step;
mod test;
mod tidy;
mod waiting;
mod webhooks;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use attack::Form;

#[derive(Parser)]
#[command(about = "The chores of the Heddle project")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything a change must pass: format, house rules, lints, docs, licences, all tests on SQLite and PostgreSQL
    Test,
    /// The house rules alone: the invariants of ARCHITECTURE.md, checked
    Tidy {
        /// Prints every cycle of imports between files instead, at length
        #[arg(long)]
        cycles: bool,
    },
    /// Heddle beside its floors, in a release build; further arguments go to the bench program
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// The fault suite (kill -9, full disk, lost writes) with many rounds
    Faults {
        #[arg(long, default_value_t = 50)]
        rounds: u32,
    },
    /// Hostile clients without a credential against a release build; prints memory and times of answers for each
    Attack {
        /// One second for each attack against a debug build, as in `test`: times are not judged
        #[arg(long)]
        short: bool,
        /// Runs only the attack with this name
        #[arg(long)]
        only: Option<String>,
        /// Attacks this program instead of building one
        #[arg(long)]
        program: Option<PathBuf>,
    },
    /// Thousands of webhooks, many of them slow or dead, against a release build; prints delays, memory and connections
    Webhooks {
        #[command(flatten)]
        size: webhooks::Size,
    },
    /// A thousand live readers and 500 writes a second against a release build; prints delays and memory
    Live {
        #[command(flatten)]
        size: live::Size,
    },
    /// The native API against schemathesis and a generated client, both from PyPI; needs python3-venv
    Api {
        /// Examples that schemathesis makes for each operation
        #[arg(long, default_value_t = 100)]
        examples: u32,
        /// Repeats a run
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Two published clients of the Help Scout API, and clients generated from the descriptions of the other vendor APIs, against
    /// `heddle demo`; needs npm, openssl and python3-venv
    Conformance {
        /// Records the calls of the published clients, for the test that replays them
        #[arg(long)]
        record: bool,
        /// Drives this program instead of building one
        #[arg(long)]
        program: Option<PathBuf>,
    },
    /// A day at work on each engine: install the package, write, back up, kill, restore elsewhere, compare; as root with debootstrap in
    /// a fresh Debian
    Day {
        #[command(flatten)]
        options: day::Options,
    },
    /// The container image, built and tried: make the store, serve, write, stop, start again; needs podman or docker
    Container {
        #[command(flatten)]
        options: container::Options,
    },
    /// The Debian package, from a release build: built, unpacked and checked; needs cargo-deb
    Package {
        /// Packs this program instead of building one
        #[arg(long)]
        program: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let top = top();
    let outcome = match Cli::parse().chore {
        Chore::Test => test::run(&top),
        Chore::Tidy { cycles: true } => tidy::cycles(&top),
        Chore::Tidy { cycles: false } => tidy::run(&top),
        Chore::Bench { args } => chores::bench(&top, &args),
        Chore::Webhooks { size } => webhooks::run(&top, &size),
        Chore::Live { size } => live::run(&top, &size),
        Chore::Faults { rounds } => chores::faults(&top, rounds),
        Chore::Attack {
            short,
            only,
            program,
        } => {
            let form = if short { Form::Short } else { Form::Long };
            attack::run(&top, form, only.as_deref(), program)
        }
        Chore::Api { examples, seed } => api::run(&top, examples, seed),
        Chore::Conformance {
            record: true,
            program,
        } => conformance::record(&top, program),
        Chore::Conformance {
            record: false,
            program,
        } => conformance::run(&top, program),
        Chore::Day { options } => day::run(&top, &options),
        Chore::Container { options } => container::run(&top, &options),
        Chore::Package { program } => package::run(&top, program),
    };
    match outcome {
        Ok(sentence) => {
            println!("{sentence}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("FAILED: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the workspace's top folder, which does not depend on the current folder.
fn top() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask
        .parent()
        .expect("xtask lies in the workspace")
        .to_path_buf()
}
