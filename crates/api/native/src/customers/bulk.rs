//! Many customers in one request, each with a result of its own.

use heddle_domain::id::CustomerId;
use heddle_store::Error as StoreError;
use heddle_store::read::customers::CustomerView;
use heddle_store::write::customers::{BulkCustomers, BulkItem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wire::{BulkCustomer, Customer, Given};
use super::{INBOX, creation, update};
use crate::answer::Answer;
use crate::auth::{CustomersWriter, Holder};
use crate::error::{Error, FieldError};
use crate::input::Change;

/// A transaction writes no more rows than so many addresses make.
const MOST_ADDRESSES: usize = 1_000;

/// Customers to be made or changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerBulk {
    /// Together they may have 1,000 addresses.
    #[schema(min_items = 1, max_items = 100)]
    customers: Vec<BulkCustomer>,
}

/// What became of all.
#[derive(Debug, Serialize, ToSchema)]
struct CustomerResults {
    /// One for each customer, in the order of the request.
    results: Vec<CustomerResult>,
}

/// What became of one.
#[derive(Debug, Serialize, ToSchema)]
struct CustomerResult {
    /// The status that a request for this one alone would have been answered with.
    status: u16,
    /// The customer, if all went well.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Customer>,
    /// Its version, for `If-Match`.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    /// Why not, otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<CustomerProblem>,
}

/// Why one was refused.
#[derive(Debug, Serialize, ToSchema)]
struct CustomerProblem {
    /// The kind of problem, for programs: `urn:heddle:problem:…`.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem, for people.
    title: &'static str,
    /// What is wrong.
    detail: String,
    /// The bad fields, where fields are bad.
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

/// Make and change many customers. Each gets a result of its own: one that is refused keeps nobody back.
#[utoipa::path(post, path = "/api/v1/customers/bulk", tag = "customers", operation_id = "bulk_customers",
    request_body = CustomerBulk, security(("token" = ["customers.write"])),
    responses((status = 200, body = CustomerResults, description = "What became of each")))]
pub(crate) async fn bulk(
    CustomersWriter(holder): CustomersWriter,
    Change { input, once }: Change<CustomerBulk>,
) -> Result<Answer, Error> {
    let (command, plan) = plan(&holder, read(input)?);
    once.write(command, &[], move |results| answer(&plan, results))
        .await
}

/// One customer that is asked for.
struct Asked {
    id: Option<CustomerId>,
    version: Option<i64>,
    given: Given,
}

fn read(input: CustomerBulk) -> Result<Vec<Asked>, Error> {
    let (mut asked, mut faults, mut addresses) = (Vec::new(), Vec::new(), 0);
    for (at, item) in input.customers.into_iter().enumerate() {
        let (id, version, field) = (item.id, item.version, format!("customers[{at}]"));
        if version.is_some() && id.is_none() {
            let detail = "belongs to a customer with an id";
            faults.push(FieldError::new("version", "conflict", detail).under(&field));
        }
        match item.read() {
            Ok(given) => {
                addresses += given.addresses();
                let id = id.map(CustomerId);
                asked.push(Asked { id, version, given });
            }
            Err(Error::Invalid(wrong)) => {
                faults.extend(wrong.into_iter().map(|fault| fault.under(&field)));
            }
            Err(other) => return Err(other),
        }
    }
    if addresses > MOST_ADDRESSES + 2 * asked.len() {
        let detail = format!("have more than {MOST_ADDRESSES} addresses together");
        faults.push(FieldError::new("customers", "range", detail));
    }
    Error::invalid_if_any(faults)?;
    Ok(asked)
}

/// What is to be told of each item: of one that the store decides about, the status of its success; of another, why it was
/// refused before.
type Plan = Vec<Result<u16, Error>>;

fn plan(holder: &Holder, asked: Vec<Asked>) -> (BulkCustomers, Plan) {
    let (mut items, mut plan) = (Vec::new(), Vec::new());
    for Asked { id, version, given } in asked {
        let item = match id {
            Some(id) => Ok((BulkItem::Update(update(holder, id, version, given)), 200)),
            None => creation(holder, given).map(|create| (BulkItem::Create(Box::new(create)), 201)),
        };
        plan.push(item.map(|(item, status)| {
            items.push(item);
            status
        }));
    }
    (BulkCustomers(items), plan)
}

fn answer(plan: &Plan, results: &[Result<CustomerView, StoreError>]) -> Answer {
    let mut results = results.iter();
    let told = plan.iter().map(|planned| match planned {
        Err(refused) => CustomerResult::refused(refused),
        Ok(status) => match results.next().expect("the store answers each item") {
            Ok(view) => CustomerResult::done(*status, view),
            Err(error) => CustomerResult::refused(&Error::of_command(error.clone(), &[INBOX])),
        },
    });
    Answer::ok(&CustomerResults {
        results: told.collect(),
    })
}
