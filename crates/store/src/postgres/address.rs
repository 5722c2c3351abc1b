//! Where a PostgreSQL database is, and how connections to it are secured.
//!
//! The URL has libpq's syntax and, for `sslmode` and `sslrootcert`, libpq's meaning. Two things differ: without `sslmode`, a
//! connection to this machine is not encrypted, and without `sslrootcert` the certificates of the system are trusted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod};
use percent_encoding::percent_decode_str;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::Trouble;

/// The certificates of the system, for programs with a libpq before version 16, which does not know the word `system`.
const OF_SYSTEM: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A stream of a connection that is encrypted.
type TlsStream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// Encrypts connections. The driver asks for it with an empty name for a socket, whose connection is then not encrypted.
#[derive(Clone)]
struct Encryption(MakeRustlsConnect);

impl MakeTlsConnect<Socket> for Encryption {
    type Stream = TlsStream;
    type TlsConnect = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;
    type Error = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Error;

    fn make_tls_connect(&mut self, host: &str) -> Result<Self::TlsConnect, Self::Error> {
        let name = if host.is_empty() { "socket" } else { host };
        MakeTlsConnect::<Socket>::make_tls_connect(&mut self.0, name)
    }
}

/// How a connection is secured: the values of `sslmode` in the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Security {
    /// It is not encrypted.
    Disable,
    /// It is encrypted if the server can. Nobody checks who the server is.
    Prefer,
    /// It is encrypted. Nobody checks who the server is, unless the URL names a file of certificates.
    Require,
    /// It is encrypted, and the server's certificate comes from an authority that is trusted.
    VerifyCa,
    /// Likewise, and the certificate is for the host in the URL.
    VerifyFull,
}

impl Security {
    const ALL: [(&'static str, Self); 5] = [
        ("disable", Self::Disable),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    fn parse(word: &str) -> Result<Self, Trouble> {
        let found = Self::ALL.iter().find(|(known, _)| *known == word);
        found.map(|(_, security)| *security).ok_or_else(|| {
            let known = Self::ALL.map(|(word, _)| word).join(", ");
            unreadable(format!("sslmode is one of {known}"))
        })
    }

    fn word(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, security)| *security == self);
        found.map_or("prefer", |(word, _)| word)
    }
}

/// The address of a database.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) security: Security,
    /// The file with the certificates of the authorities that are trusted; `None` for those of the system.
    pub(crate) authorities: Option<PathBuf>,
    encryption: Encryption,
}

