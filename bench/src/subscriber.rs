//! A receiver that counts deliveries. With one webhook on the measured account it shows the cost of deliveries, how
//! far they lag during a run, and whether they catch up afterwards.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::http::Client;
use crate::requests::Demo;

/// If no delivery arrives for this long, the deliveries are stuck.
const STUCK: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Counts deliveries, in threads that end with the process.
pub(crate) struct Subscriber {
    seen: Arc<Seen>,
    address: String,
}

#[derive(Default)]
struct Seen {
    deliveries: AtomicU64,
    /// The greatest conversation id that a delivery contained.
    newest: AtomicU64,
}

/// The state of the deliveries at the end of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lag {
    /// How many deliveries arrived during the run.
    pub(crate) during: u64,
    /// How many deliveries arrived after the run, until the last event of the run was delivered.
    pub(crate) after: u64,
    /// How long these later deliveries took.
    pub(crate) drain: Duration,
}

impl Subscriber {
    /// Listens on a free port of the loopback interface.
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let seen = Arc::new(Seen::default());
        let counted = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&counted);
                // A broken connection ends only its own thread; the sender tries again.
                std::thread::spawn(move || receive(stream, &seen));
            }
        });
        Ok(Self { seen, address })
    }

    /// Subscribes to every event of the demo's account.
    pub(crate) fn subscribe(&self, url: &str, demo: &Demo) -> Result<()> {
        let target = format!("http://{}/hook", self.address);
        Client::connect(url)?.send_expecting_success(&demo.subscribe(&target)?)?;
        Ok(())
    }

    pub(crate) fn deliveries(&self) -> u64 {
        self.seen.deliveries.load(Ordering::Relaxed)
    }

    /// Creates one more conversation and waits until it is delivered: then all events before it were attempted, too. `before` is
    /// the number of deliveries at the start of the run.
    pub(crate) fn drain(&self, url: &str, demo: &Demo, before: u64) -> Result<Lag> {
        let at_end = self.deliveries();
        let started = Instant::now();
        let made = Client::connect(url)?.send_expecting_success(&demo.create()?)?;
        let made: Value = serde_json::from_str(&made)?;
        let last = made["threadId"]
            .as_u64()
            .context("no threadId in the answer")?;
        let (mut count, mut moved) = (at_end, Instant::now());
        while self.seen.newest.load(Ordering::Relaxed) < last {
            std::thread::sleep(LOOK_EVERY);
            if self.deliveries() != count {
                (count, moved) = (self.deliveries(), Instant::now());
            }
            ensure!(
                moved.elapsed() < STUCK,
                "the deliveries stopped after {count}"
            );
        }
        Ok(Lag {
            during: at_end - before,
            after: self.deliveries() - at_end,
            drain: started.elapsed(),
        })
    }
}

/// Answers 204 to every request of a connection.
fn receive(stream: TcpStream, seen: &Seen) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut body = Vec::new();
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let Some((name, value)) = line.trim_end().split_once(':') else {
                if line.trim_end().is_empty() {
                    break;
                }
                continue;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        body.resize(length, 0);
        stream.read_exact(&mut body)?;
        let event: Value = serde_json::from_slice(&body)?;
        if let Some(conversation) = event["data"]["conversation_id"].as_u64() {
            seen.newest.fetch_max(conversation, Ordering::Relaxed);
        }
        seen.deliveries.fetch_add(1, Ordering::Relaxed);
        stream
            .get_mut()
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
    }
}
