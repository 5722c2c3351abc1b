//! The name of this API, and the state of its router.

use heddle_domain::ApiName;

/// This API's name.
pub const NAME: ApiName = ApiName::named("mykaarma");

/// The state of this API's router, which has none of its own.
pub(crate) type Context = heddle_api::Context<()>;
