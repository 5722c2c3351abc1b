//! `DELETE /api/v1/conversations/{id}` and `POST /api/v1/conversations/{id}/restore`.

use heddle_domain::id::ConversationId;
use heddle_store::write::delete::{DeleteConversation, RestoreConversation};

use crate::answer::Answer;
use crate::auth::{ConversationsRestorer, ConversationsWriter};
use crate::body::WithoutBody;
use crate::error::Error;
use crate::path::Id;
use crate::resources::Conversation;

/// Delete a conversation.
///
/// No list, search, count or webhook shows it afterwards, and its id is unknown in every API. An administrator can restore it.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "delete_conversation",
    params(Id), security(("token" = ["conversations.write"])),
    responses((status = 204, description = "The conversation is deleted")))]
pub(crate) async fn delete(
    ConversationsWriter(caller): ConversationsWriter,
    Id(id): Id,
    WithoutBody(write): WithoutBody,
) -> Result<Answer, Error> {
    let command = DeleteConversation {
        caller: caller.for_store(),
        inboxes: caller.inboxes().clone(),
        conversation: ConversationId(id),
        expected: write.expected,
    };
    write.run(command, &[], |()| Answer::no_content()).await
}

/// Restore a deleted conversation, as it was. For administrators: it also needs the scope `account.write`.
///
/// The audit lists deleted conversations: events of the kind `conversation.deleted`. A conversation that is not deleted
/// stays as it is.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/restore", tag = "conversations",
    operation_id = "restore_conversation", params(Id), security(("token" = ["conversations.write", "account.write"])),
    responses((status = 200, body = Conversation, description = "The conversation")))]
pub(crate) async fn restore(
    ConversationsRestorer(caller): ConversationsRestorer,
    Id(id): Id,
    WithoutBody(write): WithoutBody,
) -> Result<Answer, Error> {
    let command = RestoreConversation {
        caller: caller.for_store(),
        inboxes: caller.inboxes().clone(),
        conversation: ConversationId(id),
    };
    write.run(command, &[], Conversation::answer).await
}
