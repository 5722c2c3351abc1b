//! The requests about who is present: `/api/v1/conversations/{id}/presence`.

use axum::Json;
use heddle_domain::Timestamp;
use heddle_domain::id::{AgentId, ConversationId, InboxId};
use heddle_store::read::account::GetAgent;
use heddle_store::read::conversations::GetConversation;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::presence::{Change, Doing, Person};
use super::shown::{PersonShown, PresenceState};
use crate::answer::Answer;
use crate::auth::{Caller, ConversationsReader};
use crate::body::{WithBody, WithoutBody};
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::idempotency::{IdempotentWrite, NoChange};
use crate::path::Id;
use crate::problem::Problem;
use crate::query::QueryParams;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(list, enter, leave))
}

/// The agent who looks at a conversation, or types in it.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewPresence)]
#[serde(deny_unknown_fields)]
struct Entering {
    #[schema(inline)]
    state: PresenceState,
    /// The agent. Default: the token's agent. Another one only with a token that acts as no agent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    agent_id: Option<i64>,
}

/// Who is in a conversation.
#[derive(Debug, Serialize, ToSchema)]
struct PresenceList {
    data: Vec<PersonShown>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// The agent who leaves. Default: the token's agent.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    agent_id: Option<i64>,
}

/// See who is looking at a conversation, and who is typing in it.
///
/// Entries are not stored. If the servers of one store do not exchange notices, each knows only its own.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/presence", tag = "conversations", operation_id = "list_presence",
    params(Id), security(("token" = ["conversations.read"])),
    responses((status = 200, body = PresenceList, description = "Who is there")))]
async fn list(
    ConversationsReader(caller): ConversationsReader,
    Id(id): Id,
) -> Result<Json<PresenceList>, Error> {
    let place = find(&caller, id).await;
    let (conversation, _) = place.map_err(|error| error.or_redirect("/presence"))?;
    let presence = &caller.app.own.live.presence;
    let people = presence.list(caller.account(), conversation, caller.app.now());
    Ok(Json(PresenceList {
        data: people.iter().map(PersonShown::of).collect(),
    }))
}

/// Say that an agent looks at a conversation, or types in it.
///
/// The entry ends after 30 seconds; renew it every 20 seconds while the conversation is open. `typing` becomes `viewing` after 10
/// seconds.
#[utoipa::path(put, path = "/api/v1/conversations/{id}/presence", tag = "conversations", operation_id = "set_presence",
    params(Id), security(("token" = ["conversations.read"])), request_body = Entering,
    responses((status = 200, body = PersonShown, description = "The entry"),
        (status = 412, body = Problem, description = "Entries have no versions, so `If-Match` never fits"),
        (status = 429, body = Problem,
            description = "Too many agents are present, or too many wrong tokens came from this address")))]
async fn enter(
    ConversationsReader(caller): ConversationsReader,
    Id(id): Id,
    WithBody { input, write }: WithBody<Entering>,
) -> Result<Answer, Error> {
    let place = find(&caller, id).await?;
    let agent = find_agent(&caller, input.agent_id).await?;
    let doing = match input.state {
        PresenceState::Viewing => Doing::Viewing,
        PresenceState::Typing => Doing::Typing,
    };
    must_expect_nothing(&write)?;
    let now = record(&caller, place, agent, Some(doing))?;
    let person = Person {
        agent,
        doing,
        until: now.plus_ms(super::presence::VIEWING_MS),
    };
    finish(&write, Answer::ok(&PersonShown::of(&person))).await
}

/// Say that an agent has left a conversation.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}/presence", tag = "conversations", operation_id = "end_presence",
    params(Id, Whose), security(("token" = ["conversations.read"])),
    responses((status = 204, description = "The agent is not there any more")))]
async fn leave(
    ConversationsReader(caller): ConversationsReader,
    Id(id): Id,
    QueryParams(whose): QueryParams<Whose>,
    WithoutBody(write): WithoutBody,
) -> Result<Answer, Error> {
    let place = find(&caller, id).await?;
    let agent = find_agent(&caller, whose.agent_id).await?;
    must_expect_nothing(&write)?;
    record(&caller, place, agent, None)?;
    finish(&write, Answer::no_content()).await
}

/// Returns the conversation of the path, with its inbox.
async fn find(caller: &Caller, id: i64) -> Result<(ConversationId, InboxId), Error> {
    let read = GetConversation {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        id: ConversationId(id),
    };
    let found = caller.read(read).await?.conversation;
    Ok((found.id, found.inbox))
}

/// Returns the agent who is present: the token's own, or the named one if the token acts as none.
async fn find_agent(caller: &Caller, named: Option<i64>) -> Result<AgentId, Error> {
    let named = named.map(AgentId);
    let agent = match (caller.agent(), named) {
        (Some(own), None) => return Ok(own),
        (Some(own), Some(named)) if own == named => return Ok(own),
        (Some(_), Some(_)) => {
            let detail = "must be the agent that the token acts as";
            return Err(FieldError::new("agent_id", "invalid", detail).into());
        }
        (None, Some(named)) => named,
        (None, None) => {
            let detail = "must name the agent, because the token acts as none";
            return Err(FieldError::new("agent_id", "required", detail).into());
        }
    };
    let read = GetAgent {
        account: caller.account(),
        id: agent,
    };
    match caller.read(read).await? {
        Some(_) => Ok(agent),
        None => Err(Error::unknown("agent_id")),
    }
}

/// Refuses a condition on the version of an entry, which has none.
fn must_expect_nothing(write: &IdempotentWrite) -> Result<(), Error> {
    write.expected.map_or(Ok(()), |_| Err(Error::Stale))
}

fn record(
    caller: &Caller,
    place: (ConversationId, InboxId),
    agent: AgentId,
    doing: Option<Doing>,
) -> Result<Timestamp, Error> {
    let now = caller.app.now();
    let change = Change::new(caller.account(), place, agent, doing);
    let told = caller.app.own.live.record(&change, now);
    told.map_err(|_| Error::TooManyPresent)?;
    Ok(now)
}

/// Returns the answer. Only with an idempotency key is it stored.
async fn finish(write: &IdempotentWrite, answer: Answer) -> Result<Answer, Error> {
    if !write.has_key() {
        return Ok(answer);
    }
    write.run(NoChange, &[], move |()| answer.clone()).await
}
