//! Writes batches of changes to the index file.

use std::collections::{BTreeMap, HashMap, HashSet};

use heddle_domain::{AccountId, Timestamp};
use heddle_search::document::GAP;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::key::{IN_SPAN, Keys, span_at};
use crate::error::{Abort, Error, Trouble};
use crate::search::change::{Batch, Change, State};
use crate::search::document::{Document, Section};
use crate::search::property::initials;
use crate::sqlite::connection::failure;

const STATE: &str =
    "SELECT position, stage, after_id, batches FROM search_state WHERE account_id = ?1";
const PUT_STATE: &str = "INSERT INTO search_state (account_id, position, stage, after_id, batches, spill) VALUES (?1, ?2, ?3, ?4, 1, ?5)
    ON CONFLICT (account_id) DO UPDATE SET position = excluded.position, stage = excluded.stage,
    after_id = excluded.after_id, batches = search_state.batches + 1, spill = max(search_state.spill, excluded.spill)";
const STORED: &str = "SELECT message_id, id, effective_at FROM search_document
    WHERE account_id = ?1 AND conversation_id = ?2 AND message_id > ?3 AND message_id <= ?4";
const ADD: &str =
    "INSERT INTO search_document (account_id, id, conversation_id, message_id, effective_at)
    VALUES (?1, ?2, ?3, ?4, ?5)";
// tidy: across accounts: the id begins with the account.
const REMOVE: &str = "DELETE FROM search_document WHERE id = ?1";
const ADD_TEXT: &str = "INSERT INTO search_text (rowid, body, subject, customer, sender, recipient)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
// tidy: across accounts: the id begins with the account.
const REMOVE_TEXT: &str = "DELETE FROM search_text WHERE rowid = ?1";
// tidy: across accounts: the ids begin with the account.
const LAST: &str = "SELECT id, effective_at FROM search_document WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1";
const ADD_WORD: &str = "INSERT OR IGNORE INTO search_word (word) VALUES (?1)";
const REMOVE_NAMES: &str = "DELETE FROM search_name WHERE account_id = ?1 AND customer_id = ?2";
const ADD_NAME: &str =
    "INSERT OR IGNORE INTO search_name (account_id, word, customer_id) VALUES (?1, ?2, ?3)";

const SOME: &str = "SELECT id FROM search_document WHERE account_id = ?1 LIMIT ?2";
const REMOVE_ALL_NAMES: &str = "DELETE FROM search_name WHERE account_id = ?1";
const REMOVE_STATE: &str = "DELETE FROM search_state WHERE account_id = ?1";
/// How many documents of an account are removed in one transaction.
const REMOVED_AT_ONCE: i64 = 2_000;
// tidy: across accounts: the words of all accounts are in one list, and a removed account may have had some of its own.
/// Writes the parts of the index anew, without what was removed, and forgets the words that no document has any more.
const FORGET_WORDS: &str = "
    INSERT INTO search_text (search_text) VALUES ('optimize');
    CREATE VIRTUAL TABLE temp.search_term USING fts5vocab('main', 'search_text', 'row');
    DELETE FROM search_word WHERE word NOT IN (SELECT term FROM temp.search_term);
    DROP TABLE temp.search_term;
";

/// How far ahead of the clock a time may be in the first run of ids. One time in the far future would send all later documents to
/// the second run.
const MOST_AHEAD_MS: i64 = 300_000;

