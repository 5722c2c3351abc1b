//! `cargo xtask bench search`: how fast searches are on a store with many messages, what the index costs, and whether people
//! find what they seek.
//!
//! The store runs in this process, without HTTP, so that the figures are those of the store: the native API adds the cost of a
//! request, which the other bench measures. The index follows the feed as the server lets it.
//!
//! Deliberately missing: thresholds (a person reads the table), several clients that search at the same time.

mod clock;
mod corpus;
mod desk;
mod dice;
mod filling;
mod hard;
mod load;
mod place;
mod queries;
mod times;
mod words;
mod writes;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use place::Place;

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Messages that the store holds; a fifth as many conversations
    #[arg(long, default_value_t = 1_000_000)]
    messages: usize,
    /// Engines to measure
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    engines: Vec<crate::Engine>,
    /// What to measure
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "two-words,hard,suggestions,lag,throughput"
    )]
    only: Vec<Part>,
    /// Search for ten things as people at a help desk do, among 100,000 conversations, instead of measuring
    #[arg(long)]
    desk: bool,
    /// Import the conversations instead of writing their messages in the order of their times
    #[arg(long)]
    imported: bool,
    /// Build the index anew before it is measured
    #[arg(long)]
    rebuild: bool,
    /// Where the databases are made [default: beside this program]
    #[arg(long)]
    work_dir: Option<PathBuf>,
    /// Keep the SQLite store in this folder, and use it again if it is there
    #[arg(long)]
    keep: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
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

/// Conversations of the store in which people search.
const DESK_CONVERSATIONS: usize = 100_000;
/// How many messages a conversation has on average.
const MESSAGES: usize = 5;

#[tokio::main]
pub(crate) async fn run(options: &Options) -> Result<()> {
    for engine in &options.engines {
        let place = Place::open(*engine, options).await?;
        if options.desk {
            desk::run(&place, DESK_CONVERSATIONS).await?;
        } else {
            measure(&place, options).await?;
        }
        place.remove().await?;
    }
    Ok(())
}

async fn measure(place: &Place, options: &Options) -> Result<()> {
    let conversations = options.messages / MESSAGES;
    let mut filled = load::fill(place, conversations, options.imported).await?;
    if options.rebuild {
        filled.rebuild(place).await?;
    }
    println!("\n## Search on {}\n\n{}", place.name, filled.table());
    for part in &options.only {
        let table = match part {
            Part::TwoWords => queries::two_words(place, &filled).await?,
            Part::Hard => hard::run(place, &filled).await?,
            Part::Suggestions => queries::suggestions(place, &filled).await?,
            Part::Lag => writes::lag(place, &filled).await?,
            Part::Throughput => writes::throughput(place, &filled).await?,
        };
        println!("{table}\n");
    }
    Ok(())
}
