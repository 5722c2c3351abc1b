//! Fifty queries that are hard for an index: common words, short prefixes, negations, filters that nothing fulfils.

use anyhow::Result;
use heddle_store::search::{Order, Search};

use super::load::Filled;
use super::place::Place;
use super::queries::{search, timed};
use super::times::{Times, ms, table};

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

/// Measures each query several times; the first time, its pages may not be in memory.
pub(super) async fn run(place: &Place, filled: &Filled) -> Result<String> {
    let mut rows = Vec::new();
    for (query, how) in QUERIES {
        let mut times = Times::default();
        let search = asked(place, filled, query, how).await?;
        let mut shown = (0, true);
        for _ in 0..ROUNDS {
            let (page, time) = timed(place, &search).await?;
            times.add(time);
            shown = (page.found.len(), page.is_complete);
        }
        rows.push((times, query, how, shown));
    }
    rows.sort_by(|one, other| other.0.percentile(50).total_cmp(&one.0.percentile(50)));
    let lines = rows
        .iter()
        .map(|(times, query, how, (found, is_complete))| {
            let whole = if *is_complete { "" } else { "cut" };
            let found = format!("{found} {whole}");
            [
                (*query).to_owned(),
                format!("{how:?}").to_lowercase(),
                found,
                ms(times.percentile(50)),
                ms(times.worst()),
            ]
        });
    Ok(table(
        ["hard query", "how", "found", "median ms", "worst ms"],
        lines,
    ))
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
