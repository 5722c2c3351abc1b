//! The limits of the accept loop and its connections.

use std::time::Duration;

use crate::peer::TrustedProxies;
use crate::tls::Tls;

/// The maximum size of a request's head in bytes: more than clients send, and small enough to keep one in memory for
/// every connection.
pub(super) const MAX_HEAD_BYTES: usize = 16 * 1024;
/// The maximum number of requests that run at the same time on one HTTP/2 connection.
pub(super) const MAX_STREAMS: u32 = 100;

/// Limits of connections.
#[derive(Clone, Debug)]
pub struct Options {
    /// The maximum number of open connections. If all places are used, the connection is closed whose client the server
    /// has waited for the longest time; if it waits for none, further clients wait in the listener's queue.
    pub max_connections: u32,
    /// The maximum number of open connections of one client; a further one is closed at once. `None`: a quarter of
    /// `max_connections`.
    pub max_connections_per_client: Option<u32>,
    /// Proxies, to which the limit per client does not apply.
    pub proxies: TrustedProxies,
    /// Time limit for a client to send the head of a request, and for an idle connection between requests.
    pub head_timeout: Duration,
    /// How long a response may wait for the client to read a byte. Then the connection closes.
    pub write_timeout: Duration,
    /// For so long a client may send or read nothing even if others need its place.
    pub least_wait: Duration,
    /// How long running requests may take after the server was told to stop.
    pub grace: Duration,
    /// What makes connections secure; `None`: they are plain.
    pub tls: Option<Tls>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            max_connections_per_client: None,
            proxies: TrustedProxies::default(),
            head_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(30),
            least_wait: Duration::from_secs(1),
            grace: Duration::from_secs(10),
            tls: None,
        }
    }
}

impl Options {
    pub(super) fn max_per_client(&self) -> u32 {
        let quarter = self.max_connections.div_ceil(4);
        self.max_connections_per_client.unwrap_or(quarter)
    }

    /// Returns how many requests of HTTP/2 connections may run beside the first of each, in the whole server. So at
    /// most half as many requests more run than with HTTP/1.1.
    pub(super) fn max_parallel(&self) -> u32 {
        self.max_connections.div_ceil(2).max(2 * MAX_STREAMS)
    }

    /// Returns how many of [`Self::max_parallel`] one client may have.
    pub(super) fn max_parallel_per_client(&self) -> u32 {
        self.max_parallel().div_ceil(4).max(MAX_STREAMS)
    }
}
