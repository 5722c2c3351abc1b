//! `heddle export`: writes one account or all as lines of JSON (`docs/export.md`), while a server runs or not.
//!
//! Invariant: a file with the given name exists afterwards only if the export is complete, unless the process was killed; then
//! it lacks its last line, and `heddle import` refuses it.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use heddle::config::{Config, Overrides, StoreUrl};
use heddle::telemetry;
use heddle_domain::AccountId;
use heddle_store::backup::{DatabaseCopy, DatabaseSnapshot, copy_database};
use heddle_store::export::{ExportError, Exported, Source as State};
use heddle_store::{Error, Objects, Trouble};
use parking_lot::Mutex;
use serde_json::json;

use super::argument;
use super::failure::{Code, Failure};
use super::output;
use super::source::Source;
use crate::backup::files::failed;
use crate::backup::progress::{Progress, size};
use crate::backup::take;
use crate::stop_signal::stop_signal;
use crate::storage;

/// The name that stands for standard output, and for standard input.
pub(super) const STANDARD: &str = "-";

#[derive(Args, Debug)]
#[group(required = true, multiple = false, args = ["account", "all"])]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Export one account, by its number
    #[arg(long, value_name = "N", value_parser = argument::id)]
    account: Option<i64>,
    /// Export all accounts
    #[arg(long)]
    all: bool,
    /// A new file for the export, or - for standard output
    #[arg(long, value_name = "FILE", default_value = STANDARD)]
    output: PathBuf,
}

pub(crate) async fn run(arguments: Arguments, json: bool) -> anyhow::Result<()> {
    let opening = arguments.source.opening();
    let config = arguments.source.load(Overrides::default())?;
    telemetry::init(&config.log)?;
    if json && arguments.output.as_os_str() == STANDARD {
        let text = "with --json, name a file with --output: standard output has the result";
        return Err(Failure::new(Code::Usage, text).into());
    }
    let what = (arguments.account, &*arguments.output);
    let exported = export(&config, what, opening.accept_missing_log).await?;
    report(&arguments.output, &exported, json)
}

/// Files and folders that must not stay if the process is stopped by a signal, because they are incomplete, or have secrets.
#[derive(Clone, Default)]
struct Leftovers(Arc<Mutex<BTreeSet<PathBuf>>>);

impl Leftovers {
    /// The exit code of a process that SIGINT has ended, as shells count.
    const STOPPED: i32 = 130;

    /// Removes them and ends the process at the first signal.
    fn remove_at_a_signal() -> io::Result<Self> {
        let stop = stop_signal()?;
        let this = Self::default();
        let left = this.clone();
        tokio::spawn(async move {
            stop.cancelled().await;
            for path in &*left.0.lock() {
                let removed = match path.is_dir() {
                    true => std::fs::remove_dir_all(path),
                    false => std::fs::remove_file(path),
                };
                if let Err(error) = removed
                    && error.kind() != io::ErrorKind::NotFound
                {
                    let path = path.display();
                    tracing::warn!(%error, "cannot remove {path}: {error}; remove it yourself");
                }
            }
            std::process::exit(Self::STOPPED);
        });
        Ok(this)
    }

    fn add(&self, path: &Path) {
        self.0.lock().insert(path.to_owned());
    }

    fn forget(&self, path: &Path) {
        self.0.lock().remove(path);
    }
}

/// Exports one account, or all, to a new file. A signal ends the process, and nothing incomplete stays.
///
/// # Errors
/// Says what cannot be read or written. Then there is no such file.
pub(super) async fn export(
    config: &Config,
    (account, file): (Option<i64>, &Path),
    accept_missing_log: bool,
) -> Result<Exported, Failure> {
    if !storage::exists(config).await? {
        let text = format!("there is no store at {}", storage::display_name(config));
        return Err(Failure::new(Code::StoreMissing, text));
    }
    let leftovers = Leftovers::remove_at_a_signal()
        .map_err(|e| Failure::new(Code::Failed, format!("cannot listen for signals: {e}")))?;
    let mut output = Output::create(file, &leftovers)?;
    let objects = take::open_objects(config)?;
    let of_objects = |error: Error| take::of_objects(&error);
    let kept = objects.keep().await.map_err(of_objects)?;
    let exported = write(config, (account, accept_missing_log), &objects, &mut output).await;
    let released = kept.release().await;
    let exported = exported?;
    released.map_err(of_objects)?;
    output.finish()?;
    Ok(exported)
}

async fn write(
    config: &Config,
    (account, accept_missing_log): (Option<i64>, bool),
    objects: &Objects,
    output: &mut Output,
) -> Result<Exported, Failure> {
    let mut progress = Progress::new();
    let beside = output.folder(&config.store.data);
    let place = (&*beside, &output.leftovers);
    let mut state = state(config, place, accept_missing_log, &mut progress).await?;
    let accounts = chosen(&mut state, account).await?;
    let mut on_progress = |records| progress.count("exporting", "records", records);
    let exported = state
        .export(&accounts, objects, &mut output.writer, &mut on_progress)
        .await;
    if let State::Snapshot(snapshot) = state {
        snapshot.end().await;
    }
    exported.map_err(|error| explain(error, output))
}

