//! Teams and their members (contract section 10.4). Teams are made through the native API and the command line.

use axum::extract::State;
use axum::response::Response;
use heddle_domain::Scope;
use heddle_store::read::people::AgentGroup;

use crate::auth::Caller;
use crate::error::Error;
use crate::map;
use crate::page::PageRequest;
use crate::path::{Base, TeamPath};
use crate::response;
use crate::users::{self, PAGE_SIZE};
use crate::wire::{Page, Teams};
use heddle_api::App;
use heddle_http::query::Query;

/// `GET /v2/teams`
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::AgentsRead)?;
    let request = PageRequest::read(&query)?;
    let page = users::read_page(&app, &caller, AgentGroup::Teams, &request).await?;
    let numbers = request.numbers(PAGE_SIZE, page.total);
    let teams = page.agents.into_iter();
    Ok(response::hal(&Page {
        embedded: Teams {
            teams: teams.map(|team| map::team(team, &base)).collect(),
        },
        links: request.links(&format!("{base}/v2/teams/"), numbers),
        page: numbers,
    }))
}

/// `GET /v2/teams/{teamId}/members`
pub(crate) async fn members(
    State(app): State<App>,
    caller: Caller,
    TeamPath(id): TeamPath,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::AgentsRead)?;
    let agent = users::find(&app, &caller, id).await?;
    if !agent.team {
        return Err(Error::NotFound);
    }
    let request = PageRequest::read(&query)?;
    let page = users::read_page(&app, &caller, AgentGroup::MembersOf(id), &request).await?;
    let url = format!("{base}/v2/teams/{id}/members/");
    Ok(response::hal(&users::users_page(
        page, &request, &url, &base,
    )))
}
