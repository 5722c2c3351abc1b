//! Reads what the index finds, newest first.
//!
//! The order is (time, conversation, message), all descending, on both engines. PostgreSQL sorts; on SQLite the documents are in
//! two runs of ids ([`crate::sqlite::index::key`]), which are merged here.

use std::collections::{BinaryHeap, VecDeque};
use std::ops::RangeInclusive;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, ConversationId, MessageId};

use super::EXAMINED;
use super::property::account_token;
use super::terms::{BESIDE, Terms};
use super::times::{DAY, tokens_between};
use crate::error::Result;
pub(crate) use crate::rows::search::Hit;
use crate::rows::search::{hit, postgres, sqlite as rows};
use crate::sqlite::index::key::{Keys, latest_in, span_at};
use crate::stmt::params;
use crate::tx::Rows;

/// How many documents are read at first; each further chunk is twice as long, up to the greatest.
const FIRST: usize = 128;
const GREATEST: usize = 4_096;
/// How many documents the first statement returns that asks PostgreSQL's index by token; the second one returns all that a search
/// may examine. Each such statement finds and sorts all documents of its slice anew, so there should be few.
const FIRST_ASKED: usize = 1_024;
/// About how many documents the first slice has in which PostgreSQL's index by token seeks a phrase, and how many times as long the second
/// one is. All older documents are the third: the index looks at each document of a slice, so a long one takes longer than all times.
const FIRST_SLICE: i64 = 8_192;
const LONGER: i64 = 4;

/// The documents that fulfil a query of the index, read chunk by chunk.
pub(crate) struct Hits {
    account: AccountId,
    /// The first and the last time.
    times: (Timestamp, Timestamp),
    chunk: usize,
    most: usize,
    on: On,
}

enum On {
    Nothing,
    Sqlite {
        query: String,
        runs: Vec<Run>,
        /// What was read, but may have newer documents before it that are still to be read.
        waiting: BinaryHeap<Hit>,
        /// Only documents behind this one are wanted.
        before: Option<Hit>,
    },
    Postgres {
        /// Empty if every document is wanted.
        query: String,
        /// The place before which the next chunk begins; `None` at the end.
        before: Behind,
        /// The walk through the documents, one after the other; `None` if the index by token finds them.
        walk: Option<Walk>,
        /// Documents that the index by token has found, and that are still to be returned, newest first.
        ready: VecDeque<Hit>,
        /// How many documents the next statement returns that asks the index by token.
        asked: usize,
        slices: Slices,
    },
}

/// The rest of a run of ids.
struct Run {
    keys: Keys,
    is_dated: bool,
    low: i64,
    high: i64,
    /// No document of the rest is newer; `None` if nothing is left.
    newest: Option<Timestamp>,
}

impl Hits {
    /// Begins to read the documents between two times, both included, and behind a hit, if one is given.
    pub(crate) async fn new(
        rows: &mut Rows<'_>,
        account: AccountId,
        terms: &Terms,
        (times, before): ((Timestamp, Timestamp), Option<Hit>),
    ) -> Result<Self> {
        let up_to = times.1;
        let on = match rows.is_sqlite() {
            true => match terms.fts5() {
                Some(query) => On::Sqlite {
                    query,
                    runs: runs(rows, account, up_to).await?,
                    waiting: BinaryHeap::new(),
                    before,
                },
                None => On::Nothing,
            },
            false => match terms.tsquery(&account_token(account)) {
                Some(query) => On::Postgres {
                    query,
                    before: Some(before.map_or(end_of_all(up_to), |hit| {
                        (hit.at, hit.conversation, hit.message)
                    })),
                    walk: (!terms.name_conversations()).then_some(Walk {
                        size: FIRST,
                        looked: 0,
                    }),
                    ready: VecDeque::new(),
                    asked: FIRST_ASKED,
                    slices: Slices::default(),
                },
                None => On::Nothing,
            },
        };
        Ok(Self {
            account,
            times,
            chunk: FIRST,
            most: GREATEST,
            on,
        })
    }

    /// Limits how many documents are read at once.
    pub(crate) fn read_at_most(&mut self, most: usize) {
        self.most = most;
        self.chunk = self.chunk.min(most);
    }

