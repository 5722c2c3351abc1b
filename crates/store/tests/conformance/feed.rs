//! Tests of the feed: pages, positions, hints, named readers, counts, and the deletion of old events. [`crowd`] tests
//! many concurrent writers and readers.

mod crowd;

use heddle_domain::InboxScope;
use heddle_domain::conversation::{Status, StatusWish};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, ConversationId, InboxId};
use heddle_store::detail::to_text;
use heddle_store::read::feed::{
    Behind, ConversationCounts, FeedEvent, FeedHead, FeedPage, ReadFeed, ReaderPosition,
};
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::counts::Counts;
use heddle_store::write::feed::Reader;
use heddle_store::write::merge::MergeConversations;
use heddle_store::write::upload::StoreUpload;
use heddle_store::{Error, Result, Store, Trouble, Tx, Write};
use heddle_testkit::{On, TestStore};

use crate::tenant::{Tenant, call, opened, tamper};

const DAY_MS: i64 = 86_400_000;

/// A reader that writes one row per event, and no event: an upload whose name is the event's position and id.
#[derive(Debug)]
struct Trail;

impl Reader for Trail {
    type Digest = Vec<(i64, i64)>;
    const NAME: &'static str = "trail";

    fn digest(events: &[FeedEvent]) -> Self::Digest {
        let about_conversations = events.iter().filter(|event| event.conversation.is_some());
        about_conversations
            .map(|event| (event.position, event.id.get()))
            .collect()
    }

    async fn take(tx: &mut Tx<'_>, account: AccountId, digest: &Self::Digest) -> Result<()> {
        for (position, id) in digest {
            let mut caller =
                heddle_store::write::account::operator(account, heddle_domain::AgentId(1));
            caller.actor.credential = Some(heddle_domain::id::CredentialId(1));
            let row = StoreUpload {
                caller,
                file_name: format!("{position}:{id}"),
                mime_type: "text/plain".into(),
                size: 0,
                data: Some(Vec::new()),
                object: None,
            };
            row.apply(tx).await?;
        }
        Ok(())
    }
}

/// Returns the rows that the reader wrote: position and event id, by position.
async fn trail(tenant: &Tenant) -> Vec<(i64, i64)> {
    let rows = tenant.table("upload").await;
    let number = |text: &str| text.parse().expect("a number");
    let mut trail: Vec<_> = rows
        .iter()
        .map(|row| {
            let name = row.split('|').nth(4).and_then(|name| name.split_once(':'));
            let (position, id) = name.expect("a position and an id");
            (number(position), number(id))
        })
        .collect();
    trail.sort_unstable();
    trail
}

async fn page(tenant: &Tenant, after: i64, limit: usize) -> FeedPage {
    let read = ReadFeed {
        account: tenant.account,
        after,
        limit,
    };
    tenant.store.read(read).await.expect("a page of the feed")
}

/// Returns the whole feed, read page by page.
async fn whole(tenant: &Tenant, limit: usize) -> Vec<FeedEvent> {
    let (mut events, mut after) = (Vec::new(), 0);
    loop {
        let page = page(tenant, after, limit).await;
        events.extend(page.events);
        if page.reached == after {
            return events;
        }
        assert!(page.reached > after);
        after = page.reached;
    }
}

async fn drained(tenant: &Tenant) -> Vec<FeedEvent> {
    tenant.store.drain_feed().await.expect("it is drained");
    whole(tenant, 3).await
}

/// Adds several calls in one command; each writes an event.
async fn add_calls(tenant: &Tenant, id: ConversationId, count: usize) {
    let entries = vec![(id, call("again"), StatusWish::Keep); count];
    let append = tenant.appending(entries);
    tenant.store.write(append).await.expect("they are added");
}

async fn set_status(tenant: &Tenant, id: ConversationId, status: Status) {
    let change = ChangeConversation::new(
        tenant.caller.clone(),
        id,
        Change {
            status: Some(status),
            ..Change::default()
        },
    );
    tenant.store.write(change).await.expect("it is changed");
}

async fn position_of<R: Reader>(tenant: &Tenant) -> i64 {
    let read = ReaderPosition {
        account: tenant.account,
        reader: R::NAME.to_owned(),
    };
    tenant.store.read(read).await.expect("a position")
}

