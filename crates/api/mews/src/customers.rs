//! `customers/getAll` and `customers/add` (contract sections 13.3 and 13.4).

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use heddle_domain::customer::{AddressKind, Customer, ProfileField};
use heddle_domain::guid::Guid;
use heddle_domain::id::CustomerId;
use heddle_domain::{EntityKind, InboxScope};
use heddle_store::read::account::GetPublicId;
use heddle_store::read::customer_list::{FilterCustomers, Limits};
use heddle_store::read::principal::Principal;
use heddle_store::read::references::LookUp;
use heddle_store::write::account::CreateCustomer;
use heddle_store::write::customers::{AddressChange, CustomerChange, UpdateCustomer};
use heddle_store::{Entity, Error as StoreError, Refusal};
use http::HeaderMap;

use crate::auth::Call;
use crate::context::NAME;
use crate::error::Error;
use crate::map::{customer, is_portfolio};
use crate::page;
use crate::request::{GetCustomers, NewCustomer};
use crate::wire::{self, CustomerPage};
use heddle_api::App;

/// How often a customer is added who belongs to somebody in one moment and to nobody in the next.
const MOST_TRIES: usize = 3;

/// `POST /api/connector/v1/customers/getAll`
pub(crate) async fn get_all(
    State(app): State<App>,
    headers: HeaderMap,
    call: Call<GetCustomers>,
) -> Result<Response, Error> {
    let (principal, request) = (&call.principal, &call.operation);
    must_be_own_chain(principal, "ChainIds", request.chains.as_deref())?;
    let found = match request.asks_for_none {
        true => Vec::new(),
        false => app.store.read(list(&call)).await?.customers,
    };
    let cursor = found.last().map(|(_, public_id)| public_id.clone());
    let is_empty = found.is_empty();
    let extent = request.extent;
    let shown = found.into_iter().filter(|_| extent.customers);
    let page = CustomerPage {
        customers: shown
            .map(|(found, id)| customer::customer(principal, found, id, extent.addresses))
            .collect(),
        documents: (),
        cursor,
    };
    Ok(page::response(&headers, is_empty, page))
}

fn list(call: &Call<GetCustomers>) -> FilterCustomers {
    let (principal, request) = (&call.principal, &call.operation);
    let ids = request.customers.as_ref();
    FilterCustomers {
        account: principal.account.id,
        api: NAME,
        inboxes: principal.credential.inboxes.clone(),
        public_ids: ids.map(|ids| ids.iter().map(Guid::to_string).collect()),
        emails: request.emails.clone(),
        first_names: request.first_names.clone(),
        last_names: request.last_names.clone(),
        created: request.created,
        updated: request.updated,
        after: request.limitation.cursor.map(|cursor| cursor.to_string()),
        size: request.limitation.count,
        limits: Limits::USUAL,
    }
}

/// Checks the chains that a request names. A portfolio token must name its own one, a plain token need not name any.
fn must_be_own_chain(
    principal: &Principal,
    parameter: &str,
    named: Option<&[Guid]>,
) -> Result<(), Error> {
    if !is_portfolio(principal) {
        return Ok(());
    }
    let own = Guid::parse(&principal.account_public_id);
    let is_own = named.is_some_and(|named| named.iter().all(|chain| Some(*chain) == own));
    match is_own {
        true => Ok(()),
        false => Err(Error::invalid(parameter)),
    }
}

/// `POST /api/connector/v1/customers/add`
pub(crate) async fn add(
    State(app): State<App>,
    call: Call<NewCustomer>,
) -> Result<Json<wire::Customer>, Error> {
    let (principal, new) = (&call.principal, &call.operation);
    must_be_own_chain(
        principal,
        "ChainId",
        new.chain.as_ref().map(std::slice::from_ref),
    )?;
    for _ in 0..MOST_TRIES {
        match app.store.write(creation(&call)).await {
            Ok(made) => return shown(&app, principal, made.customer).await,
            Err(StoreError::Refused(Refusal::Conflict(_))) if new.overwrite => {
                if let Some(owner) = owner(&app, &call).await? {
                    return overwrite(&app, &call, owner).await;
                }
            }
            Err(StoreError::Refused(Refusal::Conflict(_))) => return Err(Error::EmailTaken),
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::EmailTaken)
}

/// Creates the customer: at home in the token's enterprise; for a portfolio, in all of them.
fn creation(call: &Call<NewCustomer>) -> CreateCustomer {
    let principal = &call.principal;
    let enterprise = principal.inboxes().next().map(|view| view.inbox.id);
    CreateCustomer {
        caller: call.caller(),
        public_ids: Vec::new(),
        home: enterprise.filter(|_| !is_portfolio(principal)),
        email: call.operation.email.clone(),
        profile: customer::profile(&call.operation),
        addresses: Vec::new(),
        postal_address: None,
    }
}

/// Returns the customer who owns the e-mail address of the request.
async fn owner(app: &App, call: &Call<NewCustomer>) -> Result<Option<CustomerId>, Error> {
    let read = LookUp {
        account: call.principal.account.id,
        inboxes: InboxScope::All,
        conversation: None,
        customers: Vec::new(),
        emails: call.operation.email.iter().cloned().collect(),
        agents: Vec::new(),
    };
    let owners = app.store.read(read).await?.owners;
    Ok(owners.into_iter().flatten().next())
}

/// Gives an existing customer the values of the request; those that it does not name stay. Another enterprise's customer is not
/// changed.
async fn overwrite(
    app: &App,
    call: &Call<NewCustomer>,
    owner: CustomerId,
) -> Result<Json<wire::Customer>, Error> {
    let profile = customer::profile(&call.operation);
    let fields = ProfileField::ALL
        .iter()
        .map(|field| (*field, profile.field(*field).clone()));
    let given = fields.filter(|(field, value)| *field != ProfileField::Phone && value.is_some());
    let phone = call.operation.phone.clone();
    let phone = phone.map(|phone| AddressChange::First(AddressKind::Phone, Some(phone)));
    let command = UpdateCustomer {
        caller: call.caller(),
        inboxes: call.principal.credential.inboxes.clone(),
        id: owner,
        expected: None,
        change: CustomerChange {
            profile: given.collect(),
            addresses: phone.into_iter().collect(),
            ..CustomerChange::default()
        },
    };
    match app.store.write(command).await {
        Ok(changed) => shown(app, &call.principal, changed.customer).await,
        Err(StoreError::Refused(
            Refusal::NotFound(Entity::Customer(_))
            | Refusal::MergedCustomer(_)
            | Refusal::ErasedCustomer,
        )) => Err(Error::EmailTaken),
        Err(error) => Err(error.into()),
    }
}

/// Returns the response with a customer that was just written.
async fn shown(
    app: &App,
    principal: &Principal,
    written: Customer,
) -> Result<Json<wire::Customer>, Error> {
    let read = GetPublicId {
        account: principal.account.id,
        kind: EntityKind::Customer,
        entity: written.id.get(),
        api: NAME,
    };
    let public_id = app.store.read(read).await?.unwrap_or_default();
    Ok(Json(customer::customer(
        principal, written, public_id, true,
    )))
}
