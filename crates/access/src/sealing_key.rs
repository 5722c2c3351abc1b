//! The key that secrets are sealed with. Neither `Debug` nor serialisation shows it.

use std::fmt;

use serde::{Deserialize, Serialize};

const REDACTED: &str = "[redacted]";

/// The key that secrets are sealed with: 32 bytes, written as 64 hexadecimal digits. Never shown.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct SealingKey([u8; 32]);

/// The text is no such key. Says nothing of what it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits")]
pub struct NotASealingKey;

impl SealingKey {
    /// The key itself, to be handed to the cipher and to nobody else.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<String> for SealingKey {
    type Error = NotASealingKey;

    fn try_from(text: String) -> Result<Self, NotASealingKey> {
        let digits = text.trim().as_bytes();
        let digit = |at: usize| char::from(digits[at]).to_digit(16);
        if digits.len() != 64 || !(0..64).all(|at| digit(at).is_some()) {
            return Err(NotASealingKey);
        }
        let byte = |at: usize| (digit(2 * at), digit(2 * at + 1));
        Ok(Self(std::array::from_fn(|at| match byte(at) {
            (Some(high), Some(low)) => (high * 16 + low) as u8,
            _ => 0,
        })))
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