async fn the_feed_holds_each_change_once_in_order(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    set_status(&tenant, id, Status::Closed).await;
    tenant.append(id, call("and more")).await.expect("added");
    let events = drained(&tenant).await;
    assert!(
        events.is_sorted_by(|a, b| a.position < b.position && a.id < b.id),
        "{events:?}"
    );
    let stored = tenant.table("event").await;
    assert_eq!(events.len(), stored.len());
    let last: Vec<_> = events[events.len() - 3..]
        .iter()
        .map(|event| (event.kind, event.inbox, to_text(&event.detail.known())))
        .collect();
    let inbox = Some(tenant.inboxes[0]);
    let [created, closed, added] = last.as_slice() else {
        panic!("{last:?}");
    };
    assert_eq!(
        (created.0, created.1),
        (EventKind::ConversationCreated, inbox)
    );
    let detail = r#"{"changes":{"status":["new","closed"]}}"#;
    assert_eq!(
        *closed,
        (
            EventKind::ConversationUpdated,
            inbox,
            Some(detail.to_owned())
        )
    );
    let detail = r#"{"changes":{"status":["closed","open"]}}"#;
    assert_eq!(
        *added,
        (EventKind::MessageAdded, inbox, Some(detail.to_owned()))
    );
    let head = tenant.store.read(FeedHead(tenant.account)).await;
    assert_eq!(head, Ok(events.last().expect("events").position));
}

async fn a_page_returns_the_position_that_it_reached(on: On) {
    let (_test, tenant) = opened(on).await;
    tenant.conversation().await;
    let all = drained(&tenant).await;
    let first = page(&tenant, 0, 2).await;
    assert_eq!(first.events, all[..2]);
    assert_eq!((first.reached, first.more), (all[1].position, true));
    let rest = page(&tenant, first.reached, 1_000).await;
    assert_eq!(rest.events, all[2..]);
    assert!(!rest.more);
    let none = page(&tenant, rest.reached, 1_000).await;
    assert_eq!((none.events.len(), none.reached), (0, rest.reached));
    assert!(!none.gone && none.start == 0);
    // Another account has its own feed.
    let other = Tenant::in_store(&tenant.store).await;
    let theirs = drained(&other).await;
    let foreign = |event: &&FeedEvent| all.iter().any(|mine| mine.id == event.id);
    assert_eq!(theirs.iter().find(foreign), None);
}

async fn listeners_get_hints_of_committed_changes(on: On) {
    let (_test, tenant) = opened(on).await;
    tenant.store.drain_feed().await.expect("it is drained");
    let mut feed = tenant.store.feed();
    assert!(feed.changed().await.look, "the first time it looks");
    let account = tenant.account;
    tenant.conversation().await;
    if on == On::Postgres {
        tenant.store.drain_feed().await.expect("it is drained");
    }
    let mut hint = feed.changed().await;
    while hint.accounts.is_empty() {
        hint = feed.changed().await;
    }
    assert_eq!(hint.accounts.into_iter().collect::<Vec<_>>(), [account]);
}

async fn a_reader_processes_each_event_once_and_resumes(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let mut seen = 0;
    for calls in [1, 1_200, 0, 3] {
        if calls > 0 {
            add_calls(&tenant, id, calls).await;
        }
        let events = drained(&tenant).await;
        let about: Vec<_> = events
            .iter()
            .filter(|event| event.conversation.is_some())
            .map(|event| (event.position, event.id.get()))
            .collect();
        seen += calls;
        assert_eq!(about.len(), seen + 1);
        let caught_up = tenant.store.catch_up::<Trail>(tenant.account).await;
        assert_eq!(caught_up, Ok(()));
        assert_eq!(trail(&tenant).await, about);
        let end = events.last().expect("events").position;
        assert_eq!(position_of::<Trail>(&tenant).await, end);
    }
}

async fn readers_that_are_behind_are_found(on: On) {
    let (_test, first) = opened(on).await;
    let second = Tenant::in_store(&first.store).await;
    let behind = |after: AccountId, limit: usize| {
        let store = first.store.clone();
        async move {
            let reader = Counts::NAME.to_owned();
            let read = Behind {
                reader,
                after,
                limit,
            };
            store.read(read).await.expect("those behind")
        }
    };
    first.store.drain_feed().await.expect("it is drained");
    let none = AccountId(0);
    assert_eq!(
        behind(none, 10).await,
        [(first.account, 0), (second.account, 0)]
    );
    assert_eq!(behind(none, 1).await, [(first.account, 0)]);
    assert_eq!(behind(first.account, 1).await, [(second.account, 0)]);
    let caught_up = first.store.catch_up::<Counts>(first.account).await;
    assert_eq!(caught_up, Ok(()));
    assert_eq!(behind(none, 10).await, [(second.account, 0)]);
    let position = position_of::<Counts>(&first).await;
    first.conversation().await;
    first.store.drain_feed().await.expect("it is drained");
    let still = behind(none, 10).await;
    assert_eq!(still, [(first.account, position), (second.account, 0)]);
}

