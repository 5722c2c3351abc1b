//! The key for sealing secrets. Neither `Debug` nor serialisation shows it.

use std::fmt;

use serde::{Deserialize, Serialize};

const REDACTED: &str = "[redacted]";

/// The key for sealing secrets: 32 bytes, written as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct SealingKey([u8; 32]);

/// The error for a text that is not a sealing key. It does not show the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits")]
pub struct NotASealingKey;

impl SealingKey {
    /// Returns the key itself, for the cipher only.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<String> for SealingKey {
    type Error = NotASealingKey;

    fn try_from(text: String) -> Result<Self, NotASealingKey> {
        let digits = text.trim();
        let mut key = [0; 32];
        if digits.len() != 2 * key.len() {
            return Err(NotASealingKey);
        }
        base16ct::mixed::decode(digits, &mut key).map_err(|_| NotASealingKey)?;
        Ok(Self(key))
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

impl From<SealingKey> for String {
    fn from(_: SealingKey) -> Self {
        REDACTED.to_owned()
    }
}
