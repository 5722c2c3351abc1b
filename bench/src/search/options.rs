//! What the bench of search is asked for.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::engine::Engine;
use crate::place::{Output, Placed};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Messages that the store holds; a fifth as many conversations
    #[arg(long, default_value_t = 1_000_000)]
    pub(super) messages: usize,
    /// Engines to measure
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    pub(super) engines: Vec<Engine>,
    /// What to measure
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "two-words,hard,suggestions,lag,throughput"
    )]
    pub(super) only: Vec<Part>,
    /// Search for ten things as people at a help desk do, among 100,000 conversations, instead of measuring
    #[arg(long)]
    pub(super) desk: bool,
    /// Import the conversations instead of writing their messages in the order of their times
    #[arg(long)]
    pub(super) imported: bool,
    /// Build the index anew before it is measured
    #[arg(long)]
    pub(super) rebuild: bool,
    /// Keep the SQLite store in this folder, and use it again if it is there
    #[arg(long)]
    pub(super) keep: Option<PathBuf>,
    #[command(flatten)]
    pub(super) placed: Placed,
    #[command(flatten)]
    pub(super) output: Output,
    /// Measure PostgreSQL in this database and keep it: it is empty, or an earlier run has filled it [default: a PostgreSQL of its own]
    #[arg(long, value_name = "URL")]
    pub(super) database: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// 2,000 queries of two words and an operator
    TwoWords,
    /// 50 queries that are hard for an index
    Hard,
    /// Suggestions while somebody types
    Suggestions,
    /// How long after its commit a message is found, at 1,000 writes a second
    Lag,
    /// Writes a second with the index and without
    Throughput,
}
