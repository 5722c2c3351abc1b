//! A series: the folder with the backups of one store.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::files::{self, failed};
use super::manifest::{FORMAT, write_synced};
use crate::command::failure::{Code, Failure};
use crate::storage::make_private_folder;

const MARK: &str = "heddle-backups.json";
/// How the names of unfinished files and folders begin.
pub(crate) const UNFINISHED: &str = ".part-";
/// The folder in which a backup is made.
const IN_WORK: &str = ".part-backup";
const OBJECTS: &str = "objects";

/// A series whose folder exists.
#[derive(Debug)]
pub(crate) struct Series {
    folder: PathBuf,
}

/// A series to which this process may add a backup. No other process may meanwhile.
#[derive(Debug)]
pub(crate) struct LockedSeries {
    pub(crate) series: Series,
    _lock: File,
}

impl Series {
    /// Opens a series for reading.
    ///
    /// # Errors
    /// Fails if the folder is no series.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        if folder.join(MARK).is_file() {
            let folder = folder.to_owned();
            return Ok(Self { folder });
        }
        let folder = folder.display();
        let text = format!("there are no backups in {folder}: the folder has no {MARK}");
        Err(Failure::new(Code::NotFound, text))
    }

    /// Opens or makes a series for a new backup, and removes what a killed backup has left.
    ///
    /// # Errors
    /// Fails if the folder contains anything else, or if another backup is being made.
    pub(crate) fn lock(folder: &Path) -> Result<LockedSeries, Failure> {
        make_private_folder(folder).map_err(|e| failed("make", folder, &e))?;
        let mark = folder.join(MARK);
        if !mark.exists() {
            refuse_foreign(folder)?;
            let unfinished = folder.join(format!("{UNFINISHED}mark"));
            let text = format!(
                "{{\"format\":{FORMAT},\"about\":\"Backups of a Heddle store. `heddle restore` reads them.\"}}\n"
            );
            let made = write_synced(&unfinished, &text)
                .and_then(|()| fs::rename(&unfinished, &mark))
                .and_then(|()| files::sync_folder(folder));
            made.map_err(|e| failed("write", &mark, &e))?;
        }
        let lock = OpenOptions::new().write(true).open(&mark);
        let lock = lock.map_err(|e| failed("open", &mark, &e))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let folder = folder.display();
                let text = format!("another backup is being made in {folder}: wait for its end");
                return Err(Failure::new(Code::Refused, text));
            }
            Err(TryLockError::Error(error)) if error.kind() != std::io::ErrorKind::Unsupported => {
                return Err(failed("lock", &mark, &error));
            }
            // Without locks, the operator has to see to it that no two backups run at once.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let folder = folder.to_owned();
        let series = Self { folder };
        let in_work = series.in_work();
        files::remove(&in_work).map_err(|e| failed("remove", &in_work, &e))?;
        Ok(LockedSeries {
            series,
            _lock: lock,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder in which a backup is made.
    pub(crate) fn in_work(&self) -> PathBuf {
        self.folder.join(IN_WORK)
    }

    pub(crate) fn backup(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Returns the path of an object, by its name.
    pub(crate) fn object(&self, name: &str) -> PathBuf {
        self.folder.join(OBJECTS).join(name)
    }

    /// Returns the names of the backups, the oldest first.
    pub(crate) fn names(&self) -> Result<Vec<String>, Failure> {
        let unreadable = |error| failed("read", &self.folder, &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().into_string().unwrap_or_default();
            if is_name(&name) && entry.path().is_dir() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Returns the named backups, or the newest one.
    ///
    /// # Errors
    /// Fails if there is no such backup.
    pub(crate) fn find(&self, name: Option<&str>) -> Result<String, Failure> {
        let names = self.names()?;
        let found = match name {
            Some(name) => names.iter().find(|known| *known == name),
            None => names.last(),
        };
        found.cloned().ok_or_else(|| {
            let folder = self.folder.display();
            let text = match name {
                Some(name) => format!(
                    "there is no backup {name} in {folder}; `heddle backup list {folder}` shows all"
                ),
                None => format!("there is no finished backup in {folder}"),
            };
            Failure::new(Code::NotFound, text)
        })
    }
}

/// Whether this is the name of a backup: a time such as `2026-11-30T12-45-00.123Z`.
fn is_name(name: &str) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00-00-00.000Z";
    let fits = |(a, b): (u8, &u8)| match b {
        b'0' => a.is_ascii_digit(),
        other => a == *other,
    };
    name.len() == SHAPE.len() && name.bytes().zip(SHAPE).all(fits)
}

/// Refuses a folder that contains something, except what a killed backup has left or a file system of its own has.
fn refuse_foreign(folder: &Path) -> Result<(), Failure> {
    let unreadable = |error| failed("read", folder, &error);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with(UNFINISHED) && name != "lost+found" {
            let text = format!(
                "{} contains {name} and no backups: name an empty folder, or one that `heddle backup` has made",
                folder.display()
            );
            return Err(Failure::new(Code::Refused, text));
        }
    }
    Ok(())
}
