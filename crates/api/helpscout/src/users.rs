//! Users: the employees, and the teams, which are users of the type `team` (contract sections 4.4 and 10.3).

use axum::extract::State;
use axum::response::Response;
use heddle_domain::id::{AgentId, InboxId};
use heddle_domain::{Agent, Scope};
use heddle_store::read::account::GetAgent;
use heddle_store::read::people::{AgentGroup, AgentPage, ListAgentPage};

use crate::auth::Caller;
use crate::error::Error;
use crate::fault::code;
use crate::page::PageRequest;
use crate::path::{Base, UserPath};
use crate::wire::{Page, Users};
use crate::{map, parameter, response};
use heddle_api::App;
use heddle_http::members::Problem;
use heddle_http::query::Query;

/// Number of users on a page.
pub(crate) const PAGE_SIZE: i64 = 50;

/// `GET /v2/users/me`: the resource owner, the default author of everything that the app creates.
pub(crate) async fn me(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
) -> Result<Response, Error> {
    let account = &caller.principal.account;
    let owner = caller.principal.credential.agent;
    let read = GetAgent {
        account: account.id,
        id: owner.unwrap_or(account.integration_agent),
    };
    // A user who no longer exists makes the token invalid (contract section 4.3).
    let agent = app.store.read(read).await?.ok_or(Error::Unauthorized)?;
    Ok(response::hal(&map::me(agent, account, &base)))
}

/// `GET /v2/users/{userId}`
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    UserPath(id): UserPath,
    Base(base): Base,
) -> Result<Response, Error> {
    caller.require(Scope::AgentsRead)?;
    let agent = find(&app, &caller, id).await?;
    Ok(response::hal(&map::user(agent, &base)))
}

/// Reads a user or team.
pub(crate) async fn find(app: &App, caller: &Caller, id: AgentId) -> Result<Agent, Error> {
    let account = caller.principal.credential.account;
    let found = app.store.read(GetAgent { account, id }).await?;
    found.ok_or(Error::NotFound)
}

/// `GET /v2/users`
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::AgentsRead)?;
    let request = PageRequest::read(&query)?;
    let filter = Filter::read(&query, &caller)?;
    let group = match filter.email {
        Some(email) => AgentGroup::WithEmail(email),
        None => AgentGroup::All,
    };
    let page = if filter.is_of_known_mailbox {
        read_page(&app, &caller, group, &request).await?
    } else {
        AgentPage::default()
    };
    let url = format!("{base}/v2/users/");
    Ok(response::hal(&users_page(page, &request, &url, &base)))
}

/// Reads a page of users.
pub(crate) async fn read_page(
    app: &App,
    caller: &Caller,
    group: AgentGroup,
    request: &PageRequest,
) -> Result<AgentPage, Error> {
    let read = ListAgentPage {
        account: caller.principal.credential.account,
        group,
        skipped: request.skipped(PAGE_SIZE),
        size: PAGE_SIZE,
    };
    Ok(app.store.read(read).await?)
}

/// Returns a page of users of the collection at `url`.
pub(crate) fn users_page(
    page: AgentPage,
    request: &PageRequest,
    url: &str,
    base: &str,
) -> Page<Users> {
    let numbers = request.numbers(PAGE_SIZE, page.total);
    let users = page.agents.into_iter();
    Page {
        embedded: Users {
            users: users.map(|agent| map::user(agent, base)).collect(),
        },
        links: request.links(url, numbers),
        page: numbers,
    }
}

/// The filters of the list of users.
struct Filter {
    email: Option<String>,
    /// Whether the filter `mailbox` is absent or names a mailbox that the caller may use. All users of an account may use all
    /// of its mailboxes.
    is_of_known_mailbox: bool,
}

impl Filter {
    fn read(query: &Query, caller: &Caller) -> Result<Self, Error> {
        let email = parameter::value(query, "email")?;
        let is_of_known_mailbox = match parameter::value(query, "mailbox")? {
            None => true,
            Some(text) => {
                let rule = || Problem::Rule(code::ENUM_VALUE, "must be the id of a mailbox".into());
                let id = text.parse().map(InboxId);
                let id = id.map_err(|_| parameter::wrong("mailbox", text, rule()))?;
                caller.principal.inbox(id).is_some()
            }
        };
        Ok(Self {
            email: email.map(str::to_owned),
            is_of_known_mailbox,
        })
    }
}
