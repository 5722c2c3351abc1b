//! The server that is measured: `heddle demo` with a temporary folder, and many accounts and webhooks.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::wire::Client;
use crate::resident;

/// An address that refuses connections.
const DEAD: &str = "http://127.0.0.1:1";

/// What a receiver does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// It answers at once.
    Quick,
    /// It answers after a second.
    Slow,
    /// It refuses the connection.
    Dead,
}

/// The webhooks that were created.
pub(super) struct Subscribed {
    /// The token of each account.
    pub(super) tokens: Vec<String>,
    /// The webhooks of each account, with the kind of their receivers.
    webhooks: Vec<Vec<(i64, Kind)>>,
}

/// How many deliveries have each state.
type States = BTreeMap<String, usize>;

/// The figures that the server logs every few seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    pub(super) at: Instant,
    pub(super) workers: u64,
    pub(super) connections: u64,
    pub(super) reads: u64,
    pub(super) commands: u64,
}

/// A running server; it stops when this value is dropped.
pub(super) struct Place {
    child: Child,
    program: PathBuf,
    folder: PathBuf,
    pub(super) address: SocketAddr,
    figures: Arc<Mutex<Vec<Figures>>>,
}

impl Place {
    /// Starts the program and waits until it serves.
    ///
    /// # Errors
    /// Fails if it ends before it serves.
    pub(super) fn start(program: &Path) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("heddle-webhooks-{}", std::process::id()));
        let mut child = Command::new(program)
            .args(["demo", "--json", "--listen", "127.0.0.1:0", "--data"])
            .arg(&folder)
            .env("HEDDLE_LOG__LEVEL", "debug")
            .env("HEDDLE_LOG__FORMAT", "json")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start heddle demo")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("a piped output")?).read_line(&mut line)?;
        let figures: Arc<Mutex<Vec<Figures>>> = Arc::default();
        let (log, seen) = (
            child.stderr.take().context("a piped log")?,
            Arc::clone(&figures),
        );
        std::thread::spawn(move || {
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                if let Some(figures) = figures_of(&line) {
                    seen.lock().expect("no thread panics").push(figures);
                }
            }
        });
        ensure!(!line.is_empty(), "heddle demo ended before it served");
        let card: Value = serde_json::from_str(&line)?;
        let address = card["url"]
            .as_str()
            .and_then(|url| url.strip_prefix("http://"));
        Ok(Self {
            address: address.context("no url in the demo's line")?.parse()?,
            program: program.to_owned(),
            child,
            folder,
            figures,
        })
    }

    /// Creates accounts, and webhooks by turns in all of them.
    ///
    /// # Errors
    /// Fails if the server refuses one.
    pub(super) fn subscribe(
        &self,
        webhooks: usize,
        accounts: usize,
        quick: &Receiver,
        slow: &Receiver,
    ) -> Result<Subscribed> {
        let made: Result<Vec<_>> = (0..accounts).map(|_| self.create_account()).collect();
        let (tokens, inboxes): (Vec<_>, Vec<_>) = made?.into_iter().unzip();
        let mut subscribed = Subscribed {
            tokens,
            webhooks: vec![Vec::new(); accounts],
        };
        let mut client = Client::connect(self.address)?;
        for number in 0..webhooks {
            let account = number % accounts;
            let (kind, url) = match number % 3 {
                0 => (Kind::Quick, format!("http://{}", quick.address)),
                1 => (Kind::Slow, format!("http://{}", slow.address)),
                _ => (Kind::Dead, DEAD.to_owned()),
            };
            let body = json!({ "api": "magicline", "url": url, "events": ["EMPLOYEE_CREATED"],
                "inbox_ids": [inboxes[account]] });
            let token = &subscribed.tokens[account];
            let made = client.ask(token, "/api/v1/webhooks", Some(&body))?;
            let id = made["id"].as_i64().context("a webhook has an id")?;
            subscribed.webhooks[account].push((id, kind));
        }
        Ok(subscribed)
    }

    /// Creates an account with an inbox. Returns a token for the account, and the inbox.
    fn create_account(&self) -> Result<(String, i64)> {
        let made = self.command(&["account", "create", "--name", "Load"])?;
        let number = made["account"]["id"].to_string();
        let credential = ["credential", "create", "--account", &number];
        let native = ["--api", "native", "--name", "load"];
        let made = self.command(&[&credential[..], &native].concat())?;
        let token = made["credential"]["secrets"]["token"].as_str();
        let inbox = ["inbox", "create", "--account", &number, "--name", "Load"];
        let inbox = self.command(&inbox)?["inbox"]["id"].as_i64();
        Ok((
            token.context("a token")?.to_owned(),
            inbox.context("an inbox")?,
        ))
    }

    fn command(&self, arguments: &[&str]) -> Result<Value> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .args(["--json", "--data"])
            .arg(&self.folder);
        let output = command.output()?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Counts the deliveries of all webhooks. Returns one line for each kind of receiver, with the number of deliveries in each
    /// state, and whether every event has its delivery.
    ///
    /// # Errors
    /// Fails if they cannot be read.
    pub(super) fn count_deliveries(
        &self,
        subscribed: &Subscribed,
        events: &[usize],
    ) -> Result<Vec<(Kind, String, bool)>> {
        let mut client = Client::connect(self.address)?;
        let mut counted = Vec::new();
        for kind in [Kind::Quick, Kind::Slow, Kind::Dead] {
            let mut states = States::new();
            let mut missing = 0_usize;
            for (account, webhooks) in subscribed.webhooks.iter().enumerate() {
                for (id, _) in webhooks.iter().filter(|(_, found)| *found == kind) {
                    let found = deliveries(&mut client, &subscribed.tokens[account], *id)?;
                    missing += events[account].abs_diff(found.values().sum());
                    for (state, count) in found {
                        *states.entry(state).or_default() += count;
                    }
                }
            }
            let all_delivered = states.keys().all(|state| state == "delivered");
            let complete = missing == 0 && (kind == Kind::Dead || all_delivered);
            counted.push((kind, format!("{states:?}, {missing} missing"), complete));
        }
        Ok(counted)
    }

    /// Returns all figures so far.
    pub(super) fn figures(&self) -> Vec<Figures> {
        self.figures.lock().expect("no thread panics").clone()
    }

    /// Waits for figures that are newer than `since`.
    ///
    /// # Errors
    /// Fails if there are none within `patience`.
    pub(super) fn figures_after(&self, since: Instant, patience: Duration) -> Result<Figures> {
        let begun = Instant::now();
        loop {
            let latest = self.figures().last().copied();
            if let Some(figures) = latest.filter(|figures| figures.at > since) {
                return Ok(figures);
            }
            ensure!(begun.elapsed() < patience, "the server logs no figures");
            std::thread::sleep(Duration::from_millis(50));
        }
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

impl Drop for Place {
    fn drop(&mut self) {
        // The server is killed, because it has written only into a temporary folder.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Returns the figures in a line of the log, if it has them.
fn figures_of(line: &str) -> Option<Figures> {
    if !line.contains(r#""message":"webhooks""#) {
        return None;
    }
    let line: Value = serde_json::from_str(line).ok()?;
    let figure = |name: &str| line["fields"][name].as_u64();
    Some(Figures {
        at: Instant::now(),
        workers: figure("workers")?,
        connections: figure("connections")?,
        reads: figure("reads")?,
        commands: figure("commands")?,
    })
}

/// Counts the deliveries of a webhook by their state.
fn deliveries(client: &mut Client, token: &str, id: i64) -> Result<States> {
    let mut states = States::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/webhooks/{id}/deliveries?limit=100{cursor}");
        let page = client.ask(token, &path, None)?;
        for delivery in page["data"].as_array().context("a page")? {
            let state = delivery["state"].as_str().context("a state")?;
            *states.entry(state.to_owned()).or_default() += 1;
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(states),
        }
    }
}
