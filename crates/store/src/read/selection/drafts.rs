//! Lists that leave out drafts, as most of Help Scout's folders do.
//!
//! Usually few conversations are drafts, and an index has them. So a list reads them once and leaves their entries out, instead
//! of reading the facts of every conversation.

use std::collections::BTreeSet;

use heddle_domain::id::AgentId;

use crate::rows::entry::Facts;

/// Drafts of the list's inboxes and phases, which the list leaves out.
#[derive(Clone, Debug, Default)]
pub(super) struct Drafts(pub(super) Vec<Facts>);

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
