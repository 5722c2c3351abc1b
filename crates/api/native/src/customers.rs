//! Customers: the people and firms in contact.
//!
//! A token that is limited to some inboxes sees only customers whose home is one of them, and customers without a home.
//! The path of a merged customer answers reads with 301 to the survivor and writes with 409; that of an erased one,
//! with 410.

pub(crate) mod address;
mod addresses;
mod bulk;
mod include;
mod input;
mod lookup;
mod merge_and_erase;
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
}
