//! Which customers a caller may name.

use heddle_domain::id::InboxId;

/// Which customers a caller may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every customer of the account (Help Scout, Mews, native).
    Account,
    /// Customers whose home is this inbox, and customers without a home (Magicline, myKaarma).
    HomeIn(InboxId),
    /// Customers whose home is one of these inboxes, and customers without a home (native, for a credential limited
    /// to inboxes).
    HomeInAny(Vec<InboxId>),
}

impl Reach {
    /// The reach of a caller with access to `inboxes`; empty means all.
    #[must_use]
    pub fn within(inboxes: &[InboxId]) -> Self {
        match inboxes.is_empty() {
            true => Self::Account,
            false => Self::HomeInAny(inboxes.to_vec()),
        }
    }

    pub(crate) fn covers(&self, home: Option<InboxId>) -> bool {
        match self {
            Self::Account => true,
            Self::HomeIn(inbox) => home.is_none_or(|home| home == *inbox),
            Self::HomeInAny(inboxes) => home.is_none_or(|home| inboxes.contains(&home)),
        }
    }
}
