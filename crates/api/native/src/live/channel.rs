//! The live end of one account's feed: one task reads each change once, and all readers of the account share what it read.
//!
//! The last batches stay in a ring, limited by their number of events and their bytes. A reader keeps only its place: it takes
//! the batches from the ring, and a reader that is behind the ring reads the feed itself. So a slow reader costs no memory.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use heddle_api::App;
use heddle_domain::AccountId;
use heddle_store::Error as StoreError;
use heddle_store::read::feed::{FeedHead, FeedPage, ReadFeed};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::batch::{Batch, changed_credential};
use super::presence::Presence;

/// How many events one read returns.
const PAGE: usize = 500;
/// The pause between two rounds of reads, so that a busy account wakes its readers at most so often.
const REST: Duration = Duration::from_millis(40);
/// The pause after a read that failed.
const PAUSE: Duration = Duration::from_millis(500);
/// How many pages the first reader may be behind, so that the ring begins at its place: after a restart all readers come back
/// with almost the same place, and then only the first of them reads the store.
const MOST_MISSED: usize = 8;
/// The limits of a ring.
const MOST_EVENTS: usize = 4_000;
const MOST_BYTES: usize = 8 << 20;

/// The live end of one account's feed.
#[derive(Debug)]
pub(super) struct Channel {
    account: AccountId,
    /// Whether the feed may have grown.
    grown: Notify,
    state: Mutex<State>,
    changed: watch::Sender<()>,
    pub(super) end: CancellationToken,
}

#[derive(Debug)]
struct State {
    /// The position up to which the feed was read; `None` before the first read.
    reached: Option<i64>,
    ring: VecDeque<Arc<Batch>>,
    events: usize,
    bytes: usize,
    /// The most bytes of the ring.
    room: usize,
}

/// What comes after a reader's place.
#[derive(Debug)]
pub(super) enum Next {
    /// This batch; the reader may have a part of it already.
    Batch(Arc<Batch>),
    /// Events that are no longer in the ring: the reader must read the feed.
    Behind,
    /// Nothing yet.
    Nothing,
}

impl Channel {
    pub(super) fn new(account: AccountId) -> Self {
        Self {
            account,
            grown: Notify::new(),
            state: Mutex::new(State {
                reached: None,
                ring: VecDeque::new(),
                events: 0,
                bytes: 0,
                room: MOST_BYTES,
            }),
            changed: watch::Sender::new(()),
            end: CancellationToken::new(),
        }
    }

    /// Tells the channel that the feed may have grown.
    pub(super) fn grow(&self) {
        self.grown.notify_one();
    }

    /// Wakes the readers, because somebody has come or gone.
    pub(super) fn wake_readers(&self) {
        self.changed.send_replace(());
    }

    /// Sets the most bytes of the ring, which depends on how many accounts have readers.
    pub(super) fn set_room(&self, bytes: usize) {
        self.state.lock().room = bytes.min(MOST_BYTES);
    }

    /// Returns the position up to which the feed was read; `None` before the first read.
    pub(super) fn reached(&self) -> Option<i64> {
        self.state.lock().reached
    }

