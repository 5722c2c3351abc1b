//! The measured servers, each a process of its own: a floor, or Heddle on one of its engines.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::http::Client;
use crate::process;
use crate::requests::Demo;
use crate::wrk::{self, Request, Run};

/// The number of connections that fill a server before it is measured.
const FILLERS: usize = 64;
const TIMEOUT: Duration = Duration::from_secs(20);

/// A running process. It ends when this value is dropped.
pub(crate) struct Server {
    child: Child,
    /// The server's output, kept open so that a server that still prints does not end because of a closed pipe.
    out: BufReader<ChildStdout>,
    /// The first process of the PostgreSQL that the server uses, whose processor time counts, too.
    database: Option<u32>,
    /// The most memory before it was last forgotten, in MiB.
    most_before: Cell<f64>,
}

impl Server {
    /// Starts a floor with `preload` conversations, on SQLite in a folder. Returns it with its address.
    pub(crate) fn floor(folder: &Path, preload: u64) -> Result<(Self, String)> {
        Self::start_floor("--data", folder.as_os_str(), preload)
    }

    /// Likewise in an empty PostgreSQL database.
    pub(crate) fn floor_on_postgres(store: &str, preload: u64) -> Result<(Self, String)> {
        Self::start_floor("--store", store.as_ref(), preload)
    }

    fn start_floor(place: &str, named: &OsStr, preload: u64) -> Result<(Self, String)> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("floor")
            .arg(place)
            .arg(named)
            .args(["--preload", &preload.to_string()]);
        let mut server = Self::start(&mut command)?;
        let url = server.first_line()?;
        Ok((server, url))
    }

    fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let out = BufReader::new(child.stdout.take().context("a piped output")?);
        Ok(Self {
            child,
            out,
            database: None,
            most_before: Cell::new(0.0),
        })
    }

    fn first_line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.out.read_line(&mut line)?;
        ensure!(
            !line.is_empty(),
            "the server ended before it accepted connections"
        );
        Ok(line.trim_end().to_owned())
    }

    /// Counts the processor time of a PostgreSQL, too, whose first process has this id.
    pub(crate) fn with_database(mut self, process: Option<u32>) -> Self {
        self.database = process;
        self
    }

    /// Returns the physical memory that the process uses now, in MiB.
    pub(crate) fn resident_mib(&self) -> Result<f64> {
        self.memory("VmRSS:")
    }

    /// Returns the most physical memory that the process has used since [`Self::forget_most`], in MiB.
    pub(crate) fn most_mib(&self) -> Result<f64> {
        self.memory("VmHWM:")
    }

    /// Returns the most physical memory that the process has ever used, in MiB.
    pub(crate) fn most_ever_mib(&self) -> Result<f64> {
        Ok(self.most_before.get().max(self.most_mib()?))
    }

    /// Begins to look anew for the most memory. Where the kernel does not allow it, the most since the start stays.
    pub(crate) fn forget_most(&self) {
        if let Ok(most) = self.most_ever_mib() {
            self.most_before.set(most);
        }
        let _ = std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
    }

    fn memory(&self, line: &str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        mib_of(&status, line).with_context(|| format!("no {line} in the process's status"))
    }

    /// Sends a request to `url`, which is the server's, over a number of connections for some seconds.
    pub(crate) fn load(
        &self,
        url: &str,
        request: &Request,
        connections: u32,
        seconds: u32,
    ) -> Result<Run> {
        self.forget_most();
        let before = (self.cpu_seconds()?, self.database_cpu_seconds()?);
        let run = wrk::run(url, request, connections, seconds)?;
        let each = |seconds: f64| seconds * 1e6 / run.requests as f64;
        let database = self.database_cpu_seconds()?.zip(before.1);
        Ok(Run {
            cpu_us: each(self.cpu_seconds()? - before.0),
            database_cpu_us: database.map(|(after, before)| each(after - before)),
            most_mib: self.most_mib()?,
            ..run
        })
    }

    /// Returns the processor time that the process has used, in seconds.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        process::cpu_seconds(&stat).context("no times in the process's stat")
    }

    /// Returns the processor time that the processes of PostgreSQL have used, in seconds; `None` if the server uses none.
    pub(crate) fn database_cpu_seconds(&self) -> Result<Option<f64>> {
        self.database.map(process::cpu_seconds_of_tree).transpose()
    }

    /// Ends the process at once, as a crash does.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

