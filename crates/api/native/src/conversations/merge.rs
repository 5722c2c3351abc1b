//! `POST /api/v1/conversations/{id}/merge`.

use axum::extract::State;
use heddle_domain::id::ConversationId;
use heddle_store::Entity;
use heddle_store::write::merge::MergeConversations;
use serde::Deserialize;
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

/// Where a conversation goes on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationMerge {
    /// The conversation that takes its messages, tags, delegations and the custom fields that it lacks.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    into: i64,
}

/// Merge a conversation into another: it ends, and its id leads there. It may have up to 1,000 messages.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/merge", tag = "conversations",
    operation_id = "merge_conversation", params(Id), request_body = ConversationMerge,
    security(("token" = ["conversations.write"])),
    responses((status = 200, body = Conversation, description = "The survivor; the tag is its own",
            headers(("ETag" = String))),
        (status = 409, body = Problem,
            description = "It was merged into another before, which is named")))]
pub(crate) async fn merge(
    ConversationsWriter(caller): ConversationsWriter,
    State(app): State<App>,
    Id(id): Id,
    WithBody { input, write }: WithBody<ConversationMerge>,
) -> Result<Answer, Error> {
    let command = MergeConversations {
        caller: caller.for_store(),
        inboxes: caller.inboxes().to_vec(),
        from: ConversationId(id),
        into: ConversationId(input.into),
        expected: write.expected,
    };
    let fields = [(Entity::Conversation(1), "into")];
    match write.run(command, &fields, Conversation::answer).await {
        Err(error) => Err(merged_or(&app, &caller, id, error).await),
        answer => answer,
    }
}
