//! `heddle import`: imports an export (`docs/export.md`) into the store of the configuration, which nobody else may use.
//!
//! A file is read twice. The first time only its checksum is compared, so that nothing of a damaged file is written. Standard
//! input can be read only once, so its checksum is compared at the end, before the accounts become visible.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};

use clap::Args;
use heddle::config::{Config, Overrides};
use heddle::telemetry;
use heddle_domain::AccountId;
use heddle_store::Store;
use heddle_store::import::{self, Export, ImportError, Imported, Limits};
use serde_json::json;

use super::export::STANDARD;
use super::failure::{Code, Failure};
use super::output;
use super::source::Source;
use crate::backup::files::failed;
use crate::backup::progress::Progress;
use crate::storage::{self, Opening};

/// How many bytes are read at once.
const BUFFER: usize = 256 << 10;

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// The export, or - for standard input
    #[arg(value_name = "FILE", required_unless_present = "discard")]
    file: Option<PathBuf>,
    /// Remove what an unfinished import has left, instead of continuing it
    #[arg(long, conflicts_with = "file")]
    discard: bool,
    /// The maximum number of rows in one transaction
    #[arg(long, value_name = "N", hide = true)]
    step_rows: Option<usize>,
}

pub(crate) async fn run(arguments: Arguments, json: bool) -> anyhow::Result<()> {
    let opening = arguments.source.opening();
    let config = arguments.source.load(Overrides::default())?;
    telemetry::init(&config.log)?;
    let mut limits = Limits::default();
    limits.rows = arguments.step_rows.unwrap_or(limits.rows).max(1);
    match arguments.file {
        Some(file) => import_file(&config, opening, &file, limits, json).await,
        None => discard(&config, opening, json).await,
    }
}

async fn import_file(
    config: &Config,
    opening: Opening,
    path: &Path,
    limits: Limits,
    json: bool,
) -> anyhow::Result<()> {
    let mut input = Input::open(path)?;
    input.verify()?;
    let mut reader = input.reader();
    // Standard input may come late, or be something else. Until it is an export, the store stays free for others.
    let export = Export::open(&mut *reader).map_err(|error| explain(error, path))?;
    let store = storage::open_alone(config, opening).await?;
    let imported = input.import(&store, export, limits).await;
    // The failure of the import matters more than an error of closing.
    let closed = store.close().await;
    let imported = imported?;
    closed?;
    report(&imported, json)
}

async fn discard(config: &Config, opening: Opening, json: bool) -> anyhow::Result<()> {
    let store = storage::open_alone(config, opening).await?;
    let discarded = store.discard_import().await;
    let closed = store.close().await;
    let accounts: Vec<i64> = discarded?.iter().map(|account| account.get()).collect();
    closed?;
    if json {
        return output::print_json(&json!({ "discarded": { "accounts": accounts } }));
    }
    output::print(match accounts.is_empty() {
        true => "No import is unfinished in this store.",
        false => "Removed what the unfinished import had left.",
    })
}

/// Reads a whole export and compares its checksum, without a store. Returns its accounts.
///
/// # Errors
/// Says what is wrong with the export.
pub(super) fn verify(path: &Path) -> Result<Vec<AccountId>, Failure> {
    Input::open(path)?.verify()
}

/// Where the export is read.
struct Input {
    path: PathBuf,
    file: Option<File>,
    size: u64,
    progress: Progress,
}

impl Input {
    fn open(path: &Path) -> Result<Self, Failure> {
        let is_standard = path.as_os_str() == STANDARD;
        let opened = (!is_standard).then(|| -> io::Result<_> {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            Ok((file, size))
        });
        let opened = opened.transpose().map_err(|e| failed("read", path, &e))?;
        let (file, size) = opened.map_or((None, 0), |(file, size)| (Some(file), size));
        Ok(Self {
            path: path.to_owned(),
            file,
            size,
            progress: Progress::new(),
        })
    }

    /// Compares the checksum of a file. Returns its accounts; none of standard input, which can be read only once.
    fn verify(&mut self) -> Result<Vec<AccountId>, Failure> {
        let Some(file) = &self.file else {
            return Ok(Vec::new());
        };
        let (size, progress) = (self.size, &mut self.progress);
        let mut on_progress = |bytes| progress.show("comparing the checksum", bytes, size);
        let verified = import::verify(
            &mut BufReader::with_capacity(BUFFER, file),
            &mut on_progress,
        );
        let accounts = verified.map_err(|error| explain(error, &self.path))?;
        let mut file = file;
        let rewound = file.rewind();
        rewound.map_err(|e| failed("read", &self.path, &e))?;
        Ok(accounts)
    }

    /// Takes the file, or standard input, to read it from its start.
    fn reader(&mut self) -> Box<dyn BufRead> {
        match self.file.take() {
            Some(file) => Box::new(BufReader::with_capacity(BUFFER, file)),
            None => Box::new(io::stdin().lock()),
        }
    }

    async fn import(
        &mut self,
        store: &Store,
        export: Export<'_>,
        limits: Limits,
    ) -> Result<Imported, Failure> {
        let (size, progress) = (self.size, &mut self.progress);
        let mut on_progress = |bytes| match size {
            0 => progress.count("importing", "bytes", bytes),
            _ => progress.show("importing", bytes, size),
        };
        let imported = import::import(store, export, limits, &mut on_progress).await;
        let error = match imported {
            Ok(imported) => return Ok(imported),
            Err(error) => error,
        };
        // The same export would fail again in the same line.
        let next = match error {
            ImportError::Line { .. } => {
                "Remove it with `heddle import --discard`, and import a correct export"
            }
            _ => {
                "Start the command again with the same export to continue, or remove it with `heddle import --discard`"
            }
        };
        let mut failure = explain(error, &self.path);
        // Only a hint, so an error of this look does not matter.
        if let Ok(Some(_)) = store.unfinished_import().await {
            let hint = format!(". What was imported so far is not visible. {next}");
            failure.message.push_str(&hint);
        }
        Err(failure)
    }
}

fn explain(error: ImportError, path: &Path) -> Failure {
    let text = match &error {
        ImportError::Store(error) => {
            return Failure::new(Code::of_store(error), storage::text(error));
        }
        ImportError::Input(error) => return failed("read", path, error),
        ImportError::Refused(_) | ImportError::Line { .. } => error.to_string(),
    };
    Failure::new(Code::Refused, text)
}

fn report(imported: &Imported, json: bool) -> anyhow::Result<()> {
    let Imported {
        accounts,
        records,
        continued,
        webhooks,
        credentials,
    } = imported;
    if json {
        let accounts: Vec<i64> = accounts.iter().map(|account| account.get()).collect();
        return output::print_json(&json!({ "import": {
            "accounts": accounts,
            "records": records,
            "continued": continued,
            "webhooks_to_set": webhooks,
            "credentials_to_make": credentials,
        } }));
    }
    let (count, end) = (accounts.len(), if accounts.len() == 1 { "" } else { "s" });
    let mut text = format!("Imported {count} account{end}: {records} records. Next:");
    text.push_str(&format!(
        "\n  Make new credentials with `heddle credential create`: an export contains no secrets, so {credentials} old ones open nothing any more.\n  Set the passwords of agents who sign in again."
    ));
    if *webhooks > 0 {
        text.push_str(&format!(
            "\n  Webhooks that are disabled, because an export has no URL and secret of them: {webhooks}. Give each a new URL and secret through the API, and enable it. It goes on after the last imported event."
        ));
    }
    text.push_str("\n  Start the server. It builds the search index by itself.");
    output::print(&text)
}
