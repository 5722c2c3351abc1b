//! Reads the entries of an index in the order of a list.

use std::collections::BTreeSet;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, AgentId, InboxId, TagId};

use super::order::{Sort, rank_of_phase};
use crate::error::Result;
use crate::read::merge::Merge;
use crate::rows::{entry as rows, tag};
use crate::stmt::{Row, Stmt, Value};
use crate::tx::Rows;

/// Which conversations a walk by start reads. Each part has an index of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    All,
    /// Those of an agent.
    Held(AgentId),
    /// Those without an assignee.
    Free,
    /// Those with a tag.
    Tagged(TagId),
}

/// What the index must be sorted by, and which part of it is read.
#[derive(Clone, Copy, Debug)]
enum Path {
    Start(Part),
    Number,
    Change,
}

/// One entry of an index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// See [`super::Place`].
    pub(super) rank: i64,
    pub(super) at: i64,
    pub(super) id: i64,
}

type Key = (i64, i64);
/// What is read of an entry: its key, and its phase if the index has several.
type Read = (Key, Option<i64>);

/// The runs of an index with the same rank.
#[derive(Debug)]
struct Segment {
    rank: i64,
    /// The first parameters of the statement of each run.
    runs: Vec<Vec<Value<'static>>>,
}

/// A walk along an index.
#[derive(Debug)]
pub(super) struct Walk {
    path: Path,
    descending: bool,
    phases: Vec<i64>,
    /// The earliest and the latest time by which the list is sorted.
    bounds: (Timestamp, Timestamp),
    segments: std::vec::IntoIter<Segment>,
    current: Option<Segment>,
    behind: Key,
    /// How many entries were read.
    pub(super) examined: usize,
}

/// What a walk reads.
#[derive(Debug)]
pub(super) struct Range<'r> {
    pub(super) account: AccountId,
    pub(super) inboxes: &'r [InboxId],
    pub(super) phases: &'r [i64],
    /// Only matters if the order is by start.
    pub(super) part: Part,
    /// The earliest and the latest time by which the list is sorted.
    pub(super) bounds: (Timestamp, Timestamp),
}

impl Walk {
    /// Begins a walk; `after` is the place of the last entry that was seen.
    pub(super) fn new(
        range: &Range<'_>,
        sort: Sort,
        descending: bool,
        after: Option<Entry>,
    ) -> Self {
        let path = match sort {
            Sort::Changed => Path::Change,
            Sort::Number | Sort::Inbox | Sort::Status => Path::Number,
            _ => Path::Start(range.part),
        };
        let account = Value::from(range.account);
        let run = |inbox: InboxId, phase: i64| match path {
            Path::Change => vec![account, inbox.into()],
            Path::Start(Part::Held(agent)) => {
                vec![account, agent.into(), inbox.into(), phase.into()]
            }
            Path::Start(Part::Tagged(tag)) => {
                vec![account, tag.into(), inbox.into(), phase.into()]
            }
            _ => vec![account, inbox.into(), phase.into()],
        };
        let phases: &[i64] = match path {
            Path::Change => &range.phases[..range.phases.len().min(1)],
            _ => range.phases,
        };
        let mut segments: Vec<Segment> = Vec::new();
        for inbox in range.inboxes {
            for phase in phases {
                let rank = match sort {
                    Sort::Inbox => inbox.get(),
                    Sort::Status => rank_of_phase(*phase),
                    _ => 0,
                };
                let run = run(*inbox, *phase);
                match segments.iter_mut().find(|segment| segment.rank == rank) {
                    Some(segment) => segment.runs.push(run),
                    None => segments.push(Segment {
                        rank,
                        runs: vec![run],
                    }),
                }
            }
        }
        segments.sort_by_key(|segment| {
            if descending {
                -segment.rank
            } else {
                segment.rank
            }
        });
        let mut walk = Self {
            path,
            descending,
            phases: range.phases.to_vec(),
            bounds: range.bounds,
            segments: segments.into_iter(),
            current: None,
            behind: (i64::MAX, i64::MAX),
            examined: 0,
        };
        walk.behind = walk.start();
        walk.current = walk.segments.next();
        if let Some(after) = after {
            let is_past = |rank: i64| {
                if descending {
                    rank > after.rank
                } else {
                    rank < after.rank
                }
            };
            while walk
                .current
                .as_ref()
                .is_some_and(|segment| is_past(segment.rank))
            {
                walk.current = walk.segments.next();
            }
            if walk
                .current
                .as_ref()
                .is_some_and(|segment| segment.rank == after.rank)
            {
                walk.behind = walk.turned((after.at, after.id));
            }
        }
        walk
    }

