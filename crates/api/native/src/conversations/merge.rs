//! `POST /api/v1/conversations/{id}/merge`.

use heddle_domain::id::ConversationId;
use heddle_store::Entity;
use heddle_store::write::merge::MergeConversations;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::auth::ConversationsWriter;
use crate::body::WithBody;
use crate::error::Error;
use crate::path::Id;
use crate::resources::Conversation;
use crate::vocabulary::StatusWord;

/// A merge of two conversations.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationMerge {
    /// The survivor. It gets the other's messages, tags and delegations, and the custom fields that it lacks.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    into: i64,
    /// The survivor's new status. Default: a survivor that is closed, spam or archived is opened and unarchived if the
    /// other was not closed; else it stays as it is.
    #[schema(nullable = false)]
    status: Option<StatusWord>,
}

/// Merge a conversation of up to 1,000 messages into another. Its id then redirects to the survivor.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/merge", tag = "conversations",
    operation_id = "merge_conversation", params(Id), request_body = ConversationMerge,
    security(("token" = ["conversations.write"])),
    responses((status = 200, body = Conversation, description = "The survivor, with its own `ETag`",
            headers(("ETag" = String)))))]
pub(crate) async fn merge(
    ConversationsWriter(caller): ConversationsWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<ConversationMerge>,
) -> Result<Answer, Error> {
    let command = MergeConversations {
        caller: caller.for_store(),
        inboxes: caller.inboxes().clone(),
        from: ConversationId(id),
        into: ConversationId(input.into),
        status: input.status.map(|word| word.0),
        expected: write.expected,
    };
    let fields = [(Entity::Conversation(1), "into")];
    write.run(command, &fields, Conversation::answer).await
}
