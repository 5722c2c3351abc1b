//! The JSON form of an event in the feed, the audit and webhook deliveries.

use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, ConversationId, CredentialId, InboxId};
use heddle_domain::{EntityKind, Field};
use heddle_store::detail::{FOLLOWERS, StoredDetail};
use heddle_store::read::feed::FeedEvent;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::sight::Parts;
use crate::time::Instant;
use crate::vocabulary::EventKindWord;
use heddle_webhooks::manage::without_path;

/// The name of the field with the URL in events about webhooks.
const URL: &str = "url";

/// One committed change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Happening)]
pub(crate) struct Event {
    /// The same in every delivery and every answer. Ids are ordered by time, but not as the feed is.
    pub(crate) id: i64,
    pub(crate) kind: EventKindWord,
    /// When it was recorded.
    at: Instant,
    /// The id of the entity that changed. The word before the dot of `kind` is the kind of entity.
    entity_id: i64,
    #[schema(required)]
    conversation_id: Option<i64>,
    /// The inbox of the entity, after the change.
    #[schema(required)]
    inbox_id: Option<i64>,
    /// The agent who made the change.
    #[schema(required)]
    agent_id: Option<i64>,
    /// The API of the request; null: the command line.
    #[schema(required)]
    api: Option<String>,
    /// Whether it is part of an import.
    imported: bool,
    /// The changed fields. An event about a message also names what the message changed of its conversation, such as
    /// `status`, to a token with `conversations.read`; the body of a webhook never does.
    changes: Vec<FieldChange>,
    /// Further details.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    more: Map<String, Value>,
}

/// One committed change and its position.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedItem {
    /// Its position in the account's feed. A program that keeps the last position can go on from there with `GET
    /// /api/v1/events`; ids are not in the order of the feed.
    position: i64,
    #[serde(flatten)]
    event: Event,
}

impl FeedItem {
    /// Returns the event with the parts that the reader sees.
    pub(crate) fn of(event: FeedEvent, parts: Parts) -> Self {
        let position = event.position;
        let (event, _) = Event::of(event, parts);
        Self { position, event }
    }

    pub(crate) fn kind(&self) -> &'static str {
        self.event.kind.0.as_str()
    }
}

/// Returns the first messages of a new conversation, each as the event `message.added` that it would have had alone. They have
/// the position of the conversation's event, and ids of their own.
pub(crate) fn first_messages(event: &FeedEvent) -> Vec<FeedEvent> {
    if event.kind != EventKind::ConversationCreated {
        return Vec::new();
    }
    let detail = event.detail.known();
    let messages = detail.first_messages();
    messages
        .map(|(id, message)| FeedEvent {
            id,
            kind: EventKind::MessageAdded,
            entity: message.get(),
            detail: StoredDetail::default(),
            ..event.clone()
        })
        .collect()
}

/// A field that changed.
#[derive(Debug, Serialize, ToSchema)]
struct FieldChange {
    field: String,
    /// Null if the entity is new.
    #[schema(value_type = Option<Value>, required)]
    before: Value,
    #[schema(value_type = Option<Value>, required)]
    after: Value,
}

/// Who made the request, and from where.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Origin {
    /// The credential that was used; null: the command line.
    #[schema(required)]
    credential_id: Option<i64>,
    /// The address that the request came from.
    #[schema(required)]
    address: Option<String>,
}

impl Event {
    /// Returns the event, and its origin (who caused it), which only the audit shows.
    /// `parts` says what the reader sees of it.
    pub(crate) fn of(event: FeedEvent, parts: Parts) -> (Self, Origin) {
        let FeedEvent {
            position: _,
            id,
            recorded_at,
            kind,
            conversation,
            inbox,
            entity,
            api,
            credential,
            agent,
            address,
            imported,
            detail,
        } = event;
        let (changes, more) = shown_to(parts, kind, detail);
        let event = Self {
            id: id.get(),
            kind: EventKindWord(kind),
            at: recorded_at.into(),
            entity_id: entity,
            conversation_id: conversation.map(ConversationId::get),
            inbox_id: inbox.map(InboxId::get),
            agent_id: agent.map(AgentId::get),
            api,
            imported,
            changes,
            more,
        };
        let origin = Origin {
            credential_id: credential.map(CredentialId::get),
            address,
        };
        (event, origin)
    }
}

