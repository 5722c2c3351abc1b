//! The list of APIs. A new API is one line in [`descriptions`], one in [`router`], and one in the configuration if it has a
//! section. Only this module, the configuration and the demo name single APIs; `cargo xtask tidy` checks this.

use axum::Router;
use heddle_api::{Apis, App};
use heddle_domain::ApiName;

use crate::config::Config;

/// Heddle's own API. It shows the default public ids, which the other APIs also show if they have no own ones.
pub const NATIVE: ApiName = heddle_native::NAME;

/// The API whose public ids of agents and customers the command line shows. The others show the numbers of agents and
/// customers, or ids that they compute from these.
pub const SHOWS_IDS_OF_PEOPLE: ApiName = heddle_mykaarma::NAME;

/// Returns the descriptions of all APIs.
#[must_use]
pub fn descriptions() -> Apis {
    [
        heddle_helpscout::description(),
        heddle_magicline::description(),
        heddle_mews::description(),
        heddle_mykaarma::description(),
        heddle_native::description(),
    ]
    .into_iter()
    .collect()
}

/// What the APIs need beside the store and the configuration. A process that opens several stores, one after the other, makes it once.
#[derive(Clone)]
pub struct Prepared(heddle_native::Prepared);

impl Default for Prepared {
    fn default() -> Self {
        Self(heddle_native::prepare(&descriptions()))
    }
}

/// Returns the router of all APIs, with the layers that every request passes.
pub fn router(app: &App, config: &Config) -> Router {
    prepared_router(Prepared::default(), app, config)
}

/// Does the same as [`router`], faster.
pub fn prepared_router(Prepared(native): Prepared, app: &App, config: &Config) -> Router {
    let vendors = vec![
        heddle_helpscout::api(app, config.helpscout.clone()),
        heddle_magicline::api(app, config.magicline.clone()),
        heddle_mews::api(app, config.mews.clone()),
        heddle_mykaarma::api(app),
    ];
    let native = heddle_native::api(app, native, config.live.clone());
    heddle_api::api::router(
        vendors,
        native,
        config.hosts(&descriptions()),
        config.server.proxies(),
        config.server.bodies(),
    )
}

#[cfg(test)]
mod tests {
    use heddle_http::dispatch::Dispatch;

    use super::*;

    #[test]
    fn a_path_belongs_to_the_api_of_its_prefix() {
        let native = heddle_native::description().mount;
        let apis = descriptions();
        let vendors = apis.iter().map(|api| api.mount);
        let vendors = vendors.filter(|mount| mount.name != native.name);
        let dispatch = Dispatch::new(vendors, native);
        for (path, api) in [
            ("/v1/communications/1/threads", heddle_magicline::NAME),
            ("/v1/", heddle_magicline::NAME),
            ("/v1", heddle_native::NAME),
            ("/v10/x", heddle_native::NAME),
            ("/v2/conversations/1/phones", heddle_helpscout::NAME),
            ("/v3/x", heddle_helpscout::NAME),
            ("/authentication/x", heddle_helpscout::NAME),
            ("/api/connector/v1/messageThreads/getAll", heddle_mews::NAME),
            ("/api/Connector/v1", heddle_native::NAME),
            ("/api/v1/account", heddle_native::NAME),
            ("/communications/departments/d", heddle_mykaarma::NAME),
            ("/manage/x", heddle_mykaarma::NAME),
            ("/customer/x", heddle_mykaarma::NAME),
            ("/customers/x", heddle_native::NAME),
            ("/", heddle_native::NAME),
            ("", heddle_native::NAME),
        ] {
            assert_eq!(dispatch.find(path).name, api, "{path}");
        }
    }
}
