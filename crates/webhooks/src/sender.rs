//! What the engine, and an API that tests a webhook, need to send deliveries.

use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;

use heddle_access::seal::Sealer;
use heddle_domain::Timestamp;
use heddle_http::base_url::BaseUrl;
use heddle_store::Store;
use serde::{Deserialize, Serialize};

use crate::allow::AllowList;
use crate::client::Client;
use crate::guard::SystemResolver;

/// The operator's settings for webhooks: the section `[webhooks]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Internal hosts and networks that the webhooks of every account may reach.
    pub allow: AllowList,
    /// How many days deliveries are stored.
    pub keep_days: NonZeroU32,
    /// The maximum number of open connections.
    pub max_connections: NonZeroU32,
    /// The maximum number of first attempts of one webhook that run at the same time.
    pub max_in_flight: NonZeroU32,
    /// How long a node's lease on a webhook lasts without renewal.
    pub lease_seconds: NonZeroU32,
}

/// State and tools for sending deliveries. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sender(Arc<SenderParts>);

/// The parts of a [`Sender`].
#[derive(Debug)]
pub struct SenderParts {
    /// Stores webhooks, their events and their deliveries.
    pub store: Store,
    /// Decrypts the sealed URLs and secrets of webhooks.
    pub sealer: Arc<Sealer>,
    /// The start of absolute links in the bodies of requests.
    pub base_url: BaseUrl,
    /// The operator's settings.
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
    /// Creates a sender. It opens no connections until there is something to send.
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

    /// Returns the time now, by the store's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.store.clock().now()
    }
}
