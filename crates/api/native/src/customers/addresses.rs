//! A customer's addresses. They have no version of their own: their tag is the customer's.

use axum::extract::{FromRequestParts, State};
use heddle_domain::customer::AddressKind;
use heddle_domain::id::CustomerId;
use heddle_store::Error as StoreError;
use heddle_store::read::customers::CustomerView;
use heddle_store::read::references::LookUp;
use heddle_store::write::customers::{AddressChange, CustomerChange, UpdateCustomer};
use http::request::Parts;
use serde::Deserialize;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};
use utoipa::openapi::{ObjectBuilder, Required, Type};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::wire::{Address, NewAddress};
use super::{get, path_of};
use crate::answer::Answer;
use crate::auth::{CustomersReader, CustomersWriter, Holder};
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::etag::Seen;
use crate::input::{Bare, Change};
use crate::once::Once;
use crate::page::Page;
use crate::path::{self, Id};
use heddle_api::App;
use heddle_http::path::Params;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list, add, replace))
        .routes(routes!(change, remove))
}

/// The `{id}` and `{position}` of the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    id: i64,
    position: i64,
}

impl FromRequestParts<Context> for Place {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Context) -> Result<Self, Error> {
        let params = Params::from_request_parts(parts, app).await;
        let params = params.map_err(|_| Error::NotFound)?;
        let position = match params.get("position") {
            "0" => 0,
            text => path::read(text)?,
        };
        Ok(Self {
            id: path::read(params.get("id"))?,
            position,
        })
    }
}

impl IntoParams for Place {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0));
        let position = ParameterBuilder::new()
            .name("position")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(schema.build()));
        vec![path::parameter("id"), position.build()]
    }
}

/// The whole list of a customer's addresses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddressList {
    #[schema(max_items = 100)]
    addresses: Vec<NewAddress>,
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
    responses((status = 200, body = Page<Address>, description = "The addresses", headers(("ETag" = String, description = "The customer's version"))),
        (status = 301, body = crate::wire::Problem, description = "The customer was merged: `Location` names the survivor's", headers(("Location" = String))),
        (status = 410, body = crate::wire::Problem, description = "The customer was erased")))]
async fn list(
    CustomersReader(holder): CustomersReader,
    State(app): State<App>,
    Id(id): Id,
    seen: Seen,
) -> Result<Answer, Error> {
    let view = get(&app, &holder, id, "/addresses").await?;
    Ok(seen.answer(view.customer.version, &page(&view)))
}

/// Add an address.
#[utoipa::path(post, path = "/api/v1/customers/{id}/addresses", tag = "customers", operation_id = "add_address",
    params(Id, ("If-Match" = Option<String>, Header, description = "The customer's `ETag`, or `*`.")),
    request_body = NewAddress, security(("token" = ["customers.write"])),
    responses((status = 201, body = Address, description = "The address", headers(("ETag" = String, description = "The customer's version"), ("Location" = String))),
        (status = 409, body = crate::wire::Problem, description = "The customer was merged, or the e-mail address is another customer's"),
        (status = 410, body = crate::wire::Problem, description = "The customer was erased"),
        (status = 412, body = crate::wire::Problem, description = "The customer has another version than `If-Match` names")))]
async fn add(
    CustomersWriter(holder): CustomersWriter,
    State(app): State<App>,
    Id(id): Id,
    Change { input, once }: Change<NewAddress>,
) -> Result<Answer, Error> {
    let address = input
        .read("")
        .map_err(|fault| Error::Invalid(vec![fault]))?;
    let change = AddressChange::Add(address);
    carry_out(&app, &holder, &once, id, change, |view| {
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
        (status = 409, body = crate::wire::Problem, description = "The customer was merged, or an e-mail address is another customer's: `errors` names it"),
        (status = 410, body = crate::wire::Problem, description = "The customer was erased")))]
async fn replace(
    CustomersWriter(holder): CustomersWriter,
    State(app): State<App>,
    Id(id): Id,
    Change { input, once }: Change<AddressList>,
) -> Result<Answer, Error> {
    let (mut list, mut faults) = (Vec::new(), Vec::new());
    for (at, address) in input.addresses.iter().enumerate() {
        let field = format!("addresses[{at}]");
        match address.read(&field) {
            Err(fault) => faults.push(fault),
            Ok(address) if list.contains(&address) => {
                faults.push(FieldError::new(&field, "duplicate", "is named twice"));
            }
            Ok(address) => list.push(address),
        }
    }
    Error::invalid_if_any(faults)?;
    let change = AddressChange::Replace(list);
    carry_out(&app, &holder, &once, id, change, |view| {
        Answer::ok(&page(view)).version(view.customer.version)
    })
    .await
}

