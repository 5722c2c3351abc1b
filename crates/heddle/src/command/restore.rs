//! `heddle restore`: restores a backup into an empty folder, and says what to do next.

use std::path::PathBuf;

use clap::Args;
use heddle::config::{NotAStoreUrl, StoreUrl};
use serde_json::json;

use super::failure::{Code, Failure};
use super::output;
use crate::backup::files::failed;
use crate::backup::manifest::Engine;
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
    /// Empty database for a backup of PostgreSQL: postgres://USER:PASSWORD@HOST/DATABASE
    #[arg(long, value_name = "URL", value_parser = store_url)]
    store: Option<StoreUrl>,
    /// File that contains this URL, so that no password is on the command line
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    store_file: Option<PathBuf>,
    /// Name of the backup [default: the newest]
    #[arg(long, value_name = "NAME")]
    backup: Option<String>,
}

fn store_url(text: &str) -> Result<StoreUrl, NotAStoreUrl> {
    StoreUrl::try_from(text.to_owned())
}

impl Arguments {
    fn store(&self) -> Result<Option<StoreUrl>, Failure> {
        let Some(file) = &self.store_file else {
            return Ok(self.store.clone());
        };
        let text = std::fs::read_to_string(file).map_err(|e| failed("read", file, &e))?;
        let url = store_url(text.trim())
            .map_err(|error| Failure::new(Code::Config, format!("{}: {error}", file.display())));
        Ok(Some(url?))
    }
}

pub(crate) async fn run(arguments: &Arguments, json: bool) -> anyhow::Result<()> {
    let series = Series::open(&arguments.folder)?;
    let store = arguments.store()?;
    let name = arguments.backup.as_deref();
    let restored = restore::restore(&series, name, &arguments.into, store.as_ref()).await?;
    let manifest = &restored.manifest;
    if json {
        return output::print_json(&json!({ "restored": {
            "backup": restored.backup,
            "data": restored.folder,
            "taken_at": manifest.taken_at,
            "schema": manifest.schema,
            "objects": manifest.objects.count,
            "lost_objects": manifest.objects.lost,
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
    let lost = manifest.objects.lost.len();
    if lost > 0 {
        text.push_str(&format!(
            "\n  {lost} attachment files are missing: the store had lost them when the backup was made. `heddle doctor` names them."
        ));
    }
    if let Some(key) = &manifest.sealing_key {
        text.push_str(&format!(
            "\n  Copy your sealing key {key} to {folder}/sealing.key (mode 0600), or set secrets.sealing_key.\n  If it is lost, add --new-sealing-key to the first `heddle serve`, and set the secrets of all webhooks anew."
        ));
    }
    if manifest.objects.count > 0 {
        text.push_str(&format!(
            "\n  If objects.url of your heddle.toml is another place, copy the attachment files there first:\n    heddle objects move --from folder:{folder}/objects --to URL --config FILE"
        ));
    }
    let store = match manifest.engine {
        Engine::Sqlite => "",
        Engine::Postgres => " --store URL",
    };
    text.push_str(&format!(
        "\n  heddle serve --data {folder}{store}\n  Or put your heddle.toml into {folder}, and name it with --config. The server builds the search index by itself."
    ));
    text
}
