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

use clap::{Args, Parser, Subcommand};

use crate::demo;
use administration::Request;
use source::Source;

/// One server for every contact with a customer.
#[derive(Debug, Parser)]
#[command(name = "heddle", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Print the result as one line of JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

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
    /// Accounts: one tenant each
    Account(Administer<account::Command>),
    /// Inboxes: mailbox, studio, enterprise, department
    Inbox(Administer<inbox::Command>),
    /// Agents: the employees who answer
    Agent(Administer<agent::Command>),
    /// Customers: the people and firms in contact
    Customer(Administer<customer::Command>),
    /// Credentials: access to one account through one API
    Credential(Administer<credential::Command>),
    /// Webhooks: which internal addresses they may reach
    Webhook(Administer<webhook::Command>),
}

/// A command on the store. It runs in this process or in the server.
#[derive(Debug, Args)]
struct Administer<C: Subcommand> {
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    command: C,
}

/// Runs a command to its end.
pub(crate) fn execute(cli: Cli) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let Cli { json, command } = cli;
    let request = |request: Request, source: Source| async move {
        administration::run(request, &source, json).await
    };
    runtime.block_on(async move {
        match command {
            Command::Demo(arguments) => demo::run(arguments, json).await,
            Command::Serve(arguments) => serve::run(arguments, json).await,
            Command::Init(arguments) => init::run(arguments, json),
            Command::Migrate(source) => migrate::run(&source, json).await,
            Command::CheckConfig(arguments) => check_config::run(arguments, json),
            Command::Account(it) => request(Request::Account(it.command), it.source).await,
            Command::Inbox(it) => request(Request::Inbox(it.command), it.source).await,
            Command::Agent(it) => request(Request::Agent(it.command), it.source).await,
            Command::Customer(it) => request(Request::Customer(it.command), it.source).await,
            Command::Credential(it) => request(Request::Credential(it.command), it.source).await,
            Command::Webhook(it) => request(Request::Webhook(it.command), it.source).await,
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
