//! The real server as a process, and a small blocking client for many threads.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use heddle_testkit::TIMEOUT;
use serde_json::Value;

pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// A running `heddle demo --json`.
pub(crate) struct Server {
    child: Child,
    /// Receives the log when the process has ended.
    log: Receiver<String>,
    /// The line that the process printed.
    pub(crate) demo: Value,
}

impl Server {
    /// Starts a demo on a free port, with the settings that `prepare` adds, and waits for its line.
    pub(crate) fn demo(prepare: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heddle"));
        command.args(["demo", "--json", "--listen", "127.0.0.1:0"]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        prepare(&mut command);
        let mut child = command.spawn().expect("the server starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let log = drained(&mut child);
        let demo = serde_json::from_str(&line).unwrap_or_else(|e| {
            let _ = child.kill();
            let _ = child.wait();
            panic!(
                "no demo line but {line:?} ({e}); log: {}",
                log.recv().expect("the log")
            )
        });
        Self { child, log, demo }
    }

    pub(crate) fn url(&self) -> &str {
        self.demo["url"].as_str().expect("a url")
    }

    /// Sends SIGKILL and waits until the process has ended.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the server is killed");
        self.child.wait().expect("the server ends");
    }

    /// Waits until the process has ended by itself. Returns whether it has.
    pub(crate) fn ended(&mut self) -> bool {
        let ended = self.log.recv_timeout(TIMEOUT).is_ok();
        if ended {
            self.child.wait().expect("its end");
        }
        ended
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the log in a thread, so that the server never blocks on it, and sends it when the server ends.
fn drained(child: &mut Child) -> Receiver<String> {
    let mut log = child.stderr.take().expect("a pipe");
    let (whole, end) = sync_channel(1);
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = log.read_to_end(&mut text);
        // The error is ignored: the receiver may have been dropped.
        let _ = whole.send(String::from_utf8_lossy(&text).into_owned());
    });
    end
}

/// A client with one keep-alive connection.
pub(crate) struct Client {
    address: String,
    stream: Option<BufReader<TcpStream>>,
}

/// A response.
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    }
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            address: url.trim_start_matches("http://").to_owned(),
            stream: None,
        }
    }

    /// Posts JSON. Returns `None` if the server has ended.
    pub(crate) fn post(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Option<Reply> {
        self.send("POST", path, headers, &body.to_string())
    }

    /// Gets a path. Returns `None` if the server has ended.
    pub(crate) fn get(&mut self, path: &str) -> Option<Reply> {
        self.send("GET", path, &[], "")
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Reply> {
        let reply = self.exchange(method, path, headers, body);
        if reply.is_none() {
            self.stream = None;
        }
        reply
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Reply> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address).ok()?;
            stream.set_nodelay(true).ok()?;
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut()?;
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!(
            "content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        ));
        stream
            .get_mut()
            .write_all(format!("{head}{body}").as_bytes())
            .ok()?;
        read_reply(stream)
    }
}

fn read_reply(stream: &mut BufReader<TcpStream>) -> Option<Reply> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Reply {
        status,
        headers,
        body,
    })
}
