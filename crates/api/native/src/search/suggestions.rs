//! `GET /api/v1/search/suggestions`: names that begin like what somebody is typing.

use axum::Json;
use heddle_domain::Scope;
use heddle_domain::customer::Customer;
use heddle_domain::person::Agent;
use heddle_store::search::Suggest;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::{Caller, Suggester};
use crate::error::Error;
use crate::problem::Problem;
use crate::query::QueryParams;

const DEFAULT_LIMIT: usize = 5;

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Typed {
    /// The text as typed so far.
    #[param(min_length = 1, max_length = 200)]
    text: String,
    /// The kinds to suggest. Kinds that the token may not read are left out. Default: all.
    #[serde(default)]
    #[param(inline, required = false, style = Form, explode = false, max_items = 10)]
    kinds: Vec<Kind>,
    /// The most suggestions of each kind. Default: 5.
    #[param(minimum = 1, maximum = 20, nullable = false)]
    limit: Option<usize>,
}

/// A kind of thing that is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Customer,
    Agent,
    Tag,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Customer, Self::Agent, Self::Tag];

    /// Returns the scope that the caller needs.
    const fn scope(self) -> Scope {
        match self {
            Self::Customer => Scope::CustomersRead,
            Self::Agent => Scope::AgentsRead,
            Self::Tag => Scope::ConversationsRead,
        }
    }
}

/// Suggestions of each kind, best first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Suggestions {
    /// Customers with a name or an address whose words begin like those of the text.
    customers: Vec<SuggestedCustomer>,
    /// Agents, likewise.
    agents: Vec<SuggestedAgent>,
    /// Tags with a word that begins like the text.
    tags: Vec<String>,
}

/// A customer, as far as a list to choose from needs it.
#[derive(Debug, Serialize, ToSchema)]
struct SuggestedCustomer {
    id: i64,
    #[schema(required)]
    first_name: Option<String>,
    #[schema(required)]
    last_name: Option<String>,
    #[schema(required)]
    organization: Option<String>,
    #[schema(required)]
    email: Option<String>,
}

/// An agent, as far as a list to choose from needs it.
#[derive(Debug, Serialize, ToSchema)]
struct SuggestedAgent {
    id: i64,
    first_name: String,
    last_name: String,
    #[schema(required)]
    email: Option<String>,
}

impl SuggestedCustomer {
    fn of(customer: Customer) -> Self {
        Self {
            id: customer.id.get(),
            first_name: customer.profile.first_name,
            last_name: customer.profile.last_name,
            organization: customer.profile.organization,
            email: customer.email,
        }
    }
}

impl SuggestedAgent {
    fn of(agent: Agent) -> Self {
        Self {
            id: agent.id.get(),
            first_name: agent.first_name,
            last_name: agent.last_name,
            email: Some(agent.email).filter(|email| !email.is_empty()),
        }
    }
}

/// Suggest customers, agents and tags while somebody is typing.
///
/// Customers need `customers.read`, agents `agents.read`, tags `conversations.read`; what the token may not read is left
/// out. A token that is limited to some inboxes gets the customers that it reaches, and the tags of its conversations.
#[utoipa::path(get, path = "/api/v1/search/suggestions", tag = "search", operation_id = "suggest", params(Typed),
    security(("token" = ["customers.read"]), ("token" = ["agents.read"]), ("token" = ["conversations.read"])),
    responses((status = 200, body = Suggestions, description = "The suggestions"),
        (status = 501, body = Problem, description = "The operator has switched search off"),
        (status = 503, body = Problem,
            description = "The search took longer than 2 seconds (a narrower query is faster), or the server cannot answer at the moment")))]
pub(super) async fn suggest(
    Suggester(caller): Suggester,
    QueryParams(typed): QueryParams<Typed>,
) -> Result<Json<Suggestions>, Error> {
    caller.must_have_search()?;
    let kinds = readable(&caller, &typed.kinds)?;
    let read = Suggest {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        text: typed.text,
        limit: typed.limit.unwrap_or(DEFAULT_LIMIT),
        customers: kinds.contains(&Kind::Customer),
        agents: kinds.contains(&Kind::Agent),
        tags: kinds.contains(&Kind::Tag),
    };
    let found = caller.search(read).await?;
    let (customers, agents) = (found.customers.into_iter(), found.agents.into_iter());
    Ok(Json(Suggestions {
        customers: customers.map(SuggestedCustomer::of).collect(),
        agents: agents.map(SuggestedAgent::of).collect(),
        tags: found.tags,
    }))
}

/// Returns those of the named kinds that the caller may read; of all kinds if none is named.
///
/// # Errors
/// Returns a 403 if the caller may read none of them.
fn readable(caller: &Caller, named: &[Kind]) -> Result<Vec<Kind>, Error> {
    let wanted = match named {
        [] => &Kind::ALL[..],
        named => named,
    };
    let kinds = wanted.iter().copied();
    let kinds: Vec<Kind> = kinds.filter(|kind| caller.may(kind.scope())).collect();
    match kinds.is_empty() {
        true => Err(Error::Forbidden(wanted[0].scope())),
        false => Ok(kinds),
    }
}
