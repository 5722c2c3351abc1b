//! The channels of all accounts with readers, the task that wakes them, and the limits on the number of streams.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Weak};
use std::time::Duration;

use heddle_api::App;
use heddle_api::wake::Wake;
use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, CredentialId};
use heddle_store::{Feed, Store};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::channel::{Channel, Next};
use super::presence::{self, Change, Gathering, Presence};

/// How often a node looks for events of other nodes: while their notices arrive, and while they do not.
const POLL_BESIDES: Duration = Duration::from_secs(1);
const POLL_ALONE: Duration = Duration::from_millis(100);
/// For so long a node polls as if no notices arrived, after it has found a change that none told.
const DOUBT: Duration = Duration::from_secs(30);

/// The pause after streams were told who is present, so that one list shows many changes.
const PRESENCE_REST: Duration = Duration::from_millis(100);
/// How often it is looked for agents who are not present any more.
const SWEEP: Duration = Duration::from_secs(1);

/// The operator's settings for live updates: the section `[live]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The most open streams of the server.
    pub max_streams: NonZeroU32,
    /// The most open streams of one account.
    pub max_streams_per_account: NonZeroU32,
    /// The most open streams of one credential.
    pub max_streams_per_credential: NonZeroU32,
    /// The memory in MiB for the last events of all accounts with streams, about.
    pub memory_mib: NonZeroU32,
    /// After how many seconds without an event a stream shows a sign of life.
    pub heartbeat_seconds: NonZeroU32,
}

impl Settings {
    fn memory(&self) -> usize {
        (self.memory_mib.get() as usize) << 20
    }

    pub(super) fn heartbeat(&self) -> Duration {
        Duration::from_secs(self.heartbeat_seconds.get().into())
    }
}

/// Which limit on streams is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    Server,
    Account,
    Credential,
}

/// The live updates of this node.
#[derive(Debug)]
pub(crate) struct Hub {
    app: App,
    pub(super) settings: Settings,
    open: Mutex<Open>,
    pub(super) presence: Arc<Presence>,
    /// Accounts in which somebody has come or gone, which their streams are not told yet.
    gathered: Wake,
}

#[derive(Debug, Default)]
struct Open {
    streams: u32,
    accounts: HashMap<AccountId, OfAccount>,
    credentials: HashMap<(AccountId, CredentialId), u32>,
    /// Ends the task that wakes the channels.
    watching: Option<CancellationToken>,
}

#[derive(Debug)]
struct OfAccount {
    channel: Arc<Channel>,
    streams: u32,
}

/// A reader's place among the streams, and its connection to the channel of its account. Dropping it frees both.
#[derive(Debug)]
pub(super) struct Seat {
    hub: Arc<Hub>,
    account: AccountId,
    credential: CredentialId,
    pub(super) channel: Arc<Channel>,
    changed: watch::Receiver<()>,
}

impl Hub {
    pub(crate) fn new(app: &App, settings: Settings) -> Arc<Self> {
        let hub = Arc::new(Self {
            app: app.clone(),
            settings,
            open: Mutex::default(),
            presence: Arc::default(),
            gathered: Wake::default(),
        });
        // Without a runtime nothing is served, as where only the list of routes is wanted.
        if let (Some(texts), Ok(runtime)) =
            (app.store.texts_of_other_nodes(), Handle::try_current())
        {
            let (hub, ending) = (Arc::downgrade(&hub), app.ending.clone());
            runtime.spawn(hear(hub, texts, ending));
        }
        hub
    }

    /// Records who is present, and tells the streams and the other nodes.
    pub(super) fn record(&self, change: &Change, now: Timestamp) -> Result<(), presence::Full> {
        self.presence.record(change, now)?;
        self.gathered.wake(change.account());
        // The error cannot occur, because a change is plain data.
        if let Ok(text) = serde_json::to_string(change) {
            self.app.store.tell_other_nodes(text);
        }
        Ok(())
    }

