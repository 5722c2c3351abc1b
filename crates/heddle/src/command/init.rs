//! `heddle init`: creates a data folder with the commented configuration file in it. Never overwrites an existing file.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail};
use clap::Args;
use heddle::config::DEFAULT;
use serde_json::json;

use super::output;
use crate::storage::make_private_folder;

const FILE: &str = "heddle.toml";
const DEFAULT_FOLDER: &str = "./heddle-data";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Data folder [default: ./heddle-data]
    #[arg(value_name = "DIR", conflicts_with = "data")]
    folder: Option<String>,
    /// The same, as a flag
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
}

pub(crate) fn run(arguments: Arguments, json: bool) -> anyhow::Result<()> {
    let named = arguments.folder.or(arguments.data);
    let folder = Path::new(named.as_deref().unwrap_or(DEFAULT_FOLDER));
    make_private_folder(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let folder = fs::canonicalize(folder)?;
    let file = folder.join(FILE);
    let text = config_for(&folder)?;
    write_new(&file, &text)?;
    let (file, folder) = (file.display(), folder.display());
    if json {
        return output::print_json(
            &json!({ "config": file.to_string(), "data": folder.to_string() }),
        );
    }
    output::print(&format!(
        "Wrote {file}. Next:\n  heddle account create --name NAME --config {file}\n  heddle serve --config {file}"
    ))
}

/// Returns the commented configuration file for this data folder.
fn config_for(folder: &Path) -> anyhow::Result<String> {
    let Some(folder) = folder.to_str() else {
        bail!("the folder's name is not UTF-8, which a TOML file cannot hold");
    };
    let line = format!("data = {}", toml::Value::from(folder));
    Ok(DEFAULT.replace(&format!("data = \"{DEFAULT_FOLDER}\""), &line))
}

/// Writes a new file that only its owner can read, because the store's URL may contain a password.
fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = match made {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!("{} exists already and is left as it is", path.display())
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot write {}", path.display()));
        }
    };
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}

#[cfg(test)]
mod tests {
    use heddle::apis;
    use heddle::config::{Config, Overrides};

    use super::*;

    #[test]
    fn the_written_file_is_the_reference_with_this_folder() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("a \"quoted\" folder");
        fs::create_dir(&folder).expect("made");
        let text = config_for(&folder).expect("a text");
        assert_eq!(text.lines().count(), DEFAULT.lines().count());
        let file = folder.join(FILE);
        write_new(&file, &text).expect("written");
        let config =
            Config::load(Some(&file), Overrides::default(), &apis::descriptions()).expect("valid");
        assert_eq!(config.store.data, folder);
        assert!(write_new(&file, &text).is_err());
    }
}
