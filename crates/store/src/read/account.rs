//! Reads accounts and their inboxes, agents, customers, credentials and public ids.

use heddle_domain::account::{Account, Inbox};
use heddle_domain::customer::Customer;
use heddle_domain::id::{AccountId, AgentId, ApplicationId, CredentialId, CustomerId, InboxId};
use heddle_domain::person::Agent;
use heddle_domain::{ApiName, EntityKind, InboxScope, Timestamp};

use super::principal::{InboxView, inboxes, public_id, public_ids};
use crate::error::Result;
use crate::read::customers::follow;
use crate::rows::account as rows;
use crate::rows::credential::{self as credential_rows, StoredCredential};
use crate::rows::customer::{self as customer_rows, Pinned};
use crate::stmt::{keys, params};
use crate::tx::{Cost, Read, Rows};

/// Reads one account.
#[derive(Clone, Debug)]
pub struct GetAccount(pub AccountId);

impl Read for GetAccount {
    type Out = Option<Account>;
    const NAME: &'static str = "get_account";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let (found, settings) = rows
            .fetch_pair(
                (&rows::GET, params![self.0], rows::account),
                (&rows::SETTINGS, params![self.0], rows::setting),
            )
            .await?;
        Ok(found.into_iter().next().map(|row| row.with(settings)))
    }
}

/// Reads a page of accounts in the order of their ids, starting after a given id.
#[derive(Clone, Debug)]
pub struct ListAccounts {
    /// The last id of the previous page; 0 for the first page.
    pub after: AccountId,
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for ListAccounts {
    type Out = Vec<Account>;
    const NAME: &'static str = "list_accounts";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let found = rows
            .fetch(&rows::LIST, params![self.after, self.limit], rows::account)
            .await?;
        let ids: Vec<_> = found.iter().map(|row| [row.id().into()]).collect();
        let settings = rows
            .fetch_many(&rows::SETTINGS, &ids, rows::setting)
            .await?;
        let both = found.into_iter().zip(settings);
        Ok(both.map(|(row, settings)| row.with(settings)).collect())
    }
}

/// Reads the ids of accounts after an id; for jobs that process all accounts.
#[derive(Clone, Debug)]
pub struct ListAccountIds {
    /// The last id of the previous page; 0 for the first page.
    pub after: AccountId,
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for ListAccountIds {
    type Out = Vec<AccountId>;
    const NAME: &'static str = "list_account_ids";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.after, self.limit];
        rows.fetch(&rows::LIST_IDS, params, |row| Ok(AccountId(row.int()?)))
            .await
    }
}

/// Reads all inboxes of an account, with their public ids in an API.
#[derive(Clone, Debug)]
pub struct ListInboxes {
    /// Account whose data is read.
    pub account: AccountId,
    /// API whose public ids are returned.
    pub api: ApiName,
}

impl Read for ListInboxes {
    type Out = Vec<InboxView>;
    const NAME: &'static str = "list_inboxes";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        inboxes(rows, self.account, self.api).await
    }
}

/// Reads one inbox.
#[derive(Clone, Debug)]
pub struct GetInbox {
    /// Account whose data is read.
    pub account: AccountId,
    /// Id of the inbox to read.
    pub id: InboxId,
}

impl Read for GetInbox {
    type Out = Option<Inbox>;
    const NAME: &'static str = "get_inbox";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.id];
        rows.fetch_one(&rows::GET_INBOX, params, rows::inbox).await
    }
}

/// Reads one inbox, with its public id in an API.
#[derive(Clone, Debug)]
pub struct GetInboxView {
    /// Account whose data is read.
    pub account: AccountId,
    /// API whose public id is used.
    pub api: ApiName,
    /// Id of the inbox to read.
    pub id: InboxId,
}

impl Read for GetInboxView {
    type Out = Option<InboxView>;
    const NAME: &'static str = "get_inbox_view";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.id];
        let found = rows.fetch_one(&rows::GET_INBOX, params, rows::inbox);
        let Some(inbox) = found.await? else {
            return Ok(None);
        };
        let (kind, id) = (EntityKind::Inbox, self.id.get());
        let public_id = public_id(rows, self.account, kind, id, self.api).await?;
        Ok(Some(InboxView {
            inbox,
            public_id: public_id.unwrap_or_default(),
        }))
    }
}

