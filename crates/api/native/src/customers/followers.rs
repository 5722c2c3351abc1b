//! The followers of a customer. Their `ETag` is the customer's, because they have no version of their own.

use heddle_domain::customer::{Follower as DomainFollower, FollowerChange};
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_store::Entity;
use heddle_store::read::followers::{FindFollowers, FollowersView};
use heddle_store::write::customers::UpdateFollowers;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::auth::{CustomersReader, CustomersWriter};
use crate::body::WithBody;
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::etag::IfNoneMatch;
use crate::page::Page;
use crate::path::Id;
use crate::problem::Problem;

/// The members that name entities.
const FIELDS: &[(Entity, &str)] = &[
    (Entity::Inbox, "followers.inbox_id"),
    (Entity::Agent, "followers.agent_id"),
];

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(list, change))
}

/// An agent who follows a customer in an inbox. Heddle notifies nobody yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Follower {
    inbox_id: i64,
    agent_id: i64,
    /// Whether the agent follows internal notes.
    notes: bool,
    /// Whether the agent follows messages to and from the customer.
    messages: bool,
}

impl Follower {
    fn of(follower: &DomainFollower) -> Self {
        Self {
            inbox_id: follower.inbox.get(),
            agent_id: follower.agent.get(),
            notes: follower.notes,
            messages: follower.messages,
        }
    }
}

/// What an agent shall follow. An absent value stays as it is; at least one is needed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewFollower {
    inbox_id: i64,
    agent_id: i64,
    /// Whether the agent follows internal notes.
    #[schema(nullable = false)]
    notes: Option<bool>,
    /// Whether the agent follows messages to and from the customer.
    #[schema(nullable = false)]
    messages: Option<bool>,
}

/// The followers to change. Others stay as they are. One for whom both values are false is removed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FollowerChanges {
    #[schema(max_items = 100)]
    followers: Vec<NewFollower>,
}

fn page(view: &FollowersView) -> Page<Follower> {
    Page {
        data: view.followers.iter().map(Follower::of).collect(),
        next_cursor: None,
    }
}

/// List the followers of a customer in the inboxes of the token, by inbox and agent.
#[utoipa::path(get, path = "/api/v1/customers/{id}/followers", tag = "customers", operation_id = "list_followers",
    params(Id), security(("token" = ["customers.read"])),
    responses((status = 200, body = Page<Follower>, description = "The followers", headers(("ETag" = String, description = "The customer's version")))))]
async fn list(
    CustomersReader(caller): CustomersReader,
    Id(id): Id,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let find = FindFollowers {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        id: CustomerId(id),
    };
    let view = caller.read(find).await;
    let view = view.map_err(|error| error.or_redirect("/followers"))?;
    Ok(Answer::if_changed(
        &if_none_match,
        view.version,
        &page(&view),
    ))
}

/// Change who follows a customer. Followers that the body does not name stay as they are. A customer has at most 200 in each inbox.
#[utoipa::path(put, path = "/api/v1/customers/{id}/followers", tag = "customers", operation_id = "set_followers",
    params(Id), request_body = FollowerChanges, security(("token" = ["customers.write"])),
    responses((status = 200, body = Page<Follower>, description = "The followers in the token's inboxes", headers(("ETag" = String, description = "The customer's version"))),
        (status = 409, body = Problem, description = "The customer was merged")))]
async fn change(
    CustomersWriter(caller): CustomersWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<FollowerChanges>,
) -> Result<Answer, Error> {
    let says_nothing = |new: &NewFollower| new.notes.is_none() && new.messages.is_none();
    let all = input.followers.iter().enumerate();
    let fault = |(at, _)| {
        let text = "needs `notes` or `messages`";
        FieldError::new(&format!("followers[{at}]"), "required", text)
    };
    let faults = all.filter(|(_, new)| says_nothing(new)).map(fault);
    Error::invalid_if_any(faults.collect())?;
    let change = |new: NewFollower| FollowerChange {
        inbox: InboxId(new.inbox_id),
        agent: AgentId(new.agent_id),
        notes: new.notes,
        messages: new.messages,
    };
    let command = UpdateFollowers {
        caller: caller.for_store(),
        inboxes: caller.inboxes().clone(),
        id: CustomerId(id),
        expected: write.expected,
        changes: input.followers.into_iter().map(change).collect(),
    };
    let answer = |view: &FollowersView| Answer::ok(&page(view)).version(view.version);
    write.run(command, FIELDS, answer).await
}
