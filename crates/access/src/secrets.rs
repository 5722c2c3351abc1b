//! The secrets of clients. They are created here and shown once; only their hashes are stored.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
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
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(Vec<(String, String)>);

impl Secrets {
    /// Adds a secret at the end.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// Returns the secret with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    }

    /// Returns names and values of the secrets, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
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

impl<'de> Deserialize<'de> for Secrets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Secrets;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secrets, A::Error> {
                let mut secrets = Secrets::default();
                while let Some(pair) = map.next_entry()? {
                    secrets.0.push(pair);
                }
                Ok(secrets)
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_keep_their_order_and_are_never_debugged() {
        let secrets = Secrets::default().with("name", "n").with("key", "k");
        let text = serde_json::to_string(&secrets).expect("JSON");
        assert_eq!(text, r#"{"name":"n","key":"k"}"#);
        let read: Secrets = serde_json::from_str(&text).expect("secrets");
        assert_eq!(read, secrets);
        assert_eq!((read.get("key"), read.get("other")), (Some("k"), None));
        assert_eq!(format!("{secrets:?}"), "Secrets");
    }
}
