//! Moves conversations and their messages to the survivor of a merge.

use heddle_domain::conversation::Conversation;
use heddle_domain::id::CustomerId;
use heddle_domain::{EventDetail, Field};

use super::chunk::{Chunk, Range};
use crate::error::Result;
use crate::rows::{conversation, erasure, guest};
use crate::stmt::params;
use crate::tx::Tx;

impl Chunk<'_> {
    /// Moves the messages of one range to the survivor; with the last range also the conversation.
    pub(super) async fn hand_over(
        &mut self,
        tx: &mut Tx<'_>,
        before: &Conversation,
        to: CustomerId,
        range: Range,
    ) -> Result<()> {
        let (account, from) = (self.account, self.job.customer);
        // The messages change with each range, but the event comes with the last one; so they get a version of their own.
        let version = tx.next_event_id(before.last_event_id)?;
        let params = params![
            account,
            before.id,
            range.after,
            range.end,
            from,
            to,
            version
        ];
        self.rows += tx.execute(&erasure::MOVE_MESSAGES, params).await?;
        if !range.is_last {
            return Ok(());
        }
        self.finish(tx, before, to)
    }

    /// Gives the conversation itself, or its guest, to the survivor.
    fn finish(&mut self, tx: &mut Tx<'_>, before: &Conversation, to: CustomerId) -> Result<()> {
        let (account, from) = (self.account, self.job.customer);
        self.rows += 4;
        self.job.conversations += 1;
        let mut after = before.clone();
        // The last change of a merged conversation stays its merge, from which the days of its redirect count.
        if before.merged_into.is_none() {
            after.touch(tx.now());
        }
        let mut detail = EventDetail::default();
        if before.customer == from {
            after.customer = to;
            detail.change(Field::Customer, &from, &to);
        } else {
            tx.queue(&guest::REMOVE, params![account, from, before.id])?;
            detail.change(Field::Guest, &from, &to);
        }
        let own = params![account, to, before.id];
        if after.customer == to {
            tx.queue(&guest::REMOVE, own)?;
        } else {
            tx.queue(&guest::ADD, own)?;
        }
        after.last_event_id = self.announce(tx, before, detail)?;
        conversation::update(tx, account, before, &after)
    }
}
