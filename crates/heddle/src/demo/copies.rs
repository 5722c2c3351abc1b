//! Copies of a demo's store: the sample data, and the snapshots that tests make.
//!
//! A copy holds the database, the search index and the objects (attachment files), as files. It is made and restored only while the
//! store is closed, so it is whole: no log lies beside its database.
//!
//! Invariant: a copy is complete or not there; it is moved to its name as the last step.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use heddle_domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::clock::Showing;
use crate::storage::make_private_folder;

/// The folder of the copy of the sample data, in the demo's folder.
pub(crate) const SAMPLE: &str = "sample-data";
/// The folder of the snapshots, in the demo's folder.
pub(crate) const SNAPSHOTS: &str = "snapshots";
/// The maximum number of snapshots.
pub(crate) const MOST_SNAPSHOTS: usize = 100;
/// The longest name of a snapshot.
const LONGEST_NAME: usize = 64;

const DATABASE: &str = "database.sqlite";
const INDEX: &str = "search.sqlite";
const OBJECTS: &str = "objects";
const CLOCK: &str = "clock.json";

/// What a copy says about the clock.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct SavedClock {
    /// The time when the copy was made, in milliseconds. Nothing in it is newer.
    newest_ms: i64,
    /// What the clock shows after a return to the copy: the machine's time and this offset; null if it stands at `newest_ms`.
    offset_ms: Option<i64>,
}

impl SavedClock {
    fn new(now: Timestamp, showing: Showing) -> Self {
        Self {
            newest_ms: now.0,
            offset_ms: match showing {
                Showing::Running { offset_ms } => Some(offset_ms),
                Showing::Standing(_) => None,
            },
        }
    }

    fn showing(self) -> Showing {
        match self.offset_ms {
            Some(offset_ms) => Showing::Running { offset_ms },
            None => Showing::Standing(Timestamp(self.newest_ms)),
        }
    }
}

/// Whether a text can be the name of a snapshot.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(plain)
}

/// The files of a demo's store, and the folder of its copies.
#[derive(Clone, Debug)]
pub(crate) struct StoreFiles {
    /// The demo's folder.
    folder: PathBuf,
    database: PathBuf,
    /// Whether the files outlive the process, so that they must be synced to disk.
    syncs: bool,
}

impl StoreFiles {
    pub(crate) fn new(folder: &Path, database: &Path, syncs: bool) -> Self {
        Self {
            folder: folder.to_owned(),
            database: database.to_owned(),
            syncs,
        }
    }

    /// Returns the folder of a copy: of the snapshot with this name, or of the sample data.
    fn copy(&self, snapshot: Option<&str>) -> PathBuf {
        match snapshot {
            None => self.folder.join(SAMPLE),
            Some(name) => self.folder.join(SNAPSHOTS).join(name),
        }
    }

    pub(crate) fn has(&self, snapshot: Option<&str>) -> bool {
        self.copy(snapshot).join(DATABASE).exists()
    }

    /// Returns the names of the snapshots, sorted.
    pub(crate) fn snapshots(&self) -> io::Result<Vec<String>> {
        let folder = match fs::read_dir(self.folder.join(SNAPSHOTS)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            folder => folder?,
        };
        let mut names = Vec::new();
        for entry in folder {
            let name = entry?.file_name();
            names.extend(
                name.to_str()
                    .filter(|name| is_name(name))
                    .map(str::to_owned),
            );
        }
        names.sort();
        Ok(names)
    }

    /// Copies the closed store at the time `now`. Replaces an earlier copy of the same name. After a return to the copy, the clock
    /// shows `showing`.
    pub(crate) fn save(
        &self,
        snapshot: Option<&str>,
        now: Timestamp,
        showing: Showing,
    ) -> io::Result<()> {
        let copy = self.copy(snapshot);
        // The name of a snapshot has no dot, so this is no snapshot.
        let unfinished = copy.with_extension("new");
        remove_folder(&unfinished)?;
        make_private_folder(&unfinished)?;
        self.copy_file(&self.database, &unfinished.join(DATABASE))?;
        let index = self.index();
        if index.exists() {
            self.copy_file(&index, &unfinished.join(INDEX))?;
        }
        copy_folder(&self.folder.join(OBJECTS), &unfinished.join(OBJECTS))?;
        let clock = serde_json::to_vec(&SavedClock::new(now, showing))?;
        fs::write(unfinished.join(CLOCK), clock)?;
        remove_folder(&copy)?;
        fs::rename(&unfinished, &copy)
    }

