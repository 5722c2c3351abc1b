//! Wakes a background task for some accounts, at once instead of at its next look at all of them.

use std::collections::BTreeSet;

use heddle_domain::AccountId;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Tells a background task which accounts have new work.
#[derive(Debug, Default)]
pub struct Wake {
    accounts: Mutex<BTreeSet<AccountId>>,
    notify: Notify,
}

impl Wake {
    /// Wakes the task for new work of an account.
    pub fn wake(&self, account: AccountId) {
        self.accounts.lock().insert(account);
        self.notify.notify_one();
    }

    /// Waits for new work. Returns its accounts. Cancel safe: dropping the future loses no account.
    pub async fn woken(&self) -> BTreeSet<AccountId> {
        loop {
            let accounts = std::mem::take(&mut *self.accounts.lock());
            if !accounts.is_empty() {
                return accounts;
            }
            self.notify.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wake_is_never_lost() {
        let wake = Wake::default();
        wake.wake(AccountId(2));
        wake.wake(AccountId(1));
        wake.wake(AccountId(2));
        let woken: Vec<_> = wake.woken().await.into_iter().collect();
        assert_eq!(woken, [AccountId(1), AccountId(2)]);
        let mut waiting = Box::pin(wake.woken());
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        wake.wake(AccountId(3));
        assert_eq!(waiting.await, BTreeSet::from([AccountId(3)]));
    }
}
