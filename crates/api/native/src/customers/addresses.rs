//! The addresses of a customer. Their `ETag` is the customer's, because they have no version of their own.

use heddle_domain::id::CustomerId;
use heddle_store::read::customers::CustomerView;
use heddle_store::write::customers::{AddressChange, CustomerChange, UpdateCustomer};
use heddle_store::{Error as StoreError, Refusal};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::address::{self, Address, ListedAddress, NewAddress};
use super::lookup::{get, path_of};
use super::write::taken_emails;
use crate::answer::Answer;
use crate::auth::{Caller, CustomersReader, CustomersWriter};
use crate::body::{WithBody, WithoutBody};
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::etag::IfNoneMatch;
use crate::idempotency::IdempotentWrite;
use crate::page::Page;
use crate::path::{AddressPosition, Id};
use crate::problem::Problem;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list, add, replace))
        .routes(routes!(change, remove))
}

/// The whole list of a customer's addresses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddressList {
    #[schema(max_items = 1_000)]
    addresses: Vec<ListedAddress>,
}

fn page(view: &CustomerView) -> Page<Address> {
    Page {
        data: view.addresses.iter().map(Address::of).collect(),
        next_cursor: None,
    }
}

/// List the addresses of a customer.
#[utoipa::path(get, path = "/api/v1/customers/{id}/addresses", tag = "customers", operation_id = "list_addresses",
    params(Id), security(("token" = ["customers.read"])),
    responses((status = 200, body = Page<Address>, description = "The addresses", headers(("ETag" = String, description = "The customer's version")))))]
async fn list(
    CustomersReader(caller): CustomersReader,
    Id(id): Id,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let view = get(&caller, id).await;
    let view = view.map_err(|error| error.or_redirect("/addresses"))?;
    let version = view.customer.version;
    Ok(Answer::if_changed(&if_none_match, version, &page(&view)))
}

/// Add an address.
#[utoipa::path(post, path = "/api/v1/customers/{id}/addresses", tag = "customers", operation_id = "add_address",
    params(Id, ("If-Match" = Option<String>, Header, description = "The customer's `ETag`, or `*`.")),
    request_body = NewAddress, security(("token" = ["customers.write"])),
    responses((status = 201, body = Address, description = "The address", headers(("ETag" = String, description = "The customer's version"), ("Location" = String))),
        (status = 409, body = Problem, description = "The customer was merged, or the e-mail address is another customer's"),
        (status = 412, body = Problem, description = "The customer has another version than `If-Match` names")))]
async fn add(
    CustomersWriter(caller): CustomersWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<NewAddress>,
) -> Result<Answer, Error> {
    let change = AddressChange::Add(input.parse()?);
    run(&caller, &write, id, (change, Vec::new()), |view| {
        let added = view.addresses.last().map(Address::of);
        let added = added.expect("an address was added");
        let path = format!("{}/addresses/{}", path_of(view.customer.id), added.position);
        Answer::created(path, &added).version(view.customer.version)
    })
    .await
}

/// Replace the list of addresses.
#[utoipa::path(put, path = "/api/v1/customers/{id}/addresses", tag = "customers", operation_id = "replace_addresses",
    params(Id), request_body = AddressList, security(("token" = ["customers.write"])),
    responses((status = 200, body = Page<Address>, description = "The addresses", headers(("ETag" = String, description = "The customer's version"))),
        (status = 409, body = Problem, description = "The customer was merged, or an e-mail address is another customer's: `errors` names it")))]
async fn replace(
    CustomersWriter(caller): CustomersWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<AddressList>,
) -> Result<Answer, Error> {
    let (list, faults) = address::parse_list(&input.addresses);
    Error::invalid_if_any(faults)?;
    let change = AddressChange::Replace(list.addresses);
    run(&caller, &write, id, (change, list.emails), |view| {
        Answer::ok(&page(view)).version(view.customer.version)
    })
    .await
}

/// Replace an address.
#[utoipa::path(patch, path = "/api/v1/customers/{id}/addresses/{position}", tag = "customers", operation_id = "update_address",
    params(Id, AddressPosition), request_body = NewAddress, security(("token" = ["customers.write"])),
    responses((status = 200, body = Address, description = "The address", headers(("ETag" = String, description = "The customer's version"))),
        (status = 409, body = Problem, description = "The customer was merged, or the e-mail address is another customer's")))]
async fn change(
    CustomersWriter(caller): CustomersWriter,
    Id(id): Id,
    AddressPosition(position): AddressPosition,
    WithBody { input, write }: WithBody<NewAddress>,
) -> Result<Answer, Error> {
    let change = AddressChange::Change(position, input.parse()?);
    run(&caller, &write, id, (change, Vec::new()), move |view| {
        let placed = view
            .addresses
            .iter()
            .find(|placed| placed.position == position);
        let placed = placed.map(Address::of).expect("an address was changed");
        Answer::ok(&placed).version(view.customer.version)
    })
    .await
}

/// Remove an address.
#[utoipa::path(delete, path = "/api/v1/customers/{id}/addresses/{position}", tag = "customers", operation_id = "remove_address",
    params(Id, AddressPosition), security(("token" = ["customers.write"])),
    responses((status = 204, description = "The address is removed", headers(("ETag" = String, description = "The customer's version")))))]
async fn remove(
    CustomersWriter(caller): CustomersWriter,
    Id(id): Id,
    AddressPosition(position): AddressPosition,
    WithoutBody(write): WithoutBody,
) -> Result<Answer, Error> {
    let change = AddressChange::Remove(position);
    run(&caller, &write, id, (change, Vec::new()), |view| {
        Answer::no_content().version(view.customer.version)
    })
    .await
}

/// Changes the addresses of a customer. `emails` are the e-mail addresses of a list, each with the field that holds it.
async fn run(
    caller: &Caller,
    write: &IdempotentWrite,
    id: i64,
    (change, emails): (AddressChange, Vec<(String, String)>),
    answer: impl Fn(&CustomerView) -> Answer + Send + Sync + 'static,
) -> Result<Answer, Error> {
    let command = UpdateCustomer {
        caller: caller.for_store(),
        inboxes: caller.inboxes().clone(),
        id: CustomerId(id),
        expected: write.expected,
        change: CustomerChange {
            addresses: vec![change],
            ..CustomerChange::default()
        },
    };
    match write.try_run(command, answer).await {
        Ok(answer) => answer,
        Err(StoreError::Refused(Refusal::Conflict(_))) => {
            Err(Error::Taken(match emails.is_empty() {
                true => vec![FieldError::new("value", "taken", "is in use already")],
                false => taken_emails(caller, emails).await?,
            }))
        }
        Err(error) => Err(error.into()),
    }
}
