//! Looks up the entities that a request names, before anything is written. Used by APIs that report every unknown
//! reference of a refused request, or whose checks depend on whether a customer exists. The command repeats the checks.

use heddle_domain::InboxScope;
use heddle_domain::conversation::Conversation;
use heddle_domain::customer::normalise_email;
use heddle_domain::id::{AccountId, AgentId, ConversationId, CustomerId};
use heddle_domain::message::State;
use heddle_domain::person::Agent;

use super::conversations::get;
use crate::error::Result;
use crate::rows::{account as account_rows, customer as customer_rows};
use crate::stmt::keys;
use crate::tx::{Cost, Read, Rows};

/// The references of one request.
#[derive(Clone, Debug)]
pub struct LookUp {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The conversation to which the request adds something.
    pub conversation: Option<ConversationId>,
    /// The ids of customers to look up, whatever their home inbox is.
    pub customers: Vec<CustomerId>,
    /// The e-mail addresses of customers to look up.
    pub emails: Vec<String>,
    /// The agents to look up.
    pub agents: Vec<AgentId>,
}

/// The results, in the order of the request.
#[derive(Clone, Debug, Default)]
pub struct LookedUp {
    /// The conversation; `None` if it is unknown, merged, hidden or in an inbox that the caller may not use.
    pub conversation: Option<Conversation>,
    /// Whether each customer exists. Merged customers count as existing, erased ones do not.
    pub customers: Vec<bool>,
    /// The customer who owns each address, if any.
    pub owners: Vec<Option<CustomerId>>,
    /// Each agent, if it exists.
    pub agents: Vec<Option<Agent>>,
}

impl Read for LookUp {
    type Out = LookedUp;
    const NAME: &'static str = "look_up";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<LookedUp> {
        Ok(LookedUp {
            conversation: self.conversation(rows).await?,
            customers: self.customers(rows).await?,
            owners: self.owners(rows).await?,
            agents: self.agents(rows).await?,
        })
    }
}

impl LookUp {
    async fn conversation(&self, rows: &mut Rows<'_>) -> Result<Option<Conversation>> {
        let Some(id) = self.conversation else {
            return Ok(None);
        };
        let found = get(rows, self.account, id).await?;
        let is_open = |c: &Conversation| {
            self.inboxes.contains(c.inbox) && c.merged_into.is_none() && c.state != State::Hidden
        };
        Ok(found.filter(is_open))
    }

    /// Whether each customer exists. A merged customer counts as existing, because its row stays and leads to an
    /// existing customer.
    async fn customers(&self, rows: &mut Rows<'_>) -> Result<Vec<bool>> {
        let keys = keys(self.account, self.customers.iter().copied());
        let found = rows
            .fetch_many(&customer_rows::PEEK, &keys, customer_rows::pinned)
            .await?;
        let is_there = |rows: &Vec<customer_rows::Pinned>| rows.iter().any(|c| !c.erased);
        Ok(found.iter().map(is_there).collect())
    }

    async fn owners(&self, rows: &mut Rows<'_>) -> Result<Vec<Option<CustomerId>>> {
        // A text that is not an address has no owner, so it is looked up as an empty text.
        let address = |email: &String| normalise_email(email).unwrap_or_default();
        let emails: Vec<String> = self.emails.iter().map(address).collect();
        let keys = keys(self.account, &emails);
        let found = rows
            .fetch_many(&customer_rows::EMAIL_OWNER, &keys, |row| {
                row.int().map(CustomerId)
            })
            .await?;
        Ok(found.iter().map(|owners| owners.first().copied()).collect())
    }

    async fn agents(&self, rows: &mut Rows<'_>) -> Result<Vec<Option<Agent>>> {
        let keys = keys(self.account, self.agents.iter().copied());
        let found = rows
            .fetch_many(&account_rows::PRESENT_AGENT, &keys, account_rows::agent)
            .await?;
        Ok(found.into_iter().map(|mut agents| agents.pop()).collect())
    }
}
