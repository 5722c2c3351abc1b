//! Checks the APIs: the API of every vendor has the same files, no API bypasses the store's commands, and the server has
//! one list of the APIs. `layers` checks that no API depends on another.

use std::collections::BTreeSet;

use super::file::File;
use super::project::Project;
use super::rust::Rust;
use super::violation::Violation;
use crate::layout::{NATIVE_API, Place, Role, place};

/// The files that the API of every vendor must have, so that all are easy to find.
const SHAPE: [&str; 5] = ["lib.rs", "auth.rs", "error.rs", "map.rs", "wire.rs"];

/// APIs that have other files, each with the reason.
const OWN_SHAPE: [(&str, &str); 1] = [(
    NATIVE_API,
    "there is no vendor's language to map; it has a file a resource",
)];

/// The engines inside the store. An API must not use them, because it writes through commands only.
const ENGINES: [&str; 2] = ["heddle_store::sqlite", "heddle_store::postgres"];

/// The files of the server's package that may name single APIs, each with the reason. All other files get the list of
/// APIs, so that a new API needs no change there.
const NAMES_APIS: [(&str, &str); 5] = [
    ("src/apis.rs", "it is the list of the APIs"),
    ("src/config.rs", "an API has a section of its own"),
    ("src/config/", "an API has a section of its own"),
    (
        "src/demo.rs",
        "the demo shows each API with a call of its own",
    ),
    (
        "src/demo/",
        "the demo shows each API with a call of its own",
    ),
];

pub(super) fn check(project: &Project) -> Vec<Violation> {
    let code: Vec<(Place<'_>, &File, &Rust)> = project
        .files
        .iter()
        .filter_map(|file| Some((place(&file.path)?, file, file.rust.as_ref()?)))
        .filter(|(place, _, _)| place.role == Role::Api && place.inside.starts_with("src/"))
        .collect();
    let folders: BTreeSet<&str> = code.iter().map(|(place, _, _)| place.folder).collect();
    let shaped = folders
        .iter()
        .filter(|folder| !OWN_SHAPE.iter().any(|(own, _)| own == *folder));
    let mut violations: Vec<Violation> = shaped
        .flat_map(|folder| missing_parts(folder, project))
        .collect();
    violations.extend(code.iter().flat_map(|(_, file, rust)| engines(file, rust)));
    violations.extend(second_lists(project));
    violations
}

/// Finds single APIs that the server's package names outside of the list of APIs.
fn second_lists(project: &Project) -> Vec<Violation> {
    let apis: BTreeSet<String> = project
        .packages
        .iter()
        .filter(|package| place(&package.manifest()).is_some_and(|at| at.role == Role::Api))
        .map(|package| package.name.replace('-', "_"))
        .collect();
    let listed = project.files.iter().filter_map(|file| {
        let place = place(&file.path)?;
        let may = NAMES_APIS
            .iter()
            .any(|(path, _)| place.inside.starts_with(path));
        let is_checked = place.role == Role::Binary && place.inside.starts_with("src/") && !may;
        is_checked.then_some((file, file.rust.as_ref()?))
    });
    let named = listed.flat_map(|(file, rust)| {
        let words = rust.words().filter(|(_, word)| apis.contains(*word));
        words.map(move |(at, word)| {
            let what = format!("names the API {word}; only src/apis.rs lists the APIs");
            Violation::new(&file.path, rust.line(at), what)
        })
    });
    named.collect()
}

fn missing_parts(folder: &str, project: &Project) -> Vec<Violation> {
    let parts = SHAPE.iter().map(|part| format!("{folder}/src/{part}"));
    let missing = parts.filter(|path| !project.files.iter().any(|file| file.path == *path));
    missing
        .map(|path| {
            Violation::new(
                &path,
                0,
                "is missing: every vendor's API has the same shape",
            )
        })
        .collect()
}

fn engines(file: &File, rust: &Rust) -> Vec<Violation> {
    let found = ENGINES
        .iter()
        .flat_map(|engine| rust.code.match_indices(engine));
    let what = |engine: &str| {
        format!("names the engine `{engine}`; an API writes through the store's commands only")
    };
    found
        .map(|(at, engine)| Violation::new(&file.path, rust.line(at), what(engine)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(files: &[(&str, &str)]) -> Vec<String> {
        let violations = check(&Project::of(files));
        violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_api_without_its_parts_is_found() {
        let said = said(&[
            ("crates/api/fax/src/lib.rs", ""),
            ("crates/api/fax/src/auth.rs", ""),
        ]);
        assert_eq!(said.len(), SHAPE.len() - 2);
        assert_eq!(
            said[0],
            "crates/api/fax/src/error.rs: is missing: every vendor's API has the same shape"
        );
    }

    #[test]
    fn an_api_of_no_vendor_may_have_other_files() {
        let own = [
            "crates/api/native/src/lib.rs",
            "crates/api/common/src/lib.rs",
        ];
        assert!(said(&own.map(|path| (path, ""))).is_empty());
    }

    #[test]
    fn a_second_list_of_the_apis_is_found() {
        let manifest = (
            "crates/api/fax/Cargo.toml",
            "[package]\nname = 'heddle-fax'",
        );
        let parts = SHAPE.map(|part| format!("crates/api/fax/src/{part}"));
        let source = "use heddle_domain::ApiName;\nconst A: ApiName = heddle_fax::NAME;";
        let said_of = |path| {
            let mut files = vec![manifest, (path, source)];
            files.extend(parts.iter().map(|part| (part.as_str(), "")));
            said(&files)
        };
        assert_eq!(
            said_of("crates/heddle/src/command/inbox.rs"),
            [
                "crates/heddle/src/command/inbox.rs:2: names the API heddle_fax; only src/apis.rs lists the APIs"
            ]
        );
        for path in [
            "crates/heddle/src/apis.rs",
            "crates/heddle/src/config.rs",
            "crates/heddle/src/demo/seed.rs",
            "crates/heddle/tests/it/across.rs",
        ] {
            assert!(said_of(path).is_empty(), "{path}");
        }
    }

    #[test]
    fn an_engine_is_found() {
        let path = "crates/api/native/src/page.rs";
        let said_of = |source| said(&[(path, source)]);
        let found = said_of("\nuse heddle_store::sqlite::Writer;");
        assert!(
            found[0].starts_with("crates/api/native/src/page.rs:2: names the engine"),
            "{found:?}"
        );
        assert!(said_of("use heddle_store::Store;").is_empty());
    }
}
