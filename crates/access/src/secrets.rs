//! The secrets of clients. They are created here and shown once; only their hashes are stored.

use std::fmt;

use serde::{Serialize, Serializer};
use uuid::Uuid;

/// Creates a key or token of 244 random bits, as 64 hexadecimal digits.
#[must_use]
pub fn mint_key() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// Creates a public name of 122 random bits, as 32 hexadecimal digits.
#[must_use]
pub fn mint_name() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Secrets with the names that their API uses, in the order in which they are shown.
#[derive(Clone)]
pub struct Secrets(Vec<(&'static str, String)>);

impl FromIterator<(&'static str, String)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (&'static str, String)>>(secrets: I) -> Self {
        Self(secrets.into_iter().collect())
    }
}

impl Secrets {
    /// Returns names and values of the secrets, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

impl fmt::Debug for Secrets {
    /// Writes only the type's name, no secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl Serialize for Secrets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_keep_their_order_and_are_never_debugged() {
        let secrets = [("name", "n".to_owned()), ("key", "k".to_owned())];
        let secrets = Secrets::from_iter(secrets);
        let text = serde_json::to_string(&secrets).expect("JSON");
        assert_eq!(text, r#"{"name":"n","key":"k"}"#);
        assert_eq!(format!("{secrets:?}"), "Secrets");
    }
}
