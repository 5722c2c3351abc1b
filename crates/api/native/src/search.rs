//! Search: `GET /api/v1/search`, suggestions while somebody is typing, and how far the index is.
//!
//! The query language is that of [`heddle_search::query`]; `docs/search.md` explains it. The store finds only what the token
//! reaches. This module turns what it finds into answers: texts are plain, and hits are ranges in them, so that a client never
//! has to trust HTML.

mod found;
mod status;
mod suggestions;

use axum::Json;
use heddle_api::Failure;
use heddle_domain::{ConversationId, MessageId, Scope, Timestamp};
use heddle_search::query::{self, NATIVE};
use heddle_store::read::contents::LabelledConversation;
use heddle_store::search::{Order, Place, Search, SearchPage};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Caller, Searcher};
use crate::context::Context;
use crate::conversations::include::{self, Include};
use crate::error::{Error, FieldError};
use crate::page::{Listing, Paging};
use crate::problem::Problem;
use crate::resources::Included;
use found::{Facets, FoundConversation, Terms};

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(search))
        .routes(routes!(suggestions::suggest))
        .routes(routes!(status::status))
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// What to search for: words, `"phrases"`, beginnings of words (`refu*`), filters such as `tag:refund`, with `AND`, `OR`, `NOT`
    /// and parentheses. At most 2,000 characters. If it cannot be understood, `errors` names the `column`.
    q: String,
    /// The order: by the time of the newest message that fulfils the query, newest first, or the best first. Default: `-time`.
    #[param(inline, nullable = false)]
    sort: Option<Sort>,
    /// Whether to count the conversations that are found by their properties. Default: false.
    #[param(nullable = false)]
    facets: Option<bool>,
    /// Where the days of the query begin, as the name of a time zone such as `Europe/Berlin`. Default: UTC.
    #[param(min_length = 1, max_length = 100, nullable = false)]
    time_zone: Option<String>,
    /// Related objects to include in the answer.
    #[serde(default)]
    #[param(inline, required = false, style = Form, explode = false, max_items = 10)]
    include: Vec<Include>,
}

/// The order of the results.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
enum Sort {
    #[default]
    #[serde(rename = "-time")]
    Time,
    #[serde(rename = "relevance")]
    Relevance,
}

impl Sort {
    const fn order(self) -> Order {
        match self {
            Self::Time => Order::Newest,
            Self::Relevance => Order::Relevance,
        }
    }
}

/// The place of a page in the results. All pages of one search have the same `now`, so that `after:7d` means the same in each.
type Start = (i64, i64, i64, i64, i64);

/// A page of conversations that fulfil a query, each once.
#[derive(Debug, Serialize, ToSchema)]
struct SearchResults {
    data: Vec<FoundConversation>,
    /// The cursor of the next page; null on the last.
    #[schema(required)]
    next_cursor: Option<String>,
    /// Whether the page has all that it should. False: the search stopped at a limit, such as the 20,000 messages that it examines
    /// for one page. Go on with `next_cursor`; if it is null, only a narrower query finds the rest.
    complete: bool,
    /// The numbers of conversations, if `facets=true` asks for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    facets: Option<Facets>,
    /// The objects requested by `include`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    included: Option<Included>,
}

/// Search conversations and their messages.
///
/// Searched are subjects, messages, notes, names of attached files, ticket numbers, and the names and addresses of customers. A
/// token without `customers.read` finds nothing by names and addresses of customers, and one without `agents.read` nothing by those of
/// agents: `from:` finds customers only, `assignee:` takes ids, `me` and `none`. New and changed messages are found
/// within about a second.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", operation_id = "search", params(Wanted, Paging),
    security(("token" = ["conversations.read", "messages.read"])),
    responses((status = 200, body = SearchResults, description = "A page of results"),
        (status = 501, body = Problem, description = "The operator has switched search off"),
        (status = 503, body = Problem,
            description = "The search took longer than 2 seconds (a narrower query is faster), or the server cannot answer at the moment")))]
async fn search(
    Searcher(caller): Searcher,
    listing: Listing<Wanted>,
) -> Result<Json<SearchResults>, Error> {
    caller.must_have_search()?;
    let start = listing.after::<Start>()?;
    let now = start.map_or_else(|| caller.app.now(), |(now, ..)| Timestamp(now));
    let read = query(&caller, &listing, start, now)?;
    let terms = Terms::of(&read.query);
    let page = caller.search(read).await?;
    let found: Vec<_> = page.found.iter().map(labelled).collect();
    let included = include::load(&caller, &listing.filter.include, &found).await?;
    let next = page.next.map(|place| start_at(now, place));
    let next_cursor = next.map(|start| listing.cursor_at(&start));
    let (complete, facets) = (page.is_complete, page.facets.as_ref().map(Facets::of));
    Ok(Json(SearchResults {
        data: show(page, terms).await?,
        next_cursor,
        complete,
        facets,
        included,
    }))
}

fn query(
    caller: &Caller,
    listing: &Listing<Wanted>,
    start: Option<Start>,
    now: Timestamp,
) -> Result<Search, Error> {
    let wanted = &listing.filter;
    let query = query::parse(&wanted.q, &NATIVE).map_err(|error| FieldError::query("q", &error))?;
    let zone = zone(wanted.time_zone.as_deref())?;
    Ok(Search {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        sees_customers: caller.may(Scope::CustomersRead),
        sees_agents: caller.may(Scope::AgentsRead),
        me: caller.agent(),
        query: query.at(now, &zone),
        order: wanted.sort.unwrap_or_default().order(),
        after: start.map(|(_, score, at, conversation, message)| Place {
            score,
            at: Timestamp(at),
            conversation: ConversationId(conversation),
            message: MessageId(message),
        }),
        limit: listing.limit(),
        with_facets: wanted.facets.unwrap_or_default(),
    })
}

fn zone(name: Option<&str>) -> Result<TimeZone, Error> {
    let Some(name) = name else {
        return Ok(TimeZone::UTC);
    };
    let unknown = |_| {
        Error::invalid(
            "time_zone",
            "invalid",
            "is no time zone such as Europe/Berlin",
        )
    };
    TimeZone::get(name).map_err(unknown)
}

fn start_at(now: Timestamp, place: Place) -> Start {
    let Place { score, at, .. } = place;
    let (conversation, message) = (place.conversation.get(), place.message.get());
    (now.0, score, at.0, conversation, message)
}

fn labelled(found: &heddle_store::search::Found) -> LabelledConversation {
    LabelledConversation {
        conversation: found.conversation.clone(),
        labels: found.labels.clone(),
    }
}

/// Makes the results of a page. Finding the hits in long texts takes a while, so another thread does it.
async fn show(page: SearchPage, terms: Terms) -> Result<Vec<FoundConversation>, Error> {
    let made = tokio::task::spawn_blocking(move || {
        let found = page.found.into_iter();
        found
            .map(|one| FoundConversation::of(one, &terms))
            .collect()
    });
    Ok(made.await.map_err(|_| Failure::panicked())?)
}
