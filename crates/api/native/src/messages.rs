//! Messages of a conversation: contacts with the customer, and notes of agents.
//!
//! An agent's answer is an outgoing message, whichever API created its conversation: the guest of a Mews thread reads what is
//! written here.

mod add;
mod change;
pub(crate) mod compose;
mod list;
pub(crate) mod resource;
mod show;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::Context;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list::list, add::append))
        .routes(routes!(show::show, change::change))
        .routes(routes!(add::note))
}