/// Reads one agent who was not removed.
#[derive(Clone, Debug)]
pub struct GetAgent {
    /// Account whose data is read.
    pub account: AccountId,
    /// Id of the agent to read.
    pub id: AgentId,
}

impl Read for GetAgent {
    type Out = Option<Agent>;
    const NAME: &'static str = "get_agent";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.id];
        rows.fetch_one(&rows::PRESENT_AGENT, params, rows::agent)
            .await
    }
}

/// Reads a page of agents who were not removed, in the order of their ids, starting after a given id.
#[derive(Clone, Debug)]
pub struct ListAgents {
    /// Account whose data is read.
    pub account: AccountId,
    /// The last id of the previous page; 0 for the first page.
    pub after: AgentId,
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for ListAgents {
    type Out = Vec<Agent>;
    const NAME: &'static str = "list_agents";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        rows.fetch(
            &rows::AGENTS,
            params![self.account, self.after, self.limit],
            rows::agent,
        )
        .await
    }
}

/// Reads one agent who was not removed, with its public id in an API.
#[derive(Clone, Debug)]
pub struct GetAgentView {
    /// Account whose data is read.
    pub account: AccountId,
    /// API whose public id is used.
    pub api: ApiName,
    /// Id of the agent to read.
    pub id: AgentId,
}

impl Read for GetAgentView {
    type Out = Option<(Agent, String)>;
    const NAME: &'static str = "get_agent_view";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.id];
        let found = rows
            .fetch(&rows::PRESENT_AGENT, params, rows::agent)
            .await?;
        Ok(with_public_ids(rows, self.account, self.api, found)
            .await?
            .pop())
    }
}

/// Reads a page of agents who were not removed, in the order of their ids, starting after a given id, with their public ids in an API.
#[derive(Clone, Debug)]
pub struct ListAgentViews {
    /// Account whose data is read.
    pub account: AccountId,
    /// API whose public ids are returned.
    pub api: ApiName,
    /// The last id of the previous page; 0 for the first page.
    pub after: AgentId,
    /// The maximum number of rows to return.
    pub limit: usize,
}

impl Read for ListAgentViews {
    type Out = Vec<(Agent, String)>;
    const NAME: &'static str = "list_agent_views";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.after, self.limit as i64];
        let found = rows.fetch(&rows::AGENTS, params, rows::agent).await?;
        with_public_ids(rows, self.account, self.api, found).await
    }
}

/// Adds public ids in an API to agents; keeps their order.
pub(super) async fn with_public_ids(
    rows: &mut Rows<'_>,
    account: AccountId,
    api: ApiName,
    agents: Vec<Agent>,
) -> Result<Vec<(Agent, String)>> {
    let ids: Vec<_> = agents.iter().map(|agent| agent.id.get()).collect();
    let ids = public_ids(rows, account, EntityKind::Agent, &ids, api).await?;
    let ids = ids.into_iter().map(Option::unwrap_or_default);
    Ok(agents.into_iter().zip(ids).collect())
}

/// Reads one customer. For the id of a merged customer, reads the survivor: the customer that remains after the merge.
#[derive(Clone, Debug)]
pub struct GetCustomer {
    /// Account whose data is read.
    pub account: AccountId,
    /// Id of the customer to read.
    pub id: CustomerId,
}

impl Read for GetCustomer {
    type Out = Option<Customer>;
    const NAME: &'static str = "get_customer";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let Some(id) = survivor(rows, self.account, self.id).await? else {
            return Ok(None);
        };
        let params = params![self.account, id];
        rows.fetch_one(&customer_rows::GET, params, customer_rows::customer)
            .await
    }
}

/// Returns the customer of an id, after following merges to the survivor (the customer that remains); `None` if the id
/// is unknown or the customer is erased.
pub(crate) async fn survivor(
    rows: &mut Rows<'_>,
    account: AccountId,
    id: CustomerId,
) -> Result<Option<CustomerId>> {
    let found = follow(rows, &customer_rows::PEEK, account, id).await?;
    Ok(found.filter(|c| !c.erased).map(|c| c.id))
}

