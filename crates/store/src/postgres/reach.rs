//! Explains why the database cannot be reached when a store is opened: where it was looked for, the cause, and what to do.

use std::io;
use std::time::Duration;

use deadpool_postgres::PoolError;
use tokio_postgres::config::Host;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, Error};

use super::address::Address;
use crate::error::Trouble;

/// How long a command or read waits for a free connection, and how long the server may take to accept a new one.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Whether there is the first table that a store has.
const HAS_STORE: &str = "SELECT to_regclass('migration') IS NOT NULL";

/// Whether the database contains a store.
///
/// # Errors
/// Fails if the database cannot be reached.
pub(crate) async fn has_store(url: &str) -> Result<bool, Trouble> {
    let address = Address::parse(url)?;
    let found = tokio::time::timeout(PATIENCE, ask_for_store(&address)).await;
    let reason = match found {
        Ok(Ok(found)) => return Ok(found),
        Ok(Err(error)) => reason(&error),
        Err(_) => no_answer(PATIENCE),
    };
    Err(failed(&address.config, &reason))
}

async fn ask_for_store(address: &Address) -> Result<bool, tokio_postgres::Error> {
    let (client, connection) = address.connect().await?;
    let connection = tokio::spawn(connection);
    let found = client.query_one(HAS_STORE, &[]).await;
    drop(client);
    let _ = connection.await;
    Ok(found?.get(0))
}

/// Returns the failure of a pool that cannot connect.
pub(super) fn no_connection(config: &Config, error: &PoolError) -> Trouble {
    let reason = match error {
        PoolError::Backend(error) => reason(error),
        PoolError::Timeout(_) => no_answer(PATIENCE),
        other => other.to_string(),
    };
    failed(config, &reason)
}

fn failed(config: &Config, reason: &str) -> Trouble {
    Trouble::Internal(format!("PostgreSQL at {}: {reason}", place(config)))
}

/// Returns the hosts, ports and the database, without user and password.
fn place(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(at, host)| {
        let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            Host::Unix(folder) => format!("{}/.s.PGSQL.{port}", folder.display()),
        }
    });
    let hosts = hosts.collect::<Vec<_>>().join(", ");
    match config.get_dbname() {
        Some(name) => format!("{hosts}, database {name}"),
        None => hosts,
    }
}

fn no_answer(patience: Duration) -> String {
    let seconds = patience.as_secs();
    format!(
        "no answer within {seconds} seconds; check host and port in store.url, and any firewall in between"
    )
}

/// Returns the cause, and what to do.
pub(super) fn reason(error: &Error) -> String {
    if let Some(answer) = error.as_db_error() {
        let cure = match *answer.code() {
            SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                "; correct user and password in store.url, or allow the user in pg_hba.conf"
            }
            SqlState::INVALID_CATALOG_NAME => "; make the database with `createdb`",
            SqlState::TOO_MANY_CONNECTIONS => {
                "; lower store.pool_size, or raise max_connections of PostgreSQL"
            }
            _ => "",
        };
        return format!("{}{cure}", answer.message());
    }
    let source = std::error::Error::source(error);
    let io = source.and_then(|source| source.downcast_ref::<io::Error>());
    match io.map(|io| (io.kind(), io)) {
        Some((io::ErrorKind::ConnectionRefused, _)) => {
            "connection refused; start PostgreSQL there, or correct host and port in store.url"
                .into()
        }
        Some((io::ErrorKind::NotFound, _)) => {
            "there is no such socket; start PostgreSQL there, or correct the host in store.url"
                .into()
        }
        Some((_, io)) => format!("{io}; check host and port in store.url"),
        None => match source {
            Some(source) if error.to_string().contains("TLS") => {
                format!("{error}: {source}; check sslmode and sslrootcert in store.url")
            }
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_refused_connection_names_host_cause_and_cure() {
        // Nothing listens on a port that was just given back.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        drop(listener);
        let url = format!("postgres://u:s3cret@127.0.0.1:{port}/contacts");
        let refused = has_store(&url).await.expect_err("nobody listens");
        let text = refused.to_string();
        for part in [
            &format!("127.0.0.1:{port}, database contacts"),
            "connection refused",
            "start PostgreSQL",
            "store.url",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("s3cret"), "{text}");
    }

    /// A server that greets the client, and then answers nothing more.
    #[tokio::test(start_paused = true)]
    async fn a_server_that_does_not_answer_is_given_up() {
        use tokio::io::AsyncWriteExt;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let server = tokio::spawn(async move {
            let (mut client, _) = listener.accept().await.expect("a client");
            // The client is authenticated, and the server is ready.
            let greeting = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
            client.write_all(greeting).await.expect("written");
            std::future::pending::<()>().await;
        });
        let url = format!("postgres://u@127.0.0.1:{port}/contacts");
        let given_up = has_store(&url).await.expect_err("it does not answer");
        assert!(given_up.to_string().contains("5 s"), "{given_up}");
        server.abort();
    }
}
