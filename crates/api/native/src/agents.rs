//! Agents: the employees who reply to customers, with the passwords with which they allow apps to act for them. Teams
//! are agents, too; `teams` creates and changes them.

use heddle_domain::id::AgentId;
use heddle_domain::person::Agent as DomainAgent;
use heddle_store::read::account::{GetAgentView, ListAgentViews};
use heddle_store::write::agent::{CreateAgent, SetPassword, UpdateAgent};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::answer::Answer;
use crate::auth::{AgentsReader, AgentsWriter, Caller};
use crate::body::{WithBody, WithoutBody, present};
use crate::context::{Context, NAME};
use crate::error::Error;
use crate::etag::IfNoneMatch;
use crate::page::{Listing, Page, Paging};
use crate::path::Id;
use crate::problem::Problem;
use crate::public_ids::PublicIds;
use crate::query::NoFilter;
use crate::time::Instant;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(show, change))
        .routes(routes!(set_password, remove_password))
}

/// An agent: an employee who answers customers, or a team of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Agent {
    id: i64,
    /// Its id in APIs whose ids are texts, unless `public_ids` gave it another one there.
    public_id: String,
    first_name: String,
    last_name: String,
    #[schema(required)]
    email: Option<String>,
    /// The account's own agent "Integration", which stands for actions of no agent. It cannot be changed.
    built_in: bool,
    /// A team: its name is `first_name`, and `last_name` is empty. It is changed at `/api/v1/teams`.
    team: bool,
    /// Whether the agent has a password, with which they can allow apps to act for them.
    signs_in: bool,
    created_at: Instant,
}

impl Agent {
    pub(crate) fn of(agent: DomainAgent, public_id: String) -> Self {
        let DomainAgent {
            id,
            first_name,
            last_name,
            email,
            built_in,
            team,
            signs_in,
            created_at,
            version: _,
        } = agent;
        Self {
            id: id.get(),
            public_id,
            first_name,
            last_name,
            email: Some(email).filter(|email| !email.is_empty()),
            built_in,
            team,
            signs_in,
            created_at: created_at.into(),
        }
    }
}

/// A new agent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAgent {
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    first_name: String,
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    last_name: String,
    #[schema(format = "email", max_length = 254)]
    email: Option<String>,
    /// Its ids in vendor APIs, for example those that clients know already. Default: `public_id` in each of them.
    #[schema(nullable = false)]
    public_ids: Option<PublicIds>,
}

/// Changes of an agent. An absent field stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgentChange {
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", nullable = false)]
    first_name: Option<String>,
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", nullable = false)]
    last_name: Option<String>,
    /// `null` removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(format = "email", max_length = 254, value_type = Option<String>)]
    email: Option<Option<String>>,
}

/// List agents, by id.
#[utoipa::path(get, path = "/api/v1/agents", tag = "agents", operation_id = "list_agents", params(Paging),
    security(("token" = ["agents.read"])), responses((status = 200, body = Page<Agent>, description = "A page of agents")))]
async fn list(
    AgentsReader(caller): AgentsReader,
    listing: Listing<NoFilter>,
) -> Result<axum::Json<Page<Agent>>, Error> {
    let read = ListAgentViews {
        account: caller.account(),
        api: NAME,
        after: AgentId(listing.after()?.unwrap_or(0)),
        limit: listing.fetch(),
    };
    let found = caller.read(read).await?;
    let position = |(agent, _): &(DomainAgent, String)| agent.id.get();
    let page = listing.page(found, position, |(agent, id)| Agent::of(agent, id));
    Ok(axum::Json(page))
}

/// Get an agent.
#[utoipa::path(get, path = "/api/v1/agents/{id}", tag = "agents", operation_id = "get_agent", params(Id),
    security(("token" = ["agents.read"])),
    responses((status = 200, body = Agent, description = "The agent", headers(("ETag" = String, description = "Its version")))))]
async fn show(
    AgentsReader(caller): AgentsReader,
    Id(id): Id,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let (agent, public_id) = get(&caller, id).await?;
    let version = agent.version;
    let body = Agent::of(agent, public_id);
    Ok(Answer::if_changed(&if_none_match, version, &body))
}

async fn get(caller: &Caller, id: i64) -> Result<(DomainAgent, String), Error> {
    let read = GetAgentView {
        account: caller.account(),
        api: NAME,
        id: AgentId(id),
    };
    caller.read(read).await?.ok_or(Error::NotFound)
}

