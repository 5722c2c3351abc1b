//! Reads customers with their addresses and public id, for the native API.

use std::collections::HashMap;

use heddle_domain::customer::{AddressKind, Customer, PlacedAddress, normalise_email};
use heddle_domain::id::{AccountId, CustomerId, InboxId};
use heddle_domain::{ApiName, EntityKind, InboxScope};

use super::customer_details::details_of;
use super::position::Position;
use super::principal::{public_id, public_ids};
use crate::error::{Entity, Refusal, Result, Trouble};
use crate::rows::conversation as conversation_rows;
use crate::rows::customer::{self as rows, Pinned, pinned};
use crate::stmt::{Stmt, Value, keys, params};
use crate::tx::{Cost, Read, Rows};

/// The API name of the default public ids.
const SHARED: ApiName = ApiName::named("");
/// The maximum number of customers that one page of a list examines. If a filter excludes most of them, the page has
/// fewer.
const LOOKED_AT: i64 = 1_000;

/// Asks `BY_CREATION` for prospects and for others.
const ANY_STANDING: i64 = 2;

/// A customer with its public id and addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerView {
    /// The customer's row.
    pub customer: Customer,
    /// The default public id.
    pub public_id: String,
    /// Addresses of the customer, in order.
    pub addresses: Vec<PlacedAddress>,
}

/// Reads one customer.
#[derive(Clone, Debug)]
pub struct FindCustomer {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inboxes that the caller may use. A customer whose home is another inbox is not found.
    pub inboxes: InboxScope,
    /// Id of the customer to read.
    pub id: CustomerId,
}

impl Read for FindCustomer {
    type Out = Box<CustomerView>;
    const NAME: &'static str = "find_customer";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let (account, missing) = (self.account, Refusal::NotFound(Entity::Customer(0)));
        let key = params![account, self.id];
        let pinned = rows.fetch_one(&rows::PEEK, key, rows::pinned).await?;
        let pinned = pinned.filter(|pinned| self.inboxes.reaches_home(pinned.home));
        let pinned = pinned.ok_or_else(|| missing.clone())?;
        must_be_current(rows, account, &self.inboxes, &pinned).await?;
        let customer = rows.fetch_one(&rows::GET, key, rows::customer).await?;
        let customer = customer.ok_or(missing)?;
        Ok(Box::new(view(rows, account, customer).await?))
    }
}

/// Checks that a customer was neither erased nor merged.
///
/// # Errors
/// Returns [`Refusal::ErasedCustomer`]; or, for a merged customer, [`Refusal::MergedCustomer`] if the caller may see
/// the survivor (the customer that remains after the merge), else [`Refusal::NotFound`].
pub(crate) async fn must_be_current(
    rows: &mut Rows<'_>,
    account: AccountId,
    inboxes: &InboxScope,
    pinned: &Pinned,
) -> Result<()> {
    let refusal = match pinned.merged_into {
        _ if pinned.erased => Refusal::ErasedCustomer,
        None => return Ok(()),
        Some(survivor) => match follow(rows, &rows::PEEK, account, survivor).await? {
            Some(survivor) if !inboxes.reaches_home(survivor.home) => {
                Refusal::NotFound(Entity::Customer(0))
            }
            Some(survivor) if !survivor.erased => Refusal::MergedCustomer(survivor.id),
            _ => Refusal::ErasedCustomer,
        },
    };
    Err(refusal.into())
}

/// The maximum number of merges that are followed from one customer to the next. A merge redirects all earlier merged
/// customers to the new survivor (the customer that remains), so usually one step is enough.
const MOST_STEPS: usize = 64;

/// Follows merges from an id to the last row and locks it as `stmt` does. Returns erased customers too; `None` if the
/// id is unknown.
pub(crate) async fn follow(
    tx: &mut Rows<'_>,
    stmt: &'static Stmt,
    account: AccountId,
    id: CustomerId,
) -> Result<Option<Pinned>> {
    let mut id = id;
    for _ in 0..MOST_STEPS {
        let found = tx.fetch_one(stmt, params![account, id], pinned).await?;
        match found.and_then(|customer| customer.merged_into) {
            Some(survivor) => id = survivor,
            None => return Ok(found),
        }
    }
    Err(Trouble::Internal("a customer's merges form a ring".into()).into())
}

/// Reads a customer's public id and addresses.
pub(crate) async fn view(
    rows: &mut Rows<'_>,
    account: AccountId,
    customer: Customer,
) -> Result<CustomerView> {
    let id = customer.id;
    let key = params![account, id];
    let addresses = rows.fetch(&rows::PLACED, key, rows::placed).await?;
    let public_id = shared_id(rows, account, id).await?;
    Ok(CustomerView {
        customer,
        public_id,
        addresses,
    })
}

