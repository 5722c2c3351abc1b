//! What the index costs while messages are written: how long it lags behind, and how much slower writes are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use heddle_domain::{AccountId, ConversationId};
use heddle_store::Store;
use heddle_store::search::{Order, Search};
use heddle_store::write::{AppendMessages, NewMessage};
use tokio::task::{JoinHandle, JoinSet};

use super::dice::Dice;
use super::load::{self, Filled};
use super::place::Place;
use super::queries::search;
use super::words::Vocabulary;
use crate::commands::addition;
use crate::results::Sheet;
use crate::times::{Times, ms};

const PER_SECOND: u64 = 1_000;
const LAG_SECONDS: u64 = 20;
/// One message of so many is sought.
const SOUGHT_EVERY: u64 = 100;
/// A search takes some milliseconds, so that many messages that are sought more often would keep the machine from its work.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A message that is not found after this time never will be.
const NEVER: Duration = Duration::from_secs(60);
/// How many writes wait for the store at the same time.
const WRITERS: usize = 64;
const ROUND: Duration = Duration::from_secs(8);
const ROUNDS: usize = 5;

/// The pauses of the index while requests wait for the store, as in the server (`crates/heddle/src/indexing.rs` and `feed.rs`).
const REST: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_millis(200);
const BUSY_QUEUE: u64 = 2;
const BUSY_ON_POSTGRES: u64 = 16;
const CALM_LOOKS: u32 = 4;

/// The task that lets the index follow the feed, as the server has it.
struct Follower(JoinHandle<()>);

async fn wait_for_calm(store: &Store, longest: Duration) {
    let until = Instant::now() + longest;
    let busy = match store.has_other_nodes() {
        true => BUSY_ON_POSTGRES,
        false => BUSY_QUEUE,
    };
    let mut calm = 0;
    while calm < CALM_LOOKS && Instant::now() < until {
        let is_busy = store.health().queued.load(Relaxed) >= busy;
        calm = if is_busy { 0 } else { calm + 1 };
        tokio::time::sleep(if is_busy { REST } else { REST / 10 }).await;
    }
}

async fn follow(store: &Store, account: AccountId) -> Result<()> {
    tokio::time::sleep(REST).await;
    wait_for_calm(store, LONGEST_WAIT).await;
    loop {
        let began = Instant::now();
        if !store.index_step(account).await? {
            return Ok(());
        }
        tokio::time::sleep(store.pause_of_index(began.elapsed())).await;
    }
}

impl Follower {
    fn start(store: &Store, account: AccountId) -> Self {
        let following = store.clone();
        let indexing = tokio::spawn(async move {
            let mut feed = following.feed();
            loop {
                feed.changed().await;
                if let Err(error) = follow(&following, account).await {
                    eprintln!("  the index does not follow: {error}");
                }
            }
        });
        Self(indexing)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Assigns positions to events, as every server does.
struct Sequencer(JoinHandle<()>);

impl Sequencer {
    fn start(store: &Store) -> Self {
        let store = store.clone();
        Self(tokio::spawn(async move {
            store.sequence(std::future::pending()).await;
        }))
    }
}

impl Drop for Sequencer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Makes messages for conversations of the store.
struct Source<'a> {
    filled: &'a Filled,
    dice: Dice,
    /// Makes words that no other message has.
    number: u64,
}

impl Source<'_> {
    fn next(&mut self, word: Option<&str>) -> AppendMessages {
        self.number += 1;
        let tongue = Vocabulary::tongue(&mut self.dice);
        let now = self.filled.account.now;
        let made = self
            .filled
            .corpus
            .message(tongue, now, self.number as usize, &mut self.dice);
        let body = format!("{} {}", made.body, word.unwrap_or_default());
        let message = NewMessage {
            occurred_at: None,
            imported: false,
            body,
            ..made
        };
        let conversation = ConversationId(1 + self.dice.roll(self.filled.conversations) as i64);
        addition(&self.filled.caller, vec![(conversation, message)])
    }
}

async fn write(store: Store, command: AppendMessages) -> Result<()> {
    store.write(command).await?;
    Ok(())
}

