//! Claims and records the runs of an account's retention rules (`retention.rs` of the store).

use heddle_domain::detail::Contents;
use heddle_domain::event::EventKind;
use heddle_domain::id::AccountId;
use heddle_domain::{EventDetail, Fact, Timestamp};

use super::caller::Caller;
use super::events::append_plain_event;
use crate::error::Result;
use crate::rows::retention as rows;
use crate::stmt::params;
use crate::tx::{Tx, Write};

const HOUR_MS: i64 = 3_600_000;
/// A due time that is further ahead comes from a clock that was wrong.
const FURTHEST_MS: i64 = 25 * HOUR_MS;

/// Claims the run of an account's rules, if it is due.
pub(crate) struct ClaimRetention(pub(crate) AccountId);

impl Write for ClaimRetention {
    /// When the run has begun; `None` if none is due.
    type Out = Option<Timestamp>;
    const NAME: &'static str = "claim_retention";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Out> {
        let now = tx.now();
        tx.execute(&rows::BEGIN, params![self.0, now]).await?;
        let key = params![self.0];
        let due = tx.fetch_one(&rows::LOCK, key, |row| row.time()).await?;
        let due = due.unwrap_or(now);
        if due > now && due <= now.plus_ms(FURTHEST_MS) {
            return Ok(None);
        }
        // If this node dies, another one goes on after an hour.
        tx.queue(&rows::SET_DUE, params![self.0, now.plus_ms(HOUR_MS)])?;
        Ok(Some(now))
    }
}

/// Records that the rules have run.
#[derive(Clone, Debug)]
pub(crate) struct RecordRetention {
    pub(crate) caller: Caller,
    pub(crate) erased: Contents,
    /// When the next run is due; `None`: as it was.
    pub(crate) due: Option<Timestamp>,
}

impl Write for RecordRetention {
    type Out = ();
    const NAME: &'static str = "record_retention";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let account = self.caller.account;
        if let Some(due) = self.due {
            tx.queue(&rows::SET_DUE, params![account, due])?;
        }
        let mut detail = EventDetail::default();
        detail.with(Fact::Contents(self.erased));
        let kind = EventKind::RetentionApplied;
        append_plain_event(tx, &self.caller, kind, account.get(), detail).map(drop)
    }
}
