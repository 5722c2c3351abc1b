//! Adds a file to a message that is stored already, and removes a file from a message.

use heddle_domain::event::EventKind;
use heddle_domain::id::{AttachmentId, ConversationId, MessageId};
use heddle_domain::message::{Kind, Message};
use heddle_domain::{Conversation, EventDetail, Fact, InboxScope};

use super::caller::Caller;
use super::change::lock;
use super::entry::insert_file;
use super::events::announce;
use super::message::NewAttachment;
use crate::error::{Entity, Refusal, Result};
use crate::rows::{attachment as rows, conversation as conversation_rows, message as message_rows};
use crate::stmt::params;
use crate::tx::{NewEvent, Tx, Write};

/// The maximum number of files that can be added to one message. Merges and lists count on it.
const FILES_MOST: i64 = 1_000;

/// Adds a file to a message. Neither the status nor the waiting of the conversation changes.
#[derive(Clone, Debug)]
pub struct AttachFile {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The message's conversation.
    pub conversation: ConversationId,
    /// The message that gets the file; not a line item.
    pub message: MessageId,
    /// The file.
    pub file: NewAttachment,
}

impl Write for AttachFile {
    type Out = AttachmentId;
    const NAME: &'static str = "attach_file";

    fn weight(&self) -> usize {
        1_024 + self.file.data.as_ref().map_or(0, Vec::len)
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<AttachmentId> {
        let place = (self.conversation, self.message);
        let (before, message) = locked(tx, &self.caller, &self.inboxes, place).await?;
        if message.kind == Kind::LineItem {
            return Err(Refusal::invalid("message", "a line item has no attachments").into());
        }
        if message.attachments >= FILES_MOST {
            let reason = format!("a message has at most {FILES_MOST} attachments");
            return Err(Refusal::invalid("message", reason).into());
        }
        let id = insert_file(tx, &self.caller, place, &self.file)?;
        let count = message.attachments + 1;
        record(
            tx,
            &self.caller,
            (&before, &message),
            count,
            Fact::Attached(id),
        )?;
        Ok(id)
    }
}

/// Removes a file from its message. The text of the message stays.
#[derive(Clone, Debug)]
pub struct DetachFile {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The conversation that must hold the file.
    pub conversation: ConversationId,
    /// The file to remove.
    pub attachment: AttachmentId,
}

impl Write for DetachFile {
    /// The name of the object that held the file, if it was one. Nothing refers to it any more.
    type Out = Option<String>;
    const NAME: &'static str = "detach_file";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Option<String>> {
        let account = self.caller.account;
        let before = lock(tx, &self.caller, &self.inboxes, self.conversation).await?;
        let key = params![account, self.attachment, self.conversation];
        let (of, object) = tx
            .fetch_one(&rows::PLACED, key, |row| {
                Ok((MessageId(row.int()?), row.opt_text()?))
            })
            .await?
            .ok_or(Refusal::NotFound(Entity::Attachment))?;
        let message = brief(tx, &self.caller, (self.conversation, of)).await?;
        tx.queue(&rows::DROP, params![account, self.attachment])?;
        let (count, fact) = (message.attachments - 1, Fact::Detached(self.attachment));
        record(tx, &self.caller, (&before, &message), count, fact)?;
        Ok(object)
    }
}

/// Locks a conversation, and reads one of its messages.
async fn locked(
    tx: &mut Tx<'_>,
    caller: &Caller,
    inboxes: &InboxScope,
    (conversation, message): (ConversationId, MessageId),
) -> Result<(Conversation, Message)> {
    let before = lock(tx, caller, inboxes, conversation).await?;
    Ok((before, brief(tx, caller, (conversation, message)).await?))
}

async fn brief(
    tx: &mut Tx<'_>,
    caller: &Caller,
    (conversation, message): (ConversationId, MessageId),
) -> Result<Message> {
    let key = params![caller.account, conversation, message];
    let found = tx.fetch_one(&message_rows::BRIEF, key, message_rows::message);
    Ok(found.await?.ok_or(Refusal::NotFound(Entity::Message))?)
}

/// Writes the message's new number of files, the conversation, and the event.
fn record(
    tx: &mut Tx<'_>,
    caller: &Caller,
    (before, message): (&Conversation, &Message),
    count: i64,
    fact: Fact,
) -> Result<()> {
    let mut after = before.clone();
    after.touch(tx.now());
    let mut detail = EventDetail::default();
    detail.with(fact);
    let event = NewEvent {
        entity: message.id.get(),
        imported: message.imported,
        ..NewEvent::about(&after, EventKind::MessageUpdated, &caller.actor, detail)
    };
    let version = announce(tx, caller, before.assignee, &mut after, &event)?;
    let key = (message.conversation, message.id);
    tx.queue(
        &message_rows::SET_ATTACHMENTS,
        params![caller.account, key.0, key.1, count, version],
    )?;
    conversation_rows::update(tx, caller.account, before, &after)
}
