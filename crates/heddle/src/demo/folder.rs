//! The demo's data folder, and `demo.json` in it: the only unsealed secrets that Heddle ever stores (`rules.md` 36).
//!
//! Invariants: `demo.json` has mode 0600. It is written completely or not at all, and synced with its folder before `save`
//! returns.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, TempDir};

use super::copies::{SAMPLE, SNAPSHOTS};
use super::summary::Summary;
use crate::command::failure::{Code, Failure};
use crate::storage::make_private_folder;

const FILE: &str = "demo.json";

/// The content of `demo.json`: the summary of the last start, and the state of the sample data.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct DemoFile {
    #[serde(flatten)]
    pub(crate) summary: Summary,
    /// Whether all sample data has been written.
    pub(crate) seeded: bool,
    /// SHA-256 of the file with the sample data; null for the built-in data.
    pub(crate) seed_sha256: Option<String>,
}

/// A demo's data folder. A temporary folder is removed when this value is dropped.
pub(crate) struct Folder {
    path: PathBuf,
    temporary: Option<TempDir>,
}

impl Folder {
    /// Opens the named folder, or creates a temporary one.
    ///
    /// # Errors
    /// Fails if the folder cannot be created, or if it holds files that no demo created.
    pub(crate) fn open(named: Option<&Path>) -> anyhow::Result<Self> {
        let Some(named) = named else {
            let folder = tempfile::Builder::new()
                .prefix("heddle-demo-")
                .tempdir()
                .context("cannot make a temporary folder")?;
            return Ok(Self {
                path: folder.path().to_owned(),
                temporary: Some(folder),
            });
        };
        make_private_folder(named).with_context(|| format!("cannot make {}", named.display()))?;
        let path = fs::canonicalize(named)?;
        refuse_other_files(&path)?;
        Ok(Self {
            path,
            temporary: None,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }

    /// Reads the file that an earlier start has written; `None` if there is none.
    ///
    /// # Errors
    /// Fails if the file cannot be read.
    pub(crate) fn load(&self) -> anyhow::Result<Option<DemoFile>> {
        let path = self.path.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let demo_file = serde_json::from_str(&text);
        demo_file.with_context(|| format!("{} cannot be understood", path.display()))
    }

    /// Writes the file and syncs it to disk, unless the folder is removed with the process.
    ///
    /// # Errors
    /// Fails if the file cannot be written; then the previous file stays.
    pub(crate) fn save(&self, demo_file: &DemoFile) -> anyhow::Result<()> {
        let write = || -> std::io::Result<()> {
            // A temporary file has mode 0600 from the start.
            let mut file = NamedTempFile::with_prefix_in("demo.json.", &self.path)?;
            serde_json::to_writer(&mut file, demo_file)?;
            file.write_all(b"\n")?;
            if self.is_temporary() {
                file.persist(self.path.join(FILE))?;
                return Ok(());
            }
            file.as_file().sync_all()?;
            file.persist(self.path.join(FILE))?;
            File::open(&self.path)?.sync_all()
        };
        write().with_context(|| format!("cannot write {}", self.path.join(FILE).display()))
    }
}

/// Refuses a folder with files that no demo created: it was probably named by mistake.
fn refuse_other_files(path: &Path) -> anyhow::Result<()> {
    let own = |name: &str| {
        name.starts_with(FILE)
            || [
                "objects",
                "lost+found",
                "heddle.lock",
                "heddle.sock",
                "sealing.key",
                SNAPSHOTS,
            ]
            .contains(&name)
            || name.starts_with("heddle.sqlite")
            || name.starts_with("heddle.search.")
            // Also a copy that was not finished.
            || name.starts_with(SAMPLE)
            || name.starts_with(".s")
            // The temporary file of a sealing key stays behind if the process is killed while it creates the key.
            || name.starts_with(".tmp")
    };
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let is_own = name.to_str().is_some_and(own);
        ensure!(
            is_own,
            Failure::new(
                Code::Refused,
                format!(
                    "{} holds {:?}, so it is no demo's folder; name an empty or a new one with --data",
                    path.display(),
                    name
                )
            )
        );
    }
    Ok(())
}
