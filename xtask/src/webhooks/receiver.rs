//! Receivers of webhooks: one listener for all quick ones, and one for all slow ones.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use serde_json::Value;

use super::wire;

/// The stack of a thread that serves one connection.
const STACK: usize = 256 * 1024;

/// A listener. Its threads end with the process.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
}

/// How many connections are open at all receivers together.
#[derive(Debug, Default)]
pub(super) struct Open {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Open {
    /// Returns how many were open at the same time, at most.
    pub(super) fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }
}

struct Shared {
    slowness: Duration,
    open: Arc<Open>,
    /// From each event to its arrival.
    times: Mutex<Vec<Duration>>,
}

impl Receiver {
    /// Starts a receiver that answers each request after a time.
    ///
    /// # Errors
    /// Fails if there is no free port.
    pub(super) fn start(slowness: Duration, open: &Arc<Open>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            slowness,
            open: Arc::clone(open),
            times: Mutex::default(),
        });
        let receiving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&receiving);
                let open = shared.open.now.fetch_add(1, Ordering::Relaxed) + 1;
                shared.open.most.fetch_max(open, Ordering::Relaxed);
                let serve = move || {
                    // The error is ignored: the server sends again what was not answered.
                    let _ = shared.serve(&stream);
                    shared.open.now.fetch_sub(1, Ordering::Relaxed);
                };
                let thread = std::thread::Builder::new().stack_size(STACK);
                thread.spawn(serve).expect("a thread for each connection");
            }
        });
        Ok(Self { address, shared })
    }

    /// Returns the times from the events to their arrivals so far.
    pub(super) fn take_times(&self) -> Vec<Duration> {
        std::mem::take(&mut self.shared.times.lock().expect("no thread panics"))
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        while let Some((_, body)) = wire::read(&mut reader)? {
            self.times
                .lock()
                .expect("no thread panics")
                .extend(age(&body));
            std::thread::sleep(self.slowness);
            let mut writer = stream;
            writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
        }
        Ok(())
    }
}

/// Returns the time since the event that a body of Magicline reports.
fn age(body: &[u8]) -> Option<Duration> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let at = body["payload"][0]["timestamp"].as_u64()?;
    let now = SystemTime::UNIX_EPOCH.elapsed().ok()?;
    Some(now.saturating_sub(Duration::from_millis(at)))
}
