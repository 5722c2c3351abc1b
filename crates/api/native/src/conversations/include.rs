//! `include=`: objects that conversations refer to, in the same answer.

use std::collections::BTreeSet;

use heddle_domain::Scope;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_store::read::customers::CustomersById;
use heddle_store::read::principal::InboxView;
use heddle_store::read::shown::{AgentsById, Leads, MessageOrder, Shown, WalkMessages};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::agents::Agent;
use crate::auth::Caller;
use crate::context::NAME;
use crate::error::Error;
use crate::inboxes::Inbox;
use crate::messages::resource::Message;
use crate::resources::{Customer, Included, IncludedTag};
use heddle_api::App;

/// How many messages are included of a single conversation, and of each in a list.
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

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct IncludeParams {
    /// Related objects to answer with.
    #[param(inline, nullable = false, style = Form, explode = false, max_items = 10)]
    include: Option<Vec<Include>>,
}

impl IncludeParams {
    pub(crate) const fn of(include: Option<Vec<Include>>) -> Self {
        Self { include }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.include.as_ref().is_none_or(Vec::is_empty)
    }

    fn has(&self, wanted: Include) -> bool {
        self.include.iter().flatten().any(|one| *one == wanted)
    }

    /// Reads the requested objects of some conversations.
    ///
    /// # Errors
    /// 403 if the token lacks the scope to read one of them.
    pub(crate) async fn load(
        &self,
        app: &App,
        caller: &Caller,
        found: &[Shown],
    ) -> Result<Included, Error> {
        self.check_scopes(caller)?;
        Ok(Included {
            customers: match self.has(Include::Customer) {
                true => Some(customers(app, caller, found).await?),
                false => None,
            },
            agents: match self.has(Include::Assignee) {
                true => Some(agents(app, caller, found).await?),
                false => None,
            },
            inboxes: self.has(Include::Inbox).then(|| inboxes(caller, found)),
            messages: match self.has(Include::Messages) {
                true => Some(messages(app, caller, found).await?),
                false => None,
            },
            tags: self.has(Include::Tags).then(|| tags(found)),
        })
    }

    fn check_scopes(&self, caller: &Caller) -> Result<(), Error> {
        for (include, scope) in [
            (Include::Customer, Scope::CustomersRead),
            (Include::Assignee, Scope::AgentsRead),
            (Include::Inbox, Scope::AccountRead),
            (Include::Messages, Scope::MessagesRead),
        ] {
            if self.has(include) && !caller.may(scope) {
                return Err(Error::Forbidden(scope));
            }
        }
        Ok(())
    }
}

async fn customers(app: &App, caller: &Caller, found: &[Shown]) -> Result<Vec<Customer>, Error> {
    let named: BTreeSet<CustomerId> = found.iter().map(|s| s.conversation.customer).collect();
    let read = CustomersById {
        account: caller.account(),
        inboxes: caller.inboxes().to_vec(),
        ids: named.iter().copied().collect(),
    };
    let customers = app.store.read(read).await?;
    let views = named.iter().filter_map(|id| customers.get(id));
    Ok(views.map(Customer::of).collect())
}

async fn agents(app: &App, caller: &Caller, found: &[Shown]) -> Result<Vec<Agent>, Error> {
    let named: BTreeSet<AgentId> = found
        .iter()
        .filter_map(|s| s.conversation.assignee)
        .collect();
    let read = AgentsById {
        account: caller.account(),
        api: NAME,
        ids: named.into_iter().collect(),
    };
    let agents = app.store.read(read).await?.into_iter();
    Ok(agents
        .map(|(agent, public_id)| Agent::of(agent, public_id))
        .collect())
}

fn inboxes(caller: &Caller, found: &[Shown]) -> Vec<Inbox> {
    let named: BTreeSet<InboxId> = found.iter().map(|s| s.conversation.inbox).collect();
    let views = named
        .into_iter()
        .filter_map(|inbox| caller.principal().inbox(inbox));
    views
        .map(|InboxView { inbox, public_id }| Inbox::of(inbox.clone(), public_id.clone()))
        .collect()
}

fn tags(found: &[Shown]) -> Vec<IncludedTag> {
    let all = found.iter().flat_map(|s| &s.labels.tags);
    let tags: BTreeSet<IncludedTag> = all
        .map(|(name, id)| IncludedTag {
            id: id.get(),
            name: name.clone(),
        })
        .collect();
    tags.into_iter().collect()
}

async fn messages(app: &App, caller: &Caller, found: &[Shown]) -> Result<Vec<Message>, Error> {
    let limit = match found {
        [_] => MESSAGES_OF_ONE,
        _ => MESSAGES_OF_EACH,
    };
    let mut all = Vec::new();
    for one in found {
        let read = WalkMessages {
            account: caller.account(),
            inboxes: caller.inboxes().to_vec(),
            conversation: one.conversation.id,
            order: MessageOrder::Occurred,
            descending: true,
            after: None,
            limit,
        };
        // A conversation that was merged away meanwhile is left out.
        if let Leads::Here(page) = app.store.read(read).await? {
            all.extend(page.messages.into_iter().map(Message::of));
        }
    }
    Ok(all)
}
