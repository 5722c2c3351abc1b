//! `heddle restore`: restores a backup into an empty folder, and says what to do next.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::output;
use crate::backup::restore::{self, Restored};
use crate::backup::series::Series;

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Folder of the backups
    #[arg(value_name = "SRC")]
    folder: PathBuf,
    /// Data folder for the restored store: missing or empty
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Name of the backup [default: the newest]
    #[arg(long, value_name = "NAME")]
    backup: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, json: bool) -> anyhow::Result<()> {
    let series = Series::open(&arguments.folder)?;
    let restored = restore::restore(&series, arguments.backup.as_deref(), &arguments.into)?;
    let manifest = &restored.manifest;
    if json {
        return output::print_json(&json!({ "restored": {
            "backup": restored.backup,
            "data": restored.folder,
            "taken_at": manifest.taken_at,
            "schema": manifest.schema,
            "objects": manifest.objects.count,
            "sealing_key": manifest.sealing_key,
        } }));
    }
    output::print(&next_steps(&restored))
}

fn next_steps(restored: &Restored) -> String {
    let Restored {
        backup,
        folder,
        manifest,
    } = restored;
    let folder = folder.display();
    let mut text = format!("Restored the backup {backup} into {folder}. Next:");
    if let Some(key) = &manifest.sealing_key {
        text.push_str(&format!(
            "\n  Copy your sealing key {key} to {folder}/sealing.key (mode 0600), or set secrets.sealing_key.\n  If it is lost, add --new-sealing-key to the first `heddle serve`, and set the secrets of all webhooks anew."
        ));
    }
    text.push_str(&format!(
        "\n  heddle serve --data {folder}\n  Or put your heddle.toml into {folder}, and name it with --config. The server builds the search index by itself."
    ));
    text
}
