//! Makes a backup.
//!
//! The order matters: first the database, then the objects that it names. A server writes an object before the row that names
//! it, and never changes it; and while the backup holds [`KeptObjects`], nobody removes an object that a row has named.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use heddle::config::{Config, StoreUrl};
use heddle_access::seal;
use heddle_store::backup::{Contents, DatabaseCopy, copy_database};
use heddle_store::{Clock, Error, Objects, SystemClock, Trouble};
use serde::Serialize;

use super::files::{self, Summing, failed};
use super::manifest::{self, Database, Engine, Manifest, Object};
use super::newest::{self, Newest};
use super::postgres;
use super::progress::Progress;
use super::series::{Series, UNFINISHED};
use crate::command::failure::{Code, Failure};
use crate::storage::{self, make_private_folder};

const DATABASE: &str = "database.sqlite.zst";
const DUMP: &str = "database.pgdump";

/// A finished backup.
#[derive(Debug, Serialize)]
pub(crate) struct Taken {
    pub(crate) name: String,
    /// The folder of the backup.
    pub(crate) folder: PathBuf,
    pub(crate) manifest: Manifest,
    /// How many objects were copied; the series had the others already.
    pub(crate) copied_objects: u64,
}

/// Makes a backup of the configured store in the series `folder`.
///
/// # Errors
/// Says what is missing or wrong. Then the series has no new backup.
pub(crate) async fn take(
    config: &Config,
    accept_missing_log: bool,
    folder: &Path,
) -> Result<Taken, Failure> {
    let database = config.store.database();
    if let StoreUrl::Sqlite(path) = &database
        && !path.is_file()
    {
        let text = format!("there is no store at {}", path.display());
        return Err(Failure::new(Code::StoreMissing, text));
    }
    refuse_inside(folder, &config.store.data)?;
    let objects = open_objects(config)?;
    let locked = Series::lock(folder)?;
    let work = locked.series.in_work();
    let work_on = Work {
        series: &locked.series,
        folder: &work,
        source: &objects,
        progress: Progress::new(),
    };
    let taken = work_on.run(&database, accept_missing_log).await;
    if let Ok(taken) = &taken {
        let newest = Newest {
            name: taken.name.clone(),
            folder: std::path::absolute(&taken.folder).unwrap_or_else(|_| taken.folder.clone()),
            taken_at: taken.manifest.taken_at.clone(),
            lost_objects: taken.manifest.objects.lost.len() as u64,
        };
        newest::record(&objects, &newest).await;
    }
    if taken.is_err() {
        // The next backup tries again to remove it.
        let _ = files::remove(&work);
    }
    taken
}

/// Opens the place of the store's objects.
pub(crate) fn open_objects(config: &Config) -> Result<Objects, Failure> {
    let options = config.object_options();
    if let Some(folder) = options.folder() {
        make_private_folder(folder).map_err(|e| failed("make", folder, &e))?;
    }
    Objects::open(&options, Arc::new(SystemClock)).map_err(|e| of_objects(&e))
}

/// Refuses a folder for backups inside the data folder, where it would be lost together with the store.
fn refuse_inside(folder: &Path, data: &Path) -> Result<(), Failure> {
    let data = data.canonicalize().map_err(|e| failed("read", data, &e))?;
    let absolute = std::path::absolute(folder).map_err(|e| failed("read", folder, &e))?;
    // The folder need not exist yet.
    let existing = absolute
        .ancestors()
        .find_map(|path| path.canonicalize().ok());
    if existing.is_some_and(|path| path.starts_with(&data)) {
        let text = format!(
            "{} is inside the data folder {}: a backup belongs to another place, best to another disk",
            folder.display(),
            data.display()
        );
        return Err(Failure::new(Code::Refused, text));
    }
    Ok(())
}

/// A backup that is being made.
struct Work<'a> {
    series: &'a Series,
    /// The unfinished folder of the backup.
    folder: &'a Path,
    /// The store's objects.
    source: &'a Objects,
    progress: Progress,
}

