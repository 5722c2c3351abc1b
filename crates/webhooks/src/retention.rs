//! Deletes deliveries that are older than the operator wants to keep, and those of deleted webhooks.

use std::time::Duration;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, WebhookId};
use heddle_store::Store;
use heddle_store::read::webhooks::AllWebhooks;
use heddle_store::write::delivery::ForgetDeliveries;
use heddle_store::{Error, Result};
use tokio_util::sync::CancellationToken;

use crate::sender::Sender;

const INTERVAL: Duration = Duration::from_secs(3_600);
const DAY_MS: i64 = 86_400_000;
const PAGE: i64 = 500;

/// Deletes old deliveries now and once an hour, until `ending` is cancelled.
pub async fn run(sender: Sender, ending: CancellationToken) {
    let days = i64::from(sender.settings.keep_days.get());
    loop {
        let before = sender.now().plus_ms(-days * DAY_MS);
        tokio::select! {
            () = ending.cancelled() => return,
            deleted = delete_before(&sender.store, before) => {
                if let Err(error) = deleted {
                    tracing::warn!(%error, "cannot delete old deliveries; trying again in an hour");
                }
            }
        }
        tokio::select! {
            () = ending.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

/// Deletes finished deliveries that were recorded before a time, and all deliveries of deleted webhooks. Returns how
/// many.
///
/// # Errors
/// Returns the errors of [`Store::write`].
pub async fn delete_before(store: &Store, before: Timestamp) -> Result<usize, Error> {
    let mut deleted = 0;
    let mut after = (AccountId(0), WebhookId(0));
    loop {
        let page = AllWebhooks { after, limit: PAGE };
        let page = store.read(page).await?;
        let Some((account, id, _)) = page.last() else {
            return Ok(deleted);
        };
        after = (*account, *id);
        for (account, id, _) in page {
            loop {
                let command = ForgetDeliveries {
                    account,
                    id,
                    before,
                };
                let some = store.write(command).await?;
                if some == 0 {
                    break;
                }
                deleted += some;
            }
        }
    }
}
