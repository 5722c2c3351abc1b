//! A receiver of webhooks that must learn of every acknowledged message, however often the server is killed.

use std::collections::HashSet;

use heddle_testkit::receiver::{Received, Receiver};
use serde_json::{Value, json};

use super::Ledger;
use super::load::{Client, Server};

/// The receiver, and the messages that it must be told of.
pub(super) struct Subscriber {
    receiver: Receiver,
    owed: HashSet<i64>,
}

impl Subscriber {
    /// Makes a webhook for the messages of the demo's account.
    pub(super) async fn of(server: &Server) -> Self {
        let receiver = Receiver::start().await;
        let token = server.demo["native"]["token"].as_str().expect("a token");
        let headers = [("authorization", &*format!("Bearer {token}"))];
        let webhook = json!({ "url": receiver.url(), "events": ["message.added"] });
        let mut client = Client::new(server.url());
        let made = client.post("/api/v1/webhooks", &headers, &webhook);
        assert_eq!(made.expect("an answer").status, 201);
        Self {
            receiver,
            owed: HashSet::new(),
        }
    }

    /// Expects the acknowledged messages of one round.
    pub(super) fn expect(&mut self, ledger: &Ledger) {
        self.owed.extend(ledger.page.lock().acknowledged.values());
    }

    /// Waits until the receiver was told of all messages that it expects. A server must run.
    pub(super) async fn is_told(&self) {
        let missing = |received: &[Received]| {
            let told: HashSet<i64> = received.iter().filter_map(message).collect();
            match self.owed.difference(&told).count() {
                0 => Ok(()),
                missing => Err(format!("{missing} of {} messages", self.owed.len())),
            }
        };
        self.receiver.wait_until(missing).await;
    }
}

fn message(received: &Received) -> Option<i64> {
    let event: Value = received.json();
    event["entity_id"]
        .as_i64()
        .or_else(|| event["data"]["entity_id"].as_i64())
}
