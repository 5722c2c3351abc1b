//! Tests that a client gets every event once and in order, wherever its connection breaks and however slowly it reads.

use heddle_store::Clock;
use heddle_store::read::feed::FeedHead;
use heddle_testkit::{On, on_both};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::client::{Client, sequencer};
use super::{Api, EVENTS, converse, listed, world_with, write_many};
use crate::harness::World;
use crate::native::problem;

on_both! {
    async fn a_stream_shows_what_the_list_shows(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let limited = Api::limited(&world, &[world.here.main]).await;
        let (mut client, start) = Client::ready(&api, "").await;
        assert_eq!(client.headers["content-type"], "text/event-stream");
        assert_eq!(client.headers["cache-control"], "no-cache, no-transform");
        assert_eq!(client.headers["x-accel-buffering"], "no");
        assert!(client.parser.retry.is_some_and(|ms| (1_000..2_000).contains(&ms)));
        let one = converse(&api, world.here.main, "It leaks").await;
        converse(&api, world.here.second, "It rattles").await;
        let path = format!("/api/v1/conversations/{one}");
        api.patch(&path, serde_json::json!({ "subject": "Kettle" })).await;
        api.patch(&path, serde_json::json!({ "inbox_id": world.here.second.get() })).await;
        for query in [
            String::new(),
            "kind=message.added&kind=conversation.created".to_owned(),
            format!("conversation_id={one}"),
            format!("inbox_id={}", world.here.second),
            format!("inbox_id={}", world.here.main),
            format!("inbox_id={}&kind=message.added", world.here.main),
        ] {
            for reader in [&api, &limited] {
                let listed = listed(reader, &query, start).await;
                let query = format!("after={start}&{query}");
                let mut client = Client::open(reader, &query, None).await;
                assert_eq!(client.next().await.expect("an event").event, "ready");
                let streamed = client.some(listed.len()).await;
                let data: Vec<&Value> = streamed.iter().map(|message| &message.data).collect();
                assert_eq!(data, listed.iter().collect::<Vec<_>>(), "{query}");
                assert!(streamed.iter().all(|message| message.data["kind"] == message.event.as_str()));
            }
        }
        let left = listed(&limited, "inbox_id=1&kind=conversation.left", start).await;
        assert_eq!(left.len(), usize::from(world.here.main.get() == 1));
        let all = listed(&api, "", start).await;
        let last = all.last().expect("events")["position"].as_i64().expect("a position");
        assert_eq!(client.until(last).await.len(), all.len(), "the stream that was open all the time");
    }
}

/// Reads with a client that loses its connection after some bytes, again and again, until it has an event with the last
/// position.
async fn read_in_pieces(
    api: &Api<'_>,
    query: &str,
    start: i64,
    last: i64,
    cuts: &[usize],
) -> Vec<Value> {
    let mut place = start.to_string();
    let mut all = Vec::new();
    let mut cuts = cuts.iter().copied().cycle();
    while place != last.to_string() {
        let mut client = Client::open(api, query, Some(&place)).await;
        let mut left = cuts.next().expect("cuts");
        while left > 0 && client.parser.last_id != last.to_string() {
            left -= client.read(left).await.expect("an open stream");
        }
        let given = client.take().into_iter();
        all.extend(
            given
                .filter(|message| message.event != "ready")
                .map(|message| message.data),
        );
        if !client.parser.last_id.is_empty() {
            place.clone_from(&client.parser.last_id);
        }
    }
    all
}

