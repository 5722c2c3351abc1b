//! Conversations: lists, creation, changes. Merge, split, bulk and what else is done to them: `actions`.
//!
//! A conversation that was merged away answers its readers with 301 to its survivor, its writers with 409 naming it.

mod actions;
mod bulk;
mod change;
mod included;
mod labels;
mod listing;
mod new;

use std::collections::BTreeMap;

use axum::extract::State;
use heddle_domain::conversation::Conversation as DomainConversation;
use heddle_domain::id::{AgentId, ApplicationId, ConversationId};
use heddle_store::read::shown::{Leads, ShowConversation, Shown};
use heddle_store::write::label::Labels;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::auth::{ConversationsReader, Holder};
use crate::context::Context;
use crate::error::Error;
use crate::etag::Seen;
use crate::path::Id;
use crate::query::Asked;
use crate::time::Instant;
use crate::words::{ChannelWord, ConversationType, StateWord, StatusWord};
use heddle_api::App;
use included::{Included, Wish};
pub(crate) use labels::CopyAddress;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(listing::list, new::create))
        .routes(routes!(show, change::change))
        .merge(actions::routes())
}

/// Everything said with one customer about one thing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Conversation {
    id: i64,
    /// What `ETag` shows and `If-Match` asks for: the id of the event that last changed it.
    version: i64,
    /// Help Scout's number: the id unless an import gave another.
    number: i64,
    inbox_id: i64,
    customer_id: i64,
    /// The Mews application that created it, and which alone sees it there.
    #[schema(required)]
    application_id: Option<i64>,
    /// The latest subject given.
    subject: String,
    /// The type that Help Scout gave it.
    #[schema(required)]
    kind: Option<ConversationType>,
    status: StatusWord,
    state: StateWord,
    archived: bool,
    /// The agent in charge.
    #[schema(required)]
    assignee_id: Option<i64>,
    /// When the assignee last changed.
    #[schema(required)]
    delegated_at: Option<Instant>,
    /// Number in a third-party ticket system.
    #[schema(required)]
    ticket_number: Option<String>,
    /// Link to that ticket.
    #[schema(required)]
    ticket_link: Option<String>,
    /// Mews' OriginalSender, as sent.
    #[schema(required)]
    original_sender: Option<String>,
    tags: Vec<String>,
    custom_fields: BTreeMap<String, String>,
    /// When it was recorded.
    created_at: Instant,
    /// When it is said to have begun; imports may lie in the past.
    started_at: Instant,
    /// Moves with every change, never back.
    updated_at: Instant,
    /// The time of its latest contact; while there is none, when it was recorded.
    last_message_at: Instant,
    /// Whether the customer wrote last and it is not closed.
    waiting: bool,
    /// Since when the customer waits or last waited.
    #[schema(required)]
    waiting_since: Option<Instant>,
    /// When an agent last said something.
    #[schema(required)]
    agent_acted_at: Option<Instant>,
    #[schema(required)]
    closed_at: Option<Instant>,
    #[schema(required)]
    closed_by_id: Option<i64>,
    /// Messages and notes of any state.
    message_count: i64,
    /// Those that are published.
    published_count: i64,
    /// Published messages, without notes.
    contact_count: i64,
    /// The channel of the first message.
    #[schema(required)]
    first_channel: Option<ChannelWord>,
    /// What `include` asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    included: Option<Included>,
}

