//! A socket before PostgreSQL's that passes everything on, and cuts the connection at a message when told to.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use heddle_testkit::postgres::Cluster;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

const SOCKET: &str = ".s.PGSQL.5432";

/// When a connection is cut: as soon as the client has sent a piece that holds the word.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// The piece is not passed on.
    Before(&'static str),
    /// It is passed on, and the server has answered; its answer is not.
    After(&'static str),
}

#[derive(Debug, Default)]
struct Plan {
    cut: Option<Cut>,
    refuses: bool,
}

/// A running proxy; its tasks end with the test's runtime.
#[derive(Debug)]
pub(crate) struct Proxy {
    folder: tempfile::TempDir,
    plan: Arc<Mutex<Plan>>,
}

impl Proxy {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a socket");
        let plan = Arc::new(Mutex::new(Plan::default()));
        let server = Cluster::shared().socket_dir().join(SOCKET);
        tokio::spawn(accept(listener, server, Arc::clone(&plan)));
        Self { folder, plan }
    }

    /// The address of a database through this proxy.
    pub(crate) fn url(&self, database: &str) -> String {
        let host = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@/{database}?host={host}")
    }

    /// Cuts the next connection at that message.
    pub(crate) fn arm(&self, cut: Cut) {
        self.plan.lock().expect("no panic").cut = Some(cut);
    }

    pub(crate) fn is_armed(&self) -> bool {
        self.plan.lock().expect("no panic").cut.is_some()
    }

    /// Closes connections at their next message, and new ones at once.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.plan.lock().expect("no panic").refuses = refuses;
    }
}

async fn accept(listener: UnixListener, server: PathBuf, plan: Arc<Mutex<Plan>>) {
    while let Ok((client, _)) = listener.accept().await {
        if !plan.lock().expect("no panic").refuses {
            let server = UnixStream::connect(&server).await.expect("the server");
            tokio::spawn(pass(client, server, Arc::clone(&plan)));
        }
    }
}

fn holds(piece: &[u8], word: &str) -> bool {
    piece.windows(word.len()).any(|at| at == word.as_bytes())
}

/// Passes pieces both ways until one side ends or the plan says so. Dropping both streams cuts the connection.
async fn pass(mut client: UnixStream, mut server: UnixStream, plan: Arc<Mutex<Plan>>) {
    let (mut asked, mut answered) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        tokio::select! {
            biased;
            read = client.read(&mut asked) => {
                let Some(piece) = piece(read, &asked) else { return };
                if plan.lock().expect("no panic").refuses {
                    return;
                }
                match due(&plan, piece) {
                    Some(Cut::Before(_)) => return,
                    Some(Cut::After(word)) => {
                        server.write_all(piece).await.expect("the server listens");
                        swallow_until(&mut server, word).await;
                        return;
                    }
                    None => server.write_all(piece).await.expect("the server listens"),
                }
            }
            read = server.read(&mut answered) => {
                let Some(piece) = piece(read, &answered) else { return };
                if client.write_all(piece).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn piece(read: std::io::Result<usize>, buffer: &[u8]) -> Option<&[u8]> {
    let length = read.ok().filter(|length| *length > 0)?;
    Some(&buffer[..length])
}

/// The cut, if this piece is the one; it happens once.
fn due(plan: &Mutex<Plan>, piece: &[u8]) -> Option<Cut> {
    let mut plan = plan.lock().expect("no panic");
    plan.cut.take_if(|cut| {
        let (Cut::Before(word) | Cut::After(word)) = *cut;
        holds(piece, word)
    })
}

/// Reads answers up to the one that says that the word was done.
async fn swallow_until(server: &mut (impl AsyncRead + Unpin), word: &str) {
    let mut seen = Vec::new();
    let mut buffer = [0; 4_096];
    while !holds(&seen, word) {
        let read = server.read(&mut buffer).await.expect("the server answers");
        assert!(read > 0, "the server went away");
        seen.extend_from_slice(&buffer[..read]);
    }
}
