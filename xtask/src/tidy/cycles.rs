//! Checks that no file imports itself indirectly. Without cycles, a reader can start with files that import nothing
//! and read upward.
//!
//! A file imports another file of its crate if it names something defined there, in a `use` or anywhere in its code,
//! even through re-exports. `mod child;` is not an import, `pub use child::Thing` is. Tests are not checked; they may
//! import everything. There is no list of exceptions. Calls of methods do not count, because the text of one file
//! does not show the type of the receiver.

mod graph;
mod modules;
mod paths;
mod resolve;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use self::graph::{Graph, Import, Step};
use super::file::File;
use super::packages::Package;
use super::project::Project;
use super::violation::Violation;

/// Returns one violation for each group of files that import each other. It shows a shortest cycle.
pub(super) fn check(project: &Project) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (_, graph) in graphs(project, &mut violations) {
        let groups = graph.groups();
        violations.extend(groups.iter().filter_map(|group| violation(&graph, group)));
    }
    violations
}

/// Returns all cycles in full, as a text for the developer who must remove them.
pub(super) fn report(project: &Project) -> String {
    let mut unreadable = Vec::new();
    let mut text = String::new();
    for (package, graph) in graphs(project, &mut unreadable) {
        for group in graph.groups() {
            let _ = writeln!(
                text,
                "{}: {} files import each other",
                package.name,
                group.len()
            );
            let files: Vec<&str> = group.iter().map(|file| short(file, package)).collect();
            let _ = writeln!(text, "  {}", files.join(" "));
            for cycle in graph.cycles(&group) {
                let _ = writeln!(text, "  cycle of {}:", cycle.len());
                cycle
                    .iter()
                    .for_each(|step| line_of_report(&mut text, step, package));
            }
            text.push('\n');
        }
    }
    for violation in unreadable {
        let _ = writeln!(text, "{violation}");
    }
    text
}

fn line_of_report(text: &mut String, step: &Step<'_>, package: &Package) {
    let Step { from, to, import } = step;
    let _ = writeln!(
        text,
        "    {from}:{} `{}` -> {}",
        import.line,
        import.path,
        short(to, package)
    );
}

/// Returns a file's path inside the source folder of its package.
fn short<'a>(file: &'a str, package: &Package) -> &'a str {
    file.strip_prefix(&package.source()).unwrap_or(file)
}

fn violation(graph: &Graph, group: &BTreeSet<&str>) -> Option<Violation> {
    let cycles = graph.cycles(group);
    let cycle = cycles.first()?;
    let (first, others) = cycle.split_first()?;
    let mut what = format!(
        "an import cycle: `{}` is in {}",
        first.import.path, first.to
    );
    for step in others {
        let (line, path) = (step.import.line, &step.import.path);
        let _ = write!(
            what,
            ", which imports `{path}` of {} in line {line}",
            step.to
        );
    }
    let others = group.len() - cycle.len();
    if others > 0 {
        let _ = write!(
            what,
            "; {others} more files hang together with these (cargo xtask tidy --cycles)"
        );
    }
    Some(Violation::new(first.from, first.import.line, what))
}

/// Returns the imports between the files of each crate. A package can have several crates: its library and its
/// programs.
fn graphs<'a>(project: &'a Project, violations: &mut Vec<Violation>) -> Vec<(&'a Package, Graph)> {
    let files: BTreeMap<&str, &File> = project
        .files
        .iter()
        .map(|file| (file.path.as_str(), file))
        .collect();
    let mut graphs = Vec::new();
    for package in &project.packages {
        for root in files.keys().filter(|path| is_root(path, package)) {
            match modules::read(root, &files) {
                Ok(modules) => graphs.push((package, imports(&modules))),
                Err(unreadable) => {
                    let line = unreadable.error.span().start().line;
                    let what = format!("cannot be read: {}", unreadable.error);
                    violations.push(Violation::new(&unreadable.path, line, what));
                }
            }
        }
    }
    graphs
}

fn is_root(path: &str, package: &Package) -> bool {
    let Some(inside) = path.strip_prefix(&package.source()) else {
        return path == format!("{}/build.rs", package.folder);
    };
    let program = || inside.strip_prefix("bin/")?.strip_suffix(".rs");
    let own_file = |name: &str| !name.contains('/') || name.ends_with("/main");
    matches!(inside, "lib.rs" | "main.rs") || program().is_some_and(own_file)
}

fn imports(modules: &[modules::Module]) -> Graph {
    let mut graph = Graph::default();
    for (id, module) in modules.iter().enumerate() {
        for named in &module.named {
            for file in resolve::files(modules, id, named) {
                let import = Import {
                    line: named.line,
                    path: named.segments.join("::"),
                };
                graph.add(&module.file, file, import);
            }
        }
    }
    graph
}
