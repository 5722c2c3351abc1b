//! Checks which package depends on which, from the manifests. Cargo then makes sure that the code follows them.

use super::packages::{Dependency, Kind, Package};
use super::project::Project;
use super::violation::Violation;
use crate::layout::{self, Role};

/// All dependencies that the domain may have. The domain does no I/O, so its tests need nothing else and its rules run
/// anywhere. serde only says how the detail of an event is stored; the formats themselves (JSON) stay outside.
const DOMAIN_USES: [(&str, Kind); 4] = [
    ("serde", Kind::Normal),
    ("thiserror", Kind::Normal),
    ("unicode-normalization", Kind::Normal),
    ("proptest", Kind::Dev),
];

/// The drivers of the database engines. Besides the store, only programs may use them that measure the store or create
/// databases for it.
const ENGINES: [&str; 3] = ["deadpool-postgres", "rusqlite", "tokio-postgres"];
const USES_ENGINES: [Role; 3] = [Role::Store, Role::Testkit, Role::Bench];

/// HTTP libraries, which the store must not use.
const HTTP: [&str; 6] = ["axum", "http", "http-body", "hyper", "hyper-util", "tower"];

/// Returns the packages of the workspace that a package may use. An API uses the shared packages, but never another
/// API.
const fn may_use(role: Role) -> &'static [Role] {
    use Role::{Access, Api, ApiCommon, Domain, Http, Search, Store, Testkit, Traces, Webhooks};
    match role {
        Domain | Traces | Role::Xtask => &[],
        Search => &[Domain],
        Http => &[Domain, Traces],
        Store => &[Domain, Search, Traces],
        Access => &[Domain, Store, Http],
        Webhooks => &[Domain, Store, Http, Access, Traces],
        ApiCommon => &[Domain, Store, Http, Access, Webhooks],
        Api | Testkit => &[Domain, Search, Store, Http, Access, Webhooks, ApiCommon],
        Role::Binary => &[
            Domain, Search, Store, Http, Access, Webhooks, ApiCommon, Api, Traces,
        ],
        Role::Bench => &[Domain, Search, Store, Testkit],
    }
}

pub(super) fn check(project: &Project) -> Vec<Violation> {
    let packages = &project.packages;
    packages
        .iter()
        .flat_map(|package| complaints(package, packages))
        .collect()
}

fn complaints(package: &Package, all: &[Package]) -> Vec<Violation> {
    let manifest = package.manifest();
    let Some(place) = layout::place(&manifest) else {
        let what = "lies in a folder that xtask/src/layout.rs does not know: say there what the package is for";
        return vec![Violation::new(&manifest, 0, what)];
    };
    if place.package != package.name {
        let what = format!("the package in this folder is called {}", place.package);
        return vec![Violation::new(&manifest, 0, what)];
    }
    let complaint = |dependency: &Dependency| {
        let on = &dependency.package;
        let why = complaint(place.role, package, dependency, role_of(on, all))?;
        let what = format!("depends on {on}: {why}");
        Some(Violation::new(&manifest, dependency.line, what))
    };
    package.dependencies.iter().filter_map(complaint).collect()
}

/// Returns the role of a package of the workspace; `None` for other packages.
fn role_of(name: &str, all: &[Package]) -> Option<Role> {
    let package = all.iter().find(|package| package.name == name)?;
    layout::place(&package.manifest()).map(|place| place.role)
}

fn complaint(
    role: Role,
    package: &Package,
    on: &Dependency,
    used: Option<Role>,
) -> Option<&'static str> {
    let name = on.package.as_str();
    let dev = on.kind == Kind::Dev;
    if role == Role::Domain && !DOMAIN_USES.contains(&(name, on.kind)) {
        return Some(
            "the domain has no I/O, no clock and no format: serde, thiserror, unicode-normalization, and proptest in its tests, are all it uses",
        );
    }
    if dev && name == package.name {
        return None; // This is the package itself, with features that only its tests need, so it is allowed.
    }
    match used {
        Some(Role::Testkit) if !dev && role != Role::Bench => Some(
            "the test kit is a dev-dependency only (but for the bench, which is no part of the server)",
        ),
        Some(Role::Testkit) if role != Role::Xtask => None,
        Some(Role::Api) if role == Role::Api => Some(
            "an API does not know another; what two share moves to crates/api/common at the third copy",
        ),
        Some(used) if !may_use(role).contains(&used) => {
            Some("layers point one way; the table is in xtask/src/tidy/layers.rs")
        }
        _ if dev => None,
        _ => complaint_of_library(role, name),
    }
}

