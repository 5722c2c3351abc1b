//! The servers that are measured, on a temporary folder or a given database.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::resident;
use crate::webhooks::wire::Client;

/// Running servers; they are killed when this value is dropped.
pub(super) struct Place {
    program: PathBuf,
    folder: PathBuf,
    settings: Vec<(&'static str, String)>,
    nodes: Vec<Node>,
}

struct Node {
    child: Child,
    address: SocketAddr,
}

impl Place {
    /// Starts the nodes and waits until they serve.
    ///
    /// # Errors
    /// Fails if one ends before it serves.
    pub(super) fn start(
        program: &Path,
        nodes: usize,
        store: Option<&str>,
        notify: bool,
    ) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("heddle-live-{}", std::process::id()));
        let text = |text: &str| text.to_owned();
        let mut settings = vec![
            ("HEDDLE_STORE__DATA", folder.display().to_string()),
            ("HEDDLE_STORE__NOTIFY", notify.to_string()),
            // One client may have a quarter of them.
            ("HEDDLE_SERVER__MAX_CONNECTIONS", text("16000")),
            ("HEDDLE_LIVE__MAX_STREAMS_PER_CREDENTIAL", text("1200")),
            ("HEDDLE_LIVE__MAX_STREAMS_PER_ACCOUNT", text("1200")),
            ("HEDDLE_LOG__LEVEL", text("warn")),
        ];
        settings.extend(store.map(|url| ("HEDDLE_STORE__URL", text(url))));
        let mut place = Self {
            program: program.to_owned(),
            folder,
            settings,
            nodes: Vec::new(),
        };
        for _ in 0..nodes {
            let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
            let node = place.start_node(free)?;
            place.nodes.push(node);
        }
        Ok(place)
    }

    fn start_node(&self, address: SocketAddr) -> Result<Node> {
        let listen = address.to_string();
        let mut child = self
            .command(&["serve", "--create", "--json", "--listen", &listen])
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start heddle serve")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("a piped output")?).read_line(&mut line)?;
        ensure!(!line.is_empty(), "heddle serve ended before it served");
        Ok(Node { child, address })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        let settings = self
            .settings
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        command.args(arguments).envs(settings).stdin(Stdio::null());
        command
    }

    /// Creates an account. Returns a token for it.
    ///
    /// # Errors
    /// Fails if a command fails.
    pub(super) fn create_account(&self) -> Result<String> {
        let ask = |arguments: &[&str]| -> Result<Value> {
            let output = self.command(&[arguments, &["--json"]].concat()).output()?;
            ensure!(
                output.status.success(),
                "{arguments:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            Ok(serde_json::from_slice(&output.stdout)?)
        };
        let made = ask(&["account", "create", "--name", "Load"])?;
        let number = made["account"]["id"].to_string();
        let made = ask(&[
            "credential",
            "create",
            "--account",
            &number,
            "--api",
            "native",
            "--name",
            "load",
        ])?;
        let token = made["credential"]["secrets"]["token"].as_str();
        Ok(token.context("a token")?.to_owned())
    }

    pub(super) fn address(&self, node: usize) -> SocketAddr {
        self.nodes[node].address
    }

    /// Stops a node by SIGTERM, and starts it again at the same address.
    ///
    /// # Errors
    /// Fails if the node does not start.
    pub(super) fn restart(&mut self, node: usize) -> Result<()> {
        let old = &mut self.nodes[node];
        let pid = Pid::from_child(&old.child);
        kill_process(pid, Signal::TERM)?;
        let ended = old.child.wait()?;
        ensure!(ended.success(), "the server failed as it stopped: {ended}");
        let address = old.address;
        self.nodes[node] = self.start_node(address)?;
        Ok(())
    }

    /// Returns the position and the entity of every event about a new agent.
    ///
    /// # Errors
    /// Fails if the list cannot be read.
    pub(super) fn list_events(&self, token: &str) -> Result<Vec<(i64, i64)>> {
        let mut client = Client::connect(self.address(0))?;
        let (mut all, mut after) = (Vec::new(), 0);
        let number = |value: &Value| value.as_i64().context("a number");
        loop {
            let path = format!("/api/v1/events?kind=agent.created&limit=100&after={after}");
            let page = client.ask(token, &path, None)?;
            for event in page["data"].as_array().context("a list")? {
                all.push((number(&event["position"])?, number(&event["entity_id"])?));
            }
            after = number(&page["next_after"])?;
            if page["more"] == false {
                return Ok(all);
            }
        }
    }

    /// Returns the resident memory of the readers' server, in MiB.
    ///
    /// # Errors
    /// Fails if the server has ended.
    pub(super) fn memory(&self) -> Result<u64> {
        resident::now(self.pid())
    }

    /// Returns the most memory that the readers' server has had since its last start, in MiB.
    ///
    /// # Errors
    /// Fails if the server has ended.
    pub(super) fn most_memory(&self) -> Result<u64> {
        resident::most(self.pid())
    }

    fn pid(&self) -> u32 {
        self.nodes.last().map_or(0, |node| node.child.id())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            // The errors say only that the server has ended already.
            let _ = node.child.kill();
            let _ = node.child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
