//! The name, configuration and router state of this API.

use heddle_domain::ApiName;
use heddle_http::limit::FixedPenalty;
use heddle_http::path_prefix::PathPrefix;
use serde::{Deserialize, Serialize};

/// This API's name.
pub const NAME: ApiName = ApiName::named("magicline");

/// `[magicline]` in the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whether POST does what PUT does on a thread.
    pub accept_post_on_thread: bool,
    /// An optional prefix of this API's paths.
    pub path_prefix: PathPrefix,
}

/// State that only this API has.
#[derive(Debug, Default)]
pub(crate) struct Own {
    /// Requests counted per account, credential and endpoint.
    pub(crate) rates: FixedPenalty<(i64, i64, String)>,
}

/// The state of this API's router.
pub(crate) type Context = heddle_api::Context<Own>;
