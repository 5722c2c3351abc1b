//! The bodies that count in a budget, and which of them gets room or must make room.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// The metric of the bytes of bodies that count at the moment.
const IN_MEMORY: &str = "heddle_http_body_bytes";
/// The first bytes of a body, which are not counted. Most bodies are shorter, and never wait.
pub const FREE: usize = 16 * 1024;
/// How long a body waits for room. Also how long a client may take to send a body while others wait.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long a body that got its room is left alone, and how long its client may be silent, while others wait.
pub const GRACE: Duration = Duration::from_secs(1);
/// The number of bytes that a body takes at a time.
pub(super) const STEP: usize = 64 * 1024;

/// Who sends a body. A body takes room from slower bodies of the same kind and of the kinds before its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sender {
    /// A client whose credential is in the body, or that has none.
    Anyone,
    /// A client that was authenticated before its body was read.
    Known,
}

#[derive(Debug)]
pub(super) struct State {
    size: usize,
    pub(super) free: usize,
    last_id: u64,
    pub(super) settled_at: Instant,
    /// The bodies that count.
    bodies: HashMap<u64, Counted>,
    /// How many times anyone got room.
    grants: u64,
    /// The number of the last grant to each client that has bodies here.
    served: HashMap<Option<IpAddr>, u64>,
}

/// A body that counts.
#[derive(Debug)]
pub(super) struct Counted {
    sender: Sender,
    client: Option<IpAddr>,
    pub(super) stage: Stage,
    /// The length for which the body has, or waits for, room as a whole.
    reserved: Option<usize>,
    held: usize,
    /// How many bytes more the body needs now; 0 if it does not wait.
    pub(super) wanted: usize,
    received: usize,
    received_at: Instant,
    /// When the body began to count. Moved on by the time for which it waits for room, which is not the client's fault.
    begun: Instant,
    waits_since: Instant,
    wake: Arc<Notify>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Receiving,
    Complete,
    /// Must return its room.
    GivenUp,
}

/// The order in which bodies without a reservation get room, and all make room. The last part makes it strict: of equal bodies, the
/// older one is first.
type Standing = (Sender, u64, u64);

impl Counted {
    pub(super) fn new(sender: Sender, client: Option<IpAddr>, wake: Arc<Notify>) -> Self {
        let now = Instant::now();
        Self {
            sender,
            client,
            stage: Stage::Receiving,
            reserved: None,
            held: 0,
            wanted: 0,
            received: 0,
            received_at: now,
            begun: now,
            waits_since: now,
            wake,
        }
    }

    fn waits(&self) -> bool {
        self.wanted > 0 && self.stage == Stage::Receiving
    }

    fn standing(&self, id: u64, now: Instant) -> Standing {
        let until = if self.wanted > 0 {
            self.waits_since
        } else {
            now
        };
        let ms = (until - self.begun).as_millis().max(1) as u64;
        (
            self.sender,
            self.received as u64 * 1_000 / ms,
            u64::MAX - id,
        )
    }

    /// Whether the client has been silent, or is too slow to send the whole body in time.
    fn is_slow(&self, now: Instant) -> bool {
        let since = now - self.begun;
        let whole = self.reserved.unwrap_or(self.received) as u128;
        let is_late = self.received as u128 * PATIENCE.as_millis() < whole * since.as_millis();
        since >= GRACE && (now - self.received_at >= GRACE || is_late)
    }

    /// Whether the body must make room for `other`, which waits.
    fn yields_to(&self, id: u64, other: (&Self, u64), now: Instant) -> bool {
        if self.stage != Stage::Receiving || self.held == 0 {
            return false;
        }
        let (first, first_id) = other;
        match (self.reserved, first.reserved) {
            _ if self.sender < first.sender => true,
            (None, None) => self.standing(id, now) < first.standing(first_id, now),
            _ => self.is_slow(now),
        }
    }

    fn give_up(&mut self) {
        self.stage = Stage::GivenUp;
        self.wake.notify_one();
    }
}

impl State {
    pub(super) fn new(size: usize) -> Self {
        Self {
            size,
            free: size,
            last_id: 0,
            settled_at: Instant::now(),
            bodies: HashMap::new(),
            grants: 0,
            served: HashMap::new(),
        }
    }

    /// Adds a body; returns its id.
    pub(super) fn add(&mut self, body: Counted) -> u64 {
        self.last_id += 1;
        self.bodies.insert(self.last_id, body);
        self.last_id
    }

    pub(super) fn get(&mut self, id: u64) -> &mut Counted {
        let body = self.bodies.get_mut(&id);
        body.expect("a body counts until its share is dropped")
    }

