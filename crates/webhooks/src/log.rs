//! Forgets what was sent long ago, and what belonged to webhooks that are deleted.

use std::time::Duration;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, WebhookId};
use heddle_store::Result;
use heddle_store::Store;
use heddle_store::read::webhooks::AllWebhooks;
use heddle_store::write::delivery::ForgetDeliveries;
use tokio_util::sync::CancellationToken;

use crate::sender::Sender;

const EVERY: Duration = Duration::from_secs(3_600);
const DAY_MS: i64 = 86_400_000;
const AT_ONCE: i64 = 500;

/// Forgets at the start and then every hour, until told to end.
pub async fn forget(sender: Sender, ending: CancellationToken) {
    let days = i64::from(sender.settings.keep_days.get());
    loop {
        let before = sender.now().plus_ms(-days * DAY_MS);
        tokio::select! {
            () = ending.cancelled() => return,
            swept = sweep(&sender.store, before) => {
                if let Err(error) = swept {
                    tracing::warn!(%error, "cannot forget old deliveries; trying again in an hour");
                }
            }
        }
        tokio::select! {
            () = ending.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Forgets deliveries that were recorded before a time and are done with; of deleted webhooks all.
///
/// # Errors
/// As [`Store::write`].
pub async fn sweep(store: &Store, before: Timestamp) -> Result<usize> {
    let mut forgotten = 0;
    let mut after = (AccountId(0), WebhookId(0));
    loop {
        let page = store
            .read(AllWebhooks {
                after,
                limit: AT_ONCE,
            })
            .await?;
        let Some((account, id, _)) = page.last() else {
            return Ok(forgotten);
        };
        after = (*account, *id);
        for (account, id, _) in page {
            loop {
                let some = store
                    .write(ForgetDeliveries {
                        account,
                        id,
                        before,
                    })
                    .await?;
                if some == 0 {
                    break;
                }
                forgotten += some;
            }
        }
    }
}
