//! The HTTP client of webhooks: it sends one POST at a time, to checked addresses only.
//!
//! A connection goes to an address that the guard has checked; the name is not resolved again, and proxies from the
//! environment are ignored. A session keeps its connection open between requests and shares it with no other webhook, because
//! each webhook may reach other addresses. Responses are read up to a small limit. The time limit of a request covers
//! everything from resolving the name to the last byte of the response, but not the wait for one of the slots, which
//! limit the open connections.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use heddle_domain::AccountId;
use http::header::{CONTENT_LENGTH, HOST, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{IpAddr as TlsAddress, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;

use super::guard::{AllowLists, Refusal, Resolve, Target};
use super::slots::{Class, Slot, Slots};

/// The maximum number of bytes of a response body that are recorded.
pub const MAX_RECORDED_BODY: usize = 2_048;
/// The maximum number of bytes of a response body that are read, so that the connection can be used again. After a
/// longer body the connection is closed.
const MAX_READ_BODY: usize = 64 * 1_024;
/// A connection that was idle for longer than this is not used again, because many servers close it about then.
const MAX_IDLE: Duration = Duration::from_secs(15);
/// A connection is used no longer than this, so that the host name is resolved again from time to time.
const MAX_AGE: Duration = Duration::from_secs(300);
const USER_AGENT_VALUE: HeaderValue =
    HeaderValue::from_static(concat!("Heddle/", env!("CARGO_PKG_VERSION"), " (webhooks)"));

/// Why a request has no response.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The address guard refused the URL or its addresses.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// No address accepted a connection.
    #[error("cannot connect: {0}")]
    Connect(io::Error),
    /// The TLS handshake failed, for example because the certificate is not trusted.
    #[error("TLS: {0}")]
    Tls(io::Error),
    /// The connection broke, or the response is not HTTP.
    #[error("broken exchange: {0}")]
    Exchange(hyper::Error),
    /// The response did not arrive in time.
    #[error("no response within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The receiver sent more redirects than are followed, or a redirect without `Location`.
    #[error("redirected too often")]
    Redirected,
}

impl SendError {
    /// Returns a short name of the reason, without data of the request.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Connect(_) => "connect",
            Self::Tls(_) => "tls",
            Self::Exchange(_) => "exchange",
            Self::TimedOut(_) => "timeout",
            Self::Redirected => "redirected",
        }
    }
}

/// The response to a request.
#[derive(Debug)]
pub struct Response {
    /// HTTP status of the response.
    pub status: StatusCode,
    /// The first [`MAX_RECORDED_BODY`] bytes of the response's body.
    pub body: Vec<u8>,
    /// The header `Retry-After` of the response.
    pub retry_after: Option<String>,
    location: Option<String>,
}

/// A request to send.
#[derive(Clone, Debug)]
pub struct OutgoingRequest {
    /// Headers of the request, without those that every request has.
    pub headers: HeaderMap,
    /// Body of the request.
    pub body: Bytes,
    /// Time limit for the whole exchange, including redirects.
    pub timeout: Duration,
    /// The maximum number of redirects with 307 or 308 that are followed.
    pub redirects: u32,
}

/// What all sessions share: the resolver and the slots.
#[derive(Clone, Debug)]
pub struct Client {
    resolver: Arc<dyn Resolve>,
    slots: Slots,
}

/// The TLS settings, loaded at first use. Trusts the root certificates of the system, or the usual public ones where
/// the system has none.
static TLS: LazyLock<TlsConnector> = LazyLock::new(|| {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows TLS 1.2 and 1.3")
        .with_root_certificates(trusted_roots())
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
});

impl Client {
    /// Creates a client with at most `connections` open connections.
    #[must_use]
    pub fn new(resolver: Arc<dyn Resolve>, connections: usize) -> Self {
        Self {
            resolver,
            slots: Slots::new(connections),
        }
    }

    /// Returns how many connections are open or about to be opened.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.slots.in_use()
    }

    async fn connect(
        &self,
        target: &Target,
        allow_lists: &AllowLists<'_>,
    ) -> Result<Connection, SendError> {
        let addresses = target
            .addresses(allow_lists, self.resolver.as_ref())
            .await?;
        let stream = connect_first(&addresses)
            .await
            .map_err(SendError::Connect)?;
        let (sender, driver) = if target.is_tls() {
            let name = server_name(target);
            let stream = TLS.connect(name, stream).await;
            handshake(stream.map_err(SendError::Tls)?).await?
        } else {
            handshake(stream).await?
        };
        Ok(Connection {
            sender,
            origin: origin(target),
            opened_at: Instant::now(),
            used_at: Instant::now(),
            _driver: driver,
        })
    }
}

