//! What every request can reach, whichever API it came to. Cheap to clone.

use std::ops::Deref;
use std::sync::Arc;

use heddle_access::authentication::Authentication;
use heddle_access::seal::Sealer;
use heddle_domain::Timestamp;
use heddle_http::base_url::BaseUrl;
use heddle_store::Store;
use heddle_webhooks::sender::{self, Sender};

use crate::customer_jobs::Wake;

/// The state that all APIs share. What an API keeps for itself is in its [`Context`](crate::Context).
#[derive(Clone, Debug)]
pub struct App(Arc<AppParts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct AppParts {
    /// Everything durable.
    pub store: Store,
    /// Who may call.
    pub authentication: Authentication,
    /// Seals secrets that must be shown or used again.
    pub sealer: Arc<Sealer>,
    /// Checks, tries out and sends webhooks.
    pub webhooks: Sender,
    /// Wakes the worker of customers' jobs.
    pub customer_jobs: Wake,
    /// The address that absolute links begin with.
    pub base_url: BaseUrl,
    /// The most bytes that an uploaded file may have.
    pub largest_attachment: usize,
}

/// What an operator chooses for all APIs.
#[derive(Debug)]
pub struct Options {
    /// Seals secrets that must be shown or used again.
    pub sealer: Sealer,
    /// `[webhooks]`.
    pub webhooks: sender::Settings,
    /// Wrong credentials a minute and address; 0 is no limit.
    pub failed_auth_per_minute: u32,
    /// The most bytes that an uploaded file may have.
    pub largest_attachment: usize,
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(store: Store, base_url: BaseUrl, options: Options) -> Self {
        let sealer = Arc::new(options.sealer);
        let webhooks = Sender::new(
            store.clone(),
            Arc::clone(&sealer),
            base_url.clone(),
            options.webhooks,
        );
        Self(Arc::new(AppParts {
            authentication: Authentication::new(store.clone(), options.failed_auth_per_minute),
            store,
            sealer,
            webhooks,
            customer_jobs: Wake::default(),
            base_url,
            largest_attachment: options.largest_attachment,
        }))
    }

    /// The time now, by the store's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.store.clock().now()
    }
}
