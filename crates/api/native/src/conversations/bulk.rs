//! `POST /api/v1/conversations/bulk`: up to 100 changes in one transaction, each applied or refused independently.

use std::collections::BTreeSet;

use heddle_domain::id::ConversationId;
use heddle_store::Refusal;
use heddle_store::read::contents::LabelledConversation;
use heddle_store::write::change::{ChangeConversations, ChangeItem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::change::{ConversationChange, FIELDS};
use crate::answer::Answer;
use crate::auth::ConversationsWriter;
use crate::body::WithBody;
use crate::error::{Error, FieldError};
use crate::resources::Conversation;

/// The maximum number of labels that one request may name, which limits the rows that its transaction writes.
const MOST_LABELS: usize = 2_000;

/// Changes of conversations.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationChanges {
    /// At most one change for each conversation.
    #[schema(min_items = 1, max_items = 100)]
    changes: Vec<BulkChange>,
}

/// A change of one conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkChange {
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    conversation_id: i64,
    /// The version that the change is based on. Refused with 412 if the conversation has another one.
    version: Option<i64>,
    change: ConversationChange,
}

/// The results, in the order of the changes.
#[derive(Debug, Serialize, ToSchema)]
struct ConversationResults {
    results: Vec<ConversationResult>,
}

/// The result of one change.
#[derive(Debug, Serialize, ToSchema)]
struct ConversationResult {
    conversation_id: i64,
    /// The status that a request for this change alone would get.
    status: u16,
    /// The conversation, if the change was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    conversation: Option<Conversation>,
    /// Why the change was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    problem: Option<ConversationProblem>,
}

/// Why a change was refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ConversationProblem {
    /// The kind of problem, for programs.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem, for people.
    title: &'static str,
    /// What is wrong with this change.
    detail: String,
    /// The bad fields of the change, if the problem is about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

impl ConversationResult {
    fn changed(stored: &LabelledConversation) -> Self {
        Self {
            conversation_id: stored.conversation.id.get(),
            status: 200,
            conversation: Some(Conversation::of(stored)),
            problem: None,
        }
    }

    fn refused(id: ConversationId, error: &Error) -> Self {
        Self {
            conversation_id: id.get(),
            status: error.status().as_u16(),
            conversation: None,
            problem: Some(ConversationProblem {
                kind: error.kind(),
                title: error.title(),
                detail: error.detail(),
                errors: error.fields(),
            }),
        }
    }
}

/// Change up to 100 conversations. Each change is applied or refused independently.
#[utoipa::path(post, path = "/api/v1/conversations/bulk", tag = "conversations", operation_id = "change_conversations",
    request_body = ConversationChanges, security(("token" = ["conversations.write"])),
    responses((status = 200, body = ConversationResults, description = "A result for each")))]
pub(crate) async fn change_many(
    ConversationsWriter(caller): ConversationsWriter,
    WithBody { input, write }: WithBody<ConversationChanges>,
) -> Result<Answer, Error> {
    let items = items(input)?;
    let ids: Vec<ConversationId> = items.iter().map(|item| item.conversation).collect();
    let command = ChangeConversations {
        caller: caller.for_store(),
        inboxes: caller.inboxes().clone(),
        items,
    };
    let answer = move |results: &Vec<Result<LabelledConversation, Refusal>>| {
        let result = |(id, result): (&ConversationId, &Result<LabelledConversation, Refusal>)| {
            match result {
                Ok(stored) => ConversationResult::changed(stored),
                Err(refusal) => {
                    let error = Error::of_command(refusal.clone().into(), FIELDS);
                    ConversationResult::refused(*id, &error)
                }
            }
        };
        Answer::ok(&ConversationResults {
            results: ids.iter().zip(results).map(result).collect(),
        })
    };
    write.run(command, &[], answer).await
}

fn items(input: ConversationChanges) -> Result<Vec<ChangeItem>, Error> {
    let mut faults = Vec::new();
    let mut items: Vec<ChangeItem> = Vec::with_capacity(input.changes.len());
    let mut ids = BTreeSet::new();
    let mut labels = 0;
    for (at, one) in input.changes.into_iter().enumerate() {
        if !ids.insert(one.conversation_id) {
            let field = format!("changes[{at}].conversation_id");
            faults.push(FieldError::new(&field, "duplicate", "stands there twice"));
        }
        match one.change.parse() {
            Ok(change) => {
                labels += change.labels();
                items.push(ChangeItem {
                    conversation: ConversationId(one.conversation_id),
                    expected: one.version,
                    change,
                });
            }
            Err(wrong) => {
                let parent = format!("changes[{at}].change");
                faults.extend(wrong.into_iter().map(|fault| fault.under(&parent)));
            }
        }
    }
    if labels > MOST_LABELS {
        let detail = format!("name more than {MOST_LABELS} tags and fields together");
        faults.push(FieldError::new("changes", "length", detail));
    }
    faults.truncate(100);
    Error::invalid_if_any(faults)?;
    Ok(items)
}
