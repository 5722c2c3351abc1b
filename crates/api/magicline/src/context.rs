//! The name of this API, and the state of its router.

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
    /// A path that may stand in front of this API's paths.
    pub path_prefix: PathPrefix,
}

/// What this API keeps for itself.
#[derive(Debug, Default)]
pub(crate) struct Own {
    /// Requests counted per account, credential and endpoint.
    pub(crate) rates: FixedPenalty<(i64, i64, String)>,
}

/// The state of this API's router.
pub(crate) type Context = heddle_api::Context<Own>;
