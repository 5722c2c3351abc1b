//! `heddle backup prune`: removes old backups, and the attachment files that only they have.

use std::path::PathBuf;

use clap::Args;
use heddle_store::{Clock, SystemClock};
use serde_json::json;

use super::super::failure::{Code, Failure};
use super::super::output;
use crate::backup::progress::size;
use crate::backup::prune::{self, Keep};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Folder of the backups
    #[arg(value_name = "DEST")]
    folder: PathBuf,
    /// Keep so many of the newest backups
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// Keep the backups of so many days. With --keep, a backup stays if either keeps it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: Option<u32>,
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(arguments: &Arguments, json: bool) -> anyhow::Result<()> {
    if arguments.keep.is_none() && arguments.days.is_none() {
        let text =
            "say which backups stay: --keep N (the newest N), --days N (those of N days), or both";
        return Err(Failure::new(Code::Usage, text).into());
    }
    let since = arguments.days.map(|days| {
        let mut since = SystemClock.now();
        since.0 -= i64::from(days) * DAY_MS;
        since.to_text_with_ms().replace(':', "-")
    });
    let keep = Keep {
        newest: arguments.keep.unwrap_or(1) as usize,
        since,
    };
    let pruned = prune::prune(&arguments.folder, &keep, arguments.dry_run)?;
    if json {
        return output::print_json(&json!({ "pruned": pruned }));
    }
    for name in &pruned.removed {
        output::print(name)?;
    }
    let (removed, objects) = (pruned.removed.len(), pruned.removed_objects);
    let begin = match pruned.dry_run {
        true => "Would remove",
        false => "Removed",
    };
    output::print(&format!(
        "{begin} {removed} backups and {objects} attachment files, {}. {} backups stay.",
        size(pruned.removed_bytes),
        pruned.kept.len()
    ))
}
