//! The budget for the bytes of request bodies in memory: one for the whole server.
//!
//! A request holds its body and at most one copy of it: the parsed values, then also what is decoded from them, when the body
//! itself is gone already. So the memory that requests take is at most [`COPIES`] times the budget.
//!
//! A body of a known client whose length was announced asks for room for its whole length before any of it is read, and waits its
//! turn, for at most [`PATIENCE`]. While it waits it takes no memory, because nothing is read. The bodies of one client are served in
//! the order in which they came. Several clients take turns, so that nobody gains by many requests.
//!
//! Any other body counts from its first byte after [`FREE`]. Without room, the slowest of them that is still being received
//! makes room: it is given up, and its API answers 503. A body that is itself the slowest waits, for at most [`PATIENCE`]; then its
//! API answers 503 too.
//!
//! Nobody can keep the budget full by sending slowly. A body that has its room makes room for others if its client was silent
//! for [`GRACE`], or is too slow to send the whole body within [`PATIENCE`].
//!
//! No deadlock, although many bodies hold a part and wait for more: a body that waits receives nothing, so it soon makes room for
//! the first in order. A body that is complete, or has all of its room, needs no more, and its request ends.

mod state;

use std::cell::RefCell;
use std::future::{Future, pending};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::timeout;

use state::{Counted, STEP, Stage, State};
pub use state::{FREE, GRACE, PATIENCE, Sender};

/// How many times a request may hold the bytes of its body.
pub const COPIES: usize = 2;
/// How often bodies that wait are compared with the others again: a body that has stopped becomes slow with time.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The budget of a server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct BodyBudget(Arc<Mutex<State>>);

impl BodyBudget {
    /// Creates a budget of so many bytes. One body at a time may be larger.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Mutex::new(State::new(bytes.max(STEP)))))
    }

    /// Runs a request whose body counts against this budget until the request ends. `client` is the address of the client.
    pub(crate) async fn count<T>(
        &self,
        client: Option<IpAddr>,
        request: impl Future<Output = T>,
    ) -> T {
        let account = Account {
            budget: self.clone(),
            client,
            body: RefCell::default(),
        };
        ACCOUNT.scope(account, request).await
    }
}

/// What the running request holds.
struct Account {
    budget: BodyBudget,
    client: Option<IpAddr>,
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
        self.budget.0.lock().remove(self.id);
    }
}

impl Share {
    /// Returns the share of a body in the budget of the request that runs in this task; `None` outside of a server.
    fn of_request(sender: Sender) -> Option<Self> {
        let account = ACCOUNT.try_with(|account| (account.budget.clone(), account.client));
        let (budget, client) = account.ok()?;
        let wake = Arc::new(Notify::new());
        let body = Counted::new(sender, client, wake.clone());
        let id = budget.0.lock().add(body);
        Some(Self { budget, id, wake })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Counted) -> T) -> T {
        act(self.budget.0.lock().get(self.id))
    }

    /// Asks for room for a body that has so many bytes until now.
    fn ask(&self, bytes: usize) {
        self.budget.0.lock().ask(self.id, bytes);
    }

    /// Asks for room for a body that will have so many bytes.
    fn reserve(&self, length: usize) {
        self.budget.0.lock().reserve(self.id, length);
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

    /// Waits for room, for at most [`PATIENCE`].
    async fn wait(&self) -> Result<(), NoRoom> {
        let granted = timeout(PATIENCE, self.granted()).await;
        granted.unwrap_or(Err(NoRoom))
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
    /// The length that was reserved.
    reserved: Option<usize>,
    share: Option<Share>,
}

impl Room {
    pub(crate) const fn new(sender: Sender) -> Self {
        Self {
            sender,
            reserved: None,
            share: None,
        }
    }

    /// Waits for room for a body that will have so many bytes, of which none was read. Only for known clients: others could announce
    /// what they like.
    pub(crate) async fn reserve(&mut self, length: usize) -> Result<(), NoRoom> {
        if length <= FREE {
            return Ok(());
        }
        self.share = Share::of_request(self.sender);
        let Some(share) = &self.share else {
            return Ok(());
        };
        share.reserve(length);
        share.wait().await?;
        self.reserved = Some(length);
        Ok(())
    }

    /// Returns the length for which the body has room, if it was reserved.
    pub(crate) const fn reserved(&self) -> Option<usize> {
        self.reserved
    }

    /// Makes room for a body that has so many bytes until now.
    pub(crate) async fn make(&mut self, bytes: usize) -> Result<(), NoRoom> {
        if self.share.is_none() && bytes > FREE {
            self.share = Share::of_request(self.sender);
        }
        let Some(share) = &self.share else {
            return Ok(());
        };
        share.ask(bytes);
        share.wait().await
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
