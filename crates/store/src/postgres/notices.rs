//! Notices between the nodes of a database, by LISTEN and NOTIFY (`store.md` 2): which feeds have grown, and who is present.
//!
//! They only make polling unnecessary: a notice can be lost, and nothing is wrong without them. One connection of its own, outside
//! of the pool, sends and receives. A notice is never sent in the transaction of a command or of the sequencer, because each
//! NOTIFY takes a lock of the whole database until its COMMIT. Every few seconds the node sends a notice to itself: only while
//! these arrive, [`Notices::is_up`] is true. So a pooler that swallows LISTEN is noticed.

use std::collections::{BTreeSet, VecDeque};
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::pin_mut;
use heddle_domain::AccountId;
use parking_lot::Mutex;
use tokio::sync::{Notify, broadcast};
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::{AsyncMessage, Client, Notification};
use uuid::Uuid;

use super::address::Address;
use super::reach::PATIENCE;
use crate::feed::Hints;

/// The channels.
const FEED: &str = "heddle_feed";
const PRESENCE: &str = "heddle_presence";
const LISTEN: &str = "LISTEN heddle_feed; LISTEN heddle_presence";
const SEND: &str = "SELECT pg_notify($1, $2)";

/// The most accounts of one notice, whose text may have 8,000 bytes.
const MOST_ACCOUNTS: usize = 400;
/// The most bytes of a text about presence.
const LONGEST_TEXT: usize = 7_000;
/// The most texts that wait to be sent; the oldest are dropped.
const MOST_TEXTS: usize = 1_000;
/// How often the node sends a notice to itself, and how long that may take.
const PROOF: Duration = Duration::from_secs(5);
/// The pauses between tries to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The notices of one node.
pub(crate) struct Notices {
    address: Address,
    /// The name of this node in its own notices.
    own: String,
    is_enabled: bool,
    is_up: AtomicBool,
    outbox: Mutex<Outbox>,
    waiting: Notify,
    /// Whether a notice to itself has arrived.
    proven: Notify,
    heard: broadcast::Sender<Arc<str>>,
}

#[derive(Debug, Default)]
struct Outbox {
    accounts: BTreeSet<AccountId>,
    texts: VecDeque<String>,
}

impl Notices {
    pub(crate) fn new(address: Address, is_enabled: bool) -> Self {
        Self {
            address,
            own: Uuid::new_v4().simple().to_string(),
            is_enabled,
            is_up: AtomicBool::new(false),
            outbox: Mutex::default(),
            waiting: Notify::new(),
            proven: Notify::new(),
            heard: broadcast::Sender::new(MOST_TEXTS),
        }
    }

