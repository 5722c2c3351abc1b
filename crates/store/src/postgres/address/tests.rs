//! URLs with the parameters that secure a connection, and connections to a server with a certificate for `db.example` and
//! `127.0.0.1`.

use heddle_testkit::postgres::{Cluster, Options};

use super::*;
use crate::clock::ClockCheck;
use crate::postgres::{Postgres, PostgresOptions, Statements, reach};

const AUTHORITY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/src/postgres/address/authority.pem"
);
const OTHER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/src/postgres/address/other.pem"
);
/// Says whether the own connection is encrypted.
const IS_ENCRYPTED: &str = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// A port that nothing listens on.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}

/// A cluster that listens on a port, with TLS or without.
fn listening(encrypts: bool) -> (Cluster, u16) {
    let port = free_port();
    let mut settings = vec![
        ("listen_addresses".to_owned(), "127.0.0.1".to_owned()),
        ("port".to_owned(), port.to_string()),
    ];
    let mut files = Vec::new();
    if encrypts {
        settings.extend([
            ("ssl".to_owned(), "on".to_owned()),
            ("ssl_cert_file".to_owned(), "../server.pem".to_owned()),
            ("ssl_key_file".to_owned(), "../server.key".to_owned()),
        ]);
        files.extend([
            (
                "server.pem".to_owned(),
                include_str!("server.pem").to_owned(),
            ),
            (
                "server.key".to_owned(),
                include_str!("server.key").to_owned(),
            ),
        ]);
    }
    let options = Options {
        settings,
        files,
        ..Options::default()
    };
    (Cluster::start(options), port)
}

/// Whether a connection is encrypted; the failure with its causes if there is none.
async fn is_encrypted(host: &str, port: u16, parameters: &str) -> Result<bool, String> {
    let url = format!("postgres://postgres:s3cret@{host}:{port}/postgres{parameters}");
    let address = Address::parse(&url).map_err(|error| error.to_string())?;
    let (client, connection) = address
        .connect()
        .await
        .map_err(|error| reach::reason(&error))?;
    let running = tokio::spawn(connection);
    let row = client.query_one(IS_ENCRYPTED, &[]).await;
    drop(client);
    running.await.expect("no panic").expect("an orderly end");
    Ok(row.expect("an answer").get(0))
}

#[tokio::test]
async fn connections_are_as_secure_as_the_url_says() {
    let (_cluster, port) = listening(true);
    let by = async |parameters: &str| is_encrypted("127.0.0.1", port, parameters).await;
    for (parameters, encrypted) in [
        (String::new(), false),
        ("?sslmode=disable".to_owned(), false),
        ("?sslmode=prefer".to_owned(), true),
        ("?sslmode=require".to_owned(), true),
        (format!("?sslmode=require&sslrootcert={AUTHORITY}"), true),
        (format!("?sslmode=verify-ca&sslrootcert={AUTHORITY}"), true),
        (
            format!("?application_name=heddle&sslrootcert={AUTHORITY}&sslmode=verify-full"),
            true,
        ),
    ] {
        assert_eq!(by(&parameters).await, Ok(encrypted), "{parameters}");
    }
}

#[tokio::test]
async fn a_server_that_is_another_one_is_refused() {
    let (_cluster, port) = listening(true);
    for (host, parameters, cause) in [
        (
            "127.0.0.1",
            format!("?sslmode=verify-ca&sslrootcert={OTHER}"),
            "UnknownIssuer",
        ),
        (
            "127.0.0.1",
            format!("?sslmode=require&sslrootcert={OTHER}"),
            "UnknownIssuer",
        ),
        (
            "localhost",
            format!("?sslmode=verify-full&sslrootcert={AUTHORITY}"),
            "not valid for name",
        ),
    ] {
        let refused = is_encrypted(host, port, &parameters).await;
        let refused = refused.expect_err("another server");
        assert!(refused.contains(cause), "{parameters}: {refused}");
    }
    // The name does not matter here.
    let parameters = format!("?sslmode=verify-ca&sslrootcert={AUTHORITY}");
    let other_name = is_encrypted("localhost", port, &parameters).await;
    assert_eq!(other_name, Ok(true));
}

