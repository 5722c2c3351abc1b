//! The sessions of one webhook for first attempts: each sends one request at a time.

use heddle_domain::AccountId;
use heddle_store::write::delivery::{NewAttempt, NewDelivery};

use crate::client::{Client, Session};
use crate::slots::Slot;

/// A first attempt that has ended, with the session that made it.
pub(super) struct Sent {
    /// Its number in the window.
    pub(super) number: u64,
    pub(super) session: Session,
    pub(super) new: NewDelivery,
    pub(super) attempt: NewAttempt,
}

/// The sessions that send nothing at the moment.
#[derive(Debug)]
pub(super) struct Sessions {
    client: Client,
    account: AccountId,
    /// Whether the receiver was slow lately.
    is_slow: bool,
    idle: Vec<Session>,
}

impl Sessions {
    pub(super) fn new(client: Client, account: AccountId, is_slow: bool) -> Self {
        Self {
            client,
            account,
            is_slow,
            idle: Vec::new(),
        }
    }

    /// Returns a session without a slot.
    pub(super) fn create(&self) -> Session {
        let mut session = Session::new(self.client.clone(), self.account);
        session.set_slow(self.is_slow);
        session
    }

    /// Takes a session with a slot; `None` if no slot is free.
    pub(super) fn take(&mut self) -> Option<Session> {
        let mut session = self.idle.pop().unwrap_or_else(|| self.create());
        session.set_slow(self.is_slow);
        session.try_reserve().then_some(session)
    }

    /// Returns whether [`Self::take`] returns a session now.
    pub(super) fn reserve(&mut self) -> bool {
        let session = self.take();
        let is_there = session.is_some();
        self.idle.extend(session);
        is_there
    }

    /// Takes a session back that has sent its request.
    pub(super) fn give_back(&mut self, session: Session) {
        if session.has_slot() {
            self.idle.push(session);
        }
    }

    /// Adds a session with a slot for which the webhook has waited.
    pub(super) fn add(&mut self, slot: Slot) {
        let mut session = self.create();
        session.fill(slot);
        self.idle.push(session);
    }

    pub(super) fn is_slow(&self) -> bool {
        self.is_slow
    }

    pub(super) fn set_slow(&mut self, is_slow: bool) {
        self.is_slow = is_slow;
    }

    /// Closes idle connections if there are too many of them on this node. Called when there is nothing to send for a while.
    pub(super) fn rest(&mut self) {
        for session in &mut self.idle {
            session.rest();
        }
        self.idle.retain(Session::has_slot);
    }

    /// Closes all idle connections.
    pub(super) fn disconnect(&mut self) {
        self.idle.clear();
    }
}