impl Conversation {
    pub(crate) fn of(shown: &Shown) -> Self {
        let DomainConversation {
            id,
            number,
            inbox,
            customer,
            application,
            subject,
            kind,
            status,
            state,
            archived,
            assignee,
            delegated_at,
            ticket_number,
            ticket_link,
            original_sender,
            created_at,
            started_at,
            updated_at,
            last_message_at,
            last_message_id: _,
            last_event_id,
            last_live: _,
            customer_wrote_last: _,
            waiting_since,
            agent_acted_at,
            closed_at,
            closed_by,
            messages,
            published,
            contacts,
            first_channel,
            merged_into: _,
        } = &shown.conversation;
        Self {
            id: id.get(),
            version: *last_event_id,
            number: *number,
            inbox_id: inbox.get(),
            customer_id: customer.get(),
            application_id: application.map(ApplicationId::get),
            subject: subject.clone(),
            kind: kind.map(ConversationType),
            status: StatusWord(*status),
            state: StateWord(*state),
            archived: *archived,
            assignee_id: assignee.map(AgentId::get),
            delegated_at: delegated_at.map(Into::into),
            ticket_number: ticket_number.clone(),
            ticket_link: ticket_link.clone(),
            original_sender: original_sender.clone(),
            tags: shown.labels.tags.keys().cloned().collect(),
            custom_fields: shown.labels.fields.clone(),
            created_at: (*created_at).into(),
            started_at: (*started_at).into(),
            updated_at: (*updated_at).into(),
            last_message_at: (*last_message_at).into(),
            waiting: shown.conversation.is_waiting(),
            waiting_since: waiting_since.map(Into::into),
            agent_acted_at: agent_acted_at.map(Into::into),
            closed_at: closed_at.map(Into::into),
            closed_by_id: closed_by.map(AgentId::get),
            message_count: *messages,
            published_count: *published,
            contact_count: *contacts,
            first_channel: first_channel.map(ChannelWord),
            included: None,
        }
    }

    /// 200 with the conversation and its version.
    fn answer(shown: &Shown) -> Answer {
        Answer::ok(&Self::of(shown)).version(shown.conversation.last_event_id)
    }
}

/// Get a conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "get_conversation",
    params(Id, Wish), security(("token" = ["conversations.read"])),
    responses((status = 200, body = Conversation, description = "The conversation", headers(("ETag" = String))),
        (status = 301, body = super::wire::Problem, content_type = "application/problem+json",
            description = "It was merged into another", headers(("Location" = String)))))]
async fn show(
    ConversationsReader(holder): ConversationsReader,
    State(app): State<App>,
    Id(id): Id,
    Asked(wish): Asked<Wish>,
    seen: Seen,
) -> Result<Answer, Error> {
    let shown = here(&app, &holder, id, "").await?;
    let version = shown.conversation.last_event_id;
    if wish.is_empty() {
        return Ok(seen.answer(version, &Conversation::of(&shown)));
    }
    // What is included has versions of its own: the tag cannot tell whether the client has it all.
    let included = wish
        .gather(&app, &holder, std::slice::from_ref(&shown))
        .await?;
    let mut body = Conversation::of(&shown);
    body.included = Some(included);
    Ok(Answer::ok(&body).version(version))
}

/// The conversation of a path, for readers; `rest` is what follows its id in the path.
pub(crate) async fn here(app: &App, holder: &Holder, id: i64, rest: &str) -> Result<Shown, Error> {
    let read = ShowConversation {
        account: holder.account(),
        inboxes: holder.inboxes().to_vec(),
        id: ConversationId(id),
    };
    lead(app.store.read(read).await?, rest)
}

/// What a read of a conversation found; its survivor is elsewhere.
pub(crate) fn lead<V>(leads: Leads<V>, rest: &str) -> Result<V, Error> {
    match leads {
        Leads::Here(found) => Ok(found),
        Leads::Merged(survivor) => Err(Error::Moved(format!(
            "/api/v1/conversations/{survivor}{rest}"
        ))),
    }
}

/// Whether the conversation of a path takes changes from the caller.
///
/// # Errors
/// 404; 409 if it was merged away.
pub(crate) async fn writable(app: &App, holder: &Holder, id: i64) -> Result<Shown, Error> {
    let found = here(app, holder, id, "").await;
    found.map_err(|error| match error {
        Error::Moved(path) => Error::Merged(path),
        other => other,
    })
}

/// The refusal of a write: an unknown conversation may be one that was merged away.
pub(crate) async fn refused(app: &App, holder: &Holder, id: i64, error: Error) -> Error {
    match error {
        Error::NotFound => writable(app, holder, id).await.err().unwrap_or(error),
        other => other,
    }
}

/// A conversation just made, with the labels that it was given.
fn shown(
    conversation: &DomainConversation,
    tags: &[String],
    fields: &BTreeMap<String, String>,
) -> Shown {
    // Nobody is shown the ids of tags here.
    let tags = tags
        .iter()
        .map(|name| (name.clone(), heddle_domain::TagId(0)));
    Shown {
        conversation: conversation.clone(),
        labels: Labels {
            tags: tags.collect(),
            fields: fields.clone(),
        },
    }
}
