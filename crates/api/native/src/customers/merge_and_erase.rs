//! Merging and erasing customers. The customer itself changes at once; a background job then changes its conversations.

use heddle_domain::id::CustomerId;
use heddle_store::Entity;
use heddle_store::jobs::{Job as StoreJob, ListJobs};
use heddle_store::write::customers::{EraseCustomer, MergeCustomers};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::lookup::get;
use crate::answer::Answer;
use crate::auth::{CustomersEraser, CustomersReader, CustomersWriter};
use crate::body::{WithBody, WithoutBody};
use crate::error::Error;
use crate::page::Page;
use crate::path::Id;
use crate::problem::Problem;
use crate::time::Instant;
use crate::vocabulary::JobSort;

/// The field of the body that names the survivor: the customer that remains after the merge.
const INTO: (Entity, &str) = (Entity::Customer(1), "into");

/// The progress of a job.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum JobProgress {
    Running,
    Done,
}

/// A job that goes through the conversations of a merged or erased customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerJob {
    id: i64,
    customer_id: i64,
    kind: JobSort,
    /// The survivor of a merge, as requested.
    #[schema(required)]
    into: Option<i64>,
    state: JobProgress,
    /// The number of conversations moved or emptied so far.
    conversations: i64,
    created_at: Instant,
    #[schema(required)]
    done_at: Option<Instant>,
}

impl CustomerJob {
    fn of(job: &StoreJob) -> Self {
        Self {
            id: job.id,
            customer_id: job.customer.get(),
            kind: JobSort(job.kind),
            into: job.into.map(CustomerId::get),
            state: match job.done_at {
                Some(_) => JobProgress::Done,
                None => JobProgress::Running,
            },
            conversations: job.conversations,
            created_at: job.created_at.into(),
            done_at: job.done_at.map(Instant::from),
        }
    }
}

/// A merge of two customers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerMerge {
    /// The survivor. If it was merged itself, its own survivor is meant.
    #[schema(minimum = 1, maximum = 9007199254740991_i64)]
    into: i64,
}

/// Merge a customer into another.
///
/// At once its id redirects to the survivor, and the survivor gets its addresses and the fields that the survivor
/// lacks. A job then moves its conversations.
#[utoipa::path(post, path = "/api/v1/customers/{id}/merge", tag = "customers", operation_id = "merge_customer",
    params(Id, ("If-Match" = Option<String>, Header, description = "The `ETag` of the merged customer, or `*`.")),
    request_body = CustomerMerge, security(("token" = ["customers.write"])),
    responses((status = 202, body = CustomerJob, description = "The job that moves the conversations"),
        (status = 412, body = Problem, description = "It has another version than `If-Match` names")))]
pub(crate) async fn merge(
    CustomersWriter(caller): CustomersWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<CustomerMerge>,
) -> Result<Answer, Error> {
    caller.must_reach_all()?;
    let command = MergeCustomers {
        caller: caller.for_store(),
        from: CustomerId(id),
        into: CustomerId(input.into),
        expected: write.expected,
    };
    let answer = |job: &StoreJob| Answer::accepted(&CustomerJob::of(job));
    let answer = write.run(command, &[INTO], answer).await?;
    caller.app.customer_jobs.wake(caller.account());
    Ok(answer)
}

/// Erase a customer and all customers that were merged into it.
///
/// The customer's data and its conversations are deleted at once and for ever; if it has more than 100 conversations, the job
/// deletes them one after the other. The job then empties the conversations, and the messages of the customer in conversations of
/// others, which stay. The account's stored answers of idempotent requests are deleted too.
#[utoipa::path(delete, path = "/api/v1/customers/{id}", tag = "customers", operation_id = "erase_customer", params(Id),
    security(("token" = ["customers.erase"])),
    responses((status = 202, body = CustomerJob, description = "The job that deletes what the conversations contain")))]
pub(crate) async fn erase(
    CustomersEraser(caller): CustomersEraser,
    Id(id): Id,
    WithoutBody(write): WithoutBody,
) -> Result<Answer, Error> {
    caller.must_reach_all()?;
    let command = EraseCustomer {
        caller: caller.for_store(),
        id: CustomerId(id),
        expected: write.expected,
        limit: None,
    };
    let answer = |job: &StoreJob| Answer::accepted(&CustomerJob::of(job));
    let answer = write.run(command, &[], answer).await?;
    caller.app.customer_jobs.wake(caller.account());
    Ok(answer)
}

/// List the jobs of a customer, newest first. Works for merged and erased customers too.
#[utoipa::path(get, path = "/api/v1/customers/{id}/jobs", tag = "customers", operation_id = "list_customer_jobs",
    params(Id), security(("token" = ["customers.read"])),
    responses((status = 200, body = Page<CustomerJob>, description = "The jobs")))]
pub(crate) async fn jobs(
    CustomersReader(caller): CustomersReader,
    Id(id): Id,
) -> Result<axum::Json<Page<CustomerJob>>, Error> {
    match get(&caller, id).await {
        Ok(_) | Err(Error::Merged(_) | Error::Erased) => {}
        Err(error) => return Err(error),
    }
    let list = ListJobs {
        account: caller.account(),
        customer: CustomerId(id),
    };
    let found = caller.read(list).await?;
    Ok(axum::Json(Page {
        data: found.iter().map(CustomerJob::of).collect(),
        next_cursor: None,
    }))
}
