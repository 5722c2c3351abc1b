//! Finds the customer that a request's path names. A token that is limited to some inboxes reaches customers whose home
//! inbox (the only inbox that shows the customer) is one of them, and customers without a home.

use heddle_domain::id::CustomerId;
use heddle_store::read::customers::{CustomerView, FindCustomer};

use crate::auth::Caller;
use crate::error::Error;

pub(crate) fn path_of(id: CustomerId) -> String {
    format!("/api/v1/customers/{id}")
}

/// Returns the customer that the path names.
///
/// # Errors
/// Returns a 404 if the customer is unknown; a 410 if it was erased; a 409 if it was merged ([`Error::or_redirect`]
/// turns that into a redirect).
pub(crate) async fn get(caller: &Caller, id: i64) -> Result<CustomerView, Error> {
    let find = FindCustomer {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        id: CustomerId(id),
    };
    Ok(*caller.read(find).await?)
}