/// Returns the default public id of a customer.
pub(crate) async fn shared_id(
    rows: &mut Rows<'_>,
    account: AccountId,
    id: CustomerId,
) -> Result<String> {
    let found = public_id(rows, account, EntityKind::Customer, id.get(), SHARED).await?;
    Ok(found.unwrap_or_default())
}

/// Reads several customers with public ids and addresses, in the given order.
pub(crate) async fn views(
    rows: &mut Rows<'_>,
    account: AccountId,
    customers: Vec<Customer>,
) -> Result<Vec<CustomerView>> {
    let ids: Vec<_> = customers.iter().map(|customer| customer.id.get()).collect();
    let keys = keys(account, ids.iter().copied());
    let addresses = rows.fetch_many(&rows::PLACED, &keys, rows::placed).await?;
    let names = public_ids(rows, account, EntityKind::Customer, &ids, SHARED).await?;
    let parts = customers.into_iter().zip(addresses).zip(names);
    Ok(parts
        .map(|((customer, addresses), name)| CustomerView {
            customer,
            addresses,
            public_id: name.unwrap_or_default(),
        })
        .collect())
}

/// Reads customers by id, without those that the caller may not see. A merged customer is returned under the
/// requested id.
#[derive(Clone, Debug)]
pub struct CustomersById {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The customers; at most 1,000.
    pub ids: Vec<CustomerId>,
}

impl Read for CustomersById {
    type Out = HashMap<CustomerId, CustomerView>;
    const NAME: &'static str = "customers_by_id";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::page(self.account, self.ids.len())
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let ids: Vec<i64> = self.ids.iter().map(|id| id.get()).collect();
        let params = params![self.account, ids.as_slice()];
        let mut found = rows.fetch(&rows::GET_MANY, params, rows::customer).await?;
        found.retain(|c| self.inboxes.reaches_home(c.home));
        let found = views(rows, self.account, found).await?;
        Ok(found
            .into_iter()
            .map(|view| (view.customer.id, view))
            .collect())
    }
}

/// Counts the conversations of some customers, up to [`MOST_COUNTED`] for each.
#[derive(Clone, Debug)]
pub struct CountConversations {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; conversations in other inboxes are not counted.
    pub inboxes: InboxScope,
    /// The customers.
    pub customers: Vec<CustomerId>,
}

/// The maximum number of conversations of a customer that are counted.
pub const MOST_COUNTED: i64 = 1_000;

impl Read for CountConversations {
    /// The numbers, in the order of the customers.
    type Out = Vec<i64>;
    const NAME: &'static str = "count_conversations";

