//! What every request can reach: the store, who may call, the limits, the switches. Cheap to clone.

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use heddle_domain::Timestamp;
use heddle_store::Store;

use crate::authentication::Authentication;
use crate::config::Config;
use crate::dialect;
use crate::jobs;
use crate::kit::base_url::BaseUrl;
use crate::kit::prefix;
use crate::kit::serve;
use crate::seal::Sealer;
use crate::webhooks::client::Client;
use crate::webhooks::guard::SystemResolver;

/// The state of all routers.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct Parts {
    /// Everything durable.
    pub store: Store,
    /// Who may call.
    pub authentication: Authentication,
    /// Seals secrets that must be had again.
    pub sealer: Sealer,
    /// Wakes the worker of customers' jobs.
    pub jobs: jobs::Wake,
    /// Sends webhooks; nothing else of the server is a client.
    pub webhook_client: Client,
    /// What each API keeps between requests.
    pub kept: dialect::Kept,
    /// The operator's choices.
    pub config: Config,
    /// The address that absolute links begin with.
    pub base_url: BaseUrl,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(store: Store, config: Config, base_url: BaseUrl) -> Self {
        let authentication =
            Authentication::new(store.clone(), config.limits.failed_auth_per_minute);
        Self(Arc::new(Parts {
            store,
            authentication,
            sealer: Sealer::new(&config),
            webhook_client: Client::new(
                Arc::new(SystemResolver),
                config.webhooks.max_connections.get() as usize,
            ),
            jobs: jobs::Wake::default(),
            kept: dialect::Kept::default(),
            config,
            base_url,
        }))
    }

    /// Now, by the store's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.store.clock().now()
    }

    /// Every route of every API, with the layers that all requests pass.
    pub fn router(&self) -> Router {
        let router = serve::wrap(
            dialect::router(self),
            self.config.server.proxies(),
            dialect::APIS,
        );
        prefix::accept(router, self.config.magicline.path_prefix.as_str(), |path| {
            dialect::of_path(path) == dialect::magicline::NAME
        })
    }
}
