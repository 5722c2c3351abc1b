//! The same data and the same query give the same answer on SQLite, on PostgreSQL, and without an index.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use heddle_domain::{InboxScope, Timestamp};
use heddle_search::query::Expr;
use heddle_search::words::words;
use heddle_store::Clock as _;
use heddle_store::search::{Facets, Found, Order, Suggest, Suggestions};
use heddle_testkit::{ManualClock, On, TestStore};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::asking::parsed;
use crate::commands::{Command, commands};
use crate::matcher::{Answer, Eyes, Matcher};
use crate::queries::{beginning, query};
use crate::rows::{Rows, texts_of};
use crate::world::World;

const CASES: u32 = 24;
const QUERIES: usize = 30;

/// Changes of an account, and what is asked then.
#[derive(Clone, Debug)]
struct Case {
    commands: Vec<Command>,
    /// Queries, each with the number of a caller.
    queries: Vec<(String, usize)>,
    /// What somebody typed, with the number of a caller.
    beginnings: Vec<(String, usize)>,
    /// Decides the sizes of pages.
    seed: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let queries = vec((query(), 0..8_usize), 1..=QUERIES);
    let beginnings = vec((beginning(), 0..8_usize), 1..8);
    (commands(30), queries, beginnings, any::<u64>()).prop_map(
        |(commands, queries, beginnings, seed)| Case {
            commands,
            queries,
            beginnings,
            seed,
        },
    )
}

/// Returns one of several callers. Half of them see everything.
fn eyes(world: &World, number: usize) -> Eyes {
    let [one, two, _] = world.inboxes[..] else {
        panic!("three inboxes are wanted")
    };
    let inboxes = match number {
        0..4 => InboxScope::All,
        4 | 5 => InboxScope::only([one]),
        6 => InboxScope::only([one, two]),
        _ => InboxScope::only([]),
    };
    let me = (number.is_multiple_of(2)).then_some(world.agents[0]);
    Eyes {
        inboxes,
        sees_customers: number % 4 != 3 && number != 5,
        me,
    }
}

/// An answer in a form that is equal on both engines, which give messages different ids.
type Shown = Vec<(Timestamp, i64)>;

/// What one store answers, after it was compared with what the matcher says.
async fn answers(test: &TestStore, case: &Case) -> Vec<Shown> {
    let mut world = World::new(test).await;
    for command in &case.commands {
        world.run(test, command).await;
    }
    world.settle().await;
    let rows = Rows::read(&world).await;
    let mut all = Vec::new();
    for (at, (text, caller)) in case.queries.iter().enumerate() {
        let Some(query) = parsed(text, test.clock.now()) else {
            continue;
        };
        let matcher = Matcher {
            rows: &rows,
            eyes: eyes(&world, *caller),
        };
        let asked = Asked {
            world: &world,
            matcher,
            text,
            query: &query,
            seed: case.seed ^ at as u64,
        };
        all.push(asked.compare().await);
    }
    for (text, caller) in &case.beginnings {
        compare_suggestions(&world, &rows, text, &eyes(&world, *caller)).await;
    }
    all
}

/// A query of one caller.
struct Asked<'a> {
    world: &'a World,
    matcher: Matcher<'a>,
    text: &'a str,
    query: &'a Expr,
    seed: u64,
}

impl Asked<'_> {
    /// Compares all that the store answers with what the matcher says.
    async fn compare(&self) -> Shown {
        let expected = self.matcher.answers(self.query);
        let newest = self
            .world
            .search(self.query, &self.matcher.eyes, Order::Newest);
        let found = self.world.walk(&newest, self.seed).await;
        let shown: Shown = found
            .iter()
            .map(|found| (found.place.at, found.conversation.id.get()))
            .collect();
        let wanted: Shown = expected
            .iter()
            .map(|answer| (answer.at, answer.conversation.get()))
            .collect();
        assert_eq!(
            shown, wanted,
            "{} {:?} {:#?}",
            self.text, self.matcher.eyes, self.query
        );
        self.compare_messages(&found, &expected);
        let best = self
            .world
            .search(self.query, &self.matcher.eyes, Order::Relevance);
        self.compare_ranked(&self.world.walk(&best, self.seed).await, &expected);
        let facets = sorted(self.world.facets(&newest).await);
        assert_eq!(
            facets,
            self.matcher.facets(self.query),
            "{} {:?}",
            self.text,
            self.matcher.eyes
        );
        shown
    }

    /// The messages that are shown fulfil the query, and the row is the stored one.
    fn compare_messages(&self, found: &[Found], expected: &[Answer]) {
        for found in found {
            let id = found.conversation.id;
            let answer = expected
                .iter()
                .find(|answer| answer.conversation == id)
                .expect("it is expected");
            let shown: Vec<_> = found.messages.iter().map(|message| message.id).collect();
            let wanted = answer
                .messages
                .len()
                .min(heddle_store::search::MESSAGES_SHOWN);
            assert_eq!(shown.len(), wanted, "{} in {id}", self.text);
            let all: BTreeSet<_> = answer.messages.iter().collect();
            assert!(
                shown.iter().all(|id| all.contains(id)),
                "{} in {id}: {shown:?}",
                self.text
            );
            let mut places: Vec<_> = found
                .messages
                .iter()
                .map(|message| (message.effective_at, message.id))
                .collect();
            let unsorted = places.clone();
            places.sort_by_key(|place| Reverse(*place));
            assert_eq!(unsorted, places, "newest first");
            let rows = self.matcher.rows;
            let talk = rows
                .talks
                .iter()
                .find(|talk| talk.conversation.id == id)
                .expect("a row");
            assert_eq!(found.conversation, talk.conversation);
        }
    }

    /// By relevance, the same conversations are found, each once, the best first.
    fn compare_ranked(&self, found: &[Found], expected: &[Answer]) {
        let places: Vec<_> = found.iter().map(|found| found.place).collect();
        assert!(
            places.is_sorted_by_key(|place| Reverse(*place)),
            "{}: {places:?}",
            self.text
        );
        let mut ids: Vec<_> = found.iter().map(|found| found.conversation.id).collect();
        let mut wanted: Vec<_> = expected.iter().map(|answer| answer.conversation).collect();
        ids.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(ids, wanted, "{} {:?}", self.text, self.matcher.eyes);
        self.compare_messages(found, expected);
    }
}

