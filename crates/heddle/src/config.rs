//! The configuration: defaults, file, environment and flags, each of which overrides the ones before.
//!
//! Invariants: `heddle.default.toml` contains every key and every default. An error names an unknown key. A value that may be
//! secret is never printed. Only this module and the binary read the environment.

mod layers;
mod objects;
mod secret;
mod sections;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;
use figment::value::Value;
use serde::{Deserialize, Serialize};

use heddle_access::seal::Sealer;
use heddle_api::{Apis, app};
use heddle_http::dispatch::Hosts;

use layers::Layer;
pub use objects::{NotAnObjectUrl, ObjectUrl, Objects};
pub use secret::{NotAStoreUrl, Secret, StoreUrl};
pub use sections::{
    Events, Format, HostRule, Level, Limits, Log, Metrics, OtlpEndpoint, SampleRatio, Search,
    Secrets, Server, Store, Traces,
};

/// The commented reference of all keys with their defaults; `heddle init` writes it, too.
pub const DEFAULT: &str = include_str!("../heddle.default.toml");

/// The keys that contain a path. A path in a file is relative to the file; every other one to the working folder.
const PATHS: &[&str] = &[
    "store.data",
    "store.url_file",
    "objects.secret_access_key_file",
    "secrets.sealing_key_file",
    "server.tls_certificate_file",
    "server.tls_key_file",
];

/// The keys with a URL that may contain a path, and the scheme before it.
const URLS: &[(&str, &str)] = &[
    ("store.url", "sqlite:"),
    ("objects.url", "folder:"),
    ("objects.previous", "folder:"),
];

/// The name of the layer of flags, and the flag of each key that has one.
const COMMAND_LINE: &str = "the command line";
const FLAGS: &[(&str, &str)] = &[
    ("server.listen", "--listen"),
    ("server.public_url", "--public-url"),
    ("log.level", "--log-level"),
    ("store.data", "--data"),
    ("store.url", "--store"),
];

/// Everything that an operator can set.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub store: Store,
    pub objects: Objects,
    pub events: Events,
    pub search: Search,
    pub metrics: Metrics,
    pub traces: Traces,
    pub secrets: Secrets,
    pub webhooks: heddle_webhooks::sender::Settings,
    pub live: heddle_native::LiveUpdates,
    pub limits: Limits,
    pub log: Log,
    pub magicline: heddle_magicline::Config,
    pub helpscout: heddle_helpscout::Config,
    pub mews: heddle_mews::Config,
}

/// Why the configuration cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A configuration file or variable is not valid TOML, or not valid UTF-8.
    #[error("{0}")]
    Malformed(String),
    /// A configuration file, variable or flag sets a key that does not exist.
    #[error("unknown key {key} in {origin}; there are: {known}")]
    UnknownKey {
        key: String,
        origin: String,
        known: String,
    },
    /// A configuration file, variable or flag sets a value that is not valid for its key.
    #[error("{key} in {origin}: {reason}")]
    Invalid {
        key: String,
        origin: String,
        reason: String,
    },
}

/// Settings from the command line, each with its dotted key, such as `server.listen`.
#[derive(Debug)]
pub struct Overrides(Layer);

impl Default for Overrides {
    fn default() -> Self {
        Self(Layer::named(COMMAND_LINE))
    }
}

impl Overrides {
    /// Sets `key` if the flag was given; without the flag changes nothing.
    #[must_use]
    pub fn set(mut self, key: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.set(key, value.into());
        }
        self
    }
}

impl Config {
    /// Loads the configuration from the file at `path`, if there is one, the process's environment and `overrides`.
    /// `apis` are all APIs: a path prefix must not be a path of theirs.
    ///
    /// # Errors
    /// Fails if a source cannot be read, or has a key or value that does not exist.
    pub fn load(
        path: Option<&Path>,
        overrides: Overrides,
        apis: &Apis,
    ) -> Result<Self, ConfigError> {
        Self::from_sources(path, std::env::vars_os(), overrides, apis)
    }

