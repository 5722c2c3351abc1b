//! Commands of `heddle doctor`, which set back times that a wrong clock has stored.
//!
//! Ids, events and the creation times of conversations never change: feeds, cursors and GUIDs contain them.

use heddle_domain::id::{AccountId, ConversationId, TimeId};
use heddle_domain::message::MessageFacts;
use heddle_domain::{Conversation, Timestamp};

use super::merge::{RECOUNT_MOST, facts};
use crate::error::Result;
use crate::rows::{conversation, mend as rows, node};
use crate::stmt::{Stmt, params};
use crate::tx::{Tx, Write};

/// Sets back the times of an account that are after `limit`, except those of conversations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MendTimes {
    pub(crate) account: AccountId,
    pub(crate) limit: Timestamp,
}

impl Write for MendTimes {
    type Out = ();
    const NAME: &'static str = "mend_times";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let (account, limit, now) = (self.account, self.limit, tx.now());
        // A message that was recorded after the clock was corrected must stay the later one.
        let params = params![account];
        let first = tx.fetch_one(&rows::FIRST_APART, params, |row| row.opt_time());
        let back = first.await?.flatten().map_or(now, |first| first.min(now));
        let first_id = TimeId::first_at(limit).0;
        let params = params![account, first_id, limit, back];
        tx.execute(&rows::SET_RECORDED, params).await?;
        let params = params![account, limit, back];
        tx.execute(&rows::SET_EFFECTIVE, params).await?;
        let others: [&Stmt; 4] = [
            &rows::SET_CUSTOMERS,
            &rows::SET_WEBHOOKS,
            &rows::SET_ANSWERS,
            &rows::SET_UPLOADS,
        ];
        for stmt in others {
            tx.execute(stmt, params![account, limit, now]).await?;
        }
        Ok(())
    }
}

/// Sets back the times of some conversations that are after `limit`. Must run after [`MendTimes`]. Returns how many
/// conversations have too many messages to be counted again.
#[derive(Clone, Debug)]
pub(crate) struct MendConversations {
    pub(crate) account: AccountId,
    pub(crate) limit: Timestamp,
    pub(crate) ids: Vec<ConversationId>,
}

impl Write for MendConversations {
    type Out = usize;
    const NAME: &'static str = "mend_conversations";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<usize> {
        let mut left = 0;
        let ids = self.ids.iter().copied().collect();
        for before in conversation::lock_all(tx, self.account, ids).await? {
            match facts(tx, self.account, before.id, RECOUNT_MOST).await? {
                None => left += 1,
                Some(messages) => {
                    let messages: Vec<_> = messages.into_iter().map(|(facts, _)| facts).collect();
                    let after = mended(&before, &messages, self.limit, tx.now());
                    conversation::update(tx, self.account, &before, &after)?;
                    let params = params![self.account, after.id, after.updated_at];
                    tx.execute(&rows::SET_UPDATED, params).await?;
                }
            }
        }
        Ok(left)
    }
}

/// Returns the conversation with no time after `limit`, as far as they can change.
fn mended(
    before: &Conversation,
    messages: &[MessageFacts],
    limit: Timestamp,
    now: Timestamp,
) -> Conversation {
    let back = |time: Timestamp| if time > limit { now } else { time };
    let mut after = before.clone();
    after.updated_at = back(after.updated_at);
    after.recount(messages);
    if after.contacts == 0 {
        after.last_message_at = back(after.last_message_at);
    }
    after.delegated_at = after.delegated_at.map(back);
    after.closed_at = after.closed_at.map(back);
    after
}

/// Lowers all reservations to a time that no id of the store has reached. No node may be running.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LowerReservations(pub(crate) Timestamp);

impl Write for LowerReservations {
    type Out = ();
    const NAME: &'static str = "lower_reservations";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.execute(&node::LOWER, params![self.0]).await?;
        Ok(())
    }
}
