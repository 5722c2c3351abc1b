//! The results of the bench, as `--json FILE` writes them. `docs/benchmarks.md` ("The file of results") explains the members.
//!
//! Each command writes the same format with its own part filled. `all` joins the parts of its commands.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::figures::{Series, Spread};
use crate::machine::Machine;
use crate::times::Percentiles;

/// The version of the format. It grows when a member changes its meaning or goes.
pub(crate) const FORMAT: u32 = 1;

/// The results of one run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Results {
    pub(crate) format: u32,
    pub(crate) machine: Machine,
    /// The command that a reader repeats, without its folders.
    #[serde(default)]
    pub(crate) command: String,
    /// How long the run took, in seconds.
    #[serde(default)]
    pub(crate) took_seconds: f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) requests: Vec<Requests>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) nodes: Vec<Nodes>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) open: Vec<Open>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) scale: Vec<Scale>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) lists: Vec<Lists>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) search: Vec<Search>,
    /// The parts that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) failed: Vec<Failure>,
}

/// Heddle beside its floor, on one engine.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Requests {
    pub(crate) engine: Engine,
    /// Seconds of a round at 64 connections, and at the other numbers of connections.
    pub(crate) seconds: u32,
    pub(crate) other_seconds: u32,
    /// Rounds at 64 connections; one at the others.
    pub(crate) rounds: u32,
    /// Conversations in each server before the first round.
    pub(crate) stored: u64,
    /// The floor's server without writes: for comparison with other machines.
    pub(crate) bare: Vec<Series>,
    /// Two series for each operation and number of connections: the floor, then Heddle.
    pub(crate) series: Vec<Series>,
    pub(crate) memory: Vec<Memory>,
}

/// Two servers on one PostgreSQL beside one of them, with 64 connections together.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Nodes {
    pub(crate) seconds: u32,
    pub(crate) rounds: u32,
    /// Conversations in the database before the first round.
    pub(crate) stored: u64,
    pub(crate) operations: Vec<NodesOf>,
}

/// One operation on one server, and on two.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct NodesOf {
    pub(crate) one: Series,
    pub(crate) two: Series,
    /// The median of requests a second of both servers together, divided by that of one.
    pub(crate) of_one_node: f64,
}

/// Resident memory of a server in MiB.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Memory {
    pub(crate) server: String,
    /// After the start.
    pub(crate) idle_mib: f64,
    /// The most that it had during a load.
    pub(crate) most_mib: f64,
    /// After all loads.
    pub(crate) after_mib: f64,
}

/// Times at fixed rates of arrival, on one engine.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Open {
    pub(crate) engine: Engine,
    /// Seconds at each rate.
    pub(crate) seconds: u32,
    /// Conversations in the server before the first request.
    pub(crate) stored: u64,
    pub(crate) rates: Vec<Rate>,
    pub(crate) memory: Memory,
}

/// One operation at one rate. Times count from the moment when a request was due.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Rate {
    pub(crate) operation: String,
    /// The greatest rate: requests a second with 64 connections that each wait for their answer.
    pub(crate) greatest: f64,
    /// The percentage of the greatest rate.
    pub(crate) share: u32,
    /// Requests that were due in a second.
    pub(crate) due: f64,
    /// Requests that were answered in a second, until the last answer.
    pub(crate) answered: f64,
    /// The percentage of the requests that were sent more than a millisecond after they were due, because all connections were
    /// waiting for answers.
    pub(crate) late: f64,
    pub(crate) times: Percentiles,
    /// Processor time of the server for each request, in microseconds.
    pub(crate) cpu_us: f64,
    /// The most resident memory during the requests, in MiB.
    pub(crate) most_mib: f64,
}

/// The same calls on stores of different sizes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Scale {
    pub(crate) engine: Engine,
    /// Smallest first.
    pub(crate) sizes: Vec<Size>,
    /// How SQLite runs the statements of the calls, on the last store.
    pub(crate) plans: Vec<StatementPlan>,
}

/// A store of one size.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Size {
    pub(crate) messages: u64,
    pub(crate) conversations: u64,
    /// From the start of the process to its first answer, after an orderly end and after `kill -9`.
    pub(crate) start_ms: f64,
    pub(crate) start_after_kill_ms: f64,
    pub(crate) memory: Memory,
    pub(crate) disk_mib: f64,
    pub(crate) calls: Vec<Call>,
}

/// One kind of call on a store of one size.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// Over one connection.
    pub(crate) times: Percentiles,
    pub(crate) cpu_us: f64,
    /// The greatest answer.
    pub(crate) bytes: usize,
    /// Requests a second over 64 connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) per_second: Option<Spread>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) counted: Option<Counted>,
}

/// The greatest numbers of ten calls.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Counted {
    /// Rows that the statements returned or changed.
    pub(crate) rows: u64,
    /// Steps of SQLite's machine: at least one for each row that was read.
    pub(crate) steps: u64,
    pub(crate) statements: Vec<StatementRun>,
}

/// What one statement did in a call.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct StatementRun {
    /// Module and name, as in the sources of the store.
    pub(crate) name: String,
    pub(crate) runs: u64,
    pub(crate) rows: u64,
    pub(crate) steps: u64,
}

/// SQLite's plan of a statement.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct StatementPlan {
    pub(crate) statement: String,
    pub(crate) steps: Vec<String>,
}

/// Lists of conversations or customers, filter by filter, on SQLite and without HTTP.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Lists {
    /// `conversations` or `customers`.
    pub(crate) of: String,
    /// Conversations in the store; a fifth as many customers.
    pub(crate) conversations: usize,
    pub(crate) lists: Vec<List>,
}

/// A page of one list.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct List {
    pub(crate) name: String,
    /// How many items the list has, or to how many its items were counted.
    pub(crate) items: i64,
    /// The greatest number of rows that a call read.
    pub(crate) rows_read: usize,
    pub(crate) times: Percentiles,
}

/// Searches on one engine.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Search {
    pub(crate) engine: Engine,
    pub(crate) tables: Vec<Sheet>,
}

/// A table whose columns differ from part to part.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Sheet {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// A part of a run that failed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Failure {
    pub(crate) part: String,
    pub(crate) why: String,
}

impl Sheet {
    pub(crate) fn new<const N: usize>(
        name: &str,
        columns: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            columns: columns.map(str::to_owned).to_vec(),
            rows: rows.into_iter().map(Vec::from).collect(),
        }
    }
}

impl Results {
    /// Returns results without a part, with the description of this machine.
    pub(crate) const fn on(machine: Machine) -> Self {
        Self {
            format: FORMAT,
            machine,
            command: String::new(),
            took_seconds: 0.0,
            requests: Vec::new(),
            nodes: Vec::new(),
            open: Vec::new(),
            scale: Vec::new(),
            lists: Vec::new(),
            search: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// Reads a file that [`Self::write`] wrote.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let results: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} has no results of a bench", file.display()))?;
        ensure!(
            results.format == FORMAT,
            "{} has format {}, not {FORMAT}",
            file.display(),
            results.format
        );
        Ok(results)
    }

    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Adds the parts of another run.
    pub(crate) fn add(&mut self, other: Self) {
        let Self {
            format: _,
            machine: _,
            command: _,
            took_seconds: _,
            requests,
            nodes,
            open,
            scale,
            lists,
            search,
            failed,
        } = other;
        self.requests.extend(requests);
        self.nodes.extend(nodes);
        self.open.extend(open);
        self.scale.extend(scale);
        self.lists.extend(lists);
        self.search.extend(search);
        self.failed.extend(failed);
    }
}
