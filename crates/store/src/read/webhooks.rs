//! Reads webhooks and their deliveries; for nodes, finds the webhooks with something to send.

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, DeliveryId, WebhookId};
use heddle_domain::webhook::{DeliveryState, WebhookState, next_time};

use crate::error::{Entity, Refusal, Result};
use crate::rows::delivery::{self as delivery_rows, Attempt, Delivery};
use crate::rows::feed as feed_rows;
use crate::rows::webhook::{self as rows, StoredWebhook, WebhookVersions};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};
use crate::write::webhook::{WebhookReach, allowed};

/// Reads one webhook.
#[derive(Clone, Debug)]
pub struct GetWebhook {
    /// Account whose data is read.
    pub account: AccountId,
    /// Webhooks that the caller may see; other webhooks are treated as unknown.
    pub reach: WebhookReach,
    /// Id of the webhook to read.
    pub id: WebhookId,
}

impl Read for GetWebhook {
    type Out = Option<StoredWebhook>;
    const NAME: &'static str = "get_webhook";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        get(rows, self.account, &self.reach, self.id).await
    }
}

async fn get(
    rows: &mut Rows<'_>,
    account: AccountId,
    reach: &WebhookReach,
    id: WebhookId,
) -> Result<Option<StoredWebhook>> {
    let found = rows
        .fetch_one(&rows::GET, params![account, id], rows::webhook)
        .await?;
    Ok(found.filter(|webhook| reach.covers(webhook)))
}

/// Reads the versions of a webhook and of its maker, by which a node finds out whether it must load the webhook again.
#[derive(Clone, Copy, Debug)]
pub struct GetWebhookVersions {
    /// Account whose data is read.
    pub account: AccountId,
    /// Id of the webhook.
    pub id: WebhookId,
}

impl Read for GetWebhookVersions {
    type Out = Option<WebhookVersions>;
    const NAME: &'static str = "get_webhook_versions";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.id];
        rows.fetch_one(&rows::VERSIONS, params, rows::versions)
            .await
    }
}

/// Reads a page of webhooks in the order of their ids, starting after a given id.
#[derive(Clone, Debug)]
pub struct ListWebhooks {
    /// Account whose data is read.
    pub account: AccountId,
    /// Webhooks that the caller may see; other webhooks are treated as unknown.
    pub reach: WebhookReach,
    /// The last id of the previous page; 0 for the first page.
    pub after: WebhookId,
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for ListWebhooks {
    type Out = Vec<StoredWebhook>;
    const NAME: &'static str = "list_webhooks";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let mut list = Vec::new();
        let mut after = self.after;
        let most = usize::try_from(self.limit).unwrap_or(0);
        loop {
            let params = params![self.account, after, self.limit];
            let page = rows.fetch(&rows::LIST, params, rows::webhook).await?;
            let Some(last) = page.last().map(|webhook| webhook.id) else {
                return Ok(list);
            };
            let visible = page.into_iter().filter(|w| self.reach.covers(w));
            list.extend(visible.take(most - list.len()));
            if list.len() == most {
                return Ok(list);
            }
            after = last;
        }
    }
}

/// Reads how many events of the feed a webhook has not passed. The webhook must be visible to the caller.
#[derive(Clone, Debug)]
pub struct WebhookBacklog {
    /// Account whose data is read.
    pub account: AccountId,
    /// Id of the webhook.
    pub id: WebhookId,
}

/// The events that a webhook has not passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many there are, at most [`Backlog::MOST`]. Also those that the webhook does not want.
    pub events: i64,
    /// When the oldest was recorded.
    pub oldest_at: Option<Timestamp>,
}

impl Backlog {
    /// Events are counted up to this number.
    pub const MOST: i64 = 10_000;
}

