//! Who follows a customer in a department (contract section 7). Heddle records followers and shows them in its own API; it
//! notifies nobody yet.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use heddle_domain::customer::FollowerChange;
use heddle_domain::id::{AgentId, InboxId};
use heddle_domain::{EntityKind, InboxScope};
use heddle_store::read::account::FindByPublicIds;
use heddle_store::write::customers::UpdateFollowers;
use http::StatusCode;

use crate::auth::{FollowerWriter, Subscriber};
use crate::context::NAME;
use crate::error::{Code, Error};
use crate::lookup;
use crate::request::{self, Followed, FollowerRequest, Path, SubscriptionRequest, Wish};
use crate::wire::{Done, Subscription, SubscriptionResponse};
use heddle_api::App;
use heddle_http::request_id::RequestId;

/// `POST /communications/department/{departmentUUID}/customer/{customerUUID}/followers`. An unknown user fails the whole
/// call.
pub(crate) async fn change(
    State(app): State<App>,
    FollowerWriter(subscriber): FollowerWriter,
    path: Path,
    request: Request,
) -> Result<Json<Done>, Error> {
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let request = request::read(request, &FollowerRequest::SHAPE, FollowerRequest::read).await?;
    must_be_same(
        Code::Customer,
        "customerUuid",
        request.customer.as_deref(),
        path.get("customerUUID"),
    )?;
    must_be_same(
        Code::Department,
        "departmentUuid",
        request.department.as_deref(),
        path.get("departmentUUID"),
    )?;
    let users = users(&app, &subscriber, &request.wishes).await?;
    if request
        .wishes
        .iter()
        .any(|wish| !users.contains_key(&wish.user))
    {
        return Err(Error::unknown_user("userEvents.user.uuid"));
    }
    write(&app, &subscriber, (inbox, &path), &request.wishes, &users).await?;
    Ok(Json(Done {
        errors: [],
        warnings: [],
    }))
}

/// `PUT /communications/department/{departmentUUID}/customer/{customerUUID}/subscription`. An unknown user fails alone; if all
/// fail, the call has failed.
pub(crate) async fn subscribe(
    State(app): State<App>,
    FollowerWriter(subscriber): FollowerWriter,
    path: Path,
    id: RequestId,
    request: Request,
) -> Result<Response, Error> {
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let request = request::read(
        request,
        &SubscriptionRequest::SHAPE,
        SubscriptionRequest::read,
    )
    .await?;
    let users = users(&app, &subscriber, &request.wishes).await?;
    write(&app, &subscriber, (inbox, &path), &request.wishes, &users).await?;
    let failed = |followed: Followed| -> Vec<Subscription> {
        let is_failed = |wish: &&Wish| wish.followed == followed && !users.contains_key(&wish.user);
        let failed = request.wishes.iter().filter(is_failed);
        let item = |wish: &Wish| Subscription {
            user_uuid: wish.user.clone(),
            is_asignee: false,
        };
        failed.map(item).collect()
    };
    let has_failed = users.is_empty();
    let fault = Error::unknown_user("userUuid");
    let body = SubscriptionResponse {
        internal_failed: failed(Followed::Notes),
        external_failed: failed(Followed::Messages),
        errors: has_failed.then(|| fault.item(id)).into_iter().collect(),
        warnings: [],
    };
    let status = match has_failed {
        true => fault.status(),
        false => StatusCode::OK,
    };
    Ok((status, Json(body)).into_response())
}

/// Checks an id that a body repeats from the path.
fn must_be_same(code: Code, name: &str, given: Option<&str>, of_path: &str) -> Result<(), Error> {
    match given.is_none_or(|given| given == of_path) {
        true => Ok(()),
        false => Err(Error::invalid(
            code,
            format!("{name} must be that of the path."),
        )),
    }
}

/// Returns the known users among those of some wishes, by public id.
async fn users(
    app: &App,
    subscriber: &Subscriber,
    wishes: &[Wish],
) -> Result<BTreeMap<String, AgentId>, Error> {
    let mut names: Vec<&String> = wishes.iter().map(|wish| &wish.user).collect();
    names.sort_unstable();
    names.dedup();
    let wanted = names
        .iter()
        .map(|name| (EntityKind::Agent, (*name).clone()));
    let read = FindByPublicIds {
        account: subscriber.account(),
        api: NAME,
        wanted: wanted.collect(),
    };
    let found = app.store.read(read).await?;
    let known = names.into_iter().zip(found);
    Ok(known
        .filter_map(|(name, id)| Some((name.clone(), AgentId(id?))))
        .collect())
}

/// Records the wishes of known users. Also checks the customer if there are none.
async fn write(
    app: &App,
    subscriber: &Subscriber,
    (inbox, path): (InboxId, &Path),
    wishes: &[Wish],
    users: &BTreeMap<String, AgentId>,
) -> Result<(), Error> {
    let inboxes = InboxScope::only([inbox]);
    let customer = path.get("customerUUID");
    let customer = lookup::customer(app, subscriber, inboxes.clone(), customer).await?;
    let change = |wish: &Wish| {
        let agent = *users.get(&wish.user)?;
        let is = |followed: Followed| (wish.followed == followed).then_some(wish.follows);
        Some(FollowerChange {
            inbox,
            agent,
            notes: is(Followed::Notes),
            messages: is(Followed::Messages),
        })
    };
    let changes: Vec<FollowerChange> = wishes.iter().filter_map(change).collect();
    if changes.is_empty() {
        return Ok(());
    }
    let command = UpdateFollowers {
        caller: subscriber.acting(None),
        inboxes,
        id: customer,
        expected: None,
        changes,
    };
    app.store.write(command).await?;
    Ok(())
}
