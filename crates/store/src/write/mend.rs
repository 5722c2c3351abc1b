//! Commands of `heddle doctor`, which set back times that a wrong clock has stored, and correct counts.
//!
//! Ids, events and the creation times of conversations never change: feeds, cursors and GUIDs contain them.

use heddle_domain::id::{AccountId, ConversationId, InboxId, TimeId};
use heddle_domain::message::MessageFacts;
use heddle_domain::{Conversation, Status, Timestamp};

use super::merge::{RECOUNT_MOST, facts};
use crate::error::Result;
use crate::rows::{conversation, count, mend as rows, node};
use crate::stmt::{Row, Stmt, params};
use crate::tx::{Tx, Write};

/// No API waits longer between two attempts of a delivery, in milliseconds: 30 days.
const LONGEST_WAIT_MS: i64 = 30 * 86_400_000;

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
        self.mend_messages(tx).await?;
        let others: [&Stmt; 3] = [&rows::SET_CUSTOMERS, &rows::SET_ANSWERS, &rows::SET_UPLOADS];
        for stmt in others {
            tx.execute(stmt, params![account, limit, now]).await?;
        }
        let last_retry = last_retry(now);
        let params = params![account, limit, last_retry, now];
        tx.execute(&rows::SET_WEBHOOKS, params).await?;
        let params = params![account, TimeId::first_at(limit).0, limit, last_retry, now];
        tx.execute(&rows::SET_DELIVERIES, params).await?;
        Ok(())
    }
}

/// Corrects the counts of an account's conversations by these differences.
#[derive(Clone, Debug)]
pub(crate) struct MendCounts {
    pub(crate) account: AccountId,
    pub(crate) differences: Vec<(InboxId, Status, i64)>,
}

impl Write for MendCounts {
    type Out = ();
    const NAME: &'static str = "mend_counts";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        for (inbox, status, by) in &self.differences {
            let params = params![self.account, *inbox, status.as_str(), *by];
            tx.execute(&count::ADD, params).await?;
        }
        Ok(())
    }
}

/// Returns the last time at which a retry that was planned before `now` can be due.
pub(crate) fn last_retry(now: Timestamp) -> Timestamp {
    now.plus_ms(LONGEST_WAIT_MS)
}

/// How many stretches are mended each by itself. The time of later ones is the present.
const MOST_STRETCHES: usize = 1_000;

/// Messages with wrong times, and the time that they get.
struct Stretch {
    first: i64,
    end: i64,
    time: Timestamp,
}

impl MendTimes {
    /// Each time that the clock was wrong left a stretch of messages with wrong times. The first right message after it was
    /// recorded when the clock was corrected, so the stretch is not later than this message.
    async fn mend_messages(&self, tx: &mut Tx<'_>) -> Result<()> {
        let (account, limit, now) = (self.account, self.limit, tx.now());
        let mut stretch = Stretch {
            first: 0,
            end: TimeId::first_at(limit).0,
            time: Timestamp(0),
        };
        for number in 1.. {
            let Some(next) = self.find_stretch(tx, &stretch).await? else {
                break;
            };
            stretch = next;
            if number == MOST_STRETCHES {
                (stretch.end, stretch.time) = (i64::MAX, now);
            }
            let time = stretch.time.min(now);
            let params = params![account, stretch.first, stretch.end, limit, time];
            tx.execute(&rows::SET_RECORDED, params).await?;
            self.set_effective(tx, &stretch, time).await?;
        }
        let rest = Stretch {
            first: 0,
            end: i64::MAX,
            time: now,
        };
        self.set_effective(tx, &rest, now).await
    }

    /// Finds the stretch after `last`. Its time is not before that of `last`, nor before that of a right message with a smaller
    /// id.
    async fn find_stretch(&self, tx: &mut Tx<'_>, last: &Stretch) -> Result<Option<Stretch>> {
        let (account, limit) = (self.account, self.limit);
        let params = params![account, last.end, limit];
        let first = tx.fetch_one(&rows::FIRST_WRONG, params, |row| row.opt_int());
        let Some(first) = first.await?.flatten() else {
            return Ok(None);
        };
        let params = params![account, first];
        let in_step = tx.fetch_one(&rows::LAST_IN_STEP, params, |row| row.opt_int());
        let in_step = in_step.await?.flatten().map(|id| TimeId(id).created_at());
        let earliest = in_step.map_or(last.time, |time| time.max(last.time));
        let params = params![account, earliest, limit, first];
        let right = |row: &mut Row<'_>| Ok((row.int()?, row.time()?));
        let right = tx.fetch_one(&rows::NEXT_RIGHT, params, right).await?;
        let (end, time) = right.unwrap_or((i64::MAX, Timestamp(i64::MAX)));
        Ok(Some(Stretch { first, end, time }))
    }

    async fn set_effective(
        &self,
        tx: &mut Tx<'_>,
        stretch: &Stretch,
        time: Timestamp,
    ) -> Result<()> {
        let (first, end) = (stretch.first, stretch.end);
        let end_time = TimeId(end).created_at();
        let params = params![self.account, first, end, self.limit, time, end_time];
        tx.execute(&rows::SET_EFFECTIVE, params).await?;
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
