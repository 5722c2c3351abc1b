//! Gives positions to the events of one account, in a transaction that holds the account's feed until it ends.

use heddle_domain::AccountId;

use super::rows::PostgresRows;
use crate::error::{Abort, Result, Trouble};
use crate::rows::feed as rows;
use crate::stmt::params;

/// The maximum number of events that one statement gives positions to.
pub(super) const AT_ONCE: u64 = 1_000;
/// How often a command repeats that statement: a command writes at most 4,000 rows.
const MOST_IN_A_COMMAND: usize = 3;

/// Gives positions to up to [`AT_ONCE`] events of an account; returns how many.
pub(super) async fn stamp(tx: &mut PostgresRows, account: AccountId) -> Result<u64> {
    let head = lock_head(tx, account).await?;
    let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    let stamped = tx
        .execute(&rows::STAMP, params![account, head, most])
        .await?;
    if stamped > 0 {
        tx.queue(&rows::MOVE_HEAD, params![account]);
    }
    Ok(stamped)
}

/// Gives positions to all events of an account that are committed now, in the transaction of a command; returns the last
/// position. The feed stays locked until the command ends, so events that are committed later come after that position.
pub(crate) async fn stamp_all(tx: &mut PostgresRows, account: AccountId) -> Result<i64> {
    for _ in 0..MOST_IN_A_COMMAND {
        if stamp(tx, account).await? < AT_ONCE {
            return lock_head(tx, account).await;
        }
    }
    Err(Trouble::Overloaded("too many events have no position yet").into())
}

/// Locks the row that holds the last assigned position of an account's feed; inserts the row if it is missing.
async fn lock_head(tx: &mut PostgresRows, account: AccountId) -> Result<i64> {
    let params = params![account];
    let head = tx.fetch(&rows::LOCK_HEAD, params, |row| row.int()).await?;
    if let Some(head) = head.first() {
        return Ok(*head);
    }
    tx.execute(&rows::MAKE_HEAD, params).await?;
    let head = tx.fetch(&rows::LOCK_HEAD, params, |row| row.int()).await?;
    head.first().copied().ok_or(Abort::StartOver)
}
