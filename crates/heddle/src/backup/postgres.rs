//! Runs `pg_dump` and `pg_restore`, PostgreSQL's own programs, on the database of a store.

use std::io;
use std::path::Path;
use std::process::Command;

use heddle_store::Error;
use heddle_store::backup::{Contents, DatabaseSnapshot, LEFT_OUT_TABLES, program_variables};

use super::files::{self, failed};
use crate::command::failure::{Code, Failure};
use crate::storage;

/// Writes a database to the new file `to`, as it is at one moment. Returns what it contains at this moment.
///
/// # Errors
/// Fails if the database cannot be reached, contains no store, or `pg_dump` fails.
pub(crate) async fn dump(url: &str, to: &Path) -> Result<Contents, Failure> {
    let snapshot = DatabaseSnapshot::take(url)
        .await
        .map_err(|e| of_store(&e))?;
    let Some(mut snapshot) = snapshot else {
        let text = "the PostgreSQL database contains no store";
        return Err(Failure::new(Code::StoreMissing, text));
    };
    let contents = snapshot.contents().await.map_err(|e| of_store(&e))?;
    // The program keeps the mode of a file that exists.
    files::create(to).map_err(|e| failed("write", to, &e))?;
    let mut command = program("pg_dump", url)?;
    command.args([
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--no-password",
    ]);
    command.arg(format!("--snapshot={}", snapshot.id()));
    command.args(LEFT_OUT_TABLES.map(|table| format!("--exclude-table-data=*.{table}")));
    command.arg("--file").arg(to);
    let dumped = run("pg_dump", command).await;
    snapshot.end().await;
    dumped?;
    Ok(contents)
}

/// Restores a file of [`dump`] into an empty database, in one transaction.
///
/// # Errors
/// Fails if `pg_restore` fails. Then the database is still empty.
pub(crate) async fn restore(url: &str, from: &Path) -> Result<(), Failure> {
    let mut command = program("pg_restore", url)?;
    command.args([
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        "--no-privileges",
    ]);
    command.args(["--no-password", "--dbname", ""]).arg(from);
    run("pg_restore", command).await
}

/// The variables by which a program of PostgreSQL would find another server or database than the URL names.
const CHOOSE_SERVER: [&str; 12] = [
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSYSCONFDIR",
    "PGOPTIONS",
    "PGTARGETSESSIONATTRS",
    "PGSSLMODE",
    "PGSSLROOTCERT",
];

/// Returns a command that finds the database by its environment, which other users cannot see.
fn program(name: &str, url: &str) -> Result<Command, Failure> {
    let mut command = Command::new(name);
    for name in CHOOSE_SERVER {
        command.env_remove(name);
    }
    command.envs(program_variables(url).map_err(|e| of_store(&e))?);
    Ok(command)
}

async fn run(name: &str, mut command: Command) -> Result<(), Failure> {
    let ended = tokio::task::spawn_blocking(move || command.output()).await;
    let output = match ended.map_err(anyhow::Error::from)? {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = format!(
                "{name} is not installed on this machine: install the client programs of PostgreSQL (the package postgresql-client of Debian, Ubuntu and Alpine, postgresql of Fedora)"
            );
            return Err(Failure::new(Code::Failed, text));
        }
        Err(error) => {
            let text = format!("cannot run {name}: {error}");
            return Err(Failure::new(Code::Failed, text));
        }
    };
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    Err(Failure::new(Code::Failed, format!("{name} failed: {said}")))
}

/// Returns the failure of an operation on the database.
pub(crate) fn of_store(error: &Error) -> Failure {
    let code = match error {
        Error::Trouble(_) => Code::StoreUnavailable,
        Error::Refused(_) => Code::of_store(error),
    };
    Failure::new(code, storage::text(error))
}