    pub(super) fn remove(&mut self, id: u64) {
        if let Some(body) = self.bodies.remove(&id) {
            self.free += body.held;
            metrics::gauge!(IN_MEMORY).decrement(body.held as f64);
            if !self
                .bodies
                .values()
                .any(|other| other.client == body.client)
            {
                self.served.remove(&body.client);
            }
            self.settle();
        }
    }

    /// A body that has so many bytes until now asks for room.
    pub(super) fn ask(&mut self, id: u64, bytes: usize) {
        let body = self.get(id);
        body.received = bytes;
        body.received_at = Instant::now();
        self.want(id, bytes);
    }

    /// A body that will have so many bytes asks for room.
    pub(super) fn reserve(&mut self, id: u64, length: usize) {
        self.get(id).reserved = Some(length);
        self.want(id, length);
    }

    fn want(&mut self, id: u64, bytes: usize) {
        let needed = bytes.saturating_sub(FREE).next_multiple_of(STEP);
        let needed = needed.min(self.size);
        let body = self.get(id);
        if needed > body.held {
            body.wanted = needed - body.held;
            body.waits_since = Instant::now();
            self.settle();
        }
    }

    /// Gives the free room to the bodies that wait, the first in order first. If that is not enough, gives up others.
    pub(super) fn settle(&mut self) {
        let now = Instant::now();
        self.settled_at = now;
        while let Some(id) = self.first(now) {
            if self.bodies[&id].wanted > self.free {
                self.give_up_for(id, now);
                return;
            }
            self.grant(id, now);
        }
    }

    /// Returns the body that gets room next: of known clients' bodies with a reservation the first in turn, and of those without
    /// the fastest; of these two the one that waits longer. Others' bodies come last. It is the turn of the client that holds the
    /// least; of equal ones, of the client that got nothing for the longest time.
    fn first(&self, now: Instant) -> Option<u64> {
        let waiting = || self.bodies.iter().filter(|(_, body)| body.waits());
        let unreserved = waiting().filter(|(_, body)| body.reserved.is_none());
        let fastest = unreserved.max_by_key(|(id, body)| body.standing(**id, now));
        if waiting().all(|(_, body)| body.reserved.is_none()) {
            return fastest.map(|(id, _)| *id);
        }
        let held = self.held_by_client();
        let of = |body: &Counted, numbers: &HashMap<_, u64>| numbers.get(&body.client).copied();
        let turn = |body: &Counted| (of(body, &held), of(body, &self.served));
        let reserved = waiting().filter(|(_, body)| body.reserved.is_some());
        let in_turn = reserved.min_by_key(|(id, body)| (turn(body), **id));
        let both = fastest.into_iter().chain(in_turn);
        let first = both.min_by_key(|(_, body)| (Reverse(body.sender), body.waits_since));
        first.map(|(id, _)| *id)
    }

    /// Returns how much room each client holds.
    fn held_by_client(&self) -> HashMap<Option<IpAddr>, u64> {
        let mut held = HashMap::new();
        for body in self.bodies.values() {
            *held.entry(body.client).or_default() += body.held as u64;
        }
        held
    }

    fn grant(&mut self, id: u64, now: Instant) {
        let body = self.bodies.get_mut(&id).expect("found by its id");
        self.free -= body.wanted;
        metrics::gauge!(IN_MEMORY).increment(body.wanted as f64);
        body.held += std::mem::take(&mut body.wanted);
        body.begun += now - body.waits_since;
        body.received_at = now;
        body.wake.notify_one();
        self.grants += 1;
        self.served.insert(body.client, self.grants);
    }

    /// Gives up bodies that must make room for the first one, the slowest first, until it has enough or will have it soon.
    fn give_up_for(&mut self, first: u64, now: Instant) {
        let wanted = self.bodies[&first].wanted;
        let leaving = |body: &&Counted| body.stage == Stage::GivenUp;
        let leaving = self.bodies.values().filter(leaving).map(|body| body.held);
        let mut soon = self.free + leaving.sum::<usize>();
        while soon < wanted {
            let other = (&self.bodies[&first], first);
            let may_leave = |(id, body): &(&u64, &Counted)| body.yields_to(**id, other, now);
            let may_leave = self.bodies.iter().filter(may_leave);
            let slowest = may_leave.min_by_key(|(id, body)| body.standing(**id, now));
            let Some(id) = slowest.map(|(id, _)| *id) else {
                return;
            };
            let body = self.bodies.get_mut(&id).expect("found by its id");
            body.give_up();
            soon += body.held;
        }
    }
}