/// Returns the memory in a line of `/proc/PID/status`.
fn mib_of(status: &str, line: &str) -> Option<f64> {
    let line = status.lines().find_map(|found| found.strip_prefix(line))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

impl Drop for Server {
    /// Sends SIGTERM, and SIGKILL if the process does not end in time.
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let asked = Instant::now();
        while asked.elapsed() < TIMEOUT {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, folder and engine of Heddle, for the server and for administration commands.
#[derive(Clone, Debug)]
pub(crate) struct Heddle {
    pub(crate) program: PathBuf,
    pub(crate) data: PathBuf,
    /// URL of the database, `postgres://…`; `None` means SQLite in the folder.
    pub(crate) store: Option<String>,
    /// Whether the server keeps the search index up to date.
    pub(crate) search: bool,
    /// Whether the log is of JSON, with a line for each statement.
    pub(crate) log_statements: bool,
}

impl Heddle {
    /// Returns the file of the server's log.
    pub(crate) fn log(&self) -> PathBuf {
        self.data.with_extension("log")
    }

    /// Starts `heddle demo`; its log goes to a file beside the folder.
    pub(crate) fn start(&self) -> Result<(Server, Demo)> {
        let log = File::create(self.log())?;
        let mut command = self.command(&["demo", "--json", "--listen", "127.0.0.1:0"]);
        let mut server = Server::start(command.stderr(log))?;
        let line = server.first_line()?;
        let demo: Value =
            serde_json::from_str(&line).with_context(|| format!("not the demo's line: {line}"))?;
        Ok((server, Demo(demo)))
    }

    /// Switches off the limit of threads per conversation, so that appends never reach it.
    pub(crate) fn disable_cap(&self) -> Result<()> {
        let listed: serde_json::Value =
            serde_json::from_slice(&self.administer(&["account", "list"])?)?;
        for account in listed["accounts"].as_array().into_iter().flatten() {
            let id = account["id"].to_string();
            self.administer(&["account", "update", "--account", &id, "--thread-cap", "0"])?;
        }
        Ok(())
    }

    /// Runs an administration command. Returns the JSON that it printed.
    fn administer(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let output = self.command(arguments).arg("--json").output()?;
        ensure!(
            output.status.success(),
            "heddle {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(output.stdout)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--data").arg(&self.data);
        command.env("HEDDLE_SEARCH__ENABLED", self.search.to_string());
        if self.log_statements {
            command.env("HEDDLE_LOG__LEVEL", "trace");
            command.env("HEDDLE_LOG__FORMAT", "json");
        }
        if let Some(store) = &self.store {
            command.args(["--store", store]);
        }
        command
    }
}

/// Sends a Magicline create `count` times over several connections and returns the new conversations' ids, ascending.
pub(crate) fn create_conversations(url: &str, create: &Request, count: u64) -> Result<Vec<i64>> {
    let share = |filler: u64| count / FILLERS as u64 + u64::from(filler < count % FILLERS as u64);
    let mut ids: Vec<i64> = std::thread::scope(|scope| {
        let fillers: Vec<_> = (0..FILLERS as u64)
            .map(|filler| scope.spawn(move || create_some(url, create, share(filler))))
            .collect();
        let joined = fillers
            .into_iter()
            .map(|filler| filler.join().expect("a filler does not panic"));
        joined
            .collect::<Result<Vec<_>>>()
            .map(|parts| parts.concat())
    })?;
    ids.sort_unstable();
    Ok(ids)
}

fn create_some(url: &str, create: &Request, count: u64) -> Result<Vec<i64>> {
    let mut client = Client::connect(url)?;
    (0..count)
        .map(|_| {
            let body: Value = serde_json::from_str(&client.send_expecting_success(create)?)?;
            body["threadId"]
                .as_i64()
                .context("no threadId in the answer")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_in_mib() {
        let status = "Name:\theddle\nVmHWM:\t  40960 kB\nVmRSS:\t   30720 kB\nThreads:\t4\n";
        assert_eq!(mib_of(status, "VmRSS:"), Some(30.0));
        assert_eq!(mib_of(status, "VmHWM:"), Some(40.0));
        assert_eq!(mib_of("Name:\theddle\n", "VmRSS:"), None);
    }

    #[test]
    fn both_engines_are_named_to_every_command() {
        let heddle = |store: Option<&str>| Heddle {
            program: "heddle".into(),
            data: "/d".into(),
            store: store.map(str::to_owned),
            search: true,
            log_statements: false,
        };
        let arguments = |heddle: &Heddle| {
            let command = heddle.command(&["demo"]);
            command
                .get_args()
                .map(|part| part.to_string_lossy().into_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(arguments(&heddle(None)), "demo --data /d");
        assert_eq!(
            arguments(&heddle(Some("postgres://x"))),
            "demo --data /d --store postgres://x"
        );
    }
}
