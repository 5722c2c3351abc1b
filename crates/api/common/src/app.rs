//! The state that all APIs share.

use std::ops::Deref;
use std::sync::Arc;

use heddle_access::authentication::Authentication;
use heddle_access::seal::Sealer;
use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, WebhookId};
use heddle_http::base_url::BaseUrl;
use heddle_store::Store;
use heddle_webhooks::sender::{self, Sender};
use tokio_util::sync::CancellationToken;

use crate::turns::Turns;
use crate::wake::Wake;

/// The state that all APIs share. Cheap to clone. The state of a single API is in its [`Context`](crate::Context).
#[derive(Clone, Debug)]
pub struct App(Arc<AppParts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct AppParts {
    /// Stores all data of all accounts.
    pub store: Store,
    /// Authenticates requests.
    pub authentication: Authentication,
    /// Encrypts secrets that the server must show or use again.
    pub sealer: Arc<Sealer>,
    /// Checks, tests and sends webhooks.
    pub webhooks: Sender,
    /// The webhooks that requests to this node are changing, one request after the other.
    pub webhook_turns: Turns<(AccountId, WebhookId)>,
    /// Wakes the worker for jobs of customers (`heddle_store::jobs`).
    pub customer_jobs: Wake,
    /// Search; `None` if the operator has switched it off.
    pub search: Option<Search>,
    /// The start of absolute links in responses.
    pub base_url: BaseUrl,
    /// The maximum size of an uploaded file, in bytes.
    pub largest_attachment: usize,
    /// Whether the reference page is ready to send calls, without a click before.
    pub tries_calls: bool,
    /// Cancelled when the server begins to stop: answers that have no end of their own end then.
    pub ending: CancellationToken,
}

/// What requests and commands need of search beside the store.
#[derive(Debug, Default)]
pub struct Search {
    /// Wakes the task that keeps the indexes up to date, for an account whose index is to be built anew.
    pub indexing: Wake,
}

/// The operator's options for all APIs.
#[derive(Debug)]
pub struct Options {
    /// Encrypts secrets that the server must show or use again.
    pub sealer: Sealer,
    /// The operator's settings for webhooks: the section `[webhooks]` of the configuration.
    pub webhooks: sender::Settings,
    /// The maximum number of wrong credentials per minute and address; 0 means no limit.
    pub failed_auth_per_minute: u32,
    /// The maximum size of an uploaded file, in bytes.
    pub largest_attachment: usize,
    /// Whether this server keeps a search index and answers searches.
    pub has_search: bool,
    /// Whether the reference page is ready to send calls, without a click before.
    pub tries_calls: bool,
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}

impl App {
    /// Creates the shared state.
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
            webhook_turns: Turns::default(),
            customer_jobs: Wake::default(),
            search: options.has_search.then(Search::default),
            base_url,
            largest_attachment: options.largest_attachment,
            tries_calls: options.tries_calls,
            ending: CancellationToken::new(),
        }))
    }

    /// Returns the time now, by the store's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.store.clock().now()
    }
}
