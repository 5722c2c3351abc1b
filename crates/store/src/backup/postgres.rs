//! What a backup of PostgreSQL needs. The programs `pg_dump` and `pg_restore` copy the tables themselves.

use tokio_postgres::config::Host;

use super::contents::{Contents, ReadContents};
use crate::error::{Error, Result};
use crate::postgres::address::Address;
use crate::postgres::connection::failure;
use crate::postgres::reach;
use crate::postgres::snapshot::Snapshot;
use crate::tx::Rows;

/// The tables whose rows a backup leaves out: those of the search index, which a server builds anew, and the list of the servers
/// that run, because none of them serves the restored database.
pub const LEFT_OUT_TABLES: [&str; 4] = [
    "search_document",
    "search_name",
    "search_state",
    "serving_node",
];

/// Counts the tables and other relations that are not PostgreSQL's own.
const RELATIONS: &str =
    "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'";

/// One state of a PostgreSQL database, which `pg_dump` can share.
pub struct DatabaseSnapshot(Snapshot);

impl std::fmt::Debug for DatabaseSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("DatabaseSnapshot")
            .field(&self.0.id())
            .finish()
    }
}

impl DatabaseSnapshot {
    /// Takes a snapshot. Returns `None` if the database contains no store.
    ///
    /// # Errors
    /// Fails if the database cannot be reached.
    pub async fn take(url: &str) -> Result<Option<Self>, Error> {
        if !reach::has_store(url).await? {
            return Ok(None);
        }
        Ok(Some(Self(Snapshot::begin(url).await?)))
    }

    /// Returns the id for `pg_dump --snapshot`.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// Reads what the database contains in this state.
    ///
    /// # Errors
    /// Fails if the connection is lost, or the schema is too old.
    pub async fn contents(&mut self) -> Result<Contents, Error> {
        Ok(self.0.read(&ReadContents).await?)
    }

    /// Returns the rows of the database in this state.
    pub(crate) fn rows(&mut self) -> Rows<'_> {
        self.0.rows()
    }

    /// Ends the snapshot.
    pub async fn end(self) {
        self.0.end().await;
    }
}

/// Returns whether a PostgreSQL database has no table at all.
///
/// # Errors
/// Fails if the database cannot be reached.
pub async fn is_empty_database(url: &str) -> Result<bool, Error> {
    // It explains better why a database cannot be reached.
    if reach::has_store(url).await? {
        return Ok(false);
    }
    let count = async {
        let (client, connection) = Address::parse(url)?
            .connect()
            .await
            .map_err(|e| failure(&e))?;
        let connection = tokio::spawn(connection);
        let found = client.query_one(RELATIONS, &[]).await;
        drop(client);
        // The connection has nothing more to say.
        let _ = connection.await;
        found
            .map(|row| row.get::<_, i64>(0))
            .map_err(|e| failure(&e))
    };
    let count: Result<i64> = count.await;
    Ok(count? == 0)
}

/// Returns the environment variables by which PostgreSQL's programs find a database, and secure their connections. A command line would show the password to
/// every user of the machine.
///
/// # Errors
/// Fails if the URL cannot be read.
pub fn program_variables(url: &str) -> Result<Vec<(&'static str, String)>, Error> {
    let address = Address::parse(url)?;
    let config = &address.config;
    let host = |host: &Host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(folder) => folder.display().to_string(),
    };
    let hosts: Vec<String> = config.get_hosts().iter().map(host).collect();
    let ports: Vec<String> = config.get_ports().iter().map(u16::to_string).collect();
    let password = config.get_password().map(String::from_utf8_lossy);
    let all = [
        ("PGHOST", Some(hosts.join(","))),
        ("PGPORT", Some(ports.join(","))),
        ("PGUSER", config.get_user().map(str::to_owned)),
        ("PGPASSWORD", password.map(|text| text.into_owned())),
        (
            "PGDATABASE",
            config.get_dbname().or(config.get_user()).map(str::to_owned),
        ),
        ("PGOPTIONS", config.get_options().map(str::to_owned)),
    ];
    let security = address.program_variables();
    let given = all
        .into_iter()
        .chain(security)
        .filter_map(|(name, value)| Some((name, value?)));
    Ok(given.filter(|(_, value)| !value.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_get_what_the_url_says() {
        let url = "postgres://me:s%20ecret@db.example:5433/contacts?options=-c%20geqo%3Doff";
        let expected = [
            ("PGHOST", "db.example"),
            ("PGPORT", "5433"),
            ("PGUSER", "me"),
            ("PGPASSWORD", "s ecret"),
            ("PGDATABASE", "contacts"),
            ("PGOPTIONS", "-c geqo=off"),
            ("PGSSLMODE", "prefer"),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        assert_eq!(program_variables(url), Ok(expected));
        let socket = program_variables("postgres://me@/?host=/run/pg").expect("a URL");
        assert_eq!(socket[0], ("PGHOST", "/run/pg".to_owned()));
        assert!(
            socket.contains(&("PGDATABASE", "me".to_owned())),
            "{socket:?}"
        );
    }
}
