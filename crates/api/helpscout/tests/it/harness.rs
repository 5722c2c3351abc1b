//! A test server with this API only.

use std::num::NonZeroU32;

use std::ops::Deref;

use heddle_api::App;
use heddle_api::app::Options;
use heddle_domain::AccountSettings;
use heddle_helpscout::Config;
use heddle_testkit::On;
use heddle_testkit::world;

pub(crate) use heddle_testkit::world::{Answer, Tenant};

/// A server with this API only.
pub(crate) struct World(world::World);

impl Deref for World {
    type Target = world::World;

    fn deref(&self) -> &world::World {
        &self.0
    }
}

/// Returns the default configuration.
pub(crate) fn config() -> Config {
    heddle_helpscout::Config {
        token_lifetime_seconds: NonZeroU32::new(172_800).expect("not zero"),
    }
}

impl World {
    pub(crate) async fn new(on: On) -> Self {
        Self::with(on, AccountSettings::default(), world::options(), config()).await
    }

    /// Starts a server with the given account settings and options of the server.
    pub(crate) async fn with(
        on: On,
        settings: AccountSettings,
        options: Options,
        config: Config,
    ) -> Self {
        let serve = |app: &App| world::serve_alone(heddle_helpscout::api(app, config));
        Self(world::World::open(on, settings, options, serve).await)
    }
}
