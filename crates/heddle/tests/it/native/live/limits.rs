//! Tests of the limits on streams, and of their end when the server stops.

use heddle_testkit::{On, on_both};

use super::client::{Client, sequencer};
use super::{Api, world_with, write_many};
use crate::harness::World;
use crate::native::problem;

async fn full(api: &Api<'_>, status: u16) {
    let refused = Client::try_open(api, "", None)
        .await
        .expect_err("a refusal");
    problem(&refused, status, "too-many-streams");
    assert_eq!(refused.header("retry-after"), "10");
}

#[tokio::test]
async fn streams_are_limited_by_credential_account_and_server() {
    let keys = [
        ("max_streams_per_credential", 2),
        ("max_streams_per_account", 3),
        ("max_streams", 4),
    ];
    let world = world_with(On::Sqlite, &keys).await;
    let one = Api::full(&world);
    let two = Api::limited(&world, &[world.here.main]).await;
    let other = Api::new(&world, &world.foreign.native_token);
    let (first, _) = Client::ready(&one, "").await;
    let _second = Client::ready(&one, "").await;
    full(&one, 429).await;
    let _third = Client::ready(&two, "").await;
    full(&two, 429).await;
    let _fourth = Client::ready(&other, "").await;
    full(&other, 503).await;
    drop(first);
    let _again = Client::ready(&other, "").await;
    full(&two, 503).await;
}

on_both! {
    async fn streams_end_when_the_server_stops(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let (mut client, _) = Client::ready(&api, "").await;
        write_many(&world, 0, 1, false).await;
        client.next().await.expect("an event");
        client.parser.retry = None;
        let (mut slow, _) = Client::ready(&api, "").await;
        write_many(&world, 1, 400, false).await;
        slow.read(usize::MAX).await.expect("a frame");
        let last = client.some(400).await.pop().expect("events").id;
        world.app.ending.cancel();
        // An event that was sent in part is not ended by something else: the parser would see that.
        while slow.read(usize::MAX).await.is_some() {}
        assert_eq!(client.next().await, None);
        assert!(client.parser.retry.is_some_and(|ms| ms >= 1_000), "it says when to come back");
        assert_eq!(client.parser.last_id, last);
    }
}
