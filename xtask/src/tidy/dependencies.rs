//! Checks that every dependency is used. An unused dependency slows every build and misleads readers of the manifest.
//!
//! A dependency is used if a path in the package's code begins with its name.

use std::collections::BTreeSet;

use super::file::File;
use super::packages::{Dependency, Kind, Package, shared};
use super::project::Project;
use super::rust::Rust;
use super::violation::Violation;

pub(super) fn check(project: &Project) -> Vec<Violation> {
    let packages = project.packages.iter();
    let mut violations: Vec<Violation> = packages
        .flat_map(|package| unused(package, project))
        .collect();
    violations.extend(unshared(project));
    violations
}

fn unused(package: &Package, project: &Project) -> Vec<Violation> {
    let files = project.files.iter();
    let heads: Vec<Heads<'_>> = files
        .filter(|file| package.holds(&file.path))
        .filter_map(|file| Some(Heads::of(file, file.rust.as_ref()?)))
        .collect();
    let dependencies = package.dependencies.iter();
    dependencies
        .filter_map(|dependency| {
            let fault = fault(dependency, package, &heads)?;
            let what = format!("depends on {}, {fault}", dependency.key);
            Some(Violation::new(&package.manifest(), dependency.line, what))
        })
        .collect()
}

fn fault(dependency: &Dependency, package: &Package, heads: &[Heads<'_>]) -> Option<&'static str> {
    let name = dependency.key.replace('-', "_");
    let in_tests = heads.iter().any(|file| file.tests.contains(name.as_str()));
    let in_code = heads.iter().any(|file| file.code.contains(name.as_str()));
    // A package that depends on itself switches on features for its tests, so it is not checked.
    let itself = dependency.package == package.name;
    match dependency.kind {
        _ if itself || in_code => None,
        Kind::Dev if in_tests => None,
        _ if in_tests => Some("which only its tests use: make it a dev-dependency"),
        _ => Some("which nothing in it uses"),
    }
}

/// Finds dependencies in the workspace's list that no package uses.
fn unshared(project: &Project) -> Vec<Violation> {
    let used = project
        .packages
        .iter()
        .flat_map(|package| &package.dependencies);
    let used: BTreeSet<&str> = used.map(|dependency| dependency.key.as_str()).collect();
    let Some(root) = project.files.iter().find(|file| file.path == "Cargo.toml") else {
        return Vec::new();
    };
    let listed = shared(root).into_iter();
    listed
        .filter(|entry| !used.contains(entry.key.as_str()))
        .map(|entry| {
            let what = format!("lists {}, which no package uses", entry.key);
            Violation::new(&root.path, entry.line, what)
        })
        .collect()
}

/// The first names of the paths in a file, such as `serde` in `serde::Serialize`.
struct Heads<'a> {
    code: BTreeSet<&'a str>,
    tests: BTreeSet<&'a str>,
}

impl<'a> Heads<'a> {
    fn of(file: &File, rust: &'a Rust) -> Self {
        let all_test = file.path.contains("/tests/") || file.stem() == "tests";
        let heads = rust.words().filter(|(at, word)| is_head(rust, *at, word));
        let (tests, code): (Vec<_>, Vec<_>) =
            heads.partition(|(at, _)| all_test || rust.is_test(*at));
        let names =
            |heads: Vec<(usize, &'a str)>| heads.into_iter().map(|(_, name)| name).collect();
        Self {
            code: names(code),
            tests: names(tests),
        }
    }
}

/// Whether a path begins at this word: `name::`, or `use name` alone. A name after `other::` does not begin a path.
fn is_head(rust: &Rust, at: usize, word: &str) -> bool {
    let (before, after) = rust.around(at, word.len());
    let inside = before.strip_suffix("::").is_some_and(|before| {
        before.ends_with(|char: char| char.is_alphanumeric() || "_>".contains(char))
    });
    !inside && (after.starts_with("::") || before.ends_with("use"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str =
        "[package]\nname = 'a'\n[dependencies]\nx-y = '1'\n[dev-dependencies]\nz = '1'";

    fn said(files: &[(&str, &str)]) -> Vec<String> {
        let manifest = ("crates/a/Cargo.toml", MANIFEST);
        let files: Vec<_> = files.iter().copied().chain([manifest]).collect();
        let violations = check(&Project::of(&files));
        violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_dependency_that_nothing_uses_is_found() {
        let source = "// x_y::Z and z::Y\nuse other::x_y::A;\nlet z = \"z::\";\nlet x_y = 1;";
        assert_eq!(
            said(&[
                ("crates/a/src/lib.rs", source),
                ("crates/b/src/lib.rs", "use x_y::A;\nuse z::B;")
            ]),
            [
                "crates/a/Cargo.toml:4: depends on x-y, which nothing in it uses",
                "crates/a/Cargo.toml:6: depends on z, which nothing in it uses",
            ]
        );
    }

    #[test]
    fn every_way_to_begin_a_path_is_a_use() {
        for source in [
            "use x_y;",
            "pub use x_y::A;",
            "fn f() -> ::x_y::A {}",
            "#[x_y::main]",
            "v.map(x_y::f)",
        ] {
            let test = ("crates/a/tests/t.rs", "use z::B;");
            assert!(
                said(&[("crates/a/src/lib.rs", source), test]).is_empty(),
                "{source}"
            );
        }
    }

    #[test]
    fn what_only_tests_use_is_a_dev_dependency() {
        let source = "use z::C;\n#[cfg(test)]\nmod tests { use x_y::A; }";
        assert_eq!(
            said(&[("crates/a/src/lib.rs", source)]),
            [
                "crates/a/Cargo.toml:4: depends on x-y, which only its tests use: make it a dev-dependency"
            ]
        );
    }

    #[test]
    fn an_unused_dependency_of_the_workspace_is_found() {
        let root = "[workspace.dependencies]\nx-y = '1'\nother = '1'\nz = '1'";
        let said = said(&[
            ("Cargo.toml", root),
            ("crates/a/src/lib.rs", "use x_y::A; use z::B;"),
        ]);
        assert_eq!(said, ["Cargo.toml:3: lists other, which no package uses"]);
    }
}