impl Read for WebhookBacklog {
    type Out = Backlog;
    const NAME: &'static str = "webhook_backlog";
    // The position and the events must fit together.
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Backlog> {
        let params = params![self.account, self.id];
        let webhook = rows.fetch_one(&rows::GET, params, rows::webhook).await?;
        let name = rows::reader(self.id);
        let reader = params![self.account, &name];
        let position = rows.fetch_one(&feed_rows::READER, reader, |row| row.int());
        let position = position
            .await?
            .or(webhook.and_then(|webhook| webhook.parked));
        let position = position.unwrap_or(0);
        let params = params![self.account, position, Backlog::MOST];
        let events = rows
            .fetch_one(&feed_rows::COUNT_AFTER, params, |row| row.int())
            .await?;
        let params = params![self.account, position, 1_i64];
        let oldest = rows
            .fetch_one(&feed_rows::AFTER, params, feed_rows::brief)
            .await?;
        Ok(Backlog {
            events: events.unwrap_or(0),
            oldest_at: oldest.map(|oldest| oldest.event.recorded_at),
        })
    }
}

/// Reads the internal hosts and networks that the operator allows for an account's webhooks.
#[derive(Clone, Copy, Debug)]
pub struct GetWebhookAllow(pub AccountId);

impl Read for GetWebhookAllow {
    type Out = String;
    const NAME: &'static str = "get_webhook_allow";

    fn cost(&self) -> Cost {
        Cost::Keys(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<String> {
        allowed(rows, self.0).await
    }
}

/// Reads a webhook's deliveries, newest first, without headers and bodies.
#[derive(Clone, Debug)]
pub struct ListDeliveries {
    /// Account whose data is read.
    pub account: AccountId,
    /// Webhooks that the caller may see; other webhooks are treated as unknown.
    pub reach: WebhookReach,
    /// Id of the webhook to read.
    pub id: WebhookId,
    /// Restricts the list to deliveries before this one; `None` starts with the newest.
    pub before: Option<DeliveryId>,
    /// Restricts the list to deliveries in this state.
    pub state: Option<DeliveryState>,
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for ListDeliveries {
    type Out = Vec<Delivery>;
    const NAME: &'static str = "list_deliveries";
    // The webhook's row decides which deliveries the caller may see.
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let found = get(rows, self.account, &self.reach, self.id).await?;
        let webhook = found.ok_or(Refusal::NotFound(Entity::Webhook))?;
        let first = self.reach.first_delivery(&webhook).get();
        let before = self.before.map_or(i64::MAX, DeliveryId::get);
        let mut params = params![self.account, self.id, first, before, self.limit].to_vec();
        let stmt = match self.state {
            None => &delivery_rows::LIST,
            Some(DeliveryState::Delivered) => &delivery_rows::LIST_DELIVERED,
            Some(state) => {
                params.push(state.as_str().into());
                &delivery_rows::LIST_UNDELIVERED
            }
        };
        rows.fetch(stmt, &params, delivery_rows::delivery).await
    }
}

/// Reads one delivery with its attempts.
#[derive(Clone, Debug)]
pub struct GetDelivery {
    /// Account whose data is read.
    pub account: AccountId,
    /// Webhooks that the caller may see; other webhooks are treated as unknown.
    pub reach: WebhookReach,
    /// Id of the webhook to read.
    pub id: WebhookId,
    /// Id of the delivery to read.
    pub delivery: DeliveryId,
}

impl Read for GetDelivery {
    type Out = Option<(Delivery, Vec<Attempt>)>;
    const NAME: &'static str = "get_delivery";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let webhook = get(rows, self.account, &self.reach, self.id).await?;
        let params = params![self.account, self.id, self.delivery];
        let found = rows
            .fetch_one(&delivery_rows::GET, params, delivery_rows::delivery)
            .await?;
        let (Some(webhook), Some(delivery)) = (webhook, found) else {
            return Ok(None);
        };
        if delivery.id < self.reach.first_delivery(&webhook) {
            return Ok(None);
        }
        let attempts = rows
            .fetch(&delivery_rows::ATTEMPTS, params, delivery_rows::attempt)
            .await?;
        Ok(Some((delivery, attempts)))
    }
}

/// Reads one delivery with its request, to send it again.
#[derive(Clone, Debug)]
pub struct DeliveryToSend {
    /// Account whose data is read.
    pub account: AccountId,
    /// Id of the webhook to read.
    pub id: WebhookId,
    /// Id of the delivery to read.
    pub delivery: DeliveryId,
}

impl Read for DeliveryToSend {
    type Out = Option<Delivery>;
    const NAME: &'static str = "delivery_to_send";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.id, self.delivery];
        rows.fetch_one(&delivery_rows::GET, params, delivery_rows::delivery)
            .await
    }
}

