//! Requests at the same time, and a server that cannot write: each communication that is answered with 200 is stored, 409 says
//! that another request changed something meanwhile, and 503 that the client should wait (contract section 6).

use futures_util::future::join_all;
use futures_util::poll;
use heddle_access::provision::operator_caller;
use heddle_domain::conversation::Locks;
use heddle_domain::customer::CustomerRef;
use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::{CustomerId, InboxScope};
use heddle_store::write::customers::MergeCustomers;
use heddle_store::write::{CreateConversation, NewConversation, NewMessage};
use heddle_testkit::{On, on_both};
use http::Method;
use serde_json::json;

use crate::calls::{created, customer, done};
use crate::harness::World;
use crate::{five, post, refused, stored, thread};

on_both! {
    async fn two_parallel_updates_are_both_stored(world: World) {
        let path = thread(&world).await;
        let updates = (0..16).map(|at| {
            let mut body = five();
            body["content"] = json!(format!("update {at}"));
            let (world, path) = (&world, &path);
            async move { post(world, Method::PUT, path, &world.here.magicline_key, &body).await }
        });
        let answers = join_all(updates).await;
        let mut ids: Vec<i64> = Vec::new();
        for answer in answers {
            assert_eq!(answer.status, 200);
            let body = answer.json();
            assert_eq!(stored(&world, &body).await.body, body["content"].as_str().expect("a text"));
            ids.push(body["communicationId"].as_i64().expect("an id"));
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 16);
    }
}

on_both! {
    async fn the_calls_for_a_merged_customer_lead_on_and_are_no_conflict(world: World) {
        let old = created(&world, &customer("Mina", "Roth", "m@studio.example")).await;
        let of_old = format!("/v1/communications/{old}");
        let threads = format!("{of_old}/threads");
        let before = done(&world, Method::POST, &threads, Some(&five())).await;
        let merge = MergeCustomers {
            caller: operator_caller(&world.here.account),
            from: CustomerId(old),
            into: world.here.customer,
            expected: None,
        };
        world.store().write(merge).await.expect("a merge");
        let survivor = json!(world.here.customer.get());
        let after = done(&world, Method::POST, &threads, Some(&five())).await;
        assert_eq!(after["customerId"], survivor);
        for thread in [&before["threadId"], &after["threadId"]] {
            done(&world, Method::PUT, &format!("{threads}/{thread}"), Some(&five())).await;
        }
        let preferences = format!("{of_old}/communication-preferences");
        done(&world, Method::GET, &preferences, None).await;
        done(&world, Method::PUT, &preferences, Some(&json!([]))).await;
        let shown = done(&world, Method::GET, &format!("/v1/customers/{old}"), None).await;
        assert_eq!(shown["id"], survivor);
    }
}

on_both! {
    async fn a_store_that_does_not_write_is_503_with_retry_after(world: World) {
        let put_path = thread(&world).await;
        let post_path = format!("/v1/communications/{}/threads", world.here.customer);
        world.store().close().await.expect("the store closes");
        for (method, path) in [(Method::POST, &post_path), (Method::PUT, &put_path)] {
            let answer = post(&world, method, path, &world.here.magicline_key, &five()).await;
            refused(&answer, 503, None);
            assert_eq!(answer.json()["errorCode"], json!("system.error"));
            assert_eq!(answer.header("retry-after"), "1");
        }
    }
}

/// The queue of commands exists on SQLite only. It takes 64 MiB, or one larger command.
#[tokio::test]
async fn a_full_write_queue_is_503_with_retry_after() {
    let world = World::new(On::Sqlite).await;
    let put_path = thread(&world).await;
    let post_path = format!("/v1/communications/{}/threads", world.here.customer);
    let calls = [(Method::POST, &post_path), (Method::PUT, &put_path)];
    let held = world.test.hold_writes();
    let long = NewMessage::new(
        Channel::Email,
        Direction::Outgoing,
        Author::Application,
        "x".repeat(1 << 20),
    );
    let mut filling = Box::pin(world.store().write(CreateConversation {
        caller: operator_caller(&world.here.account),
        reach: InboxScope::All,
        locks: Locks::NONE,
        conversation: NewConversation::new(world.here.main, "Long".to_owned()),
        customer: CustomerRef::Id(world.here.customer),
        messages: vec![long; 64],
    }));
    assert!(poll!(&mut filling).is_pending());
    for (method, path) in calls.clone() {
        let answer = post(&world, method, path, &world.here.magicline_key, &five()).await;
        refused(&answer, 503, None);
        assert_eq!(answer.json()["errorCode"], json!("system.error"));
        assert_eq!(answer.header("retry-after"), "1");
    }
    drop(held);
    filling.await.expect("it is written");
    for (method, path) in calls {
        let answer = post(&world, method, path, &world.here.magicline_key, &five()).await;
        assert_eq!(answer.status, 200);
    }
}
