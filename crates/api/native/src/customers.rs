//! Customers: the people and firms in contact. Merging and erasing are in `end`, addresses in `addresses`, many at once
//! in `bulk`, the bodies in `wire`.
//!
//! A token that is limited to some inboxes sees the customers at home there or nowhere. A merged customer's path leads to
//! the survivor (301), and takes no writes (409); an erased one's is gone (410).

mod addresses;
mod bulk;
mod end;
mod included;
mod wire;

use axum::extract::State;
use heddle_domain::Timestamp;
use heddle_domain::id::{CustomerId, InboxId};
use heddle_store::read::customers::{CustomerView, FindCustomer, FoundCustomer, SearchCustomers};
use heddle_store::read::references::LookUp;
use heddle_store::write::customers::{CreateCustomer, UpdateCustomer};
use heddle_store::{Entity, Error as StoreError, Write};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::included::{CustomerInclude, CustomerIncluded, Wish};
use self::wire::Given;
pub(crate) use self::wire::{Customer, CustomerChange, NewCustomer};
use crate::answer::Answer;
use crate::auth::{CustomersReader, CustomersWriter, Holder};
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::etag::Seen;
use crate::input::Change;
use crate::once::Once;
use crate::page::Listing;
use crate::path::Id;
use crate::query::Asked;
use heddle_api::App;

/// The body's field behind an unknown inbox.
const INBOX: (Entity, &str) = (Entity::Inbox, "home_inbox_id");

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(show, change, end::erase))
        .routes(routes!(bulk::bulk))
        .routes(routes!(end::merge))
        .routes(routes!(end::jobs))
        .merge(addresses::routes())
}

fn path_of(id: CustomerId) -> String {
    format!("/api/v1/customers/{id}")
}

/// What a list of customers can be narrowed by.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only who has this e-mail address, whatever its case.
    #[param(format = "email", max_length = 254, nullable = false)]
    email: Option<String>,
    /// Only those with this telephone number among their addresses, written in the same way.
    #[param(min_length = 1, max_length = 500, nullable = false)]
    phone: Option<String>,
    /// Only those at home in this inbox.
    #[param(minimum = 1, nullable = false)]
    home_inbox_id: Option<i64>,
    /// Related objects to answer with: the home inbox; the latest conversations.
    #[param(inline, nullable = false, style = Form, explode = false, max_items = 10)]
    include: Option<Vec<CustomerInclude>>,
}

/// One page of customers.
#[derive(Debug, Serialize, ToSchema)]
struct CustomerList {
    /// The customers by creation. A page before the last may hold fewer than were asked for, where a filter leaves most
    /// of them out.
    data: Vec<Customer>,
    /// The cursor of the next page; null on the last.
    #[schema(required)]
    next_cursor: Option<String>,
    /// What `include` asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    included: Option<CustomerIncluded>,
}

/// List customers, by creation. Merged and erased ones are left out.
#[utoipa::path(get, path = "/api/v1/customers", tag = "customers", operation_id = "list_customers",
    params(Filter, super::page::Paging), security(("token" = ["customers.read"])),
    responses((status = 200, body = CustomerList, description = "A page of customers")))]
async fn list(
    CustomersReader(holder): CustomersReader,
    State(app): State<App>,
    listing: Listing<Filter>,
) -> Result<axum::Json<CustomerList>, Error> {
    let filter = &listing.filter;
    let (at, id) = listing.after::<(i64, i64)>()?.unwrap_or((i64::MIN, 0));
    let search = SearchCustomers {
        account: holder.account(),
        inboxes: holder.inboxes().to_vec(),
        email: filter.email.clone(),
        phone: filter.phone.clone(),
        home: filter.home_inbox_id.map(InboxId),
        after: (Timestamp(at), CustomerId(id)),
        limit: i64::try_from(listing.limit()).unwrap_or(i64::MAX),
    };
    let page = app.store.read(search).await?;
    let cursor = |(at, id): (Timestamp, CustomerId)| listing.cursor_at(&(at.0, id.get()));
    let wish = Wish::of(filter.include.clone());
    Ok(axum::Json(CustomerList {
        included: wish.gather(&app, &holder, &page.customers).await?,
        data: page.customers.iter().map(Customer::of).collect(),
        next_cursor: page.next.map(cursor),
    }))
}

/// Get a customer. With `include`, `If-None-Match` is passed over.
#[utoipa::path(get, path = "/api/v1/customers/{id}", tag = "customers", operation_id = "get_customer", params(Id, Wish),
    security(("token" = ["customers.read"])),
    responses((status = 200, body = Customer, description = "The customer", headers(("ETag" = String, description = "Its version"))),
        (status = 301, body = super::wire::Problem, description = "It was merged: `Location` names the survivor", headers(("Location" = String))),
        (status = 410, body = super::wire::Problem, description = "It was erased")))]
async fn show(
    CustomersReader(holder): CustomersReader,
    State(app): State<App>,
    Id(id): Id,
    Asked(wish): Asked<Wish>,
    seen: Seen,
) -> Result<Answer, Error> {
    let view = get(&app, &holder, id, "").await?;
    let version = view.customer.version;
    let included = wish
        .gather(&app, &holder, std::slice::from_ref(&view))
        .await?;
    if included.is_none() {
        return Ok(seen.answer(version, &Customer::of(&view)));
    }
    // What is included has versions of its own: the tag cannot tell whether the client has it all.
    Ok(Answer::ok(&Customer::of(&view).with(included)).version(version))
}