async fn counts(tenant: &Tenant, inboxes: InboxScope) -> Vec<(InboxId, Status, i64)> {
    tenant.store.drain_feed().await.expect("it is drained");
    let caught_up = tenant.store.catch_up::<Counts>(tenant.account).await;
    assert_eq!(caught_up, Ok(()));
    let read = ConversationCounts {
        account: tenant.account,
        inboxes,
    };
    tenant.store.read(read).await.expect("the counts")
}

async fn conversations_are_counted_by_inbox_and_status(on: On) {
    let (_test, tenant) = opened(on).await;
    let [main, second] = tenant.inboxes;
    assert_eq!(counts(&tenant, InboxScope::All).await, []);
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(tenant.conversation().await.id);
    }
    let mut elsewhere = tenant.creation(
        heddle_domain::customer::CustomerRef::Id(tenant.customer),
        vec![call("there")],
    );
    elsewhere.conversation.inbox = second;
    elsewhere.conversation.status = Some(Status::Pending);
    let elsewhere = tenant.store.write(elsewhere).await;
    let elsewhere = elsewhere.expect("it is made").conversation.id;
    let pending = (second, Status::Pending, 1);
    assert_eq!(
        counts(&tenant, InboxScope::All).await,
        [(main, Status::New, 4), pending]
    );
    set_status(&tenant, ids[0], Status::Closed).await;
    set_status(&tenant, ids[1], Status::Closed).await;
    // A customer's message reopens the conversation.
    tenant.append(ids[1], call("again")).await.expect("added");
    let three = [
        (main, Status::Closed, 1),
        (main, Status::New, 2),
        (main, Status::Open, 1),
    ];
    assert_eq!(counts(&tenant, InboxScope::only([main])).await, three);
    assert_eq!(counts(&tenant, InboxScope::only([second])).await, [pending]);
    assert_eq!(counts(&tenant, InboxScope::only([InboxId(99)])).await, []);
    assert_eq!(counts(&tenant, InboxScope::only([])).await, []);
    let merge = MergeConversations {
        caller: tenant.caller.clone(),
        from: elsewhere,
        into: ids[0],
        inboxes: InboxScope::All,
        status: None,
        expected: None,
    };
    tenant.store.write(merge).await.expect("they are merged");
    // The merge opens its survivor, which was closed.
    let opened = [(main, Status::New, 2), (main, Status::Open, 2)];
    assert_eq!(counts(&tenant, InboxScope::All).await, opened);
    assert_eq!(tenant.store.check().await, Ok(Vec::new()));
}

async fn wrong_counts_are_found(on: On) {
    let (test, tenant) = opened(on).await;
    tenant.conversation().await;
    assert_eq!(tenant.store.check().await, Ok(Vec::new()));
    tamper(&test, "UPDATE conversation_count SET conversations = 2").await;
    let found = tenant.store.check().await.expect("it is checked");
    assert_eq!(
        found,
        [format!(
            "account {}: counts by inbox and status",
            tenant.account
        )]
    );
}

