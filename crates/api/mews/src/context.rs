//! The name of this API, and the state of its router.

use heddle_domain::ApiName;
use heddle_http::limit::Burst;
use serde::{Deserialize, Serialize};

/// This API's name.
pub const NAME: ApiName = ApiName::named("mews");

/// `[mews]` in the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whether a request without `Client` is refused, as the vendor documents it.
    pub require_client_name: bool,
    /// Whether errors carry the vendor's `Details`, as in its demo environment.
    pub development: bool,
}

/// What this API keeps for itself.
#[derive(Debug)]
pub(crate) struct Own {
    /// The operator's choices.
    pub(crate) config: Config,
    /// Requests counted per account and credential, that is per access token.
    pub(crate) rates: Burst<(i64, i64)>,
}

/// The state of this API's router.
pub(crate) type Context = heddle_api::Context<Own>;
