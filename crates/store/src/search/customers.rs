//! What a caller may find: documents of its inboxes, and customers by their names and addresses.
//!
//! A caller that is limited to some inboxes reaches customers whose home inbox is one of them, and customers without a home. The
//! words of all others must not tell anything, although they stand in documents that the caller may find.

use super::Search;
use super::property::Property;
use super::terms::Terms;
use heddle_domain::InboxScope;

impl Search {
    /// Whether the caller may read all customers of the account.
    pub(super) fn sees_all_customers(&self) -> bool {
        self.sees_customers && self.inboxes == InboxScope::All
    }

    /// Returns the documents whose customers the caller may read.
    pub(super) fn homes(&self) -> Terms {
        match &self.inboxes {
            _ if !self.sees_customers => Terms::None,
            InboxScope::All => Terms::All,
            only => {
                let inboxes = only.limit().map(|inbox| Property::Home(Some(inbox)));
                let homes = inboxes.chain([Property::Home(None)]);
                Terms::any(homes.map(Terms::property).collect())
            }
        }
    }

    /// Returns the documents of the inboxes that the caller may read, so that no others are counted or examined. The row of each
    /// conversation is checked, too, because the index knows of a move a little later.
    pub(super) fn in_reach(&self) -> Terms {
        match &self.inboxes {
            InboxScope::All => Terms::All,
            only => {
                let inboxes = only.limit().map(Property::Inbox);
                Terms::any(inboxes.map(Terms::property).collect())
            }
        }
    }
}
