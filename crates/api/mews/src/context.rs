//! The name, configuration and router state of this API.

use heddle_domain::ApiName;
use heddle_http::limit::FixedWindow;
use serde::{Deserialize, Serialize};

/// The name of this API.
pub const NAME: ApiName = ApiName::named("mews");

/// The operator's settings for this API: the section `[mews]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whether a request without `Client` is refused, as the vendor documents it.
    pub require_client_name: bool,
    /// Whether error bodies contain `Details`, as in the vendor's demo environment.
    pub development: bool,
}

/// State that only this API has.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) config: Config,
    /// The number of requests per account and credential, that is, per access token.
    pub(crate) rates: FixedWindow<(i64, i64)>,
}

/// The state of this API's router.
pub(crate) type Context = heddle_api::Context<Own>;
