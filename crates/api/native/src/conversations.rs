//! Conversations. For a conversation that was merged into another, the status of a read is 301, to the survivor (the
//! conversation that remains), and that of a write is 409.

mod bulk;
mod change;
mod create;
mod delegations;
mod delete;
pub(crate) mod include;
pub(crate) mod labels;
mod locks;
pub(crate) mod lookup;
mod merge;
mod read;
mod split;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::Context;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(read::list, create::create))
        .routes(routes!(read::show, change::change, delete::delete))
        .routes(routes!(delete::restore))
        .routes(routes!(merge::merge))
        .routes(routes!(split::split))
        .routes(routes!(locks::locks))
        .routes(routes!(delegations::delegations))
        .routes(routes!(bulk::change_many))
}
