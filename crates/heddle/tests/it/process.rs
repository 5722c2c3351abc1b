//! The real program in processes of its own: commands, and servers until a test ends them.
//!
//! Every wait is for something that must happen (a line, a response, an exit) and has a time limit, so that a mistake fails a
//! test instead of hanging it.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use heddle_testkit::TIMEOUT;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

pub(crate) async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    timeout(TIMEOUT, work)
        .await
        .unwrap_or_else(|_| panic!("{what} did not come"))
}

/// A working folder with its own temporary folder, and an empty environment.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("tmp")).expect("made");
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the path of a file in the home as a text, for arguments.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("read")
    }

    /// Returns how many files programs left in the temporary folder.
    pub(crate) fn left_in_tmp(&self) -> usize {
        std::fs::read_dir(self.path("tmp")).expect("read").count()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_that("--default-signal=HUP", arguments)
    }

    /// Returns a command with this disposition of signals, an option of `env`. The tests may run under `nohup`, which would
    /// make the program ignore SIGHUP, too.
    pub(crate) fn command_that(&self, signals: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("/usr/bin/env");
        command
            .args([signals, env!("CARGO_BIN_EXE_heddle")])
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("TMPDIR", self.path("tmp"))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Output {
        let run = self.command(arguments).output();
        in_time("the end of a command", run)
            .await
            .expect("it starts")
    }

    /// Runs a command with `--json` that must succeed. Returns the line that it printed.
    pub(crate) async fn json(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        let output = self.run(&arguments).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(text.lines().count(), 1, "{text}");
        serde_json::from_str(&text).expect("a line of JSON")
    }

    /// Runs a command that must fail, but not because its arguments cannot be parsed. Returns the message that it printed.
    pub(crate) async fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        let status = output.status.code().expect("it ended by itself");
        assert!(![0, 2].contains(&status), "{arguments:?}: {status}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        said
    }

    /// Starts a server, and returns when it has printed its line of JSON.
    pub(crate) async fn serve(&self, arguments: &[&str]) -> Serving {
        self.serve_with("--default-signal=HUP", arguments).await
    }

    /// Starts a server with this disposition of signals, an option of `env`.
    pub(crate) async fn serve_with(&self, signals: &str, arguments: &[&str]) -> Serving {
        self.start(signals, "127.0.0.1:0", arguments).await
    }

    /// Starts a server that listens on this address.
    pub(crate) async fn serve_at(&self, address: &str, arguments: &[&str]) -> Serving {
        self.start("--default-signal=HUP", address, arguments).await
    }

    async fn start(&self, signals: &str, address: &str, arguments: &[&str]) -> Serving {
        let log = self.path("log");
        let file = std::fs::File::create(&log).expect("a log");
        let arguments = [arguments, &["--json", "--listen", address]].concat();
        let mut child = self
            .command_that(signals, &arguments)
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        in_time("the first line", stdout.read_line(&mut line))
            .await
            .expect("it can be read");
        let said = || std::fs::read_to_string(&log).unwrap_or_default();
        let line =
            serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}\n{}", said()));
        Serving {
            line,
            child,
            stdout,
            log,
        }
    }
}

/// A server in a process of its own. It is killed when this value is dropped.
pub(crate) struct Serving {
    /// The line that the server printed as soon as clients could connect.
    pub(crate) line: Value,
    child: Child,
    stdout: BufReader<ChildStdout>,
    log: PathBuf,
}

/// How a server ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// The lines that the process printed after the first one.
    pub(crate) rest: String,
    pub(crate) log: String,
}

impl Serving {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Returns a text from the server's line, by JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        let found = self.line.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("{pointer} in {}", self.line))
    }

    /// Returns an id from the line of JSON that `heddle demo` prints at its start, by JSON pointer.
    pub(crate) fn id(&self, pointer: &str) -> i64 {
        let found = self.line.pointer(pointer).and_then(Value::as_i64);
        found.unwrap_or_else(|| panic!("{pointer} in {}", self.line))
    }

    /// Sends a request.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        send_to(self.text("/url"), method, path, headers, body).await
    }

    /// Ends the server with a signal.
    pub(crate) async fn signal(mut self, signal: &str) -> Ended {
        send_signal(self.pid(), signal).await;
        let status = in_time("the end of the server", self.child.wait()).await;
        let mut rest = String::new();
        self.stdout
            .read_to_string(&mut rest)
            .await
            .expect("it can be read");
        Ended {
            code: status.expect("it can be waited for").code(),
            rest,
            log: std::fs::read_to_string(&self.log).expect("a log"),
        }
    }

    pub(crate) async fn stop(self) -> Ended {
        self.signal("TERM").await
    }

    /// Kills the server with SIGKILL.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }
}

/// Sends a signal to a process of the test.
pub(crate) async fn send_signal(process: u32, signal: &str) {
    let process = process.to_string();
    let kill = Command::new("/bin/kill")
        .args(["-s", signal, &process])
        .status();
    assert!(kill.await.expect("kill can be run").success());
}

/// Sends a request to the server at `url`.
pub(crate) async fn send_to(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    in_time("an answer", send(url, method, path, headers, body)).await
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// Returns the names and values of the headers.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.lines().filter_map(|line| line.split_once(": "))
    }

    /// Returns the text of a header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }
}

async fn send(url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let host = url.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(host).await.expect("the server accepts");
    let length = body.len();
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n"
    );
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    request.push_str(body);
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut text = String::new();
    stream
        .read_to_string(&mut text)
        .await
        .expect("an answer in UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let is_chunked = head
        .to_lowercase()
        .contains("\r\ntransfer-encoding: chunked");
    Answer {
        status: status.expect("a status"),
        head: head.to_owned(),
        body: if is_chunked {
            join_chunks(body)
        } else {
            body.to_owned()
        },
    }
}

/// Joins the chunks of a body.
fn join_chunks(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a size");
        let (chunk, end) = after.split_at(size);
        body.push_str(chunk);
        rest = end.strip_prefix("\r\n").expect("the end of a chunk");
    }
    body
}

/// Sends the request of a `curl` line that the demo printed.
pub(crate) async fn paste(line: &str) -> Answer {
    let words = shell_words(line);
    let (mut method, mut url, mut body) = ("GET", "", "");
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut rest = words.iter().map(String::as_str);
    assert_eq!(rest.next(), Some("curl"));
    while let Some(word) = rest.next() {
        let mut value = || rest.next().expect("a value");
        match word {
            "-sS" | "-i" => {}
            "-X" => method = value(),
            "-d" => body = value(),
            "-u" => {
                use base64::Engine as _;
                let user = base64::engine::general_purpose::STANDARD.encode(value());
                headers.push(("authorization".into(), format!("Basic {user}")));
            }
            "-H" => {
                let (name, value) = value().split_once(": ").expect("a header");
                headers.push((name.into(), value.into()));
            }
            address if address.starts_with("http://") => url = address,
            other => panic!("curl is not expected to be called with {other}"),
        }
    }
    let slash = url["http://".len()..].find('/').expect("a path") + "http://".len();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let sent = send(&url[..slash], method, &url[slash..], &headers, body);
    in_time("an answer", sent).await
}

/// Returns the words of a line, split like in a POSIX shell: at spaces, with single quotes, and with backslashes
/// outside of quotes.
fn shell_words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            '\\' if !quoted => word.extend(characters.next()),
            c => word.push(c),
        }
    }
    assert!(!quoted, "{line}");
    words.push(word);
    words
}

/// Returns the permission bits of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path).expect("it exists");
    metadata.permissions().mode() & 0o777
}
