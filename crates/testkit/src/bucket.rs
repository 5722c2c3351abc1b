//! An S3-compatible store on this machine: `s3s-fs`, which others wrote, with one bucket and one access key. Objects are files below
//! a temporary folder.
//!
//! It checks signatures. It makes a missing bucket when it writes an object, which no real store does, and it cannot store long names:
//! with the prefix, an object's name may have about 125 characters.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heddle_store::BucketOptions;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// The id of the access key.
pub const KEY_ID: &str = "AKIATEST";
/// The secret of the access key.
pub const SECRET: &str = "a-secret-of-the-test";
/// The name of the bucket.
pub const BUCKET: &str = "attachments";

/// A running store. It ends when this value is dropped.
#[derive(Debug)]
pub struct S3 {
    folder: TempDir,
    endpoint: String,
    state: Arc<State>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct State {
    /// Requests whose method and URI contain this text wait.
    held: Mutex<Option<String>>,
    has_held: Notify,
    released: watch::Sender<u64>,
    /// Requests so far: method and URI.
    seen: Mutex<Vec<String>>,
}

impl S3 {
    /// Starts a store with an empty bucket.
    ///
    /// # Panics
    /// Panics if it cannot listen.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("made");
        let files = s3s_fs::FileSystem::new(folder.path()).expect("a folder");
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            held: Mutex::default(),
            has_held: Notify::new(),
            released: watch::Sender::new(0),
            seen: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, service, Arc::clone(&state)));
        Self {
            folder,
            endpoint: format!("http://{address}"),
            state,
            _tasks: tasks,
        }
    }

    /// Returns the URL of the store.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the options of the bucket. `receiving` is a local folder.
    #[must_use]
    pub fn options(&self, receiving: &Path) -> BucketOptions {
        BucketOptions {
            bucket: BUCKET.to_owned(),
            prefix: "heddle/here".to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: Some(self.endpoint.clone()),
            access_key_id: KEY_ID.to_owned(),
            secret_access_key: SECRET.to_owned(),
            receiving: receiving.to_owned(),
        }
    }

    /// Returns the folder that holds the bucket.
    #[must_use]
    pub fn bucket(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }

    /// Returns the names of all objects in the bucket, sorted.
    ///
    /// # Panics
    /// Panics if the folder cannot be read.
    #[must_use]
    pub fn objects(&self) -> Vec<String> {
        let mut found = Vec::new();
        add_files(&self.bucket(), &self.bucket(), &mut found);
        found.sort();
        found
    }

    /// Returns how many parts of unfinished uploads the store keeps.
    ///
    /// # Panics
    /// Panics if the folder cannot be read.
    #[must_use]
    pub fn parts(&self) -> usize {
        let entries = std::fs::read_dir(self.folder.path()).expect("read");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let is_part = |name: &str| name.starts_with(".upload_id-") && name.contains(".part-");
        names
            .filter(|name| name.to_str().is_some_and(is_part))
            .count()
    }

    /// Returns the requests since the last call, each as its method and URI, with ` if-none-match` behind if it has this header.
    #[must_use]
    pub fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state.seen.lock())
    }

    /// Lets requests wait whose method and URI contain `text`, until they are released.
    pub fn hold(&self, text: &str) {
        *self.state.held.lock() = Some(text.to_owned());
    }

    /// Waits until a request waits.
    pub async fn until_held(&self) {
        self.state.has_held.notified().await;
    }

    /// Lets all waiting requests go on, and holds no more.
    pub fn release(&self) {
        *self.state.held.lock() = None;
        self.state.released.send_modify(|count| *count += 1);
    }
}

async fn serve(listener: TcpListener, service: S3Service, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let (service, state) = (service.clone(), Arc::clone(&state));
        let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let (service, state) = (service.clone(), Arc::clone(&state));
            async move {
                let mut line = format!("{} {}", request.method(), request.uri());
                if request.headers().contains_key("if-none-match") {
                    line.push_str(" if-none-match");
                }
                state.pass(&line).await;
                let answer = Service::call(&service, request).await;
                Ok::<_, Infallible>(answer.unwrap_or_else(|_| {
                    let mut failed = hyper::Response::new(s3s::Body::empty());
                    *failed.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
                    failed
                }))
            }
        });
        connections.spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new();
            // A client may end the connection at any time.
            let _ = connection
                .serve_connection(TokioIo::new(socket), answer)
                .await;
        });
    }
}

impl State {
    async fn pass(&self, request: &str) {
        self.seen.lock().push(request.to_owned());
        let mut released = self.released.subscribe();
        let is_held = self
            .held
            .lock()
            .as_ref()
            .is_some_and(|held| request.contains(held));
        if is_held {
            self.has_held.notify_one();
            // The error means that the store ends.
            let _ = released.changed().await;
        }
    }
}

fn add_files(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            add_files(root, &path, found);
        } else {
            let name = path.strip_prefix(root).expect("below the root");
            found.push(name.display().to_string());
        }
    }
}
