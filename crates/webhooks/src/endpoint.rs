//! A webhook ready to be sent for: its API's part, its secrets endpoint, its URL read.

use heddle_domain::id::AccountId;
use heddle_store::StoredWebhook;
use heddle_store::write::delivery::Claimed;

use super::allow::Allow;
use super::guard::{Permits, Target};
use super::hook::{Hook, Hooks, Terms};
use heddle_access::seal::{SealError, Sealer};

/// What a webhook's URL and secrets are sealed for.
pub const URL: &str = "webhook-url";
/// See [`URL`].
pub const SECRET: &str = "webhook-secret";

/// Why a webhook cannot be sent for at present.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Its API has no webhooks, or does not exist in this build.
    #[error("no webhooks in the API {0}")]
    Api(String),
    /// The key is missing or another one.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// What was sealed is not what it should be.
    #[error("its {0} cannot be read")]
    Unreadable(&'static str),
}

/// A webhook with everything that sending for it needs.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) webhook: StoredWebhook,
    pub(super) hook: &'static dyn Hook,
    pub(super) terms: Terms,
    pub(super) target: Target,
    pub(super) secrets: Vec<String>,
    account_allow: Allow,
    webhook_allow: Allow,
}

/// Opens a sealed text of a webhook.
///
/// # Errors
/// If the sealing key is missing or another one, or the text was sealed for something else.
pub fn unseal(
    sealer: &Sealer,
    purpose: &'static str,
    account: AccountId,
    webhook: &StoredWebhook,
    sealed: &str,
) -> Result<String, EndpointError> {
    let bytes = sealer.open(purpose, account, webhook.id.get(), sealed)?;
    String::from_utf8(bytes).map_err(|_| EndpointError::Unreadable(purpose))
}

impl Endpoint {
    pub(super) fn open(
        sealer: &Sealer,
        hooks: &Hooks,
        account: AccountId,
        claimed: Claimed,
    ) -> Result<Self, EndpointError> {
        let api = &claimed.webhook.api;
        let hook = hooks.find(api);
        let hook = hook.ok_or_else(|| EndpointError::Api(api.clone()))?;
        Self::of(
            sealer,
            hook,
            account,
            claimed.webhook,
            &claimed.account_allow,
        )
    }

    pub(super) fn of(
        sealer: &Sealer,
        hook: &'static dyn Hook,
        account: AccountId,
        webhook: StoredWebhook,
        account_allow: &str,
    ) -> Result<Self, EndpointError> {
        let url = unseal(sealer, URL, account, &webhook, &webhook.url)?;
        let mut secrets = Vec::new();
        let previous = webhook.previous_secret.iter();
        for sealed in [&webhook.secret].into_iter().chain(previous) {
            if !sealed.is_empty() {
                secrets.push(unseal(sealer, SECRET, account, &webhook, sealed)?);
            }
        }
        let list =
            |text: &str| Allow::parse(text).map_err(|_| EndpointError::Unreadable("allow list"));
        Ok(Self {
            hook,
            terms: hook.terms(),
            target: Target::parse(&url).map_err(|_| EndpointError::Unreadable("URL"))?,
            secrets,
            account_allow: list(account_allow)?,
            webhook_allow: list(&webhook.allow)?,
            webhook,
        })
    }

    /// What it may reach.
    pub(super) fn permits<'a>(&'a self, server: &'a Allow) -> Permits<'a> {
        Permits {
            server,
            account: &self.account_allow,
            webhook: &self.webhook_allow,
        }
    }

    /// The secrets to sign with at a time: the current one, and the one before while it is still valid.
    pub(super) fn valid_secrets(&self, now: heddle_domain::Timestamp) -> &[String] {
        let both = self.webhook.previous_until.is_some_and(|until| now < until);
        let valid = if both { 2 } else { 1 };
        &self.secrets[..valid.min(self.secrets.len())]
    }
}
