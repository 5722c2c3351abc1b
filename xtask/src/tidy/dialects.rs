//! The doors: every dialect has the same shape, none knows another, none goes past the store's commands.

use std::collections::BTreeSet;

use super::file::File;
use super::project::Project;
use super::rust::{Rust, words};
use super::violation::Violation;

const FOLDER: &str = "crates/server/src/dialect/";

/// The files that every dialect has, so that reading one teaches all.
const SHAPE: [&str; 4] = ["auth.rs", "error.rs", "map.rs", "wire.rs"];

/// The engines, by any name: a dialect writes through commands only.
const ENGINES: [&str; 5] = [
    "rusqlite",
    "tokio_postgres",
    "deadpool_postgres",
    "heddle_store::sqlite",
    "heddle_store::postgres",
];

pub(super) fn check(project: &Project) -> Vec<Violation> {
    let files: Vec<&File> = project
        .files
        .iter()
        .filter(|file| file.path.starts_with(FOLDER))
        .collect();
    let names: BTreeSet<&str> = files
        .iter()
        .filter(|file| file.rust.is_some())
        .filter_map(|file| folder_of(&file.path))
        .collect();
    let mut violations = Vec::new();
    for name in &names {
        violations.extend(missing_parts(name, &files));
    }
    for file in files {
        let (Some(own), Some(rust)) = (dialect_of(&file.path, &names), file.rust.as_ref()) else {
            continue;
        };
        violations.extend(foreign_dialects(file, rust, own, &names));
        violations.extend(engines(file, rust));
    }
    violations
}

// `x.rs` beside the folder `x/`, or anything in the folder. A file without a folder is shared ground, not a dialect.
fn dialect_of<'a>(path: &'a str, names: &BTreeSet<&str>) -> Option<&'a str> {
    let inside = path.strip_prefix(FOLDER)?;
    folder_of(path)
        .or_else(|| inside.strip_suffix(".rs"))
        .filter(|name| names.contains(name))
}

fn folder_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix(FOLDER)?;
    inside.split_once('/').map(|(folder, _)| folder)
}

fn missing_parts(name: &str, files: &[&File]) -> Vec<Violation> {
    let parts = SHAPE.iter().map(|part| format!("{FOLDER}{name}/{part}"));
    let missing = parts
        .chain([format!("{FOLDER}{name}.rs")])
        .filter(|path| !files.iter().any(|file| file.path == *path));
    missing
        .map(|path| Violation::new(&path, 0, "is missing: every dialect has the same shape"))
        .collect()
}

// A dialect's name as a segment of a path, or anywhere in a `use`.
fn foreign_dialects(file: &File, rust: &Rust, own: &str, names: &BTreeSet<&str>) -> Vec<Violation> {
    let foreign = rust.words().filter(|(at, word)| {
        let (before, after) = rust.around(*at, word.len());
        let in_path = before.ends_with("::") || after.starts_with("::");
        let in_use = before
            .rsplit(';')
            .next()
            .is_some_and(|item| words(item).any(|(_, word)| word == "use"));
        *word != own && names.contains(word) && (in_path || in_use)
    });
    let what = |name: &str| {
        format!(
            "a dialect does not know another (`{name}`); what two share moves up at the third copy"
        )
    };
    foreign
        .map(|(at, name)| Violation::new(&file.path, rust.line(at), what(name)))
        .collect()
}

fn engines(file: &File, rust: &Rust) -> Vec<Violation> {
    let found = ENGINES
        .iter()
        .flat_map(|engine| rust.code.match_indices(engine));
    let what = |engine: &str| {
        format!("names the engine `{engine}`; a dialect writes through the store's commands only")
    };
    found
        .map(|(at, engine)| Violation::new(&file.path, rust.line(at), what(engine)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, source: &str) -> Vec<usize> {
        let mut files = Vec::new();
        for name in ["mews", "magicline"] {
            files.push((format!("{FOLDER}{name}.rs"), String::new()));
            files.extend(
                SHAPE
                    .iter()
                    .map(|part| (format!("{FOLDER}{name}/{part}"), String::new())),
            );
        }
        files.retain(|(known, _)| known != path);
        files.push((path.to_owned(), source.to_owned()));
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        check(&Project::of(&files))
            .into_iter()
            .map(|violation| violation.line)
            .collect()
    }

    #[test]
    fn another_dialect_is_found_however_it_is_named() {
        let path = "crates/server/src/dialect/mews/map.rs";
        assert_eq!(
            lines(path, "use crate::dialect::magicline::wire::Thread;"),
            [1]
        );
        assert_eq!(
            lines(
                path,
                "fn g() {}\npub(super) use super::super::{\n    mews::{map}, magicline};"
            ),
            [3]
        );
        assert_eq!(
            lines(path, "fn f() {\n let x = super::super::magicline::NAME;\n}"),
            [2]
        );
        assert!(lines(path, "use super::wire;\n// as magicline does\nlet magicline = 1; self.magicline; Door::Magicline;").is_empty());
        assert!(lines(path, "use crate::dialect::mews::wire;").is_empty());
    }

    #[test]
    fn the_registration_above_them_may_name_all() {
        assert!(
            lines(
                "crates/server/src/dialect.rs",
                "mod mews; use mews::router; use magicline::router;"
            )
            .is_empty()
        );
    }

    #[test]
    fn an_engine_is_found() {
        assert_eq!(
            lines(
                "crates/server/src/dialect/mews/page.rs",
                "\nuse heddle_store::sqlite::Writer;"
            ),
            [2]
        );
        assert!(
            lines(
                "crates/server/src/dialect/mews/page.rs",
                "use heddle_store::Store;"
            )
            .is_empty()
        );
    }

    #[test]
    fn a_dialect_without_its_parts_is_found() {
        let project = Project::of(&[("crates/server/src/dialect/fax/auth.rs", "")]);
        assert_eq!(check(&project).len(), SHAPE.len());
        let shared = Project::of(&[("crates/server/src/dialect/paging.rs", "")]);
        assert!(check(&shared).is_empty());
    }
}