    fn cost(&self) -> Cost {
        Cost::page(self.account, self.customers.len())
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Vec<i64>> {
        let params = |id: &CustomerId| {
            let (account, most) = (self.account, MOST_COUNTED);
            [account.into(), (*id).into(), most.into()]
        };
        let params: Vec<[Value<'_>; 3]> = self.customers.iter().map(params).collect();
        let stmt = &conversation_rows::SHOWN_OF_CUSTOMER;
        let found = rows.fetch_many(stmt, &params, |row| row.int().map(InboxId));
        let count = |inboxes: Vec<InboxId>| {
            let reached = inboxes
                .iter()
                .filter(|inbox| self.inboxes.contains(**inbox));
            reached.count() as i64
        };
        Ok(found.await?.into_iter().map(count).collect())
    }
}

/// Lists customers in the order of their creation, without merged and erased ones.
#[derive(Clone, Debug)]
pub struct SearchCustomers {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// Restricts the list to the customer who owns this e-mail address.
    pub email: Option<String>,
    /// Restricts the list to customers with exactly this text as a telephone number.
    pub phone: Option<String>,
    /// Restricts the list to customers with this home inbox.
    pub home: Option<InboxId>,
    /// Restricts the list to prospects, or to customers who are none.
    pub prospects: Option<bool>,
    /// The page begins after this position; `None` starts at the beginning.
    pub after: Option<Position>,
    /// The maximum number of rows to return.
    pub limit: i64,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerPage {
    /// The customers. A page with fewer than `limit` is not always the last.
    pub customers: Vec<CustomerView>,
    /// The position where the next page begins; `None` if this page is the last.
    pub next: Option<Position>,
}

impl Read for SearchCustomers {
    type Out = CustomerPage;
    const NAME: &'static str = "search_customers";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<CustomerPage> {
        let (mut found, next) = match (&self.email, &self.phone) {
            (Some(email), _) => self.by_email(rows, email).await?,
            (None, Some(phone)) => self.by_phone(rows, phone).await?,
            (None, None) => self.by_creation(rows).await?,
        };
        if let Some(prospects) = self.prospects {
            let ids: Vec<_> = found.iter().map(|customer| customer.id).collect();
            let details = details_of(rows, self.account, &ids).await?;
            let is_prospect = |id: &CustomerId| details.get(id).is_some_and(|found| found.prospect);
            found.retain(|customer| is_prospect(&customer.id) == prospects);
        }
        Ok(CustomerPage {
            customers: views(rows, self.account, found).await?,
            next,
        })
    }
}

type Found = (Vec<Customer>, Option<Position>);

const fn position(customer: &Customer) -> Position {
    Position {
        at: customer.created_at,
        id: customer.id.get(),
    }
}

impl SearchCustomers {
    fn start(&self) -> Position {
        self.after.unwrap_or(Position::OLDEST)
    }

    fn matches(&self, customer: &Customer) -> bool {
        let home = customer.home;
        self.inboxes.reaches_home(home)
            && (self.home.is_none() || self.home == home)
            && position(customer) > self.start()
    }

    /// Finds the owner of an e-mail address; there is at most one.
    async fn by_email(&self, rows: &mut Rows<'_>, email: &str) -> Result<Found> {
        let email = normalise_email(email).unwrap_or_default();
        let account = self.account;
        let owner = rows
            .fetch(&rows::EMAIL_OWNER, params![account, &email], |row| {
                row.int()
            })
            .await?;
        let mut found = rows
            .fetch(
                &rows::GET_MANY,
                params![account, owner.as_slice()],
                rows::customer,
            )
            .await?;
        found.retain(|customer| self.matches(customer));
        if let Some(phone) = &self.phone {
            let mut having = Vec::new();
            for customer in found {
                let key = params![account, customer.id];
                let addresses = rows.fetch(&rows::PLACED, key, rows::placed).await?;
                let has = addresses.iter().any(|placed| {
                    placed.address.kind == AddressKind::Phone && placed.address.value == *phone
                });
                having.extend(has.then_some(customer));
            }
            found = having;
        }
        Ok((found, None))
    }

    async fn by_phone(&self, rows: &mut Rows<'_>, phone: &str) -> Result<Found> {
        let kind = AddressKind::Phone.as_str();
        let Position { at, id } = self.start();
        let params = params![self.account, kind, phone.trim(), at, id, LOOKED_AT];
        let mut found = rows
            .fetch(&rows::BY_ADDRESS, params, rows::customer)
            .await?;
        let is_full = found.len() as i64 >= LOOKED_AT;
        let reached = found.last().map(position).filter(|_| is_full);
        found.retain(|customer| self.matches(customer));
        Ok(self.cut(found, reached))
    }

    /// Examines a limited number of customers, in the order of their creation.
    async fn by_creation(&self, rows: &mut Rows<'_>) -> Result<Found> {
        let Position { at, id } = self.start();
        let params = params![self.account, at, id, LOOKED_AT];
        let reached = rows
            .fetch_one(&rows::REACHED, params, |row| {
                let (at, id) = (row.time()?, row.int()?);
                Ok(Position { at, id })
            })
            .await?;
        let Some(reached) = reached else {
            return Ok((Vec::new(), None));
        };
        let homes: Vec<i64> = match self.home {
            Some(home) if self.inboxes.contains(home) => vec![home.get()],
            Some(_) => Vec::new(),
            None => self.inboxes.limit().map(InboxId::get).collect(),
        };
        let params = params![
            self.account,
            at,
            id,
            reached.at,
            reached.id,
            homes.as_slice(),
            self.home.is_none() && self.inboxes.reaches_home(None),
            self.home.is_none() && self.inboxes == InboxScope::All,
            self.limit + 1,
            self.prospects.map_or(ANY_STANDING, i64::from),
        ];
        let found = rows
            .fetch(&rows::BY_CREATION, params, rows::customer)
            .await?;
        let params = params![self.account, reached.at, reached.id, 1_i64];
        let more = rows.fetch(&rows::REACHED, params, |row| row.time()).await?;
        let reached = (!more.is_empty()).then_some(reached);
        Ok(self.cut(found, reached))
    }

    /// Cuts the page out of the found customers. The next page begins after the last one, or after all examined ones.
    fn cut(&self, mut found: Vec<Customer>, reached: Option<Position>) -> Found {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if found.len() <= limit {
            return (found, reached);
        }
        found.truncate(limit);
        let next = found.last().map(position);
        (found, next)
    }
}
