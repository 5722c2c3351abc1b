//! Queries of two words and an operator, and suggestions: what most people search for.

use std::time::Instant;

use anyhow::{Context as _, Result};
use heddle_domain::InboxScope;
use heddle_domain::customer::CustomerRef;
use heddle_search::document::{Limits, tokens};
use heddle_search::query::{NATIVE, parse};
use heddle_store::search::{Order, Search, SearchPage, Suggest};
use heddle_store::{Error, Trouble};

use super::corpus::tag;
use super::dice::Dice;
use super::load::Filled;
use super::place::Place;
use crate::results::Sheet;
use crate::times::{Times, ms};

const QUERIES: usize = 2_000;
const SUGGESTIONS: usize = 2_000;
/// How many conversations a page has: the native API's default.
const PAGE: usize = 25;

/// Returns the search for a query.
pub(super) fn search(filled: &Filled, query: &str, order: Order) -> Result<Search> {
    let parsed = parse(query, &NATIVE).with_context(|| format!("the query {query}"))?;
    Ok(Search {
        account: filled.caller.account,
        inboxes: InboxScope::All,
        sees_customers: true,
        sees_agents: true,
        me: filled.account.agents.first().copied(),
        query: parsed.at(filled.account.now, &jiff::tz::TimeZone::UTC),
        order,
        after: None,
        limit: PAGE,
        with_facets: false,
    })
}

/// Searches and returns the page with its time.
pub(super) async fn timed(
    place: &Place,
    search: &Search,
) -> Result<(SearchPage, std::time::Duration)> {
    let started = Instant::now();
    let page = place.store.read(search.clone()).await?;
    Ok((page, started.elapsed()))
}

/// Returns two words: of one text, as people remember them, or any two.
fn two_of(filled: &Filled, dice: &mut Dice) -> [String; 2] {
    let vocabulary = &filled.corpus.vocabulary;
    let talk = filled.talk(dice);
    let words: Vec<String> = talk
        .messages
        .first()
        .map(|message| tokens(&message.body, Limits::BODY))
        .unwrap_or_default();
    let is_word = |word: &&String| word.chars().count() > 1;
    let words: Vec<&String> = words.iter().filter(is_word).collect();
    if words.len() < 2 || dice.hits(30) {
        return [vocabulary.sought(dice), vocabulary.sought(dice)];
    }
    [0, 1].map(|_| words[dice.roll(words.len())].clone())
}

/// Adds an operator to two words.
fn with_operator([one, two]: [String; 2], filled: &Filled, dice: &mut Dice) -> String {
    let account = &filled.account;
    let person = filled.corpus.person(dice.roll(filled.conversations / 4));
    match dice.roll(14) {
        0 => format!("{one} {two} tag:{}", tag(dice.roll(40)).as_str()),
        1 => format!("{one} {two} is:open"),
        2 => format!("{one} {two} in:{}", dice.pick(&account.inboxes)),
        3 => format!("{one} {two} assignee:{}", dice.pick(&account.agents)),
        4 => format!("{one} {two} channel:email"),
        5 => format!("{one} {two} direction:in"),
        6 => format!("{one} {two} after:{}d", 7 + dice.roll(400)),
        7 => format!("{one} {two} before:{}d", 7 + dice.roll(400)),
        8 => format!("{one} {two} has:attachment"),
        9 => format!("{one} subject:{two}"),
        10 => format!("{one} -{two}"),
        11 => format!("{one} OR {two}"),
        12 => format!("\"{one} {two}\""),
        _ => format!("{one} {two} from:{}", person.1),
    }
}

/// Measures random queries of two words and an operator.
pub(super) async fn two_words(place: &Place, filled: &Filled) -> Result<Sheet> {
    let mut dice = Dice::new(2);
    let (mut times, mut hits, mut whole, mut cut) = (Times::default(), 0, 0, 0);
    let mut slow = Vec::new();
    for _ in 0..QUERIES {
        let query = with_operator(two_of(filled, &mut dice), filled, &mut dice);
        let search = search(filled, &query, Order::Newest)?;
        let started = Instant::now();
        match place.store.read(search).await {
            Ok(page) => {
                hits += usize::from(!page.found.is_empty());
                whole += usize::from(page.is_complete);
            }
            Err(Error::Trouble(Trouble::TimedOut(_))) => cut += 1,
            Err(error) => return Err(error.into()),
        }
        let time = started.elapsed();
        times.add(time);
        slow.push((time, query));
    }
    slow.sort_unstable();
    for (time, query) in slow.iter().rev().take(10) {
        eprintln!("  slowest: {:.0} ms {query}", time.as_secs_f64() * 1e3);
    }
    let row = [
        times.count().to_string(),
        hits.to_string(),
        whole.to_string(),
        cut.to_string(),
        ms(times.percentile(50)),
        ms(times.percentile(95)),
        ms(times.percentile(99)),
        ms(times.worst()),
    ];
    Ok(Sheet::new(
        "Two words and an operator",
        [
            "queries",
            "found something",
            "complete",
            "timed out",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "worst ms",
        ],
        [row],
    ))
}

/// Measures suggestions for names of which somebody has typed one to four characters.
pub(super) async fn suggestions(place: &Place, filled: &Filled) -> Result<Sheet> {
    let mut dice = Dice::new(3);
    let mut times = Times::default();
    for _ in 0..SUGGESTIONS {
        let CustomerRef::Email { email, profile } = filled.talk(&mut dice).customer else {
            continue;
        };
        let last = profile.last_name.unwrap_or_default();
        let typed = if dice.hits(30) { email } else { last };
        let suggest = Suggest {
            account: filled.caller.account,
            inboxes: InboxScope::All,
            text: typed.chars().take(1 + dice.roll(4)).collect(),
            limit: 10,
            customers: true,
            agents: true,
            tags: true,
        };
        let started = Instant::now();
        place.store.read(suggest).await?;
        times.add(started.elapsed());
    }
    let row = [50, 95, 99, 100].map(|percent| ms(times.percentile(percent)));
    Ok(Sheet::new(
        "Suggestions",
        ["p50 ms", "p95 ms", "p99 ms", "worst ms"],
        [row],
    ))
}
