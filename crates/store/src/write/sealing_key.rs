//! The id of the key with which the store's secrets are sealed. A server compares it with its own key when it starts.

use heddle_domain::AccountId;

use crate::error::Result;
use crate::rows::sealing_key as rows;
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows, Tx, Write};

/// Records the key of this server; returns the key that is recorded then, which may be that of another server.
#[derive(Clone, Debug)]
pub struct RecordSealingKey {
    /// The id of the key, which shows nothing of the key.
    pub key_id: String,
    /// Whether a recorded key is replaced.
    pub replace: bool,
}

impl Write for RecordSealingKey {
    type Out = String;
    const NAME: &'static str = "record_sealing_key";

    /// True: a second run writes the same value.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<String> {
        let statement = if self.replace {
            &rows::REPLACE
        } else {
            &rows::CLAIM
        };
        tx.execute(statement, params![self.key_id.as_str()]).await?;
        let found = tx
            .fetch_one(&rows::GET, params![], |row| row.text())
            .await?;
        Ok(found.unwrap_or_else(|| self.key_id.clone()))
    }
}

/// Reads a text of any account that was sealed with the store's key; `None` if there is none.
#[derive(Clone, Copy, Debug)]
pub struct AnySealedText;

impl Read for AnySealedText {
    type Out = Option<String>;
    const NAME: &'static str = "any_sealed_text";

    fn cost(&self) -> Cost {
        Cost::Keys(AccountId(0))
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        rows.fetch_one(&rows::SEALED, params![], |row| row.text())
            .await
    }
}

/// Reads the recorded key's id; `None` if no server has recorded one.
#[derive(Clone, Copy, Debug)]
pub struct RecordedSealingKey;

impl Read for RecordedSealingKey {
    type Out = Option<String>;
    const NAME: &'static str = "recorded_sealing_key";

    fn cost(&self) -> Cost {
        Cost::Keys(AccountId(0))
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        rows.fetch_one(&rows::GET, params![], |row| row.text())
            .await
    }
}
