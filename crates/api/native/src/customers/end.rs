//! How a customer ends: merged into another, or erased. Both are done at once as far as anybody can see who looks for
//! the customer; what belongs to it follows in a job.

use axum::extract::State;
use heddle_domain::id::CustomerId;
use heddle_store::Entity;
use heddle_store::jobs::{Job as StoreJob, JobKind, ListJobs};
use heddle_store::write::customers::{EraseCustomer, MergeCustomers};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::find;
use crate::answer::Answer;
use crate::auth::{CustomersEraser, CustomersReader, CustomersWriter};
use crate::error::Error;
use crate::input::{Bare, Change};
use crate::page::Page;
use crate::path::Id;
use crate::time::Instant;
use heddle_api::App;

/// The body's field behind an unknown survivor.
const INTO: (Entity, &str) = (Entity::Customer(1), "into");

/// What a job does.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum JobSort {
    /// Moves the customer's conversations to the survivor.
    Merge,
    /// Empties the customer's conversations.
    Erase,
}

/// Whether a job is at work.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum JobProgress {
    Running,
    Done,
}

/// What follows the end of a customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerJob {
    id: i64,
    customer_id: i64,
    kind: JobSort,
    /// The survivor of a merge, as it was asked for.
    #[schema(required)]
    into: Option<i64>,
    state: JobProgress,
    /// How many conversations were moved or emptied so far.
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
            kind: match job.kind {
                JobKind::Merge => JobSort::Merge,
                JobKind::Erase => JobSort::Erase,
            },
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

/// Into whom a customer is merged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerMerge {
    /// The survivor; one that was merged itself stands for its own survivor.
    #[schema(minimum = 1, maximum = 9007199254740991_i64)]
    into: i64,
}

/// Merge a customer into another. Its id and its addresses lead to the survivor at once, which also takes over what it does
/// not know itself; conversations follow.
#[utoipa::path(post, path = "/api/v1/customers/{id}/merge", tag = "customers", operation_id = "merge_customer",
    params(Id, ("If-Match" = Option<String>, Header, description = "The `ETag` of the customer that ends, or `*`.")),
    request_body = CustomerMerge, security(("token" = ["customers.write"])),
    responses((status = 202, body = CustomerJob, description = "The job that moves the conversations"),
        (status = 409, body = crate::wire::Problem, description = "It was merged already"),
        (status = 410, body = crate::wire::Problem, description = "It was erased"),
        (status = 412, body = crate::wire::Problem, description = "It has another version than `If-Match` names")))]
pub(crate) async fn merge(
    CustomersWriter(holder): CustomersWriter,
    State(app): State<App>,
    Id(id): Id,
    Change { input, once }: Change<CustomerMerge>,
) -> Result<Answer, Error> {
    holder.must_reach_all()?;
    let command = MergeCustomers {
        caller: holder.caller(),
        from: CustomerId(id),
        into: CustomerId(input.into),
        expected: once.expected,
    };
    let answer = |job: &StoreJob| Answer::accepted(&CustomerJob::of(job));
    let answer = once.write(command, &[INTO], answer).await?;
    app.customer_jobs.wake(holder.account());
    Ok(answer)
}

/// Erase a customer and all who were merged into it, for good: what is known of it goes at once, and what its conversations
/// tell follows. They stay as numbered shells. Stored answers to writes of the account are forgotten.
#[utoipa::path(delete, path = "/api/v1/customers/{id}", tag = "customers", operation_id = "erase_customer", params(Id),
    security(("token" = ["customers.erase"])),
    responses((status = 202, body = CustomerJob, description = "The job that empties the conversations"),
        (status = 409, body = crate::wire::Problem, description = "It was merged: erase the survivor"),
        (status = 410, body = crate::wire::Problem, description = "It was erased already")))]
pub(crate) async fn erase(
    CustomersEraser(holder): CustomersEraser,
    State(app): State<App>,
    Id(id): Id,
    Bare(once): Bare,
) -> Result<Answer, Error> {
    holder.must_reach_all()?;
    let command = EraseCustomer {
        caller: holder.caller(),
        id: CustomerId(id),
        expected: once.expected,
    };
    let answer = |job: &StoreJob| Answer::accepted(&CustomerJob::of(job));
    let answer = once.write(command, &[], answer).await?;
    app.customer_jobs.wake(holder.account());
    Ok(answer)
}

/// List the jobs of a customer, merged and erased ones included; the newest first.
#[utoipa::path(get, path = "/api/v1/customers/{id}/jobs", tag = "customers", operation_id = "list_customer_jobs",
    params(Id), security(("token" = ["customers.read"])),
    responses((status = 200, body = Page<CustomerJob>, description = "The jobs")))]
pub(crate) async fn jobs(
    CustomersReader(holder): CustomersReader,
    State(app): State<App>,
    Id(id): Id,
) -> Result<axum::Json<Page<CustomerJob>>, Error> {
    find(&app, &holder, id).await?;
    let list = ListJobs {
        account: holder.account(),
        customer: CustomerId(id),
    };
    let found = app.store.read(list).await?;
    Ok(axum::Json(Page {
        data: found.iter().map(CustomerJob::of).collect(),
        next_cursor: None,
    }))
}
