//! The socket in the data folder, by which an administration command reaches the process that holds the SQLite database.
//!
//! A client sends one line and gets one line back; then the connection ends. Invariants: the socket has mode 0600 from the
//! first moment, so that only the server's own user can connect; it lies beside the database while the process holds the
//! database's lock. An answer may contain a secret; lines are never logged.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The maximum size of a request, in bytes. No command comes near it.
const MAX_BYTES: u64 = 1 << 20;
/// Time limit for a client to send its request, and again for receiving the response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The socket at which the server listens.
#[derive(Debug)]
pub(crate) struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

/// Removes the socket. If that fails, the next server replaces it.
impl Drop for Socket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Socket {
    /// Listens at `path`. If that fails, only logs a warning: the APIs work without the socket.
    pub(crate) fn bind_or_warn(path: &Path) -> Option<Self> {
        match Self::bind(path) {
            Ok(socket) => Some(socket),
            Err(error) => {
                tracing::warn!(
                    %error,
                    "no administration command can reach this server: cannot listen at {}: {error}",
                    path.display()
                );
                None
            }
        }
    }

    /// Replaces a socket that an earlier process left behind; the caller holds the lock of the database. The socket is
    /// created in a folder that nobody else can enter, and moved to its place with its final mode.
    fn bind(path: &Path) -> io::Result<Self> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let private = tempfile::Builder::new().prefix(".s").tempdir_in(folder)?;
        let made = private.path().join("s");
        let listener = UnixListener::bind(&made)?;
        fs::set_permissions(&made, Permissions::from_mode(0o600))?;
        fs::rename(&made, path)?;
        Ok(Self {
            listener,
            path: path.to_owned(),
        })
    }

    /// Answers each request line with the line that `answer` returns, until `stop` is cancelled; then finishes the
    /// requests that were begun.
    pub(crate) async fn serve<A, F>(self, answer: A, stop: CancellationToken)
    where
        A: Fn(String) -> F + Clone + Send + 'static,
        F: Future<Output = String> + Send + 'static,
    {
        let mut clients = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => accepted,
                Some(_) = clients.join_next() => continue,
            };
            match accepted {
                Ok((stream, _)) => {
                    clients.spawn(talk(stream, answer.clone(), stop.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "an administration command did not get through");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(self);
        while clients.join_next().await.is_some() {}
    }
}

/// Serves one client. A client that disconnects, or sends no line in time, gets no response.
async fn talk<F: Future<Output = String>>(
    mut stream: UnixStream,
    answer: impl Fn(String) -> F,
    stop: CancellationToken,
) {
    let line = tokio::select! {
        biased;
        line = timeout(TIMEOUT, read_line(&mut stream)) => line,
        () = stop.cancelled() => return,
    };
    let Ok(Ok(line)) = line else { return };
    let answer = answer(line).await;
    let _ = timeout(TIMEOUT, write_line(&mut stream, &answer)).await;
}

async fn read_line(stream: &mut UnixStream) -> io::Result<String> {
    let mut line = String::new();
    let mut bounded = BufReader::new(stream).take(MAX_BYTES);
    bounded.read_line(&mut line).await?;
    if line.ends_with('\n') {
        Ok(line)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

async fn write_line(stream: &mut UnixStream, line: &str) -> io::Result<()> {
    stream.write_all(line.as_bytes()).await?;
    stream.write_all(b"\n").await?;
    stream.flush().await
}

/// Returns the path of the socket at which the process listens that serves a SQLite database.
pub(crate) fn path_of(database: &Path) -> PathBuf {
    database.with_extension("sock")
}

/// Whether a process serves this SQLite database and listens at its socket.
pub(crate) async fn is_listening(database: &Path) -> bool {
    UnixStream::connect(path_of(database)).await.is_ok()
}

/// Sends a line to the process that listens at `path`, and returns its answer.
///
/// # Errors
/// Fails if nobody listens there, or the answer does not arrive complete.
pub(crate) async fn ask(path: &Path, request: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(path).await?;
    write_line(&mut stream, request).await?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await?;
    Ok(line)
}