/// Returns one state of the store's database. A copy of a SQLite database is in the folder `beside`, and has no name any more.
async fn state(
    config: &Config,
    (beside, leftovers): (&Path, &Leftovers),
    accept_missing_log: bool,
    progress: &mut Progress,
) -> Result<State, Failure> {
    let path = match config.store.database() {
        StoreUrl::Sqlite(path) => path,
        StoreUrl::Postgres(url) => {
            let taken = DatabaseSnapshot::take(url.expose())
                .await
                .map_err(unreadable)?;
            let missing = || Failure::new(Code::StoreMissing, "the database contains no store");
            return Ok(State::Snapshot(Box::new(taken.ok_or_else(missing)?)));
        }
    };
    let folder = tempfile::Builder::new()
        .prefix(".heddle-export-")
        .tempdir_in(beside)
        .map_err(|e| failed("write to", beside, &e))?;
    leftovers.add(folder.path());
    let copy = folder.path().join("copy.sqlite");
    let mut on_progress = |done, all| progress.show("copying the database", done, all);
    // The runtime must see signals meanwhile.
    let copied = tokio::task::block_in_place(|| {
        copy_database(&path, &copy, accept_missing_log, &mut on_progress)
            .and_then(|()| DatabaseCopy::open(&copy))
    });
    copied.map(State::Copy).map_err(|error| match error {
        Error::Trouble(Trouble::DiskFull) => {
            let text = format!(
                "there is no room for a copy of the database in {}: free some space, or write the export to another disk with --output",
                beside.display()
            );
            Failure::new(Code::Failed, text)
        }
        other => unreadable(other),
    })
}

async fn chosen(state: &mut State, account: Option<i64>) -> Result<Vec<AccountId>, Failure> {
    let all = state.accounts().await.map_err(unreadable)?;
    match account.map(AccountId) {
        None => Ok(all),
        Some(account) if all.contains(&account) => Ok(vec![account]),
        Some(account) => {
            let text = format!("there is no account {account}; `heddle account list` shows all");
            Err(Failure::new(Code::NotFound, text))
        }
    }
}

fn unreadable(error: Error) -> Failure {
    Failure::new(Code::of_store(&error), storage::text(&error))
}

fn explain(error: ExportError, output: &Output) -> Failure {
    match error {
        ExportError::Store(error) => unreadable(error),
        ExportError::Output(error) => {
            let text = format!("cannot write {}: {error}", output.name());
            Failure::new(Code::Failed, text)
        }
        object @ ExportError::Object { .. } => {
            let text = format!(
                "{object}. `heddle doctor` names all such files; restore them from a backup"
            );
            Failure::new(Code::Failed, text)
        }
    }
}

fn report(file: &Path, exported: &Exported, json: bool) -> anyhow::Result<()> {
    if json {
        return output::print_json(&json!({ "export": {
            "file": file,
            "records": exported.records,
            "counts": exported.counts,
            "bytes": exported.bytes,
        } }));
    }
    let accounts = exported.counts.get("account").copied().unwrap_or(0);
    let text = format!(
        "Exported {accounts} account{}: {} records, {}. The export has no secrets, but all contents: keep it as safe as the store.",
        if accounts == 1 { "" } else { "s" },
        exported.records,
        size(exported.bytes),
    );
    match file.as_os_str() == STANDARD {
        // Standard output has the export.
        true => Ok(writeln!(io::stderr(), "{text}")?),
        false => output::print(&text),
    }
}

/// Where the export is written. A file that is not finished is removed.
struct Output {
    path: Option<PathBuf>,
    writer: Box<dyn Write>,
    file: Option<File>,
    is_finished: bool,
    leftovers: Leftovers,
}

impl Output {
    fn create(path: &Path, leftovers: &Leftovers) -> Result<Self, Failure> {
        let leftovers = leftovers.clone();
        if path.as_os_str() == STANDARD {
            return Ok(Self {
                path: None,
                writer: Box::new(io::stdout()),
                file: None,
                is_finished: false,
                leftovers,
            });
        }
        let mut options = OpenOptions::new();
        let made = options.write(true).create_new(true).mode(0o600).open(path);
        let file = made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                let text = format!(
                    "{} exists already, and an export overwrites no file: name a new one",
                    path.display()
                );
                Failure::new(Code::Conflict, text)
            }
            _ => failed("write", path, &error),
        })?;
        leftovers.add(path);
        let writer = file.try_clone().map_err(|e| failed("write", path, &e))?;
        Ok(Self {
            path: Some(path.to_owned()),
            writer: Box::new(writer),
            file: Some(file),
            is_finished: false,
            leftovers,
        })
    }

    /// Returns the folder of the file, or `otherwise`.
    fn folder(&self, otherwise: &Path) -> PathBuf {
        let folder = self.path.as_deref().map(|path| path.parent());
        match folder {
            None => otherwise.to_owned(),
            Some(folder) => {
                let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
                folder.unwrap_or(Path::new(".")).to_owned()
            }
        }
    }

    fn name(&self) -> String {
        let path = self.path.as_deref();
        path.map_or_else(
            || "standard output".to_owned(),
            |path| path.display().to_string(),
        )
    }

    fn finish(mut self) -> Result<(), Failure> {
        if let (Some(file), Some(path)) = (&self.file, &self.path) {
            file.sync_all().map_err(|e| failed("write", path, &e))?;
            self.leftovers.forget(path);
            // The name must survive a loss of power, too.
            let folder = self.folder(Path::new("."));
            let synced = File::open(&folder).and_then(|folder| folder.sync_all());
            synced.map_err(|e| failed("write", &folder, &e))?;
        }
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(path) = self.path.as_deref().filter(|_| !self.is_finished) {
            // An incomplete export is refused by an import anyway.
            let _ = std::fs::remove_file(path);
        }
    }
}
