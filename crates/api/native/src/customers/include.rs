//! `include=`: the response also contains the home inboxes and latest conversations of the customers.

use heddle_domain::Scope;
use heddle_store::read::customers::CustomerView;
use heddle_store::read::listing::{Filter, ListConversations, Order};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::error::Error;
use crate::inboxes::Inbox;
use crate::resources::{Conversation, CustomerIncluded};

/// The maximum number of conversations that are included with each customer.
const CONVERSATIONS: usize = 10;

/// A kind of related object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CustomerInclude {
    Inbox,
    Conversations,
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct IncludeParams {
    /// Related objects to include in the answer: the home inbox, the latest conversations.
    #[serde(default)]
    #[param(inline, required = false, style = Form, explode = false, max_items = 10)]
    pub(crate) include: Vec<CustomerInclude>,
}

/// Reads the home inboxes and conversations of the customers, as far as `include` names them; `None` if the request has no
/// `include`.
///
/// # Errors
/// Returns a 403 if the token lacks the scope to read one of these kinds.
pub(crate) async fn load(
    caller: &Caller,
    include: &[CustomerInclude],
    views: &[CustomerView],
) -> Result<Option<CustomerIncluded>, Error> {
    if include.is_empty() {
        return Ok(None);
    }
    let has = |one| include.contains(&one);
    for (one, scope) in [
        (CustomerInclude::Inbox, Scope::AccountRead),
        (CustomerInclude::Conversations, Scope::ConversationsRead),
    ] {
        if has(one) && !caller.may(scope) {
            return Err(Error::Forbidden(scope));
        }
    }
    Ok(Some(CustomerIncluded {
        inboxes: has(CustomerInclude::Inbox).then(|| {
            let homes = views.iter().filter_map(|view| view.customer.home);
            Inbox::included(caller, homes.collect())
        }),
        conversations: match has(CustomerInclude::Conversations) {
            true => Some(conversations(caller, views).await?),
            false => None,
        },
    }))
}

async fn conversations(
    caller: &Caller,
    views: &[CustomerView],
) -> Result<Vec<Conversation>, Error> {
    let mut all = Vec::new();
    for view in views {
        let list = ListConversations {
            account: caller.account(),
            inboxes: caller.principal().inbox_ids(),
            filter: Filter {
                customer: Some(view.customer.id),
                ..Filter::default()
            },
            order: Order::LastMessage,
            descending: true,
            after: None,
            limit: CONVERSATIONS,
        };
        let page = caller.read(list).await?;
        all.extend(page.conversations.iter().map(Conversation::of));
    }
    Ok(all)
}
