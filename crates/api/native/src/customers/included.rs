//! `include=`: the home inboxes and latest conversations of customers, answered beside them.

use std::collections::BTreeSet;

use heddle_domain::Scope;
use heddle_store::read::customers::CustomerView;
use heddle_store::read::listing::{Filter, ListConversations, Order};
use heddle_store::read::principal::InboxView;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Holder;
use crate::conversations::Conversation;
use crate::error::Error;
use crate::inboxes::Inbox;
use heddle_api::App;

/// How many conversations are included of each customer.
const CONVERSATIONS: usize = 10;

/// A sort of related object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CustomerInclude {
    Inbox,
    Conversations,
}

/// What to answer with.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wish {
    /// Related objects to answer with: the home inbox; the latest conversations.
    #[param(inline, nullable = false, style = Form, explode = false, max_items = 10)]
    include: Option<Vec<CustomerInclude>>,
}

/// Objects that belong to the customers. Those that the token does not reach are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerIncluded {
    /// The home inboxes, each once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    inboxes: Option<Vec<Inbox>>,
    /// The ten of each customer that had a message last, latest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, no_recursion)]
    conversations: Option<Vec<Conversation>>,
}

impl Wish {
    pub(crate) const fn of(include: Option<Vec<CustomerInclude>>) -> Self {
        Self { include }
    }

    fn has(&self, wanted: CustomerInclude) -> bool {
        self.include.iter().flatten().any(|one| *one == wanted)
    }

    /// Reads what is wished of some customers; `None` if that is nothing.
    ///
    /// # Errors
    /// 403 if the token lacks the scope of a sort of object.
    pub(crate) async fn gather(
        &self,
        app: &App,
        holder: &Holder,
        views: &[CustomerView],
    ) -> Result<Option<CustomerIncluded>, Error> {
        if self.include.as_ref().is_none_or(Vec::is_empty) {
            return Ok(None);
        }
        for (include, scope) in [
            (CustomerInclude::Inbox, Scope::AccountRead),
            (CustomerInclude::Conversations, Scope::ConversationsRead),
        ] {
            if self.has(include) && !holder.may(scope) {
                return Err(Error::Forbidden(scope));
            }
        }
        Ok(Some(CustomerIncluded {
            inboxes: self
                .has(CustomerInclude::Inbox)
                .then(|| inboxes(holder, views)),
            conversations: match self.has(CustomerInclude::Conversations) {
                true => Some(conversations(app, holder, views).await?),
                false => None,
            },
        }))
    }
}

fn inboxes(holder: &Holder, views: &[CustomerView]) -> Vec<Inbox> {
    let homes: BTreeSet<_> = views.iter().filter_map(|view| view.customer.home).collect();
    let known = homes
        .into_iter()
        .filter_map(|home| holder.principal().inbox(home));
    known
        .map(|InboxView { inbox, public_id }| Inbox::of(inbox.clone(), public_id.clone()))
        .collect()
}

async fn conversations(
    app: &App,
    holder: &Holder,
    views: &[CustomerView],
) -> Result<Vec<Conversation>, Error> {
    let mut all = Vec::new();
    for view in views {
        let list = ListConversations {
            account: holder.account(),
            inboxes: holder.principal().inbox_ids(),
            filter: Filter {
                customer: Some(view.customer.id),
                ..Filter::default()
            },
            order: Order::LastMessage,
            descending: true,
            after: None,
            limit: CONVERSATIONS,
        };
        let page = app.store.read(list).await?;
        all.extend(page.conversations.iter().map(Conversation::of));
    }
    Ok(all)
}
