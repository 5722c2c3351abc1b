//! Clients that write until the server is gone, and remember what they were told.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::webhooks::wire::Client;

/// The number of clients that write.
const CLIENTS: usize = 8;
/// Each of so many writes has a file, large enough for the folder of files beside the database.
const WRITES_PER_FILE: usize = 20;
const FILE_BYTES: usize = 50_000;

/// A write that the server has acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Acknowledged {
    pub(super) conversation: i64,
    pub(super) subject: String,
    /// The id of its file, and the number from which the bytes follow.
    pub(super) file: Option<(i64, usize)>,
}

/// What the clients sent, and what was acknowledged, in the order of the answers.
pub(super) struct Written {
    pub(super) sent: HashSet<String>,
    pub(super) acknowledged: Vec<Acknowledged>,
}

/// Clients that write.
pub(super) struct Writers {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    next: AtomicUsize,
    stops: AtomicBool,
    sent: Mutex<HashSet<String>>,
    acknowledged: Mutex<Vec<Acknowledged>>,
}

impl Writers {
    /// Makes an inbox and a customer, and lets the clients write about it.
    ///
    /// # Errors
    /// Fails if the server refuses that.
    pub(super) fn start(server: SocketAddr, token: &str) -> Result<Self> {
        let mut client = Client::connect(server)?;
        let mut make = |path: &str, body: Value| {
            let made = client.ask(token, path, Some(&body))?;
            made["id"].as_i64().context("an id")
        };
        let inbox = make("/api/v1/inboxes", json!({ "name": "Front desk" }))?;
        let customer = json!({ "home_inbox_id": inbox, "first_name": "Mirela" });
        let customer = make("/api/v1/customers", customer)?;
        let shared = Arc::new(Shared::default());
        let client = |_| {
            let (shared, token) = (Arc::clone(&shared), token.to_owned());
            std::thread::spawn(move || shared.write(server, &token, inbox, customer))
        };
        Ok(Self {
            clients: (0..CLIENTS).map(client).collect(),
            shared,
        })
    }

    /// Returns how many writes were acknowledged so far.
    pub(super) fn acknowledged(&self) -> usize {
        self.shared
            .acknowledged
            .lock()
            .expect("no writer panics")
            .len()
    }

    /// Returns the number of the next write. All later writes have greater ones.
    pub(super) fn begun(&self) -> usize {
        self.shared.next.load(Ordering::Relaxed)
    }

    /// Stops the clients.
    pub(super) fn stop(self) -> Written {
        self.shared.stops.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.join().expect("a writer does not panic");
        }
        let take = |list: &Mutex<_>| std::mem::take(&mut *list.lock().expect("no writer panics"));
        Written {
            sent: std::mem::take(&mut *self.shared.sent.lock().expect("no writer panics")),
            acknowledged: take(&self.shared.acknowledged),
        }
    }
}

impl Shared {
    /// Writes until it is told to stop, or a connection breaks.
    fn write(&self, server: SocketAddr, token: &str, inbox: i64, customer: i64) {
        let Ok(mut client) = Client::connect(server) else {
            return;
        };
        while !self.stops.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if self
                .write_one(&mut client, token, (inbox, customer), number)
                .is_err()
            {
                return;
            }
        }
    }

    fn write_one(
        &self,
        client: &mut Client,
        token: &str,
        (inbox, customer): (i64, i64),
        number: usize,
    ) -> Result<()> {
        let subject = format!("Write {number}");
        let mut message = json!({
            "channel": "email", "direction": "incoming", "body": format!("The body of write {number}"),
        });
        let mut file = None;
        if number.is_multiple_of(WRITES_PER_FILE) {
            let path = format!("/api/v1/attachments?filename=file-{number}.bin");
            let kind = "Content-Type: application/octet-stream\r\n";
            let (status, made) = client.exchange("POST", token, &path, kind, &bytes_of(number))?;
            ensure!(status == 201, "{path}: {status}");
            let id = serde_json::from_slice::<Value>(&made)?["id"]
                .as_i64()
                .context("an id")?;
            message["attachment_ids"] = json!([id]);
            file = Some((id, number));
        }
        let body = json!({
            "inbox_id": inbox, "customer_id": customer, "subject": subject, "messages": [message],
        });
        self.sent
            .lock()
            .expect("no writer panics")
            .insert(subject.clone());
        let made = client.ask_once(token, "/api/v1/conversations", &body, &subject)?;
        let conversation = made["id"].as_i64().context("an id")?;
        self.acknowledged
            .lock()
            .expect("no writer panics")
            .push(Acknowledged {
                conversation,
                subject,
                file,
            });
        Ok(())
    }
}

/// Returns the bytes of the file of a write. No two writes have the same.
pub(super) fn bytes_of(number: usize) -> Vec<u8> {
    let line = format!("line of file {number}\n");
    line.bytes().cycle().take(FILE_BYTES).collect()
}