    /// Returns the next documents; none at the end.
    pub(crate) async fn next(&mut self, rows: &mut Rows<'_>) -> Result<Vec<Hit>> {
        let (account, times, limit) = (self.account, self.times, self.chunk);
        let from = times.0;
        self.chunk = (self.chunk * 2).min(self.most);
        match &mut self.on {
            On::Nothing => Ok(Vec::new()),
            On::Postgres {
                query,
                before,
                walk,
                ready,
                asked,
                slices,
            } => {
                if query.is_empty() {
                    return every(rows, account, from, (before, limit)).await;
                }
                let walked = walked(rows, account, query, from, (before, walk, slices)).await?;
                if !walked.is_empty() {
                    return Ok(walked);
                }
                if ready.is_empty() {
                    let of = (account, query.as_str());
                    ready.extend(found(rows, of, from, (before, slices, *asked)).await?);
                    *asked = EXAMINED;
                }
                let next = ready.drain(..limit.min(ready.len()));
                Ok(next.collect())
            }
            On::Sqlite {
                query,
                runs,
                waiting,
                before,
            } => loop {
                // The run with the newest rest goes on.
                let next = runs.iter_mut().max_by_key(|run| run.newest);
                let next = next.filter(|run| run.newest.is_some_and(|newest| newest >= from));
                let Some(run) = next else {
                    return Ok(drained(waiting, None, (times, *before)));
                };
                waiting.extend(run.read(rows, account, query, limit).await?);
                let newest = runs.iter().filter_map(|run| run.newest).max();
                let ready = drained(waiting, newest, (times, *before));
                if !ready.is_empty() {
                    return Ok(ready);
                }
            },
        }
    }
}

/// A place behind which documents are read.
type Behind = Option<(Timestamp, ConversationId, MessageId)>;

/// A query that one document in so many fulfils is answered by looking at the documents one after the other.
const FREQUENT: usize = 20;
/// Likewise, while fewer documents than [`SHORT_WALK`] were looked at: the first page is often found so, but not the many documents of
/// a search whose filters fit few.
const LESS_FREQUENT: usize = 100;
const SHORT_WALK: usize = 16_384;
/// The maximum number of documents that one statement names.
const LONGEST_WALK: usize = 2_048;

/// How far a walk through the documents is.
#[derive(Clone, Copy, Debug)]
struct Walk {
    /// How many documents the next statement looks at.
    size: usize,
    /// How many were looked at.
    looked: usize,
}

impl Walk {
    /// Returns how the walk goes on after a statement that found so many documents; `None` if the index by token is faster.
    fn after(self, found: usize) -> Option<Self> {
        let looked = self.looked + self.size;
        let is_frequent = found * FREQUENT >= self.size;
        let may_do = found * LESS_FREQUENT >= self.size && looked < SHORT_WALK;
        (is_frequent || may_do).then_some(Self {
            size: (self.size * 2).min(LONGEST_WALK),
            looked,
        })
    }
}

/// The slices of time in which the index by token seeks a phrase, the newest first. It finds all documents of a slice with the words of
/// the phrase, and reads all words of each. For frequent words that takes long if the slice has all times, although the newest
/// documents are enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slices {
    /// The length of the next slice in milliseconds; `None`: all the rest is one slice.
    length: Option<i64>,
    is_second: bool,
}

impl Slices {
    /// Returns slices for a store that has as many documents between two times.
    fn of(documents: usize, newest: Timestamp, oldest: Timestamp) -> Self {
        let documents = i64::try_from(documents).unwrap_or(i64::MAX).max(1);
        let period = newest.0.saturating_sub(oldest.0);
        let length = period.saturating_mul(FIRST_SLICE).saturating_div(documents);
        Self {
            length: Some(length.max(DAY)),
            is_second: false,
        }
    }

    /// Returns the beginning of the next slice, which ends at a time; `None` if it has all the rest.
    fn begin(self, end: Timestamp) -> Option<Timestamp> {
        let length = self.length?;
        Some(Timestamp(end.0.saturating_sub(length)))
    }

    /// Returns the slices after the next one.
    fn rest(self) -> Self {
        let length = self.length.filter(|_| !self.is_second);
        Self {
            length: length.map(|length| length.saturating_mul(LONGER)),
            is_second: true,
        }
    }
}

