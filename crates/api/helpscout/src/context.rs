//! The name of this API, and the state of its router.

use std::num::NonZeroU32;

use heddle_domain::ApiName;
use heddle_http::limit::Minute;
use serde::{Deserialize, Serialize};

/// This API's name.
pub const NAME: ApiName = ApiName::named("helpscout");

/// `[helpscout]` in the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How long an access token is valid.
    pub token_lifetime_seconds: NonZeroU32,
}

/// What this API keeps for itself.
#[derive(Debug)]
pub(crate) struct Own {
    /// The operator's choices.
    pub(crate) config: Config,
    /// Units spent per account.
    pub(crate) rates: Minute<i64>,
}

/// The state of this API's router.
pub(crate) type Context = heddle_api::Context<Own>;
