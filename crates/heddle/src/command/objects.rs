//! `heddle objects move`: copies all attachments over 32 KiB to another place, while servers run.
//!
//! It works on the two places alone, and not on the database. So it needs no server, and stops none.

use std::sync::Arc;

use clap::{Args, Subcommand};
use heddle::config::{Config, NotAnObjectUrl, ObjectUrl, Overrides};
use heddle::telemetry;
use heddle_store::{Moved, ObjectOptions, ObjectPlace, Objects, SystemClock};
use serde_json::json;

use super::failure::{Code, Failure};
use super::output;
use super::source::Source;
use crate::backup::progress::{Progress, size};
use crate::storage::{self, make_private_folder};

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Copy all attachment files to another place, while servers run; run it again when the servers use the new place
    Move(Move),
}

#[derive(Args, Debug)]
struct Move {
    /// The new place: folder:PATH or s3://BUCKET/PREFIX. The keys of [objects] say how to reach S3
    #[arg(long, value_name = "URL", value_parser = object_url)]
    to: ObjectUrl,
    /// The old place [default: objects.url]
    #[arg(long, value_name = "URL", value_parser = object_url)]
    from: Option<ObjectUrl>,
}

fn object_url(text: &str) -> Result<ObjectUrl, NotAnObjectUrl> {
    ObjectUrl::try_from(text.to_owned())
}

pub(crate) async fn run(arguments: Arguments, json: bool) -> anyhow::Result<()> {
    let config = arguments.source.load(Overrides::default())?;
    telemetry::init(&config.log)?;
    let Command::Move(Move { to, from }) = arguments.command;
    let from = from.unwrap_or_else(|| config.objects.url.clone());
    let (from, to) = (place(&config, &from)?, place(&config, &to)?);
    if from == to {
        let text =
            format!("{from} is the old and the new place: name another one with --to or --from");
        return Err(Failure::new(Code::Usage, text).into());
    }
    refuse_missing(&from)?;
    if let ObjectPlace::Folder(path) = &to {
        make_private_folder(path).map_err(|error| {
            let text = format!("cannot make {}: {error}", path.display());
            Failure::new(Code::Failed, text)
        })?;
    }
    let moved = copy(from.clone(), to.clone()).await?;
    report(&from, &to, &moved, json)
}

fn place(config: &Config, url: &ObjectUrl) -> Result<ObjectPlace, Failure> {
    let place = config.objects.place(url, &config.store.data);
    place.map_err(|text| Failure::new(Code::Config, text))
}

/// Refuses a folder that does not exist: a wrong name must not look like an empty place.
fn refuse_missing(from: &ObjectPlace) -> Result<(), Failure> {
    match from {
        ObjectPlace::Folder(path) if !path.is_dir() => {
            let text = format!(
                "there is no folder {}: correct --from or objects.url",
                path.display()
            );
            Err(Failure::new(Code::StoreMissing, text))
        }
        ObjectPlace::Folder(_) | ObjectPlace::Bucket(_) => Ok(()),
    }
}

async fn copy(from: ObjectPlace, to: ObjectPlace) -> Result<Moved, Failure> {
    let failed = |place: &ObjectPlace, error: &heddle_store::Error| {
        let text = format!("cannot use {place}: {}", storage::text(error));
        Failure::new(Code::of_store(error), text)
    };
    let open = async |place: &ObjectPlace| {
        let options = ObjectOptions {
            place: place.clone(),
            previous: None,
        };
        let objects =
            Objects::open(&options, Arc::new(SystemClock)).map_err(|e| failed(place, &e))?;
        objects.probe().await.map_err(|e| failed(place, &e))?;
        Ok::<_, Failure>(objects)
    };
    let (source, target) = (open(&from).await?, open(&to).await?);
    let mut progress = Progress::new();
    let mut on_progress = |done, all| progress.show("copying attachments", done, all);
    let moved = source.copy_to(&target, &mut on_progress).await;
    moved.map_err(|error| {
        let text = format!(
            "the copy stopped: {}. Run the command again: it goes on where it stopped",
            storage::text(&error)
        );
        Failure::new(Code::of_store(&error), text)
    })
}

fn report(from: &ObjectPlace, to: &ObjectPlace, moved: &Moved, json: bool) -> anyhow::Result<()> {
    let Moved {
        copied,
        bytes,
        present,
        damaged,
        left,
    } = moved;
    if json {
        output::print_json(&json!({ "moved": {
            "from": from.to_string(), "to": to.to_string(), "copied": copied, "bytes": bytes, "present": present, "damaged": damaged,
            "left": left,
        } }))?;
    } else {
        output::print(&format!(
            "Copied {copied} attachment files ({}) from {from} to {to}; {present} were there already.",
            size(*bytes)
        ))?;
        if *left > 0 {
            output::print(&format!(
                "Servers wrote {left} more files meanwhile, which are not copied yet."
            ))?;
        }
        if *copied > 0 {
            output::print(&format!(
                "Next: set objects.url = \"{to}\" and objects.previous = \"{from}\", restart all servers, and run\n  heddle objects move --from {from} --to {to}\nagain. When it has copied nothing, remove objects.previous."
            ))?;
        }
    }
    let Some(first) = damaged.first() else {
        return Ok(());
    };
    let text = format!(
        "{} attachment files in {from} are damaged, such as {first}, and were not copied: restore them from a backup",
        damaged.len()
    );
    Err(Failure::new(Code::ProblemsLeft, text).into())
}
