//! A list of customers as a caller asks for it, and what the ways to find its customers share.

use heddle_domain::InboxScope;
use heddle_domain::id::{AccountId, InboxId};

use super::condition::Condition;
use super::limits::Limits;
use super::order::{Order, Place};
use crate::error::Result;
use crate::read::customers::CustomerView;
use crate::rows::account as account_rows;
use crate::rows::customer_list::AT_ONCE;
use crate::stmt::params;
use crate::tx::Rows;

/// Up to this number the customers of a list without conditions are counted.
pub const MOST_COUNTED: i64 = 100_000;

/// Reads a page of customers.
#[derive(Clone, Debug)]
pub struct ListCustomers {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; customers with another home are left out.
    pub inboxes: InboxScope,
    /// Restricts the list to customers with this home inbox.
    pub home: Option<InboxId>,
    /// What the customers must fulfil.
    pub condition: Condition,
    /// Order of the list.
    pub order: Order,
    /// Whether the greatest value comes first.
    pub descending: bool,
    /// The number of the page, from 1.
    pub page: i64,
    /// The page begins after this place; `None` goes by the number.
    pub after: Option<Place>,
    /// The maximum number of customers on a page.
    pub size: usize,
    /// How much the list may read; usually [`Limits::USUAL`].
    pub limits: Limits,
}

/// A page of customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberedPage {
    /// The customers, in order.
    pub customers: Vec<CustomerView>,
    /// The number of customers on all pages. If they are too many to be counted, the number that is known: at least one more
    /// than the pages up to this one have, if there are more.
    pub total: i64,
    /// The place where the next page begins; `None` if this page is the last.
    pub next: Option<Place>,
    /// How many rows and entries of indexes were read.
    pub rows_read: usize,
}

/// The part of a list that a page shows.
pub(super) struct Found {
    pub(super) ids: Vec<i64>,
    /// The exact number of customers, if it is known.
    pub(super) total: Option<i64>,
    pub(super) next: Option<Place>,
}

impl ListCustomers {
    /// Returns the homes of the customers in the list; `None` stands for customers without a home.
    pub(super) async fn homes(&self, rows: &mut Rows<'_>) -> Result<Vec<Option<InboxId>>> {
        if let Some(home) = self.home {
            let reached = self.inboxes.contains(home);
            return Ok(reached.then_some(Some(home)).into_iter().collect());
        }
        if self.inboxes != InboxScope::All {
            let inboxes = self.inboxes.limit().map(Some);
            return Ok(inboxes.chain([None]).collect());
        }
        let mut homes = vec![None];
        let mut after = InboxId(0);
        loop {
            let params = params![self.account, after, AT_ONCE as i64];
            let inboxes = rows.fetch(&account_rows::INBOXES, params, account_rows::inbox);
            let inboxes = inboxes.await?;
            homes.extend(inboxes.iter().map(|inbox| Some(inbox.id)));
            match inboxes.last() {
                Some(last) if inboxes.len() == AT_ONCE => after = last.id,
                _ => return Ok(homes),
            }
        }
    }

    /// Whether a customer with this home is in the list.
    pub(super) fn has_home(&self, home: Option<InboxId>) -> bool {
        self.inboxes.reaches_home(home) && (self.home.is_none() || self.home == home)
    }

    /// Whether the list has customers of some homes only.
    pub(super) fn is_of_some_homes(&self) -> bool {
        self.home.is_some() || self.inboxes != InboxScope::All
    }
}
