//! The command line. Each command has a file under `command/`.
//!
//! Invariants: only results go to standard output, as text or, with `--json`, as one line of JSON. A secret is
//! printed by the command that creates it, and by no other.

mod account;
pub(crate) mod administration;
mod agent;
mod argument;
mod backup;
mod check_config;
mod conversation;
mod credential;
mod customer;
mod doctor;
mod export;
mod export_help;
pub(crate) mod failure;
mod field;
mod hand_over;
mod import;
mod inbox;
mod init;
mod migrate;
mod objects;
mod opt_out;
mod outcome;
pub(crate) mod output;
mod place;
mod restore;
mod retention;
mod search;
mod serve;
mod settings;
mod source;
mod status;
mod team;
mod webhook;

use std::ffi::OsString;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand};

use crate::demo;
use administration::{Administration, CommandLine};
use failure::{Code, Failure};
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
    /// Copy the store to a folder of backups, while a server runs or not; list and check such backups
    Backup(backup::Arguments),
    /// Restore a backup into an empty folder
    Restore(restore::Arguments),
    /// Write one account or all as lines of JSON, without secrets, while a server runs or not
    Export(export::Arguments),
    /// Import an export, also of a store on the other engine; no server may run
    Import(import::Arguments),
    /// Move the attachment files to another place
    Objects(objects::Arguments),
    /// Check the configuration and print what is in force, without secrets
    CheckConfig(serve::Arguments),
    /// Find damage and what a wrong clock has stored, and mend what can be mended with --fix; no server may run
    Doctor(doctor::Arguments),
    /// Write man pages and shell completions into a folder
    ExportHelp(export_help::Arguments),
    /// A command on the store. It runs in this process or in the server.
    #[command(flatten)]
    Administration(Administration),
}

/// Whether the arguments ask for JSON. Looks at the words themselves, because wrong arguments cannot be parsed.
pub(crate) fn wants_json(arguments: &[OsString]) -> bool {
    let options = arguments.iter().take_while(|word| *word != "--");
    options.into_iter().any(|word| word == "--json")
}

/// Parses the arguments of the process, and runs the command to its end. Without `--json`, wrong arguments end the process
/// at once.
///
/// # Errors
/// Says why the command failed.
pub(crate) fn execute(arguments: &[OsString]) -> Result<(), Failure> {
    let parsed = CommandLine::try_parse_from(arguments);
    let CommandLine { json, command } = parsed.map_err(|error| {
        if !error.use_stderr() || !wants_json(arguments) {
            error.exit();
        }
        Failure::new(Code::Usage, sentence(&error))
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)?;
    let done = runtime.block_on(async move {
        match command {
            Command::Demo(arguments) => demo::run(arguments, json).await,
            Command::Serve(arguments) => serve::run(arguments, json).await,
            Command::Init(arguments) => init::run(arguments, json),
            Command::Migrate(source) => migrate::run(&source, json).await,
            Command::Doctor(arguments) => doctor::run(arguments, json).await,
            Command::Backup(arguments) => backup::run(arguments, json).await,
            Command::Restore(arguments) => restore::run(&arguments, json).await,
            Command::Export(arguments) => export::run(arguments, json).await,
            Command::Import(arguments) => import::run(arguments, json).await,
            Command::Objects(arguments) => objects::run(arguments, json).await,
            Command::CheckConfig(arguments) => check_config::run(arguments, json),
            Command::ExportHelp(arguments) => {
                export_help::run(&arguments, CommandLine::<Command>::command(), json)
            }
            Command::Administration(command) => administration::run(command, arguments, json).await,
        }
    });
    // A file operation that hangs must not keep the process.
    runtime.shutdown_timeout(LONGEST_END);
    Ok(done?)
}

/// Returns an error of the command line in one line, without the hints that only help people.
fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let end = text.find("\n\nUsage:").or(text.find("\n\nFor more"));
    let words = text[..end.unwrap_or(text.len())].split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Command, CommandFactory, CommandLine};

    #[test]
    fn the_arguments_are_consistent() {
        CommandLine::<Command>::command().debug_assert();
    }
}
