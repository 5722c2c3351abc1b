//! `heddle backup`: copies the store to a folder of backups, and lists, checks and removes the backups there.

mod list;
mod prune;
mod verify;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use heddle::config::{Config, Overrides};
use heddle::telemetry;
use serde_json::json;

use super::failure::{Code, Failure};
use super::output;
use super::source::Source;
use crate::backup::progress::size;
use crate::backup::take::{self, Taken};

#[derive(Args, Debug)]
#[command(subcommand_negates_reqs = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Folder for the backups of this store. It is made if it is missing
    #[arg(value_name = "DEST", required = true)]
    folder: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check every checksum and the databases of the backups in a folder
    Verify(verify::Arguments),
    /// List the backups in a folder
    List(list::Arguments),
    /// Remove old backups, and the attachment files that only they have
    Prune(prune::Arguments),
}

pub(crate) async fn run(arguments: Arguments, json: bool) -> anyhow::Result<()> {
    match (arguments.command, arguments.folder) {
        (None, Some(folder)) => {
            let opening = arguments.source.opening();
            let config = arguments.source.load(Overrides::default())?;
            telemetry::init(&config.log)?;
            let taken = take::take(&config, opening.accept_missing_log, &folder).await?;
            report(&config, &taken, json)
        }
        (Some(Command::Verify(verify)), None) => verify::run(&verify, json),
        (Some(Command::List(list)), None) => list::run(&list, json),
        (Some(Command::Prune(prune)), None) => prune::run(&prune, json),
        _ => {
            let text =
                "name the folder after `verify`, `list` or `prune`: heddle backup verify DEST";
            Err(Failure::new(Code::Usage, text).into())
        }
    }
}

/// Prints what is in the backup, and what the operator has to keep besides.
fn report(config: &Config, taken: &Taken, json: bool) -> anyhow::Result<()> {
    let manifest = &taken.manifest;
    if json {
        output::print_json(&json!({ "backup": taken }))?;
    } else {
        let objects = manifest.objects.count;
        output::print(&format!(
            "Backup {}: the database ({}), and {objects} attachment files, {} of them new.",
            taken.folder.display(),
            size(manifest.database.sum.size),
            taken.copied_objects,
        ))?;
        if let Some(key) = &manifest.sealing_key {
            let kept = match &config.secrets.sealing_key {
                Some(_) => "secrets.sealing_key of your configuration".to_owned(),
                None => config.store.data.join("sealing.key").display().to_string(),
            };
            output::print(&format!(
                "The sealing key {key} is not in the backup. Keep a copy of {kept} in another place: without it, the secrets of webhooks are lost."
            ))?;
        }
    }
    let lost = &manifest.objects.lost;
    let Some(first) = lost.first() else {
        return Ok(());
    };
    let text = format!(
        "the backup lacks {} attachment files that the store itself has lost or damaged, such as {first}",
        lost.len()
    );
    Err(Failure::new(Code::BackupDamaged, text).into())
}
