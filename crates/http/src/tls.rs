//! TLS on Heddle's own listener: TLS 1.2 and 1.3, with a certificate and a key from files.
//!
//! A connection takes the identity that is in force when it begins, so [`Tls::replace`] changes it for later connections
//! without a restart. [`follow`] does so when the files change.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

/// The name of HTTP/2 when a client and a server choose their protocol (ALPN).
pub(crate) const HTTP2: &[u8] = b"h2";
/// The name of HTTP/1.1 there. It is also the protocol of a client that does not choose.
const HTTP1: &[u8] = b"http/1.1";
/// The most bytes that wait unencrypted for a client to read.
const BUFFER_BYTES: usize = 16 * 1024;

/// Why an identity cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file with the certificate cannot be read.
    #[error("cannot read a certificate from {}: {source}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The file has no certificate.
    #[error("{} has no certificate in PEM form", .0.display())]
    NoCertificate(PathBuf),
    /// The file with the private key cannot be read.
    #[error("cannot read a private key from {}: {source}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The certificate and the key do not fit together, or are of a kind that is not supported.
    #[error("the certificate and the key cannot be used: {0}")]
    Unusable(rustls::Error),
}

/// A certificate chain and its private key.
#[derive(Clone)]
pub struct Identity(Arc<ServerConfig>);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

impl Identity {
    /// Reads the chain, which begins with the server's own certificate, and the key, both in PEM form.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let unreadable = |source| TlsError::Certificate {
            path: certificate.to_owned(),
            source,
        };
        let chain = CertificateDer::pem_file_iter(certificate).map_err(unreadable)?;
        let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(unreadable)?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate(certificate.to_owned()));
        }
        let key = PrivateKeyDer::from_pem_file(key).map_err(|source| TlsError::Key {
            path: key.to_owned(),
            source,
        })?;
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(TlsError::Unusable)?;
        config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

/// The identity of the listener. Cheap to clone; all clones share one identity.
#[derive(Clone, Debug)]
pub struct Tls(Arc<RwLock<Identity>>);

impl Tls {
    /// Creates TLS with an identity.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self(Arc::new(RwLock::new(identity)))
    }

    /// Uses another identity for the connections that begin from now on.
    pub fn replace(&self, identity: Identity) {
        *self.0.write() = identity;
    }

    /// Makes a connection secure.
    ///
    /// # Errors
    /// Fails if the client breaks off, does not speak TLS, or accepts nothing that the server has.
    pub(crate) async fn accept(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let config = Arc::clone(&self.0.read().0);
        let limited = |connection: &mut rustls::ServerConnection| {
            connection.set_buffer_limit(Some(BUFFER_BYTES));
        };
        TlsAcceptor::from(config).accept_with(stream, limited).await
    }
}

/// How often the files of an identity are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The files from which an identity is read.
#[derive(Clone, Debug)]
pub struct Files {
    /// The chain, in PEM form.
    pub certificate: PathBuf,
    /// The private key, in PEM form.
    pub key: PathBuf,
}

impl Files {
    /// Returns what changes when one of the files is replaced. A file that cannot be seen counts as another state.
    fn state(&self) -> [Option<(SystemTime, u64)>; 2] {
        [&self.certificate, &self.key].map(|path| {
            let file = std::fs::metadata(path).ok()?;
            Some((file.modified().ok()?, file.len()))
        })
    }
}

/// Looks at the files every few seconds until `ending` is cancelled, and uses a new identity for later connections. If the files
/// cannot be used, the identity before stays, and the log says why, once for each change.
pub async fn follow(tls: Tls, files: Files, ending: CancellationToken) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Not the state of now: the files may have changed since they were read at the start.
    let mut known = None;
    while ending.run_until_cancelled(ticks.tick()).await.is_some() {
        let state = Some(files.state());
        if state == known {
            continue;
        }
        let is_first = known.is_none();
        known = state;
        match Identity::load(&files.certificate, &files.key) {
            Ok(identity) => {
                tls.replace(identity);
                if !is_first {
                    tracing::info!("using the new certificate");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the new certificate cannot be used, so the one before stays: {error}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
