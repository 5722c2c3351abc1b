//! Bodies of the messages of a page. A page ends before its bodies become too long together, so that its memory has a
//! limit whatever the messages hold.

use heddle_domain::id::{AccountId, MessageId};
use heddle_domain::message::Message;

use super::room::Room;
use crate::error::Result;
use crate::rows::message::{BODY, Brief};
use crate::tx::Rows;

impl Room {
    /// Takes room for the next messages; returns how many of them are on the page.
    pub(super) fn take_messages(&mut self, found: &[Brief]) -> usize {
        let fitting = found.iter().take_while(|next| self.takes(next.bytes()));
        fitting.count()
    }
}

impl Brief {
    fn bytes(&self) -> usize {
        let long = self.long.and_then(|bytes| usize::try_from(bytes).ok());
        long.unwrap_or(self.message.body.len())
    }
}

/// Reads the long bodies of messages; keeps their order.
pub(super) async fn with_bodies(
    rows: &mut Rows<'_>,
    account: AccountId,
    found: Vec<Brief>,
) -> Result<Vec<Message>> {
    let long = found.iter().filter(|next| next.long.is_some());
    let keys: Vec<_> = long
        .map(|Brief { message: m, .. }| [account.into(), m.conversation.into(), m.id.into()])
        .collect();
    let bodies = rows.fetch_many(&BODY, &keys, |row| row.text()).await?;
    let mut bodies = bodies.into_iter();
    let whole = |Brief { mut message, long }: Brief| {
        if long.is_some() {
            let body = bodies.next().and_then(|mut body| body.pop());
            message.body = body.unwrap_or_default();
        }
        message
    };
    Ok(found.into_iter().map(whole).collect())
}

/// Reads the bodies that have room on a page; the other messages get none. Returns all messages in order, and the ids of
/// those without their bodies.
pub(super) async fn as_far_as_they_fit(
    rows: &mut Rows<'_>,
    account: AccountId,
    mut found: Vec<Brief>,
) -> Result<(Vec<Message>, Vec<MessageId>)> {
    let fitting = Room::new().take_messages(&found);
    let rest: Vec<Message> = found.drain(fitting..).map(Message::from).collect();
    let apart = rest.iter().map(|message| message.id).collect();
    let mut messages = with_bodies(rows, account, found).await?;
    messages.extend(rest);
    Ok((messages, apart))
}

impl From<Brief> for Message {
    fn from(brief: Brief) -> Self {
        Self {
            body: String::new(),
            ..brief.message
        }
    }
}
