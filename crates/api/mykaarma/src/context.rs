//! The name of this API, and the state of its router.

use heddle_domain::ApiName;

/// The name of this API.
pub const NAME: ApiName = ApiName::named("mykaarma");

/// The state of this API's router. The API has no state of its own.
pub(crate) type Context = heddle_api::Context<()>;