fn complaint_of_library(role: Role, name: &str) -> Option<&'static str> {
    if ENGINES.contains(&name) && !USES_ENGINES.contains(&role) {
        return Some("only the store speaks to an engine");
    }
    (role == Role::Store && HTTP.contains(&name)).then_some("the store knows nothing of HTTP")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the violations of a package with a dependency on another package (named by folder) or a library.
    /// `section` is the section of the manifest.
    fn said(folder: &str, on: &str, section: &str) -> Vec<String> {
        let (manifest, other) = (format!("{folder}/Cargo.toml"), format!("{on}/Cargo.toml"));
        let own = layout::place(&manifest).expect("a package").package;
        let used = layout::place(&other).map_or(on.to_owned(), |place| place.package);
        let text = format!("[package]\nname = '{own}'\n[{section}]\n{used} = '1'");
        let other_text = format!("[package]\nname = '{used}'");
        let mut files = vec![(manifest.as_str(), text.as_str())];
        if on.contains('/') && on != folder {
            files.push((&other, &other_text));
        }
        let violations = check(&Project::of(&files));
        violations.iter().map(ToString::to_string).collect()
    }

    fn fine(folder: &str, on: &str) -> bool {
        said(folder, on, "dependencies").is_empty()
    }

    #[test]
    fn the_domain_uses_next_to_nothing() {
        assert!(fine("crates/domain", "thiserror") && fine("crates/domain", "serde"));
        assert!(!fine("crates/domain", "serde_json"));
        assert!(said("crates/domain", "proptest", "dev-dependencies").is_empty());
        assert!(!fine("crates/domain", "proptest"));
        assert!(!said("crates/domain", "cc", "build-dependencies").is_empty());
        let tokio = said("crates/domain", "tokio", "dependencies");
        assert!(
            tokio[0].starts_with("crates/domain/Cargo.toml:4: depends on tokio: "),
            "{tokio:?}"
        );
    }

    #[test]
    fn layers_point_one_way() {
        let order = [
            "crates/domain",
            "crates/store",
            "crates/access",
            "crates/webhooks",
            "crates/api/common",
            "crates/api/fax",
            "crates/heddle",
        ];
        for (index, upper) in order.iter().enumerate() {
            for lower in &order[..index] {
                assert!(fine(upper, lower), "{upper} on {lower}");
                assert!(!fine(lower, upper), "{lower} on {upper}");
            }
        }
        assert!(fine("crates/http", "crates/domain") && fine("crates/access", "crates/http"));
        assert!(!fine("crates/http", "crates/store") && !fine("crates/store", "crates/http"));
    }

    #[test]
    fn an_api_knows_no_other_not_even_in_its_tests() {
        assert!(!fine("crates/api/fax", "crates/api/telex"));
        let in_tests = said("crates/api/fax", "crates/api/telex", "dev-dependencies");
        assert!(
            in_tests[0].contains("an API does not know another"),
            "{in_tests:?}"
        );
        assert_eq!(
            said("crates/api/fax", "crates/heddle", "dev-dependencies").len(),
            1
        );
    }

    #[test]
    fn engines_and_http_stay_where_they_belong() {
        assert!(fine("crates/store", "rusqlite") && fine("bench", "rusqlite"));
        assert!(!fine("crates/access", "rusqlite") && !fine("crates/heddle", "tokio-postgres"));
        assert!(said("crates/heddle", "rusqlite", "dev-dependencies").is_empty());
        assert!(!fine("crates/store", "axum") && fine("crates/http", "axum"));
    }

    #[test]
    fn the_test_kit_stays_in_tests() {
        assert!(!fine("crates/heddle", "crates/testkit"));
        assert!(fine("bench", "crates/testkit"));
        assert!(said("crates/store", "crates/testkit", "dev-dependencies").is_empty());
        assert!(!said("xtask", "crates/testkit", "dev-dependencies").is_empty());
    }

    #[test]
    fn a_package_may_use_itself_in_its_tests() {
        assert!(said("crates/heddle", "crates/heddle", "dev-dependencies").is_empty());
    }

    #[test]
    fn folders_and_names_agree() {
        let unknown = check(&Project::of(&[(
            "crates/new/Cargo.toml",
            "[package]\nname = 'heddle-new'",
        )]));
        assert!(unknown[0].what.contains("layout.rs"));
        let renamed = check(&Project::of(&[(
            "crates/api/fax/Cargo.toml",
            "[package]\nname = 'fax'",
        )]));
        assert_eq!(
            renamed[0].what,
            "the package in this folder is called heddle-fax"
        );
    }
}
