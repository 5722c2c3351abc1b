//! Gets, creates, replaces and deletes customers (contract sections 9.1 to 9.3).

use axum::extract::{Request, State};
use axum::response::Response;
use heddle_domain::Scope;
use heddle_http::query::Query;
use heddle_store::write::customers::{CreateCustomer, CustomerChange, EraseCustomer, ErasureLimit};

use super::body::{NEW, NewCustomer, PROFILE, read_profile};
use super::reach;
use crate::auth::Caller;
use crate::error::Error;
use crate::path::{Base, CustomerPath};
use crate::{input, map, response};
use heddle_api::App;

/// The maximum number of conversations of a customer that a client may delete.
const MOST_DELETED: usize = 100;

/// `GET /v2/customers/{customerId}`
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    CustomerPath(id): CustomerPath,
    Base(base): Base,
) -> Result<Response, Error> {
    caller.require(Scope::CustomersRead)?;
    let found = [reach::find(&app, &caller, id).await?];
    let counts = reach::count_conversations(&app, &caller, &found).await?;
    let count = counts.first().copied().unwrap_or_default();
    Ok(response::hal(&map::customer(&found[0], count, &base)))
}

/// `POST /v2/customers`. The customer has no home inbox, so every app sees it.
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
    request: Request,
) -> Result<Response, Error> {
    caller.require(Scope::CustomersWrite)?;
    let parsed = input::read_body(request).await?.parse(&NEW).await?;
    let (new, faults) = parsed
        .in_turn(|body| body.read_all(NewCustomer::read))
        .await;
    input::refuse_if_any(faults)?;
    let command = CreateCustomer {
        caller: caller.acting(caller.principal.credential.agent),
        public_ids: Vec::new(),
        home: None,
        email: None,
        profile: new.profile,
        addresses: new.addresses,
        postal_address: new.postal_address,
    };
    let made = app.store.write(command).await.map_err(reach::refused)?;
    let id = made.customer.id.get();
    let location = format!("{base}/v2/customers/{id}");
    Ok(response::created(id, Some(location)))
}

/// `PUT /v2/customers/{customerId}`: replaces the profile. Entries and postal address stay.
pub(crate) async fn replace(
    State(app): State<App>,
    caller: Caller,
    CustomerPath(id): CustomerPath,
    request: Request,
) -> Result<Response, Error> {
    let (_, body) = reach::receive(&app, &caller, id, request).await?;
    let body = body.parse(&PROFILE).await?;
    let (profile, faults) = body.in_turn(|body| body.read_all(read_profile)).await;
    input::refuse_if_any(faults)?;
    let change = |_| CustomerChange {
        profile: profile.clone(),
        ..CustomerChange::default()
    };
    reach::change(&app, &caller, id, change).await?;
    Ok(response::no_content())
}

/// `DELETE /v2/customers/{customerId}`: erases the customer with its conversations. Nobody finds the customer any more; a job
/// then empties the conversations.
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    CustomerPath(id): CustomerPath,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::CustomersErase)?;
    let account = caller.principal.credential.account;
    let command = |id| EraseCustomer {
        caller: caller.acting(caller.principal.credential.agent),
        id,
        expected: None,
        limit: Some(ErasureLimit {
            inboxes: caller.inboxes(),
            conversations: MOST_DELETED,
        }),
    };
    reach::write(&app, id, command).await?;
    app.customer_jobs.wake(account);
    Ok(match query.last("async") {
        Some("true") => response::accepted(),
        _ => response::no_content(),
    })
}