/// Writes a message and searches for it until it is found; returns how long after the commit that was.
async fn find(store: Store, command: AppendMessages, search: Search) -> Result<Duration> {
    store.write(command).await?;
    let committed = Instant::now();
    while store.read(search.clone()).await?.found.is_empty() {
        ensure!(
            committed.elapsed() < NEVER,
            "a message is never found: {:?}",
            search.query
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(committed.elapsed())
}

/// Measures how long after its commit a message is found while 1,000 a second are written.
pub(super) async fn lag(place: &Place, filled: &Filled) -> Result<Sheet> {
    let store = &place.store;
    let _sequencer = Sequencer::start(store);
    let _follower = Follower::start(store, filled.caller.account);
    let mut source = Source {
        filled,
        dice: Dice::new(4),
        number: 0,
    };
    let (mut writing, mut sought) = (JoinSet::new(), JoinSet::new());
    // A store that was kept holds the words of earlier runs.
    let run = std::process::id();
    let started = Instant::now();
    for number in 0..PER_SECOND * LAG_SECONDS {
        let due = started + Duration::from_micros(number * 1_000_000 / PER_SECOND);
        tokio::time::sleep_until(due.into()).await;
        let word = number
            .is_multiple_of(SOUGHT_EVERY)
            .then(|| format!("needle{run}n{number}q"));
        let command = source.next(word.as_deref());
        match word {
            None => drop(writing.spawn(write(store.clone(), command))),
            Some(word) => drop(sought.spawn(find(
                store.clone(),
                command,
                search(filled, &word, Order::Newest)?,
            ))),
        }
    }
    let sent_in = started.elapsed();
    while let Some(done) = writing.join_next().await {
        done??;
    }
    let committed_in = started.elapsed();
    let mut times = Times::default();
    while let Some(done) = sought.join_next().await {
        times.add(done??);
    }
    let per_second = (PER_SECOND * LAG_SECONDS) as f64 / sent_in.max(committed_in).as_secs_f64();
    let row = [
        format!("{per_second:.0}"),
        times.count().to_string(),
        ms(times.percentile(50)),
        ms(times.percentile(95)),
        ms(times.worst()),
    ];
    Ok(Sheet::new(
        "How long after its commit a message is found",
        [
            "writes a second",
            "sought",
            "lag p50 ms",
            "p95 ms",
            "worst ms",
        ],
        [row],
    ))
}

/// Measures writes a second with the index and without, in turn.
pub(super) async fn throughput(place: &Place, filled: &Filled) -> Result<Sheet> {
    let store = &place.store;
    let account = filled.caller.account;
    let _sequencer = Sequencer::start(store);
    let (mut rounds, mut late) = (Vec::new(), Times::default());
    load::index(store, account).await?;
    for round in 0..ROUNDS {
        let without = writes_a_second(store, filled, round as u64 * 2).await?;
        load::index(store, account).await?;
        let follower = Follower::start(store, account);
        let with = writes_a_second(store, filled, round as u64 * 2 + 1).await?;
        drop(follower);
        // While more is written than the machine can index, the index waits for its turn.
        let ended = Instant::now();
        load::index(store, account).await?;
        late.add(ended.elapsed());
        eprintln!("  round {round}: {without:.0} without, {with:.0} with");
        rounds.push((with / without, without, with));
    }
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (ratio, without, with) = rounds[rounds.len() / 2];
    let (least, most) = (rounds[0].0, rounds[rounds.len() - 1].0);
    let row = [
        format!("{without:.0}"),
        format!("{with:.0}"),
        format!("{ratio:.2} ({least:.2} to {most:.2})"),
        format!("{:.0} s", late.percentile(50) / 1e3),
    ];
    let head = [
        "writes a second without index",
        "with index",
        "ratio",
        "index caught up after a round of 8 s in",
    ];
    Ok(Sheet::new("What the index costs writes", head, [row]))
}

async fn writes_a_second(store: &Store, filled: &Filled, seed: u64) -> Result<f64> {
    let (ended, count) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    // Made before, so that their making takes no time from the writes.
    let mut source = Source {
        filled,
        dice: Dice::new(100 + seed),
        number: seed,
    };
    let mut writers = JoinSet::new();
    let started = Instant::now();
    for _ in 0..WRITERS {
        let commands: Vec<_> = (0..500).map(|_| source.next(None)).collect();
        let (store, ended, count) = (store.clone(), Arc::clone(&ended), Arc::clone(&count));
        writers.spawn(async move {
            for command in commands.iter().cycle() {
                if ended.load(Relaxed) {
                    break;
                }
                store.write(command.clone()).await?;
                count.fetch_add(1, Relaxed);
            }
            anyhow::Ok(())
        });
    }
    let begin = (started.elapsed(), count.load(Relaxed));
    tokio::time::sleep(ROUND).await;
    let written = count.load(Relaxed) - begin.1;
    let took = started.elapsed() - begin.0;
    ended.store(true, Relaxed);
    while let Some(done) = writers.join_next().await {
        done??;
    }
    Ok(written as f64 / took.as_secs_f64())
}
