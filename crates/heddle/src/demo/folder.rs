//! The demo's data folder, and `demo.json` in it: the only unsealed secrets that Heddle ever stores (`rules.md` 36).
//!
//! Invariants: mode 0600; written as a whole or not at all, and synced, folder included, before this module returns.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, TempDir};

use super::card::Card;
use crate::run::make_private_folder;

const FILE: &str = "demo.json";

/// What `demo.json` holds: the line of the last start, and how far the demo has come.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Kept {
    #[serde(flatten)]
    pub(crate) card: Card,
    /// False from before the first piece of sample data until after the last.
    pub(crate) seeded: bool,
    /// SHA-256 of the file that the sample data came from; null for the built-in.
    pub(crate) seed_sha256: Option<String>,
}

/// A data folder; a temporary one is removed with this value.
pub(crate) struct Folder {
    path: PathBuf,
    temporary: Option<TempDir>,
}

impl Folder {
    /// The named folder, or a temporary one.
    ///
    /// # Errors
    /// If it cannot be made, or holds what no demo put there.
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
        refuse_strangers(&path)?;
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

    /// What an earlier start kept, if there was one.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn load(&self) -> anyhow::Result<Option<Kept>> {
        let path = self.path.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let kept = serde_json::from_str(&text);
        kept.with_context(|| format!("{} cannot be understood", path.display()))
    }

    /// Keeps `kept`, durably.
    ///
    /// # Errors
    /// If it cannot be written; what was there before stays.
    pub(crate) fn save(&self, kept: &Kept) -> anyhow::Result<()> {
        let write = || -> std::io::Result<()> {
            // Made with mode 0600 from the start.
            let mut file = NamedTempFile::with_prefix_in("demo.json.", &self.path)?;
            serde_json::to_writer(&mut file, kept)?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            file.persist(self.path.join(FILE))?;
            File::open(&self.path)?.sync_all()
        };
        write().with_context(|| format!("cannot write {}", self.path.join(FILE).display()))
    }
}

/// A folder that holds anything but a demo's own files was named by mistake.
fn refuse_strangers(path: &Path) -> anyhow::Result<()> {
    let own = |name: &str| {
        name.starts_with(FILE)
            || [
                "objects",
                "lost+found",
                "heddle.lock",
                "heddle.sock",
                "sealing.key",
            ]
            .contains(&name)
            || name.starts_with("heddle.sqlite")
            || name.starts_with(".s")
            // A process that was killed while it made the sealing key left it unnamed.
            || name.starts_with(".tmp")
    };
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let is_own = name.to_str().is_some_and(own);
        ensure!(
            is_own,
            "{} holds {:?}, so it is no demo's folder; name an empty or a new one with --data",
            path.display(),
            name
        );
    }
    Ok(())
}
