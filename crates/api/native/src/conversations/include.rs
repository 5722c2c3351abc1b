//! `include=`: the response also contains objects that the conversations refer to.

use std::collections::BTreeSet;

use heddle_domain::Scope;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_store::read::customers::CustomersById;
use heddle_store::read::principal::InboxView;
use heddle_store::read::shown::{AgentsById, MessageOrder, Shown, WalkMessages};
use heddle_store::{Error as StoreError, Refusal};
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

/// The maximum number of messages that are included with a conversation: for a single one, and for each one in a list.
const MESSAGES_OF_ONE: usize = 50;
const MESSAGES_OF_EACH: usize = 5;

/// A kind of related object.
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
    /// Related objects to include in the answer.
    #[serde(default)]
    #[param(inline, required = false, style = Form, explode = false, max_items = 10)]
    pub(crate) include: Vec<Include>,
}

/// Reads the related objects of some conversations; `None` if the request asks for none.
///
/// # Errors
/// Returns a 403 if the token lacks the scope to read one of these objects.
pub(crate) async fn load(
    app: &App,
    caller: &Caller,
    include: &[Include],
    found: &[Shown],
) -> Result<Option<Included>, Error> {
    if include.is_empty() {
        return Ok(None);
    }
    let has = |one| include.contains(&one);
    for (one, scope) in [
        (Include::Customer, Scope::CustomersRead),
        (Include::Assignee, Scope::AgentsRead),
        (Include::Inbox, Scope::AccountRead),
        (Include::Messages, Scope::MessagesRead),
    ] {
        if has(one) && !caller.may(scope) {
            return Err(Error::Forbidden(scope));
        }
    }
    Ok(Some(Included {
        customers: match has(Include::Customer) {
            true => Some(customers(app, caller, found).await?),
            false => None,
        },
        agents: match has(Include::Assignee) {
            true => Some(agents(app, caller, found).await?),
            false => None,
        },
        inboxes: has(Include::Inbox).then(|| inboxes(caller, found)),
        messages: match has(Include::Messages) {
            true => Some(messages(app, caller, found).await?),
            false => None,
        },
        tags: has(Include::Tags).then(|| tags(found)),
    }))
}

async fn customers(app: &App, caller: &Caller, found: &[Shown]) -> Result<Vec<Customer>, Error> {
    let named: BTreeSet<CustomerId> = found.iter().map(|s| s.conversation.customer).collect();
    let read = CustomersById {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
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
            inboxes: caller.inboxes().clone(),
            conversation: one.conversation.id,
            order: MessageOrder::Occurred,
            descending: true,
            after: None,
            limit,
        };
        match app.store.read(read).await {
            Ok(page) => all.extend(page.messages.into_iter().map(Message::of)),
            // A conversation that was merged meanwhile is left out.
            Err(StoreError::Refused(Refusal::MergedConversation { .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(all)
}
