//! Reads the feed and turns events into requests.

use heddle_domain::event::EventKind;
use heddle_store::read::feed::{FeedEvent, ReadFeed};

use super::Worker;
use super::claim::CannotContinue;
use crate::hook::HookContext;

/// How many events are read at once. This is also the maximum number of events that one request reports.
const PAGE: usize = 200;

impl Worker {
    /// Reads the next page of the feed and lets the API create requests from its events.
    pub(super) async fn read_feed(&mut self) -> Result<(), CannotContinue> {
        let store = &self.node.sender.store;
        let feed = ReadFeed {
            account: self.account,
            after: self.read,
            limit: PAGE,
        };
        let page = store.read(feed.clone()).await;
        let mut page = page.map_err(|e| self.store_failed(&e))?;
        let collect = self.endpoint.delivery_options.collect;
        if !page.events.is_empty() && !page.more && !collect.is_zero() {
            self.sleep(collect).await;
            let again = store.read(feed).await;
            page = again.map_err(|e| self.store_failed(&e))?;
        }
        if page.gone {
            tracing::warn!(account = %self.account, webhook = %self.id,
                "events were deleted before this webhook got them");
        }
        self.has_more = page.more;
        if page.reached == self.read {
            return Ok(());
        }
        let mut events = page.events;
        events.retain(|event| !event.imported);
        let context = HookContext {
            store: &self.node.sender.store,
            base_url: &self.node.sender.base_url,
            account: self.account,
            webhook: &self.endpoint.webhook,
        };
        let requests = self.endpoint.hook.prepare(context, &events).await;
        let mut requests = requests.map_err(|e| self.store_failed(&e))?;
        self.read = page.reached;
        if let Some(last) = events.iter().rfind(|event| self.is_change(event)) {
            (self.last_change, self.is_changed) = (last.id, true);
        }
        match requests.last_mut() {
            // The page contains no further event for this webhook, so the last request moves the position to the end of
            // the page.
            Some(last) => last.position = page.reached,
            None => {
                self.attempted = page.reached;
                self.skipped += events.len().max(1);
            }
        }
        self.requests.extend(requests);
        Ok(())
    }

    /// Whether the event reports a change of this webhook that the worker has not loaded yet.
    fn is_change(&self, event: &FeedEvent) -> bool {
        use EventKind::{WebhookDeleted, WebhookReplayed, WebhookUpdated};
        let kinds = [WebhookDeleted, WebhookReplayed, WebhookUpdated];
        let is_about = event.entity == self.id.get() && kinds.contains(&event.kind);
        is_about && event.id > self.last_change && event.id > self.endpoint.webhook.version
    }
}
