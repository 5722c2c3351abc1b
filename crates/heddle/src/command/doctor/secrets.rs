//! Finds secrets of webhooks that cannot be unsealed with the key of this configuration.

use heddle::config::Config;
use heddle_access::seal::Sealer;
use heddle_domain::id::{AccountId, WebhookId};
use heddle_store::read::webhooks::ListWebhooks;
use heddle_store::write::webhook::WebhookReach;
use heddle_store::{Problem, Remedy, Store, StoredWebhook};
use heddle_webhooks::endpoint::{SECRET_PURPOSE, URL_PURPOSE, unseal};

const AT_ONCE: i64 = 500;

/// Returns a problem for each webhook whose URL or secret cannot be unsealed.
pub(super) async fn find_unreadable(
    config: &Config,
    store: &Store,
) -> anyhow::Result<Vec<Problem>> {
    let sealer = Sealer::new(config.secrets.sealing_key.clone(), &config.store.data);
    // Without this look, the sealer would make a key.
    let has_key = sealer.existing_key_id().map(|key| key.is_some());
    let mut problems = Vec::new();
    for account in store.account_ids().await? {
        let page = |last: Option<&StoredWebhook>| ListWebhooks {
            account,
            reach: WebhookReach::ALL,
            after: last.map_or(WebhookId(0), |last| last.id),
            limit: AT_ONCE,
        };
        // An imported webhook has no URL until somebody gives it one.
        let webhooks = store.read_all(page).await?.into_iter();
        for webhook in webhooks.filter(|webhook| !webhook.url.is_empty()) {
            let cause = match &has_key {
                Ok(true) => why_unreadable(&sealer, account, &webhook),
                Ok(false) => Some("there is no sealing key".to_owned()),
                Err(error) => Some(error.to_string()),
            };
            problems.extend(cause.map(|cause| Problem {
                text: format!(
                    "account {account}: the URL or secret of webhook {} cannot be unsealed: {cause}",
                    webhook.id
                ),
                remedy: Remedy::None,
            }));
        }
    }
    Ok(problems)
}

fn why_unreadable(sealer: &Sealer, account: AccountId, webhook: &StoredWebhook) -> Option<String> {
    let url = unseal(sealer, URL_PURPOSE, account, webhook, &webhook.url);
    let secret = match webhook.secret.is_empty() {
        true => Ok(String::new()),
        false => unseal(sealer, SECRET_PURPOSE, account, webhook, &webhook.secret),
    };
    let failed = url.err().or(secret.err());
    failed.map(|error| format!("{:#}", anyhow::Error::from(error)))
}
