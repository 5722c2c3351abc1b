//! Ids of messages, and times, as the API shows them.

use heddle_domain::guid::{Guid, GuidKind, GuidParts};
use heddle_domain::{MessageId, Timestamp};

/// Returns a message's id as the API shows it: a GUID that encodes the id, its time and the account's tag.
pub(crate) fn message_uuid(id: MessageId, tag: u32) -> String {
    let parts = GuidParts {
        created_at: id.created_at(),
        id: id.get(),
        tag,
    };
    Guid::encode(GuidKind::Message, parts).to_string()
}

/// Returns the message that an id of this API names; `None` if it can be none of this account's.
pub(crate) fn message_id(uuid: &str, tag: u32) -> Option<MessageId> {
    let parts = Guid::parse(uuid)?.decode(GuidKind::Message)?;
    let id = MessageId(parts.id);
    (parts.tag == tag && parts.created_at == id.created_at()).then_some(id)
}

/// Formats a time for a response, such as `2025-03-28T11:34:43.272Z`.
pub(crate) fn date_time(at: Timestamp) -> String {
    at.to_text_with_ms()
}