on_both! {
    async fn nothing_is_lost_or_repeated_wherever_a_connection_breaks(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let (_, start) = Client::ready(&api, "").await;
        let query = "kind=conversation.created&kind=message.added&kind=conversation.updated";
        let cases: Vec<Vec<usize>> = {
            let mut runner = TestRunner::new(Config::default());
            let cuts = proptest::collection::vec(1_usize..3_000, 1..8);
            (0..12).map(|_| cuts.new_tree(&mut runner).expect("a tree").current()).collect()
        };
        let marker = async {
            for round in 0..25 {
                converse(&api, world.here.main, &format!("Round {round}")).await;
                write_many(&world, round * 3, 3, false).await;
            }
            let all = listed(&api, query, start).await;
            let last = all.last().expect("events")["position"].as_i64().expect("a position");
            (all, last)
        };
        // One reader follows while the writes go on; the others come when all is there.
        let (mut live, _) = Client::ready(&api, query).await;
        let (all, last) = marker.await;
        let followed = live.until(last).await;
        assert_eq!(followed.into_iter().map(|message| message.data).collect::<Vec<_>>(), all);
        for cuts in cases {
            // A piece must be able to hold the greatest event with its beginning.
            let cuts: Vec<usize> = cuts.into_iter().map(|cut| cut + 700).collect();
            assert_eq!(read_in_pieces(&api, query, start, last, &cuts).await, all, "{cuts:?}");
        }
    }
}

/// Opens worlds whose rings hold few events.
async fn small(on: On) {
    let world = world_with(on, &[("memory_mib", 1)]).await;
    let _sequencer = sequencer(&world);
    let api = Api::full(&world);
    let (mut slow, start) = Client::ready(&api, "").await;
    let (mut quick, _) = Client::ready(&api, "").await;
    const EACH: usize = 400;
    for round in 0..4 {
        write_many(&world, round * EACH, EACH, false).await;
        quick.some(EACH).await;
    }
    // The ring no longer has the first events.
    let all = slow.some(4 * EACH).await;
    let expected = listed(&api, "", start).await;
    assert_eq!(all.len(), expected.len());
    assert!(all.iter().map(|message| &message.data).eq(expected.iter()));
    assert!(slow.largest <= 64 * 1024, "{}", slow.largest);
}

#[tokio::test]
async fn a_slow_reader_reads_the_feed_again_on_sqlite() {
    small(On::Sqlite).await;
}

#[tokio::test]
async fn a_slow_reader_reads_the_feed_again_on_postgres() {
    small(On::Postgres).await;
}

on_both! {
    async fn a_place_that_the_feed_does_not_have_is_gone(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let (_, start) = Client::ready(&api, "").await;
        write_many(&world, 0, 5, false).await;
        let all = listed(&api, "", start).await;
        let account = world.here.account.id;
        let head = world.store().read(FeedHead(account)).await.expect("a head");
        for future in [head + 1, head + 1_000, 9_007_199_254_740_991] {
            for (query, last) in [(format!("after={future}"), None), (String::new(), Some(future.to_string()))] {
                let refused = Client::try_open(&api, &query, last.as_deref()).await.expect_err("a refusal");
                problem(&refused, 410, "gone");
            }
        }
        assert!(Client::try_open(&api, "", Some(&head.to_string())).await.is_ok());
        // The readers of the feed have read everything, and it is old.
        world.store().catch_up::<heddle_store::write::counts::Counts>(account).await.expect("read");
        let after_all = world.test.clock.now().plus_ms(1_000);
        world.store().forget_events(account, after_all).await.expect("deleted");
        let first = all[0]["position"].to_string();
        for gone in ["0", first.as_str()] {
            let refused = Client::try_open(&api, "", Some(gone)).await.expect_err("a refusal");
            problem(&refused, 410, "gone");
            let polled = api.get(&format!("{EVENTS}?after={gone}")).await;
            problem(&polled, 410, "gone");
        }
        // A client that has everything goes on, although no event is left.
        let mut client = Client::open(&api, "", Some(&head.to_string())).await;
        assert_eq!(client.next().await.expect("an event").id, head.to_string());
        write_many(&world, 5, 1, false).await;
        assert_eq!(client.next().await.expect("an event").event, "conversation.updated");
        let (_, end) = Client::ready(&api, "").await;
        assert!(end > head);
    }
}

