//! The budget for the bytes of request bodies in memory: one for the whole server.
//!
//! A request holds its body and at most one copy of it: the parsed values, then also what is decoded from them, when the body
//! itself is gone already. So the memory that requests take is at most [`COPIES`] times the budget.
//!
//! A body counts from its first byte after [`FREE`] until its request has a response. Without room, the slowest body that is
//! still being received makes room: it is given up, and its API answers 503. So a client cannot keep the budget full by sending
//! slowly. A body that is itself the slowest waits, for at most [`PATIENCE`]; then its API answers 503 too.
//!
//! No deadlock, although many bodies hold a part and wait for more: of those that wait, the fastest takes the room of the others.
//! A body that is complete needs no more room, and its request ends.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

/// The first bytes of a body, which are not counted. Most bodies are shorter, and never wait.
pub const FREE: usize = 16 * 1024;
/// How many times a request may hold the bytes of its body.
pub const COPIES: usize = 2;
/// How long a body waits for room.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How often bodies that wait are compared with the others again: a body that has stopped becomes the slowest with time.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// The number of bytes that a body takes at a time.
const STEP: usize = 64 * 1024;

/// Who sends a body. A body takes room from slower bodies of the same kind and of the kinds before its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sender {
    /// A client whose credential is in the body, or that has none.
    Anyone,
    /// A client that was authenticated before its body was read.
    Known,
}

/// The budget of a server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct BodyBudget(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    size: usize,
    free: usize,
    last_id: u64,
    settled_at: Instant,
    /// The bodies that count.
    bodies: HashMap<u64, Counted>,
}

/// A body that counts.
#[derive(Debug)]
struct Counted {
    sender: Sender,
    stage: Stage,
    held: usize,
    /// How many bytes more the body needs now; 0 if it does not wait.
    wanted: usize,
    received: usize,
    /// When the body began to count. Moved on by the time for which it waits for room, which is not the client's fault.
    begun: Instant,
    waits_since: Instant,
    wake: Arc<Notify>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Receiving,
    Complete,
    /// Must return its room.
    GivenUp,
}

/// The order in which bodies get room. The last part makes it strict: of equal bodies, the older one is first.
type Standing = (Sender, u64, u64);

impl Counted {
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
}

impl State {
    /// Gives the free room to the bodies that wait, the first in order first. If that is not enough, gives up bodies after it.
    fn settle(&mut self) {
        let now = Instant::now();
        self.settled_at = now;
        let waiting = |(id, body): (&u64, &Counted)| {
            let waits = body.wanted > 0 && body.stage == Stage::Receiving;
            waits.then(|| (body.standing(*id, now), *id))
        };
        while let Some((standing, id)) = self.bodies.iter().filter_map(waiting).max() {
            let wanted = self.bodies[&id].wanted;
            if wanted > self.free {
                self.give_up_after(standing, wanted, now);
                return;
            }
            self.grant(id, now);
        }
    }

    fn grant(&mut self, id: u64, now: Instant) {
        let body = self.bodies.get_mut(&id).expect("found by its id");
        self.free -= body.wanted;
        body.held += std::mem::take(&mut body.wanted);
        body.begun += now - body.waits_since;
        body.wake.notify_one();
    }

    /// Gives up the last bodies in the order that are after `standing`, until `wanted` bytes are free or will be soon.
    fn give_up_after(&mut self, standing: Standing, wanted: usize, now: Instant) {
        let leaving = |body: &&Counted| body.stage == Stage::GivenUp;
        let leaving = self.bodies.values().filter(leaving).map(|body| body.held);
        let mut soon = self.free + leaving.sum::<usize>();
        let slower = |(id, body): (&u64, &Counted)| {
            let may_leave = body.stage == Stage::Receiving && body.held > 0;
            may_leave.then(|| (body.standing(*id, now), *id))
        };
        while soon < wanted {
            let last = self.bodies.iter().filter_map(slower).min();
            let Some((_, id)) = last.filter(|(last, _)| *last < standing) else {
                return;
            };
            let body = self.bodies.get_mut(&id).expect("found by its id");
            body.stage = Stage::GivenUp;
            body.wake.notify_one();
            soon += body.held;
        }
    }
}

impl BodyBudget {
    /// Creates a budget of so many bytes. One body at a time may be larger.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let state = State {
            size: bytes.max(STEP),
            free: bytes.max(STEP),
            last_id: 0,
            settled_at: Instant::now(),
            bodies: HashMap::new(),
        };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Runs a request whose body counts against this budget until the request ends.
    pub(crate) async fn count<T>(&self, request: impl Future<Output = T>) -> T {
        let account = Account {
            budget: self.clone(),
            body: RefCell::default(),
        };
        ACCOUNT.scope(account, request).await
    }
}

