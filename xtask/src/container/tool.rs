//! podman or docker, and the name under which a try uses it.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::step;

const KNOWN: [&str; 2] = ["podman", "docker"];

/// A tool that works on this machine. Image, container and volume of the try are removed when this value is dropped.
pub(super) struct Tool {
    program: String,
    /// The name of image, container and volume.
    name: String,
}

impl Tool {
    /// Finds the tool: the given one, otherwise the first that works.
    ///
    /// # Errors
    /// Says what is missing.
    pub(super) fn find(wanted: Option<&str>) -> Result<Self> {
        let candidates = match wanted {
            Some(wanted) => vec![wanted],
            None => KNOWN.to_vec(),
        };
        // `docker --version` succeeds without a daemon; `info` needs everything that a container needs.
        let works = |tool: &&str| step::succeeds(tool, &["info"]);
        let Some(program) = candidates.iter().copied().find(works) else {
            let is_there = |tool: &&str| step::succeeds(tool, &["--version"]);
            if let Some(installed) = candidates.iter().copied().find(is_there) {
                bail!(
                    "`{installed}` is installed, but `{installed} info` fails: its service does not run, or this user may not use it"
                );
            }
            bail!(
                "neither podman nor docker is installed, and one of them builds and runs the image: `apt-get install podman`, and try again"
            );
        };
        Ok(Self {
            program: program.to_owned(),
            name: format!("heddle-try-{}", std::process::id()),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the tool knows several formats of images, of which only one has health checks.
    pub(super) fn has_formats(&self) -> bool {
        self.program.ends_with("podman")
    }

    /// Runs the health check now, if the tool can. podman does it by itself only where systemd runs.
    pub(super) fn check_health(&self) {
        if self.has_formats() {
            step::succeeds(&self.program, &["healthcheck", "run", &self.name]);
        }
    }

    /// Runs a command of the tool, which must succeed.
    ///
    /// # Errors
    /// Fails if it does not.
    pub(super) fn run(&self, words: &[impl AsRef<OsStr>]) -> Result<()> {
        step::run(Command::new(&self.program).args(words))
    }

    /// Same as [`Tool::run`], in a folder.
    ///
    /// # Errors
    /// Same as [`Tool::run`].
    pub(super) fn run_in(&self, folder: &Path, words: &[impl AsRef<OsStr>]) -> Result<()> {
        let mut command = Command::new(&self.program);
        step::run(command.args(words).current_dir(folder))
    }

    /// Returns what a command prints, which must succeed.
    ///
    /// # Errors
    /// Fails if it does not.
    pub(super) fn read(&self, words: &[&str]) -> Result<String> {
        step::read(Command::new(&self.program).args(words))
    }

    /// Returns the exit status of a command that may fail; its output is discarded.
    ///
    /// # Errors
    /// Fails if it cannot be started.
    pub(super) fn status(&self, words: &[impl AsRef<OsStr>]) -> Result<Option<i32>> {
        let mut command = Command::new(&self.program);
        command
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let status = command.status();
        let status = status.with_context(|| format!("`{}` cannot be started", self.program))?;
        Ok(status.code())
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        // A failure says only that there is nothing to remove.
        for remove in [&["rm", "--force"][..], &["volume", "rm"], &["rmi"]] {
            step::succeeds(&self.program, &[remove, &[&self.name]].concat());
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.program)
    }
}