#[tokio::test]
async fn a_server_without_tls_is_used_only_if_the_url_allows_it() {
    let (_cluster, port) = listening(false);
    let by = async |parameters: &str| is_encrypted("127.0.0.1", port, parameters).await;
    for parameters in ["", "?sslmode=disable", "?sslmode=prefer"] {
        assert_eq!(by(parameters).await, Ok(false), "{parameters}");
    }
    for parameters in [
        "?sslmode=require".to_owned(),
        format!("?sslmode=verify-full&sslrootcert={AUTHORITY}"),
    ] {
        let refused = by(&parameters).await.expect_err("no TLS");
        assert!(refused.contains("does not support TLS"), "{refused}");
        assert!(refused.contains("sslmode"), "{refused}");
    }
}

#[tokio::test]
async fn a_store_works_over_tls() {
    let (_cluster, port) = listening(true);
    let url = format!(
        "postgres://postgres@127.0.0.1:{port}/postgres?sslmode=verify-full&sslrootcert={AUTHORITY}"
    );
    let options = PostgresOptions {
        url,
        pool_size: 4,
        notify: true,
    };
    let clock = (Arc::new(crate::SystemClock) as _, ClockCheck::Refuse);
    let store = Postgres::open(&options, clock, <_>::default(), Statements::Limited).await;
    store.expect("a store").close().await;
}

#[tokio::test]
async fn a_socket_needs_no_name() {
    let url = Cluster::shared().create_database().await.url();
    for mode in ["", "&sslmode=disable", "&sslmode=prefer"] {
        let address = Address::parse(&format!("{url}{mode}")).expect("a URL");
        let connected = address.connect().await;
        assert!(connected.is_ok(), "{mode}: {:?}", connected.err());
    }
}

#[test]
fn the_mode_follows_from_the_url() {
    for (url, security) in [
        ("postgres://u@db.example/d", Security::Prefer),
        ("postgres://u@127.0.0.1/d", Security::Disable),
        ("postgres://u@[::1]/d", Security::Disable),
        ("postgres://u@localhost,db.example/d", Security::Prefer),
        ("postgres://u@/d?host=%2Frun", Security::Disable),
        (
            "postgres://u@localhost/d?hostaddr=192.0.2.5",
            Security::Prefer,
        ),
        (
            "postgres://u:p%3Fsslmode%3Dx@db.example/d?sslmode=require",
            Security::Require,
        ),
        (
            "postgres://u@h/d?sslmode=verify-full&sslrootcert=system",
            Security::VerifyFull,
        ),
    ] {
        let address = Address::parse(url).expect("a URL");
        assert_eq!(address.security, security, "{url}");
        assert_eq!(address.authorities, None, "{url}");
    }
}

#[test]
fn wrong_parameters_are_named_and_passwords_are_not() {
    for (parameters, named) in [
        ("sslmode=full", "sslmode is one of disable, prefer, require"),
        ("sslmode=", "sslmode is one of"),
        ("sslmode=%FF", "sslmode is not UTF-8"),
        (
            "sslmode=verify-full&sslrootcert=/no/such/file",
            "sslrootcert: no certificates in /no/such/file",
        ),
        ("sslcert=mine.pem", "sslcert"),
        ("application_name=a@b&sslmode=require", "write %40 instead"),
    ] {
        let url = format!("postgres://u:s3cret@h/d?{parameters}");
        let error = Address::parse(&url).expect_err("a wrong URL").to_string();
        assert!(error.contains(named), "{parameters}: {error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn programs_of_postgresql_check_the_same() {
    let variables = |url: &str| {
        let address = Address::parse(url).expect("a URL");
        address.program_variables().map(|(_, value)| value)
    };
    let text = |text: &str| Some(text.to_owned());
    let plain = variables("postgres://u@localhost/d");
    assert_eq!(plain, [text("disable"), None]);
    let url = format!("postgres://u@h/d?sslmode=require&sslrootcert={AUTHORITY}");
    assert_eq!(variables(&url), [text("verify-ca"), text(AUTHORITY)]);
    let [mode, authorities] = variables("postgres://u@h/d?sslmode=verify-full");
    assert_eq!(mode, text("verify-full"));
    assert!(authorities.is_some(), "the certificates of the system");
}