    /// Returns a receiver that sees each change of the ring, and of who is present.
    pub(super) fn watch(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Returns what comes after a position.
    pub(super) fn next(&self, position: i64) -> Next {
        let state = self.state.lock();
        let Some(reached) = state.reached else {
            return Next::Nothing;
        };
        if position >= reached {
            return Next::Nothing;
        }
        let at = state
            .ring
            .partition_point(|batch| batch.reached <= position);
        match state.ring.get(at) {
            Some(batch) if batch.after <= position => Next::Batch(Arc::clone(batch)),
            _ => Next::Behind,
        }
    }

    /// Reads the feed until the channel is ended. `first` is the position of the first reader.
    pub(super) async fn follow(self: Arc<Self>, app: App, presence: Arc<Presence>, first: i64) {
        let reading = async {
            let mut is_failing = false;
            while let Err(error) = self.begin(&app, &presence, first).await {
                self.pause(&error, &mut is_failing).await;
            }
            loop {
                self.grown.notified().await;
                while let Err(error) = self.catch_up(&app, &presence).await {
                    self.pause(&error, &mut is_failing).await;
                }
                if std::mem::take(&mut is_failing) {
                    tracing::info!(account.id = self.account.get(), "live updates go on");
                }
                sleep(REST).await;
            }
        };
        tokio::select! {
            () = self.end.cancelled() => {}
            () = reading => {}
        }
    }

    async fn pause(&self, error: &StoreError, is_failing: &mut bool) {
        if !std::mem::replace(is_failing, true) {
            tracing::warn!(account.id = self.account.get(), %error, "live updates cannot read the feed; trying again");
        }
        sleep(PAUSE).await;
    }

    /// Begins at the place of the first reader, if that is near the end of the feed; otherwise at the end.
    async fn begin(&self, app: &App, presence: &Presence, first: i64) -> Result<(), StoreError> {
        let mut missed = Vec::new();
        let mut after = first;
        for _ in 0..MOST_MISSED {
            let page = self.read(app, after).await?;
            if page.gone {
                break;
            }
            let (reached, more) = (page.reached, page.more);
            missed.push(Batch::new(after, page));
            after = reached;
            if !more {
                self.state.lock().reached = Some(first);
                for batch in missed {
                    self.accept(app, presence, batch);
                }
                self.changed.send_replace(());
                return Ok(());
            }
        }
        let head = app.store.read(FeedHead(self.account)).await?;
        self.state.lock().reached = Some(head.max(first));
        self.changed.send_replace(());
        Ok(())
    }

    async fn read(&self, app: &App, after: i64) -> Result<FeedPage, StoreError> {
        let read = ReadFeed {
            account: self.account,
            after,
            limit: PAGE,
        };
        app.store.read(read).await
    }

    async fn catch_up(&self, app: &App, presence: &Presence) -> Result<(), StoreError> {
        loop {
            let after = self.reached().unwrap_or_default();
            let page = self.read(app, after).await?;
            let more = page.more;
            if page.gone {
                self.skip(page.reached.max(page.start));
            } else if page.reached > after {
                let batch = Batch::new(after, page);
                self.accept(app, presence, batch);
                self.changed.send_replace(());
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Applies what a batch says about rights and inboxes, and shares it.
    fn accept(&self, app: &App, presence: &Presence, batch: Batch) {
        forget_changed(app, self.account, &batch);
        for event in batch.events() {
            if let (Some(conversation), Some(inbox)) = (event.conversation, event.inbox) {
                presence.moved(self.account, conversation, inbox);
            }
        }
        self.push(batch);
    }

    fn push(&self, batch: Batch) {
        let mut state = self.state.lock();
        if batch.reached == batch.after {
            return;
        }
        state.reached = Some(batch.reached);
        state.events += batch.count();
        state.bytes += batch.bytes;
        state.ring.push_back(Arc::new(batch));
        while state.events > MOST_EVENTS || state.bytes > state.room {
            let Some(oldest) = state.ring.pop_front() else {
                return;
            };
            state.events -= oldest.count();
            state.bytes -= oldest.bytes;
        }
    }

    /// Goes on after events that were deleted before they were read. The readers find that out when they read the feed.
    fn skip(&self, reached: i64) {
        let mut state = self.state.lock();
        state.ring.clear();
        (state.events, state.bytes) = (0, 0);
        state.reached = Some(reached);
        drop(state);
        self.changed.send_replace(());
    }
}

/// Removes the credentials that a batch changes from the cache, so that the readers see their new rights before its events.
fn forget_changed(app: &App, account: AccountId, batch: &Batch) {
    let credentials = batch.events().iter().filter_map(changed_credential);
    credentials.for_each(|credential| app.authentication.forget(account, credential));
}

#[cfg(test)]
mod tests {
    use heddle_domain::Timestamp;
    use heddle_domain::event::EventKind;
    use heddle_domain::id::EventId;
    use heddle_store::detail::StoredDetail;
    use heddle_store::read::feed::FeedEvent;

    use super::*;

    fn event(position: i64) -> FeedEvent {
        FeedEvent {
            position,
            id: EventId(position),
            recorded_at: Timestamp(5),
            kind: EventKind::AgentCreated,
            conversation: None,
            inbox: None,
            entity: position,
            api: None,
            credential: None,
            agent: None,
            address: None,
            imported: false,
            detail: StoredDetail::default(),
        }
    }

    /// A batch with events at these positions, which was read up to the last of them.
    fn batch(after: i64, positions: &[i64]) -> Batch {
        let page = FeedPage {
            events: positions.iter().copied().map(event).collect(),
            reached: positions.last().copied().unwrap_or(after),
            more: false,
            is_cut: false,
            start: 0,
            gone: false,
        };
        Batch::new(after, page)
    }

    fn next(channel: &Channel, position: i64) -> Option<(i64, i64)> {
        match channel.next(position) {
            Next::Batch(batch) => Some((batch.after, batch.reached)),
            Next::Behind => Some((-1, -1)),
            Next::Nothing => None,
        }
    }

    const BEHIND: Option<(i64, i64)> = Some((-1, -1));

    #[test]
    fn a_reader_gets_the_batch_with_the_position_after_its_own() {
        let channel = Channel::new(AccountId(1));
        assert_eq!(next(&channel, 5), None, "before the first read");
        channel.state.lock().reached = Some(10);
        channel.push(batch(10, &[12, 15]));
        channel.push(batch(15, &[16]));
        channel.push(batch(16, &[]));
        for position in [10, 11, 12, 14] {
            assert_eq!(next(&channel, position), Some((10, 15)), "{position}");
        }
        assert_eq!(next(&channel, 15), Some((15, 16)));
        assert_eq!((next(&channel, 16), next(&channel, 99)), (None, None));
        assert_eq!(next(&channel, 9), BEHIND);
        channel.skip(30);
        assert_eq!((next(&channel, 15), next(&channel, 30)), (BEHIND, None));
    }

    #[test]
    fn the_ring_keeps_no_more_than_its_room() {
        let channel = Channel::new(AccountId(1));
        channel.state.lock().reached = Some(0);
        let one = batch(0, &[1]).bytes;
        channel.set_room(3 * one);
        for position in 0..100 {
            channel.push(batch(position, &[position + 1]));
            let state = channel.state.lock();
            assert!(state.bytes <= 3 * one && state.events <= 3);
            assert_eq!(state.ring.len(), state.events);
        }
        assert_eq!(
            (next(&channel, 96), next(&channel, 97)),
            (BEHIND, Some((97, 98)))
        );
        channel.set_room(0);
        channel.push(batch(100, &[101]));
        assert_eq!(
            next(&channel, 100),
            BEHIND,
            "without room every reader reads the feed"
        );
        assert_eq!(channel.state.lock().bytes, 0);
    }
}
