//! `cargo xtask tidy`: the invariants of ARCHITECTURE.md and the house rules, as checks instead of reviews.
//!
//! Every check says `path:line: what and why`. Import cycles are read with a parser of Rust, documents with one of Markdown. The
//! other checks read text: they know enough of Rust and SQL to be right about code that rustfmt and both engines have accepted.
//! What a check must let through stands in a list beside it, with the reason. Where things lie, `crate::layout` says.
//! Deliberately missing: limits on the length of files and functions, which are a matter for reading.

mod apis;
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

const CHECKS: [fn(&Project) -> Vec<Violation>; 11] = [
    house::check,
    tree::check,
    vocabulary::check,
    references::check,
    layers::check,
    cycles::check,
    dependencies::check,
    apis::check,
    sql::check,
    schema::check,
    vendors::check,
];

/// What `--cycles` prints: every cycle of imports, at length.
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
