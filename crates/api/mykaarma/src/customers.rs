//! Customers of a department (contract section 9): creates them, reads them, and searches them. Vehicles are not stored, so
//! no customer has any.

mod search;

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Request, State};
use heddle_domain::customer::{AddressKind, CustomerDetails};
use heddle_domain::id::{AccountId, CustomerId, InboxId};
use heddle_domain::opt_out::{OptOutAddress, OptOutState};
use heddle_domain::{EntityKind, InboxScope};
use heddle_store::read::account::{FindCustomers, GetPublicId, GetPublicIds};
use heddle_store::read::customer_details::DetailsOfCustomers;
use heddle_store::read::customers::{CustomerView, CustomersById};
use heddle_store::read::opt_outs::GetOptOuts;
use heddle_store::read::references::LookUp;
use heddle_store::write::Caller;
use heddle_store::write::customers::{CreateCustomer, RegisterCustomer};
use heddle_store::write::opt_out::SetOptOuts;
use heddle_store::{Error as StoreError, Refusal};

use crate::auth::{CustomerReader, CustomerWriter, Subscriber};
use crate::context::NAME;
use crate::error::Error;
use crate::lookup;
use crate::map;
use crate::request::{self, CustomerSearch, NewCustomer, Path, check_exclusion};
use crate::wire::{
    CreatedCustomer, CustomerItem, CustomerResponse, CustomerSearchResponse, CustomerWithVehicles,
};
use heddle_api::{App, Failure};
use heddle_http::query::Query;

/// How often a customer is created whose address belongs to somebody in one moment and to nobody in the next.
const MOST_TRIES: usize = 3;

/// `POST` and `PUT /customer/v2/department/{departmentUUID}/customer`
pub(crate) async fn create(
    State(app): State<App>,
    CustomerWriter(subscriber): CustomerWriter,
    path: Path,
    request: Request,
) -> Result<Json<CreatedCustomer>, Error> {
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let new = request::read(request, &NewCustomer::SHAPE, NewCustomer::read).await?;
    for dealer in &new.dealers {
        subscriber.dealer(dealer)?;
    }
    let requester = match new.requester.clone() {
        Some(user) => Some(lookup::user(&app, &subscriber, "requesterUserUUID", user).await?),
        None => None,
    };
    let creation = Creation {
        app: &app,
        caller: subscriber.acting(requester),
        inbox,
        new,
    };
    Ok(Json(CreatedCustomer {
        customer_uuid: creation.run().await?,
        errors: [],
        warnings: [],
    }))
}

/// `GET /customer/v2/department/{departmentUUID}/customer/{customerUUID}`
pub(crate) async fn show(
    State(app): State<App>,
    CustomerReader(subscriber): CustomerReader,
    path: Path,
    query: Query,
) -> Result<Json<CustomerResponse>, Error> {
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    check_exclusion(&query)?;
    let inboxes = InboxScope::only([inbox]);
    let customer = path.get("customerUUID");
    let id = lookup::customer(&app, &subscriber, inboxes.clone(), customer).await?;
    let read = CustomersById {
        account: subscriber.account(),
        inboxes,
        ids: vec![id],
    };
    let views = app.store.read(read).await?.into_values().collect();
    let shown = shown(&app, &subscriber, inbox, views).await?;
    let customer = shown.into_iter().next();
    Ok(Json(CustomerResponse {
        customer: customer.ok_or_else(Error::unknown_customer)?,
        errors: [],
        warnings: [],
    }))
}

/// `GET /customer/v2/department/{departmentUUID}/customer/list`
pub(crate) async fn list(
    State(app): State<App>,
    CustomerReader(subscriber): CustomerReader,
    path: Path,
    query: Query,
) -> Result<Json<CustomerSearchResponse>, Error> {
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let search = CustomerSearch::read(&query)?;
    let mut found = match search.for_vehicles {
        true => Vec::new(),
        false => search::find(&app, subscriber.account(), inbox, &search.term).await?,
    };
    let count = found.len();
    found.truncate(search.limit);
    Ok(Json(CustomerSearchResponse {
        count,
        customers: shown(&app, &subscriber, inbox, found).await?,
        errors: [],
        warnings: [],
    }))
}

/// Returns customers as the department sees them, without those that were merged or erased since they were found.
async fn shown(
    app: &App,
    subscriber: &Subscriber,
    inbox: InboxId,
    views: Vec<CustomerView>,
) -> Result<Vec<CustomerWithVehicles>, Error> {
    let account = subscriber.account();
    let ids: Vec<CustomerId> = views.iter().map(|view| view.customer.id).collect();
    let names = public_ids(app, account, &ids).await?;
    let read = FindCustomers {
        account,
        api: NAME,
        public_ids: names.clone(),
        inboxes: InboxScope::only([inbox]),
    };
    let current = app.store.read(read).await?;
    let details = DetailsOfCustomers { account, ids };
    let mut details = app.store.read(details).await?;
    let opted_out = opted_out(app, subscriber, inbox, &views).await?;
    let may_write = |kind: AddressKind, value: &str| {
        let address = map::opt_out_address(kind, value);
        address.is_none_or(|address| !opted_out.contains(&address))
    };
    let one = |((view, name), current): ((CustomerView, String), Option<CustomerId>)| {
        let id = current.filter(|id| *id == view.customer.id)?;
        let details = details.remove(&id).unwrap_or_default();
        let customer: CustomerItem = map::customer(view, name, details, may_write);
        Some(CustomerWithVehicles {
            customer,
            vehicles: [],
        })
    };
    let all = views.into_iter().zip(names).zip(current);
    Ok(all.filter_map(one).collect())
}