/// Create an agent.
#[utoipa::path(post, path = "/api/v1/agents", tag = "agents", operation_id = "create_agent", request_body = NewAgent,
    security(("token" = ["agents.write"])),
    responses((status = 201, body = Agent, description = "The agent", headers(("ETag" = String), ("Location" = String)))))]
async fn create(
    AgentsWriter(caller): AgentsWriter,
    WithBody { input, write }: WithBody<NewAgent>,
) -> Result<Answer, Error> {
    let public_id = Uuid::new_v4().to_string();
    let named = input.public_ids.unwrap_or_default();
    let mut public_ids = named.read(&caller.app.own.apis).map_err(Error::Invalid)?;
    public_ids.insert(0, (String::new(), public_id.clone()));
    let command = CreateAgent {
        caller: caller.for_store(),
        first_name: input.first_name,
        last_name: input.last_name,
        email: input.email.unwrap_or_default(),
        public_ids,
    };
    let answer = move |agent: &DomainAgent| {
        let body = Agent::of(agent.clone(), public_id.clone());
        Answer::created(format!("/api/v1/agents/{}", agent.id), &body).version(agent.version)
    };
    write.run(command, &[], answer).await
}

/// Change an agent.
#[utoipa::path(patch, path = "/api/v1/agents/{id}", tag = "agents", operation_id = "update_agent", params(Id),
    request_body = AgentChange, security(("token" = ["agents.write"])),
    responses((status = 200, body = Agent, description = "The agent", headers(("ETag" = String))),
        (status = 409, body = Problem, description = "It is the built-in agent or a team")))]
async fn change(
    AgentsWriter(caller): AgentsWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<AgentChange>,
) -> Result<Answer, Error> {
    let (_, public_id) = get(&caller, id).await?;
    let command = UpdateAgent {
        caller: caller.for_store(),
        id: AgentId(id),
        expected: write.expected,
        first_name: input.first_name,
        last_name: input.last_name,
        email: input.email.map(Option::unwrap_or_default),
    };
    let answer = move |agent: &DomainAgent| {
        Answer::ok(&Agent::of(agent.clone(), public_id.clone())).version(agent.version)
    };
    write.run(command, &[], answer).await
}

/// A password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    #[schema(min_length = 10, max_length = 200)]
    password: String,
}

/// Set an agent's password.
///
/// The agent needs an e-mail address. With both they sign in on the page where people allow apps to act for them.
#[utoipa::path(put, path = "/api/v1/agents/{id}/password", tag = "agents", operation_id = "set_agent_password", params(Id),
    request_body = NewPassword, security(("token" = ["agents.write"])),
    responses((status = 200, body = Agent, description = "The agent", headers(("ETag" = String))),
        (status = 409, body = Problem, description = "It is the built-in agent or a team")))]
async fn set_password(
    AgentsWriter(caller): AgentsWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<NewPassword>,
) -> Result<Answer, Error> {
    let (_, public_id) = get(&caller, id).await?;
    let hash = caller.app.authentication.hash_password(input.password);
    let command = SetPassword {
        caller: caller.for_store(),
        id: AgentId(id),
        expected: write.expected,
        hash: Some(hash.await?),
    };
    let answer = move |agent: &DomainAgent| {
        Answer::ok(&Agent::of(agent.clone(), public_id.clone())).version(agent.version)
    };
    write.run(command, &[], answer).await
}

/// Remove an agent's password.
///
/// The agent can no longer sign in. Tokens of apps that the agent allowed to act for them stop working.
#[utoipa::path(delete, path = "/api/v1/agents/{id}/password", tag = "agents", operation_id = "remove_agent_password",
    params(Id), security(("token" = ["agents.write"])), responses((status = 204, description = "The agent has no password"),
        (status = 409, body = Problem, description = "It is the built-in agent or a team")))]
async fn remove_password(
    AgentsWriter(caller): AgentsWriter,
    Id(id): Id,
    WithoutBody(write): WithoutBody,
) -> Result<Answer, Error> {
    let command = SetPassword {
        caller: caller.for_store(),
        id: AgentId(id),
        expected: write.expected,
        hash: None,
    };
    let answer = write.run(command, &[], |_| Answer::no_content()).await?;
    // The tokens that end are those of several credentials.
    caller.app.authentication.forget_account(caller.account());
    Ok(answer)
}
