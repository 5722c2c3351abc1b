//! Lists conversations (contract section 6.2).

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use heddle_domain::id::{AgentId, InboxId};
use heddle_domain::{Agent, CustomField, Scope};
use heddle_store::Error as StoreError;
use heddle_store::read::account::{GetAgent, ListAgents};
use heddle_store::read::conversations::{ConversationView, ListMessages};
use heddle_store::read::custom_fields::GetCustomField;
use heddle_store::read::room::MOST_BYTES;
use heddle_store::read::selection::{Limits, SelectConversations};

use super::filters::{self, Filters, FolderOwners};
use super::language::Names;
use crate::auth::Caller;
use crate::error::Error;
use crate::map::{self, EMBEDDED_THREADS, RenderContext};
use crate::page::PageRequest;
use crate::path::Base;
use crate::response;
use crate::wire::inboxes::Conversations;
use crate::wire::{Page, Thread};
use heddle_api::App;
use heddle_http::query::Query;

/// Number of conversations on a page.
const PAGE_SIZE: i64 = 25;
/// The maximum number of agents that one read returns.
const AGENTS_AT_ONCE: i64 = 1_000;

/// `GET /v2/conversations`
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::ConversationsRead)?;
    let request = PageRequest::read(&query)?;
    let inboxes = caller.visible_inboxes();
    let agents = agents(&app, &caller, &query).await?;
    let fields = fields(&app, &caller, &query).await?;
    let names = Names {
        inboxes: &inboxes,
        agents: &agents,
        fields: &fields,
    };
    let owners = FolderOwners {
        me: caller.principal.credential.agent,
        team: team(&app, &caller, &query).await?,
    };
    let filters = Filters::read(&query, &request, names, owners)?;
    if filters.with_threads {
        caller.require(Scope::MessagesRead)?;
    }
    let ids: BTreeSet<InboxId> = inboxes.iter().map(|view| view.inbox.id).collect();
    let found = app.store.read(read(&app, &caller, &request, &filters, ids));
    let found = found.await?;
    tracing::debug!(rows = found.rows_read, "listed conversations");
    let next = found.next.as_ref();
    let next = next.map(|place| filters.next_position(&request, place));
    let numbers = request.numbers(PAGE_SIZE, found.total);
    let context = RenderContext::of(&caller, &base, app.now());
    let threads = match filters.with_threads {
        true => embed(&app, &caller, &found.conversations, context).await?,
        false => found.conversations.iter().map(|_| None).collect(),
    };
    let shown = found.conversations.into_iter().zip(threads);
    let shown = shown.map(|(view, threads)| map::conversation(view, threads, context));
    Ok(response::hal(&Page {
        embedded: Conversations {
            conversations: shown.collect(),
        },
        links: request.walk_links(&format!("{base}/v2/conversations"), numbers, next),
        page: numbers,
    }))
}

fn read(
    app: &App,
    caller: &Caller,
    request: &PageRequest,
    filters: &Filters,
    inboxes: BTreeSet<InboxId>,
) -> SelectConversations {
    SelectConversations {
        account: caller.principal.credential.account,
        inboxes,
        wanted: filters.wanted.clone(),
        sort: filters.sort,
        descending: filters.descending,
        page: request.number,
        size: PAGE_SIZE as usize,
        after: filters.after.clone(),
        has_index: app.search.is_some(),
        limits: Limits::USUAL,
    }
}

/// Reads the custom fields that the request names. Leaves out those of inboxes that the caller may not use.
async fn fields(app: &App, caller: &Caller, query: &Query) -> Result<Vec<CustomField>, Error> {
    let mut found = Vec::new();
    for id in filters::named_fields(query)? {
        let read = GetCustomField {
            account: caller.principal.credential.account,
            id,
        };
        let field = app.store.read(read).await?;
        found.extend(field.filter(|field| caller.principal.inbox(field.inbox).is_some()));
    }
    Ok(found)
}

/// Reads the team whose folder the request names; `None` if no team has this id.
async fn team(app: &App, caller: &Caller, query: &Query) -> Result<Option<AgentId>, Error> {
    let Some(id) = filters::named_team(query)? else {
        return Ok(None);
    };
    let account = caller.principal.credential.account;
    let found = app.store.read(GetAgent { account, id }).await?;
    Ok(found.filter(|agent| agent.team).map(|team| team.id))
}

/// Reads the account's agents, if the query may name one.
async fn agents(app: &App, caller: &Caller, query: &Query) -> Result<Vec<Agent>, Error> {
    let text = query.last("query").unwrap_or_default();
    let mut all: Vec<Agent> = Vec::new();
    let may_name = caller.require(Scope::AgentsRead).is_ok();
    if !may_name || !text.to_ascii_lowercase().contains("assigned") {
        return Ok(all);
    }
    loop {
        let page = ListAgents {
            account: caller.principal.credential.account,
            after: all.last().map_or(AgentId(0), |agent| agent.id),
            limit: AGENTS_AT_ONCE,
        };
        let page = app.store.read(page).await?;
        let is_last = (page.len() as i64) < AGENTS_AT_ONCE;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

/// Reads the newest threads of each conversation, until their bodies together are longer than [`MOST_BYTES`]. The
/// conversations after that get none.
async fn embed(
    app: &App,
    caller: &Caller,
    conversations: &[ConversationView],
    context: RenderContext<'_>,
) -> Result<Vec<Option<Vec<Thread>>>, Error> {
    let mut left = MOST_BYTES;
    let mut embedded = Vec::with_capacity(conversations.len());
    for view in conversations {
        if left == 0 {
            embedded.push(Some(Vec::new()));
            continue;
        }
        let read = ListMessages {
            account: caller.principal.credential.account,
            inboxes: caller.inboxes(),
            conversation: view.conversation.id,
            page: 1,
            size: EMBEDDED_THREADS,
            after: None,
        };
        let page = match app.store.read(read).await {
            Ok(page) => page.cut(),
            // The conversation was merged or deleted after its page was read. Its threads are shown as empty.
            Err(StoreError::Refused(_)) => {
                embedded.push(Some(Vec::new()));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let bytes: usize = page
            .messages
            .iter()
            .map(|(message, _)| message.body.len())
            .sum();
        left = left.saturating_sub(bytes);
        embedded.push(Some(map::threads(page, context)));
    }
    Ok(embedded)
}
