//! The name, configuration and router state of this API.

use heddle_domain::ApiName;
use heddle_http::limit::FixedPenalty;
use heddle_http::path_prefix::PathPrefix;
use serde::{Deserialize, Serialize};

/// The name of this API.
pub const NAME: ApiName = ApiName::named("magicline");

/// The operator's settings for this API: the section `[magicline]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whether POST on a thread is accepted and does what PUT does.
    pub accept_post_on_thread: bool,
    /// A prefix that clients may put before this API's paths; may be empty.
    pub path_prefix: PathPrefix,
}

/// State that only this API has.
#[derive(Debug, Default)]
pub(crate) struct Own {
    /// The number of requests per account, credential and endpoint.
    pub(crate) rates: FixedPenalty<(i64, i64, String)>,
}

/// The state of this API's router.
pub(crate) type Context = heddle_api::Context<Own>;
