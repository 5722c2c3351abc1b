//! Tests of the tasks that read the feed: they resume at their position, continue if one account fails, and end on
//! request.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use heddle::feed;
use heddle_domain::conversation::Status;
use heddle_domain::{AccountId, InboxScope};
use heddle_store::read::feed::{ConversationCounts, FeedEvent, FeedHead, ReadFeed, ReaderPosition};
use heddle_store::write::counts::Counts;
use heddle_store::write::feed::Reader;
use heddle_store::{Clock, Result, Store, Trouble, Tx};
use http::Method;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::harness::World;
use heddle_testkit::on_both;

const POLL: Duration = Duration::from_millis(20);

/// The tasks of a server that run one reader.
struct Following {
    ending: CancellationToken,
    tasks: [JoinHandle<()>; 2],
}

fn follow<R: Reader>(store: &Store) -> Following {
    let ending = CancellationToken::new();
    let (sequencer, told) = (store.clone(), ending.clone());
    let sequence = tokio::spawn(async move { sequencer.sequence(told.cancelled()).await });
    let reader = tokio::spawn(feed::follow::<R>(store.clone(), ending.clone()));
    Following {
        ending,
        tasks: [sequence, reader],
    }
}

impl Following {
    async fn end(self) {
        self.ending.cancel();
        for task in self.tasks {
            task.await.expect("it ends without a panic");
        }
    }
}

async fn position(store: &Store, account: AccountId, reader: &str) -> i64 {
    let reader = reader.to_owned();
    let position = ReaderPosition { account, reader };
    store.read(position).await.expect("a position")
}

/// Waits until a reader has read the whole feed of an account.
async fn until_caught_up(store: &Store, account: AccountId, reader: &str) {
    let mut feed = store.feed();
    loop {
        store.drain_feed().await.expect("it is drained");
        let head = store.read(FeedHead(account)).await.expect("a head");
        if position(store, account, reader).await == head {
            return;
        }
        // The reader's progress gives no hint.
        feed.look_within(POLL);
        feed.changed().await;
    }
}

/// Creates a conversation with the status `new`.
async fn new_thread(world: &World) {
    let path = format!("/v1/communications/{}/threads", world.here.customer);
    let body = json!({
        "communicationThreadStatus": "CREATED", "subject": "Broken locker", "content": "It does not close.",
        "communicationDirection": "INCOMING", "communicationChannel": "PHONE",
    });
    let key = world.here.magicline_key.as_str();
    let headers = [("x-api-key", key), ("content-type", "application/json")];
    let answer = world
        .send(Method::POST, &path, &headers, body.to_string())
        .await;
    assert_eq!(answer.status, 200);
}

async fn new_conversations(world: &World) -> i64 {
    let read = ConversationCounts {
        account: world.here.account.id,
        inboxes: InboxScope::only([world.here.main]),
    };
    let counts = world.test.store.read(read).await.expect("the counts");
    let new = counts.iter().find(|(_, status, _)| *status == Status::New);
    new.map_or(0, |(.., conversations)| *conversations)
}

on_both! {
    async fn counts_follow_new_events_and_resume(world: World) {
        let (store, account) = (&world.test.store, world.here.account.id);
        for round in 1..=2 {
            let following = follow::<Counts>(store);
            new_thread(&world).await;
            until_caught_up(store, account, Counts::NAME).await;
            assert_eq!(new_conversations(&world).await, round * 2 - 1);
            following.end().await;
            // No task reads the feed at this moment.
            new_thread(&world).await;
            store.drain_feed().await.expect("it is drained");
            assert_eq!(new_conversations(&world).await, round * 2 - 1);
        }
        assert_eq!(store.check().await, Ok(Vec::new()));
    }
}

static BROKEN: AtomicBool = AtomicBool::new(true);

/// A reader that fails on the other tenant's account until the test repairs it.
struct Picky;

impl Reader for Picky {
    type Digest = ();
    const NAME: &'static str = "picky";

    fn digest(_: &[FeedEvent]) {}

    async fn take(_: &mut Tx<'_>, account: AccountId, (): &()) -> Result<()> {
        match account == AccountId(1) && BROKEN.load(Ordering::SeqCst) {
            true => Err(Trouble::Internal("it cannot, on purpose".into()).into()),
            false => Ok(()),
        }
    }
}

#[tokio::test]
async fn a_failure_in_one_account_delays_no_other() {
    let world = World::new(heddle_testkit::On::Sqlite).await;
    let store = &world.test.store;
    let (first, second) = (world.here.account.id, world.foreign.account.id);
    assert_eq!(first, AccountId(1));
    let following = follow::<Picky>(store);
    until_caught_up(store, second, Picky::NAME).await;
    assert_eq!(position(store, first, Picky::NAME).await, 0);
    BROKEN.store(false, Ordering::SeqCst);
    until_caught_up(store, first, Picky::NAME).await;
    following.end().await;
}

on_both! {
    async fn old_events_of_all_accounts_are_deleted(world: World) {
        let store = &world.test.store;
        new_thread(&world).await;
        let accounts = [world.here.account.id, world.foreign.account.id];
        store.drain_feed().await.expect("it is drained");
        let after_all = world.test.clock.now().plus_ms(1_000);
        assert_eq!(feed::delete_before(store, after_all).await, Ok(0), "nobody has read them");
        for account in accounts {
            store.catch_up::<Counts>(account).await.expect("it is read");
        }
        assert!(feed::delete_before(store, after_all).await.is_ok_and(|events| events > 0));
        for account in accounts {
            let page = ReadFeed { account, after: 0, limit: 10 };
            let page = store.read(page).await.expect("a page");
            assert!(page.gone && page.events.is_empty());
        }
        assert_eq!(store.check().await, Ok(Vec::new()));
    }
}
