//! The packages of the workspace, read from their manifests. `crate::layout` maps a folder to a role.

use toml::{Table, Value};

use super::file::File;

/// One package of the workspace.
pub(super) struct Package {
    pub(super) name: String,
    /// The folder of the package's `Cargo.toml`, relative to the workspace's top folder; no `/` at the end.
    pub(super) folder: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// One line of a `[dependencies]` section of any kind.
pub(super) struct Dependency {
    pub(super) kind: Kind,
    /// The dependency's name in the manifest. In code, `_` replaces `-`.
    pub(super) key: String,
    /// The name of the package, which differs from the key if the dependency is renamed.
    pub(super) package: String,
    pub(super) line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Dev,
    Build,
}

const SECTIONS: [(&str, Kind); 3] = [
    ("dependencies", Kind::Normal),
    ("dev-dependencies", Kind::Dev),
    ("build-dependencies", Kind::Build),
];

impl Package {
    /// Returns the package's source folder, with `/` at the end.
    pub(super) fn source(&self) -> String {
        format!("{}/src/", self.folder)
    }

    pub(super) fn manifest(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }

    /// Whether a file of the project belongs to the package.
    pub(super) fn holds(&self, path: &str) -> bool {
        path.strip_prefix(&self.folder)
            .is_some_and(|rest| rest.starts_with('/'))
    }
}

/// Returns the packages of the project. Skips manifests without a package and manifests that cannot be read, because
/// cargo reports them itself.
pub(super) fn packages(files: &[File]) -> Vec<Package> {
    let renamed = files
        .iter()
        .find(|file| file.path == "Cargo.toml")
        .and_then(|root| root.text.parse::<Table>().ok())
        .and_then(|root| {
            root.get("workspace")?
                .get("dependencies")?
                .as_table()
                .cloned()
        })
        .unwrap_or_default();
    files
        .iter()
        .filter_map(|file| package(file, &renamed))
        .collect()
}

/// Returns the dependencies that the root manifest lists for all packages.
pub(super) fn shared(root: &File) -> Vec<Dependency> {
    let manifest = root.text.parse::<Table>().unwrap_or_default();
    let workspace = manifest.get("workspace").and_then(Value::as_table);
    workspace.map_or_else(Vec::new, |table| dependencies(root, table, &Table::new()))
}

fn package(file: &File, renamed: &Table) -> Option<Package> {
    let folder = file.path.strip_suffix("/Cargo.toml")?;
    let manifest: Table = file.text.parse().ok()?;
    let name = manifest.get("package")?.get("name")?.as_str()?;
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets
        .into_iter()
        .flatten()
        .filter_map(|(_, value)| value.as_table());
    let dependencies = std::iter::once(&manifest)
        .chain(targets)
        .flat_map(|table| dependencies(file, table, renamed))
        .collect();
    Some(Package {
        name: name.to_owned(),
        folder: folder.to_owned(),
        dependencies,
    })
}

fn dependencies(file: &File, table: &Table, renamed: &Table) -> Vec<Dependency> {
    let mut found = Vec::new();
    for (section, kind) in SECTIONS {
        let entries = table.get(section).and_then(Value::as_table);
        for (key, value) in entries.into_iter().flatten() {
            let package = |value: &Value| Some(value.get("package")?.as_str()?.to_owned());
            found.push(Dependency {
                kind,
                key: key.clone(),
                package: package(value)
                    .or_else(|| package(renamed.get(key)?))
                    .unwrap_or_else(|| key.clone()),
                line: line_of_entry(&file.text, section, key),
            });
        }
    }
    found
}

/// Returns the number of the line with a dependency, for the message; 0 if it is not found.
fn line_of_entry(manifest: &str, section: &str, key: &str) -> usize {
    let mut inside = false;
    for (index, line) in manifest.lines().enumerate() {
        if let Some(header) = line.trim().strip_prefix('[') {
            inside = header.trim_end_matches(']').ends_with(section);
        } else if inside && line.split(['.', '=', ' ']).next() == Some(key) {
            return index + 1;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(root: &str, manifest: &str) -> Package {
        let files = [
            File::new("Cargo.toml", root),
            File::new("crates/a/Cargo.toml", manifest),
        ];
        packages(&files).remove(0)
    }

    #[test]
    fn dependencies_of_every_kind_are_read_with_their_lines() {
        let package = of(
            "",
            "[package]\nname = 'a'\n[dependencies]\nb.workspace = true\n[dev-dependencies]\nc = { path = '.' }\n[target.'cfg(unix)'.dependencies]\nd = '1'",
        );
        let read: Vec<_> = package
            .dependencies
            .iter()
            .map(|one| (one.key.as_str(), one.kind, one.line))
            .collect();
        assert_eq!(
            read,
            [
                ("b", Kind::Normal, 4),
                ("c", Kind::Dev, 6),
                ("d", Kind::Normal, 8)
            ]
        );
        assert!(package.holds("crates/a/src/lib.rs") && !package.holds("crates/ab/src/lib.rs"));
    }

    #[test]
    fn a_renamed_package_is_known_by_its_own_name() {
        let own = of(
            "",
            "[package]\nname = 'a'\n[dependencies]\nx = { package = 'b' }",
        );
        assert_eq!(own.dependencies[0].package, "b");
        let workspace = of(
            "[workspace.dependencies]\nx = { package = 'b', path = 'b' }",
            "[package]\nname = 'a'\n[dependencies]\nx.workspace = true",
        );
        assert_eq!(workspace.dependencies[0].package, "b");
        assert_eq!(workspace.dependencies[0].key, "x");
    }
}