/// Reads a page of customers in the order of their ids, starting after a given id, without merged and erased ones.
#[derive(Clone, Debug)]
pub struct ListCustomers {
    /// Account whose data is read.
    pub account: AccountId,
    /// The last id of the previous page; 0 for the first page.
    pub after: CustomerId,
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for ListCustomers {
    type Out = Vec<Customer>;
    const NAME: &'static str = "list_customers";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        rows.fetch(
            &customer_rows::LIST,
            params![self.account, self.after, self.limit],
            customer_rows::customer,
        )
        .await
    }
}

/// Reads a customer's addresses in order, as (kind, value); for a merged customer, its survivor's addresses.
#[derive(Clone, Debug)]
pub struct ListAddresses {
    /// Account whose data is read.
    pub account: AccountId,
    /// Id of the customer.
    pub customer: CustomerId,
}

impl Read for ListAddresses {
    type Out = Vec<(String, String)>;
    const NAME: &'static str = "list_addresses";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let Some(customer) = survivor(rows, self.account, self.customer).await? else {
            return Ok(Vec::new());
        };
        let params = params![self.account, customer];
        rows.fetch(&customer_rows::ADDRESSES, params, |row| {
            Ok((row.text()?, row.text()?))
        })
        .await
    }
}

/// Reads a page of credentials in the order of their ids, starting after a given id.
#[derive(Clone, Debug)]
pub struct ListCredentials {
    /// Account whose data is read.
    pub account: AccountId,
    /// The last id of the previous page; 0 for the first page.
    pub after: i64,
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for ListCredentials {
    type Out = Vec<StoredCredential>;
    const NAME: &'static str = "list_credentials";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.after, self.limit];
        rows.fetch(&credential_rows::LIST, params, credential_rows::credential)
            .await
    }
}

/// Reads one credential, even if it is revoked.
#[derive(Clone, Debug)]
pub struct GetCredential {
    /// Account whose data is read.
    pub account: AccountId,
    /// Id of the credential to read.
    pub id: CredentialId,
}

impl Read for GetCredential {
    type Out = Option<StoredCredential>;
    const NAME: &'static str = "get_credential";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.id];
        rows.fetch_one(&credential_rows::GET, params, credential_rows::credential)
            .await
    }
}

/// A Mews client application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Id of the application within the account.
    pub id: ApplicationId,
    /// Name for people.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Reads Mews applications after an id, by id.
#[derive(Clone, Debug)]
pub struct ListApplications {
    /// Account whose data is read.
    pub account: AccountId,
    /// The last id of the previous page; 0 for the first page.
    pub after: ApplicationId,
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for ListApplications {
    type Out = Vec<Application>;
    const NAME: &'static str = "list_applications";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.after, self.limit];
        rows.fetch(&credential_rows::APPLICATIONS, params, |row| {
            Ok(Application {
                id: ApplicationId(row.int()?),
                name: row.text()?,
                created_at: row.time()?,
            })
        })
        .await
    }
}

/// Reads the public id of one entity in an API: the API's own if there is one, else the default.
#[derive(Clone, Debug)]
pub struct GetPublicId {
    /// Account whose data is read.
    pub account: AccountId,
    /// The kind of entity.
    pub kind: EntityKind,
    /// The entity's id.
    pub entity: i64,
    /// API whose public id is used.
    pub api: ApiName,
}

impl Read for GetPublicId {
    type Out = Option<String>;
    const NAME: &'static str = "get_public_id";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        public_id(rows, self.account, self.kind, self.entity, self.api).await
    }
}

/// Reads the public ids of some entities in an API: the API's own if there is one, else the default.
#[derive(Clone, Debug)]
pub struct GetPublicIds {
    /// Account whose data is read.
    pub account: AccountId,
    /// Kind of the entities.
    pub kind: EntityKind,
    /// Ids of the entities.
    pub entities: Vec<i64>,
    /// API whose public ids are returned.
    pub api: ApiName,
}

impl Read for GetPublicIds {
    /// In the order of the entities.
    type Out = Vec<Option<String>>;
    const NAME: &'static str = "get_public_ids";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::page(self.account, self.entities.len())
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        public_ids(rows, self.account, self.kind, &self.entities, self.api).await
    }
}

