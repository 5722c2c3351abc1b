//! The test server: all APIs of the binary, with its configuration.

use std::ops::Deref;

use heddle::apis;
use heddle::config::{Config, Overrides};
use heddle_api::App;
use heddle_domain::AccountSettings;
use heddle_testkit::{On, world};

pub(crate) use heddle_testkit::world::{Answer, Tenant};

/// A test server with all APIs.
pub(crate) struct World(world::World);

impl Deref for World {
    type Target = world::World;

    fn deref(&self) -> &world::World {
        &self.0
    }
}

impl World {
    pub(crate) async fn new(on: On) -> Self {
        Self::with(on, AccountSettings::default(), Overrides::default()).await
    }

    /// Starts a test server with the given account settings and changes of the configuration.
    pub(crate) async fn with(on: On, settings: AccountSettings, overrides: Overrides) -> Self {
        // The key is set, so that no test creates one in the working folder.
        let overrides = overrides.set("secrets.sealing_key", Some("5".repeat(64)));
        let config = Config::load(None, overrides, &heddle::apis::descriptions())
            .expect("the default configuration");
        let serve = |app: &App| apis::router(app, &config);
        Self(world::World::open(on, settings, config.app_options(), serve).await)
    }
}
