//! Reads the feed, a page at a time.

use heddle_domain::event::EventKind;
use heddle_store::read::feed::{FeedEvent, FeedPage, ReadFeed};
use tokio::time::Instant;

use super::Worker;
use super::claim::CannotContinue;

/// How many events are read at once, unless the webhook's API takes more of them together.
const PAGE: usize = 50;

impl Worker {
    /// Reads the next page of the feed. It is empty if there are no more events, or only imported ones.
    pub(super) async fn read_feed(&mut self) -> Result<(), CannotContinue> {
        let collect = self.endpoint.delivery_options.collect;
        let mut asked_at = Instant::now();
        let mut page = self.read_page().await?;
        if !page.events.is_empty() && !page.more && !collect.is_zero() {
            self.sleep(collect).await;
            asked_at = Instant::now();
            page = self.read_page().await?;
        }
        if page.gone {
            tracing::warn!(account = %self.account, webhook = %self.id,
                "events were deleted before this webhook got them");
        }
        self.has_more = page.more;
        if !page.more {
            // The events up to now would have shown a change.
            self.checked_at = asked_at;
        }
        if page.reached == self.read {
            return Ok(());
        }
        let mut events = page.events;
        events.retain(|event| !event.imported);
        if let Some(last) = events.iter().rfind(|event| self.is_change(event)) {
            (self.last_change, self.is_changed) = (last.position, true);
        }
        self.read = page.reached;
        if events.is_empty() {
            self.pass_to(page.reached);
            self.skipped += 1;
        }
        self.events.extend(events);
        Ok(())
    }

    async fn read_page(&self) -> Result<FeedPage, CannotContinue> {
        let feed = ReadFeed {
            account: self.account,
            after: self.read,
            limit: PAGE.max(self.endpoint.delivery_options.together),
        };
        let page = self.node.sender.store.read(feed).await;
        page.map_err(|error| self.read_failed(&error))
    }

    /// Whether the event reports a change of this webhook, or of its maker, that the worker may not have loaded yet. Its
    /// position decides: ids do not tell the order, because the clocks of two nodes may differ.
    fn is_change(&self, event: &FeedEvent) -> bool {
        use EventKind::{
            CredentialRevoked, CredentialUpdated, WebhookDeleted, WebhookReplayed, WebhookUpdated,
        };
        let maker = self.endpoint.webhook.credential;
        if [CredentialRevoked, CredentialUpdated].contains(&event.kind) {
            let is_maker = maker.is_some_and(|maker| maker.get() == event.entity);
            return is_maker && event.position > self.last_change;
        }
        let kinds = [WebhookDeleted, WebhookReplayed, WebhookUpdated];
        let is_about = event.entity == self.id.get() && kinds.contains(&event.kind);
        is_about && event.position > self.last_change
    }
}
