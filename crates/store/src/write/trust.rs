//! What the clock showed when: jobs that delete by age compare the clock with it, because a clock that jumped ahead would make
//! everything look old.
//!
//! *Trusted time* advances only as the machine has counted it, or as the clock has run without a jump. Within a span, the
//! clock ran as evenly as trusted time.

use heddle_domain::AccountId;
use heddle_domain::Timestamp;

use crate::error::Result;
use crate::rows::node;
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows, Tx, Write};

/// The maximum number of spans that are stored.
pub const MOST_SPANS: usize = 64;

/// The beginning of a span of time in which the clock ran evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockSpan {
    /// The trusted time.
    pub trusted_at: Timestamp,
    /// What the clock showed then.
    pub shown_at: Timestamp,
}

/// Records what the clock shows.
#[derive(Clone, Debug)]
pub struct TrustTime {
    /// What the clock shows now.
    pub shown_at: Timestamp,
    /// The spans up to now, the oldest first. They replace the stored ones.
    pub spans: Vec<ClockSpan>,
}

impl Write for TrustTime {
    type Out = ();
    const NAME: &'static str = "trust_time";

    /// True: a second run writes the same values.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.execute(&node::TRUST, params![self.shown_at]).await?;
        tx.execute(&node::REMOVE_SPANS, params![]).await?;
        for span in &self.spans {
            tx.queue(&node::ADD_SPAN, params![span.trusted_at, span.shown_at])?;
        }
        Ok(())
    }
}

/// Reads what [`TrustTime`] recorded: the last time that the clock showed, and the spans, the oldest first.
#[derive(Clone, Copy, Debug)]
pub struct TrustedTime;

impl Read for TrustedTime {
    type Out = Option<(Timestamp, Vec<ClockSpan>)>;
    const NAME: &'static str = "trusted_time";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(AccountId(0))
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let shown_at = rows.fetch_one(&node::TRUSTED, params![], |row| row.time());
        let Some(shown_at) = shown_at.await? else {
            return Ok(None);
        };
        let mut spans = rows
            .fetch(&node::SPANS, params![MOST_SPANS as i64], |row| {
                Ok(ClockSpan {
                    trusted_at: row.time()?,
                    shown_at: row.time()?,
                })
            })
            .await?;
        spans.reverse();
        Ok(Some((shown_at, spans)))
    }
}
