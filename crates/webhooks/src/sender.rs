//! What sending a webhook needs, whoever sends: the engine, or an API that tries one out.

use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;

use heddle_access::seal::Sealer;
use heddle_domain::Timestamp;
use heddle_http::base_url::BaseUrl;
use heddle_store::Store;
use serde::{Deserialize, Serialize};

use crate::allow::Allow;
use crate::client::Client;
use crate::guard::SystemResolver;

/// `[webhooks]` in the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Internal hosts and networks that webhooks of every account may reach.
    pub allow: Allow,
    /// How many days deliveries are kept.
    pub keep_days: NonZeroU32,
    /// Connections open at once at most.
    pub max_connections: NonZeroU32,
    /// How long a node holds a webhook without renewing its lease.
    pub lease_seconds: NonZeroU32,
}

/// What sending a webhook needs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sender(Arc<SenderParts>);

/// The parts of a [`Sender`].
#[derive(Debug)]
pub struct SenderParts {
    /// Where webhooks, their events and their deliveries are.
    pub store: Store,
    /// Opens the sealed URLs and secrets of webhooks.
    pub sealer: Arc<Sealer>,
    /// The address that links in bodies begin with.
    pub base_url: BaseUrl,
    /// The operator's choices.
    pub settings: Settings,
    /// The only HTTP client of the server.
    pub client: Client,
}

impl Deref for Sender {
    type Target = SenderParts;

    fn deref(&self) -> &SenderParts {
        &self.0
    }
}

impl Sender {
    /// Puts the parts together; no connection is endpoint before there is something to send.
    #[must_use]
    pub fn new(store: Store, sealer: Arc<Sealer>, base_url: BaseUrl, settings: Settings) -> Self {
        let connections = settings.max_connections.get() as usize;
        Self(Arc::new(SenderParts {
            store,
            sealer,
            base_url,
            settings,
            client: Client::new(Arc::new(SystemResolver), connections),
        }))
    }

    /// The time now, by the store's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.store.clock().now()
    }
}
