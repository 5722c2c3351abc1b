//! Assigns many conversations to another agent (myKaarma's bulk delegation, `rules.md` 33): a read collects pages of
//! conversations, commands change them in chunks of 100.

use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, ConversationId, CustomerId, InboxId};
use heddle_domain::message::State;
use heddle_domain::{AccountId, EventDetail, Fact, Field};

use super::caller::Caller;
use super::events::announce;
use super::must::must_be_agent;
use crate::error::Result;
use crate::rows::conversation as statements;
use crate::stmt::{Row, params};
use crate::tx::{Cost, NewEvent, Read, Rows, Tx, Write};

/// The maximum number of conversations that one transaction changes.
pub const CHUNK: usize = 100;
/// The maximum number of conversations that one read collects.
pub const PAGE: usize = 1_000;

/// Which conversations are assigned to another agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delegated {
    /// All open conversations assigned to an agent.
    AssignedTo(AgentId),
    /// All open conversations of a customer.
    Of(CustomerId),
}

/// Collects a page of the open conversations to delegate in one inbox. A page shorter than [`PAGE`] is the last.
#[derive(Clone, Debug)]
pub struct CollectDelegated {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inbox whose conversations are collected.
    pub inbox: InboxId,
    /// Which conversations of the inbox are collected.
    pub whose: Delegated,
    /// Customer and id of the last conversation of the previous page; zeros for the first page.
    pub after: (CustomerId, ConversationId),
}

impl Read for CollectDelegated {
    type Out = Vec<(CustomerId, ConversationId)>;
    const NAME: &'static str = "collect_delegated";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let (customer, id) = self.after;
        let page = PAGE as i64;
        match self.whose {
            Delegated::AssignedTo(agent) => {
                let params = params![self.account, agent, self.inbox, customer, id, page];
                rows.fetch(&statements::OPEN_OF_ASSIGNEE, params, position)
                    .await
            }
            Delegated::Of(customer) => {
                let params = params![self.account, customer, self.inbox, id, page];
                rows.fetch(&statements::OPEN_OF_CUSTOMER, params, position)
                    .await
            }
        }
    }
}

fn position(row: &mut Row<'_>) -> Result<(CustomerId, ConversationId)> {
    Ok((CustomerId(row.int()?), ConversationId(row.int()?)))
}

/// Assigns some conversations to an agent.
#[derive(Clone, Debug)]
pub struct AssignConversations {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The conversations, at most [`CHUNK`].
    pub conversations: Vec<ConversationId>,
    /// If set, only conversations that are still assigned to this agent are changed.
    pub only_from: Option<AgentId>,
    /// The new assignee.
    pub to: AgentId,
    /// The kind of request in the API's words, for the event.
    pub origin: Option<String>,
}

impl Write for AssignConversations {
    /// How many conversations were assigned. Those that were closed or reassigned meanwhile are skipped, and those that
    /// the agent already has.
    type Out = usize;
    const NAME: &'static str = "assign_conversations";

    fn weight(&self) -> usize {
        self.conversations.len() * 512
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<usize> {
        must_be_agent(tx, self.caller.account, self.to).await?;
        let ids = self.conversations.iter().copied().collect();
        let found = statements::lock_all(tx, self.caller.account, ids).await?;
        let now = tx.now();
        let mut assigned = 0;
        for before in found {
            let fits = self
                .only_from
                .is_none_or(|from| before.assignee == Some(from));
            if before.status.is_closed()
                || before.merged_into.is_some()
                || before.state == State::Hidden
                || !fits
            {
                continue;
            }
            let mut after = before.clone();
            if after.assign(Some(self.to), now) {
                let (kind, detail) = (EventKind::ConversationUpdated, self.detail(before.assignee));
                let event = NewEvent::about(&after, kind, &self.caller.actor, detail);
                announce(tx, &self.caller, before.assignee, &mut after, &event)?;
                statements::update(tx, self.caller.account, &before, &after)?;
                assigned += 1;
            }
        }
        Ok(assigned)
    }
}

impl AssignConversations {
    /// Returns the detail of the event.
    fn detail(&self, before: Option<AgentId>) -> EventDetail {
        let mut detail = EventDetail::default();
        detail.change(Field::Assignee, &before, &Some(self.to));
        if let Some(origin) = &self.origin {
            detail.with(Fact::Origin(origin.clone()));
        }
        detail
    }
}
