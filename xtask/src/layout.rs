//! Where things lie in the workspace: the one file of xtask to edit when something moves.

/// The package of the program, its program and its one test binary.
pub(crate) const BINARY_PACKAGE: &str = "heddle";
pub(crate) const PROGRAM: &str = "target/release/heddle";
pub(crate) const FAULT_SUITE: [&str; 5] = ["-p", BINARY_PACKAGE, "--test", "it", "faults::"];

pub(crate) const BENCH_PACKAGE: &str = "heddle-bench";

/// The committed copy of the native API's document, and the program that works with a client made from it.
pub(crate) const OPENAPI: &str = "docs/openapi.json";
pub(crate) const DAY: &str = "xtask/src/api/day.py";

/// The store's own code, and its migrations.
pub(crate) const STORE_SOURCE: &str = "crates/store/src/";
pub(crate) const MIGRATIONS: &str = "crates/store/migrations/";

/// Where documents lie that others may name without a folder.
pub(crate) const DOCUMENTS: [&str; 4] = ["", "docs/", CONTRACTS, "docs/decisions/"];

/// One document for each vendor, called like the vendor's API.
pub(crate) const CONTRACTS: &str = "docs/contracts/";

/// The files of the program that may read the environment, within its package.
pub(crate) const READS_ENVIRONMENT: [&str; 3] = ["src/config.rs", "src/config/", "src/main.rs"];

/// What a package is for; decides what it may depend on and contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Domain,
    Store,
    Http,
    Access,
    Webhooks,
    /// What all APIs share: `App`, and the value that describes an API.
    ApiCommon,
    /// One API. They have no lines in the table: every other folder in [`APIS`] is one.
    Api,
    Binary,
    Testkit,
    Bench,
    Xtask,
}

/// Folder, package, role.
const PACKAGES: [(&str, &str, Role); 10] = [
    ("crates/domain", "heddle-domain", Role::Domain),
    ("crates/store", "heddle-store", Role::Store),
    ("crates/http", "heddle-http", Role::Http),
    ("crates/access", "heddle-access", Role::Access),
    ("crates/webhooks", "heddle-webhooks", Role::Webhooks),
    ("crates/api/common", "heddle-api", Role::ApiCommon),
    ("crates/heddle", "heddle", Role::Binary),
    ("crates/testkit", "heddle-testkit", Role::Testkit),
    ("bench", BENCH_PACKAGE, Role::Bench),
    ("xtask", "xtask", Role::Xtask),
];

/// The folder of the APIs, a package each.
const APIS: &str = "crates/api/";

/// Heddle's own API.
pub(crate) const NATIVE_API: &str = "crates/api/native";

/// A package, as its folder tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) role: Role,
    /// Relative to the top; no `/` at the end.
    pub(crate) folder: &'a str,
    /// The name that its manifest must give it.
    pub(crate) package: String,
    /// The rest of the path, without `/` at the beginning.
    pub(crate) inside: &'a str,
}

/// The package that a file belongs to.
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
