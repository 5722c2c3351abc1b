//! `include=`: the objects that conversations name, answered beside them.

use std::collections::BTreeSet;

use heddle_domain::Scope;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_store::read::customers::CustomersById;
use heddle_store::read::principal::InboxView;
use heddle_store::read::shown::{AgentsById, Leads, MessageOrder, Shown, WalkMessages};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::agents::Agent;
use crate::auth::Holder;
use crate::context::NAME;
use crate::customers::Customer;
use crate::error::Error;
use crate::inboxes::Inbox;
use crate::messages::Message;
use heddle_api::App;

/// How many messages are included of a conversation that is asked for alone, and of each of a list.
const MESSAGES_OF_ONE: usize = 50;
const MESSAGES_OF_EACH: usize = 5;

/// A sort of related object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Include {
    Customer,
    Assignee,
    Inbox,
    Messages,
    Tags,
}

/// What to answer with.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wish {
    /// Related objects to answer with.
    #[param(inline, nullable = false, style = Form, explode = false, max_items = 10)]
    include: Option<Vec<Include>>,
}

/// Objects that the conversations name, each once. Those that the token does not reach are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Included {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    customers: Option<Vec<Customer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    agents: Option<Vec<Agent>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    inboxes: Option<Vec<Inbox>>,
    /// The latest of each conversation, latest first: 50 of one, 5 of each of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    messages: Option<Vec<Message>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    tags: Option<Vec<IncludedTag>>,
}

/// A tag.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
struct IncludedTag {
    id: i64,
    name: String,
}

impl Wish {
    pub(crate) const fn of(include: Option<Vec<Include>>) -> Self {
        Self { include }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.include.as_ref().is_none_or(Vec::is_empty)
    }

    fn has(&self, wanted: Include) -> bool {
        self.include.iter().flatten().any(|one| *one == wanted)
    }

    /// Reads what is wished of some conversations.
    ///
    /// # Errors
    /// 403 if the token lacks the scope of a sort of object.
    pub(crate) async fn gather(
        &self,
        app: &App,
        holder: &Holder,
        shown: &[Shown],
    ) -> Result<Included, Error> {
        self.must_be_allowed(holder)?;
        Ok(Included {
            customers: match self.has(Include::Customer) {
                true => Some(customers(app, holder, shown).await?),
                false => None,
            },
            agents: match self.has(Include::Assignee) {
                true => Some(agents(app, holder, shown).await?),
                false => None,
            },
            inboxes: self.has(Include::Inbox).then(|| inboxes(holder, shown)),
            messages: match self.has(Include::Messages) {
                true => Some(messages(app, holder, shown).await?),
                false => None,
            },
            tags: self.has(Include::Tags).then(|| tags(shown)),
        })
    }

    fn must_be_allowed(&self, holder: &Holder) -> Result<(), Error> {
        for (include, scope) in [
            (Include::Customer, Scope::CustomersRead),
            (Include::Assignee, Scope::AgentsRead),
            (Include::Inbox, Scope::AccountRead),
            (Include::Messages, Scope::MessagesRead),
        ] {
            if self.has(include) && !holder.may(scope) {
                return Err(Error::Forbidden(scope));
            }
        }
        Ok(())
    }
}

async fn customers(app: &App, holder: &Holder, shown: &[Shown]) -> Result<Vec<Customer>, Error> {
    let named: BTreeSet<CustomerId> = shown.iter().map(|s| s.conversation.customer).collect();
    let read = CustomersById {
        account: holder.account(),
        inboxes: holder.inboxes().to_vec(),
        ids: named.iter().copied().collect(),
    };
    let found = app.store.read(read).await?;
    let views = named.iter().filter_map(|id| found.get(id));
    Ok(views.map(Customer::of).collect())
}

async fn agents(app: &App, holder: &Holder, shown: &[Shown]) -> Result<Vec<Agent>, Error> {
    let named: BTreeSet<AgentId> = shown
        .iter()
        .filter_map(|s| s.conversation.assignee)
        .collect();
    let read = AgentsById {
        account: holder.account(),
        api: NAME,
        ids: named.into_iter().collect(),
    };
    let found = app.store.read(read).await?.into_iter();
    Ok(found
        .map(|(agent, public_id)| Agent::of(agent, public_id))
        .collect())
}

fn inboxes(holder: &Holder, shown: &[Shown]) -> Vec<Inbox> {
    let named: BTreeSet<InboxId> = shown.iter().map(|s| s.conversation.inbox).collect();
    let views = named
        .into_iter()
        .filter_map(|inbox| holder.principal().inbox(inbox));
    views
        .map(|InboxView { inbox, public_id }| Inbox::of(inbox.clone(), public_id.clone()))
        .collect()
}

fn tags(shown: &[Shown]) -> Vec<IncludedTag> {
    let all = shown.iter().flat_map(|s| &s.labels.tags);
    let tags: BTreeSet<IncludedTag> = all
        .map(|(name, id)| IncludedTag {
            id: id.get(),
            name: name.clone(),
        })
        .collect();
    tags.into_iter().collect()
}

async fn messages(app: &App, holder: &Holder, shown: &[Shown]) -> Result<Vec<Message>, Error> {
    let limit = match shown {
        [_] => MESSAGES_OF_ONE,
        _ => MESSAGES_OF_EACH,
    };
    let mut all = Vec::new();
    for one in shown {
        let read = WalkMessages {
            account: holder.account(),
            inboxes: holder.inboxes().to_vec(),
            conversation: one.conversation.id,
            order: MessageOrder::Occurred,
            descending: true,
            after: None,
            limit,
        };
        // One that was merged away since is its survivor's.
        if let Leads::Here(page) = app.store.read(read).await? {
            all.extend(page.messages.into_iter().map(Message::of));
        }
    }
    Ok(all)
}
