//! The name, configuration and router state of this API.

use std::num::NonZeroU32;

use heddle_domain::ApiName;
use heddle_http::limit::FixedWindow;
use serde::{Deserialize, Serialize};

/// The name of this API.
pub const NAME: ApiName = ApiName::named("helpscout");

/// The operator's settings for this API: the section `[helpscout]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Lifetime of an access token, in seconds.
    pub token_lifetime_seconds: NonZeroU32,
}

/// State that only this API has.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) config: Config,
    /// The units that each account has used.
    pub(crate) rates: FixedWindow<i64>,
}

/// The state of this API's router.
pub(crate) type Context = heddle_api::Context<Own>;
