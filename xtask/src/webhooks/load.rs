//! The events: new agents, at a fixed rate, in all accounts by turns.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::place::Place;
use super::wire::Client;

/// The number of clients that make events.
const CLIENTS: usize = 8;

/// What the clients did.
pub(super) struct Load {
    /// The number of events of each account.
    pub(super) events: Vec<usize>,
    failed: usize,
    took: Duration,
}

impl Load {
    /// Makes `rate` events a second.
    pub(super) fn run(place: &Place, tokens: &[String], rate: u32, seconds: u32) -> Self {
        let all = rate as usize * seconds as usize;
        let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let events: Vec<_> = tokens.iter().map(|_| AtomicUsize::new(0)).collect();
        let begun = Instant::now();
        let client = || {
            let mut client = None;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= all {
                    return;
                }
                let due = begun + Duration::from_secs(number as u64) / rate;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let account = number % tokens.len();
                let body = json!({ "first_name": format!("n{number}"), "last_name": "Load" });
                let made = client
                    .take()
                    .map_or_else(|| Client::connect(place.address), Ok)
                    .and_then(|mut client| {
                        client.ask(&tokens[account], "/api/v1/agents", Some(&body))?;
                        Ok(client)
                    });
                match made {
                    Ok(open) => {
                        client = Some(open);
                        events[account].fetch_add(1, Ordering::Relaxed);
                    }
                    Err(_) => {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(client);
            }
        });
        Self {
            took: begun.elapsed(),
            events: events.into_iter().map(AtomicUsize::into_inner).collect(),
            failed: failed.into_inner(),
        }
    }

    /// Returns what is worse than asked for, one sentence for each.
    pub(super) fn faults(&self, rate: u32, seconds: u32) -> Vec<String> {
        let mut faults = Vec::new();
        if self.failed > 0 {
            faults.push(format!("{} requests failed", self.failed));
        }
        if self.took > Duration::from_secs(seconds.into()) * 11 / 10 {
            faults.push(format!(
                "{:?} instead of {seconds} s for {rate} a second",
                self.took
            ));
        }
        faults
    }
}

impl fmt::Display for Load {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events: usize = self.events.iter().sum();
        let seconds = self.took.as_secs_f64();
        write!(
            formatter,
            "{events} events in {seconds:.1} s, {:.0} a second; {} requests failed",
            events as f64 / seconds,
            self.failed
        )
    }
}
