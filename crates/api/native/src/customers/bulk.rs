//! `POST /api/v1/customers/bulk`: many customers in one transaction, each created or changed independently.

use heddle_api::Apis;
use heddle_domain::id::CustomerId;
use heddle_store::Refusal;
use heddle_store::read::customers::CustomerView;
use heddle_store::write::account::ApiPublicId;
use heddle_store::write::customers::{BulkCustomers, BulkItem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::input::{BulkCustomer, CustomerFields};
use super::write::{INBOX, creation, update};
use crate::answer::Answer;
use crate::auth::{Caller, CustomersWriter};
use crate::body::WithBody;
use crate::error::{Error, FieldError};
use crate::resources::Customer;

/// The maximum number of addresses in one request, which limits the rows that its transaction writes.
const MOST_ADDRESSES: usize = 1_000;

/// Customers to create or change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerBulk {
    /// Together they may have 1,000 addresses.
    #[schema(min_items = 1, max_items = 100)]
    customers: Vec<BulkCustomer>,
}

/// The results.
#[derive(Debug, Serialize, ToSchema)]
struct CustomerResults {
    /// One for each customer, in the order of the request.
    results: Vec<CustomerResult>,
}

/// The result for one customer.
#[derive(Debug, Serialize, ToSchema)]
struct CustomerResult {
    /// The status that a request for this customer alone would get.
    status: u16,
    /// The customer, if it was created or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Customer>,
    /// Its version, for `If-Match`.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<CustomerProblem>,
}

/// Why a customer was refused.
#[derive(Debug, Serialize, ToSchema)]
struct CustomerProblem {
    /// The kind of problem, for programs: `urn:heddle:problem:…`.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem, for people.
    title: &'static str,
    /// What is wrong.
    detail: String,
    /// The bad fields, if the problem is about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

impl CustomerResult {
    fn done(status: u16, view: &CustomerView) -> Self {
        Self {
            status,
            customer: Some(Customer::of(view)),
            version: Some(view.customer.version),
            problem: None,
        }
    }

    fn refused(error: &Error) -> Self {
        Self {
            status: error.status().as_u16(),
            customer: None,
            version: None,
            problem: Some(CustomerProblem {
                kind: error.kind(),
                title: error.title(),
                detail: error.detail(),
                errors: error.fields(),
            }),
        }
    }
}

/// Create and change up to 100 customers, each independently: a refused one does not affect the others.
#[utoipa::path(post, path = "/api/v1/customers/bulk", tag = "customers", operation_id = "bulk_customers",
    request_body = CustomerBulk, security(("token" = ["customers.write"])),
    responses((status = 200, body = CustomerResults, description = "A result for each")))]
pub(crate) async fn bulk(
    CustomersWriter(caller): CustomersWriter,
    WithBody { input, write }: WithBody<CustomerBulk>,
) -> Result<Answer, Error> {
    let (command, plan) = plan(&caller, parse(input, &caller.app.own.apis)?).await;
    write
        .run(command, &[], move |results| answer(&plan, results))
        .await
}

struct BulkItemInput {
    id: Option<CustomerId>,
    version: Option<i64>,
    fields: CustomerFields,
    public_ids: Vec<ApiPublicId>,
}

/// Returns the fault of a field that belongs only to a new customer, or only to a known one.
fn misplaced(item: &BulkCustomer) -> Option<FieldError> {
    match item.id {
        None => item
            .version
            .map(|_| FieldError::new("version", "conflict", "belongs to a customer with an id")),
        Some(_) => item
            .public_ids
            .as_ref()
            .map(|_| FieldError::new("public_ids", "conflict", "belongs to a new customer")),
    }
}

fn parse(input: CustomerBulk, apis: &Apis) -> Result<Vec<BulkItemInput>, Error> {
    let lists = input.customers.iter().flat_map(|item| &item.addresses);
    // Before the lists are parsed, because that takes longer the longer they are.
    if lists.map(Vec::len).sum::<usize>() > MOST_ADDRESSES {
        let detail = format!("have more than {MOST_ADDRESSES} addresses together");
        return Err(FieldError::new("customers", "range", detail).into());
    }
    let (mut items, mut faults) = (Vec::new(), Vec::new());
    for (at, mut item) in input.customers.into_iter().enumerate() {
        let (id, version, field) = (item.id, item.version, format!("customers[{at}]"));
        let odd = misplaced(&item).map(|fault| fault.under(&field));
        faults.extend(odd);
        let public_ids = item.public_ids.take().unwrap_or_default();
        let public_ids = public_ids.read(apis).unwrap_or_else(|wrong| {
            faults.extend(wrong.into_iter().map(|fault| fault.under(&field)));
            Vec::new()
        });
        match item.parse() {
            Ok(fields) => {
                let id = id.map(CustomerId);
                items.push(BulkItemInput {
                    id,
                    version,
                    fields,
                    public_ids,
                });
            }
            Err(Error::Invalid(wrong)) => {
                faults.extend(wrong.into_iter().map(|fault| fault.under(&field)));
            }
            Err(other) => return Err(other),
        }
    }
    Error::invalid_if_any(faults)?;
    Ok(items)
}

/// For each item of the request: the status if the store accepts the item, or the error because of which it was not
/// sent to the store.
type Plan = Vec<Result<u16, Error>>;

async fn plan(caller: &Caller, inputs: Vec<BulkItemInput>) -> (BulkCustomers, Plan) {
    let (mut items, mut plan) = (Vec::new(), Vec::new());
    for input in inputs {
        let (version, fields) = (input.version, input.fields);
        let item = match input.id {
            Some(id) => Ok((
                BulkItem::Update(Box::new(update(caller, id, version, fields))),
                200,
            )),
            None => {
                let new = creation(caller, fields, input.public_ids).await;
                new.map(|new| (BulkItem::Create(Box::new(new)), 201))
            }
        };
        plan.push(item.map(|(item, status)| {
            items.push(item);
            status
        }));
    }
    (BulkCustomers(items), plan)
}

fn answer(plan: &Plan, results: &[Result<CustomerView, Refusal>]) -> Answer {
    let mut decided = results.iter();
    let results = plan.iter().map(|planned| match planned {
        Err(refused) => CustomerResult::refused(refused),
        Ok(status) => match decided.next().expect("the store answers each item") {
            Ok(view) => CustomerResult::done(*status, view),
            Err(refusal) => {
                CustomerResult::refused(&Error::of_command(refusal.clone().into(), &[INBOX]))
            }
        },
    });
    Answer::ok(&CustomerResults {
        results: results.collect(),
    })
}
