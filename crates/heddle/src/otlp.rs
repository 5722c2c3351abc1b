//! What traces and log lines share on their way to an OpenTelemetry collector, as OTLP (protobuf) over HTTP.
//!
//! They wait in a queue of the library with a limit, and a thread of the library sends them in batches. Nobody waits for that thread
//! but the end of the server, for a limited time. When the queue is full, or the collector does not take a batch, they are
//! dropped and counted, and the log has one line until the collector works again.
//!
//! Invariant: the lines of this module are not sent to a collector ([`TARGET`]). A collector that takes nothing would only get more.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opentelemetry::KeyValue;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

/// The target of this module's log lines.
pub(crate) const TARGET: &str = module_path!();
/// The maximum number of items that wait, those on their way included.
pub(crate) const MOST_WAITING: usize = 4_096;
/// The maximum number of items in one request.
pub(crate) const BATCH: usize = 512;
/// How long items wait for others, at most.
pub(crate) const DELAY: Duration = Duration::from_secs(2);
/// Time limit of one request to the collector.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);
/// Time limit for sending the last items when the server ends.
pub(crate) const LAST: Duration = Duration::from_secs(5);
/// The maximum length of the collector's response, in bytes.
const LONGEST_RESPONSE: usize = 64 << 10;

/// What the collector learns about this process: the same for its traces and its log.
pub(crate) fn resource(instance: Uuid) -> Resource {
    Resource::builder_empty()
        .with_service_name("heddle")
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", instance.to_string()),
        ])
        .build()
}

/// What is sent.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The name of all, such as `traces`.
    pub(crate) name: &'static str,
    /// The name of the items, such as `spans`.
    pub(crate) items: &'static str,
    /// The metric of the items that were dropped.
    pub(crate) dropped: &'static str,
    /// What an operator can do if they are too many.
    pub(crate) advice: &'static str,
}

/// How many items wait, and how many were dropped.
#[derive(Debug)]
pub(crate) struct Tally {
    kind: Kind,
    url: String,
    waiting: AtomicUsize,
    /// Dropped since the log last said so.
    dropped: AtomicUsize,
    is_full: AtomicBool,
    is_failing: AtomicBool,
}

impl Tally {
    /// Creates the tally of what goes to a URL.
    pub(crate) fn new(kind: Kind, url: String) -> Self {
        Self {
            kind,
            url,
            waiting: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
            is_full: AtomicBool::new(false),
            is_failing: AtomicBool::new(false),
        }
    }

    /// Counts an item that is to wait in the queue. Returns false if there is no room: then it is dropped.
    pub(crate) fn admit(&self) -> bool {
        if self.waiting.fetch_add(1, Ordering::AcqRel) < MOST_WAITING {
            return true;
        }
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        self.count_dropped(1);
        if !self.is_full.swap(true, Ordering::Relaxed) {
            let Kind {
                name,
                items,
                advice,
                ..
            } = self.kind;
            tracing::warn!(
                "{name} are made faster than the collector takes them: some {items} are dropped; {advice}, or give the collector more room"
            );
        }
        false
    }

    /// Records how a batch of so many items ended, and logs when the collector begins and ends to fail.
    pub(crate) fn note_batch(&self, count: usize, sent: &OTelSdkResult) {
        self.waiting.fetch_sub(count, Ordering::AcqRel);
        let (url, Kind { name, items, .. }) = (&self.url, &self.kind);
        match sent {
            Ok(()) => {
                if self.is_failing.swap(false, Ordering::Relaxed) {
                    let dropped = self.dropped.swap(0, Ordering::Relaxed);
                    tracing::info!(
                        url,
                        dropped,
                        "{url} takes {name} again; {dropped} {items} were dropped"
                    );
                }
            }
            Err(error) => {
                self.count_dropped(count);
                if !self.is_failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(url, %error, "{url} does not take {name}: {error}; {items} are dropped until it does");
                }
            }
        }
    }

    fn count_dropped(&self, count: usize) {
        self.dropped.fetch_add(count, Ordering::Relaxed);
        metrics::counter!(self.kind.dropped).increment(count as u64);
    }
}

/// Sends the requests of the library's thread on the server's runtime, one connection for each. That thread has no timers of
/// its own. Reads no proxies from the environment.
#[derive(Debug)]
pub(crate) struct Client(Handle);

impl Client {
    /// Creates a client for the runtime of this task.
    pub(crate) fn new() -> Self {
        Self(Handle::current())
    }
}

impl HttpClient for Client {
    fn send_bytes<'client, 'future>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'future>>
    where
        'client: 'future,
        Self: 'future,
    {
        let sending = self
            .0
            .spawn(async move { timeout(PATIENCE, send(request)).await });
        Box::pin(async move {
            match AbortOnDropHandle::new(sending).await? {
                Ok(answered) => answered,
                Err(_) => Err(format!("no response within {} s", PATIENCE.as_secs()).into()),
            }
        })
    }
}

async fn send(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (mut head, body) = request.into_parts();
    let authority = head.uri.authority().cloned();
    let authority = authority.ok_or("the URL has no host")?;
    let port = authority.port_u16().unwrap_or(80);
    let host = authority.host().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let _driver = AbortOnDropHandle::new(tokio::spawn(connection));
    head.headers
        .insert(HOST, HeaderValue::from_str(authority.as_str())?);
    head.uri = match head.uri.path_and_query() {
        Some(path) => Uri::from(path.clone()),
        None => Uri::from_static("/"),
    };
    let request = Request::from_parts(head, Full::new(body));
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, LONGEST_RESPONSE).collect().await?;
    Ok(Response::from_parts(head, body.to_bytes()))
}
