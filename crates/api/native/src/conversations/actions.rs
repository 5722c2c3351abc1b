//! What is done to conversations beside changing them: merge, split, changes in bulk; and who was in charge, and whether
//! Help Scout may still add to one.

use axum::extract::State;
use heddle_domain::conversation::{Lock, Locks};
use heddle_domain::id::{AgentId, ConversationId, EventId, MessageId};
use heddle_domain::{Conversation as DomainConversation, Timestamp};
use heddle_store::Entity;
use heddle_store::read::shown::{Delegation as StoredDelegation, Shown, WalkDelegations};
use heddle_store::write::merge::MergeConversations;
use heddle_store::write::split::{Parting, Parts, SplitConversation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Conversation, bulk, here, lead, refused};
use crate::answer::Answer;
use crate::auth::{ConversationsReader, ConversationsWriter, Holder};
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::input::Change;
use crate::page::{Listing, Page, Paging};
use crate::path::Id;
use crate::query::NoFilter;
use crate::time::Instant;
use heddle_api::App;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(merge))
        .routes(routes!(split))
        .routes(routes!(locks))
        .routes(routes!(delegations))
        .routes(routes!(bulk::change_many))
}

/// Where a conversation goes on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConversationMerge {
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
        (status = 409, body = crate::wire::Problem, content_type = "application/problem+json",
            description = "It was merged into another before, which is named")))]
async fn merge(
    ConversationsWriter(holder): ConversationsWriter,
    State(app): State<App>,
    Id(id): Id,
    Change { input, once }: Change<ConversationMerge>,
) -> Result<Answer, Error> {
    let command = MergeConversations {
        caller: holder.caller(),
        inboxes: holder.inboxes().to_vec(),
        from: ConversationId(id),
        into: ConversationId(input.into),
        expected: once.expected,
    };
    let fields = [(Entity::Conversation(1), "into")];
    let answered = once.write(command, &fields, Conversation::answer).await;
    settled(&app, &holder, id, answered).await
}

async fn settled(
    app: &App,
    holder: &Holder,
    id: i64,
    answered: Result<Answer, Error>,
) -> Result<Answer, Error> {
    match answered {
        Ok(answer) => Ok(answer),
        Err(error) => Err(refused(app, holder, id, error).await),
    }
}

/// Which messages leave: exactly one of `from_message_id` and `message_ids` must be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConversationSplit {
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
        (status = 409, body = crate::wire::Problem, content_type = "application/problem+json",
            description = "It was merged into another, which is named")))]
async fn split(
    ConversationsWriter(holder): ConversationsWriter,
    State(app): State<App>,
    Id(id): Id,
    Change { input, once }: Change<ConversationSplit>,
) -> Result<Answer, Error> {
    let parting = match (input.from_message_id, input.message_ids) {
        (Some(first), None) => Parting::From(MessageId(first)),
        (None, Some(ids)) => Parting::These(ids.into_iter().map(MessageId).collect()),
        _ => {
            let detail = "exactly one of from_message_id and message_ids must be given";
            let field = FieldError::new("message_ids", "invalid", detail);
            return Err(Error::Invalid(vec![field]));
        }
    };
    let command = SplitConversation {
        caller: holder.caller(),
        inboxes: holder.inboxes().to_vec(),
        conversation: ConversationId(id),
        expected: once.expected,
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
    let answered = once.write(command, &[], answer).await;
    settled(&app, &holder, id, answered).await
}

/// Whether Help Scout's API may still add to a conversation. No other API is refused.
#[derive(Debug, Serialize, ToSchema)]
struct LocksView {
    locked: bool,
    /// Why: it is `full`, or too `old`.
    #[schema(required)]
    reason: Option<LockReason>,
    /// What is counted against the cap: messages and notes of any state.
    message_count: i64,
    /// The account's cap; null: none. Adding stops one short of it.
    #[schema(required)]
    thread_cap: Option<i64>,
    /// How many more can be added; null: any number.
    #[schema(required)]
    remaining: Option<i64>,
    /// After how many days without a message it is locked; null: never.
    #[schema(required)]
    lock_after_days: Option<i64>,
    /// When that is, or was.
    #[schema(required)]
    locks_at: Option<Instant>,
}

/// Why a conversation is locked.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LockReason {
    Full,
    Old,
}