async fn a_detail_of_another_version_is_read_as_far_as_it_is_known(on: On) {
    let (test, tenant) = opened(on).await;
    tenant.conversation().await;
    let event = drained(&tenant).await.pop().expect("events").id;
    for (stored, known) in [
        (
            r#"{"changes":{"door":[null,"mews"],"inbox":["a",2],"status":["new","open"]},"weight":1.5}"#,
            Some(r#"{"changes":{"status":["new","open"]}}"#),
        ),
        ("[1]", None),
    ] {
        let sql = format!("UPDATE event SET detail = '{stored}' WHERE id = {event}");
        tamper(&test, &sql).await;
        let read = whole(&tenant, 3).await.pop().expect("events");
        assert_eq!(to_text(&read.detail.known()).as_deref(), known);
        let shown = known.map_or("{}", |_| stored);
        assert_eq!(
            serde_json::Value::Object(read.detail.into_json()).to_string(),
            shown
        );
    }
}

async fn forget(test: &TestStore, tenant: &Tenant, days: i64) -> u64 {
    use heddle_store::Clock;
    let before = test.clock.now().plus_ms(-days * DAY_MS);
    let forgotten = tenant.store.forget_events(tenant.account, before).await;
    forgotten.expect("old events are deleted")
}

async fn old_events_are_deleted_once_every_reader_has_read_them(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    add_calls(&tenant, id, 1_300).await;
    let old = drained(&tenant).await;
    test.clock.advance(10 * DAY_MS);
    tenant.append(id, call("new")).await.expect("added");
    let all = drained(&tenant).await;
    assert_eq!(all.len(), old.len() + 1);
    let store = &tenant.store;

    // Nothing is deleted, because the reader that updates the counts has not started.
    assert_eq!(forget(&test, &tenant, 5).await, 0);
    store.catch_up::<Trail>(tenant.account).await.expect("read");
    assert_eq!(forget(&test, &tenant, 5).await, 0);
    store
        .catch_up::<Counts>(tenant.account)
        .await
        .expect("read");
    // Nothing is deleted, because all events are too young.
    assert_eq!(forget(&test, &tenant, 11).await, 0);
    assert!(!page(&tenant, 0, 1).await.gone);
    assert_eq!(forget(&test, &tenant, 5).await, old.len() as u64);

    let start = old.last().expect("old ones").position;
    let left = page(&tenant, 0, 10).await;
    assert_eq!(left.events, all[old.len()..]);
    assert!(left.gone && left.start == start);
    assert!(page(&tenant, start - 1, 10).await.gone);
    let kept = page(&tenant, start, 10).await;
    assert_eq!((kept.gone, kept.events.len()), (false, 1));
    // A conversation whose last event was deleted passes the check.
    assert_eq!(forget(&test, &tenant, -1).await, 1);
    let head = store.read(FeedHead(tenant.account)).await;
    assert_eq!(head, Ok(all.last().expect("events").position));
    assert_eq!(store.check().await, Ok(Vec::new()));

    // A reader that is behind the deleted events cannot start; a reader that has read them continues.
    tenant.append(id, call("newer")).await.expect("added");
    store.drain_feed().await.expect("it is drained");
    assert_eq!(store.catch_up::<Trail>(tenant.account).await, Ok(()));
    let trail = trail(&tenant).await;
    assert_eq!(trail.len(), 1_300 + 3);
    let late = store.catch_up::<Late>(tenant.account).await;
    assert!(
        matches!(late, Err(Error::Trouble(Trouble::Internal(_)))),
        "{late:?}"
    );
}

async fn a_reader_that_is_behind_keeps_its_events(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let store = &tenant.store;
    store.drain_feed().await.expect("it is drained");
    store.catch_up::<Trail>(tenant.account).await.expect("read");
    let reached = position_of::<Trail>(&tenant).await;
    add_calls(&tenant, id, 5).await;
    let all = drained(&tenant).await;
    store
        .catch_up::<Counts>(tenant.account)
        .await
        .expect("read");
    let deleted = forget(&test, &tenant, -1).await;
    assert_eq!(deleted as usize, all.len() - 5);
    let left = page(&tenant, reached, 10).await;
    assert_eq!((left.gone, left.events.len()), (false, 5));
}

/// A reader that starts after events were deleted.
struct Late;

impl Reader for Late {
    type Digest = ();
    const NAME: &'static str = "late";

    fn digest(_: &[FeedEvent]) -> Self::Digest {}

    async fn take(_: &mut Tx<'_>, _: AccountId, (): &()) -> Result<()> {
        Ok(())
    }
}

on_both!(
    the_feed_holds_each_change_once_in_order,
    a_page_returns_the_position_that_it_reached,
    listeners_get_hints_of_committed_changes,
    a_reader_processes_each_event_once_and_resumes,
    readers_that_are_behind_are_found,
    conversations_are_counted_by_inbox_and_status,
    a_detail_of_another_version_is_read_as_far_as_it_is_known,
    wrong_counts_are_found,
    old_events_are_deleted_once_every_reader_has_read_them,
    a_reader_that_is_behind_keeps_its_events,
);

/// Checks the order of positions: an event of a slow transaction can have a smaller id than events that got their
/// positions before its commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_committed_late_gets_a_later_position() {
    let (test, tenant) = opened(On::Postgres).await;
    let before = drained(&tenant).await;
    let database = test.database.as_ref().expect("a database");
    let rival = database.connect().await;
    let early = before.last().expect("events").id.get() + 1;
    rival
        .batch_execute(&format!(
            "BEGIN; INSERT INTO event (account_id, id, kind, entity_id, imported)
            VALUES ({}, {early}, 'tag.created', 1, 0)",
            tenant.account
        ))
        .await
        .expect("it is written");
    test.clock.advance(1_000);
    tenant.conversation().await;
    let seen = drained(&tenant).await;
    let reached = seen.last().expect("events").position;
    assert!(seen.iter().all(|event| event.id.get() != early));
    rival.batch_execute("COMMIT").await.expect("it is there");
    tenant.store.drain_feed().await.expect("it is drained");
    let next = page(&tenant, reached, 10).await;
    let ids: Vec<_> = next.events.iter().map(|event| event.id.get()).collect();
    assert_eq!(ids, [early]);
    assert!(next.reached > reached);
}

