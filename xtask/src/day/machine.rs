//! The machine on which the package is installed: a fresh Debian in a folder of its own, or only the unpacked files.

use std::fmt;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use rustix::process::{Resource, getrlimit};
use serde_json::Value;

use super::store::Store;
use crate::step;

/// The user of the service: the first number that systemd gives to users that exist only while a unit runs.
const USER: u32 = 61_184;
/// Where the packaged service keeps its data. The service makes the folder when it starts, and the package must not.
pub(super) const DATA: &str = "/var/lib/heddle";
const PROGRAM: &str = "/usr/bin/heddle";
const CONFIG: &str = "/etc/heddle/heddle.toml";
const UNITS: &str = "usr/lib/systemd/system";

/// What an installed package runs on. Its folder is removed when this value is dropped.
pub(super) struct Machine {
    root: PathBuf,
    /// Whether `root` is a Debian of its own, so that paths inside begin at it.
    is_debian: bool,
}

/// What a unit says about its process.
struct Unit {
    command: Vec<String>,
    environment: Vec<(String, String)>,
    open_files: Option<u64>,
    mask: String,
}

impl Machine {
    /// Installs the package in a fresh Debian where that is possible; otherwise, or if `only_unpack`, unpacks it.
    ///
    /// # Errors
    /// Fails if Debian or the package cannot be installed.
    pub(super) fn install(package: &Path, only_unpack: bool) -> Result<Self> {
        let root = std::env::temp_dir().join(format!("heddle-day-{}", std::process::id()));
        fs::create_dir(&root).with_context(|| format!("cannot make {}", root.display()))?;
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755))?;
        let is_debian = !only_unpack && is_root() && step::succeeds("debootstrap", &["--version"]);
        let machine = Self { root, is_debian };
        if machine.is_debian {
            machine.make_debian(package)?;
        } else {
            let mut unpack = Command::new("dpkg-deb");
            step::run(unpack.arg("-x").arg(package).arg(&machine.root))?;
        }
        Ok(machine)
    }

    fn make_debian(&self, package: &Path) -> Result<()> {
        let release = fs::read_to_string("/etc/os-release")?;
        let name = release
            .lines()
            .find_map(|line| line.strip_prefix("VERSION_CODENAME="));
        let mut debootstrap = Command::new("debootstrap");
        debootstrap.args([
            "--variant=minbase",
            "--include=postgresql-client,ca-certificates",
        ]);
        debootstrap.arg(name.context("/etc/os-release names no release")?);
        step::read(debootstrap.arg(&self.root))?;
        fs::copy(package, self.root.join("heddle.deb"))?;
        let mut install = Command::new("chroot");
        install
            .arg(&self.root)
            .args(["dpkg", "--install", "/heddle.deb"]);
        step::run(&mut install)?;
        for path in [DATA, "/run/systemd"] {
            ensure!(
                !self.path(path).exists(),
                "the package made {path}, or started something"
            );
        }
        Ok(())
    }

    /// Returns where a path of the machine is on this one.
    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside.trim_start_matches('/'))
    }

    /// Returns how the machine's programs name a path of it.
    fn name(&self, inside: &str) -> String {
        match self.is_debian {
            true => inside.to_owned(),
            false => self.path(inside).display().to_string(),
        }
    }

    /// Makes folders as systemd makes the state folder of a service: only its user may look into them.
    ///
    /// # Errors
    /// Fails if a folder cannot be made.
    pub(super) fn create_folders(&self, inside: &[&str]) -> Result<()> {
        for path in inside {
            let path = self.path(path);
            fs::create_dir_all(&path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
            give_to_user(&path)?;
        }
        Ok(())
    }

    /// Copies the sealing key of a store to another, as an operator does who kept it apart from the backups. A store without sealed
    /// secrets has none.
    ///
    /// # Errors
    /// Fails if the key cannot be copied.
    pub(super) fn copy_sealing_key(&self, from: &str, to: &str) -> Result<()> {
        let [from, to] = [from, to].map(|folder| self.path(folder).join("sealing.key"));
        if !from.exists() {
            return Ok(());
        }
        fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
        give_to_user(&to)
    }

    /// Writes a file that only the service's user may read.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub(super) fn write(&self, inside: &str, text: &str) -> Result<()> {
        let path = self.path(inside);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        give_to_user(&path)
    }

    /// Returns the command line of a unit, under its user and limits.
    ///
    /// # Errors
    /// Fails if the unit cannot be read.
    pub(super) fn unit(&self, unit: &str, store: &Store) -> Result<Command> {
        let text = fs::read_to_string(self.root.join(UNITS).join(unit))?;
        let unit = Unit::read(&text).with_context(|| format!("{unit} is not understood"))?;
        let mut environment = unit.environment.clone();
        environment.extend(store.environment());
        Ok(self.under(&unit, &environment, &unit.command))
    }

    /// Runs a unit to its end.
    ///
    /// # Errors
    /// Fails if it fails.
    pub(super) fn run_unit(&self, unit: &str, store: &Store) -> Result<()> {
        let output = self.unit(unit, store)?.output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{unit}: {said}");
        Ok(())
    }

    /// Runs a command of Heddle on a store, as the service's user and with the packaged configuration. Returns the JSON that it prints.
    ///
    /// # Errors
    /// Fails if the command fails.
    pub(super) fn json(&self, store: &Store, arguments: &[&str]) -> Result<Value> {
        let config = ["--config", CONFIG];
        // A command about backups alone has no configuration.
        let config = match arguments {
            ["backup", "verify", ..] => &[],
            _ => &config[..],
        };
        self.heddle(&[arguments, config].concat(), &store.environment())
    }

    /// Runs a command of Heddle that has no configuration.
    ///
    /// # Errors
    /// Fails if the command fails.
    pub(super) fn bare(&self, arguments: &[&str]) -> Result<Value> {
        self.heddle(arguments, &[])
    }

    fn heddle(&self, arguments: &[&str], environment: &[(String, String)]) -> Result<Value> {
        let words = [PROGRAM].iter().chain(arguments).chain(&["--json"]);
        let words: Vec<String> = words.map(|word| (*word).to_owned()).collect();
        let output = self.under(&Unit::default(), environment, &words).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{arguments:?}: {said}");
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Returns a command that runs `words` under the user of the service, without rights and with the limits of a unit.
    fn under(&self, unit: &Unit, environment: &[(String, String)], words: &[String]) -> Command {
        let named = |word: &String| match word.starts_with('/') && !word.starts_with("//") {
            true => self.name(word),
            false => word.clone(),
        };
        let mut line: Vec<String> = Vec::new();
        let mut push = |words: &[&str]| line.extend(words.iter().map(|word| (*word).to_owned()));
        if self.is_debian {
            push(&["chroot", &self.root.display().to_string()]);
        }
        if is_root() {
            if let Some(wanted) = unit.open_files {
                // Where even root may not raise the limit, the greatest one must do.
                let most = getrlimit(Resource::Nofile).maximum.unwrap_or(wanted);
                let most = wanted.min(most);
                push(&["prlimit", &format!("--nofile={most}:{most}")]);
            }
            let user = USER.to_string();
            push(&[
                "setpriv",
                "--reuid",
                &user,
                "--regid",
                &user,
                "--clear-groups",
            ]);
            push(&[
                "--no-new-privs",
                "--bounding-set=-all",
                "--inh-caps=-all",
                "--",
            ]);
        }
        push(&[
            "sh",
            "-c",
            &format!("umask {}; exec \"$@\"", unit.mask),
            "heddle",
        ]);
        line.extend(words.iter().map(named));
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).stdin(Stdio::null()).env_clear();
        command.env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        );
        command.envs(environment.iter().map(|(name, value)| (name, named(value))));
        command
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.is_debian {
            true => "the package is installed by dpkg in a fresh Debian",
            false => "the package is unpacked",
        })
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

