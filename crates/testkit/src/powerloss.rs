//! Finds out what a disk would still contain after a power failure.
//!
//! `kill -9` alone does not test durability, because the kernel keeps all written data, synced or not. Here a small C library
//! ([`Shim`]) is preloaded into the process under test, and records what the process does to the files below one folder (a
//! [`Recording`]). [`rebuild`] then replays this journal, and writes only the data that a disk is guaranteed to contain.
//!
//! The model is stricter than most file systems:
//! - the data of a file is durable after an `fsync` or `fdatasync` of the file; a truncation counts as data;
//! - an entry (created, renamed, linked, removed) is durable after an `fsync` of its *folder*. Syncing a file does not make
//!   its name durable. A rename within one folder is one change; a rename across two folders needs a sync of each;
//! - the watched folder, and everything in it when the recording started, is durable.
//!
//! [`Loss`] says what happens to the other changes.
//!
//! Deliberately missing: torn writes within one call, modes, owners and times of files (the copy is readable by its
//! owner only), symbolic links, `O_SYNC`, `O_TMPFILE`, shared writable mappings and recording more than one process.
//! If the process does one of these, the rebuild fails and names it. The only exception is SQLite's `-shm` file: it is mapped
//! memory, SQLite creates it again, and so it is never part of the rebuilt folder.

mod disk;
mod journal;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};

use self::disk::Disk;
pub use self::disk::Loss;
use self::journal::Journal;

const SOURCE: &str = include_str!("../powerloss/shim.c");

/// The library that is preloaded into the process under test.
#[derive(Debug)]
pub struct Shim;

impl Shim {
    /// Compiles the library with `cc`, once per version of its source, into the folder of the test's executable. Returns its path.
    pub fn build() -> Result<PathBuf> {
        static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        let built = BUILT.get_or_init(|| compile().map_err(|error| format!("{error:#}")));
        built.clone().map_err(anyhow::Error::msg)
    }
}

