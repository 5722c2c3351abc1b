//! The writers: new agents, at a fixed rate. A write whose answer was lost is repeated with the same key.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::webhooks::wire::Client;

/// The number of clients that write.
const CLIENTS: usize = 8;
/// The pause before a failed write is repeated.
const PAUSE: Duration = Duration::from_millis(50);

/// Clients that write until they are stopped.
pub(super) struct Writers {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
    begun: Instant,
}

struct Shared {
    next: AtomicUsize,
    stops: AtomicBool,
    /// When each agent's write was answered.
    answered: Mutex<HashMap<i64, Instant>>,
}

/// What was written.
pub(super) struct Written {
    pub(super) count: usize,
    pub(super) answered: HashMap<i64, Instant>,
    took: Duration,
}

impl Writers {
    pub(super) fn start(server: SocketAddr, token: &str, rate: u32) -> Self {
        let shared = Arc::new(Shared {
            next: AtomicUsize::new(0),
            stops: AtomicBool::new(false),
            answered: Mutex::default(),
        });
        let begun = Instant::now();
        let client = |_| {
            let (shared, token) = (Arc::clone(&shared), token.to_owned());
            std::thread::spawn(move || shared.write(server, &token, rate, begun))
        };
        Self {
            clients: (0..CLIENTS).map(client).collect(),
            shared,
            begun,
        }
    }

    /// Stops the writers after their writes.
    pub(super) fn stop(self) -> Written {
        self.shared.stops.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.join().expect("a writer does not panic");
        }
        let answered = std::mem::take(&mut *self.shared.answered.lock().expect("no writer panics"));
        Written {
            count: answered.len(),
            answered,
            took: self.begun.elapsed(),
        }
    }
}

impl Shared {
    fn write(&self, server: SocketAddr, token: &str, rate: u32, begun: Instant) {
        let mut client = None;
        while !self.stops.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let due = begun + Duration::from_secs(number as u64) / rate;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let body = json!({ "first_name": format!("n{number}"), "last_name": "Load" });
            let key = format!("live-{number}");
            loop {
                let asked = client
                    .take()
                    .map_or_else(|| Client::connect(server), Ok)
                    .and_then(|mut client: Client| {
                        let made = client.ask_once(token, "/api/v1/agents", &body, &key)?;
                        Ok((client, made))
                    });
                if let Ok((open, made)) = asked {
                    client = Some(open);
                    let id = made["id"].as_i64().unwrap_or_default();
                    let answered = &mut *self.answered.lock().expect("no writer panics");
                    answered.insert(id, Instant::now());
                    break;
                }
                std::thread::sleep(PAUSE);
            }
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        let rate = self.count as f64 / seconds;
        write!(
            formatter,
            "{} writes in {seconds:.1} s, {rate:.0} a second",
            self.count
        )
    }
}
