//! Reads and changes the customer that a path names. The id of a merged customer leads to its survivor.

use axum::extract::Request;
use heddle_api::{App, Failure};
use heddle_domain::Scope;
use heddle_domain::id::CustomerId;
use heddle_http::members::{Fault, Problem, Unparsed};
use heddle_store::read::customers::{CountConversations, CustomerView, FindCustomer};
use heddle_store::write::customers::{CustomerChange, UpdateCustomer};
use heddle_store::{Error as StoreError, Refusal, Write};

use crate::auth::Caller;
use crate::error::Error;
use crate::fault::code;
use crate::input;

/// How many merges are followed, one after the other. Usually one is enough, because a merge redirects earlier ones.
const MOST_MERGES: usize = 64;

/// Returns the customer that the path names.
pub(crate) async fn find(
    app: &App,
    caller: &Caller,
    id: CustomerId,
) -> Result<CustomerView, Error> {
    let mut id = id;
    for _ in 0..MOST_MERGES {
        let find = FindCustomer {
            account: caller.principal.credential.account,
            inboxes: caller.inboxes(),
            id,
        };
        match app.store.read(find).await {
            Ok(found) => return Ok(*found),
            Err(StoreError::Refused(Refusal::MergedCustomer(survivor))) => id = survivor,
            Err(error) => return Err(refused(error)),
        }
    }
    Err(ring())
}

/// Begins a change of the customer that the path names: checks the scope, receives the body, and finds the customer. So an unknown
/// customer counts before everything that is wrong in the body.
pub(super) async fn receive(
    app: &App,
    caller: &Caller,
    id: CustomerId,
    request: Request,
) -> Result<(CustomerView, Unparsed), Error> {
    caller.require(Scope::CustomersWrite)?;
    let body = input::read_body(request).await?;
    Ok((find(app, caller, id).await?, body))
}

/// Runs a command on the customer that the path names.
pub(crate) async fn write<W: Write>(
    app: &App,
    id: CustomerId,
    command: impl Fn(CustomerId) -> W,
) -> Result<(CustomerId, W::Out), Error> {
    let mut id = id;
    for _ in 0..MOST_MERGES {
        match app.store.write(command(id)).await {
            Ok(out) => return Ok((id, out)),
            Err(StoreError::Refused(Refusal::MergedCustomer(survivor))) => id = survivor,
            Err(error) => return Err(refused(error)),
        }
    }
    Err(ring())
}

/// Changes the customer that the path names.
pub(crate) async fn change(
    app: &App,
    caller: &Caller,
    id: CustomerId,
    change: impl Fn(CustomerId) -> CustomerChange,
) -> Result<CustomerView, Error> {
    let command = |id| UpdateCustomer {
        caller: caller.acting(caller.principal.credential.agent),
        inboxes: caller.inboxes(),
        id,
        expected: None,
        change: change(id),
    };
    let (_, view) = write(app, id, command).await?;
    Ok(view)
}

fn ring() -> Error {
    let cause = "the customer was merged again and again".to_owned();
    Error::Failure(Failure::Unavailable(cause))
}

/// Returns the error for a refused read or write of a customer.
pub(crate) fn refused(error: StoreError) -> Error {
    match error {
        StoreError::Refused(Refusal::ErasedCustomer) => Error::NotFound,
        StoreError::Refused(Refusal::Forbidden) => Error::Forbidden,
        StoreError::Refused(Refusal::Invalid { field, reason }) => {
            let rule = Problem::Rule(code::SIZE, reason.into());
            Error::Invalid(vec![Fault::new(field, rule)])
        }
        other => other.into(),
    }
}

/// Returns the number of conversations of each customer that the caller may see.
pub(crate) async fn count_conversations(
    app: &App,
    caller: &Caller,
    views: &[CustomerView],
) -> Result<Vec<i64>, Error> {
    let count = CountConversations {
        account: caller.principal.credential.account,
        inboxes: caller.inboxes(),
        customers: views.iter().map(|view| view.customer.id).collect(),
    };
    Ok(app.store.read(count).await?)
}
