//! Teams: agents with members, to whom conversations can be assigned.

use heddle_domain::id::AgentId;
use heddle_domain::person::Team as DomainTeam;
use heddle_store::Entity;
use heddle_store::read::people::{GetTeam, ListTeams};
use heddle_store::write::team::{CreateTeam, UpdateTeam};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::answer::Answer;
use crate::auth::{AgentsReader, AgentsWriter, Caller};
use crate::body::WithBody;
use crate::context::Context;
use crate::error::Error;
use crate::etag::IfNoneMatch;
use crate::page::{Listing, Page, Paging};
use crate::path::Id;
use crate::public_ids::PublicIds;
use crate::query::NoFilter;
use crate::time::Instant;

/// The kinds of entity that a body can name, each with its field.
const FIELDS: &[(Entity, &str)] = &[(Entity::Agent, "members")];

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(show, change))
}

/// A team. It is also an agent, with the same id: conversations can be assigned to it.
#[derive(Debug, Serialize, ToSchema)]
struct Team {
    id: i64,
    name: String,
    /// Ids of the agents who belong to it, in ascending order.
    members: Vec<i64>,
    created_at: Instant,
}

impl Team {
    fn of(team: DomainTeam) -> Self {
        let DomainTeam { agent, members } = team;
        Self {
            id: agent.id.get(),
            name: agent.first_name,
            members: members.into_iter().map(AgentId::get).collect(),
            created_at: agent.created_at.into(),
        }
    }
}

/// A new team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTeam {
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    name: String,
    /// Ids of agents, none of them a team.
    #[serde(default)]
    #[schema(max_items = 1000)]
    members: Vec<i64>,
    /// Its ids in vendor APIs, for example those that clients know already.
    #[schema(nullable = false)]
    public_ids: Option<PublicIds>,
}

/// Changes of a team. An absent field stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TeamChange {
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", nullable = false)]
    name: Option<String>,
    /// All members from now on.
    #[schema(max_items = 1000, nullable = false)]
    members: Option<Vec<i64>>,
}

/// List teams, by id.
#[utoipa::path(get, path = "/api/v1/teams", tag = "teams", operation_id = "list_teams", params(Paging),
    security(("token" = ["agents.read"])), responses((status = 200, body = Page<Team>, description = "A page of teams")))]
async fn list(
    AgentsReader(caller): AgentsReader,
    listing: Listing<NoFilter>,
) -> Result<axum::Json<Page<Team>>, Error> {
    let read = ListTeams {
        account: caller.account(),
        after: AgentId(listing.after()?.unwrap_or(0)),
        limit: listing.fetch() as i64,
    };
    let found = caller.read(read).await?;
    let position = |team: &DomainTeam| team.agent.id.get();
    Ok(axum::Json(listing.page(found, position, Team::of)))
}

/// Get a team.
#[utoipa::path(get, path = "/api/v1/teams/{id}", tag = "teams", operation_id = "get_team", params(Id),
    security(("token" = ["agents.read"])),
    responses((status = 200, body = Team, description = "The team", headers(("ETag" = String)))))]
async fn show(
    AgentsReader(caller): AgentsReader,
    Id(id): Id,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let read = GetTeam {
        account: caller.account(),
        id: AgentId(id),
    };
    let team = caller.read(read).await?.ok_or(Error::NotFound)?;
    let version = team.agent.version;
    Ok(Answer::if_changed(&if_none_match, version, &Team::of(team)))
}

/// Create a team.
#[utoipa::path(post, path = "/api/v1/teams", tag = "teams", operation_id = "create_team", request_body = NewTeam,
    security(("token" = ["agents.write"])),
    responses((status = 201, body = Team, description = "The team", headers(("ETag" = String), ("Location" = String)))))]
async fn create(
    AgentsWriter(caller): AgentsWriter,
    WithBody { input, write }: WithBody<NewTeam>,
) -> Result<Answer, Error> {
    let named = input.public_ids.unwrap_or_default();
    let mut public_ids = named.read(&caller.app.own.apis).map_err(Error::Invalid)?;
    public_ids.insert(0, (String::new(), Uuid::new_v4().to_string()));
    let command = CreateTeam {
        caller: caller.for_store(),
        name: input.name,
        members: input.members.into_iter().map(AgentId).collect(),
        public_ids,
    };
    let answer = |team: &DomainTeam| {
        let location = format!("/api/v1/teams/{}", team.agent.id);
        Answer::created(location, &Team::of(team.clone())).version(team.agent.version)
    };
    write.run(command, FIELDS, answer).await
}

/// Change a team.
#[utoipa::path(patch, path = "/api/v1/teams/{id}", tag = "teams", operation_id = "update_team", params(Id),
    request_body = TeamChange, security(("token" = ["agents.write"])),
    responses((status = 200, body = Team, description = "The team", headers(("ETag" = String)))))]
async fn change(
    AgentsWriter(caller): AgentsWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<TeamChange>,
) -> Result<Answer, Error> {
    must_be_team(&caller, id).await?;
    let members = input
        .members
        .map(|ids| ids.into_iter().map(AgentId).collect());
    let command = UpdateTeam {
        caller: caller.for_store(),
        id: AgentId(id),
        expected: write.expected,
        name: input.name,
        members,
    };
    let answer =
        |team: &DomainTeam| Answer::ok(&Team::of(team.clone())).version(team.agent.version);
    write.run(command, FIELDS, answer).await
}

/// Checks the id in the path before the command, whose refusal could also be about a member.
async fn must_be_team(caller: &Caller, id: i64) -> Result<(), Error> {
    let read = GetTeam {
        account: caller.account(),
        id: AgentId(id),
    };
    caller.read(read).await?.map(drop).ok_or(Error::NotFound)
}
