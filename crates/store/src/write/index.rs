//! Stores changes of the search index on PostgreSQL, where it is part of the database.

use heddle_domain::AccountId;
use heddle_domain::id::{ConversationId, CustomerId};
use heddle_search::document::GAP;

use crate::error::Result;
use crate::rows::search::postgres as rows;
use crate::search::change::{Batch, Change, Stage, State};
use crate::search::document::{Document, Section};
use crate::search::property::{account_token, initials};
use crate::stmt::params;
use crate::tx::{Tx, Write};

/// Stores a batch of changes.
#[derive(Debug)]
pub(crate) struct StoreIndexBatch(pub(crate) Batch);

impl Write for StoreIndexBatch {
    /// Whether the state was the expected one. If not, nothing was stored.
    type Out = bool;
    const NAME: &'static str = "store_index_batch";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        let batch = &self.0;
        let account = batch.account;
        tx.execute(&rows::BEGIN_STATE, params![account]).await?;
        let key = params![account];
        let found = tx.fetch_one(&rows::LOCK_STATE, key, |row| {
            Ok(State {
                position: row.int()?,
                stage: Stage::of(row.int()?)?,
                after: row.int()?,
                batches: row.int()?,
            })
        });
        if found.await? != Some(batch.from) {
            return Ok(false);
        }
        for change in &batch.changes {
            match change {
                Change::Documents {
                    conversation,
                    after,
                    up_to,
                    documents,
                } => replace(tx, account, (*conversation, *after, *up_to), documents)?,
                Change::Names { customer, words } => {
                    names(tx, account, *customer, words.iter().map(String::as_str))?;
                }
            }
        }
        let to = batch.to;
        let state = params![account, to.position, to.stage.number(), to.after];
        tx.queue(&rows::MOVE_STATE, state)?;
        Ok(true)
    }
}

fn replace(
    tx: &mut Tx<'_>,
    account: AccountId,
    (conversation, after, up_to): (ConversationId, i64, i64),
    documents: &[Document],
) -> Result<()> {
    tx.queue(&rows::REMOVE, params![account, conversation, after, up_to])?;
    for document in documents {
        let tokens = vector(account, document);
        let params = params![
            account,
            conversation,
            document.message,
            document.effective_at,
            &tokens
        ];
        tx.queue(&rows::ADD, params)?;
    }
    Ok(())
}

fn names<'a>(
    tx: &mut Tx<'_>,
    account: AccountId,
    customer: CustomerId,
    words: impl Iterator<Item = &'a str>,
) -> Result<()> {
    tx.queue(&rows::REMOVE_NAMES, params![account, customer])?;
    for word in words {
        tx.queue(&rows::ADD_NAME, params![account, word, customer])?;
    }
    Ok(())
}

/// Writes a document as a `tsvector`: the words with their positions and weights, and the tokens that are no words.
fn vector(account: AccountId, document: &Document) -> String {
    let mut vector = format!("'{}'", account_token(account));
    for property in &document.properties {
        vector.push_str(&format!(" '{}'", property.token()));
    }
    let mut position = 1;
    for (section, tokens) in Section::ALL.into_iter().zip(&document.sections) {
        let weight = section.weight();
        let mark = section.mark();
        let mut add = |word: &str, position: usize| {
            vector.push_str(&format!(" '{word}':{position}{weight}"));
            if let Some(mark) = mark {
                vector.push_str(&format!(" '{mark}{word}':{position}{weight}"));
            }
        };
        for token in tokens {
            if token != GAP {
                add(token, position);
            }
            position += 1;
        }
        // No phrase may go from one section to the next.
        position += 1;
        for initial in initials(tokens) {
            add(&initial, position);
        }
        position += 2;
    }
    vector
}