/// The customer of a path that goes on with `rest`.
async fn get(app: &App, holder: &Holder, id: i64, rest: &str) -> Result<CustomerView, Error> {
    match find(app, holder, id).await? {
        FoundCustomer::Here(view) => Ok(*view),
        FoundCustomer::Merged(survivor) => Err(Error::Moved(path_of(survivor) + rest)),
        FoundCustomer::Erased => Err(Error::Erased),
    }
}

async fn find(app: &App, holder: &Holder, id: i64) -> Result<FoundCustomer, Error> {
    let find = FindCustomer {
        account: holder.account(),
        inboxes: holder.inboxes().to_vec(),
        id: CustomerId(id),
    };
    Ok(app.store.read(find).await?)
}

/// Make a customer. Its e-mail addresses must be nobody's.
#[utoipa::path(post, path = "/api/v1/customers", tag = "customers", operation_id = "create_customer",
    request_body = NewCustomer, security(("token" = ["customers.write"])),
    responses((status = 201, body = Customer, description = "The customer", headers(("ETag" = String), ("Location" = String))),
        (status = 409, body = super::wire::Problem, description = "An e-mail address is another customer's: `errors` names it")))]
async fn create(
    CustomersWriter(holder): CustomersWriter,
    State(app): State<App>,
    Change { input, once }: Change<NewCustomer>,
) -> Result<Answer, Error> {
    let given = input.read()?;
    let command = creation(&holder, given.clone())?;
    let answer = |view: &CustomerView| {
        let (id, version) = (view.customer.id, view.customer.version);
        Answer::created(path_of(id), &Customer::of(view)).version(version)
    };
    carry_out(&app, &holder, &once, (command, &given), answer).await
}

fn creation(holder: &Holder, given: Given) -> Result<CreateCustomer, Error> {
    let home = given.home.flatten();
    if home.is_some_and(|home| !holder.reaches(home)) {
        return Err(Error::unknown(INBOX.1));
    }
    let (profile, addresses) = given.into_new();
    Ok(CreateCustomer {
        caller: holder.caller(),
        public_ids: Vec::new(),
        home,
        email: None,
        profile,
        addresses,
    })
}

/// Change a customer.
#[utoipa::path(patch, path = "/api/v1/customers/{id}", tag = "customers", operation_id = "update_customer", params(Id),
    request_body = CustomerChange, security(("token" = ["customers.write"])),
    responses((status = 200, body = Customer, description = "The customer", headers(("ETag" = String))),
        (status = 409, body = super::wire::Problem, description = "It was merged, or an e-mail address is another customer's: `errors` names it"),
        (status = 410, body = super::wire::Problem, description = "It was erased")))]
async fn change(
    CustomersWriter(holder): CustomersWriter,
    State(app): State<App>,
    Id(id): Id,
    Change { input, once }: Change<CustomerChange>,
) -> Result<Answer, Error> {
    let given = input.read()?;
    let command = update(&holder, CustomerId(id), once.expected, given.clone());
    let answer =
        |view: &CustomerView| Answer::ok(&Customer::of(view)).version(view.customer.version);
    carry_out(&app, &holder, &once, (command, &given), answer).await
}

fn update(holder: &Holder, id: CustomerId, expected: Option<i64>, given: Given) -> UpdateCustomer {
    UpdateCustomer {
        caller: holder.caller(),
        inboxes: holder.inboxes().to_vec(),
        id,
        expected,
        change: given.into_change(),
    }
}

/// Carries a command out; one that is refused for an e-mail address of another names the field that holds it.
async fn carry_out<W: Write>(
    app: &App,
    holder: &Holder,
    once: &Once,
    (command, given): (W, &Given),
    answer: impl Fn(&W::Out) -> Answer + Send + Sync + 'static,
) -> Result<Answer, Error> {
    match app.store.write(once.command(command, answer)).await {
        Ok(outcome) => once.settle(outcome),
        Err(StoreError::Conflict(_)) => Err(Error::Taken(taken(app, holder, given).await?)),
        Err(error) => Err(Error::of_command(error, &[INBOX])),
    }
}

/// The given e-mail addresses that somebody owns.
async fn taken(app: &App, holder: &Holder, given: &Given) -> Result<Vec<FieldError>, Error> {
    let emails = given.emails();
    let look_up = LookUp {
        account: holder.account(),
        inboxes: Vec::new(),
        conversation: None,
        customers: Vec::new(),
        emails: emails.iter().map(|(_, email)| email.clone()).collect(),
        agents: Vec::new(),
    };
    let owners = app.store.read(look_up).await?.owners;
    let owned = emails.into_iter().zip(owners);
    let owned = owned.filter(|(_, owner)| owner.is_some());
    let fault = |field: String| FieldError::new(&field, "taken", "belongs to another customer");
    Ok(owned.map(|((field, _), _)| fault(field)).collect())
}