    fn clock(&self, snapshot: Option<&str>) -> io::Result<SavedClock> {
        let text = fs::read(self.copy(snapshot).join(CLOCK))?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Returns the time when a copy was made. Nothing in it is newer.
    pub(crate) fn newest(&self, snapshot: Option<&str>) -> io::Result<Timestamp> {
        Ok(Timestamp(self.clock(snapshot)?.newest_ms))
    }

    /// Replaces the closed store by a copy. Returns what the clock shows from now on.
    pub(crate) fn restore(&self, snapshot: Option<&str>) -> io::Result<Showing> {
        let (copy, clock) = (self.copy(snapshot), self.clock(snapshot)?);
        let objects = self.folder.join(OBJECTS);
        remove_folder(&objects)?;
        copy_folder(&copy.join(OBJECTS), &objects)?;
        let index = self.index();
        remove_log(&index)?;
        match copy.join(INDEX) {
            copied if copied.exists() => self.replace(&copied, &index)?,
            // A missing index is made again.
            _ => remove_file(&index)?,
        }
        // The database comes last: objects and index of a copy belong to it.
        remove_log(&self.database)?;
        self.replace(&copy.join(DATABASE), &self.database)?;
        Ok(clock.showing())
    }

    /// Whether every user of the database has closed it: the last one removes its log.
    pub(crate) fn is_closed(&self) -> bool {
        !beside(&self.database, "-wal").exists()
    }

    fn index(&self) -> PathBuf {
        self.database.with_extension("search.sqlite")
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        let new = beside(to, ".new");
        self.copy_file(from, &new)?;
        fs::rename(new, to)
    }

    fn copy_file(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::copy(from, to)?;
        if self.syncs {
            fs::File::open(to)?.sync_all()?;
        }
        Ok(())
    }
}

/// Returns the path of a file beside another, whose name continues that file's name.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.to_owned().into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

fn remove_log(database: &Path) -> io::Result<()> {
    remove_file(&beside(database, "-wal"))?;
    remove_file(&beside(database, "-shm"))
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Copies a folder with everything in it. A missing folder is copied as an empty one.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    make_private_folder(to)?;
    let entries = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &target)?,
            false => drop(fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> StoreFiles {
        let database = folder.join("heddle.sqlite");
        fs::write(&database, "data").expect("written");
        fs::create_dir_all(folder.join("objects/1")).expect("made");
        fs::write(folder.join("objects/1/a"), "object").expect("written");
        StoreFiles::new(folder, &database, false)
    }

    #[test]
    fn a_copy_brings_everything_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let files = files(path);
        assert!(!files.has(None));
        let clock = Showing::Running { offset_ms: 7 };
        files.save(None, Timestamp(3), clock).expect("saved");
        assert!(files.has(None));
        fs::write(path.join("heddle.sqlite"), "changed").expect("written");
        fs::write(path.join("heddle.search.sqlite"), "index").expect("written");
        fs::write(path.join("objects/1/b"), "another").expect("written");
        fs::remove_file(path.join("objects/1/a")).expect("removed");
        assert_eq!(files.restore(None).expect("restored"), clock);
        assert_eq!(files.newest(None).expect("read"), Timestamp(3));
        let read = |name: &str| fs::read_to_string(path.join(name)).expect("read");
        assert_eq!(read("heddle.sqlite"), "data");
        assert_eq!(read("objects/1/a"), "object");
        assert!(!path.join("objects/1/b").exists());
        assert!(!path.join("heddle.search.sqlite").exists());
    }

    #[test]
    fn snapshots_are_listed_and_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = files(folder.path());
        assert_eq!(files.snapshots().expect("a list"), Vec::<String>::new());
        let standing = Showing::Standing(Timestamp(5));
        files
            .save(Some("b"), Timestamp(3), Showing::MACHINE)
            .expect("saved");
        files
            .save(Some("a"), Timestamp(3), Showing::MACHINE)
            .expect("saved");
        files
            .save(Some("b"), Timestamp(5), standing)
            .expect("saved again");
        assert_eq!(files.snapshots().expect("a list"), ["a", "b"]);
        assert_eq!(files.restore(Some("b")).expect("restored"), standing);
        assert!(files.restore(Some("c")).is_err());
    }

    #[test]
    fn names_cannot_leave_the_folder() {
        for name in ["a", "before-login", "A_1"] {
            assert!(is_name(name), "{name}");
        }
        let long = "a".repeat(LONGEST_NAME + 1);
        for name in ["", ".", "..", "a/b", "a.new", "ä", long.as_str()] {
            assert!(!is_name(name), "{name}");
        }
    }
}