/// Put another address in the place of one.
#[utoipa::path(patch, path = "/api/v1/customers/{id}/addresses/{position}", tag = "customers", operation_id = "update_address",
    params(Place), request_body = NewAddress, security(("token" = ["customers.write"])),
    responses((status = 200, body = Address, description = "The address", headers(("ETag" = String, description = "The customer's version"))),
        (status = 409, body = crate::wire::Problem, description = "The customer was merged, or the e-mail address is another customer's"),
        (status = 410, body = crate::wire::Problem, description = "The customer was erased")))]
async fn change(
    CustomersWriter(holder): CustomersWriter,
    State(app): State<App>,
    Place { id, position }: Place,
    Change { input, once }: Change<NewAddress>,
) -> Result<Answer, Error> {
    let address = input
        .read("")
        .map_err(|fault| Error::Invalid(vec![fault]))?;
    let change = AddressChange::Change(position, address);
    carry_out(&app, &holder, &once, id, change, move |view| {
        let placed = view
            .addresses
            .iter()
            .find(|placed| placed.position == position);
        let placed = placed.map(Address::of).expect("an address was changed");
        Answer::ok(&placed).version(view.customer.version)
    })
    .await
}

/// Take an address away.
#[utoipa::path(delete, path = "/api/v1/customers/{id}/addresses/{position}", tag = "customers", operation_id = "remove_address",
    params(Place), security(("token" = ["customers.write"])),
    responses((status = 204, description = "It is gone", headers(("ETag" = String, description = "The customer's version"))),
        (status = 409, body = crate::wire::Problem, description = "The customer was merged"),
        (status = 410, body = crate::wire::Problem, description = "The customer was erased")))]
async fn remove(
    CustomersWriter(holder): CustomersWriter,
    State(app): State<App>,
    Place { id, position }: Place,
    Bare(once): Bare,
) -> Result<Answer, Error> {
    let change = AddressChange::Remove(position);
    carry_out(&app, &holder, &once, id, change, |view| {
        Answer::no_content().version(view.customer.version)
    })
    .await
}

async fn carry_out(
    app: &App,
    holder: &Holder,
    once: &Once,
    id: i64,
    change: AddressChange,
    answer: impl Fn(&CustomerView) -> Answer + Send + Sync + 'static,
) -> Result<Answer, Error> {
    let command = UpdateCustomer {
        caller: holder.caller(),
        inboxes: holder.inboxes().to_vec(),
        id: CustomerId(id),
        expected: once.expected,
        change: CustomerChange {
            addresses: vec![change.clone()],
            ..CustomerChange::default()
        },
    };
    match app.store.write(once.command(command, answer)).await {
        Ok(outcome) => once.settle(outcome),
        Err(StoreError::Conflict(_)) => Err(Error::Taken(taken(app, holder, &change).await?)),
        Err(error) => Err(error.into()),
    }
}

/// The addresses that cannot be had: an e-mail address that somebody owns, or one that the customer has already.
async fn taken(
    app: &App,
    holder: &Holder,
    change: &AddressChange,
) -> Result<Vec<FieldError>, Error> {
    let fault = |field: &str, detail| FieldError::new(field, "taken", detail);
    let AddressChange::Replace(list) = change else {
        return Ok(vec![fault("value", "is in use already")]);
    };
    let emails = list.iter().enumerate();
    let emails = emails.filter(|(_, address)| address.kind == AddressKind::Email);
    let (at, emails): (Vec<_>, Vec<_>) = emails.map(|(at, a)| (at, a.value.clone())).unzip();
    let look_up = LookUp {
        account: holder.account(),
        inboxes: Vec::new(),
        conversation: None,
        customers: Vec::new(),
        emails,
        agents: Vec::new(),
    };
    let owners = app.store.read(look_up).await?.owners;
    let owned = at.into_iter().zip(owners);
    let owned = owned.filter(|(_, owner)| owner.is_some());
    let field = |at: usize| format!("addresses[{at}].value");
    Ok(owned
        .map(|(at, _)| fault(&field(at), "belongs to another customer"))
        .collect())
}