fn trusted_roots() -> RootCertStore {
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
        url::Host::Domain(name) => {
            ServerName::try_from(super::allow::without_final_dot(name).to_owned())
                // The name has a character that no certificate can contain, so a name is used that matches no
                // certificate.
                .unwrap_or_else(|_| ServerName::try_from("invalid").expect("a name"))
        }
    }
}

/// Returns scheme, host and port of a URL. A connection is used for one origin only.
fn origin(target: &Target) -> String {
    format!("{}://{}", target.url().scheme(), target.url().authority())
}

/// Connects to the first address that accepts.
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

async fn handshake<S>(stream: S) -> Result<(Sender, AbortOnDropHandle<()>), SendError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, driver) = http1::Builder::new()
        .max_buf_size(64 * 1_024)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(SendError::Exchange)?;
    let driver = tokio::spawn(async move {
        // The error is ignored here: the request gets the same error and reports it.
        let _ = driver.await;
    });
    Ok((sender, AbortOnDropHandle::new(driver)))
}

#[derive(Debug)]
struct Connection {
    sender: Sender,
    origin: String,
    opened_at: Instant,
    used_at: Instant,
    _driver: AbortOnDropHandle<()>,
}

impl Connection {
    fn can_serve(&self, origin: &str) -> bool {
        self.origin == origin
            && self.opened_at.elapsed() < MAX_AGE
            && self.used_at.elapsed() < MAX_IDLE
            && self.sender.is_ready()
    }
}

/// Sends requests one after the other, mostly to one origin. Keeps at most one connection open, and has a slot while it
/// does.
#[derive(Debug)]
pub struct Session {
    client: Client,
    class: Class,
    slot: Option<Slot>,
    connection: Option<Connection>,
}

impl Session {
    /// Creates a session for a webhook of this account, which has no open connection yet.
    #[must_use]
    pub fn new(client: Client, account: AccountId) -> Self {
        Self {
            client,
            class: Class {
                account,
                is_slow: false,
            },
            slot: None,
            connection: None,
        }
    }

    /// Says whether the receiver is slow. Slow receivers share half of the slots, so that they delay only each other.
    pub fn set_slow(&mut self, is_slow: bool) {
        self.class.is_slow = is_slow;
    }

    /// Whether the session has a slot, and perhaps an open connection.
    #[must_use]
    pub fn has_slot(&self) -> bool {
        self.slot.is_some()
    }

    /// Closes the connection, if one is open, and frees the slot.
    pub fn disconnect(&mut self) {
        self.connection = None;
        self.slot = None;
    }

    /// Closes the connection if idle connections already have their share of the slots, or others wait for a slot. Called when
    /// the session has nothing to send now.
    pub fn rest(&mut self) {
        let slots = &self.client.slots;
        let may_stay = slots.allow_idle() && !slots.are_wanted(self.class);
        if self.connection.is_none() || !may_stay {
            self.disconnect();
        }
    }

    /// Takes a slot if one is free. Returns whether the session has one now.
    pub fn try_reserve(&mut self) -> bool {
        if self
            .slot
            .as_ref()
            .is_some_and(|slot| slot.suits(self.class))
        {
            return true;
        }
        self.disconnect();
        self.slot = self.client.slots.try_take(self.class);
        self.slot.is_some()
    }

    /// Waits for a slot, which [`Session::fill`] then gives to the session. The future may be dropped.
    pub fn wait_for_slot(&self) -> impl Future<Output = Slot> + Send + Sync + use<> {
        let (slots, class) = (self.client.slots.clone(), self.class);
        async move { slots.take(class).await }
    }

    /// Gives a slot to the session.
    pub fn fill(&mut self, slot: Slot) {
        self.slot = Some(slot);
    }

    /// Sends a request, follows its redirects and waits for the response.
    ///
    /// # Errors
    /// Returns why there is no response.
    pub async fn post(
        &mut self,
        target: &Target,
        allow_lists: &AllowLists<'_>,
        request: &OutgoingRequest,
    ) -> Result<Response, SendError> {
        if !self.try_reserve() {
            let slot = self.wait_for_slot().await;
            self.fill(slot);
        }
        let deadline = Instant::now() + request.timeout;
        let result = self.follow(target, allow_lists, request, deadline).await;
        if result.is_err() || self.client.slots.are_wanted(self.class) {
            self.disconnect();
        }
        result
    }

