//! Replaces the tags and the custom fields of a conversation (contract sections 6.7 and 6.8).

use std::collections::BTreeMap;

use axum::response::Response;
use heddle_domain::conversation::Conversation;
use heddle_store::write::change::{Change, TagChange};
use heddle_store::{Error as StoreError, Refusal};

use super::patch;
use crate::addressed::ConversationChange;
use crate::custom_fields::{self, FieldValue};
use crate::error::Error;
use crate::request::tags;
use crate::{input, response};
use heddle_http::known;
use heddle_http::shape::{SCALARS, Shape};

/// The body of the tags. Without `tags` it clears them, as an empty list does.
pub(crate) const TAGS: Shape = known!("tags": SCALARS);
/// The body of the custom fields. Without `fields` it clears them, as an empty list does.
pub(crate) const FIELDS: Shape = known!("fields": custom_fields::SHAPE);

/// How often the fields are chosen again if the conversation moves to another inbox meanwhile.
const TRIES: usize = 5;

/// `PUT /v2/conversations/{conversationId}/tags`
pub(crate) async fn put_tags(call: ConversationChange) -> Result<Response, Error> {
    let tags = call.read(&TAGS, |body| tags(&body.get("tags"))).await?;
    let change = Change {
        tags: TagChange::Set(tags),
        ..Change::default()
    };
    patch::write(&call, change).await?;
    Ok(response::no_content())
}

/// `PUT /v2/conversations/{conversationId}/fields`
pub(crate) async fn put_fields(call: ConversationChange) -> Result<Response, Error> {
    let values = call.read(&FIELDS, custom_fields::read).await?;
    for _ in 0..TRIES {
        let conversation = call.must_exist().await?;
        let change = replacement(&call, &conversation, &values).await?;
        match patch::write(&call, change).await {
            Err(StoreError::Refused(Refusal::Stale)) => {}
            Err(StoreError::Refused(Refusal::Invalid { reason, .. })) => {
                return Err(input::refusal("fields", reason));
            }
            written => {
                written?;
                return Ok(response::no_content());
            }
        }
    }
    Err(Error::Changed)
}

/// Returns the change that gives a conversation exactly these values of the fields that its inbox defines. Values of other fields,
/// which only the native API shows, stay.
async fn replacement(
    call: &ConversationChange,
    conversation: &Conversation,
    values: &[FieldValue],
) -> Result<Change, Error> {
    let account = call.caller.principal.credential.account;
    let defined = custom_fields::defined(&call.app, account, conversation.inbox).await?;
    let mut faults = Vec::new();
    let mut values = custom_fields::resolve(values, &defined, &mut faults);
    input::refuse_if_any(faults)?;
    let fields = defined.into_iter().map(|field| {
        let value = values.remove(&field.name);
        (field.name, value)
    });
    Ok(Change {
        fields: fields.collect::<BTreeMap<_, _>>(),
        fields_of: Some(conversation.inbox),
        ..Change::default()
    })
}
