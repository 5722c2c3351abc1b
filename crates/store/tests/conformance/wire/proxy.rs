//! A proxy socket in front of PostgreSQL's: forwards everything, and cuts the connection at a chosen message.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use heddle_testkit::postgres::Cluster;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

const SOCKET: &str = ".s.PGSQL.5432";

/// When to cut a connection: when the client has sent a piece that contains the word.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// Cuts before the piece is forwarded.
    Before(&'static str),
    /// Forwards the piece, waits for the server's answer, and cuts before the answer is forwarded.
    After(&'static str),
    /// Cuts the client's connection, after the server has answered everything before the word. The server gets no end
    /// of the connection, so it does not notice.
    Within(&'static str),
}

impl Cut {
    fn word(self) -> &'static str {
        let (Self::Before(word) | Self::After(word) | Self::Within(word)) = self;
        word
    }
}

#[derive(Debug, Default)]
struct Plan {
    cut: Option<Cut>,
    refuses: bool,
    chaos: Option<Chaos>,
    held: Option<(UnixStream, Vec<u8>)>,
}

/// Cuts at random: one of this many pieces, half of them before the server gets the piece, half after its answer.
#[derive(Debug)]
struct Chaos {
    state: u64,
    one_in: u64,
    cuts: usize,
}

impl Chaos {
    /// Whether to cut at this piece (`Some`). The value says whether the server gets the piece first.
    fn next(&mut self) -> Option<bool> {
        // A linear congruential generator is random enough; its high bits are used.
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let drawn = self.state >> 33;
        let cut = drawn.is_multiple_of(self.one_in);
        self.cuts += usize::from(cut);
        cut.then_some((drawn / self.one_in).is_multiple_of(2))
    }
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

    /// Returns the URL of a database through this proxy.
    pub(crate) fn url(&self, database: &str) -> String {
        let host = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@/{database}?host={host}")
    }

    /// Arms the proxy: the next connection is cut at that message.
    pub(crate) fn arm(&self, cut: Cut) {
        self.plan.lock().expect("no panic").cut = Some(cut);
    }

    pub(crate) fn is_armed(&self) -> bool {
        self.plan.lock().expect("no panic").cut.is_some()
    }

    /// Ends the hanging connection of [`Cut::Within`]: the server gets the remaining bytes, or the end of the
    /// connection.
    pub(crate) async fn let_go(&self, rest: bool) {
        let held = self.plan.lock().expect("no panic").held.take();
        let (mut server, left) = held.expect("a connection hangs");
        if rest {
            server.write_all(&left).await.expect("the server listens");
            let mut answer = [0; 4_096];
            let read = server.read(&mut answer).await.expect("the server answers");
            assert!(read > 0, "the server went away");
        }
    }

    /// Starts cutting connections at random.
    pub(crate) fn let_loose(&self, seed: u64, one_in: u64) {
        let chaos = Chaos {
            state: seed,
            one_in,
            cuts: 0,
        };
        self.plan.lock().expect("no panic").chaos = Some(chaos);
    }

    /// Stops the random cuts; returns how many there were.
    pub(crate) fn calm_down(&self) -> usize {
        let chaos = self.plan.lock().expect("no panic").chaos.take();
        chaos.map_or(0, |chaos| chaos.cuts)
    }

    /// Closes existing connections at their next message, and new ones at once.
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

fn find(piece: &[u8], word: &str) -> Option<usize> {
    piece
        .windows(word.len())
        .position(|at| at == word.as_bytes())
}

fn holds(piece: &[u8], word: &str) -> bool {
    find(piece, word).is_some()
}

/// Forwards pieces in both directions until one side ends or a cut is due. Dropping both streams cuts the connection.
async fn pass(mut client: UnixStream, mut server: UnixStream, plan: Arc<Mutex<Plan>>) {
    let (mut asked, mut answered) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let (mut requests, mut answers) = (Messages::of_client(), Messages::of_server());
    loop {
        tokio::select! {
            biased;
            read = client.read(&mut asked) => {
                let Some(piece) = piece(read, &asked) else { return };
                if plan.lock().expect("no panic").refuses {
                    return;
                }
                match chance(&plan) {
                    Some(false) => return,
                    Some(true) => {
                        server.write_all(piece).await.expect("the server listens");
                        let _ = server.read(&mut answered).await;
                        return;
                    }
                    None => {}
                }
                match due(&plan, piece) {
                    Some(Cut::Before(_)) => return,
                    Some(Cut::After(word)) => {
                        server.write_all(piece).await.expect("the server listens");
                        swallow_until(&mut server, word).await;
                        return;
                    }
                    Some(Cut::Within(word)) => {
                        // The message begins with its type byte and length, 5 bytes before the word.
                        let at = find(piece, word).expect("the word is there") - 5;
                        server.write_all(&piece[..at]).await.expect("the server listens");
                        requests.read(&piece[..at]);
                        while answers.counted < requests.counted {
                            let read = server.read(&mut answered).await.expect("the server answers");
                            assert!(read > 0, "the server went away");
                            answers.read(&answered[..read]);
                        }
                        let held = (server, piece[at..].to_vec());
                        plan.lock().expect("no panic").held = Some(held);
                        return;
                    }
                    None => {
                        requests.read(piece);
                        server.write_all(piece).await.expect("the server listens");
                    }
                }
            }
            read = server.read(&mut answered) => {
                let Some(piece) = piece(read, &answered) else { return };
                answers.read(piece);
                if client.write_all(piece).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Counts the messages of one direction: those that the server answers with `ReadyForQuery`, or these answers.
#[derive(Debug)]
struct Messages {
    /// Bytes of a message that is not complete.
    rest: Vec<u8>,
    /// The first message of a client has no type byte; the server answers it as well.
    starts: bool,
    /// The type bytes of the messages that count.
    kinds: &'static [u8],
    counted: usize,
}

impl Messages {
    /// Counts the start of the connection, `Query` and `Sync`.
    fn of_client() -> Self {
        Self {
            rest: Vec::new(),
            starts: true,
            kinds: b"QS",
            counted: 0,
        }
    }

    /// Counts `ReadyForQuery`.
    fn of_server() -> Self {
        Self {
            rest: Vec::new(),
            starts: false,
            kinds: b"Z",
            counted: 0,
        }
    }

    fn read(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        loop {
            let kind = usize::from(!self.starts);
            let Some(length) = self.rest.get(kind..kind + 4) else {
                return;
            };
            let length = u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
            if self.rest.len() < kind + length {
                return;
            }
            self.counted += usize::from(self.starts || self.kinds.contains(&self.rest[0]));
            self.starts = false;
            self.rest.drain(..kind + length);
        }
    }
}

fn piece(read: std::io::Result<usize>, buffer: &[u8]) -> Option<&[u8]> {
    let length = read.ok().filter(|length| *length > 0)?;
    Some(&buffer[..length])
}

fn chance(plan: &Mutex<Plan>) -> Option<bool> {
    plan.lock().expect("no panic").chaos.as_mut()?.next()
}

/// Returns the cut to make at this piece, if any; each cut happens once.
fn due(plan: &Mutex<Plan>, piece: &[u8]) -> Option<Cut> {
    let mut plan = plan.lock().expect("no panic");
    plan.cut.take_if(|cut| holds(piece, cut.word()))
}

/// Reads and drops the server's answers up to the one that confirms the word.
async fn swallow_until(server: &mut (impl AsyncRead + Unpin), word: &str) {
    let mut seen = Vec::new();
    let mut buffer = [0; 4_096];
    while !holds(&seen, word) {
        let read = server.read(&mut buffer).await.expect("the server answers");
        assert!(read > 0, "the server went away");
        seen.extend_from_slice(&buffer[..read]);
    }
}
