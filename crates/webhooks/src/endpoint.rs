//! A webhook that is ready for deliveries: its URL parsed and its secrets decrypted.

use heddle_domain::id::AccountId;
use heddle_store::StoredWebhook;
use heddle_store::write::lease::Claimed;

use super::allow::AllowList;
use super::guard::{AllowLists, Target};
use super::hook::{DeliveryOptions, Hook, Hooks};
use heddle_access::seal::{SealError, Sealer};

/// The purpose for which the URL of a webhook is sealed.
pub const URL_PURPOSE: &str = "webhook-url";
/// The purpose for which the secret of a webhook is sealed.
pub const SECRET_PURPOSE: &str = "webhook-secret";

/// Why nothing can be delivered to a webhook now.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The webhook's API does not support webhooks, or does not exist in this build.
    #[error("no webhooks in the API {0}")]
    Api(String),
    /// The sealing key (which encrypts stored secrets) is missing or is a different key.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// A decrypted value is not valid.
    #[error("its {0} cannot be read")]
    Unreadable(&'static str),
}

/// A webhook with everything that is needed to deliver to it.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) account: AccountId,
    pub(super) webhook: StoredWebhook,
    pub(super) hook: &'static dyn Hook,
    pub(super) delivery_options: DeliveryOptions,
    pub(super) target: Target,
    pub(super) secrets: Vec<String>,
    account_allow: AllowList,
    webhook_allow: AllowList,
}

/// Decrypts a sealed text of a webhook.
///
/// # Errors
/// Fails if the sealing key is missing or a different one, or if the text was sealed for another purpose, account or
/// webhook.
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
        let url = unseal(sealer, URL_PURPOSE, account, &webhook, &webhook.url)?;
        let mut secrets = Vec::new();
        let previous = webhook.previous_secret.iter();
        for sealed in [&webhook.secret].into_iter().chain(previous) {
            if !sealed.is_empty() {
                secrets.push(unseal(sealer, SECRET_PURPOSE, account, &webhook, sealed)?);
            }
        }
        let list = |text: &str| {
            AllowList::parse(text).map_err(|_| EndpointError::Unreadable("allow list"))
        };
        Ok(Self {
            account,
            hook,
            delivery_options: hook.delivery_options(),
            target: Target::parse(&url).map_err(|_| EndpointError::Unreadable("URL"))?,
            secrets,
            account_allow: list(account_allow)?,
            webhook_allow: list(&webhook.allow)?,
            webhook,
        })
    }

    /// Returns the allow lists that apply to the webhook.
    pub(super) fn allow_lists<'a>(&'a self, server: &'a AllowList) -> AllowLists<'a> {
        AllowLists {
            server,
            account: &self.account_allow,
            webhook: &self.webhook_allow,
        }
    }

    /// Returns the secrets to sign with: the current one, and the previous one while it is still valid.
    pub(super) fn valid_secrets(&self, now: heddle_domain::Timestamp) -> &[String] {
        let both = self.webhook.previous_until.is_some_and(|until| now < until);
        let valid = if both { 2 } else { 1 };
        &self.secrets[..valid.min(self.secrets.len())]
    }
}
