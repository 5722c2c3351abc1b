//! A private PostgreSQL for tests: created with `initdb` in a temporary folder, reachable by Unix socket only, removed at the end.
//!
//! Invariants:
//! - Nothing is left behind, not even after `kill -9` of the test process: a shell script (`postgres/watchdog.sh`) owns the
//!   server and its folder, and removes both when its pipe to the test process closes.
//! - On a machine without PostgreSQL the test fails; nothing is skipped.
//! - PostgreSQL refuses to run as root, so for root the watchdog runs as the user `postgres` (or `nobody`).
//!
//! Deliberately missing: connection pools, and knowledge of Heddle's schema. Callers migrate one [`Template`] and copy it.

mod programs;

use std::collections::HashMap;
use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio_postgres::{Client, Config, NoTls};

const WATCHDOG: &str = include_str!("postgres/watchdog.sh");

/// The configuration of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether commits are synced to disk before they are acknowledged. Only tests that kill the cluster need that.
    pub fsync: bool,
    /// Further settings of `postgresql.conf`, as (name, value). They override the cluster's own settings.
    pub settings: Vec<(String, String)>,
    /// Files for the server, as (name, content). Relative to its data folder, which settings count from, a file is `../NAME`.
    pub files: Vec<(String, String)>,
    /// A base backup that the cluster starts from, in recovery: the settings say where its log is and how far it is read. `None`: a
    /// new cluster.
    pub base: Option<BaseBackup>,
}

/// A base backup of a cluster. It is removed with the cluster.
#[derive(Clone, Debug)]
pub struct BaseBackup(PathBuf);

impl Options {
    /// Returns the options of a cluster that does not lose acknowledged commits, for tests that call
    /// [`Cluster::crash`].
    pub fn durable() -> Self {
        Self {
            fsync: true,
            ..Self::default()
        }
    }

    fn conf(&self, socket_dir: &Path) -> String {
        let durable = if self.fsync { "on" } else { "off" };
        // A server in recovery takes no connections, so that it is ready only when it has ended its recovery.
        let standby = if self.base.is_some() { "off" } else { "on" };
        let own = [
            ("listen_addresses", ""),
            ("unix_socket_directories", &socket_dir.display().to_string()),
            ("unix_socket_permissions", "0700"),
            ("max_connections", "200"),
            ("fsync", durable),
            ("synchronous_commit", durable),
            ("full_page_writes", durable),
            ("wal_level", "minimal"),
            ("max_wal_senders", "0"),
            ("hot_standby", standby),
        ]
        .map(|(name, value)| conf_line(name, value));
        let further = self
            .settings
            .iter()
            .map(|(name, value)| conf_line(name, value));
        own.into_iter()
            .chain(further)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn conf_line(name: &str, value: &str) -> String {
    format!("{name} = '{}'", value.replace('\'', "''"))
}

/// A running private PostgreSQL. Dropping it stops the server and removes its folder.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    fsync: bool,
    watchdog: Mutex<Watchdog>,
    next_database: AtomicU32,
    templates: tokio::sync::Mutex<HashMap<String, Template>>,
}

/// A migrated database, of which [`Cluster::create_database_from`] makes copies.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
}

/// One database of a cluster. It is removed with its cluster; [`Database::remove`] frees its 8 MB earlier.
#[derive(Clone, Debug)]
pub struct Database {
    name: String,
    socket_dir: PathBuf,
}

/// Returns the version of the PostgreSQL that a [`Cluster`] starts, such as `15.14`; `None` if none is installed.
pub fn installed_version() -> Option<String> {
    let postgres = programs::find_bin_dir()?.join("postgres");
    let output = Command::new(postgres).arg("--version").output().ok()?;
    // `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(2).map(str::to_owned)
}

