//! Messages of a conversation: contacts with the customer, and the notes of those who answer.
//!
//! An agent's answer is an outgoing message, whatever API its conversation came through: what is written here to a Mews
//! thread is what the guest reads there.

pub(crate) mod compose;

use axum::extract::{FromRequestParts, State};
use heddle_domain::conversation::StatusWish;
use heddle_domain::id::{AgentId, ConversationId, MessageId};
use heddle_domain::message::{Attachment as DomainAttachment, Author, Message as DomainMessage};
use heddle_store::read::listing::Place;
use heddle_store::read::shown::{MessageOrder, ShowMessage, WalkMessages, WithFiles};
use heddle_store::write::append::Appended;
use heddle_store::write::edit::{EditMessage, Edited, Publishing};
use heddle_store::write::{Append, AppendMessages, Guard, Reach};
use heddle_store::{Entity, Error as StoreError};
use http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::auth::{Holder, MessagesReader, MessagesWriter};
use crate::context::Context;
use crate::conversations::{lead, refused, writable};
use crate::error::{Error, FieldError};
use crate::etag::Seen;
use crate::input::Change;
use crate::page::{Listing, Page, Paging};
use crate::path::{self, Id};
use crate::time::Instant;
use crate::words::{ChannelWord, DirectionWord, FormatWord, MessageKind, StateWord, StatusWord};
use compose::{Composed, LARGEST_BODY, Named, NewMessage, NewNote};
use heddle_api::App;
use heddle_http::path::Params;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list, append))
        .routes(routes!(show, change))
        .routes(routes!(note))
}

/// One entry of a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Message {
    id: i64,
    conversation_id: i64,
    /// The customer it is about; usually, not always, the conversation's.
    customer_id: i64,
    kind: MessageKind,
    channel: ChannelWord,
    direction: DirectionWord,
    state: StateWord,
    format: FormatWord,
    /// The text as it was sent.
    body: String,
    #[schema(required)]
    subject: Option<String>,
    author: AuthorWord,
    /// The agent who wrote it, if one did.
    #[schema(required)]
    author_agent_id: Option<i64>,
    /// The employee's name as free text, as an API sent it.
    #[schema(required)]
    agent_name: Option<String>,
    /// When the contact took place.
    occurred_at: Instant,
    /// The time zone that was named beside it, as sent.
    #[schema(required)]
    zone: Option<String>,
    /// When it was recorded.
    created_at: Instant,
    /// Brought across from elsewhere: it changed no status and woke nobody.
    imported: bool,
    /// Sent by a machine: it ended no waiting.
    automated: bool,
    /// A note that moved the time of the last message.
    moves_last_message: bool,
    cc: Vec<String>,
    bcc: Vec<String>,
    /// The status that it gave its conversation, if it changed it.
    #[schema(required)]
    status_set: Option<StatusWord>,
    /// The status that this draft gives its conversation once it is published.
    #[schema(required)]
    status_wish: Option<StatusWord>,
    /// What the API that it came through keeps beside it.
    #[schema(required, value_type = Option<std::collections::BTreeMap<String, Value>>)]
    extra: Option<Map<String, Value>>,
    attachments: Vec<Attachment>,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AuthorWord {
    Customer,
    Agent,
    /// The integration itself.
    Application,
}

/// A file or link that came with a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Attachment {
    id: i64,
    file_name: String,
    mime_type: String,
    /// In bytes; 0 for a link.
    size: i64,
    /// Where the file lies elsewhere; nothing is kept of it here.
    #[schema(required)]
    link: Option<String>,
}

impl Attachment {
    fn of(attachment: DomainAttachment) -> Self {
        let DomainAttachment {
            id,
            message: _,
            file_name,
            mime_type,
            size,
            link,
        } = attachment;
        Self {
            id: id.get(),
            file_name,
            mime_type,
            size,
            link,
        }
    }
}

