//! `include=`: the response also contains objects that the conversations refer to.

use std::collections::BTreeSet;

use heddle_domain::Scope;
use heddle_domain::id::{AgentId, CustomerId};
use heddle_store::read::contents::{AgentsById, LabelledConversation, MessageOrder, WalkMessages};
use heddle_store::read::customers::CustomersById;
use heddle_store::read::room::MOST_BYTES;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::agents::Agent;
use crate::auth::Caller;
use crate::context::NAME;
use crate::error::Error;
use crate::inboxes::Inbox;
use crate::messages::resource::Message;
use crate::resources::{Customer, Included, IncludedTag};

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
    /// Related objects to include in the answer. Of `messages`, the latest ones of each conversation: 50 of a single
    /// conversation, 5 of each in a list, and fewer if all bodies together are longer than 8 MiB.
    #[serde(default)]
    #[param(inline, required = false, style = Form, explode = false, max_items = 10)]
    pub(crate) include: Vec<Include>,
}

/// Reads the related objects of some conversations; `None` if the request asks for none.
///
/// # Errors
/// Returns a 403 if the token lacks the scope to read one of these objects.
pub(crate) async fn load(
    caller: &Caller,
    include: &[Include],
    found: &[LabelledConversation],
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
            true => Some(customers(caller, found).await?),
            false => None,
        },
        agents: match has(Include::Assignee) {
            true => Some(agents(caller, found).await?),
            false => None,
        },
        inboxes: has(Include::Inbox).then(|| {
            let named = found.iter().map(|s| s.conversation.inbox);
            Inbox::included(caller, named.collect())
        }),
        messages: match has(Include::Messages) {
            true => Some(messages(caller, found).await?),
            false => None,
        },
        tags: has(Include::Tags).then(|| tags(found)),
    }))
}

async fn customers(
    caller: &Caller,
    found: &[LabelledConversation],
) -> Result<Vec<Customer>, Error> {
    let named: BTreeSet<CustomerId> = found.iter().map(|s| s.conversation.customer).collect();
    let read = CustomersById {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        ids: named.iter().copied().collect(),
    };
    let customers = caller.read(read).await?;
    let views = named.iter().filter_map(|id| customers.get(id));
    Ok(views.map(Customer::of).collect())
}

async fn agents(caller: &Caller, found: &[LabelledConversation]) -> Result<Vec<Agent>, Error> {
    let named: BTreeSet<AgentId> = found
        .iter()
        .filter_map(|s| s.conversation.assignee)
        .collect();
    let read = AgentsById {
        account: caller.account(),
        api: NAME,
        ids: named.into_iter().collect(),
    };
    let agents = caller.read(read).await?.into_iter();
    Ok(agents
        .map(|(agent, public_id)| Agent::of(agent, public_id))
        .collect())
}

fn tags(found: &[LabelledConversation]) -> Vec<IncludedTag> {
    let all = found.iter().flat_map(|s| &s.labels.tags);
    let tags: BTreeSet<IncludedTag> = all
        .map(|(name, id)| IncludedTag {
            id: id.get(),
            name: name.clone(),
        })
        .collect();
    tags.into_iter().collect()
}

async fn messages(caller: &Caller, found: &[LabelledConversation]) -> Result<Vec<Message>, Error> {
    let limit = match found {
        [_] => MESSAGES_OF_ONE,
        _ => MESSAGES_OF_EACH,
    };
    let (mut all, mut bytes) = (Vec::new(), 0);
    for one in found {
        if bytes > MOST_BYTES {
            break;
        }
        let read = WalkMessages {
            account: caller.account(),
            inboxes: caller.inboxes().clone(),
            conversation: one.conversation.id,
            order: MessageOrder::Occurred,
            descending: true,
            after: None,
            limit,
        };
        match caller.read(read).await {
            Ok(page) => {
                bytes += page
                    .messages
                    .iter()
                    .map(|(m, _)| m.body.len())
                    .sum::<usize>();
                all.extend(page.messages.into_iter().map(Message::of));
            }
            // A conversation that was merged meanwhile is left out.
            Err(Error::Merged(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}