impl Cluster {
    /// Returns the cluster that all tests of this process share. The first call starts it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(Options::default()))
    }

    /// Creates and starts a cluster. Returns when it accepts connections.
    ///
    /// # Panics
    /// Panics if PostgreSQL is not installed or does not start. The message contains its log.
    pub fn start(options: Options) -> Self {
        let Some(bin) = programs::find_bin_dir() else {
            panic!(
                "no PostgreSQL server programs (initdb, postgres) on this machine: run `cargo xtask test`, which installs them"
            );
        };
        let (folder, owner) = make_folder();
        let conf = options.conf(&folder.join("s"));
        std::fs::write(folder.join("conf"), conf).expect("our folder can be written");
        for (name, content) in &options.files {
            give(&folder.join(name), content, owner);
        }
        let base = options.base.as_ref().map(|base| base.0.as_path());
        let mut watchdog = Watchdog::spawn(&bin, &folder, base, owner);
        let answer = watchdog.read_answer();
        let cluster = Self {
            watchdog: Mutex::new(watchdog),
            folder,
            fsync: options.fsync,
            next_database: AtomicU32::new(1),
            templates: tokio::sync::Mutex::default(),
        };
        cluster.expect_answer("ready", &answer);
        cluster
    }

    /// Returns the folder of the server's socket, for `host=` in a connection string.
    pub fn socket_dir(&self) -> PathBuf {
        self.folder.join("s")
    }

    /// Returns the id of the server's first process, whose children are all others; `None` while it does not run.
    pub fn server_process(&self) -> Option<u32> {
        let file = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).ok()?;
        file.lines().next()?.trim().parse().ok()
    }

    /// Returns the server's log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Kills all processes of the server at once, as a power cut would. [`Cluster::restart`] starts it again.
    pub fn crash(&self) {
        self.command("crash", "crashed");
    }

    /// Stops the server in an orderly way: it closes open connections and keeps all commits.
    pub fn stop(&self) {
        self.command("stop", "stopped");
    }

    /// Starts the server again after [`Cluster::crash`] or [`Cluster::stop`]. Returns when the server's recovery has
    /// ended.
    pub fn restart(&self) {
        self.command("start", "ready");
    }

    /// Takes a base backup with `pg_basebackup`, while the cluster runs.
    pub fn back_up(&self) -> BaseBackup {
        self.command("backup", "backed up");
        BaseBackup(self.folder.join("base"))
    }

    /// Returns a database that a base backup brought.
    pub fn database(&self, name: &str) -> Database {
        Database {
            name: name.to_owned(),
            socket_dir: self.socket_dir(),
        }
    }

    /// Creates an empty database.
    pub async fn create_database(&self) -> Database {
        self.copy("template1").await
    }

    /// Creates a copy of a template. This is as fast as creating an empty database.
    pub async fn create_database_from(&self, template: &Template) -> Database {
        self.copy(&template.name).await
    }

    /// Returns the template of that name. The first call fills it with `fill`, which gets the URL of an empty database
    /// and must close its connections. Later calls wait for it and return the same template.
    pub async fn template<F, Done>(&self, name: &str, fill: F) -> Template
    where
        F: FnOnce(String) -> Done,
        Done: Future<Output = ()>,
    {
        let mut templates = self.templates.lock().await;
        if let Some(template) = templates.get(name) {
            return template.clone();
        }
        let database = self.create_database().await;
        fill(database.url()).await;
        self.freeze(&database).await;
        let template = Template {
            name: database.name,
        };
        templates.insert(name.to_owned(), template.clone());
        template
    }

    // A database with open connections cannot be copied, so new connections are refused and open ones are ended.
    async fn freeze(&self, database: &Database) {
        let admin = self.admin().connect().await;
        let name = &database.name;
        let close =
            format!("ALTER DATABASE \"{name}\" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false");
        let empty =
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1";
        admin
            .batch_execute(&close)
            .await
            .expect("the template can be closed to connections");
        admin
            .execute(empty, &[name])
            .await
            .expect("connections to the template can be ended");
    }

    async fn copy(&self, template: &str) -> Database {
        let name = format!(
            "heddle_{}",
            self.next_database.fetch_add(1, Ordering::Relaxed)
        );
        let admin = self.admin().connect().await;
        let strategy = if self.fsync {
            ""
        } else {
            copy_strategy(&admin).await
        };
        let create = format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\" {strategy}");
        admin
            .batch_execute(&create)
            .await
            .unwrap_or_else(|error| panic!("{create}: {error}"));
        Database {
            name,
            socket_dir: self.socket_dir(),
        }
    }

    fn admin(&self) -> Database {
        self.database("postgres")
    }

    fn command(&self, word: &str, wanted: &str) {
        let mut watchdog = self
            .watchdog
            .lock()
            .expect("nobody panics while holding the watchdog");
        let answer = watchdog.send_command(word);
        drop(watchdog);
        self.expect_answer(wanted, &answer);
    }

    fn expect_answer(&self, wanted: &str, answer: &str) {
        assert!(
            answer == wanted,
            "PostgreSQL for the tests: {answer}\n{}",
            self.log()
        );
    }
}

// Without fsync, copying files takes a third of the time of the default strategy of PostgreSQL 15 (20 ms instead of 67 ms).
// Before version 15 it is the only strategy, and has no name.
async fn copy_strategy(admin: &Client) -> &'static str {
    let version = "SELECT current_setting('server_version_num')::int4";
    let version: i32 = admin
        .query_one(version, &[])
        .await
        .expect("every server tells its version")
        .get(0);
    if version >= 150_000 {
        "STRATEGY file_copy"
    } else {
        ""
    }
}

impl Database {
    /// Returns the URL of the database, in the form that Heddle's `--store` and `tokio_postgres::Config` take.
    pub fn url(&self) -> String {
        let path = self.socket_dir.display().to_string();
        let host = utf8_percent_encode(&path, ESCAPED);
        format!("postgres://postgres@/{}?host={host}", self.name)
    }

