//! Checks that the code below the APIs names no vendor: its readers need no knowledge of vendors, and a further
//! vendor changes nothing there.
//!
//! Names in code and strings count. Comments may say which vendor needs something; tests may use real requests.

use super::file::File;
use super::project::Project;
use super::rust::{Rust, line_of};
use super::violation::Violation;
use crate::layout::{MIGRATIONS, Role, place};

/// The vendors, with the spellings of their names in lower case.
const VENDORS: [(&str, &[&str]); 4] = [
    (
        "Help Scout",
        &["helpscout", "help_scout", "help scout", "help-scout"],
    ),
    ("Magicline", &["magicline"]),
    ("Mews", &["mews"]),
    ("myKaarma", &["mykaarma", "my_kaarma"]),
];

/// Roles of packages that must not know a vendor.
const NEUTRAL: [Role; 6] = [
    Role::Domain,
    Role::Store,
    Role::Http,
    Role::Access,
    Role::Webhooks,
    Role::ApiCommon,
];

/// Places that may name a vendor, each with the reason.
const MAY_NAME: [(&str, &str); 1] = [(
    MIGRATIONS,
    "a released migration is never edited, and a newer one has to name what it moves",
)];

pub(super) fn check(project: &Project) -> Vec<Violation> {
    let neutral = project.files.iter().filter(|file| is_neutral(file));
    neutral.flat_map(violations).collect()
}

fn is_neutral(file: &File) -> bool {
    let exempt = MAY_NAME.iter().any(|(path, _)| file.path.starts_with(path));
    let test = file.stem() == "tests";
    !exempt
        && !test
        && place(&file.path).is_some_and(|place| {
            NEUTRAL.contains(&place.role) && !place.inside.starts_with("tests/")
        })
}

fn violations(file: &File) -> Vec<Violation> {
    let found = match &file.rust {
        Some(rust) => in_rust(rust),
        None => in_text(&file.text)
            .into_iter()
            .map(|(at, vendor)| (line_of(&file.text, at), vendor))
            .collect(),
    };
    let what = |vendor| format!("names the vendor {vendor}; that belongs into its API's crate");
    found
        .into_iter()
        .map(|(line, vendor)| Violation::new(&file.path, line, what(vendor)))
        .collect()
}

fn in_rust(rust: &Rust) -> Vec<(usize, &'static str)> {
    let code = in_text(&rust.code)
        .into_iter()
        .filter(|(at, _)| !rust.is_test(*at))
        .map(|(at, vendor)| (rust.line(at), vendor));
    let texts = rust
        .literals
        .iter()
        .filter(|literal| !rust.is_test(literal.at))
        .flat_map(|literal| {
            in_text(&literal.text)
                .into_iter()
                .map(|(_, vendor)| (literal.line, vendor))
        });
    code.chain(texts).collect()
}

/// Returns the places where a text names a vendor, in upper or lower case.
fn in_text(text: &str) -> Vec<(usize, &'static str)> {
    let small = text.to_ascii_lowercase();
    let found = VENDORS.iter().flat_map(|(vendor, spellings)| {
        let spelled = spellings.iter().flat_map(|one| small.match_indices(one));
        spelled.map(|(at, _)| (at, *vendor))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let violations = check(&Project::of(&[(path, text)]));
        violations
            .into_iter()
            .map(|violation| violation.line)
            .collect()
    }

    #[test]
    fn code_and_texts_that_name_a_vendor_are_found() {
        let source = "// as Mews has it\nstruct HelpScout;\nconst A: &str = \"Help Scout's\";\nfn magicline_rate() {}\nconst MYKAARMA: i32 = 1;";
        assert_eq!(lines("crates/domain/src/account.rs", source), [2, 4, 5, 3]);
        assert_eq!(lines("crates/api/common/src/app.rs", source).len(), 4);
        assert_eq!(lines("crates/http/default.toml", "a = 1\nb = 'mews'"), [2]);
    }

    #[test]
    fn apis_programs_tests_and_migrations_may_name_vendors() {
        for path in [
            "crates/api/mews/src/lib.rs",
            "crates/heddle/src/main.rs",
            "crates/store/tests/conformance/main.rs",
            "crates/store/src/write/tests.rs",
            "crates/store/migrations/0001_a.sqlite.sql",
            "docs/operating.md",
        ] {
            assert!(
                lines(path, "const A: &str = \"mews\";").is_empty(),
                "{path}"
            );
        }
        let test = "#[cfg(test)]\nmod tests { const A: &str = \"mews\"; fn mews() {} }";
        assert!(lines("crates/domain/src/text.rs", test).is_empty());
    }
}
