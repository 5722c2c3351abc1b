//! Stores changes of the search index on PostgreSQL, where it is part of the database.

use std::fmt::Write as _;

use heddle_domain::AccountId;
use heddle_domain::id::ConversationId;
use heddle_search::document::GAP;

use crate::error::Result;
use crate::rows::search::postgres as rows;
use crate::search::change::{Batch, Change, Stage, State};
use crate::search::document::{Document, Section};
use crate::search::pairs::pairs;
use crate::search::property::{account_token, initials};
use crate::search::times::tokens_of;
use crate::stmt::{Value, params};
use crate::tx::{Tx, Write};

/// One statement adds documents up to the one that makes so many tokens or more: some hundred kilobytes of text.
const MOST_TOKENS: usize = 20_000;

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
        replace(tx, account, &batch.changes)?;
        let to = batch.to;
        let state = params![account, to.position, to.stage.number(), to.after];
        tx.queue(&rows::MOVE_STATE, state)?;
        Ok(true)
    }
}

/// Removes what the changes replace, then adds what they contain, with a few statements for all of them.
fn replace(tx: &mut Tx<'_>, account: AccountId, changes: &[Change]) -> Result<()> {
    let (mut ranges, mut documents) = (Ranges::default(), Vec::new());
    let (mut customers, mut words) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Documents {
                conversation,
                after,
                up_to,
                documents: new,
            } => {
                ranges.push(*conversation, *after, *up_to);
                documents.extend(new);
            }
            Change::Names {
                customer,
                words: new,
            } => {
                customers.push(customer.get());
                words.extend(new.iter().map(|word| (word.clone(), customer.get())));
            }
        }
    }
    if !ranges.conversations.is_empty() {
        tx.queue(&rows::REMOVE, &ranges.params(account))?;
    }
    for documents in pieces(&documents) {
        add(tx, account, documents)?;
    }
    if !customers.is_empty() {
        tx.queue(&rows::REMOVE_NAMES, params![account, &customers[..]])?;
    }
    if !words.is_empty() {
        let (words, customers): (Vec<String>, Vec<i64>) = words.into_iter().unzip();
        let params = params![account, &words[..], &customers[..]];
        tx.queue(&rows::ADD_NAMES, params)?;
    }
    Ok(())
}

/// Ranges (after, up to] of messages, each of one conversation.
#[derive(Default)]
struct Ranges {
    conversations: Vec<i64>,
    after: Vec<i64>,
    up_to: Vec<i64>,
}

impl Ranges {
    fn push(&mut self, conversation: ConversationId, after: i64, up_to: i64) {
        self.conversations.push(conversation.get());
        self.after.push(after);
        self.up_to.push(up_to);
    }

    fn params(&self, account: AccountId) -> [Value<'_>; 4] {
        let ranges = [&self.conversations, &self.after, &self.up_to];
        let [conversations, after, up_to] = ranges.map(|list| Value::Ints(list));
        [account.into(), conversations, after, up_to]
    }
}

/// Splits documents into pieces for one statement each.
fn pieces<'a>(documents: &'a [&'a Document]) -> impl Iterator<Item = &'a [&'a Document]> {
    let mut left = documents;
    std::iter::from_fn(move || {
        let mut tokens = 0;
        let fitting = left.iter().take_while(|document| {
            let fits = tokens < MOST_TOKENS;
            tokens += document.sections.iter().map(Vec::len).sum::<usize>();
            fits
        });
        let (piece, rest) = left.split_at(fitting.count());
        left = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

fn add(tx: &mut Tx<'_>, account: AccountId, documents: &[&Document]) -> Result<()> {
    let all = || documents.iter();
    let conversations: Vec<i64> = all().map(|document| document.conversation.get()).collect();
    let messages: Vec<i64> = all().map(|document| document.message.get()).collect();
    let times: Vec<i64> = all().map(|document| document.effective_at.0).collect();
    let tokens: Vec<String> = all().map(|document| vector(account, document)).collect();
    let params = params![
        account,
        &conversations[..],
        &messages[..],
        &times[..],
        &tokens[..]
    ];
    tx.queue(&rows::ADD, params)
}

/// Writes a document as a `tsvector`: the words with their positions and weights, and the tokens that are no words.
fn vector(account: AccountId, document: &Document) -> String {
    let words: usize = document.sections.iter().map(Vec::len).sum();
    let mut vector = String::with_capacity(words * 16 + 256);
    push(&mut vector, "", &account_token(account), None);
    for property in &document.properties {
        push(&mut vector, "", &property.token(), None);
    }
    for token in tokens_of(document.effective_at) {
        push(&mut vector, "", &token, None);
    }
    for pair in document.sections.iter().flat_map(|words| pairs(words)) {
        push(&mut vector, "", &pair, None);
    }
    let mut position = 1;
    for (section, tokens) in Section::ALL.into_iter().zip(&document.sections) {
        let weight = section.weight();
        let mark = section.mark();
        let mut add = |word: &str, position: usize| {
            let place = Some((position, weight));
            push(&mut vector, "", word, place);
            if let Some(mark) = mark {
                push(&mut vector, mark, word, place);
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

/// Adds a token to a `tsvector`, perhaps with a mark before it, and with its place and weight.
fn push(vector: &mut String, mark: &str, token: &str, place: Option<(usize, char)>) {
    // Writing to a string does not fail.
    let _ = match place {
        Some((position, weight)) => write!(vector, "'{mark}{token}':{position}{weight} "),
        None => write!(vector, "'{mark}{token}' "),
    };
}
