//! `heddle account remove`: removes an account with everything that it has.
//!
//! The export is written and verified first. Then the store takes the account away and removes its rows in steps
//! (`heddle_store::removal`), and the same command goes on after an interruption. Nobody else may use the store meanwhile; only
//! the dry run also works while a server runs.

use std::path::{Path, PathBuf};

use clap::Args;
use heddle::config::{Config, Overrides};
use heddle::telemetry;
use heddle_domain::id::{AccountId, EventId};
use heddle_store::removal::{AccountContents, CountContents, LastEvent, Removed};
use heddle_store::{Error, Store};
use serde_json::json;

use crate::backup::progress::{Progress, size};
use crate::command::argument::InAccount;
use crate::command::export::{self, STANDARD};
use crate::command::failure::{Code, Failure};
use crate::command::import;
use crate::command::outcome::Outcome;
use crate::command::output;
use crate::command::source::Source;
use crate::storage::{self, Making, Opening};

#[derive(Args, Debug)]
#[group(required = true, multiple = true, args = ["export", "no_export", "dry_run"])]
pub(crate) struct Remove {
    #[command(flatten)]
    account: InAccount,
    /// Export the account to this new file first, and verify the file
    #[arg(long, value_name = "FILE", conflicts_with = "no_export")]
    export: Option<PathBuf>,
    /// Remove the account without an export
    #[arg(long)]
    no_export: bool,
    /// Only count what would be removed; also while a server runs
    #[arg(long)]
    dry_run: bool,
    /// Really remove the account. Without this option the command shows what would be removed, and fails
    #[arg(long)]
    yes: bool,
}

/// What the command has done.
struct Done {
    contents: Option<AccountContents>,
    removed: Removed,
}

impl Remove {
    pub(crate) const fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    fn id(&self) -> AccountId {
        AccountId(self.account.number())
    }

    /// Counts what would be removed.
    pub(crate) async fn count(&self, store: &Store) -> anyhow::Result<Outcome> {
        if !self.dry_run {
            let text = "an account is removed only while no server runs: stop all servers first";
            return Err(Failure::new(Code::StoreBusy, text).into());
        }
        let id = self.id();
        if store.unfinished_removals().await?.contains(&id) {
            let text = format!(
                "the removal of account {id} has begun already; {}",
                self.again()
            );
            return Err(Failure::new(Code::Refused, text).into());
        }
        let account = self.account.get(store).await?;
        let contents = store.read(CountContents(id)).await?;
        let text = format!(
            "Account {id}, {:?}, has:\n{}\nNothing was removed.",
            account.name,
            table(&contents)
        );
        let value = json!({
            "account": id.get(), "name": account.name, "dry_run": true, "contents": contents,
        });
        Outcome::new("removal", &value, text)
    }

    /// Says how the operator finishes a removal that has begun.
    fn again(&self) -> String {
        format!(
            "finish it with `heddle account remove --account {} --no-export --yes`",
            self.id()
        )
    }

    /// Removes the account of the configured store.
    pub(crate) async fn run(&self, source: &Source, json: bool) -> anyhow::Result<()> {
        let opening = source.opening();
        if opening.making == Making::Allowed {
            let text = "`heddle account remove` needs a store that exists; remove --create";
            return Err(Failure::new(Code::Usage, text).into());
        }
        if self
            .export
            .as_deref()
            .is_some_and(|file| file.as_os_str() == STANDARD)
        {
            let text = "name a file with --export: an export on standard output cannot be verified";
            return Err(Failure::new(Code::Usage, text).into());
        }
        let config = source.load(Overrides::default())?;
        telemetry::init(&config.log)?;
        let opening = Opening {
            making: Making::Refused,
            ..opening
        };
        let store = storage::open_alone(&config, opening).await?;
        let done = self
            .remove(&config, &store, opening.accept_missing_log)
            .await;
        // The failure of the removal matters more than an error of closing.
        let closed = store.close().await;
        let done = done?;
        closed?;
        self.report(&done, json)
    }