    /// Whether notices of other nodes arrive.
    pub(crate) fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Relaxed)
    }

    /// Tells the other nodes that the feed of an account has grown.
    pub(crate) fn tell(&self, account: AccountId) {
        if self.is_up() {
            self.outbox.lock().accounts.insert(account);
            self.waiting.notify_one();
        }
    }

    /// Sends a text to the other nodes. Lost if it is too long, or notices are not up.
    pub(crate) fn send_text(&self, text: String) {
        if !self.is_up() || text.len() > LONGEST_TEXT {
            return;
        }
        let mut outbox = self.outbox.lock();
        if outbox.texts.len() >= MOST_TEXTS {
            outbox.texts.pop_front();
        }
        outbox.texts.push_back(text);
        drop(outbox);
        self.waiting.notify_one();
    }

    /// Returns a receiver of the texts of other nodes.
    pub(crate) fn texts(&self) -> broadcast::Receiver<Arc<str>> {
        self.heard.subscribe()
    }

    /// Sends and receives notices until `ending` completes.
    pub(crate) async fn exchange(&self, hints: &Hints, ending: impl Future<Output = ()>) {
        if !self.is_enabled {
            return ending.await;
        }
        let exchanging = async {
            let mut pause = FIRST_PAUSE;
            let mut is_known = false;
            loop {
                let begun = Instant::now();
                let failure = self.connected(hints).await;
                if self.is_up.swap(false, Ordering::Relaxed) {
                    (pause, is_known) = (FIRST_PAUSE, false);
                }
                if !std::mem::replace(&mut is_known, true) {
                    tracing::warn!(
                        after_s = begun.elapsed().as_secs(),
                        "notices of other nodes do not arrive ({failure}); this node polls while it has live readers, and tries again"
                    );
                }
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        };
        pin_mut!(ending, exchanging);
        tokio::select! {
            () = ending => {}
            () = exchanging => {}
        }
        self.is_up.store(false, Ordering::Relaxed);
    }

    /// Connects, and exchanges notices until that fails. Returns why.
    async fn connected(&self, hints: &Hints) -> String {
        let connecting = timeout(PATIENCE, self.address.connect()).await;
        let (client, mut connection) = match connecting {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => return error.to_string(),
            Err(_) => return "the server does not answer".to_owned(),
        };
        let receiving = async {
            loop {
                match poll_fn(|context| connection.poll_message(context)).await {
                    Some(Ok(AsyncMessage::Notification(notice))) => self.hear(&notice, hints),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return error.to_string(),
                    None => return "the connection was closed".to_owned(),
                }
            }
        };
        let sending = self.send_all(&client);
        pin_mut!(receiving, sending);
        tokio::select! {
            failure = receiving => failure,
            failure = sending => failure,
        }
    }

    /// Sends what waits, and every few seconds a notice to this node itself. Returns why that failed.
    async fn send_all(&self, client: &Client) -> String {
        if let Err(failure) = in_time(client.batch_execute(LISTEN)).await {
            return failure;
        }
        loop {
            if let Err(failure) = send(client, FEED, &self.own).await {
                return failure;
            }
            if timeout(PROOF, self.proven.notified()).await.is_err() {
                return "a notice to itself was lost; is there a pooler in between?".to_owned();
            }
            if !self.is_up.swap(true, Ordering::Relaxed) {
                tracing::info!("notices of other nodes arrive");
            }
            let until = Instant::now() + PROOF;
            while Instant::now() < until {
                let waiting = self.waiting.notified();
                if let Err(failure) = self.flush(client).await {
                    return failure;
                }
                // The error says only that it is time for the next proof.
                let _ = tokio::time::timeout_at(until, waiting).await;
            }
        }
    }

    async fn flush(&self, client: &Client) -> Result<(), String> {
        let outbox = std::mem::take(&mut *self.outbox.lock());
        let accounts: Vec<AccountId> = outbox.accounts.into_iter().collect();
        for some in accounts.chunks(MOST_ACCOUNTS) {
            let ids = some.iter().map(|account| format!(" {account}"));
            let text = self.own.clone() + &ids.collect::<String>();
            send(client, FEED, &text).await?;
        }
        for text in outbox.texts {
            send(client, PRESENCE, &format!("{} {text}", self.own)).await?;
        }
        Ok(())
    }

    fn hear(&self, notice: &Notification, hints: &Hints) {
        let (node, text) = notice
            .payload()
            .split_once(' ')
            .unwrap_or((notice.payload(), ""));
        match (notice.channel(), node == self.own) {
            (FEED, true) => self.proven.notify_one(),
            (FEED, false) => {
                let ids = text.split(' ').filter_map(|id| id.parse().ok());
                hints.tell_of_others(&ids.map(AccountId).collect());
            }
            (PRESENCE, false) => {
                // Sending fails only if no receiver exists, and then nobody needs the notice.
                let _ = self.heard.send(text.into());
            }
            _ => {}
        }
    }
}

async fn send(client: &Client, channel: &str, text: &str) -> Result<(), String> {
    in_time(client.execute(SEND, &[&channel, &text]))
        .await
        .map(drop)
}

/// Waits for an answer of the server, but not for ever: a connection that was lost without a word would hide that notices are lost.
async fn in_time<T>(
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, String> {
    match timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("the server does not answer any more".to_owned()),
    }
}
