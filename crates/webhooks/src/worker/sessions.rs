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

    /// Takes a session back that has sent its request. At most `most` stay, those that were used last.
    pub(super) fn give_back(&mut self, session: Session, most: usize) {
        if session.has_slot() {
            self.idle.push(session);
        }
        let surplus = self.idle.len().saturating_sub(most);
        self.idle.drain(..surplus);
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

    /// Closes idle connections if there are too many of them on this node, or others wait for them. Called when nothing more
    /// can be sent now, also while requests run.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::guard::SystemResolver;

    #[test]
    fn a_receiver_that_gets_fewer_requests_at_once_frees_slots() {
        let client = Client::new(Arc::new(SystemResolver), 16);
        let mut sessions = Sessions::new(client.clone(), AccountId(1), false);
        let mut sent: Vec<_> = std::iter::from_fn(|| sessions.take()).collect();
        assert_eq!((sent.len(), client.connections()), (8, 8), "half of them");
        // Four at once instead of eight: those that still run count, too.
        while let Some(session) = sent.pop() {
            sessions.give_back(session, 4_usize.saturating_sub(sent.len()));
            assert_eq!(client.connections(), sent.len().max(4));
        }
        assert_eq!(sessions.idle.len(), 4);
    }
}
