//! The small ids that a transaction gives out, counted in memory (`store.md` 1).
//!
//! The counters' rows are read once in a transaction and written once, before COMMIT, however many commands the
//! transaction holds.

use std::collections::HashMap;

use heddle_domain::EntityKind;
use heddle_domain::id::AccountId;
use rusqlite::Connection;

use super::connection::{self, SqliteRows};
use crate::error::Result;
use crate::rows::account::{NEXT_NUMBER, RAISE_COUNTER};
use crate::stmt::params;

type Counter = (AccountId, EntityKind);

/// The counters of the open transaction.
#[derive(Debug, Default)]
pub(crate) struct SmallIds {
    /// The next id of each counter that the transaction has used.
    next: HashMap<Counter, i64>,
    /// What the running command changed, oldest first: each counter with its next id before the change.
    changes: Vec<(Counter, i64)>,
}

impl SmallIds {
    /// Forgets everything: a new transaction begins, and must read the rows again.
    pub(super) fn begin(&mut self) {
        self.next.clear();
        self.changes.clear();
    }

    /// Keeps the ids that the last command took.
    pub(super) fn keep(&mut self) {
        self.changes.clear();
    }

    /// Makes the ids that the last command took free again.
    pub(super) fn undo(&mut self) {
        for (counter, next) in self.changes.drain(..).rev() {
            self.next.insert(counter, next);
        }
    }

    /// Writes the counters to their rows.
    pub(super) fn store(&mut self, connection: &Connection) -> Result<()> {
        for ((account, kind), next) in self.next.drain() {
            let params = params![account, kind.as_str(), next];
            connection::execute(connection, &RAISE_COUNTER, params)?;
        }
        Ok(())
    }

    /// Takes the next id. A new counter starts at 1.
    pub(crate) fn take(&mut self, rows: &mut SqliteRows<'_>, counter: Counter) -> Result<i64> {
        let next = self.next(rows, counter)?;
        self.set(counter, next, next + 1);
        Ok(next)
    }

    /// Raises the next id to at least `least`.
    pub(crate) fn raise(
        &mut self,
        rows: &mut SqliteRows<'_>,
        counter: Counter,
        least: i64,
    ) -> Result<()> {
        let next = self.next(rows, counter)?;
        self.set(counter, next, next.max(least));
        Ok(())
    }

    fn next(&self, rows: &mut SqliteRows<'_>, counter: Counter) -> Result<i64> {
        if let Some(next) = self.next.get(&counter) {
            return Ok(*next);
        }
        let params = params![counter.0, counter.1.as_str()];
        let stored = rows.fetch(&NEXT_NUMBER, params, |row| row.int())?;
        Ok(stored.first().copied().unwrap_or(1))
    }

    fn set(&mut self, counter: Counter, before: i64, after: i64) {
        self.changes.push((counter, before));
        self.next.insert(counter, after);
    }
}
