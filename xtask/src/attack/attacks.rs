//! The attacks. Each runs for a given time and then says what became of the attackers, or how the server failed.

mod bodies;
mod connections;
mod heads;

use std::io;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::server::Server;
use super::socket::{self, Client};

/// One kind of hostile client.
pub(super) struct Attack {
    pub(super) name: &'static str,
    pub(super) run: fn(&Server, Duration) -> Result<String>,
}

macro_rules! attacks {
    ($($name:literal => $run:path,)*) => {
        /// All attacks, in the order in which they run.
        pub(super) const ATTACKS: &[Attack] = &[$(Attack { name: $name, run: $run },)*];
    };
}

attacks! {
    "ambiguous heads" => heads::ambiguous,
    "slow heads" => heads::slow,
    "many idle connections" => connections::idle,
    "one client, too many" => connections::too_many,
    "answers never read" => connections::unread,
    "unread from all sides" => connections::unread_everywhere,
    "wrong credentials" => bodies::wrong_credentials,
    "large anonymous bodies" => bodies::large,
    "deep anonymous bodies" => bodies::deep,
    "bodies that stop" => bodies::stopped,
    "one byte per chunk" => bodies::tiny_chunks,
    "endless multipart" => bodies::multipart,
}

/// Opens connections until there are `count`, or until the server takes no more.
fn open(server: &Server, client: Client, count: usize) -> Vec<TcpStream> {
    let connections = (0..count).map_while(|_| client.connect(server.address).ok());
    connections.collect()
}

/// Counts the connections that the server has closed.
fn closed(connections: &[TcpStream]) -> usize {
    let closed = connections
        .iter()
        .filter(|stream| socket::is_closed(stream));
    closed.count()
}

/// Repeats `action` until the time is over.
fn until(end: Instant, mut action: impl FnMut()) {
    while Instant::now() < end {
        action();
    }
}

/// Runs `attacker` in so many threads, with the number of each, and adds up what they return.
fn crowd(count: u8, attacker: impl Fn(u8) -> Tally + Sync) -> Tally {
    std::thread::scope(|scope| {
        let attacker = &attacker;
        let threads: Vec<_> = (0..count)
            .map(|number| scope.spawn(move || attacker(number)))
            .collect();
        let tallies = threads
            .into_iter()
            .map(|thread| thread.join().expect("an attacker does not panic"));
        tallies.fold(Tally::default(), Tally::plus)
    })
}

/// The answers that attackers got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tally {
    /// Number of answers by status; 0 counts the connections that broke without an answer.
    by_status: std::collections::BTreeMap<u16, usize>,
}

impl Tally {
    fn add(&mut self, answer: &io::Result<super::wire::Answer>) {
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        *self.by_status.entry(status).or_default() += 1;
    }

    fn plus(mut self, other: Self) -> Self {
        for (status, count) in other.by_status {
            *self.by_status.entry(status).or_default() += count;
        }
        self
    }

    /// Says how many answers had which status.
    ///
    /// # Errors
    /// Fails if there is no answer, or one with a status that is not `allowed`.
    fn only(&self, allowed: &[u16]) -> Result<String> {
        let words: Vec<String> = self
            .by_status
            .iter()
            .map(|(status, count)| match status {
                0 => format!("{count} x closed"),
                status => format!("{count} x {status}"),
            })
            .collect();
        let words = words.join(", ");
        anyhow::ensure!(!self.by_status.is_empty(), "no attacker got an answer");
        let wrong = self
            .by_status
            .keys()
            .find(|status| !allowed.contains(status));
        if let Some(wrong) = wrong {
            anyhow::bail!("status {wrong} is not among {allowed:?}: {words}");
        }
        Ok(words)
    }
}
