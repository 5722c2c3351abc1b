//! `cargo xtask day`: a day at work of an operator, on SQLite and on PostgreSQL. The package is installed, its service serves, clients
//! write, a backup is made meanwhile, the server is killed, and the backup is restored elsewhere. Then both stores are compared with
//! what the clients were told.
//!
//! As root with debootstrap, the package is installed with dpkg in a fresh Debian, and the programs run there as a user without rights,
//! with the limits of the unit. Elsewhere the package is only unpacked. Everything is on this machine and is removed at the end.

mod cluster;
mod machine;
mod seen;
mod service;
mod store;
mod writers;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;

use crate::package;
use cluster::Cluster;
use machine::{DATA, Machine};
use seen::Seen;
use service::Service;
use store::Store;
use writers::{Writers, Written};

/// Where this day puts its backups, and the restored store.
const BACKUPS: &str = "/var/backups/heddle";
const ELSEWHERE: &str = "/srv/heddle";
/// The file with the URL of the database for the restored store.
const STORE_URL: &str = "/srv/store-url";

/// What a day is made of.
#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// Installs this package instead of building one
    #[arg(long)]
    package: Option<PathBuf>,
    /// Packs this program instead of building one
    #[arg(long, conflicts_with = "package")]
    program: Option<PathBuf>,
    /// For so many seconds the clients write before each of the two backups, and after the second one
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Only unpacks the package, although it could be installed
    #[arg(long)]
    unpack: bool,
}

/// Plays the day on both engines.
///
/// # Errors
/// Says what was lost, doubled or refused.
pub(crate) fn run(top: &Path, day: &Options) -> Result<String> {
    let package = match &day.package {
        Some(package) => package.clone(),
        None => package::build(top, day.program.clone())?,
    };
    for engine in ["SQLite", "PostgreSQL"] {
        println!("\n==> a day on {engine}");
        let machine = Machine::install(&package, day.unpack)?;
        println!("    {machine}");
        let cluster = match engine {
            "PostgreSQL" => Some(Cluster::start()?),
            _ => None,
        };
        let database = |name| cluster.as_ref().map(|it| it.create_database(name));
        let stores = [database("first"), database("second")].map(Option::transpose);
        let [first, second] = stores;
        let [first, second] = [Store::new(DATA, first?), Store::new(ELSEWHERE, second?)];
        play(&machine, &first, &second, day).with_context(|| format!("the day on {engine}"))?;
    }
    Ok("The days kept every acknowledged write.".to_owned())
}

fn play(machine: &Machine, first: &Store, second: &Store, day: &Options) -> Result<()> {
    let pause = Duration::from_secs(day.seconds);
    machine.create_folders(&[DATA, BACKUPS, "/srv"])?;
    machine.run_unit("heddle-create.service", first)?;
    let token = first_account(machine, first)?;

    let server = Service::start(machine, first)?;
    let writers = Writers::start(server.address(), &token)?;
    std::thread::sleep(pause);
    let older = backup(machine, first)?;
    std::thread::sleep(pause);
    let before = writers.acknowledged();
    let begun = Instant::now();
    let newest = backup(machine, first)?;
    let (during, took) = (writers.acknowledged() - before, begun.elapsed());
    let later = writers.begun();
    ensure!(during > 0, "nothing was written while the backup was made");
    println!("    a backup in {took:.1?}, while {during} writes were acknowledged");
    std::thread::sleep(pause);
    server.kill()?;
    let written = writers.stop();
    println!(
        "    the server was killed after {} acknowledged writes",
        written.acknowledged.len()
    );
    ensure!(
        written.acknowledged.len() > before + during,
        "nothing was written after the backup"
    );

    let server = Service::start(machine, first)?;
    let original = Seen::all(&server, &token, &written)?;
    println!("    after the restart: every acknowledged write once, and nothing that nobody sent");
    server.stop()?;

    machine.json(first, &["backup", "verify", BACKUPS])?;
    let mut command = vec!["restore", BACKUPS, "--into", ELSEWHERE];
    if let Some(url) = second.url() {
        machine.write(STORE_URL, url)?;
        command.extend(["--store-file", STORE_URL]);
    }
    machine.bare(&command)?;
    machine.copy_sealing_key(DATA, ELSEWHERE)?;
    let server = Service::start(machine, second)?;
    let mut restored = Seen::of_point(&server, &token, &newest)?;
    compare(&original, &mut restored, &newest, &written, (before, later))?;
    server.stop()?;
    ensure!(
        older["last_events"] != newest["last_events"],
        "both backups show one moment"
    );
    machine.json(second, &["doctor"])?;
    machine.json(first, &["doctor"])?;
    println!("    the doctor finds nothing in either store");
    Ok(())
}

