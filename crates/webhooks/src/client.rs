//! One POST to one checked address: the only HTTP client of the server.
//!
//! A connection goes to an address that the guard has passed, by number; the name is not asked again, no proxy of the
//! environment is heeded, and nothing is followed. A lane keeps its connection open between requests. Answers are read up to
//! a small cap. Time limits cover everything from the look-up to the answer's last byte.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{IpAddr as TlsAddress, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;

use super::guard::{Permits, Refusal, Resolve, Target};

/// How much of an answer is kept.
pub const ANSWER_KEPT: usize = 2_048;
/// How much of an answer is read so that the connection can be used again; a longer one costs the connection.
const ANSWER_READ: usize = 64 * 1_024;
/// A connection that lay idle this long is not used again: the other side closes it about now.
const IDLE: Duration = Duration::from_secs(15);
/// A connection is not kept longer than this, so that a name is looked up now and then.
const OLDEST: Duration = Duration::from_secs(300);
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("Heddle/", env!("CARGO_PKG_VERSION"), " (webhooks)"));

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The guard says no.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// Nobody took the connection.
    #[error("cannot connect: {0}")]
    Connect(io::Error),
    /// The certificate is not trusted, or no common protocol.
    #[error("TLS: {0}")]
    Tls(io::Error),
    /// The exchange broke off, or the answer is no HTTP.
    #[error("broken exchange: {0}")]
    Exchange(hyper::Error),
    /// No answer in time.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// More redirects than the policy follows, or one without a place to go.
    #[error("redirected too often")]
    Redirected,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The first [`ANSWER_KEPT`] bytes of the body.
    pub body: Vec<u8>,
    location: Option<String>,
}

/// What is sent.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The headers, without those that every request has.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// How long everything may take.
    pub timeout: Duration,
    /// How many 307 and 308 are followed.
    pub redirects: u32,
}

/// What all lanes share: look-ups and the bound on connections.
#[derive(Clone, Debug)]
pub struct Client {
    resolver: Arc<dyn Resolve>,
    connections: Arc<Semaphore>,
}

/// Trusts the system's certificates, or the common ones where the system has none. Read when it is first needed.
static TLS: LazyLock<TlsConnector> = LazyLock::new(|| {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows TLS 1.2 and 1.3")
        .with_root_certificates(trusted())
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
});

impl Client {
    /// A client that holds so many connections at once.
    #[must_use]
    pub fn new(resolver: Arc<dyn Resolve>, connections: usize) -> Self {
        Self {
            resolver,
            connections: Arc::new(Semaphore::new(connections)),
        }
    }

    async fn connect(&self, target: &Target, permits: &Permits<'_>) -> Result<Held, Failure> {
        let permit = Arc::clone(&self.connections).acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        let addresses = target.addresses(permits, self.resolver.as_ref()).await?;
        let stream = connect_first(&addresses).await.map_err(Failure::Connect)?;
        let held = if target.is_tls() {
            let name = server_name(target);
            let stream = TLS.connect(name, stream).await;
            shake_hands(stream.map_err(Failure::Tls)?).await?
        } else {
            shake_hands(stream).await?
        };
        let (sender, driver) = held;
        Ok(Held {
            sender,
            origin: origin(target),
            since: Instant::now(),
            used: Instant::now(),
            _driver: driver,
            _permit: permit,
        })
    }

    /// Whether others wait for a connection.
    fn is_contended(&self) -> bool {
        self.connections.available_permits() == 0
    }
}

fn trusted() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

fn server_name(target: &Target) -> ServerName<'static> {
    match target.url().host().expect("checked when parsed") {
        url::Host::Ipv4(address) => {
            ServerName::IpAddress(TlsAddress::from(std::net::IpAddr::V4(address)))
        }
        url::Host::Ipv6(address) => {
            ServerName::IpAddress(TlsAddress::from(std::net::IpAddr::V6(address)))
        }
        url::Host::Domain(name) => ServerName::try_from(super::allow::bare(name).to_owned())
            // A name with a sign that certificates cannot hold: no certificate will match.
            .unwrap_or_else(|_| ServerName::try_from("invalid").expect("a name")),
    }
}

/// What a connection is for.
fn origin(target: &Target) -> String {
    format!("{}://{}", target.url().scheme(), target.url().authority())
}

/// The first address that takes a connection.
async fn connect_first(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut last = io::Error::other("no address");
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

type Sender = SendRequest<Full<Bytes>>;

async fn shake_hands<S>(stream: S) -> Result<(Sender, AbortOnDropHandle<()>), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, driver) = http1::Builder::new()
        .max_buf_size(64 * 1_024)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(Failure::Exchange)?;
    let driver = tokio::spawn(async move {
        // What goes wrong here goes wrong for the request too, which tells it.
        let _ = driver.await;
    });
    Ok((sender, AbortOnDropHandle::new(driver)))
}

