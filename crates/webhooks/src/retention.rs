//! Deletes deliveries that are older than the operator wants to keep, and those of deleted webhooks.

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, WebhookId};
use heddle_store::Store;
use heddle_store::read::webhooks::AllWebhooks;
use heddle_store::write::replay::ForgetDeliveries;
use heddle_store::{Error, Result};

const PAGE: i64 = 500;

/// Deletes finished deliveries that were recorded before a time, and all deliveries of deleted webhooks. Returns how
/// many.
///
/// # Errors
/// Returns the errors of [`Store::write`].
pub async fn delete_before(store: &Store, before: Timestamp) -> Result<u64, Error> {
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
