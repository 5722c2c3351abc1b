//! `heddle backup list`: shows the backups in a folder, the oldest first.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::super::output::{self, Columns, Row};
use crate::backup::manifest::{Engine, Manifest};
use crate::backup::progress::size;
use crate::backup::series::Series;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Folder of the backups
    #[arg(value_name = "DEST")]
    folder: PathBuf,
}

/// A backup in the list.
#[derive(Serialize)]
struct Listed {
    name: String,
    engine: Engine,
    schema: i64,
    heddle: String,
    database_bytes: u64,
    objects: u64,
    objects_bytes: u64,
}

impl Row for Listed {
    fn columns() -> Columns<Self> {
        Columns::new()
            .with("backup", |it: &Self| it.name.clone())
            .with("schema", |it| it.schema.to_string())
            .with("database", |it| size(it.database_bytes))
            .with("files", |it| it.objects.to_string())
            .with("of", |it| size(it.objects_bytes))
    }
}

pub(super) fn run(arguments: &Arguments, json: bool) -> anyhow::Result<()> {
    let series = Series::open(&arguments.folder)?;
    let (mut listed, mut damaged) = (Vec::new(), Vec::new());
    for name in series.names()? {
        let Ok(manifest) = Manifest::read(&series.backup(&name)) else {
            damaged.push(name);
            continue;
        };
        listed.push(Listed {
            name,
            engine: manifest.engine,
            schema: manifest.schema,
            heddle: manifest.heddle,
            database_bytes: manifest.database.sum.size,
            objects: manifest.objects.count,
            objects_bytes: manifest.objects.bytes,
        });
    }
    if json {
        return output::print_json(&json!({ "backups": listed, "damaged": damaged }));
    }
    match listed.is_empty() && damaged.is_empty() {
        true => output::print("No backup.")?,
        false => output::print(&output::table(&listed))?,
    }
    for name in damaged {
        output::print(&format!(
            "{name} is damaged; `heddle backup verify` says how."
        ))?;
    }
    Ok(())
}
