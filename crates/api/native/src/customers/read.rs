//! `GET /api/v1/customers` and `GET /api/v1/customers/{id}`.

use heddle_domain::Timestamp;
use heddle_domain::id::InboxId;
use heddle_store::read::customers::SearchCustomers;
use heddle_store::read::listing::Position;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::include::{self, CustomerInclude, IncludeParams};
use super::lookup::get;
use crate::answer::Answer;
use crate::auth::CustomersReader;
use crate::error::Error;
use crate::etag::IfNoneMatch;
use crate::page::{Listing, Paging};
use crate::path::Id;
use crate::query::QueryParams;
use crate::resources::{Customer, CustomerIncluded};

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filters {
    /// Only the customer with this e-mail address, in any case.
    #[param(format = "email", max_length = 254, nullable = false)]
    email: Option<String>,
    /// Only customers with exactly this telephone number among their addresses.
    #[param(min_length = 1, max_length = 500, nullable = false)]
    phone: Option<String>,
    /// Only customers whose home is this inbox.
    #[param(minimum = 1, nullable = false)]
    home_inbox_id: Option<i64>,
    /// Related objects to include in the answer: the home inbox, the latest conversations.
    #[serde(default)]
    #[param(inline, required = false, style = Form, explode = false, max_items = 10)]
    include: Vec<CustomerInclude>,
}

/// One page of customers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerList {
    /// The customers, in order of creation. A page before the last may be shorter than `limit` if the filters exclude
    /// most customers.
    data: Vec<Customer>,
    /// The cursor of the next page; null on the last.
    #[schema(required)]
    next_cursor: Option<String>,
    /// The objects requested by `include`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    included: Option<CustomerIncluded>,
}

/// List customers in order of creation. Merged and erased ones are left out.
#[utoipa::path(get, path = "/api/v1/customers", tag = "customers", operation_id = "list_customers",
    params(Filters, Paging), security(("token" = ["customers.read"])),
    responses((status = 200, body = CustomerList, description = "A page of customers")))]
pub(crate) async fn list(
    CustomersReader(caller): CustomersReader,
    listing: Listing<Filters>,
) -> Result<axum::Json<CustomerList>, Error> {
    let filter = &listing.filter;
    let search = SearchCustomers {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        email: filter.email.clone(),
        phone: filter.phone.clone(),
        home: filter.home_inbox_id.map(InboxId),
        prospects: None,
        after: listing.after::<(i64, i64)>()?.map(|(at, id)| Position {
            at: Timestamp(at),
            id,
        }),
        limit: i64::try_from(listing.limit()).unwrap_or(i64::MAX),
    };
    let page = caller.read(search).await?;
    let cursor = |next: Position| listing.cursor_at(&(next.at.0, next.id));
    Ok(axum::Json(CustomerList {
        included: include::load(&caller, &filter.include, &page.customers).await?,
        data: page.customers.iter().map(Customer::of).collect(),
        next_cursor: page.next.map(cursor),
    }))
}

/// Get a customer. With `include`, `If-None-Match` is ignored.
#[utoipa::path(get, path = "/api/v1/customers/{id}", tag = "customers", operation_id = "get_customer", params(Id, IncludeParams),
    security(("token" = ["customers.read"])),
    responses((status = 200, body = Customer, description = "The customer", headers(("ETag" = String, description = "Its version")))))]
pub(crate) async fn show(
    CustomersReader(caller): CustomersReader,
    Id(id): Id,
    QueryParams(params): QueryParams<IncludeParams>,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let view = get(&caller, id).await;
    let view = view.map_err(|error| error.or_redirect(""))?;
    let version = view.customer.version;
    let mut body = Customer::of(&view);
    let views = std::slice::from_ref(&view);
    body.included = include::load(&caller, &params.include, views).await?;
    Ok(match body.included {
        None => Answer::if_changed(&if_none_match, version, &body),
        // The status is never 304 here: included objects change without a new version of the customer.
        Some(_) => Answer::ok(&body).version(version),
    })
}