/// What the running request holds.
struct Account {
    budget: BodyBudget,
    body: RefCell<Option<Share>>,
}

tokio::task_local! {
    static ACCOUNT: Account;
}

/// There was no room in time, or the body had to make room for a faster one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoRoom;

/// A body that counts in the budget. Dropped, it returns its room.
struct Share {
    budget: BodyBudget,
    id: u64,
    wake: Arc<Notify>,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut state = self.budget.0.lock();
        if let Some(body) = state.bodies.remove(&self.id) {
            state.free += body.held;
            state.settle();
        }
    }
}

impl Share {
    fn new(budget: BodyBudget, sender: Sender) -> Self {
        let (wake, now) = (Arc::new(Notify::new()), Instant::now());
        let body = Counted {
            sender,
            stage: Stage::Receiving,
            held: 0,
            wanted: 0,
            received: 0,
            begun: now,
            waits_since: now,
            wake: wake.clone(),
        };
        let mut state = budget.0.lock();
        state.last_id += 1;
        let id = state.last_id;
        state.bodies.insert(id, body);
        drop(state);
        Self { budget, id, wake }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Counted) -> T) -> T {
        let mut state = self.budget.0.lock();
        let body = state.bodies.get_mut(&self.id);
        act(body.expect("a body counts until its share is dropped"))
    }

    /// Asks for room for a body that has so many bytes until now.
    fn ask(&self, bytes: usize) {
        let mut state = self.budget.0.lock();
        let size = state.size;
        let body = state.bodies.get_mut(&self.id);
        let body = body.expect("a body counts until its share is dropped");
        body.received = bytes;
        let needed = (bytes - FREE).next_multiple_of(STEP).min(size);
        if needed > body.held {
            body.wanted = needed - body.held;
            body.waits_since = Instant::now();
            state.settle();
        }
    }

    /// Waits until the body has the room that it asked for.
    async fn granted(&self) -> Result<(), NoRoom> {
        loop {
            match self.with(|body| (body.stage, body.wanted)) {
                (Stage::GivenUp, _) => return Err(NoRoom),
                (_, 0) => return Ok(()),
                _ => {
                    if timeout(LOOK_AGAIN, self.wake.notified()).await.is_err() {
                        self.look_again();
                    }
                }
            }
        }
    }

    /// Compares the bodies again, unless another that waits has just done so.
    fn look_again(&self) {
        let mut state = self.budget.0.lock();
        if state.settled_at.elapsed() >= LOOK_AGAIN {
            state.settle();
        }
    }

    async fn given_up(&self) {
        while self.with(|body| body.stage) != Stage::GivenUp {
            self.wake.notified().await;
        }
    }
}

/// The room of a body that is being received, in the budget of the request that runs in this task. Outside of a server nothing
/// is counted. Dropped before [`Self::keep`], it returns the room.
pub(crate) struct Room {
    sender: Sender,
    share: Option<Share>,
}

impl Room {
    pub(crate) const fn new(sender: Sender) -> Self {
        Self {
            sender,
            share: None,
        }
    }

    /// Makes room for a body that has so many bytes until now.
    pub(crate) async fn make(&mut self, bytes: usize) -> Result<(), NoRoom> {
        if bytes <= FREE {
            return Ok(());
        }
        if self.share.is_none() {
            let budget = ACCOUNT.try_with(|account| account.budget.clone());
            self.share = budget.ok().map(|budget| Share::new(budget, self.sender));
        }
        let Some(share) = &self.share else {
            return Ok(());
        };
        share.ask(bytes);
        let granted = timeout(PATIENCE, share.granted()).await;
        granted.unwrap_or(Err(NoRoom))
    }

    /// Runs `receive` until it ends, or until the body must make room for a faster one.
    pub(crate) async fn unless_given_up<T>(
        &self,
        receive: impl Future<Output = T>,
    ) -> Result<T, NoRoom> {
        let given_up = async {
            match &self.share {
                Some(share) => share.given_up().await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            received = receive => Ok(received),
            () = given_up => Err(NoRoom),
        }
    }

    /// Keeps the room of a complete body until the request ends.
    pub(crate) fn keep(self) -> Result<(), NoRoom> {
        let Some(share) = self.share else {
            return Ok(());
        };
        share.with(|body| match body.stage {
            Stage::GivenUp => Err(NoRoom),
            Stage::Receiving | Stage::Complete => {
                body.stage = Stage::Complete;
                Ok(())
            }
        })?;
        ACCOUNT.with(|account| *account.body.borrow_mut() = Some(share));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