impl Message {
    pub(crate) fn of((message, files): WithFiles) -> Self {
        let created_at = message.id.created_at();
        let DomainMessage {
            conversation,
            id,
            customer,
            kind,
            channel,
            direction,
            state,
            format,
            author,
            agent_name,
            subject,
            body,
            occurred_at,
            zone,
            imported,
            automated,
            moves_last_message,
            recipients,
            status_set,
            status_wish,
            extra,
            attachments: _,
            version: _,
        } = message;
        let (author, author_agent) = match author {
            Author::Customer => (AuthorWord::Customer, None),
            Author::Agent(agent) => (AuthorWord::Agent, Some(agent)),
            Author::Application => (AuthorWord::Application, None),
        };
        Self {
            id: id.get(),
            conversation_id: conversation.get(),
            customer_id: customer.get(),
            kind: MessageKind(kind),
            channel: ChannelWord(channel),
            direction: DirectionWord(direction),
            state: StateWord(state),
            format: FormatWord(format),
            body,
            subject,
            author,
            author_agent_id: author_agent.map(AgentId::get),
            agent_name,
            occurred_at: occurred_at.into(),
            zone,
            created_at: created_at.into(),
            imported,
            automated,
            moves_last_message,
            cc: recipients.cc,
            bcc: recipients.bcc,
            status_set: status_set.map(StatusWord),
            status_wish: status_wish.map(StatusWord),
            extra: extra.and_then(|text| serde_json::from_str(&text).ok()),
            attachments: files.into_iter().map(Attachment::of).collect(),
        }
    }
}

/// The conversation and the message that a path names.
#[derive(Clone, Copy, Debug)]
struct MessageIds {
    conversation: i64,
    message: i64,
}

impl FromRequestParts<Context> for MessageIds {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Context) -> Result<Self, Error> {
        let params = Params::from_request_parts(parts, app).await;
        let params = params.map_err(|_| Error::NotFound)?;
        Ok(Self {
            conversation: path::read(params.get("id"))?,
            message: path::read(params.get("message_id"))?,
        })
    }
}

impl IntoParams for MessageIds {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path::parameter("id"), path::parameter("message_id")]
    }
}

/// The order of a conversation's messages.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// `-` for latest first. By `created` every message comes once, whatever is added or changed meanwhile; `occurred`
    /// is the time of the contact. `created` if it is not given.
    #[param(inline, nullable = false)]
    sort: Option<Sort>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
enum Sort {
    #[default]
    #[serde(rename = "created")]
    Created,
    #[serde(rename = "-created")]
    CreatedDown,
    #[serde(rename = "occurred")]
    Occurred,
    #[serde(rename = "-occurred")]
    OccurredDown,
}

/// List the messages of a conversation: contacts, notes and line items of every state.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages", tag = "messages", operation_id = "list_messages",
    params(Id, Filters, Paging), security(("token" = ["messages.read"])),
    responses((status = 200, body = Page<Message>, description = "A page of messages"),
        (status = 301, body = super::wire::Problem, content_type = "application/problem+json",
            description = "The conversation was merged into another", headers(("Location" = String)))))]
async fn list(
    MessagesReader(holder): MessagesReader,
    State(app): State<App>,
    Id(id): Id,
    listing: Listing<Filters>,
) -> Result<axum::Json<Page<Message>>, Error> {
    let (order, descending) = match listing.filter.sort.unwrap_or_default() {
        Sort::Created => (MessageOrder::Created, false),
        Sort::CreatedDown => (MessageOrder::Created, true),
        Sort::Occurred => (MessageOrder::Occurred, false),
        Sort::OccurredDown => (MessageOrder::Occurred, true),
    };
    let after = listing.after::<(i64, i64)>()?;
    let read = WalkMessages {
        account: holder.account(),
        inboxes: holder.inboxes().to_vec(),
        conversation: ConversationId(id),
        order,
        descending,
        after: after.map(|(at, id)| Place { at, id }),
        limit: listing.limit(),
    };
    let page = lead(app.store.read(read).await?, "/messages")?;
    Ok(axum::Json(Page {
        data: page.messages.into_iter().map(Message::of).collect(),
        next_cursor: page
            .next
            .map(|place| listing.cursor_at(&(place.at, place.id))),
    }))
}

