//! Tests the native API with two programs that know only its OpenAPI document: schemathesis checks every operation
//! against the document, and a generated client performs typical calls on `heddle demo`. Hooks of schemathesis give its
//! requests data that exist, so that the run also sees how operations succeed.
//!
//! Both are installed from PyPI in fixed versions, into a virtual environment below `target/`; so they are not part
//! of `cargo xtask test`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::layout::{BINARY_PACKAGE, DAY, HOOKS, OPENAPI, PROGRAM};
use crate::step;

/// The program that generates clients.
pub(crate) const GENERATOR: &str = "openapi-python-client==0.29.1";

/// The installed packages with their versions.
const PINNED: [&str; 2] = ["schemathesis==4.32.5", GENERATOR];

/// The operation that schemathesis leaves out.
const STREAM: &str = "/api/v1/events/stream";

/// The checks that schemathesis runs on every response.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,negative_data_rejection";

/// The least share of the operations that must succeed at least once, in percent.
const LEAST_SUCCESS: usize = 90;

/// Runs both programs against a demo server built from this source tree.
pub(crate) fn run(top: &Path, examples: u32, seed: Option<u64>) -> Result<String> {
    let folder = top.join("target/api");
    let python = Python::install(&folder)?;
    step::run(step::cargo(top).args(["build", "--release", "-p", BINARY_PACKAGE]))?;
    let demo = Demo::start(&top.join(PROGRAM))?;
    python.client(top, &demo)?;
    let share = python.fuzz(top, &demo, examples, seed)?;
    Ok(format!(
        "The API keeps its document: {examples} examples an operation, {share}, and a generated client worked."
    ))
}

/// A Python virtual environment with the pinned programs.
struct Python {
    folder: PathBuf,
}

impl Python {
    fn install(folder: &Path) -> Result<Self> {
        let environment = folder.join("venv");
        let installed = environment.join("pinned");
        let wanted = PINNED.join("\n");
        if std::fs::read_to_string(&installed).is_ok_and(|found| found == wanted) {
            return Ok(Self {
                folder: folder.to_path_buf(),
            });
        }
        step::run(
            Command::new("python3")
                .args(["-m", "venv"])
                .arg(&environment),
        )
        .context("python3 with its venv module is needed: apt-get install python3-venv")?;
        let pip = environment.join("bin/pip");
        step::run(Command::new(pip).args(["install", "--quiet"]).args(PINNED))?;
        std::fs::write(installed, wanted)?;
        Ok(Self {
            folder: folder.to_path_buf(),
        })
    }

    fn program(&self, name: &str) -> Command {
        Command::new(self.folder.join("venv/bin").join(name))
    }

    /// Generates a client from the committed document, and runs a program with it that creates, reads, pages and
    /// subscribes.
    fn client(&self, top: &Path, demo: &Demo) -> Result<()> {
        let client = self.folder.join("client");
        step::run(
            self.program("openapi-python-client")
                .args(["generate", "--overwrite", "--meta", "none"])
                .arg("--path")
                .arg(top.join(OPENAPI))
                .arg("--output-path")
                .arg(client.join("heddle_client")),
        )?;
        step::run(
            self.program("python")
                .arg(top.join(DAY))
                .env("PYTHONPATH", &client)
                .env("HEDDLE_URL", &demo.url)
                .env("HEDDLE_TOKEN", &demo.token),
        )
    }

    /// Runs schemathesis; returns in words how many operations succeeded.
    fn fuzz(&self, top: &Path, demo: &Demo, examples: u32, seed: Option<u64>) -> Result<String> {
        let (hooks, module) = HOOKS;
        let succeeded = self.folder.join("succeeded.txt");
        std::fs::write(&succeeded, "")?;
        let mut command = self.program("schemathesis");
        command
            .current_dir(&self.folder)
            .args(["run", &format!("{}/api/v1/openapi.json", demo.url)])
            .args(["--header", &format!("Authorization: Bearer {}", demo.token)])
            // Its answer has no end, so a run would wait for it.
            .args(["--exclude-path", STREAM])
            .args(["--max-examples", &examples.to_string()])
            .args(["--checks", CHECKS, "--continue-on-failure"])
            .env("PYTHONPATH", top.join(hooks))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("SCHEMATHESIS_HOOKS", module)
            .env("HEDDLE_URL", &demo.url)
            .env("HEDDLE_TOKEN", &demo.token)
            .env("HEDDLE_SUCCEEDED", &succeeded);
        if let Some(seed) = seed {
            command.args(["--seed", &seed.to_string()]);
        }
        let run = step::run(&mut command);
        let succeeded = std::fs::read_to_string(succeeded)?;
        let document = std::fs::read_to_string(top.join(OPENAPI))?;
        let share = Share::of(&operations(&document)?, &succeeded);
        println!("{share}");
        run?;
        ensure!(
            share.percent() >= LEAST_SUCCESS,
            "less than {LEAST_SUCCESS} % of the operations succeeded at least once"
        );
        Ok(share.to_string())
    }
}

