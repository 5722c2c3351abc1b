//! The licence stage: runs `cargo deny` if it is installed, else checks the output of `cargo metadata` in the same
//! way.
//!
//! `deny.toml` is the only list of allowed licences. Security advisories are not checked, because that needs a
//! download which some machines cannot make.

mod expression;

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::step;

pub(crate) fn check(top: &Path) -> Result<()> {
    if step::succeeds("cargo", &["deny", "--version"]) {
        return step::run(step::cargo(top).args(["deny", "check", "licenses", "bans", "sources"]));
    }
    let deny = std::fs::read_to_string(top.join("deny.toml")).context("deny.toml")?;
    let policy = Policy::parse(&deny).context("deny.toml")?;
    let metadata = step::read(step::cargo(top).args(["metadata", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata lists packages")?;
    let complaints: Vec<String> = packages
        .iter()
        .filter_map(|package| policy.complaint(package))
        .collect();
    if !complaints.is_empty() {
        bail!("{}", complaints.join("\n"));
    }
    println!(
        "{} packages, every licence and source is on the list of deny.toml",
        packages.len()
    );
    Ok(())
}

/// The licences and packages that `deny.toml` allows and bans.
struct Policy {
    allow: Vec<String>,
    banned: Vec<String>,
}

impl Policy {
    fn parse(deny: &str) -> Result<Self> {
        let deny: toml::Table = deny.parse()?;
        let list = |section: &str, name: &str| {
            deny.get(section)
                .and_then(|section| section.get(name)?.as_array().cloned())
        };
        let allow = list("licenses", "allow").context("[licenses] needs `allow`")?;
        let allow = allow.iter().map(|id| id.as_str().map(str::to_owned));
        let banned = list("bans", "deny").unwrap_or_default();
        let banned = banned
            .iter()
            .map(|ban| ban.get("crate")?.as_str().map(str::to_owned));
        Ok(Self {
            allow: allow
                .collect::<Option<_>>()
                .context("[licenses] allow is a list of texts")?,
            banned: banned
                .collect::<Option<_>>()
                .context("[bans] deny is a list of { crate, reason }")?,
        })
    }

    // A dependency with a path has no source. Every other dependency must come from a registry, as `[sources]`
    // requires.
    fn complaint(&self, package: &Value) -> Option<String> {
        let name = package["name"]
            .as_str()
            .unwrap_or("a package without a name");
        if package["source"]
            .as_str()
            .is_some_and(|source| !source.starts_with("registry+"))
        {
            return Some(format!(
                "{name}: comes from {}, not from the registry",
                package["source"]
            ));
        }
        if self.banned.iter().any(|banned| banned == name) {
            return Some(format!("{name}: is banned in deny.toml, which says why"));
        }
        let Some(expression) = package["license"].as_str() else {
            return Some(format!("{name}: states no licence expression"));
        };
        match expression::allowed(expression, &self.allow) {
            Ok(true) => None,
            Ok(false) => Some(format!(
                "{name}: `{expression}` is not covered by the allow list of deny.toml"
            )),
            Err(error) => Some(format!("{name}: `{expression}` cannot be read: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn complaint(package: &Value) -> Option<String> {
        Policy::parse("licenses.allow = ['MIT']\nbans.deny = [{ crate = 'twin' }]")
            .expect("a policy")
            .complaint(package)
    }

    #[test]
    fn an_allowed_licence_from_the_registry_passes() {
        assert_eq!(
            complaint(&json!({"name": "a", "license": "MIT OR GPL-3.0", "source": "registry+x"})),
            None
        );
        assert_eq!(
            complaint(&json!({"name": "ours", "license": "MIT", "source": null})),
            None
        );
    }

    #[test]
    fn violating_licences_are_reported() {
        let copyleft =
            complaint(&json!({"name": "b", "license": "GPL-3.0", "source": "registry+x"}));
        assert!(
            copyleft
                .expect("a complaint")
                .starts_with("b: `GPL-3.0` is not covered")
        );
        let none = complaint(&json!({"name": "c", "license": null, "source": "registry+x"}));
        assert_eq!(
            none.expect("a complaint"),
            "c: states no licence expression"
        );
        let git = complaint(
            &json!({"name": "d", "license": "MIT", "source": "git+https://example.org/d"}),
        );
        let banned = complaint(&json!({"name": "twin", "license": "MIT", "source": "registry+x"}));
        assert!(banned.expect("a complaint").starts_with("twin: is banned"));
        assert!(git.expect("a complaint").contains("not from the registry"));
    }

    #[test]
    fn a_policy_without_a_list_is_refused() {
        assert!(Policy::parse("[licenses]").is_err());
    }
}
