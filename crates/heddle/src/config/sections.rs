//! The sections of the configuration, one struct each. `heddle.default.toml` explains the keys. No key has a default here, so
//! that loading fails if one is missing there.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use heddle_access::sealing_key::SealingKey;
use heddle_http::base_url::PublicUrl;
use heddle_http::budget::{self, BodyBudget};
use heddle_http::cidr::Cidr;
use heddle_http::peer::TrustedProxies;
use heddle_http::serve::Options;
use heddle_http::tls::{Files, Identity, Tls, TlsError};

use super::secret::StoreUrl;

/// The section `[server]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    #[serde(deserialize_with = "address_with_port")]
    pub listen: SocketAddr,
    pub public_url: Option<PublicUrl>,
    pub tls_certificate_file: Option<PathBuf>,
    pub tls_key_file: Option<PathBuf>,
    pub hosts: Vec<HostRule>,
    pub trusted_proxies: Vec<Cidr>,
    pub max_connections: NonZeroU32,
    pub max_connections_per_client: Option<NonZeroU32>,
    pub body_memory_mib: NonZeroU32,
    pub grace_seconds: u32,
}

/// A host name that belongs to one API, written as `api.vendor.example=helpscout`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostRule {
    /// The name, in lower case and without a port.
    pub host: String,
    /// The name of the API.
    pub api: String,
}

impl TryFrom<String> for HostRule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_name = |host: &str| {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            (1..=253).contains(&host.len()) && host.bytes().all(is_part)
        };
        let parts = text
            .split_once('=')
            .map(|(host, api)| (host.trim(), api.trim()));
        match parts.filter(|(host, api)| is_name(host) && !api.is_empty()) {
            Some((host, api)) => Ok(Self {
                host: host.trim_end_matches('.').to_ascii_lowercase(),
                api: api.to_owned(),
            }),
            None => Err(format!(
                "{text:?} is no host with its API, such as \"api.vendor.example=helpscout\""
            )),
        }
    }
}

impl From<HostRule> for String {
    fn from(HostRule { host, api }: HostRule) -> Self {
        format!("{host}={api}")
    }
}

/// Reads an address to listen on. The error shows what one looks like.
fn address_with_port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        D::Error::custom(format!(
            "{text:?} is no address with a port; expected one such as 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080"
        ))
    })
}

impl Server {
    /// Reads the certificate and the key; `None` if the server is to speak plain HTTP.
    ///
    /// # Errors
    /// Says which file cannot be used, and why.
    pub fn load_tls(&self) -> Result<Option<Tls>, TlsError> {
        let Some(files) = self.tls_files() else {
            return Ok(None);
        };
        let identity = Identity::load(&files.certificate, &files.key);
        identity.map(|identity| Some(Tls::new(identity)))
    }

    /// Returns the files of the certificate and the key; `None` if the server is to speak plain HTTP.
    pub fn tls_files(&self) -> Option<Files> {
        let (certificate, key) = (self.tls_certificate_file.clone(), self.tls_key_file.clone());
        let (certificate, key) = certificate.zip(key)?;
        Some(Files { certificate, key })
    }

    /// Returns the options of the accept loop.
    pub fn options(&self, tls: Option<Tls>) -> Options {
        Options {
            tls,
            max_connections: self.max_connections.get(),
            max_connections_per_client: self.max_connections_per_client.map(NonZeroU32::get),
            proxies: self.proxies(),
            grace: Duration::from_secs(self.grace_seconds.into()),
            ..Options::default()
        }
    }

    /// Returns the budget for the request bodies in memory.
    pub fn bodies(&self) -> BodyBudget {
        BodyBudget::new(((self.body_memory_mib.get() as usize) << 20) / budget::COPIES)
    }

    pub fn proxies(&self) -> TrustedProxies {
        TrustedProxies::new(self.trusted_proxies.iter().copied())
    }
}

