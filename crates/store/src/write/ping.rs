//! A delivery that tells nothing, to try a webhook with.

use heddle_domain::event::EventKind;
use heddle_domain::id::{DeliveryId, WebhookId};

use super::delivery::NewDelivery;
use super::webhook::{WebhookReach, lock};
use super::{Caller, append_plain_event};
use crate::detail::Detail;
use crate::error::Result;
use crate::rows::delivery as delivery_rows;
use crate::rows::webhook as rows;
use crate::tx::{Tx, Write, params};

/// Puts a request of somebody's making among those that a webhook must be sent. It goes out as soon as the webhook is
/// enabled, and is tried again like any other.
#[derive(Clone, Debug)]
pub struct PingWebhook {
    /// On whose behalf.
    pub caller: Caller,
    /// Which webhooks it may see.
    pub reach: WebhookReach,
    /// Which webhook.
    pub id: WebhookId,
    /// What is sent; it tells no event.
    pub ping: NewDelivery,
}

impl Write for PingWebhook {
    type Out = DeliveryId;
    const NAME: &'static str = "ping_webhook";

    async fn apply<T: Tx>(&self, tx: &mut T) -> Result<DeliveryId> {
        let account = self.caller.account;
        let webhook = lock(tx, &self.caller, &self.reach, self.id).await?;
        let (now, ping) = (tx.now(), &self.ping);
        let id = DeliveryId(tx.next_event_id(0)?.get());
        tx.queue(
            &delivery_rows::INSERT_DUE,
            params![
                account,
                self.id,
                id,
                ping.event,
                ping.events,
                &ping.name,
                &ping.headers,
                &ping.body,
                now,
            ],
        )?;
        let due = webhook.next_due.map_or(now, |due| due.min(now));
        tx.queue(&rows::DUE, params![account, self.id, due])?;
        let mut detail = Detail::default();
        detail
            .with("deliveries", 1)
            .with("first", id.get())
            .with("last", id.get())
            .with("test", true);
        let kind = EventKind::WebhookReplayed;
        append_plain_event(tx, &self.caller, kind, self.id.get(), detail)?;
        Ok(id)
    }
}