/// Checks that the most frequent come first, then sorts by value.
fn sorted(facets: Facets) -> Facets {
    fn by_value<T: std::fmt::Debug>(mut counts: Vec<(T, u64)>) -> Vec<(T, u64)> {
        assert!(
            counts.is_sorted_by_key(|(_, count)| Reverse(*count)),
            "{counts:?}"
        );
        counts.sort_by_key(|(value, _)| format!("{value:?}"));
        counts
    }
    Facets {
        counted: facets.counted,
        is_complete: facets.is_complete,
        status: by_value(facets.status),
        channel: by_value(facets.channel),
        inbox: by_value(facets.inbox),
        assignee: by_value(facets.assignee),
        tag: by_value(facets.tag),
    }
}

/// Returns the words of a name, without the numbers inside words.
fn split(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.text).collect()
}

/// Compares suggestions with what begins like the text in all rows.
async fn compare_suggestions(world: &World, rows: &Rows, text: &str, eyes: &Eyes) {
    let suggest = Suggest {
        account: world.account(),
        inboxes: eyes.inboxes.clone(),
        text: text.to_owned(),
        limit: 20,
        customers: eyes.sees_customers,
        agents: true,
        tags: true,
    };
    let Suggestions {
        customers,
        agents,
        tags,
    } = world.store.read(suggest).await.expect("suggestions");
    let typed = split(text);
    let begins = |texts: &[String]| {
        let words: Vec<String> = texts.iter().flat_map(|text| split(text)).collect();
        !typed.is_empty()
            && typed
                .iter()
                .all(|begin| words.iter().any(|word| word.starts_with(begin.as_str())))
    };
    let mut wanted: Vec<_> = rows
        .customers
        .values()
        .filter(|view| rows.survivor(view.customer.id) == Some(view.customer.id))
        .filter(|view| {
            eyes.sees_customers
                && eyes.inboxes.reaches_home(view.customer.home)
                && begins(&texts_of(view))
        })
        .map(|view| view.customer.id)
        .collect();
    wanted.sort_unstable();
    let mut found: Vec<_> = customers.into_iter().map(|customer| customer.id).collect();
    found.sort_unstable();
    assert_eq!(found, wanted, "customers for {text:?} {eyes:?}");
    let named = |agent: &&heddle_domain::Agent| {
        begins(&[
            format!("{} {}", agent.first_name, agent.last_name),
            agent.email.clone(),
        ])
    };
    let mut wanted: Vec<_> = rows
        .agents
        .iter()
        .filter(named)
        .map(|agent| agent.id)
        .collect();
    wanted.sort_unstable();
    let mut found: Vec<_> = agents.into_iter().map(|agent| agent.id).collect();
    found.sort_unstable();
    assert_eq!(found, wanted, "agents for {text:?}");
    let is_seen = |tag: &&String| match eyes.inboxes {
        InboxScope::All => true,
        _ => rows
            .talks
            .iter()
            .any(|talk| eyes.inboxes.contains(talk.conversation.inbox) && talk.tags.contains(tag)),
    };
    let wanted: BTreeSet<_> = rows
        .tags
        .iter()
        .filter(is_seen)
        .filter(|tag| begins(&[(*tag).clone()]))
        .cloned()
        .collect();
    assert_eq!(
        tags.into_iter().collect::<BTreeSet<_>>(),
        wanted,
        "tags for {text:?} {eyes:?}"
    );
}

/// How much the cases asked, to be sure that they asked for something.
#[derive(Debug, Default)]
struct Tally {
    queries: Cell<usize>,
    found: Cell<usize>,
}

#[test]
fn both_engines_find_what_a_search_without_index_finds() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let stores = runtime.block_on(async {
        [
            TestStore::open(On::Sqlite).await,
            TestStore::open(On::Postgres).await,
        ]
    });
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let tally = Tally::default();
    let outcome = runner.run(&case(), |case| {
        // A case that failed on one engine leaves the clocks apart.
        let times = stores
            .each_ref()
            .map(|store| store.clock.now().0 - ManualClock::START.0);
        stores[0].clock.advance(times[1].max(times[0]) - times[0]);
        stores[1].clock.advance(times[1].max(times[0]) - times[1]);
        let sqlite = runtime.block_on(answers(&stores[0], &case));
        let postgres = runtime.block_on(answers(&stores[1], &case));
        prop_assert_eq!(&sqlite, &postgres);
        tally.queries.set(tally.queries.get() + sqlite.len());
        tally
            .found
            .set(tally.found.get() + sqlite.iter().filter(|shown| !shown.is_empty()).count());
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    let (queries, found) = (tally.queries.get(), tally.found.get());
    assert!(
        queries > 100 && found * 3 > queries && found < queries,
        "{tally:?}"
    );
}
