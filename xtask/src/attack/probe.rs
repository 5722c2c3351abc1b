//! Clients that are no attackers: they measure how the server answers others during an attack.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::json;

use super::server::Server;
use super::socket::Client;
use super::target::{Connection, Target};
use super::wire;

/// The pause between two requests of a probe.
const PAUSE: Duration = Duration::from_millis(5);

/// Times of requests.
#[derive(Debug, Default)]
pub(super) struct Times(Vec<Duration>);

impl Times {
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns the time that so many percent of the requests did not exceed; zero without requests.
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        sorted
            .get(last * percent / 100)
            .copied()
            .unwrap_or_default()
    }
}

/// What the probes saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// `GET /healthz`, each on a new connection.
    pub(super) health: Times,
    /// A read of a client with valid Mews credentials, all on one connection.
    pub(super) read: Times,
    pub(super) failed: usize,
    pub(super) first_error: Option<String>,
}

/// The running probes.
pub(super) struct Probe {
    stop: Arc<AtomicBool>,
    health: JoinHandle<Seen>,
    read: JoinHandle<Seen>,
}

impl Probe {
    /// Starts both probes.
    pub(super) fn start(server: &Server) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (target, request) = (server.target.clone(), mews_read(server));
        let mut connection = Keep::new(target.clone());
        let (for_health, for_read) = (Arc::clone(&stop), Arc::clone(&stop));
        let health = std::thread::spawn(move || {
            let get = b"GET /healthz HTTP/1.1\r\nHost: heddle.test\r\nConnection: close\r\n\r\n";
            let (times, seen) = repeat(&for_health, || {
                let mut connection = target.connect(Client::OTHERS)?;
                wire::exchange(&mut connection, get)
            });
            Seen {
                health: times,
                ..seen
            }
        });
        let read = std::thread::spawn(move || {
            let (times, seen) = repeat(&for_read, || connection.exchange(&request));
            Seen {
                read: times,
                ..seen
            }
        });
        Self { stop, health, read }
    }

    /// Ends the probes and returns what they saw.
    pub(super) fn stop(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        let health = self.health.join().expect("a probe does not panic");
        let read = self.read.join().expect("a probe does not panic");
        Seen {
            health: health.health,
            read: read.read,
            failed: health.failed + read.failed,
            first_error: health.first_error.or(read.first_error),
        }
    }
}

fn repeat(
    stop: &AtomicBool,
    mut exchange: impl FnMut() -> io::Result<wire::Answer>,
) -> (Times, Seen) {
    let (mut times, mut seen) = (Times::default(), Seen::default());
    while !stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let fault = match exchange() {
            Ok(answer) if answer.status == 200 => None,
            Ok(answer) => Some(format!("status {}", answer.status)),
            Err(error) => Some(error.to_string()),
        };
        times.0.push(begun.elapsed());
        if let Some(fault) = fault {
            seen.failed += 1;
            seen.first_error.get_or_insert(fault);
        }
        std::thread::sleep(PAUSE);
    }
    (times, seen)
}

/// One connection, made again when the server has closed it between two requests.
struct Keep {
    target: Target,
    connection: Option<Connection>,
}

impl Keep {
    fn new(target: Target) -> Self {
        Self {
            target,
            connection: None,
        }
    }

    fn exchange(&mut self, request: &[u8]) -> io::Result<wire::Answer> {
        let kept = self.connection.take();
        if let Some(mut connection) = kept
            && let Ok(answer) = wire::exchange(&mut connection, request)
        {
            self.connection = Some(connection);
            return Ok(answer);
        }
        let mut connection = self.target.connect(Client::OTHERS)?;
        let answer = wire::exchange(&mut connection, request)?;
        self.connection = Some(connection);
        Ok(answer)
    }
}

fn mews_read(server: &Server) -> Vec<u8> {
    let body = json!({
        "ClientToken": server.text("/mews/client_token"),
        "AccessToken": server.text("/mews/access_token"),
        "Client": "Attack probe 1.0",
        "CreatedUtc": {"StartUtc": "2025-06-01T00:00:00Z", "EndUtc": "2025-07-01T00:00:00Z"},
        "Limitation": {"Count": 10},
    })
    .to_string();
    let path = "/api/connector/v1/messageThreads/getAll";
    let head = wire::head(
        "POST",
        path,
        &[("Content-Type", "application/json")],
        body.len(),
    );
    [head.into_bytes(), body.into_bytes()].concat()
}
