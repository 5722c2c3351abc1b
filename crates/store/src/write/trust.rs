//! The last time at which the clock was trusted. Jobs that delete by age stop if the clock has jumped ahead of it.

use heddle_domain::AccountId;
use heddle_domain::Timestamp;

use crate::error::Result;
use crate::rows::node;
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows, Tx, Write};

/// Records that the clock is trusted at this time.
#[derive(Clone, Copy, Debug)]
pub struct TrustTime(pub Timestamp);

impl Write for TrustTime {
    type Out = ();
    const NAME: &'static str = "trust_time";

    /// True: a second run writes the same value.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.execute(&node::TRUST, params![self.0]).await?;
        Ok(())
    }
}

/// Reads the last time at which the clock was trusted; `None` if it was never recorded.
#[derive(Clone, Copy, Debug)]
pub struct TrustedTime;

impl Read for TrustedTime {
    type Out = Option<Timestamp>;
    const NAME: &'static str = "trusted_time";

    fn cost(&self) -> Cost {
        Cost::Keys(AccountId(0))
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        rows.fetch_one(&node::TRUSTED, params![], |row| row.time())
            .await
    }
}
