//! Who may depend on whom, read from `cargo metadata`.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::violation::Violation;
use crate::step;

/// All that the domain may use: it is pure, so its tests need nothing and its rules run anywhere.
const DOMAIN_USES: [(&str, Kind); 2] = [("thiserror", Kind::Normal), ("proptest", Kind::Dev)];

/// Dependencies that would turn a layer upside down: (crate, what it must not use, why).
const FORBIDDEN: [(&str, &str, &str); 6] = [
    (
        "heddle-store",
        "heddle-server",
        "the store knows the domain only",
    ),
    ("heddle-store", "axum", "the store knows nothing of HTTP"),
    ("heddle-store", "hyper", "the store knows nothing of HTTP"),
    (
        "heddle-server",
        "rusqlite",
        "the server speaks to the store, never to an engine",
    ),
    (
        "heddle-server",
        "tokio-postgres",
        "the server speaks to the store, never to an engine",
    ),
    (
        "heddle-server",
        "deadpool-postgres",
        "the server speaks to the store, never to an engine",
    ),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Normal,
    Dev,
    Build,
}

struct Dependency {
    of: String,
    on: String,
    kind: Kind,
}

pub(super) fn check(top: &Path) -> Result<Vec<Violation>> {
    let metadata =
        step::read(step::cargo(top).args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    Ok(dependencies(&metadata)
        .iter()
        .filter_map(complaint)
        .collect())
}

fn dependencies(metadata: &Value) -> Vec<Dependency> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for package in list(&metadata["packages"]) {
        for dependency in list(&package["dependencies"]) {
            let kind = match dependency["kind"].as_str() {
                None => Kind::Normal,
                Some("dev") => Kind::Dev,
                Some(_) => Kind::Build,
            };
            found.push(Dependency {
                of: text(&package["name"]),
                on: text(&dependency["name"]),
                kind,
            });
        }
    }
    found
}

fn complaint(dependency: &Dependency) -> Option<Violation> {
    let Dependency { of, on, kind } = dependency;
    let manifest = match of.strip_prefix("heddle-") {
        Some("bench") => "bench/Cargo.toml".to_owned(),
        Some(folder) => format!("crates/{folder}/Cargo.toml"),
        None => format!("{of}/Cargo.toml"),
    };
    let why = if of == "heddle-domain" && !DOMAIN_USES.contains(&(on, *kind)) {
        "the domain has no I/O, no clock and no format: thiserror, and proptest in its tests, are all it uses"
    } else if on == "heddle-testkit" && *kind != Kind::Dev && of != "heddle-bench" {
        "the test kit is a dev-dependency only (but for the bench, which is no part of the server)"
    } else {
        let forbidden =
            |(user, used, _): &&(&str, &str, &str)| user == of && used == on && *kind != Kind::Dev;
        FORBIDDEN.iter().find(forbidden)?.2
    };
    Some(Violation::new(
        &manifest,
        0,
        format!("depends on {on}: {why}"),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(package: &str, on: &str, kind: Option<&str>) -> Option<String> {
        let metadata =
            json!({"packages": [{"name": package, "dependencies": [{"name": on, "kind": kind}]}]});
        dependencies(&metadata)
            .iter()
            .find_map(complaint)
            .map(|violation| violation.to_string())
    }

    #[test]
    fn the_domain_uses_next_to_nothing() {
        assert_eq!(said("heddle-domain", "thiserror", None), None);
        assert_eq!(said("heddle-domain", "proptest", Some("dev")), None);
        assert!(said("heddle-domain", "proptest", None).is_some());
        assert!(said("heddle-domain", "cc", Some("build")).is_some());
        let tokio = said("heddle-domain", "tokio", None).expect("a complaint");
        assert!(
            tokio.starts_with("crates/domain/Cargo.toml: depends on tokio: "),
            "{tokio}"
        );
    }

    #[test]
    fn layers_point_one_way() {
        assert!(said("heddle-store", "heddle-server", None).is_some());
        assert!(said("heddle-server", "rusqlite", None).is_some());
        assert_eq!(said("heddle-server", "rusqlite", Some("dev")), None);
        assert_eq!(said("heddle-server", "heddle-store", None), None);
    }

    #[test]
    fn the_test_kit_stays_in_tests() {
        assert!(said("heddle-server", "heddle-testkit", None).is_some());
        assert_eq!(said("heddle-bench", "heddle-testkit", None), None);
        assert_eq!(said("heddle-store", "heddle-testkit", Some("dev")), None);
    }
}