    async fn follow(
        &mut self,
        target: &Target,
        allow_lists: &AllowLists<'_>,
        request: &OutgoingRequest,
        deadline: Instant,
    ) -> Result<Response, SendError> {
        let mut response = self.send(target, allow_lists, request, deadline).await?;
        let mut here = target.clone();
        for _ in 0..request.redirects {
            if !is_followed(response.status) {
                return Ok(response);
            }
            let location = response.location.as_deref().ok_or(SendError::Redirected)?;
            here = here.redirected(location)?;
            response = self.send(&here, allow_lists, request, deadline).await?;
        }
        if request.redirects > 0 && is_followed(response.status) {
            return Err(SendError::Redirected);
        }
        Ok(response)
    }

    /// Sends one request. If the server had already closed the open connection, sends it once more on a new one.
    async fn send(
        &mut self,
        target: &Target,
        allow_lists: &AllowLists<'_>,
        request: &OutgoingRequest,
        deadline: Instant,
    ) -> Result<Response, SendError> {
        let origin = origin(target);
        if let Some(connection) = self
            .connection
            .take()
            .filter(|connection| connection.can_serve(&origin))
        {
            match exchange(connection, target, request, deadline).await {
                Err(SendError::Exchange(error)) if is_stale(&error) => {}
                result => return self.keep(result?),
            }
        }
        let connect = self.client.connect(target, allow_lists);
        let connection = timeout_at(deadline, connect).await;
        let connection = connection.unwrap_or(Err(SendError::TimedOut(request.timeout)))?;
        self.keep(exchange(connection, target, request, deadline).await?)
    }

    fn keep(
        &mut self,
        (response, connection): (Response, Option<Connection>),
    ) -> Result<Response, SendError> {
        self.connection = connection;
        Ok(response)
    }
}

/// Whether the server had closed the connection before it saw the request.
fn is_stale(error: &hyper::Error) -> bool {
    error.is_canceled() || error.is_closed() || error.is_incomplete_message()
}

fn is_followed(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
    )
}

/// Sends a request on a connection and reads the response. Returns the connection if it can be used again.
async fn exchange(
    mut connection: Connection,
    target: &Target,
    request: &OutgoingRequest,
    deadline: Instant,
) -> Result<(Response, Option<Connection>), SendError> {
    let late = |_| SendError::TimedOut(request.timeout);
    let sending = async {
        connection.sender.ready().await?;
        connection
            .sender
            .send_request(http_request(target, request))
            .await
    };
    let response = timeout_at(deadline, sending).await.map_err(late)?;
    let mut response = response.map_err(SendError::Exchange)?;
    let mut body = Vec::new();
    let whole = timeout_at(deadline, read(response.body_mut(), &mut body)).await;
    // If the body is incomplete, the response still counts, because the status alone says whether the delivery
    // succeeded. Only the connection is closed.
    let whole = whole.unwrap_or(false);
    connection.used_at = Instant::now();
    let header = |name| {
        let value = response.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let response = Response {
        status: response.status(),
        location: header(LOCATION),
        retry_after: header(RETRY_AFTER),
        body,
    };
    Ok((response, whole.then_some(connection)))
}

/// Appends the beginning of the body to `recorded`. Returns whether the end of the body was reached.
async fn read(body: &mut Incoming, recorded: &mut Vec<u8>) -> bool {
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        let Some(data) = frame.data_ref() else {
            continue;
        };
        let room = MAX_RECORDED_BODY - recorded.len();
        recorded.extend_from_slice(&data[..room.min(data.len())]);
        seen += data.len();
        if seen > MAX_READ_BODY {
            return false;
        }
    }
    true
}

fn http_request(target: &Target, request: &OutgoingRequest) -> Request<Full<Bytes>> {
    let mut http_request = Request::new(Full::new(request.body.clone()));
    *http_request.method_mut() = Method::POST;
    http_request.uri_mut().clone_from(target.path());
    let headers = http_request.headers_mut();
    headers.insert(USER_AGENT, USER_AGENT_VALUE);
    headers.extend(request.headers.clone());
    headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
    headers.insert(HOST, target.host_header().clone());
    http_request
}

#[cfg(test)]
mod tests;
