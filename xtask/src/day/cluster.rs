//! A PostgreSQL for the day, on the loopback, because programs in another root folder must reach it.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::machine::is_root;
use crate::postgres::server_programs;
use crate::step;
use crate::waiting::wait_until;

/// The user that runs the server if this program runs as root, which PostgreSQL refuses.
const USER: &str = "postgres";

/// A running PostgreSQL; it is stopped and removed when this value is dropped.
pub(super) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    server: Child,
}

impl Cluster {
    /// Creates and starts a cluster.
    ///
    /// # Errors
    /// Fails if PostgreSQL is not installed, or does not start.
    pub(super) fn start() -> Result<Self> {
        let programs = server_programs().context(
            "PostgreSQL's server is not installed: run `apt-get install postgresql`, and try again",
        )?;
        let folder = std::env::temp_dir().join(format!("heddle-day-pg-{}", std::process::id()));
        std::fs::create_dir(&folder)?;
        if is_root() {
            step::run(Command::new("chown").arg(USER).arg(&folder))?;
        }
        let data = folder.join("data");
        let mut initdb = as_user(&programs.join("initdb"));
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
        ]);
        step::read(initdb.arg("--pgdata").arg(&data))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = std::fs::File::create(folder.join("log"))?;
        let mut server = as_user(&programs.join("postgres"));
        let server = server
            .arg("-D")
            .arg(&data)
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k", ""])
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()?;
        let cluster = Self {
            programs,
            folder,
            port,
            server,
        };
        let port = port.to_string();
        let ready = || {
            let asked = Command::new(cluster.programs.join("pg_isready"))
                .args(["--quiet", "-h", "127.0.0.1", "-p", &port])
                .status();
            asked.is_ok_and(|status| status.success())
        };
        if !wait_until(ready) {
            let log = std::fs::read_to_string(cluster.folder.join("log")).unwrap_or_default();
            bail!("PostgreSQL does not start: {log}");
        }
        Ok(cluster)
    }

    /// Creates an empty database, and returns its URL.
    ///
    /// # Errors
    /// Fails if the server refuses.
    pub(super) fn create_database(&self, name: &str) -> Result<String> {
        let port = self.port.to_string();
        let mut create = Command::new(self.programs.join("createdb"));
        create.args(["-h", "127.0.0.1", "-p", &port, "-U", "postgres", name]);
        step::read(&mut create)?;
        Ok(format!("postgres://postgres@127.0.0.1:{port}/{name}"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT ends all sessions at once. The errors say only that the server has ended already.
        let _ = kill_process(Pid::from_child(&self.server), Signal::INT);
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn as_user(program: &std::path::Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", USER, "--regid", USER, "--clear-groups", "--"])
        .arg(program)
        .current_dir("/");
    command
}