fn compile() -> Result<PathBuf> {
    let executable = std::env::current_exe()?;
    let folder = executable
        .parent()
        .context("an executable lies in a folder")?;
    let mut hasher = DefaultHasher::new();
    SOURCE.hash(&mut hasher);
    let library = folder.join(format!("powerloss-{:016x}.so", hasher.finish()));
    if library.exists() {
        return Ok(library);
    }
    let work = tempfile::tempdir_in(folder)?;
    let (source, object) = (work.path().join("shim.c"), work.path().join("shim.so"));
    fs::write(&source, SOURCE)?;
    let output = Command::new("cc")
        .args([
            "-shared",
            "-fPIC",
            "-O1",
            "-std=c11",
            "-U_FORTIFY_SOURCE",
            "-o",
        ])
        .args([&object, &source])
        .arg("-ldl")
        .output()
        .context("cannot run cc, the C compiler")?;
    ensure!(
        output.status.success(),
        "cc: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Another test process may compile the library at the same time. After the rename, the result of either is
    // complete.
    fs::rename(&object, &library)?;
    Ok(library)
}

/// The recording of one process: the watched folder, the folder of the journal, and the injected faults.
#[derive(Debug)]
pub struct Recording {
    root: PathBuf,
    log: PathBuf,
    faults: Vec<(&'static str, u64)>,
}

impl Recording {
    /// Prepares to watch `root` (created if missing) and to write the journal into `log`, a folder that must be new or
    /// empty and outside of `root`. The current content of `root` is copied as the durable start. One recording is for
    /// one process.
    pub fn start(root: &Path, log: &Path) -> Result<Self> {
        fs::create_dir_all(root)?;
        fs::create_dir_all(log)?;
        let (root, log) = (root.canonicalize()?, log.canonicalize()?);
        ensure!(
            !log.starts_with(&root),
            "the journal must lie outside of the watched folder"
        );
        ensure!(
            fs::read_dir(&log)?.next().is_none(),
            "{} is not empty",
            log.display()
        );
        copy_tree(&root, &base_of(&log))?;
        Ok(Self {
            root,
            log,
            faults: Vec::new(),
        })
    }

    /// Makes the `n`-th call below the root that needs space (a write, a growing truncation, a new entry), counted from
    /// 1, and every later one fail with "no space left" until [`Recording::free_space`].
    #[must_use]
    pub fn full_after(self, n: u64) -> Self {
        self.fault("POWERLOSS_FULL_AFTER", n)
    }

    /// Does the same as [`Recording::full_after`], but only the `n`-th call fails.
    #[must_use]
    pub fn full_once(self, n: u64) -> Self {
        self.fault("POWERLOSS_FULL_AFTER", n)
            .fault("POWERLOSS_FULL_ONCE", 1)
    }

    /// Makes the `n`-th sync below the root, counted from 1, and every later one fail with an I/O error.
    #[must_use]
    pub fn sync_fails_after(self, n: u64) -> Self {
        self.fault("POWERLOSS_SYNC_FAILS", n)
    }

    /// Delays the faults: calls are counted for them only after [`Recording::arm`].
    #[must_use]
    pub fn armed_later(self) -> Self {
        self.fault("POWERLOSS_ARM_LATER", 1)
    }

    fn fault(mut self, name: &'static str, value: u64) -> Self {
        self.faults.push((name, value));
        self
    }

    /// Makes `command` run with the library preloaded.
    pub fn attach(&self, command: &mut Command) -> Result<()> {
        command
            .env("LD_PRELOAD", Shim::build()?)
            .env("POWERLOSS_ROOT", &self.root)
            .env("POWERLOSS_LOG", &self.log);
        for (name, value) in &self.faults {
            command.env(name, value.to_string());
        }
        Ok(())
    }

    /// Starts counting calls for the faults; see [`Recording::armed_later`].
    pub fn arm(&self) -> Result<()> {
        Ok(fs::write(self.log.join("armed"), "")?)
    }

    /// Ends the simulated full disk.
    pub fn free_space(&self) -> Result<()> {
        Ok(fs::write(self.log.join("space-freed"), "")?)
    }

    /// Returns the watched folder as a canonical path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes the files that survive into the new folder `into`. The process must have ended.
    pub fn rebuild(&self, loss: Loss, into: &Path) -> Result<Rebuilt> {
        rebuild(&self.log, loss, into)
    }
}

/// The result of a rebuild.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Number of complete records in the journal.
    pub records: u64,
    /// Number of operations that were dropped: writes to files, and changes of folder entries.
    pub dropped: u64,
}

/// Replays the journal in `log` and writes what is left after `loss` into the new or empty folder `into`.
///
/// Fails if the process did something that the model does not cover, or if the journal has a gap. An incomplete record at the
/// end is ignored, because its call never returned.
pub fn rebuild(log: &Path, loss: Loss, into: &Path) -> Result<Rebuilt> {
    fs::create_dir_all(into)?;
    ensure!(
        fs::read_dir(into)?.next().is_none(),
        "{} is not empty",
        into.display()
    );
    let mut disk = Disk::holding(&base_of(log))?;
    let mut records = 0;
    let mut journal = Journal::open(&log.join("journal"))?;
    while let Some(record) = journal.next_record()? {
        records += 1;
        ensure!(
            record.order == records,
            "record {} follows {}: two processes?",
            record.order,
            records - 1
        );
        disk.apply(record.change)
            .with_context(|| format!("at record {records} of the journal"))?;
    }
    let dropped = disk.lose(loss);
    disk.write_to(into)?;
    Ok(Rebuilt { records, dropped })
}

fn base_of(log: &Path) -> PathBuf {
    log.join("base")
}

fn copy_tree(from: &Path, into: &Path) -> Result<()> {
    fs::create_dir(into)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, into.join(entry.file_name()));
        if kind.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &target)?;
        } else {
            // Sockets and pipes are left out, because they hold no data and do not outlive their process.
            ensure!(
                !kind.is_symlink(),
                "{} is a symbolic link",
                entry.path().display()
            );
        }
    }
    Ok(())
}