    /// Reads the next entries, at most `count`; `None` at the end. There may be none although the walk goes on, because
    /// entries of other phases are left out.
    pub(super) async fn next(
        &mut self,
        rows: &mut Rows<'_>,
        count: usize,
    ) -> Result<Option<Vec<Entry>>> {
        let Some(segment) = self.current.take() else {
            return Ok(None);
        };
        let found = self.step(rows, &segment, count).await?;
        let rank = segment.rank;
        self.examined += found.len();
        match found.last() {
            Some((key, _)) if found.len() == count => {
                self.behind = *key;
                self.current = Some(segment);
            }
            _ => {
                self.behind = self.start();
                self.current = self.segments.next();
            }
        }
        let is_wanted = |phase: Option<i64>| phase.is_none_or(|phase| self.phases.contains(&phase));
        let found = found.into_iter().filter(|(_, phase)| is_wanted(*phase));
        let entry = |(key, _): Read| {
            let (at, id) = self.turned(key);
            Entry { rank, at, id }
        };
        Ok(Some(found.map(entry).collect()))
    }

    /// Reads all conversations of the walk, in no order; `None` if they are more than `most`.
    pub(super) async fn all_if_few(
        mut self,
        rows: &mut Rows<'_>,
        most: usize,
    ) -> Result<Option<BTreeSet<i64>>> {
        let mut all = BTreeSet::new();
        let mut left = most + 1;
        while let Some(segment) = self.current.take() {
            for run in &segment.runs {
                let params = self.params(run, self.behind, left as i64);
                let found = rows.fetch(self.stmt(), &params, read).await?;
                left -= found.len();
                if left == 0 {
                    return Ok(None);
                }
                let is_wanted =
                    |phase: Option<i64>| phase.is_none_or(|phase| self.phases.contains(&phase));
                let found = found.into_iter().filter(|(_, phase)| is_wanted(*phase));
                all.extend(found.map(|((_, id), _)| id));
            }
            self.current = self.segments.next();
        }
        Ok(Some(all))
    }

    /// Reads the next entries of a segment in order.
    async fn step(
        &self,
        rows: &mut Rows<'_>,
        segment: &Segment,
        count: usize,
    ) -> Result<Vec<Read>> {
        let key = |found: &Read| found.0;
        let mut merge = Merge::new(segment.runs.len(), self.behind, count, key);
        while !merge.open().is_empty() {
            let piece = merge.piece() as i64;
            let open = merge.open().iter();
            let params: Vec<_> = open
                .map(|(run, behind)| self.params(&segment.runs[*run], *behind, piece))
                .collect();
            let read = rows.fetch_many(self.stmt(), &params, read);
            let turned = |(key, phase): Read| (self.turned(key), phase);
            let read = read.await?.into_iter();
            merge.take(
                read.map(|run| run.into_iter().map(turned).collect())
                    .collect(),
            );
        }
        Ok(merge.into_page())
    }

    fn params<'a>(&self, run: &[Value<'a>], behind: Key, piece: i64) -> Vec<Value<'a>> {
        let (at, id) = self.turned(behind);
        let mut params = run.to_vec();
        params.extend([at, id, piece].map(Value::from));
        if matches!(self.path, Path::Change | Path::Start(Part::All)) {
            let (from, to) = self.bounds;
            params.push(if self.descending { from } else { to }.into());
        }
        params
    }

    const fn stmt(&self) -> &'static Stmt {
        match (self.path, self.descending) {
            (Path::Start(Part::All), false) => &rows::START_ASC,
            (Path::Start(Part::All), true) => &rows::START_DESC,
            (Path::Start(Part::Held(_)), false) => &rows::HELD_ASC,
            (Path::Start(Part::Held(_)), true) => &rows::HELD_DESC,
            (Path::Start(Part::Free), false) => &rows::FREE_ASC,
            (Path::Start(Part::Free), true) => &rows::FREE_DESC,
            (Path::Start(Part::Tagged(_)), false) => &tag::RUN_ASC,
            (Path::Start(Part::Tagged(_)), true) => &tag::RUN_DESC,
            (Path::Number, false) => &rows::NUMBER_ASC,
            (Path::Number, true) => &rows::NUMBER_DESC,
            (Path::Change, false) => &rows::CHANGE_ASC,
            (Path::Change, true) => &rows::CHANGE_DESC,
        }
    }

    /// Returns the key before which every run begins.
    const fn start(&self) -> Key {
        match self.descending {
            true => (self.bounds.1.0, i64::MAX),
            false => self.turned((self.bounds.0.0.saturating_sub(1), i64::MAX)),
        }
    }

    /// Converts a key so that it decreases along the order in both directions. Its own inverse.
    const fn turned(&self, (at, id): Key) -> Key {
        if self.descending {
            (at, id)
        } else {
            (!at, !id)
        }
    }
}

/// Maps a row of the statements of a walk.
fn read(row: &mut Row<'_>) -> Result<Read> {
    let key = (row.int()?, row.int()?);
    let phase = match row.is_at_end() {
        true => None,
        false => Some(row.int()?),
    };
    Ok((key, phase))
}
