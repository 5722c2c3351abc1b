//! Statements on opt-outs.

use heddle_domain::opt_out::{OptOut, OptOutState};

use crate::error::Result;
use crate::stmt::{Row, statements};

statements! {
    /// Selects the opt-out of an address in an inbox.
    GET = "SELECT state, changed_at FROM opt_out WHERE account_id = $1 AND inbox_id = $2 AND kind = $3 AND address_hash = $4";
    /// Same as `GET`, locked until the transaction ends.
    LOCK = "SELECT state, changed_at FROM opt_out WHERE account_id = $1 AND inbox_id = $2 AND kind = $3 AND address_hash = $4",
        locked;
    /// Records the opt-out of an address.
    PUT = "INSERT INTO opt_out (account_id, inbox_id, kind, address_hash, state, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (account_id, inbox_id, kind, address_hash)
        DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at";
}

/// Maps a row of `GET` and `LOCK`.
pub(crate) fn opt_out(row: &mut Row<'_>) -> Result<OptOut> {
    Ok(OptOut {
        state: row.word(OptOutState::parse)?,
        changed_at: row.time()?,
    })
}