/// Positions have no gaps without void events; several transactions number many events.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_pending_events_are_numbered_without_gaps() {
    let (_test, tenant) = opened(On::Postgres).await;
    let id = tenant.conversation().await.id;
    add_calls(&tenant, id, 2_300).await;
    let (a, b) = tokio::join!(tenant.store.drain_feed(), tenant.store.drain_feed());
    assert_eq!((a, b), (Ok(()), Ok(())));
    let positions: Vec<i64> = whole(&tenant, 700)
        .await
        .iter()
        .map(|event| event.position)
        .collect();
    let end = positions.len() as i64;
    assert_eq!(positions, (1..=end).collect::<Vec<_>>());
}

/// Checks that a void event is skipped, and that `reached` still counts it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_void_event_is_skipped() {
    let (test, tenant) = opened(On::Postgres).await;
    let before = drained(&tenant).await;
    let void = before.last().expect("events").id.get() + 1;
    let sql = format!(
        "INSERT INTO event (account_id, id, kind, entity_id, imported) VALUES ({}, {void}, 'void', 0, 0)",
        tenant.account
    );
    tamper(&test, &sql).await;
    tenant.store.drain_feed().await.expect("it is drained");
    let reached = before.last().expect("events").position;
    let page = page(&tenant, reached, 1).await;
    assert_eq!((page.events.len(), page.reached), (0, reached + 1));
    assert!(page.more);
    assert_eq!(tenant.store.catch_up::<Trail>(tenant.account).await, Ok(()));
    assert_eq!(position_of::<Trail>(&tenant).await, reached + 1);
}

/// Checks that a node's own task gives positions to its committed events.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_serving_node_numbers_events_by_itself() {
    let (_test, tenant) = opened(On::Postgres).await;
    let store: Store = tenant.store.clone();
    let sequencing = tokio::spawn(async move { store.sequence(std::future::pending()).await });
    let mut feed = tenant.store.feed();
    for _ in 0..3 {
        let id = tenant.conversation().await.id;
        loop {
            let events = whole(&tenant, 1_000).await;
            if events.iter().any(|event| event.conversation == Some(id)) {
                break;
            }
            feed.changed().await;
        }
    }
    sequencing.abort();
}

async fn wait_for_event(tenant: &Tenant, id: ConversationId) {
    let mut feed = tenant.store.feed();
    while !whole(tenant, 1_000)
        .await
        .iter()
        .any(|event| event.conversation == Some(id))
    {
        feed.changed().await;
    }
}

/// Another node is frozen while it holds the head of an account's feed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_node_delays_only_the_account_whose_feed_it_holds() {
    let (test, frozen) = opened(On::Postgres).await;
    let other = Tenant::in_store(&test.store).await;
    assert!(frozen.account < other.account, "it comes first in a round");
    let database = test.database.as_ref().expect("a database");
    let rival = database.connect().await;
    let hold = format!(
        "BEGIN; INSERT INTO feed (account_id, head) VALUES ({0}, 0) ON CONFLICT (account_id) DO NOTHING;
         UPDATE feed SET head = head WHERE account_id = {0}",
        frozen.account
    );
    rival.batch_execute(&hold).await.expect("it is held");
    let store: Store = test.store.clone();
    let sequencing = tokio::spawn(async move { store.sequence(std::future::pending()).await });
    let held = frozen.conversation().await.id;
    for _ in 0..3 {
        let id = other.conversation().await.id;
        let seen = tokio::time::timeout(heddle_testkit::TIMEOUT, wait_for_event(&other, id));
        seen.await.expect("the other account goes on");
    }
    assert!(
        whole(&frozen, 1_000)
            .await
            .iter()
            .all(|event| event.conversation != Some(held))
    );
    rival.batch_execute("COMMIT").await.expect("it is free");
    wait_for_event(&frozen, held).await;
    sequencing.abort();
}
