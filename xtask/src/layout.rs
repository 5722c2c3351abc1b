//! Paths and packages of the workspace. If something moves, edit only this file of xtask.

/// The package of the server, its program, and its test binary.
pub(crate) const BINARY_PACKAGE: &str = "heddle";
pub(crate) const PROGRAM: &str = "target/release/heddle";
/// The commented configuration with all defaults.
pub(crate) const DEFAULT_CONFIG: &str = "crates/heddle/heddle.default.toml";
pub(crate) const DEBUG_PROGRAM: &str = "target/debug/heddle";
pub(crate) const FAULT_SUITE: [&str; 5] = ["-p", BINARY_PACKAGE, "--test", "it", "faults::"];

pub(crate) const BENCH_PACKAGE: &str = "heddle-bench";

/// The committed copy of the native API's OpenAPI document, and the program that uses a client generated from it.
pub(crate) const OPENAPI: &str = "docs/openapi.json";
pub(crate) const DAY: &str = "xtask/src/api/day.py";
/// The folder of the hooks of schemathesis, and the name of their module.
pub(crate) const HOOKS: (&str, &str) = ("xtask/src/api", "data");

/// The folder of the recorded calls of published clients.
pub(crate) const RECORDINGS: &str = "crates/heddle/tests/it/demo/recorded";

/// The source folder of the store, and its migrations.
pub(crate) const STORE_SOURCE: &str = "crates/store/src/";
pub(crate) const MIGRATIONS: &str = "crates/store/migrations/";

/// The folder of the book of all documents, and its table of contents.
pub(crate) const BOOK: &str = "docs/";
pub(crate) const CONTENTS: &str = "SUMMARY.md";

/// Folders of documents that can be named without their folder.
pub(crate) const DOCUMENTS: [&str; 4] = ["", "docs/", CONTRACTS, "docs/decisions/"];

/// The folder of the contracts: one document per vendor, named like the vendor's API.
pub(crate) const CONTRACTS: &str = "docs/contracts/";

/// The files of the server's package that may read environment variables.
pub(crate) const READS_ENVIRONMENT: [&str; 3] = ["src/config.rs", "src/config/", "src/main.rs"];

/// The role of a package; it decides what the package may depend on and contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Domain,
    Search,
    Store,
    /// The spans of OpenTelemetry, which the store, HTTP and the webhooks make.
    Traces,
    Http,
    Access,
    Webhooks,
    /// The package with the code that all APIs share: `App`, and the value that describes an API.
    ApiCommon,
    /// The package of one API. `PACKAGES` does not list the APIs: every other folder in [`APIS`] is one.
    Api,
    Binary,
    Testkit,
    Bench,
    Xtask,
}

/// Folder, package name and role of each package that is not an API.
const PACKAGES: [(&str, &str, Role); 12] = [
    ("crates/domain", "heddle-domain", Role::Domain),
    ("crates/search", "heddle-search", Role::Search),
    ("crates/store", "heddle-store", Role::Store),
    ("crates/traces", "heddle-traces", Role::Traces),
    ("crates/http", "heddle-http", Role::Http),
    ("crates/access", "heddle-access", Role::Access),
    ("crates/webhooks", "heddle-webhooks", Role::Webhooks),
    ("crates/api/common", "heddle-api", Role::ApiCommon),
    ("crates/heddle", "heddle", Role::Binary),
    ("crates/testkit", "heddle-testkit", Role::Testkit),
    ("bench", BENCH_PACKAGE, Role::Bench),
    ("xtask", "xtask", Role::Xtask),
];

/// The folder with one package per API.
const APIS: &str = "crates/api/";

/// The folder of the native API.
pub(crate) const NATIVE_API: &str = "crates/api/native";

/// The package that a path belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) role: Role,
    /// Folder of the package, relative to the workspace's top folder; no `/` at the end.
    pub(crate) folder: &'a str,
    /// The package name that the manifest must have.
    pub(crate) package: String,
    /// The file's path inside the package, without `/` at the beginning.
    pub(crate) inside: &'a str,
}

/// Returns the package that contains a file.
pub(crate) fn place(path: &str) -> Option<Place<'_>> {
    let known = PACKAGES.iter().find_map(|(folder, package, role)| {
        let inside = path.strip_prefix(folder)?.strip_prefix('/')?;
        Some((*role, *folder, (*package).to_owned(), inside))
    });
    let api = || {
        let (name, inside) = path.strip_prefix(APIS)?.split_once('/')?;
        let folder = &path[..APIS.len() + name.len()];
        Some((Role::Api, folder, format!("heddle-{name}"), inside))
    };
    let (role, folder, package, inside) = known.or_else(api)?;
    Some(Place {
        role,
        folder,
        package,
        inside,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_tells_what_a_package_is() {
        let store = place("crates/store/src/tx.rs").expect("a package");
        assert_eq!((store.role, store.inside), (Role::Store, "src/tx.rs"));
        let common = place("crates/api/common/src/lib.rs").expect("a package");
        assert_eq!(
            (common.role, common.package.as_str()),
            (Role::ApiCommon, "heddle-api")
        );
        let fifth = place("crates/api/fax/Cargo.toml").expect("a package");
        assert_eq!((fifth.role, fifth.folder), (Role::Api, "crates/api/fax"));
        assert_eq!(fifth.package, "heddle-fax");
        assert_eq!(place("docs/a.md"), None);
        assert_eq!(place("crates/new/src/lib.rs"), None);
    }
}