#[derive(Debug)]
struct Held {
    sender: Sender,
    origin: String,
    since: Instant,
    used: Instant,
    _driver: AbortOnDropHandle<()>,
    _permit: OwnedSemaphorePermit,
}

impl Held {
    fn is_fit(&self, origin: &str) -> bool {
        self.origin == origin
            && self.since.elapsed() < OLDEST
            && self.used.elapsed() < IDLE
            && self.sender.is_ready()
    }
}

/// A sequence of requests, mostly to one place, that uses one connection after the other.
#[derive(Debug)]
pub struct Lane {
    client: Client,
    held: Option<Held>,
}

impl Lane {
    /// A lane without a connection.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, held: None }
    }

    /// Gives an idle connection up.
    pub fn rest(&mut self) {
        self.held = None;
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn post(
        &mut self,
        target: &Target,
        permits: &Permits<'_>,
        request: &Outgoing,
    ) -> Result<Answer, Failure> {
        let deadline = Instant::now() + request.timeout;
        let result = self.follow(target, permits, request, deadline).await;
        if result.is_err() || self.client.is_contended() {
            self.rest();
        }
        result
    }

    async fn follow(
        &mut self,
        target: &Target,
        permits: &Permits<'_>,
        request: &Outgoing,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let mut answer = self.send(target, permits, request, deadline).await?;
        let mut here = target.clone();
        for _ in 0..request.redirects {
            if !is_followed(answer.status) {
                return Ok(answer);
            }
            let location = answer.location.as_deref().ok_or(Failure::Redirected)?;
            here = here.redirected(location)?;
            answer = self.send(&here, permits, request, deadline).await?;
        }
        if request.redirects > 0 && is_followed(answer.status) {
            return Err(Failure::Redirected);
        }
        Ok(answer)
    }

    /// One exchange. A kept connection that turns out to be closed is replaced once.
    async fn send(
        &mut self,
        target: &Target,
        permits: &Permits<'_>,
        request: &Outgoing,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let origin = origin(target);
        if let Some(held) = self.held.take().filter(|held| held.is_fit(&origin)) {
            match exchange(held, target, request, deadline).await {
                Err(Failure::Exchange(error)) if is_stale(&error) => {}
                settled => return self.keep(settled?),
            }
        }
        let connect = self.client.connect(target, permits);
        let held = timeout_at(deadline, connect).await;
        let held = held.unwrap_or(Err(Failure::TimedOut(request.timeout)))?;
        self.keep(exchange(held, target, request, deadline).await?)
    }

    fn keep(&mut self, (answer, held): (Answer, Option<Held>)) -> Result<Answer, Failure> {
        self.held = held;
        Ok(answer)
    }
}

/// Whether the other side had closed the connection before it saw the request.
fn is_stale(error: &hyper::Error) -> bool {
    error.is_canceled() || error.is_closed() || error.is_incomplete_message()
}

fn is_followed(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
    )
}

/// Sends and reads; gives the connection back if it can be used again.
async fn exchange(
    mut held: Held,
    target: &Target,
    request: &Outgoing,
    deadline: Instant,
) -> Result<(Answer, Option<Held>), Failure> {
    let late = |_| Failure::TimedOut(request.timeout);
    let sent = async {
        held.sender.ready().await?;
        held.sender.send_request(message(target, request)).await
    };
    let response = timeout_at(deadline, sent).await.map_err(late)?;
    let mut response = response.map_err(Failure::Exchange)?;
    let mut body = Vec::new();
    let whole = timeout_at(deadline, read(response.body_mut(), &mut body)).await;
    // The status tells whether it was taken; a body that breaks off or takes too long costs the connection only.
    let whole = whole.unwrap_or(false);
    held.used = Instant::now();
    let location = response.headers().get(LOCATION);
    let answer = Answer {
        status: response.status(),
        location: location.and_then(|value| value.to_str().ok().map(str::to_owned)),
        body,
    };
    Ok((answer, whole.then_some(held)))
}

/// Keeps the body's beginning; says whether its end was reached.
async fn read(body: &mut Incoming, kept: &mut Vec<u8>) -> bool {
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        let Some(data) = frame.data_ref() else {
            continue;
        };
        let room = ANSWER_KEPT - kept.len();
        kept.extend_from_slice(&data[..room.min(data.len())]);
        seen += data.len();
        if seen > ANSWER_READ {
            return false;
        }
    }
    true
}

fn message(target: &Target, request: &Outgoing) -> Request<Full<Bytes>> {
    let mut message = Request::new(Full::new(request.body.clone()));
    *message.method_mut() = Method::POST;
    message.uri_mut().clone_from(target.path());
    let headers = message.headers_mut();
    headers.insert(USER_AGENT, AGENT);
    headers.extend(request.headers.clone());
    headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
    headers.insert(HOST, target.host_header().clone());
    message
}

#[cfg(test)]
mod tests;
