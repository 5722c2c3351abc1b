//! The fence: finds out whether a COMMIT whose answer was lost succeeded (`store.md` 4).
//!
//! From a new connection it inserts a `void` event with the id of an event of the lost transaction. The unique key
//! makes the insert wait until that transaction has ended. If a real event has the id, the command was committed. If
//! the void event has it, the command can never commit, because its own event would conflict. A fence that is
//! interrupted can be repeated: the kind of event that has the id never changes.

use std::time::Duration;

use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, EventId};
use tokio::time::{Instant, sleep};

use super::Postgres;
use super::connection::{random_byte, run};
use crate::error::{Abort, Result, Trouble};
use crate::rows::event;
use crate::stmt::params;

/// How long the fence tries before the caller gets the error "outcome unknown".
const PATIENCE: Duration = Duration::from_secs(20);
/// The maximum pause between two tries, in milliseconds.
const LONGEST_REST: u64 = 500;

impl Postgres {
    /// Whether the transaction that wrote this event was committed; if `false`, it never will be.
    ///
    /// # Errors
    /// Returns [`Trouble::UnknownOutcome`] if the database does not answer.
    pub(super) async fn fence(&self, (account, id): (AccountId, EventId)) -> Result<bool> {
        let unknown = |why: &Abort| {
            Trouble::UnknownOutcome(format!(
                "the answer to COMMIT is missing, and the database cannot be asked: {why}"
            ))
        };
        let end = Instant::now() + PATIENCE;
        let mut rest = 5;
        loop {
            let error = match tokio::time::timeout_at(end, self.try_fence(account, id)).await {
                Ok(Ok(committed)) => return Ok(committed),
                Ok(Err(error)) => error,
                Err(_) => Trouble::TimedOut("the earlier transaction does not end").into(),
            };
            if Instant::now() >= end {
                return Err(unknown(&error).into());
            }
            sleep(Duration::from_millis(
                rest + u64::from(random_byte()) * rest / 256,
            ))
            .await;
            rest = (rest * 2).min(LONGEST_REST);
        }
    }

    async fn try_fence(&self, account: AccountId, id: EventId) -> Result<bool> {
        let lease = self.lease().await?;
        run(&lease, &event::VOID, params![account, id], |row| row.int()).await?;
        let kinds = run(&lease, &event::KIND, params![account, id], |row| {
            row.word(EventKind::parse)
        })
        .await?;
        lease.end(false).await;
        let kind = kinds.first().ok_or(Abort::StartOver)?;
        Ok(*kind != EventKind::Void)
    }
}