impl Work<'_> {
    async fn run(
        mut self,
        database: &StoreUrl,
        accept_missing_log: bool,
    ) -> Result<Taken, Failure> {
        let folder = self.folder;
        make_private_folder(folder).map_err(|e| failed("make", folder, &e))?;
        let objects = self.series.object("");
        make_private_folder(&objects).map_err(|e| failed("make", &objects, &e))?;
        let kept = self.source.keep().await.map_err(|e| of_objects(&e))?;
        let taken_at = SystemClock.now();
        let (contents, plain) = match database {
            StoreUrl::Sqlite(path) => {
                let plain = folder.join("database.sqlite");
                (
                    self.copy_sqlite(path, &plain, accept_missing_log)?,
                    Some(plain),
                )
            }
            StoreUrl::Postgres(url) => {
                let dump = folder.join(DUMP);
                (postgres::dump(url.expose(), &dump).await?, None)
            }
        };
        self.refuse_other_store(&contents)?;
        let copied = self.copy_objects(&contents).await?;
        kept.release().await.map_err(|e| of_objects(&e))?;
        let engine = match database {
            StoreUrl::Sqlite(_) => Engine::Sqlite,
            StoreUrl::Postgres(_) => Engine::Postgres,
        };
        let database = match plain {
            Some(plain) => self.compress(&plain)?,
            None => self.sum_of_dump()?,
        };
        let list = folder.join(manifest::OBJECT_LIST);
        let sum = manifest::write_objects(&list, &copied.objects);
        let manifest = Manifest {
            format: manifest::FORMAT,
            heddle: env!("CARGO_PKG_VERSION").to_owned(),
            schema: contents.schema,
            engine,
            taken_at: taken_at.to_text_with_ms(),
            store_made_at: contents.made_at.to_text_with_ms(),
            last_events: by_account(&contents),
            sealing_key: key_of(&contents),
            database,
            objects: manifest::Objects {
                file: manifest::OBJECT_LIST.to_owned(),
                sum: sum.map_err(|e| failed("write", &list, &e))?,
                count: copied.objects.len() as u64,
                bytes: copied.objects.iter().map(|object| object.size).sum(),
                lost: copied.lost,
            },
        };
        manifest.write(folder)?;
        self.finish(manifest, copied.new)
    }

    fn copy_sqlite(
        &mut self,
        database: &Path,
        plain: &Path,
        accept_missing_log: bool,
    ) -> Result<Contents, Failure> {
        let progress = &mut self.progress;
        let mut on_progress = |done, all| progress.show("copying the database", done, all);
        copy_database(database, plain, accept_missing_log, &mut on_progress)
            .and_then(|()| DatabaseCopy::open(plain)?.contents())
            .map_err(|error| explain(&error, self.folder))
    }

    /// Gives the folder its name: from then on there is one backup more.
    fn finish(&self, manifest: Manifest, copied_objects: u64) -> Result<Taken, Failure> {
        let name = manifest.taken_at.replace(':', "-");
        let folder = self.series.backup(&name);
        let renamed = files::sync_folder(self.folder)
            .and_then(|()| std::fs::rename(self.folder, &folder))
            .and_then(|()| files::sync_folder(self.series.folder()));
        renamed.map_err(|e| failed("finish", &folder, &e))?;
        Ok(Taken {
            name,
            folder,
            manifest,
            copied_objects,
        })
    }

    /// Refuses to mix the backups of two stores: deleting old backups would become dangerous.
    fn refuse_other_store(&self, contents: &Contents) -> Result<(), Failure> {
        let made_at = contents.made_at.to_text_with_ms();
        for name in self.series.names()? {
            let other = Manifest::read(&self.series.backup(&name));
            if other.is_ok_and(|other| other.store_made_at != made_at) {
                let text = format!(
                    "{} has backups of another store: name a folder of its own for each store",
                    self.series.folder().display()
                );
                return Err(Failure::new(Code::Refused, text));
            }
        }
        Ok(())
    }

    async fn copy_objects(&mut self, contents: &Contents) -> Result<Copied, Failure> {
        let mut copied = Copied::default();
        let sizes = self.source.sizes().await.map_err(|e| of_objects(&e))?;
        let mut folders = std::collections::BTreeSet::new();
        let all = contents.objects.len() as u64;
        for (done, name) in (0..).zip(&contents.objects) {
            self.progress.show("copying attachments", done, all);
            let to = self.series.object(name);
            let Some(digest) = heddle_store::object_digest(name) else {
                copied.lost.push(name.clone());
                continue;
            };
            let Some(size) = sizes.get(name).copied() else {
                match whole_in_series(&to, digest)? {
                    Some(size) => copied.objects.push(Object {
                        size,
                        name: name.clone(),
                    }),
                    None => copied.lost.push(name.clone()),
                }
                continue;
            };
            let object = Object {
                size,
                name: name.clone(),
            };
            if std::fs::metadata(&to).is_ok_and(|there| there.len() == size) {
                copied.objects.push(object);
            } else if self.copy_object(name, &to, digest).await? {
                folders.extend(to.parent().map(Path::to_owned));
                copied.objects.push(object);
                copied.new += 1;
            } else if let Some(size) = whole_in_series(&to, digest)? {
                copied.objects.push(Object { size, ..object });
            } else {
                copied.lost.push(name.clone());
            }
        }
        folders.insert(self.series.object(""));
        for folder in folders {
            files::sync_folder(&folder).map_err(|e| failed("sync", &folder, &e))?;
        }
        Ok(copied)
    }

    /// Copies an object. Returns false if it is missing, or its bytes are not those that its name says.
    async fn copy_object(&self, name: &str, to: &Path, digest: &str) -> Result<bool, Failure> {
        let found = self.source.read_all(name).await;
        let Some(mut pieces) = found.map_err(|e| of_objects(&e))? else {
            return Ok(false);
        };
        let folder = to.parent().unwrap_or(self.series.folder());
        make_private_folder(folder).map_err(|e| failed("make", folder, &e))?;
        let unfinished = self.series.object(&format!("{UNFINISHED}object"));
        let file = files::create(&unfinished).map_err(|e| failed("write", &unfinished, &e))?;
        let mut copy = Summing::new(file);
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|e| of_objects(&e.into()))?;
            copy.write_all(&piece)
                .map_err(|e| failed("write", &unfinished, &e))?;
        }
        let (file, sum) = copy.end();
        file.sync_all()
            .map_err(|e| failed("write", &unfinished, &e))?;
        if sum.sha256 != digest {
            files::remove(&unfinished).map_err(|e| failed("remove", &unfinished, &e))?;
            return Ok(false);
        }
        std::fs::rename(&unfinished, to).map_err(|e| failed("write", to, &e))?;
        Ok(true)
    }

    fn sum_of_dump(&self) -> Result<Database, Failure> {
        let dump = self.folder.join(DUMP);
        let sum = files::sum(&dump).map_err(|e| failed("read", &dump, &e))?;
        Ok(Database {
            file: DUMP.to_owned(),
            sum,
            unpacked: None,
        })
    }

    fn compress(&mut self, plain: &Path) -> Result<Database, Failure> {
        let to = self.folder.join(DATABASE);
        let all = std::fs::metadata(plain).map_or(0, |file| file.len());
        let progress = &mut self.progress;
        let mut on_progress = |done| progress.show("compressing the database", done, all);
        let sums = files::compress(plain, &to, &mut on_progress);
        let (sum, unpacked) = sums.map_err(|e| failed("write", &to, &e))?;
        files::remove(plain).map_err(|e| failed("remove", plain, &e))?;
        Ok(Database {
            file: DATABASE.to_owned(),
            sum,
            unpacked: Some(unpacked),
        })
    }
}

