//! Hints within this process that an account's feed has grown. Where other processes write to the database, readers of the
//! feed also poll, slowly.
//!
//! The store gives a hint after COMMIT; on PostgreSQL after the sequencer's COMMIT, because no reader sees an event
//! before that. Other nodes' hints (`postgres/notices.rs`) go only to listeners that ask for them. Hints are stored per listener until it reads them, so none is lost while the listener works. Changes by
//! other processes give no hint; polling finds them (PostgreSQL only: SQLite has one process). A hint costs one lock and one set insertion per listener and
//! batch, outside any transaction.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use heddle_domain::AccountId;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The listeners of one store.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    listeners: Mutex<Vec<Weak<Mailbox>>>,
}

#[derive(Debug, Default)]
struct Mailbox {
    accounts: Mutex<BTreeSet<AccountId>>,
    changed: Notify,
    /// Whether the listener also gets the hints of other nodes.
    hears_others: bool,
}

impl Hints {
    /// Gives a hint to every listener.
    pub(crate) fn tell(&self, accounts: &BTreeSet<AccountId>) {
        self.tell_if(accounts, |_| true);
    }

    /// Gives the hint of another node to the listeners that want them. The others would only do what that node does.
    pub(crate) fn tell_of_others(&self, accounts: &BTreeSet<AccountId>) {
        self.tell_if(accounts, |listener| listener.hears_others);
    }

    fn tell_if(&self, accounts: &BTreeSet<AccountId>, wants: impl Fn(&Mailbox) -> bool) {
        if accounts.is_empty() {
            return;
        }
        let listeners = self.listeners.lock();
        for listener in listeners
            .iter()
            .filter_map(Weak::upgrade)
            .filter(|one| wants(one))
        {
            listener.accounts.lock().extend(accounts);
            listener.changed.notify_one();
        }
    }

    /// Adds a listener. Besides the hints it is asked to poll: at once, then every `interval`. Without an interval it polls
    /// again only if it asks for it.
    pub(crate) fn listen(&self, interval: Option<Duration>) -> Feed {
        self.add(Mailbox::default(), interval)
    }

    /// Adds a listener that also gets the hints of other nodes, as far as they arrive. It is asked to poll once, at once.
    pub(crate) fn listen_to_all(&self) -> Feed {
        let mailbox = Mailbox {
            hears_others: true,
            ..Mailbox::default()
        };
        self.add(mailbox, None)
    }

    fn add(&self, mailbox: Mailbox, interval: Option<Duration>) -> Feed {
        let mailbox = Arc::new(mailbox);
        let mut listeners = self.listeners.lock();
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Arc::downgrade(&mailbox));
        Feed {
            mailbox,
            interval,
            look_at: Some(Instant::now()),
        }
    }
}

/// A listener, which receives a hint whenever the feed of an account has grown.
#[derive(Debug)]
pub struct Feed {
    mailbox: Arc<Mailbox>,
    interval: Option<Duration>,
    /// When the next poll is due; `None` if none is planned.
    look_at: Option<Instant>,
}

/// What a listener receives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Accounts whose feed this process has extended since the last call.
    pub accounts: BTreeSet<AccountId>,
    /// Whether it is time to poll all accounts, because other processes give no hints.
    pub look: bool,
}

impl Feed {
    /// Asks for a poll within `wait`, for example because something failed and no hint will say when to try again.
    pub fn look_within(&mut self, wait: Duration) {
        let at = Instant::now() + wait;
        self.look_at = Some(self.look_at.map_or(at, |planned| planned.min(at)));
    }

    /// Waits for a hint or for the next poll. The first call asks for a poll at once. Cancel safe: dropping the
    /// future loses no hint.
    pub async fn changed(&mut self) -> Changed {
        loop {
            // This future is created before the hints are read, so that a hint that arrives between the two is not
            // missed.
            let notified = self.mailbox.changed.notified();
            let now = Instant::now();
            let look = self.look_at.is_some_and(|at| at <= now);
            if look {
                self.look_at = self.interval.map(|interval| now + interval);
            }
            let accounts = std::mem::take(&mut *self.mailbox.accounts.lock());
            if look || !accounts.is_empty() {
                return Changed { accounts, look };
            }
            let next = self.look_at;
            tokio::select! {
                () = notified => {}
                () = tokio::time::sleep_until(next.unwrap_or(now)), if next.is_some() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Option<Duration> = Some(Duration::from_secs(3_600));

    fn accounts(ids: &[i64]) -> BTreeSet<AccountId> {
        ids.iter().copied().map(AccountId).collect()
    }

    #[tokio::test]
    async fn hints_are_stored_until_the_listener_reads_them() {
        let hints = Hints::default();
        let (mut one, mut other) = (hints.listen(LONG), hints.listen(LONG));
        assert!(one.changed().await.look, "the first time it looks");
        hints.tell(&accounts(&[1]));
        hints.tell(&accounts(&[2, 1]));
        let hint = one.changed().await;
        assert_eq!((hint.accounts, hint.look), (accounts(&[1, 2]), false));
        let hint = other.changed().await;
        assert_eq!((hint.accounts, hint.look), (accounts(&[1, 2]), true));
    }

    #[tokio::test]
    async fn hints_of_other_nodes_reach_only_who_wants_them() {
        let hints = Hints::default();
        let (mut own, mut all) = (hints.listen(LONG), hints.listen_to_all());
        hints.tell_of_others(&accounts(&[1]));
        hints.tell(&accounts(&[2]));
        assert_eq!(own.changed().await.accounts, accounts(&[2]));
        assert_eq!(all.changed().await.accounts, accounts(&[1, 2]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_listener_polls_after_the_interval_even_between_hints() {
        let hints = Hints::default();
        let mut feed = hints.listen(Some(Duration::from_secs(1)));
        feed.changed().await;
        let mut heard = 0;
        loop {
            hints.tell(&accounts(&[1]));
            let hint = feed.changed().await;
            if hint.look {
                break;
            }
            heard += 1;
            tokio::time::advance(Duration::from_millis(300)).await;
        }
        assert_eq!(heard, 4);
        assert!(feed.changed().await.look, "and again without a hint");
    }

    #[tokio::test(start_paused = true)]
    async fn a_listener_without_an_interval_polls_when_it_asks_for_it() {
        let hints = Hints::default();
        let mut feed = hints.listen(None);
        assert!(feed.changed().await.look, "the first time it looks");
        let day = Duration::from_secs(86_400);
        let quiet = tokio::time::timeout(day, feed.changed()).await;
        assert!(quiet.is_err(), "{quiet:?}");
        feed.look_within(Duration::from_secs(2));
        feed.look_within(Duration::from_secs(1));
        let asked = Instant::now();
        assert!(feed.changed().await.look);
        assert_eq!(asked.elapsed(), Duration::from_secs(1));
        let quiet = tokio::time::timeout(day, feed.changed()).await;
        assert!(quiet.is_err(), "{quiet:?}");
    }
}
