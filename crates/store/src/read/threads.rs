//! Lists a customer's conversations in one inbox (myKaarma); reads at most the number of rows that `store.md` 6
//! allows.

use std::collections::{BTreeSet, HashMap};

use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AccountId, AgentId, CustomerId, InboxId};
use heddle_domain::{ApiName, EntityKind};

use super::account::by_public_id;
use super::customers::follow;
use super::principal::{public_id, public_ids};
use crate::error::{Entity, Refusal, Result};
use crate::rows::{conversation as rows, customer as customer_rows};
use crate::stmt::{Stmt, Value};
use crate::tx::{Cost, Read, Rows};

/// The sort order of myKaarma's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadOrder {
    /// Sorted by the time of the last message.
    LastMessage,
    /// Sorted by the time of the last delegation (change of assignee). Conversations that were never delegated come
    /// last in both directions.
    LastDelegation,
}

/// Lists a customer's conversations in one inbox (myKaarma).
#[derive(Clone, Debug)]
pub struct ListCustomerThreads {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inbox. The customer's home inbox (the only one that shows the customer) must be this inbox, or the customer
    /// must have none.
    pub inbox: InboxId,
    /// API whose public ids are returned.
    pub api: ApiName,
    /// The customer's public id, as the client sent it.
    pub customer: String,
    /// Restricts the list to conversations assigned to the agent with this public id; an unknown id matches nothing.
    pub assignee: Option<String>,
    /// `true` selects only archived conversations, `false` only the others, `None` both.
    pub archived: Option<bool>,
    /// `true` selects only closed conversations (spam included), `false` only the others, `None` both.
    pub closed: Option<bool>,
    /// Order of the list.
    pub order: ThreadOrder,
    /// Whether the oldest comes first.
    pub ascending: bool,
    /// The maximum number of rows to return.
    pub limit: i64,
}

/// A customer's conversations, with public ids.
#[derive(Clone, Debug)]
pub struct CustomerThreads {
    /// The customer's public id. For a merged customer, the public id of the survivor (the customer that remains).
    pub customer: String,
    /// The conversations, each with its assignee's public id.
    pub threads: Vec<(Conversation, Option<String>)>,
}

impl Read for ListCustomerThreads {
    type Out = CustomerThreads;
    const NAME: &'static str = "list_customer_threads";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::page(
            self.account,
            usize::try_from(self.limit).unwrap_or(usize::MAX),
        )
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<CustomerThreads> {
        let (account, named) = (self.account, &self.customer);
        let (id, customer) = customer_at(rows, account, self.inbox, self.api, named).await?;
        let assignee = match &self.assignee {
            Some(agent) => {
                match by_public_id(rows, self.account, EntityKind::Agent, agent, self.api).await? {
                    Some(agent) => Some(AgentId(agent)),
                    None => {
                        return Ok(CustomerThreads {
                            customer,
                            threads: Vec::new(),
                        });
                    }
                }
            }
            None => None,
        };
        let found = self.conversations(rows, id, assignee).await?;
        let names = self.names(rows, &found).await?;
        let name = |c: &Conversation| c.assignee.and_then(|agent| names.get(&agent).cloned());
        let threads = found.into_iter().map(|c| (name(&c), c));
        let threads = threads.map(|(name, c)| (c, name)).collect();
        Ok(CustomerThreads { customer, threads })
    }
}

impl ListCustomerThreads {
    /// Reads the public ids of the conversations' assignees.
    async fn names(
        &self,
        rows: &mut Rows<'_>,
        found: &[Conversation],
    ) -> Result<HashMap<AgentId, String>> {
        let agents: BTreeSet<AgentId> = found.iter().filter_map(|c| c.assignee).collect();
        let ids: Vec<_> = agents.iter().map(|agent| agent.get()).collect();
        let names = public_ids(rows, self.account, EntityKind::Agent, &ids, self.api).await?;
        // The list contains the default ids before the API's own ids, so an API's own id replaces the default one.
        let names = agents.into_iter().zip(names);
        Ok(names
            .filter_map(|(agent, name)| Some((agent, name?)))
            .collect())
    }