impl Address {
    /// Reads a URL.
    ///
    /// # Errors
    /// Fails if the URL cannot be read, or the file of certificates that it names. The text of the error shows no password.
    pub(crate) fn parse(url: &str) -> Result<Self, Trouble> {
        let (url, parameters) = split(url)?;
        if url.contains("sslmode=") || url.contains("sslrootcert=") {
            return Err(unreadable(
                "an @ stands behind the host, so that the end of the password is not clear; write %40 instead",
            ));
        }
        let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
            let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
            unreadable(format!("{error}{}", source.unwrap_or_default()))
        })?;
        let authorities = match parameters.authorities.as_deref() {
            None | Some("system") => None,
            Some(file) => Some(PathBuf::from(file)),
        };
        let security = match parameters.mode {
            Some(word) => Security::parse(&word)?,
            None if is_local(&config) => Security::Disable,
            None => Security::Prefer,
        };
        // As with libpq, `require` checks the certificate if there is something to check it with.
        let security = match (security, &authorities) {
            (Security::Require, Some(_)) => Security::VerifyCa,
            (other, _) => other,
        };
        config.ssl_mode(match security {
            Security::Disable => SslMode::Disable,
            Security::Prefer => SslMode::Prefer,
            Security::Require | Security::VerifyCa | Security::VerifyFull => SslMode::Require,
        });
        let client = client(security, authorities.as_deref())?;
        Ok(Self {
            config,
            security,
            authorities,
            encryption: Encryption(MakeRustlsConnect::new(client)),
        })
    }

    /// Opens a connection. The caller runs the second part, which does the work.
    pub(crate) async fn connect(
        &self,
    ) -> Result<(Client, Connection<Socket, TlsStream>), tokio_postgres::Error> {
        self.config.connect(self.encryption.clone()).await
    }

    /// Returns what opens the connections of a pool.
    pub(crate) fn manager(&self) -> Manager {
        let recycling_method = RecyclingMethod::Fast;
        let options = ManagerConfig { recycling_method };
        Manager::from_config(self.config.clone(), self.encryption.clone(), options)
    }

    /// Returns the environment variables by which PostgreSQL's programs secure their connections in the same way.
    pub(crate) fn program_variables(&self) -> [(&'static str, Option<String>); 2] {
        let checks = matches!(self.security, Security::VerifyCa | Security::VerifyFull);
        let authorities = match &self.authorities {
            Some(file) => Some(file.display().to_string()),
            None if checks && Path::new(OF_SYSTEM).exists() => Some(OF_SYSTEM.to_owned()),
            None => checks.then(|| "system".to_owned()),
        };
        [
            ("PGSSLMODE", Some(self.security.word().to_owned())),
            ("PGSSLROOTCERT", authorities),
        ]
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither of them shows a password.
        formatter
            .debug_struct("Address")
            .field("config", &self.config)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

fn unreadable(reason: impl std::fmt::Display) -> Trouble {
    Trouble::Internal(format!("the PostgreSQL address cannot be read: {reason}"))
}

/// The parameters of a URL that the driver does not know.
#[derive(Default)]
struct Parameters {
    mode: Option<String>,
    authorities: Option<String>,
}

/// Takes our parameters out of a URL. They stand after the first `?` behind the password.
fn split(url: &str) -> Result<(String, Parameters), Trouble> {
    let mut found = Parameters::default();
    let before_host = url.rfind('@').unwrap_or(0);
    let Some(at) = url[before_host..].find('?') else {
        return Ok((url.to_owned(), found));
    };
    let (place, list) = url.split_at(before_host + at);
    let mut others = Vec::new();
    for parameter in list[1..].split('&').filter(|text| !text.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let slot = match name {
            "sslmode" => &mut found.mode,
            "sslrootcert" => &mut found.authorities,
            _ => {
                others.push(parameter);
                continue;
            }
        };
        let value = percent_decode_str(value).decode_utf8();
        let value = value.map_err(|_| unreadable(format!("{name} is not UTF-8")))?;
        *slot = Some(value.into_owned());
    }
    let url = match others.is_empty() {
        true => place.to_owned(),
        false => format!("{place}?{}", others.join("&")),
    };
    Ok((url, found))
}

/// Whether all hosts are this machine: sockets, or addresses of the loopback.
fn is_local(config: &Config) -> bool {
    let names_loopback = |name: &str| {
        let address: Result<std::net::IpAddr, _> = name.parse();
        address.map_or(name == "localhost", |address| address.is_loopback())
    };
    let addresses = config.get_hostaddrs();
    let named = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => names_loopback(name),
        Host::Unix(_) => true,
    });
    named && addresses.iter().all(std::net::IpAddr::is_loopback)
}

/// Returns how the connections check their server.
fn client(security: Security, authorities: Option<&Path>) -> Result<ClientConfig, Trouble> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Trouble::Internal(format!("TLS: {error}")))?;
    let checks = match security {
        Security::Disable | Security::Prefer | Security::Require => None,
        Security::VerifyCa | Security::VerifyFull => {
            let roots = Arc::new(roots(authorities)?);
            let verifier =
                WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider));
            let verifier = verifier.build();
            Some(verifier.map_err(|error| Trouble::Internal(format!("TLS: {error}")))?)
        }
    };
    let verifier = Verifier {
        provider,
        checks,
        checks_name: security == Security::VerifyFull,
    };
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// Returns the authorities that are trusted.
fn roots(file: Option<&Path>) -> Result<RootCertStore, Trouble> {
    let mut roots = RootCertStore::empty();
    let (certificates, origin) = match file {
        Some(file) => {
            let unusable = |error| {
                let file = file.display();
                Trouble::Internal(format!("sslrootcert: no certificates in {file}: {error}"))
            };
            let found = CertificateDer::pem_file_iter(file).map_err(unusable)?;
            let found: Vec<_> = found.collect::<Result<_, _>>().map_err(unusable)?;
            (found, file.display().to_string())
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            (found.certs, "this system".to_owned())
        }
    };
    let (taken, _) = roots.add_parsable_certificates(certificates);
    match taken {
        0 => Err(Trouble::Internal(format!(
            "{origin} has no certificates of authorities; name a file with sslrootcert in store.url"
        ))),
        _ => Ok(roots),
    }
}

/// Checks a server as far as `sslmode` says.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// Checks the chain of the certificate, and its name; `None` if any certificate will do.
    checks: Option<Arc<WebPkiServerVerifier>>,
    checks_name: bool,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(checks) = &self.checks else {
            return Ok(ServerCertVerified::assertion());
        };
        match checks.verify_server_cert(certificate, between, name, ocsp, now) {
            // The name is looked at last, so everything else is right.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.checks_name => Ok(ServerCertVerified::assertion()),
            checked => checked,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
