//! Mews client applications. A credential for Mews belongs to one; `POST /api/v1/credentials` creates them.

use heddle_domain::id::ApplicationId;
use heddle_store::read::account::{Application as StoredApplication, ListApplications};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::CredentialsReader;
use crate::context::Context;
use crate::error::Error;
use crate::page::{Listing, Page, Paging};
use crate::query::NoFilter;
use crate::time::Instant;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(list))
}

/// A Mews client application.
#[derive(Debug, Serialize, ToSchema)]
struct Application {
    id: i64,
    name: String,
    created_at: Instant,
}

impl Application {
    fn of(stored: StoredApplication) -> Self {
        let StoredApplication {
            id,
            name,
            created_at,
        } = stored;
        Self {
            id: id.get(),
            name,
            created_at: created_at.into(),
        }
    }
}

/// List the Mews client applications, by id.
///
/// `new_application` of a new credential creates one. Its client token is shown only then.
#[utoipa::path(get, path = "/api/v1/applications", tag = "credentials", operation_id = "list_applications", params(Paging),
    security(("token" = ["credentials.read"])),
    responses((status = 200, body = Page<Application>, description = "A page of applications")))]
async fn list(
    CredentialsReader(caller): CredentialsReader,
    listing: Listing<NoFilter>,
) -> Result<axum::Json<Page<Application>>, Error> {
    let read = ListApplications {
        account: caller.account(),
        after: ApplicationId(listing.after()?.unwrap_or(0)),
        limit: listing.fetch() as i64,
    };
    let found = caller.read(read).await?;
    let position = |stored: &StoredApplication| stored.id.get();
    Ok(axum::Json(listing.page(found, position, Application::of)))
}
