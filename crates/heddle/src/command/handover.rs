//! The socket in the data folder: an administration command reaches the process that holds the SQLite database.
//!
//! One line of JSON each way, a request and its answer; then the connection ends. Invariants: mode 0600 from the first
//! moment, so that only the server's own user gets in; the file lies beside the database for as long as the lock is held.
//! Only the answer may hold a secret, and neither is ever logged.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use heddle_api::App;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::administration::{self, Reply, Request};

/// More than any command is long.
const MOST_BYTES: u64 = 1 << 20;
/// How long a caller may take over its line.
const PATIENCE: Duration = Duration::from_secs(10);

/// What travels back: the result, or a sentence that says why there is none.
type Answer = Result<Reply, String>;

/// The listening end.
#[derive(Debug)]
pub(crate) struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Listens at `path`. Without the socket the APIs work all the same, so a failure is only told.
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

    /// Replaces what an earlier process left there; whoever calls holds the lock of the database. The socket is made in a
    /// folder that nobody else can enter and moved into place with its final mode.
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

    /// Runs commands until `stop` is cancelled and those that were begun are answered.
    pub(crate) async fn serve(self, app: App, stop: CancellationToken) {
        let mut callers = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => accepted,
                Some(_) = callers.join_next() => continue,
            };
            match accepted {
                Ok((stream, _)) => {
                    callers.spawn(answer(stream, app.clone(), stop.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "an administration command did not get through");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(self.listener);
        // Left behind, it would only be replaced by the next server.
        let _ = fs::remove_file(&self.path);
        while callers.join_next().await.is_some() {}
    }
}

/// Answers one caller. One that goes away or sends nothing sensible in time is its own fault.
async fn answer(mut stream: UnixStream, app: App, stop: CancellationToken) {
    let line = tokio::select! {
        biased;
        line = timeout(PATIENCE, read_line(&mut stream)) => line,
        () = stop.cancelled() => return,
    };
    let Ok(Ok(line)) = line else { return };
    let answer = match serde_json::from_str::<Request>(&line) {
        Ok(request) => obey(request, &app).await,
        Err(error) => Err(format!(
            "the server does not know this command; is it another version? ({error})"
        )),
    };
    let _ = timeout(PATIENCE, write_line(&mut stream, &answer)).await;
}

/// Runs a command on the server's own store and drops what it made stale.
async fn obey(request: Request, app: &App) -> Answer {
    let name = request.name();
    match administration::perform(request, &app.store).await {
        Ok(done) => {
            tracing::info!(command = name, "administration: {name}");
            done.stale.forget(&app.authentication);
            Ok(done.reply)
        }
        Err(failure) => Err(format!("{failure:#}")),
    }
}

async fn read_line(stream: &mut UnixStream) -> io::Result<String> {
    let mut line = String::new();
    let mut bounded = BufReader::new(stream).take(MOST_BYTES);
    bounded.read_line(&mut line).await?;
    if line.ends_with('\n') {
        Ok(line)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

async fn write_line(stream: &mut UnixStream, value: &impl serde::Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    stream.flush().await
}

/// Where the process listens that serves a SQLite database.
pub(crate) fn path_beside(database: &Path) -> PathBuf {
    database.with_extension("sock")
}

/// Whether a process serves this SQLite database and listens.
pub(crate) async fn is_listening(database: &Path) -> bool {
    UnixStream::connect(path_beside(database)).await.is_ok()
}

/// Hands a command to the process that serves.
///
/// # Errors
/// If nobody listens there, or the answer does not come whole.
pub(crate) async fn ask(path: &Path, request: &Request) -> io::Result<Answer> {
    let mut stream = UnixStream::connect(path).await?;
    write_line(&mut stream, request).await?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await?;
    Ok(serde_json::from_str(&line)?)
}
