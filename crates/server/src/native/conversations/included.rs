//! `include=`: the objects that conversations name, answered beside them.

use std::collections::BTreeSet;

use heddle_domain::customer::Customer as DomainCustomer;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_domain::{Profile, Scope};
use heddle_store::read::principal::InboxView;
use heddle_store::read::shown::{Leads, MessageOrder, ReadPeople, Shown, WalkMessages};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::agents::Agent;
use super::super::auth::Holder;
use super::super::error::Error;
use super::super::messages::Message;
use crate::App;

/// How many messages are included of a conversation that is asked for alone, and of each of a list.
const MESSAGES_OF_ONE: usize = 50;
const MESSAGES_OF_EACH: usize = 5;

/// A sort of related object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Include {
    Customer,
    Assignee,
    Inbox,
    Messages,
    Tags,
}

/// What to answer with.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wish {
    /// Related objects to answer with.
    #[param(inline, nullable = false, style = Form, explode = false, max_items = 10)]
    include: Option<Vec<Include>>,
}

/// Objects that the conversations name, each once. Those that the token does not reach are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Included {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    customers: Option<Vec<IncludedCustomer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    agents: Option<Vec<Agent>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    inboxes: Option<Vec<IncludedInbox>>,
    /// The latest of each conversation, latest first: 50 of one, 5 of each of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    messages: Option<Vec<Message>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    tags: Option<Vec<IncludedTag>>,
}

/// A customer in short.
#[derive(Debug, Serialize, ToSchema)]
struct IncludedCustomer {
    id: i64,
    #[schema(required)]
    home_inbox_id: Option<i64>,
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    first_name: Option<String>,
    #[schema(required)]
    last_name: Option<String>,
    #[schema(required)]
    phone: Option<String>,
    #[schema(required)]
    organization: Option<String>,
}

/// An inbox in short.
#[derive(Debug, Serialize, ToSchema)]
struct IncludedInbox {
    id: i64,
    public_id: String,
    name: String,
}

/// A tag.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
struct IncludedTag {
    id: i64,
    name: String,
}

impl Wish {
    pub(super) const fn of(include: Option<Vec<Include>>) -> Self {
        Self { include }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.include.as_ref().is_none_or(Vec::is_empty)
    }

    fn has(&self, wanted: Include) -> bool {
        self.include.iter().flatten().any(|one| *one == wanted)
    }

    /// Reads what is wished of some conversations.
    ///
    /// # Errors
    /// 403 if the token lacks the scope of a sort of object.
    pub(super) async fn gather(
        &self,
        app: &App,
        holder: &Holder,
        shown: &[Shown],
    ) -> Result<Included, Error> {
        self.must_be_allowed(holder)?;
        let (customers, agents) = self.people(app, holder, shown).await?;
        Ok(Included {
            customers,
            agents,
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

    async fn people(
        &self,
        app: &App,
        holder: &Holder,
        shown: &[Shown],
    ) -> Result<(Option<Vec<IncludedCustomer>>, Option<Vec<Agent>>), Error> {
        let (with_customers, with_agents) =
            (self.has(Include::Customer), self.has(Include::Assignee));
        if !with_customers && !with_agents {
            return Ok((None, None));
        }
        let customers: BTreeSet<CustomerId> =
            shown.iter().map(|s| s.conversation.customer).collect();
        let agents: BTreeSet<AgentId> = shown
            .iter()
            .filter_map(|s| s.conversation.assignee)
            .collect();
        let read = ReadPeople {
            account: holder.account(),
            inboxes: holder.inboxes().to_vec(),
            door: super::super::DOOR,
            customers: customers.into_iter().filter(|_| with_customers).collect(),
            agents: agents.into_iter().filter(|_| with_agents).collect(),
        };
        let people = app.store.read(read).await?;
        let agents = people.agents.into_iter();
        let agents = agents.map(|(agent, public_id)| Agent::of(agent, public_id));
        Ok((
            with_customers.then(|| people.customers.into_iter().map(customer).collect()),
            with_agents.then(|| agents.collect()),
        ))
    }
}

fn customer(customer: DomainCustomer) -> IncludedCustomer {
    let Profile {
        first_name,
        last_name,
        phone,
        organization,
        ..
    } = customer.profile;
    IncludedCustomer {
        id: customer.id.get(),
        home_inbox_id: customer.home.map(InboxId::get),
        email: customer.email,
        first_name,
        last_name,
        phone,
        organization,
    }
}

fn inboxes(holder: &Holder, shown: &[Shown]) -> Vec<IncludedInbox> {
    let named: BTreeSet<InboxId> = shown.iter().map(|s| s.conversation.inbox).collect();
    let views = named
        .into_iter()
        .filter_map(|inbox| holder.principal().inbox(inbox));
    views
        .map(|InboxView { inbox, public_id }| IncludedInbox {
            id: inbox.id.get(),
            public_id: public_id.clone(),
            name: inbox.name.clone(),
        })
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