    async fn conversations(
        &self,
        rows: &mut Rows<'_>,
        customer: CustomerId,
        assignee: Option<AgentId>,
    ) -> Result<Vec<Conversation>> {
        let mut page = self
            .runs(rows, self.stmt(assignee), customer, assignee, self.limit)
            .await?;
        self.sort(&mut page);
        page.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        let left = self.limit - page.len() as i64;
        if left > 0 && self.order == ThreadOrder::LastDelegation && assignee.is_none() {
            let stmt = if self.ascending {
                &rows::UNDELEGATED_ASC
            } else {
                &rows::UNDELEGATED_DESC
            };
            let mut rest = self.runs(rows, stmt, customer, None, left).await?;
            rest.sort_by_key(|c| (c.last_message_at, c.id));
            if !self.ascending {
                rest.reverse();
            }
            rest.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            page.extend(rest);
        }
        Ok(page)
    }

    fn stmt(&self, assignee: Option<AgentId>) -> &'static Stmt {
        match (self.order, assignee.is_some(), self.ascending) {
            (ThreadOrder::LastMessage, false, false) => &rows::BY_LAST_MESSAGE_DESC,
            (ThreadOrder::LastMessage, false, true) => &rows::BY_LAST_MESSAGE_ASC,
            (ThreadOrder::LastMessage, true, false) => &rows::ASSIGNED_BY_LAST_MESSAGE_DESC,
            (ThreadOrder::LastMessage, true, true) => &rows::ASSIGNED_BY_LAST_MESSAGE_ASC,
            (ThreadOrder::LastDelegation, false, false) => &rows::BY_DELEGATION_DESC,
            (ThreadOrder::LastDelegation, false, true) => &rows::BY_DELEGATION_ASC,
            (ThreadOrder::LastDelegation, true, false) => &rows::ASSIGNED_BY_DELEGATION_DESC,
            (ThreadOrder::LastDelegation, true, true) => &rows::ASSIGNED_BY_DELEGATION_ASC,
        }
    }

    /// Reads up to four index ranges: archived and not archived, each closed and not closed.
    async fn runs(
        &self,
        rows: &mut Rows<'_>,
        stmt: &'static Stmt,
        customer: CustomerId,
        assignee: Option<AgentId>,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        let either = |wanted: Option<bool>| wanted.map_or(vec![false, true], |flag| vec![flag]);
        let mut runs = Vec::new();
        for archived in either(self.archived) {
            for closed in either(self.closed) {
                let mut run: Vec<Value<'_>> = vec![
                    self.account.into(),
                    customer.into(),
                    self.inbox.into(),
                    archived.into(),
                    closed.into(),
                    limit.into(),
                ];
                run.extend(assignee.map(Value::from));
                runs.push(run);
            }
        }
        Ok(rows
            .fetch_many(stmt, &runs, rows::conversation)
            .await?
            .into_iter()
            .flatten()
            .collect())
    }

    fn sort(&self, page: &mut [Conversation]) {
        match self.order {
            ThreadOrder::LastMessage => page.sort_by_key(|c| (c.last_message_at, c.id)),
            ThreadOrder::LastDelegation => page.sort_by_key(|c| (c.delegated_at, c.id)),
        }
        if !self.ascending {
            page.reverse();
        }
    }
}

/// Returns the customer of a public id, whom the inbox must show, and the public id for the response: that of the survivor
/// (the customer that remains) for a merged customer.
pub(super) async fn customer_at(
    rows: &mut Rows<'_>,
    account: AccountId,
    inbox: InboxId,
    api: ApiName,
    named: &str,
) -> Result<(CustomerId, String)> {
    let missing = Refusal::NotFound(Entity::Customer(0));
    let kind = EntityKind::Customer;
    let found = by_public_id(rows, account, kind, named, api).await?;
    let id = found.map(CustomerId).ok_or_else(|| missing.clone())?;
    let customer = follow(rows, &customer_rows::PEEK, account, id)
        .await?
        .filter(|c| !c.erased && c.home.is_none_or(|home| home == inbox))
        .ok_or_else(|| missing.clone())?;
    if customer.id == id {
        return Ok((id, named.to_owned()));
    }
    let name = public_id(rows, account, kind, customer.id.get(), api).await?;
    Ok((customer.id, name.ok_or(missing)?))
}

#[cfg(test)]
mod tests;
