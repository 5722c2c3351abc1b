//! Drives two published clients of the Help Scout API, unmodified, against `heddle demo`: npm's helpscout-mailbox-api and
//! PyPI's python-helpscout-v2. Prints a table with a row for each call; `docs/conformance.md` quotes it.
//!
//! npm's client gets its token from the vendor's https address, whatever its base URL is. So the run names the server as the
//! client's https proxy, and the server speaks https. A certificate authority that is made for the run signs its certificate. The
//! clients are installed from their registries into a folder below `target/`.

mod identity;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::layout::{BINARY_PACKAGE, DEBUG_PROGRAM};
use crate::step;
use identity::Identity;

const NPM: &str = "helpscout-mailbox-api@1.0.1";
const PYPI: &str = "python-helpscout-v2==2.0.0";
const NPM_DRIVER: &str = include_str!("conformance/npm.js");
const PYPI_DRIVER: &str = include_str!("conformance/pypi.py");

/// Runs both clients against `program`, or else against a debug build of this source tree.
///
/// # Errors
/// Fails if a client cannot be installed, or if a call does not do what it should.
pub(crate) fn run(top: &Path, program: Option<PathBuf>) -> Result<String> {
    let folder = top.join("target/conformance");
    std::fs::create_dir_all(&folder)?;
    install(&folder)?;
    let program = match program {
        Some(program) => program,
        None => {
            step::run(step::cargo(top).args(["build", "-p", BINARY_PACKAGE]))?;
            top.join(DEBUG_PROGRAM)
        }
    };
    let identity = Identity::make(&folder.join("tls"))?;
    let server = Server::start(&program, &identity)?;
    let npm = server.drive(Command::new("node").arg(folder.join("npm.js")), &identity)?;
    let python = folder.join("venv/bin/python");
    let pypi = server.drive(Command::new(python).arg(folder.join("pypi.py")), &identity)?;
    let table = Table::of(&npm, &pypi);
    println!("{}", table.text);
    ensure!(
        table.faults.is_empty(),
        "{} calls do not do what they should:\n{}",
        table.faults.len(),
        table.faults.join("\n")
    );
    Ok(format!(
        "Both clients work: {} calls of {NPM}, {} of {PYPI}.",
        npm.len(),
        pypi.len()
    ))
}

/// Installs the clients, and writes their drivers beside them.
fn install(folder: &Path) -> Result<()> {
    let installed = folder.join("installed");
    let wanted = format!("{NPM}\n{PYPI}\n");
    if !std::fs::read_to_string(&installed).is_ok_and(|found| found == wanted) {
        step::run(
            Command::new("npm")
                .args([
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--ignore-scripts",
                    "--prefix",
                ])
                .arg(folder)
                .arg(NPM),
        )
        .context("npm is needed, with node: apt-get install npm")?;
        let environment = folder.join("venv");
        step::run(
            Command::new("python3")
                .args(["-m", "venv"])
                .arg(&environment),
        )
        .context("python3 with its venv module is needed: apt-get install python3-venv")?;
        let pip = environment.join("bin/pip");
        step::run(Command::new(pip).args(["install", "--quiet", PYPI]))?;
        std::fs::write(installed, wanted)?;
    }
    std::fs::write(folder.join("npm.js"), NPM_DRIVER)?;
    std::fs::write(folder.join("pypi.py"), PYPI_DRIVER)?;
    Ok(())
}

/// One call of a client, and what was wrong with it.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    name: String,
    fault: Option<String>,
}

/// Reads the lines of a driver.
fn rows(output: &str) -> Result<Vec<Row>> {
    let row = |line: &str| {
        let line: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        Ok(Row {
            name: line["row"].as_str().context("a row has a name")?.to_owned(),
            fault: line["fault"].as_str().map(str::to_owned),
        })
    };
    output.lines().map(row).collect()
}

/// The results of both clients.
struct Table {
    /// The table in Markdown.
    text: String,
    faults: Vec<String>,
}

