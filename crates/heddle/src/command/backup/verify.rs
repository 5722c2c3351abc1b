//! `heddle backup verify`: checks the backups in a folder, and names what is broken.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::super::failure::{Code, Failure};
use super::super::output;
use crate::backup::files::failed;
use crate::backup::series::{Series, UNFINISHED};
use crate::backup::verify::Verifier;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Folder of the backups
    #[arg(value_name = "DEST")]
    folder: PathBuf,
    /// Check only this backup; without it, all
    #[arg(long, value_name = "NAME")]
    backup: Option<String>,
    /// Folder in which each database is unpacked [default: DEST]
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, json: bool) -> anyhow::Result<()> {
    let series = Series::open(&arguments.folder)?;
    let names = match &arguments.backup {
        Some(name) => vec![series.find(Some(name))?],
        None => series.names()?,
    };
    // Fails if there is none: a backup that was expected is missing.
    series.find(None)?;
    let scratch = arguments.scratch.as_deref().unwrap_or(series.folder());
    let mut verifier = Verifier::new(&series);
    let mut checked = Vec::new();
    for name in &names {
        let unpacked = private_folder(scratch)?;
        checked.push(verifier.check(name, &unpacked.path().join("database")));
    }
    drop(verifier);
    let broken = checked
        .iter()
        .filter(|one| !one.problems.is_empty())
        .count();
    if json {
        output::print_json(&json!({ "backups": checked }))?;
    } else {
        for one in &checked {
            match one.problems.is_empty() {
                true => output::print(&format!("{}: whole", one.backup))?,
                false => output::print(&format!("{}: broken", one.backup))?,
            }
            for problem in &one.problems {
                output::print(&format!("  {problem}"))?;
            }
        }
    }
    match broken {
        0 => Ok(()),
        1 => Err(Failure::new(Code::BackupDamaged, "1 backup is broken").into()),
        _ => Err(Failure::new(Code::BackupDamaged, format!("{broken} backups are broken")).into()),
    }
}

/// Makes a folder that vanishes with the returned value.
fn private_folder(parent: &Path) -> Result<tempfile::TempDir, Failure> {
    let made = tempfile::Builder::new()
        .prefix(&format!("{UNFINISHED}verify-"))
        .tempdir_in(parent);
    made.map_err(|e| failed("write into", parent, &e))
}
