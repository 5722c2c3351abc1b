//! Tests of the budget for the bodies of requests: whoever must make room for others gets 503 from the API that was called.

use std::future::pending;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use heddle::config::Overrides;
use heddle_domain::AccountSettings;
use heddle_testkit::{On, TIMEOUT};
use tokio::sync::Notify;
use tokio::task::yield_now;

use crate::catalogue::{Fixture, Sample, rows};
use crate::harness::{Answer, World};

/// The smallest body limit of all APIs is 1 MiB, which is also the budget in this test.
const MOST_OF_THE_BUDGET: usize = 960 << 10;
const HALF_OF_THE_BUDGET: usize = 512 << 10;

/// A body that fills most of the budget and then waits.
#[derive(Clone, Default)]
struct SlowBody {
    /// Told when the server has taken the first part.
    begun: Arc<Notify>,
    /// Ends the body.
    end: Arc<Notify>,
}

impl SlowBody {
    async fn send(&self, world: &World, sample: &Sample) -> Answer {
        let Self { begun, end } = self.clone();
        let begins = Bytes::from(vec![b' '; MOST_OF_THE_BUDGET]);
        let begins = stream::iter([Ok::<_, std::io::Error>(begins)]);
        let waits = stream::once(async move {
            begun.notify_one();
            end.notified().await;
            Ok(Bytes::new())
        });
        let headers = sample.headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let body = Body::from_stream(begins.chain(waits));
        world
            .send(sample.method.clone(), &sample.path, &headers, body)
            .await
    }

    /// Sends whole requests until one finds room. Then the slow one has lost its room.
    async fn push_out(&self, world: &World, sample: &Sample) {
        self.begun.notified().await;
        let mut body = sample.body.clone().expect("a body").to_string();
        body.push_str(&" ".repeat(HALF_OF_THE_BUDGET));
        while sample
            .send_text(world, body.clone().into_bytes())
            .await
            .status
            == 503
        {
            yield_now().await;
        }
        self.end.notify_one();
    }
}

/// Returns the answer to a slow request that had to make room.
async fn pushed_out(world: &World, sample: &Sample) -> Answer {
    let slow = SlowBody::default();
    let others = async {
        slow.push_out(world, sample).await;
        pending::<()>().await;
    };
    let answer = async {
        tokio::select! {
            answer = slow.send(world, sample) => answer,
            () = others => unreachable!("it never ends"),
        }
    };
    tokio::time::timeout(TIMEOUT, answer)
        .await
        .expect("an answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_room_is_503_in_every_api() {
    let overrides = Overrides::default().set("server.body_memory_mib", Some(1));
    let world = World::with(On::Sqlite, AccountSettings::default(), overrides).await;
    let fixture = Fixture::new(&world).await;
    let mut seen = Vec::new();
    for row in rows(&world, &fixture) {
        let is_read_whole = row.sample.body.is_some() && row.template != "/api/v1/attachments";
        if !is_read_whole || row.template.contains("oauth2") || seen.contains(&row.api) {
            continue;
        }
        let answer = pushed_out(&world, &row.sample).await;
        assert_eq!(answer.status, 503, "{}", row.template);
        let (pointer, expected) = match row.api.as_str() {
            "helpscout" => (
                "/message",
                "The service cannot answer at the moment; try again",
            ),
            "magicline" => ("/errorCode", "system.error"),
            "mews" => ("/Message", "The service is unavailable at the moment."),
            "mykaarma" => ("/errors/0/errorCode", "SERVICE_UNAVAILABLE"),
            _ => ("/type", "urn:heddle:problem:unavailable"),
        };
        let body = answer.json();
        let found = body
            .pointer(pointer)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default();
        assert!(found.starts_with(expected), "{}: {body}", row.template);
        seen.push(row.api);
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}
