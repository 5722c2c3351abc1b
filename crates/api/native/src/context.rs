//! The name of this API, and the state of its router.

use heddle_api::Apis;
use heddle_domain::ApiName;

use crate::document::Document;
use crate::in_flight::InFlight;
use crate::schemas::RequestSchemas;

/// This API's name.
pub const NAME: ApiName = ApiName::named("native");

/// The state that only this API needs.
#[derive(Debug)]
pub(crate) struct Own {
    /// All APIs: webhooks and credentials can be made for each.
    pub(crate) apis: Apis,
    pub(crate) document: Document,
    pub(crate) schemas: RequestSchemas,
    pub(crate) in_flight: InFlight,
}

/// The state of this API's router.
pub(crate) type Context = heddle_api::Context<Own>;
