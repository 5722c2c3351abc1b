//! The places for open connections: how many there are, and how many one client may have.
//!
//! An HTTP/2 connection takes one place, however many requests it runs. So that its parallel requests cannot fill the memory, those
//! beside the first of each connection share a limit of their own.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::activity::Activity;
use super::options::Options;
use super::turns::Turns;
use crate::peer::network;

/// How long a client waits for a place before the next connection is closed for it.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// At this share of used places, in percent, the operator is warned.
const WARN_AT: u64 = 90;
/// Below this share, in percent, the next warning may come.
const CALM_AT: u64 = 75;

/// The metric of the number of open connections.
const CONNECTIONS: &str = "heddle_http_connections";

/// The places of all connections.
#[derive(Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    /// The requests of HTTP/2 connections that may run beside the first of each.
    parallel: Arc<Semaphore>,
    options: Options,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    /// The open connections by number.
    connections: HashMap<u64, Arc<Activity>>,
    /// What each client has that has a connection. An IPv6 address counts as its /64 network.
    of_client: HashMap<IpAddr, OfClient>,
    newest: u64,
    warned: bool,
}

/// What one client has.
#[derive(Debug)]
struct OfClient {
    connections: u32,
    /// Its share of the parallel requests of HTTP/2.
    parallel: Arc<Semaphore>,
}

/// A connection's place; dropping it frees the place.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    number: u64,
    client: Option<IpAddr>,
    pub(super) activity: Arc<Activity>,
    pub(super) turns: Turns,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new(options: Options) -> Self {
        Self {
            free: Arc::new(Semaphore::new(options.max_connections as usize)),
            parallel: Arc::new(Semaphore::new(options.max_parallel() as usize)),
            options,
            open: Mutex::default(),
        }
    }

    /// Waits for a free place. While there is none, the connections are closed whose clients the server has waited for the
    /// longest time.
    pub(super) async fn free(&self) -> OwnedSemaphorePermit {
        const OPEN: &str = "the semaphore is never closed";
        loop {
            if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
                return permit;
            }
            self.close_longest_wait();
            let waiting = Arc::clone(&self.free).acquire_owned();
            if let Ok(permit) = timeout(LOOK_AGAIN, waiting).await {
                return permit.expect(OPEN);
            }
        }
    }

    /// Gives the place to a client; `None` if the client already has as many connections as one client may have.
    pub(super) fn take(
        self: &Arc<Self>,
        peer: IpAddr,
        permit: OwnedSemaphorePermit,
    ) -> Option<Place> {
        let client = (!self.options.proxies.trusts(peer)).then(|| network(peer));
        let mut open = self.open.lock();
        let mut others = vec![Arc::clone(&self.parallel)];
        if let Some(client) = client {
            let share = self.options.max_parallel_per_client() as usize;
            let of_client = open.of_client.entry(client).or_insert_with(|| OfClient {
                connections: 0,
                parallel: Arc::new(Semaphore::new(share)),
            });
            if of_client.connections >= self.options.max_per_client() {
                return None;
            }
            of_client.connections += 1;
            others.insert(0, Arc::clone(&of_client.parallel));
        }
        open.newest += 1;
        let (number, activity) = (open.newest, Arc::new(Activity::new()));
        open.connections.insert(number, Arc::clone(&activity));
        self.warn_if_scarce(&mut open);
        drop(open);
        metrics::gauge!(CONNECTIONS).increment(1.0);
        Some(Place {
            places: Arc::clone(self),
            number,
            client,
            activity,
            turns: Turns::new(others),
            _permit: permit,
        })
    }

    /// Returns the number of open connections.
    pub(super) fn count(&self) -> usize {
        self.open.lock().connections.len()
    }

    /// Waits until no connection is open.
    pub(super) async fn all_free(&self) {
        // The error cannot occur, because the semaphore is never closed.
        let _ = self.free.acquire_many(self.options.max_connections).await;
    }

    fn warn_if_scarce(&self, open: &mut Open) {
        let used = open.connections.len() as u64 * 100;
        let most = u64::from(self.options.max_connections);
        if used < most * CALM_AT {
            open.warned = false;
        } else if used >= most * WARN_AT && !open.warned {
            open.warned = true;
            tracing::warn!(
                connections = open.connections.len(),
                max_connections = most,
                "{} of {most} connections are open: when none is left, those are closed whose clients send and read nothing",
                open.connections.len()
            );
        }
    }

    /// Closes the connection whose client the server has waited for the longest time.
    fn close_longest_wait(&self) {
        let open = self.open.lock();
        let closable = open
            .connections
            .values()
            .filter(|activity| !activity.make_room.is_cancelled());
        let waiting = closable.filter_map(|activity| Some((activity.waits_since()?, activity)));
        let longest = waiting.min_by_key(|(since, _)| *since);
        if let Some((since, activity)) = longest
            && since.elapsed() >= self.options.least_wait
        {
            activity.make_room.cancel();
        }
    }
}

impl Place {
    /// Returns the number of open connections of the server, this one included.
    pub(super) fn open_connections(&self) -> usize {
        self.places.count()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!(CONNECTIONS).decrement(1.0);
        let mut open = self.places.open.lock();
        open.connections.remove(&self.number);
        if let Some(client) = self.client
            && let Some(of_client) = open.of_client.get_mut(&client)
        {
            of_client.connections -= 1;
            if of_client.connections == 0 {
                open.of_client.remove(&client);
            }
        }
    }
}
