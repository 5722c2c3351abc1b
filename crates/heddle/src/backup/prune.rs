//! Removes old backups of a series, and the objects that no other backup has.
//!
//! First the old backups are renamed, and the new names are synced to the disk. No command takes a folder with such a name for a backup.
//! Then their files are removed, and last the objects. So every backup that still has its name is whole, also if this is killed; the
//! next run removes the rest.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::files::{self, failed};
use super::manifest::{self, Manifest};
use super::series::Series;
use crate::command::failure::{Code, Failure};

/// How the name of a backup begins that is being removed. It is one of the unfinished names, which no command reads as a backup.
const PRUNED: &str = ".part-pruned-";

/// Which backups stay. The newest one always does.
#[derive(Clone, Debug)]
pub(crate) struct Keep {
    /// So many of the newest backups stay.
    pub(crate) newest: usize,
    /// Backups with this name or a later one stay. Names are times.
    pub(crate) since: Option<String>,
}

/// What was removed, or would be.
#[derive(Debug, Serialize)]
pub(crate) struct Pruned {
    /// The names of the removed backups.
    pub(crate) removed: Vec<String>,
    pub(crate) kept: Vec<String>,
    /// Objects that no kept backup has.
    pub(crate) removed_objects: u64,
    /// The length of what was removed, in bytes.
    pub(crate) removed_bytes: u64,
    /// Whether this only says what would be removed.
    pub(crate) dry_run: bool,
}

/// Removes the backups that do not stay.
///
/// # Errors
/// Fails if the folder is no series, if a backup is being made, or if a backup is damaged: nobody knows which objects it has. Then nothing
/// is removed.
pub(crate) fn prune(folder: &Path, keep: &Keep, dry_run: bool) -> Result<Pruned, Failure> {
    // Opening first: locking would make a series of an empty folder.
    Series::open(folder)?;
    let locked = Series::lock(folder)?;
    let series = &locked.series;
    let names = series.names()?;
    let first_kept = names.len().saturating_sub(keep.newest.max(1));
    let stays = |(index, name): (usize, &String)| {
        index >= first_kept || keep.since.as_ref().is_some_and(|since| name >= since)
    };
    let (mut kept, mut removed) = (Vec::new(), Vec::new());
    for (index, name) in names.iter().enumerate() {
        match stays((index, name)) {
            true => kept.push(name.clone()),
            false => removed.push(name.clone()),
        }
    }
    let needed = objects_of(series, &kept)?;
    let unneeded = unneeded_objects(series, &needed)?;
    let mut removed_bytes = unneeded.iter().map(|(_, size)| size).sum();
    for name in &removed {
        removed_bytes += size_of(&series.backup(name))?;
    }
    let pruned = Pruned {
        removed,
        kept,
        removed_objects: unneeded.len() as u64,
        removed_bytes,
        dry_run,
    };
    if !dry_run {
        remove_backups(series, &pruned.removed)?;
        let remove = |path| files::remove(path).map_err(|e| failed("remove", path, &e));
        unneeded.iter().try_for_each(|(path, _)| remove(path))?;
    }
    Ok(pruned)
}

/// Returns the names of all objects of these backups.
fn objects_of(series: &Series, backups: &[String]) -> Result<BTreeSet<String>, Failure> {
    let mut names = BTreeSet::new();
    for backup in backups {
        let folder = series.backup(backup);
        let damaged = |reason: &str| {
            let text = format!(
                "the backup {backup} is damaged ({reason}), so nobody knows which files it needs: look at it with `heddle backup verify`, \
                 and delete its folder if it is of no use"
            );
            Failure::new(Code::BackupDamaged, text)
        };
        let manifest = Manifest::read(&folder).map_err(|failure| damaged(&failure.message))?;
        let list = folder.join(manifest::OBJECT_LIST);
        let unreadable = |error: std::io::Error| damaged(&format!("{}: {error}", list.display()));
        if files::sum(&list).map_err(unreadable)? != manifest.objects.sum {
            return Err(damaged("its list of files was changed"));
        }
        let objects = manifest::read_objects(&list).map_err(unreadable)?;
        names.extend(objects.into_iter().map(|object| object.name));
    }
    Ok(names)
}

/// Returns the objects of the series that are not needed, with their lengths.
fn unneeded_objects(
    series: &Series,
    needed: &BTreeSet<String>,
) -> Result<Vec<(PathBuf, u64)>, Failure> {
    let objects = series.object("");
    let mut unneeded = Vec::new();
    for account in entries(&objects)? {
        if !account.path().is_dir() {
            continue;
        }
        for object in entries(&account.path())? {
            let names = [account.file_name(), object.file_name()].map(|name| name.into_string());
            let [Ok(account), Ok(name)] = names else {
                continue;
            };
            let path = object.path();
            let is_object = heddle_store::object_digest(&format!("{account}/{name}")).is_some();
            if !is_object || needed.contains(&format!("{account}/{name}")) {
                continue;
            }
            let found = object.metadata().map_err(|e| failed("read", &path, &e))?;
            unneeded.push((path, found.len()));
        }
    }
    Ok(unneeded)
}

/// Takes their names from the backups, and then removes them, and what an earlier run has left.
fn remove_backups(series: &Series, names: &[String]) -> Result<(), Failure> {
    for name in names {
        let from = series.backup(name);
        let to = series.backup(&format!("{PRUNED}{name}"));
        fs::rename(&from, to).map_err(|e| failed("remove", &from, &e))?;
    }
    let folder = series.folder();
    files::sync_folder(folder).map_err(|e| failed("sync", folder, &e))?;
    for entry in entries(folder)? {
        if entry.file_name().to_string_lossy().starts_with(PRUNED) {
            let path = entry.path();
            files::remove(&path).map_err(|e| failed("remove", &path, &e))?;
        }
    }
    Ok(())
}

/// Returns the length of all files of a backup.
fn size_of(backup: &Path) -> Result<u64, Failure> {
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) => Ok(found.len()),
        Err(error) => Err(failed("read", &entry.path(), &error)),
    };
    entries(backup)?.into_iter().map(size).sum()
}

fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, Failure> {
    let all = fs::read_dir(folder).and_then(Iterator::collect);
    match all {
        // A series whose backups have no objects has no folder for them.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        all => all.map_err(|e| failed("read", folder, &e)),
    }
}
