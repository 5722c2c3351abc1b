//! A test server with this API only.

use std::ops::Deref;

use axum::body::Body;
use heddle_api::App;
use heddle_api::app::Options;
use heddle_domain::AccountSettings;

use heddle_testkit::On;
use heddle_testkit::{described, world};
use http::Method;

use crate::described::document;

pub(crate) use heddle_testkit::world::{Answer, Tenant};

/// A server with this API only.
pub(crate) struct World(world::World);

impl Deref for World {
    type Target = world::World;

    fn deref(&self) -> &world::World {
        &self.0
    }
}

impl World {
    pub(crate) async fn new(on: On) -> Self {
        Self::with(on, AccountSettings::default(), world::options()).await
    }

    /// Starts a server with the given account settings and options of the server.
    pub(crate) async fn with(on: On, settings: AccountSettings, options: Options) -> Self {
        let serve = |app: &App| world::serve_alone(heddle_mykaarma::api(app));
        Self(world::World::open(on, settings, options, serve).await)
    }

    /// Sends a request, and compares the answer with the description of the API.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let answer = self.0.send(method.clone(), path, headers, body).await;
        described::check_answer(document(), &method, path, &answer);
        answer
    }
}