/// Makes an account with an inbox, and returns a token for it.
fn first_account(machine: &Machine, store: &Store) -> Result<String> {
    machine.json(store, &["account", "create", "--name", "Larkspur House"])?;
    let create = [
        "credential",
        "create",
        "--account",
        "1",
        "--api",
        "native",
        "--name",
        "day",
    ];
    let made = machine.json(store, &create)?;
    let token = made["credential"]["secrets"]["token"].as_str();
    Ok(token.context("a token")?.to_owned())
}

/// Makes a backup, and returns its manifest.
fn backup(machine: &Machine, store: &Store) -> Result<Value> {
    machine.json(store, &["backup", BACKUPS])?;
    let mut newest: Vec<PathBuf> = std::fs::read_dir(machine.path(BACKUPS))?
        .filter_map(|entry| Some(entry.ok()?.path().join("manifest.json")))
        .filter(|manifest| manifest.is_file())
        .collect();
    newest.sort();
    let manifest = newest.last().context("there is no backup")?;
    Ok(serde_json::from_slice(&std::fs::read(manifest)?)?)
}

/// Compares the restored store with the original one: it shows the original as it was at the point of the backup. `before` writes were
/// acknowledged before the backup began, and none with the number `later` or a greater one had begun when it ended.
fn compare(
    original: &Seen,
    restored: &mut Seen,
    manifest: &Value,
    written: &Written,
    (before, later): (usize, usize),
) -> Result<()> {
    let point = seen::point(manifest)?;
    let files = restored.compare_files(written)?;
    ensure!(files > 0, "the backup has no file of an acknowledged write");
    let until: Vec<&Value> = original.events_until(point).collect();
    let (same, further) = restored
        .events
        .split_at_checked(until.len())
        .context("the restored feed is too short")?;
    ensure!(
        same.iter().eq(until),
        "the restored feed differs up to the backup's point"
    );
    // With PostgreSQL, a backup has events that had no position yet. They get one after the restoration.
    let known = original.event_ids();
    for event in further {
        let id = event["id"].as_i64().context("an id")?;
        ensure!(known.contains(&id), "the original has no event {event}");
    }
    let made = restored.made_until(i64::MAX);
    for (id, shown) in &restored.conversations {
        ensure!(
            made.contains(id),
            "no event says that conversation {id} was made"
        );
        ensure!(
            original.conversations.get(id) == Some(shown),
            "conversation {id} differs: {shown:?}"
        );
        let number = seen::number(shown)?;
        ensure!(
            number < later,
            "conversation {id} was made after the backup: {shown}"
        );
    }
    for id in &made {
        ensure!(
            restored.conversations.contains_key(id),
            "conversation {id} is missing"
        );
    }
    for write in &written.acknowledged[..before] {
        ensure!(
            restored.conversations.contains_key(&write.conversation),
            "conversation {} was acknowledged before the backup began, and is missing",
            write.conversation
        );
    }
    println!(
        "    restored elsewhere: the same {} events as before the backup's point, and {} whose positions came later; {} conversations as \
         in the original, {files} files with the same bytes; all {before} writes from before the backup, none from after it",
        same.len(),
        further.len(),
        made.len()
    );
    Ok(())
}