/// Looks at the newest documents one after the other, until some fulfil the query. For very frequent words this is faster than the
/// index by token. Ends the walk if few documents fulfil the query.
async fn walked(
    rows: &mut Rows<'_>,
    account: AccountId,
    query: &str,
    from: Timestamp,
    (behind, walk, slices): (&mut Behind, &mut Option<Walk>, &mut Slices),
) -> Result<Vec<Hit>> {
    while let (Some((at, conversation, message)), Some(here)) = (*behind, *walk) {
        let size = here.size;
        let size_there = i64::try_from(size).unwrap_or(i64::MAX);
        let place = params![account, query, from, at, conversation, message, size_there];
        let looked = rows.fetch(&postgres::WALK, place, |row| Ok((hit(row)?, row.flag()?)));
        let looked = looked.await?;
        if query.contains(BESIDE)
            && let (Some((first, _)), Some((last, _))) = (looked.first(), looked.last())
        {
            *slices = Slices::of(looked.len(), first.at, last.at);
        }
        *behind = looked
            .last()
            .filter(|_| looked.len() == size)
            .map(|(last, _)| (last.at, last.conversation, last.message));
        let fits = looked.iter().filter(|(_, fits)| *fits).map(|(hit, _)| *hit);
        let fits: Vec<Hit> = fits.collect();
        *walk = here.after(fits.len());
        if !fits.is_empty() {
            return Ok(fits);
        }
    }
    Ok(Vec::new())
}

