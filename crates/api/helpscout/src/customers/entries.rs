//! Lists, adds, replaces and deletes the entries of a customer: emails, phones, chats, social profiles and websites (contract
//! section 9.4). The handlers are generic in the kind of entries.

use axum::extract::{Request, State};
use axum::response::Response;
use heddle_domain::Scope;
use heddle_domain::id::CustomerId;
use heddle_http::known;
use heddle_http::members::{Body, Object};
use heddle_http::shape::Shape;
use heddle_store::write::customers::{AddressChange, AddressEdit, CustomerChange};

use super::kind::Kind;
use super::{entry, reach};
use crate::auth::Caller;
use crate::error::Error;
use crate::path::{Base, CustomerPath, EntryPath};
use crate::{input, map, response};
use heddle_api::App;

/// The members of an entry.
pub(crate) const SHAPE: Shape = known!("type", "value");

/// `GET /v2/customers/{customerId}/…`
pub(crate) async fn list<K: Kind>(
    State(app): State<App>,
    caller: Caller,
    CustomerPath(id): CustomerPath,
    Base(base): Base,
) -> Result<Response, Error> {
    caller.require(Scope::CustomersRead)?;
    let found = reach::find(&app, &caller, id).await?;
    Ok(response::hal(&map::entries(&found, K::KIND, &base)))
}

/// `POST /v2/customers/{customerId}/…`
pub(crate) async fn add<K: Kind>(
    State(app): State<App>,
    caller: Caller,
    CustomerPath(id): CustomerPath,
    request: Request,
) -> Result<Response, Error> {
    let body = read_body(&app, &caller, id, request).await?;
    let read = |body: &Object<'_>| entry::read(body, K::KIND);
    let (address, faults) = body.in_turn(|body| body.read_all(read)).await;
    input::refuse_if_any(faults)?;
    let address = address.expect("an entry without a fault");
    let change = |_| of_addresses(AddressChange::Add(address.clone()));
    let view = reach::change(&app, &caller, id, change).await?;
    let added = view.addresses.last().expect("an entry was added");
    let id = entry::id(view.customer.id, added.position);
    Ok(response::created(id, None))
}

/// `PUT /v2/customers/{customerId}/…/{entryId}`
pub(crate) async fn replace<K: Kind>(
    State(app): State<App>,
    caller: Caller,
    EntryPath {
        customer,
        entry: id,
    }: EntryPath,
    request: Request,
) -> Result<Response, Error> {
    let body = read_body(&app, &caller, customer, request).await?;
    find_entry::<K>(&app, &caller, customer, id).await?;
    let read = |body: &Object<'_>| entry::read_edit(body, K::KIND);
    let (edit, faults): (Option<AddressEdit>, _) = body.in_turn(|body| body.read_all(read)).await;
    input::refuse_if_any(faults)?;
    let edit = edit.expect("an entry without a fault");
    let change = |customer| {
        let position = entry::position(customer, id);
        of_addresses(AddressChange::Edit(position, edit.clone()))
    };
    reach::change(&app, &caller, customer, change).await?;
    Ok(response::no_content())
}

/// `DELETE /v2/customers/{customerId}/…/{entryId}`
pub(crate) async fn delete<K: Kind>(
    State(app): State<App>,
    caller: Caller,
    EntryPath {
        customer,
        entry: id,
    }: EntryPath,
) -> Result<Response, Error> {
    caller.require(Scope::CustomersWrite)?;
    let change = |customer| {
        let position = entry::position(customer, id);
        of_addresses(AddressChange::RemoveOf(position, K::KIND.stored))
    };
    reach::change(&app, &caller, customer, change).await?;
    Ok(response::no_content())
}

/// Reads the body of an entry.
async fn read_body(
    app: &App,
    caller: &Caller,
    id: CustomerId,
    request: Request,
) -> Result<Body, Error> {
    let (_, body) = reach::receive(app, caller, id, request).await?;
    Ok(body.parse(&SHAPE).await?)
}

/// Returns an error if the customer has no such entry.
async fn find_entry<K: Kind>(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
    id: i64,
) -> Result<(), Error> {
    let found = reach::find(app, caller, customer).await?;
    let position = entry::position(found.customer.id, id);
    let mut addresses = found.addresses.iter();
    let is_known = addresses
        .any(|placed| placed.position == position && K::KIND.stored.contains(&placed.address.kind));
    is_known.then_some(()).ok_or(Error::NotFound)
}

fn of_addresses(change: AddressChange) -> CustomerChange {
    CustomerChange {
        addresses: vec![change],
        ..CustomerChange::default()
    }
}
