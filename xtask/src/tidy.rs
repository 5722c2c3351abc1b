//! `cargo xtask tidy`: checks the invariants of ARCHITECTURE.md and the house rules automatically.
//!
//! Every check reports `path:line: what and why`. The check of import cycles uses a Rust parser, and the check of
//! documents a Markdown parser. The other checks search text; they know enough of Rust and SQL to be correct for code
//! that rustfmt and SQLite and PostgreSQL accept. A check's exceptions are in a list beside it, with reasons. `crate::layout`
//! has the paths. Deliberately missing: limits on the length of files and functions, because a reviewer judges them.

mod apis;
mod book;
mod cycles;
mod dependencies;
mod file;
mod house;
mod layers;
mod packages;
mod project;
mod references;
mod rust;
mod schema;
mod sql;
mod tree;
mod vendors;
mod violation;
mod vocabulary;

use std::path::Path;

use anyhow::{Result, bail};

use project::Project;
use violation::Violation;

const CHECKS: [fn(&Project) -> Vec<Violation>; 12] = [
    house::check,
    tree::check,
    vocabulary::check,
    references::check,
    book::check,
    layers::check,
    cycles::check,
    dependencies::check,
    apis::check,
    sql::check,
    schema::check,
    vendors::check,
];

/// Returns the output of `--cycles`: every cycle of imports, in full.
pub(crate) fn cycles(top: &Path) -> Result<String> {
    let report = cycles::report(&Project::load(top)?);
    Ok(if report.is_empty() {
        "No file imports itself by way of others.".to_owned()
    } else {
        report
    })
}

pub(crate) fn run(top: &Path) -> Result<String> {
    let project = Project::load(top)?;
    let mut violations: Vec<Violation> = CHECKS.iter().flat_map(|check| check(&project)).collect();
    violations.sort();
    violations.dedup();
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => Ok(format!(
            "Tidy: {} files keep the house rules.",
            project.files.len()
        )),
        1 => bail!("one house rule is broken"),
        count => bail!("house rules are broken in {count} places"),
    }
}
