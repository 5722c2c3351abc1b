//! The accounts in which a reader of the feed failed. A failure is logged once, and the account is tried again later.

use std::collections::HashMap;
use std::time::Duration;

use heddle_domain::AccountId;
use heddle_store::Error;
use tokio::time::Instant;

/// How long an account is skipped after its first failure. Each further failure doubles the time, up to the maximum.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// The accounts in which a reader failed, and until when each is skipped.
#[derive(Debug)]
pub(crate) struct Failures {
    /// The name of the reader.
    reader: &'static str,
    accounts: HashMap<AccountId, (Instant, Duration)>,
    /// Whether the last look for accounts with new events failed.
    cannot_look: bool,
}

impl Failures {
    pub(crate) fn new(reader: &'static str) -> Self {
        Self {
            reader,
            accounts: HashMap::new(),
            cannot_look: false,
        }
    }

    pub(crate) fn is_paused(&self, account: AccountId) -> bool {
        let until = self.accounts.get(&account);
        until.is_some_and(|(until, _)| Instant::now() < *until)
    }

    /// Returns how long to wait before the next try; `None` if nothing failed.
    pub(crate) fn next_try(&self) -> Option<Duration> {
        if self.cannot_look {
            return Some(FIRST_PAUSE);
        }
        let now = Instant::now();
        let ends = self.accounts.values().map(|(until, _)| *until);
        ends.min().map(|until| until.saturating_duration_since(now))
    }

    /// Returns when the first pause ends that ends after `now`; `None` if no account is paused.
    pub(crate) fn next_end(&self, now: Instant) -> Option<Instant> {
        let ends = self.accounts.values().map(|(until, _)| *until);
        ends.filter(|until| *until > now).min()
    }

    /// Returns how long to wait before the next look for accounts with new events; `None` if the last one did not fail.
    pub(crate) fn next_look(&self) -> Option<Duration> {
        self.cannot_look.then_some(FIRST_PAUSE)
    }

    pub(crate) fn failed(&mut self, account: AccountId, error: &Error) {
        let pause = match self.accounts.get(&account) {
            Some((_, pause)) => (*pause * 2).min(MAX_PAUSE),
            None => {
                tracing::warn!(reader = self.reader, account.id = account.get(), %error,
                    "a reader of the feed cannot go on; trying again");
                FIRST_PAUSE
            }
        };
        self.accounts
            .insert(account, (Instant::now() + pause, pause));
    }

    pub(crate) fn recovered(&mut self, account: AccountId) {
        if self.accounts.remove(&account).is_some() {
            tracing::info!(
                reader = self.reader,
                account.id = account.get(),
                "a reader of the feed goes on"
            );
        }
    }

    pub(crate) fn looking_failed(&mut self, error: &Error) {
        if !std::mem::replace(&mut self.cannot_look, true) {
            tracing::warn!(reader = self.reader, %error, "a reader of the feed cannot look; trying again");
        }
    }

    pub(crate) fn looked(&mut self) {
        self.cannot_look = false;
    }
}
