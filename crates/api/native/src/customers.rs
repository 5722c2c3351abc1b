//! Customers: the people and firms in contact.
//!
//! A customer's home inbox is the only inbox that shows the customer. A token that is limited to some inboxes sees only
//! customers whose home is one of them, and customers without a home. For a merged customer, the status of a read is
//! 301, to the survivor (the customer that remains), and that of a write is 409. For an erased customer, the status is
//! 410.

pub(crate) mod address;
mod addresses;
mod bulk;
mod followers;
mod include;
mod input;
mod lookup;
mod merge_and_erase;
pub(crate) mod postal;
mod preferences;
mod read;
mod write;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::Context;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(read::list, write::create))
        .routes(routes!(read::show, write::change, merge_and_erase::erase))
        .routes(routes!(bulk::bulk))
        .routes(routes!(merge_and_erase::merge))
        .routes(routes!(merge_and_erase::jobs))
        .merge(addresses::routes())
        .merge(followers::routes())
        .merge(preferences::routes())
}