impl Table {
    fn of(npm: &[Row], pypi: &[Row]) -> Self {
        let mut names: Vec<&str> = npm.iter().map(|row| row.name.as_str()).collect();
        let more = pypi.iter().map(|row| row.name.as_str());
        names.extend(more.filter(|name| !npm.iter().any(|row| row.name == *name)));
        let by_name = |rows: &'_ [Row]| -> BTreeMap<String, bool> {
            let rows = rows.iter();
            rows.map(|row| (row.name.clone(), row.fault.is_none()))
                .collect()
        };
        let (by_npm, by_pypi) = (by_name(npm), by_name(pypi));
        let cell = |of: &BTreeMap<String, bool>, name: &str| match of.get(name) {
            Some(true) => "works",
            Some(false) => "FAILS",
            None => "-",
        };
        let mut text = format!("| call | {NPM} | {PYPI} |\n| --- | --- | --- |\n");
        for name in names {
            let (npm, pypi) = (cell(&by_npm, name), cell(&by_pypi, name));
            text.push_str(&format!("| {name} | {npm} | {pypi} |\n"));
        }
        let faults = [(NPM, npm), (PYPI, pypi)]
            .into_iter()
            .flat_map(|(client, rows)| {
                rows.iter().filter_map(move |row| {
                    let fault = row.fault.as_ref()?;
                    Some(format!("{client}: {}: {fault}", row.name))
                })
            });
        Self {
            text,
            faults: faults.collect(),
        }
    }
}

/// A temporary demo server with TLS; it stops when this value is dropped.
struct Server {
    child: Child,
    /// What it printed about itself.
    summary: String,
    port: u16,
}

impl Server {
    fn start(program: &Path, identity: &Identity) -> Result<Self> {
        let mut child = Command::new(program)
            .args(["demo", "--json", "--listen", "127.0.0.1:0"])
            .env("HEDDLE_SERVER__TLS_CERTIFICATE_FILE", &identity.certificate)
            .env("HEDDLE_SERVER__TLS_KEY_FILE", &identity.key)
            .env("HEDDLE_SERVER__HOSTS", "api.helpscout.net=helpscout")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start heddle demo")?;
        let mut summary = String::new();
        BufReader::new(child.stdout.take().context("a piped output")?).read_line(&mut summary)?;
        ensure!(!summary.is_empty(), "heddle demo ended before it served");
        let url: Value = serde_json::from_str(&summary)?;
        let url = url["url"].as_str().context("no url in the demo's line")?;
        let port = url.strip_prefix("https://127.0.0.1:");
        let port = port.with_context(|| format!("{url} is not served with TLS"))?;
        Ok(Self {
            port: port.parse()?,
            child,
            summary,
        })
    }

    /// Runs a driver to its end, and returns its rows.
    fn drive(&self, driver: &mut Command, identity: &Identity) -> Result<Vec<Row>> {
        let authority = &identity.authority;
        let url = format!("https://localhost:{}", self.port);
        let output = driver
            .env("HEDDLE_DEMO", &self.summary)
            .env("HEDDLE_URL", &url)
            // npm's client has the vendor's address in one call; this leads the call here.
            .env("NODE_EXTRA_CA_CERTS", authority)
            .env("https_proxy", &url)
            .env("no_proxy", "localhost")
            .env("REQUESTS_CA_BUNDLE", authority)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .context("node and python3 are needed")?;
        let rows = rows(&String::from_utf8(output.stdout)?)?;
        if !output.status.success() || rows.is_empty() {
            bail!(
                "a driver ended early ({}) after {} rows",
                output.status,
                rows.len()
            );
        }
        Ok(rows)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server is killed, because it has written only into a temporary folder.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_call_and_names_the_faults() {
        let npm = rows("{\"row\":\"a\"}\n{\"row\":\"b\",\"fault\":\"500\"}\n").expect("rows");
        let pypi = rows("{\"row\":\"c\"}\n{\"row\":\"a\"}\n").expect("rows");
        let table = Table::of(&npm, &pypi);
        let lines: Vec<_> = table.text.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "| a | works | works |",
                "| b | FAILS | - |",
                "| c | - | works |"
            ]
        );
        assert_eq!(table.faults, [format!("{NPM}: b: 500")]);
        assert!(rows("not json").is_err());
    }

    #[test]
    fn both_drivers_name_their_rows_alike() {
        let named = |driver: &str, name: &str| driver.contains(&format!("'{name}'"));
        for name in [
            "users.list",
            "webhooks.delete",
            "customers.update",
            "workflows.list",
        ] {
            assert!(
                named(NPM_DRIVER, name) && named(PYPI_DRIVER, name),
                "{name}"
            );
        }
    }
}
