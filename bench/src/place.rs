//! Where a command works, and what it does with its results: the options that all commands share.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Args;
use tempfile::TempDir;

use crate::machine::Machine;
use crate::results::Results;
use crate::tables;

/// Where a command works.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Placed {
    /// The program to measure [default: heddle, beside this one]
    #[arg(long)]
    pub(crate) heddle: Option<PathBuf>,
    /// Where the databases are made: a folder on the disk to be measured [default: beside this program]
    #[arg(long)]
    pub(crate) work_dir: Option<PathBuf>,
}

/// What a command does with its results.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Output {
    /// Write all results into this file, too
    #[arg(long)]
    json: Option<PathBuf>,
}

/// A folder for the databases of a run, which is removed at the end.
pub(crate) struct Place {
    folder: TempDir,
    heddle: PathBuf,
}

/// Results that are being gathered.
pub(crate) struct Gathered {
    results: Results,
    began: Instant,
}

impl Placed {
    /// Returns the folder in which databases are made.
    pub(crate) fn within(&self) -> Result<PathBuf> {
        Ok(match &self.work_dir {
            Some(folder) => folder.clone(),
            None => beside()?,
        })
    }
}

fn beside() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(""))
}

impl Place {
    pub(crate) fn open(placed: &Placed) -> Result<Self> {
        let within = placed.within()?;
        let folder = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(&within);
        Ok(Self {
            folder: folder
                .with_context(|| format!("cannot make a folder in {}", within.display()))?,
            heddle: match &placed.heddle {
                Some(program) => program.clone(),
                None => beside()?.join("heddle"),
            },
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Creates a folder in the folder.
    pub(crate) fn subfolder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// Returns the program to measure.
    pub(crate) fn heddle(&self) -> PathBuf {
        self.heddle.clone()
    }
}

impl Output {
    /// Describes the machine, with the disk of this folder.
    pub(crate) fn begin(&self, folder: &Path) -> Result<Gathered> {
        Ok(Gathered {
            results: Results::on(Machine::describe(folder)?),
            began: Instant::now(),
        })
    }

    /// Prints the results as tables, and writes them into the file.
    pub(crate) fn finish(&self, gathered: Gathered) -> Result<()> {
        let Gathered { mut results, began } = gathered;
        results.took_seconds = began.elapsed().as_secs_f64();
        println!("{}", tables::text(&results));
        if let Some(file) = &self.json {
            results.write(file)?;
        }
        Ok(())
    }
}

impl std::ops::Deref for Gathered {
    type Target = Results;

    fn deref(&self) -> &Results {
        &self.results
    }
}

impl std::ops::DerefMut for Gathered {
    fn deref_mut(&mut self) -> &mut Results {
        &mut self.results
    }
}
