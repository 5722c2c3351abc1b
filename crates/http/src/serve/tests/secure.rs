//! The accept loop with TLS.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use tokio_rustls::TlsConnector;

use super::*;
use crate::tls::{Identity, Tls};

/// Returns the identity of `api.vendor.example`, which `ca.pem` has signed.
fn identity() -> Identity {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tls");
    let [chain, key] = ["server.pem", "server.key"].map(|name| format!("{folder}/{name}"));
    Identity::load(chain.as_ref(), key.as_ref()).expect("an identity")
}

pub(super) fn options() -> Options {
    Options {
        tls: Some(Tls::new(identity())),
        ..Options::default()
    }
}

/// Returns a client that trusts `ca.pem` and offers these protocols, if any.
pub(super) fn config(
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&[u8]],
) -> ClientConfig {
    let authority = CertificateDer::from_pem_slice(include_bytes!("../../tls/ca.pem"));
    let mut roots = RootCertStore::empty();
    roots
        .add(authority.expect("a certificate"))
        .expect("an authority");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    config
}

fn connector(versions: &[&'static SupportedProtocolVersion]) -> TlsConnector {
    TlsConnector::from(Arc::new(config(versions, &[])))
}

pub(super) fn name(text: &'static str) -> ServerName<'static> {
    ServerName::try_from(text).expect("a name")
}

/// Sends a request whose connection ends after the answer; returns the answer.
async fn ask(running: &Running, versions: &[&'static SupportedProtocolVersion]) -> String {
    let stream = TcpStream::connect(running.address)
        .await
        .expect("a connection");
    let connected = connector(versions).connect(name("api.vendor.example"), stream);
    let mut stream = connected.await.expect("TLS");
    let head = b"GET /v2/large HTTP/1.1\r\nhost: api.vendor.example\r\nconnection: close\r\n\r\n";
    stream.write_all(head).await.expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("an answer");
    text
}

fn router() -> Router {
    Router::new().route("/v2/large", get(async || "x".repeat(1 << 20)))
}

#[tokio::test]
async fn both_versions_of_tls_are_served() {
    let running = start(router(), options()).await;
    for version in [&version::TLS12, &version::TLS13] {
        let text = ask(&running, &[version]).await;
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{version:?}");
        assert_eq!(
            text.len() - text.find("\r\n\r\n").expect("a head") - 4,
            1 << 20
        );
    }
    running.stop().await;
}

#[tokio::test]
async fn a_plain_request_gets_no_answer_and_does_no_harm() {
    let running = start(router(), options()).await;
    let mut client = running.connect().await;
    client
        .stream
        .write_all(b"GET /v2/large HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("sent");
    let mut text = Vec::new();
    // The server may also reset the connection.
    let _ = client.stream.read_to_end(&mut text).await;
    assert!(
        !text.starts_with(b"HTTP"),
        "{}",
        String::from_utf8_lossy(&text)
    );
    assert!(
        ask(&running, &[&version::TLS13])
            .await
            .starts_with("HTTP/1.1 200")
    );
    running.stop().await;
}

#[tokio::test]
async fn a_connection_that_never_speaks_tls_does_not_keep_the_server() {
    let running = start(router(), options()).await;
    let silent = running.connect().await;
    assert!(
        ask(&running, &[&version::TLS13])
            .await
            .starts_with("HTTP/1.1 200")
    );
    running.stop().await;
    drop(silent);
}

#[tokio::test]
async fn an_unknown_name_is_refused_by_the_client() {
    let running = start(router(), options()).await;
    let stream = TcpStream::connect(running.address)
        .await
        .expect("a connection");
    let other = connector(&[&version::TLS13]).connect(name("other.example"), stream);
    assert!(other.await.is_err());
    running.stop().await;
}
