//! Finds the customer of a path. A token that is limited to some inboxes reaches customers whose home is one of them, and
//! customers without a home.

use heddle_domain::id::CustomerId;
use heddle_store::read::customers::{CustomerView, FindCustomer};

use crate::auth::Caller;
use crate::error::Error;

pub(crate) fn path_of(id: CustomerId) -> String {
    format!("/api/v1/customers/{id}")
}

/// The customer of a path.
///
/// # Errors
/// 404; 410 if it was erased; 409 if it was merged ([`Error::or_redirect`] makes that a redirect).
pub(crate) async fn get(caller: &Caller, id: i64) -> Result<CustomerView, Error> {
    let find = FindCustomer {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        id: CustomerId(id),
    };
    Ok(*caller.read(find).await?)
}