    /// Returns the database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Opens a connection, which a task of the current runtime drives.
    pub async fn connect(&self) -> Client {
        let config: Config = self.url().parse().expect("the url is well-formed");
        let (client, connection) = config
            .connect(NoTls)
            .await
            .unwrap_or_else(|error| panic!("connect to {}: {error}", self.url()));
        tokio::spawn(connection);
        client
    }

    /// Returns the time of the server, as it writes it in settings.
    pub async fn time(&self) -> String {
        let row = self.connect().await;
        let row = row.query_one("SELECT clock_timestamp()::text", &[]).await;
        row.expect("every server tells the time").get(0)
    }

    /// Sets a parameter for all later connections, such as `deadlock_timeout` or `default_transaction_isolation`.
    pub async fn set(&self, parameter: &str, value: &str) {
        let set = format!(
            "ALTER DATABASE \"{}\" SET {parameter} = '{}'",
            self.name,
            value.replace('\'', "''")
        );
        self.connect()
            .await
            .batch_execute(&set)
            .await
            .unwrap_or_else(|error| panic!("{set}: {error}"));
    }

    /// Drops the database and ends its connections. For tests that create hundreds of databases.
    pub async fn remove(self) {
        let drop = format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name);
        let admin = Self {
            name: "postgres".to_owned(),
            ..self
        };
        admin
            .connect()
            .await
            .batch_execute(&drop)
            .await
            .unwrap_or_else(|error| panic!("{drop}: {error}"));
    }
}

/// The characters that are escaped in the host parameter of a database URL.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The shell script that owns the server, with the pipes to it and from it.
#[derive(Debug)]
struct Watchdog {
    child: Child,
    words: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Watchdog {
    // The script gets its own process group, so that Ctrl-C at a terminal ends the tests, but not the script, which
    // cleans up.
    fn spawn(bin: &Path, folder: &Path, base: Option<&Path>, owner: Option<Owner>) -> Self {
        let script = folder.join("watchdog.sh");
        std::fs::write(&script, WATCHDOG).expect("our folder can be written");
        let mut command = Command::new("/bin/sh");
        command.arg(script).arg(bin).arg(folder).args(base);
        command
            .current_dir(folder)
            .process_group(0)
            .env("LC_ALL", "C");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(owner) = owner {
            command.uid(owner.uid).gid(owner.gid);
        }
        let mut child = command.spawn().expect("/bin/sh can be started");
        Self {
            words: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().expect("standard output is piped")),
            child,
        }
    }

    fn send_command(&mut self, word: &str) -> String {
        let words = self
            .words
            .as_mut()
            .expect("the pipe is closed by drop only");
        // The error is ignored: a write fails only if the watchdog has ended, and then `read_answer` reports it.
        let _ = writeln!(words, "{word}");
        self.read_answer()
    }

    fn read_answer(&mut self) -> String {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(0) => "the watchdog ended".to_owned(),
            Ok(_) => line.trim_end().to_owned(),
            Err(error) => format!("the watchdog cannot be read: {error}"),
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.words.take());
        let _ = self.child.wait();
    }
}

/// The user that runs the server if the tests run as root.
#[derive(Clone, Copy, Debug)]
struct Owner {
    uid: u32,
    gid: u32,
}

// Root's temporary folder may be closed to other users, but /tmp is not, so the folder is created there. The path must
// also be short, because the path of a socket has at most about a hundred bytes.
fn make_folder() -> (PathBuf, Option<Owner>) {
    let folder = tempfile::Builder::new()
        .prefix("heddle-pg-")
        .tempdir_in(if is_root() {
            PathBuf::from("/tmp")
        } else {
            std::env::temp_dir()
        })
        .expect("a temporary folder can be made")
        .keep();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))
        .expect("our folder's mode can be set");
    let owner = is_root().then(unprivileged_user);
    if let Some(owner) = owner {
        std::os::unix::fs::chown(&folder, Some(owner.uid), Some(owner.gid))
            .expect("root may give a folder away");
    }
    (folder, owner)
}

/// Writes a file that only the server may read.
fn give(file: &Path, content: &str, owner: Option<Owner>) {
    std::fs::write(file, content).expect("our folder can be written");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
        .expect("our file's mode can be set");
    if let Some(owner) = owner {
        std::os::unix::fs::chown(file, Some(owner.uid), Some(owner.gid))
            .expect("root may give a file away");
    }
}

fn is_root() -> bool {
    let probe = tempfile::tempfile().expect("a temporary file can be made");
    probe.metadata().expect("an open file has metadata").uid() == 0
}

fn unprivileged_user() -> Owner {
    let find = |name: &str| {
        Some(Owner {
            uid: id("-u", name)?,
            gid: id("-g", name)?,
        })
    };
    find("postgres").or_else(|| find("nobody")).expect(
        "root needs a user `postgres` or `nobody` to run PostgreSQL as: run `cargo xtask test`, which installs PostgreSQL",
    )
}

fn id(option: &str, user: &str) -> Option<u32> {
    let output = Command::new("id")
        .args([option, user])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
