//! Lists that leave out drafts, as most of Help Scout's folders do.
//!
//! Usually few conversations are drafts, and an index has them. So a list reads them once and leaves their entries out, instead
//! of reading the facts of every conversation.

use std::collections::BTreeSet;

use crate::rows::entry::Facts;

/// Drafts that a walk meets, and that the list leaves out.
#[derive(Clone, Debug, Default)]
pub(super) struct Drafts(pub(super) Vec<Facts>);

impl Drafts {
    pub(super) fn ids(&self) -> BTreeSet<i64> {
        self.0.iter().map(|of| of.id).collect()
    }

    pub(super) fn count(&self) -> i64 {
        i64::try_from(self.0.len()).unwrap_or(i64::MAX)
    }
}
