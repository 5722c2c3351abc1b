//! What a list is narrowed to, and the facts that its conditions need.

use heddle_domain::Timestamp;
use heddle_domain::id::InboxId;

use super::deadline::Deadline;
use super::drafts::Drafts;
use super::expr::{Condition, Expr, Known};
use super::list::SelectConversations;
use super::order::Sort;
use super::walk::{Part, Range};
use crate::error::Result;
use crate::rows::entry::{self as rows, AT_ONCE, Facts};
use crate::stmt::params;
use crate::tx::Rows;

/// All times.
pub(super) const ALWAYS: (Timestamp, Timestamp) = (Timestamp(i64::MIN), Timestamp(i64::MAX));

/// What a list is narrowed to before anything is read.
pub(super) struct Scope<'s> {
    pub(super) list: &'s SelectConversations,
    /// By id.
    pub(super) inboxes: Vec<InboxId>,
    pub(super) phases: Vec<i64>,
    pub(super) known: &'s Known,
    pub(super) deadline: Deadline,
}

/// The parts of an expression that the walk along an index leaves to be checked.
#[derive(Clone)]
pub(super) struct Rest {
    pub(super) wanted: Expr,
    pub(super) part: Part,
    /// The condition that `part` fulfils; no part of `wanted`.
    pub(super) chosen: Expr,
    pub(super) bounds: (Timestamp, Timestamp),
    /// Whether the expression excludes drafts. `wanted` does not say so.
    pub(super) leaves_out_drafts: bool,
    /// These drafts, once they were read ([`Scope::with_drafts`]).
    pub(super) drafts: Drafts,
}

impl Rest {
    /// Whether each conversation must be read to see whether the list has it.
    pub(super) fn is_open(&self) -> bool {
        self.wanted != Expr::All(Vec::new())
    }

    /// Returns the same for a walk along the index of all conversations.
    pub(super) fn of_all(self) -> Self {
        Self {
            wanted: Expr::All(vec![self.chosen, self.wanted]),
            part: Part::All,
            chosen: Expr::All(Vec::new()),
            ..self
        }
    }
}

impl Scope<'_> {
    /// Splits an expression into what the index of the order answers, and the rest.
    pub(super) fn rest(&self, wanted: &Expr) -> Rest {
        let mut rest = Rest {
            wanted: Expr::All(Vec::new()),
            part: Part::All,
            chosen: Expr::All(Vec::new()),
            bounds: ALWAYS,
            leaves_out_drafts: false,
            drafts: Drafts::default(),
        };
        let mut left = Vec::new();
        for part in flat(wanted) {
            match part {
                Expr::Is(Condition::Inbox(_) | Condition::Phase(_)) => {}
                Expr::Not(inner) if **inner == Expr::Is(Condition::Draft) => {
                    rest.leaves_out_drafts = true;
                }
                Expr::Is(condition)
                    if self.list.sort == Sort::Started
                        && rest.part == Part::All
                        && rest.bounds == ALWAYS
                        && self.part(condition).is_some() =>
                {
                    rest.part = self.part(condition).unwrap_or(Part::All);
                    rest.chosen = part.clone();
                }
                Expr::Is(Condition::Started(from, to))
                    if self.list.sort == Sort::Started && rest.part == Part::All =>
                {
                    rest.bounds = meet(rest.bounds, (*from, *to));
                    left.push(part.clone());
                }
                Expr::Is(Condition::Changed(from, to)) if self.list.sort == Sort::Changed => {
                    rest.bounds = meet(rest.bounds, (*from, *to));
                    left.push(part.clone());
                }
                other => left.push(other.clone()),
            }
        }
        rest.wanted = Expr::All(left);
        rest
    }

    /// Returns the part of the index that has exactly the conversations of a condition.
    fn part(&self, condition: &Condition) -> Option<Part> {
        match condition {
            Condition::Assignee(agent) => Some(agent.map_or(Part::Free, Part::Held)),
            Condition::Tag(names) if names.len() == 1 => {
                let mut tags = names.iter().filter_map(|name| self.known.tag(name));
                tags.next().map(Part::Tagged)
            }
            _ => None,
        }
    }

    /// Reads the drafts that the list leaves out. If they are many, the rest gets the condition that a conversation is no draft.
    pub(super) async fn with_drafts(&self, rows: &mut Rows<'_>, rest: Rest) -> Result<Rest> {
        if !rest.leaves_out_drafts {
            return Ok(rest);
        }
        let is_draft = Expr::Is(Condition::Draft);
        match self.few(rows, &is_draft).await? {
            Some(few) => {
                let ids: Vec<i64> = few.into_iter().collect();
                let met = Expr::All(vec![is_draft, rest.chosen.clone()]);
                let drafts = Drafts(self.sift(rows, &met, &ids).await?);
                Ok(Rest { drafts, ..rest })
            }
            None => Ok(Rest {
                wanted: Expr::All(vec![rest.wanted, Expr::Not(Box::new(is_draft))]),
                ..rest
            }),
        }
    }

    /// Whether the list may have conversations of an inbox.
    fn has(&self, inbox: InboxId) -> bool {
        self.inboxes.binary_search(&inbox).is_ok()
    }

    /// Reads the facts of conversations; leaves out those that do not fulfil the expression.
    pub(super) async fn sift(
        &self,
        rows: &mut Rows<'_>,
        wanted: &Expr,
        ids: &[i64],
    ) -> Result<Vec<Facts>> {
        let account = self.list.account;
        let mut known = self.known.clone();
        let mut kept = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            self.deadline.check()?;
            let params = params![account, some];
            let mut found = rows.fetch(&rows::FACTS, params, rows::facts).await?;
            found.retain(|of| self.has(of.inbox) && self.phases.contains(&of.phase));
            kept.extend(
                known
                    .sift(rows, account, wanted, found, self.deadline)
                    .await?,
            );
        }
        Ok(kept)
    }

    pub(super) fn range(&self, part: Part, bounds: (Timestamp, Timestamp)) -> Range<'_> {
        Range {
            account: self.list.account,
            inboxes: &self.inboxes,
            phases: &self.phases,
            part,
            bounds,
        }
    }
}

/// Returns the parts of nested conjunctions.
fn flat(wanted: &Expr) -> Vec<&Expr> {
    match wanted {
        Expr::All(parts) => parts.iter().flat_map(flat).collect(),
        other => vec![other],
    }
}

fn meet(a: (Timestamp, Timestamp), b: (Timestamp, Timestamp)) -> (Timestamp, Timestamp) {
    (a.0.max(b.0), a.1.min(b.1))
}
