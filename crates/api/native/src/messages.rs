//! Messages of a conversation: contacts with the customer, and notes of agents.
//!
//! An agent's reply is an outgoing message, whichever API created its conversation: the guest of a Mews thread reads
//! what is written through this API.

mod add;
mod change;
pub(crate) mod compose;
mod original;
mod read;
pub(crate) mod resource;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::Context;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(read::list, add::append))
        .routes(routes!(read::show, change::change))
        .routes(routes!(original::original))
        .routes(routes!(add::note))
}
