//! `cargo xtask bench`: how fast Heddle is, beside minimal servers that do the same work, and with many conversations.
//!
//! Without a subcommand it compares Heddle with its floors ([`compare`]). `all` runs the commands one after the other and writes
//! the tables and plots of `docs/benchmarks`.

mod all;
mod cluster;
mod commands;
mod compare;
mod engine;
mod figures;
mod floor;
mod floor_postgres;
mod http;
mod lists;
mod machine;
mod nodes;
mod open;
mod operation;
mod place;
mod plots;
mod process;
mod requests;
mod results;
mod scale;
mod search;
mod server;
mod subscriber;
mod tables;
mod times;
mod wrk;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    about = "Heddle beside bare servers that do the same work",
    args_conflicts_with_subcommands = true
)]
struct Cli {
    #[command(subcommand)]
    role: Option<Role>,
    #[command(flatten)]
    compare: compare::Options,
    /// Measure a debug build, to try the bench itself: the figures say nothing
    #[arg(long, global = true)]
    debug_build: bool,
}

#[derive(Subcommand)]
enum Role {
    /// Run all of these one after the other, and write their tables and plots into a folder
    All(all::Options),
    /// Measure searches, and what the index costs
    Search(search::Options),
    /// Measure Help Scout's lists of conversations and customers, filter by filter
    Lists(lists::Options),
    /// Measure the same calls on stores of 10,000 to 10,000,000 messages
    Scale(scale::Options),
    /// Measure times at fixed rates of arrival
    Open(open::Options),
    /// Measure two servers on one PostgreSQL beside one of them
    Nodes(nodes::Options),
    /// Serve the floors; the bench starts this itself
    Floor {
        /// The folder of the floor on SQLite
        #[arg(long, required_unless_present = "store")]
        data: Option<PathBuf>,
        /// The empty database of the floor on PostgreSQL
        #[arg(long, conflicts_with = "data")]
        store: Option<String>,
        #[arg(long)]
        preload: u64,
    },
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    if let Some(Role::Floor {
        data,
        store,
        preload,
    }) = &cli.role
    {
        return match (data, store) {
            (_, Some(store)) => floor_postgres::serve(store, *preload),
            (Some(data), None) => floor::serve(data, *preload),
            (None, None) => bail!("neither a folder nor a database"),
        };
    }
    ensure!(
        cli.debug_build || !cfg!(debug_assertions),
        "a debug build measures nothing: use `cargo xtask bench`, or --debug-build to try the bench itself"
    );
    match &cli.role {
        Some(Role::All(options)) => all::run(options),
        Some(Role::Search(options)) => search::run(options),
        Some(Role::Lists(options)) => lists::run(options),
        Some(Role::Scale(options)) => scale::run(options),
        Some(Role::Open(options)) => open::run(options),
        Some(Role::Nodes(options)) => nodes::run(options),
        Some(Role::Floor { .. }) | None => compare::run(&cli.compare),
    }
}