/// The section `[store]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    pub url: StoreUrl,
    /// File that contains the URL. After loading always `None`: the file's content is in `url`.
    pub(super) url_file: Option<PathBuf>,
    pub data: PathBuf,
    pub pool_size: NonZeroU32,
    pub notify: bool,
    pub readers: NonZeroU32,
    pub cache_mib: NonZeroU32,
}

impl Store {
    /// Returns which database to open, as `url` and `data` determine it. The path of a SQLite database is never empty.
    pub fn database(&self) -> StoreUrl {
        match &self.url {
            StoreUrl::Sqlite(path) if path.as_os_str().is_empty() => {
                StoreUrl::Sqlite(self.data.join("heddle.sqlite"))
            }
            url => url.clone(),
        }
    }
}

/// The section `[events]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    pub keep_days: u32,
}

/// The section `[search]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    pub enabled: bool,
}

/// The section `[metrics]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// `None`: nothing listens, and nobody keeps the numbers.
    #[serde(default, deserialize_with = "some_address_with_port")]
    pub listen: Option<SocketAddr>,
}

/// The section `[traces]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// `None`: no traces.
    pub otlp_endpoint: Option<OtlpEndpoint>,
    pub sample_ratio: SampleRatio,
}

/// The URL of an OpenTelemetry collector that speaks OTLP over plain HTTP, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct OtlpEndpoint(String);

impl OtlpEndpoint {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OtlpEndpoint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // The text itself is not shown: it could contain a password.
        let url = url::Url::parse(&text)
            .map_err(|e| format!("{e}; expected a URL such as \"http://127.0.0.1:4318\""))?;
        match url.scheme() {
            "http" => {}
            "https" => {
                return Err(
                    "Heddle speaks to a collector over plain http:// only: run an OpenTelemetry collector on this machine or in your own network, name its URL here, such as \"http://127.0.0.1:4318\", and let it send them on over TLS".to_owned(),
                );
            }
            scheme => {
                return Err(format!(
                    "{scheme}: is not http:; expected a URL such as \"http://127.0.0.1:4318\""
                ));
            }
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has a user or a password, which Heddle does not send".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("has a query or a fragment, which Heddle does not send".to_owned());
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

impl From<OtlpEndpoint> for String {
    fn from(OtlpEndpoint(url): OtlpEndpoint) -> Self {
        url
    }
}

/// Which part of the traces that begin in Heddle is sent: a number from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct SampleRatio(f64);

impl TryFrom<f64> for SampleRatio {
    type Error = String;

    fn try_from(ratio: f64) -> Result<Self, String> {
        match (0.0..=1.0).contains(&ratio) {
            true => Ok(Self(ratio)),
            false => Err(format!("{ratio} is no number from 0 to 1")),
        }
    }
}

impl From<SampleRatio> for f64 {
    fn from(SampleRatio(ratio): SampleRatio) -> Self {
        ratio
    }
}

/// Same as [`address_with_port`], for a key that may be missing.
fn some_address_with_port<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SocketAddr>, D::Error> {
    address_with_port(deserializer).map(Some)
}

/// The section `[secrets]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// Key for sealing (encrypting) secrets. Without it, the key in the data folder is used.
    pub sealing_key: Option<SealingKey>,
    /// File that contains the sealing key. After loading always `None`: the file's content is in `sealing_key`.
    pub(super) sealing_key_file: Option<PathBuf>,
}

/// The section `[limits]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub failed_auth_per_minute: u32,
    pub attachment_mib: NonZeroU32,
}

impl Limits {
    /// Returns the maximum size of an uploaded file, in bytes.
    pub fn largest_attachment(&self) -> usize {
        usize::try_from(self.attachment_mib.get())
            .map_or(usize::MAX, |mib| mib.saturating_mul(1 << 20))
    }
}

/// The section `[log]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: Level,
    pub format: Format,
    /// `None`: the log goes to standard error only.
    pub otlp_endpoint: Option<OtlpEndpoint>,
}

/// The lowest level that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Text,
    Json,
}
