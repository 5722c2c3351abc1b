//! What attackers have in common: they are many, they go on for a given time, and their answers are counted.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpStream;
use std::time::Instant;

use anyhow::Result;

use super::server::Server;
use super::socket::{self, Client};
use super::wire::Answer;

/// Opens connections until there are `count`, or until the server takes no more.
pub(super) fn open(server: &Server, client: Client, count: usize) -> Vec<TcpStream> {
    let connections = (0..count).map_while(|_| client.connect(server.target.address).ok());
    connections.collect()
}

/// Counts the connections that the server has closed.
pub(super) fn closed(connections: &[TcpStream]) -> usize {
    let closed = connections
        .iter()
        .filter(|stream| socket::is_closed(stream));
    closed.count()
}

/// Repeats `action` until the time is over.
pub(super) fn until(end: Instant, mut action: impl FnMut()) {
    while Instant::now() < end {
        action();
    }
}

/// Runs `attacker` in so many threads, with the number of each, and adds up what they return.
pub(super) fn crowd(count: u8, attacker: impl Fn(u8) -> Tally + Sync) -> Tally {
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
pub(super) struct Tally {
    /// Number of answers by status; 0 counts the connections that broke without an answer.
    by_status: BTreeMap<u16, usize>,
}

impl Tally {
    pub(super) fn add(&mut self, answer: &io::Result<Answer>) {
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
    pub(super) fn only(&self, allowed: &[u16]) -> Result<String> {
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