/// Finds the entity with a public id in an API.
#[derive(Clone, Debug)]
pub struct FindByPublicId {
    /// Account whose data is read.
    pub account: AccountId,
    /// The kind of entity.
    pub kind: EntityKind,
    /// The public id, as the client sent it.
    pub public_id: String,
    /// API whose public id is used.
    pub api: ApiName,
}

impl Read for FindByPublicId {
    type Out = Option<i64>;
    const NAME: &'static str = "find_by_public_id";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        by_public_id(rows, self.account, self.kind, &self.public_id, self.api).await
    }
}

/// Returns the entity of a public id; the API's own public ids take precedence over the defaults.
pub(crate) async fn by_public_id(
    rows: &mut Rows<'_>,
    account: AccountId,
    kind: EntityKind,
    text: &str,
    api: ApiName,
) -> Result<Option<i64>> {
    let params = params![account, kind.as_str(), text, api.as_str()];
    rows.fetch_one(&rows::BY_PUBLIC_ID, params, |row| row.int())
        .await
}

/// Finds the entities with some public ids in an API, in the order of the request.
#[derive(Clone, Debug)]
pub struct FindByPublicIds {
    /// Account whose data is read.
    pub account: AccountId,
    /// API whose public ids are returned.
    pub api: ApiName,
    /// The kinds of entity and the public ids, as the client sent them.
    pub wanted: Vec<(EntityKind, String)>,
}

impl Read for FindByPublicIds {
    type Out = Vec<Option<i64>>;
    const NAME: &'static str = "find_by_public_ids";

    fn cost(&self) -> Cost {
        Cost::page(self.account, self.wanted.len())
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let wanted = self.wanted.iter();
        let wanted: Vec<_> = wanted.map(|(kind, text)| (*kind, text.as_str())).collect();
        by_public_ids(rows, self.account, self.api, &wanted).await
    }
}

pub(crate) async fn by_public_ids(
    rows: &mut Rows<'_>,
    account: AccountId,
    api: ApiName,
    wanted: &[(EntityKind, &str)],
) -> Result<Vec<Option<i64>>> {
    let api = api.as_str().into();
    let params: Vec<_> = wanted
        .iter()
        .map(|(kind, text)| [account.into(), kind.as_str().into(), (*text).into(), api])
        .collect();
    let found = rows
        .fetch_many(&rows::BY_PUBLIC_ID, &params, |row| row.int())
        .await?;
    Ok(found.into_iter().map(|ids| ids.first().copied()).collect())
}

/// Finds the customers with some public ids in an API, in the order of the request; for merged customers, their
/// survivors. A customer whose home is another inbox is not found.
#[derive(Clone, Debug)]
pub struct FindCustomers {
    /// Account whose data is read.
    pub account: AccountId,
    /// API whose public ids are returned.
    pub api: ApiName,
    /// The public ids, as the client sent them.
    pub public_ids: Vec<String>,
    /// Home inboxes that the customers may have (a home inbox is the only inbox that shows the customer).
    pub inboxes: InboxScope,
}

impl Read for FindCustomers {
    type Out = Vec<Option<CustomerId>>;
    const NAME: &'static str = "find_customers";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::page(self.account, self.public_ids.len())
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let texts = self.public_ids.iter().map(String::as_str);
        let wanted: Vec<_> = texts.map(|text| (EntityKind::Customer, text)).collect();
        let ids = by_public_ids(rows, self.account, self.api, &wanted).await?;
        let keys = keys(self.account, ids.into_iter().map(Option::unwrap_or_default));
        let pinned = rows
            .fetch_many(&customer_rows::PEEK, &keys, customer_rows::pinned)
            .await?;
        let mut found = Vec::with_capacity(pinned.len());
        for mut customer in pinned {
            found.push(match customer.pop() {
                Some(customer) => self.reachable(rows, customer).await?,
                None => None,
            });
        }
        Ok(found)
    }
}

impl FindCustomers {
    async fn reachable(&self, rows: &mut Rows<'_>, customer: Pinned) -> Result<Option<CustomerId>> {
        let found = match customer.merged_into {
            None => Some(customer),
            Some(id) => follow(rows, &customer_rows::PEEK, self.account, id).await?,
        };
        let Some(customer) = found.filter(|c| !c.erased) else {
            return Ok(None);
        };
        Ok(self
            .inboxes
            .reaches_home(customer.home)
            .then_some(customer.id))
    }
}
