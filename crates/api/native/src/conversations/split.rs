//! `POST /api/v1/conversations/{id}/split`.

use heddle_domain::id::{ConversationId, MessageId};
use heddle_store::write::split::{Parting, Parts, SplitConversation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::auth::ConversationsWriter;
use crate::body::WithBody;
use crate::error::Error;
use crate::path::Id;
use crate::resources::Conversation;

/// The messages to move. Exactly one of `from_message_id` and `message_ids` is required.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationSplit {
    /// This message and all that were recorded after it.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    from_message_id: Option<i64>,
    /// These messages.
    #[schema(min_items = 1, max_items = 1000, nullable = false)]
    message_ids: Option<Vec<i64>>,
    /// The subject of the new conversation. Default: that of the old one.
    #[schema(max_length = 4_096, nullable = false)]
    subject: Option<String>,
}

/// Both parts of a conversation that was split.
#[derive(Debug, Serialize, ToSchema)]
struct SplitParts {
    /// The old conversation, without the moved messages.
    conversation: Conversation,
    /// The new conversation. It has the same customer, inbox, status and assignee.
    new: Conversation,
}

/// Move up to 1,000 messages to a new conversation. At least one must move, and one must stay.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/split", tag = "conversations",
    operation_id = "split_conversation", params(Id), request_body = ConversationSplit, security(("token" = ["conversations.write"])),
    responses((status = 200, body = SplitParts, description = "Both conversations, with the `ETag` of the old one",
            headers(("ETag" = String)))))]
pub(crate) async fn split(
    ConversationsWriter(caller): ConversationsWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<ConversationSplit>,
) -> Result<Answer, Error> {
    let parting = match (input.from_message_id, input.message_ids) {
        (Some(first), None) => Parting::From(MessageId(first)),
        (None, Some(ids)) => Parting::These(ids.into_iter().map(MessageId).collect()),
        _ => {
            let detail = "exactly one of from_message_id and message_ids must be given";
            return Err(Error::invalid("message_ids", "invalid", detail));
        }
    };
    let command = SplitConversation {
        caller: caller.for_store(),
        inboxes: caller.inboxes().clone(),
        conversation: ConversationId(id),
        expected: write.expected,
        parting,
        subject: input.subject,
    };
    let answer = |parts: &Parts| {
        let body = SplitParts {
            conversation: Conversation::of(&parts.rest),
            new: Conversation::of(&parts.new),
        };
        Answer::ok(&body).version(parts.rest.conversation.last_event_id)
    };
    write.run(command, &[], answer).await
}
