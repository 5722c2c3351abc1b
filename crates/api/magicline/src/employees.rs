//! Employees: the agents of the account, without teams and without the built-in agent (contract section 9).

use axum::Json;
use axum::extract::State;
use heddle_domain::{Agent, AgentId};
use heddle_store::read::account::{GetAgent, ListAgents};

use crate::auth::EmployeesReader;
use crate::error::Error;
use crate::map;
use crate::request::{self, query};
use crate::text::Text;
use crate::wire::{Employee, Slice};
use heddle_api::App;
use heddle_http::path::{BadPath, Params};
use heddle_http::query::Query;

/// How many agents are read for a slice, at least. Some of them may be teams.
const READ_AT_ONCE: usize = 101;

const fn is_employee(agent: &Agent) -> bool {
    !agent.team && !agent.built_in
}

/// `GET /v1/employees`
pub(crate) async fn list(
    State(app): State<App>,
    EmployeesReader(caller): EmployeesReader,
    query: Query,
) -> Result<Json<Slice<Employee>>, Error> {
    let size = query::slice_size(&query, 10..=100, 50)?;
    let text = query::text(&query, "offset")?.filter(|text| !text.is_empty());
    let mut after = match text.map(str::parse) {
        None => AgentId(0),
        Some(Ok(id)) => AgentId(id),
        Some(Err(_)) => return Err(Error::field(Text::BadOffset, "offset")),
    };
    let mut found: Vec<Agent> = Vec::new();
    // One more than the slice has, to know whether another follows.
    while found.len() <= size {
        let read = ListAgents {
            account: caller.account(),
            after,
            limit: READ_AT_ONCE as i64,
        };
        let agents = app.store.read(read).await?;
        let is_last = agents.len() < READ_AT_ONCE;
        after = agents.last().map_or(after, |agent| agent.id);
        found.extend(agents.into_iter().filter(is_employee));
        if is_last {
            break;
        }
    }
    let has_next = found.len() > size;
    found.truncate(size);
    let last = found.last().map_or(after, |agent| agent.id);
    Ok(Json(Slice {
        result: found.into_iter().map(map::employee).collect(),
        offset: last.to_string(),
        has_next,
    }))
}

/// `GET /v1/employees/{employeeId}`
pub(crate) async fn show(
    State(app): State<App>,
    EmployeesReader(caller): EmployeesReader,
    path: Result<Params, BadPath>,
) -> Result<Json<Employee>, Error> {
    let read = GetAgent {
        account: caller.account(),
        id: AgentId(request::id(&path, "employeeId")?),
    };
    let agent = app.store.read(read).await?;
    let employee = agent.filter(is_employee).map(map::employee);
    employee.map(Json).ok_or(Error::NotFound)
}