    fn from_sources(
        path: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        overrides: Overrides,
        apis: &Apis,
    ) -> Result<Self, ConfigError> {
        let defaults = Layer::of_toml("the defaults", DEFAULT).map_err(ConfigError::Malformed)?;
        let environment =
            Layer::of_environment(environment, &defaults).map_err(ConfigError::Malformed)?;
        let mut layers = vec![defaults];
        if let Some(path) = path {
            let file = Layer::of_toml(path.display().to_string(), &read(path)?);
            let mut file = file.map_err(ConfigError::Malformed)?;
            if let Some(folder) = path.parent() {
                let made = file.relative_to(folder, PATHS, URLS);
                made.map_err(ConfigError::Malformed)?;
            }
            layers.push(file);
        }
        layers.extend([environment, overrides.0]);
        read_secret(&mut layers, "store.url", "store.url_file")?;
        let (key, file) = ("secrets.sealing_key", "secrets.sealing_key_file");
        read_secret(&mut layers, key, file)?;
        let (key, file) = (
            "objects.secret_access_key",
            "objects.secret_access_key_file",
        );
        read_secret(&mut layers, key, file)?;
        let merged = layers.into_iter().fold(Figment::new(), Figment::merge);
        let mut config: Self = merged.extract().map_err(explain)?;
        config.store.url_file = None;
        config.secrets.sealing_key_file = None;
        config.objects.secret_access_key_file = None;
        config.refuse_taken_prefix(apis)?;
        config.refuse_half_of_tls()?;
        config.refuse_bad_hosts(apis)?;
        config.refuse_bad_objects()?;
        Ok(config)
    }

    /// Refuses a certificate without a key, and a key without a certificate.
    fn refuse_half_of_tls(&self) -> Result<(), ConfigError> {
        let (here, missing) = match (&self.server.tls_certificate_file, &self.server.tls_key_file) {
            (Some(_), None) => ("server.tls_certificate_file", "server.tls_key_file"),
            (None, Some(_)) => ("server.tls_key_file", "server.tls_certificate_file"),
            (Some(_), Some(_)) | (None, None) => return Ok(()),
        };
        Err(ConfigError::Invalid {
            key: here.into(),
            origin: "the configuration".into(),
            reason: format!("TLS needs a certificate and a key: set {missing}, too"),
        })
    }

    /// Refuses a place of objects that lacks a key or cannot be used.
    fn refuse_bad_objects(&self) -> Result<(), ConfigError> {
        self.objects
            .check()
            .map_err(|(key, reason)| ConfigError::Invalid {
                key: key.into(),
                origin: "the configuration".into(),
                reason,
            })
    }

    /// Returns where the objects are.
    #[must_use]
    pub fn object_options(&self) -> heddle_store::ObjectOptions {
        self.objects.options(&self.store.data)
    }

    /// Refuses a host that belongs to an API that does not exist, or to two.
    fn refuse_bad_hosts(&self, apis: &Apis) -> Result<(), ConfigError> {
        let wrong = |reason| ConfigError::Invalid {
            key: "server.hosts".into(),
            origin: "the configuration".into(),
            reason,
        };
        let mut seen = BTreeSet::new();
        for HostRule { host, api } in &self.server.hosts {
            if apis.find(api).is_none() {
                let known: Vec<_> = apis.names().map(|name| name.as_str()).collect();
                let known = known.join(", ");
                return Err(wrong(format!(
                    "there is no API {api:?}; there are: {known}"
                )));
            }
            if !seen.insert(host) {
                return Err(wrong(format!("{host} is there twice")));
            }
        }
        Ok(())
    }

    /// Returns the hosts that belong to one API each.
    pub fn hosts(&self, apis: &Apis) -> Hosts {
        let rules = self.server.hosts.iter();
        let known =
            rules.filter_map(|rule| Some((rule.host.clone(), apis.find(&rule.api)?.name())));
        known.collect()
    }

