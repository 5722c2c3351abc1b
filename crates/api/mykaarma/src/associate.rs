//! `GET /manage/v2/department/{departmentUUID}/dealerAssociate/default` (contract section 9): the department's default
//! dealer associate, a user whose messages do not delegate a thread. The vendor's own client asks for this user before
//! it sends a message.

use axum::Json;
use axum::extract::State;
use heddle_domain::EntityKind;
use heddle_store::read::account::GetInbox;

use crate::auth::AssociateReader;
use crate::context::NAME;
use crate::error::Error;
use crate::request::Path;
use crate::wire::{Associate, AssociateResponse};
use heddle_api::{App, Failure};

/// Returns the default associate of a department. If it has none, the response contains the account's built-in agent,
/// whose messages do not delegate (assign) the thread either.
pub(crate) async fn default(
    State(app): State<App>,
    AssociateReader(subscriber): AssociateReader,
    path: Path,
) -> Result<Json<AssociateResponse>, Error> {
    let department = subscriber.department(path.get("departmentUUID"))?;
    let account = subscriber.account();
    // Reads the inbox from the store, because the caller comes from a cache that may be five seconds old.
    let id = department.inbox.id;
    let inbox = app.store.read(GetInbox { account, id }).await?;
    let agent = inbox.and_then(|inbox| inbox.default_agent);
    let agent = agent.unwrap_or_else(|| subscriber.integration_agent());
    let (kind, entity) = (EntityKind::Agent, agent.get());
    let found = app.store.find_public_id(account, kind, entity, NAME);
    let user_uuid = found.await?;
    let user_uuid =
        user_uuid.ok_or_else(|| Failure::Internal("an agent without a public id".into()))?;
    Ok(Json(AssociateResponse {
        dealer_associate: Associate { user_uuid },
        errors: [],
        warnings: [],
    }))
}