/// Returns those changed fields and other members of a detail that the reader sees.
fn shown_to(
    parts: Parts,
    kind: EventKind,
    mut detail: StoredDetail,
) -> (Vec<FieldChange>, Map<String, Value>) {
    let entity = kind.entity_kind();
    let is_of_message = matches!(entity, Some(EntityKind::Message | EntityKind::Attachment));
    if is_of_message && !parts.conversations {
        detail.retain_changes(Field::is_of_message);
    }
    let (mut changes, mut more) = show(detail.into_json());
    if entity == Some(EntityKind::Webhook) && !parts.whole_urls {
        cut_urls(&mut changes, &mut more);
    }
    rename_followers(&mut changes);
    (changes, more)
}

/// Leaves scheme and host of the URLs in an event about a webhook.
fn cut_urls(changes: &mut [FieldChange], more: &mut Map<String, Value>) {
    let of_url = changes.iter_mut().filter(|change| change.field == URL);
    let values = of_url.flat_map(|change| [&mut change.before, &mut change.after]);
    values.chain(more.get_mut(URL)).for_each(cut_url);
}

/// Names the members of followers as the followers of a customer name them.
fn rename_followers(changes: &mut [FieldChange]) {
    let of_followers = changes.iter_mut().filter(|it| it.field == FOLLOWERS);
    let lists = of_followers.flat_map(|change| [&mut change.before, &mut change.after]);
    for follower in lists.filter_map(Value::as_array_mut).flatten() {
        let Some(members) = follower.as_object_mut() else {
            continue;
        };
        for (stored, shown) in [("inbox", "inbox_id"), ("agent", "agent_id")] {
            if let Some(id) = members.remove(stored) {
                members.insert(shown.to_owned(), id);
            }
        }
    }
}

/// Leaves scheme and host of a URL.
fn cut_url(value: &mut Value) {
    if let Value::String(url) = value {
        *url = without_path(url);
    }
}

/// Returns the changed fields, and everything else that the detail contains.
fn show(mut detail: Map<String, Value>) -> (Vec<FieldChange>, Map<String, Value>) {
    let changes = detail.remove("changes").unwrap_or_default();
    let changes = changes.as_object().into_iter().flatten();
    let value = |change: &Value, at: usize| change.get(at).cloned().unwrap_or_default();
    let changes = changes.map(|(field, change)| FieldChange {
        field: field.clone(),
        before: value(change, 0),
        after: value(change, 1),
    });
    (changes.collect(), detail)
}

#[cfg(test)]
mod tests {
    use heddle_store::detail::parse;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_detail_is_shown_field_by_field() {
        let detail = r#"{"changes":{"assignee":[null,7],"status":["new","open"]},"origin":"auto"}"#;
        let (changes, more) = show(parse(detail).expect("an object"));
        assert_eq!(
            serde_json::to_value(changes).expect("plain data"),
            json!([
                {"field": "assignee", "before": null, "after": 7},
                {"field": "status", "before": "new", "after": "open"},
            ])
        );
        assert_eq!(Value::Object(more), json!({"origin": "auto"}));
        let (changes, more) = show(Map::new());
        assert!(changes.is_empty() && more.is_empty());
    }

    #[test]
    fn what_another_version_stored_is_shown_too() {
        let detail = r#"{"changes":{"door":[null,"mews"],"status":["new"]},"job":"7","weight":[{"of":true}]}"#;
        let (changes, more) = show(parse(detail).expect("an object"));
        assert_eq!(
            serde_json::to_value(changes).expect("plain data"),
            json!([
                {"field": "door", "before": null, "after": "mews"},
                {"field": "status", "before": "new", "after": null},
            ])
        );
        assert_eq!(
            Value::Object(more),
            json!({"job": "7", "weight": [{"of": true}]})
        );
    }
}