/// Get a message.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages/{message_id}", tag = "messages",
    operation_id = "get_message", params(MessageIds), security(("token" = ["messages.read"])),
    responses((status = 200, body = Message, description = "The message", headers(("ETag" = String))),
        (status = 301, body = super::wire::Problem, content_type = "application/problem+json",
            description = "The conversation was merged into another", headers(("Location" = String)))))]
async fn show(
    MessagesReader(holder): MessagesReader,
    State(app): State<App>,
    ids: MessageIds,
    seen: Seen,
) -> Result<Answer, Error> {
    let found = get(&app, &holder, ids).await?;
    Ok(seen.answer(found.0.revision(), &Message::of(found)))
}

async fn get(app: &App, holder: &Holder, ids: MessageIds) -> Result<WithFiles, Error> {
    let read = ShowMessage {
        account: holder.account(),
        inboxes: holder.inboxes().to_vec(),
        conversation: ConversationId(ids.conversation),
        id: MessageId(ids.message),
    };
    let found = lead(
        app.store.read(read).await?,
        &format!("/messages/{}", ids.message),
    )?;
    found.ok_or(Error::NotFound)
}

/// Add a message to a conversation: what the customer said, what an agent answers, a draft, a line item.
///
/// Where no status is named, a published message that came from the customer or went to it reopens the conversation,
/// and an agent's answer makes a new one open.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages", tag = "messages", operation_id = "add_message",
    params(Id), request_body = NewMessage, security(("token" = ["messages.write"])),
    responses((status = 201, body = Message, description = "The message",
            headers(("ETag" = String), ("Location" = String))),
        (status = 409, body = super::wire::Problem, content_type = "application/problem+json",
            description = "The conversation was merged into another, which is named")))]
async fn append(
    MessagesWriter(holder): MessagesWriter,
    State(app): State<App>,
    Id(id): Id,
    Change { input, once }: Change<NewMessage, LARGEST_BODY>,
) -> Result<Answer, Error> {
    Error::invalid_if_any(input.faults())?;
    add(&app, &holder, id, input, &once).await
}

/// Add a note to a conversation, which only agents see.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/notes", tag = "messages", operation_id = "add_note",
    params(Id), request_body = NewNote, security(("token" = ["messages.write"])),
    responses((status = 201, body = Message, description = "The note",
            headers(("ETag" = String), ("Location" = String))),
        (status = 409, body = super::wire::Problem, content_type = "application/problem+json",
            description = "The conversation was merged into another, which is named")))]
async fn note(
    MessagesWriter(holder): MessagesWriter,
    State(app): State<App>,
    Id(id): Id,
    Change { input, once }: Change<NewNote, LARGEST_BODY>,
) -> Result<Answer, Error> {
    add(&app, &holder, id, input.into_message(), &once).await
}

async fn add(
    app: &App,
    holder: &Holder,
    id: i64,
    input: NewMessage,
    once: &super::once::Once,
) -> Result<Answer, Error> {
    let mut named = Named::default();
    let composed = input.compose(holder, &mut named, "");
    let files = match named.settle(app, holder).await {
        Ok(files) => files,
        // A conversation that is not there comes before what is wrong with its message.
        Err(fault) => return Err(writable(app, holder, id).await.err().unwrap_or(fault)),
    };
    let acting = match composed.message.author {
        Author::Agent(agent) => holder.agent().or(Some(agent)),
        Author::Customer | Author::Application => holder.agent(),
    };
    let Composed { message, wish } = composed;
    let command = AppendMessages {
        caller: holder.acting(acting),
        reach: Reach::within(holder.inboxes()),
        guard: Guard {
            inboxes: holder.inboxes().to_vec(),
            ..Guard::default()
        },
        locks: heddle_domain::Locks::NONE,
        entries: vec![Append {
            conversation: ConversationId(id),
            message: message.clone(),
            wish,
            ticket_number: None,
            ticket_link: None,
        }],
    };
    let answer = move |appended: &Appended| {
        let stored = compose::stored(&message, appended, files.clone());
        let revision = stored.0.revision();
        let location = format!("/api/v1/conversations/{id}/messages/{}", stored.0.id);
        Answer::created(location, &Message::of(stored)).version(revision)
    };
    let outcome = app.store.write(once.command(command, answer)).await;
    match outcome {
        Ok(outcome) => once.settle(outcome),
        Err(StoreError::NotFound(Entity::Customer(at))) => {
            Err(Error::unknown(named.customer_field(at)))
        }
        Err(error) => Err(refused(app, holder, id, error.into()).await),
    }
}

