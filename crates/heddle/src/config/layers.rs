//! The sources of settings: one layer each for the defaults, the file, the environment and the flags.
//!
//! Each layer has a name, so that an error can name the source of a wrong setting.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use figment::providers::{Format as _, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};

const PREFIX: &str = "HEDDLE_";
/// The separator of section and key in a variable's name. A variable without it, such as HEDDLE_CONFIG, is not a
/// setting.
const NESTING: &str = "__";

/// The settings from one source.
#[derive(Debug)]
pub(super) struct Layer {
    name: String,
    values: Dict,
}

impl Layer {
    /// Parses a TOML text; `name` is the name of the source.
    pub(super) fn of_toml(name: impl Into<String>, text: &str) -> Result<Self, String> {
        let name = name.into();
        match Toml::from_str(text) {
            Ok(values) => Ok(Self { name, values }),
            Err(error) => Err(format!("{name} is not valid TOML: {error}")),
        }
    }

    /// Reads the variables `HEDDLE_SECTION__KEY`. The type of the key in `defaults` determines how a value is parsed: as a
    /// text, as a list separated by commas, or as a number or boolean.
    pub(super) fn of_environment(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        defaults: &Self,
    ) -> Result<Self, String> {
        let mut layer = Self::named("the environment");
        for (variable, text) in variables {
            let Some(key) = variable.to_str().and_then(key_of) else {
                continue;
            };
            let Some(text) = text.to_str() else {
                return Err(format!("{} is not UTF-8", variable.display()));
            };
            layer.set(&key, read_as(defaults.find(&key), text));
        }
        Ok(layer)
    }

    pub(super) fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            values: Dict::new(),
        }
    }

    /// Sets a key such as `server.listen`.
    pub(super) fn set(&mut self, key: &str, value: Value) {
        let mut values = &mut self.values;
        let mut rest = key;
        while let Some((section, inner)) = rest.split_once('.') {
            let below = values
                .entry(section.to_owned())
                .or_insert_with(|| Value::from(Dict::new()));
            let Value::Dict(_, dict) = below else { return };
            (values, rest) = (dict, inner);
        }
        values.insert(rest.to_owned(), value);
    }

    /// Makes the relative paths of this layer, which is a file, relative to the file's folder. `keys` are the keys that
    /// contain a path; the value of each of `urls` may begin with its scheme, as `sqlite:PATH`.
    ///
    /// # Errors
    /// Fails if a path would not be UTF-8, because the folder is not.
    pub(super) fn relative_to(
        &mut self,
        folder: &Path,
        keys: &[&str],
        urls: &[(&str, &str)],
    ) -> Result<(), String> {
        let whole = |key: &str, path: &str| {
            let whole = folder.join(path).components().collect::<PathBuf>();
            let whole = whole.into_os_string().into_string();
            whole.map_err(|whole| format!("{key}: the path {} is not UTF-8", whole.display()))
        };
        for key in keys {
            let given = self.find(key).and_then(Value::as_str);
            // An empty text names no file; as a path it would be the folder.
            if let Some(path) = given.filter(|given| !given.is_empty()) {
                let path = whole(key, path)?;
                self.set(key, Value::from(path));
            }
        }
        for (url, scheme) in urls {
            let given = self.find(url).and_then(Value::as_str);
            let path = given.and_then(|given| given.strip_prefix(scheme));
            if let Some(path) = path.filter(|path| !path.is_empty()) {
                let path = whole(url, path)?;
                self.set(url, Value::from(format!("{scheme}{path}")));
            }
        }
        Ok(())
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the value of the dotted key if this layer sets it.
    pub(super) fn find(&self, key: &str) -> Option<&Value> {
        let mut steps = key.split('.');
        let first = self.values.get(steps.next()?)?;
        steps.try_fold(first, |value, step| value.as_dict()?.get(step))
    }
}

fn key_of(variable: &str) -> Option<String> {
    let name = variable.strip_prefix(PREFIX)?;
    name.contains(NESTING)
        .then(|| name.to_ascii_lowercase().replace(NESTING, "."))
}

fn read_as(default: Option<&Value>, text: &str) -> Value {
    match default {
        Some(Value::Array(..)) => {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Value::from(items.map(Value::from).collect::<Vec<_>>())
        }
        Some(Value::Num(..) | Value::Bool(..)) => text
            .trim()
            .parse()
            .unwrap_or_else(|infallible| match infallible {}),
        _ => Value::from(text),
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}
