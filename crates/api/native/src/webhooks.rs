//! Webhooks of every API. Creating a webhook requires the scopes to read what its deliveries show. A token that is
//! limited to some inboxes creates and sees only webhooks that are limited to these inboxes.

mod checks;
mod deliveries;
mod ping;
mod read;
mod resource;
mod secret;
mod write;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::Context;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(read::list, write::create))
        .routes(routes!(read::show, write::change, write::delete))
        .routes(routes!(read::health))
        .routes(routes!(secret::rotate))
        .routes(routes!(ping::ping))
        .merge(deliveries::routes())
}
