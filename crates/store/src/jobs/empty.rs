//! Empties conversations for an erasure: their texts are removed; number, times and counts stay. A conversation of the erased
//! customer is deleted as well, unless the erasing command has done that; so no list shows an emptied conversation.

use std::borrow::Cow;

use heddle_domain::conversation::Conversation;
use heddle_domain::message::State;
use heddle_domain::{EventDetail, Fact};

use super::chunk::{Chunk, Range};
use crate::error::Result;
use crate::rows::{erasure, guest};
use crate::stmt::{Stmt, params};
use crate::tx::Tx;
use crate::write::delete::Transition;

impl Chunk<'_> {
    /// Empties one range of messages: every message if the conversation belongs to the erased customer, else only the
    /// customer's own messages. The first range also deletes the conversation of the erased customer, and empties its row.
    pub(super) async fn empty(
        &mut self,
        tx: &mut Tx<'_>,
        before: &Conversation,
        range: Range,
    ) -> Result<()> {
        let (account, first) = (self.account, range.after == 0);
        let is_own = before.customer == self.job.customer;
        let before = match is_own && first {
            true => self.delete(tx, before)?,
            false => Cow::Borrowed(before),
        };
        let before = before.as_ref();
        let emptied = self.empty_messages(tx, before, range).await?;
        if is_own {
            let changed = first && self.empty_row(tx, before).await?;
            if emptied > 0 || changed {
                self.record_change(tx, before, &erasure::EMPTY_CONVERSATION, first)?;
            }
        } else if emptied > 0 {
            self.record_change(tx, before, &erasure::TOUCH_CONVERSATION, first)?;
        }
        if range.is_last {
            let guest = params![account, self.job.customer, before.id];
            tx.queue(&guest::REMOVE, guest)?;
        }
        Ok(())
    }

    /// Empties the messages of a range; returns how many had content.
    async fn empty_messages(
        &mut self,
        tx: &mut Tx<'_>,
        of: &Conversation,
        range: Range,
    ) -> Result<u64> {
        let whose = match of.customer == self.job.customer {
            true => 0,
            false => self.job.customer.get(),
        };
        let key = params![self.account, of.id, range.after, range.end, whose];
        let objects = tx.fetch(&erasure::OBJECTS, key, |row| row.text()).await?;
        self.objects.extend(objects);
        tx.queue(&erasure::DELETE_ATTACHMENTS, key)?;
        tx.queue(&erasure::DELETE_BODIES, key)?;
        let version = tx.next_event_id(of.last_event_id)?;
        let [account, id, after, end, whose] = *key;
        let params = &[account, id, after, end, whose, version.into()];
        let emptied = tx.execute(&erasure::EMPTY_MESSAGES, params).await?;
        self.rows += 3 * emptied + 2;
        Ok(emptied)
    }

    /// Removes what a conversation has beside its messages and its row; returns whether there was anything, or the row has text.
    async fn empty_row(&self, tx: &mut Tx<'_>, of: &Conversation) -> Result<bool> {
        let key = params![self.account, of.id];
        let labels = tx.execute(&erasure::DELETE_FIELDS, key).await?
            + tx.execute(&erasure::DELETE_TAGS, key).await?;
        Ok(labels > 0 || has_text_to_erase(of))
    }

    /// Deletes a conversation that lists still show; returns it as it is afterwards.
    fn delete<'c>(
        &mut self,
        tx: &mut Tx<'_>,
        before: &'c Conversation,
    ) -> Result<Cow<'c, Conversation>> {
        if before.merged_into.is_some() || before.state == State::Hidden {
            return Ok(Cow::Borrowed(before));
        }
        self.rows += 3;
        let deletion = Transition::of_erasure(self.job.id);
        let by = (self.account, &self.job.actor);
        deletion.write(tx, by, before).map(Cow::Owned)
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