impl LocksView {
    fn of(conversation: &DomainConversation, locks: Locks, now: Timestamp) -> Self {
        const DAY_MS: i64 = 86_400_000;
        let lock = locks.refuses_addition(conversation, now);
        let thread_cap = Some(locks.thread_cap).filter(|cap| *cap > 0);
        let after_days = Some(locks.after_days).filter(|days| *days > 0);
        let locks_at = |days: i64| {
            let at = conversation.last_activity();
            at.plus_ms(days.saturating_mul(DAY_MS)).into()
        };
        Self {
            locked: lock.is_some(),
            reason: lock.map(|lock| match lock {
                Lock::Full => LockReason::Full,
                Lock::Old => LockReason::Old,
            }),
            message_count: conversation.messages,
            thread_cap,
            remaining: thread_cap.map(|cap| (cap - 1 - conversation.messages).max(0)),
            lock_after_days: after_days,
            locks_at: after_days.map(locks_at),
        }
    }
}

/// Get what locks a conversation against additions from Help Scout.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/locks", tag = "conversations", operation_id = "get_locks",
    params(Id), security(("token" = ["conversations.read"])),
    responses((status = 200, body = LocksView, description = "The locks"),
        (status = 301, body = crate::wire::Problem, content_type = "application/problem+json",
            description = "It was merged into another", headers(("Location" = String)))))]
async fn locks(
    ConversationsReader(holder): ConversationsReader,
    State(app): State<App>,
    Id(id): Id,
) -> Result<axum::Json<LocksView>, Error> {
    let Shown { conversation, .. } = here(&app, &holder, id, "/locks").await?;
    let settings = &holder.principal().account.settings;
    let locks = Locks {
        thread_cap: settings.thread_cap,
        after_days: settings.lock_after_days,
    };
    Ok(axum::Json(LocksView::of(&conversation, locks, app.now())))
}

/// A change of assignee.
#[derive(Debug, Serialize, ToSchema)]
struct Delegation {
    /// The event that made it.
    id: i64,
    /// Who is in charge from then on; null: nobody.
    #[schema(required)]
    agent_id: Option<i64>,
    /// Who was before.
    #[schema(required)]
    previous_agent_id: Option<i64>,
    /// Who did it, if an agent is known.
    #[schema(required)]
    by_agent_id: Option<i64>,
    delegated_at: Instant,
}

impl Delegation {
    fn of(stored: StoredDelegation) -> Self {
        let StoredDelegation {
            id,
            agent,
            previous,
            by,
            at,
        } = stored;
        Self {
            id: id.get(),
            agent_id: agent.map(AgentId::get),
            previous_agent_id: previous.map(AgentId::get),
            by_agent_id: by.map(AgentId::get),
            delegated_at: at.into(),
        }
    }
}

/// List who was in charge of a conversation, and since when, oldest first.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/delegations", tag = "conversations",
    operation_id = "list_delegations", params(Id, Paging), security(("token" = ["conversations.read"])),
    responses((status = 200, body = Page<Delegation>, description = "A page of delegations"),
        (status = 301, body = crate::wire::Problem, content_type = "application/problem+json",
            description = "It was merged into another", headers(("Location" = String)))))]
async fn delegations(
    ConversationsReader(holder): ConversationsReader,
    State(app): State<App>,
    Id(id): Id,
    listing: Listing<NoFilter>,
) -> Result<axum::Json<Page<Delegation>>, Error> {
    let read = WalkDelegations {
        account: holder.account(),
        inboxes: holder.inboxes().to_vec(),
        conversation: ConversationId(id),
        after: EventId(listing.after()?.unwrap_or(0)),
        limit: listing.fetch() as i64,
    };
    let found = lead(app.store.read(read).await?, "/delegations")?;
    Ok(axum::Json(listing.page(
        found,
        |row| row.id.get(),
        Delegation::of,
    )))
}
