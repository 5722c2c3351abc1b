//! Small operations that find out whether the database works.

use crate::error::Result;
use crate::rows::node as rows;
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows, Tx, Write};
use heddle_domain::AccountId;

/// Gives a row the values that it has: a write that changes nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TouchSlot;

impl Write for TouchSlot {
    type Out = ();
    const NAME: &'static str = "touch_slot";

    /// True: nothing changes.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.execute(&rows::TOUCH, params![]).await?;
        Ok(())
    }
}

/// Reads a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotExists;

impl Read for SlotExists {
    type Out = bool;
    const NAME: &'static str = "slot_exists";

    fn cost(&self) -> Cost {
        Cost::Keys(AccountId(0))
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<bool> {
        let found = rows.fetch(&rows::FIRST, params![], |row| row.int()).await?;
        Ok(!found.is_empty())
    }
}
