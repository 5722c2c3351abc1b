//! Empties conversations for an erasure: their texts are removed; number, times and counts stay.

use heddle_domain::conversation::Conversation;
use heddle_domain::{EventDetail, Fact};

use super::chunk::{Chunk, Range};
use crate::error::Result;
use crate::rows::{erasure, guest};
use crate::stmt::{Stmt, params};
use crate::tx::Tx;

impl Chunk<'_> {
    /// Empties one range of messages: every message if the conversation belongs to the erased customer, else only the
    /// customer's own messages. The first range also empties the conversation's row.
    pub(super) async fn empty(
        &mut self,
        tx: &mut Tx<'_>,
        before: &Conversation,
        range: Range,
    ) -> Result<()> {
        let account = self.account;
        let is_own = before.customer == self.job.customer;
        let whose = if is_own { 0 } else { self.job.customer.get() };
        let key = params![account, before.id, range.after, range.end, whose];
        let objects = tx.fetch(&erasure::OBJECTS, key, |row| row.text()).await?;
        self.objects.extend(objects);
        tx.queue(&erasure::DELETE_ATTACHMENTS, key)?;
        tx.queue(&erasure::DELETE_BODIES, key)?;
        let version = tx.next_event_id(before.last_event_id)?;
        let [account, id, after, end, whose] = *key;
        let params = &[account, id, after, end, whose, version.into()];
        let emptied = tx.execute(&erasure::EMPTY_MESSAGES, params).await?;
        self.rows += 3 * emptied + 2;
        if is_own {
            let first = range.after == 0;
            let fields = params![account, before.id];
            let mut changed = first && has_text_to_erase(before);
            if first {
                changed |= tx.execute(&erasure::DELETE_FIELDS, fields).await? > 0;
            }
            if emptied > 0 || changed {
                self.record_change(tx, before, &erasure::EMPTY_CONVERSATION, first)?;
            }
        } else if emptied > 0 {
            self.record_change(tx, before, &erasure::TOUCH_CONVERSATION, range.after == 0)?;
        }
        if range.is_last {
            let guest = params![account, self.job.customer, before.id];
            tx.queue(&guest::REMOVE, guest)?;
        }
        Ok(())
    }

    /// Writes the event and the row of a changed conversation.
    fn record_change(
        &mut self,
        tx: &mut Tx<'_>,
        before: &Conversation,
        stmt: &'static Stmt,
        first: bool,
    ) -> Result<()> {
        let mut detail = EventDetail::default();
        detail.with(Fact::Erased(true)).with(Fact::Job(self.job.id));
        let event = self.announce(tx, before, detail)?;
        // The last change of a merged conversation stays its merge, from which the days of its redirect count.
        let now = match before.merged_into {
            Some(_) => before.updated_at,
            None => before.updated_at.max(tx.now()),
        };
        tx.queue(stmt, params![self.account, before.id, now, event])?;
        self.job.conversations += i64::from(first);
        Ok(())
    }
}

/// Whether the conversation's own row holds text that must be removed.
fn has_text_to_erase(conversation: &Conversation) -> bool {
    !conversation.subject.is_empty()
        || conversation.ticket_number.is_some()
        || conversation.ticket_link.is_some()
        || conversation.original_sender.is_some()
}
