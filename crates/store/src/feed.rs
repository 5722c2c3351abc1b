//! Who is told, within this process, that an account's feed has grown: hints beneath which readers poll.
//!
//! A hint is given after the COMMIT; on PostgreSQL after the sequencer's, because readers see no event before that. Hints
//! are kept per listener until it looks, so none is lost while it works; they say nothing of what other processes did,
//! which is what polling is for. To tell costs a lock and a set insertion per listener and batch, outside any transaction.

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
    told: Notify,
}

impl Hints {
    /// Tells every listener.
    pub(crate) fn tell(&self, accounts: &BTreeSet<AccountId>) {
        if accounts.is_empty() {
            return;
        }
        for listener in self.listeners.lock().iter().filter_map(Weak::upgrade) {
            listener.accounts.lock().extend(accounts);
            listener.told.notify_one();
        }
    }

    /// A new listener, which is told to look every `interval` besides, the first time at once.
    pub(crate) fn listen(&self, interval: Duration) -> Feed {
        let mailbox = Arc::new(Mailbox::default());
        let mut listeners = self.listeners.lock();
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Arc::downgrade(&mailbox));
        Feed {
            mailbox,
            interval,
            look_at: Instant::now(),
        }
    }
}

/// Tells one listener which feeds have grown.
#[derive(Debug)]
pub struct Feed {
    mailbox: Arc<Mailbox>,
    interval: Duration,
    look_at: Instant,
}

/// What a listener is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Accounts whose feed this process has added to since the last time.
    pub accounts: BTreeSet<AccountId>,
    /// It is time to look at all accounts: other processes give no hints.
    pub look: bool,
}

impl Feed {
    /// Waits for a hint, or until it is time to look. The first call asks to look at once. May be dropped while it waits:
    /// nothing is lost.
    pub async fn changed(&mut self) -> Changed {
        loop {
            // Made before the look into the box, so that a hint between the two is not missed.
            let told = self.mailbox.told.notified();
            let now = Instant::now();
            let look = self.look_at <= now;
            if look {
                self.look_at = now + self.interval;
            }
            let accounts = std::mem::take(&mut *self.mailbox.accounts.lock());
            if look || !accounts.is_empty() {
                return Changed { accounts, look };
            }
            tokio::select! {
                () = told => {}
                () = tokio::time::sleep_until(self.look_at) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    fn accounts(ids: &[i64]) -> BTreeSet<AccountId> {
        ids.iter().copied().map(AccountId).collect()
    }

    #[tokio::test]
    async fn hints_are_kept_until_they_are_heard() {
        let hints = Hints::default();
        let (mut one, mut other) = (hints.listen(LONG), hints.listen(LONG));
        assert!(one.changed().await.look, "the first time it looks");
        hints.tell(&accounts(&[1]));
        hints.tell(&accounts(&[2, 1]));
        let told = one.changed().await;
        assert_eq!((told.accounts, told.look), (accounts(&[1, 2]), false));
        let told = other.changed().await;
        assert_eq!((told.accounts, told.look), (accounts(&[1, 2]), true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_listener_looks_after_the_interval_even_among_hints() {
        let hints = Hints::default();
        let mut feed = hints.listen(Duration::from_secs(1));
        feed.changed().await;
        let mut heard = 0;
        loop {
            hints.tell(&accounts(&[1]));
            let told = feed.changed().await;
            if told.look {
                break;
            }
            heard += 1;
            tokio::time::advance(Duration::from_millis(300)).await;
        }
        assert_eq!(heard, 4);
        assert!(feed.changed().await.look, "and again without a hint");
    }
}