/// Returns the operations of an OpenAPI document, each as its method and path.
fn operations(document: &str) -> Result<BTreeSet<String>> {
    const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
    let document: serde_json::Value = serde_json::from_str(document)?;
    let paths = document["paths"].as_object().context("no paths")?;
    let methods = |path: &serde_json::Value| -> Vec<&str> {
        let has = |method: &&str| path.get(*method).is_some();
        METHODS.into_iter().filter(has).collect()
    };
    let all = paths.iter().flat_map(|(name, path)| {
        let methods = methods(path).into_iter();
        methods.map(move |method| format!("{} {name}", method.to_uppercase()))
    });
    Ok(all.collect())
}

/// How many operations succeeded, and which did not.
#[derive(Debug, PartialEq, Eq)]
struct Share {
    all: usize,
    never: Vec<String>,
}

impl Share {
    /// Compares the operations with those that succeeded, one on each line.
    fn of(operations: &BTreeSet<String>, succeeded: &str) -> Self {
        let succeeded: BTreeSet<&str> = succeeded.lines().collect();
        let never = operations.iter();
        let never = never.filter(|operation| !succeeded.contains(operation.as_str()));
        Self {
            all: operations.len(),
            never: never.cloned().collect(),
        }
    }

    /// Returns the share in percent, rounded down; 0 if there are no operations.
    fn percent(&self) -> usize {
        let succeeded = self.all - self.never.len();
        (100 * succeeded).checked_div(self.all).unwrap_or(0)
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (succeeded, percent) = (self.all - self.never.len(), self.percent());
        write!(
            f,
            "{succeeded} of {} operations ({percent} %) succeeded at least once",
            self.all
        )?;
        if self.never.is_empty() {
            return Ok(());
        }
        write!(f, "; never: {}", self.never.join(", "))
    }
}

/// A temporary demo server; it stops when this value is dropped.
struct Demo {
    child: Child,
    url: String,
    token: String,
}

impl Demo {
    fn start(heddle: &Path) -> Result<Self> {
        let mut child = Command::new(heddle)
            .args(["demo", "--json", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start heddle demo")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("a piped output")?).read_line(&mut line)?;
        ensure!(!line.is_empty(), "heddle demo ended before it served");
        let card: serde_json::Value = serde_json::from_str(&line)?;
        let text = |pointer: &str| {
            let text = card.pointer(pointer).and_then(serde_json::Value::as_str);
            text.map(str::to_owned)
                .with_context(|| format!("no {pointer} in the demo's line"))
        };
        Ok(Self {
            url: text("/url")?,
            token: text("/native/token")?,
            child,
        })
    }
}

impl Drop for Demo {
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
    fn operations_that_never_succeeded_are_named_and_lower_the_share() {
        let document = r#"{"paths": {"/a": {"get": {}, "parameters": []}, "/b/{id}": {"put": {}, "delete": {}}}}"#;
        let all = operations(document).expect("a document");
        assert_eq!(
            all.iter().collect::<Vec<_>>(),
            ["DELETE /b/{id}", "GET /a", "PUT /b/{id}"]
        );
        let share = Share::of(&all, "GET /a\nPUT /b/{id}\nGET /other\n");
        assert_eq!(share.percent(), 66);
        assert_eq!(
            share.to_string(),
            "2 of 3 operations (66 %) succeeded at least once; never: DELETE /b/{id}"
        );
        assert_eq!(Share::of(&all, "").percent(), 0);
        assert_eq!(Share::of(&BTreeSet::new(), "").percent(), 0);
        assert!(operations("{}").is_err());
    }
}
