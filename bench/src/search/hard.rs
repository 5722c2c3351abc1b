//! Fifty queries that are hard for an index: common words, short prefixes, negations, filters that nothing fulfils.

use std::time::Instant;

use anyhow::Result;
use heddle_store::search::{Order, Search};
use heddle_store::{Error, Trouble};

use super::load::Filled;
use super::place::Place;
use super::queries::{search, timed};
use crate::results::Sheet;
use crate::times::{Times, ms};

const ROUNDS: usize = 5;

/// How a query is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// The first page, newest first.
    Newest,
    /// The first page by relevance.
    Ranked,
    /// The first page with facets.
    Counted,
    /// The 40th page.
    Deep,
}

use How::{Counted, Deep, Newest, Ranked};

/// The words `the`, `to`, `you` and `die` are in most texts of their languages; `zzyzx` is in none.
const QUERIES: [(&str, How); 50] = [
    ("the", Newest),
    ("the to", Newest),
    ("the to you and", Newest),
    ("die the", Newest),
    ("the zzyzx", Newest),
    ("*", Newest),
    ("a*", Newest),
    ("s*", Newest),
    ("st*", Newest),
    ("e* a*", Newest),
    ("t* AND o* AND r*", Newest),
    ("ver* the", Newest),
    ("-the", Newest),
    ("the -to", Newest),
    ("-zzyzx", Newest),
    ("the -to -you -and -i", Newest),
    ("-a*", Newest),
    ("NOT (the OR die OR de OR la)", Newest),
    ("the after:2d", Newest),
    ("the before:1090d", Newest),
    ("the after:800d before:799d", Newest),
    ("zzyzx OR (the before:1094d)", Newest),
    ("before:1095d", Newest),
    ("die tag:topic-39", Newest),
    ("the tag:none", Newest),
    ("tag:topic-39 is:spam is:archived", Newest),
    ("is:archived", Newest),
    ("the is:archived", Newest),
    ("the is:new assignee:none tag:topic-38", Newest),
    ("the assignee:me is:spam", Newest),
    ("assignee:40 is:pending channel:letter die", Newest),
    ("the in:12 channel:letter has:attachment is:note", Newest),
    (
        "the OR to OR you OR and OR i OR a OR is OR it OR for OR of",
        Newest,
    ),
    (
        "invoice OR rechnung OR facture OR factura OR заказ OR photo OR foto OR refund OR delivery OR lieferung OR paket OR box",
        Newest,
    ),
    ("\"to the\"", Newest),
    ("\"the the the\"", Newest),
    ("\"you and i\"", Newest),
    ("\"die der und ich\"", Newest),
    ("subject:the", Newest),
    ("from:company1 the", Newest),
    ("from:anna -subject:the", Newest),
    ("お客様 注文番号", Newest),
    ("the", Ranked),
    ("the to you", Ranked),
    ("invoice refund OR rechnung", Ranked),
    ("s*", Ranked),
    ("the", Counted),
    ("s* -the", Counted),
    ("the to", Deep),
    ("*", Deep),
];

/// What happened to a query.
struct Outcome {
    query: &'static str,
    how: How,
    times: Times,
    shown: String,
}

/// Measures each query several times; the first time, its pages may not be in memory.
pub(super) async fn run(place: &Place, filled: &Filled) -> Result<Sheet> {
    let mut outcomes = Vec::new();
    for (query, how) in QUERIES {
        outcomes.push(measure(place, filled, query, how).await?);
    }
    outcomes.sort_by(|one, other| other.times.worst().total_cmp(&one.times.worst()));
    let lines = outcomes.into_iter().map(|outcome| {
        [
            outcome.query.to_owned(),
            format!("{:?}", outcome.how).to_lowercase(),
            outcome.shown,
            ms(outcome.times.percentile(50)),
            ms(outcome.times.worst()),
        ]
    });
    Ok(Sheet::new(
        "Hard queries",
        ["query", "how", "found", "median ms", "worst ms"],
        lines,
    ))
}

async fn measure(place: &Place, filled: &Filled, query: &'static str, how: How) -> Result<Outcome> {
    let mut times = Times::default();
    let mut shown = String::new();
    let search = asked(place, filled, query, how).await?;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        shown = match place.store.read(search.clone()).await {
            Ok(page) if page.is_complete => page.found.len().to_string(),
            Ok(page) => format!("{}, incomplete", page.found.len()),
            Err(Error::Trouble(Trouble::TimedOut(_))) => "timed out".to_owned(),
            Err(error) => return Err(error.into()),
        };
        times.add(started.elapsed());
    }
    eprintln!("  {query} {how:?}: {:.0} ms", times.percentile(50));
    Ok(Outcome {
        query,
        how,
        times,
        shown,
    })
}

async fn asked(place: &Place, filled: &Filled, query: &str, how: How) -> Result<Search> {
    let order = if how == Ranked {
        Order::Relevance
    } else {
        Order::Newest
    };
    let mut search = search(filled, query, order)?;
    search.with_facets = how == Counted;
    for _ in 0..if how == Deep { 39 } else { 0 } {
        let (page, _) = timed(place, &search).await?;
        search.after = page.next.or(search.after);
    }
    Ok(search)
}

#[cfg(test)]
mod tests {
    use heddle_search::query::{NATIVE, parse};

    use super::*;

    #[test]
    fn all_queries_are_of_the_language() {
        for (query, _) in QUERIES {
            assert!(parse(query, &NATIVE).is_ok(), "{query}");
        }
    }
}
