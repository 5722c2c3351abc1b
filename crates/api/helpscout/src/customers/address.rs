//! The postal address of a customer, of which there is at most one (contract section 9.4).

use axum::extract::{Request, State};
use axum::response::Response;
use heddle_domain::Scope;
use heddle_domain::customer::PostalAddress;
use heddle_domain::id::CustomerId;
use heddle_store::read::customers::CustomerView;
use heddle_store::write::customers::{CustomerChange, PostalChange};

use super::body::{ADDRESS, read_address};
use super::reach;
use crate::auth::Caller;
use crate::error::Error;
use crate::path::{Base, CustomerPath};
use crate::{input, map, response};
use heddle_api::App;

/// `GET /v2/customers/{customerId}/address`
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    CustomerPath(id): CustomerPath,
    Base(base): Base,
) -> Result<Response, Error> {
    caller.require(Scope::CustomersRead)?;
    let found = reach::find(&app, &caller, id).await?;
    let address = map::postal_address(&found.customer, &base);
    Ok(response::hal(&address.ok_or(Error::NotFound)?))
}

/// `POST /v2/customers/{customerId}/address`
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    CustomerPath(id): CustomerPath,
    Base(base): Base,
    request: Request,
) -> Result<Response, Error> {
    let (_, address) = read(&app, &caller, id, request).await?;
    let change = PostalChange::Create(address);
    let view = write(&app, &caller, id, change).await?;
    let location = format!("{base}/v2/customers/{}/address", view.customer.id);
    Ok(response::created_at(location))
}

/// `PUT /v2/customers/{customerId}/address`
pub(crate) async fn replace(
    State(app): State<App>,
    caller: Caller,
    CustomerPath(id): CustomerPath,
    request: Request,
) -> Result<Response, Error> {
    let (_, address) = read(&app, &caller, id, request).await?;
    write(&app, &caller, id, PostalChange::Replace(address)).await?;
    Ok(response::no_content())
}

/// `DELETE /v2/customers/{customerId}/address`
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    CustomerPath(id): CustomerPath,
) -> Result<Response, Error> {
    caller.require(Scope::CustomersWrite)?;
    write(&app, &caller, id, PostalChange::Remove).await?;
    Ok(response::no_content())
}

/// Returns the customer and the address in the body.
async fn read(
    app: &App,
    caller: &Caller,
    id: CustomerId,
    request: Request,
) -> Result<(CustomerView, PostalAddress), Error> {
    let (found, body) = reach::receive(app, caller, id, request).await?;
    let body = body.parse(&ADDRESS).await?;
    let (address, faults) = body.in_turn(|body| body.read_all(read_address)).await;
    input::refuse_if_any(faults)?;
    Ok((found, address.expect("an address without a fault")))
}

async fn write(
    app: &App,
    caller: &Caller,
    id: CustomerId,
    change: PostalChange,
) -> Result<CustomerView, Error> {
    let change = |_| CustomerChange {
        postal_address: vec![change.clone()],
        ..CustomerChange::default()
    };
    reach::change(app, caller, id, change).await
}
