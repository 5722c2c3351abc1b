//! Clients that a program generates from the OpenAPI descriptions as the server serves them. A driver in Python calls each, with
//! the client's own types for bodies and answers.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::server::Server;
use super::table::Row;
use crate::api::GENERATOR;
use crate::step;

/// The APIs for whose descriptions clients are generated, each with its driver.
const DRIVERS: [(&str, &str); 3] = [
    ("mews", include_str!("generated/mews.py")),
    ("magicline", include_str!("generated/magicline.py")),
    ("mykaarma", include_str!("generated/mykaarma.py")),
];
/// The file that all drivers import.
const TYPED: (&str, &str) = ("typed.py", include_str!("generated/typed.py"));

/// Writes the drivers into a folder.
///
/// # Errors
/// Fails if the folder cannot be written.
pub(super) fn install(folder: &Path) -> Result<()> {
    let (name, text) = TYPED;
    std::fs::write(folder.join(name), text)?;
    for (api, text) in DRIVERS {
        std::fs::write(driver(folder, api), text)?;
    }
    Ok(())
}

/// Generates a client for each API from the description that the server serves, and drives it. Returns the rows of each, with
/// the name of the API.
///
/// # Errors
/// Fails if a client cannot be generated as a whole, or if a driver ends early.
pub(super) fn run(folder: &Path, server: &Server<'_>) -> Result<Vec<(&'static str, Vec<Row>)>> {
    let drive = |(api, _)| {
        generate(folder, server, api)?;
        let mut python = Command::new(folder.join("venv/bin/python"));
        python
            .arg(driver(folder, api))
            .env("PYTHONPATH", clients(folder));
        Ok((api, server.drive(&mut python)?))
    };
    DRIVERS.into_iter().map(drive).collect()
}

/// Generates the client of an API. Whatever the generator leaves out is an error.
fn generate(folder: &Path, server: &Server<'_>, api: &str) -> Result<()> {
    let programs = folder.join("venv/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(programs.clone()).chain(std::env::split_paths(&path));
    let url = format!("{}/api/v1/openapi/{api}.json", server.url());
    step::run(
        server
            .known_to(&mut Command::new(programs.join("openapi-python-client")))
            .args(["generate", "--overwrite", "--fail-on-warning"])
            .args(["--meta", "none", "--url", &url, "--output-path"])
            .arg(clients(folder).join(format!("{api}_client")))
            // The generator formats its output with a program of the environment.
            .env("PATH", std::env::join_paths(all)?),
    )
    .with_context(|| format!("{GENERATOR} cannot read the description of {api}"))
}

fn driver(folder: &Path, api: &str) -> PathBuf {
    folder.join(format!("{api}.py"))
}

fn clients(folder: &Path) -> PathBuf {
    folder.join("clients")
}
