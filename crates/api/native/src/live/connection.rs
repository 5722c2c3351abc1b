//! One client's stream: its place in the feed, and what it gets next.
//!
//! There is no queue: the next bytes are made when the client has taken the ones before. So a client that stops reading holds
//! the text of a part of a batch, 256 KiB and one event at most; `heddle_http::serve` closes its connection after the write timeout, and it resumes at its place.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use heddle_domain::Scope;
use heddle_store::read::feed::ReadFeed;
use heddle_store::read::principal::Principal;
use heddle_store::write::credential::SecretHash;
use tokio::time::{Instant, sleep, sleep_until};

use super::batch::Batch;
use super::channel::Next;
use super::hub::Seat;
use super::place::Place;
use super::wire;
use crate::context::{Context, NAME};
use crate::view::View;

/// How often the rights of the token are read again. The cache of credentials is as old at most.
const CHECK: Duration = Duration::from_millis(2_500);
/// How many events a reader that is behind reads at once.
const PAGE: usize = 200;
/// The most bytes of one write.
const FRAME: usize = 64 * 1024;
/// The pause after a page with nothing for this client, so that a filter that lets little through does not keep the store busy.
const REST: Duration = Duration::from_millis(5);
/// The pause after a read that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// A client's stream.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) context: Context,
    pub(super) seat: Seat,
    /// The hash of the token, by which its rights are read again.
    pub(super) token: SecretHash,
    pub(super) principal: Arc<Principal>,
    pub(super) view: Arc<View>,
    /// What the client has received, or what is in `rest`.
    pub(super) place: Place,
    /// A number of this stream, for the spread of the times at which clients come back.
    pub(super) spread: u64,
    /// The last change of who is present that was sent; `None` if the client does not want to know.
    pub(super) presence: Option<u64>,
    pub(super) state: State,
}

/// What a stream has in hand.
#[derive(Debug)]
pub(super) struct State {
    /// Bytes that the next frames consist of.
    rest: Bytes,
    /// The last place that the client was told.
    told: Place,
    beat_at: Instant,
    check_at: Instant,
    is_over: bool,
}

impl State {
    pub(super) fn new(place: Place, spread: u64, heartbeat: Duration) -> Self {
        Self {
            rest: wire::ready(place, spread),
            told: place,
            beat_at: Instant::now() + heartbeat,
            check_at: Instant::now() + CHECK,
            is_over: false,
        }
    }
}

impl Connection {
    /// Returns the frames of the stream.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
        unfold(self, |mut connection| async move {
            let frame = connection.next_frame().await?;
            Some((Ok(frame), connection))
        })
    }

    /// Returns the next frame; `None` at the end of the stream.
    async fn next_frame(&mut self) -> Option<Bytes> {
        while !self.state.is_over {
            if self.context.ending.is_cancelled() {
                self.state.is_over = true;
                // Bytes that wait may be the rest of an event, to which nothing else may be added.
                let may_add = self.state.rest.is_empty();
                return may_add.then(|| wire::farewell(self.spread));
            }
            if self.state.check_at <= Instant::now() {
                self.check().await;
                continue;
            }
            if !self.state.rest.is_empty() {
                return Some(self.take_frame());
            }
            self.take_presence();
            if !self.state.rest.is_empty() {
                continue;
            }
            match self.seat.next(self.place.whole()) {
                Next::Batch(batch) => self.take(&batch).await,
                Next::Behind => self.read_page().await,
                Next::Nothing if self.state.beat_at <= Instant::now() => return Some(self.beat()),
                Next::Nothing => self.wait().await,
            }
            if self.state.rest.is_empty() && self.state.beat_at <= Instant::now() {
                return Some(self.beat());
            }
        }
        None
    }

    fn take_frame(&mut self) -> Bytes {
        let end = self.state.rest.len().min(FRAME);
        self.rest_until();
        self.state.rest.split_to(end)
    }

    fn rest_until(&mut self) {
        self.state.beat_at = Instant::now() + self.context.own.live.settings.heartbeat();
    }

    fn beat(&mut self) -> Bytes {
        self.rest_until();
        let has_moved = self.state.told != self.place;
        self.state.told = self.place;
        wire::beat(has_moved.then_some(self.place))
    }

    /// Waits until there may be something to do.
    async fn wait(&mut self) {
        let ending = self.context.ending.clone();
        let next = self.state.beat_at.min(self.state.check_at);
        tokio::select! {
            () = ending.cancelled() => {}
            () = self.seat.changed() => {}
            () = sleep_until(next) => {}
        }
    }

    /// Makes the next frames from a batch.
    async fn take(&mut self, batch: &Batch) {
        if batch.changes_rights {
            self.check().await;
            if self.state.is_over || self.state.check_at <= Instant::now() {
                return;
            }
        }
        if let Some(survivor) = batch.survivor(&self.view) {
            let wanted = self.view.wanted.with_survivor(survivor);
            let credential = &self.principal.credential;
            self.view = Arc::new(View::of(credential, wanted));
        }
        let rendered = batch.render(&self.view, self.place);
        self.state.rest = rendered.text;
        self.state.told = rendered.last.unwrap_or(self.state.told);
        self.place = rendered.reached;
    }

    /// Makes the next frames from the lists of who is present that have changed.
    fn take_presence(&mut self) {
        let Some(after) = self.presence else {
            return;
        };
        let (changed, last) = self.seat.presence(after);
        self.presence = Some(last);
        let shown = changed
            .iter()
            .filter(|list| self.view.shows_presence(list.conversation, list.inbox));
        let mut text = Vec::new();
        shown.for_each(|list| wire::presence(&mut text, list));
        self.state.rest = text.into();
    }

    /// Reads the feed, because the client is behind the ring.
    async fn read_page(&mut self) {
        let after = self.place.whole();
        let read = ReadFeed {
            account: self.principal.account.id,
            after,
            limit: PAGE,
        };
        match self.seat.store().read(read).await {
            // The client comes back, and is told that the events are gone.
            Ok(page) if page.gone => self.state.is_over = true,
            Ok(page) => {
                let batch = Batch::new(after, page);
                self.take(&batch).await;
                if self.state.rest.is_empty() {
                    sleep(REST).await;
                }
            }
            // The channel, which reads too, logs it.
            Err(_) => sleep(PAUSE).await,
        }
    }

    /// Reads the rights of the token again. Ends the stream if it may not read the feed any more. While they cannot be read,
    /// nothing is sent.
    async fn check(&mut self) {
        let found = self
            .context
            .authentication
            .find_again(NAME, self.token)
            .await;
        let principal = match found {
            Ok(Some(principal)) if principal.credential.scopes.allows(Scope::EventsRead) => {
                principal
            }
            Ok(_) => {
                self.state.is_over = true;
                return;
            }
            Err(_) => {
                sleep(PAUSE).await;
                return;
            }
        };
        self.state.check_at = Instant::now() + CHECK;
        if !Arc::ptr_eq(&self.principal, &principal) {
            self.apply(principal);
        }
    }

    fn apply(&mut self, principal: Arc<Principal>) {
        let view = View::of(&principal.credential, self.view.wanted.clone());
        self.principal = principal;
        if view == *self.view {
            return;
        }
        // What was made for the old rights is not sent; the client resumes.
        self.state.is_over = !self.state.rest.is_empty();
        self.view = Arc::new(view);
    }
}