on_both! {
    async fn a_bad_place_is_refused(world: World) {
        let api = Api::full(&world);
        let long = "9".repeat(10_000);
        for last in ["x", "-1", "", " 7", "7;8", "1.", "1e3", "0x1", "٣", "9223372036854775808", "1.2.3", &long] {
            let refused = Client::try_open(&api, "", Some(last)).await.expect_err("a refusal");
            problem(&refused, 400, "bad-header");
        }
        for query in ["after=-1", "after=x", "after=9223372036854775808", "kind=void", "inbox_id=0", "limit=5", "after=1&after=2"] {
            let refused = Client::try_open(&api, query, None).await.expect_err("a refusal");
            problem(&refused, 422, "invalid");
        }
    }
}

with_signs_of_life! {
    async fn imported_events_are_skipped_and_the_place_advances(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let (mut client, _) = Client::ready(&api, "").await;
        // One that is shown, and then some that are not, in one batch.
        write_many(&world, 0, 1, false).await;
        write_many(&world, 0, 3, true).await;
        world.store().drain_feed().await.expect("numbered");
        let head = world.store().read(FeedHead(world.here.account.id)).await.expect("a head");
        while client.parser.last_id != head.to_string() {
            assert!(client.read(usize::MAX).await.is_some());
        }
        assert_eq!(client.take().len(), 1);
        client.is_told_nothing().await;
        write_many(&world, 3, 1, false).await;
        assert_eq!(client.next().await.expect("an event").event, "conversation.updated");
    }
}

on_both! {
    async fn a_stream_about_a_conversation_follows_it_when_it_is_merged(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let merged = converse(&api, world.here.main, "It leaks").await;
        let [survivor, other] = [
            converse(&api, world.here.main, "It leaks again").await,
            converse(&api, world.here.main, "It rattles").await,
        ];
        let (mut client, _) = Client::ready(&api, &format!("conversation_id={merged}")).await;
        let rename = async |id: i64, subject: &str| {
            let path = format!("/api/v1/conversations/{id}");
            let changed = api.patch(&path, serde_json::json!({ "subject": subject })).await;
            assert_eq!(changed.status, 200, "{}", changed.json());
        };
        rename(other, "Not this one").await;
        let path = format!("/api/v1/conversations/{merged}/merge");
        let done = api.post(&path, serde_json::json!({ "into": survivor })).await;
        assert_eq!(done.status, 200, "{}", done.json());
        world.store().drain_feed().await.expect("numbered");
        rename(other, "Nor this one").await;
        rename(survivor, "This one").await;
        let seen = client.some(2).await;
        let seen: Vec<_> = seen.iter().map(|message| (message.event.as_str(), &message.data["conversation_id"])).collect();
        let survivor = serde_json::json!(survivor);
        assert_eq!(seen, [("conversation.merged", &survivor), ("conversation.updated", &survivor)]);
    }
}

on_both! {
    async fn texts_larger_than_what_is_made_at_once_are_whole(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let (mut open, start) = Client::ready(&api, "").await;
        let one = converse(&api, world.here.main, "It leaks").await;
        for at in 0..60 {
            let subject = format!("{at} {}", "x".repeat(4_000));
            let changed = api.patch(&format!("/api/v1/conversations/{one}"), serde_json::json!({ "subject": subject })).await;
            assert_eq!(changed.status, 200, "{}", changed.json());
        }
        let all = listed(&api, "", start).await;
        let size: usize = all.iter().map(|event| event.to_string().len()).sum();
        assert!(size > 400_000, "{size}");
        let last = all.last().expect("events")["position"].as_i64().expect("a position");
        // One reader reads the store, one what the channel of the account has, and the third stops in the middle.
        let mut later = Client::open(&api, &format!("after={start}"), None).await;
        assert_eq!(later.next().await.expect("an event").event, "ready");
        for client in [&mut open, &mut later] {
            let streamed: Vec<Value> = client.until(last).await.into_iter().map(|message| message.data).collect();
            assert_eq!(streamed, all);
        }
        assert_eq!(read_in_pieces(&api, "", start, last, &[300_000, 100_000]).await, all);
    }
}