/// Returns the length of an object that an earlier backup has copied, if its bytes are those that its name says.
fn whole_in_series(object: &Path, digest: &str) -> Result<Option<u64>, Failure> {
    match files::sum(object) {
        Ok(sum) => Ok((sum.sha256 == digest).then_some(sum.size)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", object, &error)),
    }
}

#[derive(Default)]
struct Copied {
    objects: Vec<Object>,
    /// How many of them were copied now.
    new: u64,
    lost: Vec<String>,
}

fn by_account(contents: &Contents) -> BTreeMap<String, i64> {
    let events = contents.last_events.iter();
    events
        .map(|(account, event)| (account.to_string(), *event))
        .collect()
}

/// Returns the id of the key with which the secrets are sealed.
fn key_of(contents: &Contents) -> Option<String> {
    let of_text = || contents.sealed_text.as_deref().and_then(seal::key_of);
    contents.sealing_key.clone().or_else(of_text)
}

/// Returns the failure of a request to the objects.
pub(crate) fn of_objects(error: &Error) -> Failure {
    Failure::new(Code::of_store(error), storage::text(error))
}

fn explain(error: &Error, folder: &Path) -> Failure {
    let text = match error {
        Error::Trouble(Trouble::DiskFull) => format!(
            "there is no room for the copy of the database in {}: free some space, or name another folder",
            folder.display()
        ),
        Error::Trouble(Trouble::TimedOut(reason)) => format!(
            "{reason}: name a folder on a faster disk, or make the backup when less is written"
        ),
        other => return Failure::new(Code::of_store(other), storage::text(other)),
    };
    Failure::new(Code::Failed, text)
}
