//! `cargo xtask tidy`: the invariants of ARCHITECTURE.md and the house rules, as checks instead of reviews.
//!
//! Every check reads text and says `path:line: what and why`. None of them parses Rust or SQL completely: they know enough
//! to be right about code that rustfmt and both engines have accepted. What a check must let through stands in a list beside
//! it, with the reason. Deliberately missing: limits on the length of files and functions, which are a matter for reading.

mod dialects;
mod house;
mod layers;
mod project;
mod rust;
mod schema;
mod sql;
mod tree;

use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};

use project::Project;

/// One broken rule, at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    path: String,
    /// 0 when the whole file is meant.
    line: usize,
    what: String,
}

impl Violation {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

const CHECKS: [fn(&Project) -> Vec<Violation>; 5] = [
    house::check,
    tree::check,
    dialects::check,
    sql::check,
    schema::check,
];

pub(crate) fn run(top: &Path) -> Result<String> {
    let project = Project::load(top)?;
    let mut violations: Vec<Violation> = CHECKS.iter().flat_map(|check| check(&project)).collect();
    violations.extend(layers::check(top)?);
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
