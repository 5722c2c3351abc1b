//! The name of this API, and the state of its router.

use heddle_api::Apis;
use heddle_domain::ApiName;

use crate::document::Document;
use crate::in_flight::InFlight;
use crate::shapes::Shapes;

/// This API's name.
pub const NAME: ApiName = ApiName::named("native");

/// What this API keeps for itself.
#[derive(Debug)]
pub(crate) struct Own {
    /// All APIs: what webhooks and credentials can be made for.
    pub(crate) apis: Apis,
    /// The OpenAPI document, as it is served and enforced.
    pub(crate) document: Document,
    /// The shapes of requests, compiled once.
    pub(crate) shapes: Shapes,
    /// Requests with an idempotency key that are under way.
    pub(crate) in_flight: InFlight,
}

/// The state of this API's router.
pub(crate) type Context = heddle_api::Context<Own>;
