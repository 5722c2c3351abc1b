//! The server that is attacked: `heddle demo` with a temporary folder.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::target::{Listener, Target, trust};
use crate::resident;

/// The folder of the certificate that tests use.
const CERTIFICATES: &str = "crates/http/src/tls";

/// A running server; it stops when this value is dropped.
pub(super) struct Server {
    child: Child,
    pub(super) target: Target,
    card: Value,
}

impl Server {
    /// Starts the program and waits until it serves.
    ///
    /// # Errors
    /// Fails if it ends before it serves.
    pub(super) fn start(top: &Path, program: &Path, listener: Listener) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["demo", "--json", "--listen", "127.0.0.1:0"]);
        let tls = match listener {
            Listener::Plain => None,
            Listener::Tls => {
                let folder = top.join(CERTIFICATES);
                for (name, file) in [("CERTIFICATE", "server.pem"), ("KEY", "server.key")] {
                    let variable = format!("HEDDLE_SERVER__TLS_{name}_FILE");
                    command.env(variable, folder.join(file));
                }
                Some(trust(&folder)?)
            }
        };
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start heddle demo")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("a piped output")?).read_line(&mut line)?;
        ensure!(!line.is_empty(), "heddle demo ended before it served");
        let card: Value = serde_json::from_str(&line)?;
        let address = card["url"]
            .as_str()
            .and_then(|url| url.split_once("://"))
            .map(|(_, address)| address);
        let address = address.context("no url in the demo's line")?.parse()?;
        Ok(Self {
            target: Target { address, tls },
            card,
            child,
        })
    }

    /// Returns a text of the line that the demo prints, by its JSON pointer.
    pub(super) fn text(&self, pointer: &str) -> &str {
        let text = self.card.pointer(pointer).and_then(Value::as_str);
        text.expect("the demo prints all credentials")
    }

    /// Returns the server's resident memory in MiB.
    ///
    /// # Errors
    /// Fails if the server has ended.
    pub(super) fn memory(&self) -> Result<u64> {
        resident::now(self.child.id())
    }

    /// Returns the most resident memory that the server has had, in MiB.
    ///
    /// # Errors
    /// Fails if the server has ended.
    pub(super) fn most_memory(&self) -> Result<u64> {
        resident::most(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server is killed, because it has written only into a temporary folder.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(data) = self.card["data"].as_str() {
            let _ = std::fs::remove_dir_all(data);
        }
    }
}
