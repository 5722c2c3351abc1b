//! `heddle status`: how the store and its server are.

use clap::Args;
use heddle_store::Store;
use serde::Serialize;

use super::outcome::Outcome;
use super::output;
use super::place::Place;
use super::source::Source;
use crate::backup::newest::{self, Newest};
use crate::backup::progress::size;

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) source: Source,
}

/// The server that has the SQLite database open.
#[derive(Serialize)]
struct Running {
    pid: u32,
    uptime_seconds: u64,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Status {
    /// The version of the program that answers: of the server, if one runs.
    version: &'static str,
    /// `None` if no server has the database open. On PostgreSQL always `None`.
    server: Option<Running>,
    engine: &'static str,
    schema: i64,
    /// Why the store accepts no writes; `None` if it does.
    not_ready: Option<&'static str>,
    accounts: usize,
    database_bytes: u64,
    log_bytes: Option<u64>,
    index_bytes: Option<u64>,
    objects: u64,
    object_bytes: u64,
    readers: Vec<Reader>,
    /// Accounts whose search index is not up to date.
    unindexed_accounts: usize,
    newest_backup: Option<Newest>,
}

/// A reader of the feed, such as the one that counts conversations.
#[derive(Serialize)]
struct Reader {
    name: String,
    /// Events of one account that it has not read.
    behind: i64,
}

pub(crate) async fn show(store: &Store, place: Place) -> anyhow::Result<Outcome> {
    let sizes = store.sizes().await?;
    let readers = store.reader_lags().await?.into_iter();
    let server = (place == Place::Server).then(|| Running {
        pid: std::process::id(),
        uptime_seconds: store.health().open_for().as_secs(),
    });
    let status = Status {
        version: env!("CARGO_PKG_VERSION"),
        server,
        engine: match store.sqlite_path() {
            Some(_) => "sqlite",
            None => "postgres",
        },
        schema: heddle_store::newest_schema(),
        not_ready: store.health().not_ready(),
        accounts: store.account_ids().await?.len(),
        database_bytes: sizes.database,
        log_bytes: sizes.log,
        index_bytes: sizes.index,
        objects: sizes.objects,
        object_bytes: sizes.object_bytes,
        readers: readers
            .map(|lag| Reader {
                name: lag.reader,
                behind: lag.behind,
            })
            .collect(),
        unindexed_accounts: store.find_unindexed().await?.len(),
        newest_backup: newest::find(store.objects()).await,
    };
    let text = in_words(&status);
    Outcome::new("status", &status, text)
}

fn in_words(status: &Status) -> String {
    let mut lines = vec![("version", status.version.to_owned())];
    let mut add = |name, value| lines.push((name, value));
    add(
        "server",
        match &status.server {
            Some(Running {
                pid,
                uptime_seconds,
            }) => format!("runs as process {pid}, for {}", duration(*uptime_seconds)),
            None if status.engine == "sqlite" => "none runs".to_owned(),
            None => "ask each server at /readyz".to_owned(),
        },
    );
    let ready = status.not_ready.unwrap_or("The store accepts writes.");
    add("state", ready.to_owned());
    add(
        "engine",
        format!("{}, schema {}", status.engine, status.schema),
    );
    add("accounts", status.accounts.to_string());
    add("database", size(status.database_bytes));
    if let Some(bytes) = status.log_bytes {
        add("write-ahead log", size(bytes));
    }
    if let Some(bytes) = status.index_bytes {
        add("search index", size(bytes));
    }
    add(
        "attachment files",
        format!("{}, {}", status.objects, size(status.object_bytes)),
    );
    for reader in &status.readers {
        let state = match reader.behind {
            0 => "up to date".to_owned(),
            behind => format!("{behind} events behind"),
        };
        add("reader", format!("{}: {state}", reader.name));
    }
    let search = match status.unindexed_accounts {
        0 => "up to date".to_owned(),
        some => format!("behind in {some} accounts"),
    };
    add("reader", format!("search: {search}"));
    add(
        "newest backup",
        match &status.newest_backup {
            None => "none".to_owned(),
            Some(newest) if newest.lost_objects > 0 => format!(
                "{} (lacks {} attachment files)",
                newest.folder.display(),
                newest.lost_objects
            ),
            Some(newest) => newest.folder.display().to_string(),
        },
    );
    output::pairs(lines.iter().map(|(name, value)| (*name, value.as_str())))
}

fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} minutes"),
        (0, _) => format!("{hours} hours, {minutes} minutes"),
        _ => format!("{days} days, {hours} hours"),
    }
}
