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
mod options;
mod place;
mod queries;
mod words;
mod writes;

use anyhow::Result;

use crate::results::{Search, Sheet};
use options::Part;
use place::Place;

pub(crate) use options::Options;

/// Conversations of the store in which people search.
const DESK_CONVERSATIONS: usize = 100_000;

#[tokio::main]
pub(crate) async fn run(options: &Options) -> Result<()> {
    let mut results = options.output.begin(&options.placed.within()?)?;
    for &engine in &options.engines {
        let place = Place::open(engine, options).await?;
        let tables = if options.desk {
            vec![desk::run(&place, DESK_CONVERSATIONS).await?]
        } else {
            measure(&place, options).await?
        };
        results.search.push(Search { engine, tables });
        place.remove().await?;
    }
    options.output.finish(results)
}

async fn measure(place: &Place, options: &Options) -> Result<Vec<Sheet>> {
    let conversations = options.messages / corpus::MESSAGES;
    let mut filled = load::fill(place, conversations, options.imported).await?;
    if options.rebuild {
        filled.rebuild(place).await?;
    }
    let mut tables = vec![filled.table()];
    for part in &options.only {
        tables.push(match part {
            Part::TwoWords => queries::two_words(place, &filled).await?,
            Part::Hard => hard::run(place, &filled).await?,
            Part::Suggestions => queries::suggestions(place, &filled).await?,
            Part::Lag => writes::lag(place, &filled).await?,
            Part::Throughput => writes::throughput(place, &filled).await?,
        });
    }
    Ok(tables)
}