/// Why a batch could not be stored.
pub(super) enum Failure {
    Engine(rusqlite::Error),
    Other(Abort),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<Failure> for Error {
    fn from(failed: Failure) -> Self {
        match failed {
            Failure::Engine(error) => failure(error).into(),
            Failure::Other(abort) => abort.into(),
        }
    }
}

/// Words that the index has, so that they need not be inserted again.
#[derive(Debug, Default)]
pub(super) struct KnownWords(HashSet<String>);

/// The maximum number of words in memory.
const MOST_KNOWN: usize = 200_000;

/// Stores a batch, if the index still has the state from which the batch was made. Returns whether it had.
pub(super) fn store(
    connection: &mut Connection,
    known: &mut KnownWords,
    batch: &Batch,
) -> Result<bool, Failure> {
    let stored = try_store(connection, known, batch);
    if stored.is_err() || known.0.len() > MOST_KNOWN {
        // After a failure the words of the batch are not stored.
        known.0.clear();
    }
    stored
}

/// Removes everything of an account. After an interruption the same call goes on.
pub(super) fn remove(connection: &mut Connection, account: AccountId) -> Result<(), Failure> {
    let account = account.get();
    loop {
        let transaction = connection.transaction()?;
        let ids: Vec<i64> = {
            let mut some = transaction.prepare_cached(SOME)?;
            let rows = some.query_map([account, REMOVED_AT_ONCE], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        for id in &ids {
            transaction.prepare_cached(REMOVE_TEXT)?.execute([id])?;
            transaction.prepare_cached(REMOVE)?.execute([id])?;
        }
        transaction.commit()?;
        if ids.is_empty() {
            break;
        }
    }
    let transaction = connection.transaction()?;
    transaction.execute(REMOVE_ALL_NAMES, [account])?;
    transaction.execute(REMOVE_STATE, [account])?;
    transaction.commit()?;
    connection.execute_batch(FORGET_WORDS)?;
    Ok(())
}

fn try_store(
    connection: &mut Connection,
    known: &mut KnownWords,
    batch: &Batch,
) -> Result<bool, Failure> {
    let transaction = connection.transaction()?;
    let account = batch.account.get();
    let state = transaction
        .prepare_cached(STATE)?
        .query_row([account], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let key = |state: State| {
        (
            state.position,
            state.stage.number(),
            state.after,
            state.batches,
        )
    };
    if state.unwrap_or_else(|| key(State::EMPTY)) != key(batch.from) {
        return Ok(false);
    }
    let mut writing = Writing::new(&transaction, known, batch)?;
    let mut new = Vec::new();
    for change in &batch.changes {
        writing.apply(change, &mut new)?;
    }
    // By conversation they come from the feed. In the order of time they get ids of the first run.
    new.sort_by_key(|(document, _)| (document.effective_at, document.message));
    for (document, older) in new {
        writing.put(document, older)?;
    }
    let (spill, to) = (writing.spill, key(batch.to));
    transaction
        .prepare_cached(PUT_STATE)?
        .execute(params![account, to.0, to.1, to.2, spill])?;
    transaction.commit()?;
    Ok(true)
}

/// A document with id and time of the one in whose place it comes.
type New<'c> = (&'c Document, Option<(i64, i64)>);

struct Writing<'t> {
    transaction: &'t Transaction<'t>,
    known: &'t mut KnownWords,
    account: AccountId,
    keys: Keys,
    /// The latest time that a document of the first run may have.
    latest: Timestamp,
    /// Id and time of the last document of the first run.
    last: Option<(i64, i64)>,
    spill: i64,
    /// The spans with room that this batch has found, by the span that a time belongs to.
    room: HashMap<i64, i64>,
}

impl<'t> Writing<'t> {
    fn new(
        transaction: &'t Transaction<'t>,
        known: &'t mut KnownWords,
        batch: &Batch,
    ) -> Result<Self, Failure> {
        let keys = Keys::of(batch.account).map_err(Failure::Other)?;
        let mut writing = Self {
            transaction,
            known,
            account: batch.account,
            keys,
            latest: batch.now.plus_ms(MOST_AHEAD_MS),
            last: None,
            spill: 0,
            room: HashMap::new(),
        };
        writing.last = writing.last_in(keys.ordered())?;
        Ok(writing)
    }

    fn last_in(&self, ids: std::ops::RangeInclusive<i64>) -> rusqlite::Result<Option<(i64, i64)>> {
        let mut last = self.transaction.prepare_cached(LAST)?;
        let found = last.query_row([ids.start(), ids.end()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
        found.optional()
    }

    /// Removes what a change replaces, and collects the documents that are to be put in its place.
    fn apply<'c>(&mut self, change: &'c Change, new: &mut Vec<New<'c>>) -> Result<(), Failure> {
        match change {
            Change::Documents {
                conversation,
                after,
                up_to,
                documents,
            } => {
                let mut stored = self.stored(conversation.get(), *after, *up_to)?;
                for document in documents {
                    new.push((document, stored.remove(&document.message.get())));
                }
                for (id, _) in stored.into_values() {
                    self.remove(id)?;
                }
            }
            Change::Names { customer, words } => {
                let (account, customer) = (self.account.get(), customer.get());
                self.transaction
                    .prepare_cached(REMOVE_NAMES)?
                    .execute([account, customer])?;
                let mut add = self.transaction.prepare_cached(ADD_NAME)?;
                for word in words {
                    add.execute(params![account, word, customer])?;
                }
            }
        }
        Ok(())
    }

    /// Returns id and time of the documents in a range of a conversation's messages, by message.
    fn stored(
        &self,
        conversation: i64,
        after: i64,
        up_to: i64,
    ) -> rusqlite::Result<BTreeMap<i64, (i64, i64)>> {
        let mut stored = self.transaction.prepare_cached(STORED)?;
        let params = [self.account.get(), conversation, after, up_to];
        let rows = stored.query_map(params, |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        rows.collect()
    }

    /// Stores a document, in the place of an older one if there is one.
    fn put(&mut self, document: &Document, older: Option<(i64, i64)>) -> Result<(), Failure> {
        let at = document.effective_at;
        let id = match older {
            Some((id, time)) if time == at.0 => {
                self.transaction
                    .prepare_cached(REMOVE_TEXT)?
                    .execute([id])?;
                id
            }
            older => {
                if let Some((id, _)) = older {
                    self.remove(id)?;
                }
                let id = self.next_id(at)?;
                let message = document.message.get();
                self.transaction.prepare_cached(ADD)?.execute([
                    self.account.get(),
                    id,
                    document.conversation.get(),
                    message,
                    at.0,
                ])?;
                id
            }
        };
        self.add_words(document)?;
        let [body, subject, customer, sender, recipient] = texts(document);
        self.transaction
            .prepare_cached(ADD_TEXT)?
            .execute(params![id, body, subject, customer, sender, recipient])?;
        Ok(())
    }

    fn add_words(&mut self, document: &Document) -> Result<(), Failure> {
        let mut add = self.transaction.prepare_cached(ADD_WORD)?;
        for word in document.sections.iter().flatten() {
            if word != GAP && !self.known.0.contains(word) {
                add.execute([word])?;
                self.known.0.insert(word.clone());
            }
        }
        Ok(())
    }

    fn remove(&mut self, id: i64) -> Result<(), Failure> {
        self.transaction
            .prepare_cached(REMOVE_TEXT)?
            .execute([id])?;
        self.transaction.prepare_cached(REMOVE)?.execute([id])?;
        if self.last.is_some_and(|(last, _)| last == id) {
            self.last = self.last_in(self.keys.ordered())?;
        }
        Ok(())
    }

    /// Returns the id of a new document.
    fn next_id(&mut self, at: Timestamp) -> Result<i64, Failure> {
        let (next, time) = self
            .last
            .map_or((*self.keys.ordered().start(), i64::MIN), |(id, time)| {
                (id + 1, time)
            });
        if at.0 >= time && at <= self.latest && self.keys.ordered().contains(&next) {
            self.last = Some((next, at.0));
            return Ok(next);
        }
        let span = span_at(at);
        let mut free = self.room.get(&span).copied().unwrap_or(span);
        loop {
            let ids = self.keys.span(free);
            if !self.keys.dated().contains(ids.end()) {
                let reason = "the search index has no room for more documents of one time";
                return Err(Failure::Other(Trouble::Internal(reason.into()).into()));
            }
            let next = match self.last_in(ids.clone())? {
                None => *ids.start(),
                Some((last, _)) => last + 1,
            };
            if next < ids.start() + IN_SPAN {
                self.spill = self.spill.max(free - span);
                self.room.insert(span, free);
                return Ok(next);
            }
            free += 1;
        }
    }
}

/// Returns the texts of the five columns: the tokens between blanks. The words of most sections stand there a second time with the
/// mark of their section. The tokens that are no words stand behind the body.
fn texts(document: &Document) -> [String; 5] {
    let mut texts: [String; 5] = Default::default();
    for (section, tokens) in Section::ALL.into_iter().zip(&document.sections) {
        let text = &mut texts[section.key()];
        *text = tokens.join(" ");
        let initials = initials(tokens);
        for initial in &initials {
            *text += &format!(" {initial}");
        }
        let Some(mark) = section.mark() else { continue };
        // A phrase must not go from the words without the mark to those with it.
        *text += &format!(" {GAP}");
        for token in tokens.iter().chain(&initials) {
            let mark = if token == GAP { "" } else { mark };
            *text += &format!(" {mark}{token}");
        }
    }
    let body = &mut texts[Section::Body.key()];
    for property in &document.properties {
        *body += &format!(" {}", property.token());
    }
    texts
}