    async fn remove(
        &self,
        config: &Config,
        store: &Store,
        accept_missing_log: bool,
    ) -> anyhow::Result<Done> {
        let id = self.id();
        let has_begun = store.unfinished_removals().await?.contains(&id);
        let (contents, last) = match has_begun {
            // The account was exported before its removal began.
            true => (None, EventId(0)),
            false => {
                let account = self.account.get(store).await?;
                let last = store.read(LastEvent(id)).await?;
                (
                    Some((account.name, store.read(CountContents(id)).await?)),
                    last,
                )
            }
        };
        if !self.yes {
            let text = match &contents {
                Some((name, contents)) => format!(
                    "account {id}, {name:?}, has {}. Nothing was removed: add --yes to remove all of it",
                    sentence(contents)
                ),
                None => format!(
                    "the removal of account {id} has begun already; {}",
                    self.again()
                ),
            };
            return Err(Failure::new(Code::Refused, text).into());
        }
        if let (Some(file), false) = (&self.export, has_begun) {
            export::export(config, (Some(id.get()), file), accept_missing_log).await?;
            must_be_export_of(id, file)?;
        }
        let mut progress = Progress::new();
        let mut on_progress = |rows| progress.count("removing", "rows", rows);
        let removed = store.remove_account(id, last, &mut on_progress).await;
        drop(progress);
        match removed {
            Ok(removed) => Ok(Done {
                contents: contents.map(|(_, contents)| contents),
                removed,
            }),
            Err(error) => Err(self.explain(store, error).await.into()),
        }
    }

    async fn explain(&self, store: &Store, error: Error) -> Failure {
        let mut failure = Failure::new(Code::of_store(&error), storage::text(&error));
        // Only a hint, so an error of this look does not matter.
        let unfinished = store.unfinished_removals().await.unwrap_or_default();
        if unfinished.contains(&self.id()) {
            failure.message.push_str(&format!(
                ". The account is not visible any more, but not all of it is removed: {}",
                self.again()
            ));
        }
        failure
    }

    fn report(&self, done: &Done, json: bool) -> anyhow::Result<()> {
        let (id, Removed { rows, files }) = (self.id(), &done.removed);
        let continued = done.contents.is_none();
        let export = self.export.as_deref().filter(|_| !continued);
        if json {
            return output::print_json(&json!({ "removal": {
                "account": id.get(), "dry_run": false, "contents": done.contents, "rows": rows, "files": files,
                "export": export, "continued": continued,
            } }));
        }
        let mut text = format!("Removed account {id}: {rows} rows and {files} attachment files.");
        if continued {
            text.push_str(" An earlier command had begun the removal.");
        }
        if let Some(file) = export {
            text.push_str(&format!(
                "\nThe export is {}. It has no secrets, but all contents: keep it as safe as the store.",
                file.display()
            ));
        }
        output::print(&text)
    }
}

/// Verifies an export before its account is removed.
fn must_be_export_of(account: AccountId, file: &Path) -> Result<(), Failure> {
    match import::verify(file)?.as_slice() {
        [found] if *found == account => Ok(()),
        _ => {
            let text = format!(
                "{} is no export of account {account}; nothing was removed",
                file.display()
            );
            Err(Failure::new(Code::Failed, text))
        }
    }
}

/// Returns the counts with their names.
fn lines(contents: &AccountContents) -> [(&'static str, String); 9] {
    [
        ("inboxes", contents.inboxes.to_string()),
        ("agents", contents.agents.to_string()),
        ("customers", contents.customers.to_string()),
        ("conversations", contents.conversations.to_string()),
        ("messages", contents.messages.to_string()),
        ("events", contents.events.to_string()),
        (
            "attachments",
            format!(
                "{} ({})",
                contents.attachments,
                size(contents.attachment_bytes.unsigned_abs())
            ),
        ),
        ("credentials", contents.credentials.to_string()),
        ("webhooks", contents.webhooks.to_string()),
    ]
}

fn table(contents: &AccountContents) -> String {
    let rows = lines(contents).map(|(name, count)| vec![name.to_owned(), count]);
    output::draw(&["what", "count"], rows)
}

fn sentence(contents: &AccountContents) -> String {
    lines(contents)
        .map(|(name, count)| format!("{name}: {count}"))
        .join(", ")
}