    /// Wakes the streams of accounts in which somebody has come or gone.
    fn show_presence<'a>(&self, accounts: impl IntoIterator<Item = &'a AccountId>) {
        let open = self.open.lock();
        for account in accounts {
            if let Some(of_account) = open.accounts.get(account) {
                of_account.channel.wake_readers();
            }
        }
    }

    /// Records who is present on another node.
    fn hear(&self, text: &str) {
        let Ok(change) = serde_json::from_str::<Change>(text) else {
            return;
        };
        // If there is no room, this node does not show the entry.
        if self.presence.record(&change, self.app.now()).is_ok() {
            self.gathered.wake(change.account());
        }
    }

    /// Opens a stream for a reader that has everything up to `position`. The first reader of an account starts its channel.
    pub(super) fn join(
        self: &Arc<Self>,
        account: AccountId,
        credential: CredentialId,
        position: i64,
    ) -> Result<Seat, Full> {
        let mut open = self.open.lock();
        self.check_limits(&open, account, credential)?;
        let is_first = !open.accounts.contains_key(&account);
        let of_account = open.accounts.entry(account).or_insert_with(|| OfAccount {
            channel: Arc::new(Channel::new(account)),
            streams: 0,
        });
        of_account.streams += 1;
        let channel = Arc::clone(&of_account.channel);
        open.streams += 1;
        *open.credentials.entry((account, credential)).or_default() += 1;
        if is_first {
            open.share_room(self.settings.memory());
            // Without a channel nobody has followed the moves of conversations.
            self.presence.doubt(account);
            // The hints are collected from here on, before the channel reads for the first time.
            open.watching.get_or_insert_with(|| self.watch());
            tokio::spawn(Arc::clone(&channel).follow(
                self.app.clone(),
                Arc::clone(&self.presence),
                position,
            ));
            // What was committed before the task that watches began to listen.
            channel.grow();
        }
        drop(open);
        let mut changed = channel.watch();
        changed.mark_changed();
        Ok(Seat {
            hub: Arc::clone(self),
            account,
            credential,
            channel,
            changed,
        })
    }

    fn check_limits(
        &self,
        open: &Open,
        account: AccountId,
        credential: CredentialId,
    ) -> Result<(), Full> {
        let settings = &self.settings;
        let of_account = open.accounts.get(&account);
        let of_credential = open.credentials.get(&(account, credential));
        let limits = [
            (open.streams, settings.max_streams, Full::Server),
            (
                of_account.map_or(0, |account| account.streams),
                settings.max_streams_per_account,
                Full::Account,
            ),
            (
                of_credential.copied().unwrap_or(0),
                settings.max_streams_per_credential,
                Full::Credential,
            ),
        ];
        let reached = limits.iter().find(|(now, most, _)| *now >= most.get());
        reached.map_or(Ok(()), |(.., full)| Err(*full))
    }

    fn leave(&self, account: AccountId, credential: CredentialId) {
        let mut open = self.open.lock();
        open.streams -= 1;
        if let Some(streams) = open.credentials.get_mut(&(account, credential)) {
            *streams -= 1;
            if *streams == 0 {
                open.credentials.remove(&(account, credential));
            }
        }
        let Some(of_account) = open.accounts.get_mut(&account) else {
            return;
        };
        of_account.streams -= 1;
        if of_account.streams > 0 {
            return;
        }
        of_account.channel.end.cancel();
        open.accounts.remove(&account);
        open.share_room(self.settings.memory());
        if open.accounts.is_empty()
            && let Some(watching) = open.watching.take()
        {
            watching.cancel();
        }
    }

    /// Starts the task that wakes the channels. Returns the token that ends it.
    fn watch(self: &Arc<Self>) -> CancellationToken {
        let end = CancellationToken::new();
        let (hub, ended, feed) = (
            Arc::clone(self),
            end.clone(),
            self.app.store.feed_of_all_nodes(),
        );
        tokio::spawn(async move {
            tokio::select! {
                () = ended.cancelled() => {}
                () = hub.wake_channels(feed) => {}
            }
        });
        end
    }

    /// Wakes the channels whose feeds have grown: by the hints of this node and of others, and by polling.
    async fn wake_channels(&self, mut feed: Feed) {
        let polling = async {
            let mut alone_until = Instant::now();
            loop {
                let hears = self.app.store.hears_other_nodes() && alone_until <= Instant::now();
                sleep(if hears { POLL_BESIDES } else { POLL_ALONE }).await;
                // What no notice told may come from a node that sends none.
                if self.poll().await && hears {
                    alone_until = Instant::now() + DOUBT;
                }
            }
        };
        let listening = async {
            loop {
                let changed = feed.changed().await;
                self.grow(|account, _| changed.look || changed.accounts.contains(&account));
            }
        };
        let sweeping = async {
            loop {
                sleep(SWEEP).await;
                self.show_presence(&self.presence.sweep(self.app.now()));
            }
        };
        let gathering = async {
            loop {
                self.show_presence(&self.gathered.woken().await);
                sleep(PRESENCE_REST).await;
            }
        };
        let has_others = self.app.store.has_other_nodes();
        tokio::select! {
            () = polling, if has_others => {}
            () = listening => {}
            () = sweeping => {}
            () = gathering => {}
        }
    }

    /// Looks for feeds that have grown on other nodes: one statement for all accounts with readers. Returns whether one has.
    async fn poll(&self) -> bool {
        let accounts: Vec<AccountId> = self.open.lock().accounts.keys().copied().collect();
        // A failure needs no line of its own: the next try is near, and the channels log theirs.
        let Ok(heads) = self.app.store.feed_heads(&accounts).await else {
            return false;
        };
        let heads: HashMap<AccountId, i64> = heads.into_iter().collect();
        self.grow(|account, channel| {
            let head = heads.get(&account);
            head.is_some_and(|head| channel.reached().is_some_and(|reached| reached < *head))
        })
    }

    /// Tells some channels that their feeds have grown. Returns whether there were any.
    fn grow(&self, has_grown: impl Fn(AccountId, &Channel) -> bool) -> bool {
        let open = self.open.lock();
        let grown = open
            .accounts
            .iter()
            .filter(|(account, of_account)| has_grown(**account, &of_account.channel));
        grown
            .map(|(_, of_account)| of_account.channel.grow())
            .count()
            > 0
    }
}

