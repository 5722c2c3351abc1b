//! `heddle init`: creates a data folder with the commented configuration file in it. Never overwrites an existing file.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use clap::Args;
use heddle::config::DEFAULT;
use serde_json::json;

use super::failure::{Code, Failure};
use super::output;
use crate::storage::{make_private_folder, new_store_mark};

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
    write_new(&file, &config_text())?;
    allow_new_store(&folder)?;
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

/// Returns the commented configuration file for the folder in which it lies. It names the folder by a path relative to
/// itself, so that a copied or moved folder does not lead to the original.
fn config_text() -> String {
    DEFAULT.replace(&format!("data = \"{DEFAULT_FOLDER}\""), "data = \".\"")
}

/// Allows the next command to make the store, unless the folder has a database already.
fn allow_new_store(folder: &Path) -> anyhow::Result<()> {
    if folder.join("heddle.sqlite").exists() {
        return Ok(());
    }
    let mark = new_store_mark(folder);
    let text =
        "Made by `heddle init`: the next command may make the store, and then removes this file.\n";
    fs::write(&mark, text).with_context(|| format!("cannot write {}", mark.display()))
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
            let text = format!("{} exists already and is left as it is", path.display());
            return Err(Failure::new(Code::Conflict, text).into());
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
        let text = config_text();
        assert_eq!(text.lines().count(), DEFAULT.lines().count());
        let file = folder.join(FILE);
        write_new(&file, &text).expect("written");
        let config =
            Config::load(Some(&file), Overrides::default(), &apis::descriptions()).expect("valid");
        assert_eq!(config.store.data, folder);
        assert!(write_new(&file, &text).is_err());
        let moved = home.path().join("moved");
        fs::rename(&folder, &moved).expect("moved");
        let file = moved.join(FILE);
        let config =
            Config::load(Some(&file), Overrides::default(), &apis::descriptions()).expect("valid");
        assert_eq!(config.store.data, moved);
    }
}
