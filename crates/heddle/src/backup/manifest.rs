//! The manifest of a backup: what it is, and the checksums of its files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files::{self, Sum, Summing};
use crate::command::failure::{Code, Failure};

/// The version of the layout of a series. A program refuses a newer one.
pub(crate) const FORMAT: u32 = 1;
pub(crate) const MANIFEST: &str = "manifest.json";
/// The file that lists the objects of a backup.
pub(crate) const OBJECT_LIST: &str = "objects.txt";

/// The database engine of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// The file with the database.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Database {
    /// Name of the file in the folder of the backup.
    pub(crate) file: String,
    #[serde(flatten)]
    pub(crate) sum: Sum,
    /// The database without compression; only of SQLite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unpacked: Option<Sum>,
}

/// The objects of a backup.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Objects {
    /// Name of the file that lists them.
    pub(crate) file: String,
    #[serde(flatten)]
    pub(crate) sum: Sum,
    pub(crate) count: u64,
    /// The length of all objects together, in bytes.
    pub(crate) bytes: u64,
    /// Objects that the database names, but that the store itself had lost or damaged.
    #[serde(default)]
    pub(crate) lost: Vec<String>,
}

/// What a backup is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    /// The version of Heddle that made the backup.
    pub(crate) heddle: String,
    /// The version of the database's schema.
    pub(crate) schema: i64,
    pub(crate) engine: Engine,
    /// The point in time that the backup shows.
    pub(crate) taken_at: String,
    /// When the store was made. It tells stores apart.
    pub(crate) store_made_at: String,
    /// The position of the last event of each account that has events, by account.
    pub(crate) last_events: BTreeMap<String, i64>,
    /// The id of the key with which secrets are sealed; without it, no secret is sealed.
    pub(crate) sealing_key: Option<String>,
    pub(crate) database: Database,
    pub(crate) objects: Objects,
}

impl Manifest {
    /// Reads the manifest of a backup.
    ///
    /// # Errors
    /// Fails if the file is missing or damaged, or if a newer version has written it.
    pub(crate) fn read(backup: &Path) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let path = backup.join(MANIFEST);
        let text = std::fs::read(&path).map_err(|e| files::failed("read", &path, &e))?;
        let damaged = |error: serde_json::Error| {
            let text = format!("{} is damaged: {error}", path.display());
            Failure::new(Code::BackupDamaged, text)
        };
        let Format { format } = serde_json::from_slice(&text).map_err(damaged)?;
        if format > FORMAT {
            let text = format!(
                "{} has format {format}, this version of Heddle knows {FORMAT}: use a newer one",
                path.display()
            );
            return Err(Failure::new(Code::Refused, text));
        }
        serde_json::from_slice(&text).map_err(damaged)
    }

    /// Writes the manifest into the folder of a backup, and syncs it.
    pub(crate) fn write(&self, backup: &Path) -> Result<(), Failure> {
        let path = backup.join(MANIFEST);
        let written = serde_json::to_string_pretty(self)
            .map_err(std::io::Error::from)
            .and_then(|text| write_synced(&path, &format!("{text}\n")));
        written.map_err(|e| files::failed("write", &path, &e))
    }
}

/// Writes a small file that only its owner can read, and syncs it.
pub(crate) fn write_synced(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = files::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// An object of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) size: u64,
    pub(crate) name: String,
}

/// Writes the list of the objects, and syncs it.
pub(crate) fn write_objects(path: &Path, objects: &[Object]) -> std::io::Result<Sum> {
    let mut out = Summing::new(std::io::BufWriter::new(files::create(path)?));
    for Object { size, name } in objects {
        writeln!(out, "{size} {name}")?;
    }
    out.flush()?;
    let (buffer, sum) = out.end();
    let file = buffer
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(sum)
}

/// Reads the list of the objects. A line that names no object is an error, so that no name leads out of the folder.
pub(crate) fn read_objects(path: &Path) -> std::io::Result<Vec<Object>> {
    let parse = |line: std::io::Result<String>| {
        let line = line?;
        let object = line.split_once(' ').and_then(|(size, name)| {
            heddle_store::object_digest(name)?;
            let name = name.to_owned();
            Some(Object {
                size: size.parse().ok()?,
                name,
            })
        });
        object.ok_or_else(|| std::io::Error::other(format!("a wrong line: {line:?}")))
    };
    BufReader::new(File::open(path)?)
        .lines()
        .map(parse)
        .collect()
}
