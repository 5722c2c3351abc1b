//! Lists that leave out drafts, as most of Help Scout's folders do.
//!
//! Usually few conversations are drafts, and an index has them. So a list reads them once and leaves their entries out, instead
//! of reading the facts of every conversation.

use std::collections::BTreeSet;

use heddle_domain::id::AgentId;

use super::expr::{Condition, Expr};
use super::scope::{Rest, Scope};
use crate::error::Result;
use crate::rows::entry::Facts;
use crate::tx::Rows;

/// Drafts of the list's inboxes and phases, which the list leaves out.
#[derive(Clone, Debug, Default)]
pub(super) struct Drafts(Vec<Facts>);

impl Drafts {
    pub(super) fn ids(&self) -> BTreeSet<i64> {
        self.0.iter().map(|of| of.id).collect()
    }

    /// Returns how many of them are assigned to an agent (or to nobody); without `holder`, how many they are.
    pub(super) fn count(&self, holder: Option<Option<AgentId>>) -> i64 {
        let held = self.0.iter();
        let held = held.filter(|of| holder.is_none_or(|agent| of.assignee == agent));
        i64::try_from(held.count()).unwrap_or(i64::MAX)
    }
}

impl Rest {
    /// Whether each conversation must be read to see whether the list has it.
    pub(super) fn is_open(&self) -> bool {
        self.wanted != Expr::All(Vec::new())
    }
}

impl Scope<'_> {
    /// Reads the drafts that the list leaves out. If they are many, the rest gets the condition that a conversation is no draft.
    pub(super) async fn with_drafts(&self, rows: &mut Rows<'_>, rest: Rest) -> Result<Rest> {
        if !rest.leaves_out_drafts {
            return Ok(rest);
        }
        let is_draft = Expr::Is(Condition::Draft);
        match self.few(rows, &is_draft).await? {
            Some(few) => {
                let ids: Vec<i64> = few.into_iter().collect();
                let drafts = Drafts(self.sift(rows, &is_draft, &ids).await?);
                Ok(Rest { drafts, ..rest })
            }
            None => Ok(Rest {
                wanted: Expr::All(vec![rest.wanted, Expr::Not(Box::new(is_draft))]),
                ..rest
            }),
        }
    }
}
