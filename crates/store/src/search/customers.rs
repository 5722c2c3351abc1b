//! Which customers a search may find by their names and addresses.
//!
//! A caller that is limited to some inboxes reaches customers whose home inbox is one of them, and customers without a home. The
//! words of all others must not tell anything, although they stand in documents that the caller may find.

use heddle_domain::InboxScope;
use heddle_search::query::Term;

use super::Search;
use super::document::Section;
use super::property::Property;
use super::terms::Terms;

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

    /// Returns the documents whose customers have the term in their names or addresses, as far as the caller may read them.
    pub(super) fn of_customer(&self, term: &Term) -> Terms {
        let named = Terms::words(Some(Section::Customer), term, false);
        Terms::all(vec![self.homes(), named])
    }

    /// Returns the documents that have the term in any of their texts, as far as the caller may read them.
    pub(super) fn of_any(&self, term: &Term) -> Terms {
        match self.sees_all_customers() {
            true => Terms::words(None, term, false),
            false => Terms::any(vec![Terms::words(None, term, true), self.of_customer(term)]),
        }
    }
}