/// Reads the next documents that PostgreSQL's index by token finds: those of one slice of time, or as many as are asked for.
async fn found(
    rows: &mut Rows<'_>,
    (account, query): (AccountId, &str),
    from: Timestamp,
    (behind, slices, limit): (&mut Behind, &mut Slices, usize),
) -> Result<Vec<Hit>> {
    let size = i64::try_from(limit).unwrap_or(i64::MAX);
    while let Some((at, conversation, message)) = *behind {
        let (begin, query) = match slices.begin(at) {
            Some(begin) => (begin.max(from), in_slice(query, begin.max(from), at)),
            None => (from, query.to_owned()),
        };
        *slices = slices.rest();
        let query = query.as_str();
        let place = params![account, query, begin, at, conversation, message, size];
        let found = rows.fetch(&postgres::FOUND, place, hit).await?;
        *behind = match found.last() {
            Some(last) if found.len() == limit => Some((last.at, last.conversation, last.message)),
            _ => (begin > from).then(|| end_of_all(Timestamp(begin.0 - 1))),
        };
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// Returns the query for the documents of a slice. Of one that is too long, the index by token returns those of all times.
fn in_slice(query: &str, begin: Timestamp, end: Timestamp) -> String {
    match tokens_between(begin, end) {
        Some(tokens) => format!("('{}') & {query}", tokens.join("' | '")),
        None => query.to_owned(),
    }
}

/// Returns the place behind which all documents up to a time stand.
const fn end_of_all(up_to: Timestamp) -> (Timestamp, ConversationId, MessageId) {
    (up_to, ConversationId(i64::MAX), MessageId(i64::MAX))
}

/// Reads the next documents of all.
async fn every(
    rows: &mut Rows<'_>,
    account: AccountId,
    from: Timestamp,
    (behind, limit): (&mut Behind, usize),
) -> Result<Vec<Hit>> {
    let Some((at, conversation, message)) = *behind else {
        return Ok(Vec::new());
    };
    let size = i64::try_from(limit).unwrap_or(i64::MAX);
    let place = params![account, from, at, conversation, message, size];
    let found = rows.fetch(&postgres::EVERY, place, hit).await?;
    *behind = found
        .last()
        .filter(|_| found.len() == limit)
        .map(|last| (last.at, last.conversation, last.message));
    Ok(found)
}

/// Takes the hits that are newer than everything still to be read, without those outside the times.
fn drained(
    waiting: &mut BinaryHeap<Hit>,
    newest: Option<Timestamp>,
    ((from, up_to), before): ((Timestamp, Timestamp), Option<Hit>),
) -> Vec<Hit> {
    let is_wanted =
        |hit: &Hit| (from..=up_to).contains(&hit.at) && before.is_none_or(|before| *hit < before);
    let mut ready = Vec::new();
    while let Some(hit) = waiting.peek() {
        if newest.is_some_and(|newest| hit.at <= newest) {
            break;
        }
        ready.extend(waiting.pop().filter(is_wanted));
    }
    ready
}

impl Run {
    /// Reads the next documents of the run that fulfil the query.
    async fn read(
        &mut self,
        rows: &mut Rows<'_>,
        account: AccountId,
        query: &str,
        limit: usize,
    ) -> Result<Vec<Hit>> {
        let size = i64::try_from(limit).unwrap_or(i64::MAX);
        let params = params![account, query, self.low, self.high, size];
        let found = rows.fetch(&rows::FOUND, params, |row| Ok((row.int()?, hit(row)?)));
        let found = found.await?;
        self.newest = None;
        if let Some((id, last)) = found.last()
            && found.len() == limit
        {
            self.high = id - 1;
            self.newest = Some(match self.is_dated {
                true => latest_in(self.keys.span_of(self.high)),
                false => last.at,
            });
        }
        Ok(found.into_iter().map(|(_, hit)| hit).collect())
    }
}

/// Returns both runs, from the newest document that is not newer than `up_to`.
async fn runs(rows: &mut Rows<'_>, account: AccountId, up_to: Timestamp) -> Result<Vec<Run>> {
    let keys = Keys::of(account)?;
    let key = params![account];
    let spill = rows.fetch_one(&rows::SPILL, key, |row| row.int());
    let spill = spill.await?.unwrap_or(0);
    let mut runs = Vec::new();
    for (range, is_dated) in [(keys.ordered(), false), (keys.dated(), true)] {
        let high = match is_dated {
            false => last_ordered(rows, account, &range, up_to).await?,
            true => Some((*keys.span(span_at(up_to) + spill).end()).min(*range.end())),
        };
        runs.extend(high.map(|high| Run {
            keys,
            is_dated,
            low: *range.start(),
            high,
            newest: Some(up_to),
        }));
    }
    Ok(runs)
}

/// Returns the last id of the first run whose document is not newer than `up_to`, by halving the range.
async fn last_ordered(
    rows: &mut Rows<'_>,
    account: AccountId,
    range: &RangeInclusive<i64>,
    up_to: Timestamp,
) -> Result<Option<i64>> {
    let (mut low, mut high) = (*range.start(), *range.end());
    // At first the last id, which is the answer for most searches.
    let mut middle = high;
    let mut answer = None;
    while low <= high {
        let params = params![account, middle, low];
        let found = rows.fetch_one(&rows::DOWN_FROM, params, |row| {
            Ok((row.int()?, row.time()?))
        });
        match found.await? {
            // Nothing is between `low` and `middle`.
            None => low = middle + 1,
            Some((id, at)) if at <= up_to => {
                answer = Some(id);
                low = middle + 1;
            }
            Some((id, _)) => high = id - 1,
        }
        middle = low + (high - low) / 2;
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_slice_is_longer_and_the_third_has_all_the_rest() {
        let end = Timestamp(100 * DAY);
        let days = |slices: Slices| {
            let begin = slices.begin(end).expect("a slice");
            (end.0 - begin.0) as f64 / DAY as f64
        };
        // 128 documents in an hour.
        let first = Slices::of(128, end, Timestamp(end.0 - DAY / 24));
        assert!((days(first) - 64.0 / 24.0).abs() < 0.01, "{first:?}");
        let second = first.rest();
        assert!(
            (days(second) - 4.0 * days(first)).abs() < 0.01,
            "{second:?}"
        );
        assert_eq!(second.rest().begin(end), None);
        assert_eq!(Slices::default().begin(end), None);
        assert_eq!(days(Slices::of(5, end, end)), 1.0, "a day at least");
        let ever = Slices::of(2, Timestamp(i64::MAX), Timestamp(i64::MIN));
        assert_eq!(ever.begin(Timestamp(0)), Some(Timestamp(-(i64::MAX / 2))));
    }

    #[test]
    fn a_walk_ends_when_few_documents_fit() {
        let first = Walk {
            size: FIRST,
            looked: 0,
        };
        let second = first.after(2).expect("one in 64 fits");
        assert_eq!((second.size, second.looked), (256, 128));
        assert!(first.after(1).is_none(), "one in 128 fits");
        let far = Walk {
            size: LONGEST_WALK,
            looked: SHORT_WALK,
        };
        assert!(far.after(100).is_none(), "less than one in 20 fits");
        let on = far.after(103).expect("one in 20 fits");
        assert_eq!(on.size, LONGEST_WALK);
    }
}