/// What changes of a message; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MessageChange {
    /// The text of a draft or a note. What has been said stays said.
    #[schema(nullable = false)]
    body: Option<String>,
    #[schema(nullable = false)]
    format: Option<FormatWord>,
    /// Publishes a draft.
    #[schema(nullable = false)]
    state: Option<Published>,
    /// When the contact took place; now if it is not given. Only together with `state`.
    #[schema(nullable = false)]
    occurred_at: Option<Instant>,
    /// The status that the conversation gets; if it is not given, the draft's own, else what such a message does. Only
    /// together with `state`.
    #[schema(nullable = false)]
    status: Option<StatusWord>,
}

/// The only state that a message can be brought to.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Published {
    Published,
}

/// Change a message: rewrite a draft or a note, publish a draft.
#[utoipa::path(patch, path = "/api/v1/conversations/{id}/messages/{message_id}", tag = "messages",
    operation_id = "update_message", params(MessageIds), request_body = MessageChange,
    security(("token" = ["messages.write"])),
    responses((status = 200, body = Message, description = "The message", headers(("ETag" = String))),
        (status = 409, body = super::wire::Problem, content_type = "application/problem+json",
            description = "The conversation was merged into another, which is named")))]
async fn change(
    MessagesWriter(holder): MessagesWriter,
    State(app): State<App>,
    ids: MessageIds,
    Change { input, once }: Change<MessageChange, LARGEST_BODY>,
) -> Result<Answer, Error> {
    let publish = publishing(&input)?;
    writable(&app, &holder, ids.conversation).await?;
    let (before, files) = get(&app, &holder, ids).await?;
    let acting = match before.author {
        Author::Agent(agent) => holder.agent().or(Some(agent)),
        Author::Customer | Author::Application => holder.agent(),
    };
    let command = EditMessage {
        caller: holder.acting(acting),
        inboxes: holder.inboxes().to_vec(),
        conversation: ConversationId(ids.conversation),
        message: MessageId(ids.message),
        expected: once.expected,
        body: input.body,
        format: input.format.map(|word| word.0),
        publish,
    };
    let answer = move |edited: &Edited| {
        let revision = edited.message.revision();
        let message = Message::of((edited.message.clone(), files.clone()));
        Answer::ok(&message).version(revision)
    };
    match once.write(command, &[], answer).await {
        Ok(answer) => Ok(answer),
        Err(error) => Err(refused(&app, &holder, ids.conversation, error).await),
    }
}

fn publishing(input: &MessageChange) -> Result<Option<Publishing>, Error> {
    let faults = [
        ("occurred_at", input.occurred_at.is_some()),
        ("status", input.status.is_some()),
    ]
    .into_iter()
    .filter(|(_, given)| *given && input.state.is_none())
    .map(|(field, _)| FieldError::new(field, "invalid", "only together with state"));
    Error::invalid_if_any(faults.collect())?;
    Ok(input.state.map(|Published::Published| Publishing {
        occurred_at: input.occurred_at.map(|at| at.0),
        status: input.status.map(|word| word.0),
    }))
}

/// What a message wants of the status: what was named, else what such a message does.
fn wish(message: &heddle_store::write::NewMessage, named: Option<StatusWord>) -> StatusWish {
    use heddle_store::write::edit::usual_wish;
    match named {
        Some(word) => StatusWish::Set(word.0),
        None => usual_wish(message.kind, message.direction, message.automated),
    }
}