    /// Refuses a path prefix that is a path of an API.
    fn refuse_taken_prefix(&self, apis: &Apis) -> Result<(), ConfigError> {
        let prefix = self.magicline.path_prefix.as_str();
        let is_taken = apis.own(&format!("{prefix}/"));
        if prefix.is_empty() || !is_taken {
            return Ok(());
        }
        Err(ConfigError::Invalid {
            key: "magicline.path_prefix".into(),
            origin: "the configuration".into(),
            reason: format!("{prefix:?} is a path that an API uses itself"),
        })
    }

    /// Returns the options that all APIs share.
    #[must_use]
    pub fn app_options(&self) -> app::Options {
        app::Options {
            sealer: Sealer::new(self.secrets.sealing_key.clone(), &self.store.data),
            webhooks: self.webhooks.clone(),
            failed_auth_per_minute: self.limits.failed_auth_per_minute,
            largest_attachment: self.limits.largest_attachment(),
            has_search: self.search.enabled,
            tries_calls: false,
        }
    }

    /// Returns the effective configuration as TOML, without secrets.
    pub fn print_effective(&self) -> String {
        toml::to_string(&self.with_whole_paths()).expect("every section is a plain table")
    }

    /// Returns the configuration with absolute paths, which mean the same wherever it is read.
    #[must_use]
    pub fn with_whole_paths(&self) -> Self {
        // The error case is ignored: without a working folder, the path is shown as it was given.
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut config = self.clone();
        config.store.data = whole(&self.store.data);
        let files = [
            &mut config.server.tls_certificate_file,
            &mut config.server.tls_key_file,
        ];
        for file in files.into_iter().flatten() {
            *file = whole(file);
        }
        if let StoreUrl::Sqlite(path) = &self.store.url
            && !path.as_os_str().is_empty()
        {
            config.store.url = StoreUrl::Sqlite(whole(path));
        }
        for url in std::iter::once(&mut config.objects.url).chain(&mut config.objects.previous) {
            if let ObjectUrl::Folder(path) = url
                && !path.as_os_str().is_empty()
            {
                *path = whole(path);
            }
        }
        config
    }
}

/// Decides which of two settings is used for a secret: `text` contains the secret itself, `file` names a file that
/// contains it. The one that the source with the highest priority sets is used. For a file, adds a layer that sets
/// `text` to the file's content.
fn read_secret(layers: &mut Vec<Layer>, text: &str, file: &str) -> Result<(), ConfigError> {
    let sets_it = |layer: &&Layer| layer.find(text).or(layer.find(file)).is_some();
    let Some(layer) = layers.iter().rfind(sets_it) else {
        return Ok(());
    };
    let Some(path) = layer.find(file).and_then(Value::as_str) else {
        return Ok(());
    };
    if layer.find(text).is_some() {
        return Err(ConfigError::Invalid {
            key: file.into(),
            origin: layer.name().into(),
            reason: format!("{text} is set there too; leave one of them out"),
        });
    }
    let mut content = Layer::named(path);
    content.set(text, read(Path::new(path))?.trim().into());
    layers.push(content);
    Ok(())
}

fn read(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// Returns an error that names the wrong key, its source and the reason.
fn explain(error: figment::Error) -> ConfigError {
    let origin = error
        .metadata
        .as_ref()
        .map_or("the configuration", |layer| layer.name.as_ref())
        .to_owned();
    let path = error.path.join(".");
    match error.kind {
        Kind::UnknownField(name, known) => ConfigError::UnknownKey {
            key: if path.is_empty() { name } else { path },
            origin,
            known: known.join(", "),
        },
        kind => {
            let flag = FLAGS.iter().find(|(key, _)| *key == path);
            let flag = flag.filter(|_| origin == COMMAND_LINE);
            ConfigError::Invalid {
                origin: flag.map_or(origin, |(_, flag)| format!("{flag} on {COMMAND_LINE}")),
                key: path,
                reason: kind.to_string(),
            }
        }
    }
}

#[cfg(test)]
mod tests;
