//! The command line. Each command has a file under `command/`.
//!
//! Invariants: only results go to standard output, as text or, with `--json`, as one line of JSON. The command that creates a
//! secret prints it; no other does. Deliberately missing so far: `export`, `import`, `backup`, `restore`, `doctor`.

mod account;
pub(crate) mod administration;
mod agent;
mod argument;
mod check_config;
mod credential;
mod customer;
mod inbox;
mod init;
mod migrate;
mod outcome;
pub(crate) mod output;
mod serve;
mod settings;
mod source;
mod webhook;

use std::ffi::OsString;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::demo;
use administration::{Administration, CommandLine};
use source::Source;

/// How long the process waits at its end for work on files.
const LONGEST_END: Duration = Duration::from_secs(5);

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve sample data with one credential for each API, and print the calls to try
    Demo(demo::Arguments),
    /// Serve the configured store
    Serve(serve::Arguments),
    /// Make a data folder with a commented configuration file
    Init(init::Arguments),
    /// Migrate the store's schema, and exit
    Migrate(Source),
    /// Check the configuration and print what is in force, without secrets
    CheckConfig(serve::Arguments),
    /// A command on the store. It runs in this process or in the server.
    #[command(flatten)]
    Administration(Administration),
}

/// Parses the arguments of the process, and runs the command to its end. Wrong arguments end the process at once.
pub(crate) fn execute(arguments: &[OsString]) -> anyhow::Result<()> {
    let CommandLine { json, command } = CommandLine::parse_from(arguments);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let done = runtime.block_on(async move {
        match command {
            Command::Demo(arguments) => demo::run(arguments, json).await,
            Command::Serve(arguments) => serve::run(arguments, json).await,
            Command::Init(arguments) => init::run(arguments, json),
            Command::Migrate(source) => migrate::run(&source, json).await,
            Command::CheckConfig(arguments) => check_config::run(arguments, json),
            Command::Administration(command) => administration::run(command, arguments, json).await,
        }
    });
    // A file operation that hangs must not keep the process.
    runtime.shutdown_timeout(LONGEST_END);
    done
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Command, CommandLine};

    #[test]
    fn the_arguments_are_consistent() {
        CommandLine::<Command>::command().debug_assert();
    }
}
