//! Tests of live updates: the stream of events as a strict client reads it, and who is present in a conversation.

/// Runs a test body on SQLite and on PostgreSQL, each with a sign of life every second.
macro_rules! with_signs_of_life {
    (async fn $name:ident($world:ident: World) $body:block) => {
        mod $name {
            use super::*;
            async fn run($world: World) $body
            #[tokio::test]
            async fn sqlite() {
                run(crate::native::live::with_quick_signs(heddle_testkit::On::Sqlite).await).await;
            }
            #[tokio::test]
            async fn postgres() {
                run(crate::native::live::with_quick_signs(heddle_testkit::On::Postgres).await).await;
            }
        }
    };
}

mod client;
mod limits;
mod nodes;
mod presence;
mod resume;
mod rights;

use heddle::config::Overrides;
use heddle_domain::event::EventKind;
use heddle_domain::id::{ConversationId, InboxId};
use heddle_domain::{AccountSettings, EventDetail, Field};
use heddle_store::write::Caller;
use heddle_store::{NewEvent, Result, Tx, Write};
use heddle_testkit::On;
use serde_json::{Value, json};

use super::Api;
use crate::harness::World;

const EVENTS: &str = "/api/v1/events";
const STREAM: &str = "/api/v1/events/stream";

/// Starts a test server with other values of keys of the section `[live]`.
async fn world_with(on: On, keys: &[(&str, u32)]) -> World {
    let overrides = keys.iter().fold(Overrides::default(), |all, (key, value)| {
        all.set(&format!("live.{key}"), Some(*value))
    });
    World::with(on, AccountSettings::default(), overrides).await
}

async fn with_quick_signs(on: On) -> World {
    world_with(on, &[("heartbeat_seconds", 1)]).await
}

/// Writes many events about one conversation in one transaction.
struct ManyEvents {
    caller: Caller,
    inbox: InboxId,
    conversation: ConversationId,
    /// The number of the first event, which its detail shows.
    first: usize,
    count: usize,
    imported: bool,
}

impl Write for ManyEvents {
    type Out = ();
    const NAME: &'static str = "many_events";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        for number in self.first..self.first + self.count {
            let mut detail = EventDetail::default();
            let subject = Some(format!("number {number}"));
            detail.change(Field::Subject, &None, &subject);
            let event = NewEvent {
                kind: EventKind::ConversationUpdated,
                conversation: Some(self.conversation),
                inbox: Some(self.inbox),
                entity: self.conversation.get(),
                actor: &self.caller.actor,
                imported: self.imported,
                detail,
            };
            tx.append_event(self.caller.account, 0, &event)?;
        }
        Ok(())
    }
}

/// Writes `count` events about conversation 7,777 of the main inbox.
async fn write_many(world: &World, first: usize, count: usize, imported: bool) {
    let command = ManyEvents {
        caller: heddle_access::provision::operator_caller(&world.here.account),
        inbox: world.here.main,
        conversation: ConversationId(7_777),
        first,
        count,
        imported,
    };
    world.store().write(command).await.expect("written");
}

/// Creates a conversation with a message in an inbox; returns its id.
async fn converse(api: &Api<'_>, inbox: InboxId, text: &str) -> i64 {
    let customer = api.world().here.customer.get();
    let message =
        json!({ "channel": "phone", "direction": "incoming", "author": "customer", "body": text });
    let body =
        json!({ "inbox_id": inbox.get(), "customer_id": customer, "messages": [message, message] });
    let made = api.post("/api/v1/conversations", body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()["id"].as_i64().expect("an id")
}

/// Returns everything that the list of events shows after a position.
async fn listed(api: &Api<'_>, query: &str, mut after: i64) -> Vec<Value> {
    api.world().store().drain_feed().await.expect("numbered");
    let mut all = Vec::new();
    loop {
        let path = format!("{EVENTS}?limit=100&after={after}&{query}");
        let page = api.get(&path).await.json();
        all.extend(page["data"].as_array().expect("a list").clone());
        after = page["next_after"].as_i64().expect("a position");
        if page["more"] == false {
            return all;
        }
    }
}
