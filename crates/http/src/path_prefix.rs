//! A path that an operator puts in front of an API's own paths.

use serde::{Deserialize, Serialize};

/// Empty, or a path such as `/studio`. Whether an API owns it already is for whoever has the list of APIs to check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathPrefix(String);

impl PathPrefix {
    /// The path, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text cannot stand in front of an API's paths.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a path such as \"/studio\"")]
pub struct NotAPathPrefix(String);

impl TryFrom<String> for PathPrefix {
    type Error = NotAPathPrefix;

    fn try_from(text: String) -> Result<Self, NotAPathPrefix> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        let is_segment =
            |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_plain);
        let segments = text
            .strip_prefix('/')
            .map(|rest| rest.split('/').all(is_segment));
        if text.is_empty() || segments == Some(true) {
            Ok(Self(text))
        } else {
            Err(NotAPathPrefix(text))
        }
    }
}

impl From<PathPrefix> for String {
    fn from(prefix: PathPrefix) -> Self {
        prefix.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_plain_path() {
        for text in ["", "/studio", "/a/b-c_1.2"] {
            assert!(PathPrefix::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in ["/", "studio", "/studio/", "/a//b", "/..", "/a b", "/ü"] {
            assert!(PathPrefix::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
