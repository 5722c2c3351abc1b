//! Small operations of a server: whether the database works, and which servers run.

use crate::error::Result;
use crate::rows::node as rows;
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows, Tx, Write};
use heddle_domain::{AccountId, Timestamp};

/// How many servers are read.
const MOST_NODES: i64 = 256;

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

/// Records that a server runs now.
#[derive(Clone, Debug)]
pub(crate) struct RecordNode(pub(crate) String);

impl Write for RecordNode {
    type Out = ();
    const NAME: &'static str = "record_node";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let params = params![&self.0, tx.now()];
        tx.execute(&rows::SEEN, params).await?;
        Ok(())
    }
}

/// Removes the record of a server that has ended.
#[derive(Clone, Debug)]
pub(crate) struct ForgetNode(pub(crate) String);

impl Write for ForgetNode {
    type Out = ();
    const NAME: &'static str = "forget_node";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.execute(&rows::LEAVE, params![&self.0]).await?;
        Ok(())
    }
}

/// Which recorded servers to read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Recorded {
    /// Those that were seen at this time or later.
    Since(Timestamp),
    /// Those that were last seen before this time.
    Before(Timestamp),
}

/// Reads the ids of servers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordedNodes(pub(crate) Recorded);

impl Read for RecordedNodes {
    type Out = Vec<String>;
    const NAME: &'static str = "recorded_nodes";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Vec<String>> {
        let (statement, at) = match self.0 {
            Recorded::Since(at) => (&rows::SERVING, at),
            Recorded::Before(at) => (&rows::GONE, at),
        };
        rows.fetch(statement, params![at, MOST_NODES], |row| row.text())
            .await
    }
}