/// Reads a webhook's deliveries whose retry is due, without headers and bodies.
#[derive(Clone, Debug)]
pub struct DueDeliveries {
    /// Account whose data is read.
    pub account: AccountId,
    /// Id of the webhook to read.
    pub id: WebhookId,
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for DueDeliveries {
    type Out = Vec<Delivery>;
    const NAME: &'static str = "due_deliveries";

    fn cost(&self) -> Cost {
        Cost::page(
            self.account,
            usize::try_from(self.limit).unwrap_or(usize::MAX),
        )
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.id, rows.now(), self.limit];
        rows.fetch(&delivery_rows::DUE, params, delivery_rows::delivery)
            .await
    }
}

/// Finds enabled webhooks that have something to send and that no other node has leased, in the order of their ids.
#[derive(Clone, Debug)]
pub struct WebhooksWithWork {
    /// The node that asks.
    pub holder: String,
    /// The account; `None` means all accounts.
    pub account: Option<AccountId>,
    /// The last webhook of the previous page.
    pub after: (AccountId, WebhookId),
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for WebhooksWithWork {
    type Out = Vec<(AccountId, WebhookId)>;
    const NAME: &'static str = "webhooks_with_work";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let now = rows.now();
        let after = self.after;
        match self.account {
            Some(account) => {
                let params = params![account, now, self.limit, &self.holder, after.1];
                rows.fetch(&rows::WORK, params, rows::place).await
            }
            None => {
                let params = params![now, self.limit, &self.holder, after.0, after.1];
                rows.fetch(&rows::WORK_ANYWHERE, params, rows::place).await
            }
        }
    }
}

/// Reads when the enabled webhooks of all accounts may have something to send. This is the time of the next retry, or the end
/// of a pause that the receiver asked for. Webhooks come in the order of their accounts and ids.
#[derive(Clone, Copy, Debug)]
pub struct WaitingWebhooks {
    /// The last webhook of the previous page.
    pub after: (AccountId, WebhookId),
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for WaitingWebhooks {
    /// The webhooks, each with its time; `None` if it has nothing to wait for any more.
    type Out = Vec<((AccountId, WebhookId), Option<Timestamp>)>;
    const NAME: &'static str = "waiting_webhooks";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let (account, id) = self.after;
        let now = rows.now();
        let params = params![account, id, self.limit];
        let found = rows.fetch(&rows::WAITING, params, rows::waiting).await?;
        let times = found.into_iter();
        let times = times.map(|(key, due, paused)| (key, next_time(due, paused, now)));
        Ok(times.collect())
    }
}

/// Reads every webhook of every account after a given one, deleted ones included.
#[derive(Clone, Copy, Debug)]
pub struct AllWebhooks {
    /// The last webhook of the previous page.
    pub after: (AccountId, WebhookId),
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for AllWebhooks {
    type Out = Vec<(AccountId, WebhookId, WebhookState)>;
    const NAME: &'static str = "all_webhooks";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let (account, id) = self.after;
        rows.fetch(&rows::ALL_IDS, params![account, id, self.limit], |row| {
            let (account, id) = rows::place(row)?;
            Ok((account, id, row.word(WebhookState::parse)?))
        })
        .await
    }
}
