//! How clients reach the attacked server: over a plain connection, or over TLS with HTTP/1.1 or HTTP/2.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::socket::Client;

/// What the server listens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listener {
    Plain,
    Tls,
}

/// A connection with TLS.
pub(super) type Secure = StreamOwned<ClientConnection, TcpStream>;

/// The server as clients see it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) address: SocketAddr,
    /// What a client needs for TLS; `None` if the server has a plain listener.
    pub(super) tls: Option<Arc<ClientConfig>>,
}

impl Target {
    /// Connects a client that speaks HTTP/1.1.
    ///
    /// # Errors
    /// Fails if the connection is not made.
    pub(super) fn connect(&self, client: Client) -> io::Result<Connection> {
        let stream = client.connect(self.address)?;
        Ok(match &self.tls {
            None => Connection::Plain(stream),
            Some(config) => Connection::Tls(Box::new(secure(stream, Arc::clone(config))?)),
        })
    }

    /// Connects a client that speaks HTTP/2.
    ///
    /// # Errors
    /// Fails if the connection is not made, or the server has no TLS.
    pub(super) fn connect_http2(&self, client: Client) -> io::Result<Secure> {
        let config = self.tls.as_deref().ok_or(io::ErrorKind::Unsupported)?;
        let mut config = config.clone();
        config.alpn_protocols = vec![b"h2".to_vec()];
        secure(client.connect(self.address)?, Arc::new(config))
    }
}

fn secure(stream: TcpStream, config: Arc<ClientConfig>) -> io::Result<Secure> {
    let name = ServerName::try_from("localhost").expect("it is a name");
    let connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
    let mut secure = StreamOwned::new(connection, stream);
    // The handshake is part of the connection, so that attackers are counted from its end on.
    while secure.conn.is_handshaking() {
        secure.conn.complete_io(&mut secure.sock)?;
    }
    Ok(secure)
}

/// Returns what a client needs to trust the certificate of the tests, whose files are in this folder.
///
/// # Errors
/// Fails if the certificate cannot be read.
pub(super) fn trust(folder: &Path) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(folder.join("ca.pem"))
        .context("cannot read the certificate of the tests")?;
    roots.add(authority)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// A connection of a client that speaks HTTP/1.1.
pub(super) enum Connection {
    Plain(TcpStream),
    Tls(Box<Secure>),
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