/// Returns the public ids of some customers.
async fn public_ids(
    app: &App,
    account: AccountId,
    ids: &[CustomerId],
) -> Result<Vec<String>, Error> {
    let read = GetPublicIds {
        account,
        kind: EntityKind::Customer,
        entities: ids.iter().map(|id| id.get()).collect(),
        api: NAME,
    };
    let found = app.store.read(read).await?.into_iter();
    Ok(found.map(Option::unwrap_or_default).collect())
}

/// Returns those addresses of some customers that the department must not write to.
async fn opted_out(
    app: &App,
    subscriber: &Subscriber,
    inbox: InboxId,
    views: &[CustomerView],
) -> Result<BTreeSet<OptOutAddress>, Error> {
    let all = views.iter().flat_map(|view| &view.addresses);
    let addresses: BTreeSet<OptOutAddress> = all
        .filter_map(|placed| map::opt_out_address(placed.address.kind, &placed.address.value))
        .collect();
    let addresses: Vec<OptOutAddress> = addresses.into_iter().collect();
    let read = GetOptOuts {
        account: subscriber.account(),
        inbox,
        addresses: addresses.clone(),
    };
    let found = app.store.read(read).await?.into_iter();
    let is_out = found.map(|found| found.is_some_and(|found| found.state == OptOutState::OptedOut));
    let pairs = addresses.into_iter().zip(is_out);
    Ok(pairs
        .filter_map(|(address, is_out)| is_out.then_some(address))
        .collect())
}

/// A customer that is being created in a department.
struct Creation<'a> {
    app: &'a App,
    caller: Caller,
    inbox: InboxId,
    new: NewCustomer,
}

impl Creation<'_> {
    /// Creates the customer and returns its public id. If the request searches for duplicates, and the department sees the
    /// owner of one of the e-mail addresses, returns the owner's public id, and records of the request only the opt-outs.
    async fn run(&self) -> Result<String, Error> {
        for _ in 0..MOST_TRIES {
            if self.new.searches
                && let Some(owner) = self.find_owner().await?
            {
                return self.take(owner).await;
            }
            match self.app.store.write(self.command()).await {
                Ok(made) => return Ok(made.public_id),
                Err(StoreError::Refused(Refusal::Conflict(_))) if self.new.searches => {}
                Err(StoreError::Refused(Refusal::Conflict(_))) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Err(taken())
    }

    /// Takes a known customer instead of a new one.
    async fn take(&self, owner: CustomerId) -> Result<String, Error> {
        let read = GetPublicId {
            account: self.caller.account,
            kind: EntityKind::Customer,
            entity: owner.get(),
            api: NAME,
        };
        let missing = || Failure::Internal("a customer without a public id".into());
        let public_id = self.app.store.read(read).await?.ok_or_else(missing)?;
        if let Some(opt_outs) = self.opt_outs() {
            self.app.store.write(opt_outs).await?;
        }
        Ok(public_id)
    }

    /// Returns the command that records which addresses must not be written to; `None` if there are none.
    fn opt_outs(&self) -> Option<SetOptOuts> {
        (!self.new.opted_out.is_empty()).then(|| SetOptOuts {
            caller: self.caller.clone(),
            inbox: self.inbox,
            addresses: self.new.opted_out.clone(),
            state: OptOutState::OptedOut,
        })
    }

    fn command(&self) -> RegisterCustomer {
        let new = &self.new;
        RegisterCustomer {
            customer: CreateCustomer {
                caller: self.caller.clone(),
                public_ids: Vec::new(),
                home: Some(self.inbox),
                email: None,
                profile: new.profile.clone(),
                addresses: new.addresses.clone(),
                postal_address: new.postal_address.clone(),
            },
            details: Some(new.details.clone())
                .filter(|details| *details != CustomerDetails::default()),
            preferences: Vec::new(),
            opt_outs: self.opt_outs(),
        }
    }

    /// Returns the first owner of one of the e-mail addresses whom the department sees; `None` if nobody owns any of them.
    /// Telephone numbers never identify a customer.
    ///
    /// # Errors
    /// Fails if there are owners, and the department sees none of them.
    async fn find_owner(&self) -> Result<Option<CustomerId>, Error> {
        let addresses = self.new.addresses.iter();
        let emails = addresses.filter(|address| address.kind == AddressKind::Email);
        let read = LookUp {
            account: self.caller.account,
            inboxes: InboxScope::All,
            conversation: None,
            customers: Vec::new(),
            emails: emails.map(|address| address.value.clone()).collect(),
            agents: Vec::new(),
        };
        let owners = self.app.store.read(read).await?.owners;
        let owners: Vec<CustomerId> = owners.into_iter().flatten().collect();
        if owners.is_empty() {
            return Ok(None);
        }
        let read = CustomersById {
            account: self.caller.account,
            inboxes: InboxScope::only([self.inbox]),
            ids: owners.clone(),
        };
        let visible = self.app.store.read(read).await?;
        let seen = owners.into_iter().find(|id| visible.contains_key(id));
        seen.map(Some).ok_or_else(taken)
    }
}

/// Returns the error for an e-mail address whose owner is not taken instead of a new customer.
fn taken() -> Error {
    Error::body("customer.emails has an address that belongs to another customer.")
}