impl Default for Unit {
    /// A command of an operator, who has no unit.
    fn default() -> Self {
        Self {
            command: Vec::new(),
            environment: Vec::new(),
            open_files: None,
            mask: "0077".to_owned(),
        }
    }
}

impl Unit {
    fn read(text: &str) -> Option<Self> {
        let values = |key: &'static str| {
            let of_key =
                move |line: &&str| line.split_once('=').is_some_and(|(name, _)| name == key);
            text.lines()
                .filter(of_key)
                .filter_map(|line| Some(line.split_once('=')?.1.replace("%S", "/var/lib")))
        };
        let pair = |value: String| {
            let (name, value) = value.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        };
        Some(Self {
            command: values("ExecStart")
                .next()?
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            environment: values("Environment").map(pair).collect::<Option<_>>()?,
            open_files: values("LimitNOFILE")
                .next()
                .and_then(|most| most.parse().ok()),
            mask: values("UMask").next()?,
        })
    }
}

fn give_to_user(path: &Path) -> Result<()> {
    if is_root() {
        chown(path, Some(USER), Some(USER))?;
    }
    Ok(())
}

/// Whether this program may give files and processes to another user.
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_says_how_its_process_runs() {
        let text = include_str!("../../../contrib/systemd/heddle.service");
        let unit = Unit::read(text).expect("understood");
        assert_eq!(unit.command[..2], [PROGRAM, "serve"]);
        let data = (
            "HEDDLE_STORE__DATA".to_owned(),
            "/var/lib/heddle".to_owned(),
        );
        assert_eq!(unit.environment, [data]);
        assert_eq!(unit.open_files, Some(65_536));
        assert_eq!(unit.mask, "0077");
    }
}
