//! `POST /api/v1/conversations/{id}/split`.

use axum::extract::State;
use heddle_domain::id::{ConversationId, MessageId};
use heddle_store::write::split::{Parting, Parts, SplitConversation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::lookup::merged_or;
use crate::answer::Answer;
use crate::auth::ConversationsWriter;
use crate::body::WithBody;
use crate::error::Error;
use crate::path::Id;
use crate::problem::Problem;
use crate::resources::Conversation;
use heddle_api::App;

/// Which messages leave: exactly one of `from_message_id` and `message_ids` must be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationSplit {
    /// This one and all recorded after it.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    from_message_id: Option<i64>,
    /// These.
    #[schema(min_items = 1, max_items = 1000, nullable = false)]
    message_ids: Option<Vec<i64>>,
    /// The subject of the new conversation; the old one's if it is not given.
    #[schema(max_length = 1000, nullable = false)]
    subject: Option<String>,
}

/// Both parts of a conversation that was split.
#[derive(Debug, Serialize, ToSchema)]
struct SplitParts {
    /// What is left.
    conversation: Conversation,
    /// The new one: of the same customer, inbox, status and assignee.
    new: Conversation,
}

/// Split messages off into a new conversation. Up to 1,000 can leave; one must leave and one stay.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/split", tag = "conversations",
    operation_id = "split_conversation", params(Id), request_body = ConversationSplit, security(("token" = ["conversations.write"])),
    responses((status = 200, body = SplitParts, description = "Both parts; the tag is that of what is left",
            headers(("ETag" = String))),
        (status = 409, body = Problem,
            description = "It was merged into another, which is named")))]
pub(crate) async fn split(
    ConversationsWriter(caller): ConversationsWriter,
    State(app): State<App>,
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
        inboxes: caller.inboxes().to_vec(),
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
    match write.run(command, &[], answer).await {
        Err(error) => Err(merged_or(&app, &caller, id, error).await),
        answer => answer,
    }
}
