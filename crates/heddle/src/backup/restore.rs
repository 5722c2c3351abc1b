//! Restores a backup into an empty folder, and a database of PostgreSQL into an empty one.
//!
//! The database comes last: SQLite's file gets its name at the end, and `pg_restore` works in one transaction. So a restore that
//! was killed leaves no store.

use std::fs;
use std::path::{Path, PathBuf};

use heddle::config::StoreUrl;

use super::files::{self, failed};
use super::manifest::{self, Engine, Manifest};
use super::postgres;
use super::progress::Progress;
use super::series::{Series, UNFINISHED};
use super::verify::Verifier;
use crate::command::failure::{Code, Failure};
use crate::storage::make_private_folder;

/// A restored store.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) backup: String,
    /// The data folder.
    pub(crate) folder: PathBuf,
    pub(crate) manifest: Manifest,
}

/// Verifies a backup (the newest one, if none is named), and restores it: the files into an empty folder, and a database of
/// PostgreSQL into the empty database `store`.
///
/// # Errors
/// Fails if the target is not empty or the backup is broken. Then the target is as it was.
pub(crate) async fn restore(
    series: &Series,
    name: Option<&str>,
    into: &Path,
    store: Option<&StoreUrl>,
) -> Result<Restored, Failure> {
    let backup = series.find(name)?;
    let manifest = Manifest::read(&series.backup(&backup))?;
    let database = target_of(&backup, &manifest, store).await?;
    let newest = heddle_store::newest_schema();
    if manifest.schema > newest {
        let text = format!(
            "the backup has schema {}, this version of Heddle knows {newest}: use a newer one",
            manifest.schema
        );
        return Err(Failure::new(Code::Refused, text));
    }
    let existed = into.exists();
    refuse_full(into)?;
    make_private_folder(into).map_err(|e| failed("make", into, &e))?;
    let filling = fill(series, &backup, into).and_then(|unpacked| match database {
        Some(_) => Ok(()),
        None => name_database(&unpacked, into),
    });
    let restored = match (filling, database) {
        (Ok(()), Some(url)) => {
            let dump = series.backup(&backup).join(&manifest.database.file);
            postgres::restore(url, &dump).await
        }
        (filled, _) => filled,
    };
    if restored.is_err() {
        empty(into, existed);
    }
    restored?;
    Ok(Restored {
        backup,
        folder: into.to_owned(),
        manifest,
    })
}

/// Returns the URL of the empty PostgreSQL database into which the backup goes; `None` for a backup of SQLite.
async fn target_of<'a>(
    backup: &str,
    manifest: &Manifest,
    store: Option<&'a StoreUrl>,
) -> Result<Option<&'a str>, Failure> {
    let refused = |text: String| Err(Failure::new(Code::Refused, text));
    match (manifest.engine, store) {
        (Engine::Sqlite, None) => Ok(None),
        (Engine::Sqlite, Some(_)) => refused(format!(
            "{backup} is a backup of SQLite: the database goes into the folder, so leave --store away"
        )),
        (Engine::Postgres, Some(StoreUrl::Postgres(url))) => {
            let is_empty = heddle_store::backup::is_empty_database(url.expose()).await;
            match is_empty.map_err(|e| postgres::of_store(&e))? {
                true => Ok(Some(url.expose())),
                false => refused(
                    "the PostgreSQL database is not empty: make a new one with `createdb`"
                        .to_owned(),
                ),
            }
        }
        (Engine::Postgres, _) => refused(format!(
            "{backup} is a backup of PostgreSQL: name an empty database with --store postgres://USER@HOST/DATABASE"
        )),
    }
}

fn refuse_full(into: &Path) -> Result<(), Failure> {
    let first = match fs::read_dir(into) {
        Ok(mut entries) => entries.next().transpose(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => Err(error),
    };
    match first.map_err(|e| failed("read", into, &e))? {
        None => Ok(()),
        Some(entry) => {
            let text = format!(
                "{} is not empty (it contains {}): name an empty folder",
                into.display(),
                entry.file_name().to_string_lossy()
            );
            Err(Failure::new(Code::Refused, text))
        }
    }
}

/// Removes what was written to a target that was empty before. Errors are ignored: the failure that led here matters more.
fn empty(into: &Path, existed: bool) {
    if !existed {
        let _ = fs::remove_dir_all(into);
        return;
    }
    for entry in fs::read_dir(into).into_iter().flatten().flatten() {
        let _ = files::remove(&entry.path());
    }
}

/// Verifies a backup, and copies its objects. Returns the path of the unpacked database of SQLite, which has no name yet.
fn fill(series: &Series, backup: &str, into: &Path) -> Result<PathBuf, Failure> {
    let unfinished = into.join(format!("{UNFINISHED}database"));
    let checked = Verifier::new(series).check(backup, &unfinished);
    if !checked.problems.is_empty() {
        let text = format!(
            "the backup {backup} is broken, and nothing was restored: {}",
            checked.problems.join("; ")
        );
        return Err(Failure::new(Code::BackupDamaged, text));
    }
    copy_objects(series, backup, &into.join("objects"))?;
    Ok(unfinished)
}

fn name_database(unfinished: &Path, into: &Path) -> Result<(), Failure> {
    let database = into.join("heddle.sqlite");
    let named = fs::rename(unfinished, &database).and_then(|()| files::sync_folder(into));
    named.map_err(|e| failed("write", &database, &e))
}

/// Copies the objects of a backup into the folder of a store's objects.
fn copy_objects(series: &Series, backup: &str, into: &Path) -> Result<(), Failure> {
    make_private_folder(into).map_err(|e| failed("make", into, &e))?;
    let path = series.backup(backup).join(manifest::OBJECT_LIST);
    let list = manifest::read_objects(&path).map_err(|e| failed("read", &path, &e))?;
    let all = list.len() as u64;
    let mut progress = Progress::new();
    let mut folders = std::collections::BTreeSet::from([into.to_owned()]);
    for (done, object) in (0..).zip(&list) {
        progress.show("copying attachments", done, all);
        let (from, to) = (series.object(&object.name), into.join(&object.name));
        let folder = to.parent().unwrap_or(into);
        make_private_folder(folder).map_err(|e| failed("make", folder, &e))?;
        folders.insert(folder.to_owned());
        let sum = files::copy(&from, &to).map_err(|e| failed("copy", &from, &e))?;
        if heddle_store::object_digest(&object.name) != Some(&sum.sha256) {
            let text = format!("{} was changed while it was copied", from.display());
            return Err(Failure::new(Code::BackupDamaged, text));
        }
    }
    for folder in folders {
        files::sync_folder(&folder).map_err(|e| failed("sync", &folder, &e))?;
    }
    Ok(())
}
