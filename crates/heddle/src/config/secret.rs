//! Values that may contain a secret. Neither `Debug` nor `Display` nor serialisation shows it.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

const REDACTED: &str = "[redacted]";

/// A text that is never shown in logs or output.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub struct Secret(String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// For the printed configuration: not the secret itself.
impl From<Secret> for String {
    fn from(_: Secret) -> Self {
        REDACTED.to_owned()
    }
}

impl Secret {
    /// Returns the text itself. Only the code that needs the secret may call this.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

/// The database to use. `Display` and `Debug` leave its password out.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum StoreUrl {
    /// `sqlite:PATH`; an empty path means the database file in the data folder.
    Sqlite(PathBuf),
    /// `postgres://…`, in the form that the driver takes.
    Postgres(Secret),
}

/// The error for a text that is not the URL of a store. It does not show the text, which may contain a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")]
pub struct NotAStoreUrl;

impl TryFrom<String> for StoreUrl {
    type Error = NotAStoreUrl;

    fn try_from(text: String) -> Result<Self, NotAStoreUrl> {
        match text.split_once(':') {
            Some(("sqlite", path)) => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                Ok(Self::Postgres(Secret(text)))
            }
            _ => Err(NotAStoreUrl),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
            Self::Postgres(url) => formatter.write_str(&without_password(url.expose())),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl From<StoreUrl> for String {
    fn from(url: StoreUrl) -> Self {
        url.to_string()
    }
}

/// Returns the URL with only user, host and database. All parameters are removed, because one of them may be a
/// password. A password may contain characters that should have been escaped, so it ends at the last `@`. If an `@`
/// comes after a `?`, the end of the password is not clear, and everything but the scheme is removed.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return REDACTED.to_owned();
    };
    if rest
        .split_once('?')
        .is_some_and(|(_, end)| end.contains('@'))
    {
        return format!("{scheme}://{REDACTED}");
    }
    let (who, place) = match rest.rsplit_once('@') {
        None => (None, rest),
        Some((who, place)) => (Some(who), place),
    };
    let (place, parameters) = match place.split_once('?') {
        None => (place, ""),
        Some((place, _)) => (place, "?[redacted]"),
    };
    let who = match who.map(|who| who.split_once(':').ok_or(who)) {
        None => String::new(),
        Some(Err(user)) => format!("{user}@"),
        Some(Ok((user, _))) => format!("{user}:{REDACTED}@"),
    };
    format!("{scheme}://{who}{place}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> StoreUrl {
        StoreUrl::try_from(text.to_owned()).expect("a store URL")
    }

    #[test]
    fn a_password_is_never_shown() {
        for (text, shown) in [
            ("postgres://u:s3cret@h/db", "postgres://u:[redacted]@h/db"),
            (
                "postgresql://u:s3cr@t/s3cret@h:5432/db",
                "postgresql://u:[redacted]@h:5432/db",
            ),
            (
                "postgres://u:s3cret@h/db?password=s3cret",
                "postgres://u:[redacted]@h/db?[redacted]",
            ),
            (
                "postgres://h/db?user=u&password=s3cret",
                "postgres://h/db?[redacted]",
            ),
            (
                "postgres://u@h/db?password=s3:cr@et",
                "postgres://[redacted]",
            ),
            ("postgres://h/db?password=s3cr@et", "postgres://[redacted]"),
            ("postgres://u:s3?cr@et@h/db", "postgres://[redacted]"),
            ("postgres://u@h/db", "postgres://u@h/db"),
            ("postgres:///db", "postgres:///db"),
            (
                "sqlite:/var/lib/heddle.sqlite",
                "sqlite:/var/lib/heddle.sqlite",
            ),
        ] {
            let url = url(text);
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), shown);
        }
        assert_eq!(format!("{:?}", Secret("s3cret".to_owned())), REDACTED);
    }

    #[test]
    fn other_urls_are_refused_without_being_shown() {
        for text in [
            "",
            "mysql://u:s3cret@h",
            "postgres:u:s3cret",
            "host=h password=s3cret",
            "/var/x",
        ] {
            let refused = StoreUrl::try_from(text.to_owned()).expect_err(text);
            assert!(!refused.to_string().contains("s3cret"));
        }
    }
}
