//! A server on the loopback that receives webhooks.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use crate::timeout::TIMEOUT;

const LARGEST: usize = 1 << 24;

/// A received request.
#[derive(Clone, Debug)]
pub struct Received {
    /// Path and query of the request.
    pub path: String,
    /// All headers of the request.
    pub headers: HeaderMap,
    /// Body of the request.
    pub body: Bytes,
}

impl Received {
    /// Returns the text of a header; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap_or_default())
    }

    /// Returns the body as JSON.
    ///
    /// # Panics
    /// Panics if the body is not JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a body of JSON")
    }
}

/// How the receiver replies to a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A response with this status and body.
    With(u16, String),
    /// A response without a body, but with this status and one header.
    Header(u16, &'static str, String),
    /// Status 200, once the semaphore gives a permit, which it does not get back.
    Permitted(Arc<Semaphore>),
    /// No response, ever.
    Silence,
}

impl Reply {
    /// Returns a reply with status 200 and no body.
    #[must_use]
    pub fn ok() -> Self {
        Self::With(200, String::new())
    }

    /// Returns a reply with this status and no body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::With(status, String::new())
    }
}

type Script = Box<dyn FnMut(&Received) -> Reply + Send>;

struct Shared {
    received: Mutex<Vec<Received>>,
    script: Mutex<Script>,
    count: watch::Sender<usize>,
}

/// The receiver's server. It ends when this value is dropped.
pub struct Receiver {
    url: String,
    shared: Arc<Shared>,
    _task: AbortOnDropHandle<()>,
}

impl Receiver {
    /// Starts a server that answers 200 to all requests.
    ///
    /// # Panics
    /// Panics if there is no free port.
    pub async fn start() -> Self {
        Self::answering(|_| Reply::ok()).await
    }

    /// Starts a server that answers as `script` says.
    ///
    /// # Panics
    /// Panics if there is no free port.
    pub async fn answering(script: impl FnMut(&Received) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared {
            received: Mutex::default(),
            script: Mutex::new(Box::new(script)),
            count: watch::Sender::new(0),
        });
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("it serves");
        });
        Self {
            url: format!("http://{address}"),
            shared,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// Returns the address of the server, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes the server answer as `script` says from now on.
    pub fn answer(&self, script: impl FnMut(&Received) -> Reply + Send + 'static) {
        *self.shared.script.lock() = Box::new(script);
    }

    /// Returns all requests so far.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().clone()
    }

    /// Waits until `requests` requests have arrived; returns all requests that have arrived.
    ///
    /// # Panics
    /// Panics if the requests do not arrive in time.
    pub async fn wait_for(&self, requests: usize) -> Vec<Received> {
        let enough = |found: &[Received]| match found.len() {
            come if come >= requests => Ok(()),
            come => Err(format!("{come} of {requests} requests came in")),
        };
        self.wait_until(enough).await
    }

    /// Waits until the received requests are enough, and returns them. As long as they are not, `enough` returns what
    /// is missing.
    ///
    /// # Panics
    /// Panics if `enough` still fails when the time limit is over.
    pub async fn wait_until(
        &self,
        enough: impl Fn(&[Received]) -> Result<(), String>,
    ) -> Vec<Received> {
        let mut count = self.shared.count.subscribe();
        let deadline = Instant::now() + TIMEOUT;
        loop {
            count.mark_unchanged();
            let found = self.received();
            let Err(missing) = enough(&found) else {
                return found;
            };
            let more = tokio::time::timeout_at(deadline, count.changed()).await;
            assert!(more.is_ok(), "{missing}");
        }
    }
}

async fn receive(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LARGEST).await.expect("a body");
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let received = Received {
        path: path.to_owned(),
        headers: parts.headers,
        body,
    };
    let reply = (shared.script.lock())(&received);
    shared.received.lock().push(received);
    shared.count.send_modify(|count| *count += 1);
    let status = |status| StatusCode::from_u16(status).expect("a status");
    match reply {
        Reply::With(code, body) => (status(code), body).into_response(),
        Reply::Header(code, name, value) => (status(code), [(name, value)]).into_response(),
        Reply::Permitted(permits) => {
            permits.acquire().await.expect("an open semaphore").forget();
            StatusCode::OK.into_response()
        }
        Reply::Silence => std::future::pending().await,
    }
}