/// Records who is present on other nodes, until the server stops.
async fn hear(hub: Weak<Hub>, mut texts: broadcast::Receiver<Arc<str>>, ending: CancellationToken) {
    loop {
        let text = tokio::select! {
            () = ending.cancelled() => return,
            text = texts.recv() => text,
        };
        let Some(hub) = hub.upgrade() else {
            return;
        };
        match text {
            Ok(text) => hub.hear(&text),
            // Who is missing now is renewed soon.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

impl Open {
    /// Shares the memory for rings among the accounts that have readers.
    fn share_room(&self, memory: usize) {
        let room = memory / self.accounts.len().max(1);
        for of_account in self.accounts.values() {
            of_account.channel.set_room(room);
        }
    }
}

impl Seat {
    /// Returns what comes after a position.
    pub(super) fn next(&self, position: i64) -> Next {
        self.channel.next(position)
    }

    /// Waits until the channel has changed since the last call.
    pub(super) async fn changed(&mut self) {
        // The error cannot occur, because this seat holds the channel.
        let _ = self.changed.changed().await;
    }

    /// Returns the lists of who is present that have changed after a change, and the number of the last change.
    pub(super) fn presence(&self, after: u64) -> (Vec<Gathering>, u64) {
        let hub = &self.hub;
        hub.presence.changes(self.account, after, hub.app.now())
    }

    pub(super) fn store(&self) -> &Store {
        &self.hub.app.store
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.leave(self.account, self.credential);
    }
}
