//! The section `[objects]`: where attachments over 32 KiB are.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use heddle_store::{BucketOptions, ObjectOptions, ObjectPlace};

use super::secret::Secret;

/// The section `[objects]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Objects {
    pub url: ObjectUrl,
    pub previous: Option<ObjectUrl>,
    pub endpoint: Option<String>,
    pub region: String,
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<Secret>,
    /// File that contains the secret. After loading always `None`: the file's content is in `secret_access_key`.
    pub(super) secret_access_key_file: Option<PathBuf>,
    pub allow_http: bool,
}

/// A place of objects.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum ObjectUrl {
    /// `folder:PATH`; an empty path means the folder `objects` in the data folder.
    Folder(PathBuf),
    /// `s3://BUCKET/PREFIX`.
    Bucket {
        /// The name of the bucket.
        bucket: String,
        /// What all names in it begin with, without slashes at its ends; may be empty.
        prefix: String,
    },
}

/// The error for a text that is not the URL of a place of objects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected folder:PATH or s3://BUCKET/PREFIX")]
pub struct NotAnObjectUrl;

impl TryFrom<String> for ObjectUrl {
    type Error = NotAnObjectUrl;

    fn try_from(text: String) -> Result<Self, NotAnObjectUrl> {
        if let Some(path) = text.strip_prefix("folder:") {
            return Ok(Self::Folder(path.into()));
        }
        let rest = text.strip_prefix("s3://").ok_or(NotAnObjectUrl)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let is_step = |step: &str| {
            !step.is_empty() && step != "." && step != ".." && step.bytes().all(is_plain)
        };
        if !is_step(bucket) || !(prefix.is_empty() || prefix.split('/').all(is_step)) {
            return Err(NotAnObjectUrl);
        }
        Ok(Self::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

impl fmt::Display for ObjectUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(formatter, "folder:{}", path.display()),
            Self::Bucket { bucket, prefix } if prefix.is_empty() => {
                write!(formatter, "s3://{bucket}")
            }
            Self::Bucket { bucket, prefix } => write!(formatter, "s3://{bucket}/{prefix}"),
        }
    }
}

impl From<ObjectUrl> for String {
    fn from(url: ObjectUrl) -> Self {
        url.to_string()
    }
}

/// What is wrong with the section: the key, and the reason.
type Wrong = (&'static str, String);

impl Objects {
    /// Checks the keys that depend on each other.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        if self.previous.as_ref() == Some(&self.url) {
            let text = "is the same as objects.url: remove it, or name the place where the attachments were before";
            return Err(("objects.previous", text.to_owned()));
        }
        for url in std::iter::once(&self.url).chain(&self.previous) {
            self.check_place(url)?;
        }
        Ok(())
    }

    /// Checks the keys on which a place depends.
    fn check_place(&self, url: &ObjectUrl) -> Result<(), Wrong> {
        if let ObjectUrl::Folder(_) = url {
            return Ok(());
        }
        let missing = |key| (key, format!("{url} needs it: set it, or use folder:PATH"));
        if self.access_key_id.as_deref().is_none_or(str::is_empty) {
            return Err(missing("objects.access_key_id"));
        }
        if self
            .secret_access_key
            .as_ref()
            .is_none_or(|key| key.expose().is_empty())
        {
            return Err(missing("objects.secret_access_key"));
        }
        let Some(endpoint) = &self.endpoint else {
            return Ok(());
        };
        let wrong = |text: &str| Err(("objects.endpoint", format!("{endpoint:?} {text}")));
        let url = match Url::parse(endpoint) {
            Ok(url) if url.has_host() && url.username().is_empty() && url.password().is_none() => {
                url
            }
            // It is not shown, because it may contain a password.
            _ => {
                let text = "it is no URL such as https://s3.example.org, without user and password";
                return Err(("objects.endpoint", text.to_owned()));
            }
        };
        match url.scheme() {
            "https" => Ok(()),
            "http" if self.allow_http || is_loopback(&url) => Ok(()),
            "http" => wrong(
                "would send attachments over the network in the clear: use https://, or set objects.allow_http = true",
            ),
            _ => wrong("is neither https:// nor http://"),
        }
    }

    /// Returns the options of a place.
    ///
    /// # Errors
    /// Says which key is missing or wrong.
    pub fn place(&self, url: &ObjectUrl, data: &Path) -> Result<ObjectPlace, String> {
        self.check_place(url)
            .map_err(|(key, reason)| format!("{key}: {reason}"))?;
        Ok(self.checked_place(url, data))
    }

    fn checked_place(&self, url: &ObjectUrl, data: &Path) -> ObjectPlace {
        match url {
            ObjectUrl::Folder(path) if path.as_os_str().is_empty() => {
                ObjectPlace::Folder(data.join("objects"))
            }
            ObjectUrl::Folder(path) => ObjectPlace::Folder(path.clone()),
            ObjectUrl::Bucket { bucket, prefix } => ObjectPlace::Bucket(BucketOptions {
                bucket: bucket.clone(),
                prefix: prefix.clone(),
                region: self.region.clone(),
                endpoint: self.endpoint.clone(),
                access_key_id: self.access_key_id.clone().unwrap_or_default(),
                secret_access_key: self
                    .secret_access_key
                    .as_ref()
                    .map_or("", Secret::expose)
                    .to_owned(),
                receiving: data.to_owned(),
            }),
        }
    }

    /// Returns the options of the configured places.
    #[must_use]
    pub fn options(&self, data: &Path) -> ObjectOptions {
        ObjectOptions {
            place: self.checked_place(&self.url, data),
            previous: self
                .previous
                .as_ref()
                .map(|url| self.checked_place(url, data)),
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
        None => false,
    }
}
