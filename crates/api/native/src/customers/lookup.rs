//! Finds the customer of a path. A token that is limited to some inboxes reaches customers whose home is one of them, and
//! customers without a home.

use heddle_domain::id::CustomerId;
use heddle_store::read::customers::{CustomerView, FindCustomer, FoundCustomer};

use crate::auth::Caller;
use crate::error::Error;
use heddle_api::App;

pub(crate) fn path_of(id: CustomerId) -> String {
    format!("/api/v1/customers/{id}")
}

/// The customer of a path; `rest` is the path after its id, for the redirect.
///
/// # Errors
/// 404; 301 if it was merged; 410 if it was erased.
pub(crate) async fn get(
    app: &App,
    caller: &Caller,
    id: i64,
    rest: &str,
) -> Result<CustomerView, Error> {
    match find(app, caller, id).await? {
        FoundCustomer::Here(view) => Ok(*view),
        FoundCustomer::Merged(survivor) => Err(Error::Moved(path_of(survivor) + rest)),
        FoundCustomer::Erased => Err(Error::Erased),
    }
}

/// The customer of a path, merged and erased ones included.
///
/// # Errors
/// 404.
pub(crate) async fn find(app: &App, caller: &Caller, id: i64) -> Result<FoundCustomer, Error> {
    let find = FindCustomer {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        id: CustomerId(id),
    };
    Ok(app.store.read(find).await?)
}
