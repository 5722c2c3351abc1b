//! Finds the users and customers that a request names by their public ids.

use heddle_domain::id::{AgentId, CustomerId};
use heddle_domain::{EntityKind, InboxScope};
use heddle_store::read::account::{FindByPublicId, FindCustomers};

use crate::auth::Subscriber;
use crate::context::NAME;
use crate::error::Error;
use heddle_api::App;

/// Returns the user with a public id. `name` is the parameter or member that names the user.
///
/// # Errors
/// Fails if the user is unknown.
pub(crate) async fn user(
    app: &App,
    subscriber: &Subscriber,
    name: &str,
    public_id: String,
) -> Result<AgentId, Error> {
    let read = FindByPublicId {
        account: subscriber.account(),
        kind: EntityKind::Agent,
        public_id,
        api: NAME,
    };
    let found = app.store.read(read).await?;
    found.map(AgentId).ok_or_else(|| Error::unknown_user(name))
}

/// Returns the customers with some public ids, as far as these inboxes see them; for merged customers, their survivors.
///
/// # Errors
/// Fails if one of them is unknown.
pub(crate) async fn customers(
    app: &App,
    subscriber: &Subscriber,
    inboxes: InboxScope,
    public_ids: Vec<String>,
) -> Result<Vec<CustomerId>, Error> {
    if public_ids.is_empty() {
        return Ok(Vec::new());
    }
    let read = FindCustomers {
        account: subscriber.account(),
        api: NAME,
        public_ids,
        inboxes,
    };
    let found: Option<Vec<_>> = app.store.read(read).await?.into_iter().collect();
    found.ok_or_else(Error::unknown_customer)
}

/// Returns the customer with a public id, as these inboxes see it.
///
/// # Errors
/// Fails if the customer is unknown.
pub(crate) async fn customer(
    app: &App,
    subscriber: &Subscriber,
    inboxes: InboxScope,
    public_id: &str,
) -> Result<CustomerId, Error> {
    let found = customers(app, subscriber, inboxes, vec![public_id.to_owned()]).await?;
    let [customer] = found[..] else {
        return Err(Error::unknown_customer());
    };
    Ok(customer)
}
